"""What the theatre shows: the plane, the list of sub-steps, the numbers, the curves."""

import functools
import math

import contourpy
import numpy as np

from gan_lesson.plots import FAKE, GOOD, REAL
from gan_lesson.toy_world import SIDE
from gan_lesson.widgets import drawing
from gan_lesson.widgets.drawing import Curve
from gan_lesson.widgets.instrument import say

PLOT = 440  # units of the drawing that the plane from -1.5 to 1.5 takes
LEVELS = {0.25: "1.5 5", 0.5: "", 0.75: "7 4"}  # lines of equal verdict, and their dashes
GROUND = np.array([[239, 163, 107], [255, 255, 255], [125, 184, 222]])  # fake, undecided, real

# What each sub-step is about, in a word or two of its code.
WORDS = (
    *("real", "z", "fake", "D(·)", "loss_d", "backward", "step"),
    *("z, fake", "D(·)", "loss_g", "backward", "step"),
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
    square = f'width="{PLOT}" height="{PLOT}"'
    body.append(f'<rect data-point="plane" {square} fill="transparent"/></svg>')
    body.append(f'<rect x="10" y="4" {square} fill="none" stroke="#767676"/>')
    body.append(legend(view, critic))
    away = int((view.fake.abs() > 1.5).any(dim=1).sum())
    if away:
        note = say(f"{away} 個生成的點在圖外", f"{away} generated points are outside")
        body.append(f'<text x="20" y="22" font-weight="bold" style="fill: black">{note}</text>')
    alt = say(
        f"平面：藍色圓點是真的，橘色叉是生成的，底色是 D 的判斷。D 對真的平均說 "
        f"{view.says_real:.2f}，對生成的說 {view.says_fake:.2f}；兩者的距離 {view.distance:.3f}",
        f"the plane: blue dots are real, orange crosses generated, colours are D's verdict. D says "
        f"{view.says_real:.2f} to real ones, {view.says_fake:.2f} to generated ones; their "
        f"distance is {view.distance:.3f}",
    )
    if view.modes is not None:
        alt += say(f"；蓋到 {view.modes} 團", f"; {view.modes} modes covered")
    return drawing.svg(PLOT + 20, PLOT + 66, "".join(body), alt)


def across(value):
    """A coordinate from -1.5 to 1.5 as units of the drawing, 0 to PLOT."""
    return (value + 1.5) / 3 * PLOT


def point_of(units):
    """The place [x, y] in the plane, with two decimals, of two numbers from 0 to PLOT."""
    x, y = (min(max(unit / PLOT * 3 - 1.5, -1.5), 1.5) for unit in units)
    return [round(x, 2) + 0.0, round(-y, 2) + 0.0]


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
    y = PLOT + 12
    low, high = say("D 說假", "D says fake"), say("D 說真", "D says real")
    if critic:
        low, high = say("低分", "low score"), say("高分", "high score")
    bar = (
        f'<text x="191" y="{y + 14}" text-anchor="end">{low} {view.lowest:.2g}</text>'
        f'<image href="{_bar()}" x="198" y="{y}" width="64" height="16" '
        f'preserveAspectRatio="none"/>'
        f'<text x="268" y="{y + 14}">{view.highest:.2g} {high}</text>'
    )
    for level, dashes in LEVELS.items():
        x = 198 + 64 * level
        bar += (
            f'<line x1="{x}" x2="{x}" y1="{y - 2}" y2="{y + 18}" stroke="#333" '
            f'stroke-width="1.6" stroke-dasharray="{dashes and "3 2" if level > 0.5 else dashes}"/>'
        )
    y += 42
    return (
        f"{bar}"
        f'<path d="M18 {y - 6}h0" stroke="{REAL}" stroke-width="9" stroke-linecap="round"/>'
        f'<text x="30" y="{y}">{say("真", "real")}</text>'
        f'<path d="M122 {y - 10}l9 9m0 -9l-9 9" stroke="{FAKE}" stroke-width="2.5" fill="none"/>'
        f'<text x="138" y="{y}">{say("假", "fake")}</text>'
        f'<path d="M230 {y - 6}h24m-7 -5l7 5l-7 5" stroke="currentcolor" fill="none" '
        f'stroke-width="1.8"/>'
        f'<text x="262" y="{y}">{say("對 G 的拉力", "pull on G")}</text>'
    )


def list_of_steps(shown):
    """The twelve sub-steps of both networks in a row, with the one that was taken last in words."""
    items = [
        f'<li aria-current="step">▶ {number} {word}</li>'
        if number == shown.number
        else f"<li>{number}</li>"
        for number, word in enumerate(WORDS, 1)
    ]
    items = "".join(["<li>D</li>", *items[:7], "<li>G</li>", *items[7:]])
    return f'<ol class="gan-steps">{items}</ol>'


def numbers(world, view):
    """What is measured, in a table that keeps its size."""
    steps = [sum(network == which for network, _, _ in world.history) for which in "DG"]
    modes = "–" if view.modes is None else f"{view.modes} / {len(world.centres)}"
    rows = (
        (say("步", "steps"), f"D {steps[0]} · G {steps[1]}"),
        (say("蓋到的團", "modes covered"), modes),
        (say("D 對真的說", "D(real)"), f"{view.says_real:.2f}"),
        (say("D 對假的說", "D(fake)"), f"{view.says_fake:.2f}"),
        (say("距離", "distance"), f"{view.distance:.3f}"),
        (say("真與真", "real–real"), f"{world.real_distance:.3f}"),
    )
    cells = "".join(f"<div>{name} <b>{value}</b></div>" for name, value in rows)
    return f'<div class="gan-numbers">{cells}</div>'


def curves(history, distances):
    """Both losses, and the distance, measured at some steps only: pairs (step, how far)."""
    losses = [
        [math.nan if pair[which] is None else pair[which] for pair in history] for which in (1, 2)
    ]
    distance = []
    if history and distances:
        distance = np.interp(range(1, len(history) + 1), *zip(*distances, strict=True))
    lines = [
        Curve(f"{name} {_last(values)}", values, colour, dashes)
        for name, values, colour, dashes in (
            ("loss_d", losses[0], REAL, ""),
            ("loss_g", losses[1], FAKE, "6 3"),
            (say("距離", "distance"), distance, GOOD, "2 3"),
        )
    ]
    alt = say("兩條損失和距離的曲線", "curves of both losses and the distance")
    alt += ": " + ", ".join(line.name for line in lines)
    return drawing.chart(lines, alt, say("步", "steps"), "12em")


def _last(values):
    return f"{values[-1]:.3f}" if len(values) and not math.isnan(values[-1]) else "—"
