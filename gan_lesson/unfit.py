"""What training refuses, and why, in both languages: parts that do not fit together, and losses
that are no numbers. gan_lesson.training asks before its first step; the lessons do not show this.
"""

import inspect
import numbers

import torch
from torch import nn

from gan_lesson import BilingualError
from gan_lesson.config import SettingError, TrainingConfig


class UnfitError(BilingualError, ValueError):
    """Images, a condition or networks that do not fit together; nothing was trained."""


class TrainingDiverged(BilingualError, ArithmeticError):
    """A loss is no longer a finite number, and training on makes no sense."""

    def __init__(self, state):
        rate = state.config.learning_rate
        super().__init__(
            f"第 {state.epoch} 回合第 {state.batch} 批的損失變成 NaN（不是數字）或無限大。"
            f"最常見的原因：學習率太大（這次是 {rate}），或自己寫的損失除以 0、取 0 的對數。",
            f"The loss became NaN (not a number) or infinite in epoch {state.epoch}, batch "
            f"{state.batch}. The usual causes: a learning rate that is too high ({rate} here), or "
            "a loss of your own that divides by 0 or takes the logarithm of 0.",
        )


def check_parts(generator, discriminator, config):
    """Refuse what a TrainingState cannot be made of: UnfitError."""
    if not isinstance(config, TrainingConfig):
        raise UnfitError(
            "TrainingState 的第三個引數要是 TrainingConfig",
            "the third argument of TrainingState must be a TrainingConfig",
        )
    for network in (generator, discriminator):
        if not isinstance(network, nn.Module) or not list(network.parameters()):
            kind = "class" if isinstance(network, type) else type(network).__name__
            raise UnfitError(
                f"TrainingState 的前兩個引數要是有權重的網路，這裡是 {kind}；"
                "類別要加括號：Generator(config.latent_dim)、Discriminator()",
                f"the first two arguments of TrainingState must be networks with weights, this "
                f"is a {kind}; a class needs its brackets: Generator(config.latent_dim), "
                "Discriminator()",
            )


def image_shape(state, images, condition):
    """The shape of one image as the generator draws it, such as (784,).

    It asks both networks about two images, and changes nothing. Raises SettingError or UnfitError.
    """
    lowest = _check_tensors(state, images, condition)
    config = state.config
    if config.batch_size > len(images):
        raise SettingError(
            "batch_size",
            config.batch_size,
            f"{len(images)} 以下（資料集只有 {len(images)} 張）",
            f"at most the data set's {len(images)} images",
        )
    _check_weights(state)
    _check_last_batch(state, len(images))
    conditions = () if condition is None else (_two_rows(condition),)
    z = torch.randn(2, config.latent_dim, generator=torch.Generator().manual_seed(0))
    fake, why = _ask(state.generator, z, *conditions)
    if why or fake[0].numel() != images[0].numel():
        _refuse_swapped(state, z, images, conditions)
    if why:
        _refuse_generator(state, z, conditions, why)
    if fake[0].numel() != images[0].numel():
        drawn, given = tuple(fake.shape[1:]), tuple(images.shape[1:])
        raise UnfitError(
            f"生成器畫的圖形狀是 {drawn}，資料的圖是 {given}：像素數不同，不能放在一起訓練",
            f"the generator draws images of shape {drawn}, the data's are {given}: "
            "another number of pixels",
        )
    if lowest >= 0 and fake.min() < 0:
        raise UnfitError(
            "這些圖的像素全都在 0 以上，生成器畫的卻有正有負（[-1, 1]）：先用 images * 2 - 1 轉換",
            "all pixels of these images are at least 0, while the generator draws in [-1, 1]: "
            "convert them first, with images * 2 - 1",
        )
    _, why = _ask(state.discriminator, fake.cpu(), *conditions)
    if why:
        raise UnfitError(
            f"辨別器收不下形狀 {tuple(fake.shape)} 的兩張圖{'和條件' if conditions else ''}：{why}",
            f"the discriminator does not take two images of shape {tuple(fake.shape)}"
            f"{' and their condition' if conditions else ''}: {why}",
        )
    return fake.shape[1:]


def check_call(name, example, function, *given):
    """Refuse what train() cannot call as `name`, with arguments of such names: UnfitError."""
    if not callable(function):
        kind = type(function).__name__
        raise UnfitError(
            f"{name} 要是函式本身，後面不加括號，例如 {name}={example}；這裡是 {kind}",
            f"{name} must be a function itself, without brackets, as in {name}={example}; "
            f"this is a {kind}",
        )
    try:
        inspect.signature(function).bind(*given)
    except TypeError:
        raise UnfitError(
            f"{name} 要能這樣呼叫：{name}({', '.join(given)})",
            f"it must be possible to call {name}({', '.join(given)})",
        ) from None


def _two_rows(condition):
    """Two rows of a condition; of labels those with the least and the greatest number."""
    rows = torch.zeros(2, dtype=torch.long)
    if not condition.is_floating_point() and condition.dtype != torch.bool:
        rows = torch.stack([condition.argmin(), condition.argmax()]) // condition[0].numel()
    return condition[rows]


def _check_weights(state):
    """Refuse networks with other weights than the state was made of: UnfitError."""
    there, held = set(), set()
    for network, optimizer in (
        (state.generator, state.optimizer_g),
        (state.discriminator, state.optimizer_d),
    ):
        there.update(map(id, network.parameters()))
        held.update(id(weight) for group in optimizer.param_groups for weight in group["params"])
    shapes = [
        {name: value.shape for name, value in network.state_dict().items()}
        for network in (state.generator, state.drawer)
    ]
    if not held <= there or shapes[0] != shapes[1]:
        raise UnfitError(
            "網路在 TrainingState 做好之後換過層，新的權重不在裡面：換好層，再做一個新的 state",
            "layers were changed after the TrainingState was made, which does not hold the new "
            "weights: change the layers first, then make a new state",
        )


def _check_last_batch(state, count):
    """Refuse a batch of one image where batch norm needs two: SettingError."""
    size = state.config.batch_size
    networks = (state.generator, state.discriminator)
    layers = (layer for network in networks for layer in network.modules())
    if (count % size or size) == 1 and any(isinstance(layer, nn.BatchNorm1d) for layer in layers):
        raise SettingError(
            "batch_size",
            size,
            f"讓 {count} 張圖的最後一批有 2 張以上的數（批次標準化的要求）",
            f"a number that leaves no last batch of 1 of the {count} images (batch norm needs 2)",
        )


def _is_plain(value):
    """Whether it is a tensor of real numbers, all of them written out."""
    return torch.is_tensor(value) and value.layout == torch.strided and not value.is_complex()


def _check_tensors(state, images, condition):
    """Refuse tensors that are no data: UnfitError. Gives the lowest pixel; -1 for bytes."""
    lowest = -1
    if not _is_plain(images):
        kind = f"{images.dtype}, {images.layout}" if torch.is_tensor(images) else type(images)
        raise UnfitError(
            f"images 要是實數的張量，這裡是 {kind}。load_images 回傳兩樣東西："
            "images, labels = load_images(...)",
            f"images must be a tensor of real numbers, this is {kind}. load_images returns two "
            "things: images, labels = load_images(...)",
        )
    if images.dim() < 2 or not images.numel():
        raise UnfitError(
            f"images 要是一批圖（N, …），N 至少 1；這裡的形狀是 {tuple(images.shape)}",
            f"images must be a batch (N, …) of at least one; their shape is {tuple(images.shape)}",
        )
    if images.dtype != torch.uint8:
        lowest, highest = (pixel.item() for pixel in images.aminmax())
        if not images.is_floating_point() or not (-1.001 <= lowest <= highest <= 1.001):
            raise UnfitError(
                f"像素要是 [-1, 1] 的小數或 0 到 255 的 uint8，這裡是 {images.dtype}，"
                f"從 {lowest:.4g} 到 {highest:.4g}",
                f"pixels must be floats in [-1, 1], or uint8 from 0 to 255; these are "
                f"{images.dtype}, from {lowest:.4g} to {highest:.4g}",
            )
    if condition is not None and (
        not _is_plain(condition) or condition.shape[:1] != images.shape[:1]
    ):
        raise UnfitError(
            f"condition 要是實數的張量，每張圖一列（{len(images)} 列）",
            "condition must be a tensor of real numbers with a row for each of the "
            f"{len(images)} images",
        )
    if state.batch and len(state.order) != len(images):
        raise UnfitError(
            f"這次訓練是用 {len(state.order)} 張圖開始的，現在給的是 {len(images)} 張",
            f"this run was begun with {len(state.order)} images, and is now given {len(images)}",
        )
    devices = {p.device for n in (state.generator, state.discriminator) for p in n.parameters()}
    if len(devices) > 1:
        both = "、".join(sorted(map(str, devices)))
        raise UnfitError(
            f"兩個網路不在同一個裝置上（{both}）",
            f"the networks are not on one device ({both.replace('、', ', ')})",
        )
    return lowest


@torch.no_grad()
def _ask(network, *inputs):
    """What a network makes of a few rows, in evaluation mode; or None, and why it makes nothing."""
    was_training, device = network.training, next(network.parameters()).device
    try:
        made = network.eval()(*(each.to(device) for each in inputs))
    except (RuntimeError, TypeError, ValueError, IndexError) as error:
        return None, f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"
    finally:
        network.train(was_training)
    if not isinstance(made, torch.Tensor):
        return None, f"forward() -> {type(made).__name__}"
    if len(inputs[0]) not in made.shape:  # which need not be its first: several GANs at once
        return None, f"{tuple(inputs[0].shape)} -> {tuple(made.shape)}"
    return made, None


def _refuse_swapped(state, z, images, conditions):
    """Refuse a discriminator that draws images of z, as a generator does: UnfitError."""
    drawn, _ = _ask(state.discriminator, z, *conditions)
    if drawn is not None and drawn[0].numel() == images[0].numel():
        raise UnfitError(
            "兩個網路放反了：TrainingState(generator, discriminator, config)",
            "the two networks are the wrong way round: TrainingState(generator, discriminator, "
            "config)",
        )


def _refuse_generator(state, z, conditions, why):
    """Say why the generator does not take z and its condition: UnfitError."""
    if conditions and why.startswith("TypeError") and _ask(state.generator, z)[0] is not None:
        raise UnfitError(
            "這個生成器不收條件，train() 卻給了 condition",
            "this generator takes no condition, and train() was given one",
        )
    kinds = (nn.Linear, nn.ConvTranspose2d)
    layers = [layer for layer in state.generator.modules() if isinstance(layer, kinds)]
    widest = getattr(layers[0], "in_features", 0) or layers[0].in_channels if layers else 0
    for takes in range(1, widest + 1):
        if _ask(state.generator, torch.zeros(2, takes), *conditions)[0] is not None:
            raise UnfitError(
                f"生成器收下的潛在向量有 {takes} 個數，config.latent_dim 卻是 {z.shape[1]}",
                f"the generator takes latent vectors of {takes} numbers, and config.latent_dim is "
                f"{z.shape[1]}",
            )
    raise UnfitError(
        f"生成器收下形狀 {tuple(z.shape)} 的 z{' 和條件' if conditions else ''}，畫不出圖：{why}"
        f"{'' if conditions else '（有條件的生成器，train() 也要給 condition）'}",
        f"the generator makes no images of z of shape {tuple(z.shape)}"
        f"{' and the condition' if conditions else ''}: {why}"
        f"{'' if conditions else ' (one with a condition needs the condition from train() too)'}",
    )


def explained(text, state, z, *condition):
    """What torch's error in a step comes from, where that is known; else None."""
    generator, discriminator = state.generator, state.discriminator
    if "between 0 and 1" in text:  # binary_cross_entropy, of a probability
        if discriminator(generator(z, *condition), *condition).isnan().any():
            return TrainingDiverged(state)
        return UnfitError(
            "辨別器回傳的不是 0 到 1 的機率，這個損失要機率：最後一層用 nn.Sigmoid()，"
            "或換成收 logits 的損失",
            "the discriminator does not return probabilities from 0 to 1, which this loss needs: "
            "let nn.Sigmoid() be its last layer, or take a loss of logits",
        )
    if "grad" in text and not torch.is_grad_enabled():
        return UnfitError(
            "在 torch.no_grad() 裡沒有梯度，學不到東西：把訓練的迴圈移到外面",
            "inside torch.no_grad() there are no gradients to learn by: move the loop that trains "
            "out of it",
        )
    frozen = [
        name
        for name in ("generator", "discriminator")
        if not all(weight.requires_grad for weight in getattr(state, name).parameters())
    ]
    if "grad" in text and frozen:
        return UnfitError(
            f"{frozen[0]} 有凍結的權重（requires_grad = False），這些 steps 卻要每個權重的梯度："
            "解凍，或寫自己的 steps，只要其餘權重的梯度",
            f"{frozen[0]} has frozen weights (requires_grad = False), and these steps ask for the "
            "gradient of each: unfreeze them, or write steps of your own that ask for the others",
        )
    return None


def check_losses(losses):
    """Refuse what is not the two losses of a step: UnfitError."""
    given = losses if isinstance(losses, tuple | list) else [losses]
    fits = len(given) == 2 and all(
        loss.numel() == 1 if isinstance(loss, torch.Tensor) else isinstance(loss, numbers.Real)
        for loss in given
    )
    if not fits:
        found = ", ".join(
            str(tuple(loss.shape)) if isinstance(loss, torch.Tensor) else type(loss).__name__
            for loss in given
        )
        raise UnfitError(
            f"steps 要回傳兩個損失，各是一個數：return loss_d, loss_g；這裡回傳的是 {found}",
            "steps must return both losses, one number each: return loss_d, loss_g; "
            f"these return {found}",
        )
