"""Seconds until the samples pass a bar, beside the best that the original's settings come to.

    python benchmarks/quality.py [--dataset digits | mnist] [--data FOLDER] [--seeds 3]

The bar: of 1,000 samples two judges are sure of 60 % and more, and call 4 % and more each of the
ten digits. The judges of digits are the course's two; of MNIST it has one, and one of another make
is trained here (benchmarks/judge.py). Ours: the original's networks with the course's settings,
judged every 250 steps. The original: its settings, really trained for its 100 epochs, by our steps,
which do the same arithmetic faster, and judged 50 times; its seconds are its steps times those of
its own program, measured here. Seconds are the processor's, of one core, without the judging.
"""

import argparse
import os
import sys
import time

import torch
from judge import right, train_judge
from speed import original_steps

from gan_lesson import COURSE, data, metrics, recipes, runs
from gan_lesson.config import TrainingConfig

SURE, RAREST = 0.6, 0.04
EVERY, LIMIT, POINTS = 250, 20_000, 50


def make_judges(dataset, images, labels):
    """Two judges of a data set, given as bytes or floats."""
    if dataset == "digits":
        return [metrics.load_classifier(name) for name in ("digits", "digits-doubt")]
    images, unseen = images.float().div(127.5).sub(1), torch.arange(len(images)) % 6 == 0
    other = train_judge(images[~unseen], labels[~unseen], images[unseen], epochs=6)
    print(f"the other judge reads {right(other, images[unseen], labels[unseen]):.1%} right")
    return [metrics.load_classifier(dataset), other]


def verdicts(state, judges, count=1000):
    """What each judge says of so many samples."""
    samples = runs.sample(state.drawer, runs.fixed_noise(state.config, count))
    return [metrics.measure(samples, judge) for judge in judges]


def passed(found):
    """How much of the bar is reached, by the stricter judge and in the weaker point: 1 is all."""
    return min(min(each.sure / SURE, min(each.shares) / RAREST) for each in found)


def row(name, steps, seconds, found):
    sure = ", ".join(f"{each.sure:.0%}" for each in found)
    rarest = ", ".join(f"{min(each.shares):.1%}" for each in found)
    distance = ", ".join(f"{each.frechet_distance:.0f}" for each in found)
    print(f"| {name} | {steps:,} | {seconds:.1f} | {sure} | {rarest} | {distance} |", flush=True)


def seconds_of(steps, count):
    """Seconds of the processor that so many steps take."""
    started = time.process_time()
    for _ in range(count):
        next(steps)
    return time.process_time() - started


def ours(dataset, seed, images, labels, judges):
    """Train with the course's settings until the bar is passed: steps, seconds, verdicts."""
    config = TrainingConfig(dataset=dataset, epochs=LIMIT, seed=seed)  # its end is never reached
    state = runs.start(recipes.build_networks, config)
    progress = recipes.train(state, images, labels)
    steps, seconds, found = 0, 0.0, None
    while steps < LIMIT and not (found and passed(found) >= 1):
        seconds += seconds_of(progress, EVERY)
        steps += EVERY
        found = verdicts(state, judges)
    return steps, seconds, found


def originals(dataset, epochs, images, labels, judges):
    """Train with the original's settings to their end: (steps, verdicts) on the way."""
    config = TrainingConfig.original(dataset=dataset, epochs=epochs)
    state = runs.start(recipes.build_networks, config)
    every = epochs * -(-len(images) // config.batch_size) // POINTS
    history = []
    for step, _ in enumerate(recipes.train(state, images, labels), 1):
        if step % every == 0:
            history.append((step, verdicts(state, judges)))
    return history


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dataset", default="digits", choices=["digits", "mnist"])
    parser.add_argument("--data", default=os.environ.get("GAN_LESSON_DATA") or COURSE / "data")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=100, help="of the original")
    options = parser.parse_args()
    torch.set_num_threads(1)
    try:
        images, labels = data.load_bytes(options.dataset, options.data)
    except data.DataError as error:
        print(f"benchmarks/quality.py: {error}", file=sys.stderr)
        return
    judges = make_judges(options.dataset, images, labels)
    program = original_steps(options.data if options.dataset == "mnist" else None)
    seconds_of(program, 20)  # warm
    step = seconds_of(program, 300) / 300
    print(f"torch {torch.__version__}, {options.dataset}, one core;", end=" ")
    print(f"a step of the original's program takes {step:.4f} s")
    print("| | steps | seconds | sure | rarest digit | Fréchet distance |")
    print("| --- | --- | --- | --- | --- | --- |")
    for seed in range(options.seeds):
        row(f"ours, seed {seed}", *ours(options.dataset, seed, images, labels, judges))
    history = originals(options.dataset, options.epochs, images, labels, judges)
    nearest = max(history, key=lambda each: (passed(each[1]), -each[1][0].frechet_distance))
    for name, (steps, found) in (("its best", nearest), ("its end", history[-1])):
        row(f"the original, {name}", steps, steps * step, found)
    print(f"of {len(history)} judgements of the original passed:", end=" ")
    print(sum(passed(found) >= 1 for _, found in history))


if __name__ == "__main__":
    main()
