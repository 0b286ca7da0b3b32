"""Data augmentation: the hospitals, a measure that cannot be fooled, and the notebook's cells."""

import functools
import math

import cells
import pytest
import torch
from torch import nn
from torch.nn.functional import one_hot

from gan_lesson.applications import augmentation
from gan_lesson.metrics import energy_distance

load = functools.cache(augmentation.load)


@functools.cache
def hospitals(n=5):
    return augmentation.draw_hospitals(load()[0], n)


def gain_of(points, labels):
    exam = load()[1]
    return augmentation.gain(augmentation.accuracies(hospitals(), exam, (points, labels)), alone())


@functools.cache
def alone():
    return augmentation.accuracies(hospitals(), load()[1])


def test_hospitals_share_the_exam_and_nothing_of_it_is_theirs():
    digits, exam = load()
    assert len(digits.labels) + len(exam.labels) == 1797 and exam.images.shape == (360, 196)
    few, labels, others, others_labels = hospitals()
    assert few.shape == (50, augmentation.HOSPITALS, 196) and few.abs().max() <= 1
    assert others.shape == (500, augmentation.HOSPITALS, 196)
    assert labels.equal(torch.arange(10).repeat_interleave(5))
    assert others_labels.equal(torch.arange(10).repeat_interleave(50))
    for own, lacked in zip(few.unbind(1), others.unbind(1), strict=True):
        assert torch.cdist(own, torch.cat([lacked, exam.images])).min() > 0.05
    assert not few[:, 0].equal(few[:, 1])


def test_gain_by_hand():
    """Differences 1, 2, 3: mean 2, deviation 1, and Student's t for two degrees is 4.303."""
    middle, half = augmentation.gain([81, 92, 63], [80, 90, 60])
    assert middle == pytest.approx(2)
    assert half == pytest.approx(4.3027 / math.sqrt(3), rel=1e-4)
    assert notebook().gain([81, 92, 63], [80, 90, 60]) == pytest.approx((middle, half))


def test_planted_real_data_gain_and_planted_wrong_labels_lose():
    few, labels, others, others_labels = hospitals()
    middle, half = gain_of(others, others_labels)
    assert middle - half > 5
    middle, half = gain_of(others, (others_labels + 1) % 10)
    assert middle + half < -20
    middle, half = gain_of(few, labels)  # the few examples once more: no news, no gain
    assert middle - half <= 0.5 and abs(middle) < 1.5


def test_given_away_tells_copies_from_strangers():
    few, _, others, _ = hospitals()
    exam = load()[1].images[:, None].expand(-1, augmentation.HOSPITALS, -1)
    assert augmentation.given_away(few + 0.01, hospitals()) == 1
    assert augmentation.given_away(others[:: augmentation.COPIES], hospitals()) == 0
    assert augmentation.given_away(exam, hospitals()) == pytest.approx(0.5, abs=0.1)


def test_spread_by_hand():
    points = torch.tensor([0.0, 1, 2, 0, 2, 4]).view(6, 1, 1).expand(6, 12, 3)
    labels = torch.tensor([0, 0, 0, 1, 1, 1])
    assert augmentation.spread(points, labels) == pytest.approx(1.5)


def test_figures():
    figure = augmentation.show_digits({"一": hospitals().few[::5, 0]})
    assert len(figure.axes) == 10
    figure = augmentation.show_gains({"a": [1, 2, 3], "b": [2, 3, 5]}, [1, 2, 2])
    assert len(figure.axes) == 1
    figure = augmentation.show_waves({"a": torch.zeros(8), "b": torch.ones(8)}, 8000)
    assert len(figure.axes) == 2
    augmentation.plt.close("all")


# --- the notebook's cells ---


@functools.cache
def notebook():
    return cells.load("applications/augmentation")


def trained(here, points, labels, count, epochs=1000):
    """The generator after so many of the notebook's steps."""
    torch.manual_seed(0)
    return cells.train(
        here,
        here.LabelGenerator(),
        here.LabelDiscriminator(),
        points,
        one_hot(labels, 10).float(),
        steps=here.label_steps,
        count=count,
        latent_dim=here.LATENT_DIM,
        epochs=epochs,
        beta2=0.9,
        ema=0.99,
    ).drawer


def test_turned_digits_by_hand(monkeypatch):
    few = hospitals().few
    copies = notebook().turn_and_shift(few, 10, torch.Generator().manual_seed(0))
    assert copies.shape == (500, 12, 196) and copies.abs().max() <= 1
    own = (copies - few.repeat(10, 1, 1)).norm(dim=2)
    other = (copies - few.roll(5, dims=0).repeat(10, 1, 1)).norm(dim=2)
    assert own.min() > 0.1 and own.mean() < other.mean() / 1.5
    monkeypatch.setattr(torch, "rand", lambda *shape, generator: torch.full(shape, 0.5))
    assert torch.allclose(notebook().turn_and_shift(few, 2, None), few.repeat(2, 1, 1), atol=1e-4)


def test_linears_are_one_linear_for_each_hospital():
    side_by_side, x = notebook().Linears(5, 4), torch.randn(12, 7, 5)
    for number in range(12):
        one = nn.Linear(5, 4)
        one.weight.data = side_by_side.weight[number].T
        one.bias.data = side_by_side.bias[number, 0]
        assert torch.allclose(side_by_side(x)[number], one(x[number]), atol=1e-6)


def test_shapes_and_the_label_picks_its_logit():
    here = notebook()
    label = one_hot(torch.tensor([3, 5]), 10).float()
    image = here.LabelGenerator()(torch.randn(2, here.LATENT_DIM), label)
    assert image.shape == (2, 12, 196)
    discriminator = here.LabelDiscriminator()
    logits = discriminator(image, label)
    assert logits.shape == (12, 2)
    every = discriminator.model(image.transpose(0, 1))
    assert logits[7, 1].item() == pytest.approx(every[7, 1, 5].item())


def test_losses_by_hand():
    zeros = torch.zeros(2, 12)
    assert notebook().label_discriminator_loss(zeros, zeros).item() == pytest.approx(
        2 * math.log(2)
    )
    assert notebook().label_generator_loss(zeros).item() == pytest.approx(math.log(2))


def test_a_hospital_learns_from_its_own_examples_alone():
    here = notebook()
    few, labels = hospitals().few, hospitals().labels
    changed = few.clone()
    changed[:, 1:] = -changed[:, 1:]
    first, second = (
        here.draw(trained(here, points, labels, 20), labels) for points in (few, changed)
    )
    assert torch.allclose(first[:, 0], second[:, 0], atol=1e-5)
    assert (first[:, 1] - second[:, 1]).abs().max() > 0.01


def test_training_comes_nearer_to_the_examples_of_each_class():
    here = notebook()
    few, labels = hospitals().few, hospitals().labels
    many = labels.repeat(5)

    def distance(count):
        made = here.draw(trained(here, few, labels, count), many)
        return sum(
            energy_distance(made[many == kind, 0], few[labels == kind, 0]) for kind in range(10)
        )

    assert distance(150) < distance(1) / 2


def test_the_cells_train():
    few, labels = hospitals().few, hospitals().labels
    cells.assert_the_cells_train(
        "applications/augmentation",
        lambda here: here.draw(trained(here, few, labels, 4), labels),
        label_generator_loss=lambda logits_fake: -logits_fake.mean(),
    )
