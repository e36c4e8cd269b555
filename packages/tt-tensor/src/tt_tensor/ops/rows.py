"""Work along the rows of a matrix, and in blocks that fit the cache."""

from functools import lru_cache
from typing import Any

import numpy as np

from ..dtypes import floating

BLOCK = 1 << 15  # elements that kernels work on at a time: 128 KiB of float32, so that temporaries stay in the cache
# Rows no longer than this are reduced along the other axis: NumPy's loop over a short row is mostly overhead.
SHORT = 64


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
    """The maximum of each row of the matrix `x`, as a column."""
    n, c = x.shape
    if c <= SHORT and n * c > 256:
        return np.maximum.reduce(np.ascontiguousarray(x.T), 0)[:, None]
    return np.maximum.reduce(x, 1, keepdims=True)


def row_sum(x: Any) -> Any:
    """The sum of each row of the matrix `x`, as a vector."""
    return x.dot(ones(x.shape[1], x.dtype.char))


def half(x: Any) -> Any:
    """`x` in a dtype in which sums are accurate: float16 becomes float32, integers the default float."""
    x = floating(x)
    return x.astype(np.float32) if x.dtype == np.float16 else x


def matrix(x: Any, dim: int) -> Any:
    """`x` as a matrix whose rows run along `dim`."""
    if dim != x.ndim - 1:
        x = x.swapaxes(dim, -1)
    return x.reshape(-1, x.shape[-1])


def along_rows(kernel: Any, dim: int, *arrays: Any) -> Any:
    """`kernel(out, *rows)` on blocks of rows along `dim`; `out` is returned in the shape and order of the first array."""
    x = arrays[0]
    if not x.size or not x.ndim:
        return (
            np.zeros(x.shape, x.dtype) if not x.size else along_rows(kernel, 0, *(a[None] for a in arrays)).reshape(())
        )
    if x.ndim == 2 and dim == 1:
        rows = arrays
    else:
        rows = tuple(matrix(a, dim) for a in arrays)
    n, c = rows[0].shape
    out = np.empty((n, c), x.dtype)
    step = max(1, 2 * BLOCK // c)
    for start in range(0, n, step):
        kernel(out[start : start + step], *(a[start : start + step] for a in rows))
    if rows is arrays:
        return out
    if dim == x.ndim - 1:
        return out.reshape(x.shape)
    shape = list(x.shape)
    shape[dim], shape[-1] = shape[-1], shape[dim]
    return np.ascontiguousarray(out.reshape(shape).swapaxes(dim, -1))
