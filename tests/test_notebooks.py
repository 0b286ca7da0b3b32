"""What every lesson keeps to: two languages that say the same, headings, alt text, one code."""

import ast
import collections
import itertools
import re
import subprocess
import symtable
import sys
import unicodedata
from pathlib import Path

import nbformat
import pytest

COURSE = Path(__file__).parent.parent
NOTEBOOKS = COURSE / "notebooks"
LESSONS = sorted(NOTEBOOKS.glob("[0-9]*.ipynb"))
APPLICATIONS = sorted(NOTEBOOKS.glob("applications/*.ipynb"))
SOLUTIONS = sorted(NOTEBOOKS.glob("solutions/*.ipynb"))
SOLUTIONS += sorted(NOTEBOOKS.glob("solutions/applications/*.ipynb"))
# How an exercise of an application is called: check("games.1", answer).
SHORT = {
    "audio": "audio",
    "augmentation": "augment",
    "games": "games",
    "image_generation": "glyphs",
    "style_transfer": "style",
    "super_resolution": "superres",
    "text_to_image": "text",
}
CHINESE = re.compile(r"[\u4e00-\u9fff]")
LANGUAGE = re.compile(r'<div lang="(zh-Hant|en)">\n\n(.*?)\n\n</div>', re.DOTALL)
HEADING = re.compile(  # both languages, each in a span that the switch can hide
    r'(?:\d[\d.]* )?<span lang="zh-Hant">(?P<zh>.+?)</span> <span lang="en">(?P<en>.+?)</span>'
)
# The modules whose code lessons write out.
PACKAGE = ("fast", "latent", "losses", "metrics", "models", "recipes", "runs", "training")
# Terms of GLOSSARY.md that either half mentions only when the other does too.
PAIRED = """generator, discriminator, latent vector, latent space, data set, learning rate,
gradient, probability, mode collapse, noise, equilibrium, checkpoint, optimiser"""


def name(path):
    return str(path.relative_to(NOTEBOOKS).with_suffix(""))


every_notebook = pytest.mark.parametrize("path", LESSONS + APPLICATIONS + SOLUTIONS, ids=name)
every_lesson = pytest.mark.parametrize("path", LESSONS + APPLICATIONS, ids=name)


def read(path):
    return nbformat.read(path, as_version=4).cells


def prose(path):
    return [cell.source for cell in read(path) if cell.cell_type == "markdown"]


def code(path):
    return [cell for cell in read(path) if cell.cell_type == "code"]


def halves(source):
    """The Chinese and the English half of a prose cell, and what stands outside both."""
    found = LANGUAGE.findall(source)
    zh = "\n".join(text for language, text in found if language == "zh-Hant")
    en = "\n".join(text for language, text in found if language == "en")
    return zh, en, LANGUAGE.sub("", source)


def without_code(text):
    return re.sub(r"```.*?```|`[^`]*`|\$\$.*?\$\$|\$[^$]*\$", " ", text, flags=re.DOTALL)


def glossary():
    rows = re.findall(
        r"^\| (.+?) \| (.+?) \| (.*?) ?\|$", (COURSE / "GLOSSARY.md").read_text("utf-8"), re.M
    )
    return rows[2:]


def test_there_are_lessons_and_solutions():
    taught = {path.relative_to(NOTEBOOKS) for path in LESSONS + APPLICATIONS}
    assert taught == {path.relative_to(NOTEBOOKS / "solutions") for path in SOLUTIONS}
    assert [path.stem[:2] for path in LESSONS] == [f"{number:02}" for number in range(11)]
    assert {path.stem for path in APPLICATIONS} <= set(SHORT) and len(APPLICATIONS) >= 6


@every_notebook
def test_every_prose_cell_has_both_languages(path):
    for source in prose(path):
        zh, en, outside = halves(source)
        assert "<div" not in outside, f"a language block without its blank lines:\n{source}"
        assert bool(zh) == bool(en), f"one language only:\n{source}"
        if not zh:
            rest = re.sub(r"^#.*$|!\[.*?\]\(.*?\)|\$\$.*?\$\$", "", outside, flags=re.M | re.S)
            assert not rest.strip(), f"prose outside the language blocks:\n{source}"
            continue
        assert CHINESE.search(zh), f"no Chinese in the Chinese half:\n{source}"
        english = re.sub(r"「.*?」", "", without_code(en))
        assert not CHINESE.search(english), f"Chinese in the English half:\n{source}"


@every_notebook
@pytest.mark.parametrize(
    "what, pattern",
    [
        ("maths", r"\$\$.+?\$\$|\$[^$\n]+\$"),
        ("code", r"`[^`\n]+`"),
        ("links", r"\]\(([^)]+)\)"),
        ("list items", r"^ *(?:[-*]|\d+\.) "),
        ("table rows", r"^\|"),
    ],
)
def test_both_halves_have_the_same(path, what, pattern):
    for source in prose(path):
        zh, en, _ = halves(source)
        if what != "maths":
            zh, en = (re.sub(r"\$[^$]+\$", "", half) for half in (zh, en))
        chinese, english = (sorted(re.findall(pattern, half, re.M | re.S)) for half in (zh, en))
        assert chinese == english, f"{what} differ:\n{chinese}\n{english}\nin\n{source}"


def loose_emphasis(text):
    """The `**` that CommonMark leaves as asterisks: by its rule a mark next to punctuation on one
    side needs a space or punctuation on the other, which Chinese text easily breaks."""

    def kind(character):
        if not character or character.isspace():
            return "space"
        return "mark" if unicodedata.category(character)[0] in "PS" else "letter"

    for number, found in enumerate(re.finditer(r"\*\*", text)):
        outside, inside = text[: found.start()][-1:], text[found.end() :][:1]
        if number % 2:
            outside, inside = inside, outside
        if kind(inside) == "space" or (kind(inside) == "mark" and kind(outside) == "letter"):
            yield text[max(0, found.start() - 15) : found.end() + 15]


def test_loose_emphasis_is_found():
    assert list(loose_emphasis("兩個網路**生成器（Generator）**對抗"))
    assert not list(loose_emphasis("兩個網路**生成器**（Generator）對抗，**「真」**。"))


@every_notebook
def test_emphasis_renders(path):
    for source in prose(path):
        for paragraph in without_code(source).split("\n"):
            assert not list(loose_emphasis(paragraph)), f"asterisks will show in:\n{source}"


@every_notebook
def test_glossary_decides_the_words(path):
    pieces = prose(path) + [cell.source for cell in code(path)]
    pieces += [str(cell.outputs) for cell in code(path)]
    for _, _, never in glossary():
        for word in filter(None, never.strip().split("、")):
            for piece in pieces:
                assert word not in re.sub(r"base64,[^\"]*", "", piece), f"{word} in:\n{piece[:500]}"


@every_notebook
def test_terms_stand_in_both_halves(path):
    terms = {en.strip(): zh.strip() for en, zh, _ in glossary()}
    for source in prose(path):
        zh, en, _ = halves(source)
        for term in re.split(r",\s+", PAIRED):
            in_english = bool(re.search(rf"\b{term}s?\b", without_code(en), re.I))
            in_chinese = terms[term] in without_code(zh)
            assert in_english == in_chinese, f"{term} / {terms[term]} in one half only:\n{source}"


@every_notebook
def test_headings(path):
    headings = re.findall(
        r"^(#+) (.*)$", re.sub(r"```.*?```", "", "\n".join(prose(path)), flags=re.S), re.M
    )
    levels = [len(marks) for marks, _ in headings]
    assert prose(path)[0].startswith("# ")
    assert levels.count(1) == 1
    for before, after in itertools.pairwise(levels):
        assert after <= before + 1, f"a level is skipped before {headings[levels.index(after)]}"
    for _, text in headings:
        found = HEADING.fullmatch(text)
        assert found and CHINESE.search(found["zh"]), f"heading: {text}"
        assert not CHINESE.search(found["en"]), f"heading: {text}"


@every_notebook
def test_alt_text(path):
    for source in prose(path):
        for alt, file in re.findall(r"!\[(.*?)\]\((.*?)\)", source):
            zh, _, en = alt.partition(" · ")
            assert CHINESE.search(zh) and len(en) > 10, f"alt text of {file}: {alt!r}"
            assert (path.parent / file).is_file(), f"{file} is not there"
    for cell in code(path):
        for output in cell.outputs:
            data = output.get("data", {})
            assert "image/png" not in data, (
                f"a figure without alt text, use plots.show:\n{cell.source}"
            )
            pictures = [
                dict(re.findall(r'(lang|alt)="([^"]*)"', picture))
                for picture in re.findall(r"<img [^>]*>", str(data.get("text/html", "")))
            ]
            zh, en = (
                [picture.get("alt", "") for picture in pictures if picture.get("lang") == language]
                for language in ("zh-Hant", "en")
            )
            alts = list(zip(zh, en, strict=True))  # one picture for each language, or for both
            alts += [
                picture.get("alt", "").partition(" · ")[::2]
                for picture in pictures
                if "lang" not in picture
            ]
            for zh, en in alts:
                assert CHINESE.search(zh) and len(en) > 10, f"alt text under:\n{cell.source}"
                assert not CHINESE.search(re.sub("「.*?」", "", en)), f"alt text: {en}"


@every_notebook
def test_stored_outputs_are_whole_and_small(path):
    assert path.stat().st_size < 1_500_000
    assert "widgets" not in nbformat.read(path, as_version=4).metadata
    for number, cell in enumerate(code(path), 1):
        assert cell.execution_count == number, f"not run in order:\n{cell.source}"
        assert not any(output.output_type == "error" for output in cell.outputs)


@every_notebook
def test_language_switch_comes_first(path):
    first = code(path)[0].source
    assert first.endswith("\nlanguage_switch()")
    assert first == code(LESSONS[0])[0].source


def test_where_the_course_is_missing_the_first_cell_says_what_to_do():
    program = f"import sys; sys.modules['gan_lesson'] = None\n{code(LESSONS[0])[0].source}"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    said = done.stderr.strip().splitlines()[-1]
    assert "%pip install -e FOLDER_OF_THE_COURSE" in said and "課程的資料夾" in said
    assert "During handling" not in done.stderr


@every_notebook
def test_a_cell_that_is_not_compared_says_why(path):
    for cell in code(path):
        if any(tag.startswith("nbval") for tag in cell.metadata.get("tags", [])):
            assert len(cell.metadata.get("reason", "")) > 20, f"no reason:\n{cell.source}"
        assert "nbval-skip" not in cell.metadata.get("tags", [])


@every_lesson
def test_lesson_opens_and_closes_as_a_lesson_does(path):
    text = "\n".join(prose(path))
    sources = [cell.source for cell in code(path)]
    short = SHORT.get(path.stem, path.stem[:2])
    checks = {
        each for source in sources for each in re.findall(rf'check\("({short}\.\d+)"', source)
    }
    assert len(checks) >= (2 if path in APPLICATIONS else 3)
    assert f"solutions/{name(path)}.ipynb" in text
    following = LESSONS[LESSONS.index(path) + 1 :][:1] if path in LESSONS else []
    assert all(lesson.name in text for lesson in following), "a link to the next lesson"


# --- a lesson fits its periods: CONTRIBUTING.md says how the minutes are counted ---


def with_its_part(cells):
    """Each cell, and whether it is of the core path: not under a heading 選讀 · Optional."""
    optional = None  # the level of the heading that began an optional section
    for cell in cells:
        heading = re.match(r"(#+) (.*)", cell.source)
        if cell.cell_type == "markdown" and heading:
            level = len(heading[1])
            if optional is not None and level <= optional:
                optional = None
            if optional is None and "選讀" in heading[2]:
                optional = level
        yield cell, optional is None


def minutes(path):
    """Minutes of the core path."""
    characters = lines = exercises = 0
    for cell, is_core in with_its_part(read(path)):
        if not is_core:
            continue
        if cell.cell_type == "markdown":
            zh, _, outside = halves(cell.source)
            characters += len(CHINESE.findall(zh + outside))
            continue
        exercises += 'check("' in cell.source
        if not cell.metadata.get("jupyter", {}).get("source_hidden"):
            written = (line.strip() for line in cell.source.splitlines())
            lines += sum(bool(line) and not line.startswith("#") for line in written)
    return characters / 80 + lines / 6 + 5 * exercises


def periods(path):
    """The periods of 50 minutes that the first cell states, the same in both languages."""
    zh = re.search(r"上課時間：(\d+) 節課，每節 50 分鐘", prose(path)[0])
    en = re.search(r"Class time: (\d+) periods? of 50 minutes", prose(path)[0])
    assert zh and en and zh[1] == en[1], "how long it takes in class"
    return int(zh[1])


@every_lesson
def test_a_lesson_fits_its_periods(path):
    assert minutes(path) <= 1.1 * 50 * periods(path), f"{minutes(path):.0f} minutes"


def test_the_course_fits_its_periods():
    count = {path.stem[:2]: periods(path) for path in LESSONS}
    assert all(1 <= periods(path) <= 2 for path in APPLICATIONS)
    assert sum(count[f"{number:02}"] for number in range(6)) <= 12
    assert sum(count[f"{number:02}"] for number in range(10)) <= 22
    assert len(read(NOTEBOOKS / "02_applications.ipynb")) <= 40  # a tour
    assert count["00"] <= 2 and all(2 <= count[f"{number:02}"] <= 3 for number in range(1, 10))


def test_an_optional_section_says_so_in_both_languages():
    for path in LESSONS + APPLICATIONS:
        for source in prose(path):
            for zh, en in HEADING.findall(source):
                assert ("選讀" in zh) == ("Optional" in en), f"{path.name}: {zh} {en}"


def names_of(source):
    """The names that a cell gives to things, and those that it takes from other cells."""
    if source.startswith("%%"):  # a program of its own
        return set(), set()
    table = symtable.symtable(re.sub(r"^[%!].*$", "", source, flags=re.M), "a cell", "exec")
    given = {each.get_name() for each in table.get_symbols() if each.is_assigned()}
    given |= {each.get_name() for each in table.get_symbols() if each.is_imported()}
    tables, taken = [table], set()
    while tables:
        table = tables.pop()
        tables += table.get_children()
        taken |= {each.get_name() for each in table.get_symbols() if each.is_global()}
    return given, taken - given


@every_lesson
def test_what_another_cell_needs_has_a_name_of_its_own(path):
    """Or a cell that is run again, after a later one, works on with the wrong thing in silence."""
    cells = [names_of(cell.source) for cell in code(path)]
    givers = collections.Counter(each for given, _ in cells for each in given - {"answer"})
    assert {each for _, taken in cells for each in taken if givers[each] > 1} == set()


def optional_names_needed(cells):
    """The names that cells of the core path take, and that only optional ones give."""
    given, taken = {True: set(), False: set()}, set()
    for cell, is_core in with_its_part(cells):
        if cell.cell_type == "code":
            gives, takes = names_of(cell.source)
            given[is_core] |= gives
            taken |= takes if is_core else set()
    return taken & (given[False] - given[True])


@every_lesson
def test_the_core_path_needs_no_optional_section(path):
    assert optional_names_needed(read(path)) == set()


def test_a_core_cell_that_needs_an_optional_one_is_found():
    markdown, code = nbformat.v4.new_markdown_cell, nbformat.v4.new_code_cell
    cells = [
        code("x = 1"),
        markdown("### 選讀 · Optional: more"),
        code("x, y = 2, 3\ndef f(): return y"),
        markdown("#### still optional"),
        code("print(y)"),
        markdown("### the next section"),
        code("print(x)\ndef g(): return f()"),
    ]
    assert optional_names_needed(cells) == {"f"}


def definitions(source):
    """The functions and classes defined in a source, as syntax trees without docstrings."""
    for node in ast.parse(re.sub(r"^[%!].*$", "", source, flags=re.M)).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            for inner in ast.walk(node):
                if isinstance(inner, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(inner):
                    inner.body = inner.body[1:]
            yield node.name, ast.dump(node)


def test_lessons_define_what_the_package_defines():
    package = {}
    for module in PACKAGE:
        source = (COURSE / "gan_lesson" / f"{module}.py").read_text("utf-8")
        for each, tree in definitions(source):
            assert each not in package or each == "train", f"{each} stands in two modules"
            package[each] = tree
    taught = set()
    for path in LESSONS + APPLICATIONS:
        for cell in code(path):
            if cell.source.startswith("%%"):  # a program of its own: the original, whole
                continue
            for each, tree in definitions(cell.source):
                if each in package:
                    assert tree == package[each], f"{path.name} defines another {each}"
                    taught.add(each)
    assert taught >= {
        "Generator",
        "Discriminator",
        "discriminator_loss",
        "generator_loss",
        "discriminator_step",
        "generator_step",
        "taught_steps",
        "lerp",
        "slerp",
        "frechet_distance",
        "gan_steps",
        "one_gradient_penalty",
        "r1_r2_penalty",
        "spectral_networks",
        "ConditionalGenerator",
        "TwoLayerSteps",
    }


# --- TEACHING.md, the teacher's kit: it says of the lessons what they are ---

KIT = [
    dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", half, re.M | re.S))
    for half in halves((COURSE / "TEACHING.md").read_text("utf-8"))[:2]
]


def chapter(path):
    """The chapter of a lesson in both languages: each begins with the link to the notebook."""
    start = re.compile(rf"\n\[[^]]+\]\(notebooks/{name(path)}\.ipynb\)")
    found = [[text for text in half.values() if start.match(text)] for half in KIT]
    assert [len(texts) for texts in found] == [1, 1], "a chapter in TEACHING.md, in both halves"
    return found[0][0], found[1][0]


def rows(text):
    """The cells of a text's tables, row by row, without the heads."""
    found = [re.split(r" *\| *", row) for row in re.findall(r"^\| (.+) \|$", text, re.M)]
    return [row for row in found if row[0][:1].isdigit()]


def named(cell):
    """The sections that a cell names by number, 6.1–6.3 being three, and those named by title."""
    numbers = set()
    for lesson, first, last in re.findall(r"(?<![\d.])(\d+\.)?(\d+)(?:–(?:\d+\.)?(\d+))?", cell):
        numbers |= {f"{lesson}{number}" for number in range(int(first), int(last or first) + 1)}
    return numbers, {zh or en for zh, en in re.findall("「(.+?)」|“(.+?)”", cell)}


def headings(path):
    """Of the core path, the numbers; of all, numbers and titles in both languages."""
    core, numbers, titles = set(), set(), (set(), set())
    for marks, line in re.findall(r"^(##+) (.*)$", "\n".join(prose(path)), re.M):
        number = line.partition(" ")[0]
        if marks == "##" and number.replace(".", "").isdigit():
            numbers.add(number)
            core |= set() if "選讀" in line else {number}
        for titles_of_half, title in zip(titles, HEADING.fullmatch(line).groups(), strict=True):
            titles_of_half.add(title)
    return core, numbers, titles


@every_lesson
def test_the_kit_plans_each_period_of_a_lesson(path):
    core, _, titles = headings(path)
    for text, in_language in zip(chapter(path), titles, strict=True):
        head, count = text.split("\n")[1], periods(path)
        assert f"(notebooks/solutions/{name(path)}.ipynb)" in head
        assert re.search(rf"[・ ]{count} (節|periods?)$", head), f"{count} periods: {head}"
        spent, sections, by_title = [0] * count, [set() for _ in range(count)], set()
        for period, minutes_of_row, cell, _ in rows(text):
            spent[int(period) - 1] += int(minutes_of_row)
            sections[int(period) - 1] |= named(re.sub("[「“].*?[」”]", "", cell))[0]
            by_title |= named(cell)[1]
        assert spent == [50] * count
        assert set().union(*sections) == core, f"sections {set().union(*sections) ^ core}"
        ends = re.findall(r"上到(?:小節)? (\d[\d.]*)", prose(path)[0])
        assert all(end in each for end, each in zip(ends, sections[:-1], strict=False)), ends
        assert by_title <= in_language, f"no headings: {by_title - in_language}"


@every_lesson
def test_the_kit_quotes_what_the_notebook_says(path):
    cells = read(path) + read(NOTEBOOKS / "solutions" / f"{name(path)}.ipynb")
    said = "\n".join(
        [cell.source for cell in cells]
        + [str(cell.get("outputs", "")) for cell in cells if "nbval" not in str(cell.metadata)]
    )
    said = re.sub(r"\s+", " ", said.replace("\\n", "\n"))
    short, numbers = SHORT.get(path.stem, path.stem[:2]), headings(path)[1]
    for text in chapter(path):
        for quoted in re.findall(r"`([^`\n]+)`", text):
            assert quoted in said or not re.search(r"\d", quoted), f"{quoted} is in neither"
        for exercise in re.findall(rf"(?<![\d.]){short}\.\d+", text):
            assert exercise in said, f"no exercise {exercise}"
        if path in LESSONS:
            for section in re.findall(rf"(?<![\d.−]){int(short)}\.\d+", re.sub("`.*?`", "", text)):
                assert section in numbers | {"0.01"}, f"no section {section}"


def test_both_halves_of_the_kit_have_the_same():
    for (title, zh), (_, en) in zip(*(half.items() for half in KIT), strict=True):
        for pattern in (r"\]\(([^)]+)\)", r"`[^`\n]+`", r"^\| \d[\d.–— |]*\|", r"^#+ "):
            found = [sorted(re.findall(pattern, half, re.M)) for half in (zh, en)]
            assert found[0] == found[1], f"{title}: {found}"
        assert not CHINESE.search(re.sub("「.*?」", "", without_code(en)))
    text = "\n".join(KIT[0].values())
    assert not [word for row in glossary() for word in row[2].split("、") if word and word in text]


def test_the_kit_projects_instruments_as_they_are():
    widgets = "".join(path.read_text("utf-8") for path in COURSE.glob("gan_lesson/widgets/*.py"))
    for half in KIT:
        text = list(half.values())[3]
        found = re.findall(r"^`(\w+\()\)`(?:（| \()([\d, 、]+)[）)]", text, re.M)
        assert len(found) == 4
        for instrument, lessons in found:
            having = [path.stem[:2] for path in LESSONS if instrument in str(code(path))]
            assert re.findall(r"\d+", lessons) == having, instrument
        for label in re.findall(r'「(.+?)」|"(.+?)"', text):
            label = re.sub(r" [\d · ]+$", "", "".join(label))
            assert label in widgets, label


def test_the_plans_of_the_kit_add_up():
    for half in KIT:
        semester, workshop, taster = list(half.values())[2].split("\n### ")[1:]
        following = 1
        for which, count, lesson, how_far in rows(semester):
            first, _, last = which.partition("–")
            assert (int(first), int(last or first)) == (following, following + int(count) - 1)
            following += int(count)
            assert int(count) <= periods(linked(lesson)) and exist(how_far, linked(lesson))
        assert following == 19
        count = {path.stem: periods(path) for path in LESSONS + APPLICATIONS}
        assert f" {sum(count[path.stem] for path in LESSONS)} " in semester.split("\n")[-2]
        assert {count[path.stem] for path in APPLICATIONS} == {2} and len(APPLICATIONS) == 7
        assert sum(int(row[0]) for row in rows(workshop)) == 180
        assert all(exist(row[2], linked(row[1])) for row in rows(workshop) if row[1].strip())
        assert sum(int(row[0]) for row in rows(taster)) == 50
        page = (COURSE / "site" / "pages" / "play.md").read_text("utf-8")
        parts = re.findall(r"^\| \d+ \| +\| [「“](.+?)[」”]", taster, re.M)
        assert len(parts) == 5 and all(f">{title}</span>" in page for title in parts)


def linked(cell):
    return COURSE / re.search(r"\]\((.+?)\)", cell)[1]


def exist(cell, path):
    """Whether a lesson has the sections that a cell of a plan names by number or title."""
    _, numbers, titles = headings(path)
    if not numbers:  # lesson 00
        return named(cell)[1] <= titles[0] | titles[1]
    found = re.findall(r"(?<![\d.])[1-9]\d?\.\d+(?:–\d+\.\d+)?", cell)
    return set().union(*(named(each)[0] for each in found)) <= numbers
