"""Searching, sorting, sets and indexing."""

from typing import Any, NamedTuple

import numpy as np

from ..ops import by_index, compare, extremes, sorting
from ._statistics import Axes
from ._types import together


class UniqueAllResult(NamedTuple):
    """What `unique_all` returns."""

    values: Any
    indices: Any
    inverse_indices: Any
    counts: Any


class UniqueCountsResult(NamedTuple):
    """What `unique_counts` returns."""

    values: Any
    counts: Any


class UniqueInverseResult(NamedTuple):
    """What `unique_inverse` returns."""

    values: Any
    inverse_indices: Any


def argmax(x: Any, /, *, axis: int | None = None, keepdims: bool = False) -> Any:
    """Where the largest value is, along an axis or in the flattened array; the first, if there are several."""
    return extremes.argmax(x, axis, keepdims)


def argmin(x: Any, /, *, axis: int | None = None, keepdims: bool = False) -> Any:
    """Where the smallest value is, along an axis or in the flattened array; the first, if there are several."""
    return extremes.argmin(x, axis, keepdims)


def count_nonzero(x: Any, /, *, axis: Axes = None, keepdims: bool = False) -> Any:
    """How many elements are not zero."""
    return type(x).plain(np.asarray(np.count_nonzero(x.array, axis=axis, keepdims=keepdims)).astype(np.int64))


def nonzero(x: Any, /) -> tuple[Any, ...]:
    """The indices of the elements that are not zero, an array per axis."""
    if x.ndim == 0:
        raise ValueError("nonzero: a 0-d array has no axis")
    return tuple(type(x).plain(i) for i in np.nonzero(x.array))


def searchsorted(x1: Any, x2: Any, /, *, side: str = "left", sorter: Any = None) -> Any:
    """Where the values of `x2` would have to be inserted into the sorted vector `x1` to keep its order."""
    order = None if sorter is None else sorter.array
    return type(x2).plain(np.asarray(np.searchsorted(x1.array, x2.array, side, order)))  # type: ignore[call-overload]


def where(condition: Any, x1: Any, x2: Any, /) -> Any:
    """`x1` where the condition holds, else `x2`."""
    return compare.where(condition, *together(x1, x2))


def sort(x: Any, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Any:
    """`x` in order along an axis."""
    return sorting.sort(x, dim=axis, descending=descending, stable=stable)[0]


def argsort(x: Any, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Any:
    """The indices that put `x` in order along an axis."""
    return sorting.argsort(x, dim=axis, descending=descending, stable=stable)


def take(x: Any, indices: Any, /, *, axis: int | None = None) -> Any:
    """The elements of `x` at the positions `indices` (a vector) along an axis; negative ones count from the end."""
    if axis is None:
        if x.ndim != 1:
            raise ValueError(f"take: axis is needed for an array of {x.ndim} dimensions")
        axis = 0
    return x[(slice(None),) * (axis % x.ndim) + (indices,)]


def take_along_axis(x: Any, indices: Any, /, *, axis: int = -1) -> Any:
    """For each position the element of `x` that `indices` names along an axis; the other axes are broadcast."""
    n = x.shape[axis]
    return by_index.take_along_dim(x, compare.where(indices < 0, indices + n, indices), axis)


def _unique(x: Any) -> Any:
    a = x.array
    values, indices, inverse, counts = np.unique(
        a.ravel(), return_index=True, return_inverse=True, return_counts=True, equal_nan=False
    )
    plain = type(x).plain
    return plain(values), plain(indices), plain(inverse.reshape(a.shape)), plain(counts)


def unique_all(x: Any, /) -> UniqueAllResult:
    """The different values in order, where each is first found, which of them each element is, and how often each occurs."""
    return UniqueAllResult(*_unique(x))


def unique_counts(x: Any, /) -> UniqueCountsResult:
    """The different values in order, and how often each occurs. NaNs are all different."""
    values, _, _, counts = _unique(x)
    return UniqueCountsResult(values, counts)


def unique_inverse(x: Any, /) -> UniqueInverseResult:
    """The different values in order, and which of them each element is."""
    values, _, inverse, _ = _unique(x)
    return UniqueInverseResult(values, inverse)


def unique_values(x: Any, /) -> Any:
    """The different values in order."""
    return _unique(x)[0]
