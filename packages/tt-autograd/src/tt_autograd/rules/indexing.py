"""Derivatives of indexing: what was read somewhere gives its gradient back there, and repeated indices add up."""

from typing import Any

from tt_tensor.ops.indexing import (
    embed_index_p,
    embed_slice_p,
    index_add_p,
    index_p,
    index_select_p,
    setitem_p,
    slice_p,
)

from ..rule import derivative

derivative(slice_p, lambda g, x_shape, key: embed_slice_p(g, shape=x_shape, key=key))
derivative(embed_slice_p, lambda g, key: slice_p(g, key=key))
derivative(index_select_p, lambda g, index, x_shape, dim: embed_index_p(g, index, shape=x_shape, dims=(dim,)), None)
derivative(index_p, lambda g, index, x_shape, dims: embed_index_p(g, *index, shape=x_shape, dims=dims))
derivative(embed_index_p, lambda g, index, dims: index_p(g, *index, dims=dims))


def read(g: Any, key: Any, index: Any, dims: Any, v_shape: tuple[int, ...]) -> Any:
    """What stands in g at [key][index], with as many dimensions as the value that was written there, or more."""
    g = slice_p(g, key=key)
    if index:
        g = index_p(g, *index, dims=dims)
    extra = len(v_shape) - g.ndim
    return g.reshape((1,) * extra + tuple(g.shape)) if extra > 0 else g


def written(g: Any, index: Any, v_shape: Any, key: Any, dims: Any, i: int) -> Any:
    """What was overwritten has no gradient; what was written has that of its places."""
    return setitem_p(g, 0.0, *index, key=key, dims=dims) if i == 0 else read(g, key, index, dims, v_shape)


def added(g: Any, index: Any, v_shape: Any, dims: Any, i: int) -> Any:
    """What was added to has the whole gradient; what was added has that of its places."""
    return g if i == 0 else read(g, (...,), index, dims, v_shape)


derivative(setitem_p, written)
derivative(index_add_p, added)
