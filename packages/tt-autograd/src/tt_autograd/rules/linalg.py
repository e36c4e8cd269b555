"""Derivatives of inverses, systems of equations and decompositions.

After Giles, "Collected matrix derivative results for forward and reverse mode algorithmic differentiation" (2008); the
singular value decomposition after Townsend, "Differentiating the singular value decomposition" (2016); the pseudo-inverse
after Golub and Pereyra (1973). Where singular values or eigenvalues are equal, their vectors have no derivative: Inf or NaN.
"""

from typing import Any

import numpy as np
from tt_tensor.ops.decompose import (
    cholesky_p,
    cofactor_p,
    det_p,
    eigh_p,
    eigvalsh_p,
    inv_p,
    pinv_p,
    qr_p,
    slogdet_p,
    solve_p,
    svd_p,
    svdvals_p,
)  # fmt: skip
from tt_tensor.ops.join import cat_p
from tt_tensor.ops.reduce import sum_p

from ..rule import derivative

derivative(inv_p, lambda g, out: -(out.mT @ g @ out.mT))
derivative(
    solve_p,
    lambda g, A, out: -(solve_p(A.mT, g) @ out.mT),
    lambda g, A: solve_p(A.mT, g),
)


def scale(g: Any) -> Any:
    """A number per matrix, in a shape that multiplies matrices."""
    return g[..., None, None]


def cofactor_input(g: Any, A: Any, out: Any) -> Any:
    """With Y = A⁻ᵀ and C = det(A) Y: ∂A = ⟨g, Y⟩ C − C gᵀ Y. A singular matrix raises."""
    Y = inv_p(A).mT
    inner = sum_p(g * Y, dim=(g.ndim - 2, g.ndim - 1), keepdim=True)
    return inner * out - out @ g.mT @ Y


derivative(det_p, lambda g, A: scale(g) * cofactor_p(A))
derivative(cofactor_p, cofactor_input)
derivative(slogdet_p, lambda g, A: None if g[1] is None else scale(g[1]) * inv_p(A).mT)


def half_lower(x: Any) -> Any:
    """The lower triangle of x, with half of its diagonal."""
    n = x.shape[-1]
    return x * (np.tril(np.ones((n, n), x.dtype)) - np.eye(n, dtype=x.dtype) / 2)


def cholesky_input(g: Any, out: Any) -> Any:
    """∂A = L⁻ᵀ Φ(Lᵀ g) L⁻¹, made symmetric, with Φ the lower triangle and half of the diagonal."""
    inverse = inv_p(out)
    s = inverse.mT @ half_lower(out.mT @ g) @ inverse
    return (s + s.mT) / 2


derivative(cholesky_p, cholesky_input)


def qr_input(g: Any, A: Any, out: Any, mode: str) -> Any:
    """For A of full rank with at least as many rows as columns: ∂A = (∂Q + Q sym(R ∂Rᵀ − ∂Qᵀ Q)) R⁻ᵀ.

    A wide A = [X Y] has R = [U V] with X = Q U and V = Qᵀ Y: then Y's part is added to ∂Q.
    """
    gQ, gR = g
    Q, R = out
    m, n = A.shape[-2:]
    if mode == "r" or (mode == "complete" and m > n):
        raise RuntimeError(
            "linalg.qr: has no derivative for mode='r', nor for mode='complete' with more rows than columns; use 'reduced'"
        )
    if m >= n:
        return _square_qr(gQ, gR, Q, R)
    if gR is None:
        X = _square_qr(gQ, None, Q, R[..., :m])
        return cat_p(X, np.zeros((*A.shape[:-1], n - m), A.dtype), dim=A.ndim - 1)
    gV = gR[..., m:]
    through = A[..., m:] @ gV.mT
    X = _square_qr(through if gQ is None else gQ + through, gR[..., :m], Q, R[..., :m])
    return cat_p(X, Q @ gV, dim=A.ndim - 1)


def _square_qr(gQ: Any, gR: Any, Q: Any, R: Any) -> Any:
    M = 0 if gR is None else R @ gR.mT
    if gQ is not None:
        M = M - gQ.mT @ Q
    n = R.shape[-1]
    strict = np.tril(np.ones((n, n), R.dtype), -1)
    lower = M * strict
    rhs = Q @ (lower + lower.mT + M * np.eye(n, dtype=R.dtype))
    if gQ is not None:
        rhs = rhs + gQ
    return solve_p(R, rhs.mT).mT


derivative(qr_p, qr_input)


def differences(x: Any) -> Any:
    """xⱼ − xᵢ for all pairs, with 1 on the diagonal."""
    return x[..., None, :] - x[..., :, None] + np.eye(x.shape[-1], dtype=x.dtype)


def skew(x: Any) -> Any:
    """x − xᵀ."""
    return x - x.mT


def svd_input(g: Any, out: Any, A_shape: Any) -> Any:
    """∂A = U [(skew(Uᵀ∂U) / E) S + S (skew(Vᵀ∂V) / E) + diag(∂S)] Vᵀ, with Eᵢⱼ = sⱼ² − sᵢ², and for matrices that are not
    square what ∂U and ∂V have outside of the spaces that U and V span.
    """
    gU, gS, gVh = g
    U, S, Vh = out
    m, n = A_shape[-2:]
    k = min(m, n)
    U, Vh = U[..., :, :k], Vh[..., :k, :]
    wide = S[..., None, :]
    inside = None if gS is None else gS[..., None, :] * np.eye(k, dtype=S.dtype)
    outside = None
    if gU is not None or gVh is not None:
        E = differences(S * S)
        if gU is not None:
            gU = gU[..., :, :k]
            inside = _plus(inside, skew(U.mT @ gU) / E * wide)
            if m > k:
                outside = ((gU - U @ (U.mT @ gU)) / wide) @ Vh
        if gVh is not None:
            gV = gVh[..., :k, :].mT
            inside = _plus(inside, S[..., :, None] * (skew(Vh @ gV) / E))
            if n > k:
                outside = _plus(outside, (U / wide) @ (gV - Vh.mT @ (Vh @ gV)).mT)
    return _plus(outside, U @ inside @ Vh)


def _plus(a: Any, b: Any) -> Any:
    return b if a is None else a + b


def svdvals_input(g: Any, A: Any) -> Any:
    """∂A = U diag(g) Vᵀ."""
    U, _, Vh = svd_p(A, full_matrices=False)
    return (U * g[..., None, :]) @ Vh


derivative(svd_p, svd_input)
derivative(svdvals_p, svdvals_input)


def eigh_input(g: Any, out: Any) -> Any:
    """∂A = V (diag(∂λ) + skew(Vᵀ ∂V) / 2E) Vᵀ with Eᵢⱼ = λⱼ − λᵢ: symmetric, as A is taken to be."""
    gL, gV = g
    L, V = out
    n = L.shape[-1]
    identity = np.eye(n, dtype=L.dtype)
    inside = None if gL is None else gL[..., None, :] * identity
    if gV is not None:
        inside = _plus(inside, skew(V.mT @ gV) / (2 * differences(L)))
    return V @ inside @ V.mT


def eigvalsh_input(g: Any, A: Any, UPLO: str) -> Any:
    """∂A = V diag(g) Vᵀ."""
    _, V = eigh_p(A, UPLO=UPLO)
    return (V * g[..., None, :]) @ V.mT


derivative(eigh_p, eigh_input)
derivative(eigvalsh_p, eigvalsh_input)


def pinv_input(g: Any, A: Any, out: Any) -> Any:
    """With P = A⁺: ∂A = −Pᵀ g Pᵀ + (I − A P) gᵀ P Pᵀ + Pᵀ P gᵀ (I − P A)."""
    P, T = out, out.mT
    first, second = g.mT @ P @ T, T @ P @ g.mT
    return -(T @ g @ T) + (first - A @ (P @ first)) + (second - (second @ P) @ A)


derivative(pinv_p, pinv_input)
