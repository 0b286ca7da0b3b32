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
    "09.1": (8224, [8192, 544, 288, 2080, 2048, 512, 131072]),
    "09.2": (1.53, [4.6, 0.77, 0.87, 0.67, 0.53, 0, 2]),
    "09.3": (139, [138, 100, 200, 0.5, 1]),
    "09.4": (
        writer(),
        [
            writer(draw="fixed"),
            writer(draw="unseeded"),
            writer(mode=False),
            writer(shape=(-1, 784)),
            writer(labels=lambda asked: None),
            writer(labels=lambda asked: asked.flip(0)),
            writer(labels=lambda asked: asked.sort().values),
            lambda generator, text, seed: None,
        ],
    ),
    "09.5": (
        right,
        [
            right | {"a": "wgan-gp", "c": "hinge"},
            right | {"b": "hinge"},
            right | {"d": "dcgan"},
            {"a": "hinge"},
            list(right.values()),
        ],
    ),
}
