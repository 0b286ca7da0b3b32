"""The two networks of the lessons, exactly as the cells of lesson 03 build them."""

from safetensors.torch import load_file
from torch import nn

from gan_lesson import WEIGHTS


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


def build_networks(config):
    """The networks that a run's TrainingConfig names: generator, discriminator."""
    return Generator(config.latent_dim), Discriminator()


def load_generator():
    """Load the generator that the package ships: latent_dim 100, trained on `digits`."""
    generator = Generator(100)
    generator.load_state_dict(load_file(WEIGHTS / "generator_digits.safetensors"))
    return generator.eval()
