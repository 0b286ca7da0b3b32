"""Train every recipe of lesson 09 for the same processor time, each in a process of its own.

    python benchmarks/models.py [--dataset digits] [--seconds 60] [--data FOLDER]

Prints parameters, steps, milliseconds a step, what the data set's classifier says of 1,000 samples,
and the peak memory of the process. Seconds are of one thread and count training alone.
"""

import argparse
import os
import re
import subprocess
import sys
import time
from pathlib import Path

HEADER = """\
| | G | D | steps | ms a step | sure | rarest | most | Inception score | Fréchet distance | MB |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"""


def row(model, dataset, seconds, root):
    """Train one recipe and return its row of the table."""
    from gan_lesson import data, metrics, recipes, runs
    from gan_lesson.config import TrainingConfig

    config = TrainingConfig(model=model, dataset=dataset, epochs=10**9, snapshot_every=10**9)
    state = runs.start(recipes.build_networks, config)
    progress = recipes.train(state, *data.load_bytes(dataset, root))
    next(progress)  # the first step makes what the others use again
    steps, started = 0, time.process_time()
    while (spent := time.process_time() - started) < seconds:
        next(progress)
        steps += 1
    samples = runs.sample(state.drawer, runs.fixed_noise(config, 1000))
    found = metrics.measure(samples, metrics.load_classifier(dataset))
    size_g, size_d = (
        sum(parameter.numel() for parameter in network.parameters())
        for network in (state.generator, state.discriminator)
    )
    return (
        f"| {model} | {size_g:,} | {size_d:,} | {steps:,} | {spent / steps * 1000:.1f} "
        f"| {found.sure:.0%} | {min(found.shares):.1%} | {max(found.shares):.1%} "
        f"| {found.inception_score:.2f} | {found.frechet_distance:.0f} | {peak_megabytes()} |"
    )


def peak_megabytes():
    """The most memory this process has held, where the system says it."""
    status = Path("/proc/self/status")
    if not status.exists():
        return "?"
    return int(re.search(r"VmHWM:\s+(\d+)", status.read_text())[1]) // 1000


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dataset", default="digits", choices=["digits", "mnist"])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--data", default=os.environ.get("GAN_LESSON_DATA"))
    parser.add_argument("--models", nargs="+")
    parser.add_argument("--row", help=argparse.SUPPRESS)  # what this program calls itself with
    options = parser.parse_args()
    if options.row:
        print(row(options.row, options.dataset, options.seconds, options.data))
        return
    from gan_lesson import recipes

    print(f"{options.dataset}, {options.seconds:g} s of one thread each\n{HEADER}", flush=True)
    for model in options.models or recipes.RECIPES:
        command = [sys.executable, *sys.argv, "--row", model]
        subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
