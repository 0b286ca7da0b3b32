"""python -m gan_lesson sample: draw images with the generator of a run."""

import os
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import torch

from gan_lesson import BilingualError, runs
from gan_lesson.checkpoints import whole_file
from gan_lesson.commands import BadInput, about, bad_setting, check_paths, complain
from gan_lesson.config import SettingError
from gan_lesson.recipes import build_networks


def run(options):
    """Draw images with the generator of a run; the exit status."""
    check_paths({"RUN": options.run, "--out": options.out})
    out = Path(options.out)
    try:
        _draw(options, out)
    except OSError as error:
        told = f"無法寫入 {out}（{error.strerror}）", f"cannot write to {out} ({error.strerror})"
        return complain(BilingualError(*told), 1)
    print(out)
    return 0


def _draw(options, out):
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
        raise bad_setting(error) from error
    except runs.RunError as error:
        raise about("RUN: ", error) from error
    random = torch.Generator().manual_seed(options.seed)
    z = torch.randn(options.count, state.config.latent_dim, generator=random)
    images = runs.sample(state.drawer, z)
    if not images.isfinite().all():
        raise BadInput(
            f"RUN: {options.run} 的生成器畫出來的不是數字（NaN）",
            f"RUN: what the generator of {options.run} draws are no numbers (NaN)",
        )
    if out.suffix == ".png":
        runs.save_grid(images, out)
    else:
        with whole_file(out) as file:  # by its write(), which says why it cannot
            np.save(SimpleNamespace(write=file.write), images.squeeze(1).numpy())
