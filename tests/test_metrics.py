"""The judge: right about real images, and able to tell good samples from bad ones."""

import pytest
import torch
from test_data import needs_mnist, real_mnist
from torchvision.datasets import MNIST

from gan_lesson import metrics
from gan_lesson.data import load_images


def unseen_digits():
    pixels, labels = load_images("digits")
    return pixels[::5], labels[::5]


def accuracy(classifier, pixels, labels):
    return (
        (metrics.logits_and_features(pixels, classifier)[0].argmax(dim=1) == labels)
        .double()
        .mean()
        .item()
    )


def test_digits_classifier_reads_unseen_digits():
    assert accuracy(metrics.load_classifier("digits"), *unseen_digits()) >= 0.97


@needs_mnist
def test_mnist_classifier_reads_unseen_digits():
    unseen = MNIST(real_mnist(), train=False)
    pixels = unseen.data.unsqueeze(1) / 127.5 - 1
    assert accuracy(metrics.load_classifier("mnist"), pixels, unseen.targets) >= 0.99


def test_only_shipped_classifiers_are_offered():
    assert metrics.has_classifier("digits") and metrics.has_classifier("mnist")
    assert not metrics.has_classifier("kmnist")


def test_training_a_classifier_is_repeatable_and_learns():
    pixels, labels = load_images("digits")
    first, second = (metrics.train_classifier(pixels, labels, epochs=2) for _ in range(2))
    assert first.head.weight.equal(second.head.weight)
    assert accuracy(first, pixels, labels) > 0.5


def test_measure_tells_good_from_bad():
    classifier = metrics.load_classifier("digits")
    pixels, labels = load_images("digits")
    real = metrics.measure(pixels, classifier)
    noise = metrics.measure(torch.rand(1000, 1, 28, 28) * 2 - 1, classifier)
    collapsed = metrics.measure(pixels[labels == 8].repeat(5, 1, 1, 1), classifier)
    assert real.sure > 0.95 and min(real.shares) > 0.09 and real.inception_score > 9.5
    assert real.frechet_distance < 2
    assert collapsed.inception_score < 1.2 and max(collapsed.shares) > 0.95
    assert min(noise.frechet_distance, collapsed.frechet_distance) > 100 * real.frechet_distance
    assert sum(noise.shares) == pytest.approx(1)


def test_inception_score_by_hand():
    certain = torch.eye(10, dtype=torch.float64)
    assert metrics.inception_score(certain) == pytest.approx(10)
    assert metrics.inception_score(certain[:1].repeat(10, 1)) == pytest.approx(1)
    assert metrics.inception_score(torch.full((5, 10), 0.1)) == pytest.approx(1)


def test_frechet_distance_by_hand():
    """Of two one-dimensional Gaussians it is (m - n)^2 + (s - t)^2."""

    def distance(mean_a, deviation_a, mean_b, deviation_b):
        values = (mean_a, deviation_a**2, mean_b, deviation_b**2)
        mean_a, covariance_a, mean_b, covariance_b = (
            torch.tensor([value], dtype=torch.float64) for value in values
        )
        return metrics.frechet_distance(mean_a, covariance_a[None], mean_b, covariance_b[None])

    assert distance(0, 1, 0, 1) == pytest.approx(0, abs=1e-9)
    assert distance(0, 1, 3, 1) == pytest.approx(9)
    assert distance(0, 1, 3, 3) == pytest.approx(13)


def test_frechet_distance_agrees_with_another_formula():
    """The same distance by the symmetric matrix square root."""
    random = torch.Generator().manual_seed(0)
    a, b = (torch.randn(200, 6, generator=random, dtype=torch.float64) * s for s in (1.0, 2.0))
    mean_a, covariance_a = metrics.mean_and_covariance(a)
    mean_b, covariance_b = metrics.mean_and_covariance(b + 1)

    def root(matrix):
        values, vectors = torch.linalg.eigh(matrix)
        return vectors @ values.clamp(min=0).sqrt().diag() @ vectors.T

    middle = root(root(covariance_a) @ covariance_b @ root(covariance_a))
    expected = (mean_a - mean_b).square().sum() + (covariance_a + covariance_b - 2 * middle).trace()
    found = metrics.frechet_distance(mean_a, covariance_a, mean_b, covariance_b)
    assert found == pytest.approx(expected.item())
