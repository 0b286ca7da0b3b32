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
    "06.1": (
        5.66,
        {
            "8 is the length at both": 8,
            "Even if a and b pointed": 4,
            "This is a length squared, without": 32,
            "is a length squared, without its": 64,
            "This is the middle for latent_dim": 7.07,
            "10 is not it: first how": 10,
            "0.71 is not it: first how": 0.71,
        },
    ),
    "06.2": (
        trip(slerp, without_end),
        {
            "z gets short on the way:": trip(lerp, without_end),
            "The first part goes all the": trip(slerp, with_end),
            "The corners are right, the points": trip(slerp, uneven),
            "The order should be a, b,": trip(slerp, without_end, "acba"),
            "The first row is not a": trip(slerp, without_end, "bcab"),
            "With count 4 the shape is": trip(slerp, without_end, "abc"),
            "The function returns None: there is": lambda a, b, c, count: None,
        },
    ),
    "06.3": (
        unit,
        {
            ": divide it by that": found,
            "It points the other way: along": -unit,
            "The shape is (1, 100), not": unit[None],
            "This is section 6.6's direction, where": normalize(direction(brightness), dim=0),
            "Three steps along it change the": normalize(torch.ones(100), dim=0),
        },
    ),
    "06.4": (
        1.96,
        {
            "This is the left edge of": 1.645,
            "This is a probability; Φ⁻¹ (torch.special.ndtri)": 0.975,
            "is a probability; Φ⁻¹ (torch.special.ndtri) turns": 0.95,
            "This is the first tile on": -1.96,
            "This cuts -3 to 3 evenly,": 3,
            "cuts -3 to 3 evenly, and": 2.85,
            "2.3 is not it: first, with": 2.3,
        },
    ),
    "06.5": (
        7.75,
        {
            "This is the length of one": 4.47,
            "10 is for means of three": 10,
            "Nothing is averaged: each term is": 17.3,
            "The lengths of the three terms": 13.4,
            "A square, without its square root": 0.6,
            "square, without its square root": 60,
            "5 is not it: what is": 5,
        },
    ),
    "06.6": (
        0.79,
        {
            "0.75 + 0.25 = 1 adds": 1,
            "This counts the part of a": 0.75,
            "This is the variance, without its": 0.625,
            "This is the factor of the": 0.71,
            "0.5 is not it: put t": 0.5,
            "0.25 is not it: put t": 0.25,
        },
    ),
}
