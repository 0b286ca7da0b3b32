"""Right and typical wrong answers to the exercises of lesson 03."""

import torch
from torch import nn

from gan_lesson.models import Generator


def wide(entrance=100, hidden=256, pixels=784, last=nn.Tanh, middle=nn.ReLU):
    return nn.Sequential(nn.Linear(entrance, hidden), middle(), nn.Linear(hidden, pixels), last())


def to_pixels(x):
    return (127.5 * (x + 1)).round().to(torch.uint8).view(-1, 28, 28)


def no_return(x):
    to_pixels(x)


def min_max(x):
    return (255 * (x - x.min()) / (x.max() - x.min())).round().to(torch.uint8).view(-1, 28, 28)


def overwrites(x):
    return x.add_(1).mul_(127.5).round().to(torch.uint8).view(-1, 28, 28)


ANSWERS = {
    "03.1": (105360, [104448, 105232, 104576, 104608, 4224, 101136, 114064, 100609, 105361]),
    "03.2": (
        (-0.6, 153),
        [
            (0.2, 153),
            (0.4, 153),
            (-0.3, 153),
            (0.6, 153),
            (-76.5, 153),
            (-0.2, 153),
            (-0.6, 51),
            (-0.6, 25.5),
            (-0.6, 26.5),
            (-0.6, 102),
            -0.6,
        ],
    ),
    "03.3": (
        (0, 1, 127.5),
        [(-1, 1, 0), (1, 0, 127.5), (0, 255, 0), (0, 1, 0), (0, 1, 255), (0, 1, 64), (0, 1)],
    ),
    "03.4": (
        wide(),
        [
            Generator,
            Generator(100),
            wide(entrance=256),
            wide(pixels=28),
            wide(last=nn.Sigmoid),
            wide(last=nn.Identity),
            wide(middle=nn.Identity),
            wide(middle=lambda: nn.LeakyReLU(0.2)),
            nn.Sequential(nn.Linear(100, 256), nn.ReLU(), nn.Linear(128, 784), nn.Tanh()),
            nn.Sequential(nn.Linear(100, 784), nn.Tanh()),
            nn.Sequential(wide(), nn.Unflatten(1, (28, 28))),
        ],
    ),
    "03.5": (
        to_pixels,
        [
            lambda x: (127.5 * (x + 1)).to(torch.uint8).view(-1, 28, 28),
            lambda x: (127.5 * (x + 1)).round().to(torch.uint8),
            lambda x: (127.5 * (x + 1)).round().view(-1, 28, 28),
            lambda x: (x * 255).to(torch.uint8).view(-1, 28, 28),
            lambda x: to_pixels(x).transpose(1, 2),
            lambda x: to_pixels(x / 2),
            min_max,
            overwrites,
            no_return,
            128,
        ],
    ),
}
