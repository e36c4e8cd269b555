"""Inverses, systems of equations and least squares, ranks and powers of matrices."""

from typing import Any, NamedTuple

import numpy as np

from ..errors import ShapeError
from .complex import conj
from .convert import clone_p
from .decompose import cross_p, inv_p, matrices, pinv_p, solve_p, svdvals_p, tolerance
from .diagonal import tril_p, triu_p
from .dims import need_tensor, send
from .matmul import matmul
from .reduce import sum_p
from .shape import reshape_p


class LstsqResult(NamedTuple):
    """What `lstsq` returns."""

    solution: Any
    residuals: Any
    rank: Any
    singular_values: Any


def inv(A: Any, *, out: Any = None) -> Any:
    """The inverse of a square matrix, or of each of a batch `[..., n, n]`.

    Raises:
        LinAlgError: if a matrix is singular; the message says which of the batch.

    Examples:
        >>> from tt_tensor import linalg, tensor
        >>> linalg.inv(tensor([[2.0, 0.0], [0.0, 4.0]]))
        tensor([[0.5000, 0.0000],
                [0.0000, 0.2500]])
    """
    return send(inv_p, out, A)


def solve(A: Any, B: Any, *, left: bool = True, out: Any = None) -> Any:
    """The solution X of A X = B: faster and more precise than `inv(A) @ B`.

    Args:
        A: `[..., n, n]`.
        B: `[..., n, k]`, a vector `[n]`, or a batch of vectors `[..., n]` with A's leading dimensions.
        left: False to solve X A = B.
        out: where to write the result.

    Raises:
        LinAlgError: if a matrix is singular.

    Examples:
        >>> from tt_tensor import linalg, tensor
        >>> linalg.solve(tensor([[2.0, 0.0], [0.0, 4.0]]), tensor([2.0, 2.0]))
        tensor([1.0000, 0.5000])
    """
    need_tensor("linalg.solve", A)
    need_tensor("linalg.solve", B)
    vector = B.ndim == 1 or (A.ndim - 1 == B.ndim and tuple(B.shape) == tuple(A.shape[:-1]))
    if vector:
        column = reshape_p(B, shape=(*B.shape, 1))
        x = solve_p(A if left else A.mT, column)
        return send(reshape_p, out, x, shape=tuple(x.shape[:-1]))
    return send(solve_p, out, A, B) if left else send(clone_p, out, solve_p(A.mT, B.mT).mT)


def solve_triangular(
    A: Any, B: Any, *, upper: bool, left: bool = True, unitriangular: bool = False, out: Any = None
) -> Any:
    """The solution X of A X = B (or X A = B if not `left`), using one triangle of A only.

    Args:
        A: `[..., n, n]`.
        B: `[..., n, k]`.
        upper: whether A is upper triangular; the rest of it is ignored.
        left: False to solve X A = B.
        unitriangular: take the diagonal to be 1.
        out: where to write the result.

    Raises:
        LinAlgError: if there is a zero on the diagonal.
    """
    part = triu_p if upper else tril_p
    if unitriangular:
        triangle = part(A, diagonal=1 if upper else -1) + np.eye(A.shape[-1], dtype=A.dtype)
    else:
        triangle = part(A, diagonal=0)
    return solve(triangle, B, left=left, out=out)


def pinv(
    A: Any, *, atol: float | None = None, rtol: float | None = None, hermitian: bool = False, out: Any = None
) -> Any:
    """The pseudo-inverse of Moore and Penrose of matrices `[..., m, n]`.

    Args:
        A: `[..., m, n]`.
        atol: singular values up to this count as zero.
        rtol: so do those up to this times the largest; by default max(m, n) times the precision, or 0 if `atol` is given.
        hermitian: accepted; the result is the same.
        out: where to write the result.
    """
    del hermitian
    return send(pinv_p, out, A, atol=atol, rtol=rtol)


def lstsq(A: Any, B: Any, rcond: float | None = None, *, driver: str | None = None) -> LstsqResult:
    """The X that makes ‖A X − B‖ least, and of those the X of least norm.

    Args:
        A: `[..., m, n]`.
        B: `[..., m, k]`, or `[..., m]` with A's leading dimensions.
        rcond: singular values up to this times the largest count as zero; by default max(m, n) times the precision.
        driver: "gelsy" (the default), "gels", "gelsd" or "gelss". The solution is the same; as in PyTorch the last two bring
            singular values, and all but "gelsy" residuals.

    Returns:
        solution, residuals `[..., k]` (empty unless m > n and A has full rank), rank, singular_values.
    """
    need_tensor("linalg.lstsq", A)
    need_tensor("linalg.lstsq", B)
    if driver not in (None, "gels", "gelsy", "gelsd", "gelss"):
        raise RuntimeError(f"linalg.lstsq: driver must be one of gels, gelsy, gelsd, gelss, got {driver!r}")
    matrices("linalg.lstsq", A, square=False)
    m, n = A.shape[-2:]
    vector = A.ndim - 1 == B.ndim and tuple(B.shape) == tuple(A.shape[:-1])
    columns = reshape_p(B, shape=(*B.shape, 1)) if vector else B
    if columns.ndim < 2 or columns.shape[-2] != m:
        raise ShapeError(
            f"linalg.lstsq: A and B must have the same number of rows, got {tuple(A.shape)} and {tuple(B.shape)}"
        )
    cls, a = type(A).plain, A.array
    s = np.linalg.svd(a, compute_uv=False)
    rtol = max(m, n) * float(np.finfo(a.dtype).eps) if rcond is None else rcond
    rank = (s > rtol * s.max(-1, keepdims=True, initial=0)).sum(-1)
    x = matmul(pinv_p(A, atol=None, rtol=rtol), columns)
    residuals = cls(np.empty(0, a.dtype))
    if m > n and (rank == n).all() and driver not in (None, "gelsy"):
        error = matmul(A, x) - columns
        residuals = sum_p(error * error, dim=(error.ndim - 2,), keepdim=False)
    return LstsqResult(
        reshape_p(x, shape=tuple(x.shape[:-1])) if vector else x,
        residuals,
        cls(np.empty(0, np.int64) if driver == "gels" else np.asarray(rank)),
        cls(s if driver in ("gelsd", "gelss") else np.empty(0, a.dtype)),
    )


def matrix_rank(A: Any, *, atol: float | None = None, rtol: float | None = None, hermitian: bool = False) -> Any:
    """How many singular values are above max(atol, rtol · the largest): int64, of shape `[...]`.

    Examples:
        >>> from tt_tensor import linalg, ones
        >>> linalg.matrix_rank(ones(3, 3))
        tensor(1)
    """
    need_tensor("linalg.matrix_rank", A)
    del hermitian
    matrices("linalg.matrix_rank", A, square=False)
    s = svdvals_p(A.array)
    return type(A).plain((s > tolerance(A.array, s.max(-1, keepdims=True, initial=0), atol, rtol)).sum(-1))


def matrix_power(A: Any, n: int, *, out: Any = None) -> Any:
    """A multiplied with itself n times, by repeated squaring; of the inverse if n is negative.

    Examples:
        >>> from tt_tensor import linalg, tensor
        >>> linalg.matrix_power(tensor([[1.0, 1.0], [0.0, 1.0]]), 10)
        tensor([[ 1., 10.],
                [ 0.,  1.]])
    """
    need_tensor("linalg.matrix_power", A)
    if A.ndim < 2 or A.shape[-1] != A.shape[-2]:
        raise ShapeError(f"linalg.matrix_power: expected square matrices, got shape {tuple(A.shape)}")
    if n == 0:
        identity = type(A).plain(np.broadcast_to(np.eye(A.shape[-1], dtype=A.dtype), A.shape).copy())
        return identity if out is None else send(clone_p, out, identity)
    square, result = (inv_p(A) if n < 0 else A), None
    n = abs(n)
    while n:
        if n & 1:
            result = square if result is None else matmul(result, square)
        n >>= 1
        square = matmul(square, square) if n else square
    return result if out is None and result is not A else send(clone_p, out, result)


def cross(input: Any, other: Any, *, dim: int = -1, out: Any = None) -> Any:
    """The vectors at right angles to those of `input` and `other`, along a dimension of size 3.

    Examples:
        >>> from tt_tensor import linalg, tensor
        >>> linalg.cross(tensor([1.0, 0.0, 0.0]), tensor([0.0, 1.0, 0.0]))
        tensor([0., 0., 1.])
    """
    need_tensor("linalg.cross", input)
    need_tensor("linalg.cross", other)
    if input.ndim != other.ndim:
        raise ShapeError(
            f"linalg.cross: inputs must have the same number of dimensions, got {input.ndim} and {other.ndim}"
        )
    if not -input.ndim <= dim < input.ndim:
        raise IndexError(f"linalg.cross: dim {dim} is out of range for {input.ndim} dimensions")
    if input.shape[dim] != 3 or other.shape[dim] != 3:
        raise ShapeError(
            f"linalg.cross: inputs dimension {dim} must have length 3, got {input.shape[dim]} and {other.shape[dim]}"
        )
    return send(cross_p, out, input, other, dim=dim % input.ndim)


def vecdot(x: Any, y: Any, *, dim: int = -1, out: Any = None) -> Any:
    """The sums of the products of vectors along a dimension, Σ x̄ · y, broadcast.

    Examples:
        >>> from tt_tensor import linalg, ones
        >>> linalg.vecdot(ones(2, 3), ones(3))
        tensor([3., 3.])
    """
    need_tensor("linalg.vecdot", x)
    need_tensor("linalg.vecdot", y)
    product = conj(x) * y
    if product.ndim == 0:
        raise ShapeError("linalg.vecdot: expected tensors with at least one dimension")
    return send(sum_p, out, product, dim=(dim % product.ndim,), keepdim=False)
