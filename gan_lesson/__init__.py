"""The furniture of the GAN lessons: a student reads what makes a GAN a GAN in the notebooks."""

from pathlib import Path

WEIGHTS = Path(__file__).parent / "weights"  # of the small networks that the package ships
RESULTS = Path(__file__).parent / "results"  # what took too long for a lesson, measured beforehand


def course_folder():
    """The course's folder, where data and runs go.

    That of this package; where it was installed apart, as on a class server, the one that the
    current folder lies in; and where no lessons are around, the current folder.
    """
    here = Path.cwd()
    for folder in (Path(__file__).resolve().parent.parent, here, *here.parents):
        if (folder / "notebooks" / "00_start_here.ipynb").is_file():
            return folder
    return here


COURSE = course_folder()


def told_in_short(error, zh, en):
    """What a notebook shows of an error below the cell, in place of where in our code it was."""
    return [f"{type(error).__name__}: {zh}", en]


class BilingualError(Exception):
    """An error for the person at the keyboard: its sentence in both languages, zh and en."""

    def __init__(self, zh, en):
        super().__init__(zh, en)
        self.zh, self.en = zh, en

    def __str__(self):
        return f"{self.zh} · {self.en}"

    def _render_traceback_(self):
        return told_in_short(self, self.zh, self.en)


class DataError(BilingualError):
    """Data that is missing, damaged or out of reach."""
