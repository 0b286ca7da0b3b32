"""Figures: Chinese text without boxes, alt text, and a picture that is no blank."""

import gc
import io
import logging
import re
import warnings
import weakref

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from fontTools.ttLib import TTFont
from matplotlib import font_manager
from PIL import Image

from gan_lesson import languages, plots
from gan_lesson.widgets import language_switch
from gan_lesson.widgets.live import watch


@pytest.fixture(autouse=True)
def styled():
    """As after a lesson's first cell."""
    with plt.rc_context(plots.style()):
        yield


@pytest.mark.parametrize(
    "text", ["生成器 · generator", "潛在向量 $z \\sim N(0, 1)$ − 臺灣", "α→β ≥ 1"]
)
def test_chinese_labels_render_without_a_word(text, caplog):
    figure, axis = plt.subplots()
    axis.set_title(text)
    with warnings.catch_warnings(), caplog.at_level(logging.WARNING):
        warnings.filterwarnings("error", message="Glyph")  # old versions warn of other things
        plots.png(figure)
    plt.close(figure)
    assert caplog.records == []


def test_a_missing_glyph_would_be_noticed(caplog):
    """The check above can fail: a character outside the font warns."""
    figure, axis = plt.subplots()
    axis.set_title("\U0010fffd")  # of private use: no system's font has it either
    with pytest.warns(UserWarning, match="missing from font"):
        plots.png(figure)
    plt.close(figure)


def test_rare_characters_come_from_the_systems_font(tmp_path, monkeypatch, caplog):
    """A stand-in for the font of a system: ours, where 瑄 and 翊 look like 宣 and 立."""
    fonts = font_manager.fontManager.ttflist
    monkeypatch.setattr(font_manager.fontManager, "ttflist", [*fonts])
    with TTFont(plots.FONT) as font:
        for table in font["cmap"].tables:
            table.cmap = {ord("瑄"): table.cmap[ord("宣")], ord("翊"): table.cmap[ord("立")]}
        for record in font["name"].names:
            record.string = "Microsoft JhengHei"
        font.save(tmp_path / "msjh.ttf")
    font_manager.fontManager.addfont(tmp_path / "msjh.ttf")
    families = plots.font_families()
    assert families[:3] == ["Noto Sans TC", "DejaVu Sans", "Microsoft JhengHei"]
    monkeypatch.setitem(plt.rcParams, "font.family", families)

    def drawn(title):
        figure, axis = plt.subplots()
        axis.set_title(title)
        with warnings.catch_warnings(), caplog.at_level(logging.WARNING):
            warnings.simplefilter("error")
            picture = plots.png(figure)
        plt.close(figure)
        return picture

    assert drawn("陳瑄、林翊") == drawn("陳宣、林立") != drawn("陳宣、林一")
    assert caplog.records == []


def test_only_fonts_that_are_there_are_asked():
    known = {font.name for font in font_manager.fontManager.ttflist}
    assert plots.font_families()[:2] == ["Noto Sans TC", "DejaVu Sans"]
    assert set(plots.font_families()) <= known


def test_a_font_installed_since_is_found(tmp_path, monkeypatch):
    """matplotlib keeps its list of fonts for ever, as on the server where one is added later."""
    manager = font_manager.fontManager
    ours = [font for font in manager.ttflist if font.name not in plots.SYSTEM_FONTS]
    monkeypatch.setattr(manager, "ttflist", ours)
    monkeypatch.setattr(font_manager, "findSystemFonts", list)
    assert plots.font_families() == ["Noto Sans TC", "DejaVu Sans"]
    with TTFont(plots.FONT) as font:
        for record in font["name"].names:
            record.string = "Noto Sans CJK TC"
        font.save(tmp_path / "NotoSansCJK-Regular.ttc")
    monkeypatch.setattr(
        font_manager, "findSystemFonts", lambda: [tmp_path / "NotoSansCJK-Regular.ttc"]
    )
    assert plots.font_families() == ["Noto Sans TC", "DejaVu Sans", "Noto Sans CJK TC"]


def test_show_puts_alt_text_into_the_page(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: shown.append(data))
    figure = plots.image_grid(torch.zeros(4, 784))
    plots.show(figure, "四張「灰」圖", 'four "grey" images')
    page = shown[0]["text/html"]
    assert re.search(r'alt="四張「灰」圖 · four &quot;grey&quot; images"', page)
    assert "四張" in shown[0]["text/plain"]
    assert not plt.fignum_exists(figure.number)


def test_show_draws_a_figure_with_words_once_in_each_language(monkeypatch):
    shown, drawn = [], []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: shown.append(data))
    figure, axis = plt.subplots(figsize=(4, 3))
    axis.set_xticks([0, 1], ["真 · real", "第 3 步 · step 3"])
    axis.annotate("不知道 · undecided", (0, 0.5))
    figure.suptitle("損失\n回合 · epoch 3")
    monkeypatch.setattr(plots, "small", lambda picture: drawn.append(picture) or picture)
    plots.show(figure, "一條線", "one line")
    page = shown[0]["text/html"]
    alts = re.findall(r'<img lang="([\w-]+)" src="[^"]+" alt="([^"]+)" width="400">', page)
    assert alts == [("zh-Hant", "一條線"), ("en", "one line")]
    assert len(drawn) == 2 and drawn[0] != drawn[1]
    assert axis.get_xticklabels()[0].get_text() == "真 · real"  # the figure itself stays whole
    assert figure.get_suptitle() == "損失\n回合 · epoch 3"


@pytest.mark.parametrize("language", ["zh", "en", "both"])
def test_a_figure_that_is_drawn_changes_no_other(language, monkeypatch):
    """An instrument's thread draws in one language while the cell draws a figure of its own."""
    figure, other = (plots.loss_curves([1.0], [1.0]) for _ in range(2))
    legends = [each.axes[0].legend_.texts[0] for each in (figure, other)]
    found, drawing = {}, figure.savefig

    def savefig(*given, **options):
        found["meanwhile"] = [text.get_text() for text in legends]
        drawing(*given, **options)

    monkeypatch.setattr(figure, "savefig", savefig)
    plots.png(figure, language=language)
    half = {"zh": "辨別器", "en": "discriminator", "both": "辨別器 · discriminator"}[language]
    assert found["meanwhile"] == [half, "辨別器 · discriminator"]
    assert [text.get_text() for text in legends] == ["辨別器 · discriminator"] * 2


def test_the_first_cell_lets_every_figure_write_chinese(monkeypatch):
    monkeypatch.setattr("gan_lesson.widgets.language_switch.LanguageSwitch", lambda: None)
    with plt.rc_context():
        plt.rcdefaults()
        plain = plots.png(plots.loss_curves([1.0], [1.0]))
        assert plt.rcParams["font.family"] == ["sans-serif"]
        language_switch.language_switch()
        assert plt.rcParams["font.family"] == plots.font_families()
        assert plt.rcParams["figure.constrained_layout.use"]
        assert plots.png(plots.loss_curves([1.0], [1.0])) == plain  # nor did it need the cell


def test_a_stored_picture_is_small_and_keeps_its_pixels():
    figure = plots.loss_curves(np.sin(np.arange(300)), np.cos(np.arange(300)))
    picture = plots.png(figure, language="en")
    kept = plots.small(picture)
    assert len(kept) < 0.7 * len(picture)
    before, after = (
        np.asarray(Image.open(io.BytesIO(data)).convert("RGB"), int) for data in (picture, kept)
    )
    assert np.abs(before - after).mean() < 1
    plt.close(figure)


@pytest.mark.parametrize(
    "text, zh, en",
    [
        ("訓練回合 · epoch", "訓練回合", "epoch"),
        ("生成器 ·\ngenerator", "生成器", "generator"),
        ("GAN", "GAN", "GAN"),
        ("損失", "損失", "損失"),
        ("回合 · epoch 3", "回合 3", "epoch 3"),
        ("第 3 步 · step 3", "第 3 步", "step 3"),
        ("$p$：真 · real", "$p$：真", "$p$: real"),
        ("真 · real: $-\\log p$", "真: $-\\log p$", "real: $-\\log p$"),
        ("訓練出來的 $D$ · trained $D$", "訓練出來的 $D$", "trained $D$"),
        ("D 學過 · D has learnt", "D 學過", "D has learnt"),
        ("Fréchet 距離 · distance", "Fréchet 距離", "Fréchet distance"),
        ("「a 3」\n目標 · target: 3", "「a 3」\n目標: 3", "「a 3」\ntarget: 3"),
        (
            "生成器 · generator：12 個參數 · parameters",
            "生成器：12 個參數",
            "generator: 12 parameters",
        ),
        ("3 微秒 · µs, 每個數 · a number 5", "3 微秒, 每個數 5", "3 µs, a number 5"),
        ("步 · step（到 3 為止 · ends at 3）", "步（到 3 為止）", "step (ends at 3)"),
        ("確定 · sure 73%   距離 · spread 13.1", "確定 73%   距離 13.1", "sure 73%   spread 13.1"),
    ],
)
def test_halves_of_a_text(text, zh, en):
    assert languages.halves(text) == (zh, en)


def test_tell_shows_a_sentence_for_each_language(capsys):
    languages.tell("練好了 & 存好了", "trained & saved")
    assert "練好了 & 存好了 · trained & saved" in capsys.readouterr().out
    heard = []
    token = languages.LISTENER.set(lambda *sentence: heard.append(sentence))
    languages.tell("好", "good")  # to whoever listens, and nowhere else
    languages.LISTENER.reset(token)
    assert heard == [("好", "good")] and capsys.readouterr().out == ""
    assert (
        '<div lang="en">trained &amp; saved</div>'
        in languages.Sentence("練好了", "trained & saved")._repr_html_()
    )


def test_image_grid_shows_each_image(tmp_path):
    images = torch.full((3, 1, 28, 28), -1.0)
    images[1] = 1
    figure = plots.image_grid(images, columns=3, titles=["a", "b", "c"])
    shown = [axis.images[0].get_array() for axis in figure.axes]
    assert [image.mean() for image in shown] == [-1, 1, -1]
    assert {axis.images[0].get_clim() for axis in figure.axes} == {(-1, 1)}  # grey stays grey
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
    bar, text, image, _ = boxes[0].children
    assert (bar.value, bar.max) == (5, 5)
    assert "Batch 4/5" in text.value and "data:image/png" in image.value
    assert len(figures) == 2  # the first and the last
    assert list(watch(iter([]), picture)) == []

    def training():
        try:
            yield from records
        finally:
            boxes.append("saved")

    progress = training()  # held on to, as by the traceback of a student's ■
    for _ in watch(progress, picture):
        break
    assert boxes[-1] == "saved"

    drawn = iter([plots.image_grid(torch.zeros(1, 784))])

    def stopped():
        for figure in drawn:
            return figure
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as caught:  # a student's ■ while it draws
        list(watch(iter(records), stopped, every=0))
    assert caught.value._render_traceback_()[1].startswith("stopped in epoch 0, batch ")


def test_a_watched_training_keeps_no_figure(monkeypatch):
    """A notebook's backend would hold each until the cell ends: 2 MB a picture."""
    from gan_lesson.training import Progress

    monkeypatch.setattr("gan_lesson.widgets.live.show_live", lambda box: None)
    drawn = []

    def picture():
        drawn.append(weakref.ref(figure := plots.image_grid(torch.zeros(1, 784))))
        return figure

    plt.switch_backend("module://matplotlib_inline.backend_inline")
    try:
        with plt.ion():
            list(watch(iter([Progress(0, 1, 0, 1, 1.0, 2.0)] * 2), picture, every=0))
        gc.collect()
        assert len(drawn) == 2 and not any(figure() for figure in drawn)
    finally:
        plt.switch_backend("agg")
