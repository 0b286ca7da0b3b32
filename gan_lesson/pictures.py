"""A folder of your own pictures, each on a square of its own paper."""

import os
import warnings
from pathlib import Path

import numpy as np
import torch

from gan_lesson import DataError
from gan_lesson.config import PAPERS
from gan_lesson.languages import LISTENER

PICTURES = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF", "PPM")  # PIL's names of the files read
LEAST, FEW = 10, 200  # pictures in a folder: fewer are refused, fewer are mentioned


def load_folder(folder, paper):
    """A folder's pictures, uint8 (N, 1, 28, 28), and the numbers of their sub-folders."""
    if paper not in PAPERS:
        raise DataError(
            f"paper 不能是 {paper!r}，要 {'、'.join(PAPERS)}",
            f"paper cannot be {paper!r}: it takes {', '.join(PAPERS)}",
        )
    squares, edges, places, passed = [], [], [], []
    for file in _files(folder):
        place = file.relative_to(folder)
        try:
            square, edge = _read_picture(file)
        except ImportError:
            raise
        except Exception:  # whatever a damaged file makes a reader do
            passed.append(place)
        else:
            squares.append(square)
            edges.append(edge)
            places.append(place)
    names = sorted({place.parts[0] for place in places if len(place.parts) > 1})
    if names:  # a picture beside the sub-folders has no label
        passed += [place for place in places if len(place.parts) == 1]
    keep = [number for number, place in enumerate(places) if not names or len(place.parts) > 1]
    if passed:
        some = [str(place) for place in passed[:5]] + ["…"] * (len(passed) > 5)
        _remark(
            f"略過 {len(passed)} 個檔案（不是圖片、已損壞，或不在子資料夾裡）：{'、'.join(some)}",
            f"passed over {len(passed)} files (no picture, damaged, or beside the sub-folders): "
            f"{', '.join(some)}",
        )
    if len(keep) < LEAST:
        raise DataError(
            f"{folder} 裡只有 {len(keep)} 張圖片，至少要 {LEAST} 張",
            f"{folder} holds {len(keep)} pictures: at least {LEAST} are needed",
        )
    if len(keep) < FEW:
        _remark(
            f"只有 {len(keep)} 張圖片，可能太少", f"only {len(keep)} pictures, which may be too few"
        )
    pixels = torch.from_numpy(np.stack([squares[number] for number in keep])).unsqueeze(1)
    if paper == "auto" and np.median([edges[number] for number in keep]) > 127:
        paper = "light"
        _remark(
            "紙是淺色的，已反轉成黑底白字（不要反轉：paper 用 dark）",
            "light paper, turned to white on black (to leave it: paper dark)",
        )
    if paper == "light":
        pixels = 255 - pixels
    labels = [names.index(places[number].parts[0]) if names else 0 for number in keep]
    return pixels, torch.tensor(labels)


def _remark(zh, en):
    """Print a sentence, or tell it where somebody listens."""
    if listener := LISTENER.get():
        listener(zh, en)
    else:
        print(f"{zh} · {en}")


def _files(folder):
    """Every file in a folder and its sub-folders, sorted, without hidden ones."""

    def refuse(error):
        if isinstance(error, FileNotFoundError):
            raise DataError(f"沒有 {folder} 這個資料夾", f"there is no folder {folder}") from None
        if isinstance(error, NotADirectoryError):
            raise DataError(
                f"{folder} 不是資料夾；壓縮檔請先解開",
                f"{folder} is no folder; unpack an archive first",
            ) from None
        if isinstance(error, PermissionError):
            raise DataError(
                f"沒有權限讀 {error.filename}", f"no permission to read {error.filename}"
            ) from None
        raise DataError(
            f"讀不了 {folder}（{error}）", f"{folder} cannot be read ({error})"
        ) from None

    files = []
    try:
        for place, folders, names in os.walk(folder, onerror=refuse):
            folders[:] = [name for name in folders if name[0] != "." and name != "__MACOSX"]
            files += [Path(place, name) for name in names if name[0] != "."]
    except ValueError as error:  # a name that no file can have
        refuse(error)
    return sorted(files)


def _read_picture(file):
    """One picture as grey bytes (28, 28), and how bright its edge is, which also fills the square.

    torchvision resizes, and PIL reads for it: torchvision's own reader paints what is transparent
    black, and knows half of the formats.
    """
    from PIL import Image, ImageOps
    from torchvision.transforms import functional

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of odd metadata and palettes
        with Image.open(file, formats=PICTURES) as picture:
            picture.draft("L", (112, 112))  # a large JPEG is read smaller, several times as fast
            picture = ImageOps.exif_transpose(picture)
            if picture.mode.startswith("I"):  # 16 bits
                picture = Image.fromarray((np.asarray(picture) / 257).clip(0, 255).astype(np.uint8))
            if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
                picture = picture.convert("RGBA").convert("LA")
                grey, alpha = (np.asarray(channel, np.float32) for channel in picture.split())
                ink = (grey * alpha).sum() / max(alpha.sum(), 1)
                paper = 0 if ink > 127 else 255  # under what is drawn on nothing
                grey = (grey * alpha + paper * (255 - alpha)) / 255
                picture = Image.fromarray(grey.round().astype(np.uint8))
            picture = picture.convert("L")
    scale = 28 / max(picture.size)
    width, height = (max(1, round(scale * side)) for side in picture.size)
    pixels = np.asarray(functional.resize(picture, [height, width]))
    edge = round(np.median(np.concatenate([*pixels[[0, -1]], *pixels[:, [0, -1]].T])))
    square = np.full((28, 28), edge, np.uint8)
    top, left = (28 - height) // 2, (28 - width) // 2
    square[top : top + height, left : left + width] = pixels
    return square, edge
