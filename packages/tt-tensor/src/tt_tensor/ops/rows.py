"""Work along the rows of a matrix, and in blocks that fit the cache."""

from functools import lru_cache
from math import prod
from typing import Any

import numpy as np

from ..dtypes import floating
from ..threads import pieces, shares, spread_products

BLOCK = 1 << 15  # elements that kernels work on at a time: 128 KiB of float32, so that temporaries stay in the cache
PIECE = 1 << 18  # the same where threads share the work: in shorter passes they wait for each other
SHARE = 1 << 19  # elements that each of several threads must have
# Rows no longer than this are reduced along the other axis: NumPy's loop over a short row is mostly overhead.
SHORT = 64
SIDE, TALL = 16, 1024  # how many rows must lie side by side, and how long they may be, to be worked on as they lie


@lru_cache(64)
def filled(n: int, kind: str, value: float) -> Any:
    """A read-only vector of one value, of the dtype with this character."""
    vector = np.full(n, value, kind)
    vector.flags.writeable = False
    return vector


def ones(n: int, kind: str) -> Any:
    """A vector of ones: what a row is multiplied with to be summed by BLAS."""
    return filled(n, kind, 1.0)


def row_max(x: Any) -> Any:
    """The maximum along dimension 1, which is kept."""
    n, c = x.shape[:2]
    if x.ndim == 2 and c <= SHORT and n * c > 256:
        return np.maximum.reduce(np.ascontiguousarray(x.T), 0)[:, None]
    return np.maximum.reduce(x, 1, keepdims=True)


def row_sum(x: Any) -> Any:
    """The sum along dimension 1."""
    return x.dot(ones(x.shape[1], x.dtype.char)) if x.ndim == 2 else np.add.reduce(x, 1)


def row_dot(x: Any, y: Any) -> Any:
    """The inner products along dimension 1."""
    if x.ndim == 3:
        return np.einsum("ncs,ncs->ns", x, y)
    return np.vecdot(x, y) if x.shape[1] >= SHORT else np.einsum("nc,nc->n", x, y)


def half(x: Any) -> Any:
    """`x` in a dtype in which sums are accurate: float16 becomes float32, integers the default float."""
    x = floating(x)
    return x.astype(np.float32) if x.dtype == np.float16 else x


def matrix(x: Any, dim: int) -> Any:
    """`x` as a matrix whose rows run along `dim`."""
    if dim != x.ndim - 1:
        x = x.swapaxes(dim, -1)
    return x.reshape(-1, x.shape[-1])


def lie_beside(shape: tuple[int, ...], dim: int) -> bool:
    """Whether rows along `dim` are worked on as they lie, side by side, because to make them contiguous would take longer.

    Sums of many values that are not contiguous lose digits: long rows are copied.
    """
    return prod(shape[dim + 1 :]) >= SIDE and shape[dim] <= TALL


def along_rows(kernel: Any, dim: int, *arrays: Any) -> Any:
    """`kernel(out, *rows)` on blocks of rows along `dim`; `out` is returned in the shape and order of the first array.

    Kernels get matrices, or `[n, c, s]` whose rows run along dimension 1: they use what is above, and `[:, None]` for a value of
    each row.
    """
    x = arrays[0]
    if not x.size or not x.ndim:
        return (
            np.zeros(x.shape, x.dtype) if not x.size else along_rows(kernel, 0, *(a[None] for a in arrays)).reshape(())
        )
    beside = lie_beside(x.shape, dim)
    if x.ndim == 2 and dim == 1:
        rows = arrays
    elif beside:
        rows = tuple(a.reshape(-1, x.shape[dim], prod(x.shape[dim + 1 :])) for a in arrays)
    else:
        rows = tuple(matrix(a, dim) for a in arrays)
    out = np.empty(rows[0].shape, x.dtype)

    def work(part: slice) -> None:
        for here in pieces(part, max(1, PIECE // rows[0][0].size)):
            kernel(out[here], *(a[here] for a in rows))

    if out.size <= PIECE:
        kernel(out, *rows)
    else:
        spread_products(work, shares(len(out), -(-SHARE // rows[0][0].size)))
    if rows is arrays:
        return out
    if beside or dim == x.ndim - 1:
        return out.reshape(x.shape)
    shape = list(x.shape)
    shape[dim], shape[-1] = shape[-1], shape[dim]
    return np.ascontiguousarray(out.reshape(shape).swapaxes(dim, -1))
