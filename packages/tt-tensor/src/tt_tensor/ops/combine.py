"""Functions of two or three inputs, element by element, that are not arithmetic: hypot, atan2, gcd, xlogy, lerp, addcmul, ..."""

from typing import Any

import numpy as np

from ..dtypes import promoted, result_dtype
from ..primitive import in_place, method, primitive
from ..threads import pieces
from .binary import binary, binary_floating, both_floating, only_for
from .convert import cast_p
from .dims import send
from .elementwise import mul_p, pow_p
from .exponential import soft_part
from .rows import BLOCK

ndarray = np.ndarray
FEW = 1 << 10  # elements up to which the number of calls decides


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


arctan2 = atan2


class CombineMethods:
    """What `Tensor` gets from this file."""

    __slots__ = ()

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
