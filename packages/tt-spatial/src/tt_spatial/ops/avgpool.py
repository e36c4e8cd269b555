"""Kernels of average pooling: the mean of each window, and its transpose."""

from functools import lru_cache
from typing import Any

import numpy as np
from tt_autograd.rule import derivative
from tt_tensor.primitive import primitive

from .windows import Windows, over_planes, padded_block, plane_size, planes


@lru_cache(32)
def factors(w: Windows, divisor: int | None, include_pad: bool, kind: str) -> Any:
    """One over what the sum of each window is divided by: a number if it is the same for all, else an array of their shape."""
    if divisor is not None:
        return 1 / divisor
    total: Any = np.ones(())
    for size, step, pad, count, n in zip(w.size, w.step, w.pad, w.count, w.grid):
        start = np.arange(count) * step - pad
        stop = np.minimum(start + size, n + pad)
        length = stop - start if include_pad else np.minimum(stop, n) - np.maximum(start, 0)
        total = np.multiply.outer(total, length)
    if (total == total.flat[0]).all():
        return 1 / float(total.flat[0])
    return (1 / total).astype(kind)


def window_sum(x: Any, w: Windows) -> Any:
    """The sum of each window over padded planes."""
    n = len(w.size)
    for d in reversed(range(n)):
        first, *others = ((slice(None),) * (d + 1) + (s,) for s in w.along(d))
        if not others:
            x = x[first]
            continue
        total = x[first] + x[others[0]]
        for place in others[1:]:
            total += x[place]
        x = total
    return x


def spread_back(g: Any, w: Windows) -> Any:
    """Each value of g added to all places of its window of padded planes: the transpose of `window_sum`."""
    padded = w.padded
    for d in range(len(w.size)):
        wide = np.zeros((*g.shape[: d + 1], padded[d], *g.shape[d + 2 :]), g.dtype)
        for s in w.along(d):
            wide[(slice(None),) * (d + 1) + (s,)] += g
        g = wide
    return g


def accurate(x: Any) -> Any:
    """x in a dtype in which sums are accurate."""
    return x.astype(np.float32) if x.dtype == np.float16 else x


@primitive()
def avg_pool_p(x: Any, *, w: Windows, divisor: int | None, include_pad: bool) -> Any:
    """The sum of each window over the number of its places, or over `divisor`."""
    n = len(w.size)
    rows = planes(x, n)
    out = np.empty((rows.shape[0], *w.count), x.dtype)
    whole = x.dtype.kind != "f"
    factor = factors(w, divisor, include_pad, accurate(np.empty(0, x.dtype)).dtype.char if not whole else "d")
    bare = w.bare

    def block(part: slice) -> None:
        part_rows = accurate(rows[part])
        total = window_sum(part_rows if bare else padded_block(part_rows, w, 0), w)
        if whole:
            out[part] = np.trunc(total * factor + np.copysign(1e-9, total))
        else:
            np.multiply(total, factor, out=out[part], casting="same_kind")

    over_planes(block, rows.shape[0], plane_size(w))
    return out.reshape(*x.shape[: x.ndim - n], *w.count)


@primitive()
def avg_pool_backward_p(g: Any, *, w: Windows, divisor: int | None, include_pad: bool) -> Any:
    """Each value of g, divided as in `avg_pool_p`, added to all places of its window."""
    n = len(w.size)
    gs = planes(g, n)
    out = np.empty((gs.shape[0], *w.grid), g.dtype)
    factor = factors(w, divisor, include_pad, accurate(np.empty(0, g.dtype)).dtype.char)

    def block(part: slice) -> None:
        out[part] = spread_back(accurate(gs[part]) * factor, w)[(slice(None), *w.inner)]

    over_planes(block, gs.shape[0], plane_size(w))
    return out.reshape(*g.shape[: g.ndim - n], *w.grid)


derivative(
    avg_pool_p,
    lambda g, w, divisor, include_pad: avg_pool_backward_p(g, w=w, divisor=divisor, include_pad=include_pad),
)
derivative(
    avg_pool_backward_p,
    lambda gg, w, divisor, include_pad: avg_pool_p(gg, w=w, divisor=divisor, include_pad=include_pad),
)
