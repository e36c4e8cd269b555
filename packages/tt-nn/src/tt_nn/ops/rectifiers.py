"""The relatives of relu that are not flat below 0: lines (leaky_relu, prelu, rrelu), or exponentials (elu, selu, celu)."""

from collections.abc import Callable
from typing import Any

import numpy as np
from tt_autograd.rule import derivative
from tt_tensor.errors import ShapeError
from tt_tensor.ops.compare import clamp_p, where_p
from tt_tensor.ops.dims import send
from tt_tensor.ops.select import select
from tt_tensor.ops.unary import exp
from tt_tensor.primitive import primitive
from tt_tensor.random import rand_like

from .common import in_blocks, real
from .masked import chosen, on_arrays


@primitive()
def leaky_relu_p(x: Any, *, slope: float) -> Any:
    """x where x > 0, slope · x elsewhere."""
    if 0 < slope <= 1:  # 0 times infinity is NaN
        return in_blocks(lambda out, x: np.maximum(x, np.multiply(x, slope, out), out=out), real("leaky_relu", x))
    return select(x > 0, x, real("leaky_relu", x) * slope)


def _leaky_relu_backward(slope: float) -> Callable[..., Any]:
    def kernel(out: Any, g: Any, x: Any) -> None:
        out.fill(1)
        chosen(x > 0, out, slope)
        out *= g

    return kernel


_leaky_relu_gradient = on_arrays(_leaky_relu_backward, lambda g, x, slope: where_p(x > 0, g, g * slope))
derivative(leaky_relu_p, lambda g, x, slope: _leaky_relu_gradient(g, x, slope=slope))


def leaky_relu(input: Any, negative_slope: float = 0.01, inplace: bool = False) -> Any:
    """x where x > 0, and a small slope times x elsewhere, so that no unit is dead.

    Examples:
        >>> from tt_tensor import tensor
        >>> from tt_nn.functional import leaky_relu
        >>> leaky_relu(tensor([-2.0, 3.0]), 0.5)
        tensor([-1.,  3.])
    """
    return send(leaky_relu_p, input if inplace else None, input, slope=float(negative_slope))


def leaky_relu_(input: Any, negative_slope: float = 0.01) -> Any:
    """`leaky_relu` in place."""
    return leaky_relu(input, negative_slope, inplace=True)


@primitive()
def prelu_p(x: Any, slope: Any) -> Any:
    """x where x > 0, slope · x elsewhere; the slope is learned."""
    return select(x > 0, x, x * slope)


derivative(
    prelu_p,
    lambda g, x, slope: where_p(x > 0, g, g * slope),
    lambda g, x: where_p(x > 0, 0.0, g * x),
)


def prelu(input: Any, weight: Any) -> Any:
    """`leaky_relu` with a slope that is learned: one for all, or one per channel (dimension 1 of the input).

    Args:
        input: `[N, C, ...]`, or any shape if there is one slope.
        weight: a tensor with 1 or C values.

    Raises:
        ShapeError: if there are several slopes and not one per channel.

    Source:
        He et al., Delving deep into rectifiers, 2015.

    Examples:
        >>> from tt_tensor import tensor
        >>> from tt_nn.functional import prelu
        >>> prelu(tensor([[-2.0, -2.0]]), tensor([0.5, 0.25]))
        tensor([[-1.0000, -0.5000]])
    """
    if weight.dtype != input.dtype:
        raise RuntimeError(f"prelu: Type promoting not supported. Got {input.dtype} and {weight.dtype}")
    real("prelu", input)
    count = weight.numel()
    if weight.ndim > 1 or (count != 1 and (input.ndim < 2 or count != input.shape[1])):
        raise ShapeError(
            f"prelu: Mismatch of parameter numbers and input channel size: weight of shape {tuple(weight.shape)} for input "
            f"of shape {tuple(input.shape)}"
        )
    if count != 1 and input.ndim > 2:
        weight = weight.reshape(count, *(1,) * (input.ndim - 2))
    elif weight.ndim > input.ndim:
        weight = weight.reshape(())
    return prelu_p(input, weight)


def rrelu(input: Any, lower: float = 1 / 8, upper: float = 1 / 3, training: bool = False, inplace: bool = False) -> Any:
    """`leaky_relu` whose slope is drawn anew for each negative element in training, and is the middle in evaluation.

    Args:
        input: a tensor of any shape, floating.
        lower: the smallest slope.
        upper: the largest slope.
        training: whether slopes are drawn.
        inplace: write the result into `input`.

    Examples:
        >>> from tt_tensor import tensor
        >>> from tt_nn.functional import rrelu
        >>> rrelu(tensor([-1.0, 1.0]), 0.25, 0.75)
        tensor([-0.5000,  1.0000])
    """
    if lower > upper:
        raise RuntimeError(
            f"rrelu: Lower bound should be less than or equal to the upper bound, got {lower} and {upper}"
        )
    if not training:
        return leaky_relu(input, (lower + upper) / 2, inplace)
    slopes = rand_like(input) * (upper - lower) + lower
    return send(prelu_p, input if inplace else None, input, slopes)


def rrelu_(input: Any, lower: float = 1 / 8, upper: float = 1 / 3, training: bool = False) -> Any:
    """`rrelu` in place."""
    return rrelu(input, lower, upper, training, inplace=True)


@primitive()
def elu_p(x: Any, *, alpha: float, scale: float, inner: float) -> Any:
    """scale · (x where x > 0, α (exp(inner · x) - 1) elsewhere)"""
    # Whether the exponential of what is clipped is below x where x > 0, and above elsewhere.
    below = alpha >= 0 and 0 <= alpha * inner <= 1

    def kernel(out: Any, x: Any) -> None:
        x.clip(-np.inf, 0, out=out)
        if inner != 1:
            out *= inner
        np.expm1(out, out)
        if alpha != 1:
            out *= alpha
        if below:
            np.maximum(x, out, out=out)
        else:
            out[...] = select(x > 0, x, out)
        if scale != 1:
            out *= scale

    return in_blocks(kernel, real("elu", x))


def _elu_backward(alpha: float, scale: float, inner: float) -> Callable[..., Any]:
    def kernel(out: Any, g: Any, x: Any) -> None:
        x.clip(-np.inf, 0, out=out)
        if inner != 1:
            out *= inner
        np.exp(out, out)
        if alpha * scale * inner != 1:
            out *= alpha * scale * inner
        chosen(x <= 0, out, scale)
        out *= g

    return kernel


_elu_gradient = on_arrays(
    _elu_backward,
    lambda g, x, alpha, scale, inner: (
        g * where_p(x <= 0, exp(clamp_p(x, -np.inf, 0.0) * inner) * (alpha * scale * inner), scale)
    ),
)
derivative(elu_p, lambda g, x, alpha, scale, inner: _elu_gradient(g, x, alpha=alpha, scale=scale, inner=inner))


def elu(input: Any, alpha: float = 1.0, inplace: bool = False) -> Any:
    """The exponential linear unit: x where x > 0, α (exp(x) - 1) elsewhere.

    Source:
        Clevert, Unterthiner and Hochreiter, Exponential linear units, 2015.

    Examples:
        >>> from tt_tensor import tensor
        >>> from tt_nn.functional import elu
        >>> elu(tensor([-100.0, 2.0]))
        tensor([-1.,  2.])
    """
    return send(elu_p, input if inplace else None, input, alpha=float(alpha), scale=1.0, inner=1.0)


def elu_(input: Any, alpha: float = 1.0) -> Any:
    """`elu` in place."""
    return elu(input, alpha, inplace=True)


SELU_ALPHA, SELU_SCALE = 1.6732632423543772848170429916717, 1.0507009873554804934193349852946


def selu(input: Any, inplace: bool = False) -> Any:
    """The scaled exponential linear unit, which keeps mean 0 and variance 1: 1.0507 · elu(x, α = 1.6733).

    Source:
        Klambauer et al., Self-normalizing neural networks, 2017.

    Examples:
        >>> from tt_tensor import tensor
        >>> from tt_nn.functional import selu
        >>> selu(tensor([-100.0, 1.0]))
        tensor([-1.7581,  1.0507])
    """
    return send(elu_p, input if inplace else None, input, alpha=SELU_ALPHA, scale=SELU_SCALE, inner=1.0)


def selu_(input: Any) -> Any:
    """`selu` in place."""
    return selu(input, inplace=True)


def celu(input: Any, alpha: float = 1.0, inplace: bool = False) -> Any:
    """An elu with a continuous derivative: x where x > 0, α (exp(x / α) - 1) elsewhere.

    Examples:
        >>> from tt_tensor import tensor
        >>> from tt_nn.functional import celu
        >>> celu(tensor([-100.0, 2.0]), alpha=2.0)
        tensor([-2.,  2.])
    """
    if alpha == 0:
        raise RuntimeError("celu: ZeroDivisionError: alpha cannot be 0")
    return send(elu_p, input if inplace else None, input, alpha=float(alpha), scale=1.0, inner=1 / alpha)


def celu_(input: Any, alpha: float = 1.0) -> Any:
    """`celu` in place."""
    return celu(input, alpha, inplace=True)
