"""Several processes: the same losses and weights as one, one folder, and no word too many."""

import itertools
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import together
import torch

from gan_lesson import COURSE, __main__, data, recipes, runs
from gan_lesson.config import SETTINGS, TrainingConfig
from gan_lesson.distributed import shard

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="torchrun --standalone needs POSIX")
TOGETHER = Path(together.__file__)
README = (COURSE / "README.md").read_text(encoding="utf-8")
(IN_README,) = set(re.findall(r"^torchrun (.* -m gan_lesson train)", README, re.MULTILINE))


def torchrun(*arguments, restarts=0):
    """Start two processes; what they print comes as two texts."""
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    command += ["--local-addr", "127.0.0.1", "--nproc-per-node", "2"]
    command += ["--max-restarts", str(restarts)]
    return subprocess.Popen(
        [*command, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def train(*arguments, restarts=0):
    return torchrun("-m", "gan_lesson", "train", *arguments, restarts=restarts)


def ours(printed):
    """Our own lines in what torchrun's two processes print as errors; no traceback is ours."""
    assert "gan_lesson/" not in printed, printed
    return [line for line in printed.splitlines() if line.startswith("gan_lesson:")]


def wait_for(path, process):
    while not path.exists():
        time.sleep(0.02)
        assert process.poll() is None, process.communicate()


def send(process, rank, number):
    """Send a signal to one of the processes that torchrun started."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    for child in children:
        if f"\0RANK={rank}\0" in Path(f"/proc/{child}/environ").read_text():
            os.kill(int(child), number)
            return
    pytest.fail(f"no process has rank {rank}")


def rows(folder):
    """The places that a run's history names."""
    lines = (folder / "history.csv").read_text().splitlines()[1:]
    return [tuple(map(int, line.split(",")[:2])) for line in lines]


@pytest.fixture(autouse=True)
def plain_r3gan(monkeypatch):
    monkeypatch.setitem(recipes.RECIPES, "plain r3gan", together.PLAIN)
    monkeypatch.setitem(SETTINGS, "plain r3gan", SETTINGS["r3gan"])


@pytest.mark.parametrize("count", [1, 2, 4, 5, 16, 17])
@pytest.mark.parametrize("size", [1, 2, 3])
def test_the_parts_are_equal_and_make_the_whole(count, size):
    parts = [shard(torch.arange(count), rank, size) for rank in range(size)]
    assert len({len(rows) for rows in parts}) == 1 and len(parts[0]) >= 2
    assert set(torch.cat(parts).tolist()) == set(range(count))
    if count % size == 0 and count >= 2 * size:
        assert sum(map(len, parts)) == count


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """What each of two processes found, and the folder in which they worked."""
    folder = tmp_path_factory.mktemp("two")
    (folder / "one").mkdir()
    (folder / "two").mkdir()
    state = together.begin("mlp")
    together.go_on(state, 48, steps=4)
    runs.save_checkpoint(folder / "one" / "checkpoint.pt", state)
    process = torchrun(TOGETHER, folder)
    printed = process.communicate()
    assert process.returncode == 0, printed
    return [torch.load(folder / f"{rank}.pt") for rank in (0, 1)], folder


def whole_run(model):
    state = together.begin(model)
    return together.go_on(state, 48), state.state_dict()


def same(ours, theirs):
    """Losses and states agree to what adding in another order, and Adam after it, change."""
    torch.testing.assert_close(ours[0], theirs[0], rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(ours[1], theirs[1], rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("model", together.SAME)
def test_two_processes_find_what_one_finds(two, model):
    (first, second), _ = two
    same(first[model], whole_run(model))
    same(second[model], first[model])


@pytest.mark.parametrize("model", [*recipes.RECIPES, "plain r3gan"])
def test_processes_keep_step_through_an_odd_last_batch(two, model):
    (first, second), _ = two
    losses, state = first[f"uneven {model}"]
    other_losses, other_state = second[f"uneven {model}"]
    assert len(losses) == 4 and losses.isfinite().all() and losses.equal(other_losses)
    for name in ("optimizer_g", "optimizer_d", "random"):
        torch.testing.assert_close(state[name], other_state[name], rtol=0, atol=0)
    for name in ("generator", "discriminator"):
        for weight, value in state[name].items():  # batch norm keeps the first process's statistics
            assert "running" in weight or value.equal(other_state[name][weight]), weight


def test_one_goes_on_with_what_two_began_and_two_with_one(two):
    (first, _), folder = two
    losses, expected = whole_run("mlp")
    same(first["one, then two"], (losses[4:], expected))
    state = runs.resume(folder / "two", recipes.build_networks)
    same((together.go_on(state, 48), state.state_dict()), (losses[2:], expected))


def test_where_one_is_asked_to_stop_all_stop(two):
    (first, second), _ = two
    assert first["stopping"] and second["stopping"]


def test_where_one_fails_in_a_barrier_none_goes_on(two):
    (first, second), _ = two
    assert (first["barrier"], second["barrier"]) == ("OtherProcessFailed", "OSError")


def test_ctrl_c_stops_all_after_the_same_step_and_saves(tmp_path):
    folder = tmp_path / "run"
    process = train("--out", folder, "--epochs", 100, "--snapshot-every", 1, "--latent-dim", 4)
    wait_for(folder / "snapshots" / "epoch_0001.png", process)
    send(process, 1, signal.SIGINT)  # one of them is asked,
    time.sleep(0.05)
    process.send_signal(signal.SIGINT)  # and then torchrun, which passes it on to all
    out, err = process.communicate()
    assert process.returncode != 0 and ours(err) == []
    assert out.count("stopped and saved") == 1 and f"--resume {folder}" in out
    _, saved = runs.load_checkpoint(folder)
    steps = 29 * saved["epoch"] + saved["batch"]
    assert rows(folder) == [(step // 29, step % 29) for step in range(steps)]


def test_a_killed_process_is_one_sentence_and_another_number_goes_on(tmp_path):
    config = TrainingConfig(epochs=40, snapshot_every=1, latent_dim=4)
    folder, state = tmp_path / "run", runs.start(recipes.build_networks, config)
    one = runs.record(
        runs.create(folder, config), state, recipes.train(state, *data.load_bytes("digits"))
    )
    for _ in itertools.islice(one, 40):
        pass
    one.close()
    process = train("--resume", folder)
    wait_for(folder / "snapshots" / "epoch_0003.png", process)
    send(process, 1, signal.SIGKILL)
    _, err = process.communicate()
    assert process.returncode != 0
    (said,) = ours(err)
    assert "a process is gone" in said
    assert f"torchrun {IN_README} --resume {folder}" in said
    assert runs.load_checkpoint(folder)[1]["epoch"] >= 2
    assert __main__.main(["train", "--resume", str(folder)]) == 0
    assert rows(folder) == [(step // 29, step % 29) for step in range(40 * 29)]


def test_torchrun_starts_again_from_the_checkpoint(tmp_path):
    folder = tmp_path / "run"
    settings = ["--epochs", 20, "--snapshot-every", 1, "--latent-dim", 4]
    process = train("--out", folder, *settings, restarts=1)
    wait_for(folder / "snapshots" / "epoch_0002.png", process)
    send(process, 0, signal.SIGKILL)
    out, err = process.communicate()
    assert process.returncode == 0, err
    (said,) = ours(err)
    assert "a process is gone" in said and "starts again" in said
    assert out.count("trained for") == 1 and (folder / "samples.png").is_file()
    assert rows(folder) == [(step // 29, step % 29) for step in range(20 * 29)]


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["--batch-size", "63"], ["--batch-size", "63", "multiple", "2"]),
        (["--learning-rate", "1e38"], ["NaN", "learning rate", "checkpoint.pt"]),
    ],
)
def test_what_all_processes_see_one_of_them_says(tmp_path, arguments, words):
    folder = tmp_path / "run"
    process = train("--out", folder, "--epochs", 1, *arguments)
    _, err = process.communicate()
    assert process.returncode != 0
    (said,) = ours(err)
    assert all(word in said for word in words), said
    assert folder.exists() == ("--learning-rate" in arguments)


def test_the_readmes_command_trains_where_the_hosts_name_does_not_resolve(tmp_path):
    prepared = 'hostname nowhere && ip link set lo up && exec "$@"'
    nowhere = ["unshare", "--map-root-user", "--net", "--uts", "bash", "-c", prepared, "bash"]
    try:
        subprocess.run([*nowhere, "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no host without a resolver can be made here: {error}")
    command = [sys.executable, "-m", "torch.distributed.run", *IN_README.split()]
    command += ["--epochs", "1", "--out", str(tmp_path / "run")]
    subprocess.run([*nowhere, *command], check=True, timeout=240)
    assert (tmp_path / "run" / "samples.png").is_file()


def test_lesson_10_starts_its_processes_as_the_readme_does():
    lesson = (COURSE / "notebooks" / "10_scaling_up.ipynb").read_text(encoding="utf-8")
    assert f"torchrun {IN_README} --epochs 2" in lesson
    assert r"\"--standalone\", \"--local-addr\", \"127.0.0.1\"" in lesson  # and from its cell
