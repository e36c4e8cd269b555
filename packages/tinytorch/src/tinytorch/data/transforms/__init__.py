"""Transforms of images: `tt_data.transforms`. The tensors they make are of the class that can require a gradient."""

from typing import TYPE_CHECKING

import tt_data.transforms
from tt_data.transforms import *  # noqa: F403

from ..own import PILToTensor as PILToTensor
from ..own import ToTensor as ToTensor
from . import functional as functional  # type: ignore[no-redef]  # our own, in the place of theirs

# mypy reads no list of another module, and takes what is imported here for public if it sees none.
if not TYPE_CHECKING:
    __all__ = list(tt_data.transforms.__all__)
