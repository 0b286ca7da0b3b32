"""Lessons as a class runs them: every cell twice, another number, and what a cell defines trains;
solutions as the grader sees them.

Run by `make test-classroom`; `make test` leaves these out.
"""

import ast
import json
import re
import time
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from test_data import needs_mnist, real_mnist

from gan_lesson import grading

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"
# For the grader, a lesson and a field; `make test` runs all solutions.
SOLUTIONS = [
    NOTEBOOKS / "solutions" / f"{name}.ipynb" for name in ("03_models", "applications/audio")
]
LESSONS = sorted(NOTEBOOKS.glob("[0-9]*.ipynb")) + sorted(NOTEBOOKS.glob("applications/*.ipynb"))
# Where each network, loss, penalty and steps function that a cell defines has to train.
TAUGHT = [path for path in LESSONS if path.stem[:2] in ("04", "09") or path.parent != NOTEBOOKS]
TRAINS = re.compile(r"(^|_)(loss|losses|penalty|steps?)$")

pytestmark = pytest.mark.classroom

# Counts a call only while train() takes a step.
COUNTER = """
import collections, sys
from gan_lesson import training

CALLS = collections.Counter()

def count_call(name):
    frame = sys._getframe(1)
    while frame:
        if frame.f_code.co_name == "take" and frame.f_code.co_filename == training.__file__:
            CALLS[name] += 1
            return
        frame = frame.f_back
"""
REPORT = "import json; print(json.dumps(CALLS))"


def trains(node):
    """Whether a definition is a network, a loss, a penalty or a steps function."""
    if isinstance(node, ast.ClassDef):
        return any(getattr(each, "name", "") == "forward" for each in node.body)
    return isinstance(node, ast.FunctionDef) and TRAINS.search(node.name)


def with_counters(source):
    """The source with a count at the head of what should train, and the names of all that.

    What answers an exercise is judged by its check and trains nothing.
    """
    if re.search(r"^\s*[%!]|^check\(", source, re.M):
        return source, set()
    tree, names = ast.parse(source), set()
    for node in tree.body:
        if trains(node):
            names.add(node.name)
            functions = [each for each in ast.walk(node) if isinstance(each, ast.FunctionDef)]
            if isinstance(node, ast.ClassDef):
                functions = [each for each in functions if each.name == "forward"]
            else:  # a factory of steps: what it makes is called, too
                functions = functions[-1:]
            for function in functions:
                call = ast.parse(f"count_call({node.name!r})").body
                at = 1 if ast.get_docstring(function) else 0
                function.body[at:at] = call
    return ast.unparse(tree) if names else source, names


def run(path, change=lambda source: source, times=2):
    """Run a notebook, every code cell so many times in a row; what its cells define, and CALLS."""
    notebook = nbformat.read(path, as_version=4)
    cells, names = [nbformat.v4.new_code_cell(COUNTER)], set()
    for cell in notebook.cells:
        if cell.cell_type == "code":
            source, found = with_counters(change(cell.source))
            names |= found
            for _ in range(times):
                copy = nbformat.v4.new_code_cell(source)
                copy.metadata["tags"] = cell.metadata.get("tags", [])
                cells.append(copy)
    notebook.cells = [*cells, nbformat.v4.new_code_cell(REPORT)]
    NotebookClient(notebook, timeout=600, resources={"metadata": {"path": path.parent}}).execute()
    printed = notebook.cells[-1].outputs[0].text
    return names, json.loads(printed)


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_every_cell_runs_twice_and_what_it_defines_trains(path):
    names, calls = run(path)
    if path in TAUGHT:
        assert names, "no network, loss or step stands in a cell"
        idle = {name: calls.get(name, 0) for name in names if calls.get(name, 0) < 2 * 20}
        assert not idle, f"defined in a cell, and hardly called by training: {idle}"


@pytest.mark.parametrize("change", ["latent_dim=2", "seed=3"])
def test_lesson_05_runs_with_another_number(change):
    name = change.partition("=")[0]
    pattern = re.compile(rf"TrainingConfig\((?!\S*{name})")

    def changed(source):
        return pattern.sub(f"TrainingConfig({change}, ", source).replace(", )", ")")

    run(NOTEBOOKS / "05_generate_digits.ipynb", changed, times=1)


@needs_mnist
def test_lesson_05_runs_with_mnist(monkeypatch):
    """Where section 5.17 says to change it; fewer epochs, for the test's sake."""
    monkeypatch.setenv("GAN_LESSON_DATA", str(real_mnist()))

    def changed(source):
        return source.replace("TrainingConfig()", 'TrainingConfig(dataset="mnist", epochs=2)')

    run(NOTEBOOKS / "05_generate_digits.ipynb", changed, times=1)


@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.stem)
def test_the_grader_finds_a_solution_right(path):
    attempt = grading.Attempt(path, 1800)
    try:
        while not attempt.finished:
            time.sleep(0.1)
        found, problem = attempt.result()
    finally:
        attempt.end()
    assert problem == ("", "")
    assert set(found.values()) == {"right"}, found
