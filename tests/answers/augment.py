"""Right and typical wrong answers to the exercises on data augmentation."""

import math

import torch

MISSING = {"a": "split", "b": "interval", "c": "twice", "d": "label"}
DEVIATION = torch.tensor([1.0, 3, 2, 1, 3, 2]).std().item()
ERROR = DEVIATION / math.sqrt(6)


def about(middle, half):
    return middle - half, middle + half


ANSWERS = {
    "augment.1": (
        about(2, 2.571 * ERROR),
        {
            "The lower end comes first,": about(2, -2.571 * ERROR),
            "The sign is turned: the": about(-2, 2.571 * ERROR),
            "The middle of the interval is": about(83.7, 2.571 * ERROR),
            "A half-width above 5 compares": about(2, 12.2),
            "This takes the standard deviation": about(2, 2.571 * DEVIATION),
            "This is one standard error,": about(2, ERROR),
            "1.96 is for many samples;": about(2, 1.96 * ERROR),
            "The deviation divides by 6.": about(2, 2.571 * ERROR * math.sqrt(5 / 6)),
            "The middle is right, the": about(2, 3),
            "The answer should be two": 0.94,
            "The answer should be two numbers,": (0.94, math.nan),
            "A tensor of real numbers is": "0.94 to 2.94",
        },
    ),
    "augment.2": (
        MISSING,
        {
            "a: had the GAN seen": MISSING | {"a": "interval"},
            "b: with another draw of": MISSING | {"b": "split"},
            "c: there is an interval;": MISSING | {"c": "label"},
            "d: a right hand, mirrored:": MISSING | {"d": "twice"},
            "d is '?': write one": MISSING | {"d": "?"},
            "The answer should be a dictionary": "split",
        },
    ),
    "augment.3": (
        1.58,
        {
            "Yes, but to two decimals": 1.6,
            "This is a proportion; in": 0.0158,
            "This is the deviation of one": 30,
            "The square root is missing.": 0.025,
            "The factor 1 − p =": 5.0,
            "n stands under the root too:": 0.0833,
            "This is the half-width of the": 3.1,
            "2 is not it: put": 2,
            "The answer should be a number;": "1.58",
        },
    ),
}
