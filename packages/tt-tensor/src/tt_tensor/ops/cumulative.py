"""What accumulates along a dimension: sums, products, extremes, and differences, which undo sums."""

from math import prod
from typing import Any, NamedTuple

import numpy as np

from ..dtypes import floating
from ..errors import ShapeError
from ..primitive import in_place, primitive
from .convert import cast_p
from .dims import ndim_of, one_dim, send
from .elementwise import sub_p
from .indexing import slice_p
from .join import cat
from .logic import logical_xor
from .reduce import sum_p
from .shape import reshape_p

LANES = 256  # rows from which they may take steps together:
BESIDE = 16  # where so many lie side by side,
SHORT = 32  # or are no longer than this,
LONG = 256  # or shorter than this, and an eighth as long as there are rows


def _accumulated(ufunc: Any, x: Any, dim: int) -> Any:
    """`ufunc.accumulate` along `dim`, in which whole numbers and bools become int64.

    That goes from element to element through memory, which takes 3.4 ns for each. Where many rows lie side by side, or are
    short, or far more than they are long, all of them take a step at once.
    """
    dtype = x.dtype if x.dtype.kind in "fc" else np.dtype(np.int64)
    n = x.shape[dim]
    rows = x.size // max(n, 1)
    few_steps = n <= SHORT or (n < LONG and n <= rows // 8)
    if not n or rows < LANES or not (few_steps or prod(x.shape[dim + 1 :]) >= BESIDE):
        return ufunc.accumulate(x, dim, dtype)
    out = np.empty(x.shape, dtype)
    steps, before = np.moveaxis(x, dim, 0), np.moveaxis(out, dim, 0)
    before[0] = steps[0]
    for k in range(1, n):
        ufunc(before[k - 1], steps[k], out=before[k])
    return out


@primitive()
def cumsum_p(x: Any, *, dim: int) -> Any:
    """yₖ = x₀ + … + xₖ along `dim`. Whole numbers and bools add up to int64."""
    return _accumulated(np.add, x, dim) if x.ndim else _zero_d(x)


@primitive()
def cumprod_p(x: Any, *, dim: int) -> Any:
    """yₖ = x₀ · … · xₖ along `dim`. Whole numbers and bools multiply to int64."""
    return _accumulated(np.multiply, x, dim) if x.ndim else _zero_d(x)


def _zero_d(x: Any) -> Any:
    """The running sum or product of one value."""
    return x.copy() if x.dtype.kind in "fc" else x.astype(np.int64)


@primitive()
def logcumsumexp_p(x: Any, *, dim: int) -> Any:
    """yₖ = log(exp(x₀) + … + exp(xₖ)) along `dim`, without overflow."""
    x = floating(x)
    return np.logaddexp.accumulate(x, dim) if x.ndim else x.copy()


def _running(ufunc: Any, x: Any, dim: int) -> tuple[Any, Any]:
    """The extreme so far along `dim`, and the index where it was last attained; NaN stays once it came."""
    if not x.ndim:
        return x.copy(), np.zeros((), np.int64)
    values = ufunc.accumulate(x, dim)
    place = np.arange(x.shape[dim]).reshape((-1,) + (1,) * (x.ndim - dim - 1))
    attained = (x == values) | (x != x)
    return values, np.maximum.accumulate(np.where(attained, place, 0), dim)


@primitive("cummax")
def cummax_p(x: Any, *, dim: int) -> Any:
    """The largest value so far along `dim`, and the index where it was last attained."""
    return _running(np.maximum, x, dim)


@primitive("cummin")
def cummin_p(x: Any, *, dim: int) -> Any:
    """The smallest value so far along `dim`, and the index where it was last attained."""
    return _running(np.minimum, x, dim)


class CummaxResult(NamedTuple):
    """What `cummax` returns."""

    values: Any
    indices: Any


class CumminResult(NamedTuple):
    """What `cummin` returns."""

    values: Any
    indices: Any


def cumsum(input: Any, dim: int, *, dtype: Any = None, out: Any = None) -> Any:
    """The running sum yₖ = x₀ + … + xₖ along `dim`.

    Args:
        input: a tensor of any shape.
        dim: the dimension.
        dtype: the dtype in which to add; by default the input's, and int64 for whole numbers and bools.
        out: where to write the result, of the input's shape.

    Examples:
        >>> from tt_tensor import cumsum, tensor
        >>> cumsum(tensor([1, 2, 3]), 0)
        tensor([1, 3, 6])
    """
    return _scan("cumsum", cumsum_p, input, dim, dtype, out)


def cumprod(input: Any, dim: int, *, dtype: Any = None, out: Any = None) -> Any:
    """The running product yₖ = x₀ · … · xₖ along `dim`."""
    return _scan("cumprod", cumprod_p, input, dim, dtype, out)


def logcumsumexp(input: Any, dim: int, *, out: Any = None) -> Any:
    """The logarithm of the running sum of exponentials along `dim`, without overflow."""
    return _scan("logcumsumexp", logcumsumexp_p, input, dim, None, out)


def _scan(name: str, op: Any, x: Any, dim: int, dtype: Any, out: Any) -> Any:
    k = one_dim(name, dim, ndim_of(name, x))
    if dtype is None:
        return send(op, out, x, dim=k)
    return send(cast_p, out, op(cast_p(x, dtype=np.dtype(dtype)), dim=k), dtype=np.dtype(dtype))


def cummax(input: Any, dim: int) -> CummaxResult:
    """The largest value so far along `dim`, and the index where it was last attained: `(values, indices)`.

    Examples:
        >>> from tt_tensor import cummax, tensor
        >>> cummax(tensor([1, 3, 2]), 0).values
        tensor([1, 3, 3])
    """
    return CummaxResult(*cummax_p(input, dim=one_dim("cummax", dim, ndim_of("cummax", input))))


def cummin(input: Any, dim: int) -> CumminResult:
    """The smallest value so far along `dim`, and the index where it was last attained: `(values, indices)`."""
    return CumminResult(*cummin_p(input, dim=one_dim("cummin", dim, ndim_of("cummin", input))))


def diff(input: Any, n: int = 1, dim: int = -1, prepend: Any = None, append: Any = None) -> Any:
    """The differences xₖ₊₁ - xₖ along `dim`, taken `n` times; for bools, whether neighbours differ.

    Args:
        input: a tensor with at least one dimension.
        n: how often.
        dim: the dimension.
        prepend: what to put before the input along `dim`.
        append: what to put after it.

    Examples:
        >>> from tt_tensor import diff, tensor
        >>> diff(tensor([1, 4, 9]))
        tensor([3, 5])
    """
    ndim = ndim_of("diff", input)
    if ndim == 0:
        raise RuntimeError("diff: expected a tensor with at least one dimension, got a 0-d tensor")
    if n < 0:
        raise RuntimeError(f"diff: n must not be negative, got {n}")
    k = one_dim("diff", dim, ndim)
    parts = [x for x in (prepend, input, append) if x is not None]
    x = cat(parts, k) if len(parts) > 1 else input
    lead = (slice(None),) * k
    for _ in range(n):
        if x.shape[k] == 0:
            break
        after, before = slice_p(x, key=(*lead, slice(1, None), ...)), slice_p(x, key=(*lead, slice(0, -1), ...))
        x = logical_xor(after, before) if x.dtype == np.bool_ else sub_p(after, before)
    return x


def trapezoid(y: Any, x: Any = None, *, dx: Any = None, dim: int = -1) -> Any:
    """The integral of y along `dim` by the trapezoidal rule: Σ (yₖ + yₖ₊₁) / 2 · (xₖ₊₁ - xₖ).

    Args:
        y: the values, a tensor with at least one dimension.
        x: where they are taken: a vector, or a tensor that can be broadcast with `y`.
        dx: in place of `x`, how far they are apart; 1 by default.
        dim: the dimension.

    Examples:
        >>> from tt_tensor import tensor, trapezoid
        >>> trapezoid(tensor([1.0, 5.0, 10.0]), dx=2)
        tensor(21.)
    """
    areas, k = _areas("trapezoid", y, x, dx, dim)
    return sum_p(areas, dim=(k,), keepdim=False)


def cumulative_trapezoid(y: Any, x: Any = None, *, dx: Any = None, dim: int = -1) -> Any:
    """The integral of y along `dim` from the first value to each other one: the running sum whose last is `trapezoid`."""
    areas, k = _areas("cumulative_trapezoid", y, x, dx, dim)
    return cumsum_p(areas, dim=k)


def _areas(name: str, y: Any, x: Any, dx: Any, dim: int) -> tuple[Any, int]:
    """The areas between neighbours of y along `dim`, and `dim` counted from 0."""
    if x is not None and dx is not None:
        raise TypeError(f"{name}: give x or dx, not both")
    if not (n := ndim_of(name, y)):
        raise IndexError(f"{name}: expected a tensor with at least one dimension, got a 0-d tensor")
    k = one_dim(name, dim, n)
    width = 1 if dx is None else dx
    if x is not None:
        if ndim_of(name, x) == 1:
            if x.shape[0] != y.shape[k]:
                raise ShapeError(f"{name}: {x.shape[0]} places for {y.shape[k]} values along dimension {k}")
            x = reshape_p(x, shape=(-1, *[1] * (n - k - 1)))
        width = diff(x, dim=k - n)
    lead = (slice(None),) * k
    after, before = slice_p(y, key=(*lead, slice(1, None), ...)), slice_p(y, key=(*lead, slice(0, -1), ...))
    return (after + before) * width / 2.0, k


trapz = trapezoid


class CumulativeMethods:
    """What `Tensor` gets from this file."""

    __slots__ = ()

    cumsum, cumsum_, cumprod, cumprod_ = cumsum, in_place(cumsum), cumprod, in_place(cumprod)
    logcumsumexp, cummax, cummin, diff = logcumsumexp, cummax, cummin, diff
