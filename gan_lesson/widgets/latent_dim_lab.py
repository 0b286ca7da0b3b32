"""The laboratory of lessons 03 and 05: move latent_dim, train, and compare the runs."""

import functools
import html
import itertools
import threading
import time
from typing import NamedTuple

import ipywidgets
import numpy as np
import torch

from gan_lesson import data, metrics, plots, recipes, runs
from gan_lesson.config import TrainingConfig
from gan_lesson.widgets import drawing
from gan_lesson.widgets.copy_button import CopyButton
from gan_lesson.widgets.instrument import Instrument, close_all, say

SETTINGS = ("model", "dataset", "latent_dim", "learning_rate", "beta1")
SETTINGS += ("batch_size", "epochs", "seed")
LEARNING_RATES = [round(digit * 10**power, 5) for power in range(-5, 0) for digit in (1, 2, 5)]
BATCH_SIZES = [2**power for power in range(3, 12)]
PAUSE = 0.2  # seconds from picture to picture
COMPARED = 6  # runs that stand side by side; after that the oldest makes room

load_bytes = functools.lru_cache(maxsize=1)(data.load_bytes)
load_classifier = functools.lru_cache(metrics.load_classifier)
seeding = threading.Lock()  # one at a time seeds torch's own random numbers and puts them back


def latent_dim_lab():
    """Show the laboratory: a slider for each setting, the moving picture, the runs side by side."""
    return LatentDimLab()


class Run(NamedTuple):
    """A finished or stopped run: its settings, how far it came, what it draws, how good that is."""

    config: TrainingConfig
    epochs: float  # how many it trained for
    seconds: float
    pixels: np.ndarray  # the same 64 latent vectors as in every picture, as a wall of grey pixels
    quality: metrics.Quality | None  # None for a data set that has no classifier
    spread: float  # distance between two samples, as a share of that between two real images

    @property
    def code(self):
        """The settings as the line of code that repeats the run."""
        usual = TrainingConfig(dataset=self.config.dataset)
        settings = [
            f"{name}={value!r}"
            for name in (*SETTINGS, "beta2", "ema")
            if (value := getattr(self.config, name)) != getattr(usual, name)
            or name in ("dataset", "latent_dim")
        ]
        return f"config = TrainingConfig({', '.join(settings)})"


class Live(NamedTuple):
    """The run that trains now: its settings, losses so far, picture, and place."""

    config: TrainingConfig
    loss_d: list
    loss_g: list
    pixels: np.ndarray
    now: object = None  # the last Progress
    seconds: float = 0.0
    ended: bool = False


class LatentDimLab(Instrument):
    """Controls: one for each setting, named as in TrainingConfig; start, stop, reset.

    runs: the finished runs. cards: what stands on the page for each; .copy and .save are buttons.
    """

    def __init__(self):
        slider = functools.partial(ipywidgets.IntSlider, continuous_update=False)
        choice = functools.partial(ipywidgets.SelectionSlider, continuous_update=False)
        self.latent_dim = slider(min=1, max=256)
        self.learning_rate = choice(options=[(f"{rate:g}", rate) for rate in LEARNING_RATES])
        self.beta1 = ipywidgets.FloatSlider(
            min=0, max=0.9, step=0.1, readout_format=".1f", continuous_update=False
        )
        self.batch_size = choice(options=BATCH_SIZES)
        self.epochs = slider(min=1, max=400)
        self.model = ipywidgets.Dropdown(options=list(recipes.RECIPES))
        self.dataset = ipywidgets.Dropdown(options=data.DATASETS)
        self.seed = ipywidgets.BoundedIntText(min=0, max=9999)
        self.start = ipywidgets.Button(icon="play", button_style="primary")
        self.stop = ipywidgets.Button(icon="stop")
        self.reset = ipywidgets.Button(icon="undo")
        self.progress, self.picture, self.curves, self.title = (ipywidgets.HTML() for _ in range(4))
        self.curves.layout.width = "430px"  # its own size, so that its text has the page's
        self.shelf = ipywidgets.HBox()
        self.runs, self.cards, self.live = [], [], None
        super().__init__(
            ipywidgets.HBox([self.latent_dim, self.learning_rate]),
            ipywidgets.HBox([self.beta1, self.batch_size]),
            ipywidgets.HBox([self.epochs, self.seed]),
            ipywidgets.HBox([self.model, self.dataset]),
            ipywidgets.HBox([self.start, self.stop, self.reset]),
            self.progress,
            ipywidgets.HBox([self.picture, self.curves]),
            self.title,
            self.shelf,
        )
        for widget, zh, en in (
            (self.latent_dim, "潛在維度", "latent_dim"),
            (self.learning_rate, "學習率", "learning rate"),
            (self.beta1, "動量", "beta1"),
            (self.batch_size, "批次大小", "batch size"),
            (self.epochs, "訓練回合", "epochs"),
            (self.model, "模型", "model"),
            (self.dataset, "資料集", "data set"),
            (self.seed, "亂數種子", "seed"),
            (self.start, "開始", "Start"),
            (self.stop, "停止", "Stop"),
            (self.reset, "重設", "Reset"),
        ):
            self.text(widget, zh, en)
        self.dataset.observe(self._take_usual_epochs, "value")
        self.model.observe(self._take_its_settings, "value")
        self.start.on_click(lambda button: self._start())
        self.stop.on_click(lambda button: self._stop())
        self.reset.on_click(lambda button: self._reset())
        self._reset()

    def _take_usual_epochs(self, change):
        self.epochs.value = TrainingConfig(dataset=change.new).epochs

    def _take_its_settings(self, change):
        usual = TrainingConfig(model=change.new)
        for name in ("learning_rate", "beta1", "batch_size"):
            getattr(self, name).value = getattr(usual, name)

    def _start(self):
        settings = {name: getattr(self, name).value for name in SETTINGS}
        config = TrainingConfig(**settings | {"beta1": round(self.beta1.value, 1)})
        self.stop_work()
        self.tell("", "")
        self.work(functools.partial(self._train, config))

    def _stop(self):
        if self.working:
            self.stop_work()
            self.tell(
                "停下來了，已經練的會排到下面去比較。", "Stopped; what was trained lines up below."
            )

    def _reset(self):
        """The usual settings again; the runs that stand side by side stay."""
        self.stop_work()
        usual = TrainingConfig()
        for name in SETTINGS:
            getattr(self, name).value = getattr(usual, name)
        with self.lock:
            self.live = None
            self.tell(
                "選好設定，按「開始」；跑完或停下的都會排在下面。",
                "Choose the settings and press Start; runs that finish or stop line up below.",
            )
            self.draw()

    def _train(self, config, stopping):
        with seeding, torch.random.fork_rng(devices=[]):
            state = runs.start(recipes.build_networks, config)
        noise = runs.fixed_noise(config)
        loss_d, loss_g, now, started = [], [], None, time.monotonic()

        def look():
            pixels = plots.wall(runs.sample(state.drawer, noise))
            with self.lock:
                if not stopping.is_set():  # Reset may just have taken the picture away
                    self.live = Live(
                        config, loss_d, loss_g, pixels, now, time.monotonic() - started
                    )
                    self._draw_live()

        look()  # what the untrained generator draws, before anything is loaded
        try:
            images, labels = load_bytes(config.dataset)
            started = shown = time.monotonic()
            if stopping.is_set():
                return
            for now in recipes.train(state, images, labels):
                loss_d.append(now.loss_d)
                loss_g.append(now.loss_g)
                if stopping.is_set():
                    break
                if time.monotonic() - shown > PAUSE:
                    look()
                    shown = time.monotonic()
            look()
        finally:
            self._end(config, now, time.monotonic() - started)
        with self.lock:
            if not stopping.is_set():
                self.tell("練完了，排到下面去比較。", "Finished; this run lines up below.")
        self._line_up(state, images, (now.batch + 1) / now.batches + now.epoch, started)

    def _end(self, config, now, seconds):
        """Show that a run goes on no more, however it ended."""
        with self.lock:
            if self.live and self.live.config is config:
                end = self.live._replace(now=now, seconds=seconds, ended=True)
                self.live = end if now else None
                self._draw_live()

    def _line_up(self, state, images, epochs, started):
        seconds = time.monotonic() - started
        config, generator = state.config, state.drawer
        samples = runs.sample(generator, runs.fixed_noise(config, 1000))
        quality = None
        if metrics.has_classifier(config.dataset):
            quality = metrics.measure(samples, load_classifier(config.dataset))
        some = images[:: len(images) // 500][:500]
        if some.dtype == torch.uint8:
            some = some / 127.5 - 1
        spread = metrics.spread(samples[:500]) / metrics.spread(some)
        pixels = plots.wall(runs.sample(generator, runs.fixed_noise(config)))
        run = Run(config, epochs, seconds, pixels, quality, spread)
        with self.lock:
            if self.closed:  # what is made now, nobody would close
                return
            cards = [*self.cards, Card(run, self.tell)]
            old, self.cards = cards[:-COMPARED], cards[-COMPARED:]
            self.runs = [card.run for card in self.cards]
            self.draw()
            for card in old:
                close_all(card.box)

    def draw(self):
        """Draw everything anew, in the language chosen now."""
        with self.lock:
            self._draw_live()
            for card in self.cards:
                card.draw()
            self.shelf.children = [card.box for card in self.cards]
            if self.cards:
                self.title.value = f"<b>{say('並排比較', 'Side by side')}</b>"

    def _draw_live(self):
        live = self.live
        if not live:
            self.picture.value = self.curves.value = self.progress.value = ""
            return
        self.progress.value = _progress(live)
        alt = say(
            f"latent_dim {live.config.latent_dim}：同樣 64 個潛在向量現在畫出的圖",
            f"latent_dim {live.config.latent_dim}: what the same 64 latent vectors draw now",
        )
        self.picture.value = drawing.picture(live.pixels, alt, width=363)
        names = say("辨別器損失", "loss_d"), say("生成器損失", "loss_g")
        alt = say("兩條損失曲線", "both losses")
        if live.now:
            alt += f": loss_d {live.now.loss_d:.2f}, loss_g {live.now.loss_g:.2f}"
        unit = say("批次", "batches")
        self.curves.value = drawing.loss_curves(live.loss_d, live.loss_g, names, alt, unit)


def _progress(live):
    now, config = live.now, live.config
    if not now:
        return say("讀取資料…", "loading the data …")
    done, total = now.epoch * now.batches + now.batch + 1, now.epochs * now.batches
    rate = done / live.seconds
    zh = f"第 {now.epoch + 1}／{now.epochs} 回合，每秒 {rate:.0f} 批"
    en = f"epoch {now.epoch + 1} of {now.epochs}, {rate:.0f} batches a second"
    if not live.ended:
        left = (total - done) / rate
        zh, en = f"{zh}，還要 {left:.0f} 秒", f"{en}, {left:.0f} s left"
    text = say(zh, en)
    name = say("訓練進度", "training progress")
    return (
        f'<progress max="{total}" value="{done}" aria-label="{name}" style="width:100%"></progress>'
        f"<br><b>latent_dim {config.latent_dim}</b>　{text}"
    )


class Card:
    """One run on the shelf: picture, settings, measures; buttons copy and save."""

    def __init__(self, run, tell):
        self.run, self.tell = run, tell
        self.page = ipywidgets.HTML()
        self.copy = CopyButton(text=run.code)
        self.save = ipywidgets.Button(icon="download")
        self.copy.observe(self._copied, "copies")
        self.save.on_click(lambda button: self._save())
        self.box = ipywidgets.VBox([self.page, self.copy, self.save], layout={"width": "245px"})
        self.draw()

    def draw(self):
        """Write everything in the language chosen now."""
        self.copy.description = say("複製設定", "Copy settings")
        self.save.description = say("存這張圖", "Save the picture")
        run, config = self.run, self.run.config
        rows = [
            (say("訓練回合", "epochs"), f"{run.epochs:.3g}"),
            (say("秒", "seconds"), f"{run.seconds:.0f}"),
        ]
        if run.quality:
            found = sum(share >= 0.01 for share in run.quality.shares)
            rows += [
                (say("分類器確定", "classifier sure"), f"{run.quality.sure:.0%}"),
                (say("畫出的數字", "digits drawn"), f"{found}/10"),
                (
                    say("Inception 分數 ↑", "Inception score ↑"),
                    f"{run.quality.inception_score:.1f}",
                ),
                (
                    say("Fréchet 距離 ↓", "Fréchet distance ↓"),
                    f"{run.quality.frechet_distance:.0f}",
                ),
            ]
        rows.append((say("多樣性（真圖 100%）", "variety (real 100%)"), f"{run.spread:.0%}"))
        table = "".join(f"<tr><th>{name}</th><td>{value}</td></tr>" for name, value in rows)
        alt = f"latent_dim {config.latent_dim}: " + ", ".join(f"{n} {v}" for n, v in rows)
        changed = run.code.removeprefix("config = TrainingConfig(").removesuffix(")")
        self.page.value = (
            f'<div class="gan-card"><b>latent_dim {config.latent_dim}</b>'
            f"{drawing.picture(run.pixels, alt, width=242)}"
            f"<table>{table}</table><code>{html.escape(changed)}</code></div>"
        )

    def _copied(self, change):
        self.tell(f"已複製：{self.run.code}", f"copied: {self.run.code}")

    def _save(self):
        """Write the picture beside the runs, under a name that is still free."""
        name = f"lab-{self.run.config.dataset}-latent{self.run.config.latent_dim}"
        try:
            runs.RUNS.mkdir(parents=True, exist_ok=True)
            path = next(
                path
                for number in itertools.count(1)
                if not (path := runs.RUNS / f"{name}-{number:03}.png").exists()
            )
            with open(path, "xb") as file:
                file.write(drawing.png(self.run.pixels))
        except OSError as error:
            zh, en = f"存不進去（{error.strerror}）", f"cannot write it ({error.strerror})"
            self.tell(zh, en, error=True)
            return
        self.tell(f"已經存到 {path}", f"saved as {path}")
