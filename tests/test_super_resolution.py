"""Super-resolution: the networks, the loss, the measures, and that the GAN does what it claims."""

import functools
import math

import pytest
import torch
from torch.nn.functional import avg_pool2d, interpolate

from gan_lesson import metrics
from gan_lesson.applications import super_resolution


def small_and_answers():
    _, answers, labels = super_resolution.load_digits()
    return super_resolution.shrink(answers, torch.Generator().manual_seed(1)), answers, labels


@functools.cache
def trained(adversarial_weight, epochs=super_resolution.EPOCHS):
    """The enlarger after training, what it makes of the held-out images, and its records."""
    images, _, _ = super_resolution.load_digits()
    enlarger, discriminator = super_resolution.build_networks()
    records = list(
        super_resolution.train(enlarger, discriminator, images, adversarial_weight, epochs)
    )
    with torch.no_grad():
        return enlarger(small_and_answers()[0]), records


@functools.cache
def judged(name):
    small, answers, labels = small_and_answers()
    pictures = {
        "bicubic": lambda: interpolate(small, size=28, mode="bicubic").clamp(-1, 1),
        "L1": lambda: trained(0)[0],
        "GAN": lambda: trained(0.05)[0],
    }[name]()
    classifier = metrics.load_classifier("digits")
    return super_resolution.measure(pictures, answers, labels, classifier)


def test_shapes_and_ranges():
    small, answers, labels = small_and_answers()
    assert small.shape == (360, 1, 7, 7) and answers.shape == (360, 1, 28, 28)
    assert len(labels) == 360
    enlarger, discriminator = super_resolution.build_networks()
    large = enlarger(small)
    assert large.shape == answers.shape and large.abs().max() <= 1
    assert discriminator(large).shape == (360, 1)


def test_networks_are_the_same_each_time_and_leave_the_random_numbers_alone():
    before = torch.random.get_rng_state()
    first, second = super_resolution.build_networks(), super_resolution.build_networks()
    assert torch.random.get_rng_state().equal(before)
    for one, other in zip(first, second, strict=True):
        assert all(map(torch.equal, one.parameters(), other.parameters()))


def test_shrinking_takes_block_means_and_a_little_noise():
    answers = small_and_answers()[1]
    small = super_resolution.shrink(answers, torch.Generator().manual_seed(0))
    blocks = answers.reshape(-1, 1, 7, 4, 7, 4).mean(dim=(3, 5))
    noise = small - blocks
    assert noise.std().item() == pytest.approx(super_resolution.NOISE, rel=0.05)
    assert abs(noise.mean().item()) < 0.01


def test_loss_by_hand():
    """Pixels 0.5 apart, and a discriminator that cannot decide: 0.5 + weight * log 2."""
    fake, real = torch.zeros(2, 1, 28, 28), torch.full((2, 1, 28, 28), 0.5)
    loss = super_resolution.enlarger_loss(fake, real, torch.zeros(2, 1), 0.1)
    assert loss.item() == pytest.approx(0.5 + 0.1 * math.log(2))


def test_ssim_by_hand():
    """1 for the same picture; of even images only the means differ; -1 for a negative."""
    answers = small_and_answers()[1]
    assert super_resolution.ssim(answers, answers) == pytest.approx(1, abs=1e-5)
    grey, light = torch.full((1, 1, 28, 28), 0.2), torch.full((1, 1, 28, 28), 0.6)
    expected = (2 * 0.2 * 0.6 + 0.02**2) / (0.2**2 + 0.6**2 + 0.02**2)
    assert super_resolution.ssim(grey, light) == pytest.approx(expected, rel=1e-3)
    row, column = torch.meshgrid(torch.arange(28), torch.arange(28), indexing="ij")
    chessboard = (0.5 - (row + column) % 2)[None, None]  # mean 0, variance 1/4
    expected = (-2 * 0.25 + 0.06**2) / (2 * 0.25 + 0.06**2)
    assert super_resolution.ssim(chessboard, -chessboard) == pytest.approx(expected, rel=1e-3)


def test_psnr_and_sharpness_by_hand():
    black = torch.full((1, 1, 28, 28), -1.0)
    assert super_resolution.psnr(black, black + 0.2) == pytest.approx(20, abs=1e-4)
    assert super_resolution.sharpness(black) == 0
    slope = (0.03 * torch.arange(28.0) + 0.04 * torch.arange(28.0)[:, None])[None, None]
    assert super_resolution.sharpness(slope) == pytest.approx(0.05, rel=1e-4)


def test_measures_tell_planted_bad_results_from_good_ones():
    _, answers, labels = small_and_answers()
    classifier = metrics.load_classifier("digits")

    def measure(pictures):
        return super_resolution.measure(pictures, answers, labels, classifier)

    blurred = measure(avg_pool2d(answers, 5, stride=1, padding=2, count_include_pad=False))
    another = measure(answers.roll(1, dims=0))  # sharp, and each the wrong digit's
    near = measure((answers + 0.02).clamp(-1, 1))
    real_sharpness = super_resolution.sharpness(answers)
    assert near.psnr > blurred.psnr > another.psnr
    assert near.ssim > blurred.ssim > another.ssim
    assert blurred.sharpness < 0.8 * real_sharpness
    assert another.sharpness == pytest.approx(real_sharpness, rel=1e-4) and another.read < 0.3
    assert near.read > 0.98


@pytest.mark.parametrize("adversarial_weight", [0, 0.05])
def test_training_lowers_the_distance_to_the_answers(adversarial_weight):
    small, answers, _ = small_and_answers()
    enlarger, _ = super_resolution.build_networks()
    with torch.no_grad():
        before = super_resolution.psnr(enlarger(small), answers)
    after = super_resolution.psnr(trained(adversarial_weight, epochs=1)[0], answers)
    assert after > before + 2


def test_a_second_run_gives_the_same():
    first = trained(0.05, epochs=1)
    second = trained.__wrapped__(0.05, epochs=1)
    assert first[0].equal(second[0]) and first[1] == second[1]
    assert len(first[1]) == first[1][-1].batches == 45
    assert all(0 < now.loss_d < 5 and 0 < now.loss_g < 5 for now in first[1])


def test_the_gan_beats_bicubic_and_is_sharper_than_l1_at_a_price():
    real = super_resolution.sharpness(small_and_answers()[1])
    bicubic, l1, gan = judged("bicubic"), judged("L1"), judged("GAN")
    assert abs(gan.sharpness - real) < abs(l1.sharpness - real) < abs(bicubic.sharpness - real)
    assert gan.read >= bicubic.read + 0.02
    assert bicubic.psnr + 3 < gan.psnr < l1.psnr  # the price
    assert bicubic.ssim < gan.ssim < l1.ssim


def test_figures():
    small, answers, _ = small_and_answers()
    figure = super_resolution.show({"7×7": small, "答案 · answer": answers})
    assert len(figure.axes) == 20
    quality = super_resolution.Quality(20, 0.7, 0.13, 0.9)
    figure = super_resolution.show_measures(dict.fromkeys("abcd", quality), 0.16)
    assert len(figure.axes[0].lines) == 5
