"""What every process of test_distributed.py trains: torchrun tests/together.py FOLDER."""

import dataclasses
import itertools
import sys
from pathlib import Path

import torch

from gan_lesson import config, distributed, models, recipes, runs

# R3GAN without batch norm, whose statistics are those of a process's own shard.
PLAIN = dataclasses.replace(
    recipes.RECIPES["r3gan"],
    networks=lambda latent_dim: (models.Generator(latent_dim), models.DeepDiscriminator()),
)
SAME = ("mlp", "plain r3gan")  # what N processes train exactly as one
SETTINGS = {"latent_dim": 4, "batch_size": 16, "epochs": 2, "ema": 0.9}


def data(count):
    """So many images and labels."""
    random = torch.Generator().manual_seed(0)
    images = torch.rand(count, 1, 28, 28, generator=random) * 2 - 1
    return images, torch.arange(count) % 10


def begin(model):
    return runs.start(recipes.build_networks, config.TrainingConfig(model=model, **SETTINGS))


def go_on(state, count, processes=None, steps=None):
    """Train on, to the end or for so many steps: losses (steps, 2)."""
    progress = recipes.train(state, *data(count), processes)
    both = [(now.loss_d, now.loss_g) for now in itertools.islice(progress, steps)]
    return torch.tensor(both)


def main(folder):
    """Leave behind what test_distributed.py compares: whole runs, one half, one gone on with."""
    recipes.RECIPES["plain r3gan"] = PLAIN
    config.SETTINGS["plain r3gan"] = config.SETTINGS["r3gan"]
    processes, results = distributed.join(), {}
    for model in SAME:
        state = begin(model)
        losses = go_on(state, 48, processes)
        results[model] = losses, state.state_dict()
    for model in recipes.RECIPES:
        state = begin(model)
        losses = go_on(state, 21, processes)  # batches of 16 and of 5
        results[f"uneven {model}"] = losses, state.state_dict()
    state = runs.resume(folder / "one", recipes.build_networks)
    results["one, then two"] = go_on(state, 48, processes), state.state_dict()
    state = begin("mlp")
    go_on(state, 48, processes, steps=1)
    processes.asked = processes.rank == 1
    go_on(state, 48, processes, steps=1)
    results["stopping"] = processes.stopping
    try:
        with processes.barrier():
            if processes.rank == 1:
                raise OSError
    except (OSError, distributed.OtherProcessFailed) as error:
        results["barrier"] = type(error).__name__
    if processes.rank == 0:
        runs.save_checkpoint(folder / "two" / "checkpoint.pt", state)
    torch.save(results, folder / f"{processes.rank}.pt")
    processes.leave()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
