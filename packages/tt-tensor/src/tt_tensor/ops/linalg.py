"""The methods of a tensor that are linear algebra; the functions are in `matmul`, `products`, `einsum` and `decompose`."""

from typing import Any

from ..primitive import in_place, method
from .matmul import linear_p, matmul
from .products import addbmm, addmm, addmv, addr, baddbmm, bmm, dot, ger, inner, kron, mm, mv, outer, trace, vdot

__all__ = ["LinalgMethods", "linear_p", "matmul"]


class LinalgMethods:
    """What `Tensor` gets from this file."""

    __slots__ = ()

    matmul, trace = method(matmul), method(trace)
    mm, bmm, mv, dot, vdot, inner, outer, ger, kron = mm, bmm, mv, dot, vdot, inner, outer, ger, kron
    addmm, addmv, addr, baddbmm, addbmm = addmm, addmv, addr, baddbmm, addbmm
    addmm_, addmv_, addr_ = in_place(addmm), in_place(addmv), in_place(addr)
    baddbmm_, addbmm_ = in_place(baddbmm), in_place(addbmm)

    def __matmul__(self, other: Any) -> Any:
        return matmul(self, other)

    def __rmatmul__(self, other: Any) -> Any:
        return matmul(other, self)
