"""The adversarial losses taught in the lessons."""

import torch
from torch.nn.functional import binary_cross_entropy, relu, softplus


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


# --- The losses that the toy world compares. Shapes: what D gives before any Sigmoid, (N, 1), any
# real number, "logits" where a Sigmoid would make them probabilities and "scores" where nothing
# does; each function returns one number. ---


def minimax_discriminator_loss(logits_real, logits_fake):
    """`discriminator_loss` on logits: -log D(real) - log(1 - D(fake)), with D = sigmoid(logit).

    Source: Goodfellow et al. 2014, equation 1, with its sign turned.
    """
    return softplus(-logits_real).mean() + softplus(logits_fake).mean()


def minimax_generator_loss(logits_fake):
    """log(1 - D(fake)), the other side of the same game; flat where D is sure of a fake.

    Source: Goodfellow et al. 2014, equation 1. At most 0.
    """
    return -softplus(logits_fake).mean()


def non_saturating_generator_loss(logits_fake):
    """`generator_loss` on logits: -log D(fake), steepest where D is sure of a fake.

    Source: Goodfellow et al. 2014, section 3.
    """
    return softplus(-logits_fake).mean()


def least_squares_discriminator_loss(scores_real, scores_fake):
    """Half the squared distance of real scores from 1, and of fake ones from 0.

    Source: Mao et al. 2017, equation 9 (a = 0, b = c = 1).
    """
    return ((scores_real - 1).square().mean() + scores_fake.square().mean()) / 2


def least_squares_generator_loss(scores_fake):
    """Half the squared distance of fake scores from 1 (Mao et al. 2017, equation 9)."""
    return (scores_fake - 1).square().mean() / 2


def wasserstein_critic_loss(scores_real, scores_fake):
    """How far the critic rates real above fake, with its sign turned; needs a critic whose slope
    is at most about 1, see `gradient_penalty`.

    Source: Arjovsky et al. 2017, equation 2.
    """
    return scores_fake.mean() - scores_real.mean()


def wasserstein_generator_loss(scores_fake):
    """The mean score of the fakes, with its sign turned (Arjovsky et al. 2017)."""
    return -scores_fake.mean()


def hinge_discriminator_loss(scores_real, scores_fake):
    """Real scores should reach 1, fake ones -1; what is beyond that costs nothing and teaches
    nothing. The generator's loss beside it is `wasserstein_generator_loss`.

    Source: Lim and Ye 2017, "Geometric GAN"; Miyato et al. 2018, equation 16.
    """
    return relu(1 - scores_real).mean() + relu(1 + scores_fake).mean()


def relativistic_loss(scores_better, scores_worse):
    """Each pair once: how far the first is not rated above the second.

    The discriminator's loss with (real, fake), the generator's with (fake, real).
    Source: Jolicoeur-Martineau 2019; Huang et al. 2024, equation 2 (R3GAN), as a loss to lower.
    """
    return softplus(scores_worse - scores_better).mean()


def zero_centred_gradient_penalty(discriminator, points, *condition):
    """The mean squared slope of the discriminator at the points (N, K): flat ground is stable.

    At real points it is R1, at fake ones R2; a condition, such as labels, goes along to the
    discriminator. Source: Mescheder et al. 2018, equations 9 and 10, without gamma / 2.
    """
    points = points.detach().requires_grad_()
    (slope,) = torch.autograd.grad(
        discriminator(points, *condition).sum(), points, create_graph=True
    )
    return slope.square().sum(dim=1).mean()


def gradient_penalty(critic, real, fake, share):
    """Mean squared distance of the critic's slope from 1, on the way from fake to real points.

    Shapes: real and fake (N, K); share (N, 1) in [0, 1], how much of the real one each place has.
    Source: Gulrajani et al. 2017, equation 3, without its factor lambda.
    """
    between = (share * real + (1 - share) * fake).detach().requires_grad_()
    (slope,) = torch.autograd.grad(critic(between).sum(), between, create_graph=True)
    return (slope.norm(dim=1) - 1).square().mean()
