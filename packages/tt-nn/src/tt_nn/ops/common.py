"""What the functional forms share: dimensions, reductions, sums along short rows, and work in blocks that fit the cache."""

from collections.abc import Callable
from functools import lru_cache
from math import prod
from typing import Any

import numpy as np
from tt_tensor.dtypes import promoted
from tt_tensor.errors import DTypeError, ShapeError
from tt_tensor.ops.reduce import sum_p
from tt_tensor.ops.rows import BLOCK
from tt_tensor.ops.rows import half as half
from tt_tensor.ops.rows import ones as ones
from tt_tensor.threads import even_pieces, pieces, shares, spread_products

# Elements that elementwise kernels work on at a time: calls cost more than a closer cache gives, and in shorter passes threads
# fight for Python's lock.
PIECE = 1 << 17
MANY = 1 << 20  # elements of rows of which a thread takes many passes: with fewer, the threads wait for each other
REDUCTIONS = ("none", "mean", "sum")


def checked(name: str, reduction: str, *deprecated: Any) -> str:
    """`reduction` if it is one. `deprecated` are PyTorch's old arguments, which must not be given."""
    if deprecated and any(d is not None for d in deprecated):
        raise TypeError(
            f"{name}: size_average and reduce were deprecated in PyTorch 0.4; use reduction='mean', 'sum' or 'none'"
        )
    if reduction not in REDUCTIONS:
        raise ValueError(f"{name}: {reduction} is not a valid value for reduction; use 'none', 'mean' or 'sum'")
    return reduction


def same_shape(name: str, input: Any, target: Any) -> None:
    """Raise unless both have one shape. (PyTorch's regression losses warn and broadcast: (4, 1) against (4,) becomes (4, 4).)"""
    if input.shape != target.shape:
        raise ShapeError(
            f"{name}: input has shape {tuple(input.shape)} and target {tuple(target.shape)}; they must be the same, "
            f"because broadcasting would compare every value with every other: reshape or expand one of them"
        )


def common(name: str, x: Any, y: Any) -> tuple[Any, Any]:
    """Arrays `x` and `y` in their common dtype, which must be floating."""
    if x.dtype is not y.dtype:
        x, y = promoted(x, y)
    if x.dtype.kind != "f":
        raise DTypeError(f"{name}: expected a floating dtype, got {x.dtype}; convert with .float()")
    return x, y


def check_part(name: str, key: str, input: Any, part: Any) -> None:
    """Raise unless a weight or statistic that is given has the input's dtype. (A half input may come with parts in float32.)"""
    if part is not None and part.dtype != input.dtype and (input.dtype.itemsize > 2 or part.dtype != np.float32):
        raise DTypeError(f"{name}: the input is {input.dtype}, but {key} {part.dtype}; convert one, as with .to()")


def real(name: str, x: Any) -> Any:
    """`x`, which must be floating."""
    if x.dtype.kind != "f":
        raise DTypeError(f"{name}: not implemented for {x.dtype}; convert with .float()")
    return x


@lru_cache(16)
def positions(n: int, step: int = 1) -> Any:
    """0, 1, ..., n - 1, times `step`, read-only: where the rows of a matrix begin."""
    numbers = np.arange(n) * step
    numbers.flags.writeable = False
    return numbers


def total(x: Any, dim: int) -> Any:
    """The sum along one dimension, which is kept; of arrays and tensors."""
    return sum_p(x, dim=(dim,), keepdim=True)


def for_each_sample(values: Any, n: int, c: int, dtype: Any) -> Any:
    """The values of c channels, or one for all, once for each of n samples: `[n, c]`. (`np.tile` takes five times as long.)"""
    every = np.empty((n, c), dtype)
    every[...] = values
    return every


def in_blocks(kernel: Callable[..., Any], *arrays: Any) -> Any:
    """`kernel(out, *arrays)` on pieces that fit the cache, for an elementwise `kernel` that writes into `out`, which is returned.

    The arrays have one shape and one dtype; float16 is computed in float32. Small arrays take the shortest way.
    """
    x = arrays[0]
    if not x.ndim or x.itemsize == 2:
        wide = np.float32 if x.itemsize == 2 else x.dtype
        out = in_blocks(kernel, *(a.reshape(x.shape or 1).astype(wide, copy=False) for a in arrays))
        return out.reshape(x.shape).astype(x.dtype, copy=False)
    out = np.empty(x.shape, x.dtype)
    if x.size <= BLOCK:
        kernel(out, *arrays)
        return out
    flat = out.reshape(-1)
    parts = [np.ascontiguousarray(a).reshape(-1) for a in arrays]

    def work(part: slice) -> None:
        for piece in even_pieces(part, PIECE):
            kernel(flat[piece], *(a[piece] for a in parts))

    spread_products(work, shares(flat.size, PIECE))
    return out


def in_row_blocks(work: Callable[[slice], None], n: int, c: int) -> None:
    """`work` on slices of n rows of length c that fit the cache, on several threads if there are `MANY` elements for each."""
    step = max(1, PIECE // max(1, c))
    if 0 < n <= step:
        work(slice(0, n))
        return

    def share(part: slice) -> None:
        for rows in pieces(part, step):
            work(rows)

    if n * c < 2 * MANY:
        share(slice(0, n))
    else:
        spread_products(share, shares(n, MANY // c))


def mean_factor(x: Any, reduction: str) -> float:
    """What the derivative of each element's loss counts in that of the whole: 1 / n for the mean of n, which may be 0."""
    return 1 / max(1, prod(x.shape)) if reduction == "mean" else 1.0


def summed_unless(x: Any, reduction: str) -> Any:
    """The sum of all elements, of arrays and tensors; all of them if `reduction` is "none"."""
    return x if reduction == "none" else sum_p(x, dim=None, keepdim=False)


def reduced(loss: Any, reduction: str) -> Any:
    """The mean, the sum, or all of a tensor of losses."""
    if reduction == "mean":
        return loss.mean()
    return loss.sum() if reduction == "sum" else loss
