"""What a public repository promises: its workflows, forms, licences and pages say what is so."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import jsonschema
import pytest
import yaml
from packaging.version import Version

from gan_lesson import __main__

COURSE = Path(__file__).parent.parent
WORKFLOWS = sorted((COURSE / ".github" / "workflows").glob("*.yml"))

# What CITATION.cff may hold: the part of the schema of CFF 1.2.0 that an entry like ours uses.
TEXT = {"type": "string", "minLength": 1}
CITATION = {
    "type": "object",
    "additionalProperties": False,
    "required": ["cff-version", "message", "title", "authors"],
    "properties": {
        "cff-version": {"const": "1.2.0"},
        "message": TEXT,
        "title": TEXT,
        "abstract": TEXT,
        "type": {"enum": ["software", "dataset"]},
        "authors": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["name"],
                "properties": {"name": TEXT},
            },
        },
        "version": TEXT,
        "date-released": {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"},
        "license": {"enum": ["BSD-3-Clause"]},
        "keywords": {"type": "array", "items": TEXT, "uniqueItems": True},
    },
}


def read(name):
    return (COURSE / name).read_text("utf-8")


def steps(path):
    jobs = yaml.safe_load(path.read_text("utf-8"))["jobs"].values()
    return [step for job in jobs for step in job["steps"]]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_calls_targets_that_exist_and_pins_its_actions(path):
    targets = set(re.findall(r"^([\w-]+):", read("Makefile"), re.M))
    called = {name for step in steps(path) for name in re.findall(r"make ([\w-]+)", str(step))}
    assert called and called <= targets
    actions = [step["uses"] for step in steps(path) if "uses" in step]
    assert actions and all(re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", action) for action in actions)
    assert len(re.findall(r"uses: \S+ # v\d", path.read_text("utf-8"))) == len(actions)
    text = yaml.safe_load(path.read_text("utf-8"))
    assert text["permissions"] == {"contents": "read"}  # a job asks for more by itself


def test_the_workflows_do_what_ci_does_here():
    here = set(re.findall(r"^make [\w-]+$", read(".ci/run"), re.M))
    assert here and here <= {step.get("run") for path in WORKFLOWS for step in steps(path)}


def test_windows_does_the_lines_of_the_readme():
    """No line needs an activated shell, which PowerShell may refuse."""
    blocks = re.findall(r"```powershell\n(.*?)```", read("README.md") + read("HELP.md"), re.S)
    assert len(blocks) == 4 and len(set(blocks)) == 1  # in both languages
    create, *others = blocks[0].splitlines()
    assert create == "python -m venv .venv"
    assert all(line.startswith(".venv\\Scripts\\python -m ") for line in others)
    run = [step.get("run") for path in WORKFLOWS for step in steps(path)]
    assert {create, others[0]} <= set(run)


def test_the_form_names_every_lesson_and_asks_for_the_cell():
    form = yaml.safe_load(read(".github/ISSUE_TEMPLATE/lesson.yml"))
    fields = {field["id"]: field for field in form["body"]}
    folder = COURSE / "notebooks"
    lessons = [*sorted(folder.glob("*.ipynb")), *sorted(folder.glob("applications/*.ipynb"))]
    names = [path.relative_to(folder).with_suffix("").as_posix() for path in lessons]
    assert fields["lesson"]["attributes"]["options"][: len(names)] == names
    assert fields["cell"]["validations"]["required"]
    for field in form["body"]:
        assert re.fullmatch(r"[^·]*[\u4e00-\u9fff][^·]* · [ -~]+", field["attributes"]["label"])


def test_one_version_and_the_licences_everywhere():
    project = tomllib.loads(read("pyproject.toml"))["project"]
    citation = yaml.load(read("CITATION.cff"), yaml.BaseLoader)  # dates stay text
    jsonschema.validate(citation, CITATION)
    newest, date = re.search(r"^## (\S+) \((\S+)\)$", read("CHANGELOG.md"), re.M).groups()
    assert project["version"] == citation["version"] == newest == str(Version(newest))
    assert citation["date-released"] == date
    assert project["license"] == "BSD-3-Clause AND CC-BY-4.0 AND OFL-1.1"
    for name in project["license-files"]:
        assert (COURSE / name).is_file()
    holder = citation["authors"][0]["name"]
    assert holder in read("LICENSE") and holder in read("LICENSE-TEXT.md")
    for name in ("README.md", "site/templates/licence.html"):
        assert "BSD-3-Clause" in read(name) and "CC BY 4.0" in read(name)


@pytest.mark.parametrize("name", ["README.md", "HELP.md", "TEACHING.md", "CONTRIBUTING.md"])
def test_links_between_documents_lead_somewhere(name):
    for target in re.findall(r"\]\(([^)\s]+)\)", read(name)):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        path = (COURSE / name).parent / file if file else COURSE / name
        assert path.exists(), target
        if anchor:
            assert anchor in {slug(head) for head in headings(path.read_text("utf-8"))}, target


def headings(text):
    return re.findall(r"^#+ (.+)$", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S), re.M)


def slug(heading):
    """The anchor that GitHub makes of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def test_help_is_named_where_things_fail(monkeypatch, capsys):
    """By make, by the first cell of a lesson, by the terminal, by the README."""
    for name in ("Makefile", "notebooks/00_start_here.ipynb", "README.md"):
        assert "HELP.md" in read(name), name

    def broken(name):
        raise OSError("[WinError 126] Error loading fbgemm.dll")

    monkeypatch.setattr("importlib.import_module", broken)
    assert __main__.main(["train"]) == 1
    said = capsys.readouterr().err
    assert "HELP.md" in said and "fbgemm.dll" in said and said.count("\n") == 1


@pytest.mark.parametrize("name", ["--help", "README.md", "notebooks/99_none.ipynb"])
def test_refresh_says_what_it_takes(name):
    command = [sys.executable, "tools/refresh.py", name]
    done = subprocess.run(command, cwd=COURSE, capture_output=True, text=True)
    assert done.returncode == 1 and len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith(f"{name} is no notebook. Run notebooks")
