"""A run's folder: what is in it, and that nothing is lost when things go wrong."""

import concurrent.futures
import dataclasses
import errno
import io
import itertools
import json
import multiprocessing
import os
import random
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.utils import save_image

from gan_lesson import __main__, checkpoints, plots, recipes, runs
from gan_lesson.config import TrainingConfig
from gan_lesson.data import load_images
from gan_lesson.recipes import build_networks
from gan_lesson.training import taught_steps, train
from gan_lesson.unfit import TrainingDiverged

CONFIG = TrainingConfig(epochs=4, latent_dim=8, snapshot_every=2, seed=5)
FILES = ["checkpoint.pt", "config.json", "history.csv", "losses.png", "samples.png"]
FILES += [f"snapshots/epoch_{epoch:04}.png" for epoch in (0, 2, 4)] + ["training.gif"]


@pytest.fixture(scope="module")
def images():
    return load_images("digits")[0]


def record(folder, images, config=CONFIG, state=None, batches=None):
    """Train in a folder, to the end or for so many batches, and give the state."""
    state = state or runs.start(build_networks, config)
    recording = runs.record(folder, state, recipes.train(state, images))
    for number, _ in enumerate(recording, 1):
        if number == batches:
            break
    recording.close()
    return state


def contents(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def whole(images, tmp_path_factory):
    """A run that went from beginning to end."""
    folder = runs.create(tmp_path_factory.mktemp("runs") / "whole", CONFIG)
    record(folder, images)
    return folder


def test_a_run_keeps_everything(whole, images):
    assert sorted(contents(whole)) == FILES
    assert json.loads((whole / "config.json").read_text()) == dataclasses.asdict(CONFIG)
    loss_d, loss_g, batches = runs.read_history(whole)
    assert len(loss_d) == len(loss_g) == 4 * 29 and batches == 29
    with Image.open(whole / "training.gif") as animation:
        assert animation.n_frames == 3
    with Image.open(whole / "samples.png") as grid:
        assert grid.size == (8 * 30 + 2, 8 * 30 + 2)
    # The same fixed noise each time: only training changes the picture.
    first, last = (contents(whole)[f"snapshots/epoch_{epoch:04}.png"] for epoch in (0, 4))
    assert first != last and last == contents(whole)["samples.png"]


def test_the_history_and_the_pictures_are_those_of_the_run(images, tmp_path):
    config = dataclasses.replace(CONFIG, epochs=1)
    folder, state = runs.create(tmp_path / "run", config), runs.start(build_networks, config)
    seen = list(runs.record(folder, state, recipes.train(state, images)))
    loss_d, loss_g, _ = runs.read_history(folder)
    assert loss_d == pytest.approx([now.loss_d for now in seen], rel=1e-5)
    assert loss_g == pytest.approx([now.loss_g for now in seen], rel=1e-5)
    noise = torch.randn(64, 8, generator=torch.Generator().manual_seed(config.seed))
    drawn = plots.wall(runs.sample(state.drawer, noise), line=0)
    for name in ("samples.png", "snapshots/epoch_0001.png"):
        with Image.open(folder / name) as picture:
            assert (np.asarray(picture.convert("L")) == drawn).all()


def test_the_same_seed_gives_the_same_folder(whole, images, tmp_path):
    record(runs.create(tmp_path / "again", CONFIG), images)
    assert contents(tmp_path / "again") == contents(whole)


@pytest.mark.parametrize("batches", [1, 40, 58, 115])
def test_stopping_and_resuming_gives_the_same_bytes(whole, images, tmp_path, batches):
    folder = runs.create(tmp_path / "run", CONFIG)
    record(folder, images, batches=batches)
    record(folder, images, state=runs.resume(folder, build_networks))
    assert contents(folder) == contents(whole)


def test_a_checkpoint_gives_the_same_images(whole):
    state = runs.resume(whole, build_networks)
    images = runs.sample(state.drawer, runs.fixed_noise(CONFIG))
    file = io.BytesIO()
    save_image(images, file, format="png", nrow=8, normalize=True, value_range=(-1, 1))
    assert file.getvalue() == (whole / "samples.png").read_bytes()


def test_an_existing_run_is_not_overwritten(whole):
    before = contents(whole)
    with pytest.raises(runs.RunError, match="not overwritten"):
        runs.create(whole, CONFIG)
    assert contents(whole) == before


def test_a_run_killed_at_its_very_beginning_is_begun_again(tmp_path, monkeypatch):
    def killed(path):
        Path(f"{path}.part").write_bytes(b"{")
        raise KeyboardInterrupt

    folder = tmp_path / "run"
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(runs, "whole_file", killed)
        runs.create(folder, CONFIG)
    assert [path.name for path in folder.iterdir()] == ["config.json.part"]
    runs.create(folder, CONFIG)
    assert sorted(path.name for path in folder.iterdir()) == ["config.json", "snapshots"]


def test_overwriting_takes_the_run_and_nothing_else(images, tmp_path):
    folder = runs.create(tmp_path / "run", CONFIG)
    record(folder, images, batches=1)
    (folder / "my notes.txt").write_text("keep")
    other = dataclasses.replace(CONFIG, seed=6)
    runs.create(folder, other, overwrite=True)
    assert sorted(contents(folder)) == ["config.json", "my notes.txt"]
    assert json.loads((folder / "config.json").read_text())["seed"] == 6


def test_a_folder_that_is_no_run_is_never_emptied(tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(runs.RunError, match="never overwritten"):
        runs.create(tmp_path, CONFIG, overwrite=True)
    assert sorted(contents(tmp_path)) == ["thesis.txt"]


def stopped_by(key):
    """The steps of lesson 04, and a student's ■ in the middle of step number `key`."""
    count = itertools.count(1)

    def steps(state, real, z):
        losses = taught_steps(state, real, z)
        if next(count) == key:
            raise KeyboardInterrupt
        return losses

    return steps


def test_a_notebook_cell_run_again_goes_on_in_its_folder(images, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(runs, "RUNS", tmp_path)
    state = runs.start(build_networks, CONFIG)

    def cell(steps=taught_steps, batches=None):
        progress = train(state, images, steps=steps)
        folder = runs.folder_for(state)
        for number, _ in enumerate(runs.record(folder, state, progress), 1):
            if number == batches:
                break
        return capsys.readouterr().out

    assert "Begins afresh" in cell(batches=10)
    with pytest.raises(KeyboardInterrupt):
        cell(stopped_by(30))
    assert "epoch 1, batch 10" in cell()  # after 39 steps; the 40th is taken once more
    assert "nothing is left to train" in cell()
    assert [path.name for path in tmp_path.iterdir()] == ["digits-001"]
    assert sorted(contents(tmp_path / "digits-001")) == FILES
    assert len(runs.read_history(tmp_path / "digits-001")[0]) == 4 * 29


def test_a_folder_that_was_deleted_is_begun_anew(images, tmp_path, monkeypatch):
    monkeypatch.setattr(runs, "RUNS", tmp_path)
    state = runs.start(build_networks, CONFIG)
    folder = runs.folder_for(state)
    record(folder, images, state=state, batches=40)
    shutil.rmtree(folder)
    record(runs.folder_for(state), images, state=state)
    assert len(runs.read_history(folder)[0]) == 4 * 29 - 40
    other = runs.folder_for(runs.start(build_networks, CONFIG))  # another run has its own folder
    assert other != folder and other.parent == tmp_path


@pytest.mark.parametrize("damage", ["half", "empty", "text", "foreign", "missing"])
def test_a_checkpoint_that_is_damaged_or_foreign_is_named(whole, tmp_path, damage):
    path = tmp_path / "checkpoint.pt"
    content = (whole / "checkpoint.pt").read_bytes()
    if damage == "foreign":
        torch.save({"weights": torch.zeros(3)}, path)
    elif damage != "missing":
        path.write_bytes(
            {"half": content[: len(content) // 2], "empty": b"", "text": b"hi"}[damage]
        )
    with pytest.raises(runs.RunError, match=r"checkpoint\.pt"):
        runs.load_checkpoint(tmp_path)


def test_a_checkpoint_never_runs_code(whole, tmp_path):
    class Evil:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "was here"),)

    torch.save({"format": checkpoints.FORMAT, "config": Evil()}, tmp_path / "checkpoint.pt")
    with pytest.raises(runs.RunError):
        runs.load_checkpoint(tmp_path)
    assert not (tmp_path / "was here").exists()


@pytest.mark.parametrize("content", [torch.ones(3), [1], {"a": torch.eye(3).to_sparse()}])
def test_what_is_no_checkpoint_is_refused_without_warnings(tmp_path, recwarn, content):
    torch.save(content, tmp_path / "checkpoint.pt")
    with pytest.raises(runs.RunError, match="damaged"):
        runs.load_checkpoint(tmp_path)
    assert not list(recwarn)


def changed(saved, path, value):
    """A checkpoint's content with one entry replaced: changed(saved, "state.epoch", -5)."""
    *folders, last = path.split(".")
    place = saved
    for name in folders:
        place = place[name]
    place[last] = value
    return saved


CRAFTED = [
    ("state.epoch", -5),
    ("state.batch", 999),
    ("state.order", torch.tensor([0, 0, 1])),
    ("state.order", torch.zeros(1, dtype=torch.long).expand(10**10)),  # 8 bytes in the file
    ("state.order", None),
    ("state.order", torch.arange(1797.0)),
    ("state.batch", 3),  # after the last epoch
    ("config.latent_dim", 9),
    ("config.epochs", 1),
    ("state.random", torch.zeros(3, dtype=torch.uint8)),
    ("state.optimizer_g", torch.zeros(())),
    ("state.optimizer_d.state", {0: {}}),
    ("state.optimizer_d.param_groups", [{"params": [0, 1, 2, 3], "amsgrad": True}]),
]


@pytest.mark.parametrize("path, value", CRAFTED)
def test_a_checkpoint_that_does_not_fit_is_refused(whole, tmp_path, path, value):
    saved = torch.load(whole / "checkpoint.pt", weights_only=True)
    torch.save(changed(saved, path, value), tmp_path / "checkpoint.pt")
    with pytest.raises(runs.RunError, match="does not fit this run"):
        runs.resume(tmp_path, build_networks)


@pytest.mark.parametrize(
    "change, said",
    [
        (lambda saved: saved["state"]["generator"]["model.0.bias"].fill_(torch.nan), "NaN"),
        (lambda saved: saved["state"]["generator"].pop("model.0.bias"), "layers"),
        (
            lambda saved: saved["state"]["optimizer_d"]["state"][0].update(exp_avg=torch.ones(2)),
            "a shape in optimizer_d",
        ),
        (
            lambda saved: [
                weight.fill_(torch.nan)
                for weight in saved["state"]["average"].values()
                if weight.is_floating_point()
            ],
            "NaN or infinity in average",
        ),
        (
            lambda saved: saved["state"]["generator"].update(
                {"model.0.bias": torch.zeros(128, dtype=torch.float64)}
            ),
            "the shape of generator model.0.bias",
        ),
        (
            lambda saved: (
                saved["config"].update(batch_size=599),
                saved["state"].update(epoch=1, batch=3),
            ),
            "batch 3",  # 3 × 599 images: the epoch is over
        ),
        (lambda saved: saved.update(format="gan-lesson run 2"), "damaged"),
        (lambda saved: saved["state"].pop("average"), "missing or unknown: average"),
        (lambda saved: saved["state"].update(more=torch.zeros(1)), "missing or unknown: more"),
        (
            lambda saved: saved["state"]["optimizer_g"]["state"][0]["step"].fill_(torch.nan),
            "NaN or infinity in optimizer_g",
        ),
        (
            lambda saved: saved["state"]["optimizer_d"]["state"][0]["exp_avg_sq"].fill_(torch.inf),
            "NaN or infinity in optimizer_d",
        ),
        (
            lambda saved: saved["state"]["optimizer_d"]["state"][0]["exp_avg_sq"].fill_(-1),
            "NaN or infinity in an optimiser",
        ),
        (
            # One number that says it is as many as the weights: a step would write beyond it.
            lambda saved: saved["state"]["optimizer_g"]["state"][0].update(
                exp_avg=torch.zeros(1, 1).expand(128, 8)
            ),
            "a shape in optimizer_g",
        ),
        (
            lambda saved: saved["state"]["optimizer_g"]["param_groups"][0].update(lr=-1.0),
            "optimizer_g: Invalid learning rate: -1.0",
        ),
        (lambda saved: saved["state"]["optimizer_g"]["state"][0].pop("step"), "a shape in"),
        (lambda saved: saved.update(config=3), "damaged"),
        (lambda saved: saved.update(state=torch.zeros(3)), "damaged"),
        (lambda saved: saved["config"].update(model=[]), "damaged"),
        (lambda saved: saved["config"].update(dataset=3.5), "dataset"),
        (lambda saved: saved["config"].update({7: 8}), "another version.*7"),
        (lambda saved: saved["config"].update(momentum=1), "another version.*momentum"),
        (lambda saved: saved["config"].pop("seed"), "another version.*seed"),
        (lambda saved: saved["config"].pop("ema"), "missing or unknown: average"),
        (lambda saved: saved["config"].update(epochs=1.5), "epochs"),
    ],
)
def test_what_is_wrong_with_a_checkpoint_is_named(whole, tmp_path, change, said):
    saved = torch.load(whole / "checkpoint.pt", weights_only=True)
    change(saved)
    torch.save(saved, tmp_path / "checkpoint.pt")
    with pytest.raises(runs.RunError, match=said):
        runs.resume(tmp_path, build_networks)


@pytest.mark.parametrize("lacking", [["paper"], ["model", "ema", "paper"]])
def test_a_run_of_an_earlier_version_goes_on(images, tmp_path, lacking):
    config = dataclasses.replace(CONFIG, ema=0.0)
    straight, early = (runs.create(tmp_path / name, config) for name in ("straight", "early"))
    record(straight, images, config)
    record(early, images, config, batches=40)
    saved = torch.load(early / "checkpoint.pt", weights_only=True)
    for name in lacking:
        del saved["config"][name]
    torch.save(saved, early / "checkpoint.pt")
    record(early, images, state=runs.resume(early, build_networks))
    assert contents(early) == contents(straight)


def test_a_packed_checkpoint_is_not_unpacked(whole, tmp_path):
    with (
        zipfile.ZipFile(whole / "checkpoint.pt") as plain,
        zipfile.ZipFile(tmp_path / "checkpoint.pt", "w", zipfile.ZIP_DEFLATED) as packed,
    ):
        for name in plain.namelist():
            packed.writestr(name, plain.read(name))
        packed.writestr("archive/data/bomb", bytes(10**8))
    with pytest.raises(runs.RunError, match="damaged"):
        runs.load_checkpoint(tmp_path)


def test_a_run_that_is_being_trained_is_locked(images, tmp_path):
    folder = runs.create(tmp_path / "run", CONFIG)
    state = runs.start(build_networks, CONFIG)
    first = runs.record(folder, state, recipes.train(state, images))
    next(first)
    other = runs.start(build_networks, CONFIG)
    with pytest.raises(runs.RunError, match="another program"):
        runs.record(folder, other, recipes.train(other, images))
    before = contents(folder)
    with pytest.raises(runs.RunError, match="another program"):
        runs.create(folder, CONFIG, overwrite=True)
    assert contents(folder) == before
    first.close()
    record(folder, images, state=runs.resume(folder, build_networks))
    assert sorted(contents(folder)) == FILES


def test_a_folder_that_cannot_be_written_to_is_said_before_training(images, tmp_path):
    folder = runs.create(tmp_path / "run", CONFIG)
    state = runs.start(build_networks, CONFIG)
    (folder / "snapshots").rmdir()
    (folder / "snapshots").touch()
    with pytest.raises(runs.RunError, match=r"cannot write to \S*snapshots "):
        runs.record(folder, state, recipes.train(state, images))
    (folder / ".lock").mkdir()  # as root may write to any folder
    with pytest.raises(runs.RunError, match="cannot write to"):
        runs.record(folder, state, recipes.train(state, images))


def test_a_place_for_what_a_lesson_writes(tmp_path, monkeypatch):
    monkeypatch.setattr(runs, "RUNS", tmp_path / "runs")
    assert runs.place("mine").is_dir() and runs.place("mine") == tmp_path / "runs" / "mine"
    (tmp_path / "runs" / "taken").touch()
    with pytest.raises(runs.RunError, match="cannot write to"):
        runs.place("taken")


HISTORIES = {
    "cut short": lambda lines: lines[:50],
    "a row taken out": lambda lines: lines[:20] + lines[21:],
    "a row twice": lambda lines: [*lines[:20], *lines[19:]],
    "edited": lambda lines: [*lines[:20], "0,19,a lot,0.5\n", *lines[21:]],
    "semicolons": lambda lines: [line.replace(",", ";") for line in lines],
    "empty": lambda lines: [],
}


@pytest.mark.parametrize("change", HISTORIES)
def test_a_history_that_was_changed_is_said_before_training(images, tmp_path, change):
    folder = runs.create(tmp_path / "run", CONFIG)
    record(folder, images, batches=70)
    path = folder / "history.csv"
    path.write_text("".join(HISTORIES[change](path.read_text().splitlines(keepends=True))))
    before = contents(folder)
    said = "lacks the last 21 batches before epoch 2, batch 12" if change == "cut short" else "gone"
    with pytest.raises(runs.RunError, match=rf"history\.csv.*{said}.*draw with sample"):
        record(folder, images, state=runs.resume(folder, build_networks))
    assert contents(folder) | {".lock": b""} == before | {".lock": b""}


def test_a_history_of_other_epochs_is_said_before_training(images, tmp_path):
    folder = runs.create(tmp_path / "run", CONFIG)
    record(folder, images, batches=40)
    path = folder / "checkpoint.pt"
    torch.save(changed(torch.load(path, weights_only=True), "config.batch_size", 32), path)
    with pytest.raises(runs.RunError, match=r"history\.csv.*draw with sample"):
        record(folder, images, state=runs.resume(folder, build_networks))
    assert not (folder / "samples.png").exists()


def test_two_runs_at_once_get_two_folders(tmp_path, monkeypatch):
    monkeypatch.setattr(runs, "RUNS", tmp_path)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        folders = list(pool.map(lambda number: runs.create(None, CONFIG), range(8)))
    assert sorted(folder.name for folder in folders) == [f"digits-{n:03}" for n in range(1, 9)]


def test_a_folder_of_pictures_with_the_longest_name_gets_a_run(tmp_path, monkeypatch):
    monkeypatch.setattr(runs, "RUNS", tmp_path / "runs")
    pictures = tmp_path / (85 * "圖")  # 255 bytes
    pictures.mkdir()
    config = TrainingConfig(dataset=str(pictures))
    assert [runs.create(None, config).name[-4:] for _ in range(2)] == ["-001", "-002"]


def test_a_run_whose_snapshots_were_deleted_goes_on(images, tmp_path):
    folder = runs.create(tmp_path / "run", CONFIG)
    record(folder, images, batches=70)
    shutil.rmtree(folder / "snapshots")
    record(folder, images, state=runs.resume(folder, build_networks))
    assert [path.name for path in (folder / "snapshots").iterdir()] == ["epoch_0004.png"]


def test_a_foreign_picture_among_the_snapshots_is_left_out(images, tmp_path):
    folder = runs.create(tmp_path / "run", CONFIG)
    (folder / "snapshots" / "notes.png").write_text("no picture")
    (folder / "snapshots" / "epoch_0001.png").write_text("no picture")
    (folder / "snapshots" / "epoch_0003.png").write_bytes(b"\x89PNG\r\n\x1a\n, cut short")
    record(folder, images)
    with Image.open(folder / "training.gif") as animation:
        assert animation.n_frames == 3


@pytest.mark.parametrize("weight", [torch.nan, 3e38])
def test_nan_keeps_the_last_good_checkpoint(images, tmp_path, weight):
    folder = runs.create(tmp_path / "run", CONFIG)
    state = record(folder, images, batches=30)
    good = contents(folder)["checkpoint.pt"]
    with torch.no_grad():
        state.generator.model[0].weight.fill_(weight)
    with pytest.raises(TrainingDiverged):
        record(folder, images, state=state)
    assert contents(folder)["checkpoint.pt"] == good


def test_an_interrupt_in_the_middle_of_a_save_keeps_the_one_before(whole, tmp_path, monkeypatch):
    path = tmp_path / "checkpoint.pt"
    path.write_bytes((whole / "checkpoint.pt").read_bytes())
    state = runs.resume(tmp_path, build_networks)
    save = torch.save

    def interrupted(content, file):
        save(content, file)
        file.seek(1000)
        file.truncate()
        raise KeyboardInterrupt

    monkeypatch.setattr(torch, "save", interrupted)
    with pytest.raises(KeyboardInterrupt):
        runs.save_checkpoint(path, state)
    assert contents(tmp_path) == {"checkpoint.pt": (whole / "checkpoint.pt").read_bytes()}


def train_to_the_end(folder):
    """Begin or go on with a run; what the terminal does, in a process that can be killed."""
    try:
        state = runs.resume(folder, build_networks)
    except runs.RunError:
        runs.create(folder, CONFIG, overwrite=True)
        state = None
    record(folder, load_images("digits")[0], state=state)


@pytest.fixture(scope="module")
def fresh_processes():
    """Processes that start with torch loaded, so that killing a dozen takes seconds."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["gan_lesson.runs", "sklearn.datasets", "pytest"])
    return context


@pytest.mark.classroom
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL and no forkserver")
def test_kill_at_random_moments_then_resume(fresh_processes, tmp_path):
    def start(folder):
        process = fresh_processes.Process(target=train_to_the_end, args=(folder,))
        process.start()
        return process

    def finish(folder):
        process = start(folder)
        process.join()
        assert process.exitcode == 0
        return contents(folder)

    finish(tmp_path / "warm")
    started = time.monotonic()
    expected = finish(tmp_path / "expected")
    duration = time.monotonic() - started
    killed, chance = 0, random.Random(0)
    while killed < 12:
        folder = tmp_path / f"run-{time.monotonic_ns()}"
        began, process = time.monotonic(), start(folder)
        process.join(chance.uniform(0, duration))
        if process.is_alive():
            os.kill(process.pid, signal.SIGKILL)
            process.join()
            killed += process.exitcode == -signal.SIGKILL
            duration *= 1.1
        else:  # the machine is less busy than it was: the next moment comes sooner
            duration = time.monotonic() - began
        if (folder / "checkpoint.pt").exists():
            runs.load_checkpoint(folder)  # always whole
        assert finish(folder) == expected


@pytest.mark.parametrize("room", [20_000, 100_000])
def test_a_full_disk_is_one_clear_line_and_keeps_what_is_whole(tmp_path, room):
    """Files may grow to `room` bytes, as on a disk that is full: a checkpoint needs 2.6 MB."""
    resource = pytest.importorskip("resource")

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))

    folder = tmp_path / "run"
    command = [sys.executable, "-m", "gan_lesson", "train", "--out", str(folder), "--epochs", "1"]
    done = subprocess.run(command, capture_output=True, text=True, preexec_fn=limit)
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert os.strerror(errno.EFBIG) in done.stderr or "cannot write" in done.stderr
    assert not (folder / "checkpoint.pt").exists()
    assert not list(folder.rglob("*.part"))


def test_samples_in_both_formats(whole, tmp_path):
    assert (
        __main__.main(
            ["sample", str(whole), "--count", "5", "--seed", "2", "--out", str(tmp_path / "a.npy")]
        )
        == 0
    )
    array = np.load(tmp_path / "a.npy")
    assert array.shape == (5, 28, 28) and array.dtype == np.float32
    z = torch.randn(5, 8, generator=torch.Generator().manual_seed(2))
    drawer = runs.resume(whole, build_networks).drawer
    assert (array == runs.sample(drawer, z).squeeze(1).numpy()).all()
    assert -1 <= array.min() < array.max() <= 1
    assert (
        __main__.main(
            ["sample", str(whole), "--count", "5", "--seed", "2", "--out", str(tmp_path / "a.png")]
        )
        == 0
    )
    with Image.open(tmp_path / "a.png") as picture:
        first = np.asarray(picture.convert("L"))[2:30, 2:30] / 127.5 - 1
    assert np.abs(first - array[0]).max() < 0.02
