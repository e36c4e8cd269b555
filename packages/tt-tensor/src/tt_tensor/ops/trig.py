"""Trigonometric and hyperbolic functions, element by element. Angles are in radians."""

from math import pi

import numpy as np

from ..primitive import in_place, method
from .unary import unary

sin = unary(np.sin, "sin", """The sine of x.

    Examples:
        >>> from tt_tensor import sin, tensor
        >>> sin(tensor([0.0, 1.5708]))
        tensor([0., 1.])
    """)  # fmt: skip
cos = unary(np.cos, "cos", "The cosine of x.")
tan = unary(np.tan, "tan", "The tangent of x: sin(x) / cos(x).")
asin = unary(np.arcsin, "asin", "The angle in [-π/2, π/2] whose sine is x; NaN outside [-1, 1].")
acos = unary(np.arccos, "acos", "The angle in [0, π] whose cosine is x; NaN outside [-1, 1].")
atan = unary(np.arctan, "atan", "The angle in (-π/2, π/2) whose tangent is x.")
sinh = unary(np.sinh, "sinh", "(eˣ - e⁻ˣ) / 2")
cosh = unary(np.cosh, "cosh", "(eˣ + e⁻ˣ) / 2")
tanh = unary(np.tanh, "tanh", """sinh(x) / cosh(x), in [-1, 1].

    Examples:
        >>> from tt_tensor import tanh, tensor
        >>> tanh(tensor([-100.0, 0.0, 0.5]))
        tensor([-1.0000,  0.0000,  0.4621])
    """)  # fmt: skip
asinh = unary(np.arcsinh, "asinh", "The inverse of sinh: log(x + √(x² + 1)).")
acosh = unary(np.arccosh, "acosh", "The inverse of cosh: log(x + √(x² - 1)); NaN below 1.")
atanh = unary(np.arctanh, "atanh", "The inverse of tanh: log((1 + x) / (1 - x)) / 2; NaN outside [-1, 1].")
sinc = unary(np.sinc, "sinc", "sin(πx) / (πx), and 1 at 0.")
deg2rad = unary(lambda x: x * (pi / 180), "deg2rad", "Degrees as radians: x · π / 180.")
rad2deg = unary(lambda x: x * (180 / pi), "rad2deg", "Radians as degrees: x · 180 / π.")

arcsin, arccos, arctan, arcsinh, arccosh, arctanh = asin, acos, atan, asinh, acosh, atanh


class TrigMethods:
    """What `Tensor` gets from this file."""

    __slots__ = ()

    sin, sin_ = method(sin), in_place(sin)
    cos, cos_ = method(cos), in_place(cos)
    tan, tan_ = method(tan), in_place(tan)
    asin, asin_ = method(asin), in_place(asin)
    acos, acos_ = method(acos), in_place(acos)
    atan, atan_ = method(atan), in_place(atan)
    sinh, sinh_ = method(sinh), in_place(sinh)
    cosh, cosh_ = method(cosh), in_place(cosh)
    tanh, tanh_ = method(tanh), in_place(tanh)
    asinh, asinh_ = method(asinh), in_place(asinh)
    acosh, acosh_ = method(acosh), in_place(acosh)
    atanh, atanh_ = method(atanh), in_place(atanh)
    arcsin, arccos, arctan, arcsinh, arccosh, arctanh = asin, acos, atan, asinh, acosh, atanh
    arcsin_, arccos_, arctan_, arcsinh_, arccosh_, arctanh_ = asin_, acos_, atan_, asinh_, acosh_, atanh_
    sinc, sinc_ = method(sinc), in_place(sinc)
    deg2rad, deg2rad_ = method(deg2rad), in_place(deg2rad)
    rad2deg, rad2deg_ = method(rad2deg), in_place(rad2deg)
