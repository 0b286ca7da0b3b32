"""Time the instruments as a class feels them, in JupyterLab in a real browser on this machine.

    python benchmarks/instruments.py [--rounds 5]

Training with and without the laboratory takes turns in one kernel. Times of a press run from the
browser's own event to the changed picture in the page.
"""

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

import torch
from playwright.sync_api import sync_playwright

sys.path.append(str(Path(__file__).resolve().parent.parent / "tests"))
from browser_pages import MISSING, Lesson, find_browser, launched, serving, write_notebook

LABORATORY = """
from pathlib import Path
from gan_lesson import data, recipes, runs
runs.RUNS = Path("runs").resolve()
from gan_lesson.config import TrainingConfig
from gan_lesson.widgets.latent_dim_lab import latent_dim_lab
import time

images, _ = data.load_bytes("digits")
lab = latent_dim_lab()
lab
"""
PLAIN = """
def plain(epochs, latent_dim=100):
    config = TrainingConfig(epochs=epochs, latent_dim=latent_dim)
    state = runs.start(recipes.build_networks, config)
    started = time.perf_counter()
    for now in recipes.train(state, images):
        pass
    return time.perf_counter() - started

print(plain(40))
"""
SHOWN = """
lab.settings.epochs.value = 40
lab.start.click()
lab.wait()
print(lab.shelf.runs[-1].seconds)
"""
APART = "print(sum(plain(60, latent_dim) for latent_dim in (2, 10, 100)))"
TOGETHER = """
lab.settings.epochs.value = 60
lab.together.click()
lab.wait()
print(max(run.seconds for run in lab.shelf.runs))
"""
STOP = """
lab.settings.epochs.value = 400
lab.start.click()
while lab.shelf.runs[-1].ended or len(lab.shelf.runs[-1].loss_d) < 100:
    time.sleep(0.01)
losses = lab.shelf.runs[-1].loss_d
pressed = last = time.perf_counter()
lab.stop.click()
count = len(losses)
while time.perf_counter() - pressed < 0.4:
    if len(losses) > count:
        count, last = len(losses), time.perf_counter()
    time.sleep(0.001)
lab.wait()
print(1000 * (last - pressed))
"""
INSTRUMENTS = """
from gan_lesson.widgets.latent_explorer import latent_explorer
from gan_lesson.widgets.shape_explorer import shape_explorer
from gan_lesson.widgets.training_step_theatre import training_step_theatre
"""
# From the browser's own event to the next change of the picture's place, in milliseconds.
WATCH = """part => {
    const place = part.closest(".widget-html-content") ?? part;
    window.answered = new Promise((resolve, reject) => {
        setTimeout(() => reject(new Error("nothing changed")), 5000);
        let pressed;
        const note = () => { pressed ??= performance.now(); };
        for (const kind of ["keydown", "click"])
            document.addEventListener(kind, note, { capture: true, once: true });
        const observer = new MutationObserver(() => {
            if (pressed === undefined) return;
            observer.disconnect();
            requestAnimationFrame(() => resolve(performance.now() - pressed));
        });
        observer.observe(place, { childList: true, subtree: true, attributes: true });
    });
}"""
COUNT = """async ([part, seconds]) => {
    let changes = 0;
    const observer = new MutationObserver(() => { changes += 1; });
    observer.observe(part, { childList: true, attributes: true });
    await new Promise(resolve => setTimeout(resolve, 1000 * seconds));
    observer.disconnect();
    return changes / seconds;
}"""


def answer(lesson, part, act):
    """Milliseconds from what `act` presses to another picture in the same place."""
    part.evaluate(WATCH)
    act()
    return lesson.page.evaluate("window.answered")


def show(name, times, unit, goal):
    """One row of the table."""
    times = sorted(times)
    p95 = times[round(0.95 * (len(times) - 1))]
    print(
        f"| {name} | {statistics.median(times):.1f} | {p95:.1f} | {times[0]:.1f} | {times[-1]:.1f} "
        f"| {unit} | {goal} |",
        flush=True,
    )


def laboratory(lesson, rounds):
    """Speed with and without the picture, the first picture, pictures a second, Stop."""
    run = lesson.python
    run(PLAIN), run(SHOWN)  # warm
    pairs = [(float(run(PLAIN)), float(run(SHOWN))) for _ in range(rounds)]
    show("training: its speed with pictures", [100 * a / b for a, b in pairs], "%", "≥ 85")
    ratios = [float(run(TOGETHER)) / float(run(APART)) for _ in range(rounds)]
    show("three runs together, over the three without pictures", ratios, "×", "≤ 1.3")
    show(
        "training: Stop to the last step", [float(run(STOP)) for _ in range(rounds)], "ms", "≤ 200"
    )

    page, box = lesson.page, lesson.instrument()
    first, rates, stops = [], [], []
    run("lab.settings.epochs.value = 400")
    shelf, message = box.locator(".gan-lab-shelf"), box.locator(".gan-said .widget-html-content")
    for _ in range(rounds):
        first.append(answer(lesson, shelf, lesson.button("Run 2 · 10 · 100", box).click))
        image = box.locator(".gan-wall img").first
        time.sleep(1)
        rates.append(page.evaluate(COUNT, [image.element_handle(), 3]))
        stops.append(answer(lesson, message, lesson.button("Stop", box).click))
        run("lab.wait()")
    show("Run to the first three pictures", first, "ms", "≤ 1000")
    show("pictures of each while three train", rates, "a second", "≥ 4")
    show("Stop to its message", stops, "ms", "≤ 200")


def pressed(lesson, instrument, name, presses):
    """Times of arrow keys on a slider, to and fro, until the first picture is another one."""
    lesson.handle(name, instrument).focus()
    picture = instrument.locator("img.gan-picture, svg.gan-drawing").first
    return [
        answer(lesson, picture, lambda key=key: lesson.page.keyboard.press(key))
        for key in ("ArrowRight", "ArrowLeft") * (presses // 2)
    ]


def others(lesson, presses):
    """A slider of the explorers, a step of the theatre."""
    explorer, shapes, theatre = (lesson.instrument(number) for number in range(3))
    for name in ("direction 1", "truncation", "A to B"):
        show(f"latent explorer: {name}", pressed(lesson, explorer, name, presses), "ms", "≤ 100")
    times = pressed(lesson, shapes, "latent_dim", presses)
    show("shape explorer: latent_dim", times, "ms", "≤ 100")
    plane = theatre.locator("svg.gan-drawing").first
    look = theatre.locator(".gan-look").first  # some sub-steps leave the plane as it is
    for name in ("D step", "G step", "Both", "Back", "Slow motion"):
        press, part = lesson.button(name, theatre).click, plane if name != "Slow motion" else look
        times = [answer(lesson, part, press) for _ in range(presses)]
        show(f"theatre: {name}", times, "ms", "≤ 150")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    if not find_browser():
        sys.exit(MISSING)
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder)) as address,
        sync_playwright() as playwright,
        launched(playwright) as browser,
    ):
        print(f"torch {torch.__version__}, {browser.browser_type.name} {browser.version}")
        print("| | median | 95 % | least | most | unit | goal |")
        print("| --- | --- | --- | --- | --- | --- | --- |")
        for name, cells, measure, count in (
            ("laboratory", [LABORATORY], laboratory, rounds),
            (
                "others",
                [INSTRUMENTS, "latent_explorer()", "shape_explorer()", "training_step_theatre()"],
                others,
                8 * rounds,
            ),
        ):
            write_notebook(Path(folder), name, *(cell.strip() for cell in cells))
            page = browser.new_page(viewport={"width": 1400, "height": 1600})
            lesson = Lesson(page, address(name))
            lesson.run_all()
            measure(lesson, count)
            lesson.shut_down()
            page.close()


if __name__ == "__main__":
    main()
