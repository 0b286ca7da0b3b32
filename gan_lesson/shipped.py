"""Reads the weights of the small networks that the package ships."""

import contextlib

from safetensors.torch import load_file

from gan_lesson import DataError


@contextlib.contextmanager
def shipped_weights(path):
    """The tensors of a file that the package ships, {name: tensor}, to fill a network with.

    Raises DataError where there is no such file, or what it holds is damaged or does not fit.
    """
    if not path.is_file():
        names = sorted(each.stem for each in path.parent.glob("*.safetensors"))
        raise DataError(
            f"課程附的權重裡沒有 {path.stem}，有的是：{'、'.join(names)}",
            f"no weights {path.stem} come with the course; there are: {', '.join(names)}",
        )
    try:
        weights = load_file(path)
        if not all(weight.isfinite().all() for weight in weights.values()):
            raise ValueError("NaN")
        yield weights
    except Exception as error:  # safetensors raises its own kinds, torch others
        why = str(error).partition("\n")[0].rstrip(":")
        raise DataError(
            f"課程附的權重壞了（{path.name}，{why}）：請重新安裝課程",
            f"weights that come with the course are damaged ({path.name}, {why}): install it again",
        ) from error
