"""The course from a terminal: python -m gan_lesson lab | train | sample | grade."""

import argparse
import importlib
import os
import signal
import sys

from gan_lesson import BilingualError
from gan_lesson.commands import BadInput, complain, mute


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
        ask = f"{self.prog} --help"
        told = f"看不懂這一行（{message}），用法見 {ask}", f"{message}; for the usage see {ask}"
        sys.exit(complain(BilingualError(*told), 2))


def _number(text):
    """Text as a whole number or a decimal where it is one; the settings judge the rest."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    return text


def _parser():
    about = "終端機裡的課程 · the course from a terminal"
    parser = _OneLine(prog="python -m gan_lesson", description=about)
    commands = parser.add_subparsers(required=True, metavar="lab | train | sample | grade")

    def command(name, about):
        parser = commands.add_parser(name, help=about, description=about)
        parser.set_defaults(command=name)
        return parser.add_argument

    command("lab", "用 JupyterLab 打開第 00 課 · open JupyterLab at lesson 00")

    add = command("train", "訓練 GAN，成果存在資料夾 · train a GAN, kept in a folder")
    known = "digits, hanzi, mnist, fashion-mnist, kmnist"
    add("--dataset", help=f"資料集，或圖片資料夾 · {known} or a folder of pictures [digits]")
    add("--paper", help="圖片資料夾的紙色 · of a folder of pictures: auto, light or dark [auto]")
    add("--data", metavar="FOLDER", help="資料集的位置 · of the data sets [GAN_LESSON_DATA]")
    add("--preset", choices=["original"], help="原始程式的設定 · the original program's settings")
    add("--device", default="auto", help="裝置 · auto, cpu or cuda [auto]")
    models = "mlp, deep-mlp, dcgan, conditional, wgan-gp, hinge or r3gan"
    add("--model", help=f"配方（第 09 課）· the recipe of lesson 09: {models} [mlp]")
    add("--seed", type=_number, help="亂數種子 · of everything random [0]")
    add("--out", metavar="FOLDER", help="新的資料夾 · a new folder [the next in images/runs]")
    add("--overwrite", action="store_true", help="可以覆寫那次訓練 · the run in --out may go")
    add("--resume", metavar="RUN", help="接續這次訓練 · go on with the run in this folder")
    add("--latent-dim", type=_number, help="潛在向量的長度 · length of the latent vector [100]")
    add("--learning-rate", type=_number, help="學習率，大於 0 · of both optimisers, above 0")
    add("--beta1", type=_number, help="Adam 的 beta1 · at least 0 and below 1")
    add("--beta2", type=_number, help="Adam 的 beta2 · at least 0 and below 1")
    add("--ema", type=_number, help="生成器的指數移動平均 · of the generator's average, 0: none")
    add("--batch-size", type=_number, help="批次大小 · images a step")
    add("--epochs", type=_number, help="訓練回合數 · times through the whole data set")
    add("--snapshot-every", type=_number, help="每幾個訓練回合存圖 · epochs between pictures")

    add = command("sample", "用訓練好的生成器畫圖 · draw images with the generator of a run")
    add("run", metavar="RUN", help="訓練的資料夾 · the run's folder")
    add("--count", type=_number, default=64, help="幾張圖 · how many images [64]")
    add("--seed", type=_number, default=0, help="潛在向量的亂數種子 · of the latent vectors [0]")
    add("--out", metavar="FILE", required=True, help="結尾是 .png 或 .npy · a name in .png or .npy")
    add("--overwrite", action="store_true", help="可以覆寫 FILE · FILE may be replaced")

    add = command(
        "grade", "執行學生的筆記本，列出成績 · run students' notebooks, list what is right"
    )
    add("folder", metavar="FOLDER", help="一個學生一個檔案或資料夾 · one entry for each student")
    add("--out", metavar="FILE", default="grades.csv", help="新的 CSV · a new CSV [grades.csv]")
    add("--seconds", type=_number, default=600, help="一本最多幾秒 · a notebook's limit [600]")
    return parser


def _run():
    """main(), whatever the terminal does meanwhile; returns the exit status."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed, as by >&-
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8"))
        getattr(sys, name).reconfigure(errors="replace")  # without Chinese: question marks
    if "TORCHELASTIC_RUN_ID" not in os.environ:  # torchrun ends its processes in its own way
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C
    try:
        try:
            status = main()
        except SystemExit as stopped:  # argparse's: help, or a word that it does not know
            status = stopped.code
        sys.stdout.flush()
        return status
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # once more changes nothing
        error = BilingualError(
            "中斷了；已經開始的訓練，最後一個完整的檢查點在它的資料夾裡",
            "interrupted; of training that had begun, the last whole checkpoint is in its folder",
        )
        return complain(error, 130)
    except OSError as error:
        mute(sys.stdout)
        if isinstance(error, BrokenPipeError):  # nobody reads on, as with | head
            return 141
        told = f"讀寫失敗（{error}）", f"reading or writing failed ({error})"
        return complain(BilingualError(*told), 1)


if __name__ == "__main__":
    status = _run()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Python tidies up, and what is to be saved is
    sys.exit(status)
