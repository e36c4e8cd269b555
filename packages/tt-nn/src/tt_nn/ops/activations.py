"""Activations that are computed often: relu, sigmoid and tanh, softplus and logsigmoid."""

from collections.abc import Callable
from typing import Any

import numpy as np
from tt_autograd.rule import derivative
from tt_tensor.ops.activation import relu as relu_op
from tt_tensor.ops.compare import where_p
from tt_tensor.ops.exponential import soft_part
from tt_tensor.ops.select import select
from tt_tensor.ops.unary import sigmoid as sigmoid_p
from tt_tensor.primitive import primitive

from .common import half, in_blocks, real


def relu(input: Any, inplace: bool = False) -> Any:
    """The rectified linear unit: max(x, 0).

    Args:
        input: a tensor of any shape and dtype.
        inplace: write the result into `input`.

    Examples:
        >>> from tt_tensor import tensor
        >>> from tt_nn.functional import relu
        >>> relu(tensor([-1.0, 2.0]))
        tensor([0., 2.])
    """
    return relu_op(input, out=input) if inplace else relu_op(input)


def relu_(input: Any) -> Any:
    """`relu` in place."""
    return relu_op(input, out=input)


ROUNDED = 17  # from here on log(1 + exp(t)) is t in float32


def _softplus(beta: float) -> Callable[..., None]:
    def kernel(out: Any, x: Any) -> None:
        t = x if beta == 1 else x * beta
        soft_part(t, out)
        out += t.clip(0, np.inf)
        if beta != 1:
            out /= beta

    return kernel


@primitive()
def softplus_p(x: Any, *, beta: float, threshold: float) -> Any:
    """log(1 + exp(βx)) / β; x itself where βx > threshold."""
    if x.dtype.itemsize <= 4 and threshold >= ROUNDED and beta > 0:
        return in_blocks(_softplus(beta), real("softplus", x))
    t = half(real("softplus", x)) * beta
    return select(t > threshold, half(x), np.log1p(np.exp(t)) / beta).astype(x.dtype, copy=False)


def _softplus_backward(beta: float) -> Callable[..., None]:
    """g / (1 + exp(-βx)), which is g where βx is above a threshold of `ROUNDED` or more."""

    def kernel(out: Any, g: Any, x: Any) -> None:
        np.multiply(x, -beta, out)
        np.exp(out, out)
        out += 1
        np.true_divide(g, out, out)

    return kernel


def softplus_rule(g: Any, x: Any, beta: float, threshold: float) -> Any:
    """∂x = g σ(βx), and g where βx > threshold."""
    if type(g) is np.ndarray and g.itemsize <= 4 and threshold >= ROUNDED:
        return in_blocks(_softplus_backward(beta), g, x)
    return g * where_p(x * beta > threshold, 1.0, sigmoid_p(x * beta))


derivative(softplus_p, softplus_rule)


def softplus(input: Any, beta: float = 1.0, threshold: float = 20.0) -> Any:
    """A smooth relu: log(1 + exp(βx)) / β, and x itself where βx > threshold.

    Examples:
        >>> from tt_tensor import tensor
        >>> from tt_nn.functional import softplus
        >>> softplus(tensor([0.0, 30.0]))
        tensor([ 0.6931, 30.0000])
    """
    return softplus_p(input, beta=float(beta), threshold=float(threshold))


def _logsigmoid(out: Any, x: Any) -> None:
    soft_part(x, out)
    np.subtract(x.clip(-np.inf, 0), out, out)


def _logsigmoid_backward(out: Any, g: Any, x: Any) -> None:
    """g σ(-x)"""
    np.exp(x, out)
    out += 1
    np.true_divide(g, out, out)


@primitive()
def logsigmoid_p(x: Any) -> Any:
    """min(x, 0) - log(1 + exp(-|x|))"""
    return in_blocks(_logsigmoid, real("logsigmoid", x))


def logsigmoid_rule(g: Any, x: Any) -> Any:
    """∂x = g σ(-x)"""
    return in_blocks(_logsigmoid_backward, g, x) if type(g) is np.ndarray else g * sigmoid_p(-x)


derivative(logsigmoid_p, logsigmoid_rule)


def logsigmoid(input: Any) -> Any:
    """The logarithm of the sigmoid: min(x, 0) - log(1 + exp(-|x|)).

    Examples:
        >>> from tt_tensor import tensor
        >>> from tt_nn.functional import logsigmoid
        >>> logsigmoid(tensor([0.0, -1000.0]))
        tensor([-6.9315e-01, -1.0000e+03])
    """
    return logsigmoid_p(input)


def sigmoid(input: Any) -> Any:
    """The logistic function: 1 / (1 + exp(-x)).

    Examples:
        >>> from tt_tensor import tensor
        >>> from tt_nn.functional import sigmoid
        >>> sigmoid(tensor([0.0, 1000.0]))
        tensor([0.5000, 1.0000])
    """
    return input.sigmoid()


def tanh(input: Any) -> Any:
    """The hyperbolic tangent.

    Examples:
        >>> from tt_tensor import tensor
        >>> from tt_nn.functional import tanh
        >>> tanh(tensor([0.0, 1.0]))
        tensor([0.0000, 0.7616])
    """
    return input.tanh()
