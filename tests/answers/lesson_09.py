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
won = {"a": "P", "b": "none", "c": "Q", "d": "none"}
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
        won,
        {
            "In b the means are 46": won | {"b": "P"},
            "Q of d was trained once": won | {"d": "Q"},
            "c is precision: higher is better": won | {"c": "P"},
            "a is FD: lower is better": won | {"a": "Q"},
            "The intervals of a are 42.3": won | {"a": "none"},
            "The intervals of c are 0.62": won | {"c": "none"},
            "2 are right; think again about": won | {"b": "Q", "d": "P"},
            "c is 'R': write one of": won | {"c": "R"},
            "The answer should be a dictionary": {"a": "P"},
        },
    ),
    "09.3": (
        1790,
        {
            "is how many steps it remembers": 200,
            "8,990 belongs to 0.999": 8990,
            "One step off: at which n": 1789,
            "One step off: at which": 1791,
            "in which a weight is halved": 139,
            "995 is not it: solve": 995,
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
