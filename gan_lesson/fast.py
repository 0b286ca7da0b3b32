"""Both training steps with the chain rule written out, for the original's two-layer networks.

Autograd does the same sums; what is saved is its bookkeeping. Lesson 10 writes these functions and
the class in its cells. Tests hold them to the losses and weights of the steps of lesson 04.
"""

import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy, leaky_relu

from gan_lesson import BilingualError

GENERATOR = [nn.Linear, nn.ReLU, nn.Linear, nn.Tanh]
DISCRIMINATOR = [nn.Linear, nn.LeakyReLU, nn.Linear, nn.Sigmoid]


class NotTwoLayers(BilingualError, ValueError):
    """Networks that the chain rule below is not written for."""


class TwoLayerSteps:
    """One step of D, then one of G, as `taught_steps` takes them: train(..., steps=this).

    state: a TrainingState whose networks are the original's, of any width. The optimisers may be
    any, and may change on the way. Called with (state, real (N, 784), z (N, latent_dim)); returns
    both losses. Raises NotTwoLayers where its gradients are not those that autograd finds; it
    compares them once, so a hook set on a weight or layer later is not run.
    """

    def __init__(self, state):
        compare_with_autograd(state)
        self.generator, self.discriminator = state.generator.model, state.discriminator.model

    @torch.no_grad()
    def __call__(self, state, real, z):
        fake, hidden = generator_forward(self.generator, z)
        loss_d, gradients = discriminator_gradients(self.discriminator, real, fake)
        step_with(state.optimizer_d, self.discriminator, gradients)
        loss_g, gradients = generator_gradients(self.generator, self.discriminator, z, hidden, fake)
        step_with(state.optimizer_g, self.generator, gradients)
        return loss_d, loss_g


def generator_forward(generator, z):
    """The images (N, 784) of a generator's four layers, and its hidden features (N, hidden)."""
    first, _, second, _ = generator
    hidden = torch.addmm(first.bias, z, first.weight.T).relu_()
    twice = torch.addmm(second.bias, hidden, second.weight.T, beta=2, alpha=2)
    return twice.sigmoid_().mul_(2).sub_(1), hidden  # tanh x = 2 sigmoid(2x) - 1, but quicker


def discriminator_forward(discriminator, images):
    """What a discriminator's four layers say, (N, 1), and its hidden features (N, hidden)."""
    first, leaky, second, _ = discriminator
    hidden = torch.addmm(first.bias, images, first.weight.T)
    hidden = leaky_relu(hidden, leaky.negative_slope)
    return torch.addmm(second.bias, hidden, second.weight.T).sigmoid_(), hidden


def mean_cross_entropy(p):
    """The mean -log of the probabilities (N, 1) given to the truth, each at most 100 as in BCELoss.

    NaN stays NaN, where BCELoss would refuse it.
    """
    return -p.log().clamp_(min=-100).mean()


def layer_gradients(slope, inputs):
    """The gradients of a fully connected layer's weight and bias."""
    return [slope.T @ inputs, slope.sum(dim=0)]


def discriminator_backward(discriminator, p, y, hidden, count):
    """The gradient of the mean loss at D's logits (N, 1), and at its hidden layer's sums.

    At the logits it is (p - y) / count: the slope of the logarithm, 1 / (p (1 - p)), and that
    of the sigmoid, p (1 - p), cancel. Where p is 0 or 1 in float32 they are 0 and, in BCELoss,
    at most 1e12: nothing is left to learn from.
    """
    _, leaky, second, _ = discriminator
    sigmoid = p * (1 - p)
    outer = (p - y) * (sigmoid / sigmoid.clamp(min=1e-12)) / count
    inner = outer @ second.weight
    return outer, inner.mul_(hidden.sign().clamp_(min=leaky.negative_slope))


def discriminator_gradients(discriminator, real, fake):
    """D's loss, and the gradient of each of its weights: real images are 1, fake ones 0."""
    images, count = torch.cat([real, fake]), len(real)
    p, hidden = discriminator_forward(discriminator, images)
    loss = mean_cross_entropy(p[:count]) + mean_cross_entropy(1 - p[count:])
    y = torch.zeros_like(p)
    y[:count] = 1
    outer, inner = discriminator_backward(discriminator, p, y, hidden, count)
    return loss, layer_gradients(inner, images) + layer_gradients(outer, hidden)


def generator_gradients(generator, discriminator, z, hidden, fake):
    """G's loss, and the gradient of each of its weights: its fakes should pass for real."""
    p, features = discriminator_forward(discriminator, fake)
    _, inner = discriminator_backward(discriminator, p, 1, features, len(p))
    outer = inner @ discriminator[0].weight  # what D tells each pixel
    outer *= 1 - fake.square()  # back through tanh
    inner = (outer @ generator[2].weight).mul_(hidden.sign())  # and through ReLU
    return mean_cross_entropy(p), layer_gradients(inner, z) + layer_gradients(outer, hidden)


# --- what lesson 10 imports ---


def compare_with_autograd(state):
    """Try both networks on one small batch: NotTwoLayers where autograd finds other gradients."""
    generator, discriminator = state.generator, state.discriminator
    for network, kinds in ((generator, GENERATOR), (discriminator, DISCRIMINATOR)):
        if _changed(getattr(network, "model", ()), kinds):
            raise _refusal(network)
    like = next(generator.parameters())
    random = torch.Generator().manual_seed(0)
    z = torch.randn(8, generator.model[0].in_features, generator=random).to(like)
    real = torch.rand(8, discriminator.model[0].in_features, generator=random).to(like)
    try:
        with torch.enable_grad():
            fake = generator(z)
            p_real, p_fake, p = map(discriminator, (real, fake.detach(), fake))
            if not (p_real + p_fake + p).isfinite().all():
                return  # train() is the one to tell of it
            loss_d = binary_cross_entropy(p_real, torch.ones_like(p_real))
            loss_d = loss_d + binary_cross_entropy(p_fake, torch.zeros_like(p_fake))
            loss_g = binary_cross_entropy(p, torch.ones_like(p))
            found = torch.autograd.grad(loss_d, list(discriminator.parameters()))
            found += torch.autograd.grad(loss_g, list(generator.parameters()))
    except RuntimeError as error:
        raise _refusal(discriminator) from error
    if not all(gradient.isfinite().all() for gradient in found):
        return
    with torch.no_grad():
        fake, hidden = generator_forward(generator.model, z)
        networks = generator.model, discriminator.model
        by_hand = discriminator_gradients(discriminator.model, real, fake)[1]
        by_hand += generator_gradients(*networks, z, hidden, fake)[1]
    if not all(map(torch.allclose, found, by_hand, [1e-3] * len(found), [1e-6] * len(found))):
        raise _refusal(discriminator)


def step_with(optimizer, model, gradients):
    """A step of any optimiser with these gradients."""
    if _changed(model, GENERATOR, DISCRIMINATOR):
        raise _refusal(model)
    for weight, gradient in zip(model.parameters(), gradients, strict=True):
        weight.grad = gradient
    optimizer.step()


def _changed(model, *kinds):
    """Whether a network has other layers than one of these kinds, or weights that are frozen."""
    layers = list(model)
    return [type(layer) for layer in layers] not in kinds or not all(
        isinstance(weight, nn.Parameter) and weight.requires_grad
        for layer in layers[::2]
        for weight in (layer.weight, layer.bias)
    )


def _refusal(network):
    return NotTwoLayers(
        f"TwoLayerSteps 只會算原始程式那兩個網路的梯度，這裡的 {type(network).__name__} "
        "有別的層、凍結的權重或掛勾：請用 taught_steps",
        "TwoLayerSteps only knows the gradients of the original's two networks; this "
        f"{type(network).__name__} has other layers, frozen weights or hooks: use taught_steps",
    )
