"""Print the links that give students the lessons: python links.py HUB

Whoever follows one logs in, gets a server with the newest lessons, and lands in the lesson.
"""

import sys
from pathlib import Path
from urllib.parse import quote

COURSE = Path(__file__).parent.parent.parent
FOLDER = "gan-lessons"  # in the student's home


def link(hub, lesson):
    """The link to a lesson, such as "05_generate_digits.ipynb"; hub: the address students type."""
    return f"{hub.rstrip('/')}/hub/user-redirect/lab/tree/{FOLDER}/notebooks/{quote(lesson)}"


def main(arguments):
    if len(arguments) != 1:
        sys.exit("用法 · usage: python links.py https://hub.example.org")
    for lesson in sorted((COURSE / "notebooks").glob("[0-9]*.ipynb")):
        print(link(arguments[0], lesson.name))


if __name__ == "__main__":
    main(sys.argv[1:])
