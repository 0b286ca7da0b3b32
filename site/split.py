"""A notebook, or a page of Markdown, in one language: "zh-Hant" or "en"."""

import base64
import copy
import io
import mimetypes
import os
import re
import tokenize
from pathlib import Path

from gan_lesson.languages import halves

LANGUAGES = ("zh-Hant", "en")
SWITCH = "from gan_lesson.widgets.language_switch import language_switch"
LONE = {  # what stands in the place of the switch's cell
    "zh-Hant": """\
# 這本筆記本要用課程的套件 gan_lesson。沒有的話（ModuleNotFoundError）：
# 拿到整個課程的資料夾，在一格裡執行
# %pip install -e 課程的資料夾
# 再重新啟動核心。
import gan_lesson""",
    "en": """\
# This notebook uses the course's package, gan_lesson. Where it is missing (ModuleNotFoundError):
# get the course's whole folder, run in a cell
# %pip install -e FOLDER_OF_THE_COURSE
# and restart the kernel.
import gan_lesson""",
}
LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")


def notebook_in(language, notebook, folder, pages):
    """A copy of a notebook with one language, without the switch, which has nothing to hide.

    folder: where the notebook lies. pages: the files that links may lead to; others lose the link.
    """
    notebook = copy.deepcopy(notebook)
    for cell in notebook.cells:
        if SWITCH in cell.source:
            cell.source = LONE[language]
        if cell.cell_type == "markdown":
            cell.source = without_dead_links(markdown_in(language, cell.source), folder, pages)
        elif cell.cell_type == "code":
            cell.source = comments_in(language, cell.source)
            for output in cell.outputs:
                output_in(language, output)
    return notebook


def markdown_in(language, text):
    """Markdown with the blocks, heading spans, headings and alt texts of one language."""
    other = LANGUAGES[1 - LANGUAGES.index(language)]
    chosen = r"\1\2\4" if language == "zh-Hant" else r"\1\3\4"
    outside = re.split(r"(<div lang=.*?</div>)", text, flags=re.S)
    outside[::2] = [
        re.sub(r"^(#+ (?:[\d.]+ )?|\*\*)(.*?) · (.*?)(\*\*|)$", chosen, piece, flags=re.M)
        for piece in outside[::2]
    ]
    text = "".join(outside)
    text = re.sub(rf'<div lang="{other}">.*?</div>\n*', "", text, flags=re.S)
    text = re.sub(rf'<div lang="{language}">\n*(.*?)\s*</div>', r"\1", text, flags=re.S)
    text = re.sub(rf' ?<span lang="{other}">.*?</span>', "", text, flags=re.S)
    text = re.sub(rf'<span lang="{language}">(.*?)</span>', r"\1", text, flags=re.S)
    text = re.sub(
        r"!\[(.*?)\]\(", lambda found: f"![{half(language, found[1])}](", text, flags=re.S
    )
    return text.strip() + "\n"


def half(language, text):
    """The half of "中文 · English"; all of it where there is no second half."""
    zh, middle, en = text.partition(" · ")
    return text if not middle else zh if language == "zh-Hant" else en


def without_dead_links(text, folder, pages):
    """Links to files that are no page of the site become plain text; pictures stay."""

    def link(found):
        picture, label, target = found.groups()
        if picture or re.match(r"[a-z]+:|#", target):
            return found[0]
        path = Path(os.path.normpath(folder / target.partition("#")[0]))
        return found[0] if path in pages else label

    return LINK.sub(link, text)


def standing_alone(notebook, folder):
    """A copy of a notebook for any folder: it holds its pictures, and links to no other file."""

    def alone(found):
        picture, label, target = found.groups()
        path = folder / target
        if picture and path.is_file():
            kind = mimetypes.guess_type(path.name)[0]
            return f"![{label}](data:{kind};base64,{base64.b64encode(path.read_bytes()).decode()})"
        return label if path.exists() else found[0]

    notebook = copy.deepcopy(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = LINK.sub(alone, cell.source)
    return notebook


def comments_in(language, source):
    """Code with the half of each comment; what runs stays as it is."""
    lines = source.split("\n")
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    except (tokenize.TokenError, SyntaxError):  # a line of IPython's own
        return source
    for token in tokens:
        if token.type == tokenize.COMMENT:
            row, column = token.start
            chosen = halves(token.string)[LANGUAGES.index(language)]
            if not chosen.startswith("#"):
                chosen = f"# {chosen}"
            lines[row - 1] = lines[row - 1][:column] + chosen
    return "\n".join(lines)


def output_in(language, output):
    """Leave one language in what a cell has shown, as far as that is sure."""
    if "text" in output:
        output.text = halves(output.text)[LANGUAGES.index(language)]
    data = output.get("data", {})
    if "text/html" in data:
        data["text/html"] = html_in(language, "".join(data["text/html"]))
    if "text/plain" in data:
        plain = "".join(data["text/plain"]).removeprefix("[圖 · figure] ")
        data["text/plain"] = "\n".join(half(language, line) for line in plain.split("\n"))


def html_in(language, page):
    """HTML without the elements of the other language, and with the half of each alt text."""
    other = LANGUAGES[1 - LANGUAGES.index(language)]
    page = re.sub(rf'<img [^>]*lang="{other}"[^>]*>', "", page)
    page = re.sub(rf'<(div|span|p) lang="{other}"[^>]*>.*?</\1>', "", page, flags=re.S)
    return re.sub(r'alt="([^"]*)"', lambda found: f'alt="{half(language, found[1])}"', page)
