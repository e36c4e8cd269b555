"""Reductions and sums along axes."""

from typing import Any

import numpy as np

from ..ops import cumulative as cum
from ..ops import extremes, reduce, variance
from ..ops.join import cat

Axes = int | tuple[int, ...] | None


def _reduced(f: Any, x: Any, axis: Axes, keepdims: bool, **settings: Any) -> Any:
    """`f` over `axis`; over none for `()`, where PyTorch would take all: over a new axis of size 1."""
    if axis == ():
        return f(x[None], dim=0, keepdim=False, **settings)
    return f(x, dim=tuple(range(x.ndim)) if axis is None else axis, keepdim=keepdims, **settings)


def _summed_dtype(x: Any, dtype: Any) -> Any:
    """The dtype of a sum: that given, or of integers the default, signed or unsigned as `x` is."""
    if dtype is not None:
        return dtype
    kind = x.dtype.kind
    return np.dtype(np.uint64) if kind == "u" else np.dtype(np.int64) if kind in "bi" else x.dtype


def sum(x: Any, /, *, axis: Axes = None, dtype: Any = None, keepdims: bool = False) -> Any:
    """The sum over axes."""
    dtype = _summed_dtype(x, dtype)
    return _reduced(reduce.sum, x.to(dtype), axis, keepdims, dtype=dtype)


def prod(x: Any, /, *, axis: Axes = None, dtype: Any = None, keepdims: bool = False) -> Any:
    """The product over axes."""
    dtype = _summed_dtype(x, dtype)
    x = x.to(dtype)
    gone = set(range(x.ndim)) if axis is None else {a % x.ndim for a in ((axis,) if isinstance(axis, int) else axis)}
    for a in gone:
        x = reduce.prod(x, a, keepdim=True, dtype=dtype)
    return x if keepdims else x.reshape(tuple(n for k, n in enumerate(x.shape) if k not in gone))


def mean(x: Any, /, *, axis: Axes = None, keepdims: bool = False) -> Any:
    """The mean over axes."""
    return _reduced(reduce.mean, x, axis, keepdims)


def var(x: Any, /, *, axis: Axes = None, correction: float = 0.0, keepdims: bool = False) -> Any:
    """The variance over axes: squared distances from the mean, over their number less `correction`."""
    return _reduced(variance.var, x, axis, keepdims, correction=correction)


def std(x: Any, /, *, axis: Axes = None, correction: float = 0.0, keepdims: bool = False) -> Any:
    """The standard deviation over axes."""
    return _reduced(variance.std, x, axis, keepdims, correction=correction)


def max(x: Any, /, *, axis: Axes = None, keepdims: bool = False) -> Any:
    """The largest value over axes."""
    return _reduced(extremes.amax, x, axis, keepdims)


def min(x: Any, /, *, axis: Axes = None, keepdims: bool = False) -> Any:
    """The smallest value over axes."""
    return _reduced(extremes.amin, x, axis, keepdims)


def all(x: Any, /, *, axis: Axes = None, keepdims: bool = False) -> Any:
    """Whether no element is zero, over axes."""
    return type(x).plain(np.asarray(np.all(x.array, axis=axis, keepdims=keepdims)))


def any(x: Any, /, *, axis: Axes = None, keepdims: bool = False) -> Any:
    """Whether some element is not zero, over axes."""
    return type(x).plain(np.asarray(np.any(x.array, axis=axis, keepdims=keepdims)))


def _cumulative(f: Any, start: int, x: Any, axis: int | None, dtype: Any, include_initial: bool) -> Any:
    if axis is None:
        if x.ndim > 1:
            raise ValueError(f"axis is needed for an array of {x.ndim} dimensions")
        axis = 0
    dtype = _summed_dtype(x, dtype)
    x = (x[None] if x.ndim == 0 else x).to(dtype)
    y = f(x, axis, dtype=dtype)
    if include_initial:
        shape = tuple(1 if k == axis % x.ndim else n for k, n in enumerate(x.shape))
        y = cat([type(x).plain(np.full(shape, start, dtype)), y], axis)
    return y


def cumulative_sum(x: Any, /, *, axis: int | None = None, dtype: Any = None, include_initial: bool = False) -> Any:
    """The sums of all elements up to each, along an axis; with a zero in front, if `include_initial`."""
    return _cumulative(cum.cumsum, 0, x, axis, dtype, include_initial)


def cumulative_prod(x: Any, /, *, axis: int | None = None, dtype: Any = None, include_initial: bool = False) -> Any:
    """The products of all elements up to each, along an axis; with a one in front, if `include_initial`."""
    return _cumulative(cum.cumprod, 1, x, axis, dtype, include_initial)


def diff(x: Any, /, *, axis: int = -1, n: int = 1, prepend: Any = None, append: Any = None) -> Any:
    """The differences of neighbours along an axis, taken `n` times."""
    parts = [p for p in (prepend, x, append) if p is not None]
    y = cat(parts, axis) if len(parts) > 1 else x
    before = (slice(None),) * (axis % x.ndim)
    for _ in range(n):
        later, earlier = y[(*before, slice(1, None))], y[(*before, slice(None, -1))]
        y = later ^ earlier if y.dtype.kind == "b" else later - earlier
    return y
