"""The product of matrices, and the linear layer in one operation."""

from math import prod
from typing import Any

import numpy as np

from ..cpu import AVX512, OPENBLAS
from ..dtypes import float32, float64
from ..errors import DTypeError, ShapeError
from ..primitive import primitive
from ..threads import get_num_threads, one_thread_each, pieces, shares, spread_products
from .expand import expand_p

# Multiplications from which a product is shared out: it takes about 160 µs, and handing over the half of it 30.
LONG = 1 << 23
AHEAD = 5 << 19  # multiplications in these 30 µs and in the 30 until a thread hears that another is done
STRIP = 64  # rows or columns below which BLAS is slow
# Up to 10⁶ multiplications OpenBLAS takes the factors as they are, if neither is transposed; beyond, it first copies them into
# another order. On CPUs with AVX-512 many such products, of a few rows each, take 10 % less time than one of all rows.
SMALL = 10**6 if AVX512 and OPENBLAS else 0
FEW = (16, 8, 4)  # the rows for which that is true
TURNED = 768  # rows per thread from which it pays to turn a transposed factor around first
LOW = 64  # rows up to which a product with a transposed factor takes longer than that of the two the other way round
DIRECT = 1024  # elements of the result up to which OpenBLAS takes a transposed factor as it is


def product(a: Any, b: Any, bias: Any = None) -> Any:
    """`a.dot(b) + bias` of two floating matrices; one that takes long is shared out among the threads, by rows or by columns.

    Each element is a sum that one thread adds up in the order in which it would have alone.
    """
    if a.size * b.shape[1] < LONG // 2 or a.shape[1] != b.shape[0]:
        if other_way_round(a, b):
            y = np.empty((len(a), b.shape[1]), a.dtype)
            np.add(b.T.dot(a.T).T, 0 if bias is None else bias, out=y)
            return y
        y = a.dot(b)
        if bias is not None:
            y += bias
        return y
    out = np.empty((len(a), b.shape[1]), a.dtype)
    plus = None if bias is None else expand_p.kernel(bias, shape=out.shape)
    count = get_num_threads() if a.size * b.shape[1] >= LONG else 1
    b, few = prepared(a, b, count)

    def work(part: tuple[slice, slice]) -> None:
        rows, columns = part
        multiply(a[rows], b[:, columns], out[part], few)
        if plus is not None:
            y = out[part]
            y += plus[part]

    spread_products(work, blocks(out, count, AHEAD // a.shape[1]))
    return out


def few_rows(a: Any, b: Any) -> int:
    """How many rows of `a` at a time are best multiplied with `b`, both in rows (or stacks of such matrices); 0 for all."""
    size = b.shape[-2] * b.shape[-1]
    if a.shape[-2] * size <= SMALL or not one_thread_each():
        return 0
    return next((few for few in FEW if few * size <= SMALL), 0)


def prepared(a: Any, b: Any, threads: int = 1) -> tuple[Any, int]:
    """`b`, turned around if that pays, and how many rows of `a` at a time are best multiplied with it; 0 for all."""
    few = few_rows(a, b)
    if not few or not a.flags.c_contiguous or a.dtype.kind != "f":
        return b, 0
    if b.flags.c_contiguous:
        return b, few
    if len(a) < TURNED * threads or not b.flags.f_contiguous:
        return b, 0
    turned = np.empty(b.shape, b.dtype)
    for some in pieces(slice(0, b.shape[1]), 16):  # a cache line at a time
        turned[:, some] = b[:, some]
    return turned, few


def other_way_round(a: Any, b: Any) -> bool:
    """Whether the matrix `a @ b` is best computed as the transposed product of the transposed factors.

    It is where a few rows meet a large transposed matrix, such as the weight of a linear layer: BLAS would first copy that into
    another order, which takes longer than the product. (4 rows of 128 times 512 rows: 17 µs instead of 38.)
    """
    (rows, depth), columns = a.shape, b.shape[1]
    return (
        1 < rows <= min(LOW, 0.4 * depth)
        and depth == b.shape[0]
        and SMALL > 0
        and (rows * columns > DIRECT or rows * columns * depth > SMALL)
        and a.dtype == float32
        and not b.flags.c_contiguous
        and b.flags.f_contiguous
        and a.flags.c_contiguous
    )


def multiply(a: Any, b: Any, out: Any, few: int) -> None:
    """Write `a @ b` into `out`, a few rows at a time, or 0 for all at once; matrices or stacks of as many."""
    rows = a.shape[-2]
    if not few and a.ndim == 2 == b.ndim and other_way_round(a, b):
        np.copyto(out, b.T.dot(a.T).T)
        return
    stop = rows - rows % few if few else 0
    if stop:
        np.matmul(in_few(a[..., :stop, :], few), b[..., None, :, :], out=in_few(out[..., :stop, :], few))
    if stop < rows:
        np.matmul(a[..., stop:, :], b, out=out[..., stop:, :])


def in_few(x: Any, few: int) -> Any:
    """A view of each matrix as a stack of matrices of a few rows."""
    return x.reshape(*x.shape[:-2], -1, few, x.shape[-1])


def blocks(out: Any, count: int, ahead: int = 0) -> list[tuple[slice, slice]]:
    """A matrix in at most `count` blocks: of rows if it has more of these, else of columns. The first has `ahead` elements more.

    Cut where the loops of BLAS begin anew, so that each element is added up as in the whole product.
    """
    (rows, columns), every = out.shape, slice(None)
    if rows >= columns:
        return [(part, every) for part in shares(rows, STRIP, count, FEW[0], ahead // columns)]
    return [(every, part) for part in shares(columns, STRIP, count, STRIP, ahead // rows)]


def stacks(a: Any, b: Any) -> Any:
    """`np.matmul(a, b)` of floating stacks of matrices; ones that take long are shared out among the threads."""
    if a.size * b.shape[-1] < LONG or get_num_threads() == 1 or len(a) == 1 or a.shape[:-2] != b.shape[:-2]:
        return np.matmul(a, b)
    out = np.empty((*a.shape[:-1], b.shape[-1]), a.dtype)
    spread_products(lambda part: np.matmul(a[part], b[part], out=out[part]), shares(len(a)))
    return out


def typed_dot(a: Any, b: Any, bias: Any = None) -> Any:
    """`a.dot(b) + bias` for `b` of one or two dimensions, with PyTorch's dtypes. `dot` costs a third of `matmul` if small."""
    dtype = a.dtype
    if dtype is not b.dtype and dtype != b.dtype:
        raise _mixed(a, b)
    if dtype.kind in "fc" and dtype.itemsize > 2:
        return product(a, b, bias) if a.ndim == 2 == b.ndim else a.dot(b)
    if dtype.kind == "f":  # float16 has no BLAS, and sums of its products would be rounded at every step
        y = np.asarray(a.astype(np.float32).dot(b.astype(np.float32))).astype(dtype)
    else:
        y = _whole(np.dot, a, b)
    return y if bias is None else y + bias


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

    Examples:
        >>> from tt_tensor import tensor
        >>> linear_p(tensor([[1.0, 2.0]]), tensor([[1.0, 1.0], [0.0, -1.0]]), tensor([0.5, 0.0]))
        tensor([[ 3.5000, -2.0000]])
    """
    dtype = x.dtype
    if bias is not None and bias.dtype is not dtype and bias.dtype != dtype:
        raise DTypeError(f"linear: bias has dtype {bias.dtype}, but x has {dtype}; convert one of them")
    if x.ndim == 2 == weight.ndim and dtype is weight.dtype and (dtype is float32 or dtype is float64):
        try:
            return product(x, weight.T, bias)
        except ValueError:
            pass
    if weight.ndim != 2 or x.ndim == 0 or x.shape[-1] != weight.shape[1]:
        raise ShapeError(
            f"linear: x of shape {x.shape} and weight of shape {weight.shape} do not fit; "
            f"x needs shape [..., in] and weight [out, in] with the same in"
        )
    lead = x.shape[:-1]  # as one product of matrices
    return typed_dot(x.reshape(prod(lead), x.shape[-1]), weight.T, bias).reshape(*lead, weight.shape[0])


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

    Examples:
        >>> from tt_tensor import matmul, tensor
        >>> matmul(tensor([[1.0, 2.0], [3.0, 4.0]]), tensor([1.0, 1.0]))
        tensor([3., 7.])
    """
    dtype = x.dtype
    try:
        if dtype is y.dtype and (dtype is float32 or dtype is float64):
            if x.ndim == 2 == y.ndim:
                return product(x, y)
            if y.ndim > 2:
                return stacks(x, y) if x.ndim == y.ndim else np.matmul(x, y)
        if y.ndim <= 2:
            if x.ndim <= 2:
                if x.ndim == 0 or y.ndim == 0:
                    raise ShapeError("matmul: both arguments need to be at least 1-D; use * for numbers")
                return typed_dot(x, y)
            lead = x.shape[:-1]  # one large product in place of many small ones
            return typed_dot(x.reshape(prod(lead), x.shape[-1]), y).reshape(lead + y.shape[1:])
        return typed_matmul(x, y)
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


def typed_matmul(a: Any, b: Any) -> Any:
    """`np.matmul` with PyTorch's dtypes."""
    dtype = a.dtype
    if dtype is not b.dtype and dtype != b.dtype:
        raise _mixed(a, b)
    if dtype.kind not in "fc":
        return _whole(np.matmul, a, b)
    if dtype.itemsize == 2:
        return np.matmul(a.astype(np.float32), b.astype(np.float32)).astype(dtype)
    return np.matmul(a, b)
