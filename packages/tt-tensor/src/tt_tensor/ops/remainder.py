"""Remainders of floats, which NumPy finds one at a time."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..threads import pieces

ndarray = np.ndarray
MANY = 1 << 13  # elements for which a detour through blocks of float64 is shorter


def through_doubles(ufunc: Callable[..., Any], rounded: Callable[..., Any]) -> Callable[..., Any]:
    """`ufunc`, a remainder, of many float32: x - rounded(x / y) · y in float64, which takes an eighth of the time.

    The quotient of two float32 is at least 2⁻²⁴ away from a whole number that it is not, which float64 tells apart below 2²⁸;
    and the product of such a number with y has no more than 53 bits: so the result is exact. Where quotients are larger, or
    not numbers, `ufunc` is asked.
    """

    def remainder(x: Any, y: Any) -> Any:
        one = type(y) in (int, float) or (type(y) is ndarray and not y.ndim)
        if type(x) is not ndarray or x.dtype != np.float32 or x.size < MANY or not (one or y.shape == x.shape):
            return ufunc(x, y)
        out = np.empty(x.shape, x.dtype)
        numbers, result = x.reshape(-1), out.reshape(-1)
        divisors: Any = np.float64(np.float32(y)) if one else y.reshape(-1)
        for part in pieces(slice(0, x.size), MANY):
            a, b = numbers[part].astype(np.float64), divisors if one else divisors[part].astype(np.float64)
            quotient = a / b
            rounded(quotient, quotient)
            size = quotient.dot(quotient)
            quotient *= b
            a -= quotient
            if size < 2.0**56 and np.isfinite(a.dot(a)):
                np.copysign(a, numbers[part] if ufunc is np.fmod else b, result[part], casting="same_kind")
            else:
                ufunc(numbers[part], y if one else divisors[part], out=result[part])
        return out

    return remainder
