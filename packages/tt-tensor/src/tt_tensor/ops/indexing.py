"""Indexing: what Python's `[]` reads and assigns."""

from operator import index as as_int
from typing import Any

import numpy as np

from .. import scope, versions
from ..errors import DTypeError, InPlaceError, ShapeError
from ..primitive import ARRAYS, primitive, quiet
from .accumulate import summed

Key = tuple[Any, ...]


def _full(dims: tuple[int, ...], index: tuple[Any, ...]) -> Key:
    """NumPy's key that applies each of the arrays `index` at its dimension, a mask at as many as it has."""
    key: list[Any] = []
    at = 0
    for d, a in zip(dims, index):
        key += [slice(None)] * (d - at)
        key.append(a)
        at = d + (a.ndim if a.dtype.kind == "b" else 1)
    return tuple(key)


def _bounds(error: IndexError, name: str) -> IndexError:
    """NumPy's error in PyTorch's words."""
    return IndexError(f"{name}: " + str(error).replace("axis", "dimension").replace("for array", "for tensor"))


@primitive("getitem", view=True)
def slice_p(x: Any, *, key: Key) -> Any:
    """The view x[key], where the key is made of ints, slices, None and an Ellipsis."""
    try:
        return x[key]
    except IndexError as error:
        raise _bounds(error, "getitem") from None


@primitive()
def embed_slice_p(v: Any, *, shape: tuple[int, ...], key: Key) -> Any:
    """Zeros of `shape` with v at [key]: the transpose of `slice_p` as a linear map."""
    y = np.zeros(shape, v.dtype)
    y[key] = v
    return y


@primitive()
def index_p(x: Any, *index: Any, dims: tuple[int, ...]) -> Any:
    """The values of x at integer arrays or masks, each at its dimension of `dims`; the arrays are broadcast together."""
    try:
        if len(index) == 1 and index[0].dtype.kind != "b":
            if not x.ndim:
                raise IndexError("too many indices for tensor of dimension 0")
            return x.take(index[0], dims[0])
        return x[_full(dims, index)]
    except IndexError as error:
        raise _bounds(error, "index") from None


@primitive()
def embed_index_p(v: Any, *index: Any, shape: tuple[int, ...], dims: tuple[int, ...]) -> Any:
    """Zeros of `shape` with v added where `index_p` reads: its transpose as a linear map. Repeated indices add up."""
    return summed(v, index, dims, shape, "index")


@primitive()
def setitem_p(x: Any, v: Any, *index: Any, key: Key, dims: tuple[int, ...]) -> Any:
    """A copy of x in which v, broadcast, stands at x[key][index]. Where an index occurs twice, one of the values remains."""
    y = x.copy()
    _assign(y, v, key, dims, index)
    return y


@primitive()
def index_add_p(x: Any, v: Any, *index: Any, dims: tuple[int, ...]) -> Any:
    """x with v, broadcast, added at x[index]. Where an index occurs repeatedly, its values add up."""
    return x + summed(np.asarray(v).astype(x.dtype, copy=False), index, dims, x.shape, "index_add")


@primitive()
def index_select_p(x: Any, index: Any, *, dim: int) -> Any:
    """The slices of x along `dim` with the numbers in `index`, a vector."""
    return x.take(index, dim)


def _assign(y: Any, v: Any, key: Key, dims: tuple[int, ...], index: tuple[Any, ...]) -> None:
    """Write v at y[key][index]."""
    try:
        target = y[key]
        if not versions.writable(target):
            raise InPlaceError("setitem: the tensor is read-only or an expanded view; clone() it before writing")
        if index:
            if len(index) == 1 and index[0].dtype.kind == "b" and getattr(v, "ndim", 0) > 1:
                v = _fewer(v, target.ndim - index[0].ndim + 1)
            target[_full(dims, index)] = v
        else:
            np.copyto(target, v if getattr(v, "ndim", 0) <= target.ndim else _fewer(v, target.ndim), "unsafe")
    except IndexError as error:
        raise _bounds(error, "setitem") from None
    except (ValueError, TypeError) as error:  # a TypeError is what NumPy raises for a value that does not fit a mask
        raise ShapeError(f"setitem: {error} (tensor of shape {y.shape}, value of shape {np.shape(v)})") from None


def _fewer(v: Any, ndim: int) -> Any:
    """v without the leading dimensions of size 1 that the place it is written to does not have."""
    while v.ndim > ndim and v.shape[0] == 1:
        v = v[0]
    return v


def as_index(item: Any, name: str = "index") -> Any:
    """A tensor, array or sequence of ints or bools as an array that indexes."""
    array = getattr(item, "array", item)
    if type(array) is not np.ndarray:
        array = np.asarray(array)
        if array.size == 0 and not isinstance(item, np.generic):
            array = array.astype(np.int64)
    if array.dtype not in INDEX_DTYPES:
        raise IndexError(
            f"{name}: tensors used as indices must be int64, int32 or bool, got {array.dtype}; convert them first"
        )
    return array


INDEX_DTYPES = (np.int64, np.int32, np.bool_)
INTEGER_DTYPES = (np.dtype(np.int64), np.dtype(np.int32))
BASIC = (int, slice, type(None), type(...))


def plan(x: Any, key: Any) -> tuple[Key, tuple[int, ...], tuple[Any, ...]]:
    """How `x[key]` is read: first a view `x[basic]`, then the arrays `index`, each at its dimension `dims` of that view."""
    items: Any = key if type(key) is tuple else (key,)
    if type(key) is list and any(
        isinstance(k, list | tuple | slice | np.ndarray) or k is None or k is ... or hasattr(k, "array") for k in key
    ):
        items = tuple(key)  # PyTorch reads such a list as the tuple of its items
    complete = False
    for k in items:
        cls = type(k)
        if cls is slice:
            if k.step is not None and as_int(k.step) <= 0:
                raise ValueError("getitem: the step of a slice must be greater than zero; use flip to reverse a tensor")
        elif cls is type(...):
            complete = True
        elif cls is not int and k is not None:
            return _plan_arrays(x, items)
    return (items if complete else (*items, ...)), (), ()


def _plan_arrays(x: Any, items: Any) -> tuple[Key, tuple[int, ...], tuple[Any, ...]]:
    """`plan` for keys that contain more than ints, slices, None and Ellipsis."""
    parts: list[Any] = []
    taken = 0  # how many dimensions of x the key names
    for k in items:
        if type(k) in BASIC:
            taken += k is not None and k is not ...
            if type(k) is slice and k.step is not None and as_int(k.step) <= 0:
                raise ValueError("getitem: the step of a slice must be greater than zero; use flip to reverse a tensor")
        elif isinstance(k, str | bytes | dict):
            raise TypeError(
                f"getitem: {type(k).__name__} is no index; use ints, slices, ..., None or tensors of int64 or bool"
            )
        elif isinstance(k, float | complex):
            raise IndexError(
                f"getitem: only ints, slices, ..., None and integer or bool tensors are valid indices, got {type(k).__name__}"
            )
        else:
            if not isinstance(k, np.integer):
                k = as_index(k)
            if k.ndim == 0 and k.dtype.kind != "b":
                k = int(k)
            taken += 1 if type(k) is int else k.ndim if k.dtype.kind == "b" else 1
        parts.append(k)
    shape, dims, index = tuple(x.shape), [], []
    if taken > len(shape):
        raise IndexError(f"getitem: too many indices for tensor of dimension {len(shape)}: the key names {taken}")
    basic: list[Any] = []
    source = place = 0  # the dimension of x that comes next, and that of the view
    for k in parts:
        if k is None:
            basic.append(None)
            place += 1
        elif k is ...:
            basic.append(...)
            source, place = source + len(shape) - taken, place + len(shape) - taken
        elif type(k) is int:
            basic.append(k)
            source += 1
        elif type(k) is slice:
            basic.append(k)
            source, place = source + 1, place + 1
        else:
            mask = k.dtype.kind == "b"
            if mask and k.ndim == 0:  # True adds a dimension of size 1, False one of size 0
                basic.append(None)
                k, width = np.zeros(int(k), np.int64), 0
            else:
                width = k.ndim if mask else 1
                if mask and k.shape != shape[source : source + width]:
                    raise IndexError(
                        f"getitem: the shape {k.shape} of the mask does not match the shape {shape} of the tensor "
                        f"from dimension {source} on"
                    )
                basic += [slice(None)] * width
            dims.append(place)
            index.append(k)
            source, place = source + width, place + max(width, 1)
    if ... not in basic:
        basic.append(...)
    return tuple(basic), tuple(dims), tuple(index)


def _trivial(basic: Key) -> bool:
    """Whether x[basic] is x itself."""
    return all(k is ... or (type(k) is slice and k == slice(None)) for k in basic)


class IndexMethods:
    """What `Tensor` gets from this file."""

    __slots__ = ()

    def __getitem__(self, key: Any) -> Any:
        cls = type(key)
        if cls is int:
            return slice_p(self, key=(key, ...))
        if cls is not tuple and cls is not slice:
            array = getattr(key, "array", None)
            if array is not None and array.ndim and array.dtype in INTEGER_DTYPES:
                return index_p(self, array, dims=(0,))
        basic, dims, index = plan(self, key)
        if not index:
            return slice_p(self, key=basic)
        return index_p(self if _trivial(basic) else slice_p(self, key=basic), *index, dims=dims)

    def __setitem__(self: Any, key: Any, value: Any) -> None:
        basic, dims, index = ((key, ...), (), ()) if type(key) is int else plan(self, key)
        array = self.array
        data = value if type(value) in ARRAYS else getattr(value, "array", None)
        if data is None:
            raise TypeError(f"setitem: can't assign {type(value).__name__}; expected Tensor or number")
        if getattr(data, "dtype", array.dtype).kind == "c" and array.dtype.kind != "c":
            raise DTypeError(f"setitem: complex values can't be written into a tensor of dtype {array.dtype}")
        if self.more is not None or getattr(value, "more", None) is not None or scope.blocks:
            del array, data  # who answers may count the references to an array
            setitem_p(self, value, *index, key=basic, dims=dims, out=self)
            return
        quiet().run(_assign, array, data, basic, dims, index)
        versions.touch(array)
