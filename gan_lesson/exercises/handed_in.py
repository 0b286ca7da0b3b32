"""What a student hands in, made plain numbers; `Wrong` is raised whatever the answer is or does.

A check written by hand turns the answer into numbers with `as_number` or `as_tensor`, and runs a
student's function with `call`.
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

from gan_lesson.exercises import Wrong

SECONDS = 2  # for a student's function, on a busy machine too
PRINTED = 10_000  # characters that it may print each time it is called


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

    running = True

    def stop(*_):
        if running:  # an alarm that comes as the code ends is late
            raise TooLong

    handler = signal.signal(signal.SIGALRM, stop)
    timer = signal.setitimer(signal.ITIMER_REAL, SECONDS, 1)  # and each second, if swallowed
    try:
        try:
            yield
        finally:
            running = False
    finally:
        signal.setitimer(signal.ITIMER_REAL, *timer)
        signal.signal(signal.SIGALRM, handler)
