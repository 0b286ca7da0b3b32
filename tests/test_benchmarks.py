"""The benchmarks run: every line of them, with few steps."""

import os
import re
import subprocess
import sys
from itertools import islice

import gpu
import judge
import pytest
import quality
import speed
import torch

from gan_lesson import COURSE, data, metrics


@pytest.fixture(autouse=True)
def same_threads():
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


def test_speed_prints_the_ratio_of_each_round(capsys):
    speed.main(["--rounds", "3", "--steps", "2"])
    printed = capsys.readouterr().out
    for pair in ("original / ours", "ours / floor"):
        rows = re.findall(rf"^\| {pair} \| (.*) \| (.*) \|$", printed, re.MULTILINE)
        assert len(rows) == len({1, os.cpu_count()})  # numbers of threads
        for median, each in rows:
            ratios = sorted(map(float, each.split()))
            assert len(ratios) == 3 and float(median) == ratios[1]


def test_the_originals_batches_do_not_end():
    images = [(torch.full((1, 28, 28), float(number)), 0) for number in range(150)]
    batches = list(islice(speed.whole_batches(images, "cpu"), 5))  # of two an epoch
    assert {batch.shape for batch in batches} == {(64, 784)}


def test_the_gpu_benchmark_walks_through_on_a_cpu(capsys):
    """All rows but what only a GPU can do, with few steps: it is ready when a GPU is at hand."""
    images, labels = data.load_images("digits")
    few = {"chosen": "from_gpu_to_cpu", "epochs": 1, "steps": 2, "most": 1}
    rows = gpu.measures("cpu", None, images[:192], labels[:192], **few)
    assert not gpu.show("cpu", rows)
    heading, _, _, _, *rows = capsys.readouterr().out.splitlines()
    assert torch.__version__ in heading and len(rows) == 10
    assert "1 passed" in rows[0]


def test_the_gpu_benchmark_fails_where_losses_differ(capsys):
    rows = [("a loss", lambda: ("0.1", "0.001", True)), ("a time", lambda: ("1 s", "", False))]
    assert gpu.show("cpu", rows)
    assert capsys.readouterr().out.endswith("| a loss | 0.1 | 0.001 |\n| a time | 1 s |  |\n")


def test_a_gpu_measure_that_fails_is_a_row_and_the_others_go_on(capsys):
    def broken():
        raise RuntimeError("first line\nCUDA error: no")

    rows = [("one", broken), ("two", lambda: ("1 s", "", False))]
    assert gpu.show("cpu", rows)
    table, errors = capsys.readouterr()
    assert table.endswith("| one | failed: RuntimeError: CUDA error: no |  |\n| two | 1 s |  |\n")
    assert "Traceback" in errors


def test_the_gpu_benchmark_tells_that_pytest_is_missing(monkeypatch, capsys):
    nothing = [sys.executable, "-c", "import sys; sys.exit('No module named pytest')"]
    run = gpu.subprocess.run
    monkeypatch.setattr(gpu.subprocess, "run", lambda command, **rest: run(nothing, **rest))
    assert gpu.tests("") == ("No module named pytest", False)


def test_the_gpu_benchmark_says_in_one_line_that_there_is_no_gpu():
    done = subprocess.run(
        [sys.executable, COURSE / "benchmarks" / "gpu.py"],
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 2 and done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert "no NVIDIA GPU here" in line


def test_the_bar_is_that_of_the_stricter_judge_in_the_weaker_point():
    good = metrics.Quality(0.9, (0.1,) * 10, 9.0, 5.0)
    fog, gap = good._replace(sure=0.3), good._replace(shares=(0.01, *good.shares[1:]))
    assert quality.passed([good, good]) == pytest.approx(1.5)
    assert quality.passed([good, fog]) == pytest.approx(0.5)
    assert quality.passed([gap, good]) == pytest.approx(0.25)


def test_a_judge_learns_from_shifted_images():
    """Each image moves by itself, by two pixels at most, and nothing of it is lost."""
    torch.manual_seed(0)
    images = torch.full((200, 1, 28, 28), -1.0)
    images[:, 0, 10:12, 10:12] = 1
    moved = judge.shifted(images)
    assert moved.shape == images.shape and moved.sum().isclose(images.sum())
    corners = {tuple(image[0].gt(0).nonzero()[0].tolist()) for image in moved}
    assert corners == {(row, column) for row in range(8, 13) for column in range(8, 13)}


def test_a_judge_of_few_digits_measures_as_the_courses_own():
    images, labels = data.load_images("digits")
    seen = judge.train_judge(images[:300], labels[:300], images[300:500], epochs=10)
    assert judge.right(seen, images[300:500], labels[300:500]) > 0.5
    found = metrics.measure(images[:300], seen)
    noise = metrics.measure(torch.rand(300, 1, 28, 28) * 2 - 1, seen)
    assert 0 < 10 * found.frechet_distance < noise.frechet_distance
