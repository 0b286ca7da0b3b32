"""MNIST and its kin: checked on disk, and downloaded where they are missing or damaged."""

import errno
import gzip
import hashlib
import os
import queue
import ssl
import tempfile
import threading
import urllib.request

import torch

from gan_lesson import BilingualError, DataError

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

PATIENCE = 10  # seconds without an answer, after which a mirror is given up


class NoAnswer(BilingualError):
    """A mirror that sends nothing."""


class DownloadError(DataError):
    """A data set that is not here, and that no mirror gave."""


def load(name, root):
    """A data set of FILES as bytes: pixels, uint8 (N, 1, 28, 28), and labels, int64 (N,)."""
    try:
        pixels, labels = _read_part(name, IMAGES, root), _read_part(name, LABELS, root)
    except OSError as error:
        raise _out_of_reach(root, error) from None
    pixels = torch.frombuffer(pixels, dtype=torch.uint8, offset=16).view(-1, 1, 28, 28)
    return pixels, torch.frombuffer(labels, dtype=torch.uint8, offset=8).long()


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
            tried.append((url, getattr(error, "zh", error), getattr(error, "en", error)))
            if isinstance(getattr(error, "reason", None), ssl.SSLError):
                urls.insert(0, url.replace("https:", "http:", 1))  # the checksum is watchful enough
            continue
        if hashlib.md5(content).hexdigest() == md5:
            return _replace(path, content)
        tried.append((url, *[f"MD5 {hashlib.md5(content).hexdigest()}"] * 2))
    tried_zh = "; ".join(f"{url} ({why})" for url, why, _ in tried)
    tried_en = "; ".join(f"{url} ({why})" for url, _, why in tried)
    zh = "".join(f"{file} 已損壞，MD5 應為 {want}，實為 {got}；" for file, want, got in damaged)
    en = "".join(
        f"{file} is damaged, its MD5 should be {want} and is {got}; " for file, want, got in damaged
    )
    raise DownloadError(
        f"{zh or f'缺少 {path}；'}試著下載但沒有成功：{tried_zh}。"
        f"請連上網路再試，或把正確的檔案放到 {path.parent}；"
        "`digits` 和 `hanzi` 不需要網路，也不需要任何檔案。",
        f"{en or f'{path} is missing; '}the download did not work: {tried_en}. "
        f"Try again with a network, or put the right file into {path.parent}; "
        "the data sets `digits` and `hanzi` need no network and no file.",
    )


def _fetch(url):
    """What a mirror sends, as bytes, with progress; NoAnswer after PATIENCE without an answer.

    A name that nobody resolves, and a host with many addresses, take longer than any time-out of a
    socket: a thread waits for them, and is left behind. Its own time-out only ends it some day.
    """
    from tqdm import tqdm

    news = queue.SimpleQueue()

    def listen():
        try:
            request = urllib.request.Request(url, headers={"User-Agent": "gan-lesson"})
            with urllib.request.urlopen(request, timeout=2 * PATIENCE) as answer:
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
            raise NoAnswer(f"{PATIENCE} 秒沒有回應", f"no answer for {PATIENCE} s") from None
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
