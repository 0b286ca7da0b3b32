"""What the laboratory says of its runs: names, measures, losses, and how the prediction fared."""

import html

import ipywidgets

from gan_lesson import metrics
from gan_lesson.config import TrainingConfig
from gan_lesson.plots import FAKE, GOOD, REAL
from gan_lesson.widgets import drawing, lab_runs
from gan_lesson.widgets.instrument import part, say
from gan_lesson.widgets.lab_settings import NAMES, value_name
from gan_lesson.widgets.wall import Wall

SHOWN = 4  # runs side by side: as many as a projector shows
STYLES = ((REAL, ""), (FAKE, "7 3"), (GOOD, "2 3"), ("#CC79A7", "9 3 2 3"))


def names(runs):
    """What tells each run from the others, short: the settings that differ, by their code names.

    Settings that each model brings along are not named where the model is.
    """
    configs = [run.config for run in runs]
    differ = [name for name in NAMES if len({getattr(each, name) for each in configs}) > 1]
    if "model" in differ:
        usual = [TrainingConfig(model=config.model) for config in configs]
        for name in ("learning_rate", "batch_size"):
            if [getattr(c, name) for c in configs] == [getattr(u, name) for u in usual]:
                differ = [other for other in differ if other != name]
    return [
        ", ".join(f"{n} {value_name(getattr(config, n))}" for n in differ or ["latent_dim"])
        for config in configs
    ]


def measures(run, farthest):
    """(name, what it says, share of a bar) of everything that is measured.

    farthest: the largest Fréchet distance on the shelf, a whole bar.
    """
    variety = run.variety or 0.0
    rows = [(say("多樣性", "variety"), f"{variety:.0%}", variety)]
    if run.config.dataset in lab_runs.JUDGES:
        quality = run.quality or metrics.Quality(0, (), 1, 0)
        found = sum(share >= 0.01 for share in quality.shares)
        score, apart = quality.inception_score, quality.frechet_distance
        rows += [
            ("FD ↓", f"{apart:.0f}", apart / farthest),
            ("IS ↑", f"{score:.1f}", (score - 1) / 9),
            (say("確定", "sure"), f"{quality.sure:.0%}", quality.sure),
            (say("數字", "digits"), f"{found}/10", found / 10),
        ]
    return [(name, text, share) if run.ended else (name, "…", 0) for name, text, share in rows]


def verdict(runs):
    """What was guessed of runs that stand side by side, and what was measured, as HTML."""
    if len(runs) < 2 or not all(run.ended for run in runs):
        return how_to_read()
    short = [name.split(" ")[-1] if name.count(" ") == 1 else name for name in names(runs)]
    called = dict(zip(map(id, runs), short, strict=True))
    judged = all(run.quality for run in runs) and len({run.config.dataset for run in runs}) == 1
    best = min(runs, key=lambda run: run.quality.frechet_distance) if judged else None
    most = max(runs, key=lambda run: run.variety)
    rows = [("", say("猜", "guess"), say("結果", "result"))]
    for key, title, found in (
        ("best", say("最好", "best"), best),
        ("most", say("最多樣", "varied"), most),
    ):
        guess = value_name(runs[-1].shelf[key]) if runs[-1].shelf[key] != "" else "—"
        rows.append((title, guess, called[id(found)] if found else "—"))
    cells = ("".join(f"<td>{html.escape(cell)}</td>" for cell in row) for row in rows)
    return f"<table><tr>{'</tr><tr>'.join(cells)}</tr></table>{how_to_read()}"


def how_to_read():
    """What the measures see, folded."""
    return "<details><summary>{}</summary><div>{}</div></details>".format(
        say("分數怎麼讀", "how to read the scores"),
        say(
            "<b>多樣性</b>：100 張真圖裡，有幾張在附近找得到生成的圖。圖先縮成 7×7 再比：斑點不算"
            "變化，重複的圖也不算。真圖對真圖約 97 %。<b>FD</b>（Fréchet 距離）：整體和真圖差多少，"
            "最小的算最好。<b>IS</b>（Inception score）：又清楚又齊全，最高 10。<b>確定</b>：評審有"
            "九成把握的。評審不相信雜訊（digits-doubt）。各只跑一次，換個種子可能不同。",
            "<b>variety</b>: of 100 real images, how many have a generated one near by. Images are "
            "shrunk to 7×7 first: speckle is no variety, nor is repetition. Real against real: "
            "about 97 %. <b>FD</b> (Fréchet distance): how far all of them are from real ones; the "
            "smallest is best. <b>IS</b> (Inception score): clear and complete, 10 at most. "
            "<b>sure</b>: those of which the judge is nine tenths sure. The judge doubts noise "
            "(digits-doubt). One run of each: another seed may tell otherwise.",
        ),
    )


def losses(runs):
    """Both losses of all runs laid over each other: two charts, loss_d above loss_g."""
    charts = []
    for name, title in (("loss_d", ("辨別器損失", "loss_d")), ("loss_g", ("生成器損失", "loss_g"))):
        curves = [
            drawing.Curve("", getattr(run, name), *style)
            for run, style in zip(runs, STYLES, strict=False)
        ]
        last = [f"{c.values[-1]:.2f}" for c in curves if c.values]
        alt = f"{say(*title)}: {', '.join(last)}"
        chart = drawing.chart(curves, alt, say("批次", "batches"), "auto")
        charts.append(f"<b>{say(*title)}</b>{chart}")
    return "".join(charts)


def progress(runs):
    """How far runs on one clock are, and how long it still takes, as HTML."""
    share = sum(run.share for run in runs) / len(runs)
    taken = max(run.seconds for run in runs)
    left = taken * (1 - share) / max(share, 1e-9)
    epochs = runs[0].config.epochs
    epoch = min(1 + int(share * epochs), epochs)
    text = say(
        f"第 {epoch}／{epochs} 回合，還要 {left:.0f} 秒",
        f"epoch {epoch} of {epochs}, {left:.0f} s left",
    )
    name = say("訓練進度", "training progress")
    return f'<progress value="{share:.3f}" aria-label="{name}"></progress><span>{text}</span>'


class Card:
    """A run on the shelf: its name, which enlarges it; its wall; its measures as bars."""

    def __init__(self, run, enlarge, choose):
        self.run, self.mapped, self.frame = run, False, None
        self.name = ipywidgets.ToggleButton(icon="search-plus")
        self.wall, self.table = Wall(), ipywidgets.HTML()
        self.box = part(ipywidgets.VBox([self.name, self.wall, self.table]), "gan-lab-card")
        self.name.observe(lambda change: enlarge(self, change.new), "value")
        self.wall.observe(lambda change: choose(self), "chosen")

    @property
    def shown(self):
        """What the wall shows: (the epoch, its pixels); the map where it is asked for."""
        run = self.run
        if self.mapped:
            return run.epochs, run.map
        return (run.epochs, run.pixels) if self.frame is None else run.frames[self.frame]

    def show(self, share):
        """Show the frame at this share of the training, None for the newest."""
        last = len(self.run.frames) - 1
        self.frame = None if share is None or share == 1 else round(share * last)
        self.mapped = False
        self.draw_wall()

    def draw_wall(self):
        """The wall and its epoch alone: what moves."""
        epoch, pixels = self.shown
        self.wall.columns, self.wall.count = (12, 144) if self.mapped else (8, 64)
        what = say("64 個潛在向量畫出的圖", "what the same 64 latent vectors draw")
        if self.mapped:
            what = say("整個潛在平面（或直線）的地圖", "a map of the whole latent plane (or line)")
        self.wall.alt = f"{self.name.description}: {what}, {say('訓練回合', 'epoch')} {epoch:.3g}"
        self.wall.source = drawing.data_url(pixels)
        self.draw_table(epoch)

    def draw_table(self, epoch):
        """The measures, each with a bar."""
        colour, dashes = self.style
        line = f'stroke="{colour}" stroke-dasharray="{dashes}"'
        key = f'<svg class="gan-lab-key" viewBox="0 0 100 4"><path d="M0 2H100" {line}/></svg>'
        rows = [f"<tr><th>{say('回合', 'epoch')}</th><td>{epoch:.3g}</td></tr>"]
        rows += [
            f"<tr><th>{name}</th><td>{text}</td></tr><tr><td colspan=2>"
            f'<div class="gan-lab-bar" style="width:{100 * share:.0f}%"></div></td></tr>'
            for name, text, share in measures(self.run, self.farthest)
        ]
        self.table.value = f'{key}<table class="gan-card">{"".join(rows)}</table>'

    def draw(self, name, style, farthest):
        """Everything, in the language chosen now."""
        self.style, self.farthest = style, farthest
        self.name.description = name
        self.name.tooltip = say("放大", "enlarge") + f": {self.run.code}"
        self.draw_wall()

    def compare(self):
        """The picture that is chosen, above the real one that is nearest to it, as HTML."""
        row, column = divmod(self.wall.chosen, self.wall.columns)
        top, left, dataset = 30 * row + 2, 30 * column + 2, self.run.config.dataset
        generated = self.shown[1][top : top + 28, left : left + 28]
        real, label = lab_runs.nearest(generated, dataset)
        label = chr(label) if dataset == "hanzi" else label
        words = (say("生成的", "generated"), say("最近的真圖", "nearest real one") + f" ({label})")
        pictures = map(drawing.picture, (generated, real), words, (56, 56))
        return f'<div class="gan-pair">{"".join(pictures)}{words[1]}</div>'
