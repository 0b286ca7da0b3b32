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
        {
            "draws: the discriminator does not draw:": JOBS | {"draws": "discriminator"},
            "judges: the generator does not judge:": JOBS | {"judges": "generator"},
            "sees_real: the generator never sees a": JOBS | {"sees_real": "generator"},
            "starts_from_noise: the discriminator does not start": JOBS
            | {"starts_from_noise": "discriminator"},
            "draws is '?': write one of": JOBS | {"draws": "?"},
            "The answer should be a dictionary": "generator",
        },
    ),
    "00.2": (
        2.6,
        {
            "The wrong way: a positive gradient": 3.4,
            "This turns it by the whole": -1.0,
            "This is how far it turns": 0.4,
            "Only the learning rate is taken": 2.9,
            "5 is not it: new knob": 5,
            "The answer should be a number;": "2.6",
        },
    ),
    "00.3": (
        "B",
        {
            "Compare the images under the two": "A",
            "With another seed it still trains:": "C",
            "'all' is not one of the": "all",
        },
    ),
    "00.4": (
        generator(torch.randn(5, 100)),
        {
            "These are the 5 sets of": torch.randn(5, 100),
            "This is one image, not five:": generator(torch.randn(100)),
            "The shape is (16, 784), which": generator(torch.randn(16, 100)),
            "There are pixels outside [-1, 1]:": torch.randn(5, 784),
            "All five are the same": generator(torch.randn(1, 100)).expand(5, 784),
            "These are real digits from the": load_images("digits")[0][:5],
            "The answer should be a tensor:": 5,
        },
    ),
}
