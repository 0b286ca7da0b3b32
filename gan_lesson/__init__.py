"""The furniture of the GAN lessons: a student reads what makes a GAN a GAN in the notebooks."""

from pathlib import Path

WEIGHTS = Path(__file__).parent / "weights"  # of the small networks that the package ships

# The course's folder, where data and runs go; the current folder when only the package is here.
COURSE = Path(__file__).resolve().parent.parent
if not (COURSE / "notebooks").is_dir():
    COURSE = Path.cwd()


class BilingualError(Exception):
    """An error for the person at the keyboard: its sentence in both languages, zh and en."""

    def __init__(self, zh, en):
        super().__init__(zh, en)
        self.zh, self.en = zh, en

    def __str__(self):
        return f"{self.zh} · {self.en}"


class DataError(BilingualError):
    """Data that is missing, damaged or out of reach."""
