"""The instruments that explore: every control pressed, without a browser."""

import re

import pytest
import torch

from gan_lesson.models import Discriminator, Generator
from gan_lesson.widgets.instrument import LANGUAGE
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
    assert not re.search(r"[\u4e00-\u9fff]", everything + text(explorer.point))
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
