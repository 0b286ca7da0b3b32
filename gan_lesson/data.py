"""Real images, glyphs and toy distributions as tensors in [-1, 1]."""

import functools
import gzip
import hashlib
import importlib.util
import math
import os
import tempfile
from pathlib import Path

import numpy as np
import torch

from gan_lesson import COURSE

DATASETS = ("digits", "hanzi", "mnist", "fashion-mnist", "kmnist")
TOYS = ("ring", "grid", "moons", "spiral")

FONT = Path(__file__).parent / "fonts" / "NotoSansTC-Regular-subset.ttf"

IMAGES, LABELS = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"

# Each data set's class in torchvision, which downloads it, and the MD5 sums of its files.
# torchvision knows those of packed files, but takes a second and 160 MB to import.
FILES = {
    "mnist": (
        "MNIST",
        {
            IMAGES: "6bbc9ace898e44ae57da46a324031adb",
            LABELS: "a25bea736e30d166cdddb491f175f624",
            f"{IMAGES}.gz": "f68b3c2dcbeaaa9fbdd348bbdeb94873",
            f"{LABELS}.gz": "d53e105ee54ea40749a09fcbcd1e9432",
        },
    ),
    "fashion-mnist": (
        "FashionMNIST",
        {
            f"{IMAGES}.gz": "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
            f"{LABELS}.gz": "25c81989df183df01b3e8a0aad5dffbe",
        },
    ),
    "kmnist": (
        "KMNIST",
        {
            f"{IMAGES}.gz": "bdb82020997e1d708af4cf47b453dcf7",
            f"{LABELS}.gz": "e144d726b3acfaa3e44228e80efcd344",
        },
    ),
}


class DataError(Exception):
    """Data that is missing or damaged; the message says it in both languages."""


def load_images(name, root=None):
    """Load a data set of 28x28 grey images.

    name: "digits" (1,797, inside scikit-learn, no network), "hanzi" (5,411 Chinese characters of
    the package's font, no network either) or, 60,000 each through torchvision, "mnist",
    "fashion-mnist", "kmnist". root: the folder for downloads; without it the environment variable
    GAN_LESSON_DATA, and without that `data` in the course's folder.

    Returns pixels, float32 (N, 1, 28, 28) in [-1, 1], and labels, int64 (N,) from 0 to 9; those
    of "hanzi" are code points: chr(label) is the character.
    Raises DataError where files are missing or damaged and a download cannot mend it.
    """
    pixels, labels = load_bytes(name, root)
    return (_floats(pixels) if pixels.dtype == torch.uint8 else pixels), labels


def _floats(pixels):
    """Bytes from 0 to 255 as float32 in [-1, 1]."""
    return pixels.float().div_(127.5).sub_(1)


def load_bytes(name, root=None):
    """As load_images, but pixels that come as bytes stay uint8 from 0 to 255: a quarter the memory.

    train() takes either. `digits`, which is enlarged, has no bytes and comes as float32.
    """
    if name not in DATASETS:
        raise DataError(
            f"沒有「{name}」這個資料集，可以選：{', '.join(DATASETS)} · "
            f"there is no data set {name!r}; choose from {', '.join(DATASETS)}"
        )
    if name == "digits":
        return _load_digits()
    if name == "hanzi":
        characters = _hanzi()
        return _drawn(characters, 28), _code_points(characters)
    root = Path(root or os.environ.get("GAN_LESSON_DATA") or COURSE / "data")
    pixels, labels = _read_part(name, IMAGES, root), _read_part(name, LABELS, root)
    pixels = torch.frombuffer(pixels, dtype=torch.uint8, offset=16).view(-1, 1, 28, 28)
    return pixels, torch.frombuffer(labels, dtype=torch.uint8, offset=8).long()


def _load_digits():
    """scikit-learn's 8x8 digits in 16 grey levels, enlarged to 20x20 on a 28x28 background."""
    path = Path(importlib.util.find_spec("sklearn").origin).parent / "datasets/data/digits.csv.gz"
    if path.is_file():  # the file that load_digits reads: importing it takes a second and 80 MB
        table = np.loadtxt(path, delimiter=",")
    else:
        from sklearn.datasets import load_digits

        table = np.column_stack(load_digits(return_X_y=True))
    pixels = torch.from_numpy(table[:, :64]).float().view(-1, 1, 8, 8) / 8 - 1
    pixels = torch.nn.functional.interpolate(pixels, size=20, mode="bilinear")
    pixels = torch.nn.functional.pad(pixels, (4, 4, 4, 4), value=-1)
    return pixels, torch.from_numpy(table[:, 64]).long()


def glyphs(size=28, characters=None):
    """Draw Chinese characters of the package's font, white on black.

    size: pixels a side. characters: a string; without it all 5,411, in the order of "hanzi". That
    is shuffled once for all, so that every slice, and the held-out `torch.arange(N) % 5 == 0`, is
    a fair sample: in the order of code points, neighbours share a radical and the first are plain.

    Returns pixels, float32 (N, 1, size, size) in [-1, 1], and code points, int64 (N,).
    """
    if characters is None:
        characters = _hanzi()
    elif lacking := "".join(sorted(set(characters) - set(_hanzi()))):
        raise DataError(
            f"字型的漢字裡沒有：{lacking} · not among the font's Chinese characters: {lacking}"
        )
    return _floats(_drawn(characters, size)), _code_points(characters)


@functools.cache
def _hanzi():
    """The Chinese characters of the package's font, a string, in a fixed shuffled order."""
    from fontTools.ttLib import TTFont

    with TTFont(FONT) as font:
        codes = [code for code in sorted(font.getBestCmap()) if 0x4E00 <= code <= 0x9FFF]
    order = np.random.RandomState(0).permutation(len(codes))  # numpy keeps this one as it is
    return "".join(chr(codes[number]) for number in order)


def _code_points(characters):
    return torch.tensor([ord(character) for character in characters])


def _drawn(characters, size):
    """Each character in the middle, the font as large as leaves a margin: uint8 (N, 1, size, size).

    One font size for all, so that strokes are as wide in each; whole pixels, so that they stay
    sharp.
    """
    from PIL import Image, ImageDraw, ImageFont

    height = min(round(0.9 * size), size - 3)
    font = ImageFont.truetype(FONT, height, layout_engine=ImageFont.Layout.BASIC)
    pixels = np.zeros((len(characters), 1, size, size), np.uint8)
    for number, character in enumerate(characters):
        sheet = Image.new("L", (2 * size, 2 * size))
        ImageDraw.Draw(sheet).text((size // 2, size // 2), character, fill=255, font=font)
        ink = sheet.crop(sheet.getbbox())
        picture = Image.new("L", (size, size))
        picture.paste(ink, ((size - ink.width) // 2, (size - ink.height) // 2))
        pixels[number, 0] = np.asarray(picture)
    return torch.from_numpy(pixels)


def _read_part(name, part, root):
    """One unpacked file, a bytearray, from disk where its checksum is right, else downloaded."""
    kind, files = FILES[name]
    folder = root / kind / "raw"
    damaged = []
    for file in (part, f"{part}.gz"):
        path, expected = folder / file, files.get(file)
        if expected and path.is_file():
            with open(path, "rb") as whole:
                found = hashlib.file_digest(whole, "md5").hexdigest()
            if found == expected:
                return _unpacked(path)
            damaged.append((path, expected, found))
    _download(kind, folder / f"{part}.gz", files[f"{part}.gz"], damaged)
    for path, _, _ in damaged:
        if path.suffix != ".gz":
            _replace(path, _unpacked(folder / f"{part}.gz"))
    return _unpacked(folder / f"{part}.gz")


def _unpacked(path):
    """What a file holds, unpacked where it is packed, as a bytearray, and no second copy of it."""
    content = bytearray()
    with (gzip.open if path.suffix == ".gz" else open)(path, "rb") as file:
        while piece := file.read(2**20):
            content += piece
    return content


def _download(kind, path, md5, damaged):
    """Fetch one packed file into its place, with progress."""
    from torchvision import datasets
    from torchvision.datasets.utils import download_url

    for file, expected, found in damaged:
        print(
            f"{file.name} 已損壞（MD5 應為 {expected}，實為 {found}），重新下載。 · "
            f"{file.name} is damaged (MD5 should be {expected}, is {found}): downloading it again."
        )
    tried = []
    for mirror in getattr(datasets, kind).mirrors:
        url = f"{mirror.rstrip('/')}/{path.name}"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=path.parent) as folder:
                download_url(url, folder, path.name, md5)
                os.replace(Path(folder) / path.name, path)
            return
        except (OSError, RuntimeError) as error:
            tried.append(f"{url} ({error})")
    tried = "; ".join(tried)
    zh = "".join(f"{file} 已損壞，MD5 應為 {want}，實為 {got}；" for file, want, got in damaged)
    en = "".join(
        f"{file} is damaged, its MD5 should be {want} and is {got}; " for file, want, got in damaged
    )
    raise DataError(
        f"{zh or f'缺少 {path}；'}試著下載但沒有成功：{tried}。"
        f"請連上網路再試，或把正確的檔案放到 {path.parent}；"
        "`digits` 資料集不需要網路，也不需要任何檔案。 · "
        f"{en or f'{path} is missing; '}the download did not work: {tried}. "
        f"Try again with a network, or put the right file into {path.parent}; "
        "the data set `digits` needs no network and no file."
    ) from None


def _replace(path, content):
    """Write a file whole or not at all."""
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(content)
    os.replace(file.name, path)


def toy_points(name, count, seed=0):
    """Draw points from a toy distribution in the plane.

    name: "ring" (eight Gaussians on a circle), "grid" (five by five Gaussians), "moons" (two
    half-circles) or "spiral" (one arm). Returns float32 (count, 2), mostly within [-1, 1].
    """
    random = torch.Generator().manual_seed(seed)
    noise = torch.randn(count, 2, generator=random)
    pick = torch.rand(count, generator=random)
    if name == "ring":
        angle = (pick * 8).floor() * (2 * math.pi / 8)
        return 0.8 * torch.stack([angle.cos(), angle.sin()], dim=1) + 0.03 * noise
    if name == "grid":
        cell = (pick * 25).floor()
        return torch.stack([cell % 5, (cell / 5).floor()], dim=1) * 0.4 - 0.8 + 0.02 * noise
    if name == "moons":
        upper = pick < 0.5
        angle = math.pi * torch.where(upper, pick * 2, pick * 2 - 1)
        x = torch.where(upper, angle.cos(), 1 - angle.cos())
        y = torch.where(upper, angle.sin(), 0.5 - angle.sin())
        return torch.stack([(x - 0.5) / 1.8, (y - 0.25) / 1.8], dim=1) + 0.02 * noise
    if name == "spiral":
        angle = 4 * math.pi * pick.sqrt()
        radius = 0.9 * pick.sqrt()
        arm = torch.stack([radius * angle.cos(), radius * angle.sin()], dim=1)
        return arm + 0.02 * noise
    raise DataError(
        f"沒有「{name}」這個分布，可以選：{', '.join(TOYS)} · "
        f"there is no distribution {name!r}; choose from {', '.join(TOYS)}"
    )


def toy_centres(name):
    """The centres of a toy distribution's clusters, float32 (8, 2) or (25, 2).

    None for "moons" and "spiral", which have none.
    """
    if name == "ring":
        angle = torch.arange(8) * (2 * math.pi / 8)
        return 0.8 * torch.stack([angle.cos(), angle.sin()], dim=1)
    if name == "grid":
        steps = torch.arange(5) * 0.4 - 0.8
        return torch.cartesian_prod(steps, steps)
    return None
