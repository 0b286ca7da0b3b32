"""One source of dependencies: conda and the exact versions follow pyproject.toml."""

import ast
import importlib.metadata
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import nbformat
import pytest
import yaml
from packaging.requirements import Requirement

COURSE = Path(__file__).parent.parent
CONDA_NAMES = {
    "torch": "pytorch",
    "jupyter-core": "jupyter_core",
    "playwright": "playwright-python",
    "axe-playwright-python": None,  # not on conda-forge: pip installs it
}


def project():
    return tomllib.loads((COURSE / "pyproject.toml").read_text("utf-8"))["project"]


def test_conda_environment_has_the_same_packages_and_bounds():
    environment = yaml.safe_load((COURSE / "environment.yml").read_text("utf-8"))
    conda = {line for line in environment["dependencies"] if isinstance(line, str)} - {"pip"}
    expected = {f"python{project()['requires-python']}"}
    for line in project()["dependencies"] + project()["optional-dependencies"]["test"]:
        requirement = Requirement(line)
        name = CONDA_NAMES.get(requirement.name, requirement.name)
        if name:
            expected.add(f"{name}{requirement.specifier}")
    assert conda == expected
    assert environment["channels"] == ["conda-forge", "nodefaults"]
    assert environment["dependencies"][-1] == {"pip": ["--editable .[test]"]}


def test_exact_versions_cover_and_satisfy_the_bounds():
    lines = (COURSE / "constraints.txt").read_text("utf-8").splitlines()
    exact = dict(
        line.lower().replace("_", "-").split("==")
        for line in lines
        if line and not line.startswith("#")
    )
    assert all(re.fullmatch(r"[\w.+!]+", version) for version in exact.values())
    lines = project()["dependencies"] + project()["optional-dependencies"]["test"]
    for requirement in map(Requirement, lines):
        assert requirement.specifier.contains(exact[requirement.name]), requirement


def imported(file, whole=False):
    """The packages that a module or the code cells of a notebook import; their whole names."""
    sources = [file.read_text("utf-8")]
    if file.suffix == ".ipynb":
        cells = nbformat.reads(sources[0], as_version=4).cells
        sources = [cell.source for cell in cells if cell.cell_type == "code"]
    for source in sources:
        for node in ast.walk(ast.parse(re.sub(r"^\s*[%!].*$", "pass", source, flags=re.M))):
            if isinstance(node, ast.Import):
                yield from (
                    alias.name if whole else alias.name.split(".")[0] for alias in node.names
                )
            elif isinstance(node, ast.ImportFrom) and not node.level:
                yield node.module if whole else node.module.split(".")[0]


def test_everything_imported_is_declared():
    """What the package and the lessons import is installed because pyproject.toml says so."""
    declared = {Requirement(line).name for line in project()["dependencies"]}
    files = list((COURSE / "gan_lesson").rglob("*.py")) + list(
        (COURSE / "notebooks").rglob("*.ipynb")
    )
    names = {name for file in files for name in imported(file)}
    assert {"torch", "PIL", "IPython", "matplotlib"} <= names
    packages = importlib.metadata.packages_distributions()
    for name in names - set(sys.stdlib_module_names) - {"gan_lesson"}:
        distributions = {one.lower().replace("_", "-") for one in packages[name]}
        assert distributions & declared, f"{name} is not declared"


IMPORT = """
import gc, importlib, json, os, random, signal, sys, threading, warnings
import matplotlib, numpy, torch

def process():
    states = random.getstate(), numpy.random.get_state()[1].tolist(), torch.get_rng_state().tolist()
    return {
        "rcParams": {name: str(value) for name, value in dict.items(matplotlib.rcParams)},
        "filters": list(map(str, warnings.filters)), "environment": dict(os.environ),
        "threads": (torch.get_num_threads(), threading.active_count()),
        "random": str(states), "collector": (gc.isenabled(), gc.get_freeze_count()),
        "signals": [str(signal.getsignal(number)) for number in (2, 15)], "path": sys.path[:],
    }

theirs, ours = json.loads(sys.argv[1])
for name in theirs:
    importlib.import_module(name)
before = process()
for name in ours:
    importlib.import_module(name)
after = process()
print([name for name in before if before[name] != after[name]])
"""


def test_importing_the_package_changes_nothing_in_a_students_process():
    """Its settings of matplotlib, of warnings, of threads …; what torch sets is torch's affair."""
    files = [file for file in (COURSE / "gan_lesson").rglob("*.py") if file.stem != "__main__"]
    parts = (file.relative_to(COURSE).with_suffix("").parts for file in files)
    ours = [".".join(part for part in each if part != "__init__") for each in parts]
    theirs = {name for file in files for name in imported(file, whole=True)}
    lists = sorted(name for name in theirs if not name.startswith("gan_lesson")), sorted(ours)
    done = subprocess.run(
        [sys.executable, "-c", IMPORT, json.dumps(lists)],
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout.strip() == "[]"


def test_every_file_of_the_package_is_installed_with_it():
    """What an editable installation would not notice: weights, fonts, styles and scripts."""
    setup = tomllib.loads((COURSE / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]
    package = COURSE / "gan_lesson"
    shipped = {file for glob in setup["package-data"]["gan_lesson"] for file in package.glob(glob)}
    data = {file for file in package.rglob("[!.]*.*") if file.suffix not in (".py", ".pyc")}
    assert data and data <= shipped, data - shipped


# A Python for which there is no torch, as far as make can see.
UNFIT = """#!/bin/sh
case "$*" in
  -V) echo Python 3.99.0 ;;
  "-m venv"*) mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
  "-m pip"*) echo "ERROR: No matching distribution found for torch" >&2; exit 1 ;;
esac
"""


@pytest.fixture
def make(tmp_path):
    """make in a folder that holds the course's Makefile."""
    if not shutil.which("make"):
        pytest.skip("no make")
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(COURSE / name, tmp_path)

    # what a `make test` around this test tells the makes below it
    told = ("MAKEFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "MFLAGS")
    environment = {name: value for name, value in os.environ.items() if name not in told}

    def make(*arguments):
        return subprocess.run(
            ["make", *arguments], cwd=tmp_path, env=environment, capture_output=True, text=True
        )

    return make


def test_a_python_without_torch_is_one_line_that_says_what_to_do(make, tmp_path):
    python = tmp_path / "python3.99"
    python.write_text(UNFIT)
    python.chmod(0o755)
    done = make("lab", f"PYTHON={python}")
    assert done.returncode != 0
    (said,) = [line for line in done.stdout.splitlines() if "PYTHON=python3.12" in line]
    assert "conda" in said and "HELP.md" in said
    assert not (tmp_path / ".venv" / "course").exists()


def test_without_python3_11_the_oldest_versions_are_one_sentence(make, tmp_path, monkeypatch):
    shim = tmp_path / "bin" / "python3.11"  # as pyenv leaves one for a Python that is not chosen
    shim.parent.mkdir()
    shim.write_text("#!/bin/sh\necho 'pyenv: python3.11: command not found' >&2\nexit 127\n")
    shim.chmod(0o755)
    (tmp_path / "tools").mkdir()
    shutil.copy(COURSE / "tools" / "oldest.py", tmp_path / "tools")
    done = make("test-oldest", f"PATH={shim.parent}:{os.environ['PATH']}")
    assert done.returncode != 0
    (said,) = done.stdout.splitlines()
    assert "需要 python3.11" in said and "python3.11 is needed" in said


def test_an_environment_of_another_folder_is_set_up_anew(make, tmp_path):
    stamp = tmp_path / ".venv" / "course"
    stamp.parent.mkdir()
    for folder, anew in ((tmp_path.resolve(), False), (tmp_path / "before it was moved", True)):
        stamp.write_text(f"{folder}\n")
        done = make("--dry-run", "lab")
        assert ("pip install" in done.stdout) == anew
        assert done.stdout.splitlines()[-1].endswith("-m gan_lesson lab")


@pytest.mark.parametrize("where, found", [("notebooks/applications", "."), ("nowhere", "nowhere")])
def test_a_package_apart_takes_the_course_around_the_current_folder(tmp_path, where, found):
    """As on a class server: data and runs go to the student's copy of the course."""
    (tmp_path / "apart" / "gan_lesson").mkdir(parents=True)
    shutil.copy(COURSE / "gan_lesson" / "__init__.py", tmp_path / "apart" / "gan_lesson")
    (tmp_path / "nowhere").mkdir()
    shutil.copytree(COURSE / "notebooks", tmp_path / "mine" / "notebooks")
    folder = tmp_path if where == "nowhere" else tmp_path / "mine"
    printed = subprocess.run(
        [sys.executable, "-c", "import gan_lesson; print(gan_lesson.COURSE)"],
        cwd=folder / where,
        env=os.environ | {"PYTHONPATH": str(tmp_path / "apart")},
        check=True,
        capture_output=True,
        text=True,
    )
    assert Path(printed.stdout.strip()) == (folder / found).resolve()


PUBLIC = {"_render_traceback_", "_asdict", "_exit", "_fields", "_replace"}  # public for all that


def private_names(file):
    """The names beginning with _ that a file takes from somewhere else than its own object."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Attribute):
            own = isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")
            names = [] if own else [node.attr]
        elif isinstance(node, ast.ImportFrom):
            names = [*(node.module or "").split("."), *(alias.name for alias in node.names)]
        else:
            continue
        yield from (name for name in names if name.startswith("_") and not name.endswith("__"))


@pytest.mark.parametrize("folder", ["gan_lesson", "benchmarks", "tools", "site"])
def test_no_private_names_of_other_libraries(folder):
    found = {
        str(file.relative_to(COURSE)): names
        for file in (COURSE / folder).rglob("*.py")
        if (names := set(private_names(file)) - PUBLIC)
    }
    assert not found


def test_an_error_is_two_texts_and_no_text_with_a_dot_between():
    found = [
        (file.name, node.lineno)
        for file in (COURSE / "gan_lesson").rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Raise)
        or (isinstance(node, ast.Call) and ast.unparse(node.func).endswith("Error"))
        for text in ast.walk(node)
        if isinstance(text, ast.Constant) and re.search(" [·/] ", str(text.value))
    ]
    assert found == []
