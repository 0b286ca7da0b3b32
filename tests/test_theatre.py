"""The toy world, its losses and measures, and the theatre that shows it."""

import copy
import html
import math
import re
import threading
import time

import pytest
import torch
from torch.nn.utils import parameters_to_vector as vector

from gan_lesson import losses, metrics, sub_steps
from gan_lesson.data import TOYS, toy_centres, toy_points
from gan_lesson.sub_steps import LOSSES
from gan_lesson.toy_world import ToyWorld, WorldDiverged
from gan_lesson.widgets import scenarios, theatre_pictures
from gan_lesson.widgets import training_step_theatre as module
from gan_lesson.widgets.drawing import Curve, chart
from gan_lesson.widgets.instrument import LANGUAGE
from gan_lesson.widgets.scenarios import SCENARIOS, parse_points, with_stroke
from gan_lesson.widgets.training_step_theatre import training_step_theatre

every_loss = pytest.mark.parametrize("loss", LOSSES)


@pytest.fixture
def theatre():
    theatre = training_step_theatre()
    yield theatre
    theatre.close()
    assert theatre.wait(60)
    LANGUAGE.choice = "both"


def until(condition):
    """Wait for what a thread does, however busy the machine is."""
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.005)


def walk(theatre, steps=10):
    """Wait until a run has taken some more steps."""
    before = len(theatre.world.history)
    until(lambda: len(theatre.world.history) >= before + steps)


def everything(world):
    """All that a world's next step depends on, to compare."""
    parts = world.generator, world.discriminator, world.optimizer_g, world.optimizer_d
    states = [copy.deepcopy(part.state_dict()) for part in parts]
    for state in states[2:]:
        del state["param_groups"]
    return states, world.random.get_state(), list(world.history), world.current, world.d_done


def same(first, second):
    if isinstance(first, torch.Tensor):
        return torch.equal(first, second)
    if isinstance(first, dict):
        return first.keys() == second.keys() and all(same(first[key], second[key]) for key in first)
    if isinstance(first, list | tuple):
        return len(first) == len(second) and all(map(same, first, second))
    return first == second


# --- losses and measures ---


def test_losses_on_logits_agree_with_those_on_probabilities():
    real, fake = torch.tensor([[2.0], [-1.0]]), torch.tensor([[0.5], [-3.0]])
    loss_d = losses.minimax_discriminator_loss(real, fake)
    loss_g = losses.non_saturating_generator_loss(fake)
    assert loss_d.item() == pytest.approx(
        losses.discriminator_loss(real.sigmoid(), fake.sigmoid()).item()
    )
    assert loss_g.item() == pytest.approx(losses.generator_loss(fake.sigmoid()).item())


def test_losses_by_hand():
    real, fake = torch.tensor([[2.0], [0.0]]), torch.tensor([[1.0], [-1.0]])
    undecided = torch.zeros(2, 1)
    assert losses.minimax_discriminator_loss(undecided, undecided).item() == pytest.approx(
        2 * math.log(2)
    )
    assert losses.minimax_generator_loss(torch.tensor([[math.log(3)]])).item() == pytest.approx(
        math.log(1 / 4)
    )
    assert losses.non_saturating_generator_loss(
        torch.tensor([[math.log(3)]])
    ).item() == pytest.approx(-math.log(3 / 4))
    assert losses.least_squares_discriminator_loss(real, fake).item() == 1.0  # (1 + 1) / 2
    assert losses.least_squares_generator_loss(fake).item() == 1.0  # (0 + 4) / 2 / 2
    assert losses.wasserstein_critic_loss(real, fake).item() == -1.0  # 0 - 1
    assert losses.wasserstein_generator_loss(fake).item() == 0.0


def test_saturation():
    """Where D is sure of a fake, minimax hardly pulls and the non-saturating loss does."""
    slopes = []
    for loss in (losses.minimax_generator_loss, losses.non_saturating_generator_loss):
        logit = torch.logit(torch.tensor([[0.01]])).requires_grad_()
        loss(logit).backward()
        slopes.append(logit.grad.item())
    assert slopes == pytest.approx([-0.01, -0.99])


def test_gradient_penalty_by_hand():
    critic = torch.nn.Linear(2, 1)
    torch.nn.init.constant_(critic.weight, 3.0)  # a slope of 3 * sqrt(2) everywhere
    points = torch.randn(5, 2)
    penalty = losses.gradient_penalty(critic, points, points + 1, torch.rand(5, 1))
    assert penalty.item() == pytest.approx((3 * math.sqrt(2) - 1) ** 2, rel=1e-5)
    penalty.backward()
    assert critic.weight.grad.abs().min() > 0


@pytest.mark.parametrize("name, count", [("ring", 8), ("grid", 25)])
def test_modes_covered_tells_good_from_bad(name, count):
    centres, real = toy_centres(name), toy_points(name, 1000)
    assert metrics.modes_covered(real, centres) == len(centres) == count
    assert metrics.modes_covered(centres[:1].repeat(1000, 1), centres) == 1
    assert metrics.modes_covered(real + 5, centres) == 0
    nearest = torch.cdist(real, centres).argmin(dim=1)
    assert metrics.modes_covered(real[nearest < 3], centres) == 3


def test_modes_need_a_fifth_of_their_share():
    centres = torch.tensor([[-1.0, 0.0], [1.0, 0.0]])
    few, enough = (centres[:1].repeat(100 - n, 1).tolist() + [[1.0, 0.1]] * n for n in (9, 10))
    assert metrics.modes_covered(torch.tensor(few), centres) == 1
    assert metrics.modes_covered(torch.tensor(enough), centres) == 2


def test_energy_distance_by_hand():
    a, b = torch.tensor([[0.0, 0.0]]), torch.tensor([[3.0, 4.0]])
    assert metrics.energy_distance(a, b) == pytest.approx(10)
    assert metrics.energy_distance(torch.cat([a, b]), torch.cat([a, b])) == 0
    assert metrics.energy_distance(torch.cat([a, b]), a) == pytest.approx(2.5)  # 5 - 2.5


@pytest.mark.parametrize("name", TOYS)
def test_energy_distance_tells_good_from_bad(name):
    points, others = toy_points(name, 1000).split(500)
    near = metrics.energy_distance(points, others)
    assert near < 0.02
    assert metrics.energy_distance(points, points[:1].repeat(500, 1)) > 10 * near
    assert metrics.energy_distance(points, torch.zeros(500, 2)) > 10 * near


def test_toy_centres():
    assert toy_centres("moons") is toy_centres("spiral") is None
    for name in ("ring", "grid"):
        assert torch.cdist(toy_points(name, 500), toy_centres(name)).min(dim=1).values.max() < 0.15


# --- the world ---


def test_default_settings_cover_the_ring():
    world = ToyWorld()
    for _ in range(600):
        world.both_steps()
    view = world.look()
    assert view.modes >= 7
    assert view.distance < 0.05


def world_with(loss):
    world = ToyWorld()
    world.loss = loss
    return world


@every_loss
def test_every_loss_trains(loss):
    world = world_with(loss)
    world.d_steps = 3 if loss == "Wasserstein" else 1
    start = world.look().distance
    for _ in range(250):
        world.both_steps()
    assert all(math.isfinite(number) for pair in world.history[1:] for number in pair[1:] if number)
    assert world.look().distance < start / 3


@every_loss
def test_slow_motion_is_the_same_step(loss):
    slow, quick = world_with(loss), world_with(loss)
    slow.d_steps = quick.d_steps = 2
    numbers = [slow.sub_step().number for _ in range(7 + 7 + 5)]
    assert numbers == [*range(1, 8), *range(1, 8), *range(8, 13)]
    quick.both_steps()
    assert same(everything(slow), everything(quick))
    assert not slow.half_walked


@every_loss
def test_the_code_that_is_shown_is_the_code_that_runs(loss):
    """The lines of two steps, run by themselves, train a twin to the same weights."""
    world, twin = world_with(loss), world_with(loss)
    names = vars(losses) | {"torch": torch, "random": twin.random, "world": twin.world}
    names |= {"generator": twin.generator, "discriminator": twin.discriminator}
    names |= {"critic": twin.discriminator}
    names |= {"optimizer_d": twin.optimizer_d, "optimizer_g": twin.optimizer_g}
    for _ in range(24):
        exec(world.sub_step().code, names)
    for network in ("generator", "discriminator"):
        ours, theirs = getattr(world, network).state_dict(), getattr(twin, network).state_dict()
        assert all(ours[name].equal(theirs[name]) for name in ours)


def test_a_line_that_is_changed_changes_the_step(monkeypatch):
    def backwards(names, code):
        exec(code.replace("loss_g.backward", "(-loss_g).backward"), names)
        return code

    usual, other = ToyWorld(), ToyWorld()
    usual.both_steps()
    monkeypatch.setattr(sub_steps, "run", backwards)
    other.both_steps()
    assert not same(everything(usual), everything(other))


def test_a_half_walked_step_is_finished_first():
    for name, after in (("discriminator_step", 1), ("generator_step", 2), ("both_steps", 2)):
        world = ToyWorld()
        for _ in range(3):
            world.sub_step()
        assert world.half_walked == "D"
        getattr(world, name)()
        assert not world.half_walked
        assert [network for network, _, _ in world.history] == ["D", "G"][:after]
    world.d_steps = 3
    for _ in range(7 + 2):  # in the second of three steps of D
        world.sub_step()
    world.both_steps()
    assert [network for network, _, _ in world.history] == ["D", "G", *"DDD", "G"]


def test_d_steps_per_step_of_g():
    world = ToyWorld()
    world.d_steps = 4
    world.both_steps()
    assert [network for network, _, _ in world.history] == [*"DDDD", "G"]


def test_restoring_is_exact_and_goes_on_the_same():
    world = ToyWorld()
    world.both_steps()
    for _ in range(10):  # G's step, half walked
        world.sub_step()
    moment, before = world.snapshot(), everything(world)
    for _ in range(5):
        world.both_steps()
    after = everything(world)
    for _ in range(2):
        world.restore(moment)
        assert world.half_walked == "G" and world.current.number == 10
        assert same(everything(world), before)
        for _ in range(5):
            world.both_steps()
        assert same(everything(world), after)


def test_the_random_numbers_of_others_are_left_alone():
    torch.manual_seed(5)
    state = torch.get_rng_state()
    world = ToyWorld()
    world.both_steps()
    world.sub_step()
    world.look()
    world.restore(world.snapshot())
    world.show_points([[0.0, 0.5]])
    world.reset()
    assert torch.equal(torch.get_rng_state(), state)
    assert same(everything(world), everything(ToyWorld()))


def test_the_picture_lies_as_the_plane_does():
    """For a discriminator whose output is x: blue to the right, and all arrows point there."""
    world = ToyWorld()
    world.discriminator = lambda points: points[:, :1]
    view = world.look()
    assert torch.allclose(view.heat[7], torch.linspace(-1.5, 1.5, 41).sigmoid(), atol=1e-6)
    assert view.says_real == pytest.approx(world.world[:500, 0].sigmoid().mean().item(), abs=1e-3)
    expected = 1 - view.fake[:, 0].sigmoid()  # minus the slope of -log D
    assert torch.allclose(view.pull[:, 0], expected) and not view.pull[:, 1].any()
    world.loss = "Wasserstein"
    view = world.look()
    assert (view.lowest, view.highest) == (-1.5, 1.5)
    assert torch.allclose(view.heat[7], torch.linspace(0, 1, 41), atol=1e-6)


def test_the_sentences_say_what_happened():
    world = ToyWorld()
    world.learning_rate_d = world.learning_rate_g = 0.01
    weights = {}
    for _ in range(12):
        for network in ("discriminator", "generator"):
            weights[network] = vector(getattr(world, network).parameters()).detach()
        step = world.sub_step()
        told, in_chinese = (
            [float(number) for number in re.findall(r"-?\d+\.\d+", sentence)]
            for sentence in (step.en, step.zh)
        )
        assert told == in_chinese
        if step.number == 2:
            z = told
        elif step.number == 3:
            assert told != z  # where the fake is, not its z
        elif step.number in (6, 11):
            network = world.discriminator if step.number == 6 else world.generator
            assert told[-1] == pytest.approx(sub_steps.gradient_size(network), abs=1e-4)
            pull = world.look().pull.norm(dim=1).mean().item()  # of other fakes, but much the same
            assert step.number == 6 or 0.5 < told[0] / pull < 2
        elif step.number == 7:
            moved = vector(world.discriminator.parameters()) - weights["discriminator"]
            assert told[0] == pytest.approx(moved.norm().item(), abs=1e-4)
            assert told[2] - told[4] > told[1] - told[3]  # D tells real from fake better
        elif step.number == 12:
            moved = vector(world.generator.parameters()) - weights["generator"]
            assert told[0] == pytest.approx(moved.norm().item(), abs=1e-4)
            assert told[2] < told[3]  # D believes the fakes more


def test_resetting_begins_with_d():
    world = ToyWorld()
    world.discriminator_step()
    world.reset()
    assert same(everything(world), everything(ToyWorld())) and world.sub_step().number == 1


def test_looking_changes_nothing():
    world = ToyWorld()
    for _ in range(11):
        world.sub_step()
    before = everything(world)
    world.look()
    assert same(everything(world), before)
    world.sub_step()
    other = ToyWorld()
    other.both_steps()
    assert same(everything(world), everything(other))


def test_points_of_the_user_are_learnt():
    world = ToyWorld()
    world.show_points([[0.5, 0.5], [-0.5, -0.5]])
    assert torch.cdist(world.world, world.centres).min(dim=1).values.max() < 0.2
    for _ in range(400):
        world.both_steps()
    assert world.look().modes == 2


def test_a_learning_rate_too_high_is_told_and_back_leads_out():
    world = ToyWorld()
    moment = world.snapshot()
    world.learning_rate_d = 1e30
    with pytest.raises(WorldDiverged, match=r"學習率太大.* · .*learning rate"):
        for _ in range(5):
            world.both_steps()
    world.look()  # even now
    world.learning_rate_d = 1e-3
    world.restore(moment)
    world.both_steps()
    assert math.isfinite(world.history[-1][1])


# --- the theatre ---


def test_buttons(theatre):
    theatre.d_step.click()
    theatre.g_step.click()
    theatre.both.click()
    assert [network for network, _, _ in theatre.world.history] == [*"DG", *"DG"]
    assert "D 2 · G 2" in theatre.numbers.value
    theatre.slow.click()
    assert theatre.world.half_walked == "D"
    theatre.reset.click()
    assert not theatre.world.history and not theatre.world.half_walked
    assert same(everything(theatre.world), everything(ToyWorld()))


def test_picture_changes_and_says_what_it_shows(theatre):
    pictures = {theatre.picture.value}
    for _ in range(3):
        theatre.both.click()
        pictures.add(theatre.picture.value)
    assert len(pictures) == 4
    assert 'role="img"' in theatre.picture.value
    assert "橘色叉是生成的" in theatre.picture.value
    assert "modes covered" in theatre.picture.value
    assert f"{theatre.world.look().distance:.3f}" in theatre.picture.value


def test_back_restores_exactly(theatre):
    moments = []
    controls = [theatre.both, theatre.slow, theatre.slow, theatre.d_step, theatre.slow]
    controls += [theatre.g_step, theatre.reset, theatre.both, *[theatre.slow] * 12]
    for control in controls:
        moments.append((everything(theatre.world), theatre.picture.value, theatre.steps.value))
        control.click()
    for before, picture, steps in reversed(moments):
        theatre.back.click()
        assert same(everything(theatre.world), before)
        assert theatre.picture.value == picture
        assert theatre.steps.value == steps
    theatre.back.click()
    assert "開頭" in theatre.message.value and "beginning" in theatre.message.value


def test_a_hundred_steps_back(theatre):
    for _ in range(120):
        theatre.both.click()
    for _ in range(120):
        theatre.back.click()
    assert not theatre.world.history
    assert same(everything(theatre.world), everything(ToyWorld()))


def test_slow_motion_shows_where_it_is(theatre):
    seen = []
    for number in range(1, 13):
        theatre.slow.click()
        assert theatre.steps.value.count("aria-current") == 1
        assert f'aria-current="step">▶ {number} ' in theatre.steps.value
        assert theatre.formula.value == f"${theatre.world.current.formula}$"
        seen.append((theatre.code.value, theatre.changed.value))
    assert len(set(seen)) == 12
    LANGUAGE.choice = "en"
    assert theatre.world.current.en in html.unescape(theatre.changed.value)
    LANGUAGE.choice = "zh"
    assert theatre.world.current.zh in theatre.changed.value


def test_run_and_stop(theatre):
    theatre.run.click()
    assert "停止" in theatre.run.description
    walk(theatre)
    theatre.run.click()
    assert not theatre._thread.is_alive() and "連續跑" in theatre.run.description


@pytest.mark.parametrize("name", ["d_step", "g_step", "both", "slow", "back", "reset"])
def test_any_button_stops_a_run_first(theatre, name):
    theatre.run.click()
    walk(theatre)
    getattr(theatre, name).click()
    assert not theatre._thread.is_alive()
    assert "連續跑" in theatre.run.description
    theatre.run.click()
    walk(theatre)
    theatre.run.click()


def test_run_after_half_a_step(theatre):
    theatre.slow.click()
    theatre.run.click()
    walk(theatre)
    theatre.run.click()
    assert "⚠" not in theatre.message.value


def test_a_run_stopped_before_it_began_can_be_started_again(theatre, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(theatre, "work", lambda task: None)
        theatre.run.click()
        theatre.run.click()
    assert "連續跑" in theatre.run.description
    theatre.run.click()
    assert theatre.working


def test_a_message_stays_when_the_language_changes(theatre):
    theatre.world.learning_rate_d = theatre.world.learning_rate_g = 1e30
    for _ in range(4):
        theatre.both.click()
    LANGUAGE.choice = "en"
    assert "learning rate" in theatre.message.value and "學習率" not in theatre.message.value


def test_settings_change_during_a_run_and_language_too(theatre):
    theatre.run.click()
    theatre.loss.value = "least squares"
    theatre.distribution.value = "grid"
    theatre.learning_rate_g.value = 3e-3
    for LANGUAGE.choice in ("en", "zh", "both"):
        walk(theatre)
    assert theatre.working
    theatre.run.click()
    assert theatre.world.loss == theatre.loss.value == "least squares"
    assert theatre.distribution.value == "grid" and "/ 25" in theatre.numbers.value
    assert "⚠" not in theatre.message.value


def test_no_thread_stays():
    before = threading.active_count()
    theatre = training_step_theatre()
    for _ in range(10):
        theatre.run.click()
    theatre.run.click()
    theatre.close()
    assert theatre.wait(60)
    assert threading.active_count() == before


def test_settings_go_on_with_the_same_weights(theatre):
    theatre.both.click()
    before = everything(theatre.world)
    theatre.loss.value = "Wasserstein"
    theatre.distribution.value = "spiral"
    theatre.d_steps.value = 5
    theatre.learning_rate_d.value, theatre.learning_rate_g.value = 3e-4, 1e-5
    assert same(everything(theatre.world), before)
    assert "modes covered <b>–" in theatre.numbers.value  # a spiral has none
    theatre.both.click()
    assert [network for network, _, _ in theatre.world.history[2:]] == [*"DDDDD", "G"]
    assert theatre.world.optimizer_d.param_groups[0]["lr"] == 3e-4
    assert theatre.world.optimizer_g.param_groups[0]["lr"] == 1e-5
    assert "critic(real)" not in theatre.code.value
    for _ in range(4):
        theatre.slow.click()
    assert "critic(real)" in theatre.code.value


@pytest.mark.parametrize("choice", ["zh", "en", "both"])
def test_menus_keep_their_choice_in_every_language(theatre, choice):
    theatre.loss.value, theatre.distribution.value = "minimax", "moons"
    LANGUAGE.choice = choice
    assert (theatre.loss.value, theatre.distribution.value) == ("minimax", "moons")
    assert theatre.world.loss == "minimax"
    names = " ".join(name for name, _ in theatre.distribution.options)
    assert ("螺旋" in names) == (choice != "en") and ("spiral" in names) == (choice != "zh")
    assert ("D 走一步" in theatre.d_step.description) == (choice != "en")


def units(x, y):
    """Where the page says that a place of the plane was pressed."""
    return [theatre_pictures.across(x), theatre_pictures.across(-y)]


def test_points_by_text_and_by_strokes(theatre):
    assert theatre.points_text.layout.display == "none"
    theatre.distribution.value = "my points"
    assert theatre.points_text.layout.display is None
    theatre.points_text.value = "0.5, -0.25\n\n-1，1.2"
    assert theatre.points == [[0.5, -0.25], [-1.0, 1.2]]
    theatre.pointed("plane", [units(0.1, 0.2)], True)
    theatre.pointed("plane", [units(0.14, 0.2), units(0.3, 0.2), units(0.5, 0.2)], False)
    assert theatre.points[2:] == [[0.1, 0.2], [0.3, 0.2], [0.5, 0.2]]  # 0.14 is too near
    assert parse_points(theatre.points_text.value) == theatre.points
    assert torch.equal(theatre.world.centres, torch.tensor(theatre.points))
    theatre.pointed("plane", [units(0.3, 0.2)], True)  # on a point: away with it
    assert "/ 4" in theatre.numbers.value and [0.3, 0.2] not in theatre.points
    theatre.distribution.value = "ring"
    assert len(theatre.world.centres) == 8
    theatre.pointed("plane", [units(-9, 0)], True)  # a stroke over the ring begins anew
    assert theatre.distribution.value == "my points" and theatre.points == [[-1.5, 0.0]]


def test_a_stroke_never_makes_too_many_points():
    stroke = [[x / 100, y / 100] for x in range(-150, 150, 13) for y in range(-150, 150, 13)]
    assert len(with_stroke([], stroke, True)) == scenarios.MOST


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_scenario_sets_its_settings_and_runs(theatre, name, monkeypatch):
    monkeypatch.setattr(module, "FAILING", math.inf)  # no failure stops before it is looked at
    theatre.loss.value, theatre.d_steps.value = "Wasserstein", 3  # to be put back
    theatre.both.click()
    before = len(theatre.world.history)
    theatre.scenario.value = next(other for other in SCENARIOS if other != name)
    theatre.run.click()
    theatre.scenario.value = name
    walk(theatre)
    assert SCENARIOS[name].look[1] in html.unescape(theatre.look.value) or name == "usual"
    theatre.run.click()
    for setting, value in (scenarios.USUAL | SCENARIOS[name].settings).items():
        assert getattr(theatre, setting).value == value
        assert setting == "distribution" or getattr(theatre.world, setting) == value
    betas = theatre.world.optimizer_g.param_groups[0]["betas"]
    assert betas == (SCENARIOS[name].settings.get("beta1", 0.0), 0.999)
    assert len(theatre.world.history) > before


def play(name, rounds, world=None):
    """A world after some rounds of a scenario, and how far its fakes are from the real points."""
    if SCENARIOS[name].anew or not world:
        world = ToyWorld()
    for setting, value in (scenarios.USUAL | SCENARIOS[name].settings).items():
        setattr(world, setting, value)
    for _ in range(rounds):
        world.both_steps()
    return world, world.look()


def test_the_scenarios_show_what_they_promise():
    world, view = play("collapse", 100)
    assert view.modes <= 2 and view.fake.std(dim=0).norm() < 0.3
    world, view = play("strong", 40)
    short = view.pull.norm(dim=1).mean()
    assert view.says_fake < 0.01
    world, view = play("strong cured", 0, world)
    assert view.pull.norm(dim=1).mean() > 3 * short
    world, view = play("rotation", 150)
    assert view.distance > 0.4
    world, view = play("rotation cured", 300, world)
    assert view.distance < 0.2


@pytest.mark.parametrize("name", ["collapse", "strong", "rotation"])
def test_a_failure_stops_where_its_cure_begins(theatre, name, monkeypatch):
    tenth = scenarios.FAILING // 10  # for a busy machine
    monkeypatch.setattr(module, "FAILING", tenth)
    theatre.scenario.value = name
    assert theatre.wait(60)
    assert len(theatre.world.history) == tenth and not theatre.working
    assert scenarios.FAILED[1] in html.unescape(theatre.look.value)
    theatre.run.click()  # whoever wants to see more
    walk(theatre)
    theatre.run.click()
    assert len(theatre.world.history) > tenth


@pytest.mark.parametrize("name", ["collapse", "rotation"])
def test_a_cure_succeeds_where_the_failure_stopped(name):
    world, _ = play(name, scenarios.FAILING // 2)
    _, view = play(f"{name} cured", 1500, world)
    assert view.modes >= 7 and view.distance < 0.05


def test_slow_motion_plays_itself(theatre, monkeypatch):
    monkeypatch.setitem(module.SPEEDS, "slow", 0)
    theatre.speed.value = "slow"
    seen = set()
    theatre.steps.observe(lambda change: seen.add(change.new), "value")
    theatre.run.click()
    walk(theatre, 4)
    theatre.run.click()
    assert len(seen) >= 12


def test_one_sentence_says_what_to_look_at(theatre):
    assert "Press Run" in theatre.look.value
    for words in scenarios.SUB_STEPS:
        theatre.slow.click()
        assert words[1] in html.unescape(theatre.look.value)
    world, view = ToyWorld(), ToyWorld().look()
    world.history = [("D", 1.0, 1.0)] * 500

    def say(**changes):
        return scenarios.what_to_look_at(world, view._replace(**changes), None)[1]

    assert "nearly always right" in say(says_real=0.95, says_fake=0.05)
    assert "cannot tell" in say(distance=0.01)
    assert "few clusters" in say(modes=1)
    assert "follow the arrows" in say(modes=7)


@pytest.mark.parametrize("bad", ["0.5", "a, b", "0.5, 2", "1, 2, 3", "nan, 0", "0, nan", "0, inf"])
def test_a_bad_line_is_told(theatre, bad):
    theatre.distribution.value = "my points"
    points = theatre.points
    theatre.points_text.value = f"0, 0\n{bad}"
    assert "第 2 行" in theatre.message.value and "Line 2" in theatre.message.value
    assert 'role="alert"' in theatre.message.value
    assert theatre.points == points and len(theatre.world.centres) == len(points)
    theatre.points_text.value = "0, 0"
    assert "⚠" not in theatre.message.value and theatre.points == [[0.0, 0.0]]


def test_no_points_are_refused(theatre):
    theatre.distribution.value = "my points"
    theatre.points_text.value = ""
    assert "一個點也沒有" in theatre.message.value and "no point" in theatre.message.value
    theatre.both.click()
    assert len(theatre.world.centres) == 6
    theatre.pointed("plane", [units(0.3, 0.3)], True)
    assert "⚠" not in theatre.message.value


@pytest.mark.parametrize("way", ["both", "run"])
def test_divergence_is_told_and_reset_works(theatre, way):
    theatre.world.learning_rate_d = theatre.world.learning_rate_g = 1e30
    for _ in range(4 if way == "both" else 1):
        getattr(theatre, way).click()
    theatre.wait(60)
    assert "學習率太大" in theatre.message.value and "learning rate" in theatre.message.value
    assert "連續跑" in theatre.run.description
    theatre.world.learning_rate_d = theatre.world.learning_rate_g = 1e-3
    theatre.reset.click()
    assert "⚠" not in theatre.message.value
    theatre.both.click()
    assert len(theatre.world.history) == 2


def test_two_theatres_do_not_disturb_each_other(theatre):
    other = training_step_theatre()
    torch.manual_seed(3)
    state = torch.get_rng_state()
    theatre.run.click()
    other.run.click()
    walk(theatre)
    walk(other)
    theatre.run.click()
    assert other.working
    other.run.click()
    assert torch.equal(torch.get_rng_state(), state)
    lengths = [len(one.world.history) // 2 for one in (theatre, other)]
    alone = ToyWorld()
    for done in range(1, max(lengths) + 1):
        alone.both_steps()
        for one, length in zip((theatre, other), lengths, strict=True):
            if done == length:
                assert same(everything(one.world)[0], everything(alone)[0])
    other.close()


def both_losses(loss_d, loss_g):
    return chart([Curve("d", loss_d, "blue"), Curve("g", loss_g, "red", "6 3")], "alt")


def test_curves_below_zero_and_with_huge_or_missing_losses():
    curves = both_losses([math.nan, -1.5, -0.5], [math.nan, math.nan, 0.25])
    paths = re.findall(r'<path d="M([^"]*)"[^>]*class="gan-curve"', curves)
    assert len(paths) == 2 and "nan" not in curves
    assert ">-1.5<" in curves and ">-0<" not in curves
    heights = [float(place.split()[1]) for place in paths[0].split("L")]
    assert heights[0] > heights[1]  # -1.5 lies lower than -0.5
    assert len(both_losses([1e9, 2e9], [0, 1e30])) < 5000


def test_a_long_run_is_no_long_drawing():
    history = [("D", 1.4, 0.7)] * 10000
    drawn = theatre_pictures.curves(history, [(step, 1 / step) for step in range(1, 10001, 10)])
    paths = re.findall(r'<path d="M([^"]*)"[^>]*class="gan-curve"', drawn)
    assert [len(path.split("L")) for path in paths] == [200] * 3
    assert all(path.startswith("0.00 ") and "L100.00 " in path for path in paths)
    assert "gan-curve" not in theatre_pictures.curves([], [])
