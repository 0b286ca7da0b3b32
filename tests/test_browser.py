"""The lessons and their instruments in a real browser, used as a student and a teacher would."""

import io
import re
import time

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from browser_pages import (
    MISSING,
    PICTURES,
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

LAB = """import os
from pathlib import Path
from gan_lesson import runs
runs.RUNS = Path(f"{Path(os.environ['JPY_SESSION_NAME']).stem}.runs").resolve()
from gan_lesson.widgets.latent_dim_lab import latent_dim_lab
lab = latent_dim_lab()
lab"""
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
    """A lesson's way through it, by mouse; nothing below moves, and Present shows all of it."""
    lesson = scratch(SWITCH, LAB, "# below\n\nwhat is read after the laboratory")
    page, box = lesson.page, lesson.instrument(1)
    for value in (2, 10, 100, 256, 100):
        lesson.button(f"^{value}$", box).click()
        lab_value = "print(lab.settings.latent_dim.value)"
        wait_for(lambda v=value, c=lab_value: lesson.python(c) == str(v), what=f"preset {value}")
    lesson.python("lab.settings.epochs.value = 20")
    box.get_by_label(re.compile("guess best")).select_option("100")
    height = box.evaluate("part => part.getBoundingClientRect().height")
    lesson.button("Run 2 · 10 · 100", box).click()
    pictures = box.locator("img.gan-picture")
    wait_for(lambda: pictures.count() == 3, what="three first pictures")
    noise = [pixels(pictures.nth(number)) for number in range(3)]
    for number in range(3):
        wait_for(
            lambda n=number: abs(pixels(pictures.nth(n)) - noise[n]).mean() > 10, what="growth"
        )
    assert box.locator(".gan-curve").count() == 6
    lesson.screenshot("laboratory-training")
    lesson.python("lab.wait()")
    result = box.locator(".gan-lab-side table")
    wait_for(lambda: "result" in result.inner_text(), what="the guess and the result")
    box.locator(".gan-wall button").nth(1).click(position={"x": 20, "y": 20})
    wait_for(lambda: box.locator(".gan-pair img").count() == 2, what="the nearest real image")
    after = box.evaluate("part => part.getBoundingClientRect().height")
    assert abs(after - height) <= 2, "what is read below does not jump"
    assert_accessible(page)
    lesson.screenshot("laboratory-compared")

    for width, high in ((1920, 1080), (1280, 720)):
        page.set_viewport_size({"width": width, "height": high})
        lesson.button("Present", box).click()
        wait_for(lambda: box.evaluate(MISFITS) == [], 20, "all on one screen")
        if width == 1920:
            page.keyboard.press("Escape")
    lesson.screenshot("laboratory-present")
    lesson.button("latent_dim 2$", box).click()
    wait_for(lambda: pictures.nth(1).is_hidden(), what="one card alone")
    wall = box.locator(".gan-wall img").first
    changes(wall, lesson.button("Map", box).click)
    lesson.button("Copy settings", box).click()
    copied = wait_for(lambda: page.evaluate("navigator.clipboard.readText()"), what="the clipboard")
    assert copied == "config = TrainingConfig(dataset='digits', latent_dim=2, epochs=20)"
    lesson.button("Save as GIF", box).click()
    wait_for(lambda: re.search(r"saved as .+\.gif", box.inner_text()), what="where it is saved")
    lesson.screenshot("laboratory-enlarged")
    lesson.button("Delete", box).click()
    wait_for(lambda: box.locator(".gan-card").count() == 2, what="one card less")
    assert_accessible(page)


def test_the_laboratory_of_yesterday_is_there_again(scratch):
    lesson = scratch(LAB)
    lesson.python("lab.settings.epochs.value = 1; lab.together.click(); lab.wait()")
    wait_for(lambda: lesson.page.locator(".gan-card").count() == 3, what="three cards")
    lesson.command("docmanager:save")
    lesson.shut_down()
    lesson.page.reload()
    lesson.page.wait_for_selector(".jp-Notebook .jp-Cell")
    lesson.wait_for_kernel()
    lost = lesson.page.get_by_text(re.compile("Error displaying widget|Loading widget"))
    wait_for(lesson.page.locator(".gan-again").is_visible, what="a sentence instead")
    assert not any(part.is_visible() for part in lost.all())
    lesson.screenshot("laboratory-next-day")
    lesson.run_all()
    wait_for(lambda: lesson.page.locator(".gan-card").count() == 3, what="the cards again")
    assert lesson.errors() == []


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
    lesson.python("lab.settings.epochs.value = other.settings.epochs.value = 400")
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
    lesson.python("lab.settings.epochs.value = 400")
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
    lesson.python("lab.settings.epochs.value = 400")
    lesson.button("Start").click()
    wait_for(lambda: threads(lesson) == 1, what="a thread")
    lesson.restart()
    assert threads(lesson) == 0
    lesson.run_all()
    assert lesson.errors() == []
    lesson.button("Start").click()
    wait_for(lambda: lesson.page.locator(".gan-curve").count() == 2, what="training")
    lesson.button("Stop").click()
    wait_for(lambda: lesson.page.locator(".gan-card").count() == 1, what="the run")


def tab_to(page, name):
    """Press Tab until the focus is on a control with this name."""
    named = """() => { const here = document.activeElement;
        return here.getAttribute('aria-label') || here.labels?.[0]?.textContent
            || here.textContent || here.querySelector('img')?.alt; }"""
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
    tab_to(page, "^More settings$")
    keys.press("Space")
    tab_to(page, "^epochs$")
    keys.press("Home")
    keys.press("PageUp")
    tab_to(page, "^Start$")
    keys.press("Space")
    wait_for(lambda: box.locator(".gan-curve").count() == 2, what="training")
    tab_to(page, "^Stop$")
    keys.press("Enter")
    wait_for(lambda: box.locator(".gan-card").count() == 1, what="the stopped run")
    tab_to(page, "latent_dim 2$")
    keys.press("Space")
    tab_to(page, "latent_dim 2: what")
    keys.press("ArrowRight")
    wait_for(lambda: box.locator(".gan-pair img").count() == 2, what="the nearest real image")
    tab_to(page, "^Copy settings$")
    keys.press("Enter")
    assert "latent_dim=2" in wait_for(lambda: page.evaluate("navigator.clipboard.readText()"))
    assert lesson.do("return panel.content.widgets.length") <= 3  # no shortcut made or cut a cell
    lesson.shut_down()


def test_errors_appear_in_the_instrument(scratch):
    lesson = scratch(LAB)
    box = lesson.instrument()
    lesson.python("lab.settings.batch_size.value = 2048")
    lesson.button("Start", box).click()
    alert = box.get_by_role("alert")
    alert.wait_for()
    assert "資料集只有 1797 張" in alert.inner_text() and "at most" in alert.inner_text()
    lesson.python("lab.settings.batch_size.value = 64")
    lesson.button("Start", box).click()
    wait_for(lambda: alert.count() == 0 and box.locator(".gan-curve").count() == 2)
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
    box = lesson.instrument()
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

    points = box.get_by_label(re.compile("one point a line"))
    square = box.locator("[data-point=plane]").bounding_box()
    lesson.page.mouse.move(square["x"] + 60, square["y"] + 60)
    lesson.page.mouse.down()
    lesson.page.mouse.move(square["x"] + 260, square["y"] + 60, steps=20)
    lesson.page.mouse.up()
    wait_for(lambda: len(points.input_value().splitlines()) >= 6, what="a stroke of points")
    assert "my points" in lesson.python("print(theatre.distribution.value)")
    points.fill("0.5, 0.5\nhere")
    points.blur()
    wait_for(lambda: "is no point" in box.inner_text(), what="a word about the bad line")
    points.fill("0.5, 0.5")
    points.blur()
    wait_for(lambda: lesson.python("print(theatre.points)") == "[[0.5, 0.5]]", what="one point")
    assert_accessible(lesson.page)


def test_nothing_below_the_theatre_moves(scratch):
    lesson = scratch(THEATRE, "# Reading below")
    box, heights = lesson.instrument(), set()
    box.locator(".gan-curve").first.wait_for(state="detached")

    def note():
        heights.add(round(box.bounding_box()["height"]))

    note()
    for press in ("Back", "Slow motion", "Slow motion", "Both", "Run", "Stop", "D step"):
        lesson.button(press, box).click()
        lesson.wait_for_kernel()
        note()
    lesson.python("for _ in range(400): theatre.world.both_steps()\ntheatre.draw()")
    note()
    assert max(heights) - min(heights) <= 2, heights


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
    strip = box.locator("[data-point=strip]")
    changes(image, strip.click)
    assert "0.50" in box.inner_text() and "classifier reads" in box.inner_text()
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
    for name, key in (("Slow motion", "Enter"), ("D step$", "Enter"), ("G step", "Space")):
        tab_to(page, name)
        changes(plane, lambda key=key: keys.press(key))
    tab_to(page, "loss$")
    keys.press("ArrowDown")
    wait_for(lambda: lesson.python("print(theatre.loss.value)") == "least squares")
    image = lesson.instrument(1).locator("img.gan-picture").first
    for name in ("A to B$", "direction 1"):
        tab_to(page, name)
        changes(image, lambda: keys.press("ArrowRight"))


def test_notebook_7(page, tmp_path_factory):
    with serving(tmp_path_factory.mktemp("notebook"), "notebook") as address:
        lesson = Lesson(page, address("03_models"))
        lesson.wait_for_kernel()
        runs = tmp_path_factory.mktemp("runs")  # no card of another day stands on its shelf
        lesson.python(f"from gan_lesson import runs; runs.RUNS = type(runs.RUNS)({str(runs)!r})")
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


# What of an instrument does not fit the window or is too small to read from the last row.
MISFITS = """root => {
    const misfits = [], walk = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
        const part = walk.currentNode.parentElement, range = document.createRange();
        range.selectNode(walk.currentNode);
        const box = range.getBoundingClientRect(), style = getComputedStyle(part);
        const hidden = !box.width || style.visibility === "hidden" || !part.checkVisibility();
        if (hidden || part.closest("mjx-container, .MathJax, style, option")) continue;
        const scale = part.ownerSVGElement ? part.getScreenCTM().a : 1;
        const size = scale * parseFloat(style.fontSize);
        const inside = box.right <= innerWidth + 1 && box.bottom <= innerHeight + 1;
        if (size < 19.9 || !inside) misfits.push(`${walk.currentNode.data.trim()}: ${size} px`);
    }
    for (const part of [root, ...root.querySelectorAll("*")])
        if (part.tagName !== "TEXTAREA" && part.clientHeight
            && part.scrollHeight > part.clientHeight + 1
            && ["auto", "scroll"].includes(getComputedStyle(part).overflowY))
            misfits.push(`${part.className} scrolls`);
    return misfits;
}"""


def test_present_shows_everything_in_one_window(scratch):
    lesson = scratch(THEATRE, EXPLORER, SHAPES, LAB)
    page = lesson.page
    for number, name in enumerate(("theatre", "explorer", "shapes", "laboratory")):
        lesson.do(f"await panel.content.scrollToItem({number}, 'start')")
        box = lesson.instrument(number)
        lesson.button("Present", box).click()
        for width, height in ((1920, 1080), (1280, 720)):
            page.set_viewport_size({"width": width, "height": height})
            fit_by = time.monotonic() + 20
            while (found := box.evaluate(MISFITS)) and time.monotonic() < fit_by:
                time.sleep(0.1)
            assert not found, f"{name}, {width} × {height}"
        page.screenshot(path=PICTURES / f"present-{name}.png")
        for _ in range(60):  # the focus stays inside, or goes to the browser's own controls
            page.keyboard.press("Tab")
            assert page.evaluate(
                "document.activeElement === document.body || "
                "!!document.activeElement.closest('.gan-present')"
            )
        assert_accessible(page)
        page.keyboard.press("Escape")
        assert page.locator(".gan-present, [inert]").count() == 0
        assert "Present" in page.evaluate("document.activeElement.textContent")
        page.set_viewport_size({"width": 1400, "height": 1000})


def test_what_the_page_says_without_a_kernel(scratch):
    lesson = scratch(SHAPES, THEATRE, "import time\ntime.sleep(globals().get('nap', 0))")
    page, box = lesson.page, lesson.instrument(1)
    lesson.python("nap = 3")
    lesson.do("panel.content.activeCellIndex = 2")
    page.evaluate("void window.jupyterapp.commands.execute('notebook:run-cell')")
    wait_for(lambda: lesson.do("return panel.sessionContext.session.kernel.status") == "busy")
    lesson.button("Both", box).click()
    wait_for(lambda: "busy with another cell" in box.inner_text(), what="a word that it is busy")
    lesson.wait_for_kernel()
    wait_for(lambda: "busy" not in box.inner_text() and "D 1 · G 1" in box.inner_text())

    lesson.restart()
    said = page.locator(".gan-page-said", has_text="run this cell again")
    wait_for(lambda: said.count() == 2, what="the sentence")
    assert not lesson.button("Both", box).is_enabled() or box.locator("[inert]").count()
    lesson.screenshot("kernel-gone")
    lesson.run_all()
    wait_for(lambda: "run this cell" not in box.inner_text() and not box.locator("[inert]").count())

    lesson.command("docmanager:save")
    lesson.shut_down()  # as a hub does after some hours
    wait_for(
        lambda: "run this cell again" in lesson.instrument(1).inner_text(), what="the sentence"
    )
    page.reload()  # the next day
    page.wait_for_selector(".jp-Notebook .jp-Cell")
    lesson.wait_for_kernel()
    lost = page.get_by_text(re.compile("Error displaying widget|Loading widget"))
    again = page.locator(".gan-again")
    wait_for(lambda: again.count() == 2 and again.last.is_visible(), what="a sentence instead")
    wait_for(lambda: lost.count() and not any(each.is_visible() for each in lost.all()))
    lesson.screenshot("opened-again")
    lesson.run_all()
    wait_for(lambda: not any(each.is_visible() for each in again.all()), what="the instruments")


# Text of drawings and charts that has not the colour of text where it stands.
UNREADABLE = """() => [
    ...document.querySelectorAll(".gan-drawing text, .gan-chart span")
].filter(part => {
    const style = getComputedStyle(part), ink = part.ownerSVGElement ? style.fill : style.color;
    const probe = part.closest(".gan-instrument").appendChild(document.createElement("i"));
    if (matchMedia("(forced-colors: active)").matches) probe.style.color = "CanvasText";
    const expected = getComputedStyle(probe).color;
    probe.remove();
    return ink !== expected && !part.style.fill;
}).map(part => part.textContent)"""
WIDER = "box => box.scrollWidth - box.clientWidth"


def test_dark_forced_colours_zoom_and_touch(browser, folder, lab):
    write_notebook(folder, "colours", THEATRE, EXPLORER, SHAPES, LAB)
    context = browser.new_context(viewport={"width": 768, "height": 1000}, has_touch=True)
    page = context.new_page()
    lesson = Lesson(page, lab("colours"))
    lesson.run_all()
    lesson.command("application:toggle-left-area")
    lesson.button("Both", lesson.instrument()).tap()
    page.locator(".gan-curve").first.wait_for(state="attached")
    lesson.instrument().locator("[data-point=plane]").tap(position={"x": 40, "y": 40})
    wait_for(lambda: lesson.python("print(len(theatre.points))") == "1", what="a point by touch")
    page.evaluate(
        "window.jupyterapp.commands.execute('apputils:change-theme', { theme: 'JupyterLab Dark' })"
    )
    for look, width in (("dark", 768), ("forced", 1000), ("zoom", 640)):
        page.set_viewport_size({"width": width, "height": 1000})
        page.emulate_media(forced_colors="active" if look == "forced" else "none")
        for number in range(4):
            lesson.do(f"await panel.content.scrollToItem({number}, 'start')")
            box = lesson.instrument(number)
            box.wait_for()
            wait_for(lambda box=box: box.evaluate(WIDER) <= 1, 20, f"{look} {number} to fit")
            page.screenshot(path=PICTURES / f"{look}-{number}.png")
        assert page.evaluate(UNREADABLE) == [], look
        assert_accessible(page)
    lesson.shut_down()
    context.close()
