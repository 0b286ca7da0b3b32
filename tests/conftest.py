"""Tests and their kernels run on one thread, as the course does."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
