"""Shapes: the same values seen in another shape or order. Most of these are views, which share the input's memory."""

from math import prod
from typing import Any

import numpy as np

from ..dtypes import as_dtype
from ..errors import ShapeError
from ..primitive import primitive
from .dims import either, ndim_of, need_tensor, one_dim, sizes, some_dims


def no_reshape(name: str, shape: tuple[int, ...], x_shape: tuple[int, ...]) -> ShapeError:
    """The error for a new shape whose sizes do not multiply to the number of elements."""
    return ShapeError(
        f"{name}: shape {shape} is invalid for input of shape {x_shape}: it has {prod(x_shape)} elements; let one size be -1 to "
        f"have it worked out"
    )


@primitive(view=True)
def reshape_p(x: Any, *, shape: tuple[int, ...]) -> Any:
    """The same values in the same order in another shape; a view where the memory allows it."""
    try:
        return x.reshape(shape)
    except ValueError:
        raise no_reshape("reshape", shape, x.shape) from None


@primitive(view=True)
def view_p(x: Any, *, shape: tuple[int, ...]) -> Any:
    """`reshape`, but always a view: it raises where the values would have to be copied."""
    y = x.reshape(shape)
    if x.size and not np.may_share_memory(x, y):
        raise ShapeError(
            f"view: the new shape {shape} does not fit the memory layout of the tensor of shape {x.shape} "
            f"(it was transposed or sliced); use reshape(...), which copies where it must"
        )
    return y


@primitive(view=True)
def view_dtype_p(x: Any, *, dtype: Any) -> Any:
    """The same memory, read as another dtype."""
    return x.view(dtype)


@primitive(view=True)
def permute_p(x: Any, *, dims: tuple[int, ...]) -> Any:
    """The dimensions in another order: dimension k of the result is dimension dims[k] of x."""
    return x.transpose(dims)


@primitive(view=True)
def transpose_p(x: Any, *, dim0: int, dim1: int) -> Any:
    """Two dimensions exchanged."""
    return x.swapaxes(dim0, dim1)


def _shape_for(name: str, x: Any, shape: tuple[int, ...]) -> tuple[int, ...]:
    """`shape` with its one -1 replaced by what the size of `x` leaves for it."""
    total, known = x.size if isinstance(x, np.ndarray) else x.array.size, 1
    for n in shape:
        if n >= 0:
            known *= n
        elif n != -1:
            raise ShapeError(f"{name}: invalid shape dimension {n} in {shape}; sizes are not negative, except one -1")
    free = shape.count(-1)
    if free > 1:
        raise ShapeError(f"{name}: only one dimension can be inferred, but {shape} has {free} of size -1")
    if free and known and total % known == 0:
        return tuple(total // known if n == -1 else n for n in shape)
    if free and not known and total == 0:
        raise ShapeError(f"{name}: the size of -1 in {shape} is ambiguous, because the tensor has no elements")
    if free or known != total:
        raise no_reshape(name, shape, tuple(x.shape))
    return shape


def reshape(input: Any, *args: Any, shape: Any = None) -> Any:
    """The same values, in row-major order, in another shape; a view where the memory allows it, else a copy.

    Args:
        input: a tensor of n elements.
        args: the shape, as ints or one tuple.
        shape: the same as a keyword: sizes whose product is n; one may be -1 and is then worked out.

    Raises:
        ShapeError: if the product of the sizes is not n.

    Examples:
        >>> from tt_tensor import arange, reshape
        >>> reshape(arange(6), (2, -1))
        tensor([[0, 1, 2],
                [3, 4, 5]])
    """
    if shape is not None:
        args = either("reshape", "shape", args, shape)
    new = args[0] if len(args) == 1 and type(args[0]) is tuple else args
    try:
        if min(new, default=0) >= 0:
            return reshape_p(input, shape=new)
    except TypeError:  # a list of sizes, or no sizes at all
        new = sizes("reshape", args)
    need_tensor("reshape", input)
    return reshape_p(input, shape=_shape_for("reshape", input, new))


def view(input: Any, *args: Any, size: Any = None, dtype: Any = None) -> Any:
    """`reshape` that never copies, or with a dtype the same memory read as that dtype.

    Raises:
        ShapeError: if the values would have to be copied.
    """
    if size is not None:
        args = either("view", "size", args, size)
    if dtype is not None:
        args = either("view", "dtype", args, as_dtype(dtype))
    if len(args) == 1 and not isinstance(args[0], tuple | list | int | np.integer) and not hasattr(args[0], "array"):
        need_tensor("view", input)
        return view_dtype_p(input, dtype=as_dtype(args[0]))
    return view_p(input, shape=_shape_for("view", input, sizes("view", args)))


def reshape_as(input: Any, other: Any) -> Any:
    """`input` in the shape of `other`."""
    return reshape(input, tuple(other.shape))


def view_as(input: Any, other: Any) -> Any:
    """A view of `input` in the shape of `other`."""
    return view(input, tuple(other.shape))


def permute(input: Any, *args: Any, dims: Any = None) -> Any:
    """A view with the dimensions in another order.

    Args:
        input: a tensor with n dimensions.
        args: the dims, as ints or one tuple.
        dims: the same as a keyword: each of the dimensions once; dimension k of the result is dimension dims[k] of the input.

    Examples:
        >>> from tt_tensor import permute, zeros
        >>> permute(zeros(2, 3, 5), (2, 0, 1)).shape
        torch.Size([5, 2, 3])
    """
    n = ndim_of("permute", input)
    order = sizes("permute", args if dims is None else either("permute", "dims", args, dims))
    if len(order) != n:
        raise ShapeError(f"permute: got {len(order)} dims {order} for a tensor with {n} dimensions; name each once")
    return permute_p(input, dims=some_dims("permute", order, n))


def transpose(input: Any, dim0: int, dim1: int) -> Any:
    """A view with the dimensions `dim0` and `dim1` exchanged."""
    n = ndim_of("transpose", input)
    if 0 <= dim0 < n and 0 <= dim1 < n:
        return transpose_p(input, dim0=dim0, dim1=dim1)
    dim0, dim1 = one_dim("transpose", dim0, n), one_dim("transpose", dim1, n)
    return transpose_p(input, dim0=dim0, dim1=dim1) if n else reshape_p(input, shape=())


def t(input: Any) -> Any:
    """The transpose of a matrix; a tensor with fewer dimensions as it is."""
    n = ndim_of("t", input)
    if n > 2:
        raise ShapeError(f"t: expected a tensor with at most 2 dimensions, got shape {tuple(input.shape)}; use .mT")
    return transpose_p(input, dim0=0, dim1=1) if n == 2 else reshape_p(input, shape=tuple(input.shape))


def _mT(input: Any) -> Any:
    """The transpose of the last two dimensions: of each matrix in a batch."""
    if input.ndim < 2:
        raise ShapeError(f"mT: expected a matrix or a batch of them, got shape {tuple(input.shape)}")
    return transpose_p(input, dim0=input.ndim - 2, dim1=input.ndim - 1)


def movedim(input: Any, source: Any, destination: Any) -> Any:
    """A view with the dimensions `source` moved to the positions `destination`, the others in their order."""
    n = ndim_of("movedim", input)
    old, new = some_dims("movedim", source, n), some_dims("movedim", destination, n)
    if len(old) != len(new):
        raise ShapeError(f"movedim: {len(old)} source dims {old}, but {len(new)} destination dims {new}")
    rest = iter(d for d in range(n) if d not in old)
    at = dict(zip(new, old))
    return permute_p(input, dims=tuple(at[k] if k in at else next(rest) for k in range(n)))


def squeeze(input: Any, dim: Any = None) -> Any:
    """A view without the dimensions of size 1: all of them, or those of them that `dim` (an int or a tuple) names."""
    n = ndim_of("squeeze", input)
    dims = range(n) if dim is None else some_dims("squeeze", dim, n)
    return reshape_p(input, shape=tuple(s for k, s in enumerate(input.shape) if s != 1 or k not in dims))


def unsqueeze(input: Any, dim: int) -> Any:
    """A view with a new dimension of size 1 at the position `dim` of the result."""
    shape = list(input.shape) if ndim_of("unsqueeze", input) else []
    shape.insert(one_dim("unsqueeze", dim, len(shape) + 1), 1)
    return reshape_p(input, shape=tuple(shape))


def flatten(input: Any, start_dim: int = 0, end_dim: int = -1) -> Any:
    """The dimensions from `start_dim` to `end_dim` (included) as one."""
    n = ndim_of("flatten", input)
    first, last = one_dim("flatten", start_dim, n), one_dim("flatten", end_dim, n)
    if first > last:
        raise ShapeError(f"flatten: start_dim {start_dim} comes after end_dim {end_dim}")
    shape, total = tuple(input.shape), 1
    for size in shape[first : last + 1]:
        total *= size
    return reshape_p(input, shape=(*shape[:first], total, *shape[last + 1 :]))


def unflatten(input: Any, dim: int, sizes: Any) -> Any:
    """The dimension `dim` as several, of the `sizes` given; one of them may be -1."""
    k, shape = one_dim("unflatten", dim, ndim_of("unflatten", input)), tuple(input.shape)
    known, parts = 1, tuple(sizes)
    for size in parts:
        known *= 1 if size == -1 else size
    if parts.count(-1) == 1 and known and shape[k] % known == 0:
        parts = tuple(shape[k] // known if size == -1 else size for size in parts)
    elif -1 in parts or known != shape[k]:
        raise ShapeError(
            f"unflatten: sizes {parts} do not multiply to {shape[k]}, the size of dimension {k} of {shape}"
        )
    return reshape_p(input, shape=(*shape[:k], *parts, *shape[k + 1 :]))


def ravel(input: Any) -> Any:
    """All values in one dimension, in row-major order."""
    return reshape_p(input, shape=(-1,)) if ndim_of("ravel", input) != 1 else input


def atleast_1d(*tensors: Any) -> Any:
    """The tensor with at least one dimension; a tuple of them for several."""
    return _atleast(tensors, lambda x: x if ndim_of("atleast_1d", x) else reshape_p(x, shape=(1,)))


def atleast_2d(*tensors: Any) -> Any:
    """The tensor with at least two dimensions, new ones in front; a tuple of them for several."""
    return _atleast(tensors, lambda x: x if ndim_of("atleast_2d", x) > 1 else reshape_p(x, shape=(1, -1)))


def atleast_3d(*tensors: Any) -> Any:
    """The tensor with at least three dimensions: (n,) becomes (1, n, 1), and (m, n) becomes (m, n, 1)."""
    return _atleast(
        tensors,
        lambda x: (
            x if ndim_of("atleast_3d", x) > 2 else reshape_p(x, shape=(*x.shape, 1) if x.ndim == 2 else (1, -1, 1))
        ),
    )


def _atleast(tensors: tuple[Any, ...], one: Any) -> Any:
    if len(tensors) == 1 and not isinstance(tensors[0], tuple | list):
        return one(tensors[0])
    return tuple(one(x) for x in (tensors[0] if len(tensors) == 1 else tensors))


class ShapeMethods:
    """What `Tensor` gets from this file."""

    __slots__ = ()

    reshape, view, reshape_as, view_as = reshape, view, reshape_as, view_as
    permute, transpose, swapaxes, swapdims, movedim, moveaxis = (
        permute,
        transpose,
        transpose,
        transpose,
        movedim,
        movedim,
    )
    t, mT = t, property(_mT)
    squeeze, unsqueeze = squeeze, unsqueeze
    flatten, unflatten, ravel = flatten, unflatten, ravel

    @property
    def T(self) -> Any:
        """The dimensions in reverse order."""
        return permute_p(self, dims=tuple(range(ndim_of("T", self)))[::-1])


swapaxes = swapdims = transpose
moveaxis = movedim
