"""Derivatives of arithmetic, and of conversion and filling."""

import math
from typing import Any

import numpy as np
from tt_tensor.ops.combine import (
    addcdiv_p,
    addcmul_p,
    atan2,
    copysign,
    gcd,
    heaviside,
    hypot,
    lcm,
    lerp_p,
    logaddexp,
    logaddexp2,
    nextafter,
    xlogy,
)
from tt_tensor.ops.compare import where_p
from tt_tensor.ops.convert import cast_p, clone_p, contiguous_p, copy_p, fill_p
from tt_tensor.ops.elementwise import (
    add_p,
    div_p,
    floor_div_p,
    fmod_p,
    mul_p,
    pow_p,
    remainder_p,
    sub_p,
    trunc_div_p,
)
from tt_tensor.ops.unary import exp, exp2, log

from ..rule import derivative, flat

NUMBERS = (int, float)


def zero(g: Any) -> Any:
    """The gradient of what is constant piece by piece: 0, and not none."""
    return fill_p(g if hasattr(g, "more") else np.asarray(g), 0.0)


def pow_base(g: Any, x: Any, y: Any) -> Any:
    """∂x = g y x^(y-1), and 0 where y is 0."""
    if type(y) in NUMBERS:
        if y == 2:
            return g * (x + x)
        return zero(g) if y == 0 else g * (pow_p(x, y - 1) * float(y))
    return where_p(y == 0, 0.0, g * (y * pow_p(x, y - 1)))


def divisor(g: Any, x: Any, y: Any) -> Any:
    """-g x / y², divided twice, since y² may overflow; not from the result, which may be changed in place."""
    if type(g) is not np.ndarray or not g.ndim:
        return -g * (x / y / y)
    q = np.divide(x, y)
    q /= -y
    q *= g
    return q


def pow_exponent(g: Any, x: Any, y: Any, out: Any) -> Any:
    """∂y = g x^y log x, and 0 where x is 0 and y is not negative, where the power is constant."""
    if type(x) in NUMBERS:
        if x > 0:
            return g * (out * math.log(x))
        return where_p(y >= 0, 0.0, g * (out * -math.inf)) if x == 0 else g * math.nan
    return where_p((x == 0) & (y >= 0), 0.0, g * (out * log(x)))


def squares(x: Any, y: Any) -> Any:
    """1 / (x² + y²), and 0 at the origin."""
    d = x * x + y * y
    return where_p(d == 0, 0.0, 1.0 / d)


derivative(add_p, lambda g: g, lambda g: g)
derivative(sub_p, lambda g: g, lambda g: -g)
derivative(mul_p, lambda g, y: g * y, lambda g, x: g * x)
derivative(div_p, lambda g, y: g / y, divisor)
derivative(pow_p, pow_base, pow_exponent)
derivative(floor_div_p, zero, zero)
derivative(trunc_div_p, zero, zero)
derivative(remainder_p, lambda g: g, lambda g, x, y: -g * floor_div_p(x, y))
derivative(fmod_p, lambda g: g, lambda g, x, y: -g * trunc_div_p(x, y))
derivative(hypot, lambda g, x, out: g * (x / out), lambda g, y, out: g * (y / out))
derivative(atan2, lambda g, x, y: g * (y * squares(x, y)), lambda g, x, y: -g * (x * squares(x, y)))
derivative(logaddexp, lambda g, x, y: g / (exp(y - x) + 1.0), lambda g, x, y: g / (exp(x - y) + 1.0))
derivative(logaddexp2, lambda g, x, y: g / (exp2(y - x) + 1.0), lambda g, x, y: g / (exp2(x - y) + 1.0))
derivative(copysign, lambda g, x, out: where_p(x == 0, 0.0, g * (out / x)), zero)
derivative(nextafter, lambda g: g, zero)
derivative(heaviside, zero, lambda g, x: where_p(x == 0, g, 0.0))
derivative(xlogy, lambda g, x, y: where_p((x == 0) & (y <= 0), 0.0, g * log(y)), lambda g, x, y: g * (x / y))
derivative(addcmul_p, lambda g: g, lambda g, b, value: g * (b * value), lambda g, a, value: g * (a * value))
derivative(
    addcdiv_p,
    lambda g: g,
    lambda g, b, value: g * (value / b),
    lambda g, a, b, value: -g * (a * value / (b * b)),
)
derivative(lerp_p, lambda g, w: g * (1 - w), lambda g, w: g * w, lambda g, x, y: g * (y - x))
flat(gcd, lcm)

derivative(cast_p, lambda g: g)
derivative(clone_p, lambda g: g)
derivative(contiguous_p, lambda g: g)
derivative(fill_p, zero, lambda g: g)
derivative(copy_p, zero, lambda g: g)
