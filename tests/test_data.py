"""Data sets: shapes, ranges, and what happens when files are missing or damaged."""

import errno
import functools
import gzip
import hashlib
import http.server
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import types
import urllib.error
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw, ImageFont
from sklearn.datasets import load_digits
from torchvision import datasets

from gan_lesson import data, downloads
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
    assert "".join(map(chr, labels[:8].tolist())) == "嬉漾癘盍擠餞聳猴"  # for good
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
    kind, sums = downloads.FILES[name]
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
    points = toy_points(name, 2000)
    assert points.shape == (2000, 2) and points.dtype == torch.float32
    assert (points.abs() <= 1).double().mean() > 0.99
    assert points.equal(toy_points(name, 2000))
    assert points.std(dim=0).min() > 0.2


def test_ring_has_eight_modes():
    angle = torch.atan2(*toy_points("ring", 4000).T.flip(0)) / (2 * torch.pi) * 8
    assert (angle.round().long() % 8).unique().numel() == 8
    assert (angle - angle.round()).abs().max() < 0.35


def test_moons_are_an_upper_and_a_lower_half_circle():
    points = toy_points("moons", 4000) * 1.8 + torch.tensor([0.5, 0.25])
    upper = ((points.norm(dim=1) - 1).abs() < 0.2) & (points[:, 1] > -0.2)
    away = (points - torch.tensor([1, 0.5])).norm(dim=1)
    lower = ((away - 1).abs() < 0.2) & (points[:, 1] < 0.7)
    assert (upper | lower).all() and 0.4 < upper.double().mean() < 0.6


def test_the_spiral_turns_twice_as_it_goes_out():
    points = toy_points("spiral", 4000)
    radius, angle = points.norm(dim=1), torch.atan2(points[:, 1], points[:, 0])
    off = (radius / 0.9 * 4 * torch.pi - angle + torch.pi) % (2 * torch.pi) - torch.pi
    assert off[radius > 0.3].abs().max() < 1.5 and radius.max() > 0.85


def drawing(text="7", size=(60, 90), ink=0, paper=255, mode="L"):
    """A picture of a large character in the middle of its paper."""
    picture = Image.new("L", size, paper)
    font = ImageFont.truetype(data.FONT, round(0.8 * min(size)))
    where = (size[0] / 2, size[1] / 2)
    ImageDraw.Draw(picture).text(where, text, fill=ink, font=font, anchor="mm")
    return picture.convert(mode)


def folder_of(place, pictures):
    """A folder of pictures, by their file names."""
    for name, picture in pictures.items():
        file = place / name
        file.parent.mkdir(parents=True, exist_ok=True)
        picture.save(file)
    return place


def both_languages(error):
    """The sentence of a DataError, which is one line with both languages."""
    assert isinstance(error, DataError) and error.zh and error.en and "\n" not in str(error)
    assert re.search("[\u4e00-\u9fff]", error.zh) and str(error) == f"{error.zh} · {error.en}"
    return str(error)


def test_a_folder_of_pictures_of_any_kind_is_read(tmp_path, capsys):
    """Twelve kinds of file show the same 7: light on dark, in the middle, as slender as it was."""
    turned = Image.Exif()
    turned[0x112] = 6  # a telephone held upright: "turn me by 90 degrees"
    photo = drawing(size=(1500, 2250), mode="RGB").rotate(90, expand=True)
    bare = Image.new("RGBA", (60, 90))
    bare.putalpha(Image.eval(drawing(), lambda grey: 255 - grey))  # black ink on nothing
    sixteen = Image.fromarray(np.asarray(drawing()).astype(np.uint16) * 257)
    folder = folder_of(
        tmp_path,
        {"a.png": drawing(), "b.jpg": drawing(mode="RGB"), "c.jpeg": drawing(mode="CMYK")}
        | {"d.bmp": drawing(), "e.gif": drawing(mode="P"), "f.webp": drawing(mode="RGB")}
        | {"g.tif": drawing(), "h.PNG": drawing(mode="1"), "i.png": bare, "j.png": sixteen}
        | {"k.png": drawing(size=(600, 900), mode="RGBA")},
    )
    photo.save(folder / "l.jpg", exif=turned)
    pixels, labels = load_images(folder)
    said = capsys.readouterr().out
    assert pixels.shape == (12, 1, 28, 28) and pixels.dtype == torch.float32
    assert labels.tolist() == [0] * 12 and labels.dtype == torch.int64
    assert pixels.min() == -1 and pixels.amax(dim=(1, 2, 3)).min() > 0.6
    assert (pixels - pixels[0]).abs().mean(dim=(1, 2, 3)).max() < 0.05
    ink = pixels[0, 0] > 0
    high, wide = ink.any(dim=1).sum(), ink.any(dim=0).sum()
    assert 10 <= high <= 16 and 6 <= wide < 0.75 * high  # a third of 28 is paper at either side
    assert "12" in said and "too few" in said and "太少" in said
    assert "light paper" in said and "淺色" in said and "passed over" not in said
    again, _ = data.load_bytes(str(folder))
    assert again.dtype == torch.uint8 and (again / 127.5 - 1).allclose(pixels, atol=1e-6)


def test_white_ink_on_nothing_stays_white(tmp_path):
    ink = drawing(ink=255, paper=0)
    bare = Image.merge("LA", (Image.new("L", ink.size, 255), ink))
    pixels, _ = load_images(folder_of(tmp_path, {f"{n}.png": bare for n in range(10)}))
    assert pixels[0, 0, 0, 0] == -1 and pixels[0].max() > 0.6


def test_wide_and_tiny_pictures_keep_their_shape_on_their_own_paper(tmp_path):
    sizes = [(400, 100), (100, 400), (7, 7), (5000, 1), (1, 1), (28, 28)] * 2
    folder = folder_of(
        tmp_path, {f"{n}.png": Image.new("L", size, 40 + n) for n, size in enumerate(sizes)}
    )
    pixels, _ = data.load_bytes(folder)
    order = sorted(range(12), key=lambda n: f"{n}.png")
    assert pixels.flatten(1).unique(dim=1).T[0].tolist() == [40 + n for n in order]
    stripe = Image.new("L", (400, 100), 10)
    stripe.paste(200, (100, 30, 300, 70))
    folder = folder_of(tmp_path / "wide", {f"{n}.png": stripe for n in range(10)})
    ink = data.load_bytes(folder)[0][0, 0] > 100
    assert ink.any(dim=0).sum() == 14 and ink.any(dim=1).sum() == 3  # half of 28, 0.4 of 7


def test_sub_folders_are_labels_in_the_order_of_their_names(tmp_path):
    names = ("一", "apple", "B", "deep/down")
    folder = folder_of(tmp_path, {f"{name}/{n}.png": drawing() for name in names for n in range(3)})
    (folder / "empty").mkdir()
    pixels, labels = load_images(folder)
    assert len(pixels) == 12 and labels.tolist() == [0] * 3 + [1] * 3 + [2] * 3 + [3] * 3
    assert sorted({name.split("/")[0] for name in names}) == ["B", "apple", "deep", "一"]


def test_damaged_and_foreign_files_are_named_and_passed_over(tmp_path, capsys):
    folder = folder_of(tmp_path, {f"cat/{n}.png": drawing() for n in range(10)})
    whole = (folder / "cat" / "0.png").read_bytes()
    (folder / "cat" / "cut.png").write_bytes(whole[: len(whole) // 2])
    (folder / "cat" / "empty.jpg").write_bytes(b"")
    (folder / "cat" / "notes.txt").write_text("mine")
    (folder / "stray.png").write_bytes(whole)  # no sub-folder, so no label
    (folder / ".DS_Store").write_bytes(b"x")
    (folder / "__MACOSX").mkdir()
    (folder / "__MACOSX" / "._0.png").write_bytes(b"x")
    pixels, labels = load_images(folder)
    said = capsys.readouterr().out.splitlines()
    assert len(pixels) == 10 and labels.tolist() == [0] * 10
    (line,) = [line for line in said if "passed over 4 files" in line]
    cat = Path("cat")
    for name in (cat / "cut.png", cat / "empty.jpg", cat / "notes.txt", "stray.png"):
        assert line.count(str(name)) == 2  # once in each language
    assert "略過 4 個檔案" in line and "DS_Store" not in line and "MACOSX" not in line


@pytest.mark.parametrize(("ink", "paper", "turned"), [(0, 255, True), (255, 0, False)])
def test_the_paper_is_recognised_or_chosen(tmp_path, capsys, ink, paper, turned):
    pictures = {f"{n}.png": drawing(ink=ink, paper=paper) for n in range(11)}
    pictures["odd.png"] = drawing(ink=paper, paper=ink)  # one of twelve decides nothing
    folder = folder_of(tmp_path, pictures)
    pixels, _ = load_images(folder)
    assert pixels[0, 0, 0, 0] == -1 and pixels[0].max() > 0.6
    assert ("light paper" in capsys.readouterr().out) == turned
    dark, _ = load_images(folder, paper="dark")
    light, _ = load_images(folder, paper="light")
    assert dark[0, 0, 0, 0] == paper / 127.5 - 1 and light.allclose(-dark, atol=1e-6)
    assert pixels.equal(light if turned else dark)
    with pytest.raises(DataError, match="paper"):
        load_images(folder, paper="white")


def test_few_pictures_are_mentioned_and_too_few_refused(tmp_path, capsys):
    folder = folder_of(tmp_path, {f"{n:03}.png": Image.new("L", (9, 9)) for n in range(200)})
    assert len(load_images(folder)[0]) == 200 and capsys.readouterr().out == ""
    for file in sorted(folder.iterdir())[9:]:
        file.unlink()
    with pytest.raises(DataError) as caught:
        load_images(folder)
    assert "9 張圖片，至少要 10 張" in both_languages(caught.value)


def test_a_folder_that_is_none_is_said(tmp_path, monkeypatch):
    file = tmp_path / "pictures.zip"
    file.write_bytes(b"PK")
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    for folder, words in {
        tmp_path / "gone": "there is no folder",
        f"{tmp_path}/gone": "there is no folder",
        "~/no such folder": "there is no folder",
        file: "unpack",
        "empty": "holds 0 pictures",  # named without a separator, but there
        f"{tmp_path}/{'x' * 300}": "cannot be read",
        f"{tmp_path}/\0": "cannot be read",
    }.items():
        with pytest.raises(DataError, match=words) as caught:
            load_images(folder)
        both_languages(caught.value)


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="permissions of POSIX")
def test_no_permission_is_one_sentence(tmp_path):
    """As another user, where this one is root, whom nothing stops."""
    folder_of(tmp_path / "locked", {"inner/a.png": drawing()})
    (tmp_path / "store").mkdir()
    script = (
        "import os\n"
        "from gan_lesson import data\n"
        "from torchvision import datasets\n"
        "if os.geteuid() == 0: os.setuid(65534)\n"
        "for name, root in (('locked/', None), ('kmnist', 'store')):\n"
        "    try: data.load_images(name, root)\n"
        "    except data.DataError as error: print(error)\n"
    )
    closed = {tmp_path / "locked/inner": 0, tmp_path / "store": 0o555}
    for folder, mode in closed.items():
        folder.chmod(mode)
    tmp_path.chmod(0o755)
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        encoding="utf-8",
        env=os.environ | {"PYTHONUTF8": "1"},
        cwd=tmp_path,  # the names are relative, as the folders above are closed too
        timeout=120,
    )
    for folder in closed:
        folder.chmod(0o755)
    lines = done.stdout.splitlines()
    assert len(lines) == 2, done
    assert f"no permission to read {Path('locked/inner')}" in lines[0] and "沒有權限" in lines[0]
    assert f"no permission to read and write {Path('store/KMNIST')}" in lines[1]
    assert "沒有權限" in lines[1] and "GAN_LESSON_DATA" in lines[1]


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
    monkeypatch.setitem(downloads.FILES, "mnist", ("MNIST", sums | unpacked))
    monkeypatch.setitem(downloads.FILES, "fashion-mnist", ("FashionMNIST", sums))
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
    load_images("fashion-mnist", tmp_path / "given")  # but what is given goes first
    assert (tmp_path / "given" / "FashionMNIST" / "raw" / f"{PARTS[0]}.gz").is_file()


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
    assert "need no network" in message


@pytest.fixture
def silent():
    """A mirror that accepts and never answers, or stops in the middle; how often it was asked."""
    listener = socket.create_server(("127.0.0.1", 0))
    taken = []

    def serve():
        while True:
            try:
                caller, _ = listener.accept()
            except OSError:
                return
            taken.append(caller)
            if silent.head:
                caller.recv(4096)
                caller.sendall(silent.head)

    silent = types.SimpleNamespace(
        url=f"http://127.0.0.1:{listener.getsockname()[1]}/", taken=taken, head=b""
    )
    threading.Thread(target=serve, daemon=True).start()
    yield silent
    listener.close()
    for caller in taken:
        caller.close()


def test_a_silent_mirror_ends_in_a_sentence_within_half_a_minute(silent, tmp_path, monkeypatch):
    most = max(len(getattr(datasets, kind).mirrors) for kind, _ in downloads.FILES.values())
    assert most * downloads.PATIENCE <= 25
    monkeypatch.setattr(downloads, "PATIENCE", 0.5)
    monkeypatch.setattr(datasets.KMNIST, "mirrors", [silent.url, silent.url])
    with pytest.raises(DataError) as caught:
        load_images("kmnist", tmp_path)
    message = both_languages(caught.value)
    for sentence, why in ((0, "0.5 秒沒有回應"), (1, "no answer for 0.5 s")):
        assert caught.value.args[sentence].count(f"{silent.url}{PARTS[0]}.gz ({why})") == 2
    assert "need no network" in message and folder_bytes(tmp_path) == {}


@pytest.mark.parametrize(
    "head", [b"", b"HTTP/1.0 200 OK\r\n\r\nhalf", b"HTTP/1.0 200 OK\r\nContent-Le"]
)
def test_after_a_silent_mirror_the_next_is_asked(silent, mirror, tmp_path, monkeypatch, head):
    fetch = downloads._fetch

    def fetch_patiently(url):  # the good mirror may be slow, as on a busy machine
        with monkeypatch.context() as patch:
            patch.setattr(downloads, "PATIENCE", 0.5 if url.startswith(silent.url) else 60)
            return fetch(url)

    monkeypatch.setattr(downloads, "_fetch", fetch_patiently)
    silent.head = head
    (good,) = datasets.FashionMNIST.mirrors
    monkeypatch.setattr(datasets.FashionMNIST, "mirrors", [silent.url, good])
    pixels, _ = load_images("fashion-mnist", tmp_path / "data")
    assert pixels.shape == (40, 1, 28, 28) and len(silent.taken) == 2  # one of each part


def test_a_name_that_nobody_resolves_waits_no_longer(mirror, tmp_path, monkeypatch):
    """A name server that does not answer: no time-out of a socket ends that."""
    asked, late = threading.Event(), threading.Event()

    def never_found(*_, **__):
        asked.set()
        late.wait(60)
        raise socket.gaierror("too late")

    monkeypatch.setattr(socket, "getaddrinfo", never_found)
    monkeypatch.setattr(downloads, "PATIENCE", 0.5)
    with pytest.raises(DataError, match=r"no answer for 0\.5 s"):
        load_images("fashion-mnist", tmp_path / "data")
    late.set()
    assert asked.wait(60)


def test_a_certificate_that_is_not_believed_is_gone_round(mirror, tmp_path, monkeypatch):
    """Python's own installer on macOS knows no certificates; the checksum holds without them."""
    asked, fetch = [], downloads._fetch

    def distrust(url):
        asked.append(url)
        if url.startswith("https"):
            raise urllib.error.URLError(ssl.SSLCertVerificationError("unable to get issuer"))
        return fetch(url)

    monkeypatch.setattr(downloads, "_fetch", distrust)
    (good,) = datasets.FashionMNIST.mirrors
    monkeypatch.setattr(datasets.FashionMNIST, "mirrors", [good.replace("http:", "https:")])
    assert load_images("fashion-mnist", tmp_path / "data")[0].shape == (40, 1, 28, 28)
    assert [url.split(":")[0] for url in asked] == ["https", "http"] * 2


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES, errno.EROFS, errno.EIO])
def test_a_disk_that_takes_nothing_is_one_sentence(mirror, tmp_path, monkeypatch, number):
    root = tmp_path / "data"

    def fail(*_, **__):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(DataError) as caught:
        load_images("fashion-mnist", root)
    message = both_languages(caught.value)
    words = {errno.ENOSPC: "the disk is full", errno.EIO: "failed"}
    assert words.get(number, "no permission") in message and str(root) in message
    assert "GAN_LESSON_DATA" in message and folder_bytes(root) == {}


def test_a_really_full_disk_is_one_sentence(mirror, tmp_path):
    """A file system of 64 KB of its own, where this user may make one."""
    full = tmp_path / "full"
    full.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", full], capture_output=True
    ).returncode:
        pytest.skip("this user cannot mount a file system")
    try:
        (full / "rest").write_bytes(bytes(50 * 1024))
        with pytest.raises(DataError, match="the disk is full") as caught:
            load_images("fashion-mnist", full)
        both_languages(caught.value)
        assert list(folder_bytes(full)) == ["rest"]
    finally:
        subprocess.run(["umount", full], check=True)


def test_a_file_in_the_place_of_the_folder_is_one_sentence(mirror, tmp_path):
    (tmp_path / "data").write_text("mine")
    with pytest.raises(DataError) as caught:
        load_images("fashion-mnist", tmp_path / "data")
    assert str(tmp_path / "data") in both_languages(caught.value)
    assert (tmp_path / "data").read_text() == "mine"


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
