"""Lessons as PDF, LaTeX or one page of HTML, by nbconvert: with every picture.

`gan_lesson lab` lets JupyterLab and `jupyter nbconvert` know of it. LaTeX takes no HTML and no
WebP, in which lessons keep their figures; a linked picture stays behind where the result goes.
"""

import base64
import contextlib
import io
import re
import sys
from pathlib import Path

from nbconvert.exporters import Exporter
from nbconvert.preprocessors import Preprocessor
from PIL import Image
from traitlets import Bool

HERE = f"{__name__}.Pictures"
SETTING = f'c.Exporter.default_preprocessors.insert(0, "{HERE}")\n'


class Pictures(Preprocessor):
    """Put a PNG beside each figure, and linked pictures into their cell."""

    enabled = Bool(True).tag(config=True)

    def preprocess_cell(self, cell, resources, index):
        for output in cell.get("outputs", []):
            page = output.get("data", {}).get("text/html", "")
            found = re.findall(r'src="data:image/\w+;base64,([^"]+)"', "".join(page))
            if found:  # the first of two languages: labels in Chinese
                output["data"]["image/png"] = _png(io.BytesIO(base64.b64decode(found[0])))
        if cell.cell_type == "markdown":
            folder = Path(resources.get("metadata", {}).get("path", ""))
            for link in re.findall(r"!\[[^\]]*\]\(([^):]+)\)", cell.source):
                with contextlib.suppress(OSError):  # no file, or a drawing and no picture
                    name = f"{Path(link).stem}.png"
                    picture = {"image/png": _png(folder / link)}
                    cell.setdefault("attachments", {})[name] = picture
                    cell.source = cell.source.replace(f"]({link})", f"](attachment:{name})")
        return cell, resources


def _png(file):
    """A picture as a PNG in base64."""
    buffer = io.BytesIO()
    with Image.open(file) as picture:
        picture.convert("RGB").save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


def settings():
    """What JupyterLab is told on its command line; `jupyter nbconvert` gets a file that says so."""
    with contextlib.suppress(OSError):  # an environment that cannot be written to
        file = Path(sys.prefix, "etc", "jupyter", "jupyter_nbconvert_config.py")
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            file.write_text(SETTING, "utf-8")
    return [f"--Exporter.default_preprocessors={[HERE, *Exporter().default_preprocessors]}"]
