"""The two networks of the lessons, exactly as the cells of lesson 03 build them."""

import torch
from torch import nn
from torch.nn.functional import one_hot

from gan_lesson import WEIGHTS
from gan_lesson.shipped import shipped_weights


class Generator(nn.Module):
    """Turn a latent vector into an image (Goodfellow et al. 2014, as a two-layer network).

    Shapes: z (N, latent_dim), any real numbers -> images (N, 784) in [-1, 1].
    """

    def __init__(self, latent_dim):
        super().__init__()
        self.model = nn.Sequential(
            nn.Linear(latent_dim, 128),
            nn.ReLU(),
            nn.Linear(128, 784),
            nn.Tanh(),
        )

    def forward(self, z):
        return self.model(z)


class Discriminator(nn.Module):
    """Give the probability that an image is real.

    Shapes: images (N, 784) in [-1, 1] -> probabilities (N, 1) in [0, 1].
    """

    def __init__(self):
        super().__init__()
        self.model = nn.Sequential(
            nn.Linear(784, 128),
            nn.LeakyReLU(0.2),
            nn.Linear(128, 1),
            nn.Sigmoid(),
        )

    def forward(self, images):
        return self.model(images)


# --- The networks of lesson 09. Their discriminators have no Sigmoid at the end: each loss makes of
# the logits (N, 1), any real numbers, what it needs. ---


class DeepGenerator(nn.Module):
    """Three fully connected layers with batch norm (Ioffe and Szegedy 2015) between them.

    Shapes as in Generator. In evaluation mode each latent vector has one image, whatever else is
    in the batch.
    """

    def __init__(self, latent_dim):
        super().__init__()
        self.model = nn.Sequential(
            nn.Linear(latent_dim, 128),
            nn.BatchNorm1d(128),
            nn.ReLU(),
            nn.Linear(128, 256),
            nn.BatchNorm1d(256),
            nn.ReLU(),
            nn.Linear(256, 784),
            nn.Tanh(),
        )

    def forward(self, z):
        return self.model(z)


class DeepDiscriminator(nn.Module):
    """Three fully connected layers: images (N, 784) in [-1, 1] -> logits (N, 1)."""

    def __init__(self):
        super().__init__()
        self.model = nn.Sequential(
            nn.Linear(784, 256),
            nn.LeakyReLU(0.2),
            nn.Linear(256, 128),
            nn.LeakyReLU(0.2),
            nn.Linear(128, 1),
        )

    def forward(self, images):
        return self.model(images)


class ConvGenerator(nn.Module):
    """DCGAN's generator (Radford et al. 2016), small: 7x7, then 14x14, then 28x28 pixels.

    Shapes as in Generator.
    """

    def __init__(self, latent_dim):
        super().__init__()
        self.model = nn.Sequential(
            nn.Linear(latent_dim, 16 * 7 * 7),
            nn.Unflatten(1, (16, 7, 7)),
            nn.BatchNorm2d(16),
            nn.ReLU(),
            nn.ConvTranspose2d(16, 16, 4, stride=2, padding=1),
            nn.BatchNorm2d(16),
            nn.ReLU(),
            nn.ConvTranspose2d(16, 1, 4, stride=2, padding=1),
            nn.Tanh(),
            nn.Flatten(),
        )

    def forward(self, z):
        return self.model(z)


class ConvDiscriminator(nn.Module):
    """Two convolutions with stride 2 in place of pooling: images (N, 784) -> logits (N, 1).

    Source: Radford et al. 2016; without their batch norm, which gradient penalties do not allow.
    """

    def __init__(self):
        super().__init__()
        self.model = nn.Sequential(
            nn.Unflatten(1, (1, 28, 28)),
            nn.Conv2d(1, 32, 4, stride=2, padding=1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(32, 64, 4, stride=2, padding=1),
            nn.LeakyReLU(0.2),
            nn.Flatten(),
            nn.Linear(64 * 7 * 7, 1),
        )

    def forward(self, images):
        return self.model(images)


class ConditionalGenerator(nn.Module):
    """Draw the digit asked for (Mirza and Osindero 2014): the label stands beside z.

    Shapes: z (N, latent_dim), labels (N,) from 0 to 9 -> images (N, 784) in [-1, 1].
    Without labels it draws 0, 1, ... 9 in turn.
    """

    def __init__(self, latent_dim):
        super().__init__()
        self.latent_dim = latent_dim
        self.model = DeepGenerator(latent_dim + 10).model

    def forward(self, z, labels=None):
        if labels is None:
            labels = torch.arange(len(z), device=z.device) % 10
        return self.model(torch.cat([z, one_hot(labels, 10).to(z.dtype)], dim=1))


class ConditionalDiscriminator(nn.Module):
    """Is this a real image of this digit? Images (N, 784), labels (N,) -> logits (N, 1)."""

    def __init__(self):
        super().__init__()
        self.model = DeepDiscriminator().model
        self.model[0] = nn.Linear(784 + 10, 256)

    def forward(self, images, labels):
        return self.model(torch.cat([images, one_hot(labels, 10).to(images.dtype)], dim=1))


def load_generator(name="digits", digit=0):
    """Load a generator that the package ships; each takes z (N, 100).

    "digits": lesson 05's, as it is trained there. "hanzi": the recipe dcgan on Chinese characters.
    "number": the recipe conditional on digits, asked for one `digit`. The last two have their batch
    norm folded into the layers before it.
    Raises DataError where its weights are damaged, or there are none of that name.
    """
    with shipped_weights(WEIGHTS / f"generator_{name}.safetensors") as weights:
        return _filled(weights, name, digit)


def _filled(file, name, digit):
    if name == "digits":
        generator = Generator(100)
        generator.load_state_dict(file)
        return generator.eval()
    layers = []
    for number in range(3):
        weight, bias = file[f"{number}.weight"].float(), file[f"{number}.bias"].float()
        if weight.dim() == 2:
            layers.append(nn.Linear(*weight.shape[::-1]))
        else:
            layers.append(nn.ConvTranspose2d(*weight.shape[:2], 4, stride=2, padding=1))
        layers[-1].load_state_dict({"weight": weight, "bias": bias})
        layers.append(nn.ReLU())
    if name == "hanzi":
        layers.insert(1, nn.Unflatten(1, (16, 7, 7)))
    else:  # the label's part of the first layer is the same for every z
        first = nn.Linear(100, layers[0].out_features)
        with torch.no_grad():
            first.weight.copy_(layers[0].weight[:, :100])
            first.bias.copy_(layers[0].bias + layers[0].weight[:, 100 + digit])
        layers[0] = first
    return nn.Sequential(*layers[:-1], nn.Tanh(), nn.Flatten()).eval()
