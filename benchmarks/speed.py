"""Time a training step three ways, in turn, in one run: the original's loop, ours, and the floor.

    python benchmarks/speed.py [--data FOLDER] [--rounds 5] [--steps 150]

The original: its program as written, a DataLoader with a PIL transform for each image. Ours: as
the terminal trains, with the original's settings. The floor: the matrix products of one step and
nothing else. MNIST where it is at hand, else random images of the same size.
"""

import argparse
import datetime
import os
import statistics
import sys
import time
from pathlib import Path

import torch
from PIL import Image
from torchvision import datasets, transforms

from gan_lesson import recipes
from gan_lesson.config import TrainingConfig
from gan_lesson.data import load_bytes
from gan_lesson.runs import start

sys.path.append(str(Path(__file__).resolve().parent.parent / "tests"))
from original import original_loop, original_networks

BATCH, LATENT, STEPS_PER_EPOCH = 64, 100, 938


class RandomImages(torch.utils.data.Dataset):
    """As many images as MNIST has, kept and handed out as torchvision's MNIST does."""

    def __init__(self, transform):
        self.transform = transform
        self.images = torch.randint(0, 256, (60_000, 28, 28), dtype=torch.uint8)

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        return self.transform(Image.fromarray(self.images[index].numpy())), 0


def whole_batches(dataset, device):
    """The original's DataLoader, epoch after epoch, without end: batches (64, 784)."""
    loader = torch.utils.data.DataLoader(dataset, batch_size=BATCH, shuffle=True, drop_last=True)
    while True:
        for images, _ in loader:
            yield images.view(images.size(0), -1).to(device)


def noise(device):
    while True:
        yield torch.randn(BATCH, LATENT).to(device)


def original_steps(root, device="cpu"):
    """The original's loop over its own DataLoader, one step at each next(), without end."""
    transform = transforms.Compose([transforms.ToTensor(), transforms.Normalize([0.5], [0.5])])
    if root:
        dataset = datasets.MNIST(root, train=True, transform=transform, download=True)
    else:
        dataset = RandomImages(transform)
    networks = (network.to(device) for network in original_networks(LATENT))
    return original_loop(*networks, whole_batches(dataset, device), noise(device))


def our_steps(root):
    """The original's settings, on bytes and with the fast steps, as the terminal trains."""
    if root:
        images, _ = load_bytes("mnist", root)
    else:
        images = RandomImages(None).images
    config = TrainingConfig.original(epochs=10**6)  # without end
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


def timed(steps, count, clock=time.perf_counter):
    """Milliseconds a step."""
    started = clock()
    for _ in range(count):
        next(steps)
    return (clock() - started) / count * 1000


def compare(root, threads, rounds, count):
    """Time the three in turn with so many threads, and print a table of times and one of ratios.

    One thread is timed by the processor's clock, which stands still while the machine does other
    work; several wait for one another, so theirs is the time that passes.
    """
    torch.set_num_threads(threads)
    clock = time.process_time if threads == 1 else time.perf_counter
    contestants = {
        "original": original_steps(root),
        "ours": our_steps(root),
        "floor": floor_steps(),
    }
    times = {name: [] for name in contestants}
    for steps in contestants.values():
        timed(steps, min(20, count))  # warm
    for _ in range(rounds):
        for name, steps in contestants.items():
            times[name].append(timed(steps, count, clock))
    print(f"\n| threads: {threads} | median ms a step | least | most | seconds an epoch |")
    print("| --- | --- | --- | --- | --- |")
    for name, each in times.items():
        median = statistics.median(each)
        print(
            f"| {name} | {median:.2f} | {min(each):.2f} | {max(each):.2f} "
            f"| {median * STEPS_PER_EPOCH / 1000:.1f} |"
        )
    print(f"\n| threads: {threads} | median | each round |\n| --- | --- | --- |")
    for name, other in (("original", "ours"), ("ours", "floor")):
        ratios = [a / b for a, b in zip(times[name], times[other], strict=True)]
        each = " ".join(f"{ratio:.2f}" for ratio in ratios)
        print(f"| {name} / {other} | {statistics.median(ratios):.2f} | {each} |", flush=True)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default=os.environ.get("GAN_LESSON_DATA"))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=150)
    options = parser.parse_args(arguments)
    print(
        f"torch {torch.__version__}, {os.cpu_count()} cores, {datetime.date.today()}, "
        f"{'MNIST' if options.data else 'random images'}, {options.rounds} rounds of "
        f"{options.steps} steps in turn"
    )
    for threads in sorted({1, os.cpu_count()}):
        compare(options.data, threads, options.rounds, options.steps)


if __name__ == "__main__":
    main()
