"""Values picked or replaced by a vector of indices along a dimension."""

from typing import Any

import numpy as np

from ..errors import BoundsError, DTypeError, ShapeError
from .dims import broadcast_shape, ndim_of, need_tensor, one_dim, send
from .elementwise import mul_p
from .expand import expand_p
from .indexing import as_index, index_add_p, index_p, index_select_p, setitem_p
from .scatter import gather_p
from .shape import reshape_p

EVERYTHING = (...,)


def _vector(name: str, x: Any, dim: Any, index: Any, *, negative: bool = True) -> tuple[int, Any]:
    """The dimension and its index, a vector within range."""
    k = one_dim(name, dim, ndim_of(name, x))
    at = np.asarray(getattr(index, "array", index))
    if at.dtype not in (np.int64, np.int32):
        raise DTypeError(
            f"{name}: expected an index of dtype int64, got {at.dtype}; convert it first, as in index.long()"
        )
    if at.ndim > 1:
        raise IndexError(f"{name}: expected an index with at most one dimension, got shape {at.shape}")
    size = x.shape[k] if x.ndim else 1
    if at.size:
        low, high = at.min(), at.max()
        if high >= size or low < (-size if negative else 0):
            bad = high if high >= size else low
            raise BoundsError(f"{name}: index {bad} is out of bounds for dimension {k} with size {size}")
    return k, at.reshape(-1)


def index_select(input: Any, dim: int, index: Any, *, out: Any = None) -> Any:
    """The slices along `dim` with the numbers in `index`.

    Args:
        input: a tensor of size n along `dim`.
        dim: the dimension.
        index: a vector of whole numbers from 0 to n - 1; repeats are allowed.
        out: where to write the result.

    Raises:
        IndexError: if a number is out of range.

    Examples:
        >>> from tt_tensor import index_select, tensor
        >>> index_select(tensor([[1, 2], [3, 4]]), 1, tensor([1, 1, 0]))
        tensor([[2, 2, 1],
                [4, 4, 3]])
    """
    k, at = _vector("index_select", input, dim, index, negative=False)
    if not input.ndim:
        return reshape_p(index_select_p(reshape_p(input, shape=(1,)), at, dim=0), shape=())
    return send(index_select_p, out, input, at, dim=k)


def take(input: Any, index: Any) -> Any:
    """The values at `index` in the flattened tensor, in the shape of the index."""
    at = np.asarray(getattr(index, "array", index))
    if at.dtype not in (np.int64, np.int32):
        raise DTypeError(
            f"take: expected an index of dtype int64, got {at.dtype}; convert it first, as in index.long()"
        )
    need_tensor("take", input)
    return index_p(reshape_p(input, shape=(-1,)), at, dims=(0,))


def take_along_dim(input: Any, indices: Any, dim: int | None = None) -> Any:
    """The values at `indices` along `dim`, the other dimensions broadcast: it undoes argsort. Without `dim`, as flattened.

    Examples:
        >>> from tt_tensor import argsort, take_along_dim, tensor
        >>> x = tensor([[3, 1], [2, 5]])
        >>> take_along_dim(x, argsort(x, dim=1), dim=1)
        tensor([[1, 3],
                [2, 5]])
    """
    at = np.asarray(getattr(indices, "array", indices))
    if at.dtype not in (np.int64, np.int32):
        raise DTypeError(f"take_along_dim: expected indices of dtype int64, got {at.dtype}")
    n = ndim_of("take_along_dim", input)
    if dim is None:
        return gather_p(reshape_p(input, shape=(-1,)), at.reshape(-1), dim=0)
    if at.ndim != n:
        raise ShapeError(
            f"take_along_dim: indices of shape {at.shape} must have as many dimensions as {tuple(input.shape)}"
        )
    k = one_dim("take_along_dim", dim, n)
    shape, at_shape = list(input.shape), list(at.shape)
    shape[k] = at_shape[k] = 1
    common = list(broadcast_shape("take_along_dim", tuple(shape), tuple(at_shape)))
    long, wide = (*common[:k], input.shape[k], *common[k + 1 :]), (*common[:k], at.shape[k], *common[k + 1 :])
    x = input if tuple(input.shape) == long else expand_p(input, shape=long)
    at = np.broadcast_to(np.where(at < 0, at + input.shape[k], at), wide)
    return gather_p(x, at, dim=k)


def index_add(input: Any, dim: int, index: Any, source: Any, *, alpha: Any = 1, out: Any = None) -> Any:
    """The input with `alpha · source` added to the slices `index` along `dim`; repeated indices add up.

    Examples:
        >>> from tt_tensor import index_add, tensor
        >>> index_add(tensor([0.0, 0.0]), 0, tensor([1, 1]), tensor([2.0, 3.0]))
        tensor([0., 5.])
    """
    k, at = _vector("index_add", input, dim, index, negative=False)
    _like("index_add", input, k, at, source)
    source = source if alpha == 1 else mul_p(source, alpha)
    if not input.ndim:
        return send(
            index_add_p, out, reshape_p(input, shape=(1,)), reshape_p(source, shape=(1,)), at, dims=(0,)
        ).reshape(())
    return send(index_add_p, out, input, source, at, dims=(k,))


def _like(name: str, x: Any, dim: int, at: Any, source: Any, error: type[Exception] = ShapeError) -> None:
    """Raise if `source` is not a slice of x for each index."""
    if source.dtype != x.dtype:
        raise DTypeError(
            f"{name}: expected a source of dtype {x.dtype}, the tensor's, got {source.dtype}; convert it first"
        )
    shape = tuple(x.shape)
    want = (*shape[:dim], at.size, *shape[dim + 1 :])
    if x.ndim and tuple(source.shape) != want:
        raise error(f"{name}: expected a source of shape {want}, for {at.size} indices along {dim}, got {source.shape}")


def index_copy(input: Any, dim: int, index: Any, source: Any, *, out: Any = None) -> Any:
    """The input with the slices `index` along `dim` replaced by those of `source`."""
    k, at = _vector("index_copy", input, dim, index, negative=False)
    _like("index_copy", input, k, at, source, BoundsError)
    if not input.ndim:
        return send(setitem_p, out, input, reshape_p(source, shape=()), key=EVERYTHING, dims=())
    return send(setitem_p, out, input, source, at, key=EVERYTHING, dims=(k,))


def index_fill(input: Any, dim: int, index: Any, value: Any, *, out: Any = None) -> Any:
    """The input with the slices `index` along `dim` filled with `value`, a number or a 0-d tensor."""
    k, at = _vector("index_fill", input, dim, index)
    if getattr(value, "ndim", 0):
        raise ShapeError(f"index_fill: value must be a number or a 0-d tensor, got shape {tuple(value.shape)}")
    if not input.ndim:
        return send(setitem_p, out, input, value, key=EVERYTHING, dims=())
    return send(setitem_p, out, input, value, np.unique(at), key=EVERYTHING, dims=(k,))


def index_put(input: Any, indices: Any, values: Any, accumulate: bool = False, *, out: Any = None) -> Any:
    """The input with `values` at `input[indices]`, or with them added there.

    Args:
        input: a tensor.
        indices: a tuple of int64 or bool tensors, for the first dimensions; they are broadcast together.
        values: a tensor of the input's dtype that can be broadcast to what is there.
        accumulate: whether to add, repeated indices adding up.
        out: where to write the result.

    Examples:
        >>> from tt_tensor import index_put, tensor, zeros
        >>> index_put(zeros(3), (tensor([0, 0, 2]),), tensor([1.0, 2.0, 3.0]), accumulate=True)
        tensor([3., 0., 3.])
    """
    need_tensor("index_put", input)
    if not isinstance(indices, tuple | list):
        raise TypeError(f"index_put: indices must be a tuple of tensors, got {type(indices).__name__}")
    if values.dtype != input.dtype:
        raise DTypeError(f"index_put: expected values of dtype {input.dtype}, the tensor's, got {values.dtype}")
    dims, arrays, at = [], [], 0
    for item in indices:
        if item is not None:
            array = as_index(item, "index_put")
            dims.append(at)
            arrays.append(array)
            at += array.ndim if array.dtype == np.bool_ else 1
        else:
            at += 1
    if at > input.ndim:
        raise IndexError(f"index_put: too many indices for a tensor of shape {tuple(input.shape)}")
    if accumulate:
        return send(index_add_p, out, input, values, *arrays, dims=tuple(dims))
    return send(setitem_p, out, input, values, *arrays, key=EVERYTHING, dims=tuple(dims))


class ByIndexMethods:
    """What `Tensor` gets from this file."""

    __slots__ = ()

    index_select, take, take_along_dim = index_select, take, take_along_dim
    index_add, index_copy, index_fill, index_put = index_add, index_copy, index_fill, index_put

    def index_add_(self, dim: int, index: Any, source: Any, *, alpha: Any = 1) -> Any:
        """`index_add` in place."""
        return index_add(self, dim, index, source, alpha=alpha, out=self)

    def index_copy_(self, dim: int, index: Any, source: Any) -> Any:
        """`index_copy` in place."""
        return index_copy(self, dim, index, source, out=self)

    def index_fill_(self, dim: int, index: Any, value: Any) -> Any:
        """`index_fill` in place."""
        return index_fill(self, dim, index, value, out=self)

    def index_put_(self, indices: Any, values: Any, accumulate: bool = False) -> Any:
        """`index_put` in place."""
        return index_put(self, indices, values, accumulate, out=self)
