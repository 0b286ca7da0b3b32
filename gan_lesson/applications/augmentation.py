"""Data augmentation: does a classifier with few examples gain from those that a GAN makes of them?

The data, the measures and the figures; the networks, the loss and the training stand in the
notebook. Twelve imaginary hospitals have a few real digits of each class, and a GAN of their own;
all take the same exam of held-out real digits. After Frid-Adar et al. 2018, "GAN-based synthetic
medical image augmentation for increased CNN performance in liver lesion classification".
"""

import math
from typing import NamedTuple

import matplotlib.pyplot as plt
import torch
from scipy.stats import t as student
from sklearn.svm import SVC
from torch.nn.functional import avg_pool2d

from gan_lesson import plots
from gan_lesson.data import load_images

HOSPITALS, COPIES = 12, 10  # a hospital is a draw of few examples; new samples for each of them
SIDE = 14  # of a digit, in pixels


class Hospitals(NamedTuple):
    """The examples of all hospitals side by side: (examples, hospital, pixel), in [-1, 1].

    n examples of each class: first those of the digit 0, then those of 1, ...
    """

    few: torch.Tensor  # (10 n, 12, 196), what each hospital has
    labels: torch.Tensor  # (10 n,), the same at every hospital
    others: torch.Tensor  # (100 n, 12, 196), real ones that it does not have: for comparison
    others_labels: torch.Tensor  # (100 n,)


class Digits(NamedTuple):
    """Real digits (N, 196) in [-1, 1], and what they are (N,)."""

    images: torch.Tensor
    labels: torch.Tensor


def load():
    """The 1,797 digits at 14x14: Digits for the hospitals, and for the exam, every fifth."""
    images, labels = load_images("digits")
    images = avg_pool2d(images, 28 // SIDE).flatten(1)
    exam = torch.arange(len(images)) % 5 == 0
    return Digits(images[~exam], labels[~exam]), Digits(images[exam], labels[exam])


def draw_hospitals(digits, n):
    """Hospitals with n real examples of each class, each drawn at random for itself."""
    few, others = [], []
    kinds = digits.labels.unique()
    for seed in range(HOSPITALS):
        order = torch.randperm(len(digits.labels), generator=torch.Generator().manual_seed(seed))
        queues = [order[digits.labels[order] == kind] for kind in kinds]
        few.append(digits.images[torch.cat([queue[:n] for queue in queues])])
        others.append(digits.images[torch.cat([queue[n : n * (1 + COPIES)] for queue in queues])])
    repeats = [kinds.repeat_interleave(count) for count in (n, n * COPIES)]
    return Hospitals(torch.stack(few, dim=1), repeats[0], torch.stack(others, dim=1), repeats[1])


# --- the measures -------------------------------------------------------------------------------


def accuracies(hospitals, exam, *additions):
    """Percent of the exam that each hospital's classifier gets right, 12 numbers from 0 to 100.

    additions: pairs of points (M, 12, 196) and labels (M,) to learn from, beside the few. A
    support vector machine, the same for all.
    """
    points = torch.cat([hospitals.few, *(more for more, _ in additions)])
    labels = torch.cat([hospitals.labels, *(more for _, more in additions)])
    return [
        100 * SVC(C=10).fit(own, labels).score(exam.images, exam.labels)
        for own in points.unbind(dim=1)
    ]


def gain(after, before):
    """The mean of after - before, paired hospital by hospital, and half its 95 % t interval."""
    difference = torch.tensor(after).double() - torch.tensor(before).double()
    error = difference.std() / math.sqrt(len(difference))
    return difference.mean().item(), student.ppf(0.975, len(difference) - 1) * error.item()


def spread(points, labels):
    """How far the examples (N, 12, 196) of a class lie apart: the mean standard deviation."""
    classes = [points[labels == kind] for kind in labels.unique()]
    return torch.stack([some.std(dim=0).mean() for some in classes]).mean().item()


def given_away(points, hospitals):
    """The share of points (M, 12, 196) nearer to one of the few than to any of as many strangers.

    0.5 means that they do not tell who the few were, as real strangers do not; 1 that all do.
    """
    few, strangers = hospitals.few, hospitals.others[::COPIES]  # as many of each class
    near, far = (
        torch.cdist(points.transpose(0, 1), some.transpose(0, 1)).amin(dim=2)
        for some in (few, strangers)
    )
    return (near < far).double().mean().item()


# --- the figures --------------------------------------------------------------------------------


@plots.styled
def show_digits(rows):
    """A figure with a row of digits (N, 196) for each {name: digits}, white on black."""
    columns = max(map(len, rows.values()))
    figure, axes = plt.subplots(
        len(rows), columns, figsize=(0.96 * columns, 0.9 * len(rows)), squeeze=False
    )
    figure.get_layout_engine().set(w_pad=0.02, h_pad=0.02)
    for line, (name, points) in zip(axes, rows.items(), strict=True):
        for axis, point in zip(line, points, strict=True):
            axis.imshow(point.view(SIDE, SIDE).numpy(), cmap="gray", vmin=-1, vmax=1)
            axis.set(xticks=[], yticks=[])
        line[0].set_ylabel(name, rotation=0, ha="right", va="center")
    return figure


@plots.styled
def show_gains(arms, before):
    """A figure of {name: accuracies}: what each arm gains on `before`, with 95 % intervals."""
    figure, axis = plt.subplots(figsize=(8.6, 0.45 * len(arms) + 1.1))
    for place, after in enumerate(arms.values()):
        middle, half = gain(after, before)
        axis.errorbar(middle, place, xerr=half, fmt="o", color=plots.FAKE, capsize=4)
    axis.axvline(0, color=plots.REAL, linestyle="--")
    axis.set(yticks=range(len(arms)), yticklabels=arms, ylim=(len(arms) - 0.5, -0.5))
    axis.set_xlabel("多對幾個百分點 · gain in percentage points")
    return figure


@plots.styled
def show_waves(waves, rate):
    """A figure of {name: a wave (N,)}, side by side; rate: numbers a second."""
    figure, axes = plt.subplots(1, len(waves), figsize=(8.6, 2), sharey=True)
    for axis, (name, wave) in zip(axes, waves.items(), strict=True):
        axis.plot(torch.arange(len(wave)) / rate, wave, color=plots.REAL, linewidth=1)
        axis.set_title(name, fontsize=10)
    axes[0].set_xlabel("秒 · seconds")
    return figure
