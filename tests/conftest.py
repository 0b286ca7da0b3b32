"""Import the package before torch, so that tests and kernels run as the course does."""

import gan_lesson  # noqa: F401
