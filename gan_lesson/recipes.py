"""The GANs that lesson 09 compares, under one name each: two networks and a `steps` function.

Their settings stand in gan_lesson.config. "mlp" is the original's, with the steps of lesson 04.
"""

import dataclasses
from collections.abc import Callable

import torch
from torch import nn
from torch.nn.utils.parametrizations import spectral_norm

from gan_lesson import gpu, losses, models, training
from gan_lesson.fast import TwoLayerSteps
from gan_lesson.losses import gradient_penalty, zero_centred_gradient_penalty
from gan_lesson.models import DeepDiscriminator, DeepGenerator
from gan_lesson.unfit import UnfitError


def gan_steps(discriminator_loss, generator_loss, penalty=None, paired=False, critic_steps=1):
    """The `steps` function, as train() takes it, of a GAN with these losses.

    discriminator_loss: of (logits_real, logits_fake). generator_loss: of logits_fake; where it is
    `paired`, of (logits_fake, logits_real). penalty: of (state, real, fake, *condition), added to
    loss_d. critic_steps: steps of D for each step of G.
    """

    def steps(state, real, z, *condition):
        generator, discriminator = state.generator, state.discriminator
        fake = generator(z, *condition)

        both = torch.cat([real, fake.detach()])
        twice = [torch.cat([each, each]) for each in condition]
        logits_real, logits_fake = discriminator(both, *twice).chunk(2)
        loss_d = discriminator_loss(logits_real, logits_fake)
        if penalty:
            loss_d = loss_d + penalty(state, real, fake, *condition)
        state.optimizer_d.zero_grad()
        loss_d.backward()
        state.optimizer_d.step()

        if state.batch % critic_steps:
            return loss_d.detach(), generator_loss(logits_fake).detach()
        logits = [discriminator(fake, *condition)]
        if paired:
            logits.append(discriminator(real, *condition).detach())
        loss_g = generator_loss(*logits)
        state.optimizer_g.zero_grad()
        loss_g.backward(inputs=list(generator.parameters()))
        state.optimizer_g.step()
        return loss_d.detach(), loss_g.detach()

    return steps


def one_gradient_penalty(state, real, fake):
    """WGAN-GP's penalty, at random places between the pairs, with the paper's lambda of 10."""
    share = torch.rand(len(real), 1, generator=state.random).to(real.device)
    return 10 * gradient_penalty(state.discriminator, real, fake, share)


GAMMA = 10  # how much R3GAN's penalties weigh


def r1_r2_penalty(state, real, fake):
    """R3GAN's two penalties: (R1 + R2) / 2 is one mean over real and fake images together."""
    points = torch.cat([real, fake.detach()])
    return GAMMA * zero_centred_gradient_penalty(state.discriminator, points)


def spectral_networks(latent_dim):
    """Each layer of D divided by the most it can stretch anything (Miyato et al. 2018)."""
    discriminator = DeepDiscriminator()
    for layer in discriminator.model:
        if isinstance(layer, nn.Linear):
            spectral_norm(layer)
    return DeepGenerator(latent_dim), discriminator


@dataclasses.dataclass(frozen=True)
class Recipe:
    """What one kind of GAN is made of.

    networks: latent_dim -> generator, discriminator. steps: as train() takes them. conditional:
    whether both networks get the labels. alike: whether all steps are the same, so that a GPU may
    record one and play it again.
    """

    networks: Callable
    steps: Callable
    conditional: bool = False
    alike: bool = True


def _pair(generator, discriminator):
    return lambda latent_dim: (generator(latent_dim), discriminator())


_PLAIN = gan_steps(losses.minimax_discriminator_loss, losses.non_saturating_generator_loss)

RECIPES = {
    "mlp": Recipe(_pair(models.Generator, models.Discriminator), training.taught_steps),
    "deep-mlp": Recipe(_pair(DeepGenerator, DeepDiscriminator), _PLAIN),
    "dcgan": Recipe(_pair(models.ConvGenerator, models.ConvDiscriminator), _PLAIN),
    "conditional": Recipe(
        _pair(models.ConditionalGenerator, models.ConditionalDiscriminator),
        _PLAIN,
        conditional=True,
    ),
    "wgan-gp": Recipe(
        _pair(DeepGenerator, DeepDiscriminator),
        gan_steps(
            losses.wasserstein_critic_loss,
            losses.wasserstein_generator_loss,
            one_gradient_penalty,
            critic_steps=3,
        ),
        alike=False,
    ),
    "hinge": Recipe(
        spectral_networks,
        gan_steps(losses.hinge_discriminator_loss, losses.wasserstein_generator_loss),
    ),
    "r3gan": Recipe(
        _pair(DeepGenerator, DeepDiscriminator),
        gan_steps(losses.relativistic_loss, losses.relativistic_loss, r1_r2_penalty, paired=True),
    ),
}


def build_networks(config):
    """The networks that a run's TrainingConfig names: generator, discriminator."""
    return RECIPES[config.model].networks(config.latent_dim)


def train(state, images, labels=None, processes=None):
    """Train the recipe that a TrainingState was started for, the fast way; yields as train() does.

    images (N, 1, 28, 28) and labels (N,) as gan_lesson.data loads them. processes: the
    gan_lesson.distributed.Processes that train together, each a shard of every batch.
    """
    recipe = RECIPES[state.config.model]
    if recipe.conditional and (labels is None or not 0 <= labels.min() <= labels.max() <= 9):
        raise UnfitError(
            "model conditional 的每張圖都要有 0 到 9 的標籤，"
            f"這裡的 {state.config.dataset} 沒有這樣的標籤",
            "the model conditional takes a label from 0 to 9 with each image; "
            f"{state.config.dataset} has no such labels here",
        )
    on_gpu = next(state.generator.parameters()).is_cuda
    epoch = gpu.Epochs(recipe.alike) if on_gpu and not processes else training.one_epoch
    if processes:
        steps = processes.together(recipe.steps, state)
    else:
        steps = TwoLayerSteps(state) if state.config.model == "mlp" else recipe.steps
    condition = labels if recipe.conditional else None
    return training.train(state, images, condition, steps=steps, epoch=epoch)
