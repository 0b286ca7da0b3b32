"""Style transfer: the recipe, the measures on known faults, and the notebook's networks."""

import functools
import math

import cells
import pytest
import torch

from gan_lesson import metrics
from gan_lesson.applications import style_transfer

load_pairs = functools.cache(style_transfer.load_pairs)


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


def test_texture_by_hand():
    flat = torch.full((1, 3, 48, 48), 0.3)
    assert style_transfer.texture(flat) == pytest.approx(0, abs=1e-6)
    stripes = (torch.arange(48) % 3 - 1.0).expand(1, 3, 48, 48)  # -1, 0, 1, -1, ...: mean 0
    inner = style_transfer.texture(stripes)
    assert inner == pytest.approx(2 / 3, rel=0.05)


def test_grain_is_no_brush():
    """Grain raises texture, and leaves the ratio of the brush at 1."""
    sketches, paintings = load_pairs()[1][:2]
    smooth = style_transfer.soften(paintings, 9)
    grain = smooth + 0.1 * torch.randn(smooth.shape, generator=torch.Generator().manual_seed(0))
    assert style_transfer.texture(grain) > 2 * style_transfer.texture(smooth)
    assert style_transfer.brushed(grain, sketches) == pytest.approx(1, abs=0.05)
    assert style_transfer.brushed(paintings, sketches) > 2


def test_change_and_alike_on_known_sets():
    held_out = load_pairs()[1]
    same = held_out.paintings[:1].expand(20, -1, -1, -1)
    assert style_transfer.change(same) == 0
    assert style_transfer.alike(same) == pytest.approx(1, abs=1e-5)
    anew = style_transfer.repaint(held_out, 3, 20)
    assert style_transfer.change(anew) > 0.1
    assert abs(style_transfer.alike(anew)) < 0.1
    assert abs(style_transfer.alike(held_out.paintings)) < 0.05


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


def test_figure():
    pairs = load_pairs()[1]
    rows = {"素描 · sketch": pairs.sketches, "真 · true": pairs.paintings}
    figure = style_transfer.show(rows)
    assert len(figure.axes) == 12
    style_transfer.plt.close(figure)
    figure = style_transfer.show({"": pairs.paintings}, columns=2, names=["a", "b"])
    assert [axis.get_title() for axis in figure.axes] == ["a", "b"]
    style_transfer.plt.close(figure)


# --- the notebook's cells ---


@functools.cache
def notebook():
    return cells.load("applications/style_transfer")


def trained(here, brush_weight, count):
    """The notebook's painter after so many of its steps, and how far it is from the paintings."""
    torch.manual_seed(0)
    training, held_out = load_pairs()
    state = cells.train(
        here,
        here.Painter(),
        here.PatchDiscriminator(),
        training.paintings,
        training.sketches,
        steps=here.painting_steps(brush_weight),
        count=count,
        latent_dim=48 * 48,
        epochs=here.EPOCHS,
    )
    with torch.no_grad():
        z = torch.randn(360, 48 * 48, generator=torch.Generator().manual_seed(1))
        return state.generator(z, held_out.sketches)


def test_shapes_of_the_networks():
    here = notebook()
    painter, discriminator = here.Painter(), here.PatchDiscriminator()
    sketch = load_pairs()[1].sketches[:5]
    painting = painter(torch.randn(5, 48 * 48), sketch)
    assert painting.shape == (5, 3, 48, 48) and painting.abs().max() <= 1
    assert discriminator(painting, sketch).shape == (5, 1, 12, 12)


def test_one_logit_sees_a_patch_of_18_pixels():
    discriminator = notebook().PatchDiscriminator()
    painting = torch.zeros(1, 3, 48, 48, requires_grad=True)
    discriminator(painting, torch.zeros(1, 1, 48, 48))[0, 0, 6, 6].backward()
    seen = painting.grad[0].abs().sum(dim=0) > 0
    assert seen.any(dim=0).sum() == seen.any(dim=1).sum() == 18


def test_loss_by_hand():
    """Pixels 0.5 apart, and a discriminator that cannot decide: 0.5 + weight * log 2."""
    fake, real = torch.zeros(2, 3, 48, 48), torch.full((2, 3, 48, 48), 0.5)
    loss = notebook().painter_loss(fake, real, torch.zeros(2, 1, 12, 12), 0.1)
    assert loss.item() == pytest.approx(0.5 + 0.1 * math.log(2))


@pytest.mark.parametrize("brush_weight", [0, 0.3])
def test_training_comes_nearer_to_the_paintings(brush_weight):
    before, after = (judged(trained(notebook(), brush_weight, count)) for count in (0, 40))
    assert after.distance < 0.6 * before.distance


def test_the_cells_train():
    cells.assert_the_cells_train(
        "applications/style_transfer",
        lambda here: trained(here, 0.3, 4),
        painter_loss=lambda fake, real, logits, weight: (fake - real).square().mean(),
    )
