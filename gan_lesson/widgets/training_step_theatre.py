"""The theatre of lessons 01 and 04: a training step in the plane, with the cover off."""

import collections
import html
import math
import time

import ipywidgets

from gan_lesson.sub_steps import LOSSES
from gan_lesson.toy_world import ToyWorld
from gan_lesson.widgets import theatre_pictures as pictures
from gan_lesson.widgets.instrument import Instrument, part, say
from gan_lesson.widgets.scenarios import (
    DISTRIBUTIONS,
    FAILED,
    FAILING,
    SCENARIOS,
    SMILE,
    USUAL,
    NoPoint,
    parse_points,
    what_to_look_at,
    with_stroke,
    write_points,
)

LEARNING_RATES = (1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1)
LOSS_NAMES = {
    "minimax": ("極小極大", "minimax"),
    "non-saturating": ("非飽和", "non-saturating"),
    "least squares": ("最小平方", "least squares"),
    "Wasserstein": ("Wasserstein", "Wasserstein"),
}
# Seconds from picture to picture of a run: a sub-step, a round, or what there is time for.
SPEEDS = {"slow": 2.0, "one": 1.0, "four": 0.25, "full": 0.125}
SPEED_NAMES = {
    "slow": ("慢", "slow"),
    "one": ("1/s", "1/s"),
    "four": ("4/s", "4/s"),
    "full": ("快", "max"),
}
TRAINED = 0.05  # seconds of training in each picture at full speed
# What a half-walked step has in play after each sub-step; the rest of the picture fades.
IN_PLAY = {
    1: {"real"},
    2: set(),
    3: {"fake"},
    8: {"fake"},
    9: {"fake"},
    10: {"fake"},
    11: {"fake", "pull"},
}
GRID = (
    '"bar bar" auto "plane look" auto "plane settings" auto "plane numbers" auto '
    '"plane side" minmax(0, 1fr) / minmax(0, 10fr) minmax(0, 13fr)'
)


def training_step_theatre():
    """Show the theatre: step through GAN training in the plane, forwards and back."""
    return TrainingStepTheatre()


class TrainingStepTheatre(Instrument):
    """Controls: buttons d_step, g_step, both, slow, run, back, reset; scenario, speed,
    distribution, loss, d_steps, beta1, learning_rate_d, learning_rate_g; points_text.

    world: the ToyWorld. A change of any menu or slider goes on with the same weights; Reset and
    most scenarios begin again. Back goes to the picture before: one press, one sub-step, or one
    picture of a run. points: the user's own, which a press or a stroke over the plane changes.
    """

    def __init__(self):
        self.world, self._past = ToyWorld(), collections.deque(maxlen=200)
        self._running = False
        self.points = parse_points(SMILE)
        self._distances = []  # after how many steps of either network, and how far apart
        shown, settings = self._make_pictures(), self._make_settings()
        super().__init__(shown, settings, buttons=self._make_buttons(), present=GRID)
        self._name_controls()
        self._listen()
        self.draw()

    # --- what it is made of ---

    def _make_buttons(self):
        button = ipywidgets.Button
        self.d_step, self.g_step, self.both = button(), button(), button()
        self.slow, self.run = button(icon="search-plus"), button(button_style="primary")
        self.back, self.reset = button(), button()
        return self.run, self.slow, self.back, self.reset, self.d_step, self.g_step, self.both

    def _make_settings(self):
        menu, choice = ipywidgets.Dropdown, ipywidgets.SelectionSlider
        self.scenario = menu(options=[*SCENARIOS])
        self.speed = choice(options=[*SPEEDS], value="full")
        self.distribution = menu(options=[*DISTRIBUTIONS], value="ring")
        self.loss = menu(options=[*LOSSES], value="non-saturating")
        self.d_steps = ipywidgets.IntSlider(1, 1, 10, continuous_update=False)
        self.beta1 = ipywidgets.FloatSlider(
            0, min=0, max=0.9, step=0.1, readout_format=".1f", continuous_update=False
        )
        rates = [(f"{rate:.5f}".rstrip("0"), rate) for rate in LEARNING_RATES]
        self.learning_rate_d, self.learning_rate_g = (
            choice(options=rates, value=1e-3, continuous_update=False) for _ in "DG"
        )
        self.points_text = ipywidgets.Textarea(SMILE, rows=2, continuous_update=False)
        settings = [self.scenario, self.speed, self.distribution, self.loss, self.d_steps]
        settings += [self.beta1, self.learning_rate_d, self.learning_rate_g, self.points_text]
        return part(ipywidgets.Box(settings), "gan-dials", "gan-narrow", grid_area="settings")

    def _make_pictures(self):
        html, column = ipywidgets.HTML, ipywidgets.VBox
        plane = {"grid_area": "plane", "flex": "1 1 190px", "max_width": "460px"}
        self.picture = part(html(), "gan-fill", **plane)
        self.look = part(html(), "gan-look", grid_area="look")
        self.numbers = part(html(), grid_area="numbers")
        self.steps, self.code, self.changed = html(), html(), html()
        self.formula = part(ipywidgets.HTMLMath(), height="2.2em")
        self.sub_step = column([self.steps, self.code, self.formula, self.changed])
        self.curves = part(html(), "gan-fill")
        side = part(column([self.sub_step, self.curves]), "gan-side", grid_area="side")
        right = part(column([self.look, self.numbers, side]), "gan-open", flex="1 1 190px")
        return part(ipywidgets.HBox([self.picture, right]), "gan-open")

    def _name_controls(self):
        self.name(
            self,
            d_step=("D 走一步", "D step"),
            g_step=("G 走一步", "G step"),
            both=("兩邊都走", "Both"),
            slow=("慢動作", "Slow motion"),
            back=("退一步", "Back"),
            reset=("重來", "Reset"),
            scenario=("劇本", "scenario"),
            speed=("速度", "speed"),
            distribution=("真的點", "real points"),
            loss=("損失", "loss"),
            d_steps=("D 每輪幾步", "D steps"),
            beta1=("動量", "beta1"),
            learning_rate_d=("D 學習率", "D rate"),
            learning_rate_g=("G 學習率", "G rate"),
            points_text=("每行一點 x, y", "one point a line"),
        )

    def _listen(self):
        for control, act in (
            (self.d_step, lambda: self.world.discriminator_step()),
            (self.g_step, lambda: self.world.generator_step()),
            (self.both, lambda: self.world.both_steps()),
            (self.slow, lambda: self.world.sub_step()),
            (self.reset, lambda: self.world.reset()),
        ):
            control.on_click(lambda button, act=act: self._press(act))
        self.back.on_click(lambda button: self._go_back())
        self.run.on_click(lambda button: self._run_or_stop())
        self.entries(self.scenario, {key: each.name for key, each in SCENARIOS.items()}, self._play)
        self.entries(self.speed, SPEED_NAMES, lambda change: None)
        self.entries(self.distribution, DISTRIBUTIONS, self._set)
        self.entries(self.loss, LOSS_NAMES, self._set)
        for control in (self.d_steps, self.beta1, self.learning_rate_d, self.learning_rate_g):
            control.observe(self._set, "value")
        self.points_text.observe(self._set, "value")

    # --- what the controls do ---

    def _stop(self):
        self.stop_work()
        self.wait()
        self._running = False  # also where the run was stopped before it had begun

    def _press(self, act):
        """Stop a run, note where we are, act, and draw."""
        self._stop()
        self.tell("", "")
        with self.lock:
            self._past.append(self.world.snapshot())
            try:
                act()
            except ArithmeticError as error:
                self.complain(error)
            self.draw()

    def _go_back(self):
        self._stop()
        self.tell(*("", "") if self._past else ("這裡就是開頭。", "This is the very beginning."))
        with self.lock:
            if self._past:
                self.world.restore(self._past.pop())
            self.draw()

    def _run_or_stop(self):
        running = self._running
        self._stop()
        self.tell("", "")
        self._running = not running
        self.draw()
        if self._running:
            self.work(self._run)

    def _run(self, stopping):
        try:
            while not stopping.is_set():
                started = time.monotonic()
                with self.lock:
                    self._past.append(self.world.snapshot())
                    self._advance(started, stopping)
                    self.draw()
                if self._failed:
                    break
                pause = SPEEDS[self.speed.value] - (time.monotonic() - started)
                stopping.wait(max(0.01, pause))
        finally:
            self._running = False
            self.draw()

    def _advance(self, started, stopping):
        """What a run does from one picture to the next."""
        if self.speed.value == "slow":
            self.world.sub_step()
            return
        self.world.both_steps()
        until = started + TRAINED if self.speed.value == "full" else started
        while time.monotonic() < until and not (self._failed or stopping.is_set()):
            self.world.both_steps()

    @property
    def _failed(self):
        """Whether a failure has just been shown for long enough."""
        failure = SCENARIOS[self.scenario.value].settings
        return bool(failure) and len(self.world.history) == FAILING

    def _play(self, change):
        """Set what the chosen scenario sets, begin anew where it says so, and run."""
        chosen = SCENARIOS[self.scenario.value]
        self._stop()
        with self.lock:
            self._past.append(self.world.snapshot())
            with self.settle():
                for name, value in (USUAL | chosen.settings).items():
                    getattr(self, name).value = value
            self._set()
            if chosen.anew:
                self._show_distribution()
                self.world.reset()
        self._run_or_stop()

    def pointed(self, point, path, first):
        """Put the user's own points where the plane is pressed or stroked."""
        with self.lock:
            if self.distribution.value != "my points":
                self.points = []
            self.points = with_stroke(self.points, [pictures.point_of(at) for at in path], first)
            with self.settle():
                self.distribution.value = "my points"
                self.points_text.value = write_points(self.points)
            self._show_distribution()
            self.draw()

    def _set(self, change=None):
        """Hand the settings to the world, which goes on with the same weights."""
        if self.settling:
            return
        world = self.world
        with self.lock:
            self.tell("", "")
            for name in ("loss", "d_steps", "beta1", "learning_rate_d", "learning_rate_g"):
                setattr(world, name, getattr(self, name).value)
            if change and change.owner in (self.distribution, self.points_text):
                self._show_distribution()
            self.draw()

    def _show_distribution(self):
        if self.distribution.value != "my points":
            self.world.show_distribution(self.distribution.value)
            return
        try:
            self.points = parse_points(self.points_text.value)
            self.world.show_points(self.points)
            self.tell("", "")
        except NoPoint as error:
            self.complain(error)

    # --- what is seen ---

    def draw(self):
        with self.lock:
            world, view = self.world, self.world.look()
            shown = world.current if self.speed.value == "slow" or not self._running else None
            self.run.description = say("停止", "Stop") if self._running else say("連續跑", "Run")
            self.run.icon = "stop" if self._running else "play"
            own = self.distribution.value == "my points"
            self.points_text.layout.display = None if own else "none"
            in_play = {"real", "fake", "pull"}
            if shown and world.half_walked:
                in_play = IN_PLAY.get(shown.number, {"real", "fake"})
            self.picture.value = pictures.draw_world(view, in_play, world.loss == "Wasserstein")
            self.look.value = html.escape(say(*self._look(view, shown)))
            self.sub_step.layout.display = None if shown else "none"
            self.curves.layout.display = "none" if shown else None
            self.steps.value = pictures.list_of_steps(shown) if shown else ""
            if shown:
                self.code.value = f'<pre class="gan-code">{html.escape(shown.code)}</pre>'
                self.formula.value = f"${shown.formula}$"
                self.changed.value = html.escape(say(shown.zh, shown.en))
            self._measure(view)
            self.numbers.value = pictures.numbers(world, view)
            self.curves.value = pictures.curves(world.history, self._distances)

    def _look(self, view, shown):
        if self._failed and not self._running:
            return FAILED
        if not shown and self._running and self.scenario.value != "usual":
            return SCENARIOS[self.scenario.value].look
        return what_to_look_at(self.world, view, shown)

    def _measure(self, view):
        """Note the distance, which only a picture measures."""
        steps = len(self.world.history)
        self._distances = [pair for pair in self._distances if pair[0] < steps]
        if math.isfinite(view.distance):
            self._distances.append((steps, view.distance))
