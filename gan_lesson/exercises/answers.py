"""What an exercise may ask for, and how each kind of answer is judged.

`number`, `numbers`, `choice`, `choices`, `tensor` and `function` each make the check of one
exercise from the right answer and the known mistakes, in the order in which they are tried. What to
say is a text in both languages: `praise` for the right answer, `otherwise` for one that is neither
right nor a known mistake. `{}` in a text is the student's number.
"""

import numpy as np
import torch

from gan_lesson.exercises import Wrong, right, sentences, wrong
from gan_lesson.exercises.handed_in import as_number, as_tensor, call, shown


def number(expected, *, praise="", mistakes, otherwise, near=0.001):
    """One number; right and mistaken numbers may be off by `near`.

    `mistakes[number]` is what to say of a mistaken number. In place of the number may stand a tuple
    of several, or a test such as `above(0)`.
    """

    def check(answer):
        found = Told(as_number(answer))
        if _is_near(found, expected, near):
            return right(praise)
        for mistake, text in mistakes.items():
            if mistake(found) if callable(mistake) else _is_near(found, mistake, near):
                return wrong(_filled(text, found))
        return wrong(_filled(otherwise, found))

    return check


def _filled(text, value):
    """A text with the value in both its places, one in each language."""
    return text.format(value, value)


class Told(float):
    """A number as sentences show it: the way they ask for, and shortly where it is huge."""

    def __format__(self, how):
        return super().__format__(how if abs(self) < 1e15 else "g")


def _is_near(found, expected, near):
    values = expected if isinstance(expected, tuple) else (expected,)
    return any(found == value or abs(found - value) <= near for value in values)


def above(limit):
    return lambda found: found > limit


def below(limit):
    return lambda found: found < limit


def outside(low, high):
    return lambda found: not low <= found <= high


def between(low, high):
    return lambda found: low <= found <= high


def numbers(*parts, example):
    """Several numbers in a row, such as a pair; each has a `number(...)` of its own.

    The first that is wrong decides; the praise is that of the last.
    """

    def check(answer):
        if isinstance(answer, torch.Tensor | np.ndarray) and answer.ndim == 1:
            answer = list(answer)
        if not isinstance(answer, list | tuple) or len(answer) != len(parts):
            raise Wrong(f"""答案要是 {len(parts)} 個數字，例如 {example}。
                The answer should be {len(parts)} numbers, such as {example}.""")
        for part, found in zip(parts, answer, strict=True):
            verdict = part(found)
            if verdict.status == "wrong":
                return verdict
        return verdict

    return check


def choice(expected, *, praise, mistakes):
    """One of a few letters or words; `mistakes[name]` is what to say of each other choice."""
    names = sorted([expected, *mistakes])

    def check(answer):
        given = answer.strip().upper() if isinstance(answer, str) else None
        for name in names:
            if given == name.upper():
                return right(praise) if name == expected else wrong(mistakes[name])
        return wrong(f"""{shown(answer)} 不在選項裡：請填 {"、".join(names)} 其中之一，加上引號。
            {shown(answer)} is not one of the choices: write one of {", ".join(names)}, in
            quotes.""")

    return check


def choices(expected, *, praise, names=None, mistakes=(), hints=None):
    """A dictionary such as {"a": "D", "b": "G"}, with one of a few names for each key.

    `names` are those that may be chosen, if there are more than those expected. A mistake is a
    pair: a part of such a dictionary, and what to say. `hints[key]` is what to say where a key
    has the wrong name; without hints the student is told which keys to think about again.
    """
    names = sorted(names or set(expected.values()))  # in an order that gives nothing away
    keys = list(expected)

    def check(answer):
        if not isinstance(answer, dict) or len(answer) != len(keys) or set(answer) != set(keys):
            raise Wrong(f"""答案要是一個字典，{"、".join(keys)} 都要有，不多不少。
                The answer should be a dictionary with {", ".join(keys)} and no other key.""")
        for key, given in answer.items():
            if not isinstance(given, str) or given not in names:
                return wrong(f"""{key} 填的是 {shown(given)}：只能填 {"、".join(names)}，加上引號。
                    {key} is {shown(given)}: write one of {", ".join(names)}, in quotes.""")
        for mistake, text in mistakes:
            if all(answer[key] == name for key, name in mistake.items()):
                return wrong(text)
        missed = [key for key in keys if answer[key] != expected[key]]
        if not missed:
            return right(praise)
        if hints:
            zh, en = sentences(hints[missed[0]])
            return wrong(f"{missed[0]}：{zh}\n{missed[0]}: {en}")
        return wrong(f"""{len(keys) - len(missed)} 個對了；再想想 {"、".join(missed)}。
            {len(keys) - len(missed)} are right; think again about {", ".join(missed)}.""")

    return check


def tensor(*, praise, mistakes):
    """A tensor of real numbers; the first mistake that it makes is told.

    `mistakes[test]` is what to say, where `{}` is the shape; a test is a function that takes the
    tensor (float64).
    """

    def check(answer):
        found = as_tensor(answer)
        for mistake, text in mistakes.items():
            if mistake(found):
                return wrong(_filled(text, tuple(found.shape)))
        return right(praise)

    return check


def function(how, correct, *, tries, praise, mistakes, near=1e-4):
    """A function, called as `how` says, such as "value(p_real, p_fake)".

    It is compared with the function `correct` on each of `tries`: a tuple of arguments, and what
    to say if it fails on these. `mistakes[function]` is what to say if the student's returns the
    same as this mistaken one.
    """

    def check(answer):
        for arguments, text in tries:
            found = as_tensor(call(answer, how, *arguments))
            wanted = as_tensor(correct(*arguments))
            if _agree(found, wanted, near):
                continue
            for mistake, told in mistakes.items():
                if _agree(found, as_tensor(mistake(*arguments)), near):
                    return wrong(told)
            if found.shape != wanted.shape:
                raise _other_shape(found, wanted)
            return wrong(_filled(text, found.flatten()[0].item()))
        return right(praise)

    return check


def _agree(found, wanted, near):
    same_shape = found.shape == wanted.shape or found.numel() == wanted.numel() == 1
    return same_shape and torch.allclose(found.view_as(wanted), wanted, rtol=1e-6, atol=near)


def _other_shape(found, wanted):
    if wanted.numel() == 1:
        return Wrong(f"""函式回傳 {found.numel()} 個數，這裡只要一個。
            The function returns {found.numel()} numbers, and one is wanted.""")
    return Wrong(f"""函式回傳的形狀是 {tuple(found.shape)}，不是 {tuple(wanted.shape)}。
        The function returns shape {tuple(found.shape)}, not {tuple(wanted.shape)}.""")
