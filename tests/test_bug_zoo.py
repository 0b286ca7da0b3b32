"""Each beast of the bug zoo has the symptom by which lesson 07 tells it, and the others do not."""

import math

import pytest
import torch

from gan_lesson.bug_zoo import MISTAKES, examine
from gan_lesson.data import load_images


@pytest.fixture(scope="module")
def charts():
    images, _ = load_images("digits")
    return {letter: examine(letter, images) for letter in ("healthy", *MISTAKES)}


SYMPTOMS = {
    "sigmoid twice": lambda chart: chart.p[0] > 0.499 and chart.p[1] < 0.732,
    "no zero_grad": lambda chart: (
        chart.moved_d > 20 and sum(chart.gradient_d[-20:]) > 5 * sum(chart.gradient_d[:20])
    ),
    "no eval": lambda chart: chart.company > 0.1,
    "wrong optimiser": lambda chart: chart.moved_d == 0 and chart.moved_g > 0,
    "BCELoss on logits": lambda chart: "between 0 and 1" in chart.error,
    "data in [0, 1]": lambda chart: chart.real == (0, 1),
    "no detach": lambda chart: chart.left_on_g > 0.01,
    "swapped labels": lambda chart: max(chart.loss_d[-1], chart.loss_g[-1]) < 0.05,
}


@pytest.mark.parametrize("mistake", SYMPTOMS)
def test_only_its_own_letter_has_the_symptom(charts, mistake):
    shows = []
    for letter, chart in charts.items():
        if chart.error and mistake != "BCELoss on logits":
            continue  # it took no step, and has no other symptom
        if SYMPTOMS[mistake](chart):
            shows.append(MISTAKES[letter])
    assert shows == [mistake]


def test_eight_letters_eight_mistakes():
    assert "".join(MISTAKES) == "ABCDEFGH"
    assert set(MISTAKES.values()) == set(SYMPTOMS)


def test_the_healthy_program_trains(charts):
    healthy = charts["healthy"]
    assert not healthy.error and healthy.left_on_g == 0 and healthy.company == 0
    assert healthy.real == (-1, 1) and healthy.moved_d > 0 and healthy.moved_g > 0


def test_no_detach_changes_nothing_that_can_be_seen(charts):
    (letter,) = [letter for letter, mistake in MISTAKES.items() if mistake == "no detach"]
    assert charts[letter].loss_d == charts["healthy"].loss_d
    assert charts[letter].loss_g == charts["healthy"].loss_g
    assert torch.equal(charts[letter].images, charts["healthy"].images)


def test_two_sigmoids_have_a_floor(charts):
    (letter,) = [letter for letter, mistake in MISTAKES.items() if mistake == "sigmoid twice"]
    floor = -math.log(1 / (1 + math.exp(-1))) - math.log(1 - 0.5)  # worked by hand: 1.006
    assert round(floor, 3) == 1.006
    assert min(charts[letter].loss_d) > floor


def test_swapped_labels_call_real_images_fake(charts):
    (letter,) = [letter for letter, mistake in MISTAKES.items() if mistake == "swapped labels"]
    chart = charts[letter]
    assert chart.p_real < 0.01 and chart.p_fake > 0.99
    assert chart.p[0] <= chart.p_real and chart.p[1] >= chart.p_fake  # both kinds of answers


def test_again_the_same_and_no_other_random_numbers():
    images = torch.rand(100, 1, 28, 28, generator=torch.Generator().manual_seed(1)) * 2 - 1
    torch.manual_seed(5)
    first = examine("H", images)
    after = torch.rand(1)
    torch.manual_seed(5)
    assert torch.equal(after, torch.rand(1))
    second = examine("H", images)
    assert first.loss_d == second.loss_d and torch.equal(first.images, second.images)
