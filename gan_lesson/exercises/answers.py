"""What an exercise may ask for, and how each kind of answer is judged.

`number`, `numbers`, `choice`, `choices`, `tensor` and `function` each make the check of one
exercise from the right answer and the known mistakes, in the order in which they are tried. What to
say is a text in both languages: `praise` for the right answer, `otherwise` for one that is neither
right nor a known mistake. `{}` in a text is the student's number.

A check written by hand turns the answer into plain numbers with `as_number` or `as_tensor`, and
runs a student's function with `call`. They raise `Wrong` whatever the answer is or does.
"""

import inspect
import math
import signal
import sys
import threading
from contextlib import contextmanager, redirect_stdout
from numbers import Real

import numpy as np
import torch

from gan_lesson.exercises import Wrong, right, sentences, wrong

SECONDS = 2  # for a student's function, on a busy machine too
PRINTED = 10_000  # characters that it may print each time it is called


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


# What the student hands in, made plain


def as_number(answer):
    """The answer as a float: any real number, of Python, NumPy or a tensor of one element."""
    problem = Wrong(f"""答案要是一個數字，這是 {shown(answer)}。
        The answer should be a number; this is {shown(answer)}.""")
    try:
        if isinstance(answer, torch.Tensor):
            answer = answer.detach()
        if isinstance(answer, torch.Tensor | np.ndarray):
            answer = answer.item()
        if isinstance(answer, bool | np.bool_) or not isinstance(answer, Real):
            raise problem
        with time_limit():
            return float(answer)
    except OverflowError:  # a whole number too large for a float
        return math.inf
    except BaseException:
        raise problem from None


def as_tensor(answer):
    """The answer (an array, numbers, tensors of one shape) as float64, without its gradient."""
    if answer is None:
        raise Wrong("""函式回傳 None：還沒寫式子，或是少了 return。
            The function returns None: there is no formula yet, or no return.""")
    problem = Wrong(f"""這裡要的是張量（實數），這是 {shown(answer)}。
        A tensor of real numbers is wanted here; this is {shown(answer)}.""")
    if not isinstance(answer, torch.Tensor | np.ndarray | list | tuple | Real):
        raise problem  # a range of 10**9, say, which torch would begin to count
    try:
        with time_limit():
            if isinstance(answer, list | tuple) and isinstance(answer[0], torch.Tensor):
                answer = torch.stack(answer)
            found = torch.as_tensor(answer).detach()
            if found.layout != torch.strided:
                found = found.to_dense()
            if found.is_complex():
                raise problem
            return found.cpu().double()
    except BaseException:
        raise problem from None


def call(answer, how, *arguments):
    """What the student's function returns for these arguments; `how` is, say, "draw(seed)"."""
    name = how.partition("(")[0]
    if isinstance(answer, type) or not callable(answer):
        raise Wrong(f"""answer 要是函式本身：寫 answer = {name}，後面不加括號。
            answer must be the function itself: answer = {name}, without brackets.""")
    try:
        inspect.signature(answer).bind(*arguments)
    except TypeError:
        raise Wrong(f"""函式的參數不對：要能像 {how} 這樣呼叫。
            The function takes other arguments; it must be possible to call {how}.""") from None
    except BaseException:  # some built-in functions do not say what they take
        pass
    before = [given.clone() for given in _tensors(arguments)]
    try:
        with time_limit(), redirect_stdout(Printing(sys.stdout)):
            found = answer(*arguments)
    except TooMuch:
        raise Wrong(f"""函式印了超過 {PRINTED:,} 個字：是不是有停不下來的迴圈？
            The function prints more than {PRINTED:,} characters: is there a loop without
            end?""") from None
    except TooLong:
        raise Wrong(f"""函式跑了 {SECONDS} 秒還沒有結果：是不是有停不下來的迴圈？
            The function has no result after {SECONDS} seconds: is there a loop without
            end?""") from None
    except BaseException as error:  # also sys.exit() and KeyboardInterrupt
        raise Wrong(f"""呼叫 {how} 的時候，你的函式停在 {_told(error)}。
            Called as {how}, your function stops with {_told(error)}.""") from None
    if not all(map(torch.equal, before, _tensors(arguments))):
        raise Wrong("""函式改掉了收到的張量（`+=` 這類寫法會寫進去）；換成不會覆寫的寫法。
            The function overwrites the tensors it was given, as `+=` does; use a form that does
            not.""")
    return found


def _tensors(arguments):
    """The tensors among the arguments, and those in lists."""
    for argument in arguments:
        for value in argument if isinstance(argument, list) else [argument]:
            if isinstance(value, torch.Tensor):
                yield value


def shown(answer):
    """A short text for an answer in a message: words and numbers themselves, else the type."""
    if type(answer) in (str, int, float, bool):
        text = repr(answer) if not isinstance(answer, int) or abs(answer) < 1e15 else "int"
        return text if len(text) <= 40 else text[:40] + "…"
    return type(answer).__name__


def _told(error):
    """A short text for an error, such as "NameError: name 'x' is not defined"."""
    try:
        text = str(error).strip().partition("\n")[0][:100]
    except BaseException:
        text = ""
    name = type(error).__name__
    return f"{name}: {text}" if text else name


class TooLong(BaseException):
    """The student's code has run for too long. No `except Exception` in it stops this."""


class TooMuch(BaseException):
    """The student's code has printed too much, as `TooLong`."""


class Printing:
    """A stream that lets PRINTED characters through; a page with a million lines is a dead page."""

    def __init__(self, stream):
        self.stream, self.left = stream, PRINTED

    def write(self, text):
        self.left -= len(text)
        if self.left < 0:
            raise TooMuch
        return self.stream.write(text)

    def __getattr__(self, name):
        return getattr(self.stream, name)


@contextmanager
def time_limit():
    """Stop what runs inside after SECONDS: in the main thread, where the system can do that."""
    main = threading.current_thread() is threading.main_thread()
    if not main or not hasattr(signal, "setitimer"):
        yield
        return

    def stop(*_):
        raise TooLong

    handler = signal.signal(signal.SIGALRM, stop)
    timer = signal.setitimer(signal.ITIMER_REAL, SECONDS, 1)  # and each second, if swallowed
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, *timer)
        signal.signal(signal.SIGALRM, handler)
