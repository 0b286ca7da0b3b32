"""Draw the README's picture, lesson 02's six diagrams and still pictures of the instruments into
this folder: python images/draw.py

The README's picture shows what the course's default training draws, beside real digits. Every
diagram has one shape: input -> generator -> fake, beside the real thing, -> discriminator.
What stands in its boxes is real data or made by the code below; none of it is a GAN's output.
"""

import base64
import io
import math
import re
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.collections import LineCollection
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch, Polygon, Rectangle
from PIL import Image
from torch.nn.functional import avg_pool2d, interpolate
from torchvision.utils import make_grid

from gan_lesson import plots, recipes, runs
from gan_lesson.config import TrainingConfig
from gan_lesson.data import glyphs, load_images
from gan_lesson.plots import FAKE, GOOD, QUIET, REAL
from gan_lesson.runs import fixed_noise, sample, start
from gan_lesson.widgets.latent_dim_lab import latent_dim_lab
from gan_lesson.widgets.latent_explorer import latent_explorer
from gan_lesson.widgets.shape_explorer import shape_explorer
from gan_lesson.widgets.training_step_theatre import training_step_theatre

FOLDER = Path(__file__).parent
WIDTH, HEIGHT = 1200, 600  # pixels; the drawing's coordinates, from the lower left corner
INK = "#222222"
TINTS = {REAL: "#EAF3F9", FAKE: "#FCEFE6", QUIET: "#F4F4F4"}
# Sky, earth, grass, brick, coin, water: Okabe and Ito's colours, some made lighter or darker.
TILES = np.array(
    [[214, 236, 248], [150, 98, 60], [0, 158, 115], [204, 121, 80], [240, 200, 50], [0, 114, 178]]
)


# --- what stands in the boxes -------------------------------------------------------------------


def enlarge(image, size):
    """One image (1, 28, 28) in [-1, 1], smoothly enlarged to (size, size) in [0, 1]."""
    big = interpolate(image[None], size=size, mode="bicubic", align_corners=False)
    return ((big[0, 0] + 1) / 2).clamp(0, 1)


def sketch(axis, image):
    """The outline of a digit, drawn twice with a little tremble like a pencil."""
    ink = enlarge(image, 112).numpy()
    axis.set(facecolor="#FBFAF6", xlim=(0, 111), ylim=(111, 0))
    for shift in (0, 0.9):
        axis.contour(
            np.arange(112) + shift, np.arange(112) - shift, ink, [0.4], colors=INK, linewidths=1.1
        )


def paint(axis, image, seed):
    """The same digit in oil: short strokes along its edges, thick colours, light from the left."""
    random = np.random.default_rng(seed)
    ink = enlarge(image, 112).numpy()
    slope_y, slope_x = np.gradient(ink)
    y, x = random.integers(0, 112, (2, 6000))
    order = np.argsort(ink[y, x] + random.normal(0, 0.15, len(x)))  # the digit on top
    y, x = y[order], x[order]
    swirl = np.arctan2(y - 56, x - 40) + math.pi / 2
    steep = np.hypot(slope_x, slope_y)[y, x] > 0.01
    along = np.where(steep, np.arctan2(slope_x[y, x], -slope_y[y, x]), swirl)
    step = 3.5 * np.stack([np.cos(along), np.sin(along)], axis=1)
    middle = np.stack([x, y], axis=1).astype(float)
    night, light = np.array([0.05, 0.30, 0.55]), np.array([0.96, 0.78, 0.22])
    warm = np.array([0.84, 0.37, 0.05])
    level = ink[y, x, None]
    colour = night + (warm - night) * np.clip(level * 2, 0, 1)
    colour = colour + (light - colour) * np.clip(level * 2 - 1, 0, 1)
    colour = np.clip(colour + random.normal(0, 0.07, (len(x), 1)), 0, 1)
    axis.set(facecolor=night, xlim=(0, 111), ylim=(111, 0))
    axis.add_collection(
        LineCollection(np.stack([middle - step, middle + step], axis=1), colors=colour, lw=2.2)
    )


def grey(axis, image):
    """A grey image with its pixels visible."""
    axis.imshow(image.reshape(image.shape[-2:]).numpy(), cmap="gray", vmin=-1, vmax=1)


def wall(axis, images, columns):
    """Grey images (N, 1, 28, 28) as one wall."""
    rows = [torch.cat(list(row), dim=-1) for row in images.split(columns)]
    grey(axis, torch.cat(rows, dim=-2))


def level(columns, seed):
    """A side view of a small game world: tile numbers (14, columns)."""
    random = np.random.default_rng(seed)
    tiles = np.zeros((14, columns), dtype=int)
    height, gap = 3, 0
    for column in range(columns):
        if column % 4 == 0:
            height = int(np.clip(height + random.integers(-1, 2), 2, 5))
            gap = 2 if 0 < column < columns - 4 and random.random() < 0.35 else 0
        if gap:
            tiles[13:, column], gap = 5, gap - 1
            continue
        tiles[14 - height :, column] = 1
        tiles[14 - height, column] = 2
    for column in range(random.integers(1, 4), columns - 3, 6):
        row, wide = random.integers(4, 7), random.integers(2, 5)
        tiles[row, column : column + wide] = 3
        tiles[row - 2, column : column + wide : 2] = 4
    return tiles


def scene(axis, tiles):
    """Draw tiles (rows, columns) with a little light and shade on each."""
    picture = TILES[tiles].repeat(8, axis=0).repeat(8, axis=1).astype(float)
    solid = np.isin(tiles, (1, 2, 3)).repeat(8, axis=0).repeat(8, axis=1)
    shade = np.ones((8, 8))
    shade[0], shade[-1], shade[:, -1] = 1.12, 0.86, 0.92
    shade = np.tile(shade, tiles.shape)
    picture = np.where(solid[..., None], picture * shade[..., None], picture)
    across, down = np.meshgrid(np.arange(8) - 3.5, np.arange(8) - 3.5)
    round_coin = np.tile(np.hypot(across, down) < 3.2, tiles.shape)
    coin = (tiles == 4).repeat(8, axis=0).repeat(8, axis=1)
    picture[coin & ~round_coin] = TILES[0]
    axis.imshow(picture.clip(0, 255).astype(np.uint8), interpolation="nearest")


def pluck(pitch, seed, rate=8000, seconds=0.6):
    """A plucked string after Karplus and Strong (1983): samples (rate * seconds,) in [-1, 1]."""
    random = np.random.default_rng(seed)
    ring = list(random.uniform(-1, 1, round(rate / pitch)))
    samples = []
    for _ in range(int(rate * seconds)):
        samples.append(ring[0])
        ring = [*ring[1:], 0.498 * (ring[0] + ring[1])]
    return np.array(samples)


def sound(axis, samples):
    """A sound twice: its wave above, its spectrogram below."""
    axis.set(xlim=(0, 1), ylim=(0, 1), facecolor="white")
    top = axis.inset_axes([0, 0.54, 1, 0.46])
    top.plot(samples, color=INK, linewidth=0.6)
    top.set(xlim=(0, len(samples)), ylim=(-1.05, 1.05))
    bottom = axis.inset_axes([0, 0, 1, 0.48])
    bottom.specgram(samples, NFFT=256, Fs=8000, noverlap=192, cmap="cividis", vmin=-110, vmax=-30)
    for part in (top, bottom):
        part.set(xticks=[], yticks=[])
    bottom.set_ylim(0, 2500)


def latent(axis, seed):
    """A latent vector as twelve bars around zero."""
    heights = np.random.default_rng(seed).normal(0, 1, 12)
    axis.bar(range(12), heights, color=QUIET, width=0.7)
    axis.axhline(0, color=INK, linewidth=0.8)
    axis.set(ylim=(-2.4, 2.4), facecolor="white")


def card(axis, text, size):
    """A card with a few words on it."""
    axis.set(xlim=(0, 1), ylim=(0, 1), facecolor="white")
    axis.text(0.5, 0.5, text, ha="center", va="center", fontsize=size, linespacing=1.5)


# --- the diagram around the boxes ---------------------------------------------------------------


def text(page, x, y, words, **style):
    page.text(
        x, y, words, **({"ha": "center", "va": "center", "fontsize": 11, "color": INK} | style)
    )


def arrow(page, points, colour=INK, dashed=False, both=False):
    """A line through the points with a head at its end, or at both ends."""
    style = {"color": colour, "linewidth": 2, "linestyle": (0, (4, 2)) if dashed else "-"}
    across, up = zip(*points[:-1], strict=True)
    page.plot(across, up, solid_capstyle="round", **style)
    page.add_patch(
        FancyArrowPatch(
            points[-2],
            points[-1],
            arrowstyle="<|-|>" if both else "-|>",
            mutation_scale=16,
            shrinkA=0,
            shrinkB=0,
            **style,
        )
    )


def panel(page, box, colour, caption, draw, dashed=False):
    """A framed box (x, y, width, height) with a caption at its foot and something drawn in it."""
    x, y, width, height = box
    page.add_patch(
        FancyBboxPatch(
            (x, y),
            width,
            height,
            boxstyle="round,pad=0,rounding_size=10",
            facecolor=TINTS[colour],
            edgecolor=colour,
            linewidth=2.2,
            linestyle=(0, (5, 2.5)) if dashed else "-",
        )
    )
    text(page, x + width / 2, y + 17, caption, color=INK)
    inner = page.inset_axes([x + 12, y + 34, width - 24, height - 46], transform=page.transData)
    draw(inner)
    inner.set(xticks=[], yticks=[])
    for side in inner.spines.values():
        side.set(color="#BBBBBB", linewidth=0.8)


def networks(page):
    """The generator widens, the discriminator narrows to one number."""
    generator = [(300, 322), (300, 398), (430, 450), (430, 270)]
    discriminator = [(770, 270), (770, 450), (900, 398), (900, 322)]
    for corners, colour, letter, zh, en in (
        (generator, FAKE, "G", "生成器", "generator"),
        (discriminator, REAL, "D", "辨別器", "discriminator"),
    ):
        page.add_patch(
            Polygon(corners, facecolor=colour, edgecolor=colour, linewidth=8, joinstyle="round")
        )
        x = (corners[0][0] + corners[-1][0]) / 2
        text(page, x, 385, letter, fontsize=30, color="white")
        text(page, x, 348, zh, fontsize=13, color="white")
        text(page, x, 324, en, color="white")


def verdict(page):
    """The discriminator's opinion: a probability between fake and real."""
    text(page, 1062, 434, "D 的意見", fontsize=13)
    text(page, 1062, 412, "D's opinion")
    page.add_patch(Rectangle((960, 352), 204, 16, facecolor="#EEEEEE", edgecolor=QUIET))
    page.plot(1010, 360, "v", color=FAKE, markersize=15, markeredgecolor="white")
    page.plot(1136, 360, "o", color=REAL, markersize=14, markeredgecolor="white")
    for x, zh, en, number in ((966, "假", "fake", "0"), (1158, "真", "real", "1")):
        text(page, x, 336, number)
        text(page, x, 314, zh, fontsize=12)
        text(page, x, 295, en)
    text(page, 1062, 336, "機率", fontsize=12)
    text(page, 1062, 316, "probability")


def losses(page, adversarial, second):
    """What the generator is judged by, lower left: two lines in both languages."""
    text(page, 40, 196, "生成器的成績單 · what the generator is judged by", ha="left")
    rows = [(REAL, "o", *adversarial), (GOOD, "D", *second)]
    for number, (colour, marker, zh, en) in enumerate(rows):
        y = 160 - 62 * number
        page.plot(52, y, marker, color=colour, markersize=11)
        text(page, 76, y + 2, zh, ha="left", fontsize=13)
        text(page, 76, y - 22, en, ha="left", color="#444444")


def diagram(name, number, zh, en, given, fake, real, second, condition=False, pair=False):
    """One application field as a picture in this folder.

    given: panels of the left column from the top, as (height, caption, draw); fake, real: as
    (caption, draw). second: what the generator is judged by beside the discriminator, in both
    languages. condition: whether the discriminator sees the first input too. pair: whether fake
    and real are compared directly.
    """
    figure = plt.figure(figsize=(WIDTH / 100, HEIGHT / 100), dpi=100, layout="none")
    page = figure.add_axes([0, 0, 1, 1])
    page.set(xlim=(0, WIDTH), ylim=(0, HEIGHT))
    page.axis("off")
    page.add_patch(Circle((58, 562), 20, color=INK))
    text(page, 58, 562, str(number), fontsize=17, color="white")
    title = page.text(92, 562, zh, fontsize=21, va="center", color=INK)
    end = title.get_window_extent(figure.canvas.get_renderer()).x1
    text(page, end + 18, 560, en, fontsize=15, ha="left", color="#444444")

    top = 460
    for height, caption, draw in given:
        panel(page, (40, top - height, 200, height), QUIET, caption, draw)
        arrow(page, [(242, top - height / 2), (292, 360 + (top - height / 2 - 360) * 0.25)])
        top -= height + 14
    panel(page, (480, 260, 200, 200), FAKE, fake[0], fake[1], dashed=True)
    panel(page, (480, 34, 200, 200), REAL, real[0], real[1])
    networks(page)
    verdict(page)
    arrow(page, [(438, 360), (476, 360)], FAKE)
    arrow(page, [(683, 360), (762, 360)], FAKE)
    arrow(page, [(683, 134), (835, 134), (835, 294)], REAL)
    arrow(page, [(908, 360), (950, 360)])
    arrow(page, [(820, 436), (820, 486), (365, 486), (365, 432)], QUIET, dashed=True)
    white = {"facecolor": "white", "edgecolor": "none", "pad": 3}
    text(page, 592, 486, "梯度：該怎麼改 · gradient: how to improve", bbox=white)
    if condition:
        arrow(page, [(140, 462), (140, 520), (860, 520), (860, 420)])
        text(page, 592, 520, "條件也給 D 看 · D sees the condition too", bbox=white)
    if pair:
        arrow(page, [(580, 236), (580, 258)], GOOD, both=True)
    match = condition and number > 2
    zh = "對抗損失：像真的嗎？合題目嗎？" if match else "對抗損失：像真的嗎？"
    en = "adversarial loss: real? and a match?" if match else "adversarial loss: does it look real?"
    losses(page, (zh, en), second)
    for y, colour, marker, words in (
        (118, FAKE, "v", "虛線框：生成的 · dashed: generated"),
        (90, REAL, "o", "實線框：真的 · solid: real"),
    ):
        page.plot(892, y, marker, color=colour, markersize=12)
        text(page, 910, y, words, ha="left")
    zh = "框裡是真手寫數字或課程自製的素材，沒有一樣是 GAN 做的"
    en = "real handwriting or material made for this course; no GAN made any of it"
    style = {"ha": "right", "fontsize": 9, "color": "#444444"}
    text(page, 1172, 42, zh, **style)
    text(page, 1172, 26, en, **style)
    save(figure, FOLDER / f"02_{name}.png")


def save(figure, path):
    """Write a figure as a PNG with 255 colours: small, and enough for flat drawings."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=100)
    plt.close(figure)
    picture = Image.open(buffer).convert("RGB").quantize(255, dither=Image.Dither.NONE)
    picture.save(path, optimize=True)
    print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")


def readme(images):
    """Real digits, and what a generator draws from the same noise before and after training."""
    config = TrainingConfig()
    state = start(recipes.build_networks, config)
    noise = fixed_noise(config, 24)
    before = sample(state.generator, noise)
    for _ in recipes.train(state, images):
        pass
    titles = (
        "真實的手寫數字\nreal handwriting",
        "訓練前的 GAN\nthe GAN before training",
        "訓練後的 GAN\nthe GAN after training",
    )
    figure, axes = plt.subplots(1, 3, figsize=(10, 2.8))
    for axis, group, title in zip(
        axes, (images[:24], before, sample(state.drawer, noise)), titles, strict=True
    ):
        axis.imshow(make_grid(group, nrow=6, padding=1)[0], cmap="gray", vmin=-1, vmax=1)
        axis.set_title(title, fontsize=11)
        axis.axis("off")
    save(figure, FOLDER / "readme.png")


def save_drawing(widget, path):
    """Write an instrument's vector drawing as a picture that stands by itself, on white."""
    style = (
        f"<style>svg {{ font-size: 17.5px; color: {INK}; }} "
        f"text {{ fill: {INK}; font-family: sans-serif; }} "
        f".gan-rule {{ stroke: {QUIET}; stroke-opacity: 0.3; }}</style>"
        '<rect width="100%" height="100%" fill="white"/>'
    )
    width = re.search(r'viewBox="0 0 (\d+)', widget.value).group(1)
    start = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" '
    drawing = widget.value.replace("<svg ", start, 1)
    path.write_text(drawing.replace(">", f">{style}", 1) + "\n", "utf-8")
    print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")


def shapes():
    """Lesson 03's shape explorer as it starts."""
    explorer = shape_explorer()
    save_drawing(explorer.drawing, FOLDER / "03_shape_explorer.svg")
    explorer.close()


def shown(widget):
    """The pixels of the picture that an instrument shows."""
    encoded = re.search('base64,([^"]*)', widget.value).group(1)
    return Image.open(io.BytesIO(base64.b64decode(encoded)))


def walks():
    """Lesson 06's latent explorer as it starts, on both paths, in the middle."""
    explorer = latent_explorer()
    explorer.between.value = 0.5
    figure, axes = plt.subplot_mosaic(
        [["now", "linear"], ["now", "spherical"], ["now", "lengths"]],
        figsize=(10, 3.9),
        width_ratios=(1, 2.6),
        height_ratios=(1, 1, 1.5),
    )
    share = torch.linspace(0, 1, 41)[:, None]
    for path, zh, style in (("linear", "直線", FAKE), ("spherical", "球面", REAL)):
        explorer.path.value = path
        axes[path].imshow(shown(explorer.strip), cmap="gray")
        axes[path].set_title(f"{zh} · {path}", fontsize=10, loc="left")
        axes["lengths"].plot(
            share,
            explorer._walk(share).norm(dim=1),
            color=style,
            ls="-" if path == "linear" else "--",
        )
    axes["now"].imshow(shown(explorer.image), cmap="gray")
    axes["now"].set_title("A、B 的中點（球面）\nthe middle of A and B (spherical)", fontsize=10)
    axes["lengths"].axhline(10, color=QUIET, ls=":")
    axes["lengths"].text(1.03, 10.3, "√latent_dim", va="bottom", fontsize=9)
    axes["lengths"].set(ylim=(0, 13), xlim=(-0.06, 1.22), xticks=(0, 1), xticklabels="AB")
    axes["lengths"].set_ylabel("‖z‖")
    for name in ("now", "linear", "spherical"):
        axes[name].axis("off")
    save(figure, FOLDER / "06_latent_explorer.png")
    explorer.close()


def laboratory():
    """Three runs side by side in the laboratory, 200 epochs each, that differ in latent_dim."""
    with tempfile.TemporaryDirectory() as folder:
        runs.RUNS = Path(folder)
        lab = latent_dim_lab()
        lab.settings.epochs.value = 200
        lab.together.click()
        lab.wait()
        lab.close()
    figure, axes = plt.subplots(1, 3, figsize=(10, 4.2))
    for axis, run in zip(axes, lab.shelf.runs, strict=True):
        axis.imshow(run.pixels, cmap="gray", vmin=0, vmax=255)
        axis.set_title(f"latent_dim = {run.config.latent_dim}", fontsize=13)
        axis.set(xticks=[], yticks=[])
        axis.set_xlabel(
            f"多樣性 · variety {run.variety:.0%}\n"
            f"FD {run.quality.frechet_distance:.0f}, IS {run.quality.inception_score:.1f}, "
            f"sure {run.quality.sure:.0%}",
            fontsize=11,
        )
        print(run.code, run.quality, run.variety, f"{run.seconds:.0f} s")
    save(figure, FOLDER / "laboratory.png")


def theatres():
    """The theatre after 500 steps of each network; and at the arrows of an early step of G."""
    theatre = training_step_theatre()
    start = theatre.world.snapshot()
    for _ in range(500):
        theatre.world.both_steps()
    theatre.draw()
    save_drawing(theatre.picture, FOLDER / "01_theatre.svg")
    theatre.world.restore(start)
    for _ in range(50):
        theatre.world.discriminator_step()
    for _ in range(4):  # sub-steps 8 to 11
        theatre.slow.click()
    save_drawing(theatre.picture, FOLDER / "04_theatre.svg")
    theatre.close()


def main():
    plt.rcParams.update(plots.style())
    images, labels = load_images("digits")
    readme(images)
    shapes()
    theatres()
    walks()
    laboratory()
    ink = images.flatten(1).mean(dim=1)

    def thin(digit):
        """The lightest images of a digit."""
        members = (labels == digit).nonzero().flatten()
        return members[ink[members].argsort()]

    three = int((labels == 3).nonzero()[5])
    diagram(
        "style",
        1,
        "圖像生成和風格轉換",
        "image generation and style transfer",
        given=[(200, "素描 · sketch", lambda axis: sketch(axis, images[three]))],
        fake=("油畫？ · an oil painting?", lambda axis: paint(axis, images[three], seed=1)),
        real=("真油畫 · a real painting", lambda axis: paint(axis, images[three], seed=2)),
        second=("內容損失：和成對的油畫一樣嗎？", "content loss: is it like its partner?"),
        condition=True,
        pair=True,
    )
    earth, scholar = glyphs(32, "土士")[0]
    diagram(
        "super_resolution",
        2,
        "圖像超解析度",
        "image super-resolution",
        given=[(200, "8×8 像素 · pixels", lambda axis: grey(axis, avg_pool2d(earth, 4)))],
        fake=("32×32，像嗎？ · real?", lambda axis: grey(axis, scholar)),
        real=("32×32，真的 · real", lambda axis: grey(axis, earth)),
        second=("內容損失：和原來的圖一樣嗎？", "content loss: is it like the original?"),
        pair=True,
    )
    sevens = thin(7)
    diagram(
        "text_to_image",
        3,
        "文字到圖像合成",
        "text-to-image synthesis",
        given=[
            (112, "文字 · text", lambda axis: card(axis, "「細細的七」\n“a thin seven”", 12)),
            (92, "潛在向量 · latent vector", lambda axis: latent(axis, 3)),
        ],
        fake=("合文字嗎？ · a match?", lambda axis: wall(axis, images[sevens[:9]], 3)),
        real=("真圖 · real images", lambda axis: wall(axis, images[sevens[9:18]], 3)),
        second=(
            "同一句話：$z$ 不同，圖也不同嗎？",
            "same words: does another $z$ give another image?",
        ),
        condition=True,
    )
    threes = (labels == 3).nonzero().flatten()
    diagram(
        "augmentation",
        4,
        "資料擴增",
        "data augmentation",
        given=[
            (112, "標籤 · label", lambda axis: card(axis, "3", 30)),
            (92, "潛在向量 · latent vector", lambda axis: latent(axis, 4)),
        ],
        fake=("要多少有多少 · many", lambda axis: wall(axis, images[threes[10:35]], 5)),
        real=("少數真樣本 · a few, real", lambda axis: wall(axis, images[threes[:4]], 2)),
        second=("另外檢查：分類器變準了嗎？", "checked apart: does the classifier improve?"),
        condition=True,
    )
    diagram(
        "virtual_reality",
        5,
        "虛擬實境和遊戲開發",
        "virtual reality and games",
        given=[(200, "潛在向量 · latent vector", lambda axis: latent(axis, 5))],
        fake=("新場景？ · a new scene?", lambda axis: scene(axis, level(14, 8))),
        real=("人設計的 · designed", lambda axis: scene(axis, level(14, 3))),
        second=("另外檢查：走得過去嗎？", "checked apart: can it be played?"),
    )
    diagram(
        "audio",
        6,
        "音訊生成",
        "audio generation",
        given=[(200, "潛在向量 · latent vector", lambda axis: latent(axis, 6))],
        fake=("新聲音？ · a new sound?", lambda axis: sound(axis, pluck(180, 1))),
        real=("真聲音 · a real sound", lambda axis: sound(axis, pluck(220, 2))),
        second=("另外檢查：人聽起來如何？", "checked apart: how does it sound to people?"),
    )


if __name__ == "__main__":
    main()
