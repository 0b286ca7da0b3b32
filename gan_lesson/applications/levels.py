"""Dungeon levels: maps of 10x10 tiles by a recipe, and are new ones playable, and new?

The data, the measures and the figures; the networks, the losses and the training stand in the
notebook. Its idea is that of Volz et al. 2018, "Evolving Mario Levels in the Latent Space of a
Deep Convolutional Generative Adversarial Network": a level is an image with one layer for each kind
of tile. Levels here come from a recipe of ours, `example_level`: every one of them is playable.
"""

import collections
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.colors import ListedColormap
from torch.nn.functional import one_hot

from gan_lesson import plots

SIZE = 10  # tiles a side
SIGNS = "#.+$<>"  # wall, floor, door, treasure, entrance, exit
WALL, FLOOR, DOOR, TREASURE, ENTRANCE, EXIT = range(len(SIGNS))
COLOURS = ("#555555", "#F2E6C9", "#C77B30", "#F0E442", "#56B4E9", "#009E73")
HEIGHTS = (1, 0.1, 0.1, 0.1, 0.1, 0.1)  # of each kind of tile, in the view in space


def example_level(random):
    """One level from the recipe, an integer array (10, 10) of kinds of tile.

    Two rooms of three and two columns, each with its own top and bottom row; a door on the inner
    side of each room, in rows 3 to 6; a corridor from door to door; the entrance at the left and
    the exit at the right, at a corner of their rooms; a treasure in the first room, in the row of
    the corners that the entrance left free. 10,368 different levels. random: a numpy Generator.
    """
    level = np.full((SIZE, SIZE), WALL)
    corners = []
    for left, right in ((1, 3), (7, 8)):
        top, bottom = random.integers(1, 4), random.integers(6, 9)
        level[top : bottom + 1, left : right + 1] = FLOOR
        corners.append(random.permutation([top, bottom]))
    doors = random.integers(3, 7, size=2)
    level[doors.min() : doors.max() + 1, 5] = FLOOR
    level[doors[0], 4] = level[doors[1], 6] = DOOR
    (entrance, treasure), (exit, _) = corners
    level[entrance, 0], level[exit, 9] = ENTRANCE, EXIT
    level[treasure, random.choice([1, 3])] = TREASURE
    return level


def example_levels(count):
    """`count` different levels from the recipe, int64 (count, 10, 10)."""
    random, levels = np.random.default_rng(0), {}
    while len(levels) < count:
        level = example_level(random)
        levels[level.tobytes()] = level
    return torch.from_numpy(np.stack(list(levels.values())))


def layers(levels):
    """Levels (N, 10, 10) as images with one layer a kind: float (N, 6, 10, 10), 0 or 1."""
    return one_hot(levels, len(SIGNS)).permute(0, 3, 1, 2).float()


def independent_levels(levels, count):
    """The baseline: each tile drawn by itself, as often of each kind as it is in `levels`."""
    cumulative = layers(levels).mean(dim=0).cumsum(dim=0)  # (6, 10, 10), rises to 1
    pick = torch.rand(count, 1, SIZE, SIZE, generator=torch.Generator().manual_seed(0))
    return (pick > cumulative).sum(dim=1).clamp(max=len(SIGNS) - 1)


# --- the measures ---


def neighbours(row, column):
    """The tiles above, below, left and right of a tile that are still inside the map."""
    beside = ((row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1))
    return [place for place in beside if min(place) >= 0 and max(place) < SIZE]


def steps_from(level, start):
    """Steps on foot from the tile `start` (row, column) to each tile, -1 where there is no way.

    Shapes: level (10, 10) -> integer array (10, 10). Breadth-first search: nearest tiles first.
    """
    steps = np.full((SIZE, SIZE), -1)
    steps[start] = 0
    queue = collections.deque([start])
    while queue:
        here = queue.popleft()
        for place in neighbours(*here):
            if level[place] != WALL and steps[place] == -1:
                steps[place] = steps[here] + 1
                queue.append(place)
    return steps


def places(level, kind):
    """Where a level (10, 10) has this kind of tile: a list of (row, column)."""
    return [tuple(place) for place in np.argwhere(level == kind).tolist()]


def playable(level):
    """Whether a level (10, 10) has one entrance, one exit, a treasure, and a way to them all."""
    level = np.asarray(level)
    entrances, exits, treasures = (places(level, kind) for kind in (ENTRANCE, EXIT, TREASURE))
    if len(entrances) != 1 or len(exits) != 1 or not treasures:
        return False
    steps = steps_from(level, entrances[0])
    return all(steps[place] > 0 for place in exits + treasures)


def which_are_playable(levels):
    """Which levels (N, 10, 10) are playable: bool (N,)."""
    return torch.tensor([playable(level) for level in levels])


def distance_to_nearest(levels, others):
    """In how many tiles each level (N, 10, 10) differs from the one of `others` most like it."""
    alike = layers(levels).flatten(1) @ layers(others).flatten(1).T  # tiles that are the same
    return SIZE * SIZE - alike.max(dim=1).values


class Quality(NamedTuple):
    """The share of levels that are playable; of the playable ones, the share that is not among the
    training levels and the share left without repeats; and in how many tiles, on average, the new
    ones differ from the nearest training level."""

    playable: float
    new: float
    different: float
    tiles: float


def measure(levels, training_levels):
    """The Quality of levels (N, 10, 10); NaN for what no level is there to be measured on."""
    good = levels[which_are_playable(levels)]
    distance = distance_to_nearest(good, training_levels)
    new = distance > 0
    different = len(good.unique(dim=0)) / len(good) if len(good) else float("nan")
    return Quality(
        len(good) / len(levels), new.double().mean().item(), different, distance[new].mean().item()
    )


# --- the pictures ---


@plots.styled
def show_levels(levels, titles=None, columns=6, walked=False):
    """A figure of levels (N, 10, 10), a colour and a sign for each kind of tile.

    walked: how many steps each floor is from the entrance, in place of nothing.
    """
    rows = -(-len(levels) // columns)
    figure, axes = plt.subplots(rows, columns, figsize=(1.5 * columns, 1.8 * rows), squeeze=False)
    for number, (axis, level) in enumerate(zip(axes.flat, np.asarray(levels), strict=False)):
        axis.imshow(level, cmap=ListedColormap(COLOURS), vmin=0, vmax=len(SIGNS) - 1)
        steps = steps_from(level, places(level, ENTRANCE)[0]) if walked else None
        down, right = np.nonzero(np.asarray(level) == WALL)  # all at once: four times as quick
        axis.scatter(right, down, 55, color="#AAAAAA", marker=r"$\#$", linewidths=0)
        for (row, column), kind in np.ndenumerate(level):
            if kind not in (FLOOR, WALL):
                axis.text(column, row, SIGNS[kind], ha="center", va="center")
            elif walked and steps[row, column] > 0:
                axis.text(column, row, steps[row, column], ha="center", va="center", fontsize=8)
        if titles:
            axis.set_title(titles[number], fontsize=9)
    for axis in axes.flat:
        axis.axis("off")
    return figure


def way(level, start, goal):
    """A shortest way on foot: the tiles (row, column) from start to goal."""
    steps, path = steps_from(level, goal), [start]
    while path[-1] != goal:
        path.append(next(p for p in neighbours(*path[-1]) if steps[p] == steps[path[-1]] - 1))
    return path


@plots.styled
def show_in_space(levels):
    """A figure of playable levels (N, 10, 10) as height maps, with the way to treasure and exit."""
    figure, axes = plt.subplots(
        1, len(levels), figsize=(4.3 * len(levels), 3.6), subplot_kw={"projection": "3d"}
    )
    for axis, level in zip(np.ravel(axes), np.asarray(levels), strict=True):
        rows, columns = (grid.ravel() for grid in np.indices(level.shape))
        height, colour = (np.take(values, level.ravel()) for values in (HEIGHTS, COLOURS))
        axis.bar3d(columns - 0.5, rows - 0.5, 0, 1, 1, height, color=colour, edgecolor="#777777")
        entrance, treasure, exit = (places(level, k)[0] for k in (ENTRANCE, TREASURE, EXIT))
        path = way(level, entrance, treasure) + way(level, treasure, exit)[1:]
        row, column = np.array(path).T
        axis.plot(column, row, 0.2, "k.-", linewidth=2, zorder=10)
        for place in (entrance, treasure, exit, *places(level, DOOR)):
            box = {"facecolor": "white", "boxstyle": "circle,pad=0.15"}
            axis.text(*place[::-1], 1, SIGNS[level[place]], zorder=11, bbox=box, ha="center")
        axis.computed_zorder = False
        axis.set_title(f"走 {len(path) - 1} 步 · {len(path) - 1} steps", fontsize=10)
        axis.set(ylim=(SIZE - 0.5, -0.5))
        axis.set_box_aspect((1, 1, 0.1), zoom=1.2)
        axis.view_init(58, -80)
        axis.set_axis_off()
    return figure
