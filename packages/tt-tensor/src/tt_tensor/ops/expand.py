"""Expansion: dimensions of size 1 repeated without copying."""

from typing import Any

import numpy as np

from ..errors import ShapeError
from ..primitive import primitive
from ..size import Size
from .dims import broadcast_shape, either, ndim_of, need_tensor, sizes


@primitive(view=True)
def expand_p(x: Any, *, shape: tuple[int, ...]) -> Any:
    """Dimensions of size 1, and new ones in front, repeated without copying: their stride is 0."""
    lead = len(shape) - x.ndim
    strides = [0] * lead
    for n, m, stride in zip(x.shape, shape[lead:], x.strides):
        if n != m and n != 1:
            return np.broadcast_to(x, shape)  # which raises
        strides.append(stride if n == m else 0)
    if x.flags.c_contiguous:  # five times faster than np.broadcast_to
        return np.ndarray(shape, x.dtype, x, 0, strides)
    return np.lib.stride_tricks.as_strided(x, shape, strides)


def expand(input: Any, *args: Any, size: Any = None) -> Any:
    """A view in which dimensions of size 1 are repeated to the sizes given, and new dimensions added in front.

    Args:
        input: a tensor.
        args: the size, as ints or one tuple.
        size: the same as a keyword: the shape of the result; -1 leaves a dimension as it is.

    Raises:
        ShapeError: if a dimension whose size is not 1 would change.

    Examples:
        >>> from tt_tensor import tensor
        >>> tensor([[1], [2]]).expand(-1, 3)
        tensor([[1, 1, 1],
                [2, 2, 2]])
    """
    if size is not None:
        args = either("expand", "size", args, size)
    n, new = ndim_of("expand", input), sizes("expand", args)
    old, lead = tuple(input.shape), len(new) - n
    if lead < 0:
        raise ShapeError(f"expand: the new shape {new} has fewer dimensions than the tensor of shape {old}")
    for k, m in enumerate(new):
        if (m < 0 if k < lead else m not in (-1, old[k - lead]) and old[k - lead] != 1) or m < -1:
            raise ShapeError(
                f"expand: shape {old} cannot be expanded to {new}: dimension {k} does not fit; only size 1 can"
            )
    return expand_p(input, shape=tuple(old[k - lead] if m == -1 else m for k, m in enumerate(new)))


def expand_as(input: Any, other: Any) -> Any:
    """`input` expanded to the shape of `other`."""
    return expand(input, tuple(other.shape))


def broadcast_to(input: Any, size: Any) -> Any:
    """`input` expanded to the shape `size`."""
    return expand(input, size)


def broadcast_tensors(*tensors: Any) -> tuple[Any, ...]:
    """All tensors expanded to the shape that they have when they are broadcast together."""
    if len(tensors) == 1 and isinstance(tensors[0], tuple | list):
        tensors = tuple(tensors[0])
    for x in tensors:
        need_tensor("broadcast_tensors", x)
    shape = broadcast_shape("broadcast_tensors", *(tuple(x.shape) for x in tensors))
    return tuple(expand_p(x, shape=shape) for x in tensors)


def broadcast_shapes(*shapes: Any) -> Size:
    """The shape that tensors of these shapes, tuples or single ints, have when they are broadcast together.

    Examples:
        >>> from tt_tensor import broadcast_shapes
        >>> broadcast_shapes((3, 1), (1, 4), 4)
        torch.Size([3, 4])
    """
    return Size(broadcast_shape("broadcast_shapes", *(sizes("broadcast_shapes", (shape,)) for shape in shapes)))


class ExpandMethods:
    """What `Tensor` gets from this file."""

    __slots__ = ()

    expand, expand_as, broadcast_to = expand, expand_as, broadcast_to
