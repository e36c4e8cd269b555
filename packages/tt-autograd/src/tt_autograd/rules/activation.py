"""Derivatives of the activations."""

from typing import Any

import numpy as np
from tt_tensor.ops.activation import HUGE, log_softmax_p, relu, softmax_p
from tt_tensor.ops.compare import LARGE
from tt_tensor.ops.reduce import sum_p
from tt_tensor.ops.rows import BLOCK, along_rows, half, row_dot, row_sum
from tt_tensor.ops.select import BITS
from tt_tensor.ops.unary import exp
from tt_tensor.primitive import primitive
from tt_tensor.threads import spread_flat

from ..rule import derivative
from .elementwise import zero

MASKED = BLOCK * 8  # elements that are masked at a time: fewer calls pay more than a mask in the nearest cache


@primitive()
def relu_backward_p(g: Any, y: Any) -> Any:
    """g where y ≠ 0 (it is never negative, but may be NaN), else 0: also where g is Inf or NaN."""
    whole = BITS.get(g.dtype)
    if whole is None or g.shape != y.shape:
        return np.where(y != 0, g, np.zeros((), g.dtype))
    g, y = (a if a.flags.c_contiguous else a.copy() for a in (g, y))
    if y.size < LARGE:
        return np.multiply(g.view(whole), y != 0).view(g.dtype)  # of the bits as a number: 0 · Inf would be NaN
    out = np.empty(y.shape, g.dtype)
    bits, result, values = g.reshape(-1).view(whole), out.reshape(-1).view(whole), y.reshape(-1)
    spread_flat(lambda part: np.multiply(bits[part], values[part] != 0, out=result[part]), y.size, MASKED, HUGE // 2)
    return out


def _softmax_backward(out: Any, g: Any, y: Any) -> None:
    np.subtract(g, row_dot(g, y)[:, None], out)
    out *= y


def _log_softmax_backward(out: Any, g: Any, y: Any) -> None:
    np.exp(y, out=out)
    np.multiply(out, row_sum(g)[:, None], out=out)
    np.subtract(g, out, out=out)


@primitive()
def softmax_backward_p(g: Any, y: Any, *, dim: int) -> Any:
    """y · (g - Σ g·y), where y is the softmax."""
    return along_rows(_softmax_backward, dim, half(g), half(y)).astype(g.dtype, copy=False)


@primitive()
def log_softmax_backward_p(g: Any, y: Any, *, dim: int) -> Any:
    """g - exp(y) · Σ g, where y is the log_softmax."""
    return along_rows(_log_softmax_backward, dim, half(g), half(y)).astype(g.dtype, copy=False)


def total(x: Any, dim: int) -> Any:
    """The sum along one dimension, which is kept."""
    return sum_p(x, dim=(dim,), keepdim=True)


derivative(relu, lambda g, out: relu_backward_p(g, out))
derivative(relu_backward_p, lambda gg, y: relu_backward_p(gg, y), zero)
derivative(softmax_p, lambda g, out, dim: softmax_backward_p(g, out, dim=dim))
derivative(
    softmax_backward_p,
    lambda gg, y, dim: softmax_backward_p(gg, y, dim=dim),
    lambda gg, g, y, dim: gg * (g - total(g * y, dim)) - g * total(gg * y, dim),
)
derivative(log_softmax_p, lambda g, out, dim: log_softmax_backward_p(g, out, dim=dim))
derivative(
    log_softmax_backward_p,
    lambda gg, y, dim: gg - total(gg * exp(y), dim),
    lambda gg, g, y, dim: -(gg * exp(y) * total(g, dim)),
)
