"""A run's folder: settings, snapshots, loss history, checkpoint, and how to go on from there.

config.json             the settings
history.csv             both losses of every batch
losses.png              the same as a figure
snapshots/epoch_0010.png   what the same 64 latent vectors give after 10 epochs
training.gif            the snapshots as an animation
samples.png             the final 8x8 grid
checkpoint.pt           everything needed to sample or to go on training
"""

import contextlib
import csv
import dataclasses
import itertools
import json
import os
import shutil
import weakref
from pathlib import Path

import torch
from PIL import Image, ImageDraw

from gan_lesson import COURSE, BilingualError, languages, plots
from gan_lesson.config import TrainingConfig
from gan_lesson.training import TrainingState

RUNS = COURSE / "images" / "runs"
FORMAT = "gan-lesson run 1"
HEADER = "epoch,batch,loss_d,loss_g\n"
_FOLDERS = weakref.WeakKeyDictionary()  # of the TrainingStates that a notebook trains


class RunError(BilingualError):
    """A run's folder that cannot be made, read or continued."""


def free_folder(dataset):
    """A folder for a new run that does not exist yet: images/runs/digits-001, -002, ..."""
    return next(
        folder
        for number in itertools.count(1)
        if not (folder := RUNS / f"{dataset}-{number:03}").exists()
    )


def create(folder, config, overwrite=False):
    """Make the folder of a new run and write its settings.

    A folder that holds anything is left alone (RunError), unless `overwrite` says that the run
    in it may go; a folder that is no run is never emptied.
    """
    folder = Path(folder)
    if folder.exists() and not folder.is_dir():
        raise RunError(f"{folder} 是檔案，不是資料夾", f"{folder} is a file, not a folder")
    if folder.is_dir() and any(folder.iterdir()):
        if not (folder / "config.json").exists():
            raise RunError(
                f"{folder} 裡有別的檔案，不會覆寫",
                f"{folder} holds other files, which are never overwritten",
            )
        if not overwrite:
            raise RunError(
                f"{folder} 已有一次訓練，不會覆寫",
                f"{folder} holds a run, which is not overwritten",
            )
        shutil.rmtree(folder / "snapshots", ignore_errors=True)
        for name in ("checkpoint.pt", "history.csv", "losses.png", "training.gif", "samples.png"):
            (folder / name).unlink(missing_ok=True)
    try:
        (folder / "snapshots").mkdir(parents=True, exist_ok=True)
        with _whole(folder / "config.json") as file:
            file.write((json.dumps(dataclasses.asdict(config), indent=2) + "\n").encode())
    except OSError as error:
        raise RunError(
            f"無法寫入 {folder}（{error.strerror}）", f"cannot write to {folder} ({error.strerror})"
        ) from error
    return folder


def folder_for(state):
    """The folder to `record` a notebook's run in: a new one for a state that has not begun.

    Asked again for the same state, after a stop or at its end, it gives the same folder. Says
    below the cell whether the run begins, goes on or is at its end.
    """
    config, folder = state.config, _FOLDERS.get(state)
    if folder is None or not (folder / "history.csv").is_file():
        folder = create(free_folder(Path(config.dataset).name), config)
        (folder / "history.csv").write_text(HEADER, newline="\n")
        _FOLDERS[state] = folder
    if state.epoch >= config.epochs:
        languages.tell(
            f"已經練到底了（{state.epoch} 個訓練回合），沒有要練的。要從頭來，先重新建立 state。",
            f"At its end ({state.epoch} epochs): nothing is left to train. To begin afresh, "
            "first make a new state.",
        )
    elif state.epoch or state.batch:
        languages.tell(
            f"從停下的地方接著練：第 {state.epoch} 回合，第 {state.batch} 批。",
            f"Goes on where it stopped: epoch {state.epoch}, batch {state.batch}.",
        )
    else:
        languages.tell("從頭開始練。", "Begins afresh.")
    return folder


def record(folder, state, progress):
    """Pass each Progress on, and keep the run in its folder as it goes.

    folder: from `create`, or one to go on in. state: the TrainingState that `progress`, an
    iterator from train(), works on. A snapshot and a checkpoint are written before the first
    batch, every `snapshot_every` epochs of the settings and at the end; a checkpoint also when
    the reader stops asking, between two steps.
    """
    folder = Path(folder)
    config, noise = state.config, fixed_noise(state.config)

    def save():
        history.flush()
        save_checkpoint(folder / "checkpoint.pt", state)

    def keep(now):
        history.write(f"{now.epoch},{now.batch},{now.loss_d:.6g},{now.loss_g:.6g}\n")
        if now.batch + 1 == now.batches and (
            state.epoch % config.snapshot_every == 0 or state.epoch == config.epochs
        ):
            _snapshot(folder, state, noise)
            save()

    with _open_history(folder / "history.csv", state) as history:
        if state.epoch == state.batch == 0:
            _snapshot(folder, state, noise)
            save()
        try:
            for now in progress:
                keep(now)
                yield now
        except GeneratorExit:
            # A GPU has already trained to the end of the epoch.
            while now.epoch < state.epoch and now.batch + 1 < now.batches:
                now = next(progress)
                keep(now)
            save()
            raise
    _finish(folder, state, noise)


def fixed_noise(config, count=64):
    """The latent vectors (count, latent_dim) that every picture of a run shows."""
    random = torch.Generator().manual_seed(config.seed)
    return torch.randn(count, config.latent_dim, generator=random)


@torch.no_grad()
def sample(generator, z):
    """Images (N, 1, 28, 28) in [-1, 1], on the CPU, from latent vectors z (N, latent_dim).

    The generator draws in evaluation mode: batch norm uses what it learned, not this batch.
    """
    device, training = next(generator.parameters()).device, generator.training
    images = generator.eval()(z.to(device)).view(-1, 1, 28, 28).cpu()
    generator.train(training)
    return images


def save_grid(images, path):
    """Write images (N, 1, 28, 28) in [-1, 1] as a PNG grid, eight in a row."""
    with _whole(path) as file:
        Image.fromarray(plots.wall(images, line=0)).convert("RGB").save(file, "PNG")


def save_checkpoint(path, state):
    """Write a TrainingState whole or not at all."""
    content = {
        "format": FORMAT,
        "config": dataclasses.asdict(state.config),
        "state": state.state_dict(),
    }
    with _whole(path) as file:
        torch.save(content, file)


def load_checkpoint(folder):
    """Read a run's checkpoint: its TrainingConfig, and what TrainingState.load_state_dict takes.

    Raises RunError for a folder without a checkpoint, or one that is damaged or not ours.
    """
    path = Path(folder) / "checkpoint.pt"
    if not path.is_file():
        raise RunError(
            f"{path} 不存在，沒有可以接續的",
            f"{path} does not exist: there is nothing to go on from",
        )
    try:
        content = torch.load(path, weights_only=True, map_location="cpu")
        if content["format"] != FORMAT:
            raise ValueError(content["format"])
        return TrainingConfig(**content["config"]), content["state"]
    except OSError as error:
        raise RunError(
            f"讀不到 {path}（{error.strerror}）", f"cannot read {path} ({error.strerror})"
        ) from error
    except Exception as error:  # torch.load raises whatever a strange file leads it into
        raise RunError(
            f"{path} 已損壞，或不是這個課程的檢查點",
            f"{path} is damaged, or no checkpoint of this course",
        ) from error


def start(networks, config, device="cpu"):
    """A new TrainingState on `device`, its networks' weights fixed by the seed.

    networks: a function that takes the TrainingConfig and gives (generator, discriminator).
    """
    torch.manual_seed(config.seed)
    return TrainingState(*(network.to(device) for network in networks(config)), config)


def resume(folder, networks, device="cpu"):
    """Open a run to go on where its checkpoint stands.

    Arguments as for `start`, and the same thing comes back.
    """
    return restore(folder, *load_checkpoint(folder), networks, device)


def restore(folder, config, saved, networks, device="cpu"):
    """As `resume`, from what load_checkpoint read in `folder`."""
    state = start(networks, config, device)
    try:
        state.load_state_dict(saved)
    except (KeyError, ValueError, RuntimeError, TypeError) as error:
        path = Path(folder) / "checkpoint.pt"
        raise RunError(
            f"{path} 的內容和這些網路不合", f"what {path} holds does not fit these networks"
        ) from error
    return state


def read_history(folder):
    """Read a run's losses: loss_d and loss_g of each batch, and how many batches make an epoch."""
    with open(Path(folder) / "history.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    batches = 1 + max((int(row["batch"]) for row in rows), default=0)
    return [float(row["loss_d"]) for row in rows], [float(row["loss_g"]) for row in rows], batches


def _open_history(path, state):
    """The history file, cut back to what the checkpoint knows, ready to append to."""
    if state.epoch == state.batch == 0:
        path.write_text(HEADER, newline="\n")
    elif not path.is_file():
        raise RunError(f"{path} 不見了，無法接續", f"{path} is gone: the run cannot go on")
    else:
        with open(path, "r+b") as file:
            place = f"{state.epoch},{state.batch},".encode()
            for line in iter(file.readline, b""):
                if line.startswith(place):
                    file.seek(-len(line), os.SEEK_CUR)
                    file.truncate()
                    break
    return open(path, "a", newline="\n")


def _snapshot(folder, state, noise):
    path = folder / "snapshots" / f"epoch_{state.epoch:04}.png"
    save_grid(sample(state.drawer, noise), path)


def _finish(folder, state, noise):
    """The pictures of a run that has come to its end."""
    save_grid(sample(state.drawer, noise), folder / "samples.png")
    with _whole(folder / "losses.png") as file:
        figure = plots.loss_curves(*read_history(folder))
        file.write(plots.png(figure))
        plots.plt.close(figure)
    with _whole(folder / "training.gif") as file:
        write_gif(sorted((folder / "snapshots").glob("*.png")), file)


def write_gif(snapshots, file):
    """Write snapshot pictures as an animation, five a second, with their names on top."""
    frames = []
    for path in snapshots:
        picture = Image.open(path).convert("L")
        frame = Image.new("L", (picture.width, picture.height + 16), 255)
        frame.paste(picture, (0, 16))
        ImageDraw.Draw(frame).text((4, 2), path.stem.replace("_", " "), fill=0)
        frames.append(frame)
    last = [200] * (len(frames) - 1) + [2000]
    frames[0].save(
        file, format="GIF", save_all=True, append_images=frames[1:], duration=last, loop=0
    )


@contextlib.contextmanager
def _whole(path):
    """A file to write to that appears under its name whole or not at all."""
    part = Path(f"{path}.part")
    try:
        with open(part, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
