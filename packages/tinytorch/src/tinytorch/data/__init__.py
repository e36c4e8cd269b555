"""Data sets and loaders: `tt_data`. The tensors they make are of the class that can require a gradient."""

import tt_data
from tt_data import *  # noqa: F403

from . import transforms as transforms
from .own import *  # noqa: F403

__all__ = list(tt_data.__all__)
