"""The gamma function: its logarithm, and the derivatives of that."""

from math import factorial, pi
from typing import Any

import numpy as np

from ..primitive import in_place, method, primitive
from .dims import send
from .special import chunked

# Stirling's series, lgamma(x) ~ (x - 1/2) log x - x + log(2π)/2 + Σ B₂ₖ / (2k (2k - 1) x²ᵏ⁻¹), is exact from x = 8 on.
BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6)
SHIFT = 8


def _sin(x: Any) -> Any:
    """sin(πx), exactly 0 where x is whole."""
    rest = np.fmod(x, 2.0)  # exact
    return np.where(rest == np.floor(rest), 0.0, np.sin(pi * rest))


def lgamma64(x: Any) -> Any:
    """lgamma of a flat float64 array: Γ(x) = Γ(x + 8) / (x (x + 1) ... (x + 7)), and Γ(x) Γ(1 - x) = π / sin(πx)."""
    y = np.where(x < 0.5, 1 - x, x)
    low = y < SHIFT
    near = np.where(low, y, 1.0)
    product = near.copy()
    for k in range(1, SHIFT):
        product *= near + k
    z = np.where(low, y + SHIFT, y)
    series = sum(b / (2 * k * (2 * k - 1)) / z ** (2 * k - 1) for k, b in enumerate(BERNOULLI, 1))
    out = (z - 0.5) * np.log(z) - z + 0.5 * np.log(2 * pi) + series
    out = np.where(low, out - np.log(product), out)
    out = np.where(x < 0.5, np.log(pi / np.abs(_sin(x))) - out, out)
    out = np.where((x == 1) | (x == 2), 0.0, out)
    return np.where(np.isinf(x), np.inf, out)


def digamma64(x: Any) -> Any:
    """digamma of a flat float64 array: ψ(x) = ψ(x + 1) - 1/x, and ψ(x) = ψ(1 - x) - π / tan(πx)."""
    y = np.where(x < 0.5, 1 - x, x)
    low = y < SHIFT
    near, z = np.where(low, y, 1.0), np.where(low, y + SHIFT, y)
    out = np.log(z) - 0.5 / z - sum(b / (2 * k) / z ** (2 * k) for k, b in enumerate(BERNOULLI, 1))
    out = np.where(low, out - sum(1 / (near + k) for k in range(SHIFT)), out)
    out = np.where(x < 0.5, out - pi * np.cos(pi * np.fmod(x, 2.0)) / _sin(x), out)
    whole = (x <= 0) & (x == np.floor(x))
    return np.where(whole, np.where(x == 0, np.copysign(np.inf, -x), np.nan), out)


def zeta64(s: int, x: Any) -> Any:
    """Hurwitz' zeta function Σ (x + k)⁻ˢ of a flat float64 array, by the sum of Euler and Maclaurin from x + k > 9 on.

    NaN below -10,000, from where the sum would be long.
    """
    out, z = np.zeros_like(x), np.where(x < -1e4, np.nan, x)
    while (low := z <= 9).any():
        out = np.where(low, out + z ** float(-s), out)
        z = np.where(low, z + 1, z)
    tail = z ** (1.0 - s) / (s - 1) + 0.5 * z ** float(-s)
    term = float(s)
    for k, b in enumerate(BERNOULLI, 1):
        tail = tail + b / factorial(2 * k) * term * z ** float(1 - s - 2 * k)
        term *= (s + 2 * k - 1) * (s + 2 * k)
    return np.where((x <= 0) & (x == np.floor(x)), np.inf, out + tail)


@primitive()
def lgamma(x: Any) -> Any:
    """log |Γ(x)|: for whole x the logarithm of (x - 1)!

    Examples:
        >>> from tt_tensor import lgamma, tensor
        >>> lgamma(tensor([1.0, 4.0, 0.5]))
        tensor([0.0000, 1.7918, 0.5724])
    """
    return chunked(None, lgamma64, x)


@primitive()
def digamma(x: Any) -> Any:
    """The derivative of `lgamma`, Γ'(x) / Γ(x).

    Examples:
        >>> from tt_tensor import digamma, tensor
        >>> digamma(tensor([1.0, 0.5]))
        tensor([-0.5772, -1.9635])
    """
    return chunked(None, digamma64, x)


@primitive("polygamma")
def polygamma_p(x: Any, *, n: int) -> Any:
    """The n-th derivative of `digamma`: (-1)ⁿ⁺¹ n! Σ (x + k)⁻ⁿ⁻¹."""
    if n == 0:
        return digamma.kernel(x)
    return chunked(None, lambda v: (-1) ** (n + 1) * factorial(n) * zeta64(n + 1, v), x)


def polygamma(n: int, input: Any, *, out: Any = None) -> Any:
    """The n-th derivative of `digamma`.

    Examples:
        >>> from tt_tensor import polygamma, tensor
        >>> polygamma(1, tensor([1.0, 0.5]))
        tensor([1.6449, 4.9348])
    """
    if n < 0:
        raise RuntimeError(f"polygamma: n must not be negative, got {n}")
    return send(polygamma_p, out, input, n=n)


class GammaMethods:
    """What `Tensor` gets from this file."""

    __slots__ = ()

    lgamma, lgamma_ = method(lgamma), in_place(lgamma)
    digamma, digamma_ = method(digamma), in_place(digamma)

    def polygamma(self, n: int) -> Any:
        """The n-th derivative of `digamma`."""
        return polygamma(n, self)
