"""How good `train`'s default is, in the eyes of a judge that is no part of the course.

    python benchmarks/judge.py [--seeds 1 7 13] [--judges 3]

The judge is trained here, on three quarters of the digits, and is of another make than the two
that the package ships: 3x3 convolutions with batch norm, no layer behind them but the last, shifts
of up to two pixels, no noise. Every fourth image (450) is held out: how often it reads those
right, and how far real training images and noise lie from them, is printed before the GAN's rows.
Judges of several seeds show how much of a number is the judge's own.
"""

import argparse
import time

import torch
from torch import nn

from gan_lesson import data, metrics, recipes, runs
from gan_lesson.config import TrainingConfig


class Judge(nn.Module):
    """Ten digits from 28x28 pixels: images (N, 1, 28, 28) in [-1, 1] -> logits (N, 10).

    `features` gives (N, 64). metrics.measure() takes it as it takes the course's own.
    """

    def __init__(self):
        super().__init__()
        layers = []
        for size_in, size_out in ((1, 16), (16, 32), (32, 64)):  # 28, 14, 7, 4 pixels a side
            layers += [
                nn.Conv2d(size_in, size_out, 3, stride=2, padding=1, bias=False),
                nn.BatchNorm2d(size_out),
                nn.ReLU(),
            ]
        layers += [nn.Flatten(), nn.Dropout(0.3), nn.Linear(64 * 4 * 4, 64), nn.ReLU()]
        self.features = nn.Sequential(*layers)
        self.head = nn.Linear(64, 10)

    def forward(self, images):
        return self.head(self.features(images))


def shifted(images, most=2):
    """Each image (N, 1, 28, 28) moved by up to so many pixels down or up, and to either side."""
    padded = nn.functional.pad(images[:, 0], (most, most, most, most), value=-1)
    down, aside = torch.randint(2 * most + 1, (2, len(images), 1)) + torch.arange(28)
    which = torch.arange(len(images))[:, None, None]
    return padded[which, down[:, :, None], aside[:, None, :]].unsqueeze(1)


def train_judge(images, labels, held_out, epochs, seed=0):
    """Train a Judge on images and labels; it compares samples with the held-out images."""
    torch.manual_seed(seed)
    judge = Judge()
    steps = epochs * -(-len(images) // 64)
    optimizer = torch.optim.AdamW(judge.parameters(), weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=5e-3, total_steps=steps)
    for _ in range(epochs):
        for chosen in torch.randperm(len(images)).split(64):
            loss = nn.functional.cross_entropy(judge(shifted(images[chosen])), labels[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    judge.eval()
    features = metrics.logits_and_features(held_out, judge)[1]
    judge.real_mean, judge.real_covariance = metrics.mean_and_covariance(features)
    return judge


def right(judge, images, labels):
    """The share of images that a judge reads as their labels say."""
    read = metrics.logits_and_features(images, judge)[0].argmax(dim=1)
    return (read == labels).double().mean().item()


def trained(seed):
    """What `train --seed SEED` draws, 1,000 samples, and its seconds of the processor."""
    state = runs.start(recipes.build_networks, TrainingConfig(seed=seed))
    images, labels = data.load_bytes("digits")
    started = time.process_time()
    for _ in recipes.train(state, images, labels):
        pass
    seconds = time.process_time() - started
    return runs.sample(state.drawer, runs.fixed_noise(state.config, 1000)), seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 7, 13])
    parser.add_argument("--judges", type=int, default=3)
    options = parser.parse_args()
    torch.set_num_threads(1)
    images, labels = data.load_images("digits")
    unseen = torch.arange(len(images)) % 4 == 0
    random = torch.Generator().manual_seed(0)
    noise = 2 * torch.rand(1000, 1, 28, 28, generator=random) - 1
    sets = {"real, trained on": images[~unseen], "noise": noise}
    for seed in options.seeds:
        sets[f"train --seed {seed}"], seconds = trained(seed)
        print(f"train --seed {seed}: {seconds:.0f} s of one core", flush=True)
    judges = {name: metrics.load_classifier(name) for name in ("digits", "digits-doubt")}
    for seed in range(options.judges):
        judge = train_judge(images[~unseen], labels[~unseen], images[unseen], 60, seed)
        name = f"judge {seed}, {right(judge, images[unseen], labels[unseen]):.1%}"
        judges[name] = judge
    print("| judge, right on 450 | images | sure | rarest | Fréchet distance |")
    print("| --- | --- | --- | --- | --- |")
    for name, judge in judges.items():
        for kind, drawn in sets.items():
            found = metrics.measure(drawn, judge)
            print(
                f"| {name} | {kind} | {found.sure:.1%} | {min(found.shares):.1%} "
                f"| {found.frechet_distance:.1f} |"
            )


if __name__ == "__main__":
    main()
