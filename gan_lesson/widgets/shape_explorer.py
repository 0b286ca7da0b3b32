"""Two sliders, one network: its drawing, the shapes between its layers, its parameters by hand."""

import html
import itertools

import ipywidgets
import torch
from torch import nn

from gan_lesson.plots import FAKE, QUIET, REAL
from gan_lesson.widgets.drawing import svg
from gan_lesson.widgets.instrument import Instrument, part, say

NETWORKS = {"generator": ("生成器", "generator"), "discriminator": ("辨別器", "discriminator")}
BATCH = 64  # images a batch, the N of the shapes
LATENT_DIM, HIDDEN = 100, 128  # the lesson's sizes, which the others are compared with
MIDDLE, FOOT = 94, 182  # heights in the drawing: of the columns' middle, of the shapes below
GRID = '"bar" auto "dials" auto "drawing" minmax(0, 1fr) "sums" auto / minmax(0, 1fr)'


def shape_explorer():
    """Show the network that two sliders choose; see ShapeExplorer for its controls."""
    return ShapeExplorer()


def build(network, latent_dim, hidden):
    """The lesson's generator or discriminator with these sizes, built by PyTorch without numbers.

    On the device "meta" a tensor has a shape and nothing in it: quick, and the student's random
    numbers stay where they are.
    """
    with torch.device("meta"):
        if network == "generator":
            return nn.Sequential(
                nn.Linear(latent_dim, hidden), nn.ReLU(), nn.Linear(hidden, 784), nn.Tanh()
            )
        return nn.Sequential(
            nn.Linear(784, hidden), nn.LeakyReLU(0.2), nn.Linear(hidden, 1), nn.Sigmoid()
        )


def count(layer):
    """How many parameters PyTorch counts in a layer or network."""
    return sum(parameter.numel() for parameter in layer.parameters())


class ShapeExplorer(Instrument):
    """latent_dim (1 to 256) and hidden (8 to 512): sliders; network: generator or discriminator.

    drawing, sums and the message show the chosen network anew after every move.
    """

    def __init__(self):
        self.latent_dim = ipywidgets.IntSlider(LATENT_DIM, 1, 256, description="latent_dim")
        self.hidden = ipywidgets.IntSlider(HIDDEN, 8, 512)
        self.network = ipywidgets.ToggleButtons(
            options=[*NETWORKS], style={"button_width": "initial"}
        )
        self.drawing = part(ipywidgets.HTML(), "gan-fill", grid_area="drawing")
        self.sums = part(ipywidgets.HTML(), grid_area="sums")
        dials = ipywidgets.Box([self.latent_dim, self.hidden])
        dials = part(dials, "gan-dials", grid_area="dials")
        super().__init__(dials, self.drawing, self.sums, buttons=[self.network], present=GRID)
        self.name(self, hidden=("中間層寬度", "hidden width"), network=("網路", "network"))
        self.entries(self.network, NETWORKS, lambda change: self.draw())
        for slider in (self.latent_dim, self.hidden):
            slider.observe(lambda change: self.draw(), "value")
        self.draw()

    def draw(self):
        network, hidden = self.network.value, self.hidden.value
        built = build(network, self.latent_dim.value, hidden)
        values = torch.empty(BATCH, built[0].in_features, device="meta")
        widths = [values.shape[1]]
        for layer in built:  # each layer says for itself how wide its output is
            values = layer(values)
            widths.append(values.shape[1])
        self.drawing.value = _drawing(network, built, widths)
        self.sums.value = _sums(built, build(network, LATENT_DIM, HIDDEN))
        if network == "generator":
            self.tell(
                f"latent_dim 每加 1，只有第一層變：多 {hidden} 個參數。",
                f"Each 1 more of latent_dim changes the first layer alone, by {hidden} parameters.",
            )
        else:
            self.tell(
                "辨別器裡沒有 latent_dim：它只看圖，不知道 z 有多長。",
                "The discriminator has no latent_dim: it sees images, and not how long z is.",
            )


def _name(layer):
    """A layer as the lesson writes it."""
    if isinstance(layer, nn.Linear):
        return f"Linear({layer.in_features}, {layer.out_features})"
    return "LeakyReLU(0.2)" if isinstance(layer, nn.LeakyReLU) else type(layer).__name__


def _by_hand(layer):
    """What a student writes to count a layer's parameters, and what comes out."""
    if not isinstance(layer, nn.Linear):
        return "", 0
    inputs, outputs = layer.in_features, layer.out_features
    return f"{inputs} × {outputs} + {outputs}", inputs * outputs + outputs


def _sums(built, lesson):
    """The table: each layer's parameters by hand, as PyTorch counts them, and what is different
    from the lesson's own network."""

    def row(name, sum_by_hand, found, counted, difference, style=""):
        agrees = "✓" if found == counted else "✗"
        change = f"{difference:+,}".replace("-", "−") if difference else say("不變", "the same")
        return (
            f"<tr{style}><td>{name}</td><td>{sum_by_hand and sum_by_hand + ' = '}{found:,}</td>"
            f"<td>{counted:,} {agrees}</td><td>{change}</td></tr>"
        )

    rows, terms = [], []
    for layer, before in zip(built, lesson, strict=True):
        sum_by_hand, found = _by_hand(layer)
        terms.append(found)
        rows.append(
            row(_name(layer), sum_by_hand, found, count(layer), count(layer) - count(before))
        )
    total, summed = sum(terms), " + ".join(f"{term:,}" for term in terms if term)
    difference = count(built) - count(lesson)
    rows.append(row(say("合計", "total"), summed, total, count(built), difference, ' class="sum"'))
    size = sum(parameter.nbytes for parameter in built.parameters())
    name = f"{say('位元組', 'bytes')} (float32)"
    rows.append(row(name, f"{total:,} × 4", 4 * total, size, 4 * difference))
    heads = (
        say("層", "layer"),
        say("紙筆算的參數", "parameters by hand"),
        say("PyTorch 數的，✓ 相等", "PyTorch counts, ✓ equal"),
        say(f"和 {LATENT_DIM}、{HIDDEN} 時比", f"against {LATENT_DIM} and {HIDDEN}"),
    )
    head = "".join(f'<th scope="col">{words.replace(" · ", "<br>")}</th>' for words in heads)
    return f'<table class="gan-sums"><tr>{head}</tr>{"".join(rows)}</table>'


def _column(width):
    """The heights of a column's circles around 0; a wide one leaves out some for a "⋮"."""
    if width <= 6:
        return [11 * (place - (width - 1) / 2) for place in range(width)]
    shown = width.bit_length() + 2  # one circle more each time the width doubles
    above = [-11 * place for place in range((shown + 1) // 2, 0, -1)]
    return above + [11 * place for place in range(1, shown // 2 + 1)]


def _drawing(network, built, widths):
    """Columns of neurons with what connects them; below, their shapes and the layers between."""
    makes_images = network == "generator"
    colour = FAKE if makes_images else REAL
    first = 200 if makes_images else 190
    xs = [first + 174 * place for place in range(len(widths))]
    columns = [_column(width) for width in widths]
    body = [
        _text(0, FOOT, say("形狀", "shape"), "start"),
        _text(0, FOOT + 34, say("層", "layer"), "start"),
        _text(0, FOOT + 58, say("參數", "parameters"), "start"),
    ]
    places = zip(xs, xs[1:], columns, columns[1:], strict=False)
    body += [_layer(*at, each, colour) for each, at in zip(built, places, strict=True)]
    for x, places, width in zip(xs, columns, widths, strict=True):
        body += [f'<circle cx="{x}" cy="{MIDDLE + y:g}" r="4.5" fill="{colour}"/>' for y in places]
        if len(places) < width:
            body.append(_text(x, MIDDLE + 6, "⋮", weight="bold"))
        body.append(_text(x, FOOT, f"({BATCH}, {width})", weight="bold"))
    body.append(_image(xs, makes_images))
    if makes_images:
        body.append(_text(first, 18, say("潛在向量 z", "latent vector z")))
        body.append(_text(1055, 18, say("假圖像", "fake image"), "end"))
    else:
        body.append(_text(20, 18, say("圖像", "image"), "start"))
        words = say("「是真的」的機率", "probability of being real")
        body.append(_text(1055, 18, words, "end"))
    steps = "".join(
        f" → {_name(layer)} → ({BATCH}, {width})"
        for layer, width in zip(built, widths[1:], strict=True)
    )
    total = f"{count(built):,}"
    alt = say(
        f"{'生成器' if makes_images else '辨別器'}的圖：({BATCH}, {widths[0]}){steps}；"
        f"共 {total} 個參數",
        f"Drawing of the {network}: ({BATCH}, {widths[0]}){steps}; {total} parameters in all",
    )
    return svg(1060, FOOT + 70, "".join(body), alt)


def _layer(x, end_x, before, after, layer, colour):
    """The connections between two columns, and below them the layer's name and parameters."""
    linear = isinstance(layer, nn.Linear)
    # A fully connected layer: all with all. An activation function: each number by itself.
    pairs = itertools.product(before, after) if linear else zip(before, after, strict=True)
    lines = "".join(f"M{x} {MIDDLE + y:g}L{end_x} {MIDDLE + end:g}" for y, end in pairs)
    at = (x + end_x) / 2
    return (
        f'<path d="{lines}" stroke="{QUIET}" stroke-width="{0.7 if linear else 1.5}" '
        f'stroke-opacity="{0.5 if linear else 0.9}"/>'
        f'<rect x="{at - 84}" y="{FOOT + 13}" width="168" height="54" rx="6" fill="none" '
        f'stroke="{colour if linear else QUIET}" stroke-width="{2.5 if linear else 1}"/>'
        + _text(at, FOOT + 34, _name(layer))
        + _text(at, FOOT + 58, f"{count(layer):,}", weight="bold")
    )


def _image(xs, after):
    """A small square of 28 by 28 pixels where the 784 numbers are an image, and an arrow."""
    left = xs[-1] + 75 if after else 20
    start, end = (xs[-1] + 14, left - 8) if after else (left + 84 + 8, xs[0] - 14)
    top = MIDDLE - 42
    grid = "".join(f"M{left + 3 * at} {top}v84M{left} {top + 3 * at}h84" for at in range(29))
    return (
        f'<path d="{grid}" stroke="{QUIET}" stroke-width="0.5"/>'
        f'<path d="M{start} {MIDDLE}H{end}m-8 -6l8 6l-8 6" stroke="{QUIET}" stroke-width="2" '
        f'fill="none"/>' + _text(left + 42, top + 104, "28 × 28")
    )


def _text(x, y, words, anchor="middle", weight="normal"):
    return (
        f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" font-size="18.5" '
        f'font-weight="{weight}">{html.escape(words)}</text>'
    )
