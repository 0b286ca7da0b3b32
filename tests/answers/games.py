"""Right and typical wrong answers to the exercises on games."""

import torch

from gan_lesson.applications import levels
from gan_lesson.exercises.games import BROKEN

KINDS = {"a": "collapse", "b": "scatter", "c": "copies", "d": "fair"}


def mended(*changes):
    level = torch.tensor([[levels.SIGNS.index(sign) for sign in row] for row in BROKEN])
    for row, column, sign in changes:
        level[row, column] = levels.SIGNS.index(sign)
    return level


ANSWERS = {
    "games.1": (
        mended((4, 5, "."), (6, 9, "#")),
        {
            "This level has 2 exits": mended((4, 5, ".")),
            "There is no way": mended((4, 9, "#")),
            "3 tiles are changed": mended((4, 5, "."), (6, 9, "#"), (0, 0, ".")),
            "This level has 0 entrances": mended((1, 0, "#"), (6, 9, "#")),
            "The treasure is gone.": mended((7, 1, "."), (6, 9, "#")),
            "The answer should be a map": mended()[:9],
        },
    ),
    "games.2": (
        KINDS,
        {
            "a: of a thousand": KINDS | {"a": "fair"},
            "b: all are different": KINDS | {"b": "fair"},
            "c: of fair lots": KINDS | {"c": "collapse"},
            "d: put its three": KINDS | {"d": "copies"},
            "a is '?'": KINDS | {"a": "?"},
            "The answer should be a dictionary": "collapse",
        },
    ),
    "games.3": (
        100,
        {
            "This counts playable only": 50,
            "This counts new only": 60,
            "First work out": 300,
            "This is how many of 30": 9,
            "How do two shares": 30 / 1.1,
            "50 + 60: the gates": 110,
            "Of 75 draws": 75,
            "The answer should be a number;": "100",
        },
    ),
}
