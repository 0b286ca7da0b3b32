"""nbconvert's LaTeX and HTML of a lesson hold every picture, wherever they are written."""

import io
import re
from base64 import b64decode

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest
from nbconvert import Exporter, HTMLExporter, LatexExporter
from PIL import Image
from traitlets.config import Config

from gan_lesson import export, plots


@pytest.fixture
def lesson(tmp_path, monkeypatch):
    """A notebook with a figure in two languages, a figure in one, and a linked picture."""
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: shown.append(data))
    for title in ("損失 · loss", "784"):
        with plt.rc_context(plots.style()):
            figure, axis = plt.subplots(figsize=(2, 1))
            axis.set_title(title)
            plots.show(figure, "一張圖", "a figure")
    (tmp_path / "images").mkdir()
    Image.new("RGB", (3, 2), "red").save(tmp_path / "images" / "link.webp", lossless=True)
    outputs = [nbformat.v4.new_output("display_data", data) for data in shown]
    cells = [
        nbformat.v4.new_code_cell("draw()", outputs=outputs),
        nbformat.v4.new_markdown_cell("![a link](../images/link.webp) ![none](gone.png)"),
    ]
    file = tmp_path / "notebooks" / "lesson.ipynb"
    file.parent.mkdir()
    nbformat.write(nbformat.v4.new_notebook(cells=cells), file)
    return file


def config():
    c = Config()
    exec(export.SETTING, {"c": c})
    return c


def test_latex_has_every_picture_as_a_file_of_its_own(lesson):
    latex, path = LatexExporter(config=config()), {"metadata": {"path": str(lesson.parent)}}
    # what LaTeX is made of, which takes pandoc
    made, resources = Exporter.from_notebook_node(latex, nbformat.read(lesson, 4), path)
    pictures = resources["outputs"]
    named = [output.metadata["filenames"]["image/png"] for output in made.cells[0].outputs]
    (link,) = [name for name in pictures if name not in named]
    assert len(pictures) == 3 and f"![a link]({link}) ![none](gone.png)" == made.cells[1].source
    for content in pictures.values():
        with Image.open(io.BytesIO(content)) as picture:
            assert picture.format == "PNG"
    page = made.cells[0].outputs[0].data["text/html"]  # Chinese, then English
    (chinese, _), figure = re.findall(r'base64,([^"]+)"', page), pictures[named[0]]
    sides = [Image.open(io.BytesIO(each)).convert("RGB") for each in (b64decode(chinese), figure)]
    assert (np.asarray(sides[0]) == np.asarray(sides[1])).all()
    with Image.open(io.BytesIO(pictures[link])) as picture:
        assert (np.asarray(picture) == (255, 0, 0)).all()


def test_html_carries_every_picture_in_itself(lesson):
    body, _ = HTMLExporter(config=config()).from_filename(str(lesson))
    assert body.count("data:image/webp;base64,") == 3  # one figure in two languages, one in one
    assert '<img alt="a link" src="data:image/png;base64,' in body and "link.webp" not in body


def test_nbconvert_and_the_lab_are_told(tmp_path, monkeypatch):
    monkeypatch.setattr("sys.prefix", str(tmp_path))
    (setting,) = export.settings()
    assert export.HERE in setting and "ExtractOutputPreprocessor" in setting
    file = tmp_path / "etc" / "jupyter" / "jupyter_nbconvert_config.py"
    assert file.read_text() == export.SETTING
    file.write_text("mine")
    export.settings()
    assert file.read_text() == "mine"
