"""The settings of a run, and those that suit each recipe."""

import dataclasses
import math
import numbers
import os

from gan_lesson import BilingualError

# The settings of each recipe of lesson 09, where they differ from those of "mlp".
_QUICK = {"batch_size": 32}
SETTINGS = {
    "mlp": {},
    "deep-mlp": _QUICK,
    "dcgan": _QUICK | {"learning_rate": 2e-3},
    "conditional": _QUICK,
    "wgan-gp": _QUICK | {"learning_rate": 5e-4, "beta2": 0.9},
    "hinge": _QUICK | {"learning_rate": 5e-4, "batch_size": 64},
    "r3gan": _QUICK | {"learning_rate": 2e-4, "beta2": 0.99},
}

PAPERS = ("auto", "light", "dark")
STEPS = 5800  # that a small folder of pictures gets: as many as the 200 epochs of digits

# What a setting may be: its kind, a test, and the words for both.
_WHOLE = (int, lambda value: value >= 1, "1 以上的整數", "a whole number of at least 1")
_SHARE = (
    float,
    lambda value: 0 <= value < 1,
    "0 以上、小於 1 的數",
    "a number of at least 0 and below 1",
)
ALLOWED = {
    "latent_dim": (
        int,
        lambda value: 1 <= value <= 100_000,
        "1 到 100000 的整數",
        "a whole number from 1 to 100000",
    ),
    "learning_rate": (float, lambda value: 0 < value < math.inf, "大於 0 的數", "a number above 0"),
    "beta1": _SHARE,
    "beta2": _SHARE,
    "batch_size": _WHOLE,
    "epochs": _WHOLE,
    "snapshot_every": _WHOLE,
    "ema": _SHARE,
    "seed": (
        int,
        lambda value: 0 <= value < 2**63,
        "0 到 2⁶³ - 1 的整數",
        "a whole number from 0 to 2^63 - 1",
    ),
}


def _suited(batch_size, count):
    """At most so many images a batch, and no batch of one image, which batch norm cannot take."""
    batch_size = min(batch_size, count)
    while count % batch_size == 1:
        batch_size -= 1
    return batch_size


class SettingError(BilingualError, ValueError):
    """A setting with a value that makes no sense: which, what was given, what is allowed."""

    def __init__(self, setting, given, allowed_zh, allowed_en):
        self.setting, self.given = setting, given
        self.allowed_zh, self.allowed_en = allowed_zh, allowed_en
        super().__init__(*self.sentences(setting))

    def sentences(self, name):
        """What is wrong in each language, with the setting called `name`."""
        given = "''" if self.given == "" else self.given
        return (
            f"{name} 不能是 {given}，要 {self.allowed_zh}",
            f"{name} cannot be {given}: it takes {self.allowed_en}",
        )


class UnknownSetting(BilingualError, TypeError):
    """A setting that there is not, or one changed in a configuration that is made."""


@dataclasses.dataclass(frozen=True)
class TrainingConfig:
    """The settings of a run. What is not given is the recipe's own; `original()` gives those of
    the original program.

    count is no setting: with it, batch_size and epochs are made to suit that many images.
    dataclasses.replace() keeps all that it does not change, what was the recipe's own too.
    Raises SettingError for a value that makes no sense.
    """

    dataset: str = "digits"
    model: str = "mlp"  # the recipe: a name in SETTINGS
    latent_dim: int = 100  # length of the latent vector z, at least 1
    learning_rate: float = None  # of both Adam optimisers, above 0; 1e-3 for most recipes
    beta1: float = 0.0  # Adam's memory of the gradient, in [0, 1)
    beta2: float = None  # Adam's memory of its square, in [0, 1); 0.999 for most recipes
    batch_size: int = None  # 64 for "mlp"
    epochs: int = None  # times through the data: 200 of digits, 40 of hanzi (dcgan: 5), else 10
    snapshot_every: int = None  # epochs from picture to picture; by default 20 pictures a run
    ema: float = None  # share of the average generator that stays at each step, in [0, 1); 0: none
    seed: int = 0  # of everything random
    paper: str = "auto"  # of a folder of pictures: auto, light or dark, as in gan_lesson.data
    count: dataclasses.InitVar[int] = None

    def __new__(cls, *given, **settings):
        unknown = ", ".join(settings.keys() - cls.__annotations__.keys())
        if unknown:
            names = [*cls.__annotations__]
            raise UnknownSetting(
                f"TrainingConfig 沒有 {unknown} 這個設定，有的是：{'、'.join(names)}",
                f"TrainingConfig has no setting {unknown}; there are: {', '.join(names)}",
            )
        return super().__new__(cls)

    def __post_init__(self, count):
        if isinstance(self.dataset, os.PathLike):
            object.__setattr__(self, "dataset", os.fspath(self.dataset))
        if not isinstance(self.dataset, str):
            self._refuse("dataset", "名字或資料夾的路徑", "a name, or the path of a folder")
        if self.model not in [*SETTINGS]:
            self._refuse("model", "、".join(SETTINGS), "one of " + ", ".join(SETTINGS))
        if self.paper not in PAPERS:
            self._refuse("paper", "、".join(PAPERS), "one of " + ", ".join(PAPERS))
        usual = {"learning_rate": 1e-3, "beta2": 0.999, "batch_size": 64, "ema": 0.999}
        usual |= SETTINGS[self.model]
        if count:
            usual["batch_size"] = _suited(usual["batch_size"], count)
        self._fill(usual)
        self._check("batch_size")
        epochs = {"digits": 200, "hanzi": 40}.get(self.dataset, 10)
        if (self.dataset, self.model) == ("hanzi", "dcgan"):  # whose steps take far longer
            epochs = 5
        if count:
            epochs = max(10, round(STEPS / math.ceil(count / self.batch_size)))
        self._fill({"epochs": epochs})
        self._check("epochs")
        self._fill({"snapshot_every": max(1, self.epochs // 20)})
        for name in ALLOWED:
            self._check(name)

    def _fill(self, usual):
        for name, value in usual.items():
            if getattr(self, name) is None:
                object.__setattr__(self, name, value)

    def _check(self, name):
        """Keep a setting as Python's own int or float (NumPy's are taken too), or refuse it."""
        kind, allowed, zh, en = ALLOWED[name]
        value = number = getattr(self, name)
        known = isinstance(value, numbers.Integral if kind is int else numbers.Real)
        try:
            fits = known and not isinstance(value, bool) and allowed(number := kind(value))
        except OverflowError:  # a whole number with hundreds of digits is no float
            fits = False
        if not fits:
            self._refuse(name, zh, en)
        object.__setattr__(self, name, number)

    def _refuse(self, name, allowed_zh, allowed_en):
        raise SettingError(name, getattr(self, name), allowed_zh, allowed_en)

    @classmethod
    def original(cls, **changes):
        """The original program's settings: MNIST, Adam's default betas, no moving average."""
        settings = {
            "dataset": "mnist",
            "learning_rate": 2e-4,
            "beta1": 0.9,
            "epochs": 100,
            "snapshot_every": 10,
            "ema": 0.0,
        }
        return cls(**(settings | changes))


def _refuse_change(config, name, value):
    raise UnknownSetting(
        f"做好的設定不能改，做一個新的：config = TrainingConfig({name}={value!r})",
        f"a configuration cannot be changed; make a new one: config = TrainingConfig({name}="
        f"{value!r})",
    )


TrainingConfig.__setattr__ = _refuse_change
