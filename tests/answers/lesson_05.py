"""For each exercise of lesson 05 the right answer and typical wrong ones."""

import torch
from torch import nn

from gan_lesson import runs
from gan_lesson.config import TrainingConfig
from gan_lesson.data import load_images
from gan_lesson.models import Discriminator, Generator
from gan_lesson.training import train


def right_draw(generator, seed):
    random = torch.Generator().manual_seed(seed)
    return runs.sample(generator, torch.randn(16, 100, generator=random))


def also_right_draw(generator, seed):
    torch.manual_seed(seed)
    return generator(torch.randn(16, 100)).view(16, 1, 28, 28)


def flat(generator, seed):
    torch.manual_seed(seed)
    return generator(torch.randn(16, 100))


def ignores_its_seed(generator, seed):
    return runs.sample(generator, torch.randn(16, 100))


def fixed_seed(generator, seed):
    torch.manual_seed(0)
    return runs.sample(generator, torch.randn(16, 100))


def one_z(generator, seed):
    torch.manual_seed(seed)
    return runs.sample(generator, torch.randn(1, 100).expand(16, 100))


def brightened(generator, seed):
    return (right_draw(generator, seed) + 1) / 2


def uniform(generator, seed):
    torch.manual_seed(seed)
    return runs.sample(generator, torch.rand(16, 100))


def no_return(generator, seed):
    right_draw(generator, seed)


def trained(latent_dim):
    config = TrainingConfig(latent_dim=latent_dim, epochs=8)
    state = runs.start(lambda config: (Generator(config.latent_dim), Discriminator()), config)
    for _ in train(state, load_images("digits")[0]):
        pass
    return state


two = trained(2)
without_tanh = Generator(2)
without_tanh.model = nn.Sequential(*list(two.generator.model)[:-1])
all_black = Generator(2)
nn.init.constant_(all_black.model[2].bias, -5)

CASES = {"a": "D wins", "b": "draw", "c": "D fooled", "d": "NaN", "e": "collapse"}

ANSWERS = {
    "05.1": (
        (938, 93_800),
        {
            "You dropped the short last batch;": (937, 93_700),
            "A step looks not at one": (60_000, 6_000_000),
            "The two numbers are in the": (93_800, 938),
            "An epoch is not 937.5 steps.": (937.5, 93_750),
            "The steps of an epoch are": (938, 938),
            "You added up the steps of": (938, 187_600),
            "An epoch is not 94 steps.": (94, 9_400),
            "The answer should be 2 numbers,": 93_800,
        },
    ),
    "05.2": (
        CASES,
        {
            "a and c are the wrong": CASES | {"a": "D fooled", "c": "D wins"},
            "a: loss_d is nearly 0: for": CASES | {"a": "D fooled"},  # c is right here
            "b: compare the two numbers with": CASES | {"b": "D wins"},
            "c: loss_g is nearly 0: what": CASES | {"c": "draw"},
            "d: nan means not a number:": CASES | {"d": "D fooled"},
            "The losses of e do look": CASES | {"e": "draw"},
            "e: the losses look well; now": CASES | {"e": "D wins"},
            "b is 'Draw': write one of": CASES | {"b": "Draw"},
            "The answer should be a dictionary": list(CASES.values()),
        },
    ),
    "05.3": (
        right_draw,
        {
            "The shape is (16, 784), not": flat,
            "The same seed, twice, gave different": ignores_its_seed,
            "Seeds 1 and 2 gave the": fixed_seed,
            "All 16 are alike: each should": one_z,
            "which is not the generator's own range": brightened,
            "The latent vectors hold no negative": uniform,
            "The function returns None: there is": no_return,
            "The answer should be the function": torch.zeros(16, 1, 28, 28),
        },
    ),
    "05.4": (
        two.generator,
        {
            "The first layer is right, but": Generator(2),
            "The first layer takes 100 numbers:": Generator(100),
            "The answer should be the trained": Generator,
            "This network does not end in": two.discriminator,
            "The output leaves [-1, 1]: the": without_tanh,
            "The images are nearly all black,": all_black,
        },
    ),
    "05.5": (
        TrainingConfig.original(beta1=0.5),
        {
            "These are no longer the original's:": TrainingConfig(dataset="mnist", beta1=0.5),
            "All the rest is right, but": TrainingConfig.original(),
            "are no longer the original's: beta2.": TrainingConfig.original(beta2=0.5),
            "are no longer the original's: epochs.": TrainingConfig.original(beta1=0.5, epochs=10),
            "are no longer the original's: dataset.": TrainingConfig.original(
                beta1=0.5, dataset="digits"
            ),
            "The answer should be a TrainingConfig": {"beta1": 0.5},
        },
    ),
}
