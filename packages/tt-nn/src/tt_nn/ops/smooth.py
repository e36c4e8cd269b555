"""Smooth activations: gelu, silu, mish, softsign, tanhshrink and the gated linear unit."""

from collections.abc import Callable
from math import isfinite, log, pi, sqrt
from typing import Any

import numpy as np
from tt_autograd.rule import derivative
from tt_tensor.errors import ShapeError
from tt_tensor.ops.dims import one_dim, send
from tt_tensor.ops.exponential import LOG, raised
from tt_tensor.ops.special import erf
from tt_tensor.ops.trig import tanh
from tt_tensor.ops.unary import abs, exp
from tt_tensor.ops.unary import sigmoid as sigmoid_p
from tt_tensor.primitive import primitive

from .activations import softplus_p
from .common import in_blocks, real

ROOT, CUBE = sqrt(2 / pi), 0.044715
SLOPE = 1 / sqrt(2 * pi)
# Φ(x) = 1 / (1 + exp(x · Q(x²))), highest power first, fitted to have the least largest error of x Φ(x), 7e-8 (least squares,
# reweighted as Lawson does), which is float32's own rounding; the approximation with tanh is the same with two terms.
Q = (
    -3.61107092e-9, 2.66886234e-7, -7.93812164e-6, 1.10479664e-4, 6.62620199e-5, -7.26685697e-2, -1.59576843,
)  # fmt: skip
Q_TANH = (-2 * ROOT * CUBE, -2 * ROOT)


def _arrays(*numbers: float) -> dict[str, list[Any]]:
    """The numbers as arrays of each dtype: a pass with a Python float takes 0.3 µs longer."""
    return {kind: [np.array(number, kind) for number in numbers] for kind in "fd"}


def _logistic(q: tuple[float, ...]) -> Callable[[Any, Any], None]:
    """x / (1 + exp(x · Q(x²)))"""
    numbers = _arrays(*(c * LOG for c in q), 1)

    def kernel(out: Any, x: Any) -> None:
        first, *middle, last, one = numbers[x.dtype.char]
        square = np.multiply(x, x)
        np.multiply(square, first, out)
        for c in middle:
            out += c
            out *= square
        out += last
        out *= x
        raised(out, out)
        out += one
        np.true_divide(x, out, out)

    return kernel


_gelu, _gelu_tanh = _logistic(Q), _logistic(Q_TANH)
_DENSITY = _arrays(-0.5 * LOG, log(SLOPE) * LOG)
_STEEPNESS = _arrays(-3 * Q_TANH[0], -Q_TANH[1], 1)
_SIGN = _arrays(-LOG, 1)


def _share(x: Any, y: Any) -> Any:
    """Φ(x), from x and y = x Φ(x), or σ(x) from x and x σ(x)."""
    share = np.true_divide(y, x)
    flat = share.reshape(-1)
    if not isfinite(flat.dot(flat)):  # 0 / 0
        share[x == 0] = 0.5
    return share


def _gelu_backward(out: Any, g: Any, x: Any, y: Any) -> None:
    """Φ + x φ, where φ(x) = exp(-x²/2) / √(2π)."""
    factor, term = _DENSITY[x.dtype.char]
    np.multiply(x, x, out)
    out *= factor
    out += term
    raised(out, out)
    out *= x
    out += _share(x, y)
    out *= g


def _gelu_tanh_backward(out: Any, g: Any, x: Any, y: Any) -> None:
    """With Φ = 1 / (1 + exp(v)): Φ - x v' Φ (1 - Φ)."""
    cube, line, one = _STEEPNESS[x.dtype.char]
    share = _share(x, y)
    np.multiply(x, x, out)
    out *= cube
    out += line
    out *= np.subtract(one, share)  # 0 where the other factors together are too large for a float
    out *= y
    out += share
    out *= g


def _silu(out: Any, x: Any) -> None:
    """x / (1 + exp(-x))"""
    factor, one = _SIGN[x.dtype.char]
    np.multiply(x, factor, out)
    raised(out, out)
    out += one
    np.true_divide(x, out, out)


def _silu_backward(out: Any, g: Any, x: Any, y: Any) -> None:
    """With σ = y / x: σ + y (1 - σ)."""
    share = _share(x, y)
    np.subtract(_SIGN[x.dtype.char][1], share, out)
    out *= y
    out += share
    out *= g


def _from_result(forward: Callable[..., None], backward: Callable[..., None], g: Any, x: Any, y: Any) -> Any:
    """A gradient that takes Φ or σ from the result y; anew in float32 where y was rounded to float16, which is too coarse."""
    if x.itemsize > 2:
        return in_blocks(backward, g, x, y)
    wide = x.astype(np.float32)
    return in_blocks(backward, g.astype(np.float32), wide, in_blocks(forward, wide)).astype(x.dtype)


def _gelu64(out: Any, x: Any) -> None:
    """x (1 + erf(x / √2)) / 2"""
    np.multiply(x, sqrt(0.5), out)
    share = erf.kernel(out)
    share += 1
    share *= 0.5
    np.multiply(share, x, out)


@primitive()
def gelu_p(x: Any, *, approximate: str) -> Any:
    """x Φ(x), where Φ is the normal distribution, or its approximation ½ (1 + tanh(√(2/π) (x + 0.044715 x³)))."""
    if approximate == "tanh":
        return in_blocks(_gelu_tanh, real("gelu", x))
    return in_blocks(_gelu64 if x.dtype == np.float64 else _gelu, real("gelu", x))


@primitive()
def gelu_backward_p(g: Any, x: Any, y: Any, *, approximate: str) -> Any:
    """g · (Φ(x) + x φ(x)), or the derivative of the approximation; y is the gelu of x, and Φ is taken from it."""
    if approximate == "tanh":
        return _from_result(_gelu_tanh, _gelu_tanh_backward, g, x, y)
    return _from_result(_gelu, _gelu_backward, g, x, y)


def _gelu_second(gg: Any, g: Any, x: Any, approximate: str) -> Any:
    """gg · g · the second derivative."""
    square = x * x
    if approximate == "none":
        return gg * g * (exp(square * -0.5) * SLOPE * (2 - square))
    t = tanh((square * (CUBE * ROOT) + ROOT) * x)
    slope = square * (3 * CUBE * ROOT) + ROOT
    return gg * g * (1 - t * t) * (slope + x * (3 * CUBE * ROOT) * x - x * t * slope * slope)


derivative(gelu_p, lambda g, x, again, approximate: gelu_backward_p(g, x, again, approximate=approximate))
derivative(
    gelu_backward_p,
    lambda gg, x, y, approximate: gelu_backward_p(gg, x, y, approximate=approximate),
    _gelu_second,
    None,  # y is a function of x, and counted there
)


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
def silu_p(x: Any) -> Any:
    """x σ(x)"""
    return in_blocks(_silu, real("silu", x))


@primitive()
def silu_backward_p(g: Any, x: Any, y: Any) -> Any:
    """g · σ(x) (1 + x (1 - σ(x))); y is the silu of x, and σ is taken from it."""
    return _from_result(_silu, _silu_backward, g, x, y)


def _silu_second(gg: Any, g: Any, x: Any) -> Any:
    s = sigmoid_p(x)
    return gg * g * s * (1 - s) * (2 + x * (1 - 2 * s))


derivative(silu_p, lambda g, x, again: silu_backward_p(g, x, again))
derivative(silu_backward_p, lambda gg, x, y: silu_backward_p(gg, x, y), _silu_second, None)


def silu(input: Any, inplace: bool = False) -> Any:
    """The sigmoid linear unit, or swish: x · σ(x).

    Args:
        input: a tensor of any shape, floating.
        inplace: write the result into `input`.

    Source:
        Elfwing, Uchibe and Doya, Sigmoid-weighted linear units, 2017.

    Examples:
        >>> from tt_tensor import tensor
        >>> from tt_nn.functional import silu
        >>> silu(tensor([-1.0, 0.0, 1.0]))
        tensor([-0.2689,  0.0000,  0.7311])
    """
    return silu_p(input, out=input) if inplace else silu_p(input)


def _mish(out: Any, x: Any) -> None:
    """x n / (n + 2) with n = e (e + 2) and e = exp(x); beyond 40 the quotient is 1."""
    e = np.minimum(x, 40)
    np.exp(e, e)
    np.add(e, 2, out)
    out *= e
    out /= out + 2
    out *= x


def _mish_backward(out: Any, g: Any, x: Any) -> None:
    """n / (n + 2) + 4 x e (e + 1) / (n + 2)²"""
    x = np.minimum(x, 40)
    e = np.exp(x)
    np.add(e, 2, out)
    out *= e
    more = out + 2
    out /= more
    x *= e
    x *= 4
    e += 1
    x *= e
    x /= more
    x /= more
    out += x
    out *= g


@primitive()
def mish_p(x: Any) -> Any:
    """x · tanh(log(1 + exp(x)))"""
    return in_blocks(_mish, real("mish", x))


def _mish_rule(g: Any, x: Any) -> Any:
    if type(g) is np.ndarray:
        return in_blocks(_mish_backward, g, x)
    t = tanh(softplus_p(x, beta=1.0, threshold=20.0))
    return g * (t + x * sigmoid_p(x) * (1 - t * t))


derivative(mish_p, _mish_rule)


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
    real("glu", input)
    a, b = input.chunk(2, dim)
    return a * sigmoid_p(b)
