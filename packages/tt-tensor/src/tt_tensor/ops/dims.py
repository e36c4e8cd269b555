"""Dimensions as PyTorch counts them: from the front, or with negative numbers from the back."""

from operator import index
from typing import Any

import numpy as np

from ..errors import ShapeError, unbroadcastable

Dims = tuple[int, ...] | None
"""Dimensions that are reduced, each at least 0; None for all."""


def ndim_of(name: str, x: Any) -> int:
    """The number of dimensions of the tensor `x`; a TypeError that names the operation if it is none."""
    try:
        return x.ndim  # type: ignore[no-any-return]
    except AttributeError:
        raise TypeError(f"{name}: expected Tensor, got {type(x).__name__}; convert it with tensor(...)") from None


def need_tensor(name: str, x: Any) -> None:
    """Raise a TypeError that names the operation unless `x` is a tensor."""
    ndim_of(name, x)


def one_dim(name: str, dim: Any, ndim: int) -> int:
    """`dim` as a number from 0 to `ndim` - 1. A 0-d tensor is taken to have one dimension."""
    try:
        k = index(dim)
    except TypeError:
        raise TypeError(f"{name}: dim must be an int, got {type(dim).__name__}") from None
    n = ndim or 1
    if -n <= k < n:
        return k if k >= 0 else k + n
    raise IndexError(f"{name}: Dimension out of range (expected to be in range of [{-n}, {n - 1}], but got {k})")


def some_dims(name: str, dim: Any, ndim: int) -> tuple[int, ...]:
    """`dim`, an int or a sequence of ints, as a tuple of different numbers from 0 to `ndim` - 1, in the order given."""
    if not isinstance(dim, tuple | list):
        return (one_dim(name, dim, ndim),)
    dims = tuple(one_dim(name, d, ndim) for d in dim)
    if len(set(dims)) != len(dims):
        raise ShapeError(f"{name}: a dim appears multiple times in the list of dims {tuple(dim)}")
    return dims


def reduced_dims(name: str, x: Any, dim: Any) -> tuple[int, ...] | None:
    """The dimensions that a reduction of `x` runs over: None for all of them. A 0-d tensor has none that could be reduced."""
    if dim is None:
        return None
    n = ndim_of(name, x)
    if type(dim) is int and -n <= dim < n:
        return (dim if dim >= 0 else dim + n,)
    if type(dim) in (tuple, list) and not dim:
        return None
    dims = some_dims(name, dim, n)
    return tuple(sorted(dims)) if n else ()


def broadcast_shape(name: str, *shapes: tuple[int, ...]) -> tuple[int, ...]:
    """The shape that tensors of these shapes have when they are broadcast together."""
    try:
        return np.broadcast_shapes(*shapes)
    except ValueError:
        raise unbroadcastable(name, shapes) from None


def sizes(name: str, shape: tuple[Any, ...]) -> tuple[int, ...]:
    """The sizes of `f(x, 2, 3)` and `f(x, (2, 3))` as a tuple of ints."""
    if len(shape) == 1 and isinstance(shape[0], tuple | list):
        shape = tuple(shape[0])
    try:
        return tuple(index(n) for n in shape)
    except TypeError:
        raise TypeError(f"{name}: sizes must be ints, got {shape}") from None


def either(name: str, word: str, positional: tuple[Any, ...], keyword: Any) -> tuple[Any, ...]:
    """What `f(x, 2, 3)`, `f(x, (2, 3))` and `f(x, word=(2, 3))` give: the first two, or `keyword` as their like."""
    if keyword is None:
        if positional:
            return positional
        raise TypeError(f"{name}: missing the argument '{word}'")
    if positional:
        raise TypeError(f"{name}: '{word}' was given twice, by position and by keyword")
    return (keyword,)


def send(op: Any, out: Any, *inputs: Any, **params: Any) -> Any:
    """Call the primitive `op`, and let it write its result into `out` unless that is None."""
    return op(*inputs, **params) if out is None else op(*inputs, out=out, **params)


def numpys(dim: Any, keepdim: bool, axis: Any, keepdims: bool | None) -> tuple[Any, bool]:
    """`dim` and `keepdim`, which PyTorch's reductions also take by NumPy's names, `axis` and `keepdims`."""
    if (dim is not None and axis is not None) or (keepdim and keepdims is not None):
        raise TypeError("give dim or axis, and keepdim or keepdims, but not both")
    return (dim if axis is None else axis), (keepdim if keepdims is None else bool(keepdims))
