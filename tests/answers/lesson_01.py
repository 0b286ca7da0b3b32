"""Right and typical wrong answers to the exercises of lesson 01."""

import math

import torch


def value(p_real, p_fake):
    return p_real.log().mean() + (1 - p_fake).log().mean()


def no_return(p_real, p_fake):
    value(p_real, p_fake)


ANSWERS = {
    "01.1": (
        math.log(0.8) + math.log(0.7),
        [math.log(0.8) + math.log(0.3), 0.56, -math.log(0.56), -0.29, -5.0, "0.8 + 0.7"],
    ),
    "01.2": (0.1 / 0.5, [0.4 / 0.5, 0.1 / 0.4, 0.5, 1.5, 0.1]),
    "01.3": (
        (0.5, -math.log(4)),
        [(1.0, 0.0), (0.0, -1.386), (0.5, 1.386), (0.5, -math.log(2)), (0.5, 0.0), (0.5, -2), 0.5],
    ),
    "01.4": (
        math.log(2) / 2,
        [math.log(2), 0.5, -math.log(2), math.inf, math.nan, -0.3466, 0.25],
    ),
    "01.5": (
        value,
        [
            lambda p_real, p_fake: -value(p_real, p_fake),
            lambda p_real, p_fake: (p_real.log() + p_fake.log()).mean(),
            lambda p_real, p_fake: p_real.log().sum() + (1 - p_fake).log().sum(),
            lambda p_real, p_fake: value(p_real, p_fake) / 2,
            lambda p_real, p_fake: p_real.mean().log() + (1 - p_fake).mean().log(),
            lambda p_real, p_fake: p_real.log() + (1 - p_fake).log(),
            lambda p_real, p_fake: 2 * torch.cat([p_real, 1 - p_fake]).log().mean(),
            no_return,
            -1.0,
        ],
    ),
}
