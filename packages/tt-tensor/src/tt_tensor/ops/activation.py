"""Activations that tensors have as methods: relu, softmax and log_softmax."""

from typing import Any

import numpy as np

from ..dtypes import as_dtype, bool_
from ..primitive import in_place, method, primitive
from ..threads import spread_flat
from .compare import LARGE
from .convert import cast_p
from .dims import ndim_of, one_dim, send
from .exponential import exponentials
from .rows import along_rows, half

HUGE = 1 << 20  # elements from which a second thread pays


@primitive()
def relu(x: Any) -> Any:
    """The rectified linear unit: max(x, 0).

    Examples:
        >>> from tt_tensor import relu, tensor
        >>> relu(tensor([-1.0, 2.0]))
        tensor([0., 2.])
    """
    if x.dtype == bool_:
        raise TypeError("not implemented for bools; convert them to a number first")
    if x.size < LARGE:
        return np.maximum(x, 0)
    top = np.inf if x.dtype.kind == "f" else None
    if x.size < HUGE or not x.flags.c_contiguous:
        return x.clip(0, top)
    out = np.empty(x.shape, x.dtype)
    flat, into = x.reshape(-1), out.reshape(-1)
    spread_flat(lambda part: flat[part].clip(0, top, out=into[part]), x.size, x.size, HUGE // 2)
    return out


def _relu(out: Any, x: Any) -> bool:
    """`relu` written into `out`: see `Primitive.writes`."""
    if x.dtype.kind != "f":
        return False
    x.clip(0, np.inf, out=out)
    return True


relu.writes = _relu


def only_floating(x: Any) -> Any:
    """`x`, which must be floating."""
    if x.dtype.kind != "f":
        raise TypeError(f"not implemented for {x.dtype}; convert with .float()")
    return x


def _softmax(out: Any, x: Any) -> None:
    """The softmax of rows into `out`."""
    _, sums = exponentials(x, out)
    np.multiply(out, np.true_divide(1, sums, sums)[:, None], out)


def _log_softmax(out: Any, x: Any) -> None:
    """The log-softmax of rows into `out`."""
    top, sums = exponentials(x, out)
    np.log(sums, sums)
    if type(top) is not int:  # 0 stands for nothing to be subtracted
        x = np.subtract(x, top, out)
    np.subtract(x, sums[:, None], out)


@primitive()
def softmax_p(x: Any, *, dim: int) -> Any:
    """exp(x) / Σ exp(x) along `dim`."""
    return along_rows(_softmax, dim, half(only_floating(x))).astype(x.dtype, copy=False)


@primitive()
def log_softmax_p(x: Any, *, dim: int) -> Any:
    """x - log Σ exp(x) along `dim`."""
    return along_rows(_log_softmax, dim, half(only_floating(x))).astype(x.dtype, copy=False)


def softmax(input: Any, dim: int, dtype: Any = None, *, out: Any = None) -> Any:
    """The probabilities that scores stand for: exp(xᵢ) / Σⱼ exp(xⱼ) along `dim`.

    Scores of any size are exact: where an exponential would be too large, the largest score is subtracted first. A slice that
    is all -inf gives NaN.

    Args:
        input: scores of any shape, floating.
        dim: the dimension along which the result sums to 1.
        dtype: convert the input to this dtype first.
        out: where to write the result.

    Raises:
        IndexError: if there is no such dimension.
        DTypeError: if `input` is not floating.

    Examples:
        >>> from tt_tensor import softmax, tensor
        >>> softmax(tensor([[0.0, 0.0], [1000.0, 0.0]]), dim=1)
        tensor([[0.5000, 0.5000],
                [1.0000, 0.0000]])
    """
    k = one_dim("softmax", dim, ndim_of("softmax", input))
    return send(softmax_p, out, input if dtype is None else cast_p(input, dtype=as_dtype(dtype)), dim=k)


def log_softmax(input: Any, dim: int, dtype: Any = None, *, out: Any = None) -> Any:
    """The logarithm of `softmax`, also where the probability is too small for a float: xᵢ - log Σⱼ exp(xⱼ).

    Examples:
        >>> from tt_tensor import log_softmax, tensor
        >>> log_softmax(tensor([0.0, 1000.0]), dim=0)
        tensor([-1000.,     0.])
    """
    k = one_dim("log_softmax", dim, ndim_of("log_softmax", input))
    return send(log_softmax_p, out, input if dtype is None else cast_p(input, dtype=as_dtype(dtype)), dim=k)


class ActivationMethods:
    """What `Tensor` gets from this file."""

    __slots__ = ()

    relu, relu_ = method(relu), in_place(relu)
    softmax, log_softmax = softmax, log_softmax
