"""The checks behind "did I get it right?": not yet, right, or what is wrong, in both languages.

The checks of a lesson are functions exercise_1, exercise_2, ... in its module here; each takes the
student's answer and returns `right(...)` or `wrong(...)`.
"""

import importlib
from typing import NamedTuple


class Verdict(NamedTuple):
    """What a check says: "not yet", "right" or "wrong", and a sentence in each language."""

    status: str
    zh: str
    en: str


def right(zh, en):
    """The answer is right; the sentences say why that matters."""
    return Verdict("right", zh, en)


def wrong(zh, en):
    """The answer is wrong; the sentences say what is wrong, not what is right."""
    return Verdict("wrong", zh, en)


def no_function(name):
    """The answer should be the function of this name, and is none: perhaps what it returned."""
    return wrong(
        f"answer 要是函式本身：寫 answer = {name}，後面不加括號。",
        f"answer must be the function itself: answer = {name}, without brackets.",
    )


def check(exercise, answer):
    """Print what the check of an exercise, such as "03.1", says of an answer; None is "not yet"."""
    verdict = judge(exercise, answer)
    mark = {"not yet": "…", "right": "✓", "wrong": "✗"}[verdict.status]
    print(f"{mark} {exercise} {verdict.zh}\n{mark} {exercise} {verdict.en}")


def judge(exercise, answer):
    """The Verdict on an answer to an exercise such as "03.1"."""
    lesson, number = exercise.split(".")
    function = getattr(importlib.import_module(f"{__name__}.lesson_{lesson}"), f"exercise_{number}")
    if answer is None:
        return Verdict(
            "not yet",
            "還沒作答：把 None 換成你的答案，再執行一次。",
            "Not yet: put your answer in place of None and run the cell again.",
        )
    try:
        return function(answer)
    except Exception as error:  # whatever a student's answer leads into is a message, no traceback
        problem = f"{type(error).__name__}: {error}"
        return wrong(
            f"檢查這個答案時出錯（{problem}）。看看答案的型別和形狀。",
            f"Checking this answer failed ({problem}). Look at its type and shape.",
        )
