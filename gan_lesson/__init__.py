"""The furniture of the GAN lessons: a student reads what makes a GAN a GAN in the notebooks."""

from pathlib import Path

# The course's folder, where data and runs go; the current folder when only the package is here.
COURSE = Path(__file__).resolve().parent.parent
if not (COURSE / "notebooks").is_dir():
    COURSE = Path.cwd()
