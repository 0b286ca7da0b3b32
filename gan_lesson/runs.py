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
import dataclasses
import itertools
import json
import shutil
import weakref
from pathlib import Path

import torch
from filelock import FileLock, Timeout
from PIL import Image, ImageDraw

from gan_lesson import COURSE, languages, plots
from gan_lesson.checkpoints import (
    RunError,
    load_checkpoint,
    restore,
    save_checkpoint,
    unwritable,
    whole_file,
)
from gan_lesson.history import open_history, read_history
from gan_lesson.training import TrainingState

RUNS = COURSE / "images" / "runs"
_FOLDERS = weakref.WeakKeyDictionary()  # of the TrainingStates that a notebook trains


def create(folder, config, overwrite=False):
    """Make the folder of a new run and write its settings; returns it.

    folder: None takes the next one: images/runs/digits-001, -002, ... A folder that holds
    anything is left alone (RunError), unless `overwrite` says that the run in it may go; a folder
    that is no run is never emptied.
    """
    try:
        folder = _next_folder(config.dataset) if folder is None else Path(folder)
        _make_room(folder, overwrite)
        folder.mkdir(parents=True, exist_ok=True)
        with whole_file(folder / "config.json") as file:
            file.write((json.dumps(dataclasses.asdict(config), indent=2) + "\n").encode())
        (folder / "snapshots").mkdir(exist_ok=True)
    except OSError as error:
        raise unwritable(folder or RUNS, error) from error
    return folder


def _next_folder(dataset):
    """Make the next folder that does not exist yet; of two that ask at once, each gets its own."""
    RUNS.mkdir(parents=True, exist_ok=True)
    for number in itertools.count(1):
        with contextlib.suppress(FileExistsError):
            folder = RUNS / f"{Path(dataset).name[:50]}-{number:03}"  # a name has 255 bytes at most
            folder.mkdir()
            return folder


def _make_room(folder, overwrite):
    if folder.exists() and not folder.is_dir():
        raise RunError(f"{folder} 是檔案，不是資料夾", f"{folder} is a file, not a folder")
    # A process killed at its very beginning may leave config.json.part: that is nothing.
    if folder.is_dir() and {entry.name for entry in folder.iterdir()} - {"config.json.part"}:
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
        made = ("checkpoint.pt", "history.csv", "losses.png", "training.gif", "samples.png")
        with _locked(folder):
            shutil.rmtree(folder / "snapshots", ignore_errors=True)
            for name in made:
                (folder / name).unlink(missing_ok=True)


def place(name):
    """A folder beside the runs for what a lesson writes, made if it is not there; or RunError."""
    folder = RUNS / name
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(folder, error) from error
    return folder


def folder_for(state):
    """The folder to `record` a notebook's run in: a new one for a state that has not begun.

    Asked again for the same state, after a stop or at its end, it gives the same folder. Says
    below the cell whether the run begins, goes on or is at its end.
    """
    config, folder = state.config, _FOLDERS.get(state)
    try:
        open_history(folder, state).close()
    except (RunError, TypeError):  # deleted, stopped between a step and its row, or not yet there
        folder = _FOLDERS[state] = create(None, config)
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
    Raises RunError, before the first batch, where another process keeps this run, or where its
    history is not that of its checkpoint.
    """
    folder = Path(folder)
    with contextlib.ExitStack() as stack:
        stack.enter_context(_locked(folder))
        history = stack.enter_context(open_history(folder, state))
        return _record(folder, state, progress, history, stack.pop_all())


@contextlib.contextmanager
def _locked(folder):
    """Keep other processes from a run's folder: RunError where one keeps us from it.

    The system lets go of the lock when a process ends, however it ends.
    """
    lock = FileLock(folder / ".lock", timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise RunError(
            f"{folder} 正在由另一個程式訓練", f"another program is training {folder} now"
        ) from None
    except OSError as error:
        raise unwritable(folder, error) from error
    try:
        yield
    finally:
        lock.release()
        (folder / ".lock").unlink(missing_ok=True)


def _record(folder, state, progress, history, stack):
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

    with stack:
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
        history.flush()
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
    with whole_file(path) as file:
        Image.fromarray(plots.wall(images, line=0)).convert("RGB").save(file, "PNG")


def start(networks, config, device="cpu"):
    """A new TrainingState on `device`, its networks' weights fixed by the seed.

    networks: a function that takes the TrainingConfig and gives (generator, discriminator).
    """
    torch.manual_seed(config.seed)
    return TrainingState(*(network.to(device) for network in networks(config)), config)


def resume(folder, networks, device="cpu"):
    """Open a run to go on where its checkpoint stands.

    Arguments as for `start`, and the same thing comes back. Raises RunError.
    """
    config, saved = load_checkpoint(folder)
    state = start(networks, config, device)
    restore(Path(folder) / "checkpoint.pt", state, saved)
    return state


def _snapshot(folder, state, noise):
    path = folder / "snapshots" / f"epoch_{state.epoch:04}.png"
    save_grid(sample(state.drawer, noise), path)


def _finish(folder, state, noise):
    """The pictures of a run that has come to its end."""
    save_grid(sample(state.drawer, noise), folder / "samples.png")
    with whole_file(folder / "losses.png") as file:
        figure = plots.loss_curves(*read_history(folder))
        file.write(plots.png(figure))
        plots.plt.close(figure)
    with whole_file(folder / "training.gif") as file:
        write_gif(_snapshots(folder), file)


def _snapshots(folder):
    """The snapshots of a run with their captions; what is no picture is left out."""
    for path in sorted((folder / "snapshots").glob("epoch_[0-9]*.png")):
        with contextlib.suppress(OSError, SyntaxError):  # as PIL tells of what it cannot read
            yield path.stem.replace("_", " "), Image.open(path).convert("L")


CAPTION = 16  # pixels above each picture of an animation


def write_gif(pictures, file):
    """Write pairs of a caption and a PIL picture as an animation, five a second, without loss."""
    frames = []
    for caption, picture in pictures:
        frame = Image.new("L", (picture.width, picture.height + CAPTION), 255)
        frame.paste(picture.convert("L"), (0, CAPTION))
        ImageDraw.Draw(frame).text((4, 2), caption, fill=0)
        frames.append(frame)
    last = [200] * (len(frames) - 1) + [2000]
    frames[0].save(
        file, format="GIF", save_all=True, append_images=frames[1:], duration=last, loop=0
    )
