"""Both training steps with the chain rule written out, for the original's two-layer networks.

Autograd does the same sums; what is saved is its bookkeeping. Lesson 10 writes this class in a
cell. Tests hold it to the losses and weights of the steps that lesson 04 writes.
"""

import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy, leaky_relu
from torch.optim.adam import adam

from gan_lesson import BilingualError

GENERATOR = [nn.Linear, nn.ReLU, nn.Linear, nn.Tanh]
DISCRIMINATOR = [nn.Linear, nn.LeakyReLU, nn.Linear, nn.Sigmoid]


class NotTwoLayers(BilingualError, ValueError):
    """Networks that the chain rule below is not written for."""


class TwoLayerSteps:
    """One step of D, then one of G, as `taught_steps` takes them: train(..., steps=this).

    state: a TrainingState whose networks are the original's, of any width. The optimisers may be
    any, and may change on the way. Called with (state, real (N, 784), z (N, latent_dim)); returns
    both losses. Raises NotTwoLayers where its gradients are not those that autograd finds.
    """

    def __init__(self, state):
        for network, kinds in (
            (state.generator, GENERATOR),
            (state.discriminator, DISCRIMINATOR),
        ):
            if [type(layer) for layer in getattr(network, "model", ())] != kinds:
                raise _refusal(network)
            if any(layer.bias is None for layer in network.model[::2]):
                raise _refusal(network)
        self.generator, self.discriminator = state.generator.model, state.discriminator.model
        self.slope = self.discriminator[1].negative_slope
        self._compare(state)

    @torch.no_grad()
    def __call__(self, state, real, z):
        fake, hidden = self.draw(z)
        loss_d, gradients = self.discriminator_gradients(real, fake)
        _step(state.optimizer_d, self.discriminator, gradients)
        loss_g, gradients = self.generator_gradients(z, hidden, fake)
        _step(state.optimizer_g, self.generator, gradients)
        return loss_d, loss_g

    def draw(self, z):
        """The generator: images (N, 784), and its hidden features (N, hidden)."""
        first, _, second, _ = self.generator
        hidden = torch.addmm(first.bias, z, first.weight.T).relu_()
        return torch.addmm(second.bias, hidden, second.weight.T).tanh_(), hidden

    def judge(self, images):
        """The discriminator: probabilities (N, 1), and its hidden features (N, hidden)."""
        first, _, second, _ = self.discriminator
        hidden = leaky_relu(torch.addmm(first.bias, images, first.weight.T), self.slope)
        return torch.addmm(second.bias, hidden, second.weight.T).sigmoid_(), hidden

    def discriminator_gradients(self, real, fake):
        """D's loss, and the gradient of each of its weights: real images are 1, fake ones 0."""
        images, count = torch.cat([real, fake]), len(real)
        p, hidden = self.judge(images)
        loss = cross_entropy(p[:count]) + cross_entropy(1 - p[count:])
        y = torch.zeros_like(p)
        y[:count] = 1
        outer, inner = self.back(p, y, hidden, count)
        return loss, layer_gradients(inner, images) + layer_gradients(outer, hidden)

    def generator_gradients(self, z, hidden, fake):
        """G's loss, and the gradient of each of its weights: its fakes should pass for real."""
        p, features = self.judge(fake)
        _, inner = self.back(p, torch.ones_like(p), features, len(p))
        outer = inner @ self.discriminator[0].weight  # what D tells each pixel
        outer *= 1 - fake.square()  # back through tanh
        inner = (outer @ self.generator[2].weight) * (hidden > 0)  # and through ReLU
        return cross_entropy(p), layer_gradients(inner, z) + layer_gradients(outer, hidden)

    def back(self, p, y, hidden, count):
        """The gradient of the mean loss at D's logits (N, 1), and at its hidden layer's sums.

        At the logits it is (p - y) / count: the slope of the logarithm, 1 / (p (1 - p)), and that
        of the sigmoid, p (1 - p), cancel. Where p is 0 or 1 in float32 they are 0 and, in BCELoss,
        at most 1e12: nothing is left to learn from.
        """
        sigmoid = p * (1 - p)
        outer = (p - y) * (sigmoid / sigmoid.clamp(min=1e-12)) / count
        inner = outer @ self.discriminator[2].weight
        return outer, inner.where(hidden > 0, self.slope * inner)

    def _compare(self, state):
        """Try both networks on one small batch: are these the gradients that autograd finds?"""
        generator, discriminator = state.generator, state.discriminator
        weights = [*generator.parameters(), *discriminator.parameters()]
        if not all(weight.isfinite().all() for weight in weights):
            return  # train() is the one to tell of it
        random = torch.Generator().manual_seed(0)
        weight = self.generator[0].weight
        z = torch.randn(8, weight.shape[1], generator=random).to(weight)
        real = torch.rand(8, self.discriminator[0].weight.shape[1], generator=random).to(weight)
        try:
            with torch.enable_grad():
                fake = generator(z)
                p_real, p_fake, p = map(discriminator, (real, fake.detach(), fake))
                loss_d = binary_cross_entropy(p_real, torch.ones_like(p_real))
                loss_d = loss_d + binary_cross_entropy(p_fake, torch.zeros_like(p_fake))
                loss_g = binary_cross_entropy(p, torch.ones_like(p))
                found = torch.autograd.grad(loss_d, list(discriminator.parameters()))
                found += torch.autograd.grad(loss_g, list(generator.parameters()))
        except RuntimeError as error:
            raise _refusal(discriminator) from error
        with torch.no_grad():
            fake, hidden = self.draw(z)
            by_hand = self.discriminator_gradients(real, fake)[1]
            by_hand += self.generator_gradients(z, hidden, fake)[1]
        if not all(map(torch.allclose, found, by_hand, [1e-3] * len(found), [1e-6] * len(found))):
            raise _refusal(discriminator)


def cross_entropy(p):
    """The mean -log of the probabilities (N, 1) given to the truth, each at most 100 as in BCELoss.

    NaN stays NaN, where BCELoss would refuse it.
    """
    return -p.log().clamp_(min=-100).mean()


def layer_gradients(slope, inputs):
    """The gradients of a fully connected layer's weight and bias."""
    return [slope.T @ inputs, slope.sum(dim=0)]


def _step(optimizer, network, gradients):
    """A step of any optimiser with these gradients; of a plain Adam as one call of its function."""
    weights = list(network.parameters())
    for weight, gradient in zip(weights, gradients, strict=True):
        weight.grad = gradient
    group = optimizer.param_groups[0]
    plain = type(optimizer) is torch.optim.Adam and group["fused"] and not group["amsgrad"]
    if (
        not plain
        or len(group["params"]) != len(weights)
        or "step" not in optimizer.state[weights[0]]
    ):
        optimizer.step()
        return
    states = [optimizer.state[weight] for weight in weights]
    means, squares, counts = (
        [state[name] for state in states] for name in ("exp_avg", "exp_avg_sq", "step")
    )
    adam(
        weights,
        gradients,
        means,
        squares,
        [],
        counts,
        fused=True,
        capturable=group["capturable"],
        amsgrad=False,
        beta1=group["betas"][0],
        beta2=group["betas"][1],
        lr=group["lr"],
        weight_decay=group["weight_decay"],
        eps=group["eps"],
        maximize=group["maximize"],
    )


def _refusal(network):
    return NotTwoLayers(
        f"TwoLayerSteps 只會算原始程式那兩個網路的梯度，這裡的 {type(network).__name__} "
        "有別的層、凍結的權重或掛勾：請用 taught_steps",
        "TwoLayerSteps only knows the gradients of the original's two networks; this "
        f"{type(network).__name__} has other layers, frozen weights or hooks: use taught_steps",
    )
