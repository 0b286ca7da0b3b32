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

pytestmark = pytest.mark.skipif(not find_browser(), reason=MISSING)

LAB = "from gan_lesson.widgets.latent_dim_lab import latent_dim_lab\nlab = latent_dim_lab()\nlab"
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
        lesson.run_all()
        assert lesson.errors() == []
        return lesson

    yield open_notebook
    # The kernel would live on after the page, and its thread would slow the next test.
    page.evaluate("window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")


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


def test_laboratory_trains_and_compares(scratch):
    lesson = scratch(SWITCH, LAB)
    page, box = lesson.page, lesson.instrument(1)
    picture = box.locator("img.gan-picture").first
    epochs = lesson.handle("epochs", box)

    lesson.button("Start", box).click()
    picture.wait_for(timeout=1000)
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
        lambda: re.search(r"saved as (\S+\.png)", box.inner_text()), what="where it was saved"
    )
    lesson.python(f"import pathlib; pathlib.Path({said[1]!r}).unlink()")
    lesson.screenshot("laboratory-compared")
    assert serious(page) == []
