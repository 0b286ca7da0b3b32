"""One source of dependencies: conda and the exact versions follow pyproject.toml."""

import importlib.metadata
import re
import tomllib
from pathlib import Path

import yaml
from packaging.requirements import Requirement

COURSE = Path(__file__).parent.parent
CONDA_NAMES = {"torch": "pytorch"}


def project():
    return tomllib.loads((COURSE / "pyproject.toml").read_text("utf-8"))["project"]


def test_conda_environment_has_the_same_packages_and_bounds():
    environment = yaml.safe_load((COURSE / "environment.yml").read_text("utf-8"))
    conda = {line for line in environment["dependencies"] if isinstance(line, str)} - {"pip"}
    expected = {f"python{project()['requires-python']}"}
    for line in project()["dependencies"]:
        requirement = Requirement(line)
        name = CONDA_NAMES.get(requirement.name, requirement.name)
        expected.add(f"{name}{requirement.specifier}")
    assert conda == expected
    assert environment["channels"] == ["conda-forge", "nodefaults"]
    assert environment["dependencies"][-1] == {"pip": ["--editable ."]}


def test_exact_versions_cover_and_satisfy_the_bounds():
    lines = (COURSE / "constraints.txt").read_text("utf-8").splitlines()
    exact = dict(line.lower().split("==") for line in lines if line and not line.startswith("#"))
    assert all(re.fullmatch(r"[\w.+!]+", version) for version in exact.values())
    lines = project()["dependencies"] + project()["optional-dependencies"]["test"]
    for requirement in map(Requirement, lines):
        assert requirement.specifier.contains(exact[requirement.name]), requirement


def test_everything_imported_is_declared():
    """What the package and the lessons import is installed because pyproject.toml says so."""
    declared = {Requirement(line).name for line in project()["dependencies"]}
    files = list((COURSE / "gan_lesson").rglob("*.py")) + list(
        (COURSE / "notebooks").rglob("[0-9]*.ipynb")
    )
    names = {
        name
        for file in files
        for name in re.findall(r'^[ "]*(?:import|from) (\w+)', file.read_text("utf-8"), re.M)
    }
    packages = importlib.metadata.packages_distributions()
    for name in names:
        distributions = {one.lower() for one in packages.get(name, [])}
        if not distributions or name == "gan_lesson":
            continue
        # With matplotlib, ipywidgets or jupyterlab.
        comes_along = {"pillow", "ipython", "traitlets", "jupyter-core", "jupyter_core"}
        comes_along |= {"contourpy", "nbformat"}
        assert distributions & (declared | comes_along), f"{name} is not declared"
