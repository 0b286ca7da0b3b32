"""What all instruments share: two languages, one thread at most, one life a run of the cell."""

import html
import threading
import weakref

import anywidget
import ipywidgets
import traitlets
from IPython import get_ipython
from IPython.display import display

from gan_lesson import BilingualError
from gan_lesson.widgets import drawing


class Language(traitlets.HasTraits):
    """The language that instruments speak in this notebook: "zh", "en" or "both"."""

    choice = traitlets.Enum(("zh", "en", "both"), "both")


LANGUAGE = Language()


def say(zh, en):
    """The sentence in the chosen language; in both, side by side, where both are chosen."""
    return {"zh": zh, "en": en, "both": zh if zh == en else f"{zh} · {en}"}[LANGUAGE.choice]


def show_live(widget):
    """Show a widget below the cell, and nothing that would be stored without it."""
    view = {"version_major": 2, "version_minor": 0, "model_id": widget.model_id}
    display({"application/vnd.jupyter.widget-view+json": view}, raw=True)


class Helper(anywidget.AnyWidget):
    """What core widgets leave out, for everything in the same instrument: names that a screen
    reader can say for the sliders' handles, and keys that stay out of the notebook's shortcuts.

    views: the page's own sign for each view of the instrument; one that is reloaded gets another
    sign, and what the page before left no longer counts.
    """

    views = traitlets.List().tag(sync=True)

    _css = drawing.STYLE
    _esm = """
    const controls = "button, input, select, textarea, a, [tabindex], [contenteditable]";
    function help(root) {
        for (const control of root.querySelectorAll(controls))
            control.dataset.lmSuppressShortcuts = "true";
        for (const handle of root.querySelectorAll(".noUi-handle")) {
            const label = handle.closest(".widget-inline-hbox")?.querySelector(".widget-label");
            if (label && handle.getAttribute("aria-label") !== label.textContent)
                handle.setAttribute("aria-label", label.textContent);
        }
    }
    const page = (globalThis.ganLessonPage ??= Math.random().toString(36).slice(2));
    function render({ model, el }) {
        let observer;
        const view = (change) => {
            model.set("views", change(model.get("views")));
            model.save_changes();
        };
        view((views) => [...views.filter((sign) => sign === page), page]);
        const start = () => {
            const root = el.closest(".gan-instrument");
            if (!root) {  // not in the page yet
                frame = requestAnimationFrame(start);
                return;
            }
            help(root);
            observer = new MutationObserver(() => help(root));
            observer.observe(root, { childList: true, subtree: true, characterData: true });
        };
        let frame = requestAnimationFrame(start);
        el.style.display = "none";
        return () => {
            cancelAnimationFrame(frame);
            observer?.disconnect();
            view((views) => views.filter((_, index) => index !== views.indexOf(page)));
        };
    }
    export default { render };
    """


class Instrument:
    """Controls and pictures in one box below a cell.

    Controls are plain attributes. Running the cell again closes what it showed before, and so does
    closing or deleting its output in the page. lock: held by whoever draws or tells, in the thread
    or outside it; nobody waits for a thread while holding it.
    """

    def __init__(self, *children):
        self.message, self._told = ipywidgets.HTML(), ("", "", False)
        self._texts = []  # (widget, trait, zh, en): what follows the chosen language
        self._menus = []  # (menu, names, chosen): the same for entries
        self._thread, self._stopping = None, threading.Event()
        self.lock, self.closed = threading.RLock(), False
        self.helper = Helper()
        self.box = ipywidgets.VBox([self.helper, *children, self.message])
        self.box.add_class("gan-instrument")
        self.helper.observe(self._look_for_viewers, "views")
        LANGUAGE.observe(self._speak, "choice")
        _begin_life(self)

    def _ipython_display_(self):
        show_live(self.box)

    def text(self, widget, zh, en, trait="description"):
        """Let a text of a widget follow the chosen language; returns the widget."""
        self._texts.append((widget, trait, zh, en))
        setattr(widget, trait, say(zh, en))
        return widget

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
            self.draw()

    def draw(self):
        """Draw and write anew what depends on the state or the language; instruments fill it in."""

    def tell(self, zh, en, error=False):
        """Show a sentence below the instrument, which screen readers read out; "" takes it away."""
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


_lives = {}  # cell id -> the run of that cell, and the instruments it made


def _begin_life(instrument):
    """Close what an earlier run of the same cell left, and note this one."""
    shell = get_ipython()
    parent = shell.get_parent() if hasattr(shell, "get_parent") else {}
    cell = parent.get("metadata", {}).get("cellId")
    if cell is None:
        return
    run = parent["header"]["msg_id"]
    earlier, instruments = _lives.get(cell, (run, []))
    if earlier != run:
        for old in (reference() for reference in instruments):
            if old:
                old.close()
        instruments = []
    _lives[cell] = (run, [*instruments, weakref.ref(instrument)])
