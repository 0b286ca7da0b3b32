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
    "03.1": (
        105360,
        {
            "These are the weights alone; each": 104448,
            "Only one layer has its biases": 105232,
            "one layer has its biases here;": 104576,
            "There are as many biases as": 104608,
            "This is one layer; add both": 4224,
            "is one layer; add both fully": 101136,
            "This is the number for latent_dim": 114064,
            "This is the discriminator's number; the": 100609,
            "105,361 is not it. Take inputs": 105361,
        },
    ),
    "03.2": (
        (-0.6, 153),
        {
            "51/255 = 0.2 is on a": (0.2, 153),
            "After dividing by 127.5 the range": (0.4, 153),
            "After ToTensor you took away 0.5,": (-0.3, 153),
            "The sign is turned: 51 is": (0.6, 153),
            "x = -76.5 is outside [-1,": (-76.5, 153),
            "x = -0.2 is not it:": (-0.2, 153),
            "x is right. p = 51": (-0.6, 51),
            "x is right. For p, something": (-0.6, 25.5),
            "x is right. For p the": (-0.6, 26.5),
            "x is right, p = 102": (-0.6, 102),
            "The answer should be 2 numbers,": -0.6,
        },
    ),
    "03.3": (
        (0, 1, 127.5),
        {
            "-1 to 1 is the range": (-1, 1, 0),
            "Smallest and largest are the wrong": (1, 0, 127.5),
            "255 is not the smallest or": (0, 255, 0),
            "The range is right. p =": (0, 1, 0),
            "The range is right. 255 is": (0, 1, 255),
            "The range is right, p =": (0, 1, 64),
            "The answer should be 3 numbers,": (0, 1),
        },
    ),
    "03.4": (
        wide(),
        {
            "This is the class itself, no": Generator,
            "not a network of PyTorch": 256,
            "There are 128 units in the": Generator(100),
            "The entrance takes 256 numbers, which": wide(entrance=256),
            "28 numbers come out, which is": wide(pixels=28),
            "The output is never below 0.0": wide(last=nn.Sigmoid),
            "outside the range of pixels": wide(last=nn.Identity),
            "There is no activation function between": wide(middle=nn.Identity),
            "The activation function in the middle": wide(middle=lambda: nn.LeakyReLU(0.2)),
            "The first layer puts out 256": nn.Sequential(
                nn.Linear(100, 256), nn.ReLU(), nn.Linear(128, 784), nn.Tanh()
            ),
            "It holds 1 fully connected layers;": nn.Sequential(nn.Linear(100, 784), nn.Tanh()),
            "64 vectors z went in, and": nn.Sequential(wide(), nn.Unflatten(1, (28, 28))),
        },
    ),
    "03.5": (
        to_pixels,
        {
            "Nearly: some numbers are too small": lambda x: (
                (127.5 * (x + 1)).to(torch.uint8).view(-1, 28, 28)
            ),
            "Two images went in, and shape": lambda x: (127.5 * (x + 1)).round().to(torch.uint8),
            "The type is torch.float32, not the": lambda x: (
                (127.5 * (x + 1)).round().view(-1, 28, 28)
            ),
            "Times 255 is for numbers from": lambda x: (x * 255).to(torch.uint8).view(-1, 28, 28),
            "Rows and columns are exchanged": lambda x: to_pixels(x).transpose(1, 2),
            "Shape and type are right, the": lambda x: to_pixels(x / 2),
            "This calls the batch's darkest 0": min_max,
            "The function overwrites the tensors it": overwrites,
            "The function returns None: there is": no_return,
            "answer must be the function itself:": 128,
        },
    ),
}
