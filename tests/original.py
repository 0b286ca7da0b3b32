"""The original program's training loop as it was written, for comparison with ours.

Only where batches and noise come from is an argument; the mathematics is the original's.
"""

import torch
from torch import nn


def original_loop(generator, discriminator, batches, noise, lr=0.0002, betas=(0.9, 0.999)):
    """Train on batches, each (N, 784), with noise, each (N, latent_dim); yield both losses."""
    adversarial_loss = nn.BCELoss()
    optimizer_G = torch.optim.Adam(generator.parameters(), lr=lr, betas=betas)
    optimizer_D = torch.optim.Adam(discriminator.parameters(), lr=lr, betas=betas)
    for real_imgs, z in zip(batches, noise, strict=True):
        real_labels = torch.ones(real_imgs.size(0), 1).to(real_imgs.device)
        fake_labels = torch.zeros(real_imgs.size(0), 1).to(real_imgs.device)

        optimizer_D.zero_grad()
        real_loss = adversarial_loss(discriminator(real_imgs), real_labels)
        fake_imgs = generator(z)
        fake_loss = adversarial_loss(discriminator(fake_imgs.detach()), fake_labels)
        d_loss = real_loss + fake_loss
        d_loss.backward()
        optimizer_D.step()

        optimizer_G.zero_grad()
        g_loss = adversarial_loss(discriminator(fake_imgs), real_labels)
        g_loss.backward()
        optimizer_G.step()
        yield d_loss.item(), g_loss.item()


def original_networks(latent_dim):
    """The original's generator and discriminator, layer by layer."""
    generator = nn.Sequential(
        nn.Linear(latent_dim, 128), nn.ReLU(True), nn.Linear(128, 784), nn.Tanh()
    )
    discriminator = nn.Sequential(
        nn.Linear(784, 128), nn.LeakyReLU(0.2, inplace=True), nn.Linear(128, 1), nn.Sigmoid()
    )
    return generator, discriminator
