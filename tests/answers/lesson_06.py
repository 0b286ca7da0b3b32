"""Right and typical wrong answers to the exercises of lesson 06."""

import itertools

import torch
from torch.nn.functional import normalize

from gan_lesson.latent import lerp, slerp
from gan_lesson.metrics import copied_share, nearest_distances
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


def spot(share, sign=1):
    def spot_copies(samples, training, unseen):
        limit = nearest_distances(unseen, training).quantile(share)
        return sign * nearest_distances(samples, training) < sign * limit

    return spot_copies


def nearer_to_training(samples, training, unseen):
    return nearest_distances(samples, training) < nearest_distances(samples, unseen)


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
    "06.5": (1.96, [1.645, 0.975, 0.95, -1.96, 3, 2.85, 2.3]),
    "06.6": (7.75, [4.47, 10, 17.3, 13.4, 0.6, 60, 5]),
    "06.7": (
        spot(0.05),
        [
            spot(0.5),
            spot(0.95),
            spot(0),
            spot(0.05, sign=-1),
            nearer_to_training,
            copied_share,
            lambda samples, training, unseen: nearest_distances(samples, training),
            lambda samples, training, unseen: None,
        ],
    ),
}
