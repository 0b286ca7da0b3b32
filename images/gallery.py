"""Draw what the GANs of the application notebooks make: python images/gallery.py [NAME ...]

It runs the cells of each notebook, training included, and keeps the figure of the cell that is
tagged `gallery`, with its labels in both languages. Lesson 02 and the README show these pictures.
About a minute for each notebook.
"""

import os
import sys
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")

import nbformat
from draw import FOLDER
from PIL import Image

from gan_lesson import COURSE, plots

NOTEBOOKS = COURSE / "notebooks" / "applications"


def draw(path):
    """Run a notebook's cells up to the tagged one, and save that one's figure."""
    names, kept = {"__name__": "__main__"}, []
    plots.show = lambda figure, zh, en: kept.append(figure)
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            kept.clear()
            exec(compile(cell.source, path.name, "exec"), names)
            if "gallery" in cell.metadata.get("tags", []):
                picture = FOLDER / "applications" / f"{path.stem}.webp"
                picture.parent.mkdir(exist_ok=True)
                kept[0].savefig(picture.with_suffix(".png"), dpi=100)
                with Image.open(picture.with_suffix(".png")) as drawn:
                    drawn.convert("RGB").save(picture, quality=85, method=6)
                picture.with_suffix(".png").unlink()
                return picture
    raise ValueError(f"{path.name} has no cell tagged gallery")


def main():
    os.chdir(NOTEBOOKS)
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        if path.stem in (sys.argv[1:] or path.stem):
            started = time.monotonic()
            picture = draw(path)
            kilobytes = picture.stat().st_size / 1000
            print(f"{picture.name}: {kilobytes:.0f} kB, {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
