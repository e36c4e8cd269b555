"""The extension `linalg`, and the functions of linear algebra in the main namespace."""

from typing import Any

import numpy as np

from .. import linalg as la
from ..linalg import EighResult, QRResult, SlogdetResult, SVDResult
from ..ops import diagonal as diagonals
from ..ops import einsum
from ..ops import matmul as products
from ..ops.decompose import solve_p
from ._statistics import sum as _sum
from ._types import together

__all__ = [
    "EighResult", "QRResult", "SVDResult", "SlogdetResult", "cholesky", "cross", "det", "diagonal", "eigh", "eigvalsh", "inv",
    "matmul", "matrix_norm", "matrix_power", "matrix_rank", "matrix_transpose", "outer", "pinv", "qr", "slogdet", "solve",
    "svd", "svdvals", "tensordot", "trace", "vecdot", "vector_norm",
]  # fmt: skip


def matmul(x1: Any, x2: Any, /) -> Any:
    """The product of matrices; of integers of any dtype too."""
    return products.matmul(*together(x1, x2))


def matrix_transpose(x: Any, /) -> Any:
    """The last two axes swapped."""
    return x.mT


def tensordot(x1: Any, x2: Any, /, *, axes: Any = 2) -> Any:
    """The sum of products over axes of both."""
    a, b = together(x1, x2)
    return einsum.tensordot(a, b, axes)


def vecdot(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    """The sums of products along one of the last axes of both, which counts from the end; x1's complex conjugate."""
    a, b = together(x1, x2)
    if axis >= 0:
        raise ValueError(f"vecdot: axis must be negative, as the arrays are broadcast, got {axis}")
    if a.shape[axis] != b.shape[axis]:
        raise ValueError(f"vecdot: sizes {a.shape[axis]} and {b.shape[axis]} along axis {axis} differ")
    return _sum((type(a).plain(a.array.conj()) if a.dtype.kind == "c" else a) * b, axis=axis, dtype=a.dtype)


def cholesky(x: Any, /, *, upper: bool = False) -> Any:
    """The Cholesky decomposition."""
    y = la.cholesky(x, upper=upper)
    return type(x).plain(y.array.conj()) if upper and y.dtype.kind == "c" else y


def cross(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    """The cross product along an axis of size 3."""
    a, b = together(x1, x2)
    n = max(a.ndim, b.ndim)
    a, b = (x.reshape((1,) * (n - x.ndim) + tuple(x.shape)) for x in (a, b))
    return la.cross(a, b, dim=axis)


def det(x: Any, /) -> Any:
    """The determinant."""
    return la.det(x)


def diagonal(x: Any, /, *, offset: int = 0) -> Any:
    """The diagonals of matrices."""
    return diagonals.diagonal(x, offset, -2, -1)


def eigh(x: Any, /) -> EighResult:
    """Eigenvalues and eigenvectors of symmetric matrices."""
    return la.eigh(x)


def eigvalsh(x: Any, /) -> Any:
    """Eigenvalues of symmetric matrices."""
    return la.eigvalsh(x)


def inv(x: Any, /) -> Any:
    """The inverse."""
    return la.inv(x)


def matrix_norm(x: Any, /, *, keepdims: bool = False, ord: Any = "fro") -> Any:
    """The norm of matrices."""
    return la.matrix_norm(x, ord, keepdim=keepdims)


def matrix_power(x: Any, n: int, /) -> Any:
    """A matrix multiplied with itself n times."""
    return la.matrix_power(x, n)


def matrix_rank(x: Any, /, *, rtol: Any = None) -> Any:
    """The number of singular values above `rtol` times the largest."""
    rtol = rtol if rtol is None or not hasattr(rtol, "array") else rtol.array[..., None]
    return la.matrix_rank(x, rtol=rtol)


def outer(x1: Any, x2: Any, /) -> Any:
    """All products of an element of one vector and one of the other."""
    a, b = together(x1, x2)
    return a.reshape((-1, 1)) * b


def pinv(x: Any, /, *, rtol: Any = None) -> Any:
    """The pseudo-inverse."""
    rtol = rtol if rtol is None or not hasattr(rtol, "array") else rtol.array[..., None]
    return la.pinv(x, rtol=rtol)


def qr(x: Any, /, *, mode: str = "reduced") -> QRResult:
    """Q with orthonormal columns and R upper triangular."""
    return la.qr(x, mode)


def slogdet(x: Any, /) -> SlogdetResult:
    """The sign of the determinant and the logarithm of its absolute value."""
    return la.slogdet(x)


def solve(x1: Any, x2: Any, /) -> Any:
    """The solution of x1 X = x2. `x2` is a vector if it has one axis, else holds matrices."""
    a, b = together(x1, x2)
    if b.ndim == 1:
        return la.solve(a, b.reshape((-1, 1)))[..., 0]
    return solve_p(a, b)


def svd(x: Any, /, *, full_matrices: bool = True) -> SVDResult:
    """The singular value decomposition."""
    return la.svd(x, full_matrices)


def svdvals(x: Any, /) -> Any:
    """The singular values."""
    return la.svdvals(x)


def trace(x: Any, /, *, offset: int = 0, dtype: Any = None) -> Any:
    """The sums of the diagonals of matrices."""
    return _sum(diagonal(x, offset=offset), axis=-1, dtype=dtype)


def vector_norm(x: Any, /, *, axis: Any = None, keepdims: bool = False, ord: float = 2) -> Any:
    """The norm of vectors along axes."""
    if axis == ():
        return type(x).plain(np.abs(x.array) if ord else (x.array != 0).astype(x.array.real.dtype))
    return la.vector_norm(x, ord, tuple(range(x.ndim)) if axis is None else axis, keepdims)
