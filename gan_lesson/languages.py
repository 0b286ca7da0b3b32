"""Two languages in one text: "中文 · English" taken apart, and sentences that the switch hides."""

import contextvars
import functools
import html
import re
from typing import NamedTuple

LATIN = {"：": ": ", "，": ", ", "（": " (", "）": ")"}
HANZI = re.compile(r"[\u3400-\u9fff]")
MATHS = re.compile(r"\$[^$]*\$")
WORD = re.compile(r"(?<!\w)[A-Za-z]?[a-z]{2,}(?!\w)")  # of English
TOKEN = re.compile(r"\$[^$]*\$|[^\W_][\w.,]*(?:\([^)]*\))?")  # a number, a symbol, a name


@functools.lru_cache(1000)
def halves(text):
    """The Chinese and the English half of a text; twice the whole where it is in one language.

    Each line counts for itself, and so does each part between two spaces or more. A number or a
    symbol that only one half names belongs to both: "回合 · epoch 3" is "回合 3" and "epoch 3".
    """
    lines = [_line(line) for line in re.split(r"((?<! ·)\n)", text)]
    return tuple("".join(line[language] for line in lines) for language in (0, 1))


def _line(text):
    pairs = [_pair(part) for part in re.split(r"( {2,})", text)]
    zh, en = ("".join(pair[language] for pair in pairs) for language in (0, 1))
    return (text, text) if HANZI.search(en) else (zh, en)


def _pair(text):
    first, *rest = re.split(r" ·[ \n]", text)
    if not rest or not HANZI.search(first) or HANZI.search(rest[-1]):
        return text, text
    lead = first[: HANZI.search(first).start()]
    zh, en = first, _before(lead, rest[0])
    for part in rest:
        following = HANZI.search(part)  # where the next pair begins
        english = part[: following.start()] if following else part
        plain = MATHS.sub(lambda maths: "$" * len(maths[0]), english)
        words = list(WORD.finditer(plain)) or list(re.finditer(r"[^\W\d_]+", plain))[:1]
        if not words:
            return text, text
        en += english
        shared = _after(english[words[-1].end() :], first).lstrip("?" if _open(zh) else "?)）]")
        if following or _open(zh) or re.match(r"[:：]|.*[\d$]", shared):
            zh += shared
        first = part[len(english) :]
        zh += first
    if _open(en) < 0:  # the bracket stood before the Chinese half
        en = lead[-1:] + en
    for full, plain in LATIN.items():
        en = en.replace(full, plain)
    return zh, en


def _open(text):
    """How many brackets are open at its end."""
    return len(re.findall(r"[(（\[「]", text)) - len(re.findall(r"[)）\]」]", text))


def _before(shared, other):
    """What stands before a half, up to the last thing that the other half does not name."""
    for token in reversed(list(TOKEN.finditer(shared))):
        if not _names(other, token[0]):
            return shared
        shared = shared[: token.start()]
    return ""


def _after(shared, other):
    """What stands after a half, from the first thing that the other half does not name."""
    rest = shared
    for token in TOKEN.finditer(shared):
        if not _names(other, token[0]):
            break
        rest = shared[token.end() :]
    return rest


def _names(text, token):
    token = re.sub(r"(?<=\d)s$", "", token)  # 8s: the eights
    return re.search(rf"(?<![A-Za-z0-9.]){re.escape(token)}(?![A-Za-z0-9])", text)


LISTENER = contextvars.ContextVar("LISTENER", default=None)  # each thread has its own


def tell(zh, en):
    """Show a sentence below the cell in both languages; the switch hides one of them.

    Where LISTENER is set, it is called with them instead.
    """
    from IPython.display import display

    if listener := LISTENER.get():
        listener(zh, en)
        return
    display(Sentence(zh, en))


class Sentence(NamedTuple):
    """A sentence in both languages, as a page and as plain text."""

    zh: str
    en: str

    def __repr__(self):
        return f"{self.zh} · {self.en}"

    def _repr_html_(self):
        zh, en = map(html.escape, self)
        return f'<div lang="zh-Hant">{zh}</div><div lang="en">{en}</div>'
