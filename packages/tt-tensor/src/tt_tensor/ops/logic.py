"""Logic: `and`, `or`, `not` of whether values are zero, and of their bits; and whether all or any of many are not zero."""

from typing import Any

import numpy as np

from ..dtypes import promoted
from ..primitive import Primitive, in_place, manufactured, method, primitive
from .dims import Dims, ndim_of, need_tensor, numpys, reduced_dims, send, some_dims
from .reduce import add_reduce

and_reduce: Any = np.logical_and.reduce
or_reduce: Any = np.logical_or.reduce


def direct(ufunc: Any, name: str, doc: str) -> Primitive:
    """A primitive of inputs that are not promoted."""

    def kernel(x: Any, y: Any) -> Any:
        return ufunc(x, y)

    return manufactured(kernel, name, doc)


logical_and = direct(np.logical_and, "logical_and", "Whether both x and y are non-zero.")
logical_or = direct(np.logical_or, "logical_or", "Whether x or y is non-zero.")
logical_xor = direct(np.logical_xor, "logical_xor", "Whether exactly one of x and y is non-zero.")


@primitive()
def logical_not(x: Any) -> Any:
    """Whether x is zero."""
    need_tensor("logical_not", x)
    return np.logical_not(x)


def bitwise(ufunc: Any, name: str, doc: str, kinds: str = "biu") -> Primitive:
    """A primitive on whole numbers and bools."""

    def kernel(x: Any, y: Any) -> Any:
        x, y = promoted(x, y)
        if x.dtype.kind not in kinds:
            raise TypeError(f"not implemented for {x.dtype}; it works on whole numbers and bools")
        return ufunc(x, y)

    return manufactured(kernel, name, doc)


bitwise_and = bitwise(np.bitwise_and, "bitwise_and", "The bits that are set in both x and y.")
bitwise_or = bitwise(np.bitwise_or, "bitwise_or", "The bits that are set in x or y.")
bitwise_xor = bitwise(np.bitwise_xor, "bitwise_xor", "The bits that are set in one of x and y.")
bitwise_left_shift = bitwise(
    np.left_shift, "bitwise_left_shift", "The bits of x moved y places to the left: x · 2ʸ.", "iu"
)
bitwise_right_shift = bitwise(
    np.right_shift, "bitwise_right_shift", "The bits of x moved y places to the right: ⌊x / 2ʸ⌋.", "iu"
)


@primitive()
def bitwise_not(x: Any) -> Any:
    """The other bits: -x - 1 for signed integers, `not x` for bools."""
    if x.dtype.kind not in "biu":
        raise TypeError(f"not implemented for {x.dtype}; it works on whole numbers and bools")
    return np.invert(x)


@primitive()
def all_p(x: Any, *, dim: Dims, keepdim: bool) -> Any:
    """Whether all values over the dimensions `dim` are non-zero."""
    y = and_reduce(x, dim, None, None, keepdim)
    return y.astype(x.dtype) if x.dtype == np.uint8 else y


@primitive()
def any_p(x: Any, *, dim: Dims, keepdim: bool) -> Any:
    """Whether any value over the dimensions `dim` is non-zero."""
    y = or_reduce(x, dim, None, None, keepdim)
    return y.astype(x.dtype) if x.dtype == np.uint8 else y


@primitive()
def count_nonzero_p(x: Any, *, dim: Dims) -> Any:
    """How many values over the dimensions `dim` are not zero."""
    return add_reduce(x != 0, dim, np.int64)


def _tested(name: str, x: Any, dim: Any) -> Dims:
    """The dims of all and any, for which an empty tuple means none at all."""
    n = ndim_of(name, x)
    return None if dim is None else tuple(sorted(some_dims(name, dim, n))) if n else ()


def all(
    input: Any,
    dim: Any = None,
    keepdim: bool = False,
    *,
    out: Any = None,
    axis: Any = None,
    keepdims: bool | None = None,
) -> Any:
    """Whether all values are non-zero, over some dimensions (an int, a tuple of ints, or None for all)."""
    if axis is not None or keepdims is not None:
        dim, keepdim = numpys(dim, keepdim, axis, keepdims)
    return send(all_p, out, input, dim=_tested("all", input, dim), keepdim=keepdim)


def any(
    input: Any,
    dim: Any = None,
    keepdim: bool = False,
    *,
    out: Any = None,
    axis: Any = None,
    keepdims: bool | None = None,
) -> Any:
    """Whether any value is non-zero, over some dimensions (an int, a tuple of ints, or None for all)."""
    if axis is not None or keepdims is not None:
        dim, keepdim = numpys(dim, keepdim, axis, keepdims)
    return send(any_p, out, input, dim=_tested("any", input, dim), keepdim=keepdim)


def count_nonzero(input: Any, dim: Any = None) -> Any:
    """How many values are not zero, over some dimensions (an int, a tuple of ints, or None for all)."""
    need_tensor("count_nonzero", input)
    return count_nonzero_p(input, dim=reduced_dims("count_nonzero", input, dim))


class LogicMethods:
    """What `Tensor` gets from this file."""

    __slots__ = ()

    logical_and, logical_and_ = method(logical_and), in_place(logical_and)
    logical_or, logical_or_ = method(logical_or), in_place(logical_or)
    logical_xor, logical_xor_ = method(logical_xor), in_place(logical_xor)
    logical_not, logical_not_ = method(logical_not), in_place(logical_not)
    bitwise_and, bitwise_and_ = method(bitwise_and), in_place(bitwise_and)
    bitwise_or, bitwise_or_ = method(bitwise_or), in_place(bitwise_or)
    bitwise_xor, bitwise_xor_ = method(bitwise_xor), in_place(bitwise_xor)
    bitwise_not, bitwise_not_ = method(bitwise_not), in_place(bitwise_not)
    bitwise_left_shift, bitwise_left_shift_ = method(bitwise_left_shift), in_place(bitwise_left_shift)
    bitwise_right_shift, bitwise_right_shift_ = method(bitwise_right_shift), in_place(bitwise_right_shift)
    all, any, count_nonzero = all, any, count_nonzero

    def __and__(self, other: Any) -> Any:
        return bitwise_and(self, other)

    def __or__(self, other: Any) -> Any:
        return bitwise_or(self, other)

    def __xor__(self, other: Any) -> Any:
        return bitwise_xor(self, other)

    __rand__, __ror__, __rxor__ = __and__, __or__, __xor__

    def __lshift__(self, other: Any) -> Any:
        return bitwise_left_shift(self, other)

    def __rshift__(self, other: Any) -> Any:
        return bitwise_right_shift(self, other)

    def __rlshift__(self, other: Any) -> Any:
        return bitwise_left_shift(other, self)

    def __rrshift__(self, other: Any) -> Any:
        return bitwise_right_shift(other, self)

    def __invert__(self) -> Any:
        return bitwise_not(self)

    def __iand__(self, other: Any) -> Any:
        return bitwise_and(self, other, out=self)

    def __ior__(self, other: Any) -> Any:
        return bitwise_or(self, other, out=self)

    def __ixor__(self, other: Any) -> Any:
        return bitwise_xor(self, other, out=self)

    def __ilshift__(self, other: Any) -> Any:
        return bitwise_left_shift(self, other, out=self)

    def __irshift__(self, other: Any) -> Any:
        return bitwise_right_shift(self, other, out=self)
