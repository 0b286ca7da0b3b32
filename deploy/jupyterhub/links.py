"""Print the links that give students the lessons: python links.py HUB REPOSITORY [BRANCH]

Whoever follows one logs in, gets the repository's newest lessons, own edits kept (nbgitpuller),
and lands in the lesson.
"""

import sys
from pathlib import Path
from urllib.parse import urlencode

COURSE = Path(__file__).parent.parent.parent
FOLDER = "gan-lessons"  # in the student's home


def link(hub, repository, lesson, branch="main"):
    """The link to a lesson, such as "05_generate_digits.ipynb".

    hub: the address that students type. repository: the address that git clones.
    """
    query = {
        "repo": repository,
        "branch": branch,
        "targetPath": FOLDER,
        "urlpath": f"lab/tree/{FOLDER}/notebooks/{lesson}",
    }
    return f"{hub.rstrip('/')}/hub/user-redirect/git-pull?{urlencode(query)}"


def main(arguments):
    if len(arguments) not in (2, 3):
        sys.exit(
            "用法 · usage: python links.py https://hub.example.org "
            "https://git.example.org/gan-lessons [main]"
        )
    hub, repository, *branch = arguments
    for lesson in sorted((COURSE / "notebooks").glob("[0-9]*.ipynb")):
        print(link(hub, repository, lesson.name, *branch))


if __name__ == "__main__":
    main(sys.argv[1:])
