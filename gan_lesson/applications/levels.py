"""Dungeon levels from a GAN: a map of 10x10 tiles in, many new maps out, and are they playable?

The idea is that of Volz et al. 2018, "Evolving Mario Levels in the Latent Space of a Deep
Convolutional Generative Adversarial Network": a level is an image with one layer for each kind of
tile. Levels here come from a recipe of ours, `example_level`, in which every level is playable.
"""

import collections

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.colors import ListedColormap
from torch import nn
from torch.nn.functional import one_hot

from gan_lesson.losses import minimax_discriminator_loss, non_saturating_generator_loss
from gan_lesson.training import Progress

SIZE, LATENT_DIM, BATCH_SIZE, LEARNING_RATE = 10, 32, 64, 4e-3
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


def example_levels(count, seed=0):
    """`count` different levels from the recipe, int64 (count, 10, 10)."""
    random, levels = np.random.default_rng(seed), {}
    while len(levels) < count:
        level = example_level(random)
        levels[level.tobytes()] = level
    return torch.from_numpy(np.stack(list(levels.values())))


def layers(levels):
    """Levels (N, 10, 10) as images with one layer a kind: float (N, 6, 10, 10), 0 or 1."""
    return one_hot(levels, len(SIGNS)).permute(0, 3, 1, 2).float()


def level_networks():
    """The two networks.

    Shapes: generator, z (N, 32) -> a probability of each kind for each tile (N, 6, 10, 10);
    discriminator, such layers -> logits (N, 1).
    """
    generator = nn.Sequential(
        nn.Linear(LATENT_DIM, 128),
        nn.BatchNorm1d(128),
        nn.ReLU(),
        nn.Linear(128, 128),
        nn.BatchNorm1d(128),
        nn.ReLU(),
        nn.Linear(128, len(SIGNS) * SIZE * SIZE),
        nn.Unflatten(1, (len(SIGNS), SIZE, SIZE)),
        nn.Softmax(dim=1),
    )
    discriminator = nn.Sequential(
        nn.Flatten(),
        nn.Linear(len(SIGNS) * SIZE * SIZE, 128),
        nn.LeakyReLU(0.2),
        nn.Linear(128, 128),
        nn.LeakyReLU(0.2),
        nn.Linear(128, 1),
    )
    return generator, discriminator


def build_networks(seed=0):
    """`level_networks` with first weights that depend on the seed alone."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return level_networks()


def train(generator, discriminator, levels, steps=3000, seed=0):
    """Train both networks on levels (N, 10, 10); yields a Progress after each batch.

    The learning rate falls to zero over the second half: the last steps settle the details.
    Source: Goodfellow et al. 2014, algorithm 1, with the non-saturating loss.
    """
    random, real_levels = torch.Generator().manual_seed(seed), layers(levels)
    optimizer_g, optimizer_d = (
        torch.optim.Adam(network.parameters(), betas=(0.5, 0.99), fused=True)
        for network in (generator, discriminator)
    )
    for step in range(steps):
        for optimizer in (optimizer_g, optimizer_d):
            optimizer.param_groups[0]["lr"] = LEARNING_RATE * min(1, 2 * (1 - step / steps))
        real = real_levels[torch.randint(len(levels), (BATCH_SIZE,), generator=random)]
        fake = generator(torch.randn(BATCH_SIZE, LATENT_DIM, generator=random))

        logits_real, logits_fake = discriminator(torch.cat([real, fake.detach()])).chunk(2)
        loss_d = minimax_discriminator_loss(logits_real, logits_fake)
        optimizer_d.zero_grad()
        loss_d.backward()
        optimizer_d.step()

        loss_g = non_saturating_generator_loss(discriminator(fake))
        optimizer_g.zero_grad()
        loss_g.backward(inputs=list(generator.parameters()))
        optimizer_g.step()
        yield Progress(0, 1, step, steps, loss_d.item(), loss_g.item())


@torch.no_grad()
def draw_levels(generator, count, seed=0):
    """`count` levels (count, 10, 10) of the generator: for each tile its most probable kind."""
    z = torch.randn(count, LATENT_DIM, generator=torch.Generator().manual_seed(seed))
    generator.eval()
    probabilities = generator(z)
    generator.train()
    return probabilities.argmax(dim=1)


def independent_levels(levels, count, seed=0):
    """The baseline: each tile drawn by itself, as often of each kind as it is in `levels`."""
    cumulative = layers(levels).mean(dim=0).cumsum(dim=0)  # (6, 10, 10), rises to 1
    pick = torch.rand(count, 1, SIZE, SIZE, generator=torch.Generator().manual_seed(seed))
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


def playable_share(levels):
    """The share of levels (N, 10, 10) that are playable, 0 to 1."""
    return sum(map(playable, levels)) / len(levels)


def distance_to_nearest(levels, others):
    """In how many tiles each level (N, 10, 10) differs from the one of `others` most like it."""
    alike = layers(levels).flatten(1) @ layers(others).flatten(1).T  # tiles that are the same
    return SIZE * SIZE - alike.max(dim=1).values


# --- the pictures ---


def show_levels(levels, titles=None, columns=6):
    """A figure of levels (N, 10, 10), a colour and a sign for each kind of tile."""
    rows = -(-len(levels) // columns)
    figure, axes = plt.subplots(rows, columns, figsize=(1.5 * columns, 1.8 * rows), squeeze=False)
    for number, (axis, level) in enumerate(zip(axes.flat, np.asarray(levels), strict=False)):
        axis.imshow(level, cmap=ListedColormap(COLOURS), vmin=0, vmax=len(SIGNS) - 1)
        for (row, column), kind in np.ndenumerate(level):
            if kind != FLOOR:
                colour = "#AAAAAA" if kind == WALL else "black"
                axis.text(column, row, SIGNS[kind], color=colour, ha="center", va="center")
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
