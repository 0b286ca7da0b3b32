"""What beta1 does to the original program: the figures and the picture of lesson 05.

    python benchmarks/beta1.py [--data FOLDER] [--part digits | mnist]

Trains the original's networks without a moving average: on digits for 70 epochs with two learning
rates, on MNIST for 10 epochs with the original's, each with three values of beta1 and three seeds.
Writes gan_lesson/results/beta1.json, and of MNIST images/05_beta1_mnist.png: 16 images a value,
seed 0.
"""

import argparse
import itertools
import json

import numpy as np
import torch
from PIL import Image

from gan_lesson import COURSE, RESULTS, metrics, plots, recipes, runs
from gan_lesson.config import TrainingConfig
from gan_lesson.data import load_bytes, load_images

BETAS, SEEDS = (0.9, 0.5, 0.0), (0, 1, 2)
PARTS = {"digits": (70, (2e-4, 1e-3)), "mnist": (10, (2e-4,))}  # epochs and learning rates
STORED = RESULTS / "beta1.json"
PICTURE = COURSE / "images" / "05_beta1_mnist.png"


def run(config, pixels, judge, real_spread):
    """Train once; a row of figures, and the trained generator."""
    state = runs.start(recipes.build_networks, config)
    history = [(now.loss_d, now.loss_g) for now in recipes.train(state, pixels)]
    late = np.mean(history[-10 * len(history) // config.epochs :], axis=0)
    fakes = runs.sample(state.generator, runs.fixed_noise(config, 1000))
    found = metrics.measure(fakes, judge)
    row = {
        "dataset": config.dataset,
        "learning_rate": config.learning_rate,
        "beta1": config.beta1,
        "seed": config.seed,
        "steps": len(history),
        "kinds": sum(share >= 0.03 for share in found.shares),
        "commonest": found.shares.index(max(found.shares)),
        "most": round(max(found.shares), 3),
        "rarest": round(min(found.shares), 3),
        "sure": round(found.sure, 3),
        "inception_score": round(found.inception_score, 2),
        "frechet_distance": round(found.frechet_distance, 1),
        "spread": round(metrics.spread(fakes[:500]) / real_spread, 3),
        "loss_d": round(late[0], 3),
        "loss_g": round(late[1], 3),
    }
    return row, state.generator


def part(dataset, root):
    """The rows of one data set; of MNIST the picture too."""
    pixels, judge = load_bytes(dataset, root)[0], metrics.load_classifier(dataset)
    random = torch.Generator().manual_seed(0)
    chosen = torch.randperm(len(pixels), generator=random)[:500]
    real_spread = metrics.spread(load_images(dataset, root)[0][chosen])
    epochs, rates = PARTS[dataset]
    rows, walls = [], []
    for rate, beta1, seed in itertools.product(rates, BETAS, SEEDS):
        config = TrainingConfig.original(
            dataset=dataset, learning_rate=rate, beta1=beta1, seed=seed, epochs=epochs
        )
        row, generator = run(config, pixels, judge, real_spread)
        rows.append(row)
        print(json.dumps(row), flush=True)
        if dataset == "mnist" and seed == 0:
            images = runs.sample(generator, runs.fixed_noise(config, 16))
            walls.append(np.pad(plots.wall(images, columns=4), 4, constant_values=255))
    if walls:
        picture = Image.fromarray(np.hstack(walls))
        picture.resize((2 * picture.width, 2 * picture.height), 0).save(PICTURE, optimize=True)
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", help="where MNIST lies; else GAN_LESSON_DATA")
    parser.add_argument("--part", choices=PARTS, help="one data set; both without it")
    options = parser.parse_args()
    rows = json.loads(STORED.read_text()) if STORED.exists() else []
    for dataset in [options.part] if options.part else PARTS:
        new = part(dataset, options.data)
        rows = [row for row in rows if row["dataset"] != dataset] + new
        STORED.write_text("[\n" + ",\n".join(map(json.dumps, rows)) + "\n]\n")


if __name__ == "__main__":
    main()
