"""Derivatives of gather and scatter, each of which undoes the other, and of masks."""

from typing import Any

import numpy as np
from tt_tensor.ops.compare import where_p
from tt_tensor.ops.masking import masked_fill_p, nonzero_p
from tt_tensor.ops.scatter import add_along_p, gather_p, scatter_add_p, scatter_p, scatter_reduce_p

from ..rule import derivative, flat, joint_derivative

derivative(gather_p, lambda g, index, x_shape, dim: add_along_p(g, index, shape=x_shape, dim=dim), None)
derivative(add_along_p, lambda g, index, dim: gather_p(g, index, dim=dim), None)
derivative(
    scatter_p,
    lambda g, index, dim: scatter_p(g, index, 0.0, dim=dim),
    None,
    lambda g, index, dim: gather_p(g, index, dim=dim),
)
derivative(scatter_add_p, lambda g: g, None, lambda g, index, dim: gather_p(g, index, dim=dim))
derivative(masked_fill_p, lambda g, mask: masked_fill_p(g, mask, 0.0), None, lambda g, mask: g * mask)
flat(nonzero_p)


def scatter_reduce_rule(
    g: Any, x: Any, index: Any, v: Any, out: Any, dim: int, reduce: str, include_self: bool
) -> tuple[Any, None, Any]:
    """The gradients of x and v: shared among the terms of a mean and among equal extremes, exact for zeros in a product."""

    def added(values: Any) -> Any:
        return scatter_add_p(np.zeros(x.shape, g.dtype), index, values, dim=dim)

    def own(values: Any) -> Any:
        return values if include_self else scatter_p(values, index, 0.0, dim=dim)

    if reduce == "sum":
        return own(g), None, gather_p(g, index, dim=dim)
    if reduce == "mean":
        counts = added(np.ones(index.shape, g.dtype)) + float(include_self)
        share = g / where_p(counts == 0, 1.0, counts)
        return own(share), None, gather_p(share, index, dim=dim)
    if reduce == "prod":
        settings = {"dim": dim, "reduce": "prod", "include_self": include_self}
        safe = where_p(x == 0, 1.0, x)
        gx = g * scatter_reduce_p(safe, index, v, **settings) / safe
        zero = v == 0
        single = zero * (gather_p(added(zero * np.ones((), g.dtype)), index, dim=dim) == 1)
        without = scatter_reduce_p(x, index, where_p(single, 1.0, v), **settings)
        others = gather_p(g * out, index, dim=dim) / where_p(zero, 1.0, v)
        return own(gx), None, where_p(single, gather_p(g * without, index, dim=dim), others)
    one = np.ones((), g.dtype)
    mine, theirs = own((x == out) * one), (v == gather_p(out, index, dim=dim)) * one
    count = mine + added(theirs)
    share = g / where_p(count == 0, 1.0, count)
    return mine * share, None, theirs * gather_p(share, index, dim=dim)


joint_derivative(scatter_reduce_p, scatter_reduce_rule)
