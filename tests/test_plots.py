"""Figures: Chinese text without boxes, alt text, and a picture that is no blank."""

import logging
import re
import warnings

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from PIL import Image

from gan_lesson import plots
from gan_lesson.widgets.live import watch


@pytest.mark.parametrize(
    "text", ["生成器 · generator", "潛在向量 $z \\sim N(0, 1)$ − 臺灣", "α→β ≥ 1"]
)
def test_chinese_labels_render_without_a_word(text, caplog):
    figure, axis = plt.subplots()
    axis.set_title(text)
    with warnings.catch_warnings(), caplog.at_level(logging.WARNING):
        warnings.simplefilter("error")
        plots.png(figure)
    plt.close(figure)
    assert caplog.records == []


def test_a_missing_glyph_would_be_noticed(caplog):
    """The check above can fail: a character outside the font warns."""
    figure, axis = plt.subplots()
    axis.set_title("\u4e2a")  # a Simplified character that the font leaves out
    with pytest.warns(UserWarning, match="missing from font"):
        plots.png(figure)
    plt.close(figure)


def test_show_puts_alt_text_into_the_page(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: shown.append(data))
    figure = plots.image_grid(torch.zeros(4, 784))
    plots.show(figure, "四張「灰」圖", 'four "grey" images')
    page = shown[0]["text/html"]
    assert re.search(r'alt="四張「灰」圖 · four &quot;grey&quot; images"', page)
    assert "四張" in shown[0]["text/plain"]
    assert not plt.fignum_exists(figure.number)


def test_image_grid_shows_each_image(tmp_path):
    images = torch.full((3, 1, 28, 28), -1.0)
    images[1] = 1
    figure = plots.image_grid(images, columns=3, titles=["a", "b", "c"])
    shown = [axis.images[0].get_array() for axis in figure.axes]
    assert [image.mean() for image in shown] == [-1, 1, -1]
    assert [axis.get_title() for axis in figure.axes] == ["a", "b", "c"]
    (tmp_path / "grid.png").write_bytes(plots.png(figure))
    with Image.open(tmp_path / "grid.png") as picture:
        assert np.asarray(picture.convert("L")).std() > 10
    plt.close(figure)


@pytest.mark.parametrize("count", [1, 499, 5000])
def test_loss_curves_draw_a_run_of_any_length(count):
    figure = plots.loss_curves(np.full(count, 1.4), np.full(count, 0.7), batches=29)
    lines = figure.axes[0].lines
    assert len(lines) == 2 and all(1 <= len(line.get_xdata()) <= 500 for line in lines)
    assert np.allclose(lines[0].get_ydata(), 1.4) and np.allclose(lines[1].get_ydata(), 0.7)
    assert lines[0].get_linestyle() != lines[1].get_linestyle()
    plt.close(figure)


def test_watch_passes_everything_on_and_shows_the_end(monkeypatch):
    from gan_lesson.training import Progress

    boxes = []
    monkeypatch.setattr("gan_lesson.widgets.live.show_live", boxes.append)
    records = [Progress(0, 1, batch, 5, 1.0, 2.0) for batch in range(5)]
    figures = []

    def picture():
        figures.append(plots.image_grid(torch.zeros(1, 784)))
        return figures[-1]

    assert list(watch(iter(records), picture, every=100)) == records
    bar, text, image = boxes[0].children
    assert (bar.value, bar.max) == (5, 5)
    assert "Batch 4/5" in text.value and "data:image/png" in image.value
    assert len(figures) == 2  # the first and the last
    assert list(watch(iter([]), picture)) == []
