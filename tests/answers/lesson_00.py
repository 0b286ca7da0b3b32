"""Right and typical wrong answers to the exercises of lesson 00."""

import torch

from gan_lesson.data import load_images
from gan_lesson.models import Generator

torch.manual_seed(0)
generator = Generator(100)
JOBS = {
    "draws": "generator",
    "judges": "discriminator",
    "sees_real": "discriminator",
    "starts_from_noise": "generator",
}

ANSWERS = {
    "00.1": (
        JOBS,
        [
            JOBS | {"draws": "discriminator"},
            JOBS | {"judges": "generator"},
            JOBS | {"sees_real": "generator"},
            JOBS | {"starts_from_noise": "discriminator"},
            JOBS | {"draws": "?"},
            "generator",
        ],
    ),
    "00.2": (36, [35, 1797 / 50, 29, 50, "36"]),
    "00.3": ("B", ["A", "C", "all"]),
    "00.4": (
        generator(torch.randn(5, 100)),
        [
            torch.randn(5, 100),
            generator(torch.randn(100)),
            generator(torch.randn(16, 100)),
            torch.randn(5, 784),
            load_images("digits")[0][:5],
            5,
        ],
    ),
}
