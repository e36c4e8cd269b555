"""Norms: the length of a tensor, and those of vectors and of matrices by the rules of `torch.linalg`."""

from math import inf
from typing import Any

import numpy as np

from ..errors import ShapeError
from ..primitive import primitive
from .convert import cast_p
from .decompose import inv_p, svdvals_p
from .dims import Dims, ndim_of, need_tensor, reduced_dims, send, some_dims
from .extremes import amax_p, amin_p, extreme
from .reduce import add_reduce, float_sum, need_float, sum_p
from .shape import permute_p, reshape_p


@primitive()
def norm_p(x: Any, *, ord: float, dim: Dims, keepdim: bool) -> Any:
    """(Σ |x|^ord)^(1/ord); the largest |x| for ord = inf, the smallest for -inf, the number of non-zeros for 0."""
    need_float("norm", x)
    dtype = x.real.dtype
    if dtype.itemsize == 2:  # squares of numbers above 255 have no place in float16, although their root has
        x = x.astype(np.float32)
    if ord == 2 and x.dtype.kind == "f":
        y = np.sqrt(float_sum(x * x, dim, keepdim))
    else:
        size = np.abs(x)
        if ord in (np.inf, -np.inf):
            y = extreme(np.maximum if ord > 0 else np.minimum, size, dim, keepdim, "norm")
        elif ord == 0:
            y = add_reduce(size != 0, dim, size.dtype, None, keepdim)
        elif ord == 1:
            y = float_sum(size, dim, keepdim)
        else:
            y = float_sum(size**ord, dim, keepdim) ** (1 / ord)
    return np.asarray(y, dtype)


def vector_norm(
    x: Any, ord: float = 2, dim: Any = None, keepdim: bool = False, *, dtype: Any = None, out: Any = None
) -> Any:
    """(Σ |x|^ord)^(1/ord) over the dimensions `dim`, or over all elements.

    Args:
        x: a floating tensor of any shape.
        ord: any number; inf and -inf for the largest and smallest |x|, 0 for the number of elements that are not 0.
        dim: an int, a tuple of them, or None for all.
        keepdim: whether the dimensions stay, with size 1.
        dtype: what to convert `x` to before.
        out: where to write the result.

    Examples:
        >>> from tt_tensor import linalg, tensor
        >>> linalg.vector_norm(tensor([3.0, -4.0]))
        tensor(5.)
        >>> linalg.vector_norm(tensor([3.0, -4.0]), float("inf"))
        tensor(4.)
    """
    x = x if dtype is None else cast_p(x, dtype=dtype)
    return send(norm_p, out, x, ord=float(ord), dim=reduced_dims("linalg.vector_norm", x, dim), keepdim=keepdim)


def matrix_norm(
    A: Any, ord: Any = "fro", dim: Any = (-2, -1), keepdim: bool = False, *, dtype: Any = None, out: Any = None
) -> Any:
    """The norm of matrices.

    Args:
        A: floating, with the matrices in the dimensions `dim`.
        ord: "fro": (Σ A²)^½; "nuc": the sum of the singular values; 2 and -2: the largest and smallest of them; 1 and -1: the
            largest and smallest sum of a column of |A|; inf and -inf: of a row.
        dim: the two dimensions of rows and columns.
        keepdim: whether they stay, with size 1.
        dtype: what to convert `A` to before.
        out: where to write the result.

    Examples:
        >>> from tt_tensor import linalg, tensor
        >>> A = tensor([[3.0, 0.0], [4.0, 0.0]])
        >>> linalg.matrix_norm(A), linalg.matrix_norm(A, 1)
        (tensor(5.), tensor(7.))
    """
    need_tensor("linalg.matrix_norm", A)
    A = A if dtype is None else cast_p(A, dtype=dtype)
    if A.ndim < 2 or not isinstance(dim, tuple | list) or len(dim) != 2:
        raise ShapeError(
            f"linalg.matrix_norm: expected two dims of a tensor with at least 2, got {dim} of {tuple(A.shape)}"
        )
    dims = some_dims("linalg.matrix_norm", dim, A.ndim)
    rows, cols = dims
    shape = tuple(1 if k in dims else n for k, n in enumerate(A.shape))
    if not keepdim:
        shape = tuple(n for k, n in enumerate(A.shape) if k not in dims)
    if ord == "fro":
        result = norm_p(A, ord=2.0, dim=tuple(sorted(dims)), keepdim=keepdim)
    elif ord in ("nuc", 2, -2):
        s = svdvals_p(permute_p(A, dims=(*(k for k in range(A.ndim) if k not in dims), rows, cols)))
        reduce = {"nuc": sum_p, 2: amax_p if s.shape[-1] else sum_p, -2: amin_p}[ord]  # the norm of no numbers is 0
        result = reshape_p(reduce(s, dim=(s.ndim - 1,), keepdim=False), shape=shape)
    elif ord in (1, -1, inf, -inf):
        first, second = (rows, cols) if abs(ord) == 1 else (cols, rows)
        sums = norm_p(A, ord=1.0, dim=(first,), keepdim=True)
        largest = amax_p if A.shape[second] else sum_p
        result = reshape_p((largest if ord > 0 else amin_p)(sums, dim=(second,), keepdim=True), shape=shape)
    else:
        raise RuntimeError(
            f"linalg.matrix_norm: order {ord!r} is not supported; use 'fro', 'nuc', 1, 2, inf or their negatives"
        )
    return result if out is None else send(reshape_p, out, result, shape=shape)


def linalg_norm(
    A: Any, ord: Any = None, dim: Any = None, keepdim: bool = False, *, dtype: Any = None, out: Any = None
) -> Any:
    """The norm of a vector or a matrix: `vector_norm` or `matrix_norm`, as `ord` and `dim` tell.

    Without `ord` it is the 2-norm of all elements (or over `dim`). With `ord`, a tensor of two dimensions, or two dimensions
    `dim`, are matrices.

    Examples:
        >>> from tt_tensor import linalg, ones
        >>> linalg.norm(ones(2, 2)), linalg.norm(ones(2, 2), 1), linalg.norm(ones(2, 2), 1, dim=0)
        (tensor(2.), tensor(2.), tensor([2., 2.]))
    """
    if dim is None and ord is not None and A.ndim not in (1, 2):
        raise ShapeError(f"linalg.norm: if ord is given without dim, the input must be 1D or 2D, got {A.ndim}D")
    two = A.ndim == 2 if dim is None else isinstance(dim, tuple | list) and len(dim) == 2
    if ord is None or (not two and not isinstance(ord, str)):
        return vector_norm(A, 2 if ord is None else ord, dim, keepdim, dtype=dtype, out=out)
    return matrix_norm(A, ord, (-2, -1) if dim is None else dim, keepdim, dtype=dtype, out=out)


def cond(A: Any, p: Any = None, *, out: Any = None) -> Any:
    """How much a matrix can magnify a relative error: ‖A‖ₚ · ‖A⁻¹‖ₚ, infinite for a singular one.

    Args:
        A: `[..., n, n]`; for p = None, 2, -2 also `[..., m, n]`.
        p: the order of the norm as in `matrix_norm`; None for 2.
        out: where to write the result.

    Examples:
        >>> from tt_tensor import linalg, tensor
        >>> linalg.cond(tensor([[4.0, 0.0], [0.0, 1.0]]))
        tensor(4.)
    """
    if p in (None, 2, -2):
        s = svdvals_p(A)
        if s.shape[-1]:
            first, last = s[..., 0], s[..., -1]
            result = last / first if p == -2 else first / last
        else:
            result = sum_p(s, dim=(s.ndim - 1,), keepdim=False)
    else:
        result = matrix_norm(A, p) * matrix_norm(inv_p(A), p)
    return result if out is None else send(reshape_p, out, result, shape=tuple(result.shape))


def norm(
    input: Any, p: Any = "fro", dim: Any = None, keepdim: bool = False, *, dtype: Any = None, out: Any = None
) -> Any:
    """(Σ |x|ᵖ)^(1/p): the length of the tensor, taken as one long vector, or of its slices over `dim`.

    Args:
        input: a tensor of floats.
        p: a number, ±inf (the largest or smallest |x|), 0 (how many are not zero); "fro" is 2. "nuc" is the sum of the
            singular values of a matrix, or of those in the two dimensions `dim`.
        dim: an int, a tuple of ints, or None for all dimensions.
        keepdim: whether the dimensions stay in the result, with size 1.
        dtype: what to convert the input to first.
        out: where to write the result.

    Examples:
        >>> from tt_tensor import norm, tensor
        >>> norm(tensor([3.0, 4.0]))
        tensor(5.)
    """
    if dtype is not None:
        input = cast_p(input, dtype=np.dtype(dtype))
    if p == "nuc":
        axes = tuple(range(ndim_of("norm", input))) if dim is None else dim
        return matrix_norm(input, "nuc", axes, keepdim, out=out)
    if isinstance(p, str) and p != "fro":
        raise ShapeError(f"norm: order {p!r} is not supported; use a number, 'fro' or 'nuc'")
    order = 2.0 if p == "fro" or p is None else float(p)
    return send(norm_p, out, input, ord=order, dim=reduced_dims("norm", input, dim), keepdim=keepdim)


class NormMethods:
    """What `Tensor` gets from this file."""

    __slots__ = ()

    norm = norm
