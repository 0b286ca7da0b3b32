"""The laboratory's runs: trained on one clock, measured, and kept in folders as all runs are."""

import contextlib
import dataclasses
import functools
import json
import math
import statistics
import threading
import time

import numpy as np
import torch
from PIL import Image, ImageSequence

from gan_lesson import data, downloads, history, latent, metrics, plots, recipes, runs
from gan_lesson.checkpoints import RunError, save_checkpoint, whole_file
from gan_lesson.config import TrainingConfig

FRAMES = 40  # pictures of a run that its replay shows, besides the first
# Images that a run is measured by; half as many where they are compared with real ones.
JUDGED = 1000
NOTE = "lab.json"  # what the laboratory adds to a run's folder
WRITTEN = (NOTE, "config.json", "history.csv", "training.gif", "samples.png", "map.png")
WRITTEN += ("checkpoint.pt",)
JUDGES = {"digits": "digits-doubt", "mnist": "mnist"}  # the one that speckle does not deceive

seeding = threading.Lock()  # one at a time seeds torch's own random numbers and puts them back
load_judge = functools.lru_cache(metrics.load_classifier)
_load_shipped = functools.lru_cache(maxsize=3)(data.load_bytes)


def load_bytes(name):
    """As data.load_bytes; of a folder, which may have changed, anew."""
    if name in data.DATASETS:
        try:
            return _load_shipped(name)
        except downloads.DownloadError as error:  # the whole story names every mirror twice
            raise downloads.DownloadError(
                f"這台電腦上沒有 {name}，現在也下載不到。digits 和 hanzi 不用網路。",
                f"{name} is not on this computer and cannot be downloaded now. digits and hanzi "
                "need no network.",
            ) from error
    return data.load_bytes(name)


def start(config):
    """A new TrainingState; torch's own random numbers stay as they were."""
    with seeding, torch.random.fork_rng(devices=[]):
        return runs.start(recipes.build_networks, config)


@functools.cache
def seconds_a_batch(model):
    """How long a recipe's steps take on this machine, with its usual batch: tried for a moment."""
    config = TrainingConfig(model=model, epochs=1000)
    images = torch.rand(config.batch_size, 1, 28, 28) * 2 - 1
    batches = recipes.train(start(config), images, torch.arange(len(images)) % 10)
    next(batches)  # the first one sets up
    times = []
    while sum(times) < 0.1 or len(times) < 3:
        began = time.perf_counter()
        next(batches)
        times.append(time.perf_counter() - began)
    return statistics.median(times)  # whatever else the machine did meanwhile


def seconds_an_epoch(config, size):
    """The same for an epoch of so many images, with any batch size."""
    usual = TrainingConfig(model=config.model).batch_size
    batches = math.ceil(size / config.batch_size)
    return batches * seconds_a_batch(config.model) * max(1, config.batch_size / usual)


@dataclasses.dataclass(eq=False)
class Run:
    """One run, from its first picture to what is kept of it.

    shelf: which runs stand side by side, and what was predicted of them. frames: (epoch, wall of
    the same 64 latent vectors as grey pixels). map: the plane or line of latent_dim 2 or 1.
    """

    config: TrainingConfig
    shelf: dict
    frames: list = dataclasses.field(default_factory=list)
    pixels: np.ndarray | None = None  # the newest wall, which need not be a frame
    loss_d: list = dataclasses.field(default_factory=list)
    loss_g: list = dataclasses.field(default_factory=list)
    batches: int = 0  # in an epoch
    seconds: float = 0.0
    quality: metrics.Quality | None = None  # None for a data set that has no classifier
    variety: float | None = None  # None until it has ended
    map: np.ndarray | None = None
    folder: object = None  # where it is kept

    @property
    def epochs(self):
        """How many it trained for."""
        return len(self.loss_d) / self.batches if self.batches else 0.0

    @property
    def share(self):
        """How much of its training is done, 0 to 1."""
        return self.epochs / self.config.epochs

    @property
    def ended(self):
        """Whether it has been measured."""
        return self.variety is not None

    @property
    def code(self):
        """The settings as the line of code that repeats the run."""
        usual, default = TrainingConfig(dataset=self.config.dataset), ("dataset", "latent_dim")
        settings = [
            f"{field.name}={value!r}"
            for field in dataclasses.fields(self.config)
            if (value := getattr(self.config, field.name)) != getattr(usual, field.name)
            or field.name in default
            if field.name != "snapshot_every"
        ]
        return f"config = TrainingConfig({', '.join(settings)})"

    # --- training ---

    def prepare(self):
        """Make the networks, and look at what the untrained generator draws."""
        self._state, self._noise = start(self.config), runs.fixed_noise(self.config)
        self.pixels = self.look()
        self.frames = [(0.0, self.pixels)]

    def begin(self):
        """Load the data and the judge, and check that all fits."""
        self._images, labels = load_bytes(self.config.dataset)
        if judge := JUDGES.get(self.config.dataset):
            load_judge(judge)  # damaged weights are said now, not after the training
        self._progress = recipes.train(self._state, self._images, labels)
        self._began = time.monotonic()

    def step(self):
        """Train on one batch; False where there is none left."""
        now = next(self._progress, None)
        if now is None:
            return False
        self.batches = now.batches
        self.loss_d.append(now.loss_d)
        self.loss_g.append(now.loss_g)
        done, total = len(self.loss_d), now.batches * now.epochs
        if done * FRAMES // total > (done - 1) * FRAMES // total:
            self._add_frame()
        self.seconds = time.monotonic() - self._began
        return True

    def look(self):
        """What the generator draws now, which the card shows from here on."""
        self.pixels = plots.wall(runs.sample(self._state.drawer, self._noise))
        return self.pixels

    def _add_frame(self):
        if not np.array_equal(self.look(), self.frames[-1][1]):  # a GIF would drop it
            self.frames.append((self.epochs, self.pixels))

    def finish(self):
        """Measure what it has become."""
        generator, config = self._state.drawer, self.config
        if self.frames[-1][0] < self.epochs:  # stopped
            self._add_frame()
        samples = runs.sample(generator, runs.fixed_noise(config, JUDGED))
        if judge := JUDGES.get(config.dataset):
            self.quality = metrics.measure(samples, load_judge(judge))
        count = min(JUDGED // 2, len(self._images))
        some = self._images[:: len(self._images) // count][:count]
        if config.latent_dim <= 2:
            self.map = plots.wall(runs.sample(generator, plane(config.latent_dim)), 12)
        self.variety = metrics.coarse_coverage(some, samples[:count])

    # --- on disk ---

    def keep(self):
        """Write it into a folder of its own, and let the networks go. Raises RunError."""
        folder = runs.create(None, self.config)
        try:
            self._write(folder)
        except OSError as error:
            zh, en = f"存不進 {folder}（{error.strerror}）", f"cannot write to {folder}"
            raise RunError(zh, f"{en} ({error.strerror})") from error
        self.folder = folder
        del self._state, self._progress, self._images

    def _write(self, folder):
        rows = [
            f"{at // self.batches},{at % self.batches},{loss_d:.6g},{loss_g:.6g}\n"
            for at, (loss_d, loss_g) in enumerate(zip(self.loss_d, self.loss_g, strict=True))
        ]
        (folder / "history.csv").write_text(history.HEADER + "".join(rows), newline="\n")
        for name, pixels in (("samples.png", self.frames[-1][1]), ("map.png", self.map)):
            if pixels is not None:
                Image.fromarray(pixels).save(folder / name)
        with whole_file(folder / "training.gif") as file:
            pictures = ((f"epoch {at:.3g}", Image.fromarray(wall)) for at, wall in self.frames)
            runs.write_gif(pictures, file)
        save_checkpoint(folder / "checkpoint.pt", self._state)
        note = {
            "shelf": self.shelf,
            "frames": [at for at, _ in self.frames],
            "seconds": self.seconds,
            "quality": self.quality,
            "variety": self.variety,
        }
        with whole_file(folder / NOTE) as file:  # last: a folder that has it is whole
            file.write(json.dumps(note).encode())

    @classmethod
    def read(cls, folder):
        """What `keep` wrote; any damage is an error of some kind."""
        note = json.loads((folder / NOTE).read_text("utf-8"))
        config = TrainingConfig(**json.loads((folder / "config.json").read_text("utf-8")))
        loss_d, loss_g, batches = runs.read_history(folder)
        with Image.open(folder / "training.gif") as gif:
            walls = [np.asarray(each.convert("L")) for each in ImageSequence.Iterator(gif)]
        frames = [
            (at, wall[runs.CAPTION :]) for at, wall in zip(note["frames"], walls, strict=True)
        ]
        found = cls(config, note["shelf"], frames, frames[-1][1], loss_d, loss_g, batches)
        found.seconds, found.variety, found.folder = note["seconds"], note["variety"], folder
        if note["quality"]:
            sure, shares, *others = note["quality"]
            found.quality = metrics.Quality(sure, tuple(shares), *others)
        if (folder / "map.png").is_file():
            found.map = np.asarray(Image.open(folder / "map.png"))
        return found

    def delete(self):
        """Take away what `keep` wrote, and the folder, where nobody put anything else into it."""
        if self.folder:
            for name in WRITTEN:
                (self.folder / name).unlink(missing_ok=True)
            with contextlib.suppress(OSError):
                (self.folder / "snapshots").rmdir()
                self.folder.rmdir()


def read_kept(count):
    """The runs, at most so many, that stood side by side last, in their order."""
    notes = sorted(runs.RUNS.glob(f"*/{NOTE}"), key=lambda path: path.stat().st_mtime)
    found = []
    for note in notes[: -count - 1 : -1]:
        with contextlib.suppress(Exception):  # damaged, or from another version of the course
            found.insert(0, Run.read(note.parent))
    return [run for run in found if run.shelf == found[-1].shelf]


def plane(latent_dim):
    """Latent vectors that cover a line or a plane as evenly as z falls on it: (144, latent_dim)."""
    return latent.equal_parts(144)[:, None] if latent_dim == 1 else latent.latent_map(12)


def nearest(pixels, dataset):
    """The real image that is nearest to a small picture (28, 28) of bytes, among coarse ones, as
    bytes too; and its label."""
    images, labels = load_bytes(dataset)
    picture = torch.from_numpy(pixels.copy())[None, None]
    apart = (metrics.coarse(images) - metrics.coarse(picture)).square().sum(dim=1)
    at = int(apart.argmin())
    return plots.wall(metrics.as_floats(images[at : at + 1])), int(labels[at])
