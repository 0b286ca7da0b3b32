"""Data augmentation: the copies, the networks, training, and a measure that cannot be fooled."""

import functools
import math

import pytest
import torch
from torch import nn

from gan_lesson.applications import augmentation
from gan_lesson.metrics import energy_distance


@functools.cache
def hospitals(name, n=5):
    return augmentation.draw_hospitals(name, n)


def few_of(name):
    return torch.stack([hospital.few for hospital in hospitals(name)]), hospitals(name)[0].labels


@functools.cache
def alone(name):
    return [augmentation.accuracy(hospital) for hospital in hospitals(name)]


@functools.cache
def trained(name, steps, everything=False):
    """Both networks after training, and the records."""
    points, labels = few_of(name)
    if everything:  # the mistake: all patients, those of the test too
        train, train_labels, held_out, held_out_labels = augmentation.load(name)
        points = torch.stack([h.own_units(torch.cat([train, held_out])) for h in hospitals(name)])
        labels = torch.cat([train_labels, held_out_labels])
    networks = augmentation.build_networks(points, labels)
    before = torch.get_rng_state()
    records = list(augmentation.train(*networks, points, labels, steps))
    assert torch.get_rng_state().equal(before)
    return *networks, records


def gain_of(name, points, labels):
    after = augmentation.accuracies(hospitals(name), points, labels)
    return augmentation.gain(after, alone(name))


@pytest.mark.parametrize(
    "name, columns, classes, count", [("table", 30, 2, 569), ("digits", 196, 10, 1797)]
)
def test_hospitals_share_the_test_and_nothing_of_it_is_theirs(name, columns, classes, count):
    points, labels, held_out, held_out_labels = augmentation.load(name)
    assert len(points) + len(held_out) == count and len(held_out) == len(held_out_labels)
    assert points.shape[1] == columns and labels.unique().tolist() == list(range(classes))
    assert len(hospitals(name)) == augmentation.HOSPITALS >= 10
    for hospital in hospitals(name):
        assert hospital.few.shape == (5 * classes, columns)
        assert hospital.labels.equal(torch.arange(classes).repeat_interleave(5))
        assert hospital.others.shape == (50 * classes, columns)
        assert hospital.few.mean(dim=0).abs().max() < 1e-4
        assert torch.allclose(hospital.own_units(held_out), hospital.held_out, atol=1e-4)
        both = torch.cat([hospital.others, hospital.held_out])
        assert torch.cdist(hospital.few, both).min() > 0.05
    first, second = hospitals(name)[:2]
    assert not torch.allclose(first.few, second.few)


def test_classical_copies_by_hand():
    hospital = hospitals("table")[0]
    copies = augmentation.jitter(hospital, torch.Generator().manual_seed(0))
    moved = copies - hospital.few.repeat(10, 1)
    assert copies.shape == (100, 30) and moved.std().item() == pytest.approx(0.5, rel=0.05)
    hospital = hospitals("digits")[0]
    copies = augmentation.turn_and_shift(hospital, torch.Generator().manual_seed(0))
    assert copies.shape == (500, 196)
    own = (copies - hospital.few.repeat(10, 1)).norm(dim=1)
    other = (copies - hospital.few.roll(5, dims=0).repeat(10, 1)).norm(dim=1)
    assert own.min() > 0.1 and own.mean() < other.mean() / 1.5


def test_a_digit_shifted_by_nothing_stays(monkeypatch):
    hospital = hospitals("digits")[0]
    monkeypatch.setattr(torch, "rand", lambda *shape, generator: torch.full(shape, 0.5))
    copies = augmentation.turn_and_shift(hospital, None)
    assert torch.allclose(copies, hospital.few.repeat(10, 1), atol=1e-4)


def test_linears_are_one_linear_for_each_hospital():
    side_by_side, x = augmentation.Linears(3, 5, 4), torch.randn(3, 7, 5)
    for number in range(3):
        one = nn.Linear(5, 4)
        one.weight.data = side_by_side.weight[number].T
        one.bias.data = side_by_side.bias[number, 0]
        assert torch.allclose(side_by_side(x)[number], one(x[number]), atol=1e-6)


def test_shapes_of_networks():
    points, labels = few_of("digits")
    generator, discriminator = augmentation.build_networks(points, labels)
    drawn = augmentation.draw_examples(generator, labels)
    assert drawn.shape == points.shape == (12, 50, 196)
    assert discriminator(torch.zeros(12, 50, 206)).shape == (12, 50, 1)


def test_a_hospital_learns_from_its_own_examples_alone():
    points, labels = few_of("table")
    changed = points.clone()
    changed[1:] += 1
    first, second = (
        augmentation.draw_examples(network, labels)
        for network in (trained("table", 20)[0], train_on(changed, labels, 20))
    )
    assert torch.allclose(first[0], second[0], atol=1e-5)
    assert (first[1] - second[1]).abs().max() > 0.01


def train_on(points, labels, steps):
    generator, discriminator = augmentation.build_networks(points, labels)
    list(augmentation.train(generator, discriminator, points, labels, steps))
    return generator


def test_training_comes_nearer_to_the_examples_of_each_class_and_repeats():
    points, labels = few_of("table")
    many = labels.repeat(10)

    def distance(steps):
        drawn = augmentation.draw_examples(trained("table", steps)[0], many)
        return max(
            energy_distance(drawn[number, many == kind], points[number, labels == kind])
            for number in range(12)
            for kind in (0, 1)
        )

    assert distance(300) < distance(0) / 2
    again = trained.__wrapped__("table", 300)
    assert again[2] == trained("table", 300)[2] and again[2][-1].batches == 300
    drawn = augmentation.draw_examples(trained("table", 300)[0], many)
    assert augmentation.draw_examples(again[0], many).equal(drawn)


def test_gain_by_hand():
    """Differences 1, 2, 3: mean 2, deviation 1, and Student's t for two degrees is 4.303."""
    middle, half = augmentation.gain([81, 92, 63], [80, 90, 60])
    assert middle == pytest.approx(2)
    assert half == pytest.approx(4.3027 / math.sqrt(3), rel=1e-4)


@pytest.mark.parametrize("name", ["table", "digits"])
def test_planted_real_data_gain_and_planted_wrong_labels_lose(name):
    labels = hospitals(name)[0].others_labels
    middle, half = gain_of(name, [hospital.others for hospital in hospitals(name)], labels)
    assert middle - half > 0
    wrong = (labels + 1) % (labels.max() + 1)
    middle, half = gain_of(name, [hospital.others for hospital in hospitals(name)], wrong)
    assert middle + half < -20
    same = hospitals(name)[0].labels  # the few examples once more: no news, no gain
    middle, half = gain_of(name, [hospital.few for hospital in hospitals(name)], same)
    assert middle - half <= 0.5 and abs(middle) < 1.5


def test_given_away_tells_copies_from_strangers():
    hospital = hospitals("table")[0]
    assert augmentation.given_away(hospital.few + 0.01, hospital) == 1
    assert augmentation.given_away(hospital.others[::10], hospital) == 0
    share = [augmentation.given_away(one.held_out, one) for one in hospitals("table")]
    assert sum(share) / len(share) == pytest.approx(0.5, abs=0.1)


def test_the_finding_turned_digits_help_and_a_gan_of_fifty_does_not():
    random = torch.Generator().manual_seed(0)
    turned = [augmentation.turn_and_shift(hospital, random) for hospital in hospitals("digits")]
    labels = few_of("digits")[1].repeat(augmentation.COPIES)
    middle, half = gain_of("digits", turned, labels)
    assert middle - half > 0.5
    generator = trained("digits", augmentation.STEPS)[0]
    after = gain_of("digits", augmentation.draw_examples(generator, labels, seed=1), labels)
    assert after[0] < middle - 1


def test_the_leak_looks_like_a_gain():
    labels = few_of("table")[1].repeat(augmentation.COPIES)
    fair, leaking = (
        gain_of("table", augmentation.draw_examples(generator, labels, seed=1), labels)
        for generator in (
            trained("table", augmentation.STEPS)[0],
            trained("table", augmentation.STEPS, everything=True)[0],
        )
    )
    assert fair[0] < 1 and leaking[0] > fair[0] + 2
    drawn = augmentation.draw_examples(trained("table", augmentation.STEPS)[0], labels, seed=1)
    share = [
        augmentation.given_away(points, hospital)
        for points, hospital in zip(drawn, hospitals("table"), strict=True)
    ]
    assert sum(share) / len(share) > 0.9  # what it draws tells which patients it has seen


def test_figures():
    hospital = hospitals("table")[0]
    figure = augmentation.show_table({"一 · one": (hospital.few, hospital.labels)})
    assert len(figure.axes[0].collections) == 2
    digits = hospitals("digits")[0]
    figure = augmentation.show_digits({"一": digits.few[::5] + digits.centre})
    assert len(figure.axes) == 10
    figure = augmentation.show_gains({"一": {"a": [1, 2, 3], "b": [2, 3, 5]}, "二": {"a": [1, 2]}})
    assert len(figure.axes) == 2
    augmentation.plt.close("all")
