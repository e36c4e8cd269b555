"""Derivatives of reductions that choose. One chosen by index has the whole gradient; of several equal ones each has a share."""

from typing import Any

import numpy as np
from tt_tensor.ops.compare import where_p
from tt_tensor.ops.elementwise import cast_p
from tt_tensor.ops.extremes import (
    all_p,
    amax_p,
    amin_p,
    any_p,
    argmax_p,
    argmin_p,
    count_nonzero_p,
    logsumexp_p,
    max_dim_p,
    min_dim_p,
    norm_p,
)
from tt_tensor.ops.reduce import sum_p
from tt_tensor.ops.scatter import embed_along_p, gather_p
from tt_tensor.ops.unary import abs as absolute
from tt_tensor.ops.unary import exp, sign

from ..rule import derivative, flat
from .reduce import kept


def shared(g: Any, x: Any, out: Any, dim: Any, keepdim: bool) -> Any:
    """The gradient of an extreme value, in equal shares to all that attain it."""
    shares = cast_p(x == kept(out, x.shape, dim, keepdim), dtype=g.dtype)
    return shares * (kept(g, x.shape, dim, keepdim) / sum_p(shares, dim=dim, keepdim=True))


def chosen(g: Any, rest: Any, x_shape: tuple[int, ...], dim: int, keepdim: bool) -> Any:
    """The gradient of values taken along `dim` at the indices that are the second result."""
    g, (index,) = g[0], rest
    if not keepdim and x_shape:
        shape = (*x_shape[:dim], 1, *x_shape[dim + 1 :])
        g, index = g.reshape(shape), index.reshape(shape)
    return embed_along_p(g, index, shape=x_shape, dim=dim)


def norm_rule(g: Any, x: Any, out: Any, ord: float, dim: Any, keepdim: bool) -> Any:
    """∂x = g sign(x) (|x| / norm)^(ord - 1), and 0 where the norm is 0."""
    g, out = kept(g, x.shape, dim, keepdim), kept(out, x.shape, dim, keepdim)
    if ord in (np.inf, -np.inf):
        size = absolute(x)
        mask = size == out
        return sign(x) * mask * (g / sum_p(mask, dim=dim, keepdim=True))
    if ord == 0:
        return x * 0.0
    if ord == 1:
        return g * sign(x)
    zero = out == 0
    if ord == 2:
        return where_p(zero, 0.0, x * (g / where_p(zero, 1.0, out)))
    ratio = absolute(x) / where_p(zero, 1.0, out)
    ratio = where_p(x == 0, 0.0 if ord > 1 else 1.0, where_p(x == 0, 1.0, ratio) ** (ord - 1))
    return where_p(zero, 0.0, g * sign(x) * ratio)


derivative(amax_p, shared)
derivative(amin_p, shared)
derivative(max_dim_p, chosen)
derivative(min_dim_p, chosen)
derivative(
    logsumexp_p,
    lambda g, x, out, dim, keepdim: kept(g, x.shape, dim, keepdim) * exp(x - kept(out, x.shape, dim, keepdim)),
)
derivative(norm_p, norm_rule)
derivative(embed_along_p, lambda g, index, dim: gather_p(g, index, dim=dim), None)
flat(argmax_p, argmin_p, all_p, any_p, count_nonzero_p)
