"""Copies in row-major order, where NumPy's own is slowed down by the order in memory of what it reads."""

from math import prod
from typing import Any

import numpy as np

SMALL = 1 << 15  # elements up to which the cache holds everything
FEW = 8  # values side by side in the result, up to which they are copied apart
SET = 1024  # bytes: addresses that are a multiple of so much apart share a few lines of the cache
SPAN = 1 << 18  # bytes from which that is felt
PAD = 16


def row_major(x: Any) -> Any:
    """A copy of x in row-major order.

    NumPy writes in order and reads wherever the next value is. If that is a power of two away, all that is read displaces each
    other from the cache, so x is copied to longer rows first; and if the last dimension has a few values only, which lie apart,
    each of them is copied for itself.
    """
    if x.size < SMALL or not x.strides[-1] or x.strides[-1] == x.itemsize or min(x.strides) < 0:
        return np.array(x, order="C")
    if x.shape[-1] <= FEW:
        out = np.empty(x.shape, x.dtype)
        for k in range(x.shape[-1]):
            out[..., k] = x[..., k]
        return out
    if x.strides[-1] % SET or x.shape[-1] * x.strides[-1] < SPAN:
        return np.array(x, order="C")
    order = np.argsort(x.strides)[::-1]
    dense = x.transpose(order)
    rows = int(np.flatnonzero(order == x.ndim - 1)[0]) + 1  # of the dimensions up to the one that will be last
    length = prod(dense.shape[rows:])
    room = np.empty((*dense.shape[:rows], length + PAD), x.dtype)[..., :length].reshape(dense.shape)
    room[...] = dense
    return np.array(room.transpose(np.argsort(order)), order="C")
