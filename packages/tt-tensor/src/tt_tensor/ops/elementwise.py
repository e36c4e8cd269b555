"""Arithmetic, element by element: add, sub, mul, div, pow, ..."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..dtypes import bool_, floating, promoted, result_dtype
from ..primitive import Primitive, fits, in_place, method, operator, primitive, reversed_operator
from ..threads import pieces
from .dims import send
from .exponential import soft_part
from .remainder import through_doubles
from .rows import BLOCK

ndarray = np.ndarray
FEW = 1 << 10  # elements up to which the number of calls decides
INT64 = np.dtype(np.int64)
LONG = 2**63  # one more than the largest int64
WHOLE = (4, 5, 6, 7, 8)  # exponents for which a product of squares is within a few roundings of the power


def writing(ufunc: Callable[..., Any], kinds: str) -> Callable[..., bool]:
    """`Primitive.writes` of a ufunc of two inputs, for results of these kinds."""

    def writes(out: Any, x: Any, y: Any) -> bool:
        if out.dtype.kind not in kinds or not fits(y, out):
            return False
        ufunc(x, y, out=out)
        return True

    return writes


def binary(
    ufunc: Callable[..., Any], name: str, formula: str, promote: Callable[[Any, Any], list[Any]] = promoted
) -> Primitive:
    """A primitive of two inputs that are broadcast and promoted to a common dtype."""

    def kernel(x: Any, y: Any) -> Any:
        kind = type(y)
        if kind is type(x):
            if x.dtype is y.dtype:
                return ufunc(x, y)
        elif kind is float or kind is int:
            if x.dtype.kind == "f" or (x.dtype is INT64 and kind is int and -LONG <= y < LONG):
                return ufunc(x, y)
        elif (type(x) is float or type(x) is int) and y.dtype.kind == "f":
            return ufunc(x, y)
        return ufunc(*promote(x, y))

    kernel.__doc__, kernel.__qualname__ = formula, name
    op = Primitive(kernel, name)
    if isinstance(ufunc, np.ufunc):
        op.writes = writing(ufunc, "fi")
    return op


def both_floating(x: Any, y: Any) -> list[Any]:
    """x and y promoted, as floats. Whole numbers become floats first: as uint8, -3 would be 253."""
    if result_dtype(x, y).kind in "biu":
        return [floating(v) for v in (x, y)]
    return [floating(v) for v in promoted(x, y)]


def binary_floating(ufunc: Callable[..., Any], name: str, formula: str) -> Primitive:
    """As `binary`; but whole numbers are converted to the default float first."""

    def kernel(x: Any, y: Any) -> Any:
        kind = type(y)
        if kind is type(x):
            if x.dtype is y.dtype and x.dtype.kind == "f":
                return ufunc(x, y)
        elif kind is float or kind is int:
            if x.dtype.kind == "f":
                return ufunc(x, y)
        elif (type(x) is float or type(x) is int) and y.dtype.kind == "f":
            return ufunc(x, y)
        return ufunc(*both_floating(x, y))

    kernel.__doc__, kernel.__qualname__ = formula, name
    op = Primitive(kernel, name)
    op.writes = writing(ufunc, "f")
    return op


def without_bools(x: Any, y: Any) -> list[Any]:
    """x and y promoted, unless one of them is a bool."""
    for v in (x, y):
        if isinstance(v, bool) or getattr(v, "dtype", None) == bool_:
            raise TypeError("not supported with a bool tensor; use logical_not or `~` to invert a mask")
    return promoted(x, y)


def only_for(kinds: str, ufunc: Callable[..., Any]) -> Callable[..., Any]:
    """`ufunc`, which raises for arrays whose dtype is of no kind in `kinds`."""

    def checked(x: Any, y: Any) -> Any:
        dtype = x.dtype if hasattr(x, "dtype") else y.dtype
        if dtype.kind not in kinds:
            raise TypeError(f"not implemented for {dtype}; convert it first")
        return ufunc(x, y)

    return checked


def divided(ufunc: Callable[..., Any]) -> Callable[..., Any]:
    """`ufunc` on whole numbers raises if it would divide by zero; PyTorch has no integer to say so with."""

    def checked(x: Any, y: Any) -> Any:
        kind = x.dtype.kind if hasattr(x, "dtype") else "f"
        if kind == "b":
            raise TypeError("not implemented for bools; convert them to a number first")
        if kind in "iu" and not (y if type(y) is int else np.all(y)):
            raise RuntimeError("ZeroDivisionError: integer division by zero; divide floats, or replace the zeros")
        return ufunc(x, y)

    return checked


def log_add_exp(x: Any, y: Any) -> Any:
    """log(eˣ + eʸ) = max(x, y) + log(1 + exp(-|x - y|)), which takes a tenth of the time of NumPy's."""
    if x.dtype == np.float16 or x.size < FEW or x.shape != y.shape:
        return np.logaddexp(x, y)
    out, (a, b) = np.empty(x.shape, x.dtype), (x.reshape(-1), y.reshape(-1))
    result = out.reshape(-1)
    for part in pieces(slice(0, x.size), BLOCK):
        here = result[part]
        soft_part(a[part] - b[part], here)
        here += np.maximum(a[part], b[part])
        if not np.isfinite(here.dot(here)):  # equal infinities have no difference
            np.logaddexp(a[part], b[part], here)
    return out


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
hypot = binary(only_for("f", np.hypot), "hypot", "√(x² + y²)")
atan2 = binary_floating(np.arctan2, "atan2", "The angle of the point (y, x), in (-π, π].")
logaddexp = binary(only_for("f", log_add_exp), "logaddexp", "log(eˣ + eʸ), without overflow.")
logaddexp2 = binary(only_for("f", np.logaddexp2), "logaddexp2", "log₂(2ˣ + 2ʸ), without overflow.")
copysign = binary_floating(np.copysign, "copysign", "|x| with the sign of y.")
nextafter = binary(only_for("f", np.nextafter), "nextafter", "The next float after x in the direction of y.")
gcd = binary(np.gcd, "gcd", "The greatest common divisor.")
lcm = binary(np.lcm, "lcm", "The least common multiple.")


@primitive()
def heaviside(x: Any, y: Any) -> Any:
    """0 where x < 0, y where x = 0, 1 where x > 0."""
    if x.dtype != y.dtype:
        raise TypeError(f"expected two tensors of the same dtype, got {x.dtype} and {y.dtype}; convert one of them")
    return np.where(x == 0, y, (x > 0).astype(x.dtype))


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


@primitive()
def cast_p(x: Any, *, dtype: Any) -> Any:
    """The same values in another dtype; the same array if it has that dtype already."""
    return np.asarray(x).astype(dtype, copy=False)


def in_single(*arrays: Any) -> list[Any]:
    """`arrays`, of one dtype, with float16 as float32: what lies between them and the result may be too large for it."""
    half = arrays[0].dtype == np.float16
    return [x.astype(np.float32) for x in arrays] if half else list(arrays)


@primitive("addcmul")
def addcmul_p(x: Any, a: Any, b: Any, *, value: Any) -> Any:
    """x + value · a · b"""
    x, a, b = promoted(x, a, b)
    dtype = x.dtype
    x, a, b = in_single(x, a, b)
    return (x + (a * b if value == 1 else a * b * x.dtype.type(value))).astype(dtype, copy=False)


@primitive("addcdiv")
def addcdiv_p(x: Any, a: Any, b: Any, *, value: Any) -> Any:
    """x + value · a / b"""
    if result_dtype(a, b).kind in "biu":
        raise RuntimeError("addcdiv: integer division is not supported; convert the tensors to a float first")
    x, a, b = promoted(x, a, b)
    dtype = x.dtype
    x, a, b = in_single(x, a, b)
    return (x + a / b * x.dtype.type(value)).astype(dtype, copy=False)


@primitive("lerp")
def lerp_p(x: Any, y: Any, w: Any) -> Any:
    """x + w · (y - x), from the nearer end, so that w = 1 gives y exactly."""
    for other in (y, w):
        if x.dtype.kind not in "fc":
            raise TypeError(f"not implemented for {x.dtype}; convert it to a float first")
        if type(other) is ndarray and other.dtype != x.dtype:
            raise RuntimeError(f"lerp: expected dtype {x.dtype} for all inputs, got {other.dtype}")
    dtype = x.dtype
    x, y = in_single(x, y)
    if type(w) is ndarray:
        (w,) = in_single(w)
    gap = y - x
    if type(w) is not ndarray:
        result = x + w * gap if abs(w) < 0.5 else y - gap * (1 - w)
    else:
        result = np.where(abs(w) < 0.5, x + w * gap, y - gap * (1 - w))
    return result.astype(dtype, copy=False)


@primitive("xlogy")
def xlogy(x: Any, y: Any) -> Any:
    """x · log(y), and 0 where x is 0 (unless y is NaN)."""
    x, y = both_floating(x, y)
    return np.where((x == 0) & (y == y), x.dtype.type(0), x * np.log(y))


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


def float_power(input: Any, exponent: Any, *, out: Any = None) -> Any:
    """`input` to the power of `exponent` in float64."""
    double = np.dtype("float64")
    base, exponent = (cast_p(x, dtype=double) if hasattr(x, "array") else x for x in (input, exponent))
    return send(pow_p, out, float(base) if isinstance(base, int) else base, exponent)


def ldexp(input: Any, other: Any, *, out: Any = None) -> Any:
    """`input · 2 ** other`."""
    return send(mul_p, out, input, pow_p(2.0, other))


def addcmul(input: Any, tensor1: Any, tensor2: Any, *, value: Any = 1, out: Any = None) -> Any:
    """`input + value · tensor1 · tensor2`.

    Examples:
        >>> from tt_tensor import addcmul, tensor
        >>> addcmul(tensor([1.0]), tensor([2.0]), tensor([3.0]), value=0.5)
        tensor([4.])
    """
    return send(addcmul_p, out, input, tensor1, tensor2, value=value)


def addcdiv(input: Any, tensor1: Any, tensor2: Any, *, value: Any = 1, out: Any = None) -> Any:
    """`input + value · tensor1 / tensor2`."""
    return send(addcdiv_p, out, input, tensor1, tensor2, value=value)


def lerp(input: Any, end: Any, weight: Any, *, out: Any = None) -> Any:
    """`input + weight · (end - input)`.

    Examples:
        >>> from tt_tensor import lerp, tensor
        >>> lerp(tensor([0.0, 10.0]), tensor([1.0, 20.0]), 0.5)
        tensor([ 0.5000, 15.0000])
    """
    return send(lerp_p, out, input, end, weight)


def reversed_div(x: Any, other: Any) -> Any:
    """`other / x`."""
    return div_p(other, x)


subtract, multiply, divide, true_divide = sub, mul, div, div
arctan2 = atan2


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
    float_power = float_power
    ldexp, ldexp_ = ldexp, in_place(ldexp)
    addcmul, addcmul_ = addcmul, in_place(addcmul)
    addcdiv, addcdiv_ = addcdiv, in_place(addcdiv)
    lerp, lerp_ = lerp, in_place(lerp)
    xlogy, xlogy_ = method(xlogy), in_place(xlogy)
    hypot, hypot_ = method(hypot), in_place(hypot)
    atan2, atan2_ = method(atan2), in_place(atan2)
    arctan2, arctan2_ = atan2, atan2_
    logaddexp, logaddexp2 = method(logaddexp), method(logaddexp2)
    copysign, copysign_ = method(copysign), in_place(copysign)
    nextafter, nextafter_ = method(nextafter), in_place(nextafter)
    gcd, gcd_ = method(gcd), in_place(gcd)
    lcm, lcm_ = method(lcm), in_place(lcm)
    heaviside, heaviside_ = method(heaviside), in_place(heaviside)

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
