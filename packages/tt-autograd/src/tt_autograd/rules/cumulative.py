"""Derivatives of running sums, products and extremes: a gradient goes to all the values that came before."""

import math
from typing import Any

import numpy as np
from tt_tensor.ops.compare import where_p
from tt_tensor.ops.cumulative import cummax_p, cummin_p, cumprod_p, cumsum_p, logcumsumexp_p
from tt_tensor.ops.diagonal import triu_p
from tt_tensor.ops.rearrange import flip_p
from tt_tensor.ops.reduce import sum_p
from tt_tensor.ops.scatter import add_along_p
from tt_tensor.ops.unary import exp, log

from ..rule import derivative


def from_the_end(g: Any, dim: int) -> Any:
    """The running sum from the last value to the first: of all gradients that a value had a part in."""
    if type(g) is np.ndarray and g.ndim:
        back = (slice(None),) * dim + (slice(None, None, -1),)
        return cumsum_p(g[back], dim=dim)[back]
    return flip_p(cumsum_p(flip_p(g, dims=(dim,)), dim=dim), dims=(dim,)) if g.shape else g


def cumprod_rule(g: Any, x: Any, out: Any, dim: int) -> Any:
    """∂xᵢ = Σₖ gₖ ∏ xⱼ over j ≤ k other than i. Dividing by xᵢ does it in one pass, unless a value is zero."""
    if not x.shape:
        return g
    if not (x == 0).any():
        return from_the_end(g * out, dim) / x
    n = x.shape[dim]
    x, g = x.swapaxes(dim, -1), g.swapaxes(dim, -1)
    factors = where_p(np.eye(n, dtype=bool), 1.0, x[..., None, :])  # in row i, the factors without xᵢ
    products = triu_p(cumprod_p(factors, dim=factors.ndim - 1), diagonal=0)
    return sum_p(products * g[..., None, :], dim=(products.ndim - 1,), keepdim=False).swapaxes(dim, -1)


def logcumsumexp_rule(g: Any, x: Any, out: Any, dim: int) -> Any:
    """∂xᵢ = Σₖ gₖ exp(xᵢ - outₖ) over k ≥ i."""
    if not x.shape:
        return g
    if type(g) is np.ndarray:  # added in logarithms, the positive gradients and the negative ones apart: one pass
        return log_space(np.where(g > 0, g, 0), x, out, dim) - log_space(np.where(g < 0, -g, 0), x, out, dim)
    later = np.triu(np.ones((x.shape[dim],) * 2, bool))
    x, out, g = (a.swapaxes(dim, -1) for a in (x, out, g))
    parts = exp(where_p(later, x[..., None] - out[..., None, :], -math.inf))
    return sum_p(parts * g[..., None, :], dim=(parts.ndim - 1,), keepdim=False).swapaxes(dim, -1)


def log_space(g: Any, x: Any, out: Any, dim: int) -> Any:
    """Σₖ gₖ exp(xᵢ - outₖ) over k ≥ i, for arrays with g ≥ 0, without overflow."""
    logs = flip_p(log(g) - out, dims=(dim,))
    return exp(flip_p(logcumsumexp_p(logs, dim=dim), dims=(dim,)) + x)


def running_extreme(g: Any, rest: Any, x_shape: Any, dim: int) -> Any:
    """The gradient of each result goes to the value that it is."""
    return add_along_p(g[0], rest[0], shape=x_shape, dim=dim)


derivative(cumsum_p, lambda g, dim: from_the_end(g, dim))
derivative(cumprod_p, cumprod_rule)
derivative(logcumsumexp_p, logcumsumexp_rule)
derivative(cummax_p, running_extreme)
derivative(cummin_p, running_extreme)
