"""Quantiles: the value below which a given fraction of all values lies."""

from typing import Any

import numpy as np

from ..errors import DTypeError, ShapeError
from .dims import ndim_of, need_tensor, one_dim
from .expand import expand_p
from .reduce import counted
from .scatter import gather_p
from .shape import movedim, reshape_p
from .sorting import sort_p


def quantile(
    input: Any, q: Any, dim: int | None = None, keepdim: bool = False, *, interpolation: str = "linear", out: Any = None
) -> Any:
    """The value below which a fraction q of the values lies, along `dim`, or of all; NaN if one is there.

    Args:
        input: a tensor of float32 or float64.
        q: a number from 0 to 1, or a vector of them, which adds a dimension in front of the result.
        dim: the dimension.
        keepdim: whether the dimension stays in the result, with size 1.
        interpolation: what to return where the place q (n - 1) lies between two values: "linear", "lower", "higher",
            "midpoint" or "nearest".
        out: where to write the result.

    Examples:
        >>> from tt_tensor import quantile, tensor
        >>> quantile(tensor([1.0, 2.0, 3.0, 4.0]), 0.5)
        tensor(2.5000)
    """
    need_tensor("quantile", input)
    return _quantile("quantile", input, q, dim, keepdim, interpolation, False, out)


def nanquantile(
    input: Any, q: Any, dim: int | None = None, keepdim: bool = False, *, interpolation: str = "linear", out: Any = None
) -> Any:
    """`quantile` of the values that are not NaN."""
    need_tensor("nanquantile", input)
    return _quantile("nanquantile", input, q, dim, keepdim, interpolation, True, out)


def _quantile(name: str, x: Any, q: Any, dim: Any, keepdim: bool, how: str, ignore_nan: bool, out: Any) -> Any:
    ndim = ndim_of(name, x)
    if x.dtype not in (np.float32, np.float64):
        raise DTypeError(f"{name}: expected float32 or float64, got {x.dtype}; convert it first, as in x.float()")
    if how not in ("linear", "lower", "higher", "midpoint", "nearest"):
        raise ShapeError(f"{name}: unknown interpolation {how!r}; use linear, lower, higher, midpoint or nearest")
    fractions = np.asarray(getattr(q, "array", q), x.dtype if hasattr(q, "dtype") else np.float64)
    if fractions.ndim > 1:
        raise ShapeError(f"{name}: q must be a number or a vector, got shape {fractions.shape}")
    if fractions.size and not (fractions.min() >= 0 and fractions.max() <= 1):
        raise ShapeError(f"{name}: q must be in the range [0, 1], got {fractions.tolist()}")
    if not counted(tuple(x.shape), None):
        raise ShapeError(f"{name}: the tensor of shape {tuple(x.shape)} has no elements")
    k = None if dim is None else one_dim(name, dim, ndim)
    rows = reshape_p(x, shape=(-1,)) if k is None or not ndim else movedim(x, k, -1)
    values, _ = sort_p(rows, dim=rows.ndim - 1, descending=False)
    n = values.shape[-1]
    data = getattr(values, "array", values)
    nan = np.count_nonzero(data != data, axis=-1)[..., None]
    # PyTorch computes the place in the input's dtype.
    place = fractions.astype(x.dtype).reshape(-1) * np.asarray(
        np.maximum(n - nan - 1, 0) if ignore_nan else n - 1, x.dtype
    )
    if not ignore_nan:
        place = np.where(nan > 0, x.dtype.type(n - 1), place)
    low, high = np.floor(place).astype(np.int64), np.ceil(place).astype(np.int64)
    if how == "nearest":
        low = high = np.rint(place).astype(np.int64)
    shape = (*rows.shape[:-1], place.shape[-1])
    y = gather_p(values, np.broadcast_to(high if how == "higher" else low, shape), dim=rows.ndim - 1)
    if how in ("linear", "midpoint"):
        weight = place - low if how == "linear" else np.full(place.shape, 0.5, x.dtype)
        above = gather_p(values, np.broadcast_to(high, shape), dim=rows.ndim - 1)
        y = y + (above - y) * weight.astype(x.dtype)
    if keepdim and ndim:
        y = movedim(y[..., None, :], -2, k) if k is not None else reshape_p(y, shape=(1,) * ndim + (-1,))
    y = movedim(y, -1, 0)
    y = y if fractions.ndim else y[0]
    return y if out is None else expand_p(y, shape=tuple(y.shape), out=out)


class QuantileMethods:
    """What `Tensor` gets from this file."""

    __slots__ = ()

    quantile, nanquantile = quantile, nanquantile
