"""Decompositions of matrices, inverses and systems of equations: the kernels, on LAPACK by way of NumPy."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import DTypeError, LinAlgError, ShapeError
from ..primitive import primitive


def matrices(name: str, a: Any, *, square: bool = True) -> None:
    """Raise unless `a` holds matrices, one or a batch, of a dtype that LAPACK takes."""
    if a.ndim < 2:
        raise ShapeError(f"{name}: the input must have at least 2 dimensions, got shape {tuple(a.shape)}")
    if square and a.shape[-1] != a.shape[-2]:
        raise ShapeError(
            f"{name}: A must be batches of square matrices, but they are {a.shape[-2]} by {a.shape[-1]} matrices"
        )
    if a.dtype.kind not in "fc" or a.dtype.itemsize < 4:
        raise DTypeError(f"{name}: expected float32, float64 or complex, got {a.dtype}; convert it with .to(float32)")


def solved(name: str, why: str, f: Callable[..., Any], a: Any, *rest: Any) -> Any:
    """`f(a, *rest)`; where LAPACK fails, an error that says for which matrix of the batch."""
    try:
        return f(a, *rest)
    except np.linalg.LinAlgError as error:
        where = ""
        for index in np.ndindex(a.shape[:-2]) if a.ndim > 2 else ():
            try:
                f(a[index], *(np.broadcast_to(b, a.shape[:-2] + b.shape[-2:])[index] for b in rest))
            except np.linalg.LinAlgError:
                where = f"(Batch element {', '.join(map(str, index))}): "
                break
        raise LinAlgError(f"{name}: {where}{why}") from error


@primitive("linalg_inv")
def inv_p(A: Any) -> Any:
    """A⁻¹."""
    matrices("linalg.inv", A)
    return solved("linalg.inv", "the input matrix is singular and has no inverse; see linalg.pinv", np.linalg.inv, A)


@primitive("linalg_solve")
def solve_p(A: Any, B: Any) -> Any:
    """A⁻¹ B, for matrices B."""
    matrices("linalg.solve", A)
    if A.dtype != B.dtype:
        raise DTypeError(f"linalg.solve: A and B must have the same dtype, got {A.dtype} and {B.dtype}; convert one")
    if A.shape[-1] != B.shape[-2]:
        raise ShapeError(
            f"linalg.solve: Incompatible shapes of A and B for the equation AX = B "
            f"({A.shape[-2]}x{A.shape[-1]} and {B.shape[-2]}x{B.shape[-1]})"
        )
    return solved("linalg.solve", "the solver failed because the input matrix is singular", np.linalg.solve, A, B)


@primitive("linalg_det")
def det_p(A: Any) -> Any:
    """The determinant."""
    matrices("linalg.det", A)
    return np.asarray(np.linalg.det(A))


@primitive("linalg_cofactor")
def cofactor_p(A: Any) -> Any:
    """The derivative of det(A): det(A) · A⁻ᵀ, for singular matrices too, by A = U Σ Vᵀ."""
    u, s, vt = np.linalg.svd(A)
    n = s.shape[-1]
    others = np.where(np.eye(n, dtype=bool), 1, s[..., None, :]).prod(-1)  # the product of all singular values but one
    sign = np.linalg.det(u) * np.linalg.det(vt)
    return (sign[..., None, None] * (u * others[..., None, :]) @ vt).astype(A.dtype, copy=False)


@primitive("linalg_slogdet")
def slogdet_p(A: Any) -> Any:
    """The sign of the determinant, and the logarithm of its absolute value."""
    matrices("linalg.slogdet", A)
    sign, logabsdet = np.linalg.slogdet(A)
    return np.asarray(sign), np.asarray(logabsdet)


@primitive("linalg_cholesky")
def cholesky_p(A: Any) -> Any:
    """The lower triangular L with A = L Lᵀ."""
    matrices("linalg.cholesky", A)
    why = "the factorization could not be completed because the input is not positive-definite"
    L = solved("linalg.cholesky", why, np.linalg.cholesky, A)
    if np.isnan(L).any():
        raise LinAlgError(f"linalg.cholesky: {why}; it contains NaN")
    return L


@primitive("linalg_qr")
def qr_p(A: Any, *, mode: Any) -> Any:
    """Q with orthonormal columns and R upper triangular, A = Q R."""
    matrices("linalg.qr", A, square=False)
    if mode == "r":
        return np.empty(0, A.dtype), np.linalg.qr(A, "r")
    return tuple(np.linalg.qr(A, mode))


@primitive("linalg_svd")
def svd_p(A: Any, *, full_matrices: bool) -> Any:
    """U, S, Vᵀ with A = U diag(S) Vᵀ."""
    matrices("linalg.svd", A, square=False)
    return tuple(solved("linalg.svd", _NOT_CONVERGED, lambda a: np.linalg.svd(a, full_matrices), A))


@primitive("linalg_svdvals")
def svdvals_p(A: Any) -> Any:
    """The singular values, the largest first."""
    matrices("linalg.svdvals", A, square=False)
    return solved("linalg.svdvals", _NOT_CONVERGED, lambda a: np.linalg.svd(a, compute_uv=False), A)


@primitive("linalg_eigh")
def eigh_p(A: Any, *, UPLO: Any) -> Any:
    """The eigenvalues of a symmetric matrix, the smallest first, and its eigenvectors."""
    matrices("linalg.eigh", A)
    return tuple(solved("linalg.eigh", _NOT_CONVERGED, lambda a: np.linalg.eigh(a, UPLO), A))


@primitive("linalg_eigvalsh")
def eigvalsh_p(A: Any, *, UPLO: Any) -> Any:
    """The eigenvalues of a symmetric matrix, the smallest first."""
    matrices("linalg.eigvalsh", A)
    return solved("linalg.eigvalsh", _NOT_CONVERGED, lambda a: np.linalg.eigvalsh(a, UPLO), A)


@primitive("linalg_eig")
def eig_p(A: Any) -> Any:
    """The complex eigenvalues of any square matrix, and its eigenvectors."""
    matrices("linalg.eig", A)
    values, vectors = solved("linalg.eig", _NOT_CONVERGED, np.linalg.eig, A)
    dtype = np.result_type(A.dtype, np.complex64)
    return values.astype(dtype), vectors.astype(dtype)


@primitive("linalg_pinv")
def pinv_p(A: Any, *, atol: float | None, rtol: float | None) -> Any:
    """The pseudo-inverse of Moore and Penrose; singular values up to max(atol, rtol · the largest) count as zero."""
    matrices("linalg.pinv", A, square=False)
    u, s, vt = solved("linalg.pinv", _NOT_CONVERGED, lambda a: np.linalg.svd(a, False), A)
    limit = tolerance(A, s.max(-1, keepdims=True, initial=0), atol, rtol)
    inverse = np.where(s > limit, 1 / s, 0).astype(A.dtype, copy=False)
    return (vt.mT.conj() * inverse[..., None, :]) @ u.mT.conj()


def tolerance(A: Any, largest: Any, atol: Any, rtol: Any) -> Any:
    """Up to where singular values count as zero."""
    if rtol is None:
        rtol = 0.0 if atol else max(A.shape[-2:]) * np.finfo(A.dtype).eps
    return np.maximum(0.0 if atol is None else atol, rtol * largest)


@primitive("linalg_cross")
def cross_p(a: Any, b: Any, *, dim: int) -> Any:
    """The vector at right angles to two others, a × b, along a dimension of size 3."""
    (ax, ay, az), (bx, by, bz) = np.moveaxis(a, dim, 0), np.moveaxis(b, dim, 0)
    return np.stack((ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx), dim)


_NOT_CONVERGED = "the algorithm failed to converge; look for NaN, Inf or extreme values in the input"
