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


def teaches_both(generator, discriminator, optimizer_g, fake):
    loss_g = right_step(generator, discriminator, optimizer_g, fake)
    with torch.no_grad():
        for weight in discriminator.parameters():
            weight -= 0.01 * weight.grad
    return loss_g


def no_return(generator, discriminator, optimizer_g, fake):
    right_step(generator, discriminator, optimizer_g, fake)


GRADIENTS = {"a": "both", "b": "D", "c": "both", "d": "G", "e": "D"}

ANSWERS = {
    "04.1": (
        -math.log(0.8) - math.log(0.7),
        {
            "The sign is the wrong way": math.log(0.8) + math.log(0.7),
            "The term of the fake image": -math.log(0.8) - math.log(0.3),
            "You took the mean of the": (-math.log(0.8) - math.log(0.7)) / 2,
            "You used the logarithm to base": -math.log10(0.8) - math.log10(0.7),
            "the logarithm to base 2": -math.log2(0.8) - math.log2(0.7),
            "Only the real image is counted;": -math.log(0.8),
            "Only the fake image is counted;": -math.log(0.7),
            "1 is not right. Check the": 1.0,
            "The answer should be a number;": "0.58",
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
            "a: nothing is detached here; think": GRADIENTS | {"a": "D"},
            "b: look at which two networks": GRADIENTS | {"b": "both"},
            "c: whom it should teach and": GRADIENTS | {"c": "G"},
            "d: look at whose parameters inputs": GRADIENTS | {"d": "both"},
            "e: this is the generator's loss,": GRADIENTS | {"e": "G"},
            "a is 'none': write one of": GRADIENTS | {"a": "none"},
            "The answer should be a dictionary": ["both", "D", "both", "G", "D"],
        },
    ),
    "04.4": (
        lambda p: -torch.log(p).mean(),
        {
            "This is the loss for label": lambda p: -torch.log(1 - p).mean(),
            "The sign is the wrong way": lambda p: torch.log(p).mean(),
            "You added up the whole batch,": lambda p: -torch.log(p).sum(),
            "This is the saturating form: it": lambda p: torch.log(1 - p).mean(),
            "The function returns a number for": lambda p: -torch.log(p),
            "The number is right, but the": lambda p: -torch.log(p).mean().item(),
            "The log of the mean is not": lambda p: -torch.log(p.mean()),
            "For p_fake of 0.9, 0.5,": lambda p: -torch.log(p).mean() / 2,
            "For a single p_fake of 0.25": lambda p: -torch.log(p).sum() / 4,
            "The function returns None: there is": lambda p: None,
            "answer must be the function itself:": 1.1771,
        },
    ),
    "04.5": (
        right_step,
        {
            "The generator does not move and": both_mistakes,
            "generator does not move and holds": still_detached,
            "does not move and holds no": detached_with_inputs,
            "The gradient left by the batch": never_zeroed,
            "not move and holds no gradient:": zeroed_too_late,
            "The generator holds a gradient, but": no_step,
            "After the step the fakes are": wrong_way,
            "The discriminator's weights moved;": teaches_both,
            "The step is right, but it": no_return,
        },
    ),
}
