"""One step of each network, and the loop that repeats them: the heart of the lessons."""

import math
from typing import NamedTuple

import torch
from torch.optim.swa_utils import AveragedModel

from gan_lesson import told_in_short
from gan_lesson.losses import discriminator_loss, generator_loss
from gan_lesson.unfit import (
    TrainingDiverged,
    UnfitError,
    check_call,
    check_losses,
    check_parts,
    explained,
    image_shape,
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

    decay: how much of it stays at each step, in [0, 1); at first less, so that it soon forgets the
    untrained weights. It counts its steps where the weights are: a GPU waits for nobody.
    """

    def __init__(self, network, decay):
        super().__init__(network, device=next(network.parameters()).device, use_buffers=True)
        self.decay = decay

    @torch.no_grad()
    def update_parameters(self, network):
        count = self.n_averaged.float()
        stays = ((1 + count) / (10 + count)).clamp(max=self.decay)
        moves = torch.where(count == 0, 1.0, 1 - stays)
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
        check_parts(generator, discriminator, config)
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


def taught_steps(state, real, z):
    """One step of D, then one of G, on the same fakes, as lesson 04 writes them; both losses."""
    fake = state.generator(z)
    loss_d = discriminator_step(state.discriminator, state.optimizer_d, real, fake)
    loss_g = generator_step(state.generator, state.discriminator, state.optimizer_g, fake)
    return loss_d, loss_g


def one_epoch(state, take):
    """Train to the end of the epoch that `state` is in; yield both losses after each batch.

    take: a function of (chosen (N,), z (N, latent_dim)) that trains on the images of those numbers.
    """
    for chosen in state.order.split(state.config.batch_size)[state.batch :]:
        z = torch.randn(len(chosen), state.config.latent_dim, generator=state.random)
        loss_d, loss_g = (float(loss) for loss in take(chosen, z))
        last = (state.batch + 1) * state.config.batch_size >= len(state.order)
        state.epoch, state.batch = (state.epoch + 1, 0) if last else (state.epoch, state.batch + 1)
        yield loss_d, loss_g


def train(state, images, condition=None, *, steps=taught_steps, epoch=one_epoch):
    """Train the two networks of a TrainingState, wherever they are, on the CPU or a GPU.

    images: (N, 1, 28, 28), or whatever shape the generator draws; float in [-1, 1], or uint8 from
    0 to 255. condition: what both networks get beside them, a tensor (N, ...).
    steps: a function of (state, real, z, *condition) that takes a step of each network and returns
    both losses; by default those of lesson 04. epoch: what walks through the batches of an epoch.
    Yields a Progress after each batch. Stop asking, and training stands still between two steps,
    where `state` can be saved.
    Raises, before the first step, SettingError for a batch larger than the data set and UnfitError
    for images, condition and networks that do not fit; TrainingDiverged for NaN or infinity.
    Source: Goodfellow et al. 2014, algorithm 1, with one step of D for each step of G.
    """
    if not isinstance(state, TrainingState):
        raise UnfitError(
            "train() 的第一個引數要是 TrainingState：state = TrainingState(generator, "
            "discriminator, config)",
            "the first argument of train() must be a TrainingState: state = TrainingState("
            "generator, discriminator, config)",
        )
    shape = image_shape(state, images, condition)
    conditions = ["condition"] * (condition is not None)
    check_call("steps", "taught_steps", steps, "state", "real", "z", *conditions)
    check_call("epoch", "one_epoch", epoch, "state", "take")
    return _train(state, images.reshape(len(images), *shape), condition, steps, epoch)


def _train(state, images, condition, steps, epoch):
    weight = next(state.generator.parameters())
    device = weight.device
    images = images.to(device, weight.dtype if images.is_floating_point() else None)
    conditions = () if condition is None else (condition.to(device),)

    def take(chosen, z):
        chosen, z = chosen.to(device), z.to(device)
        real = images.index_select(0, chosen)  # quicker than images[chosen]
        if real.dtype == torch.uint8:  # bytes become pixels in [-1, 1] only when used
            real = real.float().div_(127.5).sub_(1)
        condition = tuple(each[chosen] for each in conditions)
        try:
            losses = steps(state, real, z, *condition)
        except RuntimeError as error:
            problem = explained(str(error), state, z, *condition)
            if problem is None:
                raise
            raise problem from error
        except KeyboardInterrupt as stop:
            told_where(stop, state.epoch, state.batch)
            raise
        check_losses(losses)
        if state.average is not None:
            state.average.update_parameters(state.generator)
        return losses

    epochs, batches = state.config.epochs, math.ceil(len(images) / state.config.batch_size)
    while state.epoch < epochs:
        if state.batch == 0:
            state.order = torch.randperm(len(images), generator=state.random)
        now, first = state.epoch, state.batch
        for batch, (loss_d, loss_g) in enumerate(epoch(state, take), first):
            if not (math.isfinite(loss_d) and math.isfinite(loss_g)):
                state.epoch, state.batch = now, batch
                raise TrainingDiverged(state)
            yield Progress(now, epochs, batch, batches, loss_d, loss_g)


def told_where(stop, epoch, batch):
    """Let a notebook show where its ■ stopped training, and no lines of ours."""
    zh, en = f"停在第 {epoch} 回合第 {batch} 批", f"stopped in epoch {epoch}, batch {batch}"
    stop._render_traceback_ = lambda: told_in_short(stop, zh, en)
