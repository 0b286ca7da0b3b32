"""For each exercise of lesson 05 the right answer and typical wrong ones."""

import torch
from torch import nn

from gan_lesson import runs
from gan_lesson.data import load_images
from gan_lesson.models import Discriminator, Generator
from gan_lesson.training import TrainingConfig, train


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

CASES = {"a": "D wins", "b": "draw", "c": "D fooled", "d": "NaN"}

ANSWERS = {
    "05.1": (
        (938, 93_800),
        [
            (937, 93_700),
            (60_000, 6_000_000),
            (93_800, 938),
            (937.5, 93_750),
            (938, 938),
            (938, 187_600),
            (94, 9_400),
            93_800,
        ],
    ),
    "05.2": (
        CASES,
        [
            CASES | {"a": "D fooled", "c": "D wins"},
            CASES | {"a": "draw"},
            CASES | {"b": "D wins"},
            CASES | {"c": "draw"},
            CASES | {"d": "D fooled"},
            CASES | {"b": "Draw"},
            list(CASES.values()),
        ],
    ),
    "05.3": (
        right_draw,
        [
            flat,
            ignores_its_seed,
            fixed_seed,
            one_z,
            brightened,
            uniform,
            no_return,
            torch.zeros(16, 1, 28, 28),
        ],
    ),
    "05.4": (
        two.generator,
        [Generator(2), Generator(100), Generator, two.discriminator, without_tanh, all_black],
    ),
    "05.5": (
        TrainingConfig.original(beta1=0.5),
        [
            TrainingConfig(dataset="mnist", beta1=0.5),
            TrainingConfig.original(),
            TrainingConfig.original(beta2=0.5),
            TrainingConfig.original(beta1=0.5, epochs=10),
            TrainingConfig.original(beta1=0.5, dataset="digits"),
            {"beta1": 0.5},
        ],
    ),
}
