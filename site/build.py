"""Build the site, both languages, into site/_build/html: make site, or python site/build.py.

Each notebook is split by language (split.py), and Sphinx turns either half into pages that need
nothing but themselves: they open from a folder or a USB stick.
"""

import argparse
import base64
import hashlib
import re
import shutil
import subprocess
import sys
import webbrowser
from importlib.resources import files
from pathlib import Path

import nbformat
import split

from gan_lesson import languages

SITE = Path(__file__).resolve().parent
COURSE = SITE.parent
BUILD = SITE / "_build"
DOCUMENTS = [Path(name) for name in ("HELP.md", "TEACHING.md", "CHANGELOG.md")]
NAMES = {"zh": "zh-Hant", "en": "en"}
SHELVES = {  # what stands in the list of pages: a folder's notebooks under one title
    "notebooks": ("課程", "Lessons"),
    "notebooks/applications": ("應用", "Applications"),
    "notebooks/solutions": ("解答", "Solutions"),
    "notebooks/solutions/applications": ("應用的解答", "Solutions of the applications"),
}
# An instrument that the lesson makes, and what moves in the page in its place.
IN_THE_PAGE = {
    "latent_explorer(generator)": "gan-explorer",
    "training_step_theatre()": "gan-plane",
    "latent_dim_lab()": "gan-training",
}
SCRIPT = '<script defer src="{up}../gan.js"></script>'
WEIGHTS = {
    "gan-explorer": "generator_digits",
    "gan-number": "generator_number",
    "gan-characters": "generator_hanzi",
}


def notebooks():
    """The notebooks of the course, relative to it, in the order in which they are taught."""
    found = []
    for folder in SHELVES:
        found += sorted(path.relative_to(COURSE) for path in (COURSE / folder).glob("*.ipynb"))
    return found


def write(path, content):
    """Write a file where it has changed, so that Sphinx reads it again only then."""
    content = content.encode() if isinstance(content, str) else content
    if not path.is_file() or path.read_bytes() != content:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def say(tree, zh, en):
    """The text in the language of a tree, "zh" or "en"."""
    return zh if tree == "zh" else en


def lesson(tree, path, linked):
    """Write a notebook's page in one language, and the notebook itself to take away."""
    whole = nbformat.read(COURSE / path, as_version=4)
    whole.metadata = {
        "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
        "language_info": {"name": "python", "pygments_lexer": "ipython3"},
    }
    folder = (COURSE / path).parent
    alone = split.notebook_in(NAMES[tree], whole, path.parent, linked)
    write(BUILD / "html" / tree / path, nbformat.writes(split.standing_alone(alone, folder)))
    write(BUILD / "html" / path, nbformat.writes(split.standing_alone(whole, folder)))
    alone.cells = cells_of_page(tree, path, alone.cells)
    write(BUILD / "src" / tree / path, nbformat.writes(alone))


def cells_of_page(tree, path, cells):
    """What a page shows of a notebook in one language: code folded, instruments that move."""
    up = "../" * len(path.parent.parts)
    title, _, opening = cells[0].source.partition("\n")
    found = [markdown(title), download_links(tree, path, up), markdown(opening.strip())]
    script = SCRIPT.format(up=up)
    for cell in cells[1:]:
        if cell.source in split.LONE.values():
            continue
        found.append(cell)
        cell.metadata.pop("tags", None)
        if "solutions" in path.parts:
            fold(tree, cell)
        elif cell.metadata.get("jupyter", {}).get("source_hidden"):
            cell.metadata["tags"] = ["hide-input"]
        element = IN_THE_PAGE.get(cell.source.split("\n")[-1])
        if element:
            found.append(in_the_page(tree, element, script))
            script = ""  # once is enough
    for number, cell in enumerate(found):
        cell.id = f"cell-{number}"  # the same each time, so that nothing seems to have changed
    return found


def fold(tree, cell):
    """Fold an answer away, below its heading."""
    if cell.cell_type == "code":
        cell.metadata["tags"] = ["hide-cell"]
        return
    heading, answer = re.match(r"((?:#.*\n*)?)(.*)", cell.source, re.S).groups()
    if answer.strip():
        summary = say(tree, "看說明", "Show the thought")
        details = f"<details><summary>{summary}</summary>\n\n{answer.strip()}\n\n</details>"
        cell.source = f"{heading.strip()}\n\n{details}"


def markdown(text):
    return nbformat.v4.new_markdown_cell(text)


def download_links(tree, path, up):
    take, alone = say(tree, "下載：", "Download: "), f"{path.stem}-{tree}.ipynb"
    one, both = say(tree, ("中文筆記本", "雙語筆記本"), ("English notebook", "bilingual notebook"))
    return markdown(
        f'<p class="gan-download">{take}<a href="{path.name}" download="{alone}">{one}</a> · '
        f'<a href="{up}../{path}" download>{both}</a></p>'
    )


def in_the_page(tree, element, script):
    text = say(tree, "在這一頁就能玩，不用安裝：", "Here in the page, with nothing installed:")
    return markdown(f'<p>{text}</p>\n<{element} lang="{NAMES[tree]}"></{element}>\n{script}')


def page(tree, name, pages):
    """A page of site/pages in one language: the shelves, and what moves, in their places."""
    text = split.markdown_in(NAMES[tree], (SITE / "pages" / name).read_text("utf-8"))
    text = re.sub(r"<(gan-\w+)>", rf"<\1 lang='{NAMES[tree]}'>", text)  # in Python's "…" too
    return text.replace("SHELVES", shelves(tree, pages)).replace("SCRIPT", SCRIPT.format(up=""))


def shelves(tree, pages):
    """The lists of all pages, each under its title."""
    lists = []
    for folder, names in SHELVES.items():
        found = [str(path.with_suffix("")) for path in pages if path.parent == Path(folder)]
        lists.append((say(tree, *names), found))
    more = ["play", *(document.stem for document in DOCUMENTS), "GLOSSARY"]
    lists.insert(2, (say(tree, "還有", "More"), more))  # before the solutions
    return "\n\n".join(
        "\n".join(["```{toctree}", f":caption: {title}", ":maxdepth: 1", "", *names, "```"])
        for title, names in lists
    )


def glossary(tree):
    """The glossary, the reader's language first; search finds other books' words in it too."""

    def chinese(text):  # marked for the letter forms and the voice, on an English page
        return f'<span lang="zh-Hant">{text}</span>' if text else ""

    rows = re.findall(
        r"^\| (.+?) \| (.+?) \| (.*)\|$", (COURSE / "GLOSSARY.md").read_text("utf-8"), re.M
    )
    lines = [
        f"| {say(tree, zh, en)} | {say(tree, en, chinese(zh))} | {chinese(others.strip())} |"
        for en, zh, others in rows
        if not en.startswith(("English", "---"))
    ]
    title = say(tree, "# 名詞對照", "# Glossary")
    head = say(
        tree,
        "| 中文 | English | 別的書上（這裡不用） |",
        "| English | 中文 | In other books, not here |",
    )
    return "\n".join([title, "", head, "| --- | --- | --- |", *lines, ""])


def sources(tree, pages):
    """Write everything that Sphinx reads for one language."""
    src = BUILD / "src" / tree
    programs = [*SITE.glob("*.py"), Path(languages.__file__)]
    own = [Path(name) for name in ("index.md", "play.md", "GLOSSARY.md")]
    linked = [*pages, *DOCUMENTS, *own]
    same = [str(linked).encode(), *(program.read_bytes() for program in programs)]
    for old in [*src.rglob("*.ipynb"), *src.glob("*.md")]:
        if old.relative_to(src) not in linked:
            old.unlink()
    for path in pages:
        stamp = BUILD / "stamps" / tree / f"{path}.txt"
        now = hashlib.sha256(b"".join([*same, (COURSE / path).read_bytes()])).hexdigest()
        if not (stamp.is_file() and stamp.read_text() == now):
            lesson(tree, path, linked)
            write(stamp, now)
    for picture in (COURSE / "images").rglob("*.*"):
        inside = picture.relative_to(COURSE)
        if picture.suffix in (".svg", ".png", ".jpg", ".webp") and "runs" not in inside.parts:
            write(src / inside, picture.read_bytes())
    for name in ("index.md", "play.md"):
        write(src / name, page(tree, name, pages))
    write(src / "GLOSSARY.md", glossary(tree))
    for document in DOCUMENTS:
        text = (COURSE / document).read_text("utf-8")
        text = re.sub(r"^\[中文\].*\n", "", text, flags=re.M)  # the links to either half
        text = split.markdown_in(NAMES[tree], text)
        write(src / document, split.without_dead_links(text, Path(), linked))


def gan_data():
    """What the page's GANs need, a script each: shipped generators, and the digits of 8 × 8."""
    weights = COURSE / "gan_lesson" / "weights"
    data = {name: (weights / f"{file}.safetensors").read_bytes() for name, file in WEIGHTS.items()}
    if not (BUILD / "html" / "gan-training.js").is_file():
        from sklearn.datasets import load_digits  # takes its time

        data["gan-training"] = load_digits().data.astype("uint8").tobytes()  # (1797, 64), 0 to 16
    for name, raw in data.items():
        text = f'(globalThis.GAN_DATA ??= {{}})["{name}"] = "{base64.b64encode(raw).decode()}";\n'
        write(BUILD / "html" / f"{name}.js", text)


def mathjax():
    """MathJax in one file that fetches nothing, from the package that ships it."""
    return (files("mathjax") / "static" / "mathjax" / "es5" / "tex-svg.js").read_bytes()


DOOR = """<!doctype html>
<html lang="zh-Hant"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>GAN 課程 · GAN lessons</title>
<script>
  let chosen = /^zh/.test(navigator.language) ? "zh" : "en";
  try { chosen = localStorage.getItem("gan-language") || chosen; } catch {}
  location.replace(chosen + "/index.html");
</script>
<p><a href="zh/index.html">中文</a> · <a href="en/index.html" lang="en">English</a></p></html>
"""


def build():
    """Build both languages, at the same time; gives the page to begin with."""
    pages = notebooks()
    write(BUILD / "html" / "mathjax.js", mathjax())  # both languages share the large scripts
    write(BUILD / "html" / "gan.js", (SITE / "gan.js").read_bytes())
    gan_data()
    catalogues = sorted((SITE / "locale").rglob("*.??"))
    for file in catalogues:
        write(BUILD / file.relative_to(SITE), file.read_bytes())
    words = BUILD / "stamps" / "words.txt"
    settings = [SITE / "conf.py", SITE / "maths.js", *catalogues]
    now = "".join(file.read_text("utf-8") for file in settings)
    if not (words.is_file() and words.read_text("utf-8") == now):
        shutil.rmtree(BUILD / "doctrees", ignore_errors=True)  # Sphinx would not notice
    running = []
    for tree in NAMES:
        sources(tree, pages)
        command = [sys.executable, "-m", "sphinx", "-q", "-b", "html", "-c", str(SITE), "-t", tree]
        command += ["-d", str(BUILD / "doctrees" / tree)]
        running.append(subprocess.Popen([*command, BUILD / "src" / tree, BUILD / "html" / tree]))
    if [process.wait() for process in running] != [0, 0]:
        sys.exit("Sphinx 沒有做完，原因在上面 · Sphinx has not finished, for the reason above")
    write(words, now)
    for theirs in (BUILD / "html").rglob("_static/**/*.map"):
        theirs.unlink()  # for those who mend the theme; no reader's browser loads them
    shutil.rmtree(BUILD / "html" / "jupyter_execute", ignore_errors=True)  # copies of the sources
    write(BUILD / "html" / "index.html", DOOR)
    return BUILD / "html" / "index.html"


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--open", action="store_true", help="open the site in the browser")
    options.add_argument("--fresh", action="store_true", help="throw away what was built before")
    chosen = options.parse_args()
    if chosen.fresh:
        shutil.rmtree(BUILD, ignore_errors=True)
    door = build()
    print(door)
    if chosen.open:
        webbrowser.open(door.as_uri())
