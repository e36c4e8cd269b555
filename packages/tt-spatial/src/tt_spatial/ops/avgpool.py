"""Kernels of average pooling: the mean of each window, and its transpose."""

from functools import lru_cache
from math import prod
from typing import Any

import numpy as np
from tt_autograd.rule import derivative
from tt_tensor.ops.rows import ones
from tt_tensor.primitive import primitive

from .phases import Block, phases_of
from .windows import Windows, in_blocks, planes


@lru_cache(32)
def factors(w: Windows, divisor: int | None, include_pad: bool, kind: str) -> Any:
    """One over what the sum of each window is divided by: a number if it is the same for all, else an array of their shape."""
    if divisor is not None:
        return 1 / divisor
    total: Any = np.ones(())
    for size, step, pad, count, n in zip(w.size, w.step, w.pad, w.number, w.grid):
        start = np.arange(count) * step - pad
        stop = np.minimum(start + size, n + pad)
        length = stop - start if include_pad else np.minimum(stop, n) - np.maximum(start, 0)
        total = np.multiply.outer(total, length)
    if (total == total.flat[0]).all():
        return 1 / float(total.flat[0])
    return (1 / total).astype(kind)


def wide(dtype: Any) -> Any:
    """The dtype in which sums are accurate."""
    return np.dtype(np.float32) if dtype == np.float16 else dtype


class Averaging:
    """The buffers in which both kernels work on a block of planes, with views of them that every block needs."""

    def __init__(self, count: int, w: Windows, dtype: Any) -> None:
        b = self.block = Block(count, w)
        self.phases = {phase: b.full(dtype, 0) for phase in b.copies}
        self.copies = [(out_of, self.phases[phase][into]) for phase, (into, out_of) in b.copies.items()]
        windows = b.full(dtype, 0)
        self.flat, self.windows = b.stretch(windows, 0), windows[b.windows]
        self.places = [b.stretch(self.phases[phase], shift) for phase, shift in b.phases.places]

    def average(self, x: Any, out: Any, factor: Any, w: Windows) -> None:
        """Write the sums of the windows of x, times `factor`, into `out`."""
        x = self.block.order(x)
        for out_of, phase in self.copies:
            phase[...] = x[out_of]
        self.flat[...] = self.block.reduce(np.add, self.phases, w)
        out = self.block.order(out)
        if out.dtype.kind == "f":
            np.multiply(self.windows, factor, out=out, casting="same_kind")
        else:
            means = self.windows * factor
            out[...] = np.trunc(means + np.copysign(1e-9, means))


class Spreading(Averaging):
    """The same for the way back, where the padding of the phases collects what nobody reads."""

    def spread(self, g: Any, out: Any, factor: Any) -> None:
        """Write g, times `factor`, into all places of its window of `out`, and add up."""
        np.multiply(self.block.order(g), factor, out=self.windows)
        if self.block.phases.alone:
            for place in self.places:
                place[...] = self.flat
        else:
            for phase in self.phases.values():
                phase.fill(0)
            for place in self.places:
                np.add(place, self.flat, out=place)
        out = self.block.order(out)
        for out_of, phase in self.copies:
            out[out_of] = phase


@primitive()
def avg_pool_p(x: Any, *, w: Windows, divisor: int | None, include_pad: bool) -> Any:
    """The sum of each window over the number of its places, or over `divisor`."""
    n, dtype = len(w.size), wide(x.dtype)
    factor = factors(w, divisor, include_pad, dtype.char if dtype.kind == "f" else "d")
    rows = planes(x, n)
    out = np.empty((*x.shape[: x.ndim - n], *w.number), x.dtype)
    outs = planes(out, n)
    if w.size == w.grid == w.padded and x.dtype == dtype and dtype.kind == "f":  # one window is all
        flat = rows.reshape(rows.shape[0], prod(w.grid))
        np.multiply(flat @ ones(flat.shape[1], dtype.char), factor, out=outs.reshape(-1))
        return out

    def work(buffers: Averaging, block: slice) -> None:
        column = factor[..., None] if buffers.block.inner and np.ndim(factor) else factor
        buffers.average(rows[block], outs[block], column, w)

    in_blocks(Averaging, work, rows.shape[0], w, dtype)
    return out


@primitive()
def avg_pool_backward_p(g: Any, *, w: Windows, divisor: int | None, include_pad: bool) -> Any:
    """Each value of g, divided as in `avg_pool_p`, added to all places of its window."""
    n, dtype = len(w.size), wide(g.dtype)
    factor = factors(w, divisor, include_pad, dtype.char if dtype.kind == "f" else "d")
    gs = planes(g, n)
    out = (np.empty if phases_of(w).covers else np.zeros)((*g.shape[: g.ndim - n], *w.grid), g.dtype)
    outs = planes(out, n)
    if w.size == w.grid == w.padded:
        np.multiply(gs, factor, out=outs, casting="same_kind")
        return out

    def work(buffers: Spreading, block: slice) -> None:
        column = factor[..., None] if buffers.block.inner and np.ndim(factor) else factor
        buffers.spread(gs[block], outs[block], column)

    in_blocks(Spreading, work, gs.shape[0], w, dtype)
    return out


derivative(
    avg_pool_p,
    lambda g, w, divisor, include_pad: avg_pool_backward_p(g, w=w, divisor=divisor, include_pad=include_pad),
)
derivative(
    avg_pool_backward_p,
    lambda gg, w, divisor, include_pad: avg_pool_p(gg, w=w, divisor=divisor, include_pad=include_pad),
)
