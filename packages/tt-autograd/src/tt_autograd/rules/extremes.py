"""Derivatives of reductions that choose. One chosen by index has the whole gradient; of several equal ones each has a share."""

from typing import Any

from tt_tensor.ops.convert import cast_p
from tt_tensor.ops.extremes import (
    amax_p,
    amin_p,
    argmax_p,
    argmin_p,
    logsumexp_p,
    max_dim_p,
    min_dim_p,
)
from tt_tensor.ops.reduce import sum_p
from tt_tensor.ops.scatter import embed_along_p, gather_p
from tt_tensor.ops.unary import exp

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


derivative(amax_p, shared)
derivative(amin_p, shared)
derivative(max_dim_p, chosen)
derivative(min_dim_p, chosen)
derivative(
    logsumexp_p,
    lambda g, x, out, dim, keepdim: kept(g, x.shape, dim, keepdim) * exp(x - kept(out, x.shape, dim, keepdim)),
)
derivative(embed_along_p, lambda g, index, dim: gather_p(g, index, dim=dim), None)
flat(argmax_p, argmin_p)
