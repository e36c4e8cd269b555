"""Elementwise functions: those of the library, with the standard's names, arguments by position, promotion by dtypes alone."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..ops import combine, logic
from ..ops import compare as c
from ..ops import elementwise as e
from ..ops import trig as t
from ..ops import unary as u
from ..tensor import Tensor
from ._types import together


def one(f: Callable[..., Any], name: str, *, keep: str = "") -> Any:
    """`f` of one array; arrays whose dtype has its kind in `keep` are returned as they are."""

    def function(x: Any, /) -> Any:
        return x.clone() if x.dtype.kind in keep else f(x)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"`{name}(x)`, elementwise."
    return function


def two(f: Callable[..., Any], name: str) -> Any:
    """`f` of two arrays, or of an array and a number."""

    def function(x1: Any, x2: Any, /) -> Any:
        return f(*together(x1, x2))

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"`{name}(x1, x2)`, elementwise, broadcast."
    return function


abs, negative, positive, square = (
    one(u.abs, "abs"),
    one(u.neg, "negative"),
    one(u.positive, "positive"),
    one(u.square, "square"),
)
exp, expm1, log, log1p = one(u.exp, "exp"), one(u.expm1, "expm1"), one(u.log, "log"), one(u.log1p, "log1p")
log2, log10, sqrt = one(u.log2, "log2"), one(u.log10, "log10"), one(u.sqrt, "sqrt")
reciprocal, signbit = one(u.reciprocal, "reciprocal"), one(u.signbit, "signbit")
ceil, floor, trunc = (
    one(u.ceil, "ceil", keep="biu"),
    one(u.floor, "floor", keep="biu"),
    one(u.trunc, "trunc", keep="biu"),
)
sin, cos, tan = one(t.sin, "sin"), one(t.cos, "cos"), one(t.tan, "tan")
asin, acos, atan = one(t.asin, "asin"), one(t.acos, "acos"), one(t.atan, "atan")
sinh, cosh, tanh = one(t.sinh, "sinh"), one(t.cosh, "cosh"), one(t.tanh, "tanh")
asinh, acosh, atanh = one(t.asinh, "asinh"), one(t.acosh, "acosh"), one(t.atanh, "atanh")
isfinite, isinf, isnan = one(c.isfinite, "isfinite"), one(c.isinf, "isinf"), one(c.isnan, "isnan")
bitwise_invert, logical_not = one(logic.bitwise_not, "bitwise_invert"), one(logic.logical_not, "logical_not")

add, subtract, multiply = two(e.add, "add"), two(e.sub, "subtract"), two(e.mul, "multiply")
divide, floor_divide, remainder = (
    two(e.div, "divide"),
    two(e.floor_divide, "floor_divide"),
    two(e.remainder, "remainder"),
)
pow, atan2, hypot = two(e.pow, "pow"), two(combine.atan2, "atan2"), two(combine.hypot, "hypot")
copysign, nextafter, logaddexp = (
    two(combine.copysign, "copysign"),
    two(combine.nextafter, "nextafter"),
    two(combine.logaddexp, "logaddexp"),
)
equal, not_equal, less, less_equal = (
    two(c.eq, "equal"),
    two(c.ne, "not_equal"),
    two(c.lt, "less"),
    two(c.le, "less_equal"),
)
greater, greater_equal = two(c.gt, "greater"), two(c.ge, "greater_equal")
maximum, minimum = two(c.maximum, "maximum"), two(c.minimum, "minimum")
logical_and, logical_or = two(logic.logical_and, "logical_and"), two(logic.logical_or, "logical_or")
logical_xor = two(logic.logical_xor, "logical_xor")
bitwise_and, bitwise_or, bitwise_xor = (
    two(logic.bitwise_and, "bitwise_and"),
    two(logic.bitwise_or, "bitwise_or"),
    two(logic.bitwise_xor, "bitwise_xor"),
)
bitwise_left_shift = two(logic.bitwise_left_shift, "bitwise_left_shift")
bitwise_right_shift = two(logic.bitwise_right_shift, "bitwise_right_shift")


def sign(x: Any, /) -> Any:
    """-1, 0 or 1; x / |x| of complex numbers; NaN of NaN."""
    return type(x).plain(np.sign(x.array)) if x.dtype.kind in "fc" else u.sign(x)


def round(x: Any, /) -> Any:
    """The nearest whole number, to even where two are equally near."""
    if x.dtype.kind in "biu":
        return x.clone()
    return type(x).plain(np.round(x.array)) if x.dtype.kind == "c" else u.round(x)


def clip(x: Any, /, min: Any = None, max: Any = None) -> Any:
    """x limited to the range from `min` to `max` (numbers or arrays, or None), in the dtype of x."""
    bounds = [b if b is None else together(x, b)[1].to(x.dtype) for b in (min, max)]
    if bounds == [None, None]:
        return x.clone()
    low, high = (b if b is None or isinstance(b, Tensor) else Tensor(np.asarray(b)) for b in bounds)
    y = x
    y = y if low is None else c.maximum(y, low)
    return y if high is None else c.minimum(y, high)


def real(x: Any, /) -> Any:
    """The real part."""
    return type(x).plain(x.array.real) if x.dtype.kind == "c" else x


def imag(x: Any, /) -> Any:
    """The imaginary part."""
    return type(x).plain(x.array.imag)


def conj(x: Any, /) -> Any:
    """The complex conjugate."""
    return type(x).plain(x.array.conj()) if x.dtype.kind == "c" else x
