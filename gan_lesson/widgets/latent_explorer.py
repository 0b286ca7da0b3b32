"""The explorer of lesson 06: walk through a generator's latent space and see what it draws."""

import contextlib
import copy
import functools
import itertools
import time

import ipywidgets
import torch

from gan_lesson import latent, plots
from gan_lesson.models import load_generator
from gan_lesson.plots import FAKE, QUIET, REAL
from gan_lesson.runs import sample
from gan_lesson.widgets import drawing
from gan_lesson.widgets.instrument import Instrument, say

COUNT = 9  # images from A to B
STRIP = 816  # CSS pixels, three times what drawing.wall gives for nine images
STEP, FRAME = 0.02, 1 / 15  # of the way from A to B in a picture while playing; its seconds
PATHS = {"linear": latent.lerp, "spherical": latent.slerp}
NAMES = {"linear": ("直線", "linear"), "spherical": ("球面", "spherical")}
STYLES = {
    "linear": f'stroke="{FAKE}"',
    "spherical": f'stroke="{REAL}" stroke-dasharray="7 3"',
}


def latent_explorer(generator=None):
    """Explore a generator, any that turns z (N, latent_dim) into (N, 784) or (N, 1, 28, 28).

    Without one, a small generator that comes with the package. It explores a copy: what is trained
    afterwards does not show. Raises TypeError for what is no such generator.
    """
    return LatentExplorer(load_generator() if generator is None else generator)


class LatentExplorer(Instrument):
    """Controls: directions (a list of sliders), truncation, between, path; buttons new_point,
    set_a, set_b, play, reset.

    What is drawn is z = truncation × (base + the sum of slider × direction); the base is the place
    `between` A and B, or after new_point a random point, until `between` moves again. set_a and
    set_b make what is drawn an end of the path and put the direction sliders back to 0: the
    picture stays, the path moves.
    """

    def __init__(self, generator):
        self.latent_dim = latent.find_latent_dim(generator)
        self.generator = copy.deepcopy(generator).eval()
        self._vectors = latent.directions(self.generator, self.latent_dim)
        slider = functools.partial(
            ipywidgets.FloatSlider, min=0, max=1, step=0.01, layout={"width": "450px"}
        )
        self.directions = [
            slider(min=-3, max=3, step=0.1, readout_format=".1f") for _ in self._vectors
        ]
        self.truncation, self.between = slider(max=1.5), slider()
        self.path = ipywidgets.ToggleButtons(options=[*NAMES], style={"button_width": "initial"})
        self.new_point = ipywidgets.Button(icon="random")
        self.set_a, self.set_b = ipywidgets.Button(), ipywidgets.Button()
        self.play = ipywidgets.Button(button_style="primary")
        self.reset = ipywidgets.Button(icon="undo")
        self.image, self.place, self.strip, self.lengths = (ipywidgets.HTML() for _ in range(4))
        left = ipywidgets.VBox([self.image, self.place], layout={"width": "300px"})
        right = ipywidgets.VBox(
            [
                *self.directions,
                self.truncation,
                ipywidgets.HBox([self.new_point, self.set_a, self.set_b, self.reset]),
            ]
        )
        super().__init__(
            ipywidgets.HBox([left, right]),
            ipywidgets.HBox([self.between, self.play, self.path]),
            self.strip,
            self.lengths,
        )
        self._name_controls()
        self._settling = self._playing = False
        self._start_again()
        self.entries(self.path, NAMES, lambda change: self.draw())
        for slider in (*self.directions, self.truncation):
            slider.observe(lambda change: self.draw(), "value")
        self.between.observe(lambda change: self._go_on_the_path(), "value")
        self.new_point.on_click(lambda button: self._take_new_point())
        self.set_a.on_click(lambda button: self._set_end("a", 0))
        self.set_b.on_click(lambda button: self._set_end("b", 1))
        self.play.on_click(lambda button: self._play_or_stop())
        self.reset.on_click(lambda button: self._start_again())

    def _name_controls(self):
        for number, slider in enumerate(self.directions):
            if self.latent_dim <= len(self.directions):
                slider.description = f"z[{number}]"  # the directions are the numbers of z
            else:
                self.text(slider, f"方向 {number + 1}", f"direction {number + 1}")
        for widget, zh, en in (
            (self.truncation, "截斷 × z", "truncation × z"),
            (self.between, "A 到 B", "A to B"),
            (self.path, "路線", "path"),
            (self.new_point, "新的點", "New point"),
            (self.set_a, "設為 A", "Set as A"),
            (self.set_b, "設為 B", "Set as B"),
            (self.reset, "重設", "Reset"),
        ):
            self.text(widget, zh, en)
        self.text(
            self.truncation,
            "z 乘以這個數。BigGAN（Brock 等 2019）的截斷是重抽太大的數；效果相近：z 離 0 比較近",
            "z times this number. BigGAN's truncation (Brock et al. 2019) redraws numbers that are "
            "too large; the effect is alike: z is nearer to 0",
            trait="tooltip",
        )

    @contextlib.contextmanager
    def _settle(self):
        """Move several controls without a drawing for each."""
        with self.lock:
            self._settling = True
            try:
                yield
            finally:
                self._settling = False

    def _start_again(self):
        """Everything as at first: the same two random ends, no direction, on the path at A."""
        with self._settle():
            self.stop_work()
            self._random = torch.Generator().manual_seed(0)
            self._ends = {"a": self._draw_z(), "b": self._draw_z()}
            self._point = None  # a random point that is not on the path
            for slider in (*self.directions, self.between):
                slider.value = 0
            self.truncation.value, self.path.value = 1, "linear"
        self.draw()

    def _draw_z(self):
        return torch.randn(self.latent_dim, generator=self._random)

    def _take_new_point(self):
        with self.lock:
            self.stop_work()
            self._point = self._draw_z()
            self.draw()

    def _go_on_the_path(self):
        with self.lock:
            if not self._settling:
                self._point = None
                self.draw()

    def _set_end(self, end, place):
        with self._settle():
            self.stop_work()
            self._ends[end] = self._base() + self._shift()
            self._point = None
            self.between.value = place
            for slider in self.directions:
                slider.value = 0
        self.draw()

    def _base(self):
        """Where the direction sliders start from, (latent_dim,)."""
        return self._walk(self.between.value) if self._point is None else self._point

    def _walk(self, share, path=None):
        return PATHS[path or self.path.value](self._ends["a"], self._ends["b"], share)

    def _shift(self):
        """What the direction sliders add, (latent_dim,)."""
        return torch.tensor([slider.value for slider in self.directions]) @ self._vectors

    def _play_or_stop(self):
        if self.working:
            self.stop_work()
        else:
            self.work(self._walk_there_and_back)

    def _walk_there_and_back(self, stopping):
        step = STEP
        try:
            self._name_play(True)
            while not stopping.is_set():
                due = time.monotonic() + FRAME
                with self.lock:
                    if stopping.is_set():
                        return
                    if not 0 <= self.between.value + step <= 1:
                        step = -step
                    self.between.value = round(self.between.value + step, 2)
                stopping.wait(max(0, due - time.monotonic()))
        finally:
            self._name_play(False)

    def _name_play(self, playing):
        with self.lock:
            self._playing = playing
            self.play.icon = "stop" if playing else "play"
            self.play.description = say("停止", "Stop") if playing else say("播放", "Play")

    def draw(self):
        """Draw the image, the strip from A to B, and the length of z along it."""
        with self.lock:
            if self._settling:
                return
            self._name_play(self._playing)
            scale, shift = self.truncation.value, self._shift()
            z = scale * (self._base() + shift)
            shares = torch.linspace(0, 1, COUNT)[:, None]
            images = sample(
                self.generator, torch.cat([z[None], scale * (self._walk(shares) + shift)])
            )
            shares = torch.linspace(0, 1, 41)[:, None]
            lengths = {
                path: (scale * (self._walk(shares, path) + shift)).norm(dim=1).tolist()
                for path in PATHS
            }
            length, usual = z.norm().item(), self.latent_dim**0.5
            where = self._say_where()
            sizes = f"‖z‖ = {length:.2f}, √latent_dim = {usual:.2f}"
            moved = "".join(
                f", {slider.description} {slider.value:+.1f}"
                for slider in self.directions
                if slider.value
            )
            alt = say("生成器畫的圖", "what the generator draws") + f": {where}{moved}, {sizes}"
            self.image.value = drawing.picture(plots.wall(images[:1], 1), alt, width=288)
            self.place.value = f"<b>{where}</b><br>{sizes.replace(', ', '<br>')}"
            alt = say("從 A 到 B 的九張圖", "nine images from A to B") + f": {where}"
            self.strip.value = drawing.picture(plots.wall(images[1:], COUNT), alt, width=STRIP)
            place = self.between.value if self._point is None else None
            self.lengths.value = _lengths(lengths, self.path.value, place, length, usual)

    def _say_where(self):
        if self._point is not None:
            return say("隨機點", "random point")
        share, (zh, en) = self.between.value, NAMES[self.path.value]
        return say(
            f"A 到 B 的 {share:.2f} 處（{zh}）", f"{share:.2f} of the way from A to B ({en})"
        )


def _lengths(lengths, chosen, place, length, usual):
    """How long z is along both paths, below the strip's images; a mark where we are.

    lengths: path -> numbers from A to B. place: 0 to 1, or None off the path. usual: √latent_dim.
    """
    left, right, top, bottom = 48, STRIP - 48, 54, 140
    highest = 1.1 * max(usual, length, *itertools.chain(*lengths.values()))

    def y(value):
        return bottom - (bottom - top) * value / highest

    body = [
        _words(0, 38, "‖z‖"),
        f'<path d="M{left} {bottom}H{right}" class="gan-rule"/>',
        f'<path d="M{left} {y(usual):.1f}H{right}" stroke="{QUIET}" stroke-dasharray="2 3"/>',
        _words(right + 4, y(usual) + 4, f"{usual:.1f}"),
        _words(left - 4, bottom + 4, "0", "end"),
        _words(left, bottom + 16, "A", "middle"),
        _words(right, bottom + 16, "B", "middle"),
    ]
    for number, (path, names) in enumerate(NAMES.items()):
        values = lengths[path]
        points = " ".join(
            f"{left + (right - left) * at / (len(values) - 1):.1f},{y(value):.1f}"
            for at, value in enumerate(values)
        )
        style = f'fill="none" {STYLES[path]} stroke-width="{3 if path == chosen else 1.5}"'
        x = 100 + 180 * number
        body.append(
            f'<polyline points="{points}" {style}/><path d="M{x} 34h26" {style}/>'
            + _words(x + 31, 38, say(*names))
        )
    x = 460
    body.append(
        f'<path d="M{x} 34h20" stroke="{QUIET}" stroke-dasharray="2 3"/>'
        + _words(x + 24, 38, "√latent_dim")
    )
    if place is not None:
        x, colour = left + (right - left) * place, FAKE if chosen == "linear" else REAL
        body.append(
            f'<path d="M{x:.1f} 2l8 13h-16z" fill="{colour}"/>'
            f'<path d="M{x:.1f} 14V{bottom}" class="gan-rule"/>'
            f'<circle cx="{x:.1f}" cy="{y(length):.1f}" r="6" fill="{colour}"/>'
        )
    numbers = "; ".join(
        f"{say(*names)} "
        + ", ".join(f"{lengths[path][at]:.1f}" for at in (0, len(lengths[path]) // 2, -1))
        for path, names in NAMES.items()
    )
    alt = say("‖z‖ 在 A、中間、B", "‖z‖ at A, in the middle, at B") + f": {numbers}"
    return drawing.svg(STRIP, bottom + 20, "".join(body), f"{alt}; √latent_dim {usual:.1f}")


def _words(x, y, words, anchor="start"):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="14">{words}</text>'
