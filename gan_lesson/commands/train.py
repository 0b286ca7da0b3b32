"""python -m gan_lesson train: train a GAN, and keep everything in the run's folder."""

import dataclasses
import errno
import functools
import os
import shlex
import signal
import sys
import time
from pathlib import Path

import torch
from tqdm import tqdm

from gan_lesson import BilingualError, data, distributed, metrics, recipes, runs
from gan_lesson.commands import BadInput, about, bad_setting, check_paths, complain, mute, option
from gan_lesson.config import SettingError, TrainingConfig
from gan_lesson.unfit import TrainingDiverged, UnfitError


class Stopped(BilingualError):
    """Training had to stop: one line for the user, an exit status, and the run's folder stands."""

    def __init__(self, zh, en, status=1):
        super().__init__(zh, en)
        self.status = status


class OutputFailed(Exception):
    """Nobody reads on, or what is printed goes to a full disk; the run is saved."""


def run(options):
    """Train from the settings given, or go on with a run, and keep everything in its folder.

    torchrun starts several processes that do so together: the one of rank 0 keeps the run.
    """
    try:
        processes = distributed.join()
    except RuntimeError as error:
        return complain(
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
        return complain(error, 2, processes)
    except Stopped as error:
        return complain(error, error.status, processes)
    except distributed.OtherProcessFailed:
        return 2
    except distributed.ProcessLost:
        error = BilingualError(
            "有一個行程不見了，訓練還沒開始", "a process is gone, before the training began"
        )
        return complain(error, 1, processes)
    finally:
        processes.leave()


_load = functools.lru_cache(maxsize=1)(data.load_bytes)  # a folder is looked at for its settings
_load_judge = functools.lru_cache(metrics.load_classifier)  # and the judge before the training


def _begin(options, processes):
    """The run's folder, the state to train, and the iterator that trains it; BadInput."""
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
                    images, labels = _load(config.dataset, options.data, config.paper)
        together = None if processes.alone else processes
        progress = recipes.train(state, images, labels, together)
        with processes.barrier():
            if rank_0:
                if not saved:
                    folder = runs.create(folder, config, options.overwrite)
                processes.begin(folder)
        folder = processes.broadcast(folder)
    except SettingError as error:
        raise bad_setting(error) from error
    except data.DataError as error:
        raise about("--dataset ", error) from error
    except UnfitError as error:
        raise about("--dataset: ", error) from error
    except runs.RunError as error:
        raise about("--resume: " if options.resume else "--out: ", error) from error
    return folder, state, progress


def _keep(options, processes, folder, state, progress):
    """Train to the end and keep the run in its folder; the exit status, or Stopped is raised."""
    rank_0, go_on = processes.rank == 0, _command_to_go_on(options, processes, folder)
    if rank_0:
        try:
            progress = runs.record(folder, state, progress)
        except runs.RunError as error:
            raise BadInput(error.zh, error.en) from error
    started = time.perf_counter()
    try:
        finished = _follow(progress, processes, f"訓練結果存在 · the run is kept in {folder}")
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
    except runs.RunError as error:  # the history went away while it trained
        raise Stopped(error.zh, error.en) from error
    except OutputFailed as error:
        raise Stopped(
            f"輸出寫不出去（{error}），已停止並存檔，接續：{go_on}",
            f"the output cannot be written ({error}); stopped and saved; go on with: {go_on}",
            141 if isinstance(error.__cause__, BrokenPipeError) else 1,
        ) from error
    except (OSError, RuntimeError) as error:
        cause = _os_error(error)
        if cause is None:
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
    why = error.strerror or error
    zh, en = f"寫不進 {folder}（{why}）", f"cannot write to {folder} ({why})"
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
        together = f"--standalone --local-addr 127.0.0.1 --nproc-per-node {processes.world_size}"
        command = f"torchrun {together} -m gan_lesson"
    command += f" train --resume {shlex.quote(str(folder))}"
    return command + (f" --data {shlex.quote(options.data)}" if options.data else "")


def _plan(options, begun):
    """The run's folder (None: the next), its settings, and what to go on from (None: a new run).

    begun: the folder of a run that torchrun starts again, or None.
    """
    paths = ("resume", "out", "data", "dataset")
    check_paths({option(name): getattr(options, name) for name in paths})
    given = {
        field.name: value
        for field in dataclasses.fields(TrainingConfig)
        if (value := getattr(options, field.name)) is not None
    }
    own = data.is_folder(given.get("dataset", "digits"))
    if own:  # the same folder, wherever the run goes on from
        given["dataset"] = os.path.abspath(os.path.expanduser(given["dataset"]))
    if begun:
        return Path(begun), *runs.load_checkpoint(begun)
    if options.resume is not None:
        config, saved = runs.load_checkpoint(options.resume)
        _compare(given, config, options)
        return Path(options.resume), config, saved
    make = TrainingConfig.original if options.preset else TrainingConfig
    config = make(**given)
    if own:
        images, _ = _load(config.dataset, options.data, config.paper)
        config = make(**given, count=len(images))
    return options.out and Path(options.out), config, None


def _follow(progress, processes, first):
    """Show progress to its end (True), or until Ctrl-C, which waits for the step (False).

    first: what is printed before it. Raises OutputFailed.
    """

    def ask_to_stop(number, frame):
        processes.asked = True
        if processes.alone:
            signal.signal(number, signal.default_int_handler)  # the second time, at once

    rank_0, failure = processes.rank == 0, None

    def tell(text):
        nonlocal failure
        try:
            tqdm.write(text)
            sys.stdout.flush()
        except OSError as error:
            mute(sys.stdout)
            processes.asked, failure = True, error

    signals = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, ask_to_stop) for number in signals}
    bar = tqdm(unit="batch", disable=None if rank_0 else True, leave=False)
    try:
        if rank_0:
            tell(first)
        for now in progress:
            done = now.epoch * now.batches + now.batch
            if done % 100 == 0 and rank_0:
                tell(str(now))
            bar.total = now.epochs * now.batches
            bar.update(done + 1 - bar.n)
            if processes.stopping:
                progress.close()
                if failure:
                    raise OutputFailed(failure.strerror) from failure
                return False
        return True
    finally:
        bar.close()
        if processes.alone:  # else torchrun's signals may not cut short what is left to do
            for number, handler in before.items():
                signal.signal(number, handler)


def _find_judge(dataset):
    """Look for the classifier that judges at the end, before the training: BadInput."""
    try:
        if metrics.has_classifier(dataset):
            _load_judge(dataset)
    except data.DataError as error:
        raise BadInput(error.zh, error.en) from error


def _judge(state, dataset):
    """Print what the course's own classifier says of 1,000 samples."""
    if not metrics.has_classifier(dataset):
        return
    samples = runs.sample(state.drawer, runs.fixed_noise(state.config, 1000))
    quality = metrics.measure(samples, _load_judge(dataset))
    print(
        f"1000 張樣本 · of 1000 samples: 分類器確定的 · classifier sure of {quality.sure:.0%}, "
        f"出現的數字 · digits found {sum(share > 0 for share in quality.shares)}/10, "
        f"最少的 · rarest {min(quality.shares):.1%}, "
        f"Inception score {quality.inception_score:.2f}, "
        f"Fréchet distance {quality.frechet_distance:.0f}"
    )


def _device(name, processes):
    """The device of this process: on a GPU, each process of a host has its own."""
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
        f"{option(name)} {value} ({getattr(config, name)})"
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
