"""Derivatives of what chooses between values. Where two are equal, `maximum` and `minimum` give half to each, as PyTorch does."""

from typing import Any

from tt_tensor.ops.compare import (
    clamp_max_p,
    clamp_min_p,
    clamp_p,
    eq,
    fmax,
    fmin,
    ge,
    gt,
    isclose_p,
    isfinite,
    isinf,
    isnan,
    isneginf,
    isposinf,
    isreal,
    le,
    lt,
    maximum,
    minimum,
    ne,
    where_p,
)
from tt_tensor.ops.logic import logical_and, logical_or

from ..rule import derivative, flat


def chosen(g: Any, lost: Any, tie: Any) -> Any:
    """The gradient of a value that loses where `lost` and shares where `tie`."""
    return where_p(lost, 0.0, where_p(tie, g * 0.5, g))


derivative(maximum, lambda g, x, y: chosen(g, lt(x, y), eq(x, y)), lambda g, x, y: chosen(g, lt(y, x), eq(x, y)))
derivative(minimum, lambda g, x, y: chosen(g, gt(x, y), eq(x, y)), lambda g, x, y: chosen(g, gt(y, x), eq(x, y)))
derivative(
    fmax,
    lambda g, x, y: where_p(logical_or(ge(x, y), isnan(y)), g, 0.0),
    lambda g, x, y: where_p(logical_or(ge(x, y), isnan(y)), 0.0, g),
)
derivative(
    fmin,
    lambda g, x, y: where_p(logical_or(le(x, y), isnan(y)), g, 0.0),
    lambda g, x, y: where_p(logical_or(le(x, y), isnan(y)), 0.0, g),
)
derivative(
    where_p, None, lambda g, condition: where_p(condition, g, 0.0), lambda g, condition: where_p(condition, 0.0, g)
)
derivative(clamp_min_p, lambda g, x, y: where_p(ge(x, y), g, 0.0), lambda g, x, y: where_p(lt(x, y), g, 0.0))
derivative(clamp_max_p, lambda g, x, y: where_p(le(x, y), g, 0.0), lambda g, x, y: where_p(gt(x, y), g, 0.0))
derivative(
    clamp_p,
    lambda g, x, low, high: where_p(logical_and(ge(x, low), le(x, high)), g, 0.0),
    lambda g, x, low, high: where_p(logical_and(lt(x, low), lt(low, high)), g, 0.0),
    lambda g, x, low, high: where_p(logical_or(gt(x, high), lt(high, low)), g, 0.0),
)
flat(eq, ne, lt, le, gt, ge, isnan, isinf, isfinite, isposinf, isneginf, isreal, isclose_p)
