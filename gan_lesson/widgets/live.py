"""Watch a training loop from a notebook cell."""

import time

import ipywidgets
from IPython.display import display

from gan_lesson import plots


def watch(progress, picture, every=0.5):
    """Pass each Progress on, and show below the cell how far training is and what it draws.

    progress: an iterator from train(). picture: a function that gives a matplotlib figure of
    what the generator draws now. every: seconds from one picture to the next.
    """
    bar = ipywidgets.IntProgress(min=0, max=1, layout={"width": "100%"})
    text = ipywidgets.Label("準備開始 · about to start")
    image = ipywidgets.Image(format="png")
    display(ipywidgets.VBox([bar, text, image]))
    started = shown = time.monotonic()

    def draw(now):
        done, total = now.epoch * now.batches + now.batch + 1, now.epochs * now.batches
        left = (time.monotonic() - started) * (total - done) / done
        bar.max, bar.value = total, done
        text.value = f"{now} · 還要 {left:.0f} 秒 · {left:.0f} s left"
        figure = picture()
        image.value = plots.png(figure, dpi=80)
        plots.plt.close(figure)

    now = None
    for now in progress:
        if bar.value == 0 or time.monotonic() - shown > every:
            draw(now)
            shown = time.monotonic()
        yield now
    if now:
        draw(now)
