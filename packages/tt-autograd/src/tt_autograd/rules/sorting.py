"""Derivatives of sorting and searching: a value that was moved or chosen takes its gradient with it."""

from typing import Any, NoReturn

from tt_tensor.ops.indexing import index_p
from tt_tensor.ops.search import (
    bincount_p,
    histc_p,
    histogram_p,
    isin_p,
    searchsorted_p,
    unique_consecutive_p,
    unique_p,
)
from tt_tensor.ops.sorting import argsort_p, kthvalue_p, median_dim_p, median_p, mode_p, sort_p, topk_p

from ..rule import derivative, flat
from .extremes import chosen, shared


def moved(g: Any, rest: Any, x_shape: tuple[int, ...], dim: int) -> Any:
    """The gradients of values that were taken along `dim` at the indices that are the second result."""
    return chosen(g, rest, x_shape, dim, True)


def refused(g: Any) -> NoReturn:
    """Which values are distinct has no derivative, and their gradient would not be unique."""
    raise NotImplementedError("unique: the derivative is not implemented; call it on x.detach()")


derivative(sort_p, moved)
derivative(topk_p, moved)
derivative(kthvalue_p, chosen)
derivative(median_dim_p, chosen)
derivative(mode_p, chosen)
derivative(median_p, lambda g, x, out: shared(g, x, out, None, False))
derivative(unique_p, refused)
derivative(unique_consecutive_p, refused)
derivative(bincount_p, lambda g, x, i: index_p(g, x, dims=(0,)) if i else None)
flat(argsort_p, searchsorted_p, isin_p, histc_p, histogram_p)
