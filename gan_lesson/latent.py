"""Ways through the latent space: straight, along an arc, in directions; and a map of it."""

import torch
from torch import nn
from torch.nn.functional import normalize

from gan_lesson import BilingualError
from gan_lesson.runs import sample


class NotAGenerator(BilingualError, TypeError):
    """What does not turn latent vectors into images."""


def lerp(a, b, t):
    """The point a share t of the straight way from a to b (linear interpolation).

    Shapes: a, b (..., latent_dim); t a number from 0 to 1, or (..., 1) -> (..., latent_dim).
    """
    return (1 - t) * a + t * b


def slerp(a, b, t):
    """The point a share t of the arc from a to b (Shoemake 1985; for GANs, White 2016).

    Shapes as in lerp. Where a and b lie on one line through 0 there is no such arc: straight then.
    """
    cosine = (normalize(a, dim=-1) * normalize(b, dim=-1)).sum(dim=-1, keepdim=True)
    angle = cosine.clamp(-1, 1).acos()
    arc = (((1 - t) * angle).sin() * a + (t * angle).sin() * b) / angle.sin()
    return torch.where(angle.sin() > 1e-3, arc, lerp(a, b, t))


def directions(generator, latent_dim, count=6):
    """The directions of the latent space in which the images change most, strongest first.

    The generator is a black box here: draw 1,000 z, find the principal components of their images,
    and regress z on each; for z from N(0, 1) that is the mean of z times the component's score. The
    idea is GANSpace's (Härkönen et al. 2020), which looks inside the network instead.

    Returns unit vectors (count, latent_dim), the largest number of each positive; where latent_dim
    is not above count, the axes.
    """
    if latent_dim <= count:
        return torch.eye(latent_dim)
    z = torch.randn(1000, latent_dim, generator=torch.Generator().manual_seed(0))
    images = sample(generator, z).flatten(start_dim=1)
    images = images - images.mean(dim=0)
    components = torch.linalg.eigh(images.T.cov()).eigenvectors[:, -count:].flip(1)
    scores = images @ components
    found = normalize(scores.T @ z, dim=1)
    largest = found.abs().argmax(dim=1, keepdim=True)
    return found * found.gather(1, largest).sign()


def equal_parts(count):
    """The middles (count,) of as many equally probable parts of N(0, 1), from left to right.

    As many random z fall into each part; so Kingma and Welling 2014 draw their latent plane.
    """
    return torch.special.ndtri((torch.arange(count) + 0.5) / count)


def latent_map(count):
    """The z (count * count, 2) of a map of the latent plane, row by row from the top.

    z_1 grows to the right and z_2 upwards, in tiles of equal probability.
    """
    across, up = equal_parts(count), equal_parts(count).flip(0)
    return torch.cartesian_prod(up, across).flip(1)


def find_latent_dim(generator):
    """The length of z that a generator takes: what its first layer with weights expects.

    Raises NotAGenerator for what does not turn such z into images of 784 pixels.
    """
    layers = generator.modules() if isinstance(generator, nn.Module) else ()
    for layer in layers:
        if isinstance(layer, nn.Linear | nn.ConvTranspose2d):
            latent_dim = getattr(layer, "in_features", None) or layer.in_channels
            latent_dim = getattr(generator, "latent_dim", latent_dim)  # if labels stand beside z
            try:
                if len(sample(generator, torch.zeros(2, latent_dim))) == 2:
                    return latent_dim
            except Exception:  # a network for something else fails in its own way
                break
    name = type(generator).__name__
    raise NotAGenerator(
        f"{name} 不是生成器：要給把 z (N, latent_dim) 變成 (N, 784) 個像素的網路",
        f"{name} is not a generator: give a network that turns z (N, latent_dim) into (N, 784) "
        "pixels",
    )
