"""Style transfer: the recipe, the networks, the loss, the measures, and what the GAN adds."""

import functools
import math

import pytest
import torch

from gan_lesson import metrics
from gan_lesson.applications import style_transfer

load_pairs = functools.cache(style_transfer.load_pairs)


@functools.cache
def trained(adversarial_weight, steps=style_transfer.STEPS):
    """What a painter makes of the held-out sketches after training, and its records."""
    training, held_out = load_pairs()
    painter, discriminator = style_transfer.build_networks()
    records = list(
        style_transfer.train(painter, discriminator, training, adversarial_weight, steps)
    )
    return style_transfer.paintings_of(painter, held_out.sketches), records


def judged(paintings):
    classifier = metrics.load_classifier("digits")
    return style_transfer.measure(paintings, load_pairs()[1], classifier)


def test_pairs_shapes_and_ranges():
    training, held_out = load_pairs()
    assert len(training.labels) == 1437 and len(held_out.labels) == 360
    assert held_out.sketches.shape == (360, 1, 48, 48)
    assert held_out.paintings.shape == (360, 3, 48, 48)
    assert held_out.sketches.min() >= 0 and held_out.sketches.max() <= 1
    assert held_out.paintings.abs().max() <= 1


def test_brush_goes_along_the_pen_and_level_on_the_ground():
    ink = torch.zeros(1, 1, 48, 48)
    ink[..., 20:28] = 1  # an upright bar
    direction = style_transfer.stroke_directions(ink)[0]
    assert direction.norm(dim=0).allclose(torch.ones(48, 48))
    assert direction[1, 24, 20].abs() > 0.99 and direction[0, 24, 4].abs() > 0.99


def test_shapes_of_the_networks():
    painter, discriminator = style_transfer.build_networks()
    sketch = load_pairs()[1].sketches[:5]
    painting = painter(sketch, torch.randn(sketch.shape))
    assert painting.shape == (5, 3, 48, 48) and painting.abs().max() <= 1
    assert discriminator(sketch, painting).shape == (5, 1, 12, 12)


def test_one_logit_sees_a_patch_of_18_pixels():
    discriminator = style_transfer.build_networks()[1]
    painting = torch.zeros(1, 3, 48, 48, requires_grad=True)
    discriminator(torch.zeros(1, 1, 48, 48), painting)[0, 0, 6, 6].backward()
    seen = painting.grad[0].abs().sum(dim=0) > 0
    assert seen.any(dim=0).sum() == seen.any(dim=1).sum() == 18


def test_networks_are_the_same_each_time_and_leave_the_random_numbers_alone():
    before = torch.random.get_rng_state()
    first, second = style_transfer.build_networks(), style_transfer.build_networks()
    assert torch.random.get_rng_state().equal(before)
    for one, other in zip(first, second, strict=True):
        assert all(map(torch.equal, one.parameters(), other.parameters()))


def test_loss_by_hand():
    """Pixels 0.5 apart, and a discriminator that cannot decide: 0.5 + weight * log 2."""
    fake, real = torch.zeros(2, 3, 48, 48), torch.full((2, 3, 48, 48), 0.5)
    loss = style_transfer.painter_loss(fake, real, torch.zeros(2, 1, 12, 12), 0.1)
    assert loss.item() == pytest.approx(0.5 + 0.1 * math.log(2))


def test_texture_by_hand():
    flat = torch.full((1, 3, 48, 48), 0.3)
    assert style_transfer.texture(flat) == pytest.approx(0, abs=1e-6)
    stripes = (torch.arange(48) % 3 - 1.0).expand(1, 3, 48, 48)  # -1, 0, 1, -1, ...: mean 0
    inner = style_transfer.texture(stripes)
    assert inner == pytest.approx(2 / 3, rel=0.05)


def test_filling_finds_the_stroke_and_the_hole():
    row, column = torch.meshgrid(torch.arange(48.0), torch.arange(48.0), indexing="ij")
    radius = torch.hypot(row - 24, column - 24)
    rings = ((radius - 9).abs() < 1) | ((radius - 18).abs() < 1)
    painting = style_transfer.filled(rings.float()[None, None])[0]
    reds = painting[0, 24, [2, 11, 24]]  # ground, stroke, hole
    assert reds[0] == reds[2] < reds[1]


def test_measures_tell_planted_bad_results_from_good_ones():
    truth = load_pairs()[1].paintings
    exact, smooth = judged(truth), judged(style_transfer.soften(truth, 5))
    another = judged(truth.roll(1, dims=0))
    assert exact.distance == 0 and exact.read > 0.85
    assert smooth.texture < exact.texture / 2 and smooth.distance > 0.05
    assert another.texture == pytest.approx(exact.texture, rel=1e-4)
    assert another.read < 0.3 and another.distance > 2 * smooth.distance


@pytest.mark.parametrize("adversarial_weight", [0, 0.3])
def test_training_comes_nearer_to_the_paintings(adversarial_weight):
    before, after = trained(adversarial_weight, 0)[0], trained(adversarial_weight, 40)[0]
    assert judged(after).distance < judged(before).distance / 2


def test_a_second_run_gives_the_same():
    before = torch.random.get_rng_state()
    first, second = trained(0.3, 40), trained.__wrapped__(0.3, 40)
    assert first[0].equal(second[0]) and first[1] == second[1]
    assert torch.random.get_rng_state().equal(before)
    assert len(first[1]) == first[1][-1].batches == 40


def test_the_gan_brings_the_brush_back_at_a_price():
    filled = judged(style_transfer.filled(load_pairs()[1].sketches))
    l1, gan, truth = judged(trained(0)[0]), judged(trained(0.3)[0]), load_pairs()[1].paintings
    true_texture = style_transfer.texture(truth)
    assert l1.distance < gan.distance < filled.distance
    assert l1.texture < 0.55 * true_texture
    assert 0.65 * true_texture < gan.texture < 1.35 * true_texture
    assert gan.read > 0.88 and l1.read > 0.88


def test_figure():
    pairs = load_pairs()[1]
    figure = style_transfer.show({"素描 · sketch": pairs.sketches, "真 · true": pairs.paintings})
    assert len(figure.axes) == 12
    style_transfer.plt.close(figure)
