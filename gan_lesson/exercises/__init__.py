"""The checks behind "did I get it right?": not yet, right, or what is wrong, in both languages.

The exercises of lesson 03 stand in lesson_03.py, those of the notebook "style" in style.py. There
`exercise_1` is the check of "03.1" or "style.1": it takes the student's answer and returns a
Verdict. Most checks are made by `answers.py` from the right answer and the known mistakes.

What a check says is one text: a line of Chinese, then the English in one line or more. Where the
Chinese needs more lines, a backslash after a punctuation mark joins them.
"""

import importlib
import pkgutil
import re
from typing import NamedTuple

from gan_lesson.languages import tell

HELPERS = ("answers", "handed_in")  # the modules here that hold no exercises


class Verdict(NamedTuple):
    """What a check says: "not yet", "right" or "wrong", and a sentence in each language."""

    status: str
    zh: str
    en: str


class Wrong(Exception):
    """Raised with a text where an answer cannot be judged any further."""


def sentences(text):
    """The Chinese and the English sentence of a text, without the indentation of its lines."""
    zh, _, en = text.partition("\n")
    return re.sub(r"(^|(?<=[，。：；？！」）]))\s+", "", zh), " ".join(en.split())


def right(text):
    """The answer is right; the text says why that matters."""
    return Verdict("right", *sentences(text))


def wrong(text):
    """The answer is wrong; the text says what is wrong, not what is right."""
    return Verdict("wrong", *sentences(text))


def check(exercise, answer):
    """Show what the check of an exercise, such as "03.1", says of an answer; None is "not yet"."""
    verdict = judge(exercise, answer)
    mark = {"not yet": "…", "right": "✓", "wrong": "✗"}[verdict.status]
    tell(f"{mark} {exercise} {verdict.zh}", f"{mark} {exercise} {verdict.en}")


def judge(exercise, answer):
    """The Verdict on an answer to an exercise such as "03.1" or "style.1"."""
    lesson, _, number = str(exercise).rpartition(".")
    checks = checks_of(lesson)
    if number not in checks:
        known = [f"{lesson}.{number}" for number in checks]
        known = known or [f"{lesson}.1–{len(checks_of(lesson))}" for lesson in lessons()]
        return wrong(f"""沒有這個練習。有的是：{"、".join(known)}。
            There is no such exercise. There are: {", ".join(known)}.""")
    if answer is None:
        return Verdict(
            "not yet",
            "還沒作答：把 None 換成你的答案，再執行一次。",
            "Not yet: put your answer in place of None and run the cell again.",
        )
    try:
        return checks[number](answer)
    except Wrong as problem:
        return wrong(*problem.args)
    except BaseException as error:  # SystemExit too: whatever an answer does, the lesson goes on
        problem = type(error).__name__
        return wrong(f"""這個答案沒辦法檢查（{problem}）。看看它的型別和形狀，和題目要的一樣嗎？
            This answer cannot be checked ({problem}). Are its type and shape those asked for?""")


def checks_of(lesson):
    """The checks of lesson "03" or "style" by their numbers, {"1": …}; {} if there is no such."""
    if lesson not in lessons():
        return {}
    name = f"lesson_{lesson}" if lesson.isdigit() else lesson
    module = importlib.import_module(f"{__name__}.{name}")
    names = [name for name in vars(module) if name.startswith("exercise_")]
    return {name.removeprefix("exercise_"): getattr(module, name) for name in names}


def lessons():
    """What stands before the dot in the name of an exercise: "00", "01", … and "style", …"""
    modules = [module.name for module in pkgutil.iter_modules(__path__)]
    return [name.removeprefix("lesson_") for name in modules if name not in HELPERS]
