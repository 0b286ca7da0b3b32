"""Time a training step three ways, in turn, in one run: the original's loop, ours, and the floor.

    python benchmarks/speed.py [--data FOLDER] [--rounds 5] [--steps 150]

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


def timed(steps, count, threads):
    """Milliseconds a step."""
    torch.set_num_threads(threads)
    started = time.perf_counter()
    for _ in range(count):
        next(steps)
    return (time.perf_counter() - started) / count * 1000


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default=os.environ.get("GAN_LESSON_DATA"))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=150)
    options = parser.parse_args(arguments)
    cores = os.cpu_count()
    contestants = {  # the steps, and how many threads they get
        "original": (original_steps(options.data), cores),
        "ours": (our_steps(options.data), cores),
        "floor": (floor_steps(), cores),
        "ours, one thread": (our_steps(options.data), 1),
        "floor, one thread": (floor_steps(), 1),
    }
    times = {name: [] for name in contestants}
    for steps, threads in contestants.values():
        timed(steps, min(20, options.steps), threads)  # warm
    for _ in range(options.rounds):
        for name, (steps, threads) in contestants.items():
            times[name].append(timed(steps, options.steps, threads))
    print(
        f"torch {torch.__version__}, {cores} cores, "
        f"{'MNIST' if options.data else 'random images'}, {options.rounds} rounds of "
        f"{options.steps} steps in turn; milliseconds a step"
    )
    print("| | median | least | most | seconds an epoch |\n| --- | --- | --- | --- | --- |")
    for name, each in times.items():
        median = statistics.median(each)
        print(
            f"| {name} | {median:.2f} | {min(each):.2f} | {max(each):.2f} "
            f"| {median * STEPS_PER_EPOCH / 1000:.1f} |"
        )
    print("\n| | median | each round |\n| --- | --- | --- |")
    for name, other in (
        ("original", "ours"),
        ("original", "ours, one thread"),
        ("ours", "floor"),
        ("ours, one thread", "floor, one thread"),
    ):
        ratios = [a / b for a, b in zip(times[name], times[other], strict=True)]
        rounds = " ".join(f"{ratio:.2f}" for ratio in ratios)
        print(f"| {name} / {other} | {statistics.median(ratios):.2f} | {rounds} |")


if __name__ == "__main__":
    main()
