"""Sums by index: what `index_add`, `scatter_add` and the derivative of every kind of indexing are made of.

`np.add.at` adds one element at a time, which is the fastest way for narrow rows (measured; to a vector, not to a matrix), and
`np.bincount` adds in float64, where many values meet in few places. Wide rows are added whole: in *rounds*, in which each
target takes its k-th contribution in round k.
"""

from math import prod
from typing import Any

import numpy as np

from ..errors import BoundsError

NARROW = 8  # the width up to which the elements of rows are added one at a time
FEW = 1 << 14  # and the number of elements


def by_bincount(values: Any, count: int) -> bool:
    """Whether sums are made in float64, because they would lose digits: of half floats, or of many values each."""
    return bool(values.dtype.kind == "f" and (values.itemsize == 2 or values.size > 16 * count))


def add_flat(places: Any, values: Any, shape: tuple[int, ...]) -> Any:
    """An array of this shape whose p-th element is the sum of the `values` with `places == p`."""
    out = np.zeros(shape, values.dtype)  # and not a view of something flat: a leaf whose gradient it is would copy that
    flat = out.reshape(-1)
    if by_bincount(values, flat.size):
        flat[...] = np.bincount(places, values, flat.size)
    else:
        np.add.at(flat, places, values)
    return out


def add_rows(rows: Any, values: Any, count: int, shape: tuple[int, ...] | None = None) -> Any:
    """An array (count, C) whose row r is the sum of the `values` (N, C) with `rows[n] == r`; `rows` are in range.

    With `shape` it has that shape.
    """
    n, width = values.shape
    shape = shape or (count, width)
    if width <= NARROW or values.size <= FEW:
        flat = rows if width == 1 else (rows[:, None] * width + np.arange(width)).reshape(-1)
        return add_flat(flat, values.reshape(-1), shape)
    result = np.zeros(shape, values.dtype)
    out = result.reshape(count, width)
    # NumPy counts numbers of 16 bits into order, and compares longer ones.
    order = (rows.astype(np.uint16) if count <= 1 << 16 else rows).argsort(kind="stable")
    ranked = rows[order]
    starts = np.flatnonzero(np.concatenate(([True], ranked[1:] != ranked[:-1])))
    sizes = np.diff(starts, append=n)
    most = (-sizes).argsort(kind="stable")  # the targets, those of most contributions first
    target, starts, sizes = ranked[starts[most]], starts[most], sizes[most]
    # The first few, each with more contributions than there are such targets, are summed one by one; then the others take part
    # in no more rounds than that.
    single = int(np.count_nonzero(sizes > np.arange(1, len(sizes) + 1)))
    for row, start, size in zip(target[:single].tolist(), starts[:single].tolist(), sizes[:single].tolist()):
        np.add.reduce(values.take(order[start : start + size], 0), 0, out=out[row])
    target, starts, sizes = target[single:], starts[single:], sizes[single:]
    if len(target):
        sums = values.take(order[starts], 0)
        for k in range(1, int(sizes[0])):
            left = int(np.count_nonzero(sizes > k))
            sums[:left] += values.take(order[starts[:left] + k], 0)
        out[target] = sums
    return result


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
    arrays, places = integers(index, dims) if any(a.dtype.kind == "b" for a in index) else (index, dims)
    flat: Any = 0
    for a, d in zip(arrays, places):
        flat = flat * shape[d] + in_range(name, a, d, shape[d])
    first, count = places[0], len(places)
    adjacent = places[-1] - first == count - 1
    if not adjacent:
        # Then NumPy and PyTorch put the dimensions of the index in front: so do we with those that are indexed.
        rest = [d for d in range(len(shape)) if d not in places]
        order, first = [*places, *rest], 0
        shape = tuple(shape[d] for d in order)
    lead, heights, trail = shape[:first], shape[first : first + count], shape[first + count :]
    width, high = prod(trail), prod(heights)
    rows = np.asarray(flat, np.intp).reshape(-1)
    full = (*lead, *flat.shape, *trail)
    values = (values if values.shape == full else np.broadcast_to(values, full)).reshape(prod(lead) * rows.size, width)
    if lead:
        rows = (np.arange(prod(lead))[:, None] * high + rows).reshape(-1)
    sums = add_rows(rows, values, prod(lead) * high, shape)
    return sums if adjacent else sums.transpose(np.argsort(order))


def in_range(name: str, index: Any, dim: int, size: int) -> Any:
    """`index` with negative numbers counted from the end; raises if one is out of range."""
    if index.size == 0:
        return index
    low, high = index.min(), index.max()
    if low < -size or high >= size:
        bad = low if low < -size else high
        raise BoundsError(f"{name}: index {bad} is out of bounds for dimension {dim} with size {size}")
    return np.where(index < 0, index + size, index) if low < 0 else index
