"""Derivatives of the activations."""

from typing import Any

import numpy as np
from tt_tensor.ops.activation import HUGE, LARGE, log_softmax_p, relu, softmax_p
from tt_tensor.ops.reduce import sum_p
from tt_tensor.ops.rows import BLOCK, along_rows, row_sum
from tt_tensor.ops.unary import exp
from tt_tensor.primitive import primitive
from tt_tensor.threads import spread_flat

from ..rule import derivative
from .elementwise import zero

INTEGERS = {np.dtype(f"f{n}"): np.dtype(f"i{n}") for n in (2, 4, 8)}


@primitive()
def relu_backward_p(g: Any, y: Any) -> Any:
    """g where y ≠ 0 (it is never negative, but may be NaN), else 0."""
    if y.size < LARGE or y.dtype is not g.dtype or not y.flags.c_contiguous or not g.flags.c_contiguous:
        return np.multiply(g, y != 0)
    # The sign bit of -y, spread over all bits, masks g. (Converting a bool mask costs more than the product.)
    whole, shift = INTEGERS[y.dtype], 8 * y.itemsize - 1
    out = np.empty(y.shape, y.dtype)
    mask, bits, gradient = (a.reshape(-1).view(whole) for a in (out, y, g))

    def work(part: slice) -> None:
        m = mask[part]
        np.negative(bits[part], out=m)
        np.right_shift(m, shift, out=m)
        np.bitwise_and(m, gradient[part], out=m)

    spread_flat(work, y.size, BLOCK * 2, HUGE // 2)
    return out


def _softmax_backward(out: Any, g: Any, y: Any) -> None:
    np.multiply(g, y, out=out)
    np.subtract(g, row_sum(out)[:, None], out=out)
    np.multiply(out, y, out=out)


def _log_softmax_backward(out: Any, g: Any, y: Any) -> None:
    np.exp(y, out=out)
    np.multiply(out, row_sum(g)[:, None], out=out)
    np.subtract(g, out, out=out)


@primitive()
def softmax_backward_p(g: Any, y: Any, *, dim: int) -> Any:
    """y · (g - Σ g·y), where y is the softmax."""
    return along_rows(_softmax_backward, dim, g, y)


@primitive()
def log_softmax_backward_p(g: Any, y: Any, *, dim: int) -> Any:
    """g - exp(y) · Σ g, where y is the log_softmax."""
    return along_rows(_log_softmax_backward, dim, g, y)


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
