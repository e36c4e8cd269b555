"""Reductions that choose the largest or the smallest: max, min, argmax, and log-sum-exp, the smooth maximum."""

from typing import Any, NamedTuple

import numpy as np

from ..dtypes import floating
from ..errors import ShapeError
from ..primitive import primitive
from .compare import maximum, minimum
from .dims import Dims, ndim_of, numpys, one_dim, reduced_dims, send
from .reduce import add_reduce, counted, float_sum

asarray = np.asarray


def extreme(ufunc: Any, x: Any, dim: Dims, keepdim: bool, name: str) -> Any:
    """The largest or smallest values. Short rows are laid out as columns first, where NumPy is eight times faster."""
    if not x.size:
        if dim is None:
            raise ShapeError(f"{name}: the tensor of shape {x.shape} has no elements; give a dim that is not empty")
        for d in dim:
            if x.shape[d] == 0:
                raise IndexError(f"{name}: expected reduction dim {d} of shape {x.shape} to have non-zero size")
    n = x.ndim
    if n > 1 and dim == (n - 1,) and x.shape[-1] <= 32 and x.size >= 1024:
        y = ufunc.reduce(np.ascontiguousarray(x.reshape(-1, x.shape[-1]).T), 0).reshape(x.shape[:-1])
        return y[..., None] if keepdim else y
    return asarray(ufunc.reduce(x, dim, None, None, keepdim))


@primitive()
def amax_p(x: Any, *, dim: Dims, keepdim: bool) -> Any:
    """The largest value over the dimensions `dim`; over all if None. NaN where there is one."""
    return extreme(np.maximum, x, dim, keepdim, "amax")


@primitive()
def amin_p(x: Any, *, dim: Dims, keepdim: bool) -> Any:
    """The smallest value over the dimensions `dim`; over all if None. NaN where there is one."""
    return extreme(np.minimum, x, dim, keepdim, "amin")


def _with_indices(ufunc: Any, x: Any, index: Any, dim: int, keepdim: bool) -> tuple[Any, Any]:
    """The values of x at `index`, of which there is one for each row along `dim`, and the index."""
    if not x.ndim:
        return x, index
    if x.size < 1024:  # for a small array a second search costs less than fancy indexing
        values = asarray(ufunc.reduce(x, dim, None, None, keepdim))
        return values, index.reshape(values.shape)
    index = np.expand_dims(index, dim)
    values = np.take_along_axis(x, index, dim)
    return (values, index) if keepdim else (values.squeeze(dim), index.squeeze(dim))


@primitive("max")
def max_dim_p(x: Any, *, dim: int, keepdim: bool) -> Any:
    """The largest values along `dim`, and their indices: the first where there are several, NaN being the largest."""
    return _with_indices(np.maximum, x, _arg(np.argmax, x, dim, "max"), dim, keepdim)


@primitive("min")
def min_dim_p(x: Any, *, dim: int, keepdim: bool) -> Any:
    """The smallest values along `dim`, and their indices: the first where there are several, NaN being the smallest."""
    return _with_indices(np.minimum, x, _arg(np.argmin, x, dim, "min"), dim, keepdim)


def _arg(function: Any, x: Any, dim: int | None, name: str) -> Any:
    """`np.argmax` or `np.argmin` along `dim`, which must not be empty."""
    if x.ndim == 0:
        return asarray(0)
    if (x.size if dim is None else x.shape[dim]) == 0:
        what = "the tensor" if dim is None else f"dimension {dim}"
        raise IndexError(f"{name}: {what} of shape {x.shape} is empty, so nothing in it is the largest or smallest")
    return asarray(function(x, dim))


@primitive()
def argmax_p(x: Any, *, dim: int | None, keepdim: bool) -> Any:
    """The index of the largest value along `dim`, of the first of several."""
    return _kept(_arg(np.argmax, x, dim, "argmax"), x.ndim, dim, keepdim)


@primitive()
def argmin_p(x: Any, *, dim: int | None, keepdim: bool) -> Any:
    """The index of the smallest value along `dim`, of the first of several."""
    return _kept(_arg(np.argmin, x, dim, "argmin"), x.ndim, dim, keepdim)


def _kept(y: Any, ndim: int, dim: int | None, keepdim: bool) -> Any:
    """y with the reduced dimension in place, of size 1, if it is to be kept."""
    if not keepdim or not ndim:
        return y
    return np.reshape(y, (1,) * ndim) if dim is None else np.expand_dims(y, dim)


@primitive()
def logsumexp_p(x: Any, *, dim: Dims, keepdim: bool) -> Any:
    """log Σ exp(x), with the largest value taken out first, so that nothing overflows."""
    x = floating(x)
    if counted(x.shape, dim) == 0:
        return np.log(add_reduce(x, dim, None, None, keepdim))
    top = extreme(np.maximum, x, dim, True, "logsumexp")
    top = np.where(np.isfinite(top), top, x.dtype.type(0))
    y = np.log(float_sum(np.exp(x - top), dim, keepdim))
    return asarray(y + top.reshape(np.shape(y)), x.dtype)


class MaxResult(NamedTuple):
    """What `max` along a dimension returns."""

    values: Any
    indices: Any


class MinResult(NamedTuple):
    """What `min` along a dimension returns."""

    values: Any
    indices: Any


class AminmaxResult(NamedTuple):
    """What `aminmax` returns."""

    min: Any
    max: Any


def _extremes(
    name: str, whole: Any, along: Any, pair: Any, result: Any, x: Any, dim: Any, keepdim: bool, other: Any, out: Any
) -> Any:
    """What `max` and `min` share: `whole` of all elements, `along` a dimension, or of each `pair` of two tensors' elements."""
    if dim is not None and (hasattr(dim, "array") or isinstance(dim, np.ndarray)):
        other, dim = dim, None
    if other is not None:
        return send(pair, out, x, other)
    if dim is None:
        if keepdim:
            raise TypeError(f"{name}: keepdim needs a dim")
        return send(whole, out, x, dim=None, keepdim=False)
    if out is not None:
        raise TypeError(f"{name}: out= along a dim, where there are two results, is left out; use what is returned")
    return result(*along(x, dim=one_dim(name, dim, ndim_of(name, x)), keepdim=keepdim))


def max(
    input: Any,
    dim: Any = None,
    keepdim: bool = False,
    *,
    other: Any = None,
    out: Any = None,
    axis: Any = None,
    keepdims: bool | None = None,
) -> Any:
    """The largest value; or the largest values along `dim` with their indices; or the larger of two tensors, elementwise.

    Args:
        input: a tensor with at least one element. NaN counts as the largest value.
        dim: without it the maximum of all elements is returned. With an int, a named tuple `(values, indices)`. A tensor
            in its place is `other`.
        keepdim: whether the dimension stays in the result, with size 1.
        other: a tensor that can be broadcast with `input`.
        out: where to write the result, unless it is along a dimension.
        axis: NumPy's name for `dim`.
        keepdims: NumPy's name for `keepdim`.

    Raises:
        ShapeError, IndexError: if there is no element to choose from.

    Examples:
        >>> from tt_tensor import max, tensor
        >>> max(tensor([[1, 5], [7, 3]]), dim=1).indices
        tensor([1, 0])
    """
    if axis is not None or keepdims is not None:
        dim, keepdim = numpys(dim, keepdim, axis, keepdims)
    return _extremes("max", amax_p, max_dim_p, maximum, MaxResult, input, dim, keepdim, other, out)


def min(
    input: Any,
    dim: Any = None,
    keepdim: bool = False,
    *,
    other: Any = None,
    out: Any = None,
    axis: Any = None,
    keepdims: bool | None = None,
) -> Any:
    """The smallest value; or the smallest along `dim` with their indices; or the smaller of two tensors: see `max`."""
    if axis is not None or keepdims is not None:
        dim, keepdim = numpys(dim, keepdim, axis, keepdims)
    return _extremes("min", amin_p, min_dim_p, minimum, MinResult, input, dim, keepdim, other, out)


def amax(
    input: Any,
    dim: Any = None,
    keepdim: bool = False,
    *,
    out: Any = None,
    axis: Any = None,
    keepdims: bool | None = None,
) -> Any:
    """The largest values over some dimensions (an int, a tuple of ints, or None for all)."""
    if axis is not None or keepdims is not None:
        dim, keepdim = numpys(dim, keepdim, axis, keepdims)
    return send(amax_p, out, input, dim=reduced_dims("amax", input, dim), keepdim=keepdim)


def amin(
    input: Any,
    dim: Any = None,
    keepdim: bool = False,
    *,
    out: Any = None,
    axis: Any = None,
    keepdims: bool | None = None,
) -> Any:
    """The smallest values over some dimensions (an int, a tuple of ints, or None for all)."""
    if axis is not None or keepdims is not None:
        dim, keepdim = numpys(dim, keepdim, axis, keepdims)
    return send(amin_p, out, input, dim=reduced_dims("amin", input, dim), keepdim=keepdim)


def aminmax(input: Any, *, dim: int | None = None, keepdim: bool = False) -> AminmaxResult:
    """The smallest and the largest values, along one dimension or of all elements."""
    dims = None if dim is None else reduced_dims("aminmax", input, one_dim("aminmax", dim, ndim_of("aminmax", input)))
    return AminmaxResult(amin_p(input, dim=dims, keepdim=keepdim), amax_p(input, dim=dims, keepdim=keepdim))


def argmax(
    input: Any, dim: int | None = None, keepdim: bool = False, *, axis: Any = None, keepdims: bool | None = None
) -> Any:
    """The index of the largest value along `dim`, or in the flattened tensor: int64, the first of several.

    Examples:
        >>> from tt_tensor import argmax, tensor
        >>> argmax(tensor([[1, 5], [7, 3]]), dim=1)
        tensor([1, 0])
    """
    if axis is not None or keepdims is not None:
        dim, keepdim = numpys(dim, keepdim, axis, keepdims)
    return argmax_p(
        input, dim=None if dim is None else one_dim("argmax", dim, ndim_of("argmax", input)), keepdim=keepdim
    )


def argmin(
    input: Any, dim: int | None = None, keepdim: bool = False, *, axis: Any = None, keepdims: bool | None = None
) -> Any:
    """The index of the smallest value along `dim`, or in the flattened tensor: int64, the first of several."""
    if axis is not None or keepdims is not None:
        dim, keepdim = numpys(dim, keepdim, axis, keepdims)
    return argmin_p(
        input, dim=None if dim is None else one_dim("argmin", dim, ndim_of("argmin", input)), keepdim=keepdim
    )


def logsumexp(input: Any, dim: Any, keepdim: bool = False, *, out: Any = None) -> Any:
    """log Σ exp(x) over the dimensions `dim`, computed so that it does not overflow.

    Examples:
        >>> from tt_tensor import logsumexp, tensor
        >>> logsumexp(tensor([1000.0, 1000.0]), 0)
        tensor(1000.6932)
    """
    return send(logsumexp_p, out, input, dim=reduced_dims("logsumexp", input, dim), keepdim=keepdim)


class ExtremeMethods:
    """What `Tensor` gets from this file."""

    __slots__ = ()

    max, min, amax, amin, aminmax, argmax, argmin = max, min, amax, amin, aminmax, argmax, argmin
    logsumexp = logsumexp
