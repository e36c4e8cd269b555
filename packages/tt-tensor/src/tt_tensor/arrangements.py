"""Tensors put together: matrices along a diagonal, and all choices of the elements of vectors."""

from itertools import chain, combinations_with_replacement
from itertools import combinations as without_replacement
from typing import Any

import numpy as np

from .creation import meshgrid
from .errors import ShapeError
from .ops.by_index import take
from .ops.dims import ndim_of
from .ops.join import cat_p, stack
from .ops.shape import atleast_2d


def block_diag(*tensors: Any) -> Any:
    """The matrix with these matrices along its diagonal and zeros elsewhere. A vector is a row, a number a 1x1 matrix.

    Examples:
        >>> from tt_tensor import block_diag, tensor
        >>> block_diag(tensor([[1, 2]]), tensor(3))
        tensor([[1, 2, 0],
                [0, 0, 3]])
    """
    if not tensors:
        raise TypeError("block_diag: expected at least one tensor")
    if any(ndim_of("block_diag", x) > 2 for x in tensors):
        raise ShapeError(f"block_diag: expected at most two dimensions, got shapes {[tuple(x.shape) for x in tensors]}")
    blocks = [atleast_2d(x) for x in tensors]
    width, before, rows = sum(x.shape[1] for x in blocks), 0, []
    for x in blocks:
        n, m = x.shape
        zeros = np.zeros((n, width), bool)  # which takes the dtype of what is beside it
        rows.append(cat_p(zeros[:, :before], x, zeros[:, before + m :], dim=1))
        before += m
    return cat_p(*rows, dim=0)


def combinations(input: Any, r: int = 2, with_replacement: bool = False) -> Any:
    """All choices of `r` elements of a vector, in order: a tensor of shape (choices, r).

    Args:
        input: a vector.
        r: how many elements.
        with_replacement: whether an element may be chosen again.

    Examples:
        >>> from tt_tensor import combinations, tensor
        >>> combinations(tensor([1, 2, 3]))
        tensor([[1, 2],
                [1, 3],
                [2, 3]])
    """
    if ndim_of("combinations", input) != 1:
        raise ShapeError(f"combinations: expected a vector, got shape {tuple(input.shape)}")
    if r < 0:
        raise RuntimeError(f"combinations: r must not be negative, got {r}")
    choose = combinations_with_replacement if with_replacement else without_replacement
    places = np.fromiter(chain.from_iterable(choose(range(len(input)), r)), np.int64)
    return take(input, places.reshape(-1, r) if r else np.zeros(0, np.int64))


def cartesian_prod(*tensors: Any) -> Any:
    """All choices of one element of each vector, in order: a tensor of shape (choices, vectors); of one vector, itself.

    Examples:
        >>> from tt_tensor import cartesian_prod, tensor
        >>> cartesian_prod(tensor([1, 2]), tensor([3, 4]))
        tensor([[1, 3],
                [1, 4],
                [2, 3],
                [2, 4]])
    """
    if len(tensors) == 1 and isinstance(tensors[0], list | tuple):
        tensors = tuple(tensors[0])
    if any(ndim_of("cartesian_prod", x) != 1 for x in tensors):
        raise ShapeError(f"cartesian_prod: expected vectors, got shapes {[tuple(x.shape) for x in tensors]}")
    if len(tensors) == 1:
        return tensors[0]
    return stack(meshgrid(*tensors), -1).reshape(-1, len(tensors))
