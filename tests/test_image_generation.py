"""Image generation: the measures on sets whose faults are known, and the notebook's GAN."""

import functools

import cells
import pytest
import torch

from gan_lesson.applications import image_generation
from gan_lesson.config import TrainingConfig
from gan_lesson.training import TrainingState, train

load_characters = functools.cache(image_generation.load_characters)


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def test_characters_are_split_once_for_all():
    training, held_out = load_characters()
    assert training.images.shape == (4328, 1, 28, 28) and held_out.images.shape == (1083, 1, 28, 28)
    assert not set(training.codes.tolist()) & set(held_out.codes.tolist())
    assert training.images.abs().max() <= 1


def test_width_and_ink_by_hand():
    """A stroke of 10 by 2: 20 of ink, 24 of edge less a corner that two edges share."""
    picture = torch.full((1, 1, 28, 28), -1.0)
    picture[..., 5:7, 5:15] = 1
    assert image_generation.ink(picture).item() == pytest.approx(20 / 784)
    length = 24 - (2 - 2**0.5)
    assert image_generation.stroke_width(picture).item() == pytest.approx(40 / length, rel=1e-5)
    assert image_generation.grey_share(picture).item() == 0


def test_grain_makes_strokes_thinner_and_blur_makes_grey():
    images = load_characters()[1].images
    width, grey = image_generation.stroke_width, image_generation.grey_share
    grain = torch.where(torch.rand(images.shape, generator=seeded()) < 0.05, -images, images)
    assert width(grain).mean() < 0.9 * width(images).mean()
    assert grey(grain).mean() == pytest.approx(grey(images).mean().item(), abs=0.001)
    blurred = image_generation.from_afar(images, 2)
    assert grey(blurred).mean() > 2 * grey(images).mean()
    assert image_generation.from_afar(images, 1).allclose(images)


def test_directions_tell_level_from_upright():
    picture = torch.full((2, 1, 28, 28), -1.0)
    picture[0, :, 13:15, 4:24] = 1
    picture[1, :, 4:24, 13:15] = 1
    level, upright = image_generation.directions(picture).view(2, 4, 49).sum(dim=2)
    assert level[1] > 5 * level[0] and upright[0] > 5 * upright[1]
    assert image_generation.directions(picture).shape == (2, 196)


def test_the_rulers_on_known_sets():
    training, held_out = load_characters()
    few = held_out.images[:400]

    def measure(pictures):
        return image_generation.measure(pictures, training.images, few)

    real = measure(training.images[:400].flip(0))
    copier = measure(image_generation.copies(training.images, 400, seeded()))
    fog = measure(image_generation.fog(training.images, 400, seeded()))
    collage = measure(image_generation.collage(training.images, 400, seeded()))
    assert real.copied_pixels == real.copied_features == 1 and real.coverage > 0.9
    assert copier.copied_pixels < 0.15 and copier.copied_features > 0.5
    assert fog.copied_features == 0 and fog.coverage < 0.3 and fog.grey > 2 * real.grey
    assert collage.copied_features < 0.1 and 0.6 < collage.coverage < real.coverage
    assert fog.density > real.density  # what density alone is blind to


def test_quiz_says_which_are_invented():
    real, fake = torch.zeros(20, 1, 28, 28), torch.ones(20, 1, 28, 28)
    pictures, truth = image_generation.quiz(real, fake, seeded())
    assert {place for place in range(1, 21) if pictures[place - 1].all()} == truth
    assert len(truth) == 10 and truth != set(range(11, 21))


# --- the notebook's cells ---


def trained(notebook, count=4):
    """The weights of the notebook's generator after so many steps of its own."""
    config = TrainingConfig(dataset="hanzi", model="dcgan")
    torch.manual_seed(0)
    generator, discriminator = notebook.ConvGenerator(100), notebook.ConvDiscriminator()
    state = TrainingState(generator, discriminator, config)
    images = load_characters()[0].images
    for _, _ in zip(range(count), train(state, images, steps=notebook.steps), strict=False):
        pass
    return torch.cat([parameter.flatten() for parameter in generator.parameters()])


def test_the_cells_train():
    cells.assert_the_cells_train(
        "applications/image_generation",
        trained,
        non_saturating_generator_loss=lambda logits: -logits.mean(),
    )
