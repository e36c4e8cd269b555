"""Transforms as functions: `tt_data.transforms.functional`, with tensors of the class that can require a gradient."""

import tt_data.transforms.functional
from tt_data.transforms.functional import *  # noqa: F403

from ..own import pil_to_tensor as pil_to_tensor
from ..own import to_tensor as to_tensor

__all__ = list(tt_data.transforms.functional.__all__)
