"""What all instruments share: two languages, one thread at most, one life a run of the cell."""

import contextlib
import html
import threading
import weakref
from pathlib import Path

import anywidget
import ipywidgets
import traitlets
from IPython import get_ipython
from IPython.display import HTML, display

from gan_lesson import BilingualError
from gan_lesson.plots import FAKE, QUIET, REAL


class Language(traitlets.HasTraits):
    """The language that instruments speak in this notebook: "zh", "en" or "both"."""

    choice = traitlets.Enum(("zh", "en", "both"), "both")


LANGUAGE = Language()


def say(zh, en):
    """The sentence in the chosen language; in both, side by side, where both are chosen."""
    return {"zh": zh, "en": en, "both": zh if zh == en else f"{zh} · {en}"}[LANGUAGE.choice]


def show_live(widget):
    """Show a widget below the cell, and nothing that would be stored without it.

    In a notebook that a person opened there follows a sentence, seen only while the widget is not:
    a notebook keeps no widget, and would show an error of its own when it is opened again.
    """
    view = {"version_major": 2, "version_minor": 0, "model_id": widget.model_id}
    display({"application/vnd.jupyter.widget-view+json": view}, raw=True)
    if _running_cell()[0]:
        display(HTML(AGAIN))


class Helper(anywidget.AnyWidget):
    """The part of an instrument that lives in the page, and there lasts longer than the kernel.

    views: the page's own sign for each view of the instrument; one that is reloaded gets another
    sign, and what the page before left no longer counts. grid: the CSS grid-template of Present,
    "" for no such button. words: what the page itself says, in the chosen language.
    """

    views = traitlets.List().tag(sync=True)
    grid = traitlets.Unicode().tag(sync=True)
    words = traitlets.Dict().tag(sync=True)

    _css = f".gan-instrument {{ --gan-real: {REAL}; --gan-fake: {FAKE}; --gan-quiet: {QUIET}; }}"
    _css += (Path(__file__).parent / "instrument.css").read_text("utf-8")
    _esm = (Path(__file__).parent / "helper.js").read_text("utf-8")


class Instrument:
    """Controls and pictures in one box below a cell.

    Controls are plain attributes. Running the cell again closes what it showed before, and so does
    closing or deleting its output in the page. lock: held by whoever draws or tells, in the thread
    or outside it; nobody waits for a thread while holding it.

    buttons: they stand in the first row, with the message beside them; its grid_area is "bar".
    present: the grid-template of the parts over the whole window, where each part has its
    layout.grid_area; a box of the class gan-open gives its parts a place each. A part of the class
    gan-fill shows one picture, as large as its place. None: no Present, and no place for messages.
    """

    def __init__(self, *children, buttons=(), present=None):
        message = ipywidgets.HTML(tabbable=True)  # so that the keyboard scrolls a long one
        self.message, self._told = part(message, "gan-said"), ("", "", False)
        self._texts = []  # (widget, trait, zh, en): what follows the chosen language
        self._menus = []  # (menu, names, chosen): the same for entries
        self._thread, self._stopping, self.settling = None, threading.Event(), False
        self.lock, self.closed = threading.RLock(), False
        self.helper = Helper(grid=present or "", words=page_words())
        bar = ipywidgets.HBox([*buttons, self.helper, self.message])
        bar = part(bar, "gan-bar", grid_area="bar")
        self.box = part(ipywidgets.VBox([bar, *children]), "gan-instrument")
        self.helper.observe(self._look_for_viewers, "views")
        self.helper.on_msg(lambda helper, content, buffers: self.pointed(**content))
        LANGUAGE.observe(self._speak, "choice")
        _begin_life(self)

    def _ipython_display_(self):
        show_live(self.box)

    def text(self, widget, zh, en, trait="description"):
        """Let a text of a widget follow the chosen language."""
        self._texts.append((widget, trait, zh, en))
        setattr(widget, trait, say(zh, en))

    def name(self, controls, **names):
        """Let the names of controls, attributes of `controls`, follow the chosen language."""
        for control, words in names.items():
            self.text(getattr(controls, control), *words)

    def entries(self, menu, names, chosen):
        """Let the entries of a menu follow the chosen language.

        names: {value: (zh, en)}, for the values that the menu has. chosen(change): what a choice
        does; a new language is no choice, and leaves what is chosen.
        """
        self._menus.append((menu, names, chosen))
        menu.observe(chosen, "value")
        _name_entries(menu, names, chosen)

    def _speak(self, change):
        with self.lock:
            for widget, trait, zh, en in self._texts:
                setattr(widget, trait, say(zh, en))
            for menu, names, chosen in self._menus:
                _name_entries(menu, names, chosen)
            self.tell(*self._told)
            self.helper.words = page_words()
            self.draw()

    @contextlib.contextmanager
    def settle(self):
        """Move several controls at once: with the lock held, and `settling` True meanwhile."""
        with self.lock:
            self.settling = True
            try:
                yield
            finally:
                self.settling = False

    def draw(self):
        """Draw and write anew what depends on the state or the language; instruments fill it in."""

    def pointed(self, point, path, first):
        """A press or a part of a stroke on what is drawn with data-point=point; filled in likewise.

        path: places [x, y], shares of a picture or units of a drawing. first: whether it begins.
        """

    def tell(self, zh, en, error=False):
        """Show a sentence beside the buttons, which screen readers read out; "" takes it away."""
        role = "alert" if error else "status"
        with self.lock:
            self._told = zh, en, error
            text = html.escape(f"{'⚠ ' if error else ''}{say(zh, en)}") if zh else ""
            self.message.value = f'<div role="{role}" class="gan-message">{text}</div>'

    def complain(self, error):
        """Show what an error says; the course's own say it in both languages."""
        if isinstance(error, BilingualError):
            self.tell(error.zh, error.en, error=True)
        else:
            what = f"{type(error).__name__}: {error}"
            zh, en = f"出了沒料到的錯：{what}", f"something unforeseen went wrong: {what}"
            self.tell(zh, en, error=True)

    def work(self, task):
        """Run task(stopping) in a thread, once the thread before has ended.

        stopping: an Event; the task looks at it often and returns soon after it is set. An error in
        the task is shown in the instrument, unless it was asked to stop before.
        """
        self.stop_work()
        before, stopping = self._thread, threading.Event()

        def run():
            if before:
                before.join()
            try:
                if not stopping.is_set():
                    task(stopping)
            except Exception as error:  # whatever went wrong is said where the student looks
                with self.lock:
                    if not stopping.is_set():
                        self.complain(error)

        self._stopping = stopping
        self._thread = threading.Thread(target=run, daemon=True, name=type(self).__name__)
        self._thread.start()

    def stop_work(self):
        """Ask the thread to end; returns at once."""
        self._stopping.set()

    @property
    def working(self):
        """Whether a thread is at work and has not been asked to stop."""
        return bool(self._thread) and self._thread.is_alive() and not self._stopping.is_set()

    def wait(self, seconds=None):
        """Wait until the thread has ended; True if it has."""
        if self._thread:
            self._thread.join(seconds)
        return not (self._thread and self._thread.is_alive())

    def close(self):
        """End the thread and take the instrument from the page; a second time changes nothing."""
        self.stop_work()
        with self.lock:
            if not self.closed:
                self.closed = True
                LANGUAGE.unobserve(self._speak, "choice")
                close_all(self.box)

    def _look_for_viewers(self, change):
        if not change.new:
            self.stop_work()


def part(widget, *classes, **layout):
    """The widget, with these CSS classes and these settings of its layout."""
    for name in classes:
        widget.add_class(name)
    for name, value in layout.items():
        setattr(widget.layout, name, value)
    return widget


def _name_entries(menu, names, chosen):
    """New names for a menu's values; the menu goes by its first value on the way, unheard."""
    kept = menu.value
    menu.unobserve(chosen, "value")
    menu.options = [(say(*name), value) for value, name in names.items()]
    menu.value = kept
    menu.observe(chosen, "value")


def close_all(widget):
    """Close a widget and all that it holds; ipywidgets keeps whatever is not closed."""
    for child in getattr(widget, "children", ()):
        close_all(child)
    for part in (getattr(widget, "style", None), getattr(widget, "layout", None), widget):
        if part is not None:
            part.close()


def page_words():
    """What the page itself has to say in the chosen language, with or without a kernel."""
    words = {
        "present": ("放大", "Present"),
        "leave": ("縮回（Esc）", "Back (Esc)"),
        "gone": ("核心已經停了，請再執行這一格", "The kernel has ended: run this cell again"),
        "busy": (
            "核心正在忙別的格子，忙完才輪到這裡",
            "The kernel is busy with another cell; this comes right after it",
        ),
    }
    return {name: say(*sentence) for name, sentence in words.items()}


# Seen where the widget is not, in place of what the page says of a widget that is gone.
AGAIN = """<style>
.gan-again { animation: gan-again 3s; }
@keyframes gan-again { from, 90% { opacity: 0; } }
.jp-OutputArea:has(.jupyter-widgets *) .gan-again { display: none; }
.jp-OutputArea:has(.gan-again) .jp-OutputArea-output:not(:has(*)) { display: none; }
</style><div class="gan-again">▶ 上面若是空的，請再執行這一格。 ·
If nothing stands above, run this cell again.</div>"""


_lives = {}  # cell id -> the run of that cell, and the instruments it made


def _running_cell():
    """The id of the cell that runs now and that of its run; None where no person opened it."""
    shell = get_ipython()
    parent = shell.get_parent() if hasattr(shell, "get_parent") else {}
    return parent.get("metadata", {}).get("cellId"), parent.get("header", {}).get("msg_id")


def _begin_life(instrument):
    """Close what an earlier run of the same cell left, and note this one."""
    cell, run = _running_cell()
    if cell is None:
        return
    earlier, instruments = _lives.get(cell, (run, []))
    if earlier != run:
        for old in (reference() for reference in instruments):
            if old:
                old.close()
        instruments = []
    _lives[cell] = (run, [*instruments, weakref.ref(instrument)])
