"""What instruments share, and the laboratory: every control pressed, without a browser."""

import gc
import re
import threading
import time
from types import SimpleNamespace

import ipywidgets
import psutil
import pytest
import torch
from test_notebooks import CHINESE

from gan_lesson import BilingualError, data, metrics, plots, recipes, runs
from gan_lesson.config import TrainingConfig
from gan_lesson.widgets import instrument as shared
from gan_lesson.widgets import lab_cards, lab_runs, lab_settings
from gan_lesson.widgets import language_switch as switches
from gan_lesson.widgets import latent_dim_lab as laboratory
from gan_lesson.widgets.instrument import LANGUAGE, Instrument, say


@pytest.fixture(autouse=True)
def both_languages(monkeypatch, tmp_path):
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))
    yield
    LANGUAGE.choice = "both"


@pytest.fixture
def lab(monkeypatch, tmp_path):
    """A laboratory with an empty folder of runs, and no trial of the machine's speed."""
    monkeypatch.setattr(runs, "RUNS", tmp_path / "runs")
    monkeypatch.setattr(lab_runs, "seconds_a_batch", lambda model: 1e-3)
    lab = laboratory.latent_dim_lab()
    yield lab
    lab.close()
    assert lab.wait(60)


def run(lab, button="start", **settings):
    """Set what is asked for, press, and wait for the end; the runs on the shelf."""
    for name, value in settings.items():
        getattr(lab.settings, name).value = value
    getattr(lab, button).click()
    assert lab.wait(60)
    return lab.shelf.runs


def begun(lab):
    """Whether a run has taken its first step."""
    return any(run.loss_d and not run.ended for run in lab.shelf.runs)


def until(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.005)


def texts(widget):
    """Everything that a widget and those in it say."""
    for child in getattr(widget, "children", ()):
        yield from texts(child)
    yield getattr(widget, "description", "")
    if isinstance(widget, ipywidgets.HTML):
        yield re.sub(r"<code>.*?</code>|base64,[^\"]*|<[^>]*>", " ", widget.value)


def test_say_speaks_the_chosen_language():
    found = []
    for choice in ("zh", "en", "both"):
        LANGUAGE.choice = choice
        found.append(say("開始", "Start"))
    assert found == ["開始", "Start", "開始 · Start"]


def test_the_switch_hides_remembers_and_tells_the_others():
    first = switches.language_switch()
    assert first.choice.value == "both" and "display" not in first.style.value
    first.choice.value = "zh"
    assert LANGUAGE.choice == "zh" and "[lang=en]" in first.style.value
    first.choice.value = "en"
    assert "[lang=zh-Hant]" in first.style.value and "[lang=en]" not in first.style.value
    assert switches.language_switch().choice.value == "en"


def test_a_language_that_cannot_be_remembered_is_no_error(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "file"))
    switches.language_switch().choice.value = "zh"
    assert switches.language_switch().choice.value == "both"


def test_labels_and_messages_follow_the_language(lab):
    LANGUAGE.choice = "en"
    said = [text for text in texts(lab.box) if text.strip()]
    assert "Start" in said and not any(CHINESE.search(text) for text in said), said
    LANGUAGE.choice = "zh"
    said = [text for text in texts(lab.box) if text.strip()]
    assert "開始" in said and "先猜" in lab.message.value
    LANGUAGE.choice = "both"
    assert lab.start.description == "開始 · Start"


@pytest.mark.parametrize("value", ["a", "b"])
def test_entries_follow_the_language_which_is_no_choice(value):
    menu, heard = ipywidgets.Dropdown(options=["a", "b"], value=value), []
    box = Instrument(menu)
    box.entries(menu, {"a": ("甲", "first"), "b": ("乙", "second")}, heard.append)
    assert [name for name, _ in menu.options] == ["甲 · first", "乙 · second"]
    LANGUAGE.choice = "en"
    assert menu.options == (("first", "a"), ("second", "b"))
    assert menu.value == value and menu.label == ("first" if value == "a" else "second")
    assert not heard
    menu.label = "second" if value == "a" else "first"
    assert [change.old for change in heard] == [value]
    box.close()


def test_work_waits_for_the_work_before():
    box, order = Instrument(), []

    def task(name):
        def run(stopping):
            order.append(f"{name} starts")
            stopping.wait(60)
            order.append(f"{name} ends")

        return run

    for name in "abc":
        box.work(task(name))
        until(lambda name=name: order and order[-1] == f"{name} starts")
    assert box.working
    box.stop_work()
    assert not box.working and box.wait(60)
    assert order == [f"{name} {what}" for name in "abc" for what in ("starts", "ends")]


def test_an_error_in_the_work_is_said_in_the_instrument():
    box = Instrument()
    for error, zh, en in (
        (BilingualError("太大", "too large"), "太大", "too large"),
        (KeyError("x"), "沒料到", "unforeseen"),
    ):

        def fail(stopping, error=error):
            raise error

        box.work(fail)
        box.wait(60)
        assert zh in box.message.value and en in box.message.value
        assert 'role="alert"' in box.message.value
        LANGUAGE.choice = "en"
        assert zh not in box.message.value and en in box.message.value
        LANGUAGE.choice = "both"


def test_running_a_cell_again_closes_what_it_showed(monkeypatch):
    parent = {"metadata": {"cellId": "one"}, "header": {"msg_id": "first"}}
    monkeypatch.setattr(shared, "get_ipython", lambda: SimpleNamespace(get_parent=lambda: parent))
    old, beside = Instrument(), Instrument()
    old.work(lambda stopping: stopping.wait(60))
    assert old.working, "two instruments of one run of a cell live together"
    parent["metadata"] = {"cellId": "two"}
    other = Instrument()
    other.work(lambda stopping: stopping.wait(60))
    parent |= {"metadata": {"cellId": "one"}, "header": {"msg_id": "second"}}
    Instrument()
    assert not old.working and old.wait(60) and old.box.comm is None and beside.box.comm is None
    assert other.working, "another cell's instrument is left alone"
    other.close()


def test_when_nobody_looks_any_more_the_work_ends():
    box = Instrument()
    box.work(lambda stopping: stopping.wait(60))
    for views in (["page"], ["page", "page"], ["page"], ["page after a reload"]):
        box.helper.views = views
        assert box.working
    box.helper.views = []
    assert not box.working and box.wait(60)


def test_closing_twice_is_no_error():
    box = Instrument()
    box.close()
    box.close()
    assert box.box.comm is None


def test_what_was_asked_to_stop_does_not_complain_any_more():
    box = Instrument()

    def fail(stopping):
        stopping.wait(60)
        raise ValueError("太晚 · too late")

    box.work(fail)
    box.tell("別的事", "something else")
    box.stop_work()
    assert box.wait(60) and "something else" in box.message.value


@pytest.fixture
def slow_data(monkeypatch):
    """Two events: the data is being loaded, and: it may come."""
    loading, go_on = threading.Event(), threading.Event()

    def slow(name):
        loading.set()
        go_on.wait(60)
        return data.load_bytes(name)

    monkeypatch.setattr(lab_runs, "load_bytes", slow)
    return loading, go_on


def test_the_first_pictures_are_there_before_the_data_and_then_they_move(lab, slow_data):
    loading, go_on = slow_data
    lab.settings.epochs.value = 400
    lab.together.click()
    assert loading.wait(60)
    walls = [card.wall for card in lab.shelf.cards]
    first = [wall.source for wall in walls]
    assert len({*first}) == 3 and "loading" in lab.progress.value
    go_on.set()
    until(lambda: all(wall.source != old for wall, old in zip(walls, first, strict=True)))
    until(lambda: lab.shelf.losses.value.count("gan-curve") == 6)
    shares = [run.share for run in lab.shelf.runs]
    assert max(shares) - min(shares) < 0.01, "they train on one clock"
    assert re.search(r"第 \d+／400 回合.*epoch \d+ of 400, \d+ s left", lab.progress.value)
    assert "latent_dim 100" in walls[2].alt
    lab.start.click()
    assert "Still training" in lab.message.value and lab.working, "nothing ends a run unasked"
    lab.stop.click()
    assert not lab.working and "Stopped" in lab.message.value
    assert lab.wait(60) and all(0 < run.epochs < 400 and run.ended for run in lab.shelf.runs)
    assert "left" not in lab.progress.value


def test_each_preset_is_one_press_away(lab):
    for preset, value in zip(lab.settings.presets, (2, 10, 100, 256), strict=True):
        preset.click()
        assert lab.settings.latent_dim.value == value


def test_what_runs_together_is_what_the_button_says(lab):
    assert "2 · 10 · 100" in lab.together.description
    lab.settings.presets[-1].click()
    assert "2 · 10 · 100 · 256" in lab.together.description
    for varied, values in lab_settings.TOGETHER.items():
        lab.settings.reset()
        lab.settings.vary.value = varied
        configs = lab.settings.together()
        assert {getattr(config, varied) for config in configs} >= {*values} and len(configs) <= 4
        names = [lab_settings.value_name(value) for value in lab.settings.values()]
        assert " · ".join(names) in lab.together.description
        assert [label for label, _ in lab.best.options] == ["—", *names]
    lab.settings.vary.value = "model"
    for config in lab.settings.together():
        usual = TrainingConfig(model=config.model)
        assert (config.learning_rate, config.batch_size) == (usual.learning_rate, usual.batch_size)


def test_guesses_and_measures_stand_side_by_side(lab):
    lab.settings.epochs.value = 3
    lab.best.value, lab.most.value = 100, 2
    found = run(lab, "together")
    assert [each.config.latent_dim for each in found] == [2, 10, 100]
    assert [card.name.description for card in lab.shelf.cards] == [
        f"latent_dim {value}" for value in (2, 10, 100)
    ]
    best = min(found, key=lambda each: each.quality.frechet_distance).config.latent_dim
    most = max(found, key=lambda each: each.variety).config.latent_dim
    rows = re.findall(r"<tr>(.*?)</tr>", lab.shelf.verdict.value)[1:]
    cells = [re.findall(r"<td>(.*?)</td>", row)[1:] for row in rows]
    assert cells == [["100", str(best)], ["2", str(most)]]
    for card in lab.shelf.cards:
        assert "variety" in card.table.value and "/10" in card.table.value
        assert card.table.value.count("gan-lab-bar") == 5
    scope = {"TrainingConfig": TrainingConfig}
    exec(found[0].code, scope)
    assert scope["config"] == found[0].config
    assert found[0].code == "config = TrainingConfig(dataset='digits', latent_dim=2, epochs=3)"


def test_progress_and_losses_by_hand():
    LANGUAGE.choice = "en"
    config = TrainingConfig(epochs=40)
    half = SimpleNamespace(config=config, share=0.5, seconds=8.0, loss_d=[1.0], loss_g=[2.0])
    none = SimpleNamespace(config=config, share=0.0, seconds=10.0, loss_d=[3.0], loss_g=[4.0])
    assert "epoch 11 of 40, 30 s left" in lab_cards.progress([half, none])
    charts = lab_cards.losses([half, none])
    assert "loss_d: 1.00, 3.00" in charts and "loss_g: 2.00, 4.00" in charts


def test_cards_are_named_by_what_differs():
    def names(*configs):
        return lab_cards.names([lab_runs.Run(config, {}) for config in configs])

    assert names(TrainingConfig()) == ["latent_dim 100"]
    assert names(TrainingConfig(beta1=0.5), TrainingConfig()) == ["beta1 0.5", "beta1 0"]
    both = names(TrainingConfig(seed=1, latent_dim=2), TrainingConfig())
    assert both == ["latent_dim 2, seed 1", "latent_dim 100, seed 0"]
    assert names(TrainingConfig(model="dcgan"), TrainingConfig()) == ["model dcgan", "model mlp"]
    folder = names(TrainingConfig(dataset="/my/own pictures", epochs=200), TrainingConfig())
    assert folder == ["dataset own pictures", "dataset digits"]


@pytest.mark.parametrize("model", ["mlp", "conditional"])
def test_a_run_is_what_train_makes_of_its_settings(lab, model):
    settings = {"model": model, "latent_dim": 3, "beta1": 0.5, "batch_size": 128, "seed": 7}
    settings |= {"epochs": 2, "learning_rate": 0.002}
    (found,) = run(lab, **settings)
    assert found.config == TrainingConfig(**settings)
    state = runs.start(recipes.build_networks, found.config)
    for _ in recipes.train(state, *data.load_images("digits")):
        pass
    wall = plots.wall(runs.sample(state.drawer, runs.fixed_noise(found.config)))
    assert (wall == found.pixels).all()
    samples = runs.sample(state.drawer, runs.fixed_noise(found.config, 1000))
    assert metrics.measure(samples, lab_runs.load_judge("digits-doubt")) == found.quality


def test_the_students_random_numbers_are_left_alone(lab):
    torch.manual_seed(3)
    before = torch.get_rng_state()
    assert run(lab, epochs=1) and torch.equal(torch.get_rng_state(), before)


def test_single_runs_stand_beside_the_others_and_at_most_four(lab):
    run(lab, "together", epochs=1)
    for value in (5, 6):
        run(lab, latent_dim=value)
    assert [each.config.latent_dim for each in lab.shelf.runs] == [10, 100, 5, 6]
    lab.reset.click()
    assert lab.settings.latent_dim.value == 100 and len(lab.shelf.cards) == 4


@pytest.mark.parametrize("button", ["stop", "close"])
def test_ended_before_the_first_batch(lab, slow_data, button):
    loading, go_on = slow_data
    lab.start.click()
    assert loading.wait(60)
    lab.close() if button == "close" else lab.stop.click()
    go_on.set()
    assert lab.wait(60) and not [each for each in lab.shelf.runs if each.ended]
    assert button == "close" or not lab.shelf.cards


def test_what_is_kept_comes_back(lab):
    run(lab, epochs=1)  # on a shelf of its own, which does not
    lab.best.value = 10
    found = run(lab, "together", epochs=2)
    again = laboratory.latent_dim_lab()
    back = again.shelf.runs
    for old, new in zip(found, back, strict=True):
        assert (old.config, old.shelf, old.quality) == (new.config, new.shelf, new.quality)
        assert len(new.loss_d) == len(old.loss_d) and new.variety == old.variety
        for (epoch, pixels), (at, wall) in zip(old.frames, new.frames, strict=True):
            assert epoch == at and (pixels == wall).all()
    assert (back[0].map == found[0].map).all() and back[1].map is None
    assert again.shelf.verdict.value == lab.shelf.verdict.value
    assert runs.resume(back[2].folder, recipes.build_networks).epoch == 2
    (back[1].folder / "training.gif").write_bytes(b"cut short")
    third = laboratory.latent_dim_lab()
    assert [each.config.latent_dim for each in third.shelf.runs] == [2, 100]
    run(lab, latent_dim=5)  # beside the others
    fourth = laboratory.latent_dim_lab()
    assert [each.config.latent_dim for each in fourth.shelf.runs] == [2, 100, 5]
    again.close(), third.close(), fourth.close()


def test_an_enlarged_card_has_a_map_a_gif_and_can_be_deleted(lab):
    first, *_ = run(lab, "together", epochs=1)
    card, wall = lab.shelf.cards[0], lab.shelf.cards[0].wall
    card.name.value = True
    assert [c.box.layout.display for c in lab.shelf.cards] == [None, "none", "none"]
    lab.shelf.map.value = True
    assert wall.count == 144 and wall.columns == 12 and "map" in wall.alt
    lab.shelf.gif.click()
    path = re.search(r"saved as (\S+\.gif)", lab.message.value)[1]
    with lab_runs.Image.open(path) as gif:
        assert gif.n_frames == len(first.frames) > 20
    lab.shelf.copy.copies += 1  # as the page reports it
    assert "copied: config = TrainingConfig(" in lab.message.value
    lab.shelf.delete.click()
    assert not first.folder.exists() and len(lab.shelf.cards) == 2
    assert all(c.box.layout.display is None for c in lab.shelf.cards)
    lab.shelf.cards[1].name.value = True
    assert lab.shelf.map.layout.display == "none", "latent_dim 100 has no map"
    folder = lab.shelf.runs[1].folder
    (folder / "notes.txt").write_text("mine")
    lab.shelf.delete.click()
    assert [each.config.latent_dim for each in lab.shelf.runs] == [10]
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]


def test_the_replay_shows_the_same_share_of_each_run(lab):
    found = run(lab, "together", epochs=2)
    lab.shelf.replay.value = 0
    for card, each in zip(lab.shelf.cards, found, strict=True):
        assert card.shown[0] == 0 and card.wall.source == laboratory_picture(each.frames[0][1])
    lab.shelf.replay.value = 20
    assert [card.shown[0] for card in lab.shelf.cards] == [pytest.approx(1, abs=0.1)] * 3
    lab.shelf.replay.observe(lambda change: change.new == 3 and lab.shelf.play.click(), "value")
    lab.shelf.play.click()
    assert lab.wait(60) and lab.shelf.replay.value == 3, "it stops where Play is pressed again"
    run(lab, epochs=1)
    assert lab.shelf.replay.value == lab_runs.FRAMES, "a new run is shown as it is now"


def laboratory_picture(pixels):
    return lab_cards.drawing.data_url(pixels)


@pytest.mark.parametrize("dataset", ["digits", "hanzi"])
def test_the_nearest_real_image_of_a_real_one_is_itself(dataset):
    images, labels = data.load_images(dataset)
    picture = plots.wall(images[7:8])
    found, label = lab_runs.nearest(picture, dataset)
    assert (found == picture).all() and label == labels[7]


def test_a_click_shows_the_nearest_real_image(lab):
    run(lab, epochs=1)
    lab.shelf.cards[0].wall.chosen = 10  # the third of the second row
    assert lab.shelf.pair.value.count("<img") == 2 and "nearest real one" in lab.shelf.pair.value
    assert laboratory_picture(lab.shelf.runs[0].pixels[32:60, 62:90]) in lab.shelf.pair.value
    LANGUAGE.choice = "zh"
    assert "最近的真圖" in lab.shelf.pair.value and "nearest" not in lab.shelf.pair.value


@pytest.mark.parametrize("latent_dim", [1, 2])
def test_the_map_is_even_in_chance(latent_dim):
    z = lab_runs.plane(latent_dim)
    assert z.shape == (144, latent_dim) and z.mean().abs() < 1e-5
    assert (z.abs() < 0.674).double().mean() == pytest.approx(0.5, abs=0.05)


def test_the_usual_length_keeps_to_a_minute_and_more_is_asked_for(lab, monkeypatch):
    slow = {"mlp": 1e-3, "dcgan": 0.05}
    monkeypatch.setattr(lab_runs, "seconds_a_batch", lambda model: slow.get(model, 0.01))
    lab.reset.click()
    assert lab.settings.epochs.value == 200
    for model, dataset in (("dcgan", "digits"), ("dcgan", "hanzi"), ("mlp", "mnist")):
        lab.settings.model.value, lab.settings.dataset.value = model, dataset
        taken = sum(map(lab_settings.seconds, lab.settings.together()))
        assert taken <= 60 or lab.settings.epochs.value == 1
    lab.settings.epochs.value = 300
    lab.settings.model.value = "dcgan"
    assert lab.settings.epochs.value == 300, "what was asked for stays"


def test_another_model_brings_its_own_settings(lab):
    for model in recipes.RECIPES:
        lab.settings.model.value = model
        for name in ("learning_rate", "beta1", "batch_size"):
            usual = getattr(TrainingConfig(model=model), name)
            assert getattr(lab.settings, name).value == usual


def test_a_folder_at_home_is_found(lab, tmp_path, monkeypatch):
    monkeypatch.setattr("pathlib.Path.home", lambda: tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    lab.settings.folder.value = " ~/mine "
    assert lab.settings.config().dataset == str(tmp_path / "mine")


def test_the_students_own_folder(lab, tmp_path, capsys):
    heard = []
    lab.message.observe(lambda change: heard.append(change.new), "value")
    folder = tmp_path / "mine"
    folder.mkdir()
    for number, pixels in enumerate(data.load_images("digits")[0][:30]):
        lab_runs.Image.fromarray(plots.wall(pixels[None])).save(folder / f"{number}.png")
    (folder / "notes.txt").write_text("no picture")
    (found,) = run(lab, folder=str(folder), epochs=2)
    assert found.config.dataset == str(folder) and found.ended and found.quality is None
    assert found.config.batch_size == 16, "it follows the number of pictures"
    assert any("only 30 pictures" in said for said in heard) and not capsys.readouterr().out
    assert lab.shelf.cards[0].table.value.count("gan-lab-bar") == 1
    run(lab, folder=str(tmp_path / "nowhere"))
    assert "there is no folder" in lab.message.value and len(lab.shelf.cards) == 1


def nan_images(name):
    return torch.full((1797, 1, 28, 28), float("nan")), None


@pytest.mark.parametrize(
    "cause, zh, en",
    [
        ("a batch larger than the data set", "資料集只有 1797 張", "at most the data set"),
        ("NaN", "從 nan 到 nan", "from nan to nan"),
        ("missing data", "下載不到", "cannot be downloaded"),
        ("a full disk", "存不進", "cannot write"),
    ],
)
def test_errors_are_said_and_the_next_start_works(lab, monkeypatch, tmp_path, cause, zh, en):
    lab.settings.epochs.value = 1
    with monkeypatch.context() as patch:
        if cause == "NaN":
            patch.setattr(lab_runs, "load_bytes", nan_images)
        elif cause == "missing data":
            patch.setenv("GAN_LESSON_DATA", str(tmp_path))
            patch.setattr("torchvision.datasets.MNIST.mirrors", [])
            lab.settings.dataset.value = "mnist"
        elif cause == "a full disk":
            patch.setattr(lab_runs.Run, "_write", lambda run, folder: (folder / "x" / "y").touch())
        else:
            lab.settings.batch_size.value = 2048
        found = run(lab)
        said = lab.message.value
        assert zh in said and en in said and len(said) < 400
        assert len(found) == (cause == "a full disk")
    lab.reset.click()
    assert run(lab, epochs=1)[-1].folder and "alert" not in lab.message.value


def test_one_run_that_diverges_leaves_the_others(lab, monkeypatch):
    step = lab_runs.Run.step

    def fail(run):
        if run.config.latent_dim == 10 and run.epochs > 0.5:
            raise BilingualError("變成 NaN", "became NaN")
        return step(run)

    monkeypatch.setattr(lab_runs.Run, "step", fail)
    found = run(lab, "together", epochs=1)
    assert [each.config.latent_dim for each in found] == [2, 100]
    assert all(each.ended for each in found) and "became NaN" in lab.message.value


def test_a_language_chosen_while_cards_change_loses_none(lab, monkeypatch):
    """The page draws all cards while the thread adds one: neither forgets the other's."""
    run(lab, epochs=1)
    drawing, go_on, draw = threading.Event(), threading.Event(), lab_cards.Card.draw

    def slow(card, *arguments):
        draw(card, *arguments)
        if threading.current_thread() is threading.main_thread():
            drawing.set()
            go_on.wait(0.5)  # the time in which the thread would add its card

    monkeypatch.setattr(lab_cards.Card, "draw", slow)
    lab.start.click()
    LANGUAGE.choice = "en"
    assert lab.wait(60) and drawing.is_set()
    assert len(lab.shelf.box.children) == len(lab.shelf.runs) == 2


def test_closing_in_the_middle_of_a_run_leaves_no_widget(monkeypatch, tmp_path):
    monkeypatch.setattr(runs, "RUNS", tmp_path / "runs")
    before = len(ipywidgets.widgets.widget._instances)
    lab = laboratory.latent_dim_lab()
    lab.settings.epochs.value = 400
    lab.start.click()
    until(lambda: begun(lab))
    lab.close()
    assert lab.wait(60)
    assert len(ipywidgets.widgets.widget._instances) == before


def test_many_starts_and_stops_leave_nothing_behind(lab, monkeypatch):
    monkeypatch.setattr(lab_runs, "JUDGES", {})
    before, sizes = threading.active_count(), []
    lab.settings.epochs.value = 400
    for number in range(20):
        lab.start.click()
        until(lambda: begun(lab))
        lab.stop.click()
        assert lab.wait(60)
        if number in (9, 19):
            gc.collect()
            widgets = len(ipywidgets.widgets.widget._instances)
            sizes.append((widgets, psutil.Process().memory_info().rss / 2**20))
    assert threading.active_count() == before
    assert len(lab.shelf.cards) == lab_cards.SHOWN
    (widgets, memory), (widgets_later, memory_later) = sizes
    assert widgets_later == widgets
    assert memory_later < memory + 20


def test_the_trial_of_the_machine_gives_a_time():
    assert 0 < lab_runs.seconds_a_batch("mlp") < 10
    config = TrainingConfig(batch_size=128, epochs=2)
    assert lab_settings.seconds(config) == 2 * lab_runs.seconds_an_epoch(config, 1797)
