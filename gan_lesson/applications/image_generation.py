"""Image generation: new Chinese characters, and how to tell whether they are any good.

The data are the characters of the package's font; the GAN and its training stand in the notebook.
Its idea has a model in art: Xu Bing's "Book from the Sky" (1987-1991), thousands of printed
characters that nobody can read.
"""

from typing import NamedTuple

import torch
from torch.nn.functional import avg_pool2d, interpolate, pad

from gan_lesson import metrics
from gan_lesson.data import load_images


class Characters(NamedTuple):
    """Pictures (N, 1, 28, 28) in [-1, 1] and their code points (N,): chr(code) is the character."""

    images: torch.Tensor
    codes: torch.Tensor


def load_characters():
    """Chinese characters: 4,328 to train on, and every fifth of 5,411 held out."""
    images, codes = load_images("hanzi")
    held_out = torch.arange(len(images)) % 5 == 0
    return Characters(images[~held_out], codes[~held_out]), Characters(
        images[held_out], codes[held_out]
    )


# --- what to compare with -------------------------------------------------------------------------


def fog(images, count, random):
    """Pictures that know the mean and covariance of all pixels, and nothing else of the images."""
    flat = images.flatten(1)
    centred = flat - flat.mean(dim=0)
    share = torch.randn(count, len(flat), generator=random) / len(flat) ** 0.5
    return (flat.mean(dim=0) + share @ centred).clamp(-1, 1).view(count, *images.shape[1:])


def collage(images, count, random):
    """The left half of one character beside the right half of another: ordinary code, no GAN."""
    left, right = torch.randint(len(images), (2, count), generator=random)
    middle = images.shape[-1] // 2
    return torch.cat([images[left][..., :middle], images[right][..., middle:]], dim=-1)


def copies(images, count, random):
    """A planted copier: images it was given, one pixel to the right, under a little grain."""
    chosen = torch.randperm(len(images), generator=random)[:count]
    moved = images[chosen].roll(1, dims=-1)
    return (moved + 0.1 * torch.randn(moved.shape, generator=random)).clamp(-1, 1)


# --- the measures: pictures (N, 1, H, W) in [-1, 1] -----------------------------------------------


def edges(pictures):
    """How fast the ink changes to the right and downwards, each (N, 1, H - 1, W - 1)."""
    ink = (pictures + 1) / 2
    corner = ink[..., :-1, :-1]
    return ink[..., :-1, 1:] - corner, ink[..., 1:, :-1] - corner


def ink(pictures):
    """The share of the paper that is ink, 0 to 1, one number a picture (N,)."""
    return ((pictures + 1) / 2).mean(dim=(1, 2, 3))


def stroke_width(pictures):
    """How wide the strokes are, in pixels (N,): twice the ink over the length of all its edges.

    A stroke of length L and width w has L·w of ink and edges of about 2·L. Grain, which is nearly
    all edge, makes it smaller.
    """
    length = torch.hypot(*edges(pictures)).sum(dim=(1, 2, 3))
    return (pictures + 1).sum(dim=(1, 2, 3)) / length.clamp(min=1e-6)


def grey_share(pictures):
    """The share of pixels that are neither paper nor ink, 0 to 1 (N,): blur makes it larger."""
    return (pictures.abs() < 0.6).float().mean(dim=(1, 2, 3))


def directions(pictures):
    """Features (N, 4 * 49): how much edge each of 7x7 fields has, in each of four directions.

    Such directional features read Chinese characters before neural networks did; a stroke that
    moves by a pixel changes them little. Squares make faint edges count for nearly nothing.
    """
    ink = pad((pictures + 1) / 2, (1, 1, 1, 1))
    right = ink[..., 1:-1, 2:] - ink[..., 1:-1, :-2]
    down = ink[..., 2:, 1:-1] - ink[..., :-2, 1:-1]
    falling = ink[..., 2:, 2:] - ink[..., :-2, :-2]
    rising = ink[..., :-2, 2:] - ink[..., 2:, :-2]
    strength = torch.cat([right / 2, down / 2, falling / 8**0.5, rising / 8**0.5], dim=1).square()
    return avg_pool2d(strength, 8, stride=4, padding=2).flatten(1)


def nearest(pictures, references):
    """How far each picture or row of features is from the nearest reference (N,), and which."""
    return torch.cdist(pictures.flatten(1), references.flatten(1)).min(dim=1)


def copied_share(samples, training, unseen):
    """The share of samples nearer to a training image than 95 % of unseen real images are.

    As gan_lesson.metrics.copied_share, but by way of a matrix product: many times as fast.
    """
    near = nearest(unseen, training).values.quantile(0.05)
    return (nearest(samples, training).values < near).double().mean().item()


class Quality(NamedTuple):
    """What is measured of a set of pictures beside the training and the held-out images."""

    copied_pixels: float  # share nearer to a training image than 95 % of held-out ones are
    copied_features: float  # the same by directions; both about 0.05 for honest ones, 1 for copies
    density: float  # about 1 where they are like the held-out ones, 0 where nothing lies near
    coverage: float  # share of the held-out ones that have one of them near, 0 to 1
    ink: float
    width: float
    grey: float


def measure(pictures, training, held_out):
    """Judge pictures (N, 1, 28, 28), N best that of the held-out images, all in [-1, 1]."""
    features, unseen = directions(pictures), directions(held_out)
    return Quality(
        copied_share(pictures, training, held_out),
        copied_share(features, directions(training), unseen),
        *metrics.density_and_coverage(unseen, features),
        *(each(pictures).mean().item() for each in (ink, stroke_width, grey_share)),
    )


# --- the quiz -------------------------------------------------------------------------------------


def quiz(real, fake, random):
    """Ten real and ten invented pictures, shuffled: pictures (20, 1, 28, 28), and the numbers,
    counted from 1, of the invented ones."""
    pictures = torch.cat(
        [each[torch.randperm(len(each), generator=random)[:10]] for each in (real, fake)]
    )
    order = torch.randperm(20, generator=random)
    return pictures[order], {place for place, was in enumerate(order.tolist(), 1) if was >= 10}


def from_afar(pictures, far):
    """What is left of pictures `far` times as far away: 1 changes nothing."""
    return interpolate(avg_pool2d(pictures, far), size=pictures.shape[-2:], mode="bilinear")
