"""Smooth activations: gelu, mish, softsign, tanhshrink and the gated linear unit."""

from math import pi, sqrt
from typing import Any

import numpy as np
from tt_autograd.rule import derivative
from tt_tensor.errors import ShapeError
from tt_tensor.ops.dims import one_dim, send
from tt_tensor.ops.special import erf
from tt_tensor.ops.trig import tanh
from tt_tensor.ops.unary import abs, exp
from tt_tensor.ops.unary import sigmoid as sigmoid_p
from tt_tensor.primitive import primitive

from .activations import softplus_p
from .common import in_blocks, real

ROOT, CUBE = sqrt(2 / pi), 0.044715
SLOPE = 1 / sqrt(2 * pi)


def _gelu_tanh(out: Any, x: Any) -> None:
    np.multiply(x, x, out)
    out *= CUBE * ROOT
    out += ROOT
    out *= x
    np.tanh(out, out)
    out += 1
    out *= x
    out *= 0.5


def _gelu_tanh_backward(out: Any, g: Any, x: Any) -> None:
    square = x * x
    np.multiply(square, CUBE * ROOT, out)
    out += ROOT
    out *= x
    t = np.tanh(out, out)
    square *= 1.5 * CUBE * ROOT
    square += 0.5 * ROOT
    square *= x  # half of x times the slope of what tanh is taken of
    square *= 1 - t * t
    t += 1
    t *= 0.5
    t += square
    t *= g


def normal(x: Any) -> tuple[Any, Any]:
    """exp(-x²/2), and Φ(x), the distribution function of the normal distribution.

    In float32 by the approximation 7.1.26 of Abramowitz and Stegun, Handbook of Mathematical Functions (1964), whose error of
    less than 1e-7 is that of float32's own rounding, in a third of the time.
    """
    density = np.multiply(x, x)
    density *= -0.5
    np.exp(density, density)
    if x.dtype.itemsize > 4:
        phi = erf.kernel(x * sqrt(0.5))
        phi += 1
        phi *= 0.5
        return density, phi
    t = np.abs(x)
    t *= TAIL_SCALE
    t += 1
    np.true_divide(1, t, t)
    tail = t * TAIL[0]
    for c in TAIL[1:]:
        tail += c
        tail *= t
    tail *= density  # ½ - Φ(-|x|), once subtracted from ½
    np.subtract(0.5, tail, tail)
    bits = tail.view(np.int32)  # copysign takes as long as ten operations on bits
    bits |= x.view(np.int32) & SIGN
    tail += 0.5
    return density, tail


SIGN = np.int32(-(1 << 31))
TAIL_SCALE = 0.3275911 * sqrt(0.5)
TAIL = (0.5 * 1.061405429, -0.5 * 1.453152027, 0.5 * 1.421413741, -0.5 * 0.284496736, 0.5 * 0.254829592)


def _gelu(out: Any, x: Any) -> None:
    np.multiply(normal(x)[1], x, out)


def _gelu_backward(out: Any, g: Any, x: Any) -> None:
    density, phi = normal(x)
    density *= SLOPE
    density *= x
    density += phi
    np.multiply(density, g, out)


@primitive()
def gelu_p(x: Any, *, approximate: str) -> Any:
    """x Φ(x), where Φ is the normal distribution, or its approximation ½ (1 + tanh(√(2/π) (x + 0.044715 x³)))."""
    return in_blocks(_gelu_tanh if approximate == "tanh" else _gelu, real("gelu", x))


@primitive()
def gelu_backward_p(g: Any, x: Any, *, approximate: str) -> Any:
    """g · (Φ(x) + x φ(x)), or the derivative of the approximation."""
    return in_blocks(_gelu_tanh_backward if approximate == "tanh" else _gelu_backward, g, x)


def _gelu_second(gg: Any, g: Any, x: Any, approximate: str) -> Any:
    """gg · g · the second derivative."""
    square = x * x
    if approximate == "none":
        return gg * g * (exp(square * -0.5) * SLOPE * (2 - square))
    t = tanh((square * (CUBE * ROOT) + ROOT) * x)
    slope = square * (3 * CUBE * ROOT) + ROOT
    return gg * g * (1 - t * t) * (slope + x * (3 * CUBE * ROOT) * x - x * t * slope * slope)


derivative(gelu_p, lambda g, x, approximate: gelu_backward_p(g, x, approximate=approximate))
derivative(gelu_backward_p, lambda gg, x, approximate: gelu_backward_p(gg, x, approximate=approximate), _gelu_second)


def gelu(input: Any, approximate: str = "none") -> Any:
    """The Gaussian error linear unit: x Φ(x), where Φ is the distribution function of the normal distribution.

    Args:
        input: a tensor of any shape, floating.
        approximate: `"none"` for the exact function, `"tanh"` for ½ x (1 + tanh(√(2/π) (x + 0.044715 x³))), as in GPT-2.

    Raises:
        RuntimeError: for another value of `approximate`.

    Source:
        Hendrycks and Gimpel, Gaussian error linear units, 2016.

    Examples:
        >>> from tt_tensor import tensor
        >>> from tt_nn.functional import gelu
        >>> gelu(tensor([-1.0, 0.0, 1.0]))
        tensor([-0.1587,  0.0000,  0.8413])
    """
    if approximate not in ("none", "tanh"):
        raise RuntimeError(f"gelu: approximate argument must be either none or tanh, got {approximate}")
    return gelu_p(input, approximate=approximate)


@primitive()
def mish_p(x: Any) -> Any:
    """x · tanh(log(1 + exp(x)))"""
    return x * np.tanh(np.logaddexp(real("mish", x), 0))


def _mish(g: Any, x: Any) -> Any:
    t = tanh(softplus_p(x, beta=1.0, threshold=20.0))
    return g * (t + x * sigmoid_p(x) * (1 - t * t))


derivative(mish_p, _mish)


def mish(input: Any, inplace: bool = False) -> Any:
    """x · tanh(softplus(x)).

    Source:
        Misra, Mish: a self regularized non-monotonic activation function, 2019.

    Examples:
        >>> from tt_tensor import tensor
        >>> from tt_nn.functional import mish
        >>> mish(tensor([-1.0, 0.0, 1.0]))
        tensor([-0.3034,  0.0000,  0.8651])
    """
    return send(mish_p, input if inplace else None, input)


def softsign(input: Any) -> Any:
    """x / (1 + |x|).

    Examples:
        >>> from tt_tensor import tensor
        >>> from tt_nn.functional import softsign
        >>> softsign(tensor([-1.0, 3.0]))
        tensor([-0.5000,  0.7500])
    """
    return input / (abs(input) + 1)


def tanhshrink(input: Any) -> Any:
    """x - tanh(x).

    Examples:
        >>> from tt_tensor import tensor
        >>> from tt_nn.functional import tanhshrink
        >>> tanhshrink(tensor([0.0, 1.0]))
        tensor([0.0000, 0.2384])
    """
    return input - tanh(input)


def glu(input: Any, dim: int = -1) -> Any:
    """The gated linear unit: a · σ(b), where a and b are the two halves of the input along a dimension.

    Args:
        input: a tensor whose dimension `dim` has an even size.
        dim: the dimension that is halved.

    Raises:
        ShapeError: if the size is odd.

    Source:
        Dauphin et al., Language modeling with gated convolutional networks, 2016.

    Examples:
        >>> from tt_tensor import tensor
        >>> from tt_nn.functional import glu
        >>> glu(tensor([3.0, 0.0]))
        tensor([1.5000])
    """
    dim = one_dim("glu", dim, input.ndim)
    if input.ndim == 0 or input.shape[dim] % 2:
        raise ShapeError(
            f"glu: Halving dimension must be even, but dimension {dim} of an input of shape {tuple(input.shape)} is not"
        )
    a, b = input.chunk(2, dim)
    return a * sigmoid_p(b)
