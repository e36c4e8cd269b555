"""How far values are spread about their mean: variance and standard deviation."""

from typing import Any

import numpy as np

from ..primitive import primitive
from .dims import Dims, numpys, reduced_dims, send
from .reduce import counted, float_sum, mean_p, need_float, total


def variance(x: Any, dim: Dims, correction: float, keepdim: bool) -> Any:
    """Σ |x - mean|² / (n - correction)."""
    n = x.size if dim is None else counted(x.shape, dim)
    wide = x.astype(np.float32) if x.dtype.char == "e" else x
    d = wide - float_sum(wide, dim, True) / n if n else wide
    if d.dtype.kind == "c":
        d = np.abs(d)
    d *= d
    rest = max(n - correction, 0)
    return total(d, dim, keepdim) / d.dtype.type(rest)


@primitive()
def var_p(x: Any, *, dim: Dims, correction: float, keepdim: bool) -> Any:
    """The variance Σ (x - mean)² / (n - correction)."""
    need_float("var", x)
    return np.asarray(variance(x, dim, correction, keepdim), x.real.dtype)


@primitive()
def std_p(x: Any, *, dim: Dims, correction: float, keepdim: bool) -> Any:
    """The standard deviation: the square root of the variance."""
    need_float("std", x)
    return np.asarray(np.sqrt(variance(x, dim, correction, keepdim)), x.real.dtype)


def _spread(name: str, x: Any, dim: Any, unbiased: Any, correction: Any) -> tuple[Any, float]:
    """The dimensions and the correction of var and std, whose second positional argument may also be `unbiased`."""
    if isinstance(dim, bool):
        dim, unbiased = None, dim
    if unbiased is not None:
        if correction is not None:
            raise TypeError(f"{name}: give correction or unbiased, not both")
        correction = int(unbiased)
    return reduced_dims(name, x, dim), 1 if correction is None else correction


def var(
    input: Any,
    dim: Any = None,
    unbiased: Any = None,
    keepdim: bool = False,
    *,
    correction: Any = None,
    out: Any = None,
    axis: Any = None,
    keepdims: bool | None = None,
) -> Any:
    """The variance Σ (x - mean)² / (n - correction) over some dimensions, or over all of them.

    Args:
        input: a tensor of floats.
        dim: an int, a tuple of ints, or None for all dimensions.
        unbiased: True for a correction of 1, False for 0.
        keepdim: whether the dimensions stay in the result, with size 1.
        correction: 1 by default (Bessel's).
        out: where to write the result.
        axis: NumPy's name for `dim`.
        keepdims: NumPy's name for `keepdim`.

    Examples:
        >>> from tt_tensor import tensor, var
        >>> var(tensor([1.0, 2.0, 3.0]))
        tensor(1.)
    """
    if axis is not None or keepdims is not None:
        dim, keepdim = numpys(dim, keepdim, axis, keepdims)
    dim, correction = _spread("var", input, dim, unbiased, correction)
    return send(var_p, out, input, dim=dim, correction=correction, keepdim=keepdim)


def std(
    input: Any,
    dim: Any = None,
    unbiased: Any = None,
    keepdim: bool = False,
    *,
    correction: Any = None,
    out: Any = None,
    axis: Any = None,
    keepdims: bool | None = None,
) -> Any:
    """The standard deviation: the square root of `var`."""
    if axis is not None or keepdims is not None:
        dim, keepdim = numpys(dim, keepdim, axis, keepdims)
    dim, correction = _spread("std", input, dim, unbiased, correction)
    return send(std_p, out, input, dim=dim, correction=correction, keepdim=keepdim)


def var_mean(
    input: Any, dim: Any = None, unbiased: Any = None, keepdim: bool = False, *, correction: Any = None
) -> tuple[Any, Any]:
    """The variance and the mean."""
    dim, correction = _spread("var_mean", input, dim, unbiased, correction)
    return var_p(input, dim=dim, correction=correction, keepdim=keepdim), mean_p(input, dim=dim, keepdim=keepdim)


def std_mean(
    input: Any, dim: Any = None, unbiased: Any = None, keepdim: bool = False, *, correction: Any = None
) -> tuple[Any, Any]:
    """The standard deviation and the mean."""
    dim, correction = _spread("std_mean", input, dim, unbiased, correction)
    return std_p(input, dim=dim, correction=correction, keepdim=keepdim), mean_p(input, dim=dim, keepdim=keepdim)


class VarianceMethods:
    """What `Tensor` gets from this file."""

    __slots__ = ()

    var, std = var, std
