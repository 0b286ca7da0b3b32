"""A run's history.csv: both losses of every batch, read back and gone on with."""

import itertools
from pathlib import Path

from gan_lesson.checkpoints import RunError, unwritable

HEADER = "epoch,batch,loss_d,loss_g\n"


def read_history(folder):
    """Read a run's losses: loss_d and loss_g of each batch, and how many batches make an epoch.

    Raises RunError for a file that is not as it was written.
    """
    rows, batches = _read_rows(Path(folder) / "history.csv")
    return [loss_d for _, _, loss_d, _ in rows], [loss_g for *_, loss_g in rows], batches


def _read_rows(path, batches=None):
    """The rows of a history: epoch, batch, loss_d, loss_g, one a batch and none left out.

    batches: how many make an epoch, by default as many as the rows say. It is returned too.
    """
    try:
        lines = path.read_text("utf-8").splitlines(keepends=True)
        if lines[:1] != [HEADER]:
            raise ValueError
        if not lines[-1].endswith("\n"):  # a crash cut it short
            lines.pop()
        rows = [line.split(",") for line in lines[1:]]
        rows = [(int(e), int(b), float(loss_d), float(loss_g)) for e, b, loss_d, loss_g in rows]
        batches = batches or 1 + max((batch for _, batch, _, _ in rows), default=0)
        places = [epoch * batches + batch for epoch, batch, _, _ in rows]
        if any(after != before + 1 for before, after in itertools.pairwise(places)):
            raise ValueError
        return rows, batches
    except (OSError, ValueError) as error:
        raise RunError(
            f"{path} 不見了或被改過，損失的歷史不完整，不能接續；檢查點是好的，"
            "可以用 sample 畫圖，或把原來的檔案放回去",
            f"{path} is gone or was changed, and the history of the losses is not whole: the run "
            "cannot go on. Its checkpoint is good: draw with sample, or put the file back",
        ) from error


def open_history(folder, state):
    """The history file, cut back to what the checkpoint knows, ready to append to.

    Raises RunError where it cannot be written, or does not go as far as the checkpoint does.
    """
    path = folder / "history.csv"
    try:
        (folder / "snapshots").mkdir(exist_ok=True)  # it may have been deleted
        if state.epoch == state.batch == 0 or not (folder / "checkpoint.pt").exists():
            path.write_text(HEADER, newline="\n")
            return open(path, "a", newline="\n")
        batches = -(-len(state.order) // state.config.batch_size)
        rows, _ = _read_rows(path, batches)
        known = [row for row in rows if row[:2] < (state.epoch, state.batch)]
        last, place = known[-1][:2] if known else (0, -1), state.epoch * batches + state.batch
        if lacking := place - (last[0] * batches + last[1] + 1):
            raise RunError(
                f"{path} 少了最後 {lacking} 批（檢查點在第 {state.epoch} 回合第 {state.batch} 批"
                "之前）：檔案被截短了，不能接續；檢查點是好的，可以用 sample 畫圖",
                f"{path} lacks the last {lacking} batches before epoch {state.epoch}, batch "
                f"{state.batch}, where the checkpoint stands: the file was cut short, and the "
                "run cannot go on. Its checkpoint is good: draw with sample",
            )
        with open(path, "r+b") as file:
            for _ in range(1 + len(known)):
                file.readline()
            file.truncate()
        return open(path, "a", newline="\n")
    except OSError as error:
        raise unwritable(error.filename or path, error) from error
