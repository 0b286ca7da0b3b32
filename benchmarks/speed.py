"""Time a training step three ways, in turn, in one run: the original's loop, ours, and the floor.

    python benchmarks/speed.py [--data FOLDER] [--rounds 5] [--steps 300]

The original: its program as written, a DataLoader with a PIL transform for each image. Ours: as
the terminal trains, with the original's settings. The floor: the matrix products of one step and
nothing else. MNIST where it is at hand, else random images of the same size.
"""

import argparse
import os
import statistics
import sys
import time
from pathlib import Path

import torch
from torchvision import datasets, transforms

from gan_lesson import recipes
from gan_lesson.config import TrainingConfig
from gan_lesson.data import load_bytes
from gan_lesson.runs import start

sys.path.append(str(Path(__file__).resolve().parent.parent / "tests"))
from original import original_loop, original_networks

BATCH, LATENT, STEPS_PER_EPOCH = 64, 100, 938


def original_steps(root):
    """The original's loop over its own DataLoader, one step at each next()."""
    transform = transforms.Compose([transforms.ToTensor(), transforms.Normalize([0.5], [0.5])])
    if root:
        dataset = datasets.MNIST(root, train=True, transform=transform, download=True)
    else:
        dataset = datasets.FakeData(
            60_000, (1, 28, 28), transform=transforms.Compose([transforms.Grayscale(), transform])
        )
    loader = torch.utils.data.DataLoader(dataset, batch_size=BATCH, shuffle=True)
    flat = (images.view(images.size(0), -1) for images, _ in loader)
    batches = (batch for batch in flat if len(batch) == BATCH)
    noise = (torch.randn(BATCH, LATENT) for _ in range(len(dataset) // BATCH))
    return original_loop(*original_networks(LATENT), batches, noise)


def our_steps(root):
    """The original's settings, on bytes and with the fast steps, as the terminal trains."""
    if root:
        images, _ = load_bytes("mnist", root)
    else:
        images = torch.randint(0, 256, (60_000, 1, 28, 28), dtype=torch.uint8)
    config = TrainingConfig.original()
    return recipes.train(start(recipes.build_networks, config), images)


def floor_steps():
    """The matrix products of one step: what no program with these networks can do without."""
    z, real = torch.randn(BATCH, LATENT), torch.randn(2 * BATCH, 784)
    hidden, verdict = torch.randn(2 * BATCH, 128), torch.randn(2 * BATCH, 1)
    g1, g2 = torch.randn(LATENT, 128), torch.randn(128, 784)
    d1, d2 = torch.randn(784, 128), torch.randn(128, 1)
    while True:
        z @ g1, hidden[:BATCH] @ g2  # G forward
        real @ d1, hidden @ d2  # D forward, real and fake
        hidden.T @ verdict, verdict @ d2.T, real.T @ hidden  # D backward
        real[:BATCH] @ d1, hidden[:BATCH] @ d2  # D forward, for G
        verdict[:BATCH] @ d2.T, hidden[:BATCH] @ d1.T  # back through D
        hidden[:BATCH].T @ real[:BATCH], real[:BATCH] @ g2.T, z.T @ hidden[:BATCH]  # G backward
        yield


def timed(steps, count, threads):
    """Milliseconds a step."""
    torch.set_num_threads(threads)
    started = time.perf_counter()
    for _ in range(count):
        next(steps)
    return (time.perf_counter() - started) / count * 1000


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default=os.environ.get("GAN_LESSON_DATA"))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=150)
    options = parser.parse_args()
    cores = os.cpu_count()
    contestants = {  # the steps, and how many threads they get
        "original": (original_steps(options.data), cores),
        "ours": (our_steps(options.data), cores),
        "ours, one thread": (our_steps(options.data), 1),
        "floor": (floor_steps(), cores),
    }
    times = {name: [] for name in contestants}
    for steps, threads in contestants.values():
        timed(steps, 20, threads)  # warm
    for _ in range(options.rounds):
        for name, (steps, threads) in contestants.items():
            times[name].append(timed(steps, options.steps, threads))
    print(
        f"torch {torch.__version__}, {cores} cores, "
        f"{'MNIST' if options.data else 'random images'}, {options.rounds} rounds of "
        f"{options.steps} steps in turn; milliseconds a step"
    )
    print("| | median | min | max | seconds an epoch |\n| --- | --- | --- | --- | --- |")
    for name, each in times.items():
        median = statistics.median(each)
        print(
            f"| {name} | {median:.2f} | {min(each):.2f} | {max(each):.2f} "
            f"| {median * STEPS_PER_EPOCH / 1000:.1f} |"
        )
    for name, other in (
        ("original", "ours"),
        ("original", "ours, one thread"),
        ("ours", "floor"),
    ):
        ratios = [a / b for a, b in zip(times[name], times[other], strict=True)]
        print(
            f"{name} / {other}: median {statistics.median(ratios):.1f} "
            f"({min(ratios):.1f} to {max(ratios):.1f})"
        )


if __name__ == "__main__":
    main()
