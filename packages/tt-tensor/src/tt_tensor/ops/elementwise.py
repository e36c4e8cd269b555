"""Arithmetic, element by element: add, sub, mul, ..."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..dtypes import floating, promoted
from ..primitive import Primitive, in_place, method, primitive


def arithmetic(ufunc: Callable[..., Any], name: str, formula: str) -> Primitive:
    """A primitive of two inputs that are broadcast and promoted to a common dtype."""

    def kernel(x: Any, y: Any) -> Any:
        kind = type(y)
        if kind is type(x):
            if x.dtype is y.dtype:
                return ufunc(x, y)
        elif kind is float:
            if x.dtype.kind == "f":
                return ufunc(x, y)
        elif type(x) is float and y.dtype.kind == "f":
            return ufunc(x, y)
        return ufunc(*promoted(x, y))

    kernel.__doc__ = formula
    return Primitive(kernel, name)


add_p = arithmetic(np.add, "add", "x + y")
mul_p = arithmetic(np.multiply, "mul", "x · y")


@primitive()
def cast_p(x: Any, *, dtype: Any) -> Any:
    """The same values in another dtype; the same array if it has that dtype already."""
    return np.asarray(x).astype(dtype, copy=False)


def add(input: Any, other: Any, *, alpha: Any = 1, out: Any = None) -> Any:
    """`input + alpha · other`, elementwise, broadcast, promoted.

    Args:
        input: a tensor, or a number if `other` is a tensor.
        other: a tensor that can be broadcast with `input`, or a number.
        alpha: a number that `other` is multiplied by.
        out: where to write the result: a tensor of its shape and of a dtype that can hold it.

    Raises:
        ShapeError: if the shapes cannot be broadcast.

    Example:
        >>> from tt_tensor import add, tensor
        >>> add(tensor([1.0, 2.0]), 10)
        tensor([11., 12.])
    """
    return add_p(input, other if alpha == 1 else mul_p(other, alpha), out=out)


def mul(input: Any, other: Any, *, out: Any = None) -> Any:
    """`input · other`, elementwise, broadcast, promoted."""
    return mul_p(input, other, out=out)


@primitive()
def exp(x: Any) -> Any:
    """e to the power of x, elementwise.

    Args:
        x: a tensor of any shape; integers are converted to the default float.

    Example:
        >>> from tt_tensor import exp, tensor
        >>> exp(tensor([0.0, 1.0]))
        tensor([1.0000, 2.7183])
    """
    return np.exp(floating(x))


class ElementwiseMethods:
    """What `Tensor` gets from this file."""

    __slots__ = ()

    add, add_ = add, in_place(add)
    mul, mul_ = mul, in_place(mul)
    exp, exp_ = method(exp), in_place(exp)

    def __add__(self, other: Any) -> Any:
        return add_p(self, other)

    def __mul__(self, other: Any) -> Any:
        return mul_p(self, other)

    __radd__, __rmul__ = __add__, __mul__

    def __iadd__(self, other: Any) -> Any:
        return add_p(self, other, out=self)
