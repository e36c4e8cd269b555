"""Derivatives of reductions that add or multiply. `spread` is at the heart of all: a reduced gradient goes to every term."""

from typing import Any

import numpy as np
from tt_tensor.ops.compare import where_p
from tt_tensor.ops.cumulative import cumprod_p
from tt_tensor.ops.expand import expand_p
from tt_tensor.ops.join import cat_p
from tt_tensor.ops.rearrange import flip_p
from tt_tensor.ops.reduce import counted, mean_p, nansum_p, prod_p, sum_p
from tt_tensor.ops.variance import std_p, var_p

from ..rule import derivative

ndarray = np.ndarray


def kept(g: Any, x_shape: tuple[int, ...], dim: Any, keepdim: bool) -> Any:
    """A reduced value with the reduced dimensions in place, of size 1, so that it can be broadcast with the input."""
    if keepdim or not x_shape or dim == ():
        return g
    if dim is None:
        return g.reshape((1,) * len(x_shape))
    return g.reshape(tuple(1 if d in dim else n for d, n in enumerate(x_shape)))


def spread(g: Any, x_shape: tuple[int, ...], dim: Any, keepdim: bool) -> Any:
    """The gradient of a sum: that of the result, for each of its terms."""
    if dim is None and type(g) is ndarray and g.size == 1 and g.flags.c_contiguous:
        return ndarray(x_shape, g.dtype, g, 0, (0,) * len(x_shape))
    if isinstance(g, np.generic):
        g = np.asarray(g)
    g = kept(g, x_shape, dim, keepdim)
    return expand_p.kernel(g, shape=x_shape) if type(g) is ndarray else expand_p(g, shape=x_shape)


def mean_rule(g: Any, x_shape: tuple[int, ...], dim: Any, keepdim: bool) -> Any:
    """∂x = g / n."""
    return spread(g / max(counted(x_shape, dim), 1), x_shape, dim, keepdim)


def var_rule(g: Any, x: Any, dim: Any, correction: float, keepdim: bool) -> Any:
    """∂x = 2 g (x - mean) / (n - correction)."""
    rest = max(counted(x.shape, dim) - correction, 0)
    scale = 2.0 / rest if rest else float("inf")
    return kept(g, x.shape, dim, keepdim) * scale * (x - mean_p(x, dim=dim, keepdim=True))


def std_rule(g: Any, x: Any, out: Any, dim: Any, correction: float, keepdim: bool) -> Any:
    """∂x = g (x - mean) / ((n - correction) std), and 0 where the deviation is 0."""
    safe = where_p(out == 0, 1.0, out)
    return var_rule(where_p(out == 0, 0.0, g / (2.0 * safe)), x, dim, correction, keepdim)


def others(x: Any, dim: int) -> Any:
    """For each entry the product of all the others along `dim`: of those before it times those after it."""
    n = x.shape[dim]
    lead = (slice(None),) * dim
    one = np.ones((*x.shape[:dim], 1, *x.shape[dim + 1 :]), x.dtype)
    before = cumprod_p(cat_p(one, x[(*lead, slice(0, n - 1))], dim=dim), dim=dim)
    back = cat_p(one, flip_p(x, dims=(dim,))[(*lead, slice(0, n - 1))], dim=dim)
    return before * flip_p(cumprod_p(back, dim=dim), dims=(dim,))


def prod_rule(g: Any, x: Any, out: Any, dim: Any, keepdim: bool) -> Any:
    """∂xᵢ = g times the product of the other factors, which is exact where some are zero."""
    if not x.shape:
        return g
    if 0 in x.shape:
        return spread(g, x.shape, dim, keepdim)
    g = kept(g, x.shape, dim, keepdim)
    if not (x == 0).any():
        return g * kept(out, x.shape, dim, keepdim) / x
    if dim is None:
        return g * others(x.reshape((-1,)), 0).reshape(x.shape)
    return g * others(x, dim[0])


derivative(sum_p, spread)
derivative(nansum_p, lambda g, x, dim, keepdim: kept(g, x.shape, dim, keepdim) * (x == x))
derivative(mean_p, mean_rule)
derivative(var_p, var_rule)
derivative(std_p, std_rule)
derivative(prod_p, prod_rule)
