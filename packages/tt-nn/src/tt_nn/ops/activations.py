"""Activations that are computed often: relu, sigmoid and tanh, softplus and logsigmoid."""

from typing import Any

import numpy as np
from tt_autograd.rule import derivative
from tt_tensor.ops.activation import relu as relu_op
from tt_tensor.ops.compare import where_p
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


@primitive()
def softplus_p(x: Any, *, beta: float, threshold: float) -> Any:
    """log(1 + exp(βx)) / β; x itself where βx > threshold."""
    t = half(real("softplus", x)) * beta
    return select(t > threshold, half(x), np.log1p(np.exp(t)) / beta).astype(x.dtype, copy=False)


derivative(
    softplus_p,
    lambda g, x, beta, threshold: g * where_p(x * beta > threshold, 1.0, sigmoid_p(x * beta)),
)


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
    np.abs(x, out)
    np.negative(out, out)
    np.exp(out, out)
    np.log1p(out, out)
    np.subtract(np.minimum(x, 0), out, out)


@primitive()
def logsigmoid_p(x: Any) -> Any:
    """min(x, 0) - log(1 + exp(-|x|))"""
    return in_blocks(_logsigmoid, real("logsigmoid", x))


derivative(logsigmoid_p, lambda g, x: g * sigmoid_p(-x))


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
