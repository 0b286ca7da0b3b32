"""Seconds of training until the samples are as good as the original's after its 100 epochs.

    python benchmarks/quality.py [--data FOLDER] [--seeds 3]

The original's own time is projected from its speed, measured before and after ours in the same
run. As good: what the course's classifier says of 1,000 samples; judging is outside the time.
Where there is a GPU, the original's 100 epochs and the best recipe are timed there as well.
"""

import argparse
import os
import statistics
import sys
import time

import torch
from speed import original_steps, timed

from gan_lesson import COURSE, data, metrics, recipes, runs
from gan_lesson.config import TrainingConfig

STEPS = 93_800  # the original's 100 epochs

# Better than both judges say of the original after its 100 epochs: the course's classifier (2.3 and
# 425, `train --preset original`), and the one that was first used (2.6 and 583).
SCORE, DISTANCE = 2.6, 425


def quality(state, count=1000):
    """What MNIST's classifier says of so many samples."""
    samples = runs.sample(state.drawer, runs.fixed_noise(state.config, count))
    return metrics.measure(samples, metrics.load_classifier("mnist"))


def seconds_until_good(seed, images, labels):
    """Train with the course's settings until the samples are good: seconds, steps, quality."""
    state = runs.start(recipes.build_networks, TrainingConfig(dataset="mnist", seed=seed))
    progress = recipes.train(state, images, labels)
    spent = steps = 0
    while True:
        started = time.perf_counter()
        for _ in range(100):
            next(progress)
        spent += time.perf_counter() - started
        steps += 100
        found = quality(state)
        if found.inception_score >= SCORE and found.frechet_distance <= DISTANCE:
            return spent, steps, found


def on_gpu(config, images, labels):
    """Train a run to its end on the GPU: seconds, its start and recording included, and quality."""
    started = time.perf_counter()
    state = runs.start(recipes.build_networks, config, "cuda")
    for _ in recipes.train(state, images, labels):
        pass
    torch.cuda.synchronize()
    return time.perf_counter() - started, quality(state)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default=os.environ.get("GAN_LESSON_DATA") or COURSE / "data")
    parser.add_argument("--seeds", type=int, default=3, choices=range(1, 9))
    options = parser.parse_args()
    try:
        images, labels = data.load_bytes("mnist", options.data)
    except data.DataError as error:
        print(f"benchmarks/quality.py: {error}", file=sys.stderr)
        return
    cores = os.cpu_count()
    original = original_steps(options.data)
    timed(original, 20, cores)  # warm
    print(f"torch {torch.__version__}, {cores} cores, MNIST; 1,000 samples judged")
    print("| seed | steps | seconds | Inception score | Fréchet distance | original / ours |")
    print("| --- | --- | --- | --- | --- | --- |")
    before, ratios = timed(original, 100, cores), []
    for seed in range(options.seeds):
        spent, steps, found = seconds_until_good(seed, images, labels)
        after = timed(original, 100, cores)
        projected = (before + after) / 2 / 1000 * STEPS
        ratios.append(projected / spent)
        before = after
        print(
            f"| {seed} | {steps:,} | {spent:.1f} | {found.inception_score:.1f} "
            f"| {found.frechet_distance:.0f} | {projected:.0f} s / {spent:.1f} s = "
            f"{ratios[-1]:.0f} |",
            flush=True,
        )
    print(f"original / ours: median {statistics.median(ratios):.0f}")
    if not torch.cuda.is_available():
        print("no GPU here")
        return
    print(f"\n| {torch.cuda.get_device_name()} | seconds | Inception score | Fréchet distance |")
    print("| --- | --- | --- | --- |")
    for name, config in (
        ("the original, 100 epochs", TrainingConfig.original()),
        ("conditional, 12 epochs", TrainingConfig(model="conditional", dataset="mnist", epochs=12)),
    ):
        spent, found = on_gpu(config, images, labels)
        print(
            f"| {name} | {spent:.1f} | {found.inception_score:.2f} | {found.frechet_distance:.0f} |"
        )


if __name__ == "__main__":
    main()
