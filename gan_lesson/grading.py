"""A student's notebook, run in a process of its own: what `check` says of each exercise in it.

Whatever the notebook holds is run, as the person who asks. What it draws and saves goes into a
folder that is thrown away; the notebook stays as it is.
"""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from gan_lesson import COURSE, exercises

STATUSES = ("right", "wrong", "broken", "not yet")  # the better of two comes first
CHECK = re.compile(r"""\bcheck\(\s*["'](\w+\.\w+)["']""")


class Attempt:
    """A notebook that is being run; `result` once it has `finished`."""

    def __init__(self, path, seconds):
        self.path, self.seconds = Path(path).resolve(), seconds
        self.deadline = time.monotonic() + seconds
        self.folder = tempfile.TemporaryDirectory(prefix="grade-", ignore_cleanup_errors=True)
        self.told = Path(self.folder.name) / "told.jsonl"
        environment = os.environ | {"MPLBACKEND": "agg", "IPYTHONDIR": self.folder.name}
        environment.setdefault("GAN_LESSON_DATA", str(COURSE / "data"))
        self.process = subprocess.Popen(
            [sys.executable, "-m", __name__, str(self.path), str(self.told)],
            cwd=self.folder.name,
            env=environment,
            stdin=subprocess.DEVNULL,  # input() is an error and waits for nobody
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    @property
    def finished(self):
        return self.process.poll() is not None or time.monotonic() > self.deadline

    def end(self):
        """End the notebook and every process that it started, and remove what it left."""
        with contextlib.suppress(psutil.NoSuchProcess):
            family = psutil.Process(self.process.pid)
            for process in [*family.children(recursive=True), family]:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()
        if hasattr(os, "killpg"):  # what a notebook that has ended left running
            with contextlib.suppress(OSError):
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.folder.cleanup()

    def result(self):
        """The status of each exercise that the notebook should hold, and what went wrong, if
        anything: {"03.1": "right", …} and two sentences, or ("", "")."""
        late = self.process.poll() is None
        lines = []
        if self.told.is_file():
            with contextlib.suppress(ValueError):  # the last line may be half a line
                for line in self.told.read_text("utf-8").splitlines():
                    lines.append(json.loads(line))
        told = {key: value for line in lines for key, value in line.items()}
        found = {}
        for line in lines:
            for name in line.get("exercises", ()):
                found[name] = best(found.get(name), line["status"])
        whole = "end" in told
        for name in told.get("expected", ()):
            found.setdefault(name, "not yet" if whole else "broken")
        if "problem" in told:
            problem = told["problem"]
        elif late:
            problem = f"超過 {self.seconds} 秒", f"longer than {self.seconds} seconds"
        elif not whole:
            code = self.process.returncode
            problem = f"當掉了（結束碼 {code}）", f"crashed (exit code {code})"
        else:
            problem = "", ""
        return found, tuple(problem)


def best(*statuses):
    """The best of some statuses; None is none."""
    return min(filter(None, statuses), key=STATUSES.index)


def expected_of(source):
    """The exercises of all lessons that code belongs to, also those whose cell was deleted."""
    lessons = {name.rpartition(".")[0] for name in CHECK.findall(source)}
    return [f"{lesson}.{number}" for lesson in lessons for number in exercises.checks_of(lesson)]


def _main(path, told):
    """Run the notebook's cells in this process, and tell the file what they come to."""
    import nbformat
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    from gan_lesson import runs

    def tell(**line):
        with open(told, "a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    def check(exercise, answer):
        tell(exercises=[str(exercise)], status=exercises.judge(exercise, answer).status)

    try:
        cells = nbformat.read(path, as_version=4).cells
        cells = [cell.source for cell in cells if cell.cell_type == "code"]
    except Exception:  # nbformat and its validator raise many kinds
        tell(problem=("不是筆記本，或是壞了", "no notebook, or a damaged one"))
        return
    tell(expected=expected_of("\n".join(cells)))
    exercises.check = check
    runs.RUNS = Path.cwd() / "runs"
    config = Config()
    config.HistoryManager.enabled = False
    shell = InteractiveShell.instance(config=config)
    for source in cells:
        if not shell.run_cell(source).success:
            tell(exercises=CHECK.findall(source), status="broken")
    tell(end=True)


if __name__ == "__main__":
    _main(*sys.argv[1:])
    os._exit(0)  # whatever threads a notebook has left
