"""The instruments that explore: every control pressed, without a browser."""

import math
import re
import threading
import time

import pytest
import torch
from torch import nn

from gan_lesson import plots
from gan_lesson.latent import directions, equal_parts, latent_map, lerp, slerp
from gan_lesson.metrics import load_classifier, measure
from gan_lesson.models import ConditionalGenerator, Discriminator, Generator, load_generator
from gan_lesson.runs import sample
from gan_lesson.widgets import drawing
from gan_lesson.widgets import latent_explorer as latent_explorer_module
from gan_lesson.widgets.instrument import LANGUAGE
from gan_lesson.widgets.latent_explorer import latent_explorer, name_directions
from gan_lesson.widgets.shape_explorer import build, count, shape_explorer


@pytest.fixture(autouse=True)
def both_languages():
    LANGUAGE.choice = "both"
    yield
    LANGUAGE.choice = "both"


def alt(widget):
    """What a screen reader says of an instrument's picture."""
    return re.search(r'(?:aria-label|alt)="([^"]*)"', widget.value).group(1)


def text(widget):
    return re.sub(r"<style>.*?</style>|<[^>]+>", " ", widget.value, flags=re.S)


# --- shape_explorer -----------------------------------------------------------------------------


def test_it_starts_with_the_lessons_own_networks():
    explorer = shape_explorer()
    assert str(build("generator", 100, 128)) == str(Generator(100).model)
    assert str(build("discriminator", 100, 128)) == str(Discriminator().model)
    assert f"{count(Generator(100)):,}" == "114,064"
    assert "12,928 + 101,136 = 114,064" in text(explorer.sums)
    assert "+" not in text(explorer.sums).split("114,064")[-1]
    explorer.network.value = "discriminator"
    assert f"100,480 + 129 = {count(Discriminator()):,}" in text(explorer.sums)
    explorer.close()


@pytest.mark.parametrize("latent_dim", [1, 2, 7, 100, 256])
@pytest.mark.parametrize("hidden", [8, 128, 512])
@pytest.mark.parametrize("network", ["generator", "discriminator"])
def test_drawing_and_sums_follow_every_control(latent_dim, hidden, network):
    explorer = shape_explorer()
    explorer.latent_dim.value, explorer.hidden.value = latent_dim, hidden
    explorer.network.value = network
    sizes = (latent_dim, hidden, 784) if network == "generator" else (784, hidden, 1)
    expected = sizes[0] * sizes[1] + sizes[1] + sizes[1] * sizes[2] + sizes[2]
    sums = text(explorer.sums)
    assert f"{sizes[0]} × {sizes[1]} + {sizes[1]} = {sizes[0] * sizes[1] + sizes[1]:,}" in sums
    assert f"= {expected:,}" in sums and f"× 4 = {4 * expected:,}" in sums
    marks = text(explorer.sums).replace("✓ 相等", "").replace("✓ equal", "").count("✓")
    assert marks == 6 and "✗" not in sums  # four layers, their sum, and the bytes
    for size in sizes:
        assert f"(64, {size})" in alt(explorer.drawing)
    assert f"{expected:,}" in alt(explorer.drawing)
    explorer.close()


def test_a_wrong_count_by_hand_would_show(monkeypatch):
    from gan_lesson.widgets import shape_explorer as module

    monkeypatch.setattr(module, "_by_hand", lambda layer: ("1 + 1", 2))
    explorer = module.shape_explorer()
    assert "✗" in text(explorer.sums)
    explorer.close()


def test_latent_dim_changes_the_first_layer_only():
    explorer = shape_explorer()
    explorer.latent_dim.value = 2
    changes = re.findall(r"<td>([^<]*)</td></tr>", explorer.sums.value)
    assert changes[0] == "−12,544" == changes[4]
    assert all("不變" in change for change in changes[1:4])
    explorer.network.value = "discriminator"
    changes = re.findall(r"<td>([^<]*)</td></tr>", explorer.sums.value)
    assert all("不變" in change for change in changes[:5])
    explorer.close()


def test_shapes_in_another_language_and_the_choice_stays():
    explorer = shape_explorer()
    explorer.network.value = "discriminator"
    LANGUAGE.choice = "en"
    assert explorer.network.value == "discriminator"
    everything = text(explorer.drawing) + text(explorer.sums) + alt(explorer.drawing)
    assert not re.search(r"[\u4e00-\u9fff]", everything + text(explorer.message))
    assert explorer.hidden.description == "hidden width"
    LANGUAGE.choice = "zh"
    assert "辨別器" in alt(explorer.drawing) and explorer.hidden.description == "中間層寬度"
    explorer.close()


def test_shapes_leave_the_students_random_numbers_alone():
    torch.manual_seed(1)
    before = torch.get_rng_state()
    explorer = shape_explorer()
    explorer.latent_dim.value, explorer.hidden.value = 3, 9
    assert torch.equal(torch.get_rng_state(), before)
    explorer.close()


# --- latent space -------------------------------------------------------------------------------


def test_lerp_and_slerp_by_hand():
    a, b = torch.tensor([2.0, 0.0]), torch.tensor([0.0, 2.0])
    assert torch.allclose(lerp(a, b, 0.25), torch.tensor([1.5, 0.5]))
    assert torch.allclose(slerp(a, b, 0.5), torch.tensor([2**0.5, 2**0.5]))
    third = torch.tensor([2 * math.cos(math.pi / 6), 2 * math.sin(math.pi / 6)])
    assert torch.allclose(slerp(a, b, 1 / 3), third)
    for walk in (lerp, slerp):
        assert torch.allclose(walk(a, b, 0), a, atol=1e-6)
        assert torch.allclose(walk(a, b, 1), b, atol=1e-6)


@pytest.mark.parametrize("b", [[1.0, 2.0], [2.0, 4.0], [-1.0, -2.0], [0.0, 0.0]])
def test_slerp_goes_straight_where_there_is_no_arc(b):
    a, b = torch.tensor([1.0, 2.0]), torch.tensor(b)
    found = slerp(a, b, torch.linspace(0, 1, 5)[:, None])
    assert found.isfinite().all()
    if b.any():
        assert torch.allclose(found, lerp(a, b, torch.linspace(0, 1, 5)[:, None]), atol=1e-4)


def test_paths_take_batches():
    random = torch.Generator().manual_seed(0)
    a, b = torch.randn(2, 3, 100, generator=random)
    found = slerp(a, b, 0.3)
    assert found.shape == (3, 100)
    assert torch.allclose(found[1], slerp(a[1], b[1], 0.3))
    assert slerp(a[0], b[0], torch.rand(7, 1)).shape == (7, 100)


class Straight(nn.Module):
    """An image that follows z linearly: number 3 of z counts most, then number 8. Like those of
    digits, the mean of many is not 0."""

    def __init__(self, latent_dim=20):
        super().__init__()
        self.linear = nn.Linear(latent_dim, 784, bias=False)
        with torch.no_grad():
            self.linear.weight.mul_(0.1)
            self.linear.weight[:, 3].mul_(50)
            self.linear.weight[:, 8].mul_(20)

    def forward(self, z):
        return self.linear(z + 3).view(-1, 1, 28, 28)


def test_directions_are_found_from_outside():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        generator = Straight()
    found = directions(generator, 20, count=2)
    assert torch.allclose(found.norm(dim=1), torch.ones(2))
    assert found[0].argmax() == 3 and found[0, 3] > 0.97
    assert found[1].argmax() == 8 and found[1, 8] > 0.97
    assert torch.equal(found, directions(generator, 20, count=2))
    assert torch.equal(directions(Generator(2), 2), torch.eye(2))


def test_equal_parts_by_hand_and_by_drawing():
    assert torch.allclose(equal_parts(1), torch.zeros(1))
    assert torch.allclose(equal_parts(2), torch.tensor([-0.6745, 0.6745]), atol=1e-4)  # quartiles
    assert equal_parts(20)[-1].item() == pytest.approx(1.95996, abs=1e-4)  # 97.5 %
    middles = equal_parts(7)
    assert torch.allclose(middles, -middles.flip(0), atol=1e-6)
    z = torch.randn(70_000, generator=torch.Generator().manual_seed(0))
    below = (z[:, None] < middles).double().mean(dim=0)  # half a part, then whole ones
    assert torch.allclose(below, (torch.arange(7) + 0.5).double() / 7, atol=0.01)
    evenly = torch.linspace(-3, 3, 7)  # a planted mistake: these are not equally probable
    assert not torch.allclose((z[:, None] < evenly).double().mean(dim=0), below, atol=0.05)


def test_the_map_starts_at_the_upper_left():
    q = 0.6745
    expected = torch.tensor([[-q, q], [q, q], [-q, -q], [q, -q]])
    assert torch.allclose(latent_map(2), expected, atol=1e-4)
    assert latent_map(5).shape == (25, 2)


@pytest.mark.parametrize(
    "stranger", [Discriminator(), nn.ReLU(), nn.Linear(3, 4), Generator, "a file", build]
)
def test_what_is_no_generator_is_refused_in_both_languages(stranger):
    with pytest.raises(TypeError, match=r"不是生成器.* · .*not a generator"):
        latent_explorer(stranger)


# --- latent_explorer ----------------------------------------------------------------------------


@pytest.fixture
def explorer():
    explorer = latent_explorer()
    yield explorer
    explorer.close()
    assert explorer.wait(60)


def until(condition):
    """Wait for what a thread does, however busy the machine is."""
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.005)


def picture(explorer):
    return re.search('src="([^"]*)"', explorer.image.value).group(1)


def shown_z(explorer):
    return float(re.search(r"‖z‖ = ([\d.]+)", text(explorer.place)).group(1))


def test_the_stored_generator_draws_digits():
    images = sample(load_generator(), torch.randn(500, 100, generator=torch.Generator()))
    quality = measure(images, load_classifier("digits"))
    assert quality.sure > 0.6 and min(quality.shares) > 0.03


@pytest.mark.parametrize("latent_dim", [1, 2, 6, 7, 100])
def test_every_control_redraws_at_any_latent_dim(latent_dim):
    explorer = latent_explorer(Generator(latent_dim))
    assert len(explorer.directions) == min(6, latent_dim)
    for control, value in [
        *((slider, -3) for slider in explorer.directions),
        (explorer.truncation, 0.5),
        (explorer.between, 0.5),
    ]:
        before = picture(explorer), alt(explorer.image)
        control.value = value
        assert picture(explorer) != before[0] and alt(explorer.image) != before[1], control
    for button in (explorer.new_point, explorer.set_a, explorer.reset):
        before = alt(explorer.image)
        button.click()
        assert alt(explorer.image) != before
    explorer.close()


def test_labels_beside_z_are_no_part_of_it():
    explorer = latent_explorer(ConditionalGenerator(7))
    assert explorer.latent_dim == 7
    explorer.close()


def test_straight_is_short_in_the_middle_and_the_arc_is_not(explorer):
    explorer.between.value = 0.5
    straight = shown_z(explorer)
    explorer.path.value = "spherical"
    assert straight < 8 and shown_z(explorer) > 9
    assert f"{straight:.1f}" in alt(explorer.lengths) and "10.0" in alt(explorer.lengths)
    assert explorer.lengths.value.count("gan-curve") == 3  # and √latent_dim


def test_the_point_is_what_the_docstring_says(explorer):
    a, b, found = explorer._ends["a"], explorer._ends["b"], explorer._vectors
    explorer.between.value, explorer.truncation.value = 0.25, 0.8
    explorer.directions[1].value, explorer.directions[4].value = 2, -1
    expected = 0.8 * (0.75 * a + 0.25 * b + 2 * found[1] - found[4])
    assert shown_z(explorer) == pytest.approx(expected.norm().item(), abs=0.006)
    images = sample(explorer.generator, expected[None])
    assert drawing.data_url(plots.wall(images, 1)) == picture(explorer)
    described = alt(explorer.image)
    assert "+2.0" in described and "-1.0" in described and "0.25" in described


def test_an_end_that_is_set_leaves_the_picture_and_moves_the_path(explorer):
    explorer.between.value = 0.3
    explorer.directions[0].value = 1.5
    for button, place in ((explorer.set_a, 0), (explorer.set_b, 1)):
        before, strip = picture(explorer), explorer.strip.value
        button.click()
        assert picture(explorer) == before
        assert explorer.strip.value != strip and explorer.between.value == place
        explorer.new_point.click()
    assert explorer.directions[0].value == 0


def test_a_new_point_leaves_the_path_until_between_moves(explorer):
    explorer.new_point.click()
    assert "random point" in alt(explorer.image)
    assert "visibility:hidden" in explorer.strip.value
    explorer.between.value = 0.1
    assert "0.10" in alt(explorer.image) and "visibility:visible" in explorer.strip.value


@pytest.mark.parametrize("share, place", [(0, 0), (0.5, 0.5), (0.99, 1), (1, 1), (-1, 0)])
def test_a_press_on_the_strip_goes_there(explorer, share, place):
    explorer.new_point.click()
    explorer.pointed("strip", [[share, 0.5]], True)
    assert explorer.between.value == place and f"{place:.2f}" in alt(explorer.image)


def test_the_generators_that_are_shipped(explorer):
    given = picture(explorer)
    reading = r"classifier reads (\d)"
    for digit in (3, 8):
        explorer.source.value, explorer.digit.value = "number", digit
        places = range(0, 9, 2)
        read = []
        for place in places:
            explorer.between.value = place / 8
            read.append(re.search(reading, text(explorer.place))[1])
        assert read.count(str(digit)) >= 4
    explorer.source.value = "hanzi"
    assert explorer.digit.layout.display == "none" and "no classifier" in text(explorer.place)
    explorer.source.value = "given"
    assert picture(explorer) == given


def test_the_conditional_generator_leaves_no_speckle():
    """The deviation of a pixel from the mean of its neighbours, against that of real digits."""

    def roughness(images):
        images = images.view(-1, 1, 28, 28)
        around = torch.ones(1, 1, 3, 3)
        around[0, 0, 1, 1] = 0
        mean = nn.functional.conv2d(images, around / 8)
        return (images[:, :, 1:-1, 1:-1] - mean)[..., :3].abs().mean().item()  # on the ground

    z = torch.randn(200, 100, generator=torch.Generator().manual_seed(0))
    clean = max(roughness(sample(load_generator("number", digit), z)) for digit in range(10))
    assert clean < roughness(sample(load_generator(), z)) / 3


def test_directions_are_named_by_what_they_change():
    class Bold(nn.Linear):
        def forward(self, z):
            return z[:, :1].sigmoid().expand(-1, 784) * 2 - 1

    vectors = torch.eye(3)[:2]
    (zh, en), other = name_directions(Bold(3, 1), vectors)
    assert (zh, en) == ("細 ↔ 粗", "thin ↔ bold") and other is None
    assert name_directions(Bold(3, 1), -vectors)[0][1] == "bold ↔ thin"
    digits = name_directions(
        load_generator(), directions(load_generator(), 100), load_classifier("digits")
    )
    assert all(re.fullmatch(r"\d ↔ \d", en) for _, en in digits)


def test_reset_is_the_beginning(explorer):
    before = picture(explorer), explorer.strip.value, explorer.lengths.value
    explorer.new_point.click()
    explorer.set_b.click()
    explorer.path.value, explorer.truncation.value = "spherical", 0.2
    explorer.directions[5].value = 3
    explorer.reset.click()
    assert (picture(explorer), explorer.strip.value, explorer.lengths.value) == before


def test_play_walks_until_it_is_stopped(explorer):
    assert "Play" in explorer.play.description
    explorer.play.click()
    until(lambda: explorer.between.value >= 0.1)
    assert explorer.working and "Stop" in explorer.play.description
    explorer.play.click()
    assert explorer.wait(60) and "Play" in explorer.play.description


def test_play_turns_round_at_both_ends(explorer, monkeypatch):
    monkeypatch.setattr(latent_explorer_module, "FRAME", 0.001)
    places = []
    explorer.between.observe(lambda change: places.append(change.new), "value")
    explorer.play.click()
    until(lambda: len(places) >= 120)
    explorer.play.click()
    assert explorer.wait(60)
    assert max(places) == 1 and min(places[60:]) == 0


@pytest.mark.parametrize("button", ["new_point", "set_a", "set_b", "reset"])
def test_a_button_ends_the_playing(explorer, button):
    explorer.play.click()
    until(lambda: explorer.between.value > 0)
    getattr(explorer, button).click()
    place = explorer.between.value
    assert explorer.wait(60) and "Play" in explorer.play.description
    assert explorer.between.value == place


def test_closing_leaves_no_thread():
    before = threading.active_count()
    for _ in range(20):
        explorer = latent_explorer(Generator(2))
        explorer.play.click()
        explorer.close()
        assert explorer.wait(60)
    assert threading.active_count() == before


def test_exploring_in_another_language(explorer):
    explorer.path.value = "spherical"
    explorer.directions[0].value = 1
    LANGUAGE.choice = "en"
    assert explorer.path.value == "spherical" and explorer.directions[0].value == 1
    widgets = (explorer.image, explorer.place, explorer.strip, explorer.lengths)
    everything = "".join(text(widget) for widget in widgets)
    everything += "".join(alt(explorer.__dict__[name]) for name in ("image", "strip", "lengths"))
    everything += explorer.play.description + explorer.truncation.tooltip
    assert not re.search(r"[\u4e00-\u9fff]", everything)
    LANGUAGE.choice = "zh"
    assert "球面" in alt(explorer.image) and explorer.new_point.description == "新的點"


def test_exploring_leaves_the_students_things_alone():
    torch.manual_seed(1)
    generator = Generator(100)
    before = torch.get_rng_state()
    explorer = latent_explorer(generator)
    explorer.new_point.click()
    explorer.reset.click()
    assert torch.equal(torch.get_rng_state(), before)
    drawn = picture(explorer)
    with torch.no_grad():
        generator.model[2].weight.mul_(2)  # training goes on
    explorer.draw()
    assert picture(explorer) == drawn and generator.training
    explorer.close()
