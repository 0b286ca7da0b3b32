"""Real images, glyphs and toy distributions as tensors in [-1, 1]."""

import functools
import importlib.util
import math
import os
from pathlib import Path

import numpy as np
import torch

from gan_lesson import COURSE, DataError, downloads, pictures

DATASETS = ("digits", "hanzi", "mnist", "fashion-mnist", "kmnist")
TOYS = ("ring", "grid", "moons", "spiral")

FONT = Path(__file__).parent / "fonts" / "NotoSansTC-Regular-subset.ttf"


def load_images(name, root=None, paper="auto"):
    """Load a data set of 28x28 grey images.

    name: "digits" (1,797, inside scikit-learn, no network), "hanzi" (5,411 Chinese characters of
    the package's font, no network either) or, 60,000 each through torchvision, "mnist",
    "fashion-mnist", "kmnist"; or a folder of your own pictures. root: the folder for downloads;
    without it the environment variable GAN_LESSON_DATA, and without that `data` in the course's
    folder.

    Of a folder: PNG, JPEG and the like, of any size and colour, keep their shape on a square of
    their own paper. paper: "light" turns black on white to white on black, as the other data sets
    are, "dark" leaves it, "auto" asks the edges of most pictures. Each sub-folder is a label.

    Returns pixels, float32 (N, 1, 28, 28) in [-1, 1], and labels, int64 (N,) from 0 to 9; those
    of "hanzi" are code points (chr(label) is the character), those of a folder count the sorted
    names of its sub-folders from 0, and are all 0 where it has none.
    Raises DataError where files are missing or damaged and a download cannot mend it.
    """
    pixels, labels = load_bytes(name, root, paper)
    return (_floats(pixels) if pixels.dtype == torch.uint8 else pixels), labels


def _floats(pixels):
    """Bytes from 0 to 255 as float32 in [-1, 1]."""
    return pixels.float().div_(127.5).sub_(1)


def load_bytes(name, root=None, paper="auto"):
    """As load_images, but pixels that come as bytes stay uint8 from 0 to 255: a quarter the memory.

    train() takes either. `digits`, which is enlarged, has no bytes and comes as float32.
    """
    if name == "digits":
        return _load_digits()
    if name == "hanzi":
        characters = _hanzi()
        return _drawn(characters, 28), _code_points(characters)
    if isinstance(name, str) and name in downloads.FILES:
        root = Path(root or os.environ.get("GAN_LESSON_DATA") or COURSE / "data")
        return downloads.load(name, root)
    if is_folder(name):
        return pictures.load_folder(Path(os.path.expanduser(name)), paper)
    raise DataError(
        f"沒有「{name}」這個資料集，可以選：{', '.join(DATASETS)}，或圖片資料夾的路徑",
        f"there is no data set {name!r}; choose from {', '.join(DATASETS)}, or give the path of "
        "a folder of pictures",
    )


def is_folder(name):
    """Whether a data set's name is that of a folder of pictures.

    That is a Path, a text with a separator in it, or one that is the name of a folder here.
    """
    if name in DATASETS:
        return False
    if not isinstance(name, str):
        return isinstance(name, os.PathLike)
    separators = {"/", os.sep, os.altsep or "/"}
    return name.startswith("~") or any(each in name for each in separators) or os.path.isdir(name)


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
            f"字型的漢字裡沒有：{lacking}", f"not among the font's Chinese characters: {lacking}"
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


def toy_points(name, count):
    """Draw points from a toy distribution in the plane.

    name: "ring" (eight Gaussians on a circle), "grid" (five by five Gaussians), "moons" (two
    half-circles) or "spiral" (one arm). Returns float32 (count, 2), mostly within [-1, 1].
    """
    random = torch.Generator().manual_seed(0)
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
        f"沒有「{name}」這個分布，可以選：{', '.join(TOYS)}",
        f"there is no distribution {name!r}; choose from {', '.join(TOYS)}",
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
