"""The product of matrices, and the linear layer in one operation."""

from math import prod
from typing import Any

import numpy as np

from ..dtypes import float32, float64
from ..errors import DTypeError, ShapeError
from ..primitive import primitive


def _dot(a: Any, b: Any) -> Any:
    """`a.dot(b)` for `b` of one or two dimensions, with PyTorch's dtypes; `dot` costs a third of `matmul` on small arrays."""
    dtype = a.dtype
    if dtype is not b.dtype and dtype != b.dtype:
        raise _mixed(a, b)
    if dtype.kind in "fc" and dtype.itemsize > 2:
        return a.dot(b)
    if dtype.kind == "f":  # float16 has no BLAS, and sums of its products would be rounded at every step
        return np.asarray(a.astype(np.float32).dot(b.astype(np.float32))).astype(dtype)
    return _whole(np.dot, a, b)


def _mixed(a: Any, b: Any) -> DTypeError:
    return DTypeError(
        f"matmul: expected m1 and m2 to have the same dtype, but got: {a.dtype} != {b.dtype}; "
        f"convert one of them with .to(dtype)"
    )


def _whole(product: Any, a: Any, b: Any) -> Any:
    """`product(a, b)` of integers: through float64 (BLAS) where that is exact, which is up to 100 times as fast."""
    if a.dtype.kind == "b":
        raise DTypeError("matmul: products of matrices are not implemented for bool; convert it with .to(dtype)")
    if a.size and b.size:
        limit = 2.0**53 / a.shape[-1]
        if a.itemsize <= 2 or _largest(a) * _largest(b) < limit:
            return np.asarray(product(a.astype(np.float64), b.astype(np.float64))).astype(np.int64).astype(a.dtype)
    return product(a, b)


def _largest(a: Any) -> float:
    return max(abs(float(a.max())), abs(float(a.min())))


@primitive()
def linear_p(x: Any, weight: Any, bias: Any = None) -> Any:
    """`x @ weight.T + bias`: what a linear layer computes, in one operation.

    Args:
        x: `[..., in]`, with any leading dimensions.
        weight: `[out, in]`, of the same dtype.
        bias: `[out]`, or None.

    Returns:
        `[..., out]`.

    Raises:
        ShapeError: if the last dimension of `x` is not that of `weight`.
        DTypeError: if the dtypes differ.

    Example:
        >>> from tt_tensor import tensor
        >>> linear_p(tensor([[1.0, 2.0]]), tensor([[1.0, 1.0], [0.0, -1.0]]), tensor([0.5, 0.0]))
        tensor([[ 3.5000, -2.0000]])
    """
    dtype = x.dtype
    if x.ndim == 2 == weight.ndim and dtype is weight.dtype and (dtype is float32 or dtype is float64):
        try:
            y = x.dot(weight.T)
        except ValueError:
            y = _linear(x, weight)
    else:
        y = _linear(x, weight)
    if bias is not None:
        if bias.dtype is not dtype and bias.dtype != dtype:
            raise DTypeError(f"linear: bias has dtype {bias.dtype}, but x has {dtype}; convert one of them")
        y += bias
    return y


def _linear(x: Any, weight: Any) -> Any:
    """`x @ weight.T` for x of any number of dimensions, as one product of matrices."""
    if weight.ndim != 2 or x.ndim == 0 or x.shape[-1] != weight.shape[1]:
        raise ShapeError(
            f"linear: x of shape {x.shape} and weight of shape {weight.shape} do not fit; "
            f"x needs shape [..., in] and weight [out, in] with the same in"
        )
    lead = x.shape[:-1]
    return _dot(x.reshape(prod(lead), x.shape[-1]), weight.T).reshape(*lead, weight.shape[0])


@primitive()
def matmul(x: Any, y: Any) -> Any:
    """The product of matrices, `out[..., i, j] = Σₖ x[..., i, k] · y[..., k, j]`; also written `x @ y`.

    Args:
        x: `[..., n, k]`, or a vector `[k]`.
        y: `[..., k, m]` of the same dtype, or a vector `[k]`. Leading dimensions are broadcast. The dimension of a vector
            is summed over, and is not in the result.

    Returns:
        `[..., n, m]`.

    Raises:
        ShapeError: if the inner dimensions differ or the leading ones cannot be broadcast.
        DTypeError: if the dtypes differ, or are bool.

    Example:
        >>> from tt_tensor import matmul, tensor
        >>> matmul(tensor([[1.0, 2.0], [3.0, 4.0]]), tensor([1.0, 1.0]))
        tensor([3., 7.])
    """
    dtype = x.dtype
    try:
        if dtype is y.dtype and (dtype is float32 or dtype is float64):
            if x.ndim == 2 == y.ndim:
                return x.dot(y)
            if y.ndim > 2:
                return np.matmul(x, y)
        if y.ndim <= 2:
            if x.ndim <= 2:
                if x.ndim == 0 or y.ndim == 0:
                    raise ShapeError("matmul: both arguments need to be at least 1-D; use * for numbers")
                return _dot(x, y)
            lead = x.shape[:-1]  # one large product in place of many small ones
            return _dot(x.reshape(prod(lead), x.shape[-1]), y).reshape(lead + y.shape[1:])
        return _stacked(x, y)
    except DTypeError:
        raise
    except ValueError as error:
        if isinstance(error, ShapeError):
            raise
        raise ShapeError(
            f"matmul: mat1 and mat2 shapes cannot be multiplied ({_by(x)} and {_by(y)}): the last dimension of the "
            f"first must be the second to last of the other (or its only one), and leading ones must be broadcastable"
        ) from error


def _by(a: Any) -> str:
    """A shape as `2x3`."""
    return "x".join(map(str, a.shape)) or "()"


def _stacked(a: Any, b: Any) -> Any:
    """`np.matmul` with PyTorch's dtypes."""
    dtype = a.dtype
    if dtype is not b.dtype and dtype != b.dtype:
        raise _mixed(a, b)
    if dtype.kind not in "fc":
        return _whole(np.matmul, a, b)
    if dtype.itemsize == 2:
        return np.matmul(a.astype(np.float32), b.astype(np.float32)).astype(dtype)
    return np.matmul(a, b)
