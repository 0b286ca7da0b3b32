"""Dungeon levels: the recipe, measures that tell good from bad, and the notebook's networks."""

import functools
import math

import cells
import numpy as np
import pytest
import torch

from gan_lesson.applications import levels
from gan_lesson.metrics import energy_distance

LEVEL = np.array(
    [
        [levels.SIGNS.index(sign) for sign in row]
        for row in (
            "##########",
            "<...######",
            "#...#.+..>",
            "#...#.#..#",
            "#...+.#..#",
            "#...###..#",
            "#...###..#",
            "#$..###..#",
            "##########",
            "##########",
        )
    ]
)


def changed(*changes):
    level = LEVEL.copy()
    for row, column, sign in changes:
        level[row, column] = levels.SIGNS.index(sign)
    return level


def test_every_level_of_the_recipe_is_playable_and_different():
    made = levels.example_levels(1000)
    assert made.shape == (1000, 10, 10)
    assert levels.which_are_playable(made).all()
    assert len(made.unique(dim=0)) == 1000
    assert made.equal(levels.example_levels(1000))
    for kind in (levels.TREASURE, levels.ENTRANCE, levels.EXIT):
        assert ((made == kind).sum(dim=(1, 2)) == 1).all()
    assert ((made == levels.DOOR).sum(dim=(1, 2)) == 2).all()


@pytest.mark.parametrize(
    "changes",
    [
        [(2, 6, "#")],  # a door walled up: no way to the exit
        [(7, 1, ".")],  # no treasure
        [(0, 9, "$")],  # a second treasure, within the wall
        [(2, 9, "#")],  # no exit
        [(5, 9, ">")],  # two exits
        [(3, 0, "<")],  # two entrances
        [(1, 0, "#")],  # no entrance
        [(6, 1, "#"), (7, 2, "#")],  # a treasure walled in
    ],
)
def test_a_planted_fault_is_found(changes):
    assert levels.playable(LEVEL) and levels.playable(torch.tensor(LEVEL))
    assert not levels.playable(changed(*changes))


def test_playable_without_a_wall_in_between():
    assert levels.playable(changed((2, 6, ".")))  # the recipe wants a door there, a player does not


def test_steps_and_way_by_hand():
    steps = levels.steps_from(LEVEL, (1, 0))
    assert steps[1, 0] == 0 and steps[1, 3] == 3 and steps[4, 4] == 7 and steps[2, 6] == 11
    assert steps[0, 0] == -1 and steps.max() == 18
    path = levels.way(LEVEL, (1, 0), (2, 9))
    assert len(path) == 1 + steps[2, 9] and path[0] == (1, 0) and path[-1] == (2, 9)
    assert all(LEVEL[place] != levels.WALL for place in path)
    assert sorted(levels.neighbours(0, 9)) == [(0, 8), (1, 9)]


def test_distance_to_nearest_counts_tiles():
    one, three = changed((2, 6, ".")), changed((5, 5, "."), (5, 6, "."), (0, 0, "."))
    others = torch.tensor(np.stack([LEVEL, one]))
    distance = levels.distance_to_nearest(torch.tensor(np.stack([LEVEL, one, three])), others)
    assert distance.tolist() == [0, 0, 3]
    assert levels.distance_to_nearest(torch.tensor(three[None]), others[1:]).tolist() == [4]


def test_layers_and_back():
    made = levels.example_levels(5)
    assert levels.layers(made).shape == (5, 6, 10, 10)
    assert levels.layers(made).argmax(dim=1).equal(made)
    assert levels.layers(made).unique().tolist() == [0, 1]


def test_the_measure_on_known_sets():
    made = levels.example_levels(600)
    seen, held_out = made[:400], made[400:]
    assert levels.measure(held_out, seen)[:3] == (1, 1, 1)
    assert 1 <= levels.measure(held_out, seen).tiles < 6
    copies = levels.measure(seen[:1].expand(20, -1, -1), seen)
    assert copies[:3] == (1, 0, 1 / 20) and math.isnan(copies.tiles)
    broken = held_out.clone()
    broken[::2][broken[::2] == levels.EXIT] = levels.WALL
    assert levels.measure(broken, seen)[:2] == (0.5, 1)
    nothing = levels.measure(torch.zeros(3, 10, 10, dtype=torch.int64), seen)
    assert nothing.playable == 0 and all(map(math.isnan, nothing[1:]))


def test_the_baseline_keeps_each_cells_frequencies_and_nothing_else():
    made = levels.example_levels(2000)
    drawn = levels.independent_levels(made, 2000)
    difference = levels.layers(drawn).mean(dim=0) - levels.layers(made).mean(dim=0)
    assert difference.abs().max() < 0.05
    assert levels.measure(drawn, made).playable < 0.05


def test_pictures():
    made = levels.example_levels(2)
    assert len(levels.show_levels(made, ["一 · one", "二 · two"]).axes) == 6
    walked = levels.show_levels(torch.tensor(LEVEL[None]), columns=1, walked=True).axes[0]
    assert {text.get_text() for text in walked.texts} >= {"1", "12", "<"}
    assert len(levels.show_in_space(made).axes) == 2
    levels.plt.close("all")


# --- the notebook's cells ---


@functools.cache
def notebook():
    return cells.load("applications/games")


@functools.cache
def examples():
    made = levels.example_levels(3060)
    return made[:2560], made[2560:]


def trained(here, count, amount=2560):
    """What the notebook's generator draws after so many of its steps: (500, 10, 10)."""
    torch.manual_seed(0)
    generator = here.LevelGenerator(here.LATENT_DIM)
    cells.train(
        here,
        generator,
        here.LevelDiscriminator(),
        levels.layers(examples()[0][:amount]),
        None,
        steps=here.steps,
        count=count,
        latent_dim=here.LATENT_DIM,
        epochs=max(1, count * here.BATCH_SIZE // amount),
    )
    return here.draw(generator, 500)


def test_shapes_and_probabilities():
    here = notebook()
    generator, discriminator = here.LevelGenerator(7), here.LevelDiscriminator()
    probabilities = generator(torch.randn(5, 7))
    assert probabilities.shape == (5, 6, 10, 10)
    assert torch.allclose(probabilities.sum(dim=1), torch.ones(5, 10, 10))
    assert discriminator(probabilities).shape == (5, 1)
    drawn = here.draw(here.LevelGenerator(here.LATENT_DIM), 7)
    assert drawn.shape == (7, 10, 10) and drawn.dtype == torch.int64


def test_training_comes_nearer_to_held_out_levels():
    def distance(drawn):
        parts = (drawn, examples()[1])
        return energy_distance(*(levels.layers(part).flatten(1) for part in parts))

    assert distance(trained(notebook(), 300)) < distance(trained(notebook(), 0)) / 4


def test_the_cells_train():
    cells.assert_the_cells_train(
        "applications/games",
        lambda here: trained(here, 80).float(),
        non_saturating_generator_loss=lambda logits: logits.square().mean(),
    )
