"""Linear algebra by PyTorch's names: inverses, systems of equations, decompositions, norms."""

from typing import Any

from .errors import LinAlgError
from .ops.diagonal import diagonal as _diagonal
from .ops.factor import (
    EighResult,
    QRResult,
    SlogdetResult,
    SVDResult,
    cholesky,
    det,
    eig,
    eigh,
    eigvals,
    eigvalsh,
    logdet,
    qr,
    slogdet,
    svd,
    svdvals,
)  # fmt: skip
from .ops.matmul import matmul
from .ops.norms import cond, matrix_norm, vector_norm
from .ops.norms import linalg_norm as norm
from .ops.products import chain_matmul
from .ops.solve import (
    LstsqResult,
    cross,
    inv,
    lstsq,
    matrix_power,
    matrix_rank,
    pinv,
    solve,
    solve_triangular,
    vecdot,
)  # fmt: skip

__all__ = [
    "LinAlgError", "norm", "vector_norm", "matrix_norm", "cond", "inv", "solve", "solve_triangular", "lstsq", "pinv", "det",
    "slogdet", "cholesky", "qr", "svd", "svdvals", "eigh", "eigvalsh", "eig", "eigvals", "matrix_rank", "matrix_power",
    "multi_dot", "matmul", "diagonal", "cross", "vecdot", "logdet",
    "EighResult", "LstsqResult", "QRResult", "SVDResult", "SlogdetResult",
]  # fmt: skip


def diagonal(A: Any, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Any:
    """A view of the diagonals of matrices `[..., m, n]`."""
    return _diagonal(A, offset, dim1, dim2)


def multi_dot(tensors: Any, *, out: Any = None) -> Any:
    """The product of several matrices, in the order of multiplication that takes the fewest operations.

    Args:
        tensors: two or more; the first and the last may be vectors.
        out: where to write the result.
    """
    return chain_matmul(*tensors, out=out)
