"""Reductions: sum, mean, max, ..."""

from typing import Any

import numpy as np

from ..primitive import primitive


@primitive()
def sum_p(x: Any, *, dim: tuple[int, ...] | None, keepdim: bool) -> Any:
    """The sum over the dimensions `dim`; over all if None."""
    return np.add.reduce(x, axis=dim, keepdims=keepdim)


class ReduceMethods:
    """What `Tensor` gets from this file."""

    __slots__ = ()
