"""The laboratory of lessons 03 and 05: predict, train side by side on one clock, compare."""

import functools
import time
from datetime import datetime

import ipywidgets

from gan_lesson import BilingualError, languages
from gan_lesson.widgets import lab_cards, lab_runs, lab_settings
from gan_lesson.widgets.instrument import Instrument, part, say
from gan_lesson.widgets.lab_shelf import NAMES, Shelf

PAUSE = 0.25  # seconds from picture to picture
GRID = (
    '"bar bar" auto "dials dials" auto "guess guess" auto "now now" auto '
    '"shelf side" minmax(0, 1fr) / minmax(0, 1fr) 405px'
)


def latent_dim_lab():
    """Show the laboratory. The runs that stood side by side last are there again."""
    return LatentDimLab()


class LatentDimLab(Instrument):
    """settings: a control for each. start: one run beside the others; together: what runs side by
    side, as a shelf of its own; stop, reset. best, most: the guesses. shelf: the cards.
    """

    def __init__(self):
        self.start = ipywidgets.Button(icon="play")
        self.together = ipywidgets.Button(icon="forward", button_style="primary")
        self.stop, self.reset = ipywidgets.Button(icon="stop"), ipywidgets.Button(icon="undo")
        self.best, self.most = ipywidgets.Dropdown(), ipywidgets.Dropdown()
        self.more = ipywidgets.ToggleButton(icon="sliders")
        self.progress = part(ipywidgets.HTML(), "gan-passing")
        self.settings, self.shelf = lab_settings.Settings(), Shelf(self)
        super().__init__(
            *self._lay_out(), buttons=(self.start, self.together, self.stop), present=GRID
        )
        part(self.box, "gan-lab")
        self._name()
        self.more.observe(lambda change: self._open_drawer(change.new), "value")
        for button, act in (
            (self.start, lambda: self._begin(fresh=False)),
            (self.together, lambda: self._begin(fresh=True)),
            (self.stop, self._stop),
            (self.reset, self._reset),
        ):
            button.on_click(lambda button, act=act: act())
        self.shelf.add(lab_runs.read_kept(lab_cards.SHOWN), fresh=True)
        self.settings.changed = self._offer
        self._reset()

    def _lay_out(self):
        def row(area, *children):
            return part(ipywidgets.HBox(children), f"gan-lab-{area}", grid_area=area)

        settings, shelf = self.settings, self.shelf
        self.drawer = row("drawer", *settings.drawer, self.reset)
        self.drawer.layout.grid_area = "shelf"  # in Present it opens over the cards
        self._open_drawer(False)
        side = row("side", shelf.actions, shelf.pair, shelf.verdict, shelf.losses)
        part(shelf.box, "gan-lab-shelf", grid_area="shelf")
        body = part(row("body", shelf.box, side), "gan-open")
        return (
            row("dials", settings.latent_dim, *settings.presets, self.more),
            row("guess", settings.vary, self.best, self.most),
            self.drawer,
            row("now", shelf.play, shelf.replay, self.progress),
            body,
        )

    def _name(self):
        names = {name: lab_settings.NAMES[name] for name in lab_settings.TOGETHER}
        self.entries(self.settings.vary, names, self.settings.take)
        own = ("我的資料夾", "my own folder")
        self.name(self.settings, **lab_settings.NAMES, vary=("只改", "vary"), folder=own)
        self.name(self.shelf, **NAMES)
        self.name(
            self,
            best=("猜最好", "guess best"),
            most=("猜最多樣", "most varied"),
            more=("更多設定", "More settings"),
            start=("開始", "Start"),
            stop=("停止", "Stop"),
            reset=("重設", "Reset"),
        )

    # --- the settings ---

    def _open_drawer(self, opened):
        self.drawer.layout.display = "flex" if opened else "none"

    def _offer(self):
        """Say what would run, and what can be guessed of it."""
        with self.lock:
            values = self.settings.values()
            names = " · ".join(map(lab_settings.value_name, values))
            self.together.description = f"{say('一起跑', 'Run')} {names}"
            for menu in (self.best, self.most):
                kept = menu.value
                menu.options = [("—", ""), *((lab_settings.value_name(v), v) for v in values)]
                menu.value = kept if kept in values else ""
            self._draw_progress()

    def _reset(self):
        """The usual settings again; the runs that stand side by side stay."""
        if self.is_busy():
            return
        self.settings.reset()
        self.best.value = self.most.value = ""
        self.tell("先猜，再「一起跑」。", "Guess, then Run.")
        self.draw()

    # --- training ---

    def is_busy(self):
        """Whether something trains, which is said; a replay just ends."""
        training = self.working and not self.shelf.playing
        if training:
            self.tell(
                "還在練：先按「停止」，或等它練完。",
                "Still training: press Stop first, or wait until it ends.",
            )
        else:
            self.stop_work()
        return training

    def _begin(self, fresh):
        """Train what runs together as a shelf of its own (fresh), or one run beside the others."""
        if self.is_busy():
            return
        note = {"began": datetime.now().isoformat(), "best": "", "most": ""}
        try:
            if fresh:
                note |= {"best": self.best.value, "most": self.most.value}
                configs = self.settings.together()
            else:
                note = self.shelf.runs[-1].shelf if self.shelf.cards else note
                configs = [self.settings.config()]
        except BilingualError as error:
            self.complain(error)
            return
        self.tell("", "")
        begun = [lab_runs.Run(config, note) for config in configs]
        self.work(functools.partial(self._train, begun, fresh))

    def _stop(self):
        if self.working:
            self.stop_work()
            if not self.shelf.playing:
                self.tell("停下來了，練到這裡的留著比較。", "Stopped; what was trained stays.")

    def _train(self, begun, fresh, stopping):
        for run in begun:
            run.prepare()
        with self.lock:
            if stopping.is_set() or self.closed:
                return
            self.shelf.add(begun, fresh)
            self._draw_progress()
        problem = None
        try:
            problem = self._load_and_step(begun, stopping)
        finally:
            self.shelf.remove([run for run in begun if not run.loss_d])
        trained = [run for run in begun if run.loss_d]
        for run in trained:
            run.finish()
            try:
                run.keep()
            except BilingualError as error:
                problem = error
        with self.lock:
            if not self.closed:
                self.draw()
                if problem:
                    self.complain(problem)
                elif not stopping.is_set():
                    self.tell("練完了：看圖，也看分數。", "Done: see pictures and scores.")

    def _load_and_step(self, begun, stopping):
        """Train to the end of all runs, a batch of the one that lags behind at a time.

        Returns the error that one of them came to grief with, or None; the others go on.
        """
        problem, active, remarks = None, [*begun], []
        languages.LISTENER.set(lambda *remark: remarks.append(remark))  # of this thread alone
        for run in begun:
            run.begin()
        if remarks:
            self.tell(*map(" ".join, zip(*remarks, strict=True)))
        shown, pause = time.monotonic(), PAUSE
        while active and not stopping.is_set():
            run = min(active, key=lambda run: run.share)
            try:
                going = run.step()
            except BilingualError as error:
                problem, going = error, False
                run.loss_d.clear()  # nothing to show: it leaves the shelf
            if not going:
                active.remove(run)
            if (began := time.monotonic()) - shown > pause:
                self._look(begun)
                shown = time.monotonic()
                pause = max(PAUSE, 16 * (shown - began))  # nearly all of the time is training's
        self._look(begun)
        return problem

    def _look(self, begun):
        self.shelf.look(begun)
        with self.lock:
            self._draw_progress()

    # --- what is seen ---

    def draw(self):
        """Draw everything anew, in the language chosen now."""
        with self.lock:
            self.shelf.draw()
            self._offer()

    def _draw_progress(self):
        active = [run for run in self.shelf.runs if not run.ended]
        if not active:
            self.progress.value = self._estimate()
        elif any(run.loss_d for run in active):
            self.progress.value = lab_cards.progress(active)
        else:
            self.progress.value = say("讀取資料…", "loading the data …")

    def _estimate(self):
        alone = lab_settings.seconds(self.settings.config())
        together = sum(map(lab_settings.seconds, self.settings.together()))
        epochs = self.settings.epochs.value
        return say(
            f"{epochs} 回合：約 {alone:.0f} 秒，一起 {together:.0f} 秒",
            f"{epochs} epochs: about {alone:.0f} s, together {together:.0f} s",
        )
