"""What the package costs before and beside training, each measured in a process of its own.

    python benchmarks/lean.py [--data FOLDER] [--rounds 5]

Seconds to import torch, the package over it, and to the first batch of `digits` after that; the
peak memory of an epoch of MNIST in the terminal; a long run's last steps against its first.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile

START = """
import time
times = [time.perf_counter()]
import torch
times.append(time.perf_counter())
import gan_lesson
from gan_lesson import data, losses, models, recipes, training
times.append(time.perf_counter())
from gan_lesson import runs
from gan_lesson.config import TrainingConfig
state = runs.start(recipes.build_networks, TrainingConfig())
next(recipes.train(state, *data.load_bytes("digits")))
times.append(time.perf_counter())
print(*(b - a for a, b in zip(times, times[1:])))
"""

# VmHWM is the process's own peak; getrusage would count what the process that started it held.
PEAK = """
import re, sys
from gan_lesson.__main__ import main
status = main(sys.argv[1:])
print(int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]) * 1024 / 1e6)
sys.exit(status)
"""

LONG = """
import sys, time
from gan_lesson import data, recipes, runs
from gan_lesson.config import TrainingConfig
config = TrainingConfig(epochs=300, snapshot_every=300)
state = runs.start(recipes.build_networks, config)
folder = runs.create(sys.argv[1], config)
times = []
for now in runs.record(folder, state, recipes.train(state, *data.load_bytes("digits"))):
    times.append(time.thread_time())
tenth = len(times) // 10
print((times[-1] - times[-tenth]) / (times[tenth] - times[1]))
"""


def numbers(program, *arguments):
    """Run a program and return the numbers in the last line that it prints."""
    environment = {"OMP_NUM_THREADS": "1"} | os.environ
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    return [float(word) for word in done.stdout.splitlines()[-1].split()]


def peak_memory(*arguments):
    """Megabytes that `python -m gan_lesson ARGUMENTS` holds at most. Linux alone tells."""
    (peak,) = numbers(PEAK, *arguments)
    return peak


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default=os.environ.get("GAN_LESSON_DATA"))
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    starts = [numbers(START) for _ in range(options.rounds)]
    for name, each in zip(
        ("import torch", "import gan_lesson and its core", "to the first batch of digits"),
        zip(*starts, strict=True),
        strict=True,
    ):
        print(f"{name}: {statistics.median(each):.2f} s ({min(each):.2f} to {max(each):.2f})")
    with tempfile.TemporaryDirectory() as folder:
        (ratio,) = numbers(LONG, f"{folder}/long")
        print(f"a step at the end of 300 epochs of digits / one at the beginning: {ratio:.2f}")
        if options.data and os.path.exists("/proc/self/status"):
            arguments = ["--dataset", "mnist", "--data", options.data, "--epochs", "1"]
            peak = peak_memory("train", *arguments, "--out", f"{folder}/mnist")
            print(f"MNIST, peak memory: {peak:.0f} MB")


if __name__ == "__main__":
    main()
