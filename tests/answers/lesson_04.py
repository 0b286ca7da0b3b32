"""For each exercise of lesson 04 the right answer and typical wrong ones."""

from math import log

import torch
from torch.nn.functional import softplus

from gan_lesson.losses import generator_loss
from gan_lesson.training import discriminator_step, generator_step, taught_steps


def steps_of(d, g, swapped=False, results=2):
    """A steps function with so many steps of each network."""

    def two_d_steps(state, real, z):
        fake = state.generator(z)
        for _ in range(d):
            loss_d = discriminator_step(state.discriminator, state.optimizer_d, real, fake)
        for _ in range(g):
            loss_g = generator_step(
                state.generator, state.discriminator, state.optimizer_g, state.generator(z)
            )
        losses = (loss_g, loss_d) if swapped else (loss_d, loss_g)
        return losses[:results] if results else None

    return two_d_steps


def detached(state, real, z):
    fake = state.generator(z).detach()
    for _ in range(2):
        loss_d = discriminator_step(state.discriminator, state.optimizer_d, real, fake)
    return loss_d, generator_step(state.generator, state.discriminator, state.optimizer_g, fake)


def wrong_way(state, real, z):
    fake = state.generator(z)
    for _ in range(2):
        loss_d = discriminator_step(state.discriminator, state.optimizer_d, real, fake)
    loss_g = -generator_loss(state.discriminator(fake))
    state.optimizer_g.zero_grad()
    loss_g.backward()
    state.optimizer_g.step()
    return loss_d, loss_g.detach()


GRADIENTS = {"a": "both", "b": "D", "c": "D", "d": "G", "e": "D"}
REAL, FAKE = (log(0.9) + log(0.6)) / 2, (log(0.6) + log(0.8)) / 2

ANSWERS = {
    "04.1": (
        -REAL - FAKE,
        {
            "The sign is the wrong way": REAL + FAKE,
            "The term of the fake images": -REAL - (log(0.4) + log(0.2)) / 2,
            "You added up all four": -2 * (REAL + FAKE),
            "You also took the mean of": -(REAL + FAKE) / 2,
            "The log of the mean": -log(0.75) - log(0.7),
            "You used the logarithm to base 10": -(REAL + FAKE) / log(10),
            "You used the logarithm to base 2": -(REAL + FAKE) / log(2),
            "Only the real images are": -REAL,
            "Only the fake images are": -FAKE,
            "1 is not right. Check the": 1.0,
            "The answer should be a number;": "0.67",
        },
    ),
    "04.2": (
        4690,
        {
            "You dropped the last, short batch,": 4680,
            "There is no half batch: first": 4687.5,
            "That is one epoch only": 469,
            "You added the discriminator's steps; the": 9380,
            "You counted the images seen, not": 600000,
            "60,000 is not right. One step": 60000,
        },
    ),
    "04.3": (
        GRADIENTS,
        {
            "a: look at which side detach": GRADIENTS | {"a": "D"},
            "b: this is the generator's loss,": GRADIENTS | {"b": "both"},
            "c: look at whose parameters inputs": GRADIENTS | {"c": "both"},
            "d: is the discriminator anywhere": GRADIENTS | {"d": "both"},
            "e: there is no loss function": GRADIENTS | {"e": "both"},
            "a is 'none': write one of": GRADIENTS | {"a": "none"},
            "The answer should be a dictionary": ["both", "D", "D", "G", "D"],
        },
    ),
    "04.4": (
        lambda s: softplus(-s).mean(),
        {
            "This is the loss for label": lambda s: softplus(s).mean(),
            "The sign is the wrong way": lambda s: -softplus(-s).mean(),
            "You added up the whole batch,": lambda s: softplus(-s).sum(),
            "This is the saturating form: it": lambda s: -softplus(s).mean(),
            "This is the score itself": lambda s: -s.mean(),
            "The function returns a number for": lambda s: softplus(-s),
            "The number is right, but the gradient is cut": lambda s: softplus(-s).mean().item(),
            "in float32 σ(-200) is 0": lambda s: -s.sigmoid().log().mean(),
            "For scores of -200 and 0 you get 50.3": lambda s: generator_loss(s.sigmoid()),
            "the gradient at a score of -200": lambda s: softplus(-s.detach()).mean() + 0 * s.sum(),
            "For scores of 2, 0, -1.5 and -3": lambda s: -torch.log(s).mean(),
            "For a single score of -1": lambda s: softplus(-s).sum() / 4,
            "The function returns None: there is": lambda s: None,
            "answer must be the function itself:": 1.1771,
        },
    ),
    "04.5": (
        steps_of(2, 1),
        {
            "1 of the discriminator, 1 of the generator": taught_steps,
            "It is the generator that takes": steps_of(1, 2),
            "2 of the discriminator, 2 of the generator": steps_of(2, 2),
            "2 of the discriminator, 0 of the generator": detached,
            "The losses are the wrong way": steps_of(2, 1, swapped=True),
            "It should return two numbers": steps_of(2, 1, results=1),
            "The function returns None; it": steps_of(2, 1, results=0),
            "After its step the fakes": wrong_way,
            "answer must be the function itself:": (1.39, 0.69),
        },
    ),
}
