"""Data sets and loaders: `tt_data`. The tensors they make are of the class that can require a gradient."""

from typing import TYPE_CHECKING

import tt_data
from tt_data import *  # noqa: F403

from . import transforms as transforms
from .own import *  # noqa: F403

# mypy reads no list of another module, and takes what is imported here for public if it sees none.
if not TYPE_CHECKING:
    __all__ = list(tt_data.__all__)
