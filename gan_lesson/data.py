"""Real images, glyphs and toy distributions as tensors in [-1, 1]."""

import errno
import functools
import gzip
import hashlib
import importlib.util
import math
import os
import queue
import ssl
import tempfile
import threading
import urllib.request
import warnings
from pathlib import Path

import numpy as np
import torch

from gan_lesson import COURSE, BilingualError
from gan_lesson.config import PAPERS
from gan_lesson.languages import LISTENER

DATASETS = ("digits", "hanzi", "mnist", "fashion-mnist", "kmnist")
TOYS = ("ring", "grid", "moons", "spiral")

FONT = Path(__file__).parent / "fonts" / "NotoSansTC-Regular-subset.ttf"

IMAGES, LABELS = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"

# Each data set's class in torchvision, which knows its mirrors, and the MD5 sums of its files.
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

PICTURES = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF", "PPM")  # PIL's names of the files read
LEAST, FEW = 10, 200  # pictures in a folder: fewer are refused, fewer are mentioned

PATIENCE = 10  # seconds without an answer, after which a mirror is given up


class DataError(BilingualError):
    """Data that is missing, damaged or out of reach."""


class DownloadError(DataError):
    """A data set that is not here, and that no mirror gave."""


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
    if isinstance(name, str) and name in FILES:
        root = Path(root or os.environ.get("GAN_LESSON_DATA") or COURSE / "data")
        try:
            pixels, labels = _read_part(name, IMAGES, root), _read_part(name, LABELS, root)
        except OSError as error:
            raise _out_of_reach(root, error) from None
        pixels = torch.frombuffer(pixels, dtype=torch.uint8, offset=16).view(-1, 1, 28, 28)
        return pixels, torch.frombuffer(labels, dtype=torch.uint8, offset=8).long()
    if is_folder(name):
        return _load_folder(Path(os.path.expanduser(name)), paper)
    raise DataError(
        f"沒有「{name}」這個資料集，可以選：{', '.join(DATASETS)}，或圖片資料夾的路徑",
        f"there is no data set {name!r}; choose from {', '.join(DATASETS)}, or give the path of "
        "a folder of pictures",
    )


def _out_of_reach(root, error):
    """The DataError of a folder that cannot be read or written."""
    place = error.filename or root
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        zh, en = f"磁碟滿了，{root} 放不下資料", f"the disk is full: no room for data in {root}"
    elif error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        zh, en = f"沒有權限讀寫 {place}", f"no permission to read and write {place}"
    else:
        zh, en = f"讀寫 {place} 失敗（{error}）", f"reading or writing {place} failed ({error})"
    return DataError(
        f"{zh}。請換一個資料夾（環境變數 GAN_LESSON_DATA）；`digits` 和 `hanzi` 不需要任何檔案。",
        f"{en}. Name another folder in the environment variable GAN_LESSON_DATA; `digits` and "
        "`hanzi` need no file.",
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


def _load_folder(folder, paper):
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
    """Get one packed file into its place from the first mirror that has it whole."""
    from torchvision import datasets

    for file, expected, found in damaged:
        print(
            f"{file.name} 已損壞（MD5 應為 {expected}，實為 {found}），重新下載。 · "
            f"{file.name} is damaged (MD5 should be {expected}, is {found}): downloading it again."
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    tried = []
    urls = [f"{mirror.rstrip('/')}/{path.name}" for mirror in getattr(datasets, kind).mirrors]
    while urls:
        url = urls.pop(0)
        try:
            content = _fetch(url)
        except Exception as error:  # of whatever lies between here and the mirror
            tried.append(f"{url} ({error})")
            if isinstance(getattr(error, "reason", None), ssl.SSLError):
                urls.insert(0, url.replace("https:", "http:", 1))  # the checksum is watchful enough
            continue
        if hashlib.md5(content).hexdigest() == md5:
            return _replace(path, content)
        tried.append(f"{url} (MD5 {hashlib.md5(content).hexdigest()})")
    tried = "; ".join(tried)
    zh = "".join(f"{file} 已損壞，MD5 應為 {want}，實為 {got}；" for file, want, got in damaged)
    en = "".join(
        f"{file} is damaged, its MD5 should be {want} and is {got}; " for file, want, got in damaged
    )
    raise DownloadError(
        f"{zh or f'缺少 {path}；'}試著下載但沒有成功：{tried}。"
        f"請連上網路再試，或把正確的檔案放到 {path.parent}；"
        "`digits` 和 `hanzi` 不需要網路，也不需要任何檔案。",
        f"{en or f'{path} is missing; '}the download did not work: {tried}. "
        f"Try again with a network, or put the right file into {path.parent}; "
        "the data sets `digits` and `hanzi` need no network and no file.",
    )


def _fetch(url):
    """What a mirror sends, as bytes, with progress; TimeoutError after PATIENCE without an answer.

    A name that nobody resolves, and a host with many addresses, take longer than any time-out of a
    socket: a thread waits for them, and is left behind.
    """
    from tqdm import tqdm

    news = queue.SimpleQueue()

    def listen():
        try:
            request = urllib.request.Request(url, headers={"User-Agent": "gan-lesson"})
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                news.put(answer.length)
                while piece := answer.read(2**12):
                    news.put(piece)
            news.put(None)
        except Exception as error:
            news.put(error)

    def heard():
        try:
            said = news.get(timeout=PATIENCE)
        except queue.Empty:
            raise TimeoutError(f"{PATIENCE} 秒沒有回應 / no answer for {PATIENCE} s") from None
        if isinstance(said, Exception):
            raise said
        return said

    threading.Thread(target=listen, daemon=True).start()
    content, length = bytearray(), heard()
    with tqdm(total=length, unit="B", unit_scale=True) as bar:
        while piece := heard():
            content += piece
            bar.update(len(piece))
    return content


def _replace(path, content):
    """Write a file whole or not at all."""
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        try:
            file.write(content)
            file.close()
            os.replace(file.name, path)
        except BaseException:
            os.unlink(file.name)
            raise


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
