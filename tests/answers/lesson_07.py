"""Right and typical wrong answers to the exercises of lesson 07."""

import math

import torch

from gan_lesson.bug_zoo import MISTAKES


def pull(sign_theta, inside, gamma_on=("psi",)):
    def field(theta, psi, gamma):
        move_theta = sign_theta * psi * torch.sigmoid(inside * theta * psi)
        move_psi = -theta * torch.sigmoid(theta * psi)
        if "psi" in gamma_on:
            move_psi = move_psi - gamma * psi
        if "theta" in gamma_on:
            move_theta = move_theta - gamma * theta
        return move_theta, move_psi

    return field


def weights(network):
    return [weight.detach().clone() for weight in network.parameters()]


def moved(before, network):
    return any(
        not torch.equal(old, new) for old, new in zip(before, network.parameters(), strict=True)
    )


def no_gradient(network):
    return all(weight.grad is None or not weight.grad.any() for weight in network.parameters())


def is_clean(step, generator, discriminator):
    before_g, before_d = weights(generator), weights(discriminator)
    step()
    if moved(before_g, generator) or not moved(before_d, discriminator):
        return False
    return no_gradient(generator)


def without_clone(step, generator, discriminator):
    before_d = list(discriminator.parameters())
    step()
    return moved(before_d, discriminator) and no_gradient(generator)


def only_gradients(step, generator, discriminator):
    before_d = weights(discriminator)
    step()
    return moved(before_d, discriminator) and no_gradient(generator)


def only_weights(step, generator, discriminator):
    before_g, before_d = weights(generator), weights(discriminator)
    step()
    return moved(before_d, discriminator) and not moved(before_g, generator)


def only_none(step, generator, discriminator):
    clean = is_clean(step, generator, discriminator)
    return clean and all(weight.grad is None for weight in generator.parameters())


def without_d(step, generator, discriminator):
    before_g = weights(generator)
    step()
    return not moved(before_g, generator) and no_gradient(generator)


ANSWERS = {
    "07.1": (
        dict(MISTAKES),
        {
            "6 are right; think again about": MISTAKES
            | {"A": "no zero_grad", "B": "sigmoid twice"},
            "G is 'forgot detach': write one": MISTAKES | {"G": "forgot detach"},
            "The answer should be a dictionary": {"A": "sigmoid twice"},
            "answer should be a dictionary with": list(MISTAKES.values()),
        },
    ),
    "07.2": (
        99,
        {
            "Close: the non-saturating slope is 1": 100,
            "This is upside down": 1 / 99,
            "0.99 is not it: put p": 0.99,
            "The question is about length, without": -99,
        },
    ),
    "07.3": (
        pull(1, -1),
        {
            "The part of θ is not": pull(1, 1),
            "θ goes the wrong way: gradient": pull(-1, -1),
            "θ is right; the part of": pull(1, -1, ()),
            "part of θ is not right:": pull(1, -1, ("psi", "theta")),
            "has shape (20,) in all": lambda theta, psi, gamma: pull(1, -1)(theta, psi, gamma)[0],
            "answer must be the function itself:": pull(1, -1)(torch.ones(1), torch.ones(1), 0.3),
            "The function returns None: there is": lambda theta, psi, gamma: None,
        },
    ),
    "07.4": (
        1.01,
        {
            "This is only the half of": 0.31,
            "is only the half of the": 0.69,
            "log 4 is for a discriminator": math.log(4),
            "For 0 it would have to": 0,
            "2 is not it: σ(1) for": 2.0,
        },
    ),
    "07.5": (
        is_clean,
        {
            "It calls a clean step a": without_clone,
            "It misses the step that moves": only_gradients,
            "It misses the step without detach": only_weights,
            "A gradient of 0 throughout is": only_none,
            "It misses the step that does": without_d,
            "answer must be the function itself:": True,
            "It should return True or False": lambda step, generator, discriminator: [True, False],
            "The function returns None: there is": lambda step, generator, discriminator: None,
        },
    ),
}
