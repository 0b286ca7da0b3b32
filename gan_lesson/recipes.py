"""The GANs that lesson 09 compares: what each is made of, under one name each.

A recipe is two networks, what each of them wants, and the settings that suit them. "mlp" is the
original's, trained by the steps of lesson 04; all others take `recipe_steps`.
"""

import dataclasses
from collections.abc import Callable

import torch
from torch import nn
from torch.nn.utils.parametrizations import spectral_norm

from gan_lesson import losses, models, training
from gan_lesson.training import SettingError, TrainingConfig


@dataclasses.dataclass(frozen=True)
class Recipe:
    """What one kind of GAN is made of.

    networks: latent_dim -> generator, discriminator. loss_d: of (logits_real, logits_fake).
    loss_g: of logits_fake, or of (logits_fake, logits_real) where G is told how D rates the real
    ones (`paired`). penalty: of (discriminator, real, fake, random, labels if it is conditional),
    added to loss_d. critic_steps: steps of D for each step of G.
    """

    networks: Callable
    loss_d: Callable = losses.minimax_discriminator_loss
    loss_g: Callable = losses.non_saturating_generator_loss
    paired: bool = False
    penalty: Callable | None = None
    critic_steps: int = 1
    conditional: bool = False
    settings: dict = dataclasses.field(default_factory=dict)  # where TrainingConfig's differ


def _pair(generator, discriminator):
    return lambda latent_dim: (generator(latent_dim), discriminator())


def with_spectral_norm(latent_dim):
    """Each layer of D divided by the most it can stretch anything (Miyato et al. 2018)."""
    discriminator = models.DeepDiscriminator()
    for layer in discriminator.model:
        if isinstance(layer, nn.Linear):
            spectral_norm(layer)
    return models.DeepGenerator(latent_dim), discriminator


def slope_of_one(critic, real, fake, random):
    """WGAN-GP's penalty, at random places between the pairs, with the paper's lambda of 10."""
    share = torch.rand(len(real), 1, generator=random).to(real.device)
    return 10 * losses.gradient_penalty(critic, real, fake, share)


def flat_at_both(discriminator, real, fake, random):
    """R3GAN's two penalties: (R1 + R2) / 2 is one mean over real and fake images together."""
    return GAMMA * losses.zero_centred_penalty(discriminator, torch.cat([real, fake.detach()]))


GAMMA = 10  # how much R3GAN's penalties weigh

# What all but the first share: small, quick steps, and the average of G.
_QUICK = {"batch_size": 32, "ema": 0.999}

RECIPES = {
    "mlp": Recipe(_pair(models.Generator, models.Discriminator)),
    "deep-mlp": Recipe(
        _pair(models.DeepGenerator, models.DeepDiscriminator),
        settings=_QUICK,
    ),
    "dcgan": Recipe(
        _pair(models.ConvGenerator, models.ConvDiscriminator),
        settings=_QUICK | {"learning_rate": 2e-3},
    ),
    "conditional": Recipe(
        _pair(models.ConditionalGenerator, models.ConditionalDiscriminator),
        conditional=True,
        settings=_QUICK,
    ),
    "wgan-gp": Recipe(
        _pair(models.DeepGenerator, models.DeepDiscriminator),
        losses.wasserstein_critic_loss,
        losses.wasserstein_generator_loss,
        penalty=slope_of_one,
        critic_steps=3,
        settings=_QUICK | {"learning_rate": 5e-4, "beta2": 0.9},
    ),
    "hinge": Recipe(
        with_spectral_norm,
        losses.hinge_discriminator_loss,
        losses.wasserstein_generator_loss,
        settings=_QUICK | {"learning_rate": 5e-4, "batch_size": 64},
    ),
    "r3gan": Recipe(
        _pair(models.DeepGenerator, models.DeepDiscriminator),
        losses.relativistic_loss,
        losses.relativistic_loss,
        paired=True,
        penalty=flat_at_both,
        settings=_QUICK | {"learning_rate": 2e-4, "beta2": 0.99},
    ),
}


def settings(model="mlp", **given):
    """A TrainingConfig of a recipe: its own settings, and over them those that are given.

    Raises SettingError for a model that is none of RECIPES.
    """
    return TrainingConfig(model=model, **(find(model).settings | given))


def find(model):
    """The Recipe of that name; SettingError where there is none."""
    if model not in RECIPES:
        names = "、".join(RECIPES)
        raise SettingError("model", model, names, f"one of {names.replace('、', ', ')}")
    return RECIPES[model]


def build_networks(config):
    """The networks that a run's TrainingConfig names: generator, discriminator."""
    return find(config.model).networks(config.latent_dim)


def train(state, images, labels, processes=None):
    """Train the recipe that a TrainingState was started for; yields as `training.train` does.

    images (N, 1, 28, 28) and labels (N,) as gan_lesson.data loads them. processes: the
    gan_lesson.distributed.Processes that train together, each a part of every batch.
    """
    recipe, part = RECIPES[state.config.model], None
    steps = None if state.config.model == "mlp" else recipe_steps
    if processes:
        steps, part = processes.together(steps or training.taught_steps, state), processes.part
    return training.train(
        state.generator,
        state.discriminator,
        images,
        state.config,
        state,
        labels if recipe.conditional else None,
        steps,
        part,
    )


def recipe_steps(state, real, z, *labels):
    """A step of D, and one of G where it is its turn: real (N, 784), z (N, latent_dim) -> losses.

    The same as lesson 04's steps, with the recipe's losses; labels (N,) go to both networks.
    """
    recipe = RECIPES[state.config.model]
    generator, discriminator = state.generator, state.discriminator
    fake = generator(z, *labels)

    both, twice = torch.cat([real, fake.detach()]), [each.repeat(2) for each in labels]
    logits_real, logits_fake = discriminator(both, *twice).chunk(2)
    loss_d = recipe.loss_d(logits_real, logits_fake)
    if recipe.penalty:
        loss_d = loss_d + recipe.penalty(discriminator, real, fake, state.random, *labels)
    state.optimizer_d.zero_grad()
    loss_d.backward()
    state.optimizer_d.step()

    if recipe.critic_steps > 1 and state.batch % recipe.critic_steps:
        return loss_d.detach(), recipe.loss_g(logits_fake).detach()
    logits = [discriminator(fake, *labels)]
    if recipe.paired:
        logits.append(discriminator(real).detach())
    loss_g = recipe.loss_g(*logits)
    state.optimizer_g.zero_grad()
    loss_g.backward(inputs=list(generator.parameters()))
    state.optimizer_g.step()
    return loss_d.detach(), loss_g.detach()
