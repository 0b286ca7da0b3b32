"""Right and typical wrong answers to the exercises of lesson 08."""

import numpy as np
import torch

from gan_lesson.data import load_images
from gan_lesson.metrics import load_classifier, nearest_distances


def fooling(steps):
    images = torch.rand(100, 1, 28, 28, generator=torch.Generator().manual_seed(0)) * 2 - 1
    digits = torch.arange(100) % 10
    images.requires_grad_()
    optimizer = torch.optim.Adam([images], lr=0.05)
    classifier = load_classifier("digits")
    for _ in range(steps):
        loss = torch.nn.functional.cross_entropy(classifier(images), digits)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        images.data.clamp_(-1, 1)
    return images.detach()


def shifted(shifts, choose=lambda found: found.min(dim=0).values):
    def nearest_shifted(samples, references):
        ways = [torch.roll(samples, shift, dims=(2, 3)) for shift in shifts]
        return choose(torch.stack([nearest_distances(way, references) for way in ways]))

    return nearest_shifted


def line(x=lambda n: 1 / n, keep=slice(None), part=1):
    def extrapolate(sizes, values):
        return np.polyfit(x(np.array(sizes))[keep], values[keep], 1)[part]

    return extrapolate


pixels, labels = load_images("digits")
NINE = [(up, left) for up in (-1, 0, 1) for left in (-1, 0, 1)]
fooled = fooling(20)
ANSWERS = {
    "08.1": (1.75, [2, 1, 0.56, 1.41, 0.75, 4]),
    "08.2": (8, [68, 2.83, 4, 12, 10, 0]),
    "08.3": (
        {"IS", "precision"},
        [
            {"IS"},
            {"precision"},
            {"IS", "precision", "recall"},
            {"FD", "KID"},
            {"coverage"},
            {"is"},
            "IS",
        ],
    ),
    "08.4": (
        fooled,
        [
            torch.rand(100, 1, 28, 28) * 2 - 1,
            pixels[:200],
            torch.cat([pixels[labels == digit][:1] for digit in range(10)]).repeat(10, 1, 1, 1),
            2 * fooled,
            fooled[:50],
            fooled.flatten(1),
        ],
    ),
    "08.5": (
        shifted(NINE),
        [
            shifted([(0, 0)]),
            nearest_distances,
            shifted([(-1, 0), (1, 0), (0, 0), (0, -1), (0, 1)]),
            shifted(NINE, lambda found: found.mean(dim=0)),
            shifted(NINE, lambda found: found.max(dim=0).values),
            shifted(NINE, lambda found: found),
            shifted([(up, left) for up in range(-3, 4) for left in range(-3, 4)]),
            lambda samples, references: None,
        ],
    ),
    "08.6": (
        line(),
        [
            line(part=0),
            line(x=lambda n: n),
            line(keep=slice(1, None)),
            lambda sizes, values: values[-1],
            lambda sizes, values: sum(values) / len(values),
            lambda sizes, values: None,
        ],
    ),
}
