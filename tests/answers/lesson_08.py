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


def by_cdist(samples, references):
    """Right too: in float32 `torch.cdist` is off by 0.01 where the distance is 0."""
    flat = references.flatten(1)
    ways = [torch.roll(samples, shift, dims=(2, 3)).flatten(1) for shift in NINE]
    return torch.stack([torch.cdist(way, flat).min(dim=1).values for way in ways]).amin(dim=0)


def as_numpy(samples, references):
    return by_cdist(samples, references).numpy()


pixels, labels = load_images("digits")
NINE = [(up, left) for up in (-1, 0, 1) for left in (-1, 0, 1)]
fooled = fooling(20)
ANSWERS = {
    "08.1": (
        1.75,
        {
            "It would be 2 if both": 2,
            "1 is for one class alone;": 1,
            "This is the mean divergence, without": 0.56,
            "This is the example of section": 1.41,
            "0.75 is not it: p(y) is": 0.75,
            "4 is not it: p(y) is": 4,
        },
    ),
    "08.2": (
        8,
        {
            "You took the variances 9 and": 68,
            "By custom there is no square": 2.83,
            "This is one term only; means": 4,
            "Not the difference of variances: that": 12,
            "10 is not it: the difference": 10,
            "0 is not it: the difference": 0,
        },
    ),
    "08.3": (
        {"recall", "coverage"},
        {
            "IS asks only for all ten": {"IS"},
            "Precision asks only whether fakes lie": {"precision", "recall", "coverage"},
            "FD looks at means and covariances": {"FD", "KID", "recall", "coverage"},
            "KID is made of three mean": {"KID", "recall"},
            "This one does raise alarms, but": {"coverage"},
            "'is' is not among them: choose": {"is"},
            "The answer should be a set": "IS",
        },
        [["coverage", "recall"]],
    ),
    "08.4": (
        fooled,
        {
            "all ten digits, and the judge sure": torch.rand(100, 1, 28, 28) * 2 - 1,
            "too much like real digits": pixels[:200],
            "ten digits, and the judge sure of each": torch.cat(
                [pixels[labels == digit][:1] for digit in range(10)]
            ).repeat(10, 1, 1, 1),
            "Some pixels are outside -1 to": 2 * fooled,
            "The shape is (50, 1, 28,": fooled[:50],
            "The shape is (100, 784); it": fooled.flatten(1),
        },
    ),
    "08.5": (
        shifted(NINE),
        {
            "Only the one that was not": shifted([(0, 0)]),
            "the one that was not shifted": nearest_distances,
            "Of the nine shifts 5 are": shifted([(-1, 0), (1, 0), (0, 0), (0, -1), (0, 1)]),
            "Not even the one that was": shifted(NINE, lambda found: found.mean(dim=0)),
            "even the one that was not": shifted(NINE, lambda found: found.max(dim=0).values),
            "For 29 images the shape is": shifted(NINE, lambda found: found),
            "The copies are caught, but the": shifted(
                [(up, left) for up in range(-3, 4) for left in range(-3, 4)]
            ),
            "The function returns None: there is": lambda samples, references: None,
        },
        [by_cdist, as_numpy],
    ),
    "08.6": (
        line(),
        {
            "This is the slope; the intercept": line(part=0),
            "The line was fitted in N": line(x=lambda n: n),
            "This line goes through the last": line(keep=slice(1, None)),
            "This is a value that was": lambda sizes, values: values[-1],
            "This is the mean of the": lambda sizes, values: sum(values) / len(values),
            "The function returns None: there is": lambda sizes, values: None,
        },
    ),
}
