"""Values in another order, repeated, or seen through windows: flip, roll, repeat, unfold."""

from operator import index
from typing import Any

import numpy as np

from ..errors import ShapeError
from ..primitive import primitive
from .dims import either, ndim_of, need_tensor, one_dim, sizes, some_dims
from .indexing import index_select_p, slice_p
from .shape import reshape_p, transpose_p


@primitive()
def flip_p(x: Any, *, dims: tuple[int, ...]) -> Any:
    """The order of the values along `dims` reversed. A copy: a stride is never negative, as in PyTorch."""
    key = [slice(None)] * x.ndim
    for d in dims:
        key[d] = slice(None, None, -1)
    return x[tuple(key)].copy()


@primitive()
def roll_p(x: Any, *, shifts: tuple[int, ...], dims: tuple[int, ...] | None) -> Any:
    """The values moved by `shifts` places along `dims`, those that leave at one end coming in at the other."""
    return np.roll(x, shifts[0] if dims is None else shifts, dims)


@primitive()
def repeat_p(x: Any, *, repeats: tuple[int, ...]) -> Any:
    """The whole tensor repeated along each dimension; as many repeats as dimensions, or more."""
    return np.tile(x, repeats)


@primitive(view=True)
def unfold_p(x: Any, *, dim: int, size: int, step: int) -> Any:
    """All windows of `size` along `dim`, `step` apart: which window stays in `dim`, the place in it comes last."""
    windows = np.lib.stride_tricks.sliding_window_view(x, size, dim, writeable=x.flags.writeable)
    return windows[(slice(None),) * dim + (slice(None, None, step),)]


@primitive()
def fold_windows_p(x: Any, *, shape: tuple[int, ...], dim: int, size: int, step: int) -> Any:
    """Windows added up where they came from: the transpose of `unfold_p` as a linear map."""
    y = np.zeros(shape, x.dtype)
    count = x.shape[dim]
    for k in range(size):
        y[(slice(None),) * dim + (slice(k, k + (count - 1) * step + 1, step),)] += x[..., k]
    return y


def flip(input: Any, *args: Any, dims: Any = None) -> Any:
    """A copy with the order of the values reversed along the dimensions given, as ints or one tuple.

    Examples:
        >>> from tt_tensor import flip, tensor
        >>> flip(tensor([[1, 2], [3, 4]]), 1)
        tensor([[2, 1],
                [4, 3]])
    """
    n = ndim_of("flip", input)
    order = some_dims("flip", sizes("flip", either("flip", "dims", args, dims)), n)
    return flip_p(input, dims=order if n else ())


def fliplr(input: Any) -> Any:
    """A copy with the columns in reverse order: `flip` along dimension 1."""
    return flip(input, 1)


def flipud(input: Any) -> Any:
    """A copy with the rows in reverse order: `flip` along dimension 0."""
    return flip(input, 0)


def rot90(input: Any, k: int = 1, dims: Any = (0, 1)) -> Any:
    """A copy turned by k · 90°, from dimension `dims[0]` towards `dims[1]`."""
    order = some_dims("rot90", tuple(dims), ndim_of("rot90", input))
    if len(order) != 2:
        raise ShapeError(f"rot90: expected two different dims, got {tuple(dims)}")
    a, b = order
    k %= 4
    if k == 0 or k == 2:
        return flip_p(input, dims=order if k else ())
    return transpose_p(flip_p(input, dims=(b,) if k == 1 else (a,)), dim0=a, dim1=b)


def roll(input: Any, shifts: Any, dims: Any = None) -> Any:
    """The values moved along `dims`, those that leave at one end coming in at the other.

    Args:
        input: a tensor.
        shifts: by how many places, an int or as many as there are dims.
        dims: an int or a tuple; without it the tensor is rolled as if it had one dimension.

    Examples:
        >>> from tt_tensor import roll, tensor
        >>> roll(tensor([1, 2, 3]), 1)
        tensor([3, 1, 2])
    """
    n = ndim_of("roll", input)
    by = tuple(shifts) if isinstance(shifts, tuple | list) else (index(shifts),)
    along = () if dims is None else tuple(dims) if isinstance(dims, tuple | list) else (dims,)
    if len(by) != len(along) and not (len(by) == 1 and not along):
        raise ShapeError(f"roll: {len(by)} shifts, but {len(along)} dims; give one shift for each")
    return roll_p(input, shifts=by, dims=tuple(one_dim("roll", d, n) for d in along) or None)


def repeat(input: Any, *args: Any, repeats: Any = None) -> Any:
    """The whole tensor repeated along each dimension, as often as the repeats (ints or one tuple) say.

    Raises:
        ShapeError: if there are fewer repeats than dimensions.

    Examples:
        >>> from tt_tensor import tensor
        >>> tensor([1, 2]).repeat(2, 2)
        tensor([[1, 2, 1, 2],
                [1, 2, 1, 2]])
    """
    n, times = ndim_of("repeat", input), sizes("repeat", either("repeat", "repeats", args, repeats))
    if len(times) < n or min(times, default=0) < 0:
        raise ShapeError(f"repeat: {times} must have a number that is not negative for each dimension of {input.shape}")
    return repeat_p(input, repeats=times)


def tile(input: Any, *args: Any, dims: Any = None) -> Any:
    """`repeat` in which repeats may be left out: those of the first dimensions are then 1."""
    times = sizes("tile", either("tile", "dims", args, dims))
    return repeat(input, (1,) * (ndim_of("tile", input) - len(times)) + times)


def repeat_interleave(
    input: Any, repeats: Any = None, dim: int | None = None, *, output_size: int | None = None
) -> Any:
    """Each slice along `dim` repeated in place. Of `repeats` alone: k as often as its k-th number says.

    Args:
        input: a tensor; without `dim` it is flattened.
        repeats: how often, an int, or a 1-d tensor of ints with one for each slice.
        dim: the dimension.
        output_size: the size of the result along `dim`, if it is known; checked.

    Examples:
        >>> from tt_tensor import repeat_interleave, tensor
        >>> repeat_interleave(tensor([1, 2]), 2)
        tensor([1, 1, 2, 2])
    """
    if repeats is None:
        if ndim_of("repeat_interleave", input) != 1:
            raise ShapeError(f"repeat_interleave: repeats must be a vector, got shape {tuple(input.shape)}")
        input, repeats = type(input).plain(np.arange(input.shape[0])), input
    need_tensor("repeat_interleave", input)
    if dim is None:
        input, dim = reshape_p(input, shape=(-1,)), 0
    dim = one_dim("repeat_interleave", dim, input.ndim)
    times = np.asarray(getattr(repeats, "array", repeats))
    n = input.shape[dim]
    if times.dtype.kind not in "iu" or times.ndim > 1 or times.size not in (1, n):
        raise ShapeError(f"repeat_interleave: repeats must be an int, or {n} of them, one for each slice")
    if times.size and times.min() < 0:
        raise ShapeError("repeat_interleave: repeats must not be negative")
    places = np.repeat(np.arange(n), times)
    if output_size is not None and output_size != places.size:
        raise ShapeError(
            f"repeat_interleave: the result has size {places.size} along dim, but output_size={output_size}"
        )
    return index_select_p(input, places, dim=dim)


def narrow(input: Any, dim: int, start: Any, length: int) -> Any:
    """A view of `length` slices along `dim`, beginning with `start`."""
    if not ndim_of("narrow", input):
        raise ShapeError("narrow: a 0-d tensor has no dimension to narrow")
    k = one_dim("narrow", dim, input.ndim)
    n, first = input.shape[k], index(start)
    if not -n <= first <= n:
        raise IndexError(f"narrow: start {first} is out of range for dimension {k} of size {n}")
    first += n if first < 0 else 0
    if length < 0 or first + length > n:
        raise ShapeError(f"narrow: start ({first}) + length ({length}) exceeds the size of dimension {k} ({n})")
    return slice_p(input, key=(slice(None),) * k + (slice(first, first + length),))


def select(input: Any, dim: int, index: int) -> Any:
    """A view of the slice with the given index along `dim`, which is removed."""
    n = ndim_of("select", input)
    if n == 0:
        raise IndexError("select: a 0-d tensor has no dimension to select from")
    k = one_dim("select", dim, n)
    if not -input.shape[k] <= index < input.shape[k]:
        raise IndexError(f"select: index {index} is out of bounds for dimension {k} with size {input.shape[k]}")
    return slice_p(input, key=(slice(None),) * k + (index, ...))


def unfold(input: Any, dimension: int, size: int, step: int) -> Any:
    """A view of all windows of `size` along a dimension, `step` apart; the place in the window is the last dimension.

    Examples:
        >>> from tt_tensor import arange
        >>> arange(5).unfold(0, 3, 2)
        tensor([[0, 1, 2],
                [2, 3, 4]])
    """
    n = ndim_of("unfold", input)
    k = one_dim("unfold", dimension, n)
    have = input.shape[k] if n else 1
    if not 0 <= size <= have or step <= 0:
        raise ShapeError(
            f"unfold: size {size} must be between 0 and {have}, the size of dimension {k}, and step {step} > 0"
        )
    return unfold_p(input if n else reshape_p(input, shape=(1,)), dim=k, size=size, step=step)


class RearrangeMethods:
    """What `Tensor` gets from this file."""

    __slots__ = ()

    flip, fliplr, flipud, rot90, roll = flip, fliplr, flipud, rot90, roll
    repeat, tile, repeat_interleave, narrow, select = repeat, tile, repeat_interleave, narrow, select
    unfold = unfold
