"""The parts of complex numbers. A tensor of real numbers is its own real part, and its own conjugate."""

from typing import Any

import numpy as np

from ..errors import DTypeError, ShapeError
from ..primitive import primitive
from .dims import ndim_of, need_tensor
from .shape import transpose_p


@primitive(view=True)
def real_p(z: Any) -> Any:
    """The real parts of complex numbers."""
    return z.real


@primitive(view=True)
def imag_p(z: Any) -> Any:
    """The imaginary parts of complex numbers."""
    return z.imag


@primitive()
def conj_p(z: Any) -> Any:
    """The complex conjugate."""
    return np.conjugate(z)


def real(input: Any) -> Any:
    """The real parts: a view of a complex tensor; a real tensor itself."""
    need_tensor("real", input)
    return real_p(input) if input.dtype.kind == "c" else input


def imag(input: Any) -> Any:
    """The imaginary parts, a view of a complex tensor.

    Raises:
        DTypeError: for a real tensor, which has none.
    """
    need_tensor("imag", input)
    if input.dtype.kind != "c":
        raise DTypeError(f"imag: not implemented for tensors of real numbers ({input.dtype}); zeros_like(x) is theirs")
    return imag_p(input)


def conj(input: Any) -> Any:
    """The complex conjugate, a copy; a real tensor itself."""
    need_tensor("conj", input)
    return conj_p(input) if input.dtype.kind == "c" else input


def adjoint(input: Any) -> Any:
    """The conjugate transpose of the last two dimensions: of each matrix in a batch."""
    n = ndim_of("adjoint", input)
    if n < 2:
        raise ShapeError(f"adjoint: expected a matrix or a batch of them, got shape {tuple(input.shape)}")
    return conj(transpose_p(input, dim0=n - 2, dim1=n - 1))


def _h(input: Any) -> Any:
    """The conjugate transpose of a matrix."""
    if input.ndim != 2:
        raise ShapeError(f"H: expected a matrix, got shape {tuple(input.shape)}; use .mH for a batch")
    return adjoint(input)


class ComplexMethods:
    """What `Tensor` gets from this file."""

    __slots__ = ()

    conj, adjoint = conj, adjoint
    real, imag, mH, H = property(real), property(imag), property(adjoint), property(_h)
