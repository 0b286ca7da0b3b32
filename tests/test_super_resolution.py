"""Super-resolution: the measures on known faults, and the notebook's networks."""

import functools
import math

import cells
import pytest
import torch
from torch.nn.functional import avg_pool2d, interpolate

from gan_lesson.applications import super_resolution
from gan_lesson.data import glyphs
from gan_lesson.unfit import UnfitError

load_pairs = functools.cache(super_resolution.load_pairs)


def test_pairs_shapes_and_no_character_in_two_of_them():
    training, held_out, lookalikes = load_pairs()
    assert training.large.shape == (4321, 1, 32, 32) and held_out.small.shape == (1083, 1, 8, 8)
    codes = torch.cat([training.codes, held_out.codes, lookalikes.codes]).tolist()
    assert len(set(codes)) == len(codes) == 5411
    assert "".join(map(chr, lookalikes.codes.tolist())) == super_resolution.LOOKALIKES


def test_shrinking_takes_block_means():
    held_out = load_pairs()[1]
    blocks = held_out.large.reshape(-1, 1, 8, 4, 8, 4).mean(dim=(3, 5))
    assert held_out.small.allclose(blocks, atol=1e-6)


def test_ssim_by_hand():
    """1 for the same picture; of even images only the means differ; -1 for a negative."""
    answers = load_pairs()[1].large[:100]
    assert super_resolution.ssim(answers, answers) == pytest.approx(1, abs=1e-5)
    grey, light = torch.full((1, 1, 32, 32), 0.2), torch.full((1, 1, 32, 32), 0.6)
    expected = (2 * 0.2 * 0.6 + 0.02**2) / (0.2**2 + 0.6**2 + 0.02**2)
    assert super_resolution.ssim(grey, light) == pytest.approx(expected, rel=1e-3)
    row, column = torch.meshgrid(torch.arange(32), torch.arange(32), indexing="ij")
    chessboard = (0.5 - (row + column) % 2)[None, None]  # mean 0, variance 1/4
    expected = (-2 * 0.25 + 0.06**2) / (2 * 0.25 + 0.06**2)
    assert super_resolution.ssim(chessboard, -chessboard) == pytest.approx(expected, rel=1e-3)


def test_psnr_by_hand():
    black = torch.full((1, 1, 32, 32), -1.0)
    assert super_resolution.psnr(black, black + 0.2) == pytest.approx(20, abs=1e-4)


def test_reading_takes_the_nearest_character():
    large, codes = glyphs(32, "永和未末")
    assert super_resolution.read(large).equal(codes)
    assert super_resolution.read(0.5 * large).equal(codes)


def test_measures_tell_planted_bad_results_from_good_ones():
    held_out = load_pairs()[1]
    truth = held_out.large
    random = torch.Generator().manual_seed(0)
    specks = torch.rand(truth.shape, generator=random) < 0.05
    near = super_resolution.measure((truth + 0.02).clamp(-1, 1), held_out)
    blurred = super_resolution.measure(avg_pool2d(truth, 3, stride=1, padding=1), held_out)
    grain = super_resolution.measure(torch.where(specks, -truth, truth), held_out)
    another = super_resolution.measure(truth.roll(1, dims=0), held_out)
    assert near.psnr > blurred.psnr > another.psnr and near.ssim > blurred.ssim > another.ssim
    assert near.read == 1 and another.read == 0
    assert blurred.grey > 2 * near.grey and blurred.width > 1.5 * near.width
    assert grain.grey == pytest.approx(near.grey, abs=0.003) and grain.width < 0.9 * near.width
    assert another.width == pytest.approx(near.width, rel=0.05)


def test_figures():
    held_out = load_pairs()[1]
    figure = super_resolution.show({"8×8": held_out.small, "答案 · answer": held_out.large})
    assert len(figure.axes) == 20
    super_resolution.plt.close(figure)
    quality = super_resolution.Quality(20, 0.7, 0.13, 2.0, 0.9)
    figure = super_resolution.show_measures(dict.fromkeys("abcd", quality), quality)
    assert len(figure.axes[0].lines) == 5
    super_resolution.plt.close(figure)


# --- the notebook's cells ---


@functools.cache
def notebook():
    return cells.load("applications/super_resolution")


def trained(here, adversarial_weight, count):
    """What the notebook's enlarger makes of unseen characters after so many of its steps."""
    torch.manual_seed(0)
    training, held_out, _ = load_pairs()
    state = cells.train(
        here,
        here.Enlarger(),
        here.LargeDiscriminator(),
        training.large,
        training.small,
        steps=here.enlarging_steps(adversarial_weight),
        count=count,
        latent_dim=1,
        epochs=here.EPOCHS,
    )
    with torch.no_grad():
        return state.generator(torch.zeros(1083, 1), held_out.small)


def test_shapes_of_the_networks():
    here = notebook()
    small = load_pairs()[1].small[:5]
    large = here.Enlarger()(torch.zeros(5, 1), small)
    assert large.shape == (5, 1, 32, 32) and large.abs().max() <= 1
    assert here.LargeDiscriminator()(large, small).shape == (5, 1, 8, 8)


def test_networks_the_wrong_way_round_are_told_so():
    here, pairs = notebook(), load_pairs()[1]
    networks = here.LargeDiscriminator(), here.Enlarger()
    with pytest.raises(UnfitError, match="the wrong way round"):
        cells.train(here, *networks, pairs[1], pairs[0], steps=None, count=1, latent_dim=1)


def test_loss_by_hand():
    """Pixels 0.5 apart, and a discriminator that cannot decide: 0.5 + weight * log 2."""
    fake, real = torch.zeros(2, 1, 32, 32), torch.full((2, 1, 32, 32), 0.5)
    loss = notebook().enlarger_loss(fake, real, torch.zeros(2, 1, 8, 8), 0.1)
    assert loss.item() == pytest.approx(0.5 + 0.1 * math.log(2))


@pytest.mark.parametrize("adversarial_weight", [0, 0.02])
def test_an_epoch_beats_bicubic(adversarial_weight):
    held_out = load_pairs()[1]
    bicubic = interpolate(held_out.small, size=32, mode="bicubic").clamp(-1, 1)
    made = super_resolution.measure(trained(notebook(), adversarial_weight, 136), held_out)
    plain = super_resolution.measure(bicubic, held_out)
    assert made.grey < plain.grey / 2 and made.ssim > plain.ssim and made.read > plain.read


def test_the_cells_train():
    cells.assert_the_cells_train(
        "applications/super_resolution",
        lambda here: trained(here, 0.02, 4),
        enlarger_loss=lambda fake, real, logits, weight: (fake - real).square().mean(),
    )
