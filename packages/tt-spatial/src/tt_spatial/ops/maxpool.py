"""Kernels of max-pooling: the largest value of each window, where it is, and the way back.

Of the input nothing is kept for backward, but for each window how far from its first place its maximum is: mostly a byte.
"""

from functools import lru_cache
from itertools import product
from math import prod
from typing import Any

import numpy as np
from tt_autograd.rule import derivative, flat
from tt_tensor.primitive import primitive

from .places import pick_p
from .sliding import Sliding, layout_of, lowest
from .windows import LONG, Windows, in_blocks, padded_block, planes


@primitive()
def max_pool_p(x: Any, *, w: Windows) -> Any:
    """The maximum of each window; NaN if one of its values is NaN."""
    n = len(w.size)
    rows = planes(np.ascontiguousarray(x), n)
    out = np.empty((*x.shape[: x.ndim - n], *w.number), x.dtype)
    outs = planes(out, n)
    in_blocks(Sliding, lambda buffers, block: buffers.run(rows[block], outs[block]), len(rows), w, x.dtype, LONG)
    return out


@primitive()
def max_pool_choice_p(x: Any, *, w: Windows) -> tuple[Any, Any]:
    """The maximum of each window, and how far from its first place it is, in elements of the plane.

    Of several equal values the first counts, of several NaN the last.
    """
    n, p = len(w.size), layout_of(w)
    rows = planes(np.ascontiguousarray(x), n)
    out = np.empty((*x.shape[: x.ndim - n], *w.number), x.dtype)
    distance = np.empty(out.shape, p.kind)
    outs, distances, first = planes(out, n), planes(distance, n), first_inside(w).reshape(-1)

    def work(buffers: Sliding, block: slice) -> None:
        best, there = outs[block], distances[block]
        buffers.run(rows[block], best, there)
        if not p.ordered or (x.dtype.kind == "f" and np.isnan(np.maximum.reduce(best, None))):
            there[...] = one_by_one(rows[block], w)
        elif any(w.pad) and np.minimum.reduce(best, None) == lowest(x.dtype):  # there no value is above the padding
            there = there.reshape(len(best), -1)
            np.maximum(there, first, out=there)

    in_blocks(Sliding, work, len(rows), w, x.dtype, LONG)
    return out, distance


@lru_cache(64)
def beside(w: Windows) -> Any:
    """Which windows have no place in the plane at all, because their gaps straddle it."""
    found: Any = False
    for d, (step, pad, gap, count, n) in enumerate(zip(w.step, w.pad, w.gap, w.number, w.grid)):
        start = np.arange(count) * step - pad
        first = start + np.maximum(0, -(start // gap)) * gap
        found = found | (first >= n).reshape(-1, *(1,) * (len(w.grid) - 1 - d))
    return found


@lru_cache(64)
def corners(w: Windows) -> Any:
    """Where in the plane the first place of each window is, or would be, the dimensions counted as one."""
    total: Any = np.zeros((), np.int64)
    for step, pad, count, n in zip(w.step, w.pad, w.number, w.grid):
        total = np.add.outer(total * n, np.arange(count) * step - pad)
    return np.where(beside(w), 0, total)


@lru_cache(64)
def first_inside(w: Windows) -> Any:
    """For each window how far from its first place the first one is that is not in the padding."""
    total: Any = np.zeros((), np.int64)
    for step, pad, gap, count, far in zip(w.step, w.pad, w.gap, w.number, layout_of(w).far):
        total = np.add.outer(total, np.maximum(0, -((np.arange(count) * step - pad) // gap)) * far)
    return np.where(beside(w), 0, total).astype(layout_of(w).kind)


def one_by_one(x: Any, w: Windows) -> Any:
    """The distances of `max_pool_choice_p` for some planes, whatever their values: each place takes its turn."""
    low, p = lowest(x.dtype), layout_of(w)
    padded = padded_block(x, w, low)
    best = np.full((len(x), *w.number), low, x.dtype)
    distance = np.empty(best.shape, p.kind)
    distance[...] = first_inside(w)
    for steps, slices in zip(product(*map(range, w.size)), w.places()):
        v = padded[(slice(None), *slices)]
        better = v > best
        if x.dtype.kind == "f":
            better |= np.isnan(v)
        np.copyto(best, v, where=better)
        distance[better] = sum(k * far for k, far in zip(steps, p.far))
    return distance


@primitive()
def max_pool_index_p(distance: Any, *, w: Windows) -> Any:
    """Where in their planes the places are that `max_pool_choice_p` found, the dimensions counted as one: int64."""
    return distance + corners(w)


@primitive("max_pool")
def chosen_p(x: Any, out: Any, distance: Any, *, w: Windows) -> Any:  # noqa: ARG001
    """What `max_pool_choice_p` found, as a function of x."""
    return out


def apart(w: Windows) -> bool:
    """Whether no two windows have a place in common."""
    return all(gap * (size - 1) < step for gap, size, step in zip(w.gap, w.size, w.step))


class Giving:
    """The buffers in which `max_pool_backward_p` works on a block of planes."""

    def __init__(self, count: int, w: Windows, dtype: Any) -> None:  # noqa: ARG002
        self.apart = apart(w)
        self.first = np.arange(count)[:, None] * prod(w.grid) + corners(w).reshape(-1)
        self.at = np.empty_like(self.first)

    def run(self, g: Any, distance: Any, result: Any) -> None:
        """Write the gradient of some planes into `result`."""
        result.fill(0)
        np.add(distance.reshape(self.at.shape), self.first, out=self.at)
        if self.apart:
            result.reshape(-1)[self.at.reshape(-1)] = g.reshape(-1)
        else:
            np.add.at(result.reshape(-1), self.at.reshape(-1), g.reshape(-1))


@primitive()
def max_pool_backward_p(g: Any, distance: Any, *, w: Windows) -> Any:
    """g added to where the maximum of its window is, and 0 elsewhere."""
    n = len(w.size)
    if beside(w).any():
        g = np.where(beside(w), g.dtype.type(0), g)
    result = np.empty((*g.shape[: g.ndim - n], *w.grid), g.dtype)
    gs, distances, results = planes(g, n), planes(distance, n), planes(result, n)
    in_blocks(
        Giving,
        lambda buffers, block: buffers.run(gs[block], distances[block], results[block]),
        len(gs),
        w,
        g.dtype,
        LONG,
        threads=apart(w),  # np.add.at keeps the interpreter's lock
    )
    return result


flat(max_pool_choice_p, max_pool_index_p)
derivative(max_pool_p, lambda g, x, w: max_pool_backward_p(g, max_pool_choice_p(x, w=w)[1], w=w))
derivative(chosen_p, lambda g, distance, w: max_pool_backward_p(g, distance, w=w), None, None)
# Which place has the maximum does not change with a small change of x: the way back is linear in g, and flat in the distance.
derivative(
    max_pool_backward_p, lambda gg, distance, w: pick_p(gg, max_pool_index_p(distance, w=w), n=len(w.size)), None
)
