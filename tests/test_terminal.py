"""The commands as a person types them: what they print, what they refuse, what Ctrl-C does."""

import contextlib
import errno
import json
import os
import re
import shlex
import signal
import sqlite3
import subprocess
import sys
import threading
import time
import webbrowser
from http.client import HTTPException
from pathlib import Path
from unittest import mock
from urllib.request import Request, urlopen

import nbformat
import psutil
import pytest
import torch
from nbformat.sign import NotebookNotary
from PIL import Image

from gan_lesson import COURSE, __main__, metrics, runs
from gan_lesson.commands import lab, train
from gan_lesson.distributed import Alone
from gan_lesson.recipes import build_networks
from gan_lesson.training import Progress

SHORT = ["--epochs", "2", "--latent-dim", "4", "--snapshot-every", "1"]


def command(*arguments):
    return [sys.executable, "-m", "gan_lesson", *map(str, arguments)]


def call(*arguments):
    return subprocess.run(command(*arguments), capture_output=True, text=True, encoding="utf-8")


def refusal(capsys, *arguments):
    """What the command says as it refuses, with exit status 2, in one line."""
    try:
        status = __main__.main([str(argument) for argument in arguments])
    except SystemExit as stopped:
        status = stopped.code
    printed = capsys.readouterr()
    assert status == 2, printed.err
    assert printed.err.count("\n") == 1 and printed.out == ""
    return printed.err


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A short run made from the terminal, and what was printed."""
    folder = tmp_path_factory.mktemp("terminal") / "run"
    done = call("train", "--out", folder, *SHORT)
    assert done.returncode == 0, done.stderr
    return folder, done


def test_train_prints_the_original_log_line_and_no_bar_in_a_pipe(run):
    folder, done = run
    lines = re.findall(
        r"^Epoch \[(\d)/2\] Batch (\d+)/29 Loss D: \d+\.\d{4}, loss G: \d+\.\d{4}$",
        done.stdout,
        re.M,
    )
    assert lines == [("0", "0")]  # every 100 batches, of 58
    state = runs.resume(folder, build_networks)
    samples = runs.sample(state.drawer, runs.fixed_noise(state.config, 1000))
    quality = metrics.measure(samples, metrics.load_classifier("digits"))
    assert f"Inception score {quality.inception_score:.2f}" in done.stdout
    assert f"Fréchet distance {quality.frechet_distance:.0f}" in done.stdout
    assert str(folder) in done.stdout
    assert "batch/s" not in done.stderr
    assert (folder / "samples.png").is_file()


def test_the_log_line_comes_every_100_batches(tmp_path, capsys):
    arguments = ["train", "--out", str(tmp_path / "run"), "--epochs", "8", "--latent-dim", "2"]
    assert __main__.main(arguments) == 0
    lines = re.findall(r"^Epoch \[(\d+)/8\] Batch (\d+)/29", capsys.readouterr().out, re.M)
    assert [int(epoch) * 29 + int(batch) for epoch, batch in lines] == [0, 100, 200]


BAD = {
    "latent_dim 0": ["--latent-dim", "0"],
    "latent_dim 1.5": ["--latent-dim", "1.5"],
    "a word for a number": ["--epochs", "many"],
    "a negative rate": ["--learning-rate", "-0.1"],
    "beta1 of 1": ["--beta1", "1"],
    "beta2 below 0": ["--beta2", "-0.5"],
    "batch of 0": ["--batch-size", "0"],
    "a batch larger than the data set": ["--batch-size", "5000"],
    "a negative seed": ["--seed", "-1"],
    "an unknown device": ["--device", "tpu"],
    "a number beyond all floats": ["--learning-rate", "1" + 400 * "0"],
}


@pytest.mark.parametrize("case", BAD)
def test_bad_settings_are_named_and_nothing_is_written(case, tmp_path, capsys):
    option, value = BAD[case]
    said = refusal(capsys, "train", "--out", tmp_path / "new" / "run", option, value)
    assert option in said and value in said
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_data_set_lists_the_known(tmp_path, capsys):
    said = refusal(capsys, "train", "--dataset", "cats", "--out", tmp_path / "run")
    assert "--dataset" in said and "cats" in said and "digits, hanzi, mnist, fashion-mnist" in said
    assert list(tmp_path.iterdir()) == []


def test_missing_data_is_one_line(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("torchvision.datasets.MNIST.mirrors", ["http://127.0.0.1:9/"])
    arguments = ["--dataset", "mnist", "--data", tmp_path / "none", "--out", tmp_path / "run"]
    said = refusal(capsys, "train", *arguments)
    assert "digits" in said and str(tmp_path / "none") in said
    assert not (tmp_path / "run").exists()


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
def test_cuda_where_there_is_none(tmp_path, capsys):
    said = refusal(capsys, "train", "--device", "cuda", "--out", tmp_path / "run")
    assert "--device" in said and "cuda" in said and "cpu" in said


def test_an_output_folder_that_is_a_file(tmp_path, capsys):
    (tmp_path / "file").write_text("mine")
    said = refusal(capsys, "train", "--out", tmp_path / "file")
    assert "--out" in said and str(tmp_path / "file") in said
    assert (tmp_path / "file").read_text() == "mine"
    said = refusal(capsys, "train", "--out", tmp_path / "file" / "below")
    assert "--out" in said


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no /proc")
def test_an_output_folder_that_cannot_be_written_to(capsys):
    # /proc refuses new folders even to root.
    assert "--out" in refusal(capsys, "train", "--out", "/proc/gan-lesson-run")


def test_an_existing_run_is_kept_unless_told(run, capsys):
    folder, _ = run
    before = (folder / "checkpoint.pt").read_bytes()
    assert "--out" in refusal(capsys, "train", "--out", folder, *SHORT)
    assert (folder / "checkpoint.pt").read_bytes() == before
    assert __main__.main(["train", "--out", str(folder), "--overwrite", *SHORT]) == 0
    assert (folder / "checkpoint.pt").read_bytes() == before  # the same seed, the same bytes


def test_resume_names_settings_that_differ(run, capsys):
    folder, _ = run
    said = refusal(capsys, "train", "--resume", folder, "--latent-dim", 5, "--beta1", 0.9)
    assert "--latent-dim 5 (4)" in said and "--beta1 0.9 (0.0)" in said
    assert "--seed" not in said
    said = refusal(capsys, "train", "--resume", folder, "--preset", "original", "--out", "new")
    assert "--preset" in said and "--out" in said
    assert __main__.main(["train", "--resume", str(folder), "--latent-dim", "4"]) == 0


def test_a_folder_of_pictures_brings_its_settings_and_goes_on_from_anywhere(
    tmp_path, monkeypatch, capsys
):
    pictures = tmp_path / "my pictures"
    pictures.mkdir()
    for number in range(30):
        Image.new("L", (40, 60), 250 - number).save(pictures / f"{number}.png")
    monkeypatch.chdir(tmp_path)
    run = ["--dataset", "my pictures", "--out", "run", "--paper", "dark"]
    assert __main__.main(["train", *run, "--epochs", "1"]) == 0
    said = capsys.readouterr().out
    assert said.count("only 30 pictures") == 1 and "light paper" not in said
    config = json.loads(Path("run/config.json").read_text())
    assert (config["batch_size"], config["paper"]) == (30, "dark")
    assert config["dataset"] == str(pictures)
    monkeypatch.chdir("run")
    assert __main__.main(["train", "--resume", ".", "--dataset", "../my pictures"]) == 0
    capsys.readouterr()
    assert "--paper light (dark)" in refusal(capsys, "train", "--resume", ".", "--paper", "light")
    assert "--paper" in refusal(capsys, "train", "--dataset", pictures, "--paper", "white")


def test_resume_of_nothing_and_of_something_foreign(tmp_path, capsys):
    assert "--resume" in refusal(capsys, "train", "--resume", tmp_path / "none")
    (tmp_path / "checkpoint.pt").write_bytes(b"not a checkpoint")
    said = refusal(capsys, "train", "--resume", tmp_path)
    assert "checkpoint.pt" in said and "damaged" in said


@pytest.mark.parametrize(
    "arguments, named",
    [
        (["--count", "0"], "--count"),
        (["--count", "2.5"], "--count"),
        (["--count", "1000000000"], "--count"),
        (["--seed", "-1"], "--seed"),
        (["--out", "picture.jpg"], "--out"),
        (["--out", "no/such/folder/a.png"], "--out"),
    ],
)
def test_sample_refuses_bad_input(run, tmp_path, capsys, arguments, named):
    said = refusal(capsys, "sample", run[0], "--out", tmp_path / "a.png", *arguments)
    assert named in said and arguments[1] in said
    assert list(tmp_path.iterdir()) == []


def test_sample_keeps_an_existing_file_unless_told(run, tmp_path, capsys):
    out = tmp_path / "a.npy"
    out.write_text("mine")
    assert "--out" in refusal(capsys, "sample", run[0], "--out", out)
    assert out.read_text() == "mine"
    assert __main__.main(["sample", str(run[0]), "--out", str(out), "--overwrite"]) == 0
    again = tmp_path / "b.npy"
    usual = ["--seed", "0", "--count", "64"]
    assert __main__.main(["sample", str(run[0]), "--out", str(again), *usual]) == 0
    assert out.read_bytes() == again.read_bytes() != b"mine"
    (tmp_path / "folder.png").mkdir()
    capsys.readouterr()
    onto = ["--out", tmp_path / "folder.png", "--overwrite"]
    assert "a file, not a folder" in refusal(capsys, "sample", run[0], *onto)


@pytest.mark.parametrize("name", ["a.png", "a.npy"])
def test_a_sample_that_cannot_be_written_is_one_line_and_keeps_the_old_file(
    run, tmp_path, capsys, monkeypatch, name
):
    def no_room(number):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    out = tmp_path / name
    out.write_text("mine")
    monkeypatch.setattr(os, "fsync", no_room)
    assert __main__.main(["sample", str(run[0]), "--out", str(out), "--overwrite"]) == 1
    printed = capsys.readouterr()
    assert printed.out == "" and printed.err.count("\n") == 1
    assert str(out) in printed.err and os.strerror(errno.ENOSPC) in printed.err
    assert [path.name for path in tmp_path.iterdir()] == [name] and out.read_text() == "mine"


def test_names_that_no_file_can_have_are_one_line(run, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    long, lines = 300 * "x", "two\nlines"
    for arguments in (["--out", long], ["--resume", long], ["--dataset", long], ["--model", lines]):
        assert arguments[0] in refusal(capsys, "train", *arguments)
    assert "RUN" in refusal(capsys, "sample", long, "--out", "a.png")
    assert __main__.main(["sample", str(run[0]), "--out", f"{long}.png"]) == 1
    assert capsys.readouterr().err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments, named",
    [
        (["train", "--resume", ""], "--resume"),
        (["train", "--out", ""], "--out"),
        (["train", "--data", ""], "--data"),
        (["train", "--dataset", ""], "--dataset"),
        (["sample", "", "--out", "a.png"], "RUN"),
        (["sample", "run", "--out", ""], "--out"),
        (["grade", ""], "FOLDER"),
        (["grade", ".", "--out", ""], "--out"),
    ],
)
def test_an_unset_variable_is_said(capsys, tmp_path, monkeypatch, arguments, named):
    monkeypatch.chdir(tmp_path)
    said = refusal(capsys, *arguments)
    assert named in said and "unset variable" in said
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs Linux's /dev/full")
def test_a_full_disk_behind_stdout_is_one_line(run, tmp_path):
    with open("/dev/full", "w") as full:
        sampling = command("sample", run[0], "--out", tmp_path / "a.png")
        done = subprocess.run(sampling, stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1 and done.stderr.count("\n") == 1
    assert os.strerror(errno.ENOSPC) in done.stderr


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs Linux's /dev/full")
def test_help_and_a_refusal_that_nobody_can_read_keep_their_status():
    with open("/dev/full", "w") as full:
        environment = {**os.environ, "PYTHONUNBUFFERED": ""}  # unbuffered, argparse says nothing
        helped = subprocess.run(
            command("train", "--help"), stdout=full, stderr=subprocess.PIPE, env=environment
        )
        refused = subprocess.run(command("paint"), stderr=full)
    assert refused.returncode == 2
    assert helped.returncode == 1 and helped.stderr.count(b"\n") == 1


def test_an_array_with_no_room_says_why(run, tmp_path):
    resource = pytest.importorskip("resource")

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    sampling = command("sample", run[0], "--out", tmp_path / "a.npy")
    done = subprocess.run(sampling, capture_output=True, text=True, preexec_fn=limit)
    assert done.returncode == 1 and done.stderr.count("\n") == 1
    assert os.strerror(errno.EFBIG) in done.stderr and list(tmp_path.iterdir()) == []


def test_a_reader_that_goes_away_stops_and_saves(tmp_path):
    folder = tmp_path / "a run"
    training = command("train", "--out", folder, "--epochs", 100, "--latent-dim", 2)
    reader, writer = os.pipe()
    os.close(reader)  # as `| true` does
    done = subprocess.run(training, stdout=writer, stderr=subprocess.PIPE, text=True)
    os.close(writer)
    assert done.returncode == 141 and done.stderr.count("\n") == 1
    line = done.stderr.partition("go on with: ")[2]
    assert shlex.split(line) == ["python", "-m", "gan_lesson", "train", "--resume", str(folder)]
    state = runs.resume(folder, build_networks)
    assert (state.epoch, state.batch) == (0, 1)  # it can be gone on with, without --overwrite


def test_a_generator_that_draws_nan_is_said(run, tmp_path, capsys):
    saved = torch.load(run[0] / "checkpoint.pt", weights_only=True)
    saved["state"]["average"]["module.model.0.weight"].fill_(3e38)
    torch.save(saved, tmp_path / "checkpoint.pt")
    said = refusal(capsys, "sample", tmp_path, "--out", tmp_path / "a.png")
    assert str(tmp_path) in said and "NaN" in said
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint.pt"]


def test_sample_without_a_run(tmp_path, capsys):
    said = refusal(capsys, "sample", tmp_path, "--out", tmp_path / "a.png")
    assert "RUN" in said and str(tmp_path) in said


def test_unknown_words_are_one_line(capsys):
    assert "invalid choice" in refusal(capsys, "paint")
    said = refusal(capsys, "train", "--latent-dims", "3")
    assert "--latent-dims" in said and "看不懂" in said and "--help" in said


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no SIGINT to one process")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_saves_and_prints_the_line_that_resumes(tmp_path, number):
    folder, straight = tmp_path / "a run", tmp_path / "straight"
    settings = ["--epochs", "12", "--latent-dim", "4", "--seed", "3", "--snapshot-every", "5"]
    settings += ["--data", tmp_path / "my data"]
    # The signal comes as the run writes its snapshot of epoch 5, however busy the machine is.
    code = (
        "import os, sys\n"
        "from gan_lesson import __main__, runs\n"
        "write = runs._snapshot\n"
        "def snapshot(folder, state, noise):\n"
        "    write(folder, state, noise)\n"
        f"    if state.epoch == 5: os.kill(os.getpid(), {int(number)})\n"
        "runs._snapshot = snapshot\n"
        "sys.exit(__main__._run())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *command("train", "--out", folder, *settings)[3:]],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 130, done.stderr
    out = done.stdout
    line = next(line.strip() for line in out.splitlines() if "--resume" in line)
    assert shlex.split(line)[-2:] == ["--data", str(tmp_path / "my data")]
    assert not (folder / "samples.png").exists()
    resumed = subprocess.run(
        [sys.executable, *shlex.split(line)[1:]], capture_output=True, text=True
    )
    assert resumed.returncode == 0, resumed.stderr
    assert call("train", "--out", straight, *settings).returncode == 0
    for name in ("samples.png", "history.csv", "checkpoint.pt", "training.gif", "losses.png"):
        assert (folder / name).read_bytes() == (straight / name).read_bytes(), name


def test_the_second_ctrl_c_stops_at_once():
    def progress():
        yield Progress(epoch=0, epochs=1, batch=1, batches=3, loss_d=1.0, loss_g=1.0)
        signal.raise_signal(signal.SIGINT)  # waits for the end of the step
        signal.raise_signal(signal.SIGINT)

    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt):
        train._follow(progress(), Alone(), "")
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_ctrl_c_during_the_imports_is_one_line(monkeypatch, capsys):
    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr(__main__, "main", interrupted)
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "")  # the signals of this process stay as they are
    assert __main__._run() == 130
    assert capsys.readouterr().err.count("\n") == 1


def test_half_an_install_is_one_line(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "gan_lesson.commands.grade", None)  # it cannot be imported
    assert __main__.main(["grade", "class"]) == 1
    printed = capsys.readouterr()
    assert printed.err.count("\n") == 1 and "HELP.md" in printed.err


@pytest.mark.skipif(sys.platform == "win32", reason="needs a shell of POSIX")
@pytest.mark.parametrize("behind, status", [(">&-", 0), ("| true", 141)])
def test_nobody_reads_and_matplotlib_is_told_something_odd(run, tmp_path, behind, status):
    sampling = shlex.join(command("sample", run[0], "--out", tmp_path / "a.png"))
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", f"{sampling} {behind}"],
        env=os.environ | {"MPLBACKEND": "no such backend"},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (status, "")
    assert (tmp_path / "a.png").is_file()


def test_a_damaged_judge_is_said_before_the_training(tmp_path, monkeypatch, capsys):
    (tmp_path / "digits.safetensors").write_text("damaged")
    monkeypatch.setattr(metrics, "WEIGHTS", tmp_path)
    monkeypatch.setattr(train, "_load_judge", metrics.load_classifier)
    assert "install it again" in refusal(capsys, "train", "--out", tmp_path / "run", *SHORT)
    assert not (tmp_path / "run").exists()


def test_a_digit_that_is_never_drawn_is_not_found(run, monkeypatch, capsys):
    quality = metrics.Quality(0.5, (0.5, 0.5, *[0.0] * 8), 2.0, 30.0)
    monkeypatch.setattr(metrics, "measure", lambda samples, judge: quality)
    train._judge(runs.resume(run[0], build_networks), "digits")
    assert "2/10" in capsys.readouterr().out


def test_a_history_that_goes_away_meanwhile_is_one_line(tmp_path, capsys, monkeypatch):
    snapshot = runs._snapshot

    def lose(folder, state, noise):
        (folder / "history.csv").unlink(missing_ok=True)
        snapshot(folder, state, noise)

    monkeypatch.setattr(runs, "_snapshot", lose)
    assert __main__.main(["train", "--out", str(tmp_path / "run"), *SHORT]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "history.csv is gone" in said and "draw with sample" in said


def test_nan_stops_with_the_usual_cause(tmp_path):
    done = call("train", "--out", tmp_path / "run", "--learning-rate", "1e38", "--epochs", "1")
    assert done.returncode == 1
    assert "NaN" in done.stderr and "learning rate" in done.stderr and "1e+38" in done.stderr
    assert "Traceback" not in done.stderr and done.stderr.count("\n") == 1
    runs.load_checkpoint(tmp_path / "run")


@pytest.fixture
def opened(monkeypatch, tmp_path):
    """The settings that `lab` opens JupyterLab with: a list for each call."""
    calls = []
    monkeypatch.setattr(lab.LabApp, "launch_instance", calls.append)
    monkeypatch.chdir(tmp_path)
    with mock.patch.dict(os.environ, JUPYTER_DATA_DIR=str(tmp_path / "data"), MPLBACKEND="none"):
        yield calls


def test_lab_opens_lesson_00(opened, monkeypatch):
    os.environ["PYTHONPATH"] = "mine"
    os.environ.pop("OMP_NUM_THREADS", None)
    monkeypatch.setattr(os, "geteuid", lambda: 1000, raising=False)
    assert __main__.main(["lab"]) == 0
    assert opened[0][0].endswith("/lab/tree/notebooks/00_start_here.ipynb")
    assert os.environ["OMP_NUM_THREADS"] == "1"
    assert os.environ["PYTHONPATH"].split(os.pathsep) == [str(COURSE), "mine"]
    assert os.environ["JUPYTER_PREFER_ENV_PATH"] == "1"  # this Python, not a user's old kernel
    os.environ["OMP_NUM_THREADS"] = "4"
    monkeypatch.setattr("webbrowser.get", lambda: (_ for _ in ()).throw(webbrowser.Error))
    monkeypatch.setattr(os, "geteuid", lambda: 0, raising=False)
    assert __main__.main(["lab"]) == 0
    assert "--no-browser" in opened[1] and os.environ["OMP_NUM_THREADS"] == "4"
    assert "--allow-root" in opened[1] and "--allow-root" not in opened[0]
    field = COURSE / "notebooks" / "applications" / "games.ipynb"
    assert NotebookNotary().check_signature(nbformat.read(field, as_version=4))
    lesson = nbformat.read(COURSE / "notebooks" / "00_start_here.ipynb", as_version=4)
    assert NotebookNotary().check_signature(lesson)  # its widgets show again when it is reopened
    lesson.cells[0].source += "!"
    assert not NotebookNotary().check_signature(lesson)
    # Kernels import this folder's package, though the environment may be that of another folder.
    program = [sys.executable, "-c", "import gan_lesson; print(gan_lesson.__file__)"]
    found = subprocess.run(program, cwd=COURSE / "notebooks", capture_output=True)
    assert found.stdout.decode().strip() == str(COURSE / "gan_lesson" / "__init__.py")
    assert os.environ["PYTHONPATH"].split(os.pathsep)[0] == str(COURSE)
    assert "MPLBACKEND" not in os.environ  # figures come below their cells


@pytest.mark.parametrize("owner", ["ServerApp", "FileContentsManager"])
def test_an_old_configuration_does_not_say_what_lab_serves(opened, tmp_path, owner):
    os.environ["JUPYTER_CONFIG_DIR"] = str(tmp_path)
    text = f"c.{owner}.root_dir = c.{owner}.preferred_dir = {str(tmp_path)!r}"
    for name in ("lab", "server"):
        (tmp_path / f"jupyter_{name}_config.py").write_text(text)
    assert __main__.main(["lab"]) == 0
    ask = (
        "import sys; from jupyterlab.labapp import LabApp; "
        "app = LabApp.initialize_server([*sys.argv[1:], '--no-browser', '--port=0']); "
        "print(app.root_dir, app.contents_manager.root_dir, app.contents_manager.preferred_dir); "
        "[lab] = app.extension_manager.extension_apps['jupyterlab']; "
        "print(lab.news_url, lab.check_for_updates_class.__name__)"  # asked of nobody
    )
    done = subprocess.run([sys.executable, "-c", ask, *opened[0]], capture_output=True, text=True)
    asked = "None NeverCheckForUpdate"
    assert done.stdout == f"{COURSE} {COURSE} \n{asked}\n", done.stderr


def test_lab_names_a_damaged_notebook_and_opens(opened, monkeypatch, tmp_path, capsys):
    folder = tmp_path / "notebooks"
    folder.mkdir()
    whole = (COURSE / "notebooks" / "00_start_here.ipynb").read_text("utf-8")
    (folder / "00_start_here.ipynb").write_text(whole, "utf-8")
    (folder / "merged.ipynb").write_text(whole + "<<<<<<< HEAD\n", "utf-8")
    monkeypatch.setattr(lab, "COURSE", tmp_path)
    assert __main__.main(["lab"]) == 0
    assert len(opened) == 1
    said = capsys.readouterr().out
    assert str(folder / "merged.ipynb") in said and "00_start_here" not in said


def test_a_notebook_that_cannot_be_signed_is_not_called_damaged(opened, monkeypatch, capsys):
    def no_room(notary, notebook):
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(NotebookNotary, "sign", no_room)
    assert __main__.main(["lab"]) == 0
    assert len(opened) == 1 and "damaged" not in capsys.readouterr().out


@pytest.fixture
def lab_server(tmp_path):
    """A JupyterLab as `lab` starts it, and a request to its /api."""
    places = {f"JUPYTER_{name}_DIR": str(tmp_path / name) for name in ("DATA", "RUNTIME", "CONFIG")}
    environment = os.environ | places | {"JUPYTER_TOKEN": "abc", "BROWSER": "true"}
    with open(tmp_path / "log", "w") as log:
        server = subprocess.Popen(
            command("lab"), env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    try:
        port = None
        while port is None:
            time.sleep(0.1)
            assert server.poll() is None, (tmp_path / "log").read_text()
            with contextlib.suppress(StopIteration, ValueError):  # not there, or half written
                known = next((tmp_path / "RUNTIME").glob("jpserver-*.json"))
                port = json.loads(known.read_text())["port"]
        api = f"http://127.0.0.1:{port}/api"
        token = {"Authorization": "token abc"}
        yield server, lambda path, data=None: urlopen(Request(f"{api}/{path}", data, token))
    finally:
        server.kill()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends a process without a word")
def test_sigterm_ends_lab_with_its_kernels(lab_server):
    server, ask = lab_server
    with ask("kernels", b"{}") as answer:
        assert answer.status == 201
    family = psutil.Process(server.pid).children(recursive=True)
    assert family
    server.terminate()
    assert server.wait(60) == 0
    assert psutil.wait_procs(family, timeout=60)[1] == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends a process without a word")
def test_sigterm_ends_lab_while_pages_ask_for_something(lab_server):
    server, ask = lab_server
    answers = []

    def browse():
        while server.poll() is None:
            with contextlib.suppress(OSError, HTTPException), ask("contents/notebooks") as answer:
                answers.append(answer.read())

    for _ in range(3):
        threading.Thread(target=browse, daemon=True).start()
    while len(answers) < 9:
        time.sleep(0.01)
    server.terminate()
    assert server.wait(60) == 0
