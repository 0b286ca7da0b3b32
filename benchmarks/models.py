"""Lesson 09's contest: every recipe with three seeds, the same number of steps, the same judge.

    python benchmarks/models.py [--seeds 0 1 2] [--models NAME ...] [--dataset digits | hanzi]
    python benchmarks/models.py --rates

Each run takes 900 steps of 32 training images; every fifth image is held out. Equal steps, not
equal seconds: what else the machine does has no part in the result. Adds its rows to models.json in
gan_lesson/results, which lesson 09 reads; a run whose row stands there is not made again. hanzi
(two recipes) also writes hanzi_NAME.png there: 32 samples of seed 0.
--rates: two more runs of seed 0, with half the recipe's learning rate and with twice it. Prints the
table of digits as Markdown.
"""

import argparse
import itertools
import json
import math
import time

import torch
from PIL import Image

from gan_lesson import RESULTS, metrics, plots, recipes, runs
from gan_lesson.applications import image_generation
from gan_lesson.config import TrainingConfig
from gan_lesson.data import load_images
from gan_lesson.training import train

STEPS, BATCH, MARKS = 900, 32, (300, 600, 900)
STORED = RESULTS / "models.json"
HANZI = ("deep-mlp", "dcgan")  # the same networks but for their layers


class Digits:
    """The data of the contest, and what lesson 08's two judges say of 1,000 samples."""

    def __init__(self):
        images, labels = load_images("digits")
        unseen = torch.arange(len(images)) % 5 == 0
        self.images, self.labels = images[~unseen], labels[~unseen]
        self.judge = metrics.load_classifier("digits")
        self.doubting = metrics.load_classifier("digits-doubt")
        self.training, self.unseen = self.features(images[~unseen]), self.features(images[unseen])

    def features(self, images):
        return metrics.logits_and_features(images, self.judge)[1]

    def distance(self, images):
        return metrics.measure(images, self.judge).frechet_distance

    def scores(self, images):
        """The numbers of lesson 08: the first four of all images, the others of the first 360."""
        found, features = metrics.measure(images, self.judge), self.features(images)[:360]
        precision, recall = metrics.precision_and_recall(self.unseen, features)
        return {
            "FD": found.frechet_distance,
            "FD doubt": metrics.measure(images, self.doubting).frechet_distance,
            "IS": found.inception_score,
            "sure": found.sure,
            "rarest": min(found.shares),
            "precision": precision,
            "recall": recall,
            "coverage": metrics.density_and_coverage(self.unseen, features)[1],
            "copied": metrics.copied_share(features, self.training, self.unseen),
        }

    def obeyed(self, images, asked):
        """The share of images that the judge reads as the digit asked for."""
        return (self.judge(images).argmax(dim=1) == asked).double().mean().item()


class Hanzi:
    """Chinese characters: no judge reads them; strokes and their directions are compared."""

    def __init__(self):
        training, held_out = image_generation.load_characters()
        self.images, self.labels, self.held_out = training.images, None, held_out.images
        self.unseen = image_generation.directions(self.held_out).double()

    def distance(self, images):
        features = image_generation.directions(images).double()
        return metrics.frechet_distance(
            *metrics.mean_and_covariance(features), *metrics.mean_and_covariance(self.unseen)
        )

    def scores(self, images):
        found = image_generation.measure(images, self.images, self.held_out)
        return {"FD": self.distance(images)} | found._asdict()


def run(data, dataset, model, seed, factor=1.0):
    """Train once; the row of figures."""
    usual = TrainingConfig(model=model).learning_rate
    settings = {"batch_size": BATCH, "seed": seed, "learning_rate": usual * factor}
    config = TrainingConfig(dataset=dataset, model=model, epochs=STEPS, **settings)  # never ends
    recipe, state = recipes.RECIPES[model], runs.start(recipes.build_networks, config)
    noise, labels = runs.fixed_noise(config, 1000), data.labels if recipe.conditional else None
    progress = train(state, data.images, labels, steps=recipe.steps)
    marks, seconds = [], 0.0
    for step in range(1, STEPS + 1):
        started = time.process_time()
        next(progress)
        seconds += time.process_time() - started
        if step in MARKS:
            both = (runs.sample(each, noise) for each in (state.generator, state.drawer))
            marks.append([step, *(round(data.distance(images), 2) for images in both)])
    row = {"dataset": dataset, "model": model, "seed": seed, "learning_rate": config.learning_rate}
    row |= {"ms": round(1000 * seconds / STEPS, 1), "marks": marks}
    for name, generator in (("last", state.generator), ("average", state.drawer)):
        images = runs.sample(generator, noise)
        row[name] = {key: round(value, 4) for key, value in data.scores(images).items()}
        if recipe.conditional:  # its generator draws 0 to 9 in turn
            row[name]["asked"] = round(data.obeyed(images, torch.arange(1000) % 10), 4)
    if dataset == "hanzi" and seed == 0:
        picture = plots.wall(images[:32], columns=16)
        Image.fromarray(picture).save(RESULTS / f"hanzi_{model}.png")
    return row


def stored():
    return json.loads(STORED.read_text()) if STORED.is_file() else []


def add(row):
    """Write the row to the file, whose lines are in order whatever was run first."""
    rows = sorted([*stored(), row], key=_key)
    STORED.write_text("[\n" + ",\n".join(json.dumps(each) for each in rows) + "\n]\n")


def _key(row):
    return (
        row["dataset"],
        list(recipes.RECIPES).index(row["model"]),
        row["seed"],
        row["learning_rate"],
    )


def interval(values):
    """The mean of a few runs, and how far to each side its 95 % interval reaches (Student's t)."""
    factor = {2: 12.71, 3: 4.303, 4: 3.182, 5: 2.776}[len(values)]
    mean = sum(values) / len(values)
    spread = math.sqrt(sum((value - mean) ** 2 for value in values) / (len(values) - 1))
    return mean, factor * spread / math.sqrt(len(values))


def table(rows):
    """The contest as Markdown: the mean of the seeds, ± where its 95 % interval ends."""
    lines = [
        "| `--model` | FD | FD, last weights | IS | precision | recall | coverage | copied |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for model in recipes.RECIPES:
        usual = {"model": model, "learning_rate": TrainingConfig(model=model).learning_rate}
        runs_of = [row for row in rows if row.items() >= usual.items()]
        if len(runs_of) < 2:
            continue
        cells = []
        for weights, key in (("average", "FD"), ("last", "FD"), ("average", "IS")):
            mean, reach = interval([row[weights][key] for row in runs_of])
            cells.append(
                f"{mean:.0f} ± {reach:.0f}" if key == "FD" else f"{mean:.1f} ± {reach:.1f}"
            )
        for key in ("precision", "recall", "coverage", "copied"):
            mean, reach = interval([row["average"][key] for row in runs_of])
            cells.append(f"{mean:.2f} ± {reach:.2f}")
        lines.append(f"| {model} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dataset", default="digits", choices=["digits", "hanzi"])
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--models", nargs="+", choices=recipes.RECIPES)
    parser.add_argument("--rates", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(1)
    data = Digits() if options.dataset == "digits" else Hanzi()
    models = options.models or (recipes.RECIPES if options.dataset == "digits" else HANZI)
    seeds, factors = ([0], (0.5, 2.0)) if options.rates else (options.seeds, (1.0,))
    for seed, factor, model in itertools.product(seeds, factors, models):
        rate = TrainingConfig(model=model).learning_rate * factor
        key = {"dataset": options.dataset, "model": model, "seed": seed, "learning_rate": rate}
        if not any(row.items() >= key.items() for row in stored()):
            add(run(data, options.dataset, model, seed, factor))
            print(options.dataset, model, "seed", seed, "rate", rate, flush=True)
    print(table([row for row in stored() if row["dataset"] == "digits"]))


if __name__ == "__main__":
    main()
