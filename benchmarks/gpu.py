"""What the course says of a GPU, measured on this machine's: one table, meant to take six minutes.

    python benchmarks/gpu.py [--data FOLDER]     (make bench-gpu)

Needs an NVIDIA GPU, MNIST in the folder, and the package's own dependencies; it need not be
installed. The first row also needs pytest. Exit status: 0; 1 where a measure fails or losses differ
from the CPU's; 2 without a GPU or MNIST.
"""

import argparse
import datetime
import os
import platform
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path

import torch
from torch.profiler import ProfilerActivity, profile

sys.path.append(str(Path(__file__).resolve().parent.parent))
from speed import BATCH, STEPS_PER_EPOCH, original_steps, timed

from gan_lesson import COURSE, data, gpu, metrics, recipes, runs
from gan_lesson.config import TrainingConfig
from gan_lesson.fast import TwoLayerSteps
from gan_lesson.training import one_epoch, train

TOLERANCE = 1e-3  # how far a loss may be from the CPU's
CPU_SCORE, CPU_DISTANCE = 9.5, 3  # conditional on MNIST after 12 epochs, from README.md here
LAUNCHES = ("cudaLaunch", "cuLaunch", "cudaGraphLaunch", "cudaMemcpyAsync", "cudaMemsetAsync")


def tests(chosen):
    """Run tests/test_gpu.py in a process of its own: what pytest says last, and whether all passed.

    chosen: an expression for pytest's -k; "" for all.
    """
    command = [sys.executable, "-m", "pytest", "-q", "-o", "addopts=", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, "-k", chosen, COURSE / "tests" / "test_gpu.py"],
        cwd=COURSE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ | {"PYTHONPATH": str(COURSE)},
    )
    if done.returncode:
        print(done.stdout, file=sys.stderr)
    last = (done.stdout.splitlines() or [""])[-1]  # without pytest: python's own word for that
    return last.strip("= "), done.returncode == 0


def torchrun(device):
    """One epoch of digits by one process of torchrun: its losses against a CPU's, at most apart."""
    alone = ["-m", "gan_lesson", "train", "--epochs", "1"]
    together = ["-m", "torch.distributed.run", "--standalone", "--local-addr", "127.0.0.1"]
    commands = ("cpu", alone), (device, [*together, "--nproc-per-node", "1", *alone])
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for place, command in commands:
            out = Path(folder, f"run-{len(found)}")
            subprocess.run(
                [sys.executable, *command, "--device", place, "--out", out],
                check=True,
                stdout=subprocess.DEVNULL,
                cwd=COURSE,
                env=os.environ | {"PYTHONPATH": str(COURSE)},
            )
            found.append(torch.tensor(runs.read_history(out)[:2]))
    return (found[0] - found[1]).abs().max().item()


def apart(device, images, steps):
    """So many steps of the original's settings there and on the CPU, with the same noise."""
    found = []
    for place in ("cpu", device):
        state = start("mlp", place)
        progress = train(state, images, steps=TwoLayerSteps(state))
        found.append(torch.tensor([next(progress)[-2:] for _ in range(steps)]))
    return (found[0] - found[1]).abs().max().item()


def start(model, device, **settings):
    if model == "mlp":
        return runs.start(recipes.build_networks, TrainingConfig.original(**settings), device)
    config = TrainingConfig(dataset="mnist", model=model, **settings)
    return runs.start(recipes.build_networks, config, device)


def third_epoch(device, images, walk):
    """Training that has two epochs behind it, as `walk` takes them, and the steps of the third.

    The first epoch warms up, and records a step where there is something to record.
    """
    state, steps = start("mlp", device, epochs=3), -(-len(images) // BATCH)
    progress = train(state, images, steps=TwoLayerSteps(state), epoch=walk)
    for _ in range(2 * steps):
        next(progress)
    return progress, steps


def seconds_of_an_epoch(device, images, walk):
    progress, steps = third_epoch(device, images, walk)
    return timed(progress, steps) * steps / 1000


def launches_of_a_step(device, images, walk):
    """How often the CPU gives the GPU an order, on average over an epoch."""
    progress, steps = third_epoch(device, images, walk)
    activities = [ProfilerActivity.CPU]
    if device == "cuda":
        activities.append(ProfilerActivity.CUDA)
    with profile(activities=activities) as profiler:
        for _ in range(steps):
            next(progress)
    return sum(event.name.startswith(LAUNCHES) for event in profiler.events()) / steps


def quality(state):
    """What MNIST's classifier says of 1,000 samples."""
    samples = runs.sample(state.drawer, runs.fixed_noise(state.config, 1000))
    return metrics.measure(samples, metrics.load_classifier("mnist"))


def said(found):
    score, distance = found.inception_score, found.frechet_distance
    return f"Inception score {score:.1f}, Fréchet distance {distance:.0f}"


def original_settings(device, images, epochs):
    """The original's settings to their end: seconds, from making the networks on, and quality."""
    started = time.perf_counter()
    state = start("mlp", device, epochs=epochs)
    for _ in recipes.train(state, images):
        pass
    return time.perf_counter() - started, quality(state)


def best_recipe(device, images, labels, epochs):
    """Train "conditional" until it is as good as on a CPU, or to its end: seconds, epochs, quality.

    It is judged after each epoch; judging is outside the time.
    """
    seconds, started = 0.0, time.perf_counter()
    state = start("conditional", device, epochs=epochs)
    for now in recipes.train(state, images, labels):
        if now.batch + 1 == now.batches:
            seconds += time.perf_counter() - started
            found = quality(state)
            if (
                round(found.inception_score, 1) >= CPU_SCORE
                and round(found.frechet_distance) <= CPU_DISTANCE
            ):
                break
            started = time.perf_counter()
    return seconds, now.epoch + 1, found


def measures(device, root, images, labels, chosen="", epochs=100, steps=300, most=24):
    """Each measure: its name, and a function that gives what was found, what is wanted, and whether
    that is wrong.

    A time that is too long is not wrong; a failed test is, and losses that are not the CPU's.
    """
    begun = time.perf_counter()

    def all_tests():
        summary, passed = tests(chosen)
        return summary, "all pass", not passed

    def near(difference):
        found = f"at most {difference:.1e} apart"
        return found, f"≤ {TOLERANCE:.0e}", difference > TOLERANCE

    def an_epoch(walk):
        seconds = seconds_of_an_epoch(device, images, walk())
        launches = launches_of_a_step(device, images[: 50 * BATCH], walk())
        return f"{seconds:.2f} s, {launches:.1f} launches a step", "", False

    def as_written():
        written = original_steps(root, device)
        timed(written, min(20, steps))  # warm
        each = timed(written, steps)
        whole = each * STEPS_PER_EPOCH * epochs / 1000
        return f"{each:.2f} ms a step, {whole:.0f} s for {epochs} epochs if it went on", "", False

    def ours():
        seconds, found = original_settings(device, images, epochs)
        return f"{seconds:.1f} s, {said(found)}", "≤ 10 s; the CPU's: 2.3, 425", False

    def best():
        seconds, taken, found = best_recipe(device, images, labels, most)
        wanted = f"≤ 15 s; the CPU's: {CPU_SCORE}, {CPU_DISTANCE}"
        return f"{seconds:.1f} s, {taken} epochs, {said(found)}", wanted, False

    yield "tests/test_gpu.py", all_tests
    name = "torchrun, one process, 29 steps: a loss against the CPU's"
    yield name, lambda: near(torchrun(device))
    name = "50 steps: a loss against the CPU's"
    yield name, lambda: near(apart(device, images, min(50, steps)))
    yield "an epoch, step by step", lambda: an_epoch(lambda: one_epoch)
    yield "an epoch, at once, not recorded", lambda: an_epoch(lambda: gpu.Epochs(alike=False))
    yield "an epoch, at once, a step recorded", lambda: an_epoch(gpu.Epochs)
    yield f"the original as written, {steps} steps", as_written
    yield f"ours, the original's {epochs} epochs", ours
    yield "conditional", best
    yield "all of this", lambda: (f"{time.perf_counter() - begun:.0f} s", "≤ 360 s", False)


def show(device, rows):
    """Print the table, each row as soon as it is there; whether anything is wrong.

    A measure that fails is a row that says so, and the others go on.
    """
    name = torch.cuda.get_device_name() if device == "cuda" else platform.processor() or "CPU"
    print(f"{name}, torch {torch.__version__}, {datetime.date.today()}\n")
    print("| | measured | wanted |\n| --- | --- | --- |")
    wrong = False
    for what, measure in rows:
        try:
            found, wanted, fails = measure()
        except Exception as error:
            traceback.print_exc()
            found = f"failed: {type(error).__name__}: {(str(error).splitlines() or [''])[-1]}"
            wanted, fails = "", True
        print(f"| {what} | {found} | {wanted} |", flush=True)
        wrong |= fails
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default=os.environ.get("GAN_LESSON_DATA") or COURSE / "data")
    options = parser.parse_args()
    if not torch.cuda.is_available():
        print("benchmarks/gpu.py: 這台電腦沒有 NVIDIA GPU · no NVIDIA GPU here", file=sys.stderr)
        return 2
    try:
        images, labels = data.load_bytes("mnist", options.data)
    except data.DataError as error:
        print(f"benchmarks/gpu.py: {error}", file=sys.stderr)
        return 2
    return int(show("cuda", measures("cuda", options.data, images, labels)))


if __name__ == "__main__":
    sys.exit(main())
