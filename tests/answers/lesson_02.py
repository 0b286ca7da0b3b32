"""Right and typical wrong answers to the exercises of lesson 02."""

import math

import torch
from torch.nn.functional import avg_pool2d, interpolate

from gan_lesson.applications import levels
from gan_lesson.data import load_images
from gan_lesson.exercises.lesson_02 import BROKEN

images = load_images("digits")[0]
image = images[:1]
small = avg_pool2d(images, 4).flatten(1)
truths = images[torch.cdist(small[53:54], small)[0].topk(4, largest=False).indices]
SHAPES = {
    "style": "E",
    "super_resolution": "B",
    "text_to_image": "C",
    "augmentation": "F",
    "games": "D",
    "audio": "A",
}
CURES = {"blurred": "adversarial", "another": "content", "flat": "adversarial"}


def mended(*changes):
    level = torch.tensor([[levels.SIGNS.index(sign) for sign in row] for row in BROKEN])
    for row, column, sign in changes:
        level[row, column] = levels.SIGNS.index(sign)
    return level


ANSWERS = {
    "02.1": (
        SHAPES,
        [
            SHAPES | {"text_to_image": "F", "augmentation": "C"},
            SHAPES | {"augmentation": "C"},
            SHAPES | {"audio": "D", "games": "A"},
            SHAPES | {"games": "F"},
            SHAPES | {"style": "B", "super_resolution": "E"},
            SHAPES | {"style": "A"},
            SHAPES | {"style": "?"},
            "BECDFA",
        ],
    ),
    "02.2": (
        23.0,
        [
            10 * math.log10(1 / 0.02),
            20.0,
            10 * math.log10(4 / math.sqrt(0.02)),
            10 * math.log10(4 / 0.04),
            10 * math.log10(4 / 0.08),
            10 * math.log(4 / 0.02),
            2.3,
            0.02,
            "23",
        ],
    ),
    "02.3": (
        CURES,
        [
            CURES | {"blurred": "content"},
            CURES | {"another": "adversarial"},
            CURES | {"flat": "content"},
            CURES | {"flat": "?"},
            "adversarial",
        ],
    ),
    "02.4": (
        [1, 0, 0, 0],
        [[1, 1, 0, 0], [1, 0, 1, 0], [0, 1, 1, 1], [1, 0, 0, 1], [1, 0], "1000"],
    ),
    "02.5": (
        image.reshape(1, 1, 7, 4, 28).flip(3).reshape(1, 1, 28, 28),
        [
            image,
            image.flip(3),
            image.reshape(1, 1, 28, 7, 4).flip(4).reshape(1, 1, 28, 28),
            avg_pool2d(image, 4),
            interpolate(avg_pool2d(image, 4), size=28, mode="bicubic").clamp(-1, 1),
            image * 2,
            torch.full((1, 1, 28, 28), float("nan")),
        ],
    ),
    "02.6": (
        mended((4, 5, "."), (6, 9, "#")),
        [
            mended(),
            mended((4, 5, ".")),  # still two exits
            mended((6, 9, "#")),  # still no way through
            mended((4, 9, "#"), (6, 9, "#")),  # no exit
            mended((4, 5, "."), (6, 9, "<")),  # two entrances
            mended((4, 5, "."), (4, 6, "."), (6, 9, "#")),  # three tiles
            mended((7, 1, "."), (6, 9, "#")),  # no treasure
            mended((4, 5, "."), (6, 9, "#")).float() + 0.5,
            mended()[:5],
            list(BROKEN),
            "playable",
        ],
    ),
    "02.7": (
        truths.mean(dim=0),
        [
            truths[0],
            truths[3],
            truths.median(dim=0).values,
            truths.max(dim=0).values,
            truths.sum(dim=0),
            truths,
            interpolate(avg_pool2d(truths[:1], 4), size=28, mode="bicubic").clamp(-1, 1),
            truths.mean(),
            torch.full((28, 28), float("nan")),
        ],
    ),
    "02.8": (18, [11, 9, 48, 4, 10, 22, 18.5, True, "18"]),
    "02.9": (
        ("draw a thin and small three", "draw a small and thin three"),
        [
            ("draw a thin three", "Draw a THIN three!"),  # the same order
            ("draw a thin three", "draw a skinny three"),  # another word
            ("draw a thin three", "draw a thin 3"),
            ("畫一個細細的、小小的三", "畫一個小小的、細細的三"),  # pairs of characters differ
            ("draw a thin and small three", "draw a small and thin and thin three"),
            ("draw a thin cat", "draw a cat thin"),
            ("draw a thin three", "?"),
            "draw a thin three",
            ("draw a thin three",),
            (3, 5),
        ],
    ),
    "02.10": (
        [0, 12, 19, 24, 28],
        [
            [0, 12, 24, 36, 48],  # octaves only
            [9, 21, 28, 33, 37],  # counted from C4 instead of from the key
            [0, 1, 2, 3, 4],
            [0, 12, 18, 24, 28],
            [0, 12, 19, 24, 27.86],  # not rounded
            [0, 12, 19, 24],
            [440, 880, 1320, 1760, 2200],  # the frequencies
            "0 12 19",
            torch.zeros(5, 2),
            [float("nan")] * 5,
        ],
    ),
    "02.11": (
        (2 - 2.571 * 0.8944 / 6**0.5, 2 + 2.571 * 0.8944 / 6**0.5),
        [
            (2 - 2.571 * 0.8944, 2 + 2.571 * 0.8944),  # not divided by the root of six
            (2 - 0.8944 / 6**0.5, 2 + 0.8944 / 6**0.5),  # one standard error
            (2 - 1.96 * 0.8944 / 6**0.5, 2 + 1.96 * 0.8944 / 6**0.5),
            (2 - 2.571 * 0.8165 / 6**0.5, 2 + 2.571 * 0.8165 / 6**0.5),  # divided by 6, not 5
            (-12.35, 16.35),  # unpaired
            (2.94, 1.06),
            (-2.94, -1.06),
            (82.7, 86.7),
            (1.5, 2.5),
            2.0,
            torch.tensor([float("nan"), 1.0]),
            "1 to 3",
        ],
    ),
}
