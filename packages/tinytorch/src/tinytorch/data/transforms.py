"""Transforms of images: `tt_data.transforms`. The tensors they make are of the class that can require a gradient."""

from typing import Any

import tt_autograd
import tt_data.transforms
from tt_data.transforms import *  # noqa: F403

__all__ = list(tt_data.transforms.__all__)


class ToTensor(tt_data.transforms.ToTensor):
    """`tt_data.transforms.ToTensor`."""

    @staticmethod
    def make(array: Any) -> Any:
        """A tensor of an array."""
        return tt_autograd.from_numpy(array)


class PILToTensor(tt_data.transforms.PILToTensor):
    """`tt_data.transforms.PILToTensor`."""

    make = ToTensor.make
