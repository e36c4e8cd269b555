"""The methods of a tensor that are linear algebra; the functions are in `matmul`, `products`, `decompose` and `linalg`."""

from typing import Any

from .. import linalg
from ..primitive import in_place, method
from .dims import need_tensor
from .matmul import matmul
from .products import addbmm, addmm, addmv, addr, baddbmm, bmm, dot, ger, inner, kron, mm, mv, outer, trace, vdot


def cholesky(input: Any, upper: bool = False, *, out: Any = None) -> Any:
    """`linalg.cholesky`."""
    return linalg.cholesky(input, upper=upper, out=out)


def qr(input: Any, some: bool = True) -> linalg.QRResult:
    """`linalg.qr`, with as many columns as rows and columns allow, or all if not `some`."""
    return linalg.qr(input, "reduced" if some else "complete")


def svd(input: Any, some: bool = True, compute_uv: bool = True) -> Any:
    """U, S and V (`linalg.svd` gives the transpose of V), with the columns that belong to S, or all if not `some`."""
    if not compute_uv:
        raise NotImplementedError("svd: compute_uv=False is left out; linalg.svdvals gives S alone")
    U, S, Vh = linalg.svd(input, not some)
    return U, S, Vh.mT


def cross(input: Any, other: Any, dim: int | None = None, *, out: Any = None) -> Any:
    """`linalg.cross`, by default along the first dimension of size 3."""
    need_tensor("cross", input)
    need_tensor("cross", other)
    if dim is None:
        dim = next((k for k, n in enumerate(input.shape) if n == 3), -1)
    return linalg.cross(input, other, dim=dim, out=out)


class LinalgMethods:
    """What `Tensor` gets from this file."""

    __slots__ = ()

    matmul, trace = method(matmul), trace
    mm, bmm, mv, dot, vdot, inner, outer, ger, kron = mm, bmm, mv, dot, vdot, inner, outer, ger, kron
    addmm, addmv, addr, baddbmm, addbmm = addmm, addmv, addr, baddbmm, addbmm
    addmm_, addmv_, addr_ = in_place(addmm), in_place(addmv), in_place(addr)
    baddbmm_, addbmm_ = in_place(baddbmm), in_place(addbmm)

    inverse, pinverse, matrix_power = linalg.inv, linalg.pinv, linalg.matrix_power
    det, slogdet, logdet = linalg.det, linalg.slogdet, linalg.logdet

    cholesky, qr, svd, cross = cholesky, qr, svd, cross

    def __matmul__(self, other: Any) -> Any:
        return matmul(self, other)

    def __rmatmul__(self, other: Any) -> Any:
        return matmul(other, self)
