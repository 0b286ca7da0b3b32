"""Both training steps with the chain rule written out, for the original's two-layer networks.

These are the operations that autograd and Adam call for the original's networks and losses, without
their bookkeeping and without new memory at every step. train() uses it where it fits; tests hold it
to the same losses and weights as the steps that the lessons teach.
"""

import torch
from torch import nn
from torch.nn.functional import leaky_relu

aten = torch.ops.aten  # the operations behind torch's functions, gradients included

# At the first use of these, torch imports its compiler, a second and 150 MB, only to tell it to
# leave them alone. Nothing here is compiled.
for _name in ("add_param_group", "load_state_dict", "state_dict", "zero_grad"):
    if _method := getattr(getattr(torch.optim.Optimizer, _name), "__wrapped__", None):
        _method.__dict__.setdefault("__dynamo_disable", _method)

GENERATOR = [nn.Linear, nn.ReLU, nn.Linear, nn.Tanh]
DISCRIMINATOR = [nn.Linear, nn.LeakyReLU, nn.Linear, nn.Sigmoid]


def fits(state):
    """Whether the networks of a TrainingState are the original's two, of any width."""
    networks = ((state.generator, GENERATOR), (state.discriminator, DISCRIMINATOR))
    for network, kinds in networks:
        if [type(layer) for layer in getattr(network, "model", ())] != kinds:
            return False
        first = network.model[0].weight
        if first.device.type not in ("cpu", "cuda") or not hasattr(torch, "_fused_adam_"):
            return False
        # Whoever changed `forward`, or hung something else into a network, gets autograd.
        inputs = torch.linspace(-1, 1, 2 * first.shape[1]).view(2, -1).to(first)
        with torch.no_grad():
            if not network(inputs).equal(network.model(inputs)):
                return False
    return True


class TwoLayerSteps:
    """One step of D, then one of G: called with real (N, 784) and z (N, latent_dim).

    Returns both losses, one number each. N is at most `batch_size`.
    """

    def __init__(self, state, batch_size):
        self.generator, self.discriminator = state.generator.model, state.discriminator.model
        self.step_g, self.step_d = _adam_step(state.optimizer_g), _adam_step(state.optimizer_d)
        self.slope = self.discriminator[1].negative_slope
        first = self.discriminator[0].weight
        # Real and fake images lie together, and so do their labels.
        self.images = first.new_empty(2 * batch_size, first.shape[1])
        self.ones = first.new_ones(batch_size, 1)

    @torch.no_grad()
    def __call__(self, real, z):
        count, ones = len(real), self.ones[: len(real)]
        images = self.images[: 2 * count]
        first, _, second, _ = self.generator
        hidden = torch.addmm(first.bias, z, first.weight.T).relu_()
        fake = torch.addmm(second.bias, hidden, second.weight.T, out=images[count:]).tanh_()
        images[:count] = real

        # D's step: real images are 1, fake ones 0. One mean over both halves is half the loss.
        labels = torch.cat([ones, torch.zeros_like(ones)])
        features, p = self._judge(images)
        loss_d = 2 * _cross_entropy(torch.cat([p[:count], 1 - p[count:]]))
        outer, inner = self._slopes(features, p, labels, torch.full_like(loss_d, 2))
        _write_gradients(self.discriminator[2], outer, features)
        _write_gradients(self.discriminator[0], inner, images)
        self.step_d()

        # G's step: its fakes should pass for real. The slope comes back through D to G.
        features, p = self._judge(fake)
        loss_g = _cross_entropy(p)
        _, inner = self._slopes(features, p, ones, torch.ones_like(loss_g))
        slope = aten.tanh_backward(inner @ self.discriminator[0].weight, fake)
        _write_gradients(second, slope, hidden)
        slope = aten.threshold_backward(slope @ second.weight, hidden, 0)
        _write_gradients(first, slope, z)
        self.step_g()
        return loss_d, loss_g

    def _judge(self, images):
        """D's hidden features (N, hidden) and its probabilities (N, 1)."""
        first, _, second, _ = self.discriminator
        features = leaky_relu(torch.addmm(first.bias, images, first.weight.T), self.slope)
        return features, torch.addmm(second.bias, features, second.weight.T).sigmoid_()

    def _slopes(self, features, p, labels, share):
        """The slope of `share` times the mean loss before the sigmoid, and before the leak."""
        outer = aten.sigmoid_backward(aten.binary_cross_entropy_backward(share, p, labels), p)
        inner = outer @ self.discriminator[2].weight
        return outer, aten.leaky_relu_backward(inner, features, self.slope, True)


def _cross_entropy(p):
    """The mean -log of the probabilities (N, 1) given to the truth, each at most 100 as in BCELoss.

    NaN stays NaN: BCELoss would refuse it, and on a GPU end the whole process with it.
    """
    return -p.log().clamp_(min=-100).mean()


def _write_gradients(layer, slope, inputs):
    """The gradients of a fully connected layer, into the memory that Adam reads."""
    torch.mm(slope.T, inputs, out=layer.weight.grad)
    torch.sum(slope, dim=0, out=layer.bias.grad)


def _adam_step(optimizer):
    """Adam's step as one call of torch's own kernel, on the optimiser's own state."""
    (group,) = optimizer.param_groups
    weights = group["params"]
    counts = torch.zeros(len(weights), device=weights[0].device)  # all add 1 in one call
    for weight, count in zip(weights, counts, strict=True):
        weight.grad = torch.zeros_like(weight)
        state = optimizer.state[weight]
        if not state:
            state.update(exp_avg=torch.zeros_like(weight), exp_avg_sq=torch.zeros_like(weight))
        state["step"] = count.copy_(state.get("step", count))
    gradients = [weight.grad for weight in weights]
    means, squares, steps = (
        [optimizer.state[weight][name] for weight in weights]
        for name in ("exp_avg", "exp_avg_sq", "step")
    )
    beta1, beta2 = group["betas"]
    settings = {"lr": group["lr"], "beta1": beta1, "beta2": beta2, "eps": group["eps"]}
    settings |= {"weight_decay": 0.0, "amsgrad": False, "maximize": False}

    def step():
        counts.add_(1)
        torch._fused_adam_(weights, gradients, means, squares, [], steps, **settings)

    return step
