"""The derivative of norms; those of matrices are made of it and of the singular values."""

from typing import Any

import numpy as np
from tt_tensor.ops.compare import where_p
from tt_tensor.ops.norms import norm_p
from tt_tensor.ops.reduce import sum_p
from tt_tensor.ops.unary import abs as absolute
from tt_tensor.ops.unary import sign

from ..rule import derivative
from .reduce import kept


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


derivative(norm_p, norm_rule)
