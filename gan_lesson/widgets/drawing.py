"""Pictures that change several times a second: HTML with alt text, made in a few milliseconds.

matplotlib needs 50 ms and more for a figure with curves, which training beside it would feel.
"""

import html
import io

import numpy as np
from PIL import Image

from gan_lesson import plots
from gan_lesson.plots import FAKE, QUIET, REAL


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


def loss_curves(loss_d, loss_g, names, alt, unit="", width=430, height=210):
    """Both losses, one number a batch, as 200 points at most, each a mean of neighbours.

    names: what the two curves are called, D's first. unit: what their length counts. NaN where
    there is no loss yet.
    """
    left, right, top, bottom = 34, width - 8, 22, height - 20
    size = -(-max(len(loss_d), 1) // 200)
    curves = [
        np.add.reduceat(losses, range(0, len(losses), size))
        / np.diff([*range(0, len(losses), size), len(losses)])
        for losses in (np.asarray(loss_d, float), np.asarray(loss_g, float))
        if len(losses)
    ]
    known = np.concatenate([*curves, [0.0]]) if curves else np.array([0.0, 1.0])
    lowest, highest = np.nanmin(known), np.nanmax(known)
    span = max(highest - lowest, 0.2)
    power = 10 ** np.floor(np.log10(span / 4))
    tick = next(step for step in power * np.array([1, 2, 5, 10]) if step * 4 >= span * 0.999)
    floor, limit = tick * np.floor(lowest / tick), max(tick, tick * np.ceil(highest / tick))

    def y(value):
        return bottom - (bottom - top) * (value - floor) / (limit - floor)

    body = []
    for value in np.arange(floor, limit + tick / 2, tick):
        body.append(
            f'<line x1="{left}" x2="{right}" y1="{y(value):.1f}" y2="{y(value):.1f}" '
            f'class="gan-rule"/><text x="{left - 5}" y="{y(value) + 4:.1f}" text-anchor="end">'
            f"{round(value, 2) + 0:g}</text>"
        )
    for curve, colour, dashes in zip(curves, (REAL, FAKE), ("", "6 3"), strict=False):
        xs = np.linspace(left, right, len(curve)) if len(curve) > 1 else [left]
        points = " ".join(
            f"{x:.1f},{y(value):.1f}"
            for x, value in zip(xs, curve, strict=True)
            if np.isfinite(value)
        )
        body.append(
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2" '
            f'stroke-dasharray="{dashes}"/>'
        )
    for place, (name, colour, dashes) in enumerate(
        zip(names, (REAL, FAKE), ("", "6 3"), strict=True)
    ):
        x = left + place * (right - left) / 2
        body.append(
            f'<line x1="{x}" x2="{x + 26}" y1="10" y2="10" stroke="{colour}" stroke-width="2" '
            f'stroke-dasharray="{dashes}"/><text x="{x + 31}" y="14">{html.escape(name)}</text>'
        )
    end = f"{len(loss_d)} {html.escape(unit)}"
    body.append(f'<text x="{right}" y="{height - 4}" text-anchor="end">{end}</text>')
    return svg(width, height, "".join(body), alt)


STYLE = f"""
.gan-instrument {{ border: 1px solid {QUIET}; border-radius: 6px; padding: 8px; gap: 4px; }}
.gan-instrument .widget-label {{ width: auto; min-width: 9.5em; text-align: left; }}
.gan-instrument .widget-hbox {{ flex-flow: row wrap; gap: 4px 12px; align-items: flex-start; }}
.gan-instrument .widget-toggle-buttons {{ display: flex; flex-flow: row wrap; align-items: baseline;
    gap: 0 8px; }}
.gan-instrument .widget-button {{ width: auto; min-width: 6em; }}
.gan-instrument .widget-hslider {{ width: 30em; max-width: 100%; }}
.gan-instrument .widget-html {{ height: auto; min-height: 0; }}
.gan-instrument .widget-html-content {{ line-height: 1.5; min-height: 0; }}
.gan-instrument .gan-picture {{ image-rendering: pixelated; max-width: 100%; display: block; }}
.gan-instrument .gan-drawing {{ width: 100%; display: block; font-size: 12px; }}
.gan-instrument .gan-drawing text {{ fill: var(--jp-content-font-color1, #222); }}
.gan-instrument .gan-rule {{ stroke: {QUIET}; stroke-opacity: 0.3; }}
.gan-instrument .gan-card th {{ text-align: left; font-weight: normal; padding-right: 8px; }}
.gan-instrument .gan-card td {{ text-align: right; font-weight: bold; }}
.gan-instrument .gan-steps {{ display: flex; flex-wrap: wrap; gap: 3px; margin: 2px 0; padding: 0;
    list-style: none; }}
.gan-instrument .gan-steps li {{ padding: 0 3px; font-size: 12px; border: 1px solid {QUIET};
    border-radius: 4px; }}
.gan-instrument .gan-code {{ min-height: 3.9em; font-size: 12px; white-space: pre-wrap;
    word-break: normal; }}
.gan-instrument .gan-steps [aria-current] {{ color: white; background: {REAL}; }}
.gan-instrument .gan-message:not(:empty) {{ padding: 2px 6px; border-left: 4px solid {FAKE}; }}
.gan-instrument .gan-message[role=status] {{ border-color: {REAL}; }}
"""
