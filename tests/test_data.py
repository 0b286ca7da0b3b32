"""Data sets: shapes, ranges, and what happens when files are missing or damaged."""

import functools
import gzip
import hashlib
import http.server
import os
import shutil
import threading
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from torchvision import datasets

from gan_lesson import data
from gan_lesson.data import DATASETS, TOYS, DataError, load_images, toy_points

PARTS = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte")


def test_digits_are_the_real_ones_in_range():
    pixels, labels = load_images("digits")
    assert pixels.shape == (1797, 1, 28, 28) and pixels.dtype == torch.float32
    assert pixels.min() == -1 and 0.9 < pixels.max() <= 1
    assert labels.shape == (1797,) and labels.unique().tolist() == list(range(10))


def test_digits_are_those_that_scikit_learn_loads(monkeypatch):
    pixels, labels = load_images("digits")
    monkeypatch.setattr(Path, "is_file", lambda path: False)  # as if their file had moved
    again = load_images("digits")
    assert again[0].equal(pixels) and again[1].equal(labels)
    assert (
        pixels[:, 0, 4:24, 4:24]
        .mean(dim=(1, 2))
        .allclose(
            torch.from_numpy(load_digits().images / 8 - 1).float().mean(dim=(1, 2)), atol=1e-6
        )
    )


@pytest.fixture(scope="module")
def hanzi():
    return load_images("hanzi")


def test_hanzi_are_the_fonts_characters_drawn_once(hanzi):
    pixels, labels = hanzi
    assert pixels.shape == (5411, 1, 28, 28) and pixels.dtype == torch.float32
    assert pixels.min() == -1 and pixels.max() == 1
    assert labels.dtype == torch.int64 and labels.unique().numel() == 5411
    assert set("一永龍鬱己已巳土士未末") < set(map(chr, labels.tolist())) and "个" not in map(
        chr, labels.tolist()
    )
    flat = pixels.view(5411, 784)
    assert flat.unique(dim=0).shape == flat.shape  # no two alike, so no empty boxes either
    again, same = data.load_bytes("hanzi")
    assert again.dtype == torch.uint8 and same.equal(labels)
    assert (again / 127.5 - 1).allclose(pixels, atol=1e-6)


def test_hanzi_are_crisp_centred_and_inside_a_margin(hanzi):
    pixels, _ = hanzi
    assert pixels[:, :, [0, -1]].max() == -1 and pixels[..., [0, -1]].max() == -1
    for lines in ((pixels > -1).any(dim=2), (pixels > -1).any(dim=3)):
        before = lines.int().argmax(dim=2)
        after = lines.flip(2).int().argmax(dim=2)
        assert (before - after).abs().max() <= 1 and (before <= 3).double().mean() > 0.85
    assert ((pixels > -0.8) & (pixels < 0.8)).double().mean() < 0.25  # most pixels are ink or paper


def test_a_character_looks_like_itself():
    """一 is one wide line in the middle; 己 is open where 巳 is closed, and 已 half so."""
    pixels, labels = data.glyphs(28, "一己已巳")
    assert labels.tolist() == [0x4E00, 0x5DF1, 0x5DF2, 0x5DF3]
    one = pixels[0, 0] > 0
    assert one.any(dim=1).nonzero().flatten().tolist() in ([12, 13], [13, 14], [14, 15])
    assert one.any(dim=0).sum() >= 22
    open_, half, closed = ((image[0, :16, :9] > 0).sum().item() for image in pixels[1:])
    assert open_ < half < closed
    large, labels = data.glyphs(32, "土士未末")
    assert large.shape == (4, 1, 32, 32) and "".join(map(chr, labels.tolist())) == "土士未末"
    lines = [(image[0] > 0).sum(dim=1) for image in large]  # ink of each row
    lower_line_is_longer = [
        line[split:end].max() > line[:split].max()
        for line, split, end in zip(lines, (19, 19, 12, 12), (32, 32, 19, 19), strict=True)
    ]
    assert lower_line_is_longer == [True, False, True, False]


def test_glyphs_of_another_size_come_in_the_same_order(hanzi):
    pixels, labels = data.glyphs(32)
    assert pixels.shape == (5411, 1, 32, 32) and labels.equal(hanzi[1])
    assert pixels[:, :, [0, -1]].max() == -1 and pixels[..., [0, -1]].max() == -1
    for size in (8, 16, 64):
        small, _ = data.glyphs(size, "龍鬱一")
        assert small.shape == (3, 1, size, size) and small.amax(dim=(1, 2, 3)).min() > -0.5
    with pytest.raises(DataError, match="瑄"):
        data.glyphs(28, "陳芃瑄")


def test_the_held_out_fifth_of_hanzi_is_like_the_rest(hanzi):
    pixels, labels = hanzi
    held_out = torch.arange(len(labels)) % 5 == 0
    for what in (pixels.mean(dim=(1, 2, 3)), labels.float()):
        rest, kept = what[~held_out], what[held_out]
        assert abs(rest.mean() - kept.mean()) < 2.5 * rest.std() / len(kept) ** 0.5
        first = what[:500]
        assert abs(first.mean() - what.mean()) < 3 * what.std() / 500**0.5


@pytest.mark.parametrize("name", ["mnist", "fashion-mnist", "kmnist"])
def test_torchvision_knows_the_same_files(name):
    kind, sums = data.FILES[name]
    theirs = dict(getattr(datasets, kind).resources)
    assert {file: theirs[file] for file in sums if file.endswith(".gz")} == {
        file: md5 for file, md5 in sums.items() if file.endswith(".gz")
    }
    assert len([file for file in sums if file.endswith(".gz")]) == 2


def test_unknown_names_list_the_known():
    with pytest.raises(DataError) as caught:
        load_images("cifar")
    assert all(name in str(caught.value) for name in DATASETS)
    with pytest.raises(DataError, match="spiral"):
        toy_points("star", 5)


@pytest.mark.parametrize("name", TOYS)
def test_toy_points_are_seeded_and_in_range(name):
    points = toy_points(name, 2000, seed=1)
    assert points.shape == (2000, 2) and points.dtype == torch.float32
    assert (points.abs() <= 1).double().mean() > 0.99
    assert points.equal(toy_points(name, 2000, seed=1))
    assert not points.equal(toy_points(name, 2000, seed=2))
    assert points.std(dim=0).min() > 0.2


def test_ring_has_eight_modes():
    angle = torch.atan2(*toy_points("ring", 4000).T.flip(0)) / (2 * torch.pi) * 8
    assert (angle.round().long() % 8).unique().numel() == 8
    assert (angle - angle.round()).abs().max() < 0.35


def packed(part, count=40):
    """One packed file of a small data set of our own, in MNIST's format."""
    generator = np.random.default_rng(0)
    if "images" in part:
        head = np.array([2051, count, 28, 28], ">i4").tobytes()
        body = generator.integers(0, 256, (count, 28, 28), np.uint8).tobytes()
    else:
        head = np.array([2049, count], ">i4").tobytes()
        body = (np.arange(count) % 10).astype(np.uint8).tobytes()
    return gzip.compress(head + body, mtime=0)


@pytest.fixture
def mirror(tmp_path, monkeypatch):
    """A mirror on this machine with our small data set in place of MNIST and Fashion-MNIST."""
    served = tmp_path / "served"
    served.mkdir()
    for part in PARTS:
        (served / f"{part}.gz").write_bytes(packed(part))
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=served)
    handler.log_message = lambda *_: None
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sums = {f"{part}.gz": hashlib.md5(packed(part)).hexdigest() for part in PARTS}
    unpacked = {part: hashlib.md5(gzip.decompress(packed(part))).hexdigest() for part in PARTS}
    monkeypatch.setitem(data.FILES, "mnist", ("MNIST", sums | unpacked))
    monkeypatch.setitem(data.FILES, "fashion-mnist", ("FashionMNIST", sums))
    for kind in (datasets.MNIST, datasets.FashionMNIST):
        monkeypatch.setattr(kind, "mirrors", [f"http://127.0.0.1:{server.server_port}/"])
    yield served
    server.shutdown()
    server.server_close()


def folder_bytes(root):
    return {
        str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()
    }


def test_a_download_is_verified_and_kept(mirror, tmp_path):
    root = tmp_path / "data"
    pixels, labels = load_images("fashion-mnist", root)
    assert pixels.shape == (40, 1, 28, 28) and pixels.min() == -1 and pixels.max() == 1
    assert labels.tolist() == [number % 10 for number in range(40)]
    shutil.rmtree(mirror)
    again, _ = load_images("fashion-mnist", root)  # no network is needed any more
    assert again.equal(pixels)


def test_the_environment_variable_names_the_folder(mirror, tmp_path, monkeypatch):
    monkeypatch.setenv("GAN_LESSON_DATA", str(tmp_path / "elsewhere"))
    load_images("fashion-mnist")
    assert (tmp_path / "elsewhere" / "FashionMNIST" / "raw" / f"{PARTS[0]}.gz").is_file()


@pytest.mark.parametrize("damage", ["truncated", "altered", "empty"])
def test_a_damaged_file_is_named_and_repaired_by_one_download(mirror, tmp_path, capsys, damage):
    root = tmp_path / "data"
    whole, _ = load_images("fashion-mnist", root)
    (root / "notes.txt").write_text("mine")
    before = folder_bytes(root)
    path = root / "FashionMNIST" / "raw" / f"{PARTS[0]}.gz"
    content = path.read_bytes()
    path.write_bytes(
        {
            "truncated": content[: len(content) // 2],
            "altered": content[:-1] + bytes([content[-1] ^ 1]),
            "empty": b"",
        }[damage]
    )
    found = hashlib.md5(path.read_bytes()).hexdigest()
    pixels, _ = load_images("fashion-mnist", root)
    said = capsys.readouterr().out
    assert path.name in said and found in said and hashlib.md5(content).hexdigest() in said
    assert pixels.equal(whole)
    assert folder_bytes(root) == before


def test_a_damaged_unpacked_file_is_repaired_in_its_place(mirror, tmp_path):
    raw = tmp_path / "data" / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for part in PARTS:
        (raw / part).write_bytes(gzip.decompress(packed(part)))
    (raw / PARTS[0]).write_bytes(gzip.decompress(packed(PARTS[0]))[:-100])
    pixels, _ = load_images("mnist", tmp_path / "data")
    assert pixels.shape == (40, 1, 28, 28)
    assert (raw / PARTS[0]).read_bytes() == gzip.decompress(packed(PARTS[0]))


def test_a_damaged_file_without_network_is_named(mirror, tmp_path):
    root = tmp_path / "data"
    load_images("fashion-mnist", root)
    shutil.rmtree(mirror)
    path = root / "FashionMNIST" / "raw" / f"{PARTS[1]}.gz"
    path.write_bytes(b"half")
    before = folder_bytes(root)
    with pytest.raises(DataError) as caught:
        load_images("fashion-mnist", root)
    message = str(caught.value)
    for part in (str(path), hashlib.md5(b"half").hexdigest(), "digits", "127.0.0.1", "損壞"):
        assert part in message
    assert folder_bytes(root) == before


def test_a_mirror_that_serves_something_else_is_not_believed(mirror, tmp_path):
    (mirror / f"{PARTS[0]}.gz").write_bytes(b"<html>please log in</html>")
    with pytest.raises(DataError, match="digits"):
        load_images("fashion-mnist", tmp_path / "data")
    assert folder_bytes(tmp_path / "data") == {}


@pytest.mark.parametrize("name", ["mnist", "fashion-mnist", "kmnist"])
def test_without_network_one_sentence_says_what_is_missing(tmp_path, monkeypatch, name):
    for kind in (datasets.MNIST, datasets.FashionMNIST, datasets.KMNIST):
        monkeypatch.setattr(kind, "mirrors", ["http://127.0.0.1:9/"])  # nobody listens there
    with pytest.raises(DataError) as caught:
        load_images(name, tmp_path)
    message = str(caught.value)
    assert "http://127.0.0.1:9/train-images-idx3-ubyte.gz" in message
    assert "is missing" in message and "缺少" in message and "\n" not in message
    assert "needs no network" in message


def real_mnist():
    """The folder that holds MNIST on this machine, or None."""
    for root in (os.environ.get("GAN_LESSON_DATA"), Path(__file__).parents[2] / "shared" / "data"):
        if root and (Path(root) / "MNIST" / "raw" / PARTS[0]).is_file():
            return Path(root)
    return None


needs_mnist = pytest.mark.skipif(not real_mnist(), reason="no MNIST under GAN_LESSON_DATA")


@needs_mnist
def test_mnist_is_the_one_torchvision_reads():
    pixels, labels = load_images("mnist", real_mnist())
    theirs = datasets.MNIST(real_mnist(), train=True)
    assert pixels.shape == (60000, 1, 28, 28) and pixels.dtype == torch.float32
    assert ((pixels[:100] + 1) * 127.5).round().byte().squeeze(1).equal(theirs.data[:100])
    assert labels.equal(theirs.targets)


@needs_mnist
def test_a_truncated_mnist_is_named_with_both_checksums(tmp_path, monkeypatch):
    monkeypatch.setattr(datasets.MNIST, "mirrors", ["http://127.0.0.1:9/"])
    raw = tmp_path / "MNIST" / "raw"
    shutil.copytree(real_mnist() / "MNIST" / "raw", raw)
    (raw / PARTS[1]).chmod(0o644)
    with open(raw / PARTS[1], "r+b") as file:
        file.truncate(5000)
    found = hashlib.md5((raw / PARTS[1]).read_bytes()).hexdigest()
    with pytest.raises(DataError) as caught:
        load_images("mnist", tmp_path)
    assert found in str(caught.value) and "a25bea736e30d166cdddb491f175f624" in str(caught.value)
