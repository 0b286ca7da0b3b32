"""Figures from tensors, with labels in both languages and alt text that reaches the page."""

import base64
import functools
import html
import io
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib import font_manager
from matplotlib.text import Text
from PIL import Image

from gan_lesson import languages

FONT = Path(__file__).parent / "fonts" / "NotoSansTC-Regular-subset.ttf"

# Colours that stay apart for the colour-blind (Okabe and Ito 2008); shapes and labels help too.
REAL, FAKE, GOOD, QUIET = "#0072B2", "#D55E00", "#009E73", "#767676"

# The Chinese fonts of Windows, macOS and Linux, for the rare characters of names: 陳芃瑄, 林翊婕.
SYSTEM_FONTS = (
    *("Microsoft JhengHei", "PMingLiU", "PingFang TC", "PingFang HK", "Heiti TC", "STHeiti"),
    *("Noto Sans CJK TC", "Noto Sans CJK JP", "Source Han Sans TC", "WenQuanYi Zen Hei"),
    *("AR PL UMing TW", "Droid Sans Fallback", "Arial Unicode MS"),
)


def font_families():
    """The fonts that a character is looked up in: ours first, last those of the system's there are.

    One that is not there would warn at each text; matplotlib looks for new ones only on demand.
    """
    names = {font.name for font in font_manager.fontManager.ttflist}
    if names.isdisjoint(SYSTEM_FONTS):
        for path in font_manager.findSystemFonts():
            if Path(path).name.startswith(("NotoSansCJK-Regular", "NotoSansCJK-VF")):
                font_manager.fontManager.addfont(path)
        names = {font.name for font in font_manager.fontManager.ttflist}
    return ["Noto Sans TC", "DejaVu Sans", *(name for name in SYSTEM_FONTS if name in names)]


@functools.cache
def style():
    """matplotlib's settings for our figures, which language_switch() makes those of a notebook."""
    font_manager.fontManager.addfont(FONT)
    return {
        "font.family": font_families(),
        "figure.dpi": 100,
        "figure.constrained_layout.use": True,
        "figure.constrained_layout.h_pad": 0.1,  # Chinese titles are tall
    }


def styled(draw):
    """Let a function draw with `style()`, and leave matplotlib's settings as they were."""

    @functools.wraps(draw)
    def drawn(*given, **options):
        with plt.rc_context(style()):
            return draw(*given, **options)

    return drawn


def show(figure, zh, en):
    """Show a matplotlib figure below the cell, with a sentence for those who cannot see it.

    zh, en: what the figure shows, in each language. Where its texts are written "中文 · English"
    the page gets two pictures, one in each language, and the switch hides one of them. Closes
    the figure.
    """
    from IPython.display import display

    chinese = small(png(figure, language="zh"))
    if _bilingual(figure):
        english = small(png(figure, language="en"))
        page = image(chinese, zh, figure, "zh-Hant") + image(english, en, figure, "en")
    else:
        page = image(chinese, f"{zh} · {en}", figure)
    plt.close(figure)
    display({"text/html": page, "text/plain": f"[圖 · figure] {zh} · {en}"}, raw=True)


def image(picture, alt, figure, language=None):
    """An <img> of a figure's picture, as wide as the figure is meant to be."""
    lang = f'lang="{language}" ' if language else ""
    width = int(figure.get_figwidth() * 100)
    return f'<img {lang}src="{data_url(picture)}" alt="{html.escape(alt)}" width="{width}">'


def small(picture):
    """A PNG picture as a WebP of few bytes: exact in 256 colours, or a photograph's way."""
    whole = Image.open(io.BytesIO(picture)).convert("RGB")
    exact, rough = io.BytesIO(), io.BytesIO()
    whole.quantize(256).convert("RGB").save(exact, "WebP", lossless=True)
    whole.save(rough, "WebP", quality=90)
    return min(exact.getvalue(), rough.getvalue(), key=len)


@styled
def png(figure, dpi=100, language="both"):
    """The figure as the bytes of a PNG picture; language: "zh" or "en" draws that half of texts."""
    buffer, texts, halved = io.BytesIO(), _bilingual(figure), []
    if language != "both":
        halved = figure.findobj(Text)  # with those of ticks, which are written while it draws
    for text in halved:
        text.get_text = functools.partial(_half, text, language)
    try:
        figure.savefig(buffer, format="png", dpi=dpi)
    finally:
        for text in halved:
            del text.get_text
    for text, whole in texts.items():
        text.set_text(whole)  # an older matplotlib leaves the half that it drew
    return buffer.getvalue()


def _half(text, language):
    return languages.halves(Text.get_text(text))[language == "en"]


def _bilingual(figure):
    """The texts of a figure that are written "中文 · English", as they are."""
    texts = {text: text.get_text() for text in figure.findobj(Text)}
    return {text: whole for text, whole in texts.items() if len({*languages.halves(whole)}) == 2}


def data_url(picture):
    """The bytes of a PNG or WebP picture as an address that carries the picture in itself."""
    kind = "webp" if picture[8:12] == b"WEBP" else "png"
    return f"data:image/{kind};base64," + base64.b64encode(picture).decode()


@styled
def image_grid(images, columns=8, titles=None, size=0.7):
    """A figure of grey images (N, 1, 28, 28) or (N, 784) in [-1, 1], `columns` in a row.

    titles: a short text above each image. size: inches an image.
    """
    images = images.detach().cpu().reshape(len(images), 28, 28).numpy()
    rows = -(-len(images) // columns)
    height = size * (1.4 if titles else 1)
    figure, axes = plt.subplots(
        rows, columns, figsize=(columns * size, rows * height), squeeze=False
    )
    for axis in axes.flat:
        axis.axis("off")
    for number, (axis, image) in enumerate(zip(axes.flat, images, strict=False)):
        axis.imshow(image, cmap="gray", vmin=-1, vmax=1)
        if titles:
            axis.set_title(titles[number], fontsize=9)
    return figure


def wall(images, columns=8, line=255):
    """Images (N, 1, 28, 28) in [-1, 1] side by side as grey pixels, uint8 (height, width).

    line: how bright the lines between them are; a single image has none. The same pixels as
    torchvision's make_grid, without torchvision: that takes a second and 160 MB to import.
    """
    pixels = ((images + 1) * 127.5 + 0.5).clamp(0, 255).byte().squeeze(1).cpu().numpy()
    if len(pixels) == 1:
        return pixels[0]
    columns = min(columns, len(pixels))
    rows = -(-len(pixels) // columns)
    whole = np.full((30 * rows + 2, 30 * columns + 2), line, np.uint8)
    for number, image in enumerate(pixels):
        top, left = 30 * (number // columns) + 2, 30 * (number % columns) + 2
        whole[top : top + 28, left : left + 28] = image
    return whole


@styled
def loss_curves(loss_d, loss_g, batches=1):
    """A figure of both losses over training; a long run as 500 means of neighbouring batches.

    loss_d, loss_g: one number a batch. batches: how many make an epoch.
    """
    figure, axis = plt.subplots(figsize=(8, 3.5))
    for name, losses, colour, dashes in (
        ("辨別器 · discriminator", loss_d, REAL, "-"),
        ("生成器 · generator", loss_g, FAKE, "--"),
    ):
        losses = np.asarray(losses, dtype=float)
        size = -(-len(losses) // 500)  # at most 500 points, each the mean of `size` batches
        means = [losses[at : at + size].mean() for at in range(0, len(losses), size)]
        epochs = np.arange(len(means)) * size / batches
        axis.plot(epochs, means, dashes, color=colour, label=name, linewidth=1.5)
    axis.set_xlabel("訓練回合 · epoch" if batches > 1 else "批次 · batch")
    axis.set_ylabel("損失 · loss")
    axis.legend()
    axis.grid(alpha=0.3)
    return figure
