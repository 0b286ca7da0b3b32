"""For each exercise of lesson 04 the right answer and typical wrong ones."""

import math

import torch

from gan_lesson.losses import generator_loss


def right_step(generator, discriminator, optimizer_g, fake):
    loss_g = generator_loss(discriminator(fake))
    optimizer_g.zero_grad()
    loss_g.backward()
    optimizer_g.step()
    return loss_g.detach()


def both_mistakes(generator, discriminator, optimizer_g, fake):
    loss_g = generator_loss(discriminator(fake.detach()))
    loss_g.backward()
    optimizer_g.step()
    return loss_g.detach()


def still_detached(generator, discriminator, optimizer_g, fake):
    loss_g = generator_loss(discriminator(fake.detach()))
    optimizer_g.zero_grad()
    loss_g.backward()
    optimizer_g.step()
    return loss_g.detach()


def detached_with_inputs(generator, discriminator, optimizer_g, fake):
    loss_g = generator_loss(discriminator(fake.detach()))
    optimizer_g.zero_grad()
    loss_g.backward(inputs=list(generator.parameters()))
    optimizer_g.step()
    return loss_g.detach()


def never_zeroed(generator, discriminator, optimizer_g, fake):
    loss_g = generator_loss(discriminator(fake))
    loss_g.backward()
    optimizer_g.step()
    return loss_g.detach()


def zeroed_too_late(generator, discriminator, optimizer_g, fake):
    loss_g = generator_loss(discriminator(fake))
    loss_g.backward()
    optimizer_g.zero_grad()
    optimizer_g.step()
    return loss_g.detach()


def no_step(generator, discriminator, optimizer_g, fake):
    loss_g = generator_loss(discriminator(fake))
    optimizer_g.zero_grad()
    loss_g.backward()
    return loss_g.detach()


def wrong_way(generator, discriminator, optimizer_g, fake):
    loss_g = -generator_loss(discriminator(fake))
    optimizer_g.zero_grad()
    loss_g.backward()
    optimizer_g.step()
    return loss_g.detach()


def no_return(generator, discriminator, optimizer_g, fake):
    right_step(generator, discriminator, optimizer_g, fake)


GRADIENTS = {"a": "both", "b": "D", "c": "both", "d": "G", "e": "D"}

ANSWERS = {
    "04.1": (
        -math.log(0.8) - math.log(0.7),
        [
            math.log(0.8) + math.log(0.7),
            -math.log(0.8) - math.log(0.3),
            (-math.log(0.8) - math.log(0.7)) / 2,
            -math.log10(0.8) - math.log10(0.7),
            -math.log(0.8),
            1.0,
            "0.58",
        ],
    ),
    "04.2": (4690, [4680, 4687.5, 469, 9380, 600000, 60000]),
    "04.3": (
        GRADIENTS,
        [
            GRADIENTS | {"a": "D"},
            GRADIENTS | {"b": "both"},
            GRADIENTS | {"c": "G"},
            GRADIENTS | {"d": "both"},
            GRADIENTS | {"e": "G"},
            GRADIENTS | {"a": "none"},
            ["both", "D", "both", "G", "D"],
        ],
    ),
    "04.4": (
        lambda p: -torch.log(p).mean(),
        [
            lambda p: -torch.log(1 - p).mean(),
            lambda p: torch.log(p).mean(),
            lambda p: -torch.log(p).sum(),
            lambda p: torch.log(1 - p).mean(),
            lambda p: -torch.log(p),
            lambda p: -torch.log(p).mean().item(),
            lambda p: -torch.log(p).sum() / 4,
            lambda p: None,
            1.1771,
        ],
    ),
    "04.5": (
        right_step,
        [
            both_mistakes,
            still_detached,
            detached_with_inputs,
            never_zeroed,
            zeroed_too_late,
            no_step,
            wrong_way,
            no_return,
        ],
    ),
}
