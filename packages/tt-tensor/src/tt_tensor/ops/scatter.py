"""Gather and scatter: one index for each value, along one dimension."""

from math import prod
from typing import Any

import numpy as np

from ..errors import BoundsError, DTypeError, ShapeError
from ..primitive import primitive
from ..threads import pieces
from .accumulate import add_flat, add_rows, by_bincount
from .dims import ndim_of, one_dim, send
from .indexing import slice_p
from .rows import BLOCK


def _along(index: Any, dim: int) -> tuple[Any, ...]:
    """NumPy's key of the entries whose coordinate in `dim` is `index` and whose others are those in `index` itself."""
    n = index.ndim
    return tuple(
        index if d == dim else np.arange(size).reshape((1,) * d + (-1,) + (1,) * (n - d - 1))
        for d, size in enumerate(index.shape)
    )


def _flat(index: Any, x_shape: tuple[int, ...], dim: int, start: int = 0) -> Any:
    """The places, in a flattened array of shape `x_shape`, that `_along` names; `index` begins at `start` along dimension 0."""
    flat, stride, n = index.astype(np.int64), 1, index.ndim
    strides = [1] * n
    for d in range(n - 1, -1, -1):
        strides[d], stride = stride, stride * x_shape[d]
    if strides[dim] > 1:
        flat *= strides[dim]
    for d in range(n):
        if d != dim:
            first = 0 if d else start
            steps = np.arange(first, first + index.shape[d])
            flat += (steps * strides[d] if strides[d] > 1 else steps).reshape((-1,) + (1,) * (n - d - 1))
    return flat


def _in_pieces(index: Any, x_shape: tuple[int, ...], dim: int) -> Any:
    """`_flat` for slices along dimension 0 whose places stay in the cache: pairs of the slice and its places."""
    step = max(1, BLOCK // max(1, index[:1].size))
    for part in pieces(slice(0, len(index)), step):
        yield part, _flat(index[part], x_shape, dim, part.start)


def _width(index: Any, x_shape: tuple[int, ...], dim: int) -> int:
    """How many values each index is for, because the index was expanded along all dimensions after `dim`; 1 if it was not."""
    after = range(dim + 1, index.ndim)
    whole = all(not index.strides[d] and index.shape[d] == x_shape[d] for d in after)
    return prod(x_shape[dim + 1 :]) if whole else 1


def _checked(name: str, index: Any, x_shape: tuple[int, ...], dim: int) -> None:
    """Raise if an index is out of range; negative ones are, as in PyTorch."""
    if index.size:
        size = x_shape[dim] if x_shape else 1
        if index.view(f"u{index.itemsize}").max() >= size:  # without a sign, negative ones are large
            bad = index.min() if index.min() < 0 else index.max()
            raise BoundsError(f"{name}: index {bad} is out of bounds for dimension {dim} with size {size}")


@primitive()
def gather_p(x: Any, index: Any, *, dim: int) -> Any:
    """y[i][j][k] = x[i][index[i][j][k]][k], for dim = 1 of 3."""
    if not x.ndim or not index.ndim:
        _checked("gather", index, x.shape, dim)
        return np.full(index.shape, x) if not x.ndim else x.take(index)
    if not index.size:
        return np.empty(index.shape, x.dtype)
    if not x.flags.c_contiguous:
        _checked("gather", index, x.shape, dim)
        return x[_along(index, dim)]
    width = _width(index, x.shape, dim)
    if width > 1:
        index = index[(..., *[0] * (index.ndim - dim - 1))]
        _checked("gather", index, x.shape, dim)
        shape = x.shape[: dim + 1]
        rows = x.reshape(prod(shape), width).take(_flat(index, shape, dim), 0)
        return rows.reshape(*index.shape, *x.shape[dim + 1 :])
    _checked("gather", index, x.shape, dim)
    values = x.reshape(-1)
    if index.size <= BLOCK:
        return values.take(_flat(index, x.shape, dim))
    y = np.empty(index.shape, x.dtype)
    for part, places in _in_pieces(index, x.shape, dim):
        # All are in range, and to check that again would take a copy of `out`.
        values.take(places, out=y[part], mode="clip")
    return y


@primitive()
def embed_along_p(v: Any, index: Any, *, shape: tuple[int, ...], dim: int) -> Any:
    """Zeros of `shape` with v put where `gather_p` reads, each place at most once: its transpose as a linear map then."""
    y = np.zeros(shape, v.dtype)
    if y.ndim and index.ndim:
        y.reshape(-1)[_flat(index, shape, dim)] = v
    else:
        y[()] = v
    return y


def _added(x_shape: tuple[int, ...], index: Any, v: Any, dim: int) -> Any:
    """Zeros of a shape with v added at `index` along `dim`."""
    if not x_shape:
        return np.sum(v, dtype=v.dtype)
    if index.ndim == 0:
        index, v = index.reshape(1), v.reshape(1)
    if not index.size:
        return np.zeros(x_shape, v.dtype)
    width, total = _width(index, x_shape, dim), prod(x_shape)
    if width > 1:
        index, shape = index[(..., *[0] * (index.ndim - dim - 1))], x_shape[: dim + 1]
        return add_rows(_flat(index, shape, dim).reshape(-1), v.reshape(-1, width), total // width, x_shape)
    if v.size <= BLOCK or by_bincount(v, total):
        return add_flat(_flat(index, x_shape, dim).reshape(-1), v.reshape(-1), x_shape)
    out = np.zeros(x_shape, v.dtype)
    flat = out.reshape(-1)
    for part, places in _in_pieces(index, x_shape, dim):
        np.add.at(flat, places.reshape(-1), v[part].reshape(-1))
    return out


@primitive()
def add_along_p(v: Any, index: Any, *, shape: tuple[int, ...], dim: int) -> Any:
    """Zeros of `shape` with v added where `gather_p` reads: its transpose as a linear map. Repeated indices add up."""
    return np.asarray(_added(shape, index, v, dim))


@primitive()
def scatter_p(x: Any, index: Any, v: Any, *, dim: int) -> Any:
    """A copy of x in which v stands at `index` along `dim`. Where an index occurs twice, one of the values remains."""
    _checked("scatter", index, x.shape, dim)
    y = x.copy()
    y[_along(index, dim) if y.ndim and index.ndim else index if y.ndim else ()] = v
    return y


@primitive()
def scatter_add_p(x: Any, index: Any, v: Any, *, dim: int) -> Any:
    """x with v added at `index` along `dim`. Where an index occurs repeatedly, its values add up."""
    _checked("scatter_add", index, x.shape, dim)
    return np.asarray(x + _added(x.shape, index, v, dim))


@primitive()
def scatter_reduce_p(x: Any, index: Any, v: Any, *, dim: int, reduce: str, include_self: bool) -> Any:
    """x with v multiplied in, averaged in, or compared at `index` along `dim`."""
    _checked("scatter_reduce", index, x.shape, dim)
    shape = x.shape
    y, index, v = (np.array(a, ndmin=1) for a in (x, index, v))
    key = _along(index, dim)
    if not include_self:
        start = {"prod": 1, "amax": None, "amin": None}.get(reduce, 0)
        if start is None:
            y[key] = v  # one of the values that are to be compared
        else:
            y[key] = start
    if reduce in ("sum", "mean"):
        y = y + _added(y.shape, index, v, dim)
        if reduce == "mean":
            counts = _added(y.shape, index, np.ones(index.shape), dim)
            counts = np.maximum(counts + include_self, 1).astype(y.dtype)
            y = y / counts if y.dtype.kind in "fc" else y // counts
    else:
        {"prod": np.multiply, "amax": np.maximum, "amin": np.minimum}[reduce].at(y, key, v)
    return y.reshape(shape)


def _fit(name: str, x: Any, index: Any, dim: int, src: Any = None) -> tuple[Any, int, Any]:
    """The index as an array, the dimension, and `src` cut to the shape of the index."""
    n = ndim_of(name, x)
    at = np.asarray(getattr(index, "array", index))
    if at.dtype not in (np.int64, np.int32):
        raise DTypeError(
            f"{name}: expected an index of dtype int64, got {at.dtype}; convert it first, as in index.long()"
        )
    k = one_dim(name, dim, n)
    shape = tuple(x.shape)
    if at.size and (at.ndim or 1) != (n or 1):
        raise ShapeError(
            f"{name}: index of shape {at.shape} must have as many dimensions as the tensor of shape {shape}"
        )
    if n and at.ndim and any(at.shape[d] > shape[d] for d in range(n) if d != k and at.size):
        raise ShapeError(
            f"{name}: index of shape {at.shape} is larger than the tensor of shape {shape} apart from dim {k}"
        )
    if src is not None:
        if src.dtype != x.dtype:
            raise DTypeError(
                f"{name}: expected src of dtype {x.dtype}, the tensor's, got {src.dtype}; convert it first"
            )
        if (at.size and (src.ndim or 1) != (at.ndim or 1)) or any(a > b for a, b in zip(at.shape, src.shape)):
            raise ShapeError(f"{name}: src of shape {tuple(src.shape)} is smaller than the index of shape {at.shape}")
        if at.ndim and tuple(src.shape) != at.shape:
            src = slice_p(src, key=tuple(slice(0, s) for s in at.shape))
    return at, k, src


def gather(input: Any, dim: int, index: Any, *, sparse_grad: bool = False, out: Any = None) -> Any:
    """The values at `index` along `dim`: `y[i][j] = x[i][index[i][j]]` for dim = 1 of 2.

    Args:
        input: a tensor with n dimensions.
        dim: the dimension in which the index counts.
        index: an int64 tensor with n dimensions, not larger than the input except in `dim`; from 0 to size - 1.
        sparse_grad: must be False: there are no sparse gradients.
        out: where to write the result, of the shape of `index`.

    Raises:
        IndexError: if an index is out of range.

    Examples:
        >>> from tt_tensor import gather, tensor
        >>> gather(tensor([[1, 2], [3, 4]]), 1, tensor([[1], [0]]))
        tensor([[2],
                [3]])
    """
    if sparse_grad:
        raise NotImplementedError("gather: there are no sparse gradients; leave sparse_grad out")
    at, k, _ = _fit("gather", input, index, dim)
    return send(gather_p, out, input, at, dim=k)


def scatter(
    input: Any, dim: int, index: Any, src: Any = None, *, value: Any = None, reduce: Any = None, out: Any = None
) -> Any:
    """A copy of the input with `src` (or the number `value`) written at `index` along `dim`: the reverse of `gather`.

    Args:
        input: a tensor with n dimensions.
        dim: the dimension in which the index counts.
        index: an int64 tensor with n dimensions.
        src: a tensor at least as large as `index`, of the input's dtype; or a number.
        value: a number, in place of `src`.
        reduce: None to overwrite, "add" or "multiply".
        out: where to write the result.

    Examples:
        >>> from tt_tensor import scatter, tensor, zeros
        >>> scatter(zeros(2, 2), 1, tensor([[1], [0]]), 5.0)
        tensor([[0., 5.],
                [5., 0.]])
    """
    src = value if src is None else src
    if src is None:
        raise TypeError("scatter: expected src, a tensor, or value, a number")
    if reduce not in (None, "add", "multiply"):
        raise ShapeError(f"scatter: reduce must be None, 'add' or 'multiply', got {reduce!r}")
    number = getattr(src, "ndim", 0) == 0 and (not hasattr(src, "ndim") or input.ndim > 0)
    at, k, part = _fit("scatter", input, index, dim, None if number else src)
    if number:
        part = np.full(at.shape, src, input.dtype) if reduce else src
    if reduce is None:
        return send(scatter_p, out, input, at, part, dim=k)
    if reduce == "add":
        return send(scatter_add_p, out, input, at, part, dim=k)
    return send(scatter_reduce_p, out, input, at, part, dim=k, reduce="prod", include_self=True)


def scatter_add(input: Any, dim: int, index: Any, src: Any, *, out: Any = None) -> Any:
    """The input with `src` added at `index` along `dim`; where an index occurs repeatedly, its values add up."""
    at, k, part = _fit("scatter_add", input, index, dim, src)
    return send(scatter_add_p, out, input, at, part, dim=k)


def scatter_reduce(
    input: Any, dim: int, index: Any, src: Any, reduce: str, *, include_self: bool = True, out: Any = None
) -> Any:
    """The input reduced with `src` at `index` along `dim`.

    Args:
        input: a tensor with n dimensions.
        dim: the dimension in which the index counts.
        index: an int64 tensor with n dimensions.
        src: a tensor at least as large as `index`, of the input's dtype.
        reduce: "sum", "prod", "mean", "amax" or "amin".
        include_self: whether the input's own values take part where something is scattered to.
        out: where to write the result.

    Examples:
        >>> from tt_tensor import scatter_reduce, tensor
        >>> scatter_reduce(tensor([1.0, 1.0]), 0, tensor([0, 0]), tensor([4.0, 7.0]), "amax")
        tensor([7., 1.])
    """
    if reduce not in ("sum", "prod", "mean", "amax", "amin"):
        raise ShapeError(f"scatter_reduce: reduce must be sum, prod, mean, amax or amin, got {reduce!r}")
    at, k, part = _fit("scatter_reduce", input, index, dim, src)
    return send(scatter_reduce_p, out, input, at, part, dim=k, reduce=reduce, include_self=include_self)


class ScatterMethods:
    """What `Tensor` gets from this file."""

    __slots__ = ()

    gather, scatter, scatter_add, scatter_reduce = gather, scatter, scatter_add, scatter_reduce

    def scatter_(self, dim: int, index: Any, src: Any = None, *, value: Any = None, reduce: Any = None) -> Any:
        """`scatter` in place."""
        return scatter(self, dim, index, src, value=value, reduce=reduce, out=self)

    def scatter_add_(self, dim: int, index: Any, src: Any) -> Any:
        """`scatter_add` in place."""
        return scatter_add(self, dim, index, src, out=self)

    def scatter_reduce_(self, dim: int, index: Any, src: Any, reduce: str, *, include_self: bool = True) -> Any:
        """`scatter_reduce` in place."""
        return scatter_reduce(self, dim, index, src, reduce, include_self=include_self, out=self)
