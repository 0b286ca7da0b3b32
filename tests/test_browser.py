"""The lessons and their instruments in a real browser, used as a student and a teacher would."""

import io
import re

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from browser_pages import (
    MISSING,
    Lesson,
    find_browser,
    launched,
    serving,
    wait_for,
    write_notebook,
)
from PIL import Image
from playwright.sync_api import sync_playwright
from test_notebooks import LESSONS

pytestmark = pytest.mark.skipif(not find_browser(), reason=MISSING)

LAB = "from gan_lesson.widgets.latent_dim_lab import latent_dim_lab\nlab = latent_dim_lab()\nlab"
THEATRE = (
    "from gan_lesson.widgets.training_step_theatre import training_step_theatre\n"
    "theatre = training_step_theatre()\ntheatre"
)
EXPLORER = (
    "from gan_lesson.widgets.latent_explorer import latent_explorer\n"
    "explorer = latent_explorer()\nexplorer"
)
SHAPES = (
    "from gan_lesson.widgets.shape_explorer import shape_explorer\n"
    "shapes = shape_explorer()\nshapes"
)
SWITCH = (
    "from gan_lesson.widgets.language_switch import language_switch\n"
    "switch = language_switch()\nswitch"
)


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright, launched(playwright) as browser:
        yield browser


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("course")


@pytest.fixture(scope="module")
def lab(folder):
    with serving(folder) as address:
        yield address


@pytest.fixture
def page(browser):
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    yield context.new_page()
    context.close()


@pytest.fixture
def scratch(page, folder, lab, request):
    """A notebook of its own for a test: give it the cells, get the lesson, all cells run."""

    def open_notebook(*cells):
        name = re.sub(r"\W", "_", request.node.name)
        write_notebook(folder, name, *cells)
        lesson = Lesson(page, lab(name))
        opened.append(lesson)
        lesson.run_all()
        assert lesson.errors() == []
        return lesson

    opened = []
    yield open_notebook
    opened[0].shut_down()


def pixels(locator):
    """What a part of the page shows, as numbers."""
    return np.asarray(Image.open(io.BytesIO(locator.screenshot())).convert("L"), dtype=float)


def serious(page, where=".gan-instrument"):
    """What axe-core finds in our own output that a person with a disability would stumble over."""
    found = Axe().run(page, context=where).response["violations"]
    return [
        (violation["id"], [node["html"][:200] for node in violation["nodes"]])
        for violation in found
        if violation["impact"] in ("serious", "critical")
    ]


def assert_accessible(page):
    """No serious finding; the names of the sliders come a moment after the sliders."""
    wait_for(lambda: page.locator(".noUi-handle:not([aria-label])").count() == 0, what="names")
    assert serious(page) == []


def test_laboratory_trains_and_compares(scratch):
    lesson = scratch(SWITCH, LAB)
    page, box = lesson.page, lesson.instrument(1)
    picture = box.locator("img.gan-picture").first
    epochs = lesson.handle("epochs", box)

    lesson.button("Start", box).click()
    picture.wait_for()
    noise = pixels(picture)
    wait_for(lambda: abs(pixels(picture) - noise).mean() > 10, what="another picture")
    lesson.screenshot("laboratory-training")

    lesson.button("Stop", box).click()
    cards = box.locator(".gan-card")
    wait_for(lambda: cards.count() == 1, what="the stopped run")

    handle = lesson.handle("latent_dim", box)
    handle.focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    wait_for(lambda: lesson.python("print(lab.latent_dim.value)") == "2", what="latent_dim 2")
    epochs.focus()
    page.keyboard.press("Home")
    for _ in range(9):
        page.keyboard.press("ArrowRight")
    wait_for(lambda: lesson.python("print(lab.epochs.value)") == "10", what="10 epochs")
    lesson.button("Start", box).click()
    wait_for(lambda: cards.count() == 2, what="the second run")
    assert "latent_dim 2" in cards.nth(1).inner_text()
    difference = pixels(cards.nth(0).locator("img")) - pixels(cards.nth(1).locator("img"))
    assert abs(difference).mean() > 10

    lesson.button("Copy settings", box).nth(1).click()
    copied = wait_for(lambda: page.evaluate("navigator.clipboard.readText()"), what="the clipboard")
    assert copied == "config = TrainingConfig(dataset='digits', latent_dim=2, epochs=10)"
    lesson.button("Save the picture", box).nth(1).click()
    said = wait_for(
        lambda: re.search(r"saved as (.+\.png)", box.inner_text()), what="where it was saved"
    )
    lesson.python(f"import pathlib; pathlib.Path({said[1]!r}).unlink()")
    lesson.screenshot("laboratory-compared")
    assert_accessible(page)


def threads(lesson):
    """How many threads of instruments live in the kernel."""
    return int(
        lesson.python(
            "import threading; from gan_lesson.widgets.instrument import Instrument\n"
            "kinds = {kind.__name__ for kind in Instrument.__subclasses__()}\n"
            "print(sum(thread.name in kinds for thread in threading.enumerate()))"
        )
    )


def shown(lesson, language):
    """How many pieces of prose in a language ("zh-Hant" or "en") the page shows."""
    return lesson.do(
        f"""return [...panel.node.querySelectorAll('[lang={language}]')]
            .filter(part => getComputedStyle(part).display !== 'none').length"""
    )


def to_the_end(lesson):
    """Scroll to the last cell, as a reader does, and wait until the page has followed."""
    lesson.do("await panel.content.scrollToItem(panel.content.widgets.length - 1, 'end')")
    last = lesson.page.locator(".jp-Notebook .jp-Cell").last
    wait_for(last.is_visible, what="the last cell")


def test_language_switch_hides_the_other_language(page, lab):
    lesson = Lesson(page, lab("04_training_loop"))
    to_the_end(lesson)
    both = shown(lesson, "zh-Hant")
    assert both == shown(lesson, "en") > 3
    lesson.run_cell(1)
    for name, kept, hidden in (("中文", "zh-Hant", "en"), ("English", "en", "zh-Hant")):
        page.get_by_role("button", name=name, exact=True).click()
        wait_for(lambda hidden=hidden: shown(lesson, hidden) == 0, what=name)
        to_the_end(lesson)
        assert shown(lesson, hidden) == 0 and shown(lesson, kept) >= both
        lesson.do("await panel.content.scrollToItem(0, 'start')")
    lesson.screenshot("language-english")

    lesson.run_cell(1)  # again
    wait_for(lambda: shown(lesson, "zh-Hant") == 0, what="the language after running it again")

    lesson.command("docmanager:save")
    page.reload()  # the kernel lives on, and so does the switch
    lesson.wait_for_kernel()
    wait_for(lambda: shown(lesson, "zh-Hant") == 0, what="the language after opening it again")
    to_the_end(lesson)
    assert shown(lesson, "zh-Hant") == 0 < shown(lesson, "en")

    # The next lesson remembers; and, beside the first one in the same page, chooses for itself.
    page.evaluate(
        "void window.jupyterapp.commands.execute('docmanager:open',"
        "{ path: 'notebooks/03_models.ipynb' })"
    )
    wait_for(lambda: lesson.do("return panel.context.path").endswith("03_models.ipynb"))
    lesson.wait_for_kernel()
    lesson.run_cell(1)
    wait_for(lambda: shown(lesson, "zh-Hant") == 0 < shown(lesson, "en"), what="the next lesson")
    here = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")
    here.get_by_role("button", name="中文", exact=True).click()
    wait_for(lambda: shown(lesson, "en") == 0 < shown(lesson, "zh-Hant"), what="Chinese again")
    here.get_by_role("button", name="中文 · English").click()
    wait_for(lambda: shown(lesson, "en") == shown(lesson, "zh-Hant") > 20, what="both")


def test_labels_follow_the_language(scratch):
    lesson = scratch(SWITCH, LAB)
    box = lesson.instrument(1)
    assert "潛在維度 · latent_dim" in box.inner_text()
    lesson.page.get_by_role("button", name="中文", exact=True).click()
    wait_for(lambda: "開始" in box.inner_text() and "Start" not in box.inner_text())
    assert lesson.handle("^潛在維度$", box).count() == 1
    lesson.page.get_by_role("button", name="中文 · English").click()
    wait_for(lambda: "開始 · Start" in box.inner_text())


def test_two_laboratories_at_once(scratch):
    lesson = scratch(LAB, LAB.replace("lab =", "other =").replace("\nlab", "\nother"))
    boxes = lesson.instrument(0), lesson.instrument(1)
    lesson.python("other.latent_dim.value = 2; lab.epochs.value = other.epochs.value = 400")
    for box in boxes:
        lesson.button("Start", box).click()
    pictures = [box.locator("img.gan-picture").first for box in boxes]
    for picture in pictures:
        before = picture.get_attribute("src")
        wait_for(lambda p=picture, b=before: p.get_attribute("src") != b, what="both to move")
    lesson.button("Stop", boxes[0]).click()
    wait_for(lambda: boxes[0].locator(".gan-card").count() == 1, what="the first to stop")
    before = pictures[1].get_attribute("src")
    wait_for(lambda: pictures[1].get_attribute("src") != before, what="the second to go on")
    assert lesson.python("print(lab.working, other.working)") == "False True"
    lesson.screenshot("two-laboratories")
    lesson.button("Stop", boxes[1]).click()
    wait_for(lambda: threads(lesson) == 0, what="no thread")


@pytest.mark.parametrize("end", ["run again", "delete", "clear", "open again, then clear"])
def test_the_end_of_a_cell_ends_its_thread(scratch, end):
    lesson = scratch("import gan_lesson", LAB)
    if end == "open again, then clear":
        lesson.command("docmanager:save")
        lesson.page.reload()
        lesson.wait_for_kernel()
    lesson.python("lab.epochs.value = 400")
    lesson.button("Start").click()
    wait_for(lambda: threads(lesson) == 1, what="a thread")
    lesson.do("panel.content.activeCellIndex = 1; panel.content.mode = 'command'")
    lesson.command(
        {
            "run again": "notebook:run-cell",
            "delete": "notebook:delete-cell",
            "clear": "notebook:clear-cell-output",
            "open again, then clear": "notebook:clear-cell-output",
        }[end]
    )
    wait_for(lambda: threads(lesson) == 0, what="no thread")
    assert lesson.errors() == []


def test_kernel_restarted_in_the_middle_of_a_run(scratch):
    lesson = scratch(LAB)
    lesson.python("lab.epochs.value = 400")
    lesson.button("Start").click()
    wait_for(lambda: threads(lesson) == 1, what="a thread")
    lesson.restart()
    assert threads(lesson) == 0
    lesson.run_all()
    assert lesson.errors() == []
    lesson.button("Start").click()
    wait_for(lambda: lesson.page.locator("svg polyline").count() == 2, what="training")
    lesson.button("Stop").click()
    wait_for(lambda: lesson.page.locator(".gan-card").count() == 1, what="the run")


def tab_to(page, name):
    """Press Tab until the focus is on a control with this name."""
    named = """() => { const here = document.activeElement;
        return here.getAttribute('aria-label') || here.labels?.[0]?.textContent
            || here.textContent; }"""
    for _ in range(150):
        if re.search(name, page.evaluate(named) or ""):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the Tab key does not reach {name}")


def test_laboratory_by_keyboard_alone(page, folder, lab):
    write_notebook(folder, "keyboard", SWITCH, LAB)
    lesson = Lesson(page, lab("keyboard"))
    keys = page.keyboard
    keys.press("Shift+Enter")
    keys.press("Shift+Enter")
    box = lesson.instrument(1)
    box.wait_for()
    page.locator(".jp-Cell").last.press("Escape")
    lesson.do("panel.content.activeCellIndex = 0; panel.content.activeCell.node.focus()")
    tab_to(page, "^English$")
    keys.press("Enter")
    wait_for(lambda: "Start" in box.inner_text() and "開始" not in box.inner_text())
    tab_to(page, "^latent_dim$")
    keys.press("Home")
    keys.press("ArrowRight")
    tab_to(page, "^epochs$")
    keys.press("Home")
    keys.press("PageUp")
    tab_to(page, "^data set$")
    tab_to(page, "^Start$")
    keys.press("Space")
    wait_for(lambda: box.locator("svg polyline").count() == 2, what="training")
    tab_to(page, "^Stop$")
    keys.press("Enter")
    wait_for(lambda: box.locator(".gan-card").count() == 1, what="the stopped run")
    tab_to(page, "^Copy settings$")
    keys.press("Enter")
    assert "latent_dim=2" in wait_for(lambda: page.evaluate("navigator.clipboard.readText()"))
    assert lesson.do("return panel.content.widgets.length") <= 3  # no shortcut made or cut a cell
    lesson.shut_down()


def test_errors_appear_in_the_instrument(scratch):
    lesson = scratch(LAB)
    box = lesson.instrument()
    lesson.python("lab.batch_size.value = 2048")
    lesson.button("Start", box).click()
    alert = box.get_by_role("alert")
    alert.wait_for()
    assert "資料集只有 1797 張" in alert.inner_text() and "at most" in alert.inner_text()
    lesson.python("lab.batch_size.value = 64")
    lesson.button("Start", box).click()
    wait_for(lambda: alert.count() == 0 and box.locator("svg polyline").count() == 2)
    lesson.button("Stop", box).click()


@pytest.mark.classroom
@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_every_lesson_runs(page, lab, path):
    """From end to end where it has an instrument; else its switch, as nbval runs all the rest."""
    lesson = Lesson(page, lab(path.stem))
    if re.search(r"import \w+_(lab|explorer|theatre)\b", path.read_text("utf-8")):
        lesson.run_all()
    else:
        lesson.run_cell(1)
        lesson.wait_for_kernel()
    assert lesson.errors() == []
    lesson.screenshot(path.stem)
    assert_accessible(page)
    lesson.shut_down()


def changes(locator, act):
    """Do something, and wait until the picture there is another one."""
    before = locator.evaluate("part => part.outerHTML")
    act()
    wait_for(lambda: locator.evaluate("part => part.outerHTML") != before, what="a change")


def test_theatre_steps_forwards_and_back(scratch):
    lesson = scratch(THEATRE)
    box, keys = lesson.instrument(), lesson.page.keyboard
    plane = box.locator("svg.gan-drawing").first
    first = plane.evaluate("part => part.outerHTML")
    for name in ("D step", "G step", "Both"):
        changes(plane, lesson.button(name, box).click)
    for _ in range(3):
        changes(plane, lesson.button("Back", box).click)
    assert plane.evaluate("part => part.outerHTML") == first

    step = box.locator("[aria-current=step]")
    for number in range(1, 13):
        lesson.button("Slow motion", box).click()
        wait_for(lambda number=number: f"▶ {number} " in "".join(step.all_inner_texts()))
        if number == 5:  # typeset, with its line of code beside it
            box.locator("mjx-container, .MathJax").first.wait_for()
            assert "loss_d = minimax_discriminator_loss(" in box.inner_text()
            lesson.screenshot("theatre-slow-motion")
    assert re.search(r"D 1 · G 1", box.inner_text())

    changes(plane, lesson.button("Run", box).click)
    changes(plane, lambda: None)  # it moves by itself
    lesson.screenshot("theatre-running")
    lesson.button("Stop", box).click()
    wait_for(lambda: threads(lesson) == 0, what="the run to end")

    box.get_by_label(re.compile("real points")).select_option("我的點 · my points")
    pad = box.get_by_role("application")
    pad.wait_for()
    points = box.get_by_label(re.compile("one point a line"))
    pad.focus()
    for key in ("ArrowUp", "ArrowRight", "Enter"):
        keys.press(key)
    wait_for(lambda: "0.05, 0.05" in points.input_value(), what="the new point")
    points.fill("0.5, 0.5\nhere")
    points.blur()
    wait_for(lambda: "is no point" in box.inner_text(), what="a word about the bad line")
    points.fill("0.5, 0.5")
    points.blur()
    wait_for(lambda: pad.locator("circle").count() == 1, what="one point")
    assert_accessible(lesson.page)


def test_explorer_walks(scratch):
    lesson = scratch(EXPLORER)
    box, keys = lesson.instrument(), lesson.page.keyboard
    image = box.locator("img.gan-picture").first
    before = pixels(image)
    for name in ("direction 1", "truncation", "A to B"):
        lesson.handle(name, box).focus()
        changes(image, lambda: keys.press("PageUp"))
    assert abs(pixels(image) - before).mean() > 1
    lesson.button("spherical", box).click()
    changes(image, lesson.button("New point", box).click)
    changes(image, lesson.button("Play", box).click)
    changes(image, lambda: None)
    lesson.screenshot("explorer")
    lesson.button("Stop", box).click()
    wait_for(lambda: threads(lesson) == 0, what="the animation to end")
    assert_accessible(lesson.page)


def test_shapes_follow_the_sliders(scratch):
    lesson = scratch(SHAPES)
    box, keys = lesson.instrument(), lesson.page.keyboard
    drawing = box.locator("svg.gan-drawing")
    assert "100 × 128 + 128 = 12,928" in box.inner_text()
    lesson.handle("latent_dim", box).focus()
    changes(drawing, lambda: keys.press("Home"))
    wait_for(lambda: "1 × 128 + 128 = 256" in box.inner_text())
    changes(drawing, lesson.button("discriminator", box).click)
    lesson.screenshot("shapes")
    assert_accessible(lesson.page)


def test_theatre_and_explorer_by_keyboard_alone(scratch):
    lesson = scratch(THEATRE, EXPLORER)
    page, keys = lesson.page, lesson.page.keyboard
    lesson.do("panel.content.activeCellIndex = 0; panel.content.activeCell.node.focus()")
    plane = lesson.instrument(0).locator("svg.gan-drawing").first
    for name, key in (("D step", "Enter"), ("G step", "Space"), ("Slow motion", "Enter")):
        tab_to(page, name)
        changes(plane, lambda key=key: keys.press(key))
    tab_to(page, "loss$")
    keys.press("ArrowDown")
    wait_for(lambda: lesson.python("print(theatre.loss.value)") == "least squares")
    image = lesson.instrument(1).locator("img.gan-picture").first
    tab_to(page, "direction 1")
    changes(image, lambda: keys.press("ArrowRight"))
    tab_to(page, "A to B")
    changes(image, lambda: keys.press("ArrowRight"))


def test_notebook_7(page, tmp_path_factory):
    with serving(tmp_path_factory.mktemp("notebook"), "notebook") as address:
        lesson = Lesson(page, address("03_models"))
        lesson.run_all()
        assert lesson.errors() == []
        page.get_by_role("button", name="中文", exact=True).click()
        wait_for(lambda: shown(lesson, "en") == 0 < shown(lesson, "zh-Hant"), what="Chinese")
        to_the_end(lesson)
        assert shown(lesson, "en") == 0 < shown(lesson, "zh-Hant")
        start = lesson.button("開始$")
        box = page.locator(".gan-instrument", has=start)
        start.click()
        picture = box.locator("img.gan-picture").first
        picture.wait_for()
        changes(picture, lambda: None)
        lesson.screenshot("notebook-7")
        lesson.button("停止$", box).click()
        box.locator(".gan-card").wait_for()
        assert_accessible(page)
