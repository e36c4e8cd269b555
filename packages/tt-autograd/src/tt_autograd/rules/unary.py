"""Derivatives of the functions of one input."""

from math import log as ln
from math import pi
from math import sqrt as root
from typing import Any

from tt_tensor.ops.compare import where_p
from tt_tensor.ops.complex import conj_p, imag_p, real_p
from tt_tensor.ops.gamma import digamma, lgamma, polygamma_p
from tt_tensor.ops.special import erf, erfc, erfinv
from tt_tensor.ops.trig import (
    acos,
    acosh,
    asin,
    asinh,
    atan,
    atanh,
    cos,
    cosh,
    deg2rad,
    rad2deg,
    sin,
    sinc,
    sinh,
    tan,
    tanh,
)  # fmt: skip
from tt_tensor.ops.unary import (
    abs,
    ceil,
    exp,
    exp2,
    expm1,
    floor,
    frac,
    log,
    log1p,
    log2,
    log10,
    logit_p,
    nan_to_num_p,
    neg,
    positive,
    reciprocal,
    round_p,
    rsqrt,
    sigmoid,
    sign,
    signbit,
    sqrt,
    square,
    trunc,
)  # fmt: skip

from ..rule import derivative, flat
from .elementwise import zero


def logit_rule(g: Any, x: Any, eps: float | None) -> Any:
    """∂x = g / (x (1 - x)), and 0 where x is held at a bound."""
    d = g / (x * (1 - x))
    return (
        where_p((x >= 0) & (x <= 1), d, float("nan")) if eps is None else where_p((x >= eps) & (x <= 1 - eps), d, 0.0)
    )


def sinc_rule(g: Any, x: Any) -> Any:
    """∂x = g (cos(πx) πx - sin(πx)) / (πx²); near 0 that is -π²x / 3, which is 0 there, and differentiates rightly."""
    safe = where_p(x == 0, 1.0, x)
    angle = safe * pi
    return where_p(x == 0, g * (x * (-pi * pi / 3)), g * ((cos(angle) * angle - sin(angle)) / (angle * safe)))


derivative(exp, lambda g, out: g * out)
derivative(exp2, lambda g, out: g * (out * ln(2)))
derivative(expm1, lambda g, out: g * (out + 1.0))
derivative(log, lambda g, x: g / x)
derivative(log1p, lambda g, x: g / (x + 1.0))
derivative(log2, lambda g, x: g / (x * ln(2)))
derivative(log10, lambda g, x: g / (x * ln(10)))
derivative(sqrt, lambda g, out: g / (out + out))
derivative(rsqrt, lambda g, out: g * (out * out * out * -0.5))
derivative(reciprocal, lambda g, out: -g * (out * out))
derivative(neg, lambda g: -g)
derivative(positive, lambda g: g)
derivative(abs, lambda g, x: g * sign(x))
derivative(square, lambda g, x: g * (x + x))
derivative(sigmoid, lambda g, out: g * (out * (1.0 - out)))
derivative(logit_p, logit_rule)
derivative(frac, lambda g: g)
derivative(nan_to_num_p, lambda g, x: where_p(x - x == 0, g, 0.0))
for piecewise_constant in (floor, ceil, trunc, round_p, sign):
    derivative(piecewise_constant, zero)
flat(signbit)

derivative(sin, lambda g, x: g * cos(x))
derivative(cos, lambda g, x: -g * sin(x))
derivative(tan, lambda g, out: g * (out * out + 1.0))
derivative(asin, lambda g, x: g * rsqrt(1.0 - x * x))
derivative(acos, lambda g, x: -g * rsqrt(1.0 - x * x))
derivative(atan, lambda g, x: g / (x * x + 1.0))
derivative(sinh, lambda g, x: g * cosh(x))
derivative(cosh, lambda g, x: g * sinh(x))
derivative(tanh, lambda g, out: g * (1.0 - out * out))
derivative(asinh, lambda g, x: g * rsqrt(x * x + 1.0))
derivative(acosh, lambda g, x: g * rsqrt(x * x - 1.0))
derivative(atanh, lambda g, x: g / (1.0 - x * x))
derivative(sinc, sinc_rule)
derivative(deg2rad, lambda g: g * (pi / 180))
derivative(rad2deg, lambda g: g * (180 / pi))

derivative(erf, lambda g, x: g * (exp(-(x * x)) * (2 / root(pi))))
derivative(erfc, lambda g, x: g * (exp(-(x * x)) * (-2 / root(pi))))
derivative(erfinv, lambda g, out: g * (exp(out * out) * (root(pi) / 2)))
derivative(lgamma, lambda g, x: g * digamma(x))
derivative(digamma, lambda g, x: g * polygamma_p(x, n=1))
derivative(polygamma_p, lambda g, x, n: g * polygamma_p(x, n=n + 1))

flat(real_p, imag_p, conj_p)  # of complex numbers, which cannot be tracked
