"""Right and typical wrong answers to the exercises of lesson 01."""

import math

import torch


def value(d, is_real):
    return d[is_real == 1].log().mean() + (1 - d[is_real == 0]).log().mean()


def logs(d, is_real):
    return torch.where(is_real == 1, d, 1 - d).log()


def no_return(d, is_real):
    value(d, is_real)


ANSWERS = {
    "01.1": (
        (1 / 3, 1.0),
        {
            "For 3: this is the probability": (2 / 3, 1),
            "For 3: however good they are": (0.5, 1),
            "0.1 for 3 is not it": (0.1, 1),
            "3 is not between 0 and 1": (3, 1),
            "For 7: 0 means surely fake": (1 / 3, 0),
            "For 7: 0.5 is for as many": (1 / 3, 0.5),
            "0.1 for 7 is not it": (1 / 3, 0.1),
            "The answer should be 2 numbers,": 1 / 3,
        },
    ),
    "01.2": (
        9,
        {
            "The other way round: the gradient": 1 / 9,
            "This is the gradient of −log D": -0.9,
            "This is the gradient of log(1": 0.1,
            "Both gradients are negative: one": -9,
            "That is for D = 0.01": 99,
            "10 is not it: put D": 10,
        },
    ),
    "01.3": (
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
    "01.4": (
        value,
        {
            "The sign is the wrong way": lambda d, is_real: -value(d, is_real),
            "The term of the fakes is": lambda d, is_real: (
                d[is_real == 1].log().mean() + d[is_real == 0].log().mean()
            ),
            "Real and fake are the wrong": lambda d, is_real: value(d, 1 - is_real),
            "Both terms take the whole batch": lambda d, is_real: (
                d.log().mean() + (1 - d).log().mean()
            ),
            "These are sums; an expectation is": lambda d, is_real: logs(d, is_real).sum(),
            "This is one mean over the": lambda d, is_real: logs(d, is_real).mean(),
            "The order is the wrong way": lambda d, is_real: (
                d[is_real == 1].mean().log() + (1 - d[is_real == 0]).mean().log()
            ),
            "The function returns a number for": logs,
            "It fails when there are not": lambda d, is_real: 2 * logs(d, is_real).mean(),
            "The function returns None: there is": no_return,
            "answer must be the function itself:": -1.0,
        },
    ),
}
