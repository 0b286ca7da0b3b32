"""The definitions of a notebook's cells as a module, so that tests run what a student reads.

    games = cells.load("applications/games")
    generator = games.LevelGenerator()

Imports, functions, classes and constants are executed, in the order in which they stand; nothing
else is: no training, no figure, no check of an exercise.
"""

import ast
import re
import types

import nbformat

from gan_lesson import COURSE, training
from gan_lesson.config import TrainingConfig
from gan_lesson.training import TrainingState

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
    if any(isinstance(target, ast.Subscript | ast.Attribute) for target in node.targets):
        return False
    try:
        ast.literal_eval(node.value)
    except ValueError:
        return False
    return True


def train(here, generator, discriminator, images, condition, *, steps, count, **settings):
    """The state after so many steps of a notebook, with the settings that stand in its cells."""
    config = TrainingConfig(
        learning_rate=here.LEARNING_RATE,
        beta1=0.5,
        batch_size=here.BATCH_SIZE,
        **{"beta2": 0.99, "ema": 0.0, **settings},
    )
    state = TrainingState(generator, discriminator, config)
    progress = training.train(state, images, condition, steps=steps)
    for _, _ in zip(range(count), progress, strict=False):
        pass
    return state


def assert_the_cells_train(name, trained, **other):
    """Training repeats itself, and another loss in the cells makes something else.

    trained: from the definitions to the tensor that training makes. other: what to put in place
    of which definition.
    """
    first = trained(load(name))
    assert trained(load(name)).equal(first)
    here = load(name)
    assert all(hasattr(here, each) for each in other)
    vars(here).update(other)
    assert not trained(here).equal(first)
