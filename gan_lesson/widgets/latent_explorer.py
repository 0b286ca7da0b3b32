"""The explorer of lesson 06: walk through a generator's latent space and see what it draws."""

import copy
import functools
import time

import ipywidgets
import torch

from gan_lesson import latent, metrics, plots
from gan_lesson.models import load_generator
from gan_lesson.plots import FAKE, QUIET, REAL
from gan_lesson.runs import sample
from gan_lesson.widgets import drawing
from gan_lesson.widgets.direction_names import name_directions
from gan_lesson.widgets.drawing import Curve
from gan_lesson.widgets.instrument import Instrument, part, say

COUNT = 9  # images from A to B
STEP, FRAME = 0.02, 1 / 15  # of the way from A to B in a picture while playing; its seconds
PATHS = {"linear": latent.lerp, "spherical": latent.slerp}
NAMES = {"linear": ("直線", "linear"), "spherical": ("球面", "spherical")}
SOURCES = {
    "given": ("你給的", "yours"),
    "number": ("指定一個數字，沒有雜點", "one digit, no speckle"),
    "hanzi": ("漢字", "Chinese characters"),
}
GRID = (
    '"bar bar" auto "image dials" minmax(0, 1fr) "strip strip" auto "lengths lengths" 120px '
    "/ minmax(0, 1fr) minmax(0, 3fr)"
)

load_classifier = functools.cache(metrics.load_classifier)


def latent_explorer(generator=None):
    """Explore a generator, any that turns z (N, latent_dim) into (N, 784) or (N, 1, 28, 28).

    Without one, a small generator that comes with the package; two more are in the menu. It
    explores a copy: what is trained afterwards does not show. Raises TypeError for what is no such
    generator.
    """
    return LatentExplorer(load_generator() if generator is None else generator)


class LatentExplorer(Instrument):
    """Controls: source, digit, directions (a list of sliders), truncation, between, path; buttons
    play, new_point, set_a, set_b, reset. A press on an image of the strip goes there.

    What is drawn is z = truncation × (base + the sum of slider × direction); the base is the place
    `between` A and B, or after new_point a random point, until `between` moves again. set_a and
    set_b make what is drawn an end of the path and put the direction sliders back to 0: the
    picture stays, the path moves.
    """

    def __init__(self, generator):
        latent.find_latent_dim(generator)  # refuses what is none
        self._given = copy.deepcopy(generator).eval()
        self._playing = False
        html, buttons, dials = ipywidgets.HTML, self._make_buttons(), self._make_dials()
        self.image = part(html(), "gan-fill", grid_area="image", width="260px")
        self.strip = part(html(), grid_area="strip")
        self.lengths = part(html(), "gan-fill", grid_area="lengths")
        both = part(ipywidgets.HBox([self.image, dials]), "gan-open")
        super().__init__(both, self.strip, self.lengths, buttons=buttons, present=GRID)
        self._name_controls()
        self._explore()
        self._listen()

    def _make_buttons(self):
        button = ipywidgets.Button
        self.play, self.new_point = button(button_style="primary"), button(icon="random")
        self.set_a, self.set_b, self.reset = button(), button(), button(icon="undo")
        return self.play, self.new_point, self.set_a, self.set_b, self.reset

    def _make_dials(self):
        slider = functools.partial(ipywidgets.FloatSlider, min=0, max=1, step=0.01)
        self.source = ipywidgets.Dropdown(options=[*SOURCES])
        self.digit = ipywidgets.Dropdown(options=range(10))
        self._sliders = [slider(min=-3, max=3, step=0.1, readout_format=".1f") for _ in range(6)]
        self.truncation, self.between = slider(max=1.5), slider()
        self.path = ipywidgets.ToggleButtons(options=[*NAMES], style={"button_width": "initial"})
        self.place = part(ipywidgets.HTML(), "gan-place")
        dials = [self.source, self.digit, self.path, self.between]
        dials += [*self._sliders, self.truncation, self.place]
        return part(ipywidgets.Box(dials), "gan-dials", grid_area="dials", flex="1 1 280px")

    def _listen(self):
        self.entries(self.source, SOURCES, lambda change: self._explore())
        self.digit.observe(lambda change: self._explore(), "value")
        self.entries(self.path, NAMES, lambda change: self.draw())
        for slider in (*self._sliders, self.truncation):
            slider.observe(lambda change: self.draw(), "value")
        self.between.observe(lambda change: self._go_on_the_path(), "value")
        self.new_point.on_click(lambda button: self._take_new_point())
        self.set_a.on_click(lambda button: self._set_end("a", 0))
        self.set_b.on_click(lambda button: self._set_end("b", 1))
        self.play.on_click(lambda button: self._play_or_stop())
        self.reset.on_click(lambda button: self._start_again())

    def _name_controls(self):
        self.name(
            self,
            source=("生成器", "generator"),
            digit=("畫哪個數字", "digit"),
            truncation=("截斷 × z", "truncation × z"),
            between=("A 到 B", "A to B"),
            path=("路線", "path"),
            new_point=("新的點", "New point"),
            set_a=("設為 A", "Set as A"),
            set_b=("設為 B", "Set as B"),
            reset=("重設", "Reset"),
        )
        self.text(
            self.truncation,
            "z 乘以這個數。BigGAN（Brock 等 2019）的截斷是重抽太大的數；效果相近：z 離 0 比較近",
            "z times this number. BigGAN's truncation (Brock et al. 2019) redraws numbers that are "
            "too large; the effect is alike: z is nearer to 0",
            trait="tooltip",
        )

    def _explore(self):
        """Take the chosen generator, find and name its directions, and start again."""
        name = self.source.value
        with self.settle():
            self.stop_work()
            self.generator = self._given
            if name != "given":
                self.generator = load_generator(name, self.digit.value)
            self.digit.layout.display = None if name == "number" else "none"
            self.classifier = None if name == "hanzi" else load_classifier("digits")
            self.latent_dim = latent.find_latent_dim(self.generator)
            self._vectors = latent.directions(self.generator, self.latent_dim)
            self.directions = self._sliders[: len(self._vectors)]
            self._ends_of = name_directions(self.generator, self._vectors, self.classifier)
            for slider in self._sliders:
                slider.layout.display = None if slider in self.directions else "none"
        self._start_again()

    def _name_directions(self):
        pairs = zip(self.directions, self._ends_of, strict=True)
        for number, (slider, ends) in enumerate(pairs, 1):
            zh, en = f"方向 {number}", f"direction {number}"
            if self.latent_dim <= len(self._sliders):
                zh = en = f"z[{number - 1}]"  # the directions are the numbers of z
            if not ends:
                slider.description = say(zh, en)
            elif ends[0] == ends[1]:
                slider.description = f"{say(zh, en)}: {ends[0]}"
            else:
                slider.description = say(f"{zh}：{ends[0]}", f"{number}: {ends[1]}")

    def _start_again(self):
        """Everything as at first: the same two random ends, no direction, on the path at A."""
        with self.settle():
            self.stop_work()
            self._random = torch.Generator().manual_seed(0)
            self._ends = {"a": self._draw_z(), "b": self._draw_z()}
            self._point = None  # a random point that is not on the path
            for slider in (*self._sliders, self.between):
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
            if not self.settling:
                self._point = None
                self.draw()

    def pointed(self, point, path, first):
        """Go to the image of the strip that was pressed."""
        self.stop_work()
        with self.settle():
            self._point = None
            self.between.value = min(int(COUNT * max(path[-1][0], 0)), COUNT - 1) / (COUNT - 1)
        self.draw()

    def _set_end(self, end, place):
        with self.settle():
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
            if self.settling:
                return
            self._name_play(self._playing)
            self._name_directions()
            scale, shift = self.truncation.value, self._shift()
            z = scale * (self._base() + shift)
            shares = torch.linspace(0, 1, COUNT)[:, None]
            images = sample(
                self.generator, torch.cat([z[None], scale * (self._walk(shares) + shift)])
            )
            where, reads = self._say_where(), self._say_reading(images[:1])
            sizes = f"‖z‖ = {z.norm().item():.2f}, √latent_dim = {self.latent_dim**0.5:.2f}"
            moved = "".join(
                f", {slider.description} {slider.value:+.1f}"
                for slider in self.directions
                if slider.value
            )
            alt = say("生成器畫的圖", "what the generator draws") + f": {where}{moved}, {sizes}"
            self.image.value = drawing.picture(plots.wall(images[:1], 1), alt, width=260)
            self.place.value = f"<b>{where}</b><br>{sizes}<br>{reads}"
            self._draw_path(images[1:], scale, shift)

    def _draw_path(self, images, scale, shift):
        place = self.between.value if self._point is None else None
        alt = say("從 A 到 B 的九張圖", "nine images from A to B") + f": {self._say_where()}"
        left = 0 if place is None else 100 * (0.5 + place * (COUNT - 1)) / COUNT
        self.strip.value = (
            f'<div class="gan-strip" data-point="strip">'
            f"{drawing.picture(plots.wall(images, COUNT), alt, width=816)}"
            f'<i style="left:{left:.1f}%;visibility:{"hidden" if place is None else "visible"}">'
            "</i></div>"
        )
        shares, usual = torch.linspace(0, 1, 41)[:, None], self.latent_dim**0.5
        lengths = {
            path: (scale * (self._walk(shares, path) + shift)).norm(dim=1).tolist()
            for path in PATHS
        }
        numbers = "; ".join(
            f"{say(*NAMES[path])} " + ", ".join(f"{values[at]:.1f}" for at in (0, 20, -1))
            for path, values in lengths.items()
        )
        alt = say("‖z‖ 在 A、中間、B", "‖z‖ at A, in the middle, at B") + f": {numbers}"
        styles = {"linear": (FAKE, ""), "spherical": (REAL, "7 3")}
        curves = [
            Curve(f"‖z‖ {say(*NAMES[path])}", values, *styles[path])
            for path, values in lengths.items()
        ]
        curves.append(Curve("√latent_dim", [usual] * 41, QUIET, "2 3"))
        self.lengths.value = drawing.chart(curves, f"{alt}; √latent_dim {usual:.1f}", height="7em")

    def _say_where(self):
        if self._point is not None:
            return say("隨機點", "random point")
        share, (zh, en) = self.between.value, NAMES[self.path.value]
        return say(
            f"A 到 B 的 {share:.2f} 處（{zh}）", f"{share:.2f} of the way from A to B ({en})"
        )

    def _say_reading(self, image):
        """What the classifier of digits takes the image for; nothing where there is none."""
        if not self.classifier:
            return say("這裡沒有分類器", "no classifier for these")
        logits, _ = metrics.logits_and_features(image, self.classifier)
        shares, digits = logits.softmax(dim=1)[0].topk(2)
        found = ", ".join(
            f"{digit} ({share:.0%})"
            for digit, share in zip(digits, shares, strict=True)
            if share == shares[0] or share >= 0.05
        )
        return say(f"分類器讀成 {found}", f"the classifier reads {found}")
