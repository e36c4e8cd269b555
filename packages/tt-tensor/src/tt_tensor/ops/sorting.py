"""Order: sort, topk, and the values at a given place in the order: kthvalue, median, mode."""

from typing import Any, NamedTuple

import numpy as np

from ..errors import ShapeError
from ..primitive import primitive
from .dims import ndim_of, numpys, one_dim


def _order(x: Any, dim: int, descending: bool) -> Any:
    """The indices that sort x along `dim`; equal values keep their order, and NaN is the largest."""
    if not x.ndim:
        return np.zeros((), np.int64)
    if not descending:
        return x.argsort(dim, kind="stable")
    back = (slice(None),) * dim + (slice(None, None, -1),)
    return np.ascontiguousarray(x.shape[dim] - 1 - x[back].argsort(dim, kind="stable")[back])


def _at(x: Any, index: Any, dim: int) -> Any:
    """The values of x at `index` along `dim`."""
    return np.take_along_axis(x, index, dim) if x.ndim else x.copy()


@primitive()
def sort_p(x: Any, *, dim: int, descending: bool) -> Any:
    """The values of x in order along `dim`, and the indices where they were."""
    index = _order(x, dim, descending)
    return _at(x, index, dim), index


@primitive()
def argsort_p(x: Any, *, dim: int, descending: bool) -> Any:
    """The indices that sort x along `dim`; equal values keep their order."""
    return _order(x, dim, descending)


FEW = 32  # values up to which they are found one after another
LONG = 4096  # values of a row from which a bound for the largest is found first


def _extremes(x: Any, k: int, dim: int, largest: bool) -> Any:
    """The k largest or smallest floats along `dim` and their indices, found one after another; None if one may be found twice.

    That is where fewer than k are left before the infinite ones at the end; or where there is NaN, which counts as the largest,
    but is found first.
    """
    extreme, passed = (np.argmax, -np.inf) if largest else (np.argmin, np.inf)
    rest, values, found = x.copy(), [], []
    for _ in range(k):
        found.append(extreme(rest, dim, keepdims=True))
        values.append(_at(rest, found[-1], dim))
        np.put_along_axis(rest, found[-1], passed, dim)
    if (values[-1] == passed).any() or (not largest and (values[0] != values[0]).any()):
        return None
    return np.concatenate(values, dim), np.concatenate(found, dim)


def _above(rows: Any, k: int) -> Any:
    """The indices of the k largest floats of each long row, largest first; None if there is NaN.

    The k-th largest of the largest values of parts of a row is a bound that at least k values reach, and few more: these are
    sorted.
    """
    parts = 4 * k
    size = rows.shape[1] // parts * parts
    tops = np.maximum.reduce(rows[:, :size].reshape(len(rows), parts, -1), 2)
    if np.isnan(tops).any() or np.isnan(rows[:, size:]).any():
        return None
    bounds = np.partition(tops, parts - k, 1)[:, parts - k]
    found = np.empty((len(rows), k), np.int64)
    for row, bound, places in zip(rows, bounds, found):
        some = np.flatnonzero(row >= bound)
        places[:] = some[np.negative(row[some]).argsort(kind="stable")[:k]]
    return found


@primitive()
def topk_p(x: Any, *, k: int, dim: int, largest: bool, sorted: bool) -> Any:
    """The k largest or smallest values along `dim`, and their indices. A partition comes before the sort of only k values."""
    if not x.ndim:
        return (x.copy(), np.zeros((), np.int64)) if k else (x.reshape(1)[:0], np.zeros(0, np.int64))
    n, lead = x.shape[dim], (slice(None),) * dim
    if k and largest and n >= max(LONG, 32 * k) and dim == x.ndim - 1 and x.dtype.kind == "f":
        index = _above(x.reshape(-1, n), k)
        if index is not None:
            index = index.reshape(*x.shape[:-1], k)
            return _at(x, index, dim), index
    elif 0 < k <= FEW and 4 * k < n and x.dtype.kind == "f":
        found = _extremes(x, k, dim, largest)
        if found is not None:
            return found
    if 0 < 4 * k < n:
        index = x.argpartition(n - k if largest else k - 1, dim)[
            (*lead, slice(n - k, None) if largest else slice(0, k))
        ]
        index = np.sort(index, dim)
        if sorted:
            index = _at(index, _order(_at(x, index, dim), dim, largest), dim)
    else:
        index = np.ascontiguousarray(_order(x, dim, largest)[(*lead, slice(0, k))])
    return _at(x, index, dim), index


@primitive()
def kthvalue_p(x: Any, *, k: int, dim: int, keepdim: bool) -> Any:
    """The k-th smallest values along `dim`, and their indices."""
    if not x.ndim:
        return x.copy(), np.zeros((), np.int64)
    return _picked(x, _place(x, k - 1, dim), dim, keepdim)


def _place(x: Any, k: int, dim: int) -> Any:
    """An index of the value that is k-th in order along `dim`, counted from 0. NaN is the largest."""
    value = np.partition(x, k, dim).take([k], dim)
    return ((x == value) if x.dtype.kind != "f" else (x == value) | ((x != x) & (value != value))).argmax(
        dim, keepdims=True
    )


def _picked(x: Any, index: Any, dim: int, keepdim: bool) -> tuple[Any, Any]:
    values = _at(x, index, dim)
    return (values, index) if keepdim else (values.squeeze(dim), index.squeeze(dim))


@primitive("median")
def median_dim_p(x: Any, *, dim: int, keepdim: bool, ignore_nan: bool) -> Any:
    """The values in the middle along `dim`, the lower of two, and their indices. A NaN is returned, or ignored."""
    if not x.ndim:
        return x.copy(), np.zeros((), np.int64)
    if not x.shape[dim]:
        raise IndexError(f"median: expected dimension {dim} of shape {x.shape} to have non-zero size")
    nan = np.count_nonzero(x != x, dim, keepdims=True)
    n = x.shape[dim]
    if not nan.any():
        return _picked(x, _place(x, (n - 1) // 2, dim), dim, keepdim)
    place = (n - nan - 1) // 2 if ignore_nan else np.where(nan > 0, n - nan, (n - 1) // 2)
    return _picked(x, _at(_order(x, dim, False), np.maximum(place, 0), dim), dim, keepdim)


@primitive("median")
def median_p(x: Any, *, ignore_nan: bool) -> Any:
    """The value in the middle of all, the lower of two. A NaN is returned, or ignored."""
    if not x.size:
        return np.asarray(np.nan if x.dtype.kind == "f" else np.iinfo(x.dtype).min, x.dtype)
    values = x.reshape(-1)
    if (values != values).any():
        return median_dim_p.kernel(values, dim=0, keepdim=False, ignore_nan=ignore_nan)[0]
    middle = (x.size - 1) // 2
    return np.asarray(np.partition(values, middle)[middle])


@primitive()
def mode_p(x: Any, *, dim: int, keepdim: bool) -> Any:
    """The most frequent values along `dim`, the smallest of several, and the index where each is last."""
    if not x.ndim:
        return x.copy(), np.zeros((), np.int64)
    n = x.shape[dim]
    if not n:
        raise IndexError(f"mode: expected dimension {dim} of shape {x.shape} to have non-zero size")
    order = _order(x, dim, False)
    ranked = np.moveaxis(_at(x, order, dim), dim, -1)
    place = np.arange(n)
    new = np.concatenate([np.ones((*ranked.shape[:-1], 1), bool), ranked[..., 1:] != ranked[..., :-1]], -1)
    run = place - np.maximum.accumulate(np.where(new, place, 0), -1)  # how many equal values came before, in order
    best = run.argmax(-1)
    return _picked(x, _at(order, np.expand_dims(best, dim), dim), dim, keepdim)


class SortResult(NamedTuple):
    """What `sort` returns."""

    values: Any
    indices: Any


class TopkResult(NamedTuple):
    """What `topk` returns."""

    values: Any
    indices: Any


class KthvalueResult(NamedTuple):
    """What `kthvalue` returns."""

    values: Any
    indices: Any


class MedianResult(NamedTuple):
    """What `median` and `nanmedian` along a dimension return."""

    values: Any
    indices: Any


class ModeResult(NamedTuple):
    """What `mode` returns."""

    values: Any
    indices: Any


def sort(input: Any, dim: int = -1, descending: bool = False, *, stable: bool = True) -> SortResult:
    """The values in ascending or descending order along `dim`, and the indices where they were: `(values, indices)`.

    Args:
        input: a tensor; NaN is larger than any number.
        dim: the dimension.
        descending: whether the largest comes first.
        stable: accepted as in PyTorch; equal values always keep their order.

    Examples:
        >>> from tt_tensor import sort, tensor
        >>> sort(tensor([3, 1, 2])).values
        tensor([1, 2, 3])
    """
    del stable
    return SortResult(*sort_p(input, dim=one_dim("sort", dim, ndim_of("sort", input)), descending=descending))


def argsort(input: Any, dim: int = -1, descending: bool = False, *, stable: bool = True) -> Any:
    """The indices that sort the tensor along `dim`; equal values keep their order."""
    del stable
    return argsort_p(input, dim=one_dim("argsort", dim, ndim_of("argsort", input)), descending=descending)


def msort(input: Any) -> Any:
    """The values sorted along the first dimension."""
    return sort(input, 0).values


def topk(input: Any, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> TopkResult:
    """The k largest (or smallest) values along `dim`, and their indices: `(values, indices)`.

    Args:
        input: a tensor; NaN is larger than any number.
        k: how many.
        dim: the dimension.
        largest: False for the smallest.
        sorted: whether they come in order.

    Raises:
        ShapeError: if there are fewer than k values.

    Examples:
        >>> from tt_tensor import tensor, topk
        >>> topk(tensor([1, 5, 3]), 2).values
        tensor([5, 3])
    """
    d = one_dim("topk", dim, ndim_of("topk", input))
    n = input.shape[d] if input.ndim else 1
    if not 0 <= k <= n:
        raise ShapeError(f"topk: k = {k} is out of range for dimension {d} of size {n}")
    return TopkResult(*topk_p(input, k=k, dim=d, largest=largest, sorted=sorted))


def kthvalue(input: Any, k: int, dim: int = -1, keepdim: bool = False) -> KthvalueResult:
    """The k-th smallest value along `dim`, counted from 1, and its index: `(values, indices)`."""
    d = one_dim("kthvalue", dim, ndim_of("kthvalue", input))
    n = input.shape[d] if input.ndim else 1
    if not 1 <= k <= n:
        raise ShapeError(f"kthvalue: k = {k} is out of range for dimension {d} of size {n}")
    return KthvalueResult(*kthvalue_p(input, k=k, dim=d, keepdim=keepdim))


def median(
    input: Any, dim: int | None = None, keepdim: bool = False, *, axis: Any = None, keepdims: bool | None = None
) -> Any:
    """The value in the middle, the lower of two; along `dim` with its index: `(values, indices)`. NaN if one is there.

    Examples:
        >>> from tt_tensor import median, tensor
        >>> median(tensor([4.0, 1.0, 3.0, 2.0]))
        tensor(2.)
    """
    if axis is not None or keepdims is not None:
        dim, keepdim = numpys(dim, keepdim, axis, keepdims)
    return _median("median", input, dim, keepdim, False)


def nanmedian(input: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    """`median` of the values that are not NaN."""
    return _median("nanmedian", input, dim, keepdim, True)


def _median(name: str, x: Any, dim: int | None, keepdim: bool, ignore_nan: bool) -> Any:
    if dim is None:
        return median_p(x, ignore_nan=ignore_nan)
    k = one_dim(name, dim, ndim_of(name, x))
    return MedianResult(*median_dim_p(x, dim=k, keepdim=keepdim, ignore_nan=ignore_nan))


def mode(input: Any, dim: int = -1, keepdim: bool = False) -> ModeResult:
    """The most frequent value along `dim`, the smallest of several, and the index where it is last."""
    return ModeResult(*mode_p(input, dim=one_dim("mode", dim, ndim_of("mode", input)), keepdim=keepdim))


class SortMethods:
    """What `Tensor` gets from this file."""

    __slots__ = ()

    sort, argsort, msort, topk, kthvalue = sort, argsort, msort, topk, kthvalue
    median, nanmedian, mode = median, nanmedian, mode
