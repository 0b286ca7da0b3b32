"""What every instrument has from its base, without a browser."""

import re
from types import SimpleNamespace

import ipywidgets
import pytest

from gan_lesson.widgets import instrument as base
from gan_lesson.widgets.drawing import Curve, chart
from gan_lesson.widgets.instrument import LANGUAGE, Instrument


@pytest.fixture(autouse=True)
def both_languages():
    yield
    LANGUAGE.choice = "both"


def test_the_message_stands_beside_the_buttons():
    press, picture = ipywidgets.Button(), ipywidgets.HTML()
    instrument = Instrument(picture, buttons=[press], present='"bar" "picture"')
    bar, below = instrument.box.children
    assert bar.children == (press, instrument.helper, instrument.message) and below is picture
    assert bar.layout.grid_area == "bar" and instrument.helper.grid == '"bar" "picture"'
    instrument.close()


def test_the_page_speaks_the_chosen_language():
    instrument = Instrument()
    LANGUAGE.choice = "en"
    assert instrument.helper.words["gone"] == "The kernel has ended: run this cell again"
    LANGUAGE.choice = "zh"
    assert "再執行這一格" in instrument.helper.words["gone"]
    instrument.close()


@pytest.mark.parametrize("metadata, shown", [({"cellId": "one"}, 2), ({}, 1)])
def test_a_sentence_stays_in_the_notebook_that_a_person_runs(monkeypatch, metadata, shown):
    """And not in one that nbclient or nbval runs, whose outputs are stored and compared."""
    parent, outputs = {"metadata": metadata, "header": {"msg_id": "first"}}, []
    monkeypatch.setattr(base, "get_ipython", lambda: SimpleNamespace(get_parent=lambda: parent))
    monkeypatch.setattr(base, "display", lambda *output, **how: outputs.extend(output))
    widget = ipywidgets.HTML()
    base.show_live(widget)
    assert len(outputs) == shown and widget.model_id in str(outputs[0])
    assert shown == 1 or "run this cell again" in outputs[1].data
    widget.close()


def test_a_press_on_a_picture_reaches_the_instrument():
    heard = []

    class Heard(Instrument):
        def pointed(self, point, path, first):
            heard.append((point, path, first))

    instrument = Heard()
    stroke = {"point": "plane", "path": [[1, 2]], "first": True}
    instrument.helper._handle_custom_msg(stroke, [])
    assert heard == [("plane", [[1, 2]], True)]
    instrument.close()


def test_curves_of_different_length_share_one_scale():
    drawn = chart([Curve("a", [0, 1, 2], "red"), Curve("b", [4] * 6, "blue", "2 3")], "both <x>")
    long, short = (path.split("L") for path in re.findall(r'd="M([^"]*)"[^>]*gan-curve', drawn))
    assert long[-1].startswith("50.00 ") and short[-1].startswith("100.00 0.00")
    assert "both &lt;x&gt;" in drawn and "gan-end" not in drawn
