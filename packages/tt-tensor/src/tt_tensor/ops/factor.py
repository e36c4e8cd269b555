"""Determinants and decompositions: Cholesky, QR, singular values, eigenvalues."""

from typing import Any, NamedTuple

from .compare import where_p
from .convert import clone_p
from .decompose import cholesky_p, det_p, eig_p, eigh_p, eigvalsh_p, qr_p, slogdet_p, svd_p, svdvals_p
from .dims import send


class SlogdetResult(NamedTuple):
    """What `slogdet` returns."""

    sign: Any
    logabsdet: Any


class QRResult(NamedTuple):
    """What `qr` returns."""

    Q: Any
    R: Any


class SVDResult(NamedTuple):
    """What `svd` returns."""

    U: Any
    S: Any
    Vh: Any


class EighResult(NamedTuple):
    """What `eigh` and `eig` return."""

    eigenvalues: Any
    eigenvectors: Any


def det(A: Any, *, out: Any = None) -> Any:
    """The determinant of square matrices `[..., n, n]`.

    Examples:
        >>> from tt_tensor import linalg, tensor
        >>> linalg.det(tensor([[2.0, 0.0], [0.0, 4.0]]))
        tensor(8.)
    """
    return send(det_p, out, A)


def slogdet(A: Any) -> SlogdetResult:
    """The sign of the determinant and the logarithm of its absolute value, which neither overflows nor underflows."""
    return SlogdetResult(*slogdet_p(A))


def logdet(input: Any) -> Any:
    """The logarithm of the determinant: NaN where that is negative."""
    sign, logabsdet = slogdet_p(input)
    return where_p(sign.array < 0, float("nan"), logabsdet)


def cholesky(A: Any, *, upper: bool = False, out: Any = None) -> Any:
    """The lower triangular L with A = L Lᵀ, for symmetric, positive-definite matrices `[..., n, n]`; or Lᵀ, if `upper`.

    Raises:
        LinAlgError: if a matrix is not positive-definite; the message says which of the batch.

    Examples:
        >>> from tt_tensor import linalg, tensor
        >>> linalg.cholesky(tensor([[4.0, 2.0], [2.0, 2.0]]))
        tensor([[2., 0.],
                [1., 1.]])
    """
    return send(clone_p, out, cholesky_p(A).mT) if upper else send(cholesky_p, out, A)


def qr(A: Any, mode: str = "reduced") -> QRResult:
    """Q with orthonormal columns and R upper triangular, A = Q R.

    Args:
        A: `[..., m, n]`.
        mode: "reduced": Q `[..., m, k]` and R `[..., k, n]` with k = min(m, n); "complete": Q `[..., m, m]`; "r": R alone.
    """
    if mode not in ("reduced", "complete", "r"):
        raise RuntimeError(f"linalg.qr: unrecognized mode {mode!r}; expected 'reduced', 'complete' or 'r'")
    return QRResult(*qr_p(A, mode=mode))


def svd(A: Any, full_matrices: bool = True) -> SVDResult:
    """The singular value decomposition A = U diag(S) Vh, with S from the largest to the smallest.

    Args:
        A: `[..., m, n]`.
        full_matrices: whether U is `[..., m, m]` and Vh `[..., n, n]`; else with k = min(m, n) columns and rows.

    Returns:
        U, S `[..., k]`, Vh. The signs of the vectors are arbitrary, and so is a loss that depends on them.
    """
    return SVDResult(*svd_p(A, full_matrices=bool(full_matrices)))


def svdvals(A: Any, *, out: Any = None) -> Any:
    """The singular values, from the largest to the smallest: `[..., min(m, n)]`.

    Examples:
        >>> from tt_tensor import linalg, tensor
        >>> linalg.svdvals(tensor([[3.0, 0.0], [0.0, -4.0]]))
        tensor([4., 3.])
    """
    return send(svdvals_p, out, A)


def eigh(A: Any, UPLO: str = "L") -> EighResult:
    """The eigenvalues, from the smallest to the largest, and eigenvectors (as columns) of symmetric matrices `[..., n, n]`.

    Args:
        A: symmetric; only one triangle is read.
        UPLO: which: "L", the lower, or "U".
    """
    return EighResult(*eigh_p(A, UPLO=_triangle(UPLO)))


def eigvalsh(A: Any, UPLO: str = "L", *, out: Any = None) -> Any:
    """The eigenvalues of symmetric matrices, from the smallest to the largest.

    Examples:
        >>> from tt_tensor import linalg, tensor
        >>> linalg.eigvalsh(tensor([[2.0, 0.0], [0.0, 1.0]]))
        tensor([1., 2.])
    """
    return send(eigvalsh_p, out, A, UPLO=_triangle(UPLO))


def _triangle(UPLO: str) -> str:
    if str(UPLO).upper() not in ("L", "U"):
        raise RuntimeError(f"linalg.eigh: UPLO must be 'L' or 'U', got {UPLO!r}")
    return UPLO.upper()


def eig(A: Any) -> EighResult:
    """The eigenvalues and eigenvectors (as columns) of square matrices: complex, and without a derivative."""
    return EighResult(*eig_p(A))


def eigvals(A: Any) -> Any:
    """The complex eigenvalues of square matrices."""
    return eig_p(A)[0]
