"""Several tensors as one, and one as several."""

from operator import index
from typing import Any

import numpy as np

from ..dtypes import promote_types
from ..errors import ShapeError
from ..primitive import primitive
from .dims import ndim_of, one_dim, send
from .indexing import slice_p
from .shape import atleast_1d, atleast_2d, atleast_3d


def _common(xs: tuple[Any, ...]) -> tuple[Any, ...]:
    """The arrays in their common dtype. (The dimensions of a tensor do not weigh here: a 0-d one counts as any other.)"""
    dtype, same = xs[0].dtype, True
    for x in xs:
        if x.dtype is not dtype:
            dtype, same = promote_types(dtype, x.dtype), False
    return xs if same else tuple(x.astype(dtype, copy=False) for x in xs)


@primitive()
def cat_p(*xs: Any, dim: int) -> Any:
    """The arrays one after the other along `dim`. One of shape (0,) counts for nothing, as in PyTorch."""
    xs = _common(xs)
    try:
        # Contiguous, which is how `view` takes it, whatever the order of the inputs in memory.
        return np.ascontiguousarray(np.concatenate(xs, dim))
    except ValueError:
        kept = [x for x in xs if x.shape != (0,)]
        if len(kept) == len(xs):
            raise ShapeError(
                f"cat: the shapes {', '.join(str(x.shape) for x in xs)} differ in another dimension than {dim}, "
                f"the one that is joined"
            ) from None
        return np.ascontiguousarray(np.concatenate(kept, dim))


@primitive()
def stack_p(*xs: Any, dim: int) -> Any:
    """The arrays, all of one shape, one after the other along a new dimension `dim`."""
    shape, xs = xs[0].shape, _common(xs)
    if any(x.shape != shape for x in xs):
        raise ShapeError(f"stack: expected tensors of one shape, got {', '.join(str(x.shape) for x in xs)}")
    new = (*shape[:dim], 1, *shape[dim:])
    return np.ascontiguousarray(np.concatenate([x.reshape(new) for x in xs], dim))


@primitive(view=True)
def split_p(x: Any, *, sizes: tuple[int, ...], dim: int) -> Any:
    """Views of consecutive pieces of x along `dim`, of the sizes given."""
    parts, start, lead = [], 0, (slice(None),) * dim
    for size in sizes:
        parts.append(x[(*lead, slice(start, start + size))])
        start += size
    return tuple(parts)


@primitive(view=True)
def unbind_p(x: Any, *, dim: int) -> Any:
    """Views of all the slices of x along `dim`."""
    lead = (slice(None),) * dim
    return tuple(x[(*lead, k, ...)] for k in range(x.shape[dim]))


def _several(name: str, tensors: Any) -> tuple[Any, ...]:
    if not isinstance(tensors, tuple | list):
        raise TypeError(f"{name}: expected a tuple or list of tensors, got {type(tensors).__name__}")
    if not tensors:
        raise ShapeError(f"{name}: expected a non-empty list of tensors")
    return tuple(tensors)


def cat(tensors: Any, dim: int = 0, *, out: Any = None, axis: Any = None) -> Any:
    """The tensors one after the other along an existing dimension.

    Args:
        tensors: a sequence of tensors whose shapes agree in all dimensions but `dim`; their dtypes are promoted.
        dim: the dimension along which their sizes add up.
        out: where to write the result.
        axis: NumPy's name for `dim`.

    Raises:
        ShapeError: if there is no tensor, or the shapes differ in another dimension.

    Examples:
        >>> from tt_tensor import cat, tensor
        >>> cat([tensor([[1, 2]]), tensor([[3, 4], [5, 6]])])
        tensor([[1, 2],
                [3, 4],
                [5, 6]])
    """
    if axis is not None:
        dim = axis
    xs = _several("cat", tensors)
    n = 0
    for x in xs:
        n = max(n, ndim_of("cat", x))
    if n == 0:
        raise ShapeError("cat: zero-dimensional tensors cannot be concatenated; use stack")
    return send(cat_p, out, *xs, dim=one_dim("cat", dim, n))


def stack(tensors: Any, dim: int = 0, *, out: Any = None, axis: Any = None) -> Any:
    """The tensors, all of one shape, one after the other along a new dimension.

    Args:
        tensors: a sequence of n tensors of one shape.
        dim: where the new dimension of size n is in the result.
        out: where to write the result.
        axis: NumPy's name for `dim`.

    Examples:
        >>> from tt_tensor import stack, tensor
        >>> stack([tensor([1, 2]), tensor([3, 4])], dim=1)
        tensor([[1, 3],
                [2, 4]])
    """
    if axis is not None:
        dim = axis
    xs = _several("stack", tensors)
    return send(stack_p, out, *xs, dim=one_dim("stack", dim, ndim_of("stack", xs[0]) + 1))


def hstack(tensors: Any, *, out: Any = None) -> Any:
    """The tensors side by side: `cat` along dimension 1, along dimension 0 for 1-d tensors."""
    xs = [atleast_1d(x) for x in _several("hstack", tensors)]
    return cat(xs, 0 if xs[0].ndim == 1 else 1, out=out)


def vstack(tensors: Any, *, out: Any = None) -> Any:
    """The tensors below each other: `cat` along dimension 0 of tensors with at least two dimensions."""
    return cat([atleast_2d(x) for x in _several("vstack", tensors)], 0, out=out)


def dstack(tensors: Any, *, out: Any = None) -> Any:
    """The tensors behind each other: `cat` along dimension 2 of tensors with at least three dimensions."""
    return cat([atleast_3d(x) for x in _several("dstack", tensors)], 2, out=out)


def column_stack(tensors: Any, *, out: Any = None) -> Any:
    """The tensors side by side, vectors as columns.

    Examples:
        >>> from tt_tensor import column_stack, tensor
        >>> column_stack([tensor([1, 2]), tensor([3, 4])])
        tensor([[1, 3],
                [2, 4]])
    """
    xs = _several("column_stack", tensors)
    return cat([x if ndim_of("column_stack", x) > 1 else x.reshape((-1, 1)) for x in xs], 1, out=out)


def _split_dim(name: str, x: Any, dim: int) -> tuple[int, int]:
    """The dimension to split and its size."""
    n = ndim_of(name, x)
    if n == 0:
        raise ShapeError(f"{name}: expected at least one dimension, got a 0-d tensor")
    k = one_dim(name, dim, n)
    return k, x.shape[k]


def split(tensor: Any, split_size_or_sections: Any, dim: int = 0) -> tuple[Any, ...]:
    """Views of consecutive pieces of a tensor.

    Args:
        tensor: a tensor of size n along `dim`.
        split_size_or_sections: the size of every piece (the last may be smaller), or a list of sizes that add up to n.
        dim: the dimension to split.

    Raises:
        ShapeError: if the sizes do not add up to n.

    Examples:
        >>> from tt_tensor import arange, split
        >>> split(arange(5), 2)
        (tensor([0, 1]), tensor([2, 3]), tensor([4]))
    """
    dim, n = _split_dim("split", tensor, dim)
    if isinstance(split_size_or_sections, tuple | list):
        sizes = tuple(index(s) for s in split_size_or_sections)
        if sum(sizes) != n or min(sizes, default=0) < 0:
            raise ShapeError(f"split: the sizes {sizes} do not add up to {n}, the size of dimension {dim}")
    else:
        size = index(split_size_or_sections)
        if size < 0 or (size == 0 and n):
            raise ShapeError(f"split: the size of a piece must be positive, got {size}")
        sizes = tuple(min(size, n - k) for k in range(0, n, size)) if n else (0,)
    return tuple(split_p(tensor, sizes=sizes, dim=dim))


def chunk(input: Any, chunks: int, dim: int = 0) -> tuple[Any, ...]:
    """At most `chunks` views of consecutive pieces of equal size; the last may be smaller."""
    if chunks <= 0:
        raise ShapeError(f"chunk: expected chunks to be greater than 0, got {chunks}")
    dim, n = _split_dim("chunk", input, dim)
    return split(input, -(-n // chunks), dim) if n else split(input, [0] * chunks, dim)


def tensor_split(
    input: Any, indices_or_sections: Any = None, dim: int = 0, *, indices: Any = None, sections: Any = None
) -> tuple[Any, ...]:
    """Views of n pieces whose sizes differ by at most one, or of the pieces between the indices given."""
    given = [k for k in (indices_or_sections, indices, sections) if k is not None]
    if len(given) != 1:
        raise TypeError("tensor_split: give either the number of sections or the indices")
    dim, n = _split_dim("tensor_split", input, dim)
    where = given[0].tolist() if hasattr(given[0], "tolist") else given[0]
    if isinstance(where, tuple | list):
        ends = [slice(None, index(k)).indices(n)[1] for k in where]
        parts = [(a, max(a, b)) for a, b in zip([0, *ends], [*ends, n])]
        lead = (slice(None),) * dim
        return tuple(slice_p(input, key=(*lead, slice(a, b))) for a, b in parts)
    if where <= 0:
        raise ShapeError(f"tensor_split: the number of sections must be greater than 0, got {where}")
    small, larger = divmod(n, where)
    return tuple(split_p(input, sizes=(small + 1,) * larger + (small,) * (where - larger), dim=dim))


def hsplit(input: Any, indices_or_sections: Any) -> tuple[Any, ...]:
    """Views of pieces side by side: `tensor_split` along dimension 1, along dimension 0 of a vector."""
    return _even_split("hsplit", input, indices_or_sections, 1, 0 if ndim_of("hsplit", input) == 1 else 1)


def vsplit(input: Any, indices_or_sections: Any) -> tuple[Any, ...]:
    """Views of pieces below each other: `tensor_split` along dimension 0 of a tensor with at least two dimensions."""
    return _even_split("vsplit", input, indices_or_sections, 2, 0)


def dsplit(input: Any, indices_or_sections: Any) -> tuple[Any, ...]:
    """Views of pieces behind each other: `tensor_split` along dimension 2 of a tensor with at least three dimensions."""
    return _even_split("dsplit", input, indices_or_sections, 3, 2)


def _even_split(name: str, x: Any, parts: Any, least: int, dim: int) -> tuple[Any, ...]:
    """`tensor_split` of a tensor with at least `least` dimensions, into equal parts if `parts` is their number."""
    if ndim_of(name, x) < least:
        raise ShapeError(f"{name}: expected a tensor with at least {least} dimension(s), got shape {tuple(x.shape)}")
    if isinstance(parts, int) and (parts <= 0 or x.shape[dim] % parts):
        raise ShapeError(f"{name}: dimension {dim} of size {x.shape[dim]} cannot be split into {parts} equal parts")
    return tensor_split(x, parts, dim)


def unbind(input: Any, dim: int = 0) -> tuple[Any, ...]:
    """Views of all the slices along `dim`, which is removed."""
    n = ndim_of("unbind", input)
    if n == 0:
        raise IndexError("unbind: expected at least one dimension, got a 0-d tensor")
    return tuple(unbind_p(input, dim=one_dim("unbind", dim, n)))


concat = concatenate = cat


class JoinMethods:
    """What `Tensor` gets from this file."""

    __slots__ = ()

    chunk, tensor_split, unbind = chunk, tensor_split, unbind
    hsplit, vsplit, dsplit = hsplit, vsplit, dsplit

    def split(self, split_size: Any, dim: int = 0) -> Any:
        """Views of consecutive pieces: see `tt_tensor.split`."""
        return split(self, split_size, dim)
