"""A training step in the plane, taken apart: the code that is shown is run."""

import functools
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch.nn.utils import parameters_to_vector

from gan_lesson import losses

BATCH = 256  # points a step


class Loss(NamedTuple):
    """What both networks want, as functions and as LaTeX, and what D's output is called."""

    discriminator_loss: Callable
    generator_loss: Callable
    formula_d: str
    formula_g: str
    discriminator: str = "discriminator"
    output: str = "logits"


CROSS_ENTROPY = (
    r"L_D = -\mathbb{E}[\log D(x)] - \mathbb{E}[\log(1 - D(\tilde x))],"
    r"\quad D = \sigma(\text{logit})"
)
LOSSES = {
    "minimax": Loss(
        losses.minimax_discriminator_loss,
        losses.minimax_generator_loss,
        CROSS_ENTROPY,
        r"L_G = \mathbb{E}[\log(1 - D(\tilde x))]",
    ),
    "non-saturating": Loss(
        losses.minimax_discriminator_loss,
        losses.non_saturating_generator_loss,
        CROSS_ENTROPY,
        r"L_G = -\mathbb{E}[\log D(\tilde x)]",
    ),
    "least squares": Loss(
        losses.least_squares_discriminator_loss,
        losses.least_squares_generator_loss,
        r"L_D = \tfrac12 \mathbb{E}[(D(x) - 1)^2] + \tfrac12 \mathbb{E}[D(\tilde x)^2]",
        r"L_G = \tfrac12 \mathbb{E}[(D(\tilde x) - 1)^2]",
        output="scores",
    ),
    "Wasserstein": Loss(
        losses.wasserstein_critic_loss,
        losses.wasserstein_generator_loss,
        r"L_D = \mathbb{E}[D(\tilde x)] - \mathbb{E}[D(x)]"
        r" + 0.1\, \mathbb{E}[(\lVert \nabla D(\hat x) \rVert - 1)^2]",
        r"L_G = -\mathbb{E}[D(\tilde x)]",
        discriminator="critic",
        output="scores",
    ),
}


class SubStep(NamedTuple):
    """One numbered sub-step: the code as lessons write it, LaTeX, and what has changed."""

    number: int  # 1 to 7 for the discriminator, 8 to 12 for the generator
    code: str
    formula: str
    zh: str
    en: str


def discriminator_sub_steps(world, names):
    """A step of D: seven sub-steps."""
    loss = LOSSES[world.loss]
    d, output = loss.discriminator, loss.output
    code = run(names, f"real = world[torch.randint(len(world), ({BATCH},), generator=random)]")
    real = names["real"]
    yield SubStep(
        1,
        code,
        r"x \sim p_{\text{data}}",
        f"抽出 {BATCH} 個真的點，第一個是 {place(real)}。",
        f"{BATCH} real points are drawn; the first is {place(real)}.",
    )
    code = run(names, "z = torch.randn(len(real), 2, generator=random)")
    yield SubStep(
        2,
        code,
        r"z \sim \mathcal{N}(0, I)",
        f"抽出 {BATCH} 個潛在向量，第一個是 {place(names['z'])}。還沒有點。",
        f"{BATCH} latent vectors are drawn; the first is {place(names['z'])}. No points yet.",
    )
    code = run(names, "fake = generator(z).detach()")
    fake = names["fake"]
    yield SubStep(
        3,
        code,
        r"\tilde x = G(z)",
        f"生成器把 z 變成假的點，第一個在 {place(fake)}。detach 切斷回到生成器的路。",
        f"G turns z into fakes, the first at {place(fake)}. detach cuts the way back to G.",
    )
    code = run(names, f"{output}_real = {d}(real)\n{output}_fake = {d}(fake)")
    says = world.says(names[f"{output}_real"]), world.says(names[f"{output}_fake"])
    yield SubStep(
        4,
        code,
        r"D(x),\; D(\tilde x)",
        f"D 對真的點平均說 {says[0]}，對假的點平均說 {says[1]}。",
        f"D says {says[0]} to the real points on average, {says[1]} to the fakes.",
    )
    code = f"loss_d = {loss.discriminator_loss.__name__}({output}_real, {output}_fake)"
    if world.loss == "Wasserstein":
        code += "\nshare = torch.rand(len(real), 1, generator=random)"
        code += "\nloss_d = loss_d + 0.1 * gradient_penalty(critic, real, fake, share)"
    run(names, code)
    lost = names["loss_d"].item()
    yield SubStep(
        5,
        code,
        loss.formula_d,
        f"loss_d = {lost:.4f}。權重還沒動。",
        f"loss_d = {lost:.4f}. No weight has moved.",
    )
    code = run(names, "optimizer_d.zero_grad()\nloss_d.backward()")
    size = gradient_size(world.discriminator)
    world.check_finite(lost, size)
    yield SubStep(
        6,
        code,
        r"\nabla_{\theta_D} L_D",
        f"D 的每個權重都有了梯度，合起來長 {size:.4f}。權重還沒動。",
        f"Every weight of D has a gradient, of length {size:.4f} in all. No weight has moved.",
    )
    code, moved = learn(world, names, "discriminator", "optimizer_d", world.learning_rate_d)
    world.note("D", lost)
    with torch.no_grad():
        now = world.says(world.discriminator(real)), world.says(world.discriminator(fake))
    yield SubStep(
        7,
        code,
        r"\theta_D \leftarrow \text{Adam}(\theta_D, \nabla_{\theta_D} L_D)",
        f"只有 D 的權重動了，合起來走了 {moved:.4f}。同樣的點再問一次："
        f"真 {says[0]} → {now[0]}，假 {says[1]} → {now[1]}。",
        f"Only D's weights moved, by {moved:.4f} in all. The same points again: "
        f"real {says[0]} → {now[0]}, fake {says[1]} → {now[1]}.",
    )


def generator_sub_steps(world, names):
    """A step of G: five sub-steps."""
    loss = LOSSES[world.loss]
    code = f"z = torch.randn({BATCH}, 2, generator=random)\nfake = generator(z)"
    run(names, code)
    z, fake = names["z"], names["fake"]
    fake.retain_grad()  # for the arrows of the next picture but two
    yield SubStep(
        8,
        code,
        r"\tilde x = G(z)",
        f"新的潛在向量，新的假的點，第一個在 {place(fake)}。這次不 detach。",
        f"New latent vectors, new fakes, the first at {place(fake)}. No detach this time.",
    )
    code = run(names, f"{loss.output}_fake = {loss.discriminator}(fake)")
    says = world.says(names[f"{loss.output}_fake"])
    yield SubStep(
        9,
        code,
        r"D(\tilde x)",
        f"D 對假的點平均說 {says}。",
        f"D says {says} to the fakes on average.",
    )
    code = run(names, f"loss_g = {loss.generator_loss.__name__}({loss.output}_fake)")
    lost = names["loss_g"].item()
    yield SubStep(
        10,
        code,
        loss.formula_g,
        f"loss_g = {lost:.4f}。權重還沒動。",
        f"loss_g = {lost:.4f}. No weight has moved.",
    )
    code = "optimizer_g.zero_grad()\n"
    code += "loss_g.backward(inputs=[fake, *generator.parameters()])"
    run(names, code)
    size, pull = gradient_size(world.generator), BATCH * fake.grad.norm(dim=1).mean()
    world.check_finite(lost, size)
    yield SubStep(
        11,
        code,
        r"-\partial L_G / \partial \tilde x,\quad \nabla_{\theta_G} L_G",
        f"箭頭出現了：D 把每個假的點往損失變小的方向拉，平均 {pull:.4f}。"
        f"穿過點回到 G，梯度長 {size:.4f}。點還沒動。",
        f"The arrows appear: D pulls each fake to where the loss falls, {pull:.4f} on average. "
        f"Back through the points in G, the gradient is {size:.4f} long. No point has moved.",
    )
    code, moved = learn(world, names, "generator", "optimizer_g", world.learning_rate_g)
    world.note("G", lost)
    with torch.no_grad():
        there = world.generator(z)
        now = world.says(world.discriminator(there))
    way = (there - fake).norm(dim=1).mean()
    yield SubStep(
        12,
        code,
        r"\theta_G \leftarrow \text{Adam}(\theta_G, \nabla_{\theta_G} L_G)",
        f"只有 G 的權重動了，合起來走了 {moved:.4f}；同樣的 z，點平均移了 {way:.4f}，"
        f"D 說 {says} → {now}。",
        f"Only G's weights moved, by {moved:.4f} in all. The same z: the points moved by "
        f"{way:.4f} on average, and D says {says} → {now}.",
    )


@functools.cache
def compiled(code):
    return compile(code, "<sub-step>", "exec")


def run(names, code):
    """Run lines of code with these names, and give the lines back."""
    exec(compiled(code), names)
    return code


def place(points):
    """The first of some points, as text."""
    x, y = points[0].tolist()
    return f"({x:.2f}, {y:.2f})"


def learn(world, names, network, optimizer, rate):
    """Let an optimiser take its step; returns the code, and how far the weights have moved."""
    names[optimizer].param_groups[0].update(lr=rate, betas=(world.beta1, 0.999))
    weights = names[network].parameters
    before = parameters_to_vector(weights()).detach()
    code = run(names, f"{optimizer}.step()")
    return code, (parameters_to_vector(weights()).detach() - before).norm()


def gradient_size(network):
    """How long the gradient of a network's weights is."""
    return torch.cat([weight.grad.flatten() for weight in network.parameters()]).norm().item()
