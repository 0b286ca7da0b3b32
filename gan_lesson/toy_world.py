"""A GAN in the plane that can be walked through sub-step by sub-step, and back again.

It is not a `steps` function over train(): that knows whole steps of both networks in fixed order,
while here a step stands still half taken, each network steps alone, and every setting may change.
"""

import copy
import math
from typing import NamedTuple

import torch
from torch import nn

from gan_lesson import BilingualError, losses
from gan_lesson.data import toy_centres, toy_points
from gan_lesson.metrics import energy_distance, modes_covered
from gan_lesson.sub_steps import LOSSES, SubStep, discriminator_sub_steps, generator_sub_steps

LAST = {"D": 7, "G": 12}  # the number of each network's last sub-step
SIDE = torch.linspace(-1.5, 1.5, 41)  # where the discriminator is asked for the heat map
PLACES = torch.cartesian_prod(SIDE, SIDE)


class WorldDiverged(BilingualError, ArithmeticError):
    """A loss or its gradient is no longer a finite number."""


class View(NamedTuple):
    """What the world looks like now."""

    heat: torch.Tensor  # (41, 41), row y, column x: 0 D says fake, 1 D says real
    lowest: float  # what D says where the heat is 0
    highest: float  # and where it is 1
    real: torch.Tensor  # (200, 2)
    fake: torch.Tensor  # (200, 2), always of the same latent vectors
    pull: torch.Tensor  # (200, 2): minus the slope of each fake's own loss_g
    says_real: float  # the mean of what D says to real points
    says_fake: float  # and to generated ones
    modes: int | None  # clusters that generated points reach; None where there are none
    distance: float  # the energy distance from generated points to real ones


class Snapshot(NamedTuple):
    """A moment to come back to: a state between two steps, and sub-steps walked from there."""

    networks_and_optimizers: tuple
    random: torch.Tensor
    history: list  # which grows on; `steps` of it belong to this moment
    steps: int
    d_done: int
    current: SubStep | None
    network: str | None = None
    walked: int = 0


class ToyWorld:
    """Two small networks, their optimisers, real points in the plane, and the state of training.

    loss: a name in LOSSES. d_steps: steps of D per step of G. learning_rate_d, learning_rate_g,
    beta1: of the two Adam optimisers. All of them may change at any time; training goes on with the
    same weights. The world has its own random numbers and leaves torch's alone.
    """

    def __init__(self):
        self.loss, self.d_steps = "non-saturating", 1
        self.learning_rate_d = self.learning_rate_g = 1e-3
        self.beta1 = 0.0
        self.random = torch.Generator()
        self.noise = torch.randn(500, 2, generator=torch.Generator().manual_seed(0))
        self.show_distribution("ring")
        self.reset()

    def reset(self):
        """Begin again with the networks' first weights."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            self.generator = nn.Sequential(
                nn.Linear(2, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 2)
            )
            self.discriminator = nn.Sequential(
                nn.Linear(2, 64),
                nn.LeakyReLU(0.2),
                nn.Linear(64, 64),
                nn.LeakyReLU(0.2),
                nn.Linear(64, 1),
            )
        self.optimizer_g, self.optimizer_d = (
            torch.optim.Adam(network.parameters(), betas=(0.0, 0.999), fused=True)
            for network in (self.generator, self.discriminator)
        )
        self.random.manual_seed(0)
        self.history = []  # after each step: network, loss_d, loss_g; None before its first step
        self.current = None  # the SubStep that was taken last
        self.d_done = 0  # steps of D since the last one of G
        self._walk, self._start, self.walked = None, None, 0

    # --- what is real ---

    def show_distribution(self, name):
        """Real points from one of data.TOYS from now on."""
        self.centres, self.world = toy_centres(name), toy_points(name, 4000)
        self._measure_real()

    def show_points(self, points):
        """Real points around the given ones from now on, each a cluster of deviation 0.03."""
        random = torch.Generator().manual_seed(0)
        self.centres = torch.tensor(points, dtype=torch.float32)
        chosen = torch.randint(len(points), (4000,), generator=random)
        self.world = self.centres[chosen] + 0.03 * torch.randn(4000, 2, generator=random)
        self._measure_real()

    def _measure_real(self):
        self.real_distance = energy_distance(self.world[:500], self.world[500:1000])

    # --- steps ---

    @property
    def half_walked(self):
        """The network whose step is half walked, "D" or "G"; None between two steps."""
        return self._start.network if self._walk else None

    def discriminator_step(self):
        """Finish a half-walked step of D, or take a whole one (after a half-walked one of G)."""
        if self.finish() != "D":
            self._take("D")

    def generator_step(self):
        """Finish a half-walked step of G, or take a whole one (after a half-walked one of D)."""
        if self.finish() != "G":
            self._take("G")

    def both_steps(self):
        """d_steps of D, then one of G; a half-walked step is finished and counts."""
        finished = self.finish()
        if finished != "G":
            for _ in range(self.d_steps - (self.d_done if finished else 0)):
                self._take("D")
            self._take("G")

    def sub_step(self):
        """Take the next sub-step of d_steps of D, then one of G, and so on; returns its SubStep."""
        if not self._walk:
            network = "D" if self.d_done < self.d_steps else "G"
            self._start, self.walked = self.snapshot()._replace(network=network), 0
            self._walk = self._sub_steps(network)
        try:
            self.current = next(self._walk)
        except WorldDiverged:
            self._walk = None
            raise
        self.walked += 1
        if self.current.number == LAST[self._start.network]:
            self._walk = None
        return self.current

    def finish(self):
        """Walk a half-walked step to its end; returns its network, None where there is none."""
        network = self.half_walked
        while self._walk:
            self.sub_step()
        return network

    def _take(self, network):
        for sub_step in self._sub_steps(network):
            self.current = sub_step

    def _sub_steps(self, network):
        """A step of one network, sub-step by sub-step: the code that is shown is run as it is."""
        names = vars(losses) | {
            "torch": torch,
            "random": self.random,
            "world": self.world,
            "generator": self.generator,
            "discriminator": self.discriminator,
            "critic": self.discriminator,
            "optimizer_d": self.optimizer_d,
            "optimizer_g": self.optimizer_g,
        }
        walk = discriminator_sub_steps if network == "D" else generator_sub_steps
        return walk(self, names)

    def note(self, network, loss):
        _, loss_d, loss_g = self.history[-1] if self.history else (None, None, None)
        if network == "D":
            self.history.append((network, loss, loss_g))
            self.d_done += 1
        else:
            self.history.append((network, loss_d, loss))
            self.d_done = 0

    def check_finite(self, *numbers):
        if not all(map(math.isfinite, numbers)):
            raise WorldDiverged(
                "損失或梯度變成 NaN 或無限大，這一步沒有走完。最常見的原因是學習率太大："
                "調小以後按「退一步」或「重來」。",
                "A loss or its gradient became NaN or infinite, and this step was not taken. The "
                "usual cause is a learning rate that is too high: lower it, then press Back or "
                "Reset.",
            )

    # --- looking, and going back ---

    def says(self, output):
        """The mean of what D says, as text: a probability where its output is a logit."""
        verdict = output.sigmoid() if LOSSES[self.loss].output == "logits" else output
        return f"{verdict.mean().item():.3f}"

    def look(self):
        """Everything that a picture of the world needs; changes nothing."""
        loss = LOSSES[self.loss]
        with torch.no_grad():
            fake = self.generator(self.noise)
            heat = self.discriminator(PLACES).view(len(SIDE), len(SIDE)).T
            says = [self.says(self.discriminator(points)) for points in (self.world[:500], fake)]
        lowest, highest = 0.0, 1.0
        if loss.output == "logits":
            heat = heat.sigmoid()
        elif loss.discriminator == "critic":  # only differences count: from its lowest to highest
            lowest, highest = heat.min().item(), heat.max().item()
        near = fake[:200].clone().requires_grad_()
        loss_g = len(near) * loss.generator_loss(self.discriminator(near))
        (slope,) = torch.autograd.grad(loss_g, near)
        return View(
            heat=((heat - lowest) / max(highest - lowest, 1e-9)).clamp(0, 1).nan_to_num(0.5),
            lowest=lowest,
            highest=highest,
            real=self.world[:200],
            fake=fake[:200],
            pull=-slope,
            says_real=float(says[0]),
            says_fake=float(says[1]),
            modes=None if self.centres is None else modes_covered(fake, self.centres),
            distance=energy_distance(fake, self.world[:500]),
        )

    def snapshot(self):
        """This moment, to `restore` later; takes about a millisecond."""
        if self._walk:
            return self._start._replace(walked=self.walked)
        parts = self.generator, self.discriminator, self.optimizer_g, self.optimizer_d
        return Snapshot(
            copy.deepcopy(parts),
            self.random.get_state(),
            self.history,
            len(self.history),
            self.d_done,
            self.current,
        )

    def restore(self, snapshot):
        """Go back to a moment; a half-walked step is walked again as far as it was."""
        parts = copy.deepcopy(snapshot.networks_and_optimizers)
        self.generator, self.discriminator, self.optimizer_g, self.optimizer_d = parts
        self.random.set_state(snapshot.random)
        self.history = snapshot.history
        del self.history[snapshot.steps :]
        self.d_done, self.current = snapshot.d_done, snapshot.current
        self._walk = None
        if snapshot.walked:
            self._start, self.walked = snapshot._replace(walked=0), 0
            self._walk = self._sub_steps(snapshot.network)
            for _ in range(snapshot.walked):
                self.sub_step()
