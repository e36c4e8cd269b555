"""Functions that change shapes and join arrays."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import ShapeError
from ..ops import expand, join, rearrange
from ..ops import shape as s
from ._types import together

Axes = int | tuple[int, ...] | None


def broadcast_to(x: Any, /, shape: tuple[int, ...]) -> Any:
    """A read-only view of `x` with a larger shape."""
    return expand.broadcast_to(x, tuple(shape))


def broadcast_arrays(*arrays: Any) -> list[Any]:
    """All arrays with their common shape."""
    shape = np.broadcast_shapes(*(x.shape for x in arrays))
    return [broadcast_to(x, shape) for x in arrays]


def concat(arrays: Sequence[Any], /, *, axis: int | None = 0) -> Any:
    """Arrays joined along an existing axis; flattened before, if `axis` is None."""
    arrays = together(*arrays)
    return join.cat([s.reshape(x, (-1,)) for x in arrays] if axis is None else arrays, 0 if axis is None else axis)


def stack(arrays: Sequence[Any], /, *, axis: int = 0) -> Any:
    """Arrays of one shape joined along a new axis."""
    return join.stack(together(*arrays), axis)


def unstack(x: Any, /, *, axis: int = 0) -> tuple[Any, ...]:
    """The arrays of which `x` is the stack."""
    return tuple(x.unbind(axis))


def expand_dims(x: Any, /, axis: int = 0) -> Any:
    """`x` with a new axis of size 1 at a position."""
    return s.unsqueeze(x, axis)


def squeeze(x: Any, /, axis: int | tuple[int, ...]) -> Any:
    """`x` without axes of size 1; a ShapeError if they have another."""
    axes = (axis,) if isinstance(axis, int) else tuple(axis)
    for a in axes:
        if x.shape[a] != 1:
            raise ShapeError(f"squeeze: axis {a} of shape {tuple(x.shape)} is not of size 1")
    gone = {a % x.ndim for a in axes}
    return s.reshape(x, tuple(n for k, n in enumerate(x.shape) if k not in gone))


def permute_dims(x: Any, /, axes: tuple[int, ...]) -> Any:
    """The axes of `x` in another order."""
    return s.permute(x, tuple(axes))


def moveaxis(x: Any, source: Any, destination: Any, /) -> Any:
    """`x` with some axes moved to other places."""
    return s.movedim(x, source, destination)


def reshape(x: Any, /, shape: tuple[int, ...], *, copy: bool | None = None) -> Any:
    """`x` in another shape. With `copy` True it never shares memory, with False it raises if it cannot."""
    y = s.reshape(x, tuple(shape))
    if copy is None:
        return y
    shared = np.may_share_memory(x.array, y.array)
    if copy is False and not shared and x.array.size:
        raise ValueError(f"reshape: shape {tuple(x.shape)} cannot become {tuple(shape)} without a copy")
    return y.clone() if copy and shared else y


def flip(x: Any, /, *, axis: Axes = None) -> Any:
    """`x` with the order reversed along axes, by default all."""
    axes = tuple(range(x.ndim)) if axis is None else (axis,) if isinstance(axis, int) else tuple(axis)
    return rearrange.flip(x, axes)


def roll(x: Any, /, shift: Any, *, axis: Axes = None) -> Any:
    """`x` with its elements moved along axes, those that leave entering at the other end."""
    return rearrange.roll(x, shift, axis)


def tile(x: Any, repetitions: tuple[int, ...], /) -> Any:
    """`x` repeated whole, a number of times along each axis."""
    return rearrange.tile(x, tuple(repetitions))


def repeat(x: Any, repeats: Any, /, *, axis: int | None = None) -> Any:
    """Each element of `x` repeated, along an axis or of the flattened array."""
    return rearrange.repeat_interleave(x, repeats, axis)
