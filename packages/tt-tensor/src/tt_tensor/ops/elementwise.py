"""Arithmetic, element by element: add, sub, mul, div, pow and remainders, and the operators that stand for them."""

from typing import Any

import numpy as np

from ..dtypes import promoted
from ..primitive import in_place, operator, primitive, reversed_operator
from .binary import binary, binary_floating, divided, without_bools
from .dims import send
from .remainder import through_doubles

ndarray = np.ndarray
WHOLE = (4, 5, 6, 7, 8)  # exponents for which a product of squares is within a few roundings of the power


def trunc_divide(x: Any, y: Any) -> Any:
    """x / y rounded towards zero."""
    if x.dtype.kind == "f":
        return np.trunc(np.true_divide(x, y))
    quotient = np.floor_divide(x, y)
    return quotient + ((np.remainder(x, y) != 0) & ((x < 0) != (y < 0))).astype(x.dtype)


add_p = binary(np.add, "add", "x + y")
sub_p = binary(np.subtract, "sub", "x - y", without_bools)
mul_p = binary(np.multiply, "mul", "x · y")
div_p = binary_floating(np.true_divide, "div", "x / y")
floor_div_p = binary(divided(np.floor_divide), "floor_divide", "⌊x / y⌋")
trunc_div_p = binary(divided(trunc_divide), "trunc_divide", "x / y rounded towards zero")
remainder_p = binary(
    divided(through_doubles(np.remainder, np.floor)), "remainder", "x - ⌊x / y⌋ · y: the sign is that of y"
)
fmod_p = binary(divided(through_doubles(np.fmod, np.trunc)), "fmod", "x - trunc(x / y) · y: the sign is that of x")


@primitive("pow")
def pow_p(x: Any, y: Any) -> Any:
    """x to the power of y. Small whole exponents multiply: the general power is tens of times slower."""
    if type(y) in (float, int) and type(x) is ndarray and x.dtype.kind == "f":
        if y == 2:
            return np.multiply(x, x)
        if y == 3:
            return x * x * x
        if y in WHOLE and x.itemsize > 2:  # of half floats each product would be rounded
            square = np.multiply(x, x)
            return pow_p.kernel(square, y // 2) * x if y % 2 else pow_p.kernel(square, y // 2)
        if y == 0.5:
            return np.sqrt(x)
        if y == 1:
            return x.copy()
        if y == -1:
            return np.true_divide(1.0, x)
        if y == -0.5:
            return np.true_divide(1.0, np.sqrt(x))
        if y == -2:
            return np.true_divide(1.0, x * x)
        return np.power(x, y)
    if type(x) in (float, int) and x == 2 and y.dtype.kind == "f":
        return np.exp2(y)
    if type(y) is int and y < 0 and x.dtype.kind in "biu":
        raise RuntimeError("pow: integers to negative integer powers are not allowed; convert to a float first")
    if type(y) is bool and x.dtype.kind == "b":
        return x.copy() if y else np.ones_like(x)
    x, y = promoted(x, y)
    if x.dtype.kind == "b":
        raise TypeError("not implemented for bools; convert them to a number first")
    if x.dtype.kind in "iu" and np.any(y < 0):  # of all results only those of 1 and -1 are whole
        whole = np.where(x == 1, 1, np.where(x == -1, np.where(y % 2 == 0, 1, -1), 0)).astype(x.dtype)
        return np.where(y < 0, whole, np.power(x, np.where(y < 0, 0, y)))
    return np.power(x, y)


def scaled(name: str, input: Any, other: Any, alpha: Any) -> Any:
    """`alpha · other`."""
    if type(alpha) is float and all(
        type(x) is int or (hasattr(x, "array") and x.dtype.kind in "iub") for x in (input, other)
    ):
        raise RuntimeError(f"{name}: for integer tensors alpha must not be a float; convert them first")
    return other * alpha


def add(input: Any, other: Any, *, alpha: Any = 1, out: Any = None) -> Any:
    """`input + alpha · other`, elementwise, broadcast, promoted.

    Args:
        input: a tensor, or a number if `other` is a tensor.
        other: a tensor that can be broadcast with `input`, or a number.
        alpha: a number that `other` is multiplied by.
        out: where to write the result: a tensor of its shape and of a dtype that can hold it.

    Raises:
        ShapeError: if the shapes cannot be broadcast.

    Examples:
        >>> from tt_tensor import add, tensor
        >>> add(tensor([1.0, 2.0]), 10)
        tensor([11., 12.])
    """
    return send(add_p, out, input, other if alpha == 1 else scaled("add", input, other, alpha))


def sub(input: Any, other: Any, *, alpha: Any = 1, out: Any = None) -> Any:
    """`input - alpha · other`, elementwise, broadcast, promoted.

    Examples:
        >>> from tt_tensor import sub, tensor
        >>> sub(tensor([1.0, 2.0]), tensor([1.0, 1.0]), alpha=2)
        tensor([-1.,  0.])
    """
    return send(sub_p, out, input, other if alpha == 1 else scaled("sub", input, other, alpha))


def rsub(input: Any, other: Any, *, alpha: Any = 1) -> Any:
    """`other - alpha · input`."""
    return sub(other, input, alpha=alpha)


def mul(input: Any, other: Any, *, out: Any = None) -> Any:
    """`input · other`, elementwise, broadcast, promoted.

    Examples:
        >>> from tt_tensor import mul, tensor
        >>> mul(tensor([1, 2]), 0.5)
        tensor([0.5000, 1.0000])
    """
    return send(mul_p, out, input, other)


def div(input: Any, other: Any, *, rounding_mode: str | None = None, out: Any = None) -> Any:
    """`input / other`, elementwise; of whole numbers too the quotient is a float.

    Args:
        input: a tensor, or a number if `other` is a tensor.
        other: a tensor that can be broadcast with `input`, or a number.
        rounding_mode: None; "trunc" to round towards zero; "floor" to round down. Then whole numbers stay whole.
        out: where to write the result.

    Raises:
        RuntimeError: if whole numbers are divided by zero with a rounding mode.

    Examples:
        >>> from tt_tensor import div, tensor
        >>> div(tensor([7, -7]), 2), div(tensor([7, -7]), 2, rounding_mode="trunc")
        (tensor([ 3.5000, -3.5000]), tensor([ 3, -3]))
    """
    if rounding_mode is None:
        return send(div_p, out, input, other)
    if rounding_mode == "floor":
        return send(floor_div_p, out, input, other)
    if rounding_mode == "trunc":
        return send(trunc_div_p, out, input, other)
    raise RuntimeError(f"div: rounding_mode must be None, 'trunc' or 'floor', got {rounding_mode!r}")


def floor_divide(input: Any, other: Any, *, out: Any = None) -> Any:
    """`⌊input / other⌋`: Python's `//`."""
    return send(floor_div_p, out, input, other)


def remainder(input: Any, other: Any, *, out: Any = None) -> Any:
    """`input - ⌊input / other⌋ · other`: Python's `%`, whose sign is that of `other`.

    Examples:
        >>> from tt_tensor import remainder, tensor
        >>> remainder(tensor([-3.0, 3.0]), 2)
        tensor([1., 1.])
    """
    return send(remainder_p, out, input, other)


def fmod(input: Any, other: Any, *, out: Any = None) -> Any:
    """`input - trunc(input / other) · other`: C's remainder, whose sign is that of `input`."""
    return send(fmod_p, out, input, other)


def pow(input: Any, exponent: Any, *, out: Any = None) -> Any:
    """`input` to the power of `exponent`, elementwise.

    Raises:
        RuntimeError: for integers to a negative integer power.

    Examples:
        >>> from tt_tensor import pow, tensor
        >>> pow(tensor([1.0, 2.0, 3.0]), 2)
        tensor([1., 4., 9.])
    """
    return send(pow_p, out, input, exponent)


subtract, multiply, divide, true_divide = sub, mul, div, div


class ElementwiseMethods:
    """What `Tensor` gets from this file."""

    __slots__ = ()

    add, add_ = add, in_place(add)
    sub, sub_ = sub, in_place(sub)
    subtract, subtract_ = sub, sub_
    mul, mul_ = mul, in_place(mul)
    multiply, multiply_ = mul, mul_
    div, div_ = div, in_place(div)
    divide, divide_ = div, div_
    true_divide, true_divide_ = div, div_
    floor_divide, floor_divide_ = floor_divide, in_place(floor_divide)
    remainder, remainder_ = remainder, in_place(remainder)
    fmod, fmod_ = fmod, in_place(fmod)
    pow, pow_ = pow, in_place(pow)

    __add__ = __radd__ = operator(add_p)
    __sub__, __rsub__ = operator(sub_p), reversed_operator(sub_p)
    __mul__ = __rmul__ = operator(mul_p)
    __truediv__, __rtruediv__ = operator(div_p), reversed_operator(div_p)
    __floordiv__, __rfloordiv__ = operator(floor_div_p), reversed_operator(floor_div_p)
    __mod__, __rmod__ = operator(remainder_p), reversed_operator(remainder_p)
    __pow__, __rpow__ = operator(pow_p), reversed_operator(pow_p)

    def __iadd__(self, other: Any) -> Any:
        return add_p(self, other, out=self)

    def __isub__(self, other: Any) -> Any:
        return sub_p(self, other, out=self)

    def __imul__(self, other: Any) -> Any:
        return mul_p(self, other, out=self)

    def __itruediv__(self, other: Any) -> Any:
        return div_p(self, other, out=self)

    def __ifloordiv__(self, other: Any) -> Any:
        return floor_div_p(self, other, out=self)

    def __imod__(self, other: Any) -> Any:
        return remainder_p(self, other, out=self)

    def __ipow__(self, other: Any) -> Any:
        return pow_p(self, other, out=self)
