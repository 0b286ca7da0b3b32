"""The laboratory's settings: a control for each, what runs together, and for how many epochs."""

import functools
from pathlib import Path

import ipywidgets

from gan_lesson import data, recipes
from gan_lesson.config import TrainingConfig
from gan_lesson.widgets import lab_runs

# The control of each setting of TrainingConfig, and what it is called.
NAMES = {
    "latent_dim": ("潛在維度", "latent_dim"),
    "model": ("模型", "model"),
    "dataset": ("資料集", "data set"),
    "epochs": ("訓練回合", "epochs"),
    "learning_rate": ("學習率", "learning rate"),
    "beta1": ("動量", "beta1"),
    "batch_size": ("批次大小", "batch size"),
    "seed": ("亂數種子", "seed"),
}
LATENT_DIMS = (1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 25, 32, 40, 50, 64, 80, 100, 128, 160, 200, 256)
PRESETS = (2, 10, 100, 256)
LEARNING_RATES = [round(digit * 10**power, 5) for power in range(-5, 0) for digit in (1, 2, 5)]
BATCH_SIZES = [2**power for power in range(3, 12)]
BETAS = [tenth / 10 for tenth in range(10)]
# What runs together where one setting varies; what its control has comes besides.
TOGETHER = {
    "latent_dim": (2, 10, 100),
    "model": ("mlp", "deep-mlp", "dcgan"),
    "dataset": ("digits", "hanzi"),
    "learning_rate": (2e-4, 1e-3, 5e-3),
    "beta1": (0.0, 0.5, 0.9),
    "batch_size": (16, 64, 256),
    "seed": (0, 1, 2),
}
FOLDER = "folder"  # the data set that is the student's own
SIZES = {"digits": 1797, "hanzi": 5411}  # images
EPOCHS = (1, 2, 3, 5, 10, 15, 20, 30, 40, 60, 80, 100, 150, 200, 300, 400)
LIMIT = 60  # seconds that the epochs we choose keep to, for all that runs together


def value_name(value):
    """A setting's value, short: 0.0002, mlp, the last part of a folder's path."""
    return f"{value:g}" if isinstance(value, float) else Path(str(value)).name


class Settings:
    """Controls named as in TrainingConfig; presets (buttons), folder (a path), vary, reset.

    drawer: those that are seldom turned. changed: what to call after any change.
    """

    def __init__(self):
        choice = functools.partial(ipywidgets.SelectionSlider, continuous_update=False)
        self.latent_dim = choice(options=LATENT_DIMS)
        self.presets = [ipywidgets.Button(description=f"{value}") for value in PRESETS]
        self.model = ipywidgets.Dropdown(options=list(recipes.RECIPES))
        self.dataset = ipywidgets.Dropdown(options=[*data.DATASETS, FOLDER])
        self.folder = ipywidgets.Text(continuous_update=False)
        self.epochs = ipywidgets.IntSlider(min=1, max=400, continuous_update=False)
        self.learning_rate = choice(options=[(f"{rate:g}", rate) for rate in LEARNING_RATES])
        self.beta1, self.batch_size = choice(options=BETAS), choice(options=BATCH_SIZES)
        self.seed = ipywidgets.IntSlider(min=0, max=20, continuous_update=False)
        self.vary = ipywidgets.Dropdown(options=list(TOGETHER))
        self.drawer = [self.model, self.dataset, self.folder, self.epochs]
        self.drawer += [self.learning_rate, self.beta1, self.batch_size, self.seed]
        self.changed, self._asked, self._settling = lambda: None, False, False
        for preset, value in zip(self.presets, PRESETS, strict=True):
            preset.on_click(lambda button, value=value: setattr(self.latent_dim, "value", value))
        for control in (self.latent_dim, *self.drawer):
            control.observe(self.take, "value")
        self.reset()

    def value(self, name):
        """What a setting's control has, as TrainingConfig takes it."""
        if name == "dataset" and self.dataset.value == FOLDER:
            return str(Path(self.folder.value.strip() or ".").expanduser())
        return getattr(self, name).value

    def config(self, **changes):
        """The TrainingConfig that the controls stand for. Another model brings its own settings."""
        settings = {name: self.value(name) for name in NAMES}
        if "model" in changes:
            del settings["learning_rate"], settings["batch_size"]
        return TrainingConfig(**settings | changes)

    def values(self):
        """What runs together: the usual values of what varies, and the one chosen now."""
        varied = self.vary.value
        values, chosen = TOGETHER[varied], self.value(varied)
        if chosen in values:
            return [*values]
        values = [*values, chosen]
        return values if isinstance(chosen, str) else sorted(values)

    def together(self):
        """The TrainingConfigs of what runs together."""
        return [self.config(**{self.vary.value: value}) for value in self.values()]

    def reset(self):
        """The usual settings, those of TrainingConfig."""
        usual, self._settling = TrainingConfig(), True
        self.vary.value = "latent_dim"
        for name in NAMES:
            getattr(self, name).value = getattr(usual, name)
        self._settling = self._asked = False
        self._settle()

    def take(self, change):
        """A control has another value: what goes with it follows."""
        if self._settling:
            return
        self._settling = True
        if change.owner is self.model:
            usual = TrainingConfig(model=change.new)
            for name in ("learning_rate", "beta1", "batch_size"):
                getattr(self, name).value = getattr(usual, name)
        elif change.owner is self.folder:
            self.dataset.value = FOLDER
            count = size_of(self.value("dataset"))
            most = max(TrainingConfig(model=self.model.value, count=count).batch_size, 8)
            self.batch_size.value = max(size for size in BATCH_SIZES if size <= most)
        elif change.owner is self.epochs:
            self._asked = True
        self._settling = False
        self._settle()

    def _settle(self):
        """As many epochs as time allows, unless others were asked for."""
        if not self._asked:
            self._settling = True
            dataset, count = self.value("dataset"), None
            if data.is_folder(dataset):
                count = size_of(dataset)
            usual = TrainingConfig(dataset=dataset, model=self.model.value, count=count).epochs
            one = sum(seconds(config) / config.epochs for config in self.together())
            most = min(usual, LIMIT / one)
            self.epochs.value = max(epochs for epochs in EPOCHS if epochs <= max(most, 1))
            self._settling = False
        self.changed()


def size_of(dataset):
    """How many images a data set has, of a folder how many files."""
    if not data.is_folder(dataset):
        return SIZES.get(dataset, 60_000)
    try:
        return max(1, sum(path.is_file() for path in Path(dataset).rglob("*.*")))
    except OSError:
        return 1


def seconds(config):
    """About how long a run takes on this machine."""
    return config.epochs * lab_runs.seconds_an_epoch(config, size_of(config.dataset))
