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
        {
            "0.3 is the probability D gives": math.log(0.8) + math.log(0.3),
            "This is the product of the": 0.56,
            "The logarithm of a probability is": -math.log(0.56),
            "This is the mean; the question": -0.29,
            "-5.0000 is not it. Take one": -5.0,
            "The answer should be a number;": "0.8 + 0.7",
        },
    ),
    "01.2": (
        0.1 / 0.5,
        {
            "This is the probability of being": 0.4 / 0.5,
            "This is the ratio of the": 0.1 / 0.4,
            "0.5 is right only where p": 0.5,
            "1.5 is not between 0 and": 1.5,
            "0.1 is not it. Think: of": 0.1,
        },
    ),
    "01.3": (
        (0.5, -math.log(4)),
        {
            "A D that says 1 to": (1.0, 0.0),
            "A D that says 0 to": (0.0, -1.386),
            "D is right, but the sign": (0.5, 1.386),
            "D is right, but V has": (0.5, -math.log(2)),
            "D is right, but V =": (0.5, 0.0),
            "D is right, V = -2": (0.5, -2),
            "The answer should be 2 numbers,": 0.5,
        },
    ),
    "01.4": (
        math.log(2) / 2,
        {
            "This is the sum of the": math.log(2),
            "This was computed with logarithms to": 0.5,
            "This is V(D*, G) = −log": -math.log(2),
            "This is the KL of p": math.inf,
            "NaN: a term with probability 0": math.nan,
            "A JSD is never negative: look": -0.3466,
            "0.2500 is not it. First m": 0.25,
        },
    ),
    "01.5": (
        value,
        {
            "The sign is the wrong way": lambda p_real, p_fake: -value(p_real, p_fake),
            "The term of the fakes is": lambda p_real, p_fake: (p_real.log() + p_fake.log()).mean(),
            "These are sums; an expectation is": lambda p_real, p_fake: (
                p_real.log().sum() + (1 - p_fake).log().sum()
            ),
            "One division by 2 too many:": lambda p_real, p_fake: value(p_real, p_fake) / 2,
            "The order is the wrong way": lambda p_real, p_fake: (
                p_real.mean().log() + (1 - p_fake).mean().log()
            ),
            "The function returns a number for": lambda p_real, p_fake: (
                p_real.log() + (1 - p_fake).log()
            ),
            "It fails when there are not": lambda p_real, p_fake: (
                2 * torch.cat([p_real, 1 - p_fake]).log().mean()
            ),
            "The function returns None: there is": no_return,
            "answer must be the function itself:": -1.0,
        },
    ),
}
