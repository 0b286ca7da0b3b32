"""The checks behind the exercises: they accept the solution and refuse typical mistakes."""

import importlib
import re

import nbformat
import pytest
from test_notebooks import CHINESE, LESSONS, code

from gan_lesson.exercises import check, judge

ANSWERS = {
    exercise: answers
    for path in LESSONS
    for exercise, answers in importlib.import_module(
        f"answers.lesson_{path.name[:2]}"
    ).ANSWERS.items()
}
every_exercise = pytest.mark.parametrize("exercise", ANSWERS)


@every_exercise
def test_the_check_accepts_the_solution(exercise):
    right, _ = ANSWERS[exercise]
    verdict = judge(exercise, right)
    assert verdict.status == "right", verdict


@every_exercise
def test_the_check_refuses_typical_mistakes(exercise):
    _, mistakes = ANSWERS[exercise]
    assert len(mistakes) >= 2
    for mistake in mistakes:
        verdict = judge(exercise, mistake)
        assert verdict.status == "wrong", (mistake, verdict)
        assert CHINESE.search(verdict.zh) and not CHINESE.search(verdict.en.split("「")[0])


@every_exercise
def test_no_answer_is_not_yet_and_nonsense_is_no_traceback(exercise, capsys):
    assert judge(exercise, None).status == "not yet"
    for nonsense in ("?", [], {}, object(), -1e9):
        assert judge(exercise, nonsense).status == "wrong", nonsense
    check(exercise, None)
    printed = capsys.readouterr().out.splitlines()
    assert len(printed) == 2 and CHINESE.search(printed[0]) and not CHINESE.search(printed[1])


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_every_exercise_is_asked_and_solved(path):
    number = path.name[:2]
    known = {exercise for exercise in ANSWERS if exercise.startswith(number)}
    asked = set(re.findall(r'check\("(\d\d\.\d+)"', "\n".join(cell.source for cell in code(path))))
    solution = path.parent / "solutions" / path.name
    printed = "\n".join(
        output.get("text", "") for cell in code(solution) for output in cell.outputs
    )
    solved = set(re.findall(r"^✓ (\d\d\.\d+) ", printed, re.M))
    assert asked == solved == known
    assert "✗" not in printed and "…" not in printed
    asked_now = "\n".join(
        output.get("text", "")
        for cell in nbformat.read(path, as_version=4).cells
        if cell.cell_type == "code" and "check(" in cell.source
        for output in cell.outputs
    )
    assert set(re.findall(r"^… (\d\d\.\d+) ", asked_now, re.M)) == known
