"""The bug zoo of lesson 07: one program with a planted mistake for each letter from A to H.

STOP: this file is the answer to exercise 07.1. Diagnose the letters by their symptoms first.
"""

import itertools
import math
from typing import NamedTuple

import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy

from gan_lesson.config import TrainingConfig
from gan_lesson.models import Discriminator, Generator
from gan_lesson.training import TrainingState, train
from gan_lesson.unfit import UnfitError

MISTAKES = {
    "A": "sigmoid twice",
    "B": "no zero_grad",
    "C": "no eval",
    "D": "wrong optimiser",
    "E": "BCELoss on logits",
    "F": "data in [0, 1]",
    "G": "no detach",
    "H": "swapped labels",
}
STEPS, BATCH, LATENT_DIM = 200, 64, 100


class Chart(NamedTuple):
    """What an examination of one program finds; no diagnosis. Lists have a number for each step."""

    error: str  # what PyTorch says where it refuses to go on, else ""
    loss_d: list
    loss_g: list
    gradient_d: list  # how long the gradient of D's weights is as its optimiser steps
    left_on_g: float  # how long a gradient D's backward leaves on G's weights, at the first step
    moved_d: float  # how far D's weights have come in all
    moved_g: float
    real: tuple  # the smallest and the largest real pixel
    p: tuple  # the smallest and the largest answer of D in the whole run
    p_real: float  # D's mean answer at the end, to real images
    p_fake: float  # and to fakes
    company: float  # how far the image of a z moves when other z are drawn beside it
    images: torch.Tensor  # (8, 784): the first row of z, drawn in one company
    again: torch.Tensor  # (8, 784): the same row in another company


def examine(letter, images):
    """Run the program of a letter, or "healthy", for 200 steps on images (N, 1, 28, 28) in [-1, 1].

    Returns its Chart; the same letter gives the same one. torch's own random numbers are
    left alone.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return _run(letter, images)


def _plant(mistake):
    """A TrainingState with the mistake where it is one of networks or optimisers."""
    generator, discriminator = Generator(LATENT_DIM), Discriminator()
    if mistake == "no eval":
        generator.model.insert(1, nn.BatchNorm1d(128))
    if mistake == "sigmoid twice":
        discriminator.model.append(nn.Sigmoid())
    if mistake == "BCELoss on logits":
        del discriminator.model[-1]
    config = TrainingConfig(latent_dim=LATENT_DIM, batch_size=BATCH, epochs=STEPS, ema=0)
    state = TrainingState(generator, discriminator, config)
    if mistake == "wrong optimiser":
        state.optimizer_d = torch.optim.Adam(generator.parameters(), lr=1e-3, betas=(0.0, 0.999))
    return state


def _run(letter, images):
    mistake = MISTAKES.get(letter, letter)
    state, steps = _plant(mistake), _Steps(mistake)
    generator, discriminator = state.generator, state.discriminator
    before_d, before_g = _weights(discriminator), _weights(generator)
    losses, error = [], ""
    try:
        for now in itertools.islice(train(state, images, steps=steps), STEPS):
            losses.append((now.loss_d, now.loss_g))
    except (RuntimeError, UnfitError) as refused:
        error = str(refused.__cause__ or refused)  # torch's own words are the symptom

    if mistake != "no eval":
        generator.eval()
    pixels = steps.pixels(images.flatten(start_dim=1))
    with torch.no_grad():
        z, one, other = torch.randn(3, 8, LATENT_DIM)
        drawn = generator(torch.cat([z, one]))[:8]
        again = generator(torch.cat([z, other]))[:8]
        p_real, p_fake = discriminator(pixels[:500]), discriminator(drawn)
    answers = torch.cat(steps.answers) if losses else torch.full((1,), math.nan)
    return Chart(
        error=error,
        loss_d=[loss_d for loss_d, _ in losses],
        loss_g=[loss_g for _, loss_g in losses],
        gradient_d=steps.gradients,
        left_on_g=steps.left_on_g,
        moved_d=(_weights(discriminator) - before_d).norm().item(),
        moved_g=(_weights(generator) - before_g).norm().item(),
        real=(pixels.min().item(), pixels.max().item()),
        p=(answers.min().item(), answers.max().item()),
        p_real=p_real.mean().item(),
        p_fake=p_fake.mean().item(),
        company=(drawn - again).norm(dim=1).mean().item(),
        images=drawn,
        again=again,
    )


class _Steps:
    """The steps of lesson 04 with one mistake, as train() takes them; it notes what it sees."""

    def __init__(self, mistake):
        self.mistake = mistake
        self.gradients, self.answers, self.left_on_g = [], [], 0.0

    def pixels(self, real):
        return (real + 1) / 2 if self.mistake == "data in [0, 1]" else real

    def __call__(self, state, real, z):
        generator, discriminator, mistake = state.generator, state.discriminator, self.mistake
        label_real, label_fake = (0.0, 1.0) if mistake == "swapped labels" else (1.0, 0.0)

        # The discriminator's step.
        fake = generator(z)
        if mistake != "no detach":
            fake = fake.detach()
        p_real, p_fake = discriminator(self.pixels(real)), discriminator(fake)
        loss_d = binary_cross_entropy(p_real, torch.full_like(p_real, label_real))
        loss_d = loss_d + binary_cross_entropy(p_fake, torch.full_like(p_fake, label_fake))
        if mistake != "no zero_grad":
            state.optimizer_d.zero_grad()
        loss_d.backward()
        self.gradients.append(_gradient_size(discriminator))
        if len(self.gradients) == 1:
            self.left_on_g = _gradient_size(generator)
        state.optimizer_d.step()

        # The generator's step.
        p = discriminator(generator(z))
        loss_g = binary_cross_entropy(p, torch.ones_like(p))
        if mistake != "no zero_grad":
            state.optimizer_g.zero_grad()
        loss_g.backward(inputs=list(generator.parameters()))
        state.optimizer_g.step()

        self.answers += [p_real.detach(), p_fake.detach()]
        return loss_d.detach(), loss_g.detach()


def _weights(network):
    return torch.cat([weight.detach().flatten() for weight in network.parameters()])


def _gradient_size(network):
    """How long the gradient of a network's weights is; 0 where there is none."""
    slopes = [weight.grad.flatten() for weight in network.parameters() if weight.grad is not None]
    return torch.cat(slopes).norm().item() if slopes else 0.0
