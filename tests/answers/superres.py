"""Right and typical wrong answers to the exercises on super-resolution."""

import math

import torch
from torch.nn.functional import avg_pool2d, interpolate

from gan_lesson.data import glyphs

truths = glyphs(32, "己已巳")[0]
earth = glyphs(32, "土")[0]


def turned_blocks(image):
    """Each 4x4 block upside down: other pixels, the same means."""
    return image.reshape(1, 1, 8, 4, 32).flip(3).reshape(1, 1, 32, 32)


ANSWERS = {
    "superres.1": (
        23.0,
        {
            "Six decibels short: is the peak": 10 * math.log10(1 / 0.02),
            "Three decibels short: is the peak": 20.0,
            "This divides by the root mean": 10 * math.log10(4 / math.sqrt(0.02)),
            "This is the natural logarithm: the": 10 * math.log(4 / 0.02),
            "The factor 10 in front is": 2.3,
            "Decibels below 0 mean errors larger": -23.0,
            "0.02 is not it: find the": 0.02,
            "The answer should be a number;": "23",
        },
    ),
    "superres.2": (
        truths.median(dim=0).values,
        {
            "This is the mean, which has": truths.mean(dim=0),
            "This is 「己」 itself: all right": truths[0],
            "This is 「巳」 itself: all right": truths[2],
            "times the least possible. Think of": truths.max(dim=0).values,
            "The shape is (3, 1, 32, 32)": truths,
            "Some pixels are outside": truths.sum(dim=0),
            "outside −1 to 1": torch.full((32, 32), math.nan),
            "A tensor of real numbers is": "median",
        },
    ),
    "superres.3": (
        turned_blocks(earth),
        {
            "When large it is nearly the": earth,
            "When reduced to 8×8 it differs": earth.flip(3),
            "The shape is (1, 1, 8, 8)": avg_pool2d(earth, 4),
            "it differs by up to": interpolate(avg_pool2d(earth, 4), size=32, mode="bicubic").clamp(
                -1, 1
            ),
            "Some pixels are outside": earth * 2,
            "A tensor of real numbers is": "blocks",
        },
    ),
}
