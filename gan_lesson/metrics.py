"""How good and how varied samples are, in the eyes of a small classifier that the package ships."""

from typing import NamedTuple

import torch
from safetensors.torch import save_file
from torch import nn

from gan_lesson import WEIGHTS
from gan_lesson.shipped import shipped_weights


class Classifier(nn.Module):
    """LeNet-5 (LeCun et al. 1998), with ReLU and max pooling: ten digits from 28x28 pixels.

    Shapes: images (N, 1, 28, 28) in [-1, 1] -> logits (N, 10); `features` gives (N, 84).
    """

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 6, 5, padding=2),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(6, 16, 5),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(400, 120),
            nn.ReLU(),
            nn.Linear(120, 84),
            nn.ReLU(),
        )
        self.head = nn.Linear(84, 10)
        # The mean and covariance of the features of real images: what samples are compared with.
        self.register_buffer("real_mean", torch.zeros(84, dtype=torch.float64))
        self.register_buffer("real_covariance", torch.eye(84, dtype=torch.float64))

    def forward(self, images):
        return self.head(self.features(images))


class Quality(NamedTuple):
    """What the classifier says of a set of samples."""

    sure: float  # share of samples of which it is more than 90 % sure, 0 to 1
    shares: tuple  # share of samples it calls 0, 1, ... 9; they add up to 1
    inception_score: float  # 1 (all alike) to 10 (all ten digits, each without doubt)
    frechet_distance: float  # 0 (the same features as real images) upwards


def has_classifier(dataset):
    """Whether the package ships a classifier for this data set."""
    return dataset in ("digits", "mnist")


def load_classifier(dataset):
    """Load the classifier that the package ships for "digits" or "mnist", ready to judge.

    "digits-doubt" is a second judge of "digits", trained to be unsure of noisy images.
    Raises DataError where its weights are damaged, or there are none of that name.
    """
    classifier = Classifier()
    with shipped_weights(WEIGHTS / f"{dataset}.safetensors") as weights:
        classifier.load_state_dict(weights)
    return classifier.eval()


def measure(images, classifier):
    """Judge images (N, 1, 28, 28) in [-1, 1], N >= 100 or so, and return a Quality."""
    logits, features = logits_and_features(images, classifier)
    probabilities = logits.softmax(dim=1)
    shares = probabilities.argmax(dim=1).bincount(minlength=10) / len(images)
    return Quality(
        sure=(probabilities.max(dim=1).values > 0.9).double().mean().item(),
        shares=tuple(shares.tolist()),
        inception_score=inception_score(probabilities),
        frechet_distance=frechet_distance(
            *mean_and_covariance(features), classifier.real_mean, classifier.real_covariance
        ),
    )


@torch.no_grad()
def logits_and_features(images, classifier):
    """Logits (N, 10) and features (N, 84) of images, 250 at a time, in double precision."""
    features = torch.cat([classifier.features(part) for part in images.split(250)])
    return classifier.head(features).double(), features.double()


def inception_score(probabilities):
    """exp of the mean KL divergence of each p(y|x) from their mean p(y) (Salimans et al. 2016).

    Shapes: probabilities (N, K), rows adding up to 1 -> a number from 1 to K.
    """
    mean = probabilities.mean(dim=0, keepdim=True)
    divergence = torch.xlogy(probabilities, probabilities) - torch.xlogy(probabilities, mean)
    return divergence.sum(dim=1).mean().exp().item()


def spread(images):
    """The mean distance, pixel by pixel, between two of the images (N, ...): 0 if all are alike."""
    flat = images.flatten(1)
    return torch.pdist(flat).mean().item()


def coarse(images):
    """Images (N, 1, 28, 28), in [-1, 1] or bytes, as the means of 4x4 pixels, (N, 49).

    Speckle, which no neighbour shares, is all but averaged away; what was drawn is still there.
    """
    return nn.functional.avg_pool2d(as_floats(images), 4).flatten(1)


def as_floats(images):
    """Images in [-1, 1], also where they are given as bytes."""
    return images if images.is_floating_point() else images / 127.5 - 1


def coarse_coverage(real, fake):
    """The share of real images that have a fake near by, among coarse pictures: 0 to about 0.97.

    It is the coverage of Naeem et al. 2020. A repeated image is near to few real ones, however
    large the speckle on it, and speckle brings no fake nearer. Shapes: as many images of each kind.
    """
    return density_and_coverage(coarse(real), coarse(fake))[1]


def mean_and_covariance(features):
    """Mean (K,) and covariance (K, K) of features (N, K)."""
    return features.mean(dim=0), features.T.cov()


def frechet_distance(mean_a, covariance_a, mean_b, covariance_b):
    """Squared Fréchet distance of two Gaussians (Heusel et al. 2017): >= 0, 0 for the same one."""
    # The trace of (A B)^(1/2) is the sum of the square roots of A B's eigenvalues.
    roots = torch.linalg.eigvals(covariance_a @ covariance_b).sqrt().real.sum()
    spread = covariance_a.trace() + covariance_b.trace() - 2 * roots
    return ((mean_a - mean_b).square().sum() + spread).clamp(min=0).item()


def kernel_distance(features_a, features_b):
    """Unbiased MMD^2 with the kernel (a.b / K + 1)^3, the KID of Bińkowski et al. 2018.

    0 on average for two draws from one distribution, however few; a single value can be below 0.
    Shapes: features (N, K) and (M, K), N and M at least 2 -> a number.
    """

    def kernel(a, b):
        return (a @ b.T / a.shape[1] + 1) ** 3

    def mean_of_others(square):  # without each image's kernel with itself: this is the "unbiased"
        return (square.sum() - square.trace()) / (len(square) * (len(square) - 1))

    within = mean_of_others(kernel(features_a, features_a))
    within = within + mean_of_others(kernel(features_b, features_b))
    return (within - 2 * kernel(features_a, features_b).mean()).item()


def distances(points_a, points_b):
    """All distances (N, M) of points (N, K) from points (M, K); exactly 0 between equal ones."""
    return torch.cdist(points_a, points_b, compute_mode="donot_use_mm_for_euclid_dist")


def neighbour_radii(points, k):
    """The distance (N,) of each of the points (N, K) to its k-th nearest other one, 1 <= k < N."""
    return distances(points, points).kthvalue(k + 1, dim=1).values  # the nearest is itself


def precision_and_recall(real, fake, k=3):
    """The share of fakes that lie among real ones, and of real ones that lie among fakes.

    "Among" is in the ball around one of them that reaches to its k-th nearest neighbour.
    Shapes: features (N, K) and (M, K), k < N and M -> two numbers from 0 to 1.
    Source: Kynkäänniemi et al. 2019, equation 1 and 2.
    """
    between = distances(real, fake)
    precision = (between <= neighbour_radii(real, k)[:, None]).any(dim=0)
    recall = (between <= neighbour_radii(fake, k)).any(dim=1)
    return precision.double().mean().item(), recall.double().mean().item()


def density_and_coverage(real, fake, k=5):
    """In how many balls of real ones a fake lies, over k; the share of these balls that hold one.

    The balls are those of precision; about 1 and, for N = M, 1 - 2^-k where both are alike.
    Shapes: features (N, K) and (M, K), k < N -> a number >= 0 and one from 0 to 1.
    Source: Naeem et al. 2020, equation 3 and 4.
    """
    inside = distances(real, fake) <= neighbour_radii(real, k)[:, None]
    return inside.sum().item() / (k * len(fake)), inside.any(dim=1).double().mean().item()


def nearest_distances(samples, references):
    """How far each sample (N, ...) is from the nearest of the references (M, ...): (N,)."""
    return distances(samples.flatten(1), references.flatten(1)).min(dim=1).values


def copied_share(samples, training, unseen):
    """The share of samples nearer to a training image than 95 % of unseen real images are.

    About 0.05 for honest samples, 1 for copies. Shapes: images or features (N, ...), (M, ...) and
    (L, ...), the unseen ones of the same kind as the training set -> a number from 0 to 1.
    The idea of measuring copies by unseen images is that of Meehan et al. 2020.
    """
    near = nearest_distances(unseen, training).quantile(0.05)
    return (nearest_distances(samples, training) < near).double().mean().item()


def train_classifier(images, labels, epochs, doubt=False):
    """Train a Classifier on images (N, 1, 28, 28) in [-1, 1] and labels (N,); each is shifted and
    turned a little, so that the classifier reads the digit and not its place.

    doubt: half of each batch comes once more, with noise on it, and each digit is then to get a
    probability of 0.1: it learns to be unsure where it sees noise (Hendrycks et al. 2019).
    """
    from torchvision.transforms import RandomAffine

    torch.manual_seed(0)
    classifier = Classifier()
    steps = epochs * -(-len(images) // 128)
    optimizer = torch.optim.Adam(classifier.parameters(), lr=2e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=4e-3, total_steps=steps)
    shake = RandomAffine(degrees=10, translate=(0.08, 0.08), scale=(0.9, 1.1), fill=-1)
    for _ in range(epochs):
        for chosen in torch.randperm(len(images)).split(128):
            shaken = shake(images[chosen])
            loss = nn.functional.cross_entropy(classifier(shaken), labels[chosen])
            if doubt:
                half = shaken[: len(shaken) // 2]
                noise = torch.randn_like(half) * (0.2 + 0.8 * torch.rand(len(half), 1, 1, 1))
                even = torch.full((len(half), 10), 0.1)
                logits = classifier((half + noise).clamp(-1, 1))
                loss = loss + 0.5 * nn.functional.cross_entropy(logits, even)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    classifier.real_mean, classifier.real_covariance = mean_and_covariance(
        logits_and_features(images, classifier)[1]
    )
    return classifier.eval()


def save_classifier(classifier, dataset):
    """Write a trained classifier to where `load_classifier` finds it, as float16: half the file."""
    WEIGHTS.mkdir(exist_ok=True)
    weights = {name: weight.detach().half() for name, weight in classifier.named_parameters()}
    save_file(classifier.state_dict() | weights, WEIGHTS / f"{dataset}.safetensors")


def modes_covered(points, centres):
    """How many clusters of a toy world the generated points reach.

    A cluster counts as covered if the points that are nearest to its centre, and closer than
    0.15, are at least a fifth of its fair share len(points) / len(centres).
    Shapes: points (N, 2), centres (K, 2) -> a number from 0 to K.
    """
    distance, nearest = torch.cdist(points, centres).min(dim=1)
    counts = nearest[distance < 0.15].bincount(minlength=len(centres))
    return int((counts >= len(points) / len(centres) / 5).sum())


def energy_distance(points_a, points_b):
    """2 E|a - b| - E|a - a'| - E|b - b'| of two clouds: >= 0, and 0 for the same one.

    Two different draws of N points from one distribution lie about 2 E|a - a'| / N apart.
    Shapes: (N, K) and (M, K). Source: Székely and Rizzo 2013, "Energy statistics".
    """
    between = torch.cdist(points_a, points_b).mean()
    within = torch.cdist(points_a, points_a).mean() + torch.cdist(points_b, points_b).mean()
    return (2 * between - within).clamp(min=0).item()
