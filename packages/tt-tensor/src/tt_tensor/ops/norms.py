"""Norms of vectors and of matrices, by the rules of `torch.linalg`."""

from math import inf
from typing import Any

from ..errors import ShapeError
from .decompose import inv_p, svdvals_p
from .dims import ndim_of, reduced_dims, send, some_dims
from .elementwise import cast_p
from .extremes import amax_p, amin_p, norm_p
from .reduce import sum_p
from .shape import permute_p, reshape_p


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
    ndim_of("linalg.matrix_norm", A)
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


def norm(A: Any, ord: Any = None, dim: Any = None, keepdim: bool = False, *, dtype: Any = None, out: Any = None) -> Any:
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
