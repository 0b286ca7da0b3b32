"""Print pyproject's lower bounds as constraints for pip: `make test-oldest` installs exactly those.

Usage: python tools/oldest.py > oldest.txt
"""

import tomllib
from pathlib import Path


def main():
    file = Path(__file__).parent.parent / "pyproject.toml"
    project = tomllib.loads(file.read_text("utf-8"))["project"]
    for lines in (project["dependencies"], *project["optional-dependencies"].values()):
        print("\n".join(line.replace(">=", "==") for line in lines))


if __name__ == "__main__":
    main()
