"""Shapes: reshape, permute, expand, cat, ..."""

from typing import Any

from ..primitive import primitive


@primitive(view=True)
def reshape_p(x: Any, *, shape: tuple[int, ...]) -> Any:
    """The same values in the same order in another shape; a view where the memory allows it."""
    return x.reshape(shape)


class ShapeMethods:
    """What `Tensor` gets from this file."""

    __slots__ = ()
