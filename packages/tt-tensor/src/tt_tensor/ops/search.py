"""Searching and counting: places in a sorted sequence, distinct values, histograms. Nothing here has a derivative."""

from typing import Any, NamedTuple

import numpy as np

from ..errors import DTypeError, ShapeError
from ..primitive import primitive
from .by_index import take_along_dim
from .dims import ndim_of, need_tensor, one_dim, send


@primitive()
def searchsorted_p(sorted_sequence: Any, values: Any, *, side: Any) -> Any:
    """How many of the sorted values come before each value; row by row if the sequence has several dimensions."""
    values = np.asarray(values)
    if sorted_sequence.ndim == 1:
        return np.searchsorted(sorted_sequence, values, side)
    rows = sorted_sequence.reshape(-1, sorted_sequence.shape[-1])
    wanted = values.reshape(len(rows), values.shape[-1])
    found = [np.searchsorted(a, v, side) for a, v in zip(rows, wanted)]
    return np.array(found, np.int64).reshape(values.shape)


def _comparable(name: str, x: Any, dim: int | None) -> None:
    """Raise if the slices of x along `dim` are empty."""
    if dim is not None and 0 in (*x.shape[:dim], *x.shape[dim + 1 :]):
        raise ShapeError(
            f"{name}: the slices of shape {x.shape} along dimension {dim} are empty and cannot be compared"
        )


@primitive()
def unique_p(x: Any, *, dim: int | None) -> Any:
    """The distinct values, or slices along `dim`, in order; for each value which one it is; and how often each occurs."""
    _comparable("unique", x, dim)
    values, inverse, counts = np.unique(x, return_inverse=True, return_counts=True, axis=dim, equal_nan=False)
    return values, inverse.reshape(x.shape if dim is None else -1), counts


@primitive()
def unique_consecutive_p(x: Any, *, dim: int | None) -> Any:
    """The values, or slices along `dim`, without repeats of the one before; which one each is; and how long each run is."""
    _comparable("unique_consecutive", x, dim)
    rows = x.reshape(-1, 1) if dim is None else np.moveaxis(x, dim, 0).reshape(x.shape[dim], -1 if x.size else 1)
    new = np.ones(len(rows), bool)
    new[1:] = (rows[1:] != rows[:-1]).any(1)
    starts = np.flatnonzero(new)
    inverse, counts = np.cumsum(new) - 1, np.diff(starts, append=len(rows))
    if dim is None:
        return x.reshape(-1)[starts], inverse.reshape(x.shape), counts
    return x.take(starts, dim), inverse, counts


@primitive()
def bincount_p(x: Any, *weights: Any, minlength: int) -> Any:
    """How often each whole number occurs, or the sum of its weights."""
    counts = np.bincount(x, weights[0] if weights else None, minlength)
    return counts.astype(weights[0].dtype) if weights and weights[0].dtype.kind == "f" else counts


@primitive()
def histc_p(x: Any, *, bins: int, low: float, high: float) -> Any:
    """How many values lie in each of `bins` intervals of equal width between the limits; both ends belong to them."""
    if low == high and x.size:
        low, high = float(x.min()), float(x.max())
    if low == high:
        low, high = low - 1, high + 1
    if not np.isfinite(low) or not np.isfinite(high):
        raise ShapeError(f"histc: the range [{low}, {high}] is not finite")
    inside = x[(x >= low) & (x <= high)].reshape(-1)
    place = ((inside - x.dtype.type(low)) / x.dtype.type(high - low) * bins).astype(np.int64)
    return np.bincount(np.minimum(place, bins - 1), minlength=bins).astype(x.dtype)


@primitive()
def histogram_p(x: Any, edges: Any, *weight: Any, density: bool) -> Any:
    """How many values of x, or how much weight, lies between neighbouring edges; the last edge belongs to the last interval."""
    x, bins = x.reshape(-1), edges.size - 1
    at = np.searchsorted(edges, x, "right") - 1
    at[x == edges[-1]] = bins - 1
    inside = (x >= edges[0]) & (x <= edges[-1])
    weights = weight[0].reshape(-1)[inside] if weight else None
    counted = np.bincount(at[inside], weights, bins).astype(x.dtype)
    return counted / (counted.sum() * np.diff(edges)) if density else counted


@primitive()
def isin_p(x: Any, test: Any, *, unique: bool, invert: bool) -> Any:
    """Whether each value is among those of `test`."""
    return np.isin(x, test, assume_unique=unique, invert=invert)


def searchsorted(
    sorted_sequence: Any,
    input: Any,
    *,
    out_int32: bool = False,
    right: bool = False,
    side: Any = None,
    sorter: Any = None,
) -> Any:
    """Where each value would have to be inserted to keep the sequence sorted.

    Args:
        sorted_sequence: sorted along its last dimension, (n,) or (..., n).
        input: a number or a tensor; its leading dimensions equal those of the sequence, unless that is a vector.
        out_int32: whether the result is int32 instead of int64.
        right: whether to insert behind equal values.
        side: "left" or "right", in place of `right`.
        sorter: the indices that sort the sequence, if it is not sorted.

    Examples:
        >>> from tt_tensor import searchsorted, tensor
        >>> searchsorted(tensor([1, 3, 5]), tensor([3, 4]))
        tensor([1, 2])
    """
    n = ndim_of("searchsorted", sorted_sequence)
    if side not in (None, "left", "right") or (side == "left" and right):
        raise ShapeError(f"searchsorted: side must be 'left' or 'right' and agree with right={right}, got {side!r}")
    lead = tuple(sorted_sequence.shape[:-1])
    if n > 1 and tuple(np.shape(getattr(input, "array", input)))[:-1] != lead:
        raise ShapeError(f"searchsorted: the leading dimensions {lead} of the sequence must be those of the input")
    if sorter is not None:
        sorted_sequence = take_along_dim(sorted_sequence, sorter, -1)
    found = searchsorted_p(sorted_sequence, input, side="right" if right or side == "right" else "left")
    return found.to(np.dtype(np.int32)) if out_int32 else found


def bucketize(input: Any, boundaries: Any, *, out_int32: bool = False, right: bool = False) -> Any:
    """The number of the interval between `boundaries` in which each value lies."""
    if ndim_of("bucketize", boundaries) != 1:
        raise ShapeError(f"bucketize: boundaries must be a vector, got shape {tuple(boundaries.shape)}")
    return searchsorted(boundaries, input, out_int32=out_int32, right=right)


def _asked(found: Any, return_inverse: bool, return_counts: bool) -> Any:
    """The distinct values, with what else was asked for."""
    values, inverse, counts = found
    if return_inverse:
        return (values, inverse, counts) if return_counts else (values, inverse)
    return (values, counts) if return_counts else values


def unique(
    input: Any, sorted: bool = True, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None
) -> Any:
    """The distinct values in ascending order, or the distinct slices along `dim`.

    Args:
        input: a tensor.
        sorted: accepted as in PyTorch; the result is always sorted.
        return_inverse: whether to return also, for each value, its place in the result.
        return_counts: whether to return also how often each occurs.
        dim: the dimension; without it the values of the flattened tensor are compared.

    Examples:
        >>> from tt_tensor import tensor, unique
        >>> unique(tensor([3, 1, 3]), return_counts=True)
        (tensor([1, 3]), tensor([1, 2]))
    """
    del sorted
    dim = None if dim is None else one_dim("unique", dim, ndim_of("unique", input))
    return _asked(unique_p(input, dim=dim), return_inverse, return_counts)


def unique_consecutive(
    input: Any, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None
) -> Any:
    """The values, or slices along `dim`, without those that equal the one before."""
    dim = None if dim is None else one_dim("unique_consecutive", dim, ndim_of("unique_consecutive", input))
    return _asked(unique_consecutive_p(input, dim=dim), return_inverse, return_counts)


def bincount(input: Any, weights: Any = None, minlength: int = 0) -> Any:
    """How often each number from 0 on occurs in a vector of whole numbers, or the sum of the weights of its places.

    Examples:
        >>> from tt_tensor import bincount, tensor
        >>> bincount(tensor([0, 2, 2]))
        tensor([1, 0, 2])
    """
    if ndim_of("bincount", input) != 1 or input.dtype.kind not in "iu":
        raise DTypeError(
            f"bincount: expected a vector of whole numbers, got shape {tuple(input.shape)} of {input.dtype}"
        )
    values = getattr(input, "array", input)
    if values.size and values.min() < 0:
        raise ShapeError(f"bincount: expected numbers that are not negative, got {values.min()}")
    if minlength < 0:
        raise ShapeError(f"bincount: minlength must not be negative, got {minlength}")
    if weights is not None and tuple(weights.shape) != tuple(input.shape):
        raise ShapeError(f"bincount: {input.shape[0]} numbers, but weights of shape {tuple(weights.shape)}")
    return bincount_p(input, *(() if weights is None else (weights,)), minlength=minlength)


def histc(input: Any, bins: int = 100, min: float = 0, max: float = 0, *, out: Any = None) -> Any:
    """How many values lie in each of `bins` intervals of equal width from `min` to `max`; of the data if both are equal."""
    need_tensor("histc", input)
    if input.dtype.kind != "f":
        raise DTypeError(f"histc: expected a floating dtype, got {input.dtype}; convert it first, as in x.float()")
    if bins <= 0 or min > max:
        raise ShapeError(f"histc: expected bins > 0 and min ≤ max, got bins = {bins}, min = {min}, max = {max}")
    return send(histc_p, out, input, bins=bins, low=float(min), high=float(max))


class HistogramResult(NamedTuple):
    """What `histogram` returns."""

    hist: Any
    bin_edges: Any


def histogram(
    input: Any, bins: Any, *, range: Any = None, weight: Any = None, density: bool = False
) -> HistogramResult:
    """How many values lie in each of several intervals, and the edges of these: `(hist, bin_edges)`.

    Args:
        input: a tensor of floats, of any shape.
        bins: the number of intervals of equal width, or a vector with their edges in ascending order.
        range: with a number of intervals, where the first begins and the last ends; the smallest and largest value by default.
        weight: a tensor of the input's shape; the weights are added up then.
        density: whether to divide by the sum and the widths, so that the integral is 1.

    Raises:
        DTypeError: the input is not of floats, or edges or weights of another dtype.
        ShapeError: there is no interval, or what there is goes beyond finite numbers.

    Examples:
        >>> from tt_tensor import histogram, tensor
        >>> histogram(tensor([1.0, 2.0, 1.0]), 2, range=(0.0, 3.0)).hist
        tensor([2., 1.])
    """
    need_tensor("histogram", input)
    edges = bins if hasattr(bins, "array") else None
    for x in (input, edges, weight):
        if x is not None and (x.dtype != input.dtype or x.dtype.kind != "f"):
            raise DTypeError(f"histogram: expected tensors of one floating dtype, got {input.dtype} and {x.dtype}")
    if weight is not None and tuple(weight.shape) != tuple(input.shape):
        raise ShapeError(f"histogram: values of shape {tuple(input.shape)}, but weights of shape {tuple(weight.shape)}")
    if edges is None:
        if not isinstance(bins, int | np.integer):
            raise TypeError(f"histogram: bins must be an int or a tensor of edges, got {type(bins).__name__}")
        values = input.array
        low, high = range or ((values.min(), values.max()) if values.size else (0, 1))
        if bins <= 0 or not low <= high or not np.isfinite([low, high]).all():
            raise ShapeError(f"histogram: expected bins > 0 between finite limits, got {bins} from {low} to {high}")
        if low == high:
            low, high = low - 0.5, high + 0.5
        edges = input.plain(np.linspace(low, high, bins + 1, dtype=input.dtype))
    elif range is not None:
        raise TypeError("histogram: give the number of bins and their range, or their edges, not both")
    elif ndim_of("histogram", edges) != 1 or len(edges) < 2:
        raise ShapeError(f"histogram: expected a vector of at least two edges, got shape {tuple(edges.shape)}")
    weights = () if weight is None else (weight,)
    return HistogramResult(histogram_p(input, edges, *weights, density=density), edges)


def isin(elements: Any, test_elements: Any, *, assume_unique: bool = False, invert: bool = False) -> Any:
    """Whether each element is among the test elements; one of the two may be a number."""
    return isin_p(elements, test_elements, unique=assume_unique, invert=invert)


class SearchMethods:
    """What `Tensor` gets from this file."""

    __slots__ = ()

    unique, unique_consecutive, bincount, histc, histogram = unique, unique_consecutive, bincount, histc, histogram
