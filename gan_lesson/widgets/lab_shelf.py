"""The laboratory's shelf: cards side by side, one enlarged; replay; what they are compared by."""

import ipywidgets

from gan_lesson.widgets import lab_cards, lab_runs
from gan_lesson.widgets.copy_button import CopyButton
from gan_lesson.widgets.instrument import close_all, part, say

FRAME = 0.1  # seconds from picture to picture of a replay
NAMES = {
    "replay": ("重播", "replay"),
    "map": ("地圖", "Map"),
    "gif": ("存成 GIF", "Save as GIF"),
    "copy": ("複製設定", "Copy settings"),
    "delete": ("刪除", "Delete"),
}


class Shelf:
    """cards: oldest first; each has its run. enlarged: the one that stands alone, or None.

    play, replay: for all cards. map, gif, copy, delete: for the enlarged one. pair, verdict,
    losses: what stands beside the cards. lab: the instrument, which tells, locks and works.
    """

    def __init__(self, lab):
        self.lab, self.cards, self.enlarged, self._compared = lab, [], None, None
        self.playing = False
        self.play = ipywidgets.Button(icon="play")
        self.replay = ipywidgets.IntSlider(lab_runs.FRAMES, max=lab_runs.FRAMES, readout=False)
        self.map = ipywidgets.ToggleButton(icon="map")
        self.gif, self.delete = (ipywidgets.Button(icon=icon) for icon in ("film", "trash"))
        self.copy = CopyButton()
        self.pair, self.verdict, self.box = ipywidgets.HTML(), ipywidgets.HTML(), ipywidgets.HBox()
        self.losses = part(ipywidgets.HTML(), "gan-fill")
        actions = ipywidgets.HBox([self.map, self.gif, self.copy, self.delete])
        self.actions = part(actions, "gan-lab-actions", display="none")
        self.replay.observe(lambda change: self._show_share(change.new / lab_runs.FRAMES), "value")
        self.map.observe(lambda change: self._show_map(change.new), "value")
        self.copy.observe(lambda change: self._say_what_was_copied(), "copies")
        self.play.on_click(lambda button: self._play_or_stop())
        self.gif.on_click(lambda button: self._say_where_the_gif_is())
        self.delete.on_click(lambda button: self._delete())

    @property
    def runs(self):
        """The runs of the cards."""
        return [card.run for card in self.cards]

    def add(self, runs, fresh):
        """Put new cards on the shelf: alone, or beside those there are; at most SHOWN."""
        with self.lab.lock:
            self.replay.value = lab_runs.FRAMES
            if self.enlarged:
                self.enlarged.name.value = False
            before = [] if fresh else self.cards
            cards = [lab_cards.Card(run, self._enlarge, self._compare) for run in runs]
            self._put([*before, *cards][-lab_cards.SHOWN :])

    def remove(self, runs):
        """Take the cards of these runs away."""
        with self.lab.lock:
            if not self.lab.closed:
                self._put([card for card in self.cards if card.run not in runs])

    def _put(self, cards):
        gone, self.cards = [card for card in self.cards if card not in cards], cards
        if self.enlarged in gone:
            self.enlarged.name.value = False
        self.draw()
        for card in gone:
            close_all(card.box)

    # --- one card ---

    def _enlarge(self, card, alone):
        """Show this card alone and large, or all of them again."""
        with self.lab.lock:
            self.map.value = False
            self.enlarged = card if alone else None
            for other in self.cards:
                other.box.layout.display = "none" if alone and other is not card else None
            self.actions.layout.display = "flex" if alone else "none"
            self.verdict.layout.display = "none" if alone else None
            self.box.remove_class("gan-lab-single")
            if alone:
                self.box.add_class("gan-lab-single")
                self.copy.text = card.run.code
                self.map.layout.display = "none" if card.run.map is None else None

    def _show_map(self, mapped):
        if self.enlarged:
            self.enlarged.mapped = mapped
            self.enlarged.wall.chosen = -1
            self.enlarged.draw_wall()

    def _compare(self, card):
        with self.lab.lock:
            self._compared = card
            self._draw_pair()

    def _say_what_was_copied(self):
        self.lab.tell(f"已複製：{self.copy.text}", f"copied: {self.copy.text}")

    def _say_where_the_gif_is(self):
        folder = self.enlarged.run.folder
        if not self.lab.is_busy() and folder:
            path = folder / "training.gif"
            self.lab.tell(f"已經存到 {path}", f"saved as {path}")

    def _delete(self):
        if not self.lab.is_busy():
            run = self.enlarged.run
            self.remove([run])
            run.delete()
            self.lab.tell("刪掉了，資料夾也是。", "Deleted, and its folder too.")

    # --- replay ---

    def _show_share(self, share):
        with self.lab.lock:
            for card in self.cards:
                card.show(share)

    def _play_or_stop(self):
        if self.playing:
            self.lab.stop_work()
        elif not self.lab.is_busy():
            self.lab.work(self._replay)

    def _replay(self, stopping):
        self._name_play(True)
        try:
            for frame in range(lab_runs.FRAMES + 1):
                self.replay.value = frame
                if stopping.wait(FRAME):
                    return
        finally:
            self._name_play(False)

    def _name_play(self, playing):
        with self.lab.lock:
            self.playing = playing
            self.play.icon = "stop" if playing else "play"
            self.play.tooltip = say("停", "Stop") if playing else say("播放", "Play")

    # --- what is seen ---

    def draw(self):
        """Draw everything anew, in the language chosen now."""
        with self.lab.lock:
            names = lab_cards.names(self.runs)
            far = max([run.quality.frechet_distance for run in self.runs if run.quality] or [1])
            for card, name, style in zip(self.cards, names, lab_cards.STYLES, strict=False):
                card.draw(name, style, far)
            self.box.children = [card.box for card in self.cards]
            self.verdict.value = lab_cards.verdict(self.runs)
            self._draw_losses()
            self._draw_pair()
            self._name_play(self.playing)

    def look(self, runs):
        """Draw what training changes: the walls of these runs, and the losses."""
        for run in runs:
            run.look()
        with self.lab.lock:
            if not self.lab.closed:
                for card in self.cards:
                    if card.run in runs:
                        card.draw_wall()
                self._draw_losses()

    def _draw_pair(self):
        if self._compared in self.cards and self._compared.wall.chosen >= 0:
            self.pair.value = self._compared.compare()
        else:
            hint = say(
                "點一張圖：最近的真圖是哪張？", "Click a picture: which real one is nearest?"
            )
            self.pair.value = f'<div class="gan-pair">{hint}</div>'

    def _draw_losses(self):
        self.losses.value = lab_cards.losses(self.runs)
