"""Right and typical wrong answers to the exercises of lesson 06."""

import itertools

import torch
from torch.nn.functional import normalize

from gan_lesson.latent import lerp, slerp
from gan_lesson.models import load_generator
from gan_lesson.runs import sample


def trip(walk, shares, corners="abca"):
    def round_trip(a, b, c, count):
        point = {"a": a, "b": b, "c": c}
        ways = itertools.pairwise(corners)
        return torch.cat([walk(point[i], point[j], shares(count)) for i, j in ways])

    return round_trip


def without_end(count):
    return torch.arange(count)[:, None] / count


def with_end(count):
    return torch.linspace(0, 1, count)[:, None]


def uneven(count):
    return without_end(count) ** 2


def direction(measure):
    z = torch.randn(1000, 100, generator=torch.Generator().manual_seed(0))
    y = measure(sample(load_generator(), z))
    return ((y - y.mean())[:, None] * z).mean(dim=0)


def top_heavy(images):
    return images[:, :, :14].mean(dim=(1, 2, 3)) - images[:, :, 14:].mean(dim=(1, 2, 3))


def brightness(images):
    return images.mean(dim=(1, 2, 3))


found = direction(top_heavy)
unit = normalize(found, dim=0)
ANSWERS = {
    "06.1": (5.66, [8, 4, 32, 64, 7.07, 10, 0.71]),
    "06.2": (0.79, [1, 0.75, 0.625, 0.71, 0.5, 0.25]),
    "06.3": (
        trip(slerp, without_end),
        [
            trip(lerp, without_end),
            trip(slerp, with_end),
            trip(slerp, uneven),
            trip(slerp, without_end, "acba"),
            trip(slerp, without_end, "bcab"),
            trip(slerp, without_end, "abc"),
            lambda a, b, c, count: None,
        ],
    ),
    "06.4": (
        unit,
        [
            found,
            -unit,
            unit[None],
            normalize(direction(brightness), dim=0),
            normalize(torch.ones(100), dim=0),
        ],
    ),
}
