"""Super-resolution of Chinese characters: 8x8 pixels in, 32x32 out.

The data, the measures and the figures; the networks, the loss and the training stand in the
notebook. Its idea is that of Ledig et al. 2017, "Photo-Realistic Single Image Super-Resolution
Using a Generative Adversarial Network".
"""

import math
from typing import NamedTuple

import matplotlib.pyplot as plt
import torch
from torch.nn.functional import avg_pool2d, conv2d

from gan_lesson import plots
from gan_lesson.applications.image_generation import grey_share, nearest, stroke_width
from gan_lesson.data import glyphs

SIZE, TIMES = 32, 4  # pixels a side, and how many times smaller the question is
LOOKALIKES = "己已巳土士未末"  # never trained on: they differ by a stroke or by its length


class Pairs(NamedTuple):
    """Small pictures (N, 1, 8, 8), the large ones (N, 1, 32, 32) in [-1, 1], code points (N,)."""

    small: torch.Tensor
    large: torch.Tensor
    codes: torch.Tensor


def shrink(large):
    """The mean of each 4x4 block: (N, 1, 32, 32) -> (N, 1, 8, 8)."""
    return avg_pool2d(large, TIMES)


def load_pairs():
    """Characters to train on, every fifth held out, and the seven lookalikes: three Pairs."""
    large, codes = glyphs(SIZE)
    alike = torch.isin(codes, torch.tensor([ord(character) for character in LOOKALIKES]))
    held_out = torch.arange(len(codes)) % 5 == 0
    sets = [(large[each], codes[each]) for each in (~held_out & ~alike, held_out & ~alike)]
    return [
        Pairs(shrink(large), large, codes) for large, codes in [*sets, glyphs(SIZE, LOOKALIKES)]
    ]


# --- the measures: pictures and their answers, (N, 1, 32, 32) in [-1, 1] --------------------------


PEAK = 2  # from black to white


def psnr(picture, answer):
    """Peak signal-to-noise ratio in decibels: the higher, the closer the pixels."""
    return 10 * math.log10(PEAK**2 / (picture - answer).square().mean())


def ssim(picture, answer):
    """Structural similarity, at most 1 (the same picture): mean, contrast and pattern compared in
    windows of 11x11 pixels, the middle weighing most.

    Source: Wang et al. 2004, "Image Quality Assessment: From Error Visibility to Structural
    Similarity", equation 13, with the paper's Gaussian window (1.5 pixels) and constants.
    """
    bell = torch.exp(-((torch.arange(11.0) - 5) ** 2) / (2 * 1.5**2))
    window = (bell[:, None] * bell / bell.sum() ** 2)[None, None]
    mean_p, mean_a = conv2d(picture, window), conv2d(answer, window)
    variance_p = conv2d(picture**2, window) - mean_p**2
    variance_a = conv2d(answer**2, window) - mean_a**2
    covariance = conv2d(picture * answer, window) - mean_p * mean_a
    c1, c2 = (0.01 * PEAK) ** 2, (0.03 * PEAK) ** 2
    likeness = (2 * mean_p * mean_a + c1) * (2 * covariance + c2)
    return (
        (likeness / ((mean_p**2 + mean_a**2 + c1) * (variance_p + variance_a + c2))).mean().item()
    )


def read(pictures):
    """The code points (N,) of the characters, of all 5,411, whose pixels are nearest."""
    references, codes = glyphs(SIZE)
    return codes[nearest(pictures, references).indices]


class Quality(NamedTuple):
    """What is measured of enlargements."""

    psnr: float  # decibels, higher is closer
    ssim: float  # at most 1, higher is closer
    grey: float  # share of pixels neither paper nor ink; blur raises it, and so does grain
    width: float  # of the strokes, in pixels; grain lowers it
    read: float  # share whose nearest character is the right one, 0 to 1


def measure(pictures, pairs):
    """Judge enlargements (N, 1, 32, 32) of the small pictures of these Pairs."""
    return Quality(
        psnr(pictures, pairs.large),
        ssim(pictures, pairs.large),
        grey_share(pictures).mean().item(),
        stroke_width(pictures).mean().item(),
        (read(pictures) == pairs.codes).double().mean().item(),
    )


# --- the figures ----------------------------------------------------------------------------------


@plots.styled
def show(rows, columns=10):
    """A figure with a row for each method: {its name: pictures (N, 1, H, W) in [-1, 1]}."""
    figure, axes = plt.subplots(len(rows), columns, figsize=(0.6 + 0.9 * columns, 0.82 * len(rows)))
    figure.get_layout_engine().set(w_pad=0.02, h_pad=0.02)
    for line, (name, pictures) in zip(axes, rows.items(), strict=True):
        for axis, picture in zip(line, pictures, strict=False):
            axis.imshow(picture[0].numpy(), cmap="gray", vmin=-1, vmax=1, interpolation="nearest")
            axis.set(xticks=[], yticks=[])
        line[0].set_ylabel(name, rotation=0, ha="right", va="center")
    return figure


@plots.styled
def show_measures(qualities, truth):
    """A figure of {name: Quality}: closer pixels to the right, grey pixels upwards; and a line
    for the grey pixels of the true characters."""
    figure, axis = plt.subplots(figsize=(7, 3.6))
    axis.axhline(100 * truth.grey, color=plots.REAL, linestyle="--")
    axis.annotate(
        "真的字 · real characters",
        (0.02, 100 * truth.grey),
        xycoords=axis.get_yaxis_transform(),
        xytext=(0, 5),
        textcoords="offset points",
        color=plots.REAL,
    )
    for marker, (name, quality) in zip("sDo^", qualities.items(), strict=True):
        place = (quality.psnr, 100 * quality.grey)
        axis.plot(*place, marker, color=plots.FAKE, markersize=9)
        axis.annotate(name, place, xytext=(10, -4), textcoords="offset points")
    axis.set_xlabel("PSNR（dB），越右像素越接近 · PSNR (dB), closer pixels to the right")
    axis.set_ylabel("灰色像素（%） · grey pixels (%)")
    axis.margins(0.25)
    axis.set_ylim(0)
    return figure
