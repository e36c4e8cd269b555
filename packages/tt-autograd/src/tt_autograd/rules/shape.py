"""Derivatives of what moves values without changing them: the gradient goes back to where each came from."""

from typing import Any

import numpy as np
from tt_tensor.ops.diagonal import diagonal_p, embed_diagonal_p, tril_p, triu_p
from tt_tensor.ops.expand import expand_p
from tt_tensor.ops.join import cat_p, split_p, stack_p, unbind_p
from tt_tensor.ops.rearrange import (
    flip_p,
    fold_windows_p,
    repeat_p,
    roll_p,
    unfold_p,
)
from tt_tensor.ops.reduce import sum_p
from tt_tensor.ops.shape import permute_p, reshape_p, transpose_p, view_p

from ..rule import derivative, joint_derivative


def inverse(dims: tuple[int, ...]) -> tuple[int, ...]:
    """The permutation that undoes `dims`."""
    return tuple(dims.index(k) for k in range(len(dims)))


derivative(reshape_p, lambda g, x_shape: g.reshape(x_shape))
derivative(view_p, lambda g, x_shape: g.reshape(x_shape))
derivative(permute_p, lambda g, dims: permute_p(g, dims=inverse(dims)))
derivative(transpose_p, lambda g, dim0, dim1: g.swapaxes(dim0, dim1))
derivative(expand_p, lambda g: g)


def pieces(g: Any, shapes: Any, dim: int) -> tuple[Any, ...]:
    """The pieces of g along `dim` that belong to tensors of these shapes; one of shape (0,) was left out."""
    ndim = g.ndim
    sizes = tuple(s[dim] if len(s) == ndim else 0 for s in shapes)
    parts = split_p(g, sizes=sizes, dim=dim)
    return tuple(p if len(s) == ndim else p.reshape(s) for p, s in zip(parts, shapes))


def rejoined(gs: Any, x_shape: tuple[int, ...], sizes: tuple[int, ...], dim: int) -> Any:
    """The gradients of consecutive pieces as one; zeros for a piece that has none."""
    known = next(g for g in gs if g is not None)
    if all(g is None or type(g) is np.ndarray for g in gs):
        whole, start, lead = np.zeros(x_shape, known.dtype), 0, (slice(None),) * dim
        for g, n in zip(gs, sizes):
            if g is not None:
                whole[(*lead, slice(start, start + n))] = g
            start += n
        return whole
    parts = [
        np.zeros((*x_shape[:dim], n, *x_shape[dim + 1 :]), known.dtype) if g is None else g for g, n in zip(gs, sizes)
    ]
    return cat_p(*parts, dim=dim)


def restacked(gs: Any, dim: int) -> Any:
    """The gradients of slices as one; zeros for a slice that has none."""
    known = next(g for g in gs if g is not None)
    return stack_p(*(np.zeros(known.shape, known.dtype) if g is None else g for g in gs), dim=dim)


joint_derivative(cat_p, pieces)
joint_derivative(stack_p, lambda g, dim: unbind_p(g, dim=dim))
derivative(split_p, rejoined)
derivative(unbind_p, restacked)


def unrepeated(g: Any, x_shape: tuple[int, ...], repeats: tuple[int, ...]) -> Any:
    """The gradients of all copies, added up."""
    lead = len(repeats) - len(x_shape)
    x_shape = (1,) * lead + tuple(x_shape)
    both = tuple(n for pair in zip(repeats, x_shape) for n in pair)
    return sum_p(g.reshape(both), dim=tuple(range(0, len(both), 2)), keepdim=False).reshape(x_shape[lead:])


derivative(flip_p, lambda g, dims: flip_p(g, dims=dims))
derivative(roll_p, lambda g, shifts, dims: roll_p(g, shifts=tuple(-k for k in shifts), dims=dims))
derivative(repeat_p, unrepeated)
derivative(tril_p, lambda g, diagonal: tril_p(g, diagonal=diagonal))
derivative(triu_p, lambda g, diagonal: triu_p(g, diagonal=diagonal))
derivative(
    diagonal_p,
    lambda g, x_shape, offset, dim1, dim2: embed_diagonal_p(g, shape=x_shape, offset=offset, dim1=dim1, dim2=dim2),
)
derivative(embed_diagonal_p, lambda g, offset, dim1, dim2: diagonal_p(g, offset=offset, dim1=dim1, dim2=dim2))
derivative(
    unfold_p, lambda g, x_shape, dim, size, step: fold_windows_p(g, shape=x_shape, dim=dim, size=size, step=step)
)
derivative(fold_windows_p, lambda g, dim, size, step: unfold_p(g, dim=dim, size=size, step=step))
