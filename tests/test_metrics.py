"""The judge: right about real images, and able to tell good samples from bad ones."""

import pytest
import torch
from safetensors.torch import load, save
from test_data import needs_mnist, real_mnist
from torchvision.datasets import MNIST
from torchvision.transforms.functional import gaussian_blur

from gan_lesson import WEIGHTS, DataError, metrics, models
from gan_lesson.data import load_images
from gan_lesson.models import load_generator
from gan_lesson.runs import sample


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


@pytest.mark.parametrize("doubt", [False, True])
def test_training_a_classifier_is_repeatable_and_learns(doubt):
    pixels, labels = load_images("digits")
    first, second = (metrics.train_classifier(pixels, labels, 2, doubt=doubt) for _ in range(2))
    assert first.head.weight.equal(second.head.weight)
    assert accuracy(first, pixels, labels) > 0.4


def test_a_judge_that_doubts_noise_reads_digits_as_well_and_ranks_otherwise():
    usual, doubting = map(metrics.load_classifier, ("digits", "digits-doubt"))
    pixels, labels = unseen_digits()
    assert accuracy(doubting, pixels, labels) >= 0.97
    assert metrics.measure(pixels, doubting).sure > 0.95
    noise = torch.randn(pixels.shape, generator=torch.Generator().manual_seed(0))
    noisy = (pixels + 0.3 * noise).clamp(-1, 1)
    assert metrics.measure(noisy, usual).sure > 0.9 > 0.1 > metrics.measure(noisy, doubting).sure
    z = torch.randn(360, 100, generator=torch.Generator().manual_seed(0))
    generated, blurred = sample(load_generator(), z), gaussian_blur(pixels, 7, 1.0)
    for judge, better, worse in ((usual, generated, blurred), (doubting, blurred, generated)):
        better, worse = (metrics.measure(images, judge) for images in (better, worse))
        assert 1.5 * better.frechet_distance < worse.frechet_distance


def test_a_saved_classifier_is_loaded_again(tmp_path, monkeypatch):
    classifier = metrics.train_classifier(*unseen_digits(), epochs=1)
    monkeypatch.setattr(metrics, "WEIGHTS", tmp_path)
    metrics.save_classifier(classifier, "mine")
    pixels, _ = unseen_digits()
    logits, _ = metrics.logits_and_features(pixels, metrics.load_classifier("mine"))
    assert torch.allclose(logits, metrics.logits_and_features(pixels, classifier)[0], atol=0.01)
    assert metrics.load_classifier("mine").real_mean.equal(classifier.real_mean)


DAMAGES = {
    "cut short": lambda content: content[: len(content) // 2],
    "empty": lambda content: b"",
    "of another network": lambda content: save({"weight": torch.zeros(3)}),
    "no numbers": lambda content: save(
        {name: weight.fill_(torch.nan) for name, weight in load(content).items()}
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("path", sorted(WEIGHTS.iterdir()), ids=lambda path: path.stem)
def test_damaged_weights_are_said_in_both_languages(path, damage, tmp_path, monkeypatch):
    (tmp_path / path.name).write_bytes(DAMAGES[damage](path.read_bytes()))
    monkeypatch.setattr(metrics, "WEIGHTS", tmp_path)
    monkeypatch.setattr(models, "WEIGHTS", tmp_path)
    name = path.stem.removeprefix("generator_")
    read = metrics.load_classifier if name == path.stem else models.load_generator
    with pytest.raises(DataError, match="install it again") as told:
        read(name)
    assert path.name in told.value.zh and "請重新安裝" in told.value.zh
    with pytest.raises(DataError, match=f"no weights .*cats.*{path.stem}"):
        read("cats")


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


def column(*values):
    return torch.tensor(values, dtype=torch.float64)[:, None]


def test_kernel_distance_by_hand():
    """In one dimension the kernel is (a b + 1)^3."""
    # within: 1 and 27; between: 1, 1, 8 and 27, 9.25 on average.
    assert metrics.kernel_distance(column(0, 1), column(1, 2)) == pytest.approx(1 + 27 - 2 * 9.25)
    # A copy of itself is nearer than an independent draw would be: below 0.
    assert metrics.kernel_distance(column(0, 1), column(0, 1)) == pytest.approx(1 + 1 - 2 * 11 / 4)


def test_kernel_distance_has_no_bias_and_frechet_distance_has():
    """Two draws from one distribution: 0 on average in the one, above 0 in the other."""
    random = torch.Generator().manual_seed(0)
    kernel, frechet = [], []
    for _ in range(200):
        a, b = torch.randn(2, 40, 10, generator=random, dtype=torch.float64)
        kernel.append(metrics.kernel_distance(a, b))
        moments = (*metrics.mean_and_covariance(a), *metrics.mean_and_covariance(b))
        frechet.append(metrics.frechet_distance(*moments))
    kernel = torch.tensor(kernel)
    assert abs(kernel.mean()) < 3 * kernel.std() / 200**0.5
    assert min(frechet) > 0.5


# The points of lesson 08: real balls [-1, 1], [0, 2], [1, 5], [3, 11]; those of the fakes are
# [-0.5, 1.5], [0.75, 2.25], [1.5, 3], [2.25, 21.75].
REAL, FAKE = column(0, 1, 3, 7), column(0.5, 1.5, 2.25, 12)


def test_neighbour_radii_by_hand():
    assert metrics.neighbour_radii(REAL, 1).tolist() == [1, 1, 2, 4]
    assert metrics.neighbour_radii(REAL, 2).tolist() == [3, 2, 3, 6]
    assert metrics.neighbour_radii(FAKE, 1).tolist() == [1, 0.75, 0.75, 9.75]


def test_precision_recall_density_and_coverage_by_hand():
    assert metrics.precision_and_recall(REAL, FAKE, k=1) == (3 / 4, 1)
    assert metrics.density_and_coverage(REAL, FAKE, k=1) == (5 / 4, 3 / 4)
    nearer = column(0.5, 1.5, 2.25, 2.75)  # without the outlier, recall says what is missing
    assert metrics.precision_and_recall(REAL, nearer, k=1) == (1, 3 / 4)
    assert metrics.density_and_coverage(REAL, nearer, k=1) == (6 / 4, 3 / 4)


def test_nearest_distances_and_copied_share_by_hand():
    assert metrics.nearest_distances(FAKE, REAL).tolist() == [0.5, 0.5, 0.75, 5]
    unseen = column(0.2, 1.4, 4, 6.5)  # 0.2, 0.4, 1, 0.5 from the training points
    assert metrics.copied_share(column(0, 3.1, 7, 9), REAL, unseen) == 3 / 4
    assert metrics.copied_share(column(0.5, 9), REAL, unseen) == 0


def planted():
    """Features of 300 real digits, and of samples that are as good, collapsed, copied or noise."""
    classifier = metrics.load_classifier("digits")
    pixels, labels = load_images("digits")
    order = torch.randperm(len(pixels), generator=torch.Generator().manual_seed(0))
    real, other, unseen = pixels[order[:900]].split(300)
    one_class = pixels[order[600:]][labels[order[600:]] == 8].repeat(3, 1, 1, 1)[:300]
    noise = torch.rand(300, 1, 28, 28, generator=torch.Generator().manual_seed(0)) * 2 - 1
    sets = {"real": real, "good": other, "unseen": unseen, "collapsed": one_class}
    sets |= {"copied": real.clone(), "noise": noise, "half": torch.cat([other[:150], noise[:150]])}
    return {
        name: metrics.logits_and_features(images, classifier)[1] for name, images in sets.items()
    }


def test_the_measures_tell_planted_faults_from_good_samples():
    sets = planted()
    real = sets["real"]
    precision, recall, coverage, kernel, copied = {}, {}, {}, {}, {}
    for name, features in sets.items():
        precision[name], recall[name] = metrics.precision_and_recall(real, features)
        coverage[name] = metrics.density_and_coverage(real, features)[1]
        kernel[name] = metrics.kernel_distance(real, features)
        copied[name] = metrics.copied_share(features, real, sets["unseen"])
    assert min(precision["good"], recall["good"], coverage["good"]) > 0.8
    assert abs(kernel["good"]) < 100 < kernel["collapsed"] and kernel["noise"] > 500
    # What each is blind to, as lesson 08 teaches.
    assert precision["collapsed"] > 0.8 and max(recall["collapsed"], coverage["collapsed"]) < 0.3
    assert recall["half"] > 0.8 and precision["half"] < 0.6
    assert copied["good"] < 0.12 and copied["copied"] == 1 and kernel["copied"] < 0


def test_the_same_answer_twice():
    first, second = planted(), planted()
    for measure in (
        metrics.kernel_distance,
        metrics.precision_and_recall,
        metrics.density_and_coverage,
    ):
        assert measure(first["real"], first["good"]) == measure(second["real"], second["good"])


class Identity(torch.nn.Identity):
    """What torchmetrics takes for its network: features as they are."""

    num_features = 84


@pytest.mark.filterwarnings("ignore:Metric `.*` will save all")
@pytest.mark.filterwarnings("ignore:std")
def test_torchmetrics_agrees_on_the_same_features():
    from torchmetrics.image.fid import FrechetInceptionDistance
    from torchmetrics.image.inception import InceptionScore
    from torchmetrics.image.kid import KernelInceptionDistance

    classifier = metrics.load_classifier("digits")
    pixels, _ = load_images("digits")
    logits, real = metrics.logits_and_features(pixels[:600], classifier)
    blurred = torch.nn.functional.avg_pool2d(pixels[600:1200], 3, stride=1, padding=1)
    _, fake = metrics.logits_and_features(blurred, classifier)
    moments = (*metrics.mean_and_covariance(real), *metrics.mean_and_covariance(fake))

    frechet = FrechetInceptionDistance(feature=Identity()).set_dtype(torch.float64)
    # One subset that holds all the images: no draw, so the same number each time.
    kernel = KernelInceptionDistance(feature=Identity(), subsets=1, subset_size=600)
    for metric in (frechet, kernel):
        metric.update(real, real=True)
        metric.update(fake, real=False)
    score = InceptionScore(feature=Identity(), splits=1)  # takes the logits for features
    score.update(logits)

    assert metrics.frechet_distance(*moments) == pytest.approx(frechet.compute().item(), rel=1e-5)
    assert metrics.kernel_distance(real, fake) == pytest.approx(kernel.compute()[0].item())
    expected = score.compute()[0].item()
    assert metrics.inception_score(logits.softmax(dim=1)) == pytest.approx(expected)


def test_variety_takes_neither_speckle_nor_repetition_for_variety():
    pixels, _ = load_images("digits")
    real, others = pixels[::3][:500], pixels[1::3][:500]  # in order of their writers
    random = torch.Generator().manual_seed(0)
    hit = torch.rand(real.shape, generator=random) < 0.15
    sign = torch.randint(2, real.shape, generator=random) * 2.0 - 1
    speckle = 2 * hit * sign

    def speckled(images):
        return (images + speckle).clamp(-1, 1)

    one, ten, half = (others[:n].repeat(500 // n, 1, 1, 1) for n in (1, 10, 250))
    assert metrics.coarse_coverage(real, others) > 0.9
    assert 0.7 < metrics.coarse_coverage(real, half) < 0.9
    assert metrics.coarse_coverage(real, ten) < 0.2
    assert metrics.coarse_coverage(real, speckled(others)) < metrics.coarse_coverage(real, others)
    for few in (one, ten):
        assert metrics.spread(speckled(few)) > metrics.spread(real)  # what distance takes for more
        assert (
            metrics.coarse_coverage(real, speckled(few))
            <= metrics.coarse_coverage(real, few) + 0.02
        )
    bytes_ = ((real + 1) * 127.5).round().byte()
    assert metrics.coarse(bytes_).allclose(metrics.coarse(real), atol=0.01)
