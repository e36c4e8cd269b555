"""Transforms of images: `tt_data.transforms`. The tensors they make are of the class that can require a gradient."""

from typing import TYPE_CHECKING

import tt_data.transforms
from tt_data.transforms import *  # noqa: F403

# in the place of theirs, with which `from . import functional` would be content
import tinytorch.data.transforms.functional as functional  # type: ignore[no-redef]  # noqa: F401

from ..own import PILToTensor as PILToTensor
from ..own import ToTensor as ToTensor

# mypy reads no list of another module, and takes what is imported here for public if it sees none.
if not TYPE_CHECKING:
    __all__ = list(tt_data.transforms.__all__)
