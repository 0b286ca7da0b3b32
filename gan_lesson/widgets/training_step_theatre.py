"""The theatre of lessons 01 and 04: a training step in the plane, with the cover off."""

import collections
import functools
import html
import math
import time

import contourpy
import ipywidgets
import numpy as np

from gan_lesson import BilingualError
from gan_lesson.plots import FAKE, GOOD, REAL
from gan_lesson.sub_steps import LOSSES
from gan_lesson.toy_world import SIDE, ToyWorld
from gan_lesson.widgets import drawing
from gan_lesson.widgets.instrument import Instrument, say
from gan_lesson.widgets.point_pad import PointPad

LEARNING_RATES = (1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1)
DISTRIBUTIONS = {
    "ring": ("圓環", "ring"),
    "grid": ("方格", "grid"),
    "moons": ("半月", "moons"),
    "spiral": ("螺旋", "spiral"),
    "my points": ("我的點", "my points"),
}
LOSS_NAMES = {
    "minimax": ("極小極大", "minimax"),
    "non-saturating": ("非飽和", "non-saturating"),
    "least squares": ("最小平方", "least squares"),
    "Wasserstein": ("Wasserstein", "Wasserstein"),
}
# What each sub-step is about, in a word or two of its code.
WORDS = {
    "D": ("real", "z", "fake", "D(·)", "loss_d", "backward", "step"),
    "G": ("z, fake", "D(·)", "loss_g", "backward", "step"),
}
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
SMILE = "-0.60, 0.60\n0.60, 0.60\n-0.70, -0.30\n-0.30, -0.70\n0.30, -0.70\n0.70, -0.30"
PICTURE = 0.125  # seconds from picture to picture of a run
TRAINED = 0.05  # seconds of training in each
PLOT = 440  # units of the drawing that the plane from -1.5 to 1.5 takes
LEVELS = {0.25: "1.5 5", 0.5: "", 0.75: "7 4"}  # lines of equal verdict, and their dashes
GROUND = np.array([[239, 163, 107], [255, 255, 255], [125, 184, 222]])  # fake, undecided, real


def training_step_theatre():
    """Show the theatre: step through GAN training in the plane, forwards and back."""
    return TrainingStepTheatre()


class NoPoint(BilingualError, ValueError):
    """A line that is no point, or no line at all."""


def parse_points(text):
    """Points [x, y] from lines "x, y"; raises NoPoint."""
    points = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            x, y = (float(part) for part in line.replace("，", ",").split(","))
            if not (abs(x) <= 1.5 and abs(y) <= 1.5):
                raise ValueError
        except ValueError:
            raise NoPoint(
                f"第 {number} 行「{line.strip()}」不是一個點：寫成 x, y，兩個數都在 -1.5 到 1.5 "
                "之間，例如 0.5, -0.2",
                f"Line {number}, “{line.strip()}”, is no point: write x, y, both from -1.5 to 1.5, "
                "for instance 0.5, -0.2",
            ) from None
        points.append([round(x, 2), round(y, 2)])
    if not points:
        raise NoPoint(
            "一個點也沒有，沒有東西可以學：至少放一個點",
            "There is no point, and nothing to learn: put at least one",
        )
    return points


class TrainingStepTheatre(Instrument):
    """Controls: d_step, g_step, both, run, slow, back, reset; distribution, loss, d_steps,
    learning_rate_d, learning_rate_g; points_text and pad for the user's own points.

    world: the ToyWorld. A change of any menu or slider goes on with the same weights; Reset begins
    again. Back goes to the picture before: one press, one sub-step, or one picture of a run.
    """

    def __init__(self):
        self.world, self._past = ToyWorld(), collections.deque(maxlen=200)
        self._running = False
        button = ipywidgets.Button
        self.d_step, self.g_step = button(), button()
        self.both, self.run = button(), button(button_style="primary")
        self.slow, self.back, self.reset = button(icon="search-plus"), button(), button()
        wide = {"width": "27em"}
        self.distribution = ipywidgets.Dropdown(options=[*DISTRIBUTIONS], value="ring", layout=wide)
        self.loss = ipywidgets.Dropdown(options=[*LOSSES], value="non-saturating", layout=wide)
        self.d_steps = ipywidgets.IntSlider(
            1, 1, 10, continuous_update=False, layout={"width": "44em"}
        )
        self.learning_rate_d, self.learning_rate_g = (
            ipywidgets.SelectionSlider(
                options=[(f"{rate:.5f}".rstrip("0"), rate) for rate in LEARNING_RATES],
                value=1e-3,
                continuous_update=False,
                layout={"width": "44em"},
            )
            for _ in "DG"
        )
        self.points_text = ipywidgets.Textarea(
            SMILE, rows=10, continuous_update=False, layout={"width": "31em"}
        )
        self.pad = PointPad(points=parse_points(SMILE))
        self.own = ipywidgets.HBox([self.points_text, self.pad])
        self.picture = ipywidgets.HTML()
        self.steps, self.code, self.changed = (ipywidgets.HTML() for _ in range(3))
        self.formula = ipywidgets.HTMLMath(layout={"min_height": "2.2em"})
        self.numbers, self.curves, self.trail = (ipywidgets.HTML() for _ in range(3))
        self._distances = []  # after how many steps of either network, and how far apart
        side = [self.steps, self.code, self.formula, self.changed, self.numbers, self.curves]
        super().__init__(
            ipywidgets.HBox(
                [self.d_step, self.g_step, self.both, self.run, self.slow, self.back, self.reset]
            ),
            ipywidgets.HBox(
                [
                    ipywidgets.VBox(
                        [self.picture, self.trail],
                        layout={"flex": "1 1 380px", "max_width": "460px"},
                    ),
                    ipywidgets.VBox(side, layout={"flex": "1 1 380px"}),
                ]
            ),
            ipywidgets.HBox([self.distribution, self.loss]),
            self.own,
            ipywidgets.VBox([self.d_steps, self.learning_rate_d, self.learning_rate_g]),
        )
        for widget, zh, en in (
            (self.d_step, "D 走一步", "D step"),
            (self.g_step, "G 走一步", "G step"),
            (self.both, "兩邊都走", "Both"),
            (self.slow, "慢動作", "Slow motion"),
            (self.back, "退一步", "Back"),
            (self.reset, "重來", "Reset"),
            (self.distribution, "真的點", "real points"),
            (self.loss, "損失", "loss"),
            (self.d_steps, "G 走一步，D 走幾步", "steps of D per step of G"),
            (self.learning_rate_d, "D 的學習率", "learning rate of D"),
            (self.learning_rate_g, "G 的學習率", "learning rate of G"),
            (self.points_text, "每行一點：x, y", "one point a line: x, y"),
        ):
            self.text(widget, zh, en)
        self.text(self.pad, "用滑鼠或鍵盤放點", "Put points by mouse or keyboard", "label")
        self.text(
            self.pad,
            "點一下放點，再點一下拿掉；方向鍵移動（加 Shift 走大步），Enter 放點，Delete 拿掉。",
            "Click to put a point, click it again to take it away; arrow keys move (with Shift in "
            "large steps), Enter puts a point, Delete takes it away.",
            "help",
        )
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
        self.pad.observe(self._take_from_pad, "points")
        self.points_text.observe(self._set, "value")
        self.entries(self.distribution, DISTRIBUTIONS, self._set)
        self.entries(self.loss, LOSS_NAMES, self._set)
        for slider in (self.d_steps, self.learning_rate_d, self.learning_rate_g):
            slider.observe(self._set, "value")
        self.draw()

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
        if running:
            self.draw()
        else:
            self._running = True
            self.draw()
            self.work(self._run)

    def _run(self, stopping):
        try:
            while not stopping.is_set():
                started = time.monotonic()
                with self.lock:
                    self._past.append(self.world.snapshot())
                    while time.monotonic() - started < TRAINED and not stopping.is_set():
                        self.world.both_steps()
                    self.draw()
                stopping.wait(max(0.01, PICTURE - (time.monotonic() - started)))
        finally:
            self._running = False
            self.draw()

    def _take_from_pad(self, change):
        self.points_text.value = "\n".join(f"{x:.2f}, {y:.2f}" for x, y in change.new)

    def _set(self, change):
        """Hand a setting to the world, which goes on with the same weights."""
        world = self.world
        with self.lock:
            self.tell("", "")
            world.loss, world.d_steps = self.loss.value, self.d_steps.value
            world.learning_rate_d = self.learning_rate_d.value
            world.learning_rate_g = self.learning_rate_g.value
            if change.owner is self.distribution or change.owner is self.points_text:
                self._show_distribution()
            self.draw()

    def _show_distribution(self):
        if self.distribution.value != "my points":
            self.world.show_distribution(self.distribution.value)
            return
        try:
            self.pad.points = parse_points(self.points_text.value)
            self.world.show_points(self.pad.points)
        except NoPoint as error:
            self.complain(error)

    # --- what is seen ---

    def draw(self):
        with self.lock:
            world, view = self.world, self.world.look()
            current = None if self._running else world.current
            self.run.description = say("停止", "Stop") if self._running else say("連續跑", "Run")
            self.own.layout.display = "flex" if self.distribution.value == "my points" else "none"
            in_play = {"real", "fake", "pull"}
            if current and world.half_walked:
                in_play = IN_PLAY.get(current.number, {"real", "fake"})
            self.picture.value = draw_world(view, in_play, world.loss == "Wasserstein")
            self._draw_sub_step(current)
            self.numbers.value = self._numbers(view)
            self.curves.value = self._curves()
            steps = len(world.history)
            self._distances = [pair for pair in self._distances if pair[0] < steps]
            if math.isfinite(view.distance):
                self._distances.append((steps, view.distance))
            self.trail.value = draw_trail(self._distances)

    def _draw_sub_step(self, current):
        number = current.number if current else 0
        rows, first = [], 1
        for network, zh, en in (
            ("D", "辨別器的一步", "D's step"),
            ("G", "生成器的一步", "G's step"),
        ):
            items = [
                f'<li aria-current="step">▶ {place} {word}</li>'
                if place == number
                else f"<li>{place} {word}</li>"
                for place, word in enumerate(WORDS[network], first)
            ]
            rows.append(f'<div>{say(zh, en)}</div><ol class="gan-steps">{"".join(items)}</ol>')
            first += len(items)
        self.steps.value = "".join(rows)
        code = html.escape(current.code) if current else ""
        self.code.value = f'<pre class="gan-code">{code}</pre>'
        self.formula.value = f"${current.formula}$" if current else ""
        if current:
            text = say(current.zh, current.en)
        else:
            text = say(
                "「慢動作」一次走一小步，看它的程式碼、公式和改變了什麼。",
                "Slow motion takes one sub-step a press: its code, its formula, what it changes.",
            )
        self.changed.value = f'<div style="min-height:3em">{html.escape(text)}</div>'

    def _numbers(self, view):
        world = self.world
        steps = [sum(network == which for network, _, _ in world.history) for which in "DG"]
        rows = [
            (say("走了幾步", "steps"), f"D {steps[0]} · G {steps[1]}"),
            (say("D 對真的平均說", "D says to real ones"), f"{view.says_real:.2f}"),
            (say("D 對生成的平均說", "D says to generated ones"), f"{view.says_fake:.2f}"),
        ]
        if view.modes is not None:
            rows.append((say("蓋到的團", "modes covered"), f"{view.modes} / {len(world.centres)}"))
        rows += [
            (
                say("生成與真實的距離（真與真）", "distance real–generated (real–real)"),
                f"{view.distance:.3f} ({world.real_distance:.3f})",
            ),
        ]
        cells = "".join(f"<tr><th>{name}</th><td>{value}</td></tr>" for name, value in rows)
        return f'<table class="gan-card">{cells}</table>'

    def _curves(self):
        loss_d, loss_g = (
            [math.nan if pair[which] is None else pair[which] for pair in self.world.history]
            for which in (1, 2)
        )
        last = [
            f"{losses[-1]:.3f}" if losses and not math.isnan(losses[-1]) else "—"
            for losses in (loss_d, loss_g)
        ]
        return drawing.loss_curves(
            loss_d,
            loss_g,
            (f"loss_d {last[0]}", f"loss_g {last[1]}"),
            say(
                f"兩條損失曲線，現在 loss_d {last[0]}，loss_g {last[1]}",
                f"two loss curves, now loss_d {last[0]}, loss_g {last[1]}",
            ),
            say("步", "steps"),
            height=150,
        )


def draw_world(view, in_play, critic):
    """The plane as a drawing: what D says as colours and lines, points, and G's pull as arrows.

    in_play: which of "real", "fake", "pull" stand out. critic: whether D's scores have no scale.
    """
    fade = {what: 1 if what in in_play else 0.2 for what in ("real", "fake")}
    edge = 1.5 + 0.75 / (len(SIDE) - 1) * 2  # a pixel of the heat map is a place and what is near
    body = [
        f'<svg x="10" y="4" width="{PLOT}" height="{PLOT}" viewBox="0 0 {PLOT} {PLOT}">',
        f'<image href="{drawing.data_url(colours(view.heat.numpy()[::-1]))}" '
        f'x="{across(-edge):.1f}" y="{across(-edge):.1f}" preserveAspectRatio="none" '
        f'width="{across(edge) - across(-edge):.1f}" height="{across(edge) - across(-edge):.1f}"/>',
        *lines(view.heat.numpy()),
        marks(view.real.tolist(), "h0", REAL, 6, fade["real"]),
        marks(view.fake.tolist(), "m-3 -3l6 6m0 -6l-6 6", FAKE, 2, fade["fake"]),
    ]
    if "pull" in in_play:
        body.append(arrows(view.fake.tolist()[::5], view.pull.tolist()[::5]))
    body.append("</svg>")
    body.append(f'<rect x="10" y="4" width="{PLOT}" height="{PLOT}" fill="none" stroke="#767676"/>')
    body.append(legend(view, critic))
    away = int((view.fake.abs() > 1.5).any(dim=1).sum())
    if away:
        note = say(f"{away} 個生成的點在圖外", f"{away} generated points are outside")
        body.append(f'<text x="20" y="22" font-weight="bold">{note}</text>')
    alt = say(
        f"平面：藍色圓點是真的，橘色叉是生成的，底色是 D 的判斷。D 對真的平均說 "
        f"{view.says_real:.2f}，對生成的說 {view.says_fake:.2f}；兩者的距離 {view.distance:.3f}",
        f"the plane: blue dots are real, orange crosses generated, colours are D's verdict. D says "
        f"{view.says_real:.2f} to real ones, {view.says_fake:.2f} to generated ones; their "
        f"distance is {view.distance:.3f}",
    )
    if view.modes is not None:
        alt += say(f"；蓋到 {view.modes} 團", f"; {view.modes} modes covered")
    return drawing.svg(PLOT + 20, PLOT + 72, "".join(body), alt)


def draw_trail(distances, width=430, height=70):
    """The distance between generated and real over time: (steps, distance) pairs as a curve of
    about 200 points at most."""
    left, right, top, bottom = 34, width - 8, 20, height - 4
    steps, last = distances[-1] if distances else (0, math.nan)
    highest = max((distance for _, distance in distances), default=0)
    path = " ".join(
        f"{left + (right - left) * step / max(steps, 1):.1f},"
        f"{bottom - (bottom - top) * distance / max(highest, 1e-9):.1f}"
        for step, distance in [*distances[: -1 : len(distances) // 200 + 1], *distances[-1:]]
    )
    name = say("生成與真實的距離", "distance real–generated")
    return drawing.svg(
        width,
        height,
        f'<text x="{left}" y="13">{name} {last:.3f}</text>'
        f'<text x="{left - 5}" y="{top + 8}" text-anchor="end">{highest:.2g}</text>'
        f'<text x="{left - 5}" y="{bottom}" text-anchor="end">0</text>'
        f'<line x1="{left}" x2="{right}" y1="{bottom}" y2="{bottom}" class="gan-rule"/>'
        f'<polyline points="{path}" fill="none" stroke="{GOOD}" stroke-width="2"/>',
        say(
            f"距離的曲線，最高 {highest:.3f}，現在 {last:.3f}",
            f"a curve of the distance, at most {highest:.3f}, now {last:.3f}",
        ),
    )


def across(value):
    """A coordinate from -1.5 to 1.5 as units of the drawing, 0 to PLOT."""
    return (value + 1.5) / 3 * PLOT


def spot(x, y):
    """A place in the plane as the two numbers that SVG takes."""
    return f"{across(x):.1f} {across(-y):.1f}"


def colours(heat):
    """Verdicts from 0 to 1, of any shape, as pixels from orange through white to blue."""
    return np.stack(
        [np.interp(heat, (0, 0.5, 1), GROUND[:, channel]) for channel in range(3)], axis=-1
    ).astype(np.uint8)


def lines(heat):
    """Where D's verdict is 0.25 (dotted), 0.5 (solid) and 0.75 (dashed)."""
    contours = contourpy.contour_generator(SIDE.numpy(), SIDE.numpy(), heat)
    for level, dashes in LEVELS.items():
        path = "".join(
            "M" + "L".join(spot(x, y) for x, y in line) for line in contours.lines(level)
        )
        yield (
            f'<path d="{path}" fill="none" stroke="#333" stroke-width="1.2" '
            f'stroke-dasharray="{dashes}"/>'
        )


def marks(points, shape, colour, width, opacity):
    """The same small shape at all points, with a white edge that lifts it off the ground."""
    path = "".join(f"M{spot(x, y)}{shape}" for x, y in points if max(abs(x), abs(y)) < 1.6)
    return "".join(
        f'<path d="{path}" fill="none" stroke="{stroke}" stroke-width="{thick}" '
        f'stroke-linecap="round" opacity="{opacity}"/>'
        for stroke, thick in (("white", width + 2), (colour, width))
    )


def arrows(points, pulls):
    """Arrows from points along their pulls: 0.04 for a pull of 0.01, 0.28 for 1, at most 0.4."""
    path = []
    for (x, y), (dx, dy) in zip(points, pulls, strict=True):
        size = math.hypot(dx, dy)
        if not math.isfinite(size + x + y):
            continue
        length = 0.4 * math.sqrt(size / (1 + size))
        if length < 0.02:
            continue
        scale, head = length / size, min(0.06, length / 3)
        tip_x, tip_y = x + dx * scale, y + dy * scale
        path.append(f"M{spot(x, y)}L{spot(tip_x, tip_y)}")
        angle = math.atan2(dy, dx)
        for turn in (2.6, -2.6):
            side = spot(
                tip_x + head * math.cos(angle + turn), tip_y + head * math.sin(angle + turn)
            )
            path.append(f"M{spot(tip_x, tip_y)}L{side}")
    return f'<path d="{"".join(path)}" fill="none" stroke="black" stroke-width="1.6"/>'


@functools.cache
def _bar():
    return drawing.data_url(colours(np.linspace(0, 1, 101)[None]))


def legend(view, critic):
    """Two lines below the plane: the colours of D's verdict, and what the marks mean."""
    y = PLOT + 14
    low, high = say("D 說假", "D says fake"), say("D 說真", "D says real")
    if critic:
        low, high = say("低分", "low score"), say("高分", "high score")
    bar = (
        f'<text x="150" y="{y + 13}" text-anchor="end">{low} {view.lowest:.2g}</text>'
        f'<image href="{_bar()}" x="156" y="{y}" width="148" height="16" '
        f'preserveAspectRatio="none"/>'
        f'<text x="310" y="{y + 13}">{view.highest:.2g} {high}</text>'
    )
    for level, dashes in LEVELS.items():
        x = 156 + 148 * level
        bar += (
            f'<line x1="{x}" x2="{x}" y1="{y - 2}" y2="{y + 18}" stroke="#333" '
            f'stroke-width="1.6" stroke-dasharray="{dashes and "3 2" if level > 0.5 else dashes}"/>'
        )
    y += 36
    return (
        f"{bar}"
        f'<path d="M20 {y - 4}h0" stroke="{REAL}" stroke-width="7" stroke-linecap="round"/>'
        f'<text x="30" y="{y}">{say("真的", "real")}</text>'
        f'<path d="M122 {y - 8}l8 8m0 -8l-8 8" stroke="{FAKE}" stroke-width="2" fill="none"/>'
        f'<text x="136" y="{y}">{say("生成的", "generated")}</text>'
        f'<path d="M262 {y - 4}h22m-6 -4l6 4l-6 4" stroke="black" fill="none" '
        f'stroke-width="1.6"/>'
        f'<text x="290" y="{y}">{say("給 G 的拉力", "pull on G")}</text>'
    )
