"""Linear algebra: `tt_tensor.linalg`."""

from tt_tensor.linalg import *  # noqa: F403
