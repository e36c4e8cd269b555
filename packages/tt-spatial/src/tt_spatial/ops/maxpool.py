"""Kernels of max-pooling: the largest value of each window, where it was, and the way back.

Only the input and the result are kept for backward, which finds the places again by comparing: the first place of a window
that holds its maximum has the gradient.
"""

from math import prod
from typing import Any

import numpy as np
from tt_autograd.rule import derivative, flat
from tt_tensor.primitive import primitive

from .places import pick_p
from .windows import Windows, over_planes, padded_block, plane_size, planes


def lowest(dtype: Any) -> Any:
    """What no value of this dtype is below."""
    return -np.inf if dtype.kind == "f" else np.iinfo(dtype).min


def window_max(x: Any, w: Windows) -> Any:
    """The maximum of each window over padded planes: along the last dimension first, then along the one before, and so on."""
    n = len(w.size)
    for d in reversed(range(n)):
        first, *others = ((slice(None),) * (d + 1) + (s,) for s in w.along(d))
        if not others:
            x = x[first]
            continue
        best = np.maximum(x[first], x[others[0]])
        for place in others[1:]:
            np.maximum(best, x[place], best)
        x = best
    return x


@primitive()
def max_pool_p(x: Any, *, w: Windows) -> Any:
    """The maximum of each window; NaN if one of its values is NaN."""
    n = len(w.size)
    rows = planes(x, n)
    out = np.empty((rows.shape[0], *w.count), x.dtype)
    bare, low = w.bare, lowest(x.dtype)

    def block(part: slice) -> None:
        part_rows = rows[part]
        out[part] = window_max(part_rows if bare else padded_block(part_rows, w, low), w)

    over_planes(block, rows.shape[0], plane_size(w))
    return out.reshape(*x.shape[: x.ndim - n], *w.count)


def first_places(w: Windows) -> Any:
    """For each window the number of its first place that is not in the padding, counted as in `places`."""
    total: Any = 0
    for size, step, pad, gap, count in zip(w.size, w.step, w.pad, w.gap, w.count):
        first = np.maximum(0, -(-(pad - np.arange(count) * step) // gap))
        total = np.multiply.outer(total, np.full(count, size)) + first if np.ndim(total) else first
    return total


def block_index(x: Any, w: Windows) -> Any:
    """For each window of some planes where its maximum is in the plane, the dimensions counted as one."""
    n = len(w.size)
    low = lowest(x.dtype)
    padded = padded_block(x, w, low)
    best = np.full((x.shape[0], *w.count), low, x.dtype)
    place = np.empty(best.shape, np.int64)
    place[...] = first_places(w)
    for k, slices in enumerate(w.places()):
        v = padded[(slice(None), *slices)]
        better = v > best
        if x.dtype.kind == "f":
            better |= np.isnan(v)
        np.copyto(best, v, where=better)
        place[better] = k
    total: Any = 0
    for d in reversed(range(n)):
        place, k = np.divmod(place, w.size[d])
        start = np.arange(w.count[d]) * w.step[d] - w.pad[d]
        k *= w.gap[d]
        k += start.reshape(-1, *(1,) * (n - 1 - d))
        k *= prod(w.grid[d + 1 :])
        total = total + k
    return total


@primitive()
def max_pool_index_p(x: Any, *, w: Windows) -> Any:
    """For each window where its first maximum (or last NaN) is in its plane, the dimensions counted as one: int64."""
    n = len(w.size)
    rows = planes(x, n)
    out = np.empty((rows.shape[0], *w.count), np.int64)

    def block(part: slice) -> None:
        out[part] = block_index(rows[part], w)

    over_planes(block, rows.shape[0], plane_size(w))
    return out.reshape(*x.shape[: x.ndim - n], *w.count)


@primitive()
def max_pool_backward_p(g: Any, x: Any, out: Any, *, w: Windows) -> Any:  # noqa: ARG001
    """g added to where the maximum of its window is, and 0 elsewhere: the places are those of `max_pool_index_p`."""
    n = len(w.size)
    rows, gs = planes(x, n), planes(g, n)
    result = np.zeros(rows.shape, g.dtype)

    def block(part: slice) -> None:
        at = block_index(rows[part], w).reshape(rows[part].shape[0], -1)
        at += (np.arange(at.shape[0]) * prod(w.grid))[:, None]
        np.add.at(result[part].reshape(-1), at.reshape(-1), gs[part].reshape(-1))

    over_planes(block, rows.shape[0], plane_size(w))
    return result.reshape(x.shape)


flat(max_pool_index_p)
derivative(max_pool_p, lambda g, x, out, w: max_pool_backward_p(g, x, out, w=w))
derivative(
    max_pool_backward_p, lambda gg, x, w: pick_p(gg, max_pool_index_p(x, w=w), n=len(w.size)), None, None
)  # which place has the maximum does not change with a small change of x
