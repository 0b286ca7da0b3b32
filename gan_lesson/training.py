"""One step of each network, and the loop that repeats them: the heart of the lessons."""

import dataclasses
import functools
import math
from typing import NamedTuple

import torch
from torch.optim.swa_utils import AveragedModel

from gan_lesson import fast, gpu
from gan_lesson.losses import discriminator_loss, generator_loss


@dataclasses.dataclass(frozen=True)
class TrainingConfig:
    """The settings of a run; `original()` gives those of the original program.

    Raises ValueError, with a `setting` attribute, for a value that makes no sense.
    """

    dataset: str = "digits"
    model: str = "mlp"  # the recipe: a name in gan_lesson.recipes.RECIPES
    latent_dim: int = 100  # length of the latent vector z, at least 1
    learning_rate: float = 1e-3  # of both Adam optimisers
    beta1: float = 0.0  # Adam's memory of the gradient, in [0, 1)
    beta2: float = 0.999  # Adam's memory of its square, in [0, 1)
    batch_size: int = 64
    epochs: int = None  # times through the data set; by default 200 of digits, 10 of the others
    snapshot_every: int = None  # epochs from picture to picture; by default 20 pictures a run
    ema: float = 0.0  # share of the average generator that stays at each step, in [0, 1); 0: none
    seed: int = 0  # of everything random

    def __post_init__(self):
        if self.epochs is None:
            object.__setattr__(self, "epochs", 200 if self.dataset == "digits" else 10)
        if self.snapshot_every is None and _is_whole(self.epochs):
            object.__setattr__(self, "snapshot_every", max(1, self.epochs // 20))
        for name in ("latent_dim", "batch_size", "epochs", "snapshot_every"):
            if not (_is_whole(getattr(self, name)) and getattr(self, name) >= 1):
                self._refuse(name, "1 以上的整數", "a whole number of at least 1")
        if not (_is_whole(self.seed) and 0 <= self.seed < 2**63):
            self._refuse("seed", "0 以上的整數", "a whole number of at least 0")
        if not (_is_number(self.learning_rate) and 0 < self.learning_rate < math.inf):
            self._refuse("learning_rate", "大於 0 的數", "a number above 0")
        for name in ("beta1", "beta2", "ema"):
            if not (_is_number(getattr(self, name)) and 0 <= getattr(self, name) < 1):
                self._refuse(name, "0 以上、小於 1 的數", "a number of at least 0 and below 1")

    def _refuse(self, name, allowed_zh, allowed_en):
        raise SettingError(name, getattr(self, name), allowed_zh, allowed_en)

    @classmethod
    def original(cls, **changes):
        """The original program's settings: MNIST, and Adam's default betas."""
        settings = {
            "dataset": "mnist",
            "latent_dim": 100,
            "learning_rate": 2e-4,
            "beta1": 0.9,
            "beta2": 0.999,
            "batch_size": 64,
            "epochs": 100,
            "snapshot_every": 10,
        }
        return cls(**(settings | changes))


def _is_whole(value):
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value):
    return isinstance(value, float) or _is_whole(value)


class SettingError(ValueError):
    """A setting with a value that makes no sense: which, what was given, what is allowed."""

    def __init__(self, setting, given, allowed_zh, allowed_en):
        self.setting, self.given = setting, given
        self.allowed_zh, self.allowed_en = allowed_zh, allowed_en
        super().__init__(self.message(setting))

    def message(self, name):
        """The sentence in both languages, with the setting called `name`."""
        return (
            f"{name} 不能是 {self.given}，要 {self.allowed_zh} · "
            f"{name} cannot be {self.given}: it takes {self.allowed_en}"
        )


class TrainingDiverged(ArithmeticError):
    """A loss is no longer a finite number, and training on makes no sense."""

    def __init__(self, state):
        super().__init__(
            f"第 {state.epoch} 回合第 {state.batch} 批的損失變成 NaN（不是數字）。最常見的原因："
            f"學習率太大（這次是 {state.config.learning_rate}）、資料裡有 NaN、"
            f"或像素不在 [-1, 1]。 · "
            f"The loss became NaN (not a number) in epoch {state.epoch}, batch {state.batch}. "
            f"The usual causes: a learning rate that is too high "
            f"({state.config.learning_rate} here), NaN in the data, or pixels outside [-1, 1]."
        )


class Progress(NamedTuple):
    """Where training is: epoch and batch count from 0, the losses are those of this batch."""

    epoch: int
    epochs: int
    batch: int
    batches: int
    loss_d: float
    loss_g: float

    def __str__(self):
        return (
            f"Epoch [{self.epoch}/{self.epochs}] Batch {self.batch}/{self.batches}"
            f" Loss D: {self.loss_d:.4f}, loss G: {self.loss_g:.4f}"
        )


class MovingAverage(AveragedModel):
    """A network whose weights are an exponential moving average of another's (Yazıcı et al. 2019).

    share: how much of it stays at each step, in [0, 1); at first less, so that it soon forgets the
    untrained weights. It counts its steps where the weights are: a GPU waits for nobody.
    """

    def __init__(self, network, share):
        super().__init__(network, device=next(network.parameters()).device, use_buffers=True)
        self.share = share

    @torch.no_grad()
    def update_parameters(self, network):
        count = self.n_averaged.double()
        stays = ((1 + count) / (10 + count)).clamp(max=self.share)
        moves = torch.where(count == 0, 1.0, 1 - stays).float()
        both = (self.module.state_dict().values(), network.state_dict().values())
        for mine, current in zip(*both, strict=True):
            if mine.is_floating_point():
                mine.lerp_(current, moves)
            else:
                mine.copy_(current)
        self.n_averaged += 1


class TrainingState:
    """What train() needs to go on where it is: networks, optimisers, random numbers, position.

    It is complete between any two steps; `state_dict` and `load_state_dict` work as in PyTorch.
    With `ema` it also keeps a moving average of the generator, which draws better.
    """

    def __init__(self, generator, discriminator, config):
        self.generator, self.discriminator, self.config = generator, discriminator, config
        self.optimizer_g, self.optimizer_d = (
            torch.optim.Adam(
                network.parameters(),
                lr=config.learning_rate,
                betas=(config.beta1, config.beta2),
                fused=True,  # the same mathematics, in one call
            )
            for network in (generator, discriminator)
        )
        self._settle()
        self.average = MovingAverage(generator, config.ema) if config.ema else None
        self.random = torch.Generator().manual_seed(config.seed)
        self.epoch = self.batch = 0
        self.order = None  # the order of the images in this epoch, drawn when it begins

    def _settle(self):
        """Let the optimisers' steps be recorded where the networks are on a GPU."""
        for optimizer in (self.optimizer_g, self.optimizer_d):
            for group in optimizer.param_groups:
                group["capturable"] = group["params"][0].is_cuda

    @property
    def drawer(self):
        """The generator to draw with: the average where there is one."""
        return self.generator if self.average is None else self.average.module

    @property
    def parts(self):
        """The names of what has a state_dict of its own."""
        average = () if self.average is None else ("average",)
        return ("generator", "discriminator", "optimizer_g", "optimizer_d", *average)

    COUNTS = ("epoch", "batch", "order")

    def state_dict(self):
        """Everything as tensors and plain numbers, loadable with weights_only=True."""
        parts = {name: getattr(self, name).state_dict() for name in self.parts}
        counts = {name: getattr(self, name) for name in self.COUNTS}
        return parts | counts | {"random": self.random.get_state()}

    def load_state_dict(self, state):
        """Put everything back as `state_dict` gave it."""
        for name in self.parts:
            getattr(self, name).load_state_dict(state[name])
        for name in self.COUNTS:
            setattr(self, name, state[name])
        self.random.set_state(state["random"])
        self._settle()


def discriminator_step(discriminator, optimizer_d, real, fake):
    """Teach the discriminator once: real images (N, 784) are 1, fake ones (N, 784) are 0.

    `detach` cuts the fakes off from the generator: only the discriminator learns here.
    Returns the loss, one number.
    """
    p = discriminator(torch.cat([real, fake.detach()]))
    p_real, p_fake = p.split([len(real), len(fake)])
    loss_d = discriminator_loss(p_real, p_fake)
    optimizer_d.zero_grad()
    loss_d.backward()
    optimizer_d.step()
    return loss_d.detach()


def generator_step(generator, discriminator, optimizer_g, fake):
    """Teach the generator once: its fakes (N, 784) should pass for real.

    `inputs` asks for the generator's gradients alone: only the generator learns here.
    Returns the loss, one number.
    """
    loss_g = generator_loss(discriminator(fake))
    optimizer_g.zero_grad()
    loss_g.backward(inputs=list(generator.parameters()))
    optimizer_g.step()
    return loss_g.detach()


def train(generator, discriminator, images, config, state=None, labels=None, steps=None, part=None):
    """Train both networks on images (N, 1, 28, 28), float in [-1, 1] or uint8 in 0 to 255.

    steps: a function of (state, real, z) that takes a step of each network and returns both losses;
    by default those that lesson 04 writes. With labels (N,), it gets those of `real` as well.
    part: of several processes, the rows of a batch that this one takes.
    Yields a Progress after each batch. Stop asking, and training stands still between two steps;
    a TrainingState that is passed in can be saved there. It runs where the networks are, on the
    CPU or a GPU; a GPU trains a whole epoch before it tells of the first batch.
    Raises SettingError for a batch larger than the data set, TrainingDiverged for NaN or infinity.
    Source: Goodfellow et al. 2014, algorithm 1, with one step of D for each step of G.
    """
    if config.batch_size > len(images):
        raise SettingError(
            "batch_size",
            config.batch_size,
            f"{len(images)} 以下（資料集只有 {len(images)} 張）",
            f"at most the data set's {len(images)} images",
        )
    state = state or TrainingState(generator, discriminator, config)
    return _train(images, state, labels, steps, part)


def _train(images, state, labels, steps, part):
    config = state.config
    device = next(state.generator.parameters()).device
    pixels = images.flatten(start_dim=1).to(device)
    labels = None if labels is None else labels.to(device)
    batches = math.ceil(len(pixels) / config.batch_size)
    if steps is None and fast.fits(state):
        both_steps = fast.TwoLayerSteps(state, config.batch_size)
    else:
        both_steps = functools.partial(steps or taught_steps, state)

    def take(chosen, z):
        """Train on the images of these numbers; both losses."""
        real = pixels.index_select(0, chosen)  # quicker than pixels[chosen]
        if real.dtype == torch.uint8:  # bytes become pixels in [-1, 1] only when used
            real = real.float().div_(127.5).sub_(1)
        condition = () if labels is None else (labels[chosen],)
        try:
            losses = both_steps(real, z, *condition)
        except RuntimeError as error:  # binary_cross_entropy refuses a probability that is NaN
            both = (real, state.generator(z, *condition))
            if not any(state.discriminator(images, *condition).isnan().any() for images in both):
                raise
            raise TrainingDiverged(state) from error
        if state.average is not None:
            state.average.update_parameters(state.generator)
        return losses

    if device.type in gpu.KINDS and part is None:
        epochs = gpu.Epochs(state, take, len(pixels), device)
    else:
        epochs = functools.partial(_one_by_one, state, take, device, part)
    while state.epoch < config.epochs:
        if state.batch == 0:
            state.order = torch.randperm(len(pixels), generator=state.random)
        epoch, first = state.epoch, state.batch
        for batch, (loss_d, loss_g) in enumerate(epochs(), first):
            if not (math.isfinite(loss_d) and math.isfinite(loss_g)):
                state.epoch, state.batch = epoch, batch
                raise TrainingDiverged(state)
            yield Progress(epoch, config.epochs, batch, batches, loss_d, loss_g)


def _one_by_one(state, take, device, part):
    """Both losses of each batch that is left of an epoch, as two numbers; it waits in between."""
    for chosen in state.order.split(state.config.batch_size)[state.batch :]:
        z = torch.randn(len(chosen), state.config.latent_dim, generator=state.random)
        if part is not None:
            chosen, z = part(chosen), part(z)
        loss_d, loss_g = (loss.item() for loss in take(chosen.to(device), z.to(device)))
        state.batch += 1
        if state.batch * state.config.batch_size >= len(state.order):
            state.epoch, state.batch = state.epoch + 1, 0
        yield loss_d, loss_g


def taught_steps(state, real, z):
    """One step of D, then one of G, on the same fakes, as lesson 04 writes them; both losses."""
    fake = state.generator(z)
    loss_d = discriminator_step(state.discriminator, state.optimizer_d, real, fake)
    loss_g = generator_step(state.generator, state.discriminator, state.optimizer_g, fake)
    return loss_d, loss_g
