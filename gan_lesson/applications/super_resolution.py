"""Super-resolution: 7x7 pixels in, 28x28 out, by SRGAN's idea.

A content loss keeps the right digit, a small adversarial loss makes it look sharp.
Source: Ledig et al. 2017, "Photo-Realistic Single Image Super-Resolution Using a Generative
Adversarial Network". Ours compares pixels (L1), theirs the features of a large network (VGG).
"""

import math
from typing import NamedTuple

import matplotlib.pyplot as plt
import torch
from torch import nn
from torch.nn.functional import avg_pool2d, conv2d, interpolate, l1_loss

from gan_lesson import metrics, plots
from gan_lesson.data import load_images
from gan_lesson.losses import minimax_discriminator_loss, non_saturating_generator_loss
from gan_lesson.training import Progress

NOISE = 0.1  # of the small camera: standard deviation, where pixels go from -1 to 1
EPOCHS, BATCH_SIZE = 11, 32
LEARNING_RATE = 2e-3  # at the start; it falls to 0 in a straight line, so that training settles


# --- the data -----------------------------------------------------------------------------------


def load_digits():
    """Real digits: (1437, 1, 28, 28) to train on, (360, 1, 28, 28) held out and their labels.

    Every fifth image is held out, the very ones that the package's classifier has not seen either.
    """
    images, labels = load_images("digits")
    held_out = torch.arange(len(images)) % 5 == 0
    return images[~held_out], images[held_out], labels[held_out]


def shrink(large, random):
    """What a small camera takes: the mean of each 4x4 block, and a little noise.

    The digit fills the middle 20x20 pixels, so the blocks fit it and its margin of 4.
    Shapes: large (N, 1, 28, 28) in [-1, 1] -> (N, 1, 7, 7). random: a torch.Generator.
    """
    small = avg_pool2d(large, 4)
    return small + NOISE * torch.randn(small.shape, generator=random)


# --- the two networks ---------------------------------------------------------------------------


class Enlarger(nn.Module):
    """The generator: a bicubic enlargement, and what it lacks.

    It works on the 7x7 pixels, and in the end gives 16 numbers for each, which PixelShuffle lays
    out as 4x4 pixels (Shi et al. 2016). Shapes: (N, 1, 7, 7) -> (N, 1, 28, 28) in [-1, 1].
    """

    def __init__(self):
        super().__init__()
        self.model = nn.Sequential(
            nn.Conv2d(1, 32, 3, padding=1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(32, 32, 3, padding=1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(32, 32, 3, padding=1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(32, 16, 3, padding=1),
            nn.PixelShuffle(4),
        )

    def forward(self, small):
        bicubic = interpolate(small, size=28, mode="bicubic")
        return (bicubic + self.model(small)).clamp(-1, 1)


class SharpnessDiscriminator(nn.Module):
    """Tell real large images from enlarged ones: (N, 1, 28, 28) in [-1, 1] -> logits (N, 1)."""

    def __init__(self):
        super().__init__()
        self.model = nn.Sequential(
            nn.Conv2d(1, 8, 4, stride=2, padding=1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(8, 16, 4, stride=2, padding=1),
            nn.LeakyReLU(0.2),
            nn.Flatten(),
            nn.Linear(16 * 7 * 7, 1),
        )

    def forward(self, large):
        return self.model(large)


def build_networks():
    """Both networks, with the same weights each time: enlarger, discriminator."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return Enlarger(), SharpnessDiscriminator()


# --- the loss and the training ------------------------------------------------------------------


def enlarger_loss(fake, real, logits_fake, adversarial_weight):
    """The right pixels, and a little of: pass for real (Ledig et al. 2017, equation 3).

    Shapes: fake and real (N, 1, 28, 28), logits_fake (N, 1) -> one number >= 0.
    """
    content = l1_loss(fake, real)
    adversarial = non_saturating_generator_loss(logits_fake)
    return content + adversarial_weight * adversarial


def train(enlarger, discriminator, images, adversarial_weight, epochs=EPOCHS):
    """Train both networks on large images (N, 1, 28, 28) in [-1, 1]; yield a Progress each batch.

    With adversarial_weight 0 only the content loss is left: the L1 network to compare with.
    """
    optimizer_g, optimizer_d = (
        torch.optim.Adam(network.parameters(), betas=(0.5, 0.99))
        for network in (enlarger, discriminator)
    )
    random = torch.Generator().manual_seed(0)
    batches = math.ceil(len(images) / BATCH_SIZE)
    for epoch in range(epochs):
        order = torch.randperm(len(images), generator=random)
        for batch, chosen in enumerate(order.split(BATCH_SIZE)):
            left = 1 - (epoch * batches + batch) / (epochs * batches)
            for group in optimizer_g.param_groups + optimizer_d.param_groups:
                group["lr"] = LEARNING_RATE * left
            real = images[chosen]
            fake = enlarger(shrink(real, random))
            if adversarial_weight:
                loss_d = minimax_discriminator_loss(
                    discriminator(real), discriminator(fake.detach())
                )
                optimizer_d.zero_grad()
                loss_d.backward()
                optimizer_d.step()
                loss_g = enlarger_loss(fake, real, discriminator(fake), adversarial_weight)
            else:
                loss_d, loss_g = torch.zeros(()), l1_loss(fake, real)
            optimizer_g.zero_grad()
            loss_g.backward(inputs=list(enlarger.parameters()))
            optimizer_g.step()
            yield Progress(epoch, epochs, batch, batches, loss_d.item(), loss_g.item())


# --- the measures: pictures and their answers, (N, 1, 28, 28) in [-1, 1] --------------------------


def psnr(picture, answer, peak=2):
    """Peak signal-to-noise ratio in decibels: the higher, the closer the pixels."""
    return 10 * math.log10(peak**2 / (picture - answer).square().mean())


def ssim(picture, answer, peak=2):
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
    c1, c2 = (0.01 * peak) ** 2, (0.03 * peak) ** 2
    likeness = (2 * mean_p * mean_a + c1) * (2 * covariance + c2)
    return (
        (likeness / ((mean_p**2 + mean_a**2 + c1) * (variance_p + variance_a + c2))).mean().item()
    )


def sharpness(pictures):
    """The mean length of the gradient: how much a pixel differs from those right and below."""
    corner = pictures[..., :-1, :-1]
    right, below = pictures[..., :-1, 1:] - corner, pictures[..., 1:, :-1] - corner
    return torch.hypot(right, below).mean().item()


class Quality(NamedTuple):
    """What is measured of enlargements: two of distortion, one of looks, one of use."""

    psnr: float  # decibels, higher is closer
    ssim: float  # at most 1, higher is closer
    sharpness: float  # best where it is that of the real images
    read: float  # share of digits that the classifier reads right, 0 to 1


def measure(pictures, answers, labels, classifier):
    """Judge enlargements (N, 1, 28, 28) beside their answers, with labels (N,)."""
    read = metrics.logits_and_features(pictures, classifier)[0].argmax(dim=1) == labels
    return Quality(
        psnr(pictures, answers),
        ssim(pictures, answers),
        sharpness(pictures),
        read.double().mean().item(),
    )


# --- the figures --------------------------------------------------------------------------------


def show(rows, columns=10):
    """A figure with a row for each method: {its name: images (N, 1, H, W) in [-1, 1]}."""
    figure, axes = plt.subplots(len(rows), columns, figsize=(9.6, 0.82 * len(rows)))
    figure.get_layout_engine().set(w_pad=0.02, h_pad=0.02)
    for line, (name, pictures) in zip(axes, rows.items(), strict=True):
        for axis, picture in zip(line, pictures, strict=False):
            axis.imshow(picture[0].numpy(), cmap="gray", vmin=-1, vmax=1, interpolation="nearest")
            axis.set(xticks=[], yticks=[])
        line[0].set_ylabel(name, rotation=0, ha="right", va="center")
    return figure


def show_measures(qualities, real_sharpness):
    """A figure of {name: Quality}: closer pixels to the right, and sharpness upwards."""
    figure, axis = plt.subplots(figsize=(7, 3.8))
    axis.axhline(real_sharpness, color=plots.REAL, linestyle="--")
    axis.annotate(
        "真圖的銳利度 · sharpness of real images",
        (0.02, real_sharpness),
        xycoords=axis.get_yaxis_transform(),
        xytext=(0, 5),
        textcoords="offset points",
        color=plots.REAL,
    )
    for marker, (name, quality) in zip("sDo^", qualities.items(), strict=True):
        place = (quality.psnr, quality.sharpness)
        axis.plot(*place, marker, color=plots.FAKE, markersize=9)
        axis.annotate(name, place, xytext=(0, -20), textcoords="offset points", ha="center")
    axis.set_xlabel("PSNR（分貝）：越右，像素越接近 · in dB: closer pixels to the right")
    axis.set_ylabel("銳利度 · sharpness")
    axis.margins(0.25)
    return figure
