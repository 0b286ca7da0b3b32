"""Watch a training loop from a notebook cell."""

import time

import ipywidgets

from gan_lesson import plots
from gan_lesson.training import told_where
from gan_lesson.widgets.instrument import LANGUAGE, Helper, page_words, part, say, show_live


def watch(progress, picture, every=0.5):
    """Pass each Progress on, and show below the cell how far training is and what it draws.

    progress: an iterator from train(). picture: a function that gives a matplotlib figure of
    what the generator draws now. every: seconds from one picture to the next; more where a
    picture takes long, so that four fifths of the time stay for training.
    """
    bar = ipywidgets.IntProgress(min=0, max=1, layout={"width": "100%"})
    text = part(ipywidgets.Label(say("準備開始", "about to start")), "gan-passing")
    image = ipywidgets.HTML()
    # With the helper, what is shown goes grey when the kernel ends before the run.
    box = ipywidgets.VBox([bar, text, image, Helper(words=page_words())])
    show_live(part(box, "gan-instrument"))
    started = shown = time.monotonic()
    pause = every

    def draw(now):
        done, total = now.epoch * now.batches + now.batch + 1, now.epochs * now.batches
        left = (time.monotonic() - started) * (total - done) / done
        bar.max, bar.value = total, done
        text.value = f"{now} · {say(f'還要 {left:.0f} 秒', f'{left:.0f} s left')}"
        with plots.plt.ioff():  # else the notebook keeps the figure until the cell ends
            figure = picture()
        alt = say("生成器現在畫的圖", "what the generator draws now")
        png = plots.png(figure, dpi=80, language=LANGUAGE.choice)
        image.value = f'<img src="{plots.data_url(png)}" alt="{alt}">'
        plots.plt.close(figure)

    now = None
    try:
        for now in progress:
            if bar.value == 0 or time.monotonic() - shown > pause:
                begun = time.monotonic()
                draw(now)
                shown = time.monotonic()
                pause = max(every, 4 * (shown - begun))
            yield now
        if now:
            draw(now)
        else:
            text.value = say("沒有要練的", "nothing to train")
    except KeyboardInterrupt as stop:  # while it draws, or on the way between two steps
        if now:
            told_where(stop, now.epoch, now.batch)
        raise
    finally:
        if hasattr(progress, "close"):  # so that an interrupted run is saved at once
            progress.close()
