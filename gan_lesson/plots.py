"""Figures from tensors, with labels in both languages and alt text that reaches the page."""

import base64
import html
import io
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib import font_manager
from PIL import Image

FONT = Path(__file__).parent / "fonts" / "NotoSansTC-Regular-subset.ttf"

# Colours that stay apart for the colour-blind (Okabe and Ito 2008); shapes and labels help too.
REAL, FAKE, GOOD, QUIET = "#0072B2", "#D55E00", "#009E73", "#767676"

font_manager.fontManager.addfont(FONT)
plt.rcParams["font.family"] = ["Noto Sans TC", "DejaVu Sans"]  # the Chinese font first
plt.rcParams["figure.dpi"] = 100
plt.rcParams["figure.constrained_layout.use"] = True
plt.rcParams["figure.constrained_layout.h_pad"] = 0.1  # Chinese titles are tall


def show(figure, zh, en):
    """Show a matplotlib figure below the cell, with a sentence for those who cannot see it.

    zh, en: what the figure shows, in each language. Closes the figure.
    """
    from IPython.display import display

    alt = html.escape(f"{zh} · {en}")
    # 256 colours are enough for a figure, and halve what the notebook stores.
    picture = io.BytesIO()
    Image.open(io.BytesIO(png(figure))).convert("RGB").quantize(256).save(picture, "PNG")
    width = int(figure.get_figwidth() * 100)
    page = f'<img src="{data_url(picture.getvalue())}" alt="{alt}" width="{width}">'
    plt.close(figure)
    display({"text/html": page, "text/plain": f"[圖 · figure] {zh} · {en}"}, raw=True)


def png(figure, dpi=100):
    """The figure as the bytes of a PNG picture."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=dpi)
    return buffer.getvalue()


def data_url(picture):
    """The bytes of a PNG picture as an address that carries the picture in itself."""
    return "data:image/png;base64," + base64.b64encode(picture).decode()


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
