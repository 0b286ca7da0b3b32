"""The course from a terminal: python -m gan_lesson lab | train | sample."""

import argparse
import dataclasses
import errno
import os
import shlex
import signal
import subprocess
import sys
import time
import webbrowser
from pathlib import Path

from gan_lesson import COURSE, BilingualError


class BadInput(BilingualError):
    """Bad input: one line for the user, exit status 2, nothing written."""


class Stopped(BilingualError):
    """Training had to stop: one line for the user, exit status 1, and the run's folder stands."""


def main(arguments=None):
    """Run one command; returns the exit status."""
    # One thread, unless the environment says otherwise: the lessons' matrices are so small that a
    # second one gains a fifth on an idle machine, and costs ten times the time on a busy one.
    # Torch reads this as it starts, here and in every kernel of `lab`.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    options = _parser().parse_args(arguments)
    if options.command is not lab:
        os.environ["MPLBACKEND"] = "agg"  # figures go into files
    try:
        return options.command(options)
    except BadInput as error:
        return _complain(error, 2)


def lab(options):
    """Open JupyterLab at lesson 00, in a browser where there is one."""
    lesson = COURSE / "notebooks" / "00_start_here.ipynb"
    if not lesson.is_file():
        raise BadInput(
            f"找不到 {lesson}：請在課程的資料夾裡執行",
            f"{lesson} is not here: run this in the course's folder",
        )
    trust(COURSE / "notebooks")
    address = f"/lab/tree/{lesson.relative_to(COURSE).as_posix()}"
    command = [sys.executable, "-m", "jupyterlab", f"--LabApp.default_url={address}"]
    try:
        webbrowser.get()
    except webbrowser.Error:
        command.append("--no-browser")
        print(
            "這裡沒有瀏覽器：請把下面的網址貼到瀏覽器 · "
            "no browser here: paste the address below into one"
        )
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")  # as in a container
    try:
        return subprocess.call(command, cwd=COURSE)
    except KeyboardInterrupt:
        return 0


def trust(folder):
    """Sign the lessons, as `jupyter trust` does: an instrument, and the language chosen, are there
    again when a lesson is opened anew while its kernel lives."""
    import nbformat
    from nbformat.sign import NotebookNotary

    notary = NotebookNotary()
    for path in folder.rglob("[0-9]*.ipynb"):
        notary.sign(nbformat.read(path, as_version=4))


def train(options):
    """Train from the settings given, or go on with a run, and keep everything in its folder.

    torchrun starts several processes that do so together: the one of rank 0 keeps the run.
    """
    from gan_lesson import distributed

    try:
        processes = distributed.join()
    except RuntimeError as error:
        return _complain(
            BilingualError(
                f"行程之間連不上（{error}）；有多台機器時，"
                "把 GLOO_SOCKET_IFNAME 設成連接它們的網路介面",
                f"the processes cannot reach one another ({error}); with several hosts, set "
                "GLOO_SOCKET_IFNAME to the network interface that joins them",
            ),
            1,
        )
    try:
        folder, state, progress = _begin(options, processes)
        return _keep(options, processes, folder, state, progress)
    except BadInput as error:
        return _complain(error, 2, processes)
    except Stopped as error:
        return _complain(error, 1, processes)
    except distributed.OtherProcessFailed:
        return 2
    except distributed.ProcessLost:
        error = BilingualError(
            "有一個行程不見了，訓練還沒開始", "a process is gone, before the training began"
        )
        return _complain(error, 1, processes)
    finally:
        processes.leave()


def _begin(options, processes):
    """The run's folder, the state to train, and the iterator that trains it; BadInput."""
    from gan_lesson import data, recipes, runs
    from gan_lesson.config import SettingError
    from gan_lesson.training import UnfitError

    plan, rank_0 = None, processes.rank == 0
    try:
        with processes.barrier():
            device = _device(options.device, processes)
            if rank_0:
                plan = _plan(options, processes.begun)
                _find_judge(plan[1].dataset)
        folder, config, saved = processes.broadcast(plan)
        state = runs.start(recipes.build_networks, config, device)
        if saved:
            runs.restore(folder / "checkpoint.pt", state, saved)
        for downloads in (True, False):  # one process of a host, then the others
            with processes.barrier():
                if downloads == (processes.local_rank == 0):
                    images, labels = data.load_bytes(config.dataset, options.data)
        together = None if processes.alone else processes
        progress = recipes.train(state, images, labels, together)
        with processes.barrier():
            if rank_0:
                if not saved:
                    folder = runs.create(folder, config, options.overwrite)
                processes.begin(folder)
        folder = processes.broadcast(folder)
    except SettingError as error:
        raise _bad_setting(error) from error
    except data.DataError as error:
        raise _about("--dataset ", error) from error
    except UnfitError as error:
        raise _about("--dataset: ", error) from error
    except runs.RunError as error:
        raise _about("--resume: " if options.resume else "--out: ", error) from error
    return folder, state, progress


def _keep(options, processes, folder, state, progress):
    """Train to the end and keep the run in its folder; the exit status, or Stopped is raised."""
    from gan_lesson import distributed, runs
    from gan_lesson.training import TrainingDiverged

    rank_0, go_on = processes.rank == 0, _command_to_go_on(options, processes, folder)
    if rank_0:
        try:
            progress = runs.record(folder, state, progress)
        except runs.RunError as error:
            raise BadInput(error.zh, error.en) from error
        print(f"訓練結果存在 · the run is kept in {folder}", flush=True)
    started = time.perf_counter()
    try:
        finished = _follow(progress, processes)
    except TrainingDiverged as error:
        kept = folder / "checkpoint.pt"
        raise Stopped(
            f"{error.zh}最後一個好的檢查點留在 {kept}",
            f"{error.en} The last good checkpoint is kept in {kept}",
        ) from error
    except distributed.ProcessLost as error:
        zh, en = f"接續：{go_on}", f"go on with: {go_on}"
        if processes.restarts:
            zh, en = "torchrun 會從那裡重新開始", "torchrun starts again from there"
        raise Stopped(
            f"有一個行程不見了，訓練停止；最後一個完整的檢查點在 {folder}，{zh}",
            "a process is gone, and training stops; "
            f"the last whole checkpoint is in {folder}; {en}",
        ) from error
    except (OSError, RuntimeError) as error:
        cause = _os_error(error)
        if cause is None or isinstance(cause, BrokenPipeError):
            raise
        raise Stopped(*_cannot_write(folder, cause, go_on)) from error
    if not finished:
        if rank_0:
            print(f"已停止並存檔，接續請輸入 · stopped and saved; to go on:\n    {go_on}")
        return 130
    if rank_0:
        seconds = f"{time.perf_counter() - started:.0f}"
        print(f"訓練了 {seconds} 秒 · trained for {seconds} s")
        _judge(state, state.config.dataset)
        print(f"看 · look at {folder / 'samples.png'}, {folder / 'training.gif'}")
    return 0


def _os_error(error):
    """The OSError that lies behind an error: torch.save hides that of a full disk. None: none."""
    while error is not None and not isinstance(error, OSError):
        error = error.__cause__ or error.__context__
    return error


def _cannot_write(folder, error, go_on):
    """What happened to the run's folder, and what can be done."""
    zh, en = f"寫不進 {folder}（{error.strerror}）", f"cannot write to {folder} ({error.strerror})"
    if not (folder / "checkpoint.pt").is_file():
        return f"{zh}；那裡已經沒有檢查點", f"{en}; no checkpoint is left there"
    room = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    return (
        f"{zh}；最後一個完整的檢查點還在，{'騰出空間後' if room else '排除問題後'}接續：{go_on}",
        f"{en}; the last whole checkpoint is still there, "
        f"{'make room' if room else 'mend that'} and go on with: {go_on}",
    )


def _command_to_go_on(options, processes, folder):
    command = "python -m gan_lesson"
    if not processes.alone:
        command = f"torchrun --nproc-per-node {processes.local_world_size} -m gan_lesson"
    command += f" train --resume {shlex.quote(str(folder))}"
    return command + (f" --data {shlex.quote(options.data)}" if options.data else "")


def _plan(options, begun):
    """The run's folder (None: the next), its settings, and what to go on from (None: a new run).

    begun: the folder of a run that torchrun starts again, or None.
    """
    from gan_lesson import runs
    from gan_lesson.config import SettingError, TrainingConfig

    given = {
        field.name: value
        for field in dataclasses.fields(TrainingConfig)
        if (value := getattr(options, field.name)) is not None
    }
    if begun:
        return Path(begun), *runs.load_checkpoint(begun)
    for name in ("resume", "out", "data", "dataset"):
        if getattr(options, name) == "":
            raise SettingError(
                name, "''", "資料夾的路徑（變數沒有值？）", "a path (an unset variable?)"
            )
    if options.resume is not None:
        config, saved = runs.load_checkpoint(options.resume)
        _compare(given, config, options)
        return Path(options.resume), config, saved
    config = (TrainingConfig.original if options.preset else TrainingConfig)(**given)
    return options.out and Path(options.out), config, None


def _follow(progress, processes):
    """Show progress to its end (True), or until Ctrl-C, which waits for the step (False)."""
    from tqdm import tqdm

    def ask_to_stop(number, frame):
        processes.asked = True
        if processes.alone:
            signal.signal(number, signal.default_int_handler)  # the second time, at once

    rank_0 = processes.rank == 0
    signals = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, ask_to_stop) for number in signals}
    bar = tqdm(unit="batch", disable=None if rank_0 else True, leave=False)
    try:
        for now in progress:
            done = now.epoch * now.batches + now.batch
            if done % 100 == 0 and rank_0:
                tqdm.write(str(now))
                sys.stdout.flush()
            bar.total = now.epochs * now.batches
            bar.update(done + 1 - bar.n)
            if processes.stopping:
                progress.close()
                return False
        return True
    finally:
        bar.close()
        if processes.alone:  # else torchrun's signals may not cut short what is left to do
            for number, handler in before.items():
                signal.signal(number, handler)


def _find_judge(dataset):
    """Look for the classifier that judges at the end, before the training: BadInput."""
    from gan_lesson import metrics

    try:
        if metrics.has_classifier(dataset):
            metrics.load_classifier(dataset)
    except Exception as error:  # safetensors raises its own kinds for a damaged file
        raise BadInput(
            f"課程附的權重壞了（{error}），請重新安裝",
            f"the weights that come with the course are damaged ({error}): install it again",
        ) from error


def _judge(state, dataset):
    """Print what the course's own classifier says of 1,000 samples."""
    from gan_lesson import metrics, runs

    if not metrics.has_classifier(dataset):
        return
    samples = runs.sample(state.drawer, runs.fixed_noise(state.config, 1000))
    quality = metrics.measure(samples, metrics.load_classifier(dataset))
    print(
        f"1000 張樣本 · of 1000 samples: 分類器確定的 · classifier sure of {quality.sure:.0%}, "
        f"出現的數字 · digits found {sum(share > 0 for share in quality.shares)}/10, "
        f"最少的 · rarest {min(quality.shares):.1%}, "
        f"Inception score {quality.inception_score:.2f}, "
        f"Fréchet distance {quality.frechet_distance:.0f}"
    )


def sample(options):
    """Draw images with the generator of a run."""
    import numpy as np
    import torch

    from gan_lesson import runs
    from gan_lesson.config import SettingError
    from gan_lesson.recipes import build_networks

    out = Path(options.out)
    try:
        for name, least, most in (("count", 1, 100_000), ("seed", 0, 2**63 - 1)):
            value = getattr(options, name)
            if type(value) is not int or not least <= value <= most:
                raise SettingError(
                    name,
                    value,
                    f"{least} 到 {most} 的整數",
                    f"a whole number from {least} to {most}",
                )
        if out.suffix not in (".png", ".npy"):
            raise SettingError("out", out, "結尾是 .png 或 .npy 的檔名", "a name in .png or .npy")
        if out.is_dir():
            raise SettingError("out", out, "檔名，不是資料夾", "a file, not a folder")
        if out.exists() and not options.overwrite:
            raise SettingError(
                "out", out, "還不存在的檔名（或加上 --overwrite）", "a new file (or --overwrite)"
            )
        if not (out.parent.is_dir() and os.access(out.parent, os.W_OK)):
            raise SettingError("out", out, "可以寫入的資料夾", "a folder that can be written to")
        state = runs.resume(options.run, build_networks)
    except SettingError as error:
        raise _bad_setting(error) from error
    except runs.RunError as error:
        raise _about("RUN: ", error) from error
    random = torch.Generator().manual_seed(options.seed)
    z = torch.randn(options.count, state.config.latent_dim, generator=random)
    images = runs.sample(state.drawer, z)
    if out.suffix == ".png":
        runs.save_grid(images, out)
    else:
        np.save(out, images.squeeze(1).numpy())
    print(out)
    return 0


def _device(name, processes):
    """The device of this process: on a GPU, each process of a host has its own."""
    import torch

    from gan_lesson.config import SettingError

    if name not in ("auto", "cpu", "cuda"):
        raise SettingError("device", name, "auto、cpu 或 cuda", "auto, cpu or cuda")
    gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if name == "auto":
        name = "cuda" if gpus >= processes.local_world_size else "cpu"
    if name == "cuda" and gpus < processes.local_world_size:
        zh, en = "沒有可用的 CUDA", "no CUDA GPU here"
        if gpus:
            zh = f"{processes.local_world_size} 個行程只有 {gpus} 個 GPU"
            en = f"{gpus} GPUs here for {processes.local_world_size} processes"
        raise SettingError("device", name, f"auto 或 cpu：這台機器{zh}", f"auto or cpu: {en}")
    if name == "cuda" and not processes.alone:
        name = f"cuda:{processes.local_rank}"
        torch.cuda.set_device(name)  # DistributedDataParallel asks for it
    return name


def _compare(given, config, options):
    """A run goes on with its own settings: refuse others, by name."""
    differing = [
        f"{_option(name)} {value} ({getattr(config, name)})"
        for name, value in given.items()
        if value != getattr(config, name)
    ]
    if options.preset:
        differing.append("--preset")
    if options.out:
        differing.append("--out")
    if differing:
        differing = ", ".join(differing)
        raise BadInput(
            f"--resume 用的是原來的設定（括號裡），這些不同：{differing}",
            "--resume goes on with the run's own settings (in brackets); these differ: "
            f"{differing}",
        )


def _bad_setting(error):
    """A SettingError in the terminal's words."""
    return BadInput(*error.sentences(_option(error.setting)))


def _about(what, error):
    """A BilingualError of another module, with the option that it is about."""
    return BadInput(f"{what}{error.zh}", error.en)


def _option(setting):
    return "--" + setting.replace("_", "-")


def _complain(error, status, processes=None):
    """Print an error as one line, once where there are several processes; returns the status."""
    if processes is None or processes.speaks():
        print(f"gan_lesson: {error}".replace("\n", " "), file=sys.stderr, flush=True)
    return status


class _OneLine(argparse.ArgumentParser):
    """A parser whose errors are one line."""

    def error(self, message):
        sys.exit(_complain(message, 2))


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
    commands = parser.add_subparsers(required=True, metavar="lab | train | sample")

    command = commands.add_parser("lab", help="open JupyterLab at lesson 00")
    command.set_defaults(command=lab)

    command = commands.add_parser("train", help="train a GAN and keep everything in a folder")
    command.set_defaults(command=train)
    add = command.add_argument
    add("--dataset", help="digits (the default), mnist, fashion-mnist or kmnist")
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
    command.set_defaults(command=sample)
    command.add_argument("run", metavar="RUN", help="the run's folder")
    command.add_argument("--count", type=_number, default=64, help="how many images")
    command.add_argument("--seed", type=_number, default=0, help="of the latent vectors")
    command.add_argument("--out", metavar="FILE", required=True, help=".png or .npy")
    command.add_argument("--overwrite", action="store_true", help="FILE may be replaced")
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
        return _complain(error, 130)
    except BrokenPipeError:  # nobody reads what is printed any more, as with | head
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141


if __name__ == "__main__":
    sys.exit(_run())
