"""The adversarial losses taught in the lessons."""

import torch
from torch.nn.functional import binary_cross_entropy


def discriminator_loss(p_real, p_fake):
    """What the discriminator wants: say 1 to real images and 0 to fake ones.

    Shapes: two batches of probabilities (N, 1) in [0, 1] -> one number >= 0.
    Source: Goodfellow et al. 2014, equation 1, with its sign turned: less is better.
    """
    loss_real = binary_cross_entropy(p_real, torch.ones_like(p_real))
    loss_fake = binary_cross_entropy(p_fake, torch.zeros_like(p_fake))
    return loss_real + loss_fake


def generator_loss(p_fake):
    """What the generator wants: that the discriminator says 1 to its fakes.

    Shapes: probabilities (N, 1) in [0, 1] -> one number >= 0.
    Source: Goodfellow et al. 2014, section 3, the non-saturating form.
    """
    return binary_cross_entropy(p_fake, torch.ones_like(p_fake))
