"""Right and typical wrong answers to the exercises of lesson 02."""

import math

import torch
from torch.nn.functional import avg_pool2d, interpolate

from gan_lesson.data import load_images

image = load_images("digits")[0][:1]
SHAPES = {
    "style": "E",
    "super_resolution": "B",
    "text_to_image": "C",
    "augmentation": "F",
    "games": "D",
    "audio": "A",
}
CURES = {"blurred": "adversarial", "another": "content", "flat": "adversarial"}

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
}
