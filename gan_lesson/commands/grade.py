"""python -m gan_lesson grade: run a folder of students' notebooks, and list who solved what."""

import collections
import contextlib
import csv
import os
import time
from pathlib import Path

from gan_lesson import BilingualError, grading
from gan_lesson.commands import BadInput, check_paths, complain


def run(options):
    """Write a CSV with a row for each student and a column for each exercise."""
    check_paths({"FOLDER": options.folder, "--out": options.out})
    folder, out = Path(options.folder), Path(options.out)
    if type(options.seconds) is not int or not 1 <= options.seconds <= 86400:
        raise BadInput(
            f"--seconds 要是 1 到 86400 的整數，不是 {options.seconds}",
            f"--seconds is a whole number from 1 to 86400, not {options.seconds}",
        )
    try:
        handed_in = _handed_in(folder)
    except OSError as error:
        raise BadInput(
            f"讀不到資料夾 {folder}（{error.strerror}）",
            f"FOLDER: cannot read {folder} ({error.strerror})",
        ) from error
    if not any(handed_in.values()):
        raise BadInput(f"{folder} 裡沒有筆記本", f"FOLDER: there is no notebook in {folder}")
    try:
        out.open("x").close()  # its place is taken before anything runs
    except OSError as error:
        raise BadInput(
            f"--out {out} 寫不進去（{error.strerror}），已有的檔案不會覆寫",
            f"--out {out}: {error.strerror}; nothing is overwritten",
        ) from error
    print(
        "這會在這台電腦上，用你的帳號，執行學生的程式碼。\n"
        "This runs the students' code on this machine, as you."
    )
    found, notes = {student: {} for student in handed_in}, collections.defaultdict(list)
    for student, paths in handed_in.items():
        if not paths:
            notes[student].append("沒有筆記本 · no notebook")
    status = 0
    try:
        for _ in _grade(folder, handed_in, options.seconds, found, notes):
            with contextlib.suppress(OSError):  # it may be open in Excel just now
                _write(out, found, notes)
    except KeyboardInterrupt:
        print("停了，做完的留著 · stopped; what is done is kept")
        status = 130
    try:
        _write(out, found, notes)
    except OSError as error:
        return complain(
            BilingualError(
                f"寫不進 {out}（{error.strerror}）", f"cannot write to {out} ({error.strerror})"
            ),
            1,
        )
    for student, problems in notes.items():
        print(f"✗ {student}: {'; '.join(problems)}")
    print(out)
    return status


def _handed_in(folder):
    """The notebooks of each student: {name: [path, …]}.

    A student is a folder in the folder, whatever lies below it, or a single file.
    """
    found = {}
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.suffix == ".csv":
            continue
        below = sorted(path.rglob("*.ipynb")) if path.is_dir() else [path]
        found.setdefault(path.stem if path.is_file() else path.name, []).extend(
            each
            for each in below
            if each.suffix == ".ipynb" and ".ipynb_checkpoints" not in each.parts
        )
    return found


def _grade(folder, handed_in, seconds, found, notes):
    """Run all notebooks, some at a time; yields after each that is in `found` and `notes`."""
    waiting = [(student, path) for student, paths in handed_in.items() for path in paths]
    total, done, running = len(waiting), 0, {}
    waiting.reverse()
    try:
        while waiting or running:
            while waiting and len(running) < max(1, (os.cpu_count() or 1) // 2):
                student, path = waiting.pop()
                running[grading.Attempt(path, seconds)] = student, path.relative_to(folder)
            time.sleep(0.05)
            for attempt in [attempt for attempt in running if attempt.finished]:
                student, path = running[attempt]
                verdicts, (zh, en) = attempt.result()
                for name, verdict in verdicts.items():
                    found[student][name] = grading.best(found[student].get(name), verdict)
                if zh:
                    notes[student].append(f"{path.name}: {zh} · {en}")
                attempt.end()
                del running[attempt]
                done += 1
                counts = collections.Counter(verdicts.values())
                told = ", ".join(f"{name} {counts[name]}" for name in grading.STATUSES)
                print(f"[{done}/{total}] {path}: {told}", flush=True)
                yield
    finally:
        for attempt in running:
            attempt.end()


def _write(out, found, notes):
    """The table as CSV, with the mark by which Excel knows UTF-8."""

    def place(name):
        lesson, _, number = name.rpartition(".")
        return not lesson.isdigit(), lesson, int(number) if number.isdigit() else 0, name

    names = sorted({name for verdicts in found.values() for name in verdicts}, key=place)
    with out.open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.writer(file)
        table.writerow(["學生 · student", *names, "備註 · note"])
        for student, verdicts in found.items():
            row = [
                student,
                *(verdicts.get(name, "") for name in names),
                "; ".join(notes.get(student, ())),
            ]
            table.writerow([_no_formula(cell) for cell in row])


def _no_formula(text):
    """A name such as "=1+1.ipynb" as text that a spreadsheet does not calculate."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text
