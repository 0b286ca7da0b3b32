"""Pictures that change several times a second: HTML with alt text, made in a few milliseconds.

matplotlib needs 50 ms and more for a figure with curves, which training beside it would feel.
"""

import html
import io
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from PIL import Image

from gan_lesson import plots


def png(pixels):
    """Pixels, uint8 (height, width) or (height, width, 3), as the bytes of a PNG picture."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def data_url(pixels):
    """Pixels as an address that carries the picture in itself."""
    return plots.data_url(png(pixels))


def picture(pixels, alt, width):
    """An <img> of pixels, `width` CSS pixels wide, without smoothing."""
    return (
        f'<img src="{data_url(pixels)}" alt="{html.escape(alt)}" class="gan-picture" '
        f'style="width:{width}px">'
    )


def svg(width, height, body, alt):
    """A vector drawing of that many units, as wide as its place allows."""
    return (
        f'<svg class="gan-drawing" viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="{html.escape(alt)}" style="max-width:{width}px">{body}</svg>'
    )


class Curve(NamedTuple):
    """A line of a chart: its name, numbers (NaN where there is none), colour, SVG dashes."""

    name: str
    values: Sequence[float]
    colour: str
    dashes: str = ""


def chart(curves, alt, unit="", height="150px"):
    """Curves over one scale, as 200 points at most, each a mean of neighbours.

    The text is the page's own, as large as that of the page and in its colours; the lines fill
    whatever place the chart gets, in Present all of it. unit: what the length of a curve
    counts; "" says nothing of it.
    """
    thinned = [_thin(curve.values) for curve in curves]
    known = np.concatenate([*thinned, [0.0]])
    lowest, highest = np.nanmin(known), max(np.nanmax(known), 0.2)
    length = max((len(curve.values) for curve in curves), default=0)
    tick = _tick(max(highest - lowest, 0.2))
    floor, limit = tick * np.floor(lowest / tick), max(tick, tick * np.ceil(highest / tick))
    keys, rules, lines = [], [], []
    for value in np.arange(floor, limit + tick / 2, tick):
        y = 100 * (limit - value) / (limit - floor)
        lines.append(f'<path d="M0 {y:.2f}H100" class="gan-rule"/>')
        rules.append(f'<span style="top:{y:.2f}%">{round(value, 2) + 0:g}</span>')
    for curve, values in zip(curves, thinned, strict=True):
        style = f'stroke="{curve.colour}" stroke-dasharray="{curve.dashes}"'
        share = len(curve.values) / max(length, 1)
        path = "L".join(
            f"{x:.2f} {100 * (limit - value) / (limit - floor):.2f}"
            for x, value in zip(np.linspace(0, 100 * share, len(values)), values, strict=True)
            if np.isfinite(value)
        )
        lines.append(f'<path d="M{path}" {style} class="gan-curve"/>' if path else "")
        keys.append(
            f'<span><svg viewBox="0 0 26 10"><path d="M0 5H26" {style}/></svg>'
            f"{html.escape(curve.name)}</span>"
        )
    end = f'<div class="gan-end">{length} {html.escape(unit)}</div>' if unit else ""
    return (
        f'<div class="gan-chart" role="img" aria-label="{html.escape(alt)}" '
        f'style="height:{height}"><div class="gan-keys">{"".join(keys)}</div>'
        f'<div class="gan-axes"><svg viewBox="0 0 100 100" preserveAspectRatio="none">'
        f"{''.join(lines)}</svg>{''.join(rules)}</div>"
        f"{end}</div>"
    )


def _thin(values):
    """At most 200 means of neighbours."""
    values, size = np.asarray(values, float), -(-max(len(values), 1) // 200)
    starts = range(0, len(values), size)
    return np.add.reduceat(values, starts) / np.diff([*starts, len(values)]) if starts else values


def _tick(span):
    """A round number that goes into the span four times at most."""
    power = 10 ** np.floor(np.log10(span / 4))
    return next(step for step in power * np.array([1, 2, 5, 10]) if step * 4 >= span * 0.999)
