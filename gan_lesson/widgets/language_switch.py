"""The switch at the top of every lesson: 中文, English, or both."""

from pathlib import Path

import ipywidgets
import matplotlib.pyplot as plt
from jupyter_core.paths import jupyter_data_dir

from gan_lesson import plots
from gan_lesson.widgets.instrument import LANGUAGE, Instrument

OTHER = {"zh": ["en"], "en": ["zh-Hant"], "both": []}  # what a choice hides


def language_switch():
    """Show the switch. It hides the other language in this notebook, and in the next one too.

    Figures are drawn with `plots.style()` from here on: Chinese characters are no boxes.
    """
    plt.rcParams.update(plots.style())
    return LanguageSwitch()


class LanguageSwitch(Instrument):
    """choice: ToggleButtons, "zh", "en" or "both"; what was chosen last in any lesson stands."""

    def __init__(self):
        self.choice = ipywidgets.ToggleButtons(
            options=[("中文", "zh"), ("English", "en"), ("中文 · English", "both")],
            value=_remembered(),
            description="語言 · Language",
            style={"description_width": "initial", "button_width": "initial"},
        )
        self.style = ipywidgets.HTML()
        super().__init__(self.style, buttons=[self.choice])
        self.choice.observe(lambda change: self._choose(), "value")
        self._choose()

    def _choose(self):
        LANGUAGE.choice = self.choice.value
        speaks = f"gan-speaks-{self.choice.value}"
        # Only in the notebook that holds this switch: another lesson may be open beside it.
        self.style.value = (
            f"<span class={speaks}></span><style>"
            + "".join(
                f".jp-Notebook:has(.{speaks}) [lang={hidden}] {{ display: none; }}"
                for hidden in OTHER[self.choice.value]
            )
            + "</style>"
        )
        _remember(self.choice.value)


def _file():
    return Path(jupyter_data_dir()) / "gan_lesson" / "language"


def _remembered():
    try:
        found = _file().read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return "both"
    return found if found in OTHER else "both"


def _remember(choice):
    try:
        _file().parent.mkdir(parents=True, exist_ok=True)
        _file().write_text(choice, "utf-8")
    except OSError:
        pass  # a folder that cannot be written to: the choice holds for this lesson
