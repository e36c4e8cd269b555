"""Values picked or replaced by a mask, and where values are not zero."""

from typing import Any

import numpy as np

from ..errors import DTypeError, ShapeError
from ..primitive import primitive
from .convert import number_as
from .dims import broadcast_shape, ndim_of, need_tensor, send
from .expand import expand_p
from .indexing import index_p, setitem_p
from .select import select
from .shape import reshape_p


@primitive()
def masked_fill_p(x: Any, mask: Any, value: Any) -> Any:
    """value where the mask is true, x elsewhere; of x's dtype. Tensor and mask are broadcast together."""
    return select(mask, number_as("masked_fill", value, x.dtype), x)


@primitive()
def nonzero_p(x: Any) -> Any:
    """The coordinates of the values that are not zero, one row for each, in row-major order."""
    if x.ndim < 2 or not x.flags.c_contiguous:
        return np.argwhere(x)
    # `argwhere` counts coordinates up at every element, and turns the result around.
    places = np.flatnonzero(x if x.dtype.kind == "b" else x != 0)
    found = np.empty((len(places), x.ndim), np.int64)
    for d in range(x.ndim - 1, 0, -1):
        rest = places // x.shape[d]
        np.subtract(places, rest * x.shape[d], found[:, d])
        places = rest
    found[:, 0] = places
    return found


def _mask(name: str, mask: Any) -> Any:
    array = np.asarray(getattr(mask, "array", mask))
    if array.dtype != np.bool_:
        raise DTypeError(f"{name}: expected a mask of dtype bool, got {array.dtype}; compare or convert it first")
    return array


def masked_select(input: Any, mask: Any, *, out: Any = None) -> Any:
    """The values where the mask is true, as a vector; tensor and mask are broadcast together.

    Examples:
        >>> from tt_tensor import masked_select, tensor
        >>> x = tensor([1, -2, 3])
        >>> masked_select(x, x > 0)
        tensor([1, 3])
    """
    m = _mask("masked_select", mask)
    need_tensor("masked_select", input)
    shape = broadcast_shape("masked_select", tuple(input.shape), m.shape)
    x = input if tuple(input.shape) == shape else expand_p(input, shape=shape)
    return send(index_p, out, reshape_p(x, shape=(-1,)), np.broadcast_to(m, shape).reshape(-1), dims=(0,))


def masked_fill(input: Any, mask: Any, value: Any, *, out: Any = None) -> Any:
    """`value` where the mask is true, the input elsewhere.

    Args:
        input: a tensor.
        mask: a bool tensor that can be broadcast with it.
        value: a number or a 0-d tensor; it is converted to the input's dtype.
        out: where to write the result.

    Raises:
        DTypeError: if the mask is not bool.
        RuntimeError: if the input is of whole numbers and its dtype cannot hold the value.

    Examples:
        >>> from tt_tensor import masked_fill, tensor
        >>> x = tensor([1, -2, 3])
        >>> masked_fill(x, x < 0, 0)
        tensor([1, 0, 3])
    """
    if getattr(value, "ndim", 0):
        raise ShapeError(f"masked_fill: value must be a number or a 0-d tensor, got shape {tuple(value.shape)}")
    return send(masked_fill_p, out, input, _mask("masked_fill", mask), value)


def masked_scatter(input: Any, mask: Any, source: Any, *, out: Any = None) -> Any:
    """The input with the values of `source`, in order, where the mask is true."""
    need_tensor("masked_scatter", input)
    need_tensor("masked_scatter", mask)
    m = _mask("masked_scatter", mask)
    if source.dtype != input.dtype:
        raise DTypeError(f"masked_scatter: expected a source of dtype {input.dtype}, the tensor's, got {source.dtype}")
    shape = broadcast_shape("masked_scatter", tuple(input.shape), m.shape)
    x = input if tuple(input.shape) == shape else expand_p(input, shape=shape)
    m = np.broadcast_to(m, shape)
    count, have = int(np.count_nonzero(m)), int(np.prod(source.shape, dtype=int))
    if have < count:
        raise ShapeError(f"masked_scatter: the mask has {count} places, but the source only {have} values")
    values = reshape_p(source, shape=(-1,))[:count]
    return send(setitem_p, out, x, values, m, key=(...,), dims=(0,))


def nonzero(input: Any, *, as_tuple: bool = False) -> Any:
    """The coordinates of the values that are not zero.

    Args:
        input: a tensor with n dimensions.
        as_tuple: False for an int64 tensor (how many, n); True for a tuple of n vectors, which can be used as an index.

    Examples:
        >>> from tt_tensor import nonzero, tensor
        >>> nonzero(tensor([[1, 0], [0, 2]]))
        tensor([[0, 0],
                [1, 1]])
    """
    n = ndim_of("nonzero", input)
    if as_tuple:
        found = nonzero_p(input if n else reshape_p(input, shape=(1,)))
        return tuple(found[:, k] for k in range(found.shape[1]))
    return nonzero_p(input)


def argwhere(input: Any) -> Any:
    """The coordinates of the values that are not zero, one row for each."""
    need_tensor("argwhere", input)
    return nonzero_p(input)


class MaskMethods:
    """What `Tensor` gets from this file."""

    __slots__ = ()

    nonzero, argwhere = nonzero, argwhere
    masked_select, masked_fill, masked_scatter = masked_select, masked_fill, masked_scatter

    def masked_fill_(self, mask: Any, value: Any) -> Any:
        """`masked_fill` in place."""
        return masked_fill(self, mask, value, out=self)

    def masked_scatter_(self, mask: Any, source: Any) -> Any:
        """`masked_scatter` in place."""
        return masked_scatter(self, mask, source, out=self)
