"""The checks behind the exercises: they accept the solution and refuse typical mistakes.

tests/answers/lesson_03.py holds for each exercise of lesson 03 the right answer and a dictionary
of typical wrong ones, whose keys are words of the English sentence that each of them is told. A
list of other right answers may follow.
"""

import contextlib
import fractions
import importlib
import itertools
import math
import re
import signal
import sys
import threading
import time
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
import torch
from test_notebooks import CHINESE, COURSE, code

from gan_lesson.exercises import Wrong, check, checks_of, handed_in, judge, lessons

ANSWERS = {
    exercise: answers
    for path in sorted(Path(__file__).with_name("answers").glob("*.py"))
    for exercise, answers in importlib.import_module(f"answers.{path.stem}").ANSWERS.items()
}
NOTEBOOKS = [
    path
    for path in sorted((COURSE / "notebooks").rglob("*.ipynb"))
    if not {"solutions", ".ipynb_checkpoints"} & set(path.parts)
    and 'check(\\"' in path.read_text("utf-8")
]
every_exercise = pytest.mark.parametrize("exercise", ANSWERS)


def is_bilingual(verdict):
    english = re.sub(r"'.*?'|「.*?」", "", verdict.en)  # without the student's own words
    return CHINESE.search(verdict.zh) and english and not CHINESE.search(english)


@every_exercise
def test_the_check_accepts_the_solution(exercise):
    solution, _, *others = ANSWERS[exercise]
    for answer in (solution, *itertools.chain(*others)):
        verdict = judge(exercise, answer)
        assert verdict.status == "right", verdict
        assert is_bilingual(verdict)


@every_exercise
def test_the_check_tells_each_typical_mistake(exercise):
    mistakes = ANSWERS[exercise][1]
    assert len(mistakes) >= 2
    for words, mistake in mistakes.items() if isinstance(mistakes, dict) else enumerate(mistakes):
        verdict = judge(exercise, mistake)
        assert verdict.status == "wrong", (mistake, verdict)
        assert is_bilingual(verdict)
        assert isinstance(words, int) or words in verdict.en, (words, verdict)


@every_exercise
def test_no_answer_is_not_yet(exercise, capsys):
    assert judge(exercise, None).status == "not yet"
    check(exercise, None)
    zh, en = capsys.readouterr().out.rstrip().split(" · ")
    assert CHINESE.search(zh) and not CHINESE.search(en)
    assert all(half.startswith(f"… {exercise} ") for half in (zh, en))


TABLES = list(ANSWERS)
NUMBERS = {name: ANSWERS[name][0] for name in TABLES if isinstance(ANSWERS[name][0], int | float)}


@pytest.mark.parametrize("exercise", NUMBERS)
def test_a_number_is_right_whatever_its_type(exercise):
    number = NUMBERS[exercise]
    same = [np.float64(number), np.float32(number), np.array(number), torch.tensor(number)]
    same += [torch.tensor([float(number)], requires_grad=True), fractions.Fraction(number)]
    if number == int(number):
        same += [float(number), np.int64(number), torch.tensor(int(number))]
    for other in same:
        assert judge(exercise, other).status == "right", repr(other)


# Odd answers: whatever they are or do, the student gets a sentence in both languages


class Hostile:
    """Fails at whatever is asked of it."""

    def fail(self, *_, **__):
        raise SystemExit("hostile")

    __eq__ = __ne__ = __lt__ = __gt__ = __len__ = __bool__ = __float__ = __int__ = fail
    __iter__ = __getitem__ = __call__ = __array__ = __index__ = __repr__ = __str__ = fail
    __getattr__ = fail
    __hash__ = object.__hash__


class HostileFloat(float):
    __float__ = __eq__ = __abs__ = __sub__ = __gt__ = Hostile.fail
    __hash__ = float.__hash__


class HostileText(str):
    strip = upper = __eq__ = __str__ = Hostile.fail
    __hash__ = str.__hash__


class HostileError(Exception):
    __str__ = __repr__ = Hostile.fail


def raises(error):
    def function(*_):
        raise error

    return function


def never_ends(*_):
    while True:
        pass


def swallows_exceptions(*_):
    while True:
        with contextlib.suppress(Exception):
            time.sleep(0.001)


def itself():
    nested = []
    nested.append(nested)
    return nested


def odd_answers():
    yield from ("", "?", "B or C", "答案", b"B", HostileText("B"), 3j, np.complex64(1), True)
    yield from (
        math.nan,
        math.inf,
        -math.inf,
        10**400,
        -(10**30),
        1e308,
        Decimal("0.123"),
        np.True_,
    )
    yield from ([], (), {}, set(), [[1, [2]], 3], itself(), [None] * 3, ["a", "b"], {"a": None})
    yield from ({"a": [], "b": {}, "c": 3j, "d": Hostile(), "e": None}, {"IS", 3}, range(10**9))
    yield from (itertools.count(), iter([1, 2]), (number for number in itertools.repeat(1)))
    yield from (object(), Hostile(), Hostile, type, int, math, NotImplemented, ..., sys.stdout)
    yield from (lambda: 1, lambda *_: "?", lambda *_: Hostile(), lambda *_: itertools.count())
    yield from (raises(SystemExit(3)), raises(KeyboardInterrupt()), raises(HostileError()), print)
    yield from (raises(GeneratorExit()), raises(MemoryError()), raises(RecursionError("deep")))
    yield from (lambda *_: math.nan, lambda *_: [1, "a"], lambda *_: 3j, lambda *given: given)
    yield from (never_ends, swallows_exceptions, torch.nn.Linear(3, 4), torch.nn.Module())
    yield from (np.zeros((2, 0)), np.array(["a"]), np.array([object()]), HostileFloat(7))
    for dtype in (torch.float16, torch.bfloat16, torch.int8, torch.bool, torch.complex64):
        yield torch.ones(5, 784).to(dtype)
    for shape in ((), (0,), (1,), (2,), (100,), (784,), (3, 3), (5, 784), (1, 1, 28, 28)):
        yield torch.full(shape, math.nan)
    yield from (torch.zeros(200, 1, 28, 28), torch.full((16, 1, 28, 28), math.inf))
    yield from (torch.eye(3).to_sparse(), torch.zeros(2, 2, device="meta"), torch.Size([1, 2]))
    yield torch.quantize_per_tensor(torch.ones(100), 0.1, 0, torch.quint8)


def test_an_alarm_that_comes_as_the_code_ends_stops_nothing_later(monkeypatch):
    """It comes while the limit is being taken away, before anything is put back."""
    before, put_back = signal.getsignal(signal.SIGALRM), signal.setitimer

    def late(which, *times):
        if times[0] != handed_in.SECONDS:
            signal.raise_signal(signal.SIGALRM)
        return put_back(which, *times)

    monkeypatch.setattr(handed_in.signal, "setitimer", late)
    with handed_in.time_limit():
        pass
    assert signal.getsignal(signal.SIGALRM) is before
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


@pytest.mark.parametrize("exercise", TABLES)
def test_odd_answers_get_a_sentence(exercise, monkeypatch, capsys):
    monkeypatch.setattr(handed_in, "SECONDS", 0.05)
    assert len(list(odd_answers())) > 49
    failed = []
    for odd in odd_answers():
        verdict = judge(exercise, odd)
        assert verdict.status == "wrong", (type(odd), verdict)
        assert is_bilingual(verdict), (type(odd), verdict)
        assert "\n" not in verdict.zh + verdict.en and len(verdict.en) < 300
        if "cannot be checked" in verdict.en:
            failed.append((type(odd), verdict.en))
    assert len(failed) <= 2, failed  # hostile beyond what a student would write


def test_a_function_that_prints_and_prints_is_stopped(capsys):
    def talks(times):
        for number in range(times):
            print("line", number)
        return 1.0

    assert handed_in.call(talks, "talks(times)", 3) == 1.0
    assert capsys.readouterr().out == "line 0\nline 1\nline 2\n"
    with pytest.raises(Wrong, match="prints more than"):
        handed_in.call(talks, "talks(times)", 10**9)
    assert 9_000 < len(capsys.readouterr().out) <= handed_in.PRINTED


def test_without_a_main_thread_there_is_no_time_limit():
    found = []
    thread = threading.Thread(target=lambda: found.append(handed_in.call(lambda: 1.0, "one()")))
    thread.start()
    thread.join()
    assert found == [1.0]


def test_the_time_limit_leaves_another_timer_running():
    fired = []
    before = signal.signal(signal.SIGALRM, lambda *_: fired.append(1))
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    try:
        assert handed_in.call(lambda: 1.0, "one()") == 1.0
        time.sleep(0.3)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert fired


UNKNOWN = (
    "03.99",
    "03.x",
    "99.1",
    "3.1",
    "03",
    "",
    "nothing.1",
    "03.1.1",
    3.1,
    "answers.1",
    "handed_in.1",
)


@pytest.mark.parametrize("name", UNKNOWN)
def test_an_unknown_exercise_names_those_there_are(name):
    for answer in (None, 3):
        verdict = judge(name, answer)
        assert verdict.status == "wrong" and is_bilingual(verdict)
        there = "03.1, 03.2" if name in ("03.99", "03.x") else f"00.1–{len(checks_of('00'))}, 01.1–"
        assert there in verdict.en


def test_every_check_has_its_answers():
    there = {f"{lesson}.{number}" for lesson in lessons() for number in checks_of(lesson)}
    assert there == set(ANSWERS)


def verdicts(path):
    """The marks and names of the verdicts stored in a notebook, {("✓", "03.1"), …}."""
    shown = (o.get("data", {}).get("text/plain", "") for c in code(path) for o in c.outputs)
    return {found for text in shown for found in re.findall(r"^([…✓✗]) (\w+\.\d+) ", text)}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_exercise_is_asked_and_solved(path):
    source = "\n".join(cell.source for cell in code(path))
    asked = set(re.findall(r'check\("(\w+\.\d+)"', source))
    lesson = asked.copy().pop().partition(".")[0]
    known = {exercise for exercise in ANSWERS if exercise.startswith(f"{lesson}.")}
    notebooks = COURSE / "notebooks"
    solution = notebooks / "solutions" / path.relative_to(notebooks)
    assert asked == known
    assert verdicts(solution) == {("✓", exercise) for exercise in known}
    assert verdicts(path) == {("…", exercise) for exercise in known}
