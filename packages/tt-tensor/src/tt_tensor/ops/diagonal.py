"""Diagonals and triangles of matrices."""

from operator import index
from typing import Any

import numpy as np

from ..errors import ShapeError
from ..primitive import primitive
from .convert import clone_p
from .dims import ndim_of, one_dim, send


@primitive(view=True)
def diagonal_p(x: Any, *, offset: int, dim1: int, dim2: int) -> Any:
    """The entries of each matrix in the dimensions (dim1, dim2) whose indices differ by `offset`, as the last dimension."""
    y = x.diagonal(offset, dim1, dim2)
    if x.flags.writeable:
        y.flags.writeable = True
    return y


@primitive()
def embed_diagonal_p(x: Any, *, shape: tuple[int, ...], offset: int, dim1: int, dim2: int) -> Any:
    """Zeros of `shape`, with x on the diagonal that `diagonal_p` reads: its transpose as a linear map."""
    y = np.zeros(shape, x.dtype)
    diagonal = y.diagonal(offset, dim1, dim2)
    diagonal.flags.writeable = True
    diagonal[...] = x
    return y


@primitive()
def tril_p(x: Any, *, diagonal: int) -> Any:
    """The entries on and below a diagonal of each matrix, zeros above."""
    return np.tril(x, diagonal)


@primitive()
def triu_p(x: Any, *, diagonal: int) -> Any:
    """The entries on and above a diagonal of each matrix, zeros below."""
    return np.triu(x, diagonal)


def diagonal(input: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
    """A view of a diagonal of each matrix in the dimensions `dim1` and `dim2`; it becomes the last dimension.

    Examples:
        >>> from tt_tensor import diagonal, tensor
        >>> diagonal(tensor([[1, 2], [3, 4]]))
        tensor([1, 4])
    """
    n = ndim_of("diagonal", input)
    a, b = one_dim("diagonal", dim1, n), one_dim("diagonal", dim2, n)
    if a == b or n < 2:
        raise ShapeError(f"diagonal: expected two different dimensions, got {dim1} and {dim2} of shape {input.shape}")
    return diagonal_p(input, offset=index(offset), dim1=a, dim2=b)


def diag_embed(input: Any, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Any:
    """Square matrices in the dimensions `dim1` and `dim2`, with the last dimension of the input on a diagonal."""
    n = ndim_of("diag_embed", input) + 1
    a, b = one_dim("diag_embed", dim1, n), one_dim("diag_embed", dim2, n)
    if a == b:
        raise ShapeError(f"diag_embed: expected two different dimensions, got {dim1} and {dim2}")
    side = input.shape[-1] + abs(offset)
    shape = list(input.shape[:-1])
    for d in sorted((a, b)):
        shape.insert(d, side)
    return embed_diagonal_p(input, shape=tuple(shape), offset=index(offset), dim1=a, dim2=b)


def diag(input: Any, diagonal: int = 0, *, out: Any = None) -> Any:
    """A vector as the diagonal of a square matrix, or a copy of the diagonal of a matrix (`diagonal` gives a view).

    Examples:
        >>> from tt_tensor import diag, tensor
        >>> diag(tensor([1, 2]))
        tensor([[1, 0],
                [0, 2]])
    """
    n = ndim_of("diag", input)
    if n == 1:
        side = input.shape[0] + abs(diagonal)
        return send(embed_diagonal_p, out, input, shape=(side, side), offset=index(diagonal), dim1=0, dim2=1)
    if n != 2:
        raise ShapeError(f"diag: expected a vector or a matrix, got shape {tuple(input.shape)}")
    return send(clone_p, out, diagonal_p(input, offset=index(diagonal), dim1=0, dim2=1))


def tril(input: Any, diagonal: int = 0, *, out: Any = None) -> Any:
    """The lower triangle of each matrix: the entries with column - row ≤ `diagonal`; zeros elsewhere.

    Examples:
        >>> from tt_tensor import ones, tril
        >>> tril(ones(2, 2))
        tensor([[1., 0.],
                [1., 1.]])
    """
    return send(tril_p, out, _matrices("tril", input), diagonal=index(diagonal))


def triu(input: Any, diagonal: int = 0, *, out: Any = None) -> Any:
    """The upper triangle of each matrix: the entries with column - row ≥ `diagonal`; zeros elsewhere."""
    return send(triu_p, out, _matrices("triu", input), diagonal=index(diagonal))


def _matrices(name: str, x: Any) -> Any:
    if ndim_of(name, x) < 2:
        raise ShapeError(f"{name}: expected a matrix or a batch of them, got shape {tuple(x.shape)}")
    return x


class DiagonalMethods:
    """What `Tensor` gets from this file."""

    __slots__ = ()

    diagonal, diag_embed, diag, tril, triu = diagonal, diag_embed, diag, tril, triu

    def fill_diagonal_(self: Any, fill_value: Any, wrap: bool = False) -> Any:
        """Set the main diagonal of a matrix to `fill_value`, in place."""
        if self.ndim != 2 or wrap:
            raise ShapeError("fill_diagonal_: only for matrices, and wrap=False; use diagonal(...).fill_(value)")
        self.diagonal().fill_(fill_value)
        return self

    def tril_(self, diagonal: int = 0) -> Any:
        """`tril` in place."""
        return tril_p(self, diagonal=diagonal, out=self)

    def triu_(self, diagonal: int = 0) -> Any:
        """`triu` in place."""
        return triu_p(self, diagonal=diagonal, out=self)
