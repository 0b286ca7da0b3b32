"""Right and typical wrong answers to the exercises of lesson 09."""

import torch


def writer(draw=None, labels=None, mode=True, shape=(-1, 1, 28, 28)):
    """The solution, with one thing put in the place of its own."""

    def write(generator, text, seed):
        random = torch.Generator().manual_seed(0 if draw == "fixed" else seed)
        if draw == "unseeded":
            random.seed()
        z = torch.randn(len(text), generator.latent_dim, generator=random)
        asked = torch.tensor([int(digit) for digit in text])
        if labels:
            asked = labels(asked)
        if mode:
            generator.eval()
        with torch.no_grad():
            return generator(z, asked).view(shape)

    return write


right = {"a": "hinge", "b": "r3gan", "c": "wgan-gp", "d": "conditional", "e": "dcgan"}
ANSWERS = {
    "09.1": (
        8224,
        {
            "The biases are missing: one for": 8192,
            "Each channel out looks at every": 544,
            "channel out looks at every channel": 288,
            "A kernel is 4 × 4,": 2080,
            "kernel is 4 × 4, not": 2048,
            "out looks at every channel in,": 512,
            "131,072 is not it: first, how": 131072,
        },
    ),
    "09.2": (
        1.53,
        {
            "This is the sum of all;": 4.6,
            "This is the mean over all": 0.77,
            "This is one half only: that": 0.87,
            "is one half only: that of": 0.67,
            "A score that has passed earns": 0.53,
            "0 is not it: the relu": 0,
            "2 is not it: the relu": 2,
        },
    ),
    "09.3": (
        139,
        {
            "Nearly, but at this step it": 138,
            "The weight does not fall by": 100,
            "After 200 steps 0.995 to the": 200,
            "0.5 is not it: find the": 0.5,
            "1 is not it: find the": 1,
        },
    ),
    "09.4": (
        writer(),
        {
            "With another seed the images are": writer(draw="fixed"),
            "The same seed gave other images": writer(draw="unseeded"),
            "With a generator in train() mode": writer(mode=False),
            "For 7041 the shape must be": writer(shape=(-1, 784)),
            "With the first character changed from": writer(labels=lambda asked: None),
            "the first character changed from 7": writer(labels=lambda asked: asked.flip(0)),
            "first character changed from 7 to": writer(labels=lambda asked: asked.sort().values),
            "Images and characters do not match": writer(labels=lambda asked: 9 - asked),
            "The function returns None: there is": lambda generator, text, seed: None,
        },
    ),
    "09.5": (
        right,
        {
            "a: a score of 1 or": right | {"a": "wgan-gp", "c": "hinge"},
            "b: real and fake are a": right | {"b": "hinge"},
            "c: the further a slope is": right | {"c": "hinge"},
            "d: 10 numbers stand beside the": right | {"d": "dcgan"},
            "e: stride 2 makes the image": right | {"e": "conditional"},
            "The answer should be a dictionary": {"a": "hinge"},
            "answer should be a dictionary with": list(right.values()),
        },
    ),
}
