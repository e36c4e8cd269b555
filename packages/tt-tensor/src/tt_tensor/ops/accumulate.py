"""Sums by index: what `index_add`, `scatter_add` and the derivative of every kind of indexing are made of.

`np.add.at` adds one element at a time. Here three ways compete, each the fastest of them for some sizes (measured):
`np.bincount`, which adds in float64 and returns to the dtype at the end, for few or narrow rows; *rounds*, in which each
target row takes its k-th contribution in round k, where few rows get many; and a sort with `np.add.reduceat` for the rest.
"""

from typing import Any

import numpy as np

from ..errors import BoundsError


def add_rows(rows: Any, values: Any, count: int) -> Any:
    """An array (count, C) whose row r is the sum of the `values` (N, C) with `rows[n] == r`; `rows` are in range."""
    n, width = values.shape
    if width == 1 and values.dtype.kind == "f":
        return np.bincount(rows, values.reshape(n), count).astype(values.dtype).reshape(count, 1)
    if values.dtype.kind == "f" and (width <= 8 or values.size <= 16384) and count <= 8 * n:
        flat = (rows[:, None] * width + np.arange(width)).reshape(-1)
        return np.bincount(flat, values.reshape(-1), count * width).astype(values.dtype).reshape(count, width)
    out = np.zeros((count, width), values.dtype)
    if n == 0 or width == 0:
        return out
    order = rows.argsort(kind="stable")
    ranked = rows[order]
    starts = np.flatnonzero(np.concatenate(([True], ranked[1:] != ranked[:-1])))
    target, sizes = ranked[starts], np.diff(starts, append=n)
    if sizes.max() > 16:
        out[target] = np.add.reduceat(values[order], starts, 0, values.dtype)
        return out
    out[target] = values[order[starts]]
    for k in range(1, int(sizes.max())):
        more = sizes > k
        out[target[more]] += values[order[starts[more] + k]]
    return out


def integers(index: tuple[Any, ...], dims: tuple[int, ...]) -> tuple[list[Any], list[int]]:
    """The same indices without masks: a mask is replaced by the positions where it is true, an array for each dimension."""
    arrays: list[Any] = []
    places: list[int] = []
    for a, d in zip(index, dims):
        parts = a.nonzero() if a.dtype.kind == "b" else (a,)
        arrays += parts
        places += range(d, d + len(parts))
    return arrays, places


def summed(values: Any, index: tuple[Any, ...], dims: tuple[int, ...], shape: tuple[int, ...], name: str) -> Any:
    """Zeros of `shape`, with `values` added at y[..., index, ...], where `dims` are the dimensions that are indexed.

    `values` can be broadcast to the shape of what is read there; where an index occurs repeatedly, its values add up.
    """
    if len(index) == 1 and index[0].dtype.kind == "b":
        y = np.zeros(shape, values.dtype)
        y[(slice(None),) * dims[0] + tuple(index)] = values
        return y
    arrays, places = integers(index, dims)
    block = np.broadcast_shapes(*(a.shape for a in arrays))
    flat: Any = 0
    for a, d in zip(arrays, places):
        flat = flat * shape[d] + in_range(name, a, d, shape[d])
    flat = np.broadcast_to(flat, block).reshape(-1)
    rest = [d for d in range(len(shape)) if d not in places]
    # NumPy and PyTorch put the dimensions of the index where the first indexed one was, or in front if they lie apart.
    first = places[0] if places[-1] - places[0] == len(places) - 1 else 0
    others = [shape[d] for d in rest]
    values = np.broadcast_to(values, (*others[:first], *block, *others[first:]))
    lead = range(first, first + len(block))
    values = values.transpose(*lead, *(k for k in range(values.ndim) if k not in lead))
    heights, width = [shape[d] for d in places], int(np.prod(others, dtype=int))
    sums = add_rows(flat, values.reshape(flat.size, width), int(np.prod(heights, dtype=int)))
    back = np.argsort([*places, *rest])
    return sums.reshape(*heights, *others).transpose(back)


def in_range(name: str, index: Any, dim: int, size: int) -> Any:
    """`index` with negative numbers counted from the end; raises if one is out of range."""
    if index.size == 0:
        return index
    low, high = index.min(), index.max()
    if low < -size or high >= size:
        bad = low if low < -size else high
        raise BoundsError(f"{name}: index {bad} is out of bounds for dimension {dim} with size {size}")
    return np.where(index < 0, index + size, index) if low < 0 else index
