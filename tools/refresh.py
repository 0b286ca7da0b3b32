"""Run notebooks and store their outputs: python tools/refresh.py [NOTEBOOK ...], else all."""

import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from gan_lesson import COURSE


def is_kept(output):
    """Whether a stored output says something to a reader: no stderr, no widget without a kernel."""
    live = "application/vnd.jupyter.widget-view+json" in output.get("data", {})
    return not live and output.get("name") != "stderr"


def refresh(path):
    """Run one notebook from its own folder and write it back, without what differs by machine."""
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=600,
        store_widget_state=False,
        coalesce_streams=True,
        resources={"metadata": {"path": path.parent}},
    )
    client.execute()
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if is_kept(output)]
    nbformat.write(notebook, path)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        if not (name.endswith(".ipynb") and Path(name).is_file()):
            sys.exit(f"{name} is no notebook. {__doc__}")
    for path in map(Path, sys.argv[1:] or sorted((COURSE / "notebooks").rglob("[0-9]*.ipynb"))):
        if ".ipynb_checkpoints" not in path.parts:
            started = time.monotonic()
            refresh(path.resolve())
            print(f"{path.name}: {time.monotonic() - started:.0f} s", flush=True)
