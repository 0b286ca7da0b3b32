"""Style transfer: pencil outlines of digits and brush paintings of them, by a recipe of ours.

The data, the measures and the figure; the networks, the loss and the training stand in the
notebook. Its idea is that of Isola et al. 2017, "Image-to-Image Translation with Conditional
Adversarial Networks" (pix2pix).
"""

from typing import NamedTuple

import matplotlib.pyplot as plt
import torch
from torch.nn.functional import (
    affine_grid,
    avg_pool2d,
    grid_sample,
    interpolate,
    l1_loss,
    max_pool2d,
    pad,
)

from gan_lesson import metrics, plots
from gan_lesson.data import load_images

SIZE = 48  # pixels; the middle 24 of a digit's 28, twice as large


def colours(dark, light):
    """Two RGB colours from 0 to 255 as pixels (3, 1, 1) in [-1, 1]."""
    return [torch.tensor(colour)[:, None, None] / 127.5 - 1 for colour in (dark, light)]


GROUND = colours((4, 18, 60), (47, 100, 148))  # the darkest and the lightest blue
STROKE = colours((150, 56, 8), (255, 232, 130))  # the darkest and the lightest orange


# --- the data: sketches and paintings in pairs, by a recipe ---------------------------------------


def soften(pictures, size):
    """The mean of size x size pixels around each pixel, (N, C, H, W) -> the same shape."""
    return avg_pool2d(pad(pictures, [size // 2] * 4, mode="replicate"), size, stride=1)


def slopes(pictures):
    """How fast pictures rise to the right, and downwards: two of the shape (N, C, H, W)."""
    wide = pad(pictures, (1, 1, 1, 1), mode="replicate")
    across = wide[..., 1:-1, 2:] - wide[..., 1:-1, :-2]
    down = wide[..., 2:, 1:-1] - wide[..., :-2, 1:-1]
    return across / 2, down / 2


def moved(pictures, by):
    """Each pixel taken from a place `by` pixels (right, down) away, by (N, 2, 48, 48)."""
    here = affine_grid(torch.eye(2, 3)[None], (1, 1, SIZE, SIZE), align_corners=False)
    places = here + by.permute(0, 2, 3, 1) * 2 / SIZE
    return grid_sample(pictures, places, padding_mode="reflection", align_corners=False)


def stroke_directions(ink):
    """Which way the brush goes: along the pen on the digit, level on the ground.

    Shapes: ink (N, 1, 48, 48) in [0, 1] -> unit vectors (right, down), (N, 2, 48, 48).
    """
    across, down = slopes(soften(ink, 3))
    ground = 0.01 * (1 - soften((ink > 0.3).float(), 3))
    xx, xy, yy = (soften(soften(p, 5), 5) for p in (across**2, across * down, down**2 + ground))
    steepest = torch.atan2(2 * xy, xx - yy) / 2
    return torch.cat([-steepest.sin(), steepest.cos()], dim=1)


def paint_ink(ink, random):
    """Paintings of ink (N, 1, 48, 48) in [0, 1]: RGB (N, 3, 48, 48) in [-1, 1].

    Bristles are random noise smeared 11 pixels along the brush; they make the paint lighter and
    darker. Orange paint lies thick on blue ground: the light comes from the upper left.
    """
    noise = torch.randn(ink.shape, generator=random)
    noise = soften(noise, 3) + 0.4 * noise
    direction = stroke_directions(ink)
    bristles = sum(moved(noise, far * direction) for far in range(-5, 6))
    bristles = 0.22 * bristles / bristles.std(dim=(2, 3), keepdim=True)
    across, down = slopes(torch.sigmoid(6 * (ink - 0.5)))
    tone = (0.5 + bristles + 1.2 * (across + down)).clamp(0, 1)
    ground, thick = (dark + tone * (light - dark) for dark, light in (GROUND, STROKE))
    covered = torch.sigmoid(15 * (ink - 0.5))
    return covered * thick + (1 - covered) * ground


def draw_outline(ink, random):
    """Sketches of ink (N, 1, 48, 48): 0 is paper and 1 pencil, with a shaky hand and grain."""
    shake = 6 * soften(soften(torch.randn(len(ink), 2, SIZE, SIZE, generator=random), 9), 9)
    ink = moved(ink, shake)
    steepness = torch.hypot(*slopes(ink))
    line = torch.exp(-(((ink - 0.5) / (steepness + 0.02)) ** 2))
    return line * (0.55 + 0.45 * torch.rand(ink.shape, generator=random))


class Pairs(NamedTuple):
    """Sketches (N, 1, 48, 48) in [0, 1], paintings (N, 3, 48, 48) in [-1, 1], labels (N,)."""

    sketches: torch.Tensor
    paintings: torch.Tensor
    labels: torch.Tensor


def ink_of(images):
    """The ink of digits (N, 1, 28, 28): the middle, twice as large, (N, 1, 48, 48) about 0 to 1."""
    return interpolate(images[..., 2:-2, 2:-2], size=SIZE, mode="bicubic") / 2 + 0.55


def load_pairs():
    """Pairs from real digits: 1437 to train on, 360 held out.

    Every fifth digit is held out, the very ones that the package's classifier has not seen either.
    """
    images, labels = load_images("digits")
    random = torch.Generator().manual_seed(0)
    ink = ink_of(images)
    pairs = draw_outline(ink, random), paint_ink(ink, random), labels
    held_out = torch.arange(len(images)) % 5 == 0
    return Pairs(*(part[~held_out] for part in pairs)), Pairs(*(part[held_out] for part in pairs))


# --- the baseline that learns nothing -----------------------------------------------------------


def filled(sketches):
    """Outlines (N, 1, 48, 48) filled as with a paint bucket, in two plain colours.

    Paper that the corner reaches is ground; what lies behind one line is stroke; what lies behind
    two is ground again, like the hole of a 0. Where a line has a gap, the paint runs out.
    """
    paper = (sketches < 0.3).float()

    def flood(start):
        for _ in range(2 * SIZE):
            start = max_pool2d(start, 3, stride=1, padding=1) * paper
        return start

    corner = torch.zeros_like(paper)
    corner[..., 0, 0] = 1
    ground = flood(corner)
    behind_one_line = flood(max_pool2d(ground, 7, stride=1, padding=3) * paper * (1 - ground))
    hole = paper - ground - behind_one_line
    plain_ground, plain_stroke = (sum(pair) / 2 for pair in (GROUND, STROKE))
    return torch.where(ground + hole > 0, plain_ground, plain_stroke)


# --- the measures ---------------------------------------------------------------------------------


def grey(paintings):
    """Paintings (N, 3, 48, 48) as the classifier wants digits: (N, 1, 28, 28) in [-1, 1]."""
    ground, stroke = (((dark + light) / 2).mean() for dark, light in (GROUND, STROKE))
    brightness = paintings.mean(dim=1, keepdim=True)
    ink = ((brightness - ground) / (stroke - ground) * 2 - 1).clamp(-1, 1)
    return pad(avg_pool2d(ink, 2), (2, 2, 2, 2), value=-1)


def texture(paintings):
    """How much a pixel differs from the mean of its 3x3, on average: 0 is perfectly smooth."""
    return l1_loss(paintings, soften(paintings, 3)).item()


def brushed(paintings, sketches):
    """How many times as fast the ground changes downwards as to the right.

    The brush goes level on the ground, so strokes make it more than 1; grain alone leaves it at 1.
    """
    near = max_pool2d((sketches > 0.2).float(), 9, stride=1, padding=4)[..., :-1, :-1]
    light = paintings.mean(dim=1, keepdim=True)
    corner = light[..., :-1, :-1]
    right, down = light[..., :-1, 1:] - corner, light[..., 1:, :-1] - corner
    return (((1 - near) * down**2).sum() / ((1 - near) * right**2).sum()).sqrt().item()


def change(paintings):
    """How much paintings of one sketch (K, 3, 48, 48) differ: the mean standard deviation of a
    pixel, 0 where all are the same."""
    return paintings.std(dim=0).mean().item()


def alike(paintings):
    """The mean correlation of two paintings' grounds, in the 8x8 pixels of the upper left corner:
    1 where all grounds are the same, about 0 where each is painted anew."""
    corner = paintings.mean(dim=1)[:, :8, :8].flatten(1)
    correlations = torch.corrcoef(corner)
    return ((correlations.sum() - len(corner)) / (len(corner) * (len(corner) - 1))).item()


def repaint(pairs, number, times):
    """The recipe's painting of one sketch's digit, with other noise each time: (times, 3, ...).

    pairs: the held-out Pairs; number: which of them.
    """
    images, labels = load_images("digits")
    assert labels[5 * number] == pairs.labels[number]
    ink = ink_of(images[5 * number : 5 * number + 1])
    return torch.cat([paint_ink(ink, torch.Generator().manual_seed(seed)) for seed in range(times)])


class Quality(NamedTuple):
    """What is measured of paintings."""

    distance: float  # mean L1 distance from the true paintings, 0 to 2
    texture: float  # best where it is that of the true paintings
    brushed: float  # above 1 where the ground has strokes, 1 where it has grain only
    read: float  # share of digits that the classifier reads right, 0 to 1


def measure(paintings, pairs, classifier):
    """Judge paintings (N, 3, 48, 48) of the sketches of these Pairs."""
    read = metrics.logits_and_features(grey(paintings), classifier)[0].argmax(dim=1)
    return Quality(
        l1_loss(paintings, pairs.paintings).item(),
        texture(paintings),
        brushed(paintings, pairs.sketches),
        (read == pairs.labels).double().mean().item(),
    )


# --- the figure -----------------------------------------------------------------------------------


@plots.styled
def show(rows, columns=6, names=None):
    """A figure with a row for each: {its name: pictures (N, 1 or 3, 48, 48)}.

    Three layers are a painting in [-1, 1], one is a sketch, where 1 is pencil. names: a title for
    each column.
    """
    figure, axes = plt.subplots(
        len(rows), columns, figsize=(1.6 * columns, 1.35 * len(rows)), squeeze=False
    )
    figure.get_layout_engine().set(w_pad=0.02, h_pad=0.02)
    for line, (name, pictures) in zip(axes, rows.items(), strict=True):
        for axis, picture in zip(line, pictures, strict=False):
            if len(picture) == 3:
                axis.imshow((picture.permute(1, 2, 0).numpy() + 1) / 2, interpolation="nearest")
            else:
                pencil = 1 - picture[0].numpy()
                axis.imshow(pencil, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
            axis.set(xticks=[], yticks=[])
        line[0].set_ylabel(name, rotation=0, ha="right", va="center")
    for axis, title in zip(axes[0], names or (), strict=False):
        axis.set_title(title)
    return figure
