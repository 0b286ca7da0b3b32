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

from gan_lesson import BilingualError, data, plots, runs
from gan_lesson.config import TrainingConfig
from gan_lesson.widgets import instrument as shared
from gan_lesson.widgets import language_switch as switches
from gan_lesson.widgets import latent_dim_lab as laboratory
from gan_lesson.widgets.instrument import LANGUAGE, Instrument, say


@pytest.fixture(autouse=True)
def both_languages(monkeypatch, tmp_path):
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))
    yield
    LANGUAGE.choice = "both"


@pytest.fixture
def lab():
    lab = laboratory.latent_dim_lab()
    lab.epochs.value = 400
    yield lab
    lab.close()
    assert lab.wait(5)


def until(condition, seconds=10):
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
    assert "開始" in said and "按「開始」" in lab.message.value
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
            stopping.wait(5)
            order.append(f"{name} ends")

        return run

    for name in "abc":
        box.work(task(name))
        until(lambda name=name: order and order[-1] == f"{name} starts")
    assert box.working
    box.stop_work()
    assert not box.working and box.wait(5)
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
        box.wait(5)
        assert zh in box.message.value and en in box.message.value
        assert 'role="alert"' in box.message.value
        LANGUAGE.choice = "en"
        assert zh not in box.message.value and en in box.message.value
        LANGUAGE.choice = "both"


def test_running_a_cell_again_closes_what_it_showed(monkeypatch):
    parent = {"metadata": {"cellId": "one"}, "header": {"msg_id": "first"}}
    monkeypatch.setattr(shared, "get_ipython", lambda: SimpleNamespace(get_parent=lambda: parent))
    old, beside = Instrument(), Instrument()
    old.work(lambda stopping: stopping.wait(5))
    assert old.working, "two instruments of one run of a cell live together"
    parent["metadata"] = {"cellId": "two"}
    other = Instrument()
    other.work(lambda stopping: stopping.wait(5))
    parent |= {"metadata": {"cellId": "one"}, "header": {"msg_id": "second"}}
    Instrument()
    assert not old.working and old.wait(1) and old.box.comm is None and beside.box.comm is None
    assert other.working, "another cell's instrument is left alone"
    other.close()


def test_when_nobody_looks_any_more_the_work_ends():
    box = Instrument()
    box.work(lambda stopping: stopping.wait(5))
    for views in (["page"], ["page", "page"], ["page"], ["page after a reload"]):
        box.helper.views = views
        assert box.working
    box.helper.views = []
    assert not box.working and box.wait(1)


def test_closing_twice_is_no_error():
    box = Instrument()
    box.close()
    box.close()
    assert box.box.comm is None


def test_what_was_asked_to_stop_does_not_complain_any_more():
    box = Instrument()

    def fail(stopping):
        stopping.wait(5)
        raise ValueError("太晚 · too late")

    box.work(fail)
    box.tell("別的事", "something else")
    box.stop_work()
    assert box.wait(5) and "something else" in box.message.value


def test_first_picture_at_once_then_moving_then_stopped(lab):
    lab.start.click()
    until(lambda: "<img" in lab.picture.value, 3)
    first = lab.picture.value
    until(lambda: "<img" in lab.picture.value and lab.picture.value != first)
    until(lambda: "polyline" in lab.curves.value)
    assert re.search(r'alt="[^"]*latent_dim 100', lab.picture.value)
    assert re.search(r'aria-label="[^"]*loss_d \d', lab.curves.value)
    assert re.search(r"第 \d+／400 回合.*\d+ 批.*epoch \d+ of 400.*\d+ s left", lab.progress.value)
    lab.stop.click()
    assert not lab.working and "Stopped" in lab.message.value
    assert lab.wait(5) and len(lab.runs) == len(lab.shelf.children) == 1
    assert 0 < lab.runs[0].epochs < 400
    assert "batches a second" in lab.progress.value and "left" not in lab.progress.value


def test_runs_line_up_with_settings_and_measures(lab):
    lab.epochs.value = 3
    for latent_dim in (2, 10, 100):
        lab.latent_dim.value = latent_dim
        lab.start.click()
        assert lab.wait(20)
    assert [run.config.latent_dim for run in lab.runs] == [2, 10, 100]
    assert len(lab.shelf.children) == 3 and "Side by side" in lab.title.value
    pictures = {re.search(r"base64,([^\"]*)", card.page.value)[1] for card in lab.cards}
    assert len(pictures) == 3
    for card in lab.cards:
        assert "Inception score" in card.page.value and "/10" in card.page.value
    assert lab.runs[0].code == "config = TrainingConfig(dataset='digits', latent_dim=2, epochs=3)"
    scope = {"TrainingConfig": TrainingConfig}
    exec(lab.runs[0].code, scope)
    assert scope["config"] == lab.runs[0].config


def test_a_run_is_what_train_makes_of_its_settings(lab):
    for name, value in (("latent_dim", 3), ("beta1", 0.5), ("batch_size", 128), ("seed", 7)):
        getattr(lab, name).value = value
    lab.learning_rate.value, lab.epochs.value = 0.002, 2
    lab.start.click()
    lab.wait(20)
    config = lab.runs[0].config
    assert config == TrainingConfig(
        latent_dim=3, beta1=0.5, batch_size=128, seed=7, learning_rate=0.002, epochs=2
    )
    state = runs.start(laboratory.recipes.build_networks, config)
    images, _ = data.load_images("digits")
    for _ in laboratory.recipes.train(state, images, None):
        pass
    wall = plots.wall(runs.sample(state.drawer, runs.fixed_noise(config)))
    assert (wall == lab.runs[0].pixels).all()


def test_the_students_random_numbers_are_left_alone(lab):
    torch.manual_seed(3)
    before = torch.get_rng_state()
    lab.epochs.value = 1
    lab.start.click()
    lab.wait(20)
    assert len(lab.runs) == 1 and torch.equal(torch.get_rng_state(), before)


def test_start_again_stops_what_ran_and_reset_puts_back(lab):
    lab.start.click()
    until(lambda: lab.live and lab.live.now)
    lab.latent_dim.value = 5
    lab.start.click()
    until(lambda: lab.live.config.latent_dim == 5 and lab.live.now)
    assert [run.config.latent_dim for run in lab.runs] == [100]
    lab.reset.click()
    assert not lab.working and lab.wait(5)
    assert lab.latent_dim.value == 100 and lab.epochs.value == TrainingConfig().epochs
    assert lab.picture.value == "" and len(lab.runs) == 2


@pytest.mark.parametrize("button", ["stop", "reset", "close"])
def test_ended_before_the_first_batch(lab, monkeypatch, button):
    loading, go_on = threading.Event(), threading.Event()

    def slow(name):
        loading.set()
        go_on.wait(5)
        return data.load_bytes(name)

    monkeypatch.setattr(laboratory, "load_bytes", slow)
    lab.start.click()
    assert loading.wait(5) and "loading" in lab.progress.value
    lab.close() if button == "close" else getattr(lab, button).click()
    go_on.set()
    assert lab.wait(5)
    assert not lab.runs and lab.live is None
    assert lab.progress.value == lab.picture.value == ""


def test_stopped_before_the_second_picture(lab, monkeypatch):
    monkeypatch.setattr(laboratory, "PAUSE", 100)
    lab.start.click()
    until(lambda: lab.live and lab.live.loss_d)
    lab.stop.click()
    assert lab.wait(5) and len(lab.runs) == 1
    assert "epoch 1 of 400" in lab.progress.value and "loading" not in lab.progress.value


def test_reset_while_a_picture_is_drawn_takes_it_away(lab, monkeypatch):
    sampling, go_on = threading.Event(), threading.Event()
    sample = runs.sample

    def slow(*arguments):
        sampling.set()
        go_on.wait(5)
        return sample(*arguments)

    monkeypatch.setattr(runs, "sample", slow)
    lab.start.click()
    assert sampling.wait(5)
    lab.reset.click()
    go_on.set()
    assert lab.wait(5) and lab.picture.value == ""


def test_a_language_chosen_while_a_run_lines_up_loses_no_card(lab, monkeypatch):
    """The page draws all cards while the thread adds one: neither forgets the other's."""
    lab.epochs.value = 1
    lab.start.click()
    assert lab.wait(20)
    drawing, go_on, draw = threading.Event(), threading.Event(), laboratory.Card.draw

    def slow(card):
        draw(card)
        if threading.current_thread() is threading.main_thread():
            drawing.set()
            go_on.wait(0.5)  # the time in which the thread would add its card

    monkeypatch.setattr(laboratory.Card, "draw", slow)
    lab.start.click()
    until(lambda: lab.live.ended and lab.live.config is not lab.runs[0].config)
    LANGUAGE.choice = "en"
    assert lab.wait(20) and drawing.is_set()
    assert len(lab.shelf.children) == len(lab.runs) == 2


def test_closing_in_the_middle_of_a_run_leaves_no_widget():
    before = len(ipywidgets.widgets.widget._instances)
    lab = laboratory.latent_dim_lab()
    lab.start.click()
    until(lambda: lab.live and lab.live.now)
    lab.close()
    assert lab.wait(5)
    assert len(ipywidgets.widgets.widget._instances) == before


def test_the_usual_length_follows_the_data_set(lab):
    lab.dataset.value = "mnist"
    assert lab.epochs.value == TrainingConfig(dataset="mnist").epochs


def test_another_model_brings_its_own_settings(lab):
    for model in laboratory.recipes.RECIPES:
        lab.model.value = model
        usual = TrainingConfig(model=model)
        assert lab.learning_rate.value == usual.learning_rate
        assert (lab.beta1.value, lab.batch_size.value) == (usual.beta1, usual.batch_size)


def nan_images(name):
    return torch.full((1797, 1, 28, 28), float("nan")), None


@pytest.mark.parametrize(
    "cause, zh, en",
    [
        ("a batch larger than the data set", "資料集只有 1797 張", "at most the data set"),
        ("NaN", "從 nan 到 nan", "from nan to nan"),
        ("missing data", "缺少", "is missing"),
    ],
)
def test_errors_are_said_and_the_next_start_works(lab, monkeypatch, tmp_path, cause, zh, en):
    with monkeypatch.context() as patch:
        if cause == "NaN":
            patch.setattr(laboratory, "load_bytes", nan_images)
        elif cause == "missing data":
            patch.setenv("GAN_LESSON_DATA", str(tmp_path))
            patch.setattr("torchvision.datasets.MNIST.mirrors", [])
            lab.dataset.value = "mnist"
        else:
            lab.batch_size.value = 2048
        lab.start.click()
        assert lab.wait(20)
        assert zh in lab.message.value and en in lab.message.value and not lab.runs
        assert "loading" not in lab.progress.value
    lab.reset.click()
    lab.epochs.value = 1
    lab.start.click()
    lab.wait(20)
    assert len(lab.runs) == 1 and "alert" not in lab.message.value


def test_save_writes_beside_the_runs_and_never_over_anything(lab, monkeypatch, tmp_path):
    monkeypatch.setattr(runs, "RUNS", tmp_path / "runs")
    lab.epochs.value = 1
    lab.start.click()
    lab.wait(20)
    for _ in range(2):
        lab.cards[0].save.click()
    files = sorted((tmp_path / "runs").iterdir())
    assert [file.name for file in files] == [f"lab-digits-latent100-00{n}.png" for n in (1, 2)]
    with laboratory.drawing.Image.open(files[0]) as picture:
        assert picture.size == (242, 242)
    assert str(files[1]) in lab.message.value
    monkeypatch.setattr(runs, "RUNS", tmp_path / "runs" / files[0].name)
    lab.cards[0].save.click()
    assert "cannot write" in lab.message.value


def test_copy_says_what_it_copied(lab):
    lab.epochs.value = 1
    lab.start.click()
    lab.wait(20)
    card = lab.cards[0]
    assert card.copy.text == lab.runs[0].code
    card.copy.copies += 1  # as the page reports it
    assert "copied: config = TrainingConfig(" in lab.message.value


def test_fifty_starts_and_stops_leave_nothing_behind(lab, monkeypatch):
    monkeypatch.setattr(laboratory.metrics, "has_classifier", lambda dataset: False)
    before, sizes = threading.active_count(), []
    for number in range(50):
        lab.start.click()
        until(lambda: lab.live and lab.live.now)
        lab.stop.click()
        assert lab.wait(5)
        lab.live = None
        if number in (9, 49):
            gc.collect()
            widgets = len(ipywidgets.widgets.widget._instances)
            sizes.append((widgets, psutil.Process().memory_info().rss / 2**20))
    assert threading.active_count() == before
    assert len(lab.runs) == len(lab.shelf.children) == laboratory.COMPARED
    (widgets, memory), (widgets_later, memory_later) = sizes
    assert widgets_later == widgets
    assert memory_later < memory + 20
