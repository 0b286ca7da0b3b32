"""A TrainingState in a file: written whole or not at all, read whole or refused with a reason."""

import contextlib
import copy
import dataclasses
import os
import warnings
import zipfile
from pathlib import Path

import torch

from gan_lesson import BilingualError
from gan_lesson.config import SettingError, TrainingConfig
from gan_lesson.training import TrainingState

FORMAT, PARTS = "gan-lesson run 1", ("config", "state")
_STEP = (), (), torch.float32  # the layout of Adam's count of steps
_CHECKED = ("lr", "betas", "eps", "weight_decay")  # of Adam's settings: those it has bounds for
LATER = {"model": "mlp", "ema": 0.0, "paper": "auto"}  # what runs did before these were settings


class RunError(BilingualError):
    """A run's folder that cannot be made, read or continued."""


def unwritable(place, error):
    """The RunError of a place that cannot be written to."""
    why = error.strerror or error
    return RunError(f"無法寫入 {place}（{why}）", f"cannot write to {place} ({why})")


def save_checkpoint(path, state):
    """Write a TrainingState whole or not at all."""
    content = {
        "format": FORMAT,
        "config": dataclasses.asdict(state.config),
        "state": state.state_dict(),
    }
    with whole_file(path) as file:
        torch.save(content, file)


def load_checkpoint(folder):
    """Read a run's checkpoint: its TrainingConfig, and what `restore` puts into a new state.

    Raises RunError for a folder without a checkpoint, or one that is damaged, not ours, or made
    by another version of the course.
    """
    path = Path(folder) / "checkpoint.pt"
    try:
        if not path.is_file():
            raise RunError(
                f"{path} 不存在，沒有可以接續的",
                f"{path} does not exist: there is nothing to go on from",
            )
        content = _read(path)
        config, saved = LATER | content["config"], content["state"]
    except OSError as error:
        raise RunError(
            f"讀不到 {path}（{error.strerror}）", f"cannot read {path} ({error.strerror})"
        ) from error
    except RunError:
        raise
    except Exception as error:  # torch.load raises whatever a strange file leads it into
        raise RunError(
            f"{path} 已損壞，或不是這個課程的檢查點",
            f"{path} is damaged, or no checkpoint of this course",
        ) from error
    known = {field.name for field in dataclasses.fields(TrainingConfig)}
    if set(config) != known:
        keys = ", ".join(sorted(map(str, set(config) ^ known)))
        raise RunError(
            f"{path} 是這個課程的另一個版本做的，設定不同：{keys}",
            f"{path} was made by another version of this course, whose settings differ: {keys}",
        )
    try:
        return TrainingConfig(**config), saved
    except SettingError as error:
        raise RunError(f"{path}：{error.zh}", f"{path}: {error.en}") from error


def _read(path):
    """What torch.save wrote; it never packs, so what is packed (a zip bomb) is not read."""
    with zipfile.ZipFile(path) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > path.stat().st_size:
            raise ValueError("packed")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of odd tensors; what is wrong with them is said in a line
        content = torch.load(path, weights_only=True, map_location="cpu")
    if (
        type(content) is not dict
        or content["format"] != FORMAT
        or {type(content[part]) for part in PARTS} != {dict}
    ):
        raise ValueError("no checkpoint of ours")
    if not {type(value) for value in content["config"].values()} <= {str, int, float}:
        raise ValueError("settings are plain")
    return content


def restore(path, state, saved):
    """Put what a checkpoint saved into a new TrainingState of the same configuration.

    Raises RunError, before anything is changed, with the first thing that does not fit.
    """
    try:
        problem = _misfit(state, saved) or _fails(state, saved)
    except Exception:  # whatever odd content leads to
        problem = "少了東西，或東西不對", "something is missing or odd"
    if problem:
        raise RunError(
            f"{path} 的內容和這次訓練不合：{problem[0]}",
            f"what {path} holds does not fit this run: {problem[1]}",
        )
    state.load_state_dict(saved)


def _misfit(state, saved):
    """What in a checkpoint does not fit a new state, in both languages; None where all does."""
    if parts := ", ".join(sorted(map(str, saved.keys() ^ state.state_dict().keys()))):
        return f"少了或多了 {parts}", f"missing or unknown: {parts}"
    for name in ("generator", "discriminator", "average"):
        network = getattr(state, name)
        if network is None:
            continue
        expected, found = network.state_dict(), saved[name]
        if expected.keys() != found.keys():
            return f"{name} 的層不同", f"{name} has other layers"
        for key, weight in expected.items():
            if weight.shape != found[key].shape or weight.dtype != found[key].dtype:
                shapes = f"{tuple(found[key].shape)}, {tuple(weight.shape)}"
                return f"{name} {key} 的形狀（{shapes}）", f"the shape of {name} {key} ({shapes})"
            if weight.is_floating_point() and not found[key].isfinite().all():
                return f"{name} {key} 裡有 NaN 或無限大", f"NaN or infinity in {name} {key}"
    for name, network in (("optimizer_g", state.generator), ("optimizer_d", state.discriminator)):
        weights = list(network.parameters())
        (group,) = dict(saved[name])["param_groups"]
        if group["params"] != list(range(len(weights))):
            return f"{name} 的參數個數", f"the number of parameters of {name}"
        for number, kept in saved[name]["state"].items():
            # Adam's loops take what is as large as a weight to lie in memory as it does.
            like = dict.fromkeys(("exp_avg", "exp_avg_sq"), _layout(weights[number]))
            if {key: _layout(value) for key, value in kept.items()} != like | {"step": _STEP}:
                return f"{name} 的形狀", f"a shape in {name}"
            if not all(value.isfinite().all() for value in kept.values()):
                return f"{name} 裡有 NaN 或無限大", f"NaN or infinity in {name}"
        try:
            torch.optim.Adam(weights, **{key: group[key] for key in _CHECKED})
        except ValueError as error:
            return f"{name}：{error}", f"{name}: {error}"
    if saved["random"].shape != state.random.get_state().shape:
        return "亂數的狀態", "the state of the random numbers"
    return _misplaced(state.config, saved["epoch"], saved["batch"], saved["order"])


def _layout(tensor):
    return tensor.shape, tensor.stride(), tensor.dtype


def _fails(state, saved):
    """As _misfit, for what shows in use: all is loaded into a copy, which takes an empty step."""
    networks = copy.deepcopy(state.generator), copy.deepcopy(state.discriminator)
    trial = TrainingState(*networks, state.config)
    trial.load_state_dict(copy.deepcopy(saved))
    for network, optimizer in zip(networks, (trial.optimizer_g, trial.optimizer_d), strict=True):
        for weight in network.parameters():
            weight.grad = torch.zeros_like(weight)
        optimizer.step()
        if not all(weight.isfinite().all() for weight in network.parameters()):
            return "最佳化器裡有 NaN 或無限大", "NaN or infinity in an optimiser"
    return None


def _misplaced(config, epoch, batch, order):
    """As _misfit, for the position in training."""
    if type(epoch) is not int or type(batch) is not int or not 0 <= epoch <= config.epochs:
        return f"epoch {epoch}, batch {batch}", f"epoch {epoch}, batch {batch}"
    count = 0 if order is None else len(order)
    if not count and (epoch or batch):
        return "沒有 order", "there is no order"
    # What is not contiguous may be one number that says it is a thousand million.
    if count and not (
        order.dtype == torch.int64
        and order.is_contiguous()
        and order.sort().values.equal(torch.arange(count))
    ):
        return "order 不是一個排列", "order is no permutation"
    over = batch and (epoch == config.epochs or batch * config.batch_size >= count)
    if batch < 0 or over:
        return f"batch {batch}", f"batch {batch}"
    return None


@contextlib.contextmanager
def whole_file(path):
    """A file to write to that appears under its name whole or not at all."""
    part = Path(f"{path}.part")
    try:
        with open(part, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
