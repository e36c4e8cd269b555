"""Functions of one input, element by element: signs, powers, exponentials and logarithms, rounding."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..dtypes import floating, int64
from ..primitive import Primitive, in_place, manufactured, method, primitive
from ..threads import spread_flat
from .dims import need_tensor, send
from .exponential import LOG, raised
from .rows import BLOCK

ndarray = np.ndarray
HUGE = 1 << 18  # elements that each of several threads must have


def unary(ufunc: Callable[..., Any], name: str, doc: str) -> Primitive:
    """A primitive of one floating input; whole numbers are converted to the default float first."""

    def kernel(x: Any) -> Any:
        if type(x) is ndarray and x.dtype.kind == "f":
            return ufunc(x)
        if not hasattr(x, "dtype"):
            raise TypeError(f"expected Tensor, got {type(x).__name__}; convert it with tensor(...)")
        return ufunc(floating(x))

    return manufactured(kernel, name, doc)


def rounding(ufunc: Callable[..., Any], name: str, doc: str) -> Primitive:
    """A primitive that rounds floats, and copies whole numbers."""

    def kernel(x: Any) -> Any:
        if x.dtype.kind in "iu":
            return x.copy()
        if x.dtype.kind != "f":
            raise TypeError(f"not implemented for {x.dtype}; convert it to a float or an integer first")
        return ufunc(x)

    return manufactured(kernel, name, doc)


exp = unary(np.exp, "exp", """e to the power of x, elementwise.

    Args:
        x: a tensor of any shape; whole numbers are converted to the default float.

    Examples:
        >>> from tt_tensor import exp, tensor
        >>> exp(tensor([0.0, 1.0]))
        tensor([1.0000, 2.7183])
    """)  # fmt: skip
exp2 = unary(np.exp2, "exp2", "2 to the power of x.")
expm1 = unary(np.expm1, "expm1", "eˣ - 1, exact near 0.")
log = unary(np.log, "log", """The natural logarithm of x: -inf at 0, NaN below.

    Examples:
        >>> from tt_tensor import log, tensor
        >>> log(tensor([1.0, 0.0, -1.0]))
        tensor([0., -inf, nan])
    """)  # fmt: skip
log1p = unary(np.log1p, "log1p", "log(1 + x), exact near 0.")
log2 = unary(np.log2, "log2", "The logarithm of x to base 2.")
log10 = unary(np.log10, "log10", "The logarithm of x to base 10.")
sqrt = unary(np.sqrt, "sqrt", "The square root of x; NaN below 0.")
rsqrt = unary(lambda x: np.true_divide(1.0, np.sqrt(x)), "rsqrt", "1 / √x")
reciprocal = unary(lambda x: np.true_divide(1.0, x), "reciprocal", "1 / x")

floor = rounding(np.floor, "floor", "The largest whole number not above x.")
ceil = rounding(np.ceil, "ceil", "The smallest whole number not below x.")
trunc = rounding(np.trunc, "trunc", "x without its fraction: rounded towards 0.")


@primitive()
def neg(x: Any) -> Any:
    """-x"""
    if x.dtype.kind == "b":
        raise TypeError("the `-` operator is not supported on a bool tensor; use logical_not(x) or ~x")
    return np.negative(x)


@primitive()
def positive(x: Any) -> Any:
    """+x: a copy."""
    if x.dtype.kind == "b":
        raise TypeError("the `+` operator is not supported on a bool tensor")
    return np.positive(x)


@primitive()
def abs(x: Any) -> Any:
    """|x|

    Examples:
        >>> from tt_tensor import abs, tensor
        >>> abs(tensor([-1, 2]))
        tensor([1, 2])
    """
    if x.dtype.kind == "b":
        raise TypeError("not implemented for bools; convert them to a number first")
    return np.abs(x)


@primitive()
def sign(x: Any) -> Any:
    """-1, 0 or 1, as x is below, at or above 0; 0 where x is NaN."""
    if x.dtype.kind == "f":
        return np.subtract(x > 0, x < 0, dtype=x.dtype)
    return x.copy() if x.dtype.kind == "b" else np.sign(x)


@primitive()
def signbit(x: Any) -> Any:
    """Whether the sign is minus: True for -0.0 as well."""
    return np.signbit(x) if x.dtype.kind == "f" else np.asarray(x < 0)


@primitive()
def square(x: Any) -> Any:
    """x²"""
    return np.multiply(x, x) if x.dtype.kind != "b" else x.astype(int64)


def _logistic(x: Any, y: Any) -> None:
    """1 / (1 + e⁻ˣ) into y."""
    np.multiply(x, -LOG, y)  # rounded: as if x were another by half its last place
    raised(y, y)
    np.add(y, 1, y)
    np.true_divide(1, y, y)


@primitive()
def sigmoid(x: Any) -> Any:
    """1 / (1 + e⁻ˣ)

    Examples:
        >>> from tt_tensor import sigmoid, tensor
        >>> sigmoid(tensor([0.0, 100.0]))
        tensor([0.5000, 1.0000])
    """
    wide = floating(x)
    if wide.size >= BLOCK and wide.flags.c_contiguous and wide.itemsize > 2:
        y = np.empty(wide.shape, wide.dtype)
        values, out = wide.reshape(-1), y.reshape(-1)
        spread_flat(lambda part: _logistic(values[part], out[part]), wide.size, BLOCK, HUGE)
        return y
    t = np.negative(wide)
    if type(t) is not ndarray:
        need_tensor("sigmoid", x)
        return 1 / (1 + np.exp(t))
    np.exp(t, t)  # each step in the same memory: a fresh temporary costs more than the arithmetic
    np.add(t, 1, t)
    return np.true_divide(1, t, t)


@primitive("logit")
def logit_p(x: Any, *, eps: float | None) -> Any:
    """log(x / (1 - x)), x held in [eps, 1 - eps] if eps is given: the inverse of sigmoid."""
    need_tensor("logit", x)
    x = floating(x)
    if eps is not None:
        x = np.minimum(np.maximum(x, eps), 1 - eps)
    return np.log(x / (1 - x))


@primitive("round")
def round_p(x: Any, *, decimals: int) -> Any:
    """x rounded to the nearest value with that many decimals, halves to the even neighbour."""
    if x.dtype.kind in "iu":
        return x.copy() if decimals >= 0 else np.round(x, decimals)
    if x.dtype.kind != "f":
        raise TypeError(f"not implemented for {x.dtype}; convert it to a float or an integer first")
    if decimals == 0:
        return np.rint(x)
    scale = x.dtype.type(10.0 ** np.abs(decimals))
    return np.rint(x * scale) / scale if decimals > 0 else np.rint(x / scale) * scale


@primitive()
def frac(x: Any) -> Any:
    """The fraction of x, with the sign of x: x - trunc(x)."""
    if x.dtype.kind != "f":
        raise TypeError(f"not implemented for {x.dtype}; convert it to a float first")
    return x - np.trunc(x)


@primitive("nan_to_num")
def nan_to_num_p(x: Any, *, nan: float, posinf: float | None, neginf: float | None) -> Any:
    """x with NaN and the infinities replaced by numbers; the infinities by default by the largest values there are."""
    if x.dtype.kind not in "fc":
        return x.copy()
    return np.nan_to_num(x, copy=True, nan=nan, posinf=posinf, neginf=neginf)


def logit(input: Any, eps: float | None = None, *, out: Any = None) -> Any:
    """`log(x / (1 - x))`, the inverse of `sigmoid`.

    Args:
        input: probabilities in [0, 1].
        eps: hold them in [eps, 1 - eps]; None leaves them, and 0 and 1 give infinities.
        out: where to write the result.

    Examples:
        >>> from tt_tensor import logit, tensor
        >>> logit(tensor([0.5, 1.0]), eps=0.01)
        tensor([0.0000, 4.5951])
    """
    return send(logit_p, out, input, eps=None if eps is None else float(eps))


def round(input: Any, *, decimals: int = 0, out: Any = None) -> Any:
    """`input` rounded to `decimals` places, halves to the even neighbour.

    Examples:
        >>> from tt_tensor import round, tensor
        >>> round(tensor([0.5, 1.5, 2.5]))
        tensor([0., 2., 2.])
    """
    return send(round_p, out, input, decimals=decimals)


def nan_to_num(
    input: Any, nan: float | None = None, posinf: float | None = None, neginf: float | None = None, *, out: Any = None
) -> Any:
    """`input` with NaN replaced by `nan` (0), and the infinities by `posinf`, `neginf` (the largest values of its dtype).

    Examples:
        >>> from tt_tensor import nan_to_num, tensor
        >>> nan_to_num(tensor([1.0, float("nan")]), nan=-1.0)
        tensor([ 1., -1.])
    """
    return send(nan_to_num_p, out, input, nan=0.0 if nan is None else nan, posinf=posinf, neginf=neginf)


absolute, negative, fix, sgn, expit = abs, neg, trunc, sign, sigmoid


class UnaryMethods:
    """What `Tensor` gets from this file."""

    __slots__ = ()

    exp, exp_ = method(exp), in_place(exp)
    exp2, exp2_ = method(exp2), in_place(exp2)
    expm1, expm1_ = method(expm1), in_place(expm1)
    log, log_ = method(log), in_place(log)
    log1p, log1p_ = method(log1p), in_place(log1p)
    log2, log2_ = method(log2), in_place(log2)
    log10, log10_ = method(log10), in_place(log10)
    sqrt, sqrt_ = method(sqrt), in_place(sqrt)
    rsqrt, rsqrt_ = method(rsqrt), in_place(rsqrt)
    reciprocal, reciprocal_ = method(reciprocal), in_place(reciprocal)
    floor, floor_ = method(floor), in_place(floor)
    ceil, ceil_ = method(ceil), in_place(ceil)
    trunc, trunc_ = method(trunc), in_place(trunc)
    fix, fix_ = trunc, trunc_
    neg, neg_ = method(neg), in_place(neg)
    negative, negative_ = neg, neg_
    positive = method(positive)
    abs, abs_ = method(abs), in_place(abs)
    absolute, absolute_ = abs, abs_
    sign, sign_ = method(sign), in_place(sign)
    sgn, sgn_ = sign, sign_
    signbit = method(signbit)
    square, square_ = method(square), in_place(square)
    sigmoid, sigmoid_ = method(sigmoid), in_place(sigmoid)
    logit, logit_ = logit, in_place(logit)
    round, round_ = round, in_place(round)
    frac, frac_ = method(frac), in_place(frac)
    nan_to_num, nan_to_num_ = nan_to_num, in_place(nan_to_num)

    def __neg__(self) -> Any:
        return neg(self)

    def __pos__(self) -> Any:
        return positive(self)

    def __abs__(self) -> Any:
        return absolute(self)
