"""Data augmentation: does a classifier with few examples gain from those that a GAN makes of them?

Twelve imaginary hospitals have a few real examples a class each, and a GAN of their own; all are
judged on the same held-out real examples. After Frid-Adar et al. 2018, "GAN-based synthetic medical
image augmentation for increased CNN performance in liver lesion classification".
"""

import math
from typing import NamedTuple

import matplotlib.pyplot as plt
import torch
from scipy.stats import t as student
from sklearn.datasets import load_breast_cancer
from sklearn.svm import SVC
from torch import nn
from torch.nn.functional import affine_grid, avg_pool2d, grid_sample, one_hot

from gan_lesson import plots
from gan_lesson.data import load_images
from gan_lesson.losses import minimax_discriminator_loss, non_saturating_generator_loss
from gan_lesson.training import Progress

HOSPITALS, COPIES = 12, 10  # a hospital is a draw of few examples; new samples for each of them
SIDE = 14  # of a digit, in pixels
LATENT_SIZE, HIDDEN, BATCH_SIZE, STEPS, LEARNING_RATE = 16, 128, 32, 900, 4e-3


# --- the data -----------------------------------------------------------------------------------


def load(name):
    """Real examples: points (N, K) and labels (N,), then those held out, every fifth.

    name: "table" (569 tumours, K = 30 measures; 0 malignant, 1 benign; Street, Wolberg and
    Mangasarian 1993) or "digits" (1,797 images of 14x14 pixels in [-1, 1], K = 196).
    """
    if name == "table":
        table = load_breast_cancer()
        points, labels = torch.tensor(table.data).float(), torch.tensor(table.target).long()
    else:
        images, labels = load_images(name)
        points = avg_pool2d(images, 28 // SIDE).flatten(1)
    held_out = torch.arange(len(points)) % 5 == 0
    return points[~held_out], labels[~held_out], points[held_out], labels[held_out]


class Hospital(NamedTuple):
    """The examples of one hospital: less the mean of its few, in units of their spread."""

    spread: torch.Tensor  # (K,), of each column; one number () for pixels, which are all alike
    centre: torch.Tensor  # (K,), that mean, in the same units
    few: torch.Tensor  # (N, K), the n examples of class 0 first, then those of class 1, ...
    labels: torch.Tensor  # (N,), the same at every hospital
    others: torch.Tensor  # (M, K), real ones that it does not have: for comparison
    others_labels: torch.Tensor
    held_out: torch.Tensor  # (L, K), for the marks; the same examples at every hospital
    held_out_labels: torch.Tensor

    def own_units(self, points):
        """Points (..., K) as they are in the data set, the way this hospital writes them."""
        return points / self.spread - self.centre


def draw_hospitals(name, n):
    """Twelve hospitals with n real examples of each class, drawn at random; a list of Hospital."""
    points, labels, held_out, held_out_labels = load(name)
    columns = 0 if name == "table" else None  # pixels have one unit, the columns one each
    hospitals = []
    for seed in range(HOSPITALS):
        order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(seed))
        queues = [order[labels[order] == kind] for kind in labels.unique()]
        has = torch.cat([queue[:n] for queue in queues])
        lacks = torch.cat([queue[n : n * (1 + COPIES)] for queue in queues])
        spread = points[has].std(dim=columns)
        few, others, tests = (some / spread for some in (points[has], points[lacks], held_out))
        centre = few.mean(dim=0)
        hospitals.append(
            Hospital(
                *(spread, centre, few - centre, labels[has]),
                *(others - centre, labels[lacks], tests - centre, held_out_labels),
            )
        )
    return hospitals


# --- classical augmentation: what people know about the data --------------------------------------


def jitter(hospital, random):
    """Ten copies of the few examples, each number moved by about half a spread: (10 N, K)."""
    copies = hospital.few.repeat(COPIES, 1)
    return copies + 0.5 * torch.randn(copies.shape, generator=random)


def turn_and_shift(hospital, random):
    """Ten copies of the few digits, each turned (10 degrees), shifted and scaled (a tenth) a
    little: (10 N, 196).
    """
    images = (hospital.few + hospital.centre).repeat(COPIES, 1).view(-1, 1, SIDE, SIDE)
    turn, size, right, down = (2 * torch.rand(4, len(images), generator=random) - 1).unbind()
    angle, size, right, down = 0.17 * turn, 1 + 0.1 * size, 0.12 * right, 0.12 * down
    across, along = size * angle.cos(), size * angle.sin()
    maps = torch.stack([across, -along, right, along, across, down], dim=1).view(-1, 2, 3)
    places = affine_grid(maps, images.shape, align_corners=False)
    images = grid_sample(images, places, "bicubic", "border", align_corners=False)
    return images.flatten(1) - hospital.centre


# --- the networks: the GANs of all hospitals side by side -----------------------------------------


class Linears(nn.Module):
    """An nn.Linear of its own for each hospital: (H, N, size_in) -> (H, N, size_out)."""

    def __init__(self, hospitals, size_in, size_out):
        super().__init__()
        first = torch.rand(hospitals, size_in, size_out) * 2 - 1
        self.weight = nn.Parameter(first / math.sqrt(size_in))
        self.bias = nn.Parameter(torch.zeros(hospitals, 1, size_out))

    def forward(self, x):
        return x @ self.weight + self.bias


def conditional_networks(hospitals, columns, classes):
    """Both networks, conditioned on the class as one-hot numbers (Mirza and Osindero 2014).

    Shapes, with H hospitals, K columns, C classes: generator, z and the class (H, N, 16 + C) ->
    points (H, N, K); discriminator, a point and its class (H, N, K + C) -> logits (H, N, 1).
    """
    generator = nn.Sequential(
        Linears(hospitals, LATENT_SIZE + classes, HIDDEN),
        nn.LeakyReLU(0.2),
        Linears(hospitals, HIDDEN, columns),
    )
    discriminator = nn.Sequential(
        Linears(hospitals, columns + classes, HIDDEN),
        nn.LeakyReLU(0.2),
        Linears(hospitals, HIDDEN, 1),
    )
    return generator, discriminator


def build_networks(points, labels, seed=0):
    """`conditional_networks` that fit points (H, N, K), with weights that depend on the seed."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return conditional_networks(len(points), points.shape[2], int(labels.max()) + 1)


def train(generator, discriminator, points, labels, steps=STEPS, seed=0):
    """Train on points (H, N, K) with labels (N,), each hospital's GAN on its own points alone.

    Yields a Progress after each step, with the mean losses. The learning rate falls to zero over
    the second half. Source: Goodfellow et al. 2014, algorithm 1, with the non-saturating loss.
    """
    random = torch.Generator().manual_seed(seed)
    kinds = one_hot(labels).float().expand(len(points), -1, -1)
    optimizer_g, optimizer_d = (
        torch.optim.Adam(network.parameters(), betas=(0.5, 0.9), fused=True)
        for network in (generator, discriminator)
    )
    for step in range(steps):
        for optimizer in (optimizer_g, optimizer_d):
            optimizer.param_groups[0]["lr"] = LEARNING_RATE * min(1, 2 * (1 - step / steps))
        chosen = torch.randint(len(labels), (BATCH_SIZE,), generator=random)
        kind = kinds[:, chosen]
        z = torch.randn(len(points), BATCH_SIZE, LATENT_SIZE, generator=random)
        real = torch.cat([points[:, chosen], kind], dim=2)
        fake = torch.cat([generator(torch.cat([z, kind], dim=2)), kind], dim=2)

        logits = discriminator(torch.cat([real, fake.detach()], dim=1))
        loss_d = minimax_discriminator_loss(*logits.chunk(2, dim=1))
        optimizer_d.zero_grad()
        loss_d.backward()
        optimizer_d.step()

        loss_g = non_saturating_generator_loss(discriminator(fake))
        optimizer_g.zero_grad()
        loss_g.backward(inputs=list(generator.parameters()))
        optimizer_g.step()
        yield Progress(0, 1, step, steps, loss_d.item(), loss_g.item())


@torch.no_grad()
def draw_examples(generator, labels, seed=0):
    """New points (H, N, K) of the classes in labels (N,), in each hospital's own unit."""
    hospitals, random = len(generator[0].weight), torch.Generator().manual_seed(seed)
    z = torch.randn(hospitals, len(labels), LATENT_SIZE, generator=random)
    return generator(torch.cat([z, one_hot(labels).expand(hospitals, -1, -1)], dim=2))


# --- the measures -------------------------------------------------------------------------------


def accuracy(hospital, points=None, labels=None):
    """Percent of held-out real examples classified right, 0 to 100, after learning from the few.

    points (M, K), labels (M,): more to learn from. A support vector machine, the same for all.
    """
    few, few_labels = hospital.few, hospital.labels
    if points is not None:
        few, few_labels = torch.cat([few, points]), torch.cat([few_labels, labels])
    return 100 * SVC(C=10).fit(few, few_labels).score(hospital.held_out, hospital.held_out_labels)


def accuracies(hospitals, points, labels):
    """`accuracy` of each hospital with its own points, one (M, K) a hospital, labels (M,)."""
    return [accuracy(*each, labels) for each in zip(hospitals, points, strict=True)]


def gain(after, before):
    """The mean of after - before, paired hospital by hospital, and half its 95 % t interval."""
    difference = torch.tensor(after).double() - torch.tensor(before).double()
    error = difference.std() / math.sqrt(len(difference))
    return difference.mean().item(), student.ppf(0.975, len(difference) - 1) * error.item()


def given_away(points, hospital):
    """The share of points (N, K) nearer to one of the few than to any of as many other real ones.

    0.5 means that they do not tell who the few were, as real strangers do not; 1 that all do.
    """
    others = hospital.others[::COPIES]  # as many of each class
    near, far = (torch.cdist(points, some).min(dim=1).values for some in (hospital.few, others))
    return (near < far).double().mean().item()


# --- the figures --------------------------------------------------------------------------------


def show_table(groups):
    """A figure of {name: (points (M, 30), labels (M,))} in the table's first two columns."""
    figure, axes = plt.subplots(
        1, len(groups), figsize=(3.2 * len(groups), 3.4), sharex=True, sharey=True, squeeze=False
    )
    kinds = (("x", plots.FAKE, "惡性 · malignant"), ("o", plots.REAL, "良性 · benign"))
    for axis, (name, (points, labels)) in zip(axes[0], groups.items(), strict=True):
        for kind, (marker, colour, label) in enumerate(kinds):
            x, y = points[labels == kind, :2].T.numpy()
            axis.scatter(x, y, s=22, marker=marker, color=colour, alpha=0.7, label=label)
        axis.set(title=name, xlim=(-3.5, 3.5), ylim=(-3.5, 3.5))
        axis.set_xlabel("半徑 · radius")
    axes[0, 0].set_ylabel("紋理 · texture")
    axes[0, 0].legend(fontsize=8)
    return figure


def show_digits(rows):
    """A figure with a row for each {name: ten digits (10, 196)}, white on black."""
    figure, axes = plt.subplots(len(rows), 10, figsize=(9.6, 0.85 * len(rows)), squeeze=False)
    figure.get_layout_engine().set(w_pad=0.02, h_pad=0.02)
    for line, (name, points) in zip(axes, rows.items(), strict=True):
        for axis, point in zip(line, points, strict=True):
            axis.imshow(
                point.view(SIDE, SIDE).numpy(), cmap="gray", vmin=points.min(), vmax=points.max()
            )
            axis.set(xticks=[], yticks=[])
        line[0].set_ylabel(name, rotation=0, ha="right", va="center")
    return figure


def show_gains(results):
    """A figure of {title: {arm: accuracies}}, a panel each: what an arm gains on the first one."""
    figure, axes = plt.subplots(1, len(results), figsize=(4.8 * len(results), 3.2), squeeze=False)
    for axis, (title, arms) in zip(axes[0], results.items(), strict=True):
        before = next(iter(arms.values()))
        for place, after in enumerate(arms.values()):
            middle, half = gain(after, before)
            axis.errorbar(middle, place, xerr=half, fmt="o", color=plots.FAKE, capsize=4)
        axis.axvline(0, color=plots.REAL, linestyle="--")
        axis.set(yticks=range(len(arms)), yticklabels=arms, title=title)
        axis.set_xlabel("多對幾個百分點 · gain in points")
        axis.invert_yaxis()
    return figure
