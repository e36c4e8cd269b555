"""Reductions that add or multiply: sums, means, products, over some dimensions or all of them."""

from math import prod as product
from typing import Any

import numpy as np

from ..errors import DTypeError
from ..primitive import primitive
from .convert import cast_p
from .dims import Dims, ndim_of, need_tensor, numpys, one_dim, reduced_dims, send

add_reduce: Any = np.add.reduce
multiply_reduce: Any = np.multiply.reduce
asarray, ndarray = np.asarray, np.ndarray
_ones: dict[str, Any] = {"f": np.ones(4096, "f"), "d": np.ones(4096, "d")}


def ones(n: int, char: str) -> Any:
    """A vector of n ones, which nobody may write to."""
    o = _ones[char]
    if o.size < n:
        o = _ones[char] = np.ones(n, char)
    return o[:n]


def total(x: Any, dim: Dims, keepdim: bool) -> Any:
    """The sum of an array of floats.

    A product with a vector of ones is two to nine times faster than `np.add.reduce`, which adds short rows one by one. It is
    as exact up to some thousand terms, because BLAS adds in several lanes and blocks; longer rows are added pairwise.
    """
    char = x.dtype.char
    if char in "fd" and x.flags.c_contiguous:
        size, n = x.size, x.ndim
        if dim is None or len(dim) == n:
            if 0 < size <= 4096 and not keepdim:
                return (x if n == 1 else x.ravel()).dot(_ones[char][:size])
            if size > 4096:
                y = _long(x.ravel(), char)
                return asarray(y).reshape((1,) * n) if keepdim else y
        elif size and dim:
            k, shape = len(dim), x.shape
            if dim[0] == n - k:
                length = product(shape[n - k :])
                if length <= 4096:
                    y = (x if n == 2 else x.reshape(-1, length)).dot(ones(length, char))
                    return y if n == 2 and not keepdim else y.reshape(shape[: n - k] + (1,) * k * keepdim)
            elif dim[-1] == k - 1:
                length = product(shape[:k])
                if length <= 1 << 20:
                    y = ones(length, char).dot(x if n == 2 else x.reshape(length, -1))
                    return y if n == 2 and not keepdim else y.reshape((1,) * k * keepdim + shape[k:])
            elif dim[-1] == n - 1:  # the last ones first: rows are what BLAS adds fastest
                first = next(d for d in range(n - 1, -1, -1) if d not in dim) + 1
                y = total(total(x, tuple(range(first, n)), False), tuple(d for d in dim if d < first), False)
                return y.reshape([1 if d in dim else m for d, m in enumerate(shape)]) if keepdim else y
    elif char in "fd" and x.ndim == 2 and dim is not None and len(dim) == 1 and x.flags.f_contiguous:
        y = total(x.T, (1 - dim[0],), False)
        return np.expand_dims(y, dim[0]) if keepdim else y
    elif char in "fd" and dim and 0 in x.strides:
        again = [
            d for d in dim if not x.strides[d] and x.shape[d] > 1
        ]  # along these it was expanded: the sum is a product
        if again:
            once = x[tuple(slice(0, 1) if d in again else slice(None) for d in range(x.ndim))]
            return total(once, dim, keepdim) * x.dtype.type(product(x.shape[d] for d in again))
    return add_reduce(x, dim, None, None, keepdim)


def _long(x: Any, char: str) -> Any:
    """The sum of a long vector: pieces of 4096 by BLAS, and these sums pairwise."""
    whole = x.size - x.size % 4096
    y = add_reduce(x[:whole].reshape(-1, 4096).dot(_ones[char][:4096]))
    return y + x[whole:].dot(_ones[char][: x.size - whole]) if whole < x.size else y


def float_sum(x: Any, dim: Dims, keepdim: bool) -> Any:
    """The sum of floats of any width: half precision is added in single."""
    return add_reduce(x, dim, np.float32, None, keepdim) if x.dtype.char == "e" else total(x, dim, keepdim)


def counted(shape: tuple[int, ...], dim: Dims) -> int:
    """How many values are reduced to one."""
    return product(shape) if dim is None else product(shape[d] for d in dim)


@primitive()
def sum_p(x: Any, *, dim: Dims, keepdim: bool) -> Any:
    """The sum over the dimensions `dim`; over all if None. Whole numbers and bools add up to int64."""
    char = x.dtype.char
    if char == "f" or char == "d":
        y = total(x, dim, keepdim)
        return y if type(y) is ndarray else asarray(y)
    if char == "e":
        return asarray(float_sum(x, dim, keepdim), x.dtype)
    return asarray(add_reduce(x, dim, None if x.dtype.kind == "c" else np.int64, None, keepdim))


@primitive()
def nansum_p(x: Any, *, dim: Dims, keepdim: bool) -> Any:
    """The sum of the values that are not NaN."""
    return sum_p.kernel(np.where(np.isnan(x), x.dtype.type(0), x), dim=dim, keepdim=keepdim)


def need_float(name: str, x: Any) -> None:
    """Raise if x is made of whole numbers or bools."""
    if x.dtype.kind not in "fc":
        raise DTypeError(
            f"{name}: expected a floating or complex dtype, got {x.dtype}; convert it first, as in x.float()"
        )


@primitive()
def mean_p(x: Any, *, dim: Dims, keepdim: bool) -> Any:
    """Σ x / n over the dimensions `dim`; over all if None."""
    need_float("mean", x)
    n = x.size if dim is None else counted(x.shape, dim)
    if n == 0:
        return asarray(np.full_like(add_reduce(x, dim, None, None, keepdim), np.nan))
    y = float_sum(x, dim, keepdim) / n
    return asarray(y, x.dtype) if type(y) is not ndarray or x.dtype.char == "e" else y


@primitive()
def prod_p(x: Any, *, dim: Dims, keepdim: bool) -> Any:
    """The product over the dimension `dim`; over all if None. Whole numbers and bools multiply to int64."""
    return asarray(multiply_reduce(x, dim, None if x.dtype.kind in "fc" else np.int64, None, keepdim))


def _cast(x: Any, dtype: Any) -> Any:
    """x converted to a floating dtype before it is reduced; whole numbers are reduced in int64, and converted after."""
    return x if np.dtype(dtype).kind in "iu" and x.dtype.kind in "biu" else cast_p(x, dtype=np.dtype(dtype))


def sum(
    input: Any,
    dim: Any = None,
    keepdim: bool = False,
    *,
    dtype: Any = None,
    out: Any = None,
    axis: Any = None,
    keepdims: bool | None = None,
) -> Any:
    """The sum over some dimensions, or over all of them.

    Args:
        input: a tensor of any shape.
        dim: an int, a tuple of ints, or None for all dimensions.
        keepdim: whether the dimensions stay in the result, with size 1.
        dtype: the dtype in which to add; by default the input's, and int64 for whole numbers and bools.
        out: where to write the result.
        axis: NumPy's name for `dim`.
        keepdims: NumPy's name for `keepdim`.

    Raises:
        IndexError: if `dim` is out of range.

    Examples:
        >>> from tt_tensor import sum, tensor
        >>> sum(tensor([[1, 2], [3, 4]]), dim=1)
        tensor([3, 7])
    """
    if axis is not None or keepdims is not None:
        dim, keepdim = numpys(dim, keepdim, axis, keepdims)
    if dim is not None:
        dim = reduced_dims("sum", input, dim)
    if dtype is not None:
        total = sum_p(_cast(input, dtype), dim=dim, keepdim=keepdim)
        return send(cast_p, out, total, dtype=np.dtype(dtype))
    return sum_p(input, dim=dim, keepdim=keepdim) if out is None else sum_p(input, dim=dim, keepdim=keepdim, out=out)


def mean(
    input: Any,
    dim: Any = None,
    keepdim: bool = False,
    *,
    dtype: Any = None,
    out: Any = None,
    axis: Any = None,
    keepdims: bool | None = None,
) -> Any:
    """The mean Σ x / n over some dimensions, or over all of them.

    Args:
        input: a tensor of floats.
        dim: an int, a tuple of ints, or None for all dimensions.
        keepdim: whether the dimensions stay in the result, with size 1.
        dtype: what to convert the input to first.
        out: where to write the result.
        axis: NumPy's name for `dim`.
        keepdims: NumPy's name for `keepdim`.

    Raises:
        DTypeError: if the input is made of whole numbers or bools.

    Examples:
        >>> from tt_tensor import mean, tensor
        >>> mean(tensor([1.0, 2.0, 6.0]))
        tensor(3.)
    """
    if axis is not None or keepdims is not None:
        dim, keepdim = numpys(dim, keepdim, axis, keepdims)
    if dtype is not None:
        input = cast_p(input, dtype=np.dtype(dtype))
    if dim is not None:
        dim = reduced_dims("mean", input, dim)
    return mean_p(input, dim=dim, keepdim=keepdim) if out is None else mean_p(input, dim=dim, keepdim=keepdim, out=out)


def prod(
    input: Any,
    dim: int | None = None,
    keepdim: bool = False,
    *,
    dtype: Any = None,
    out: Any = None,
    axis: Any = None,
    keepdims: bool | None = None,
) -> Any:
    """The product over one dimension, or over all of them."""
    if axis is not None or keepdims is not None:
        dim, keepdim = numpys(dim, keepdim, axis, keepdims)
    dims = _single("prod", input, dim)
    if dtype is not None:
        return send(cast_p, out, prod_p(_cast(input, dtype), dim=dims, keepdim=keepdim), dtype=np.dtype(dtype))
    return send(prod_p, out, input, dim=dims, keepdim=keepdim)


def _single(name: str, x: Any, dim: Any) -> Dims:
    if dim is None:
        return None
    n = ndim_of(name, x)
    k = one_dim(name, dim, n)
    return (k,) if n else ()


def nansum(
    input: Any,
    dim: Any = None,
    keepdim: bool = False,
    *,
    dtype: Any = None,
    out: Any = None,
    axis: Any = None,
    keepdims: bool | None = None,
) -> Any:
    """The sum of the values that are not NaN."""
    if axis is not None or keepdims is not None:
        dim, keepdim = numpys(dim, keepdim, axis, keepdims)
    need_tensor("nansum", input)
    whole = input.dtype.kind in "biu"
    if dtype is not None and (whole or np.dtype(dtype).kind in "biu"):
        return sum(input, dim, keepdim, dtype=dtype, out=out)
    if dtype is not None:
        input = cast_p(input, dtype=np.dtype(dtype))
    dim = reduced_dims("nansum", input, dim)
    return send(sum_p if whole else nansum_p, out, input, dim=dim, keepdim=keepdim)


def nanmean(
    input: Any,
    dim: Any = None,
    keepdim: bool = False,
    *,
    dtype: Any = None,
    out: Any = None,
    axis: Any = None,
    keepdims: bool | None = None,
) -> Any:
    """The mean of the values that are not NaN; NaN where there are none."""
    if axis is not None or keepdims is not None:
        dim, keepdim = numpys(dim, keepdim, axis, keepdims)
    if dtype is not None:
        input = cast_p(input, dtype=np.dtype(dtype))
    need_tensor("nanmean", input)
    if input.dtype.kind not in "fc":
        raise DTypeError(f"nanmean: expected a floating or complex dtype, got {input.dtype}; convert it first")
    count = sum(input == input, dim, keepdim)
    mean = nansum(input, dim, keepdim) / count
    return mean if out is None else cast_p(mean, dtype=mean.dtype, out=out)


class ReduceMethods:
    """What `Tensor` gets from this file."""

    __slots__ = ()

    sum, mean, prod, nansum, nanmean = sum, mean, prod, nansum, nanmean
