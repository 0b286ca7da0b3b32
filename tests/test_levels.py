"""Dungeon levels: the recipe, the networks, training, and measures that tell good from bad."""

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
    assert levels.playable_share(made) == 1
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


def test_shapes_and_probabilities():
    generator, discriminator = levels.build_networks()
    made = levels.example_levels(5)
    assert levels.layers(made).argmax(dim=1).equal(made)
    probabilities = generator(torch.randn(5, levels.LATENT_DIM))
    assert probabilities.shape == levels.layers(made).shape == (5, 6, 10, 10)
    assert torch.allclose(probabilities.sum(dim=1), torch.ones(5, 10, 10))
    assert discriminator(probabilities).shape == (5, 1)
    drawn = levels.draw_levels(generator, 7)
    assert drawn.shape == (7, 10, 10) and generator.training


def test_the_baseline_keeps_each_cells_frequencies_and_nothing_else():
    made = levels.example_levels(2000)
    drawn = levels.independent_levels(made, 2000)
    difference = levels.layers(drawn).mean(dim=0) - levels.layers(made).mean(dim=0)
    assert difference.abs().max() < 0.05
    assert levels.playable_share(drawn) < 0.05


def test_pictures():
    made = levels.example_levels(2)
    assert len(levels.show_levels(made, ["一 · one", "二 · two"]).axes) == 6
    assert len(levels.show_in_space(made).axes) == 2
    levels.plt.close("all")


def trained(steps):
    made = levels.example_levels(3000)
    generator, discriminator = levels.build_networks()
    before = torch.get_rng_state()
    progress = list(levels.train(generator, discriminator, made[:2500], steps))
    assert torch.get_rng_state().equal(before)
    return progress, levels.draw_levels(generator, 500), made


def test_training_comes_nearer_to_held_out_levels_and_repeats():
    def distance(drawn):
        return energy_distance(*(levels.layers(part).flatten(1) for part in (drawn, made[2500:])))

    untrained = trained(0)[1]
    progress, drawn, made = trained(300)
    assert distance(drawn) < distance(untrained) / 4
    assert str(progress[-1]).startswith("Epoch [0/1] Batch 299/300")
    again, drawn_again, _ = trained(300)
    assert again == progress and drawn.equal(drawn_again)


def test_the_bar_half_the_levels_playable_most_of_them_new():
    _, drawn, made = trained(3000)
    assert levels.playable_share(drawn) > 0.5
    assert levels.playable_share(levels.independent_levels(made[:2500], 500)) < 0.05
    drawn = torch.stack([level for level in drawn if levels.playable(level)])
    assert (levels.distance_to_nearest(drawn, made[:2500]) > 0).double().mean() > 0.5
    assert len(drawn.unique(dim=0)) > len(drawn) / 2
