"""The error function and its kin.

float64: W. J. Cody, "Rational Chebyshev approximations for the error function", Mathematics of Computation 23 (1969),
631-637: three ranges, each a ratio of polynomials; within a few units in the last place.
float32: x + x F(x²) near 0, and 1 - exp(x G(x)) beyond, with polynomials fitted to have the smallest relative error (a
least-squares fit, reweighted as C. Lawson does, 1961); within 1.5 units in the last place.
"""

from typing import Any

import numpy as np

from ..dtypes import floating
from ..primitive import in_place, method, primitive

CHUNK = 1 << 15  # elements: a chunk and its temporaries stay in the cache

# erf(x) = x A(x²) / B(x²) for |x| <= 0.46875, highest power first.
A = (1.85777706184603153e-1, 3.16112374387056560e0, 1.13864154151050156e2, 3.77485237685302021e2, 3.20937758913846947e3)
B = (1.0, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3, 2.84423683343917062e3)
# erfc(x) = exp(-x²) C(x) / D(x) for 0.46875 <= x <= 4.
C = (
    2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594e0, 6.61191906371416295e1, 2.98635138197400131e2,
    8.81952221241769090e2, 1.71204761263407058e3, 2.05107837782607147e3, 1.23033935479799725e3,
)  # fmt: skip
D = (
    1.0, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2, 1.62138957456669019e3,
    3.29079923573345963e3, 4.36261909014324716e3, 3.43936767414372164e3, 1.23033935480374942e3,
)  # fmt: skip
# erfc(x) = exp(-x²) / x (1/√π - P(1/x²) / (x² Q(1/x²))) for x >= 4.
P = (
    1.63153871373020978e-2, 3.05326634961232344e-1, 3.60344899949804439e-1, 1.25781726111229246e-1,
    1.60837851487422766e-2, 6.58749161529837803e-4,
)  # fmt: skip
Q = (
    1.0, 2.56852019228982242e0, 1.87295284992346047e0, 5.27905102951428412e-1, 6.05183413124413191e-2,
    2.33520497626869185e-3,
)  # fmt: skip
SQRT_PI = 1.7724538509055160273
# float32: erf(x) = x + x F(x²) for |x| <= 0.9, and 1 - exp(x G(x)) for 0.9 <= x <= 4; beyond, 1.
F = (-6.09049619e-4, 5.01199337e-3, -2.67789339e-2, 1.12821417e-1, -3.76125234e-1, 1.28379154e-1)
G = (2.14595881e-4, -3.21998205e-3, 2.29060506e-2, -1.05286883e-1, -6.35699349e-1, -1.12851996)


def polynomial(coefficients: tuple[float, ...], x: Any) -> Any:
    """The polynomial with these coefficients, highest power first, by Horner's rule, in one array."""
    y = x * coefficients[0]
    for c in coefficients[1:-1]:
        y += c
        y *= x
    y += coefficients[-1]
    return y


def erfc_tail(x: Any) -> Any:
    """erfc(x) for x >= 0.46875, in float64."""
    x = np.minimum(x, 28.0)  # erfc is 0 from there on
    inverse = 1 / (x * x)
    far = (1 / SQRT_PI - inverse * polynomial(P, inverse) / polynomial(Q, inverse)) / x
    y = np.where(x <= 4, polynomial(C, x) / polynomial(D, x), far)
    # exp(-x²) in two factors, the first of which is exact: rounding x² would cost digits.
    head = np.trunc(x * 16) / 16
    return y * np.exp(-head * head) * np.exp((head - x) * (head + x))


def erf64(x: Any) -> Any:
    """erf of a flat float64 array."""
    size = np.abs(x)
    small = size <= 0.46875
    y = x * x
    out = x * polynomial(A, y) / polynomial(B, y)
    if not small.all():
        k = np.flatnonzero(~small)
        out[k] = np.copysign(1 - erfc_tail(size[k]), x[k])
    return out


def erfc64(x: Any) -> Any:
    """erfc of a flat float64 array."""
    size = np.abs(x)
    small = size <= 0.46875
    y = x * x
    out = 1 - x * polynomial(A, y) / polynomial(B, y)
    if not small.all():
        k = np.flatnonzero(~small)
        tail = erfc_tail(size[k])
        out[k] = np.where(x[k] < 0, 2 - tail, tail)
    return out


def erf32(x: Any) -> Any:
    """erf of a flat float32 array."""
    size = np.minimum(np.abs(x), np.float32(4))
    far = polynomial(G, size)
    far *= size
    np.exp(far, far)
    np.subtract(1, far, far)
    np.copysign(far, x, far)
    near = polynomial(F, x * x)
    near *= x
    near += x
    return np.where(size <= 0.9, near, far)


def chunked(f32: Any, f64: Any, x: Any) -> Any:
    """`f32` or `f64`, as the dtype demands, on pieces of x that fit into the cache."""
    if not hasattr(x, "dtype"):
        raise TypeError(f"expected Tensor, got {type(x).__name__}; convert it with tensor(...)")
    x = floating(x)
    if x.dtype.kind == "c":
        raise TypeError("not implemented for complex numbers")
    f, dtype = (f32, np.float32) if x.dtype == np.float32 and f32 is not None else (f64, np.float64)
    flat = x.reshape(-1)
    if flat.size <= CHUNK:
        return np.asarray(f(flat.astype(dtype, copy=False))).astype(x.dtype, copy=False).reshape(x.shape)
    out = np.empty(x.shape, x.dtype)
    target = out.reshape(-1)
    for at in range(0, flat.size, CHUNK):
        target[at : at + CHUNK] = f(flat[at : at + CHUNK].astype(dtype, copy=False))
    return out


@primitive()
def erf(x: Any) -> Any:
    """The error function, 2/√π ∫₀ˣ exp(-t²) dt: the chance that a normal variable of variance 1/2 is within ±x.

    Examples:
        >>> from tt_tensor import erf, tensor
        >>> erf(tensor([0.0, 0.5, 5.0]))
        tensor([0.0000, 0.5205, 1.0000])
    """
    return chunked(erf32, erf64, x)


@primitive()
def erfc(x: Any) -> Any:
    """1 - erf(x), exact where that difference would lose all digits.

    Examples:
        >>> from tt_tensor import erfc, tensor
        >>> erfc(tensor([0.0, 5.0]))
        tensor([1.0000e+00, 1.5375e-12])
    """
    return chunked(None, erfc64, x)


@primitive()
def erfinv(x: Any) -> Any:
    """The y in (-∞, ∞) with erf(y) = x: the inverse of `erf`.

    A first guess from M. Giles, "Approximating the erfinv function" (GPU Computing Gems, 2011), improved by two of
    Halley's steps.

    Examples:
        >>> from tt_tensor import erfinv, tensor
        >>> erfinv(tensor([0.0, 0.5, 1.0]))
        tensor([0.0000, 0.4769,    inf])
    """
    return chunked(None, erfinv64, x)


NEAR = (2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087, -0.00125372503, -0.00417768164,
        0.246640727, 1.50140941)  # fmt: skip
FAR = (-0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773, -0.0076224613, 0.00943887047,
       1.00167406, 2.83297682)  # fmt: skip


def erfinv64(x: Any) -> Any:
    """erfinv of a flat float64 array."""
    size = np.abs(x)
    w = -np.log((1 - size) * (1 + size))
    y = size * np.where(w < 5, polynomial(NEAR, w - 2.5), polynomial(FAR, np.sqrt(np.maximum(w, 5)) - 3))
    inside = size < 1
    k = np.flatnonzero(inside & (size > 0))
    guess, target = y[k], size[k]
    for _ in range(2):
        error = np.where(target < 0.5, erf64(guess) - target, (1 - target) - erfc64(guess))
        step = error / (2 / SQRT_PI * np.exp(-guess * guess))
        guess = guess - step / (1 + guess * step)
    y[k] = guess
    y[size == 1] = np.inf
    y[size > 1] = np.nan
    return np.copysign(y, x)


class SpecialMethods:
    """What `Tensor` gets from this file."""

    __slots__ = ()

    erf, erf_ = method(erf), in_place(erf)
    erfc, erfc_ = method(erfc), in_place(erfc)
    erfinv, erfinv_ = method(erfinv), in_place(erfinv)
