"""How far values are spread about their mean: variance and standard deviation."""

import warnings
from typing import Any

import numpy as np

from ..dtypes import get_default_dtype
from ..errors import ShapeError
from ..primitive import primitive
from .compare import clamp
from .complex import conj
from .convert import cast_p
from .diagonal import diagonal
from .dims import Dims, ndim_of, numpys, reduced_dims, send
from .reduce import counted, float_sum, mean_p, need_float, total
from .shape import atleast_2d, squeeze
from .unary import sqrt


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


def cov(input: Any, *, correction: int = 1) -> Any:
    """The covariances Σ (xᵢ - mean)(xⱼ - mean) / (n - correction) of the rows of a matrix of shape (variables, n).

    Args:
        input: a matrix, or a vector, which is one variable: then the result is its variance.
        correction: 1 by default (Bessel's).

    Examples:
        >>> from tt_tensor import cov, tensor
        >>> cov(tensor([[0.0, 1.0, 2.0], [2.0, 1.0, 0.0]]))
        tensor([[ 1., -1.],
                [-1.,  1.]])
    """
    if ndim_of("cov", input) > 2:
        raise ShapeError(f"cov: expected at most two dimensions, got shape {tuple(input.shape)}")
    x = atleast_2d(input if input.dtype.kind in "fc" else cast_p(input, dtype=get_default_dtype()))
    n = x.shape[1]
    if n - correction <= 0:
        warnings.warn(
            f"cov: {n} observations and a correction of {correction} leave no degree of freedom", stacklevel=2
        )
    d = x - mean_p(x, dim=(1,), keepdim=True)
    return squeeze(d @ conj(d).T / float(max(n - correction, 0)))


def corrcoef(input: Any) -> Any:
    """The correlation coefficients of the rows of a matrix of shape (variables, n): `cov`, divided by the deviations of both.

    Examples:
        >>> from tt_tensor import corrcoef, tensor
        >>> corrcoef(tensor([[0.0, 1.0, 2.0], [2.0, 1.0, 0.0]]))
        tensor([[ 1., -1.],
                [-1.,  1.]])
    """
    c = cov(input)
    if not ndim_of("corrcoef", c):
        return c / c
    deviation = sqrt(diagonal(c))
    c = c / deviation[:, None] / deviation
    return c if c.dtype.kind == "c" else clamp(c, -1, 1)


class VarianceMethods:
    """What `Tensor` gets from this file."""

    __slots__ = ()

    var, std, cov, corrcoef = var, std, cov, corrcoef
