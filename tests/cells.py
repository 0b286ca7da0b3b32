"""The definitions of a notebook's cells as a module, so that tests run what a student reads.

    games = cells.load("applications/games")
    generator = games.LevelGenerator()

Imports, functions, classes and constants are executed, in the order in which they stand; nothing
else is: no training, no figure, no check of an exercise.
"""

import ast
import functools
import re
import types

import nbformat

from gan_lesson import COURSE

DEFINITIONS = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)


def load(name):
    """The definitions of notebooks/<name>.ipynb; raises AttributeError for what it lacks."""
    module = types.ModuleType(name)
    for source in sources(name):
        nodes = [node for node in _tree(source).body if _defines(node)]
        code = compile(ast.Module(nodes, type_ignores=[]), f"{name}.ipynb", "exec")
        exec(code, vars(module))
    return module


def sources(name):
    """The sources of the code cells of notebooks/<name>.ipynb, in order."""
    notebook = nbformat.read(COURSE / "notebooks" / f"{name}.ipynb", as_version=4)
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def _tree(source):
    return ast.parse(re.sub(r"^[%!].*$", "", source, flags=re.M))


def _defines(node):
    """An import, a function, a class, or names given a literal value, such as `EPOCHS = 4`."""
    if isinstance(node, DEFINITIONS):
        return True
    if not isinstance(node, ast.Assign):
        return False
    try:
        ast.literal_eval(node.value)
    except ValueError:
        return False
    return True


def count_calls(module, *names):
    """Count how often functions and methods of a module are called: {"Painter.forward": 0, …}."""
    counts = dict.fromkeys(names, 0)

    def counted(name, function):
        @functools.wraps(function)
        def call(*arguments, **options):
            counts[name] += 1
            return function(*arguments, **options)

        return call

    for name in names:
        *path, last = name.split(".")
        owner = functools.reduce(getattr, path, module)
        setattr(owner, last, counted(name, getattr(owner, last)))
    return counts
