"""Students' notebooks, run and listed: python -m gan_lesson grade."""

import csv
import signal
import subprocess
import sys
import time

import nbformat
import psutil
import pytest
from test_exercises import ANSWERS

from gan_lesson import __main__, grading
from gan_lesson.commands.grade import _write

HEAD = "from gan_lesson.exercises import check"
RIGHT = f"check('00.1', {ANSWERS['00.1'][0]!r})"


def write(path, *cells):
    path.parent.mkdir(parents=True, exist_ok=True)
    cells = [nbformat.v4.new_code_cell(cell) for cell in (HEAD, *cells)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path


def table(path):
    """The rows of a CSV by student, and what stands at the top."""
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")  # Excel reads Chinese by this mark
    head, *rows = csv.reader(path.read_text("utf-8-sig").splitlines())
    return head, {row[0]: dict(zip(head[1:], row[1:], strict=True)) for row in rows}


def grade(*arguments):
    return __main__.main(["grade", *map(str, arguments)])


def test_a_row_for_each_student_and_a_column_for_each_exercise(tmp_path, capsys):
    folder, out = tmp_path / "class", tmp_path / "grades.csv"
    unchanged = [
        write(folder / "王小明" / "00_start_here.ipynb", RIGHT, "check('00.2', 'nonsense')"),
        write(folder / "王小明" / "second try.ipynb", "check('00.1', 'nonsense')"),
        write(folder / "王小明" / ".ipynb_checkpoints" / "00_start_here.ipynb", "check('00.1', 0)"),
        write(folder / "crash.ipynb", RIGHT, "import os; os._exit(7)", "check('00.2', 1)"),
        write(
            folder / "=1+1.ipynb",
            f"answer = no_such_name\n{RIGHT}",
            "check('00.1', None)",
            "check('00.2', None)",
        ),
    ]
    texts = [path.read_bytes() for path in unchanged]
    (folder / "damaged.ipynb").write_text("<<<<<<< HEAD\n{")
    (folder / "report.pdf").write_text("mine")
    assert grade(folder, "--out", out) == 0
    said = capsys.readouterr().out
    assert "runs the students' code" in said and "[5/5]" in said
    head, rows = table(out)
    assert head[1:3] == ["00.1", "00.2"]
    assert (rows["王小明"]["00.1"], rows["王小明"]["00.2"]) == ("right", "wrong")
    assert (rows["crash"]["00.1"], rows["crash"]["00.2"]) == ("right", "broken")
    assert "7" in rows["crash"][head[-1]]
    assert (rows["'=1+1"]["00.1"], rows["'=1+1"]["00.2"]) == ("broken", "not yet")
    assert rows["damaged"]["00.1"] == "" and "damaged" in rows["damaged"][head[-1]]
    assert "no notebook" in rows["report"][head[-1]]
    assert [path.read_bytes() for path in unchanged] == texts
    before = out.read_bytes()
    assert grade(folder, "--out", out) == 2
    assert out.read_bytes() == before


def test_what_hangs_is_ended_with_what_it_started(tmp_path):
    hangs = "import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', 'input()'])"
    sleeps = "import time\nprint(open('started', 'w').write('x'))\ntime.sleep(1000)"
    attempt = grading.Attempt(write(tmp_path / "a.ipynb", RIGHT, hangs, sleeps), 600)
    try:
        while not (attempt.told.parent / "started").is_file():
            time.sleep(0.05)
            assert not attempt.finished
        family = psutil.Process(attempt.process.pid).children(recursive=True)
        attempt.deadline = time.monotonic()
        assert attempt.finished
        with attempt.told.open("a") as told:
            told.write('{"exercises": ["00.')  # half a line
        found, (zh, en) = attempt.result()
    finally:
        attempt.end()
    assert found["00.1"] == "right" and set(found.values()) == {"right", "broken"}
    assert "600" in zh and "600" in en
    assert psutil.wait_procs(family, timeout=30)[1] == []
    assert not attempt.told.parent.exists()


ELSEWHERE = """import os
from pathlib import Path
from gan_lesson import COURSE, runs
assert runs.RUNS.parent == Path.cwd() != COURSE
assert os.environ["GAN_LESSON_DATA"] == str(COURSE / "data")
"""


def test_a_cell_that_was_deleted_is_not_yet(tmp_path, monkeypatch):
    """Runs go into the folder that is thrown away; data sets are those of the course."""
    monkeypatch.delenv("GAN_LESSON_DATA", raising=False)
    attempt = grading.Attempt(write(tmp_path / "a.ipynb", ELSEWHERE + RIGHT), 600)
    attempt.process.wait()
    found, problem = attempt.result()
    attempt.end()
    assert found.pop("00.1") == "right" and set(found.values()) == {"not yet"}
    assert problem == ("", "")


def test_the_table_is_in_order_and_calculates_nothing(tmp_path):
    verdicts = dict.fromkeys(("style.1", "10.2", "00.10", "00.2"), "right")
    _write(tmp_path / "a.csv", {f"{sign}1": verdicts for sign in "=+-@"}, {})
    head, rows = table(tmp_path / "a.csv")
    assert head[1:-1] == ["00.2", "00.10", "10.2", "style.1"]
    assert list(rows) == ["'=1", "'+1", "'-1", "'@1"]


@pytest.mark.parametrize(
    "arguments",
    [["nowhere"], ["."], [".", "--seconds", "0"], [".", "--seconds", "9" * 400]],
)
def test_bad_input_is_refused(tmp_path, monkeypatch, arguments, capsys):
    monkeypatch.chdir(tmp_path)
    assert grade(*arguments) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no SIGINT to one process")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_keeps_what_is_done(tmp_path, number):
    folder, out = tmp_path / "class", tmp_path / "grades.csv"
    write(folder / "a.ipynb", RIGHT)
    for name in "bcdefghijklmnopq":
        write(folder / f"{name}.ipynb", "while True:\n    pass")
    command = [sys.executable, "-m", "gan_lesson", "grade", str(folder), "--out", str(out)]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        text=True,
        # a shell's background job, which these tests may be, ignores Ctrl-C and hands that down
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    while "a.ipynb" not in process.stdout.readline():
        assert process.poll() is None
    family = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(number)
    said = process.communicate()[0]
    assert process.returncode == 130 and "kept" in said
    assert table(out)[1]["a"]["00.1"] == "right"
    assert psutil.wait_procs(family, timeout=30)[1] == []
