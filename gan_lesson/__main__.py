"""The course from a terminal: python -m gan_lesson lab | train | sample | grade."""

import argparse
import importlib
import os
import sys

from gan_lesson import BilingualError
from gan_lesson.commands import BadInput, complain


def main(arguments=None):
    """Run one command; returns the exit status."""
    # One thread, unless the environment says otherwise: the lessons' matrices are so small that a
    # second one gains a fifth on an idle machine, and costs ten times the time on a busy one.
    # Torch reads this as it starts, here and in every kernel of `lab`.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    options = _parser().parse_args(arguments)
    if options.command in ("train", "sample"):
        os.environ["MPLBACKEND"] = "agg"  # figures go into files
    try:
        command = importlib.import_module(f"gan_lesson.commands.{options.command}")
    except (ImportError, OSError) as error:  # torch without Windows' C++ runtime, a half install
        reason = BilingualError(
            f"課程的套件載入不了（{error}）：見 HELP.md",
            f"the course's packages cannot be loaded ({error}): see HELP.md",
        )
        return complain(reason, 1)
    try:
        return command.run(options)
    except BadInput as error:
        return complain(error, 2)


class _OneLine(argparse.ArgumentParser):
    """A parser whose errors are one line."""

    def error(self, message):
        sys.exit(complain(message, 2))


def _number(text):
    """Text as a whole number or a decimal where it is one; the settings judge the rest."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    return text


def _parser():
    parser = _OneLine(prog="python -m gan_lesson", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="lab | train | sample | grade")

    command = commands.add_parser("lab", help="open JupyterLab at lesson 00")
    command.set_defaults(command="lab")

    command = commands.add_parser("train", help="train a GAN and keep everything in a folder")
    command.set_defaults(command="train")
    add = command.add_argument
    add("--dataset", help="digits (the default), hanzi, mnist, fashion-mnist, kmnist or a folder")
    add("--paper", help="of a folder of pictures: auto (the default), light or dark")
    add("--data", metavar="FOLDER", help="where the data sets lie; else GAN_LESSON_DATA")
    add("--preset", choices=["original"], help="the original program's settings, on MNIST")
    add("--device", default="auto", help="auto (the default), cpu or cuda")
    add("--model", help="mlp (the default), deep-mlp, dcgan, conditional, wgan-gp, hinge or r3gan")
    add("--seed", type=_number, help="of everything random, 0 or more")
    add("--out", metavar="FOLDER", help="the run's new folder; else the next in images/runs")
    add("--overwrite", action="store_true", help="the run that is in --out may go")
    add("--resume", metavar="RUN", help="go on with the run in this folder")
    add("--latent-dim", type=_number, help="length of the latent vector, 1 or more")
    add("--learning-rate", type=_number, help="of both Adam optimisers, above 0")
    add("--beta1", type=_number, help="Adam's first beta, at least 0 and below 1")
    add("--beta2", type=_number, help="Adam's second beta, at least 0 and below 1")
    add("--ema", type=_number, help="of the generator's average: 0 (none) or more, below 1")
    add("--batch-size", type=_number, help="images a step, 1 or more")
    add("--epochs", type=_number, help="times through the whole data set, 1 or more")
    add("--snapshot-every", type=_number, help="epochs from picture to picture, 1 or more")

    command = commands.add_parser("sample", help="draw images with the generator of a run")
    command.set_defaults(command="sample")
    command.add_argument("run", metavar="RUN", help="the run's folder")
    command.add_argument("--count", type=_number, default=64, help="how many images")
    command.add_argument("--seed", type=_number, default=0, help="of the latent vectors")
    command.add_argument("--out", metavar="FILE", required=True, help=".png or .npy")
    command.add_argument("--overwrite", action="store_true", help="FILE may be replaced")

    command = commands.add_parser("grade", help="run students' notebooks, and list who solved what")
    command.set_defaults(command="grade")
    command.add_argument("folder", metavar="FOLDER", help="a file or a folder for each student")
    command.add_argument("--out", metavar="FILE", default="grades.csv", help="a new CSV")
    command.add_argument("--seconds", type=_number, default=600, help="that a notebook may take")
    return parser


def _run():
    """main(), whatever the terminal does meanwhile; returns the exit status."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed, as by >&-
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8"))
        getattr(sys, name).reconfigure(errors="replace")  # without Chinese: question marks
    try:
        status = main()
        sys.stdout.flush()
        return status
    except KeyboardInterrupt:
        error = BilingualError(
            "中斷了；已經開始的訓練，最後一個完整的檢查點在它的資料夾裡",
            "interrupted; of training that had begun, the last whole checkpoint is in its folder",
        )
        return complain(error, 130)
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):  # nobody reads on, as with | head
            return 141
        told = f"讀寫失敗（{error}）", f"reading or writing failed ({error})"
        return complain(BilingualError(*told), 1)


if __name__ == "__main__":
    sys.exit(_run())
