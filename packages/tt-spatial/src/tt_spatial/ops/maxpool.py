"""Kernels of max-pooling: the largest value of each window, where it was, and the way back.

Only the input and the result are kept for backward, which finds the places again by comparing: the first place of a window
that holds its maximum has the gradient.
"""

from math import prod
from typing import Any

import numpy as np
from tt_autograd.rule import derivative, flat
from tt_tensor.primitive import primitive
from tt_tensor.threads import spread

from .phases import Block, phases_of
from .places import pick_p
from .windows import Windows, blocks, in_blocks, padded_block, plane_shares, planes


def lowest(dtype: Any) -> Any:
    """What no value of this dtype is below."""
    return -np.inf if dtype.kind == "f" else np.iinfo(dtype).min


class Choosing:
    """The buffers in which `max_pool_p` works on a block of planes, with views of them that every block needs."""

    def __init__(self, count: int, w: Windows, dtype: Any) -> None:
        b = self.block = Block(count, w)
        self.phases = {phase: b.full(dtype, lowest(dtype)) for phase in b.copies}
        self.copies = [(out_of, self.phases[phase][into]) for phase, (into, out_of) in b.copies.items()]
        result = b.full(dtype, 0)
        self.result, self.inside = b.stretch(result, 0), result[b.windows]

    def run(self, x: Any, out: Any, w: Windows) -> None:
        """Write the maxima of the planes `x` into `out`."""
        x = self.block.order(x)
        for out_of, phase in self.copies:
            phase[...] = x[out_of]
        self.result[...] = self.block.reduce(np.maximum, self.phases, w)
        self.block.order(out)[...] = self.inside


@primitive()
def max_pool_p(x: Any, *, w: Windows) -> Any:
    """The maximum of each window; NaN if one of its values is NaN."""
    n = len(w.size)
    rows = planes(x, n)
    out = np.empty((*x.shape[: x.ndim - n], *w.number), x.dtype)
    outs = planes(out, n)
    in_blocks(Choosing, lambda buffers, block: buffers.run(rows[block], outs[block], w), rows.shape[0], w, x.dtype)
    return out


def first_places(w: Windows) -> Any:
    """For each window the number of its first place that is not in the padding, counted as in `places`."""
    total: Any = 0
    for size, step, pad, gap, count in zip(w.size, w.step, w.pad, w.gap, w.number):
        first = np.maximum(0, -(-(pad - np.arange(count) * step) // gap))
        total = np.multiply.outer(total, np.full(count, size)) + first if np.ndim(total) else first
    return total


def beside(w: Windows) -> Any:
    """Which windows have no place in the plane at all, because their gaps straddle it."""
    found: Any = False
    for d, (step, pad, gap, count, n) in enumerate(zip(w.step, w.pad, w.gap, w.number, w.grid)):
        start = np.arange(count) * step - pad
        first = start + np.maximum(0, -(start // gap)) * gap
        found = found | (first >= n).reshape(-1, *(1,) * (len(w.grid) - 1 - d))
    return found


def block_index(x: Any, w: Windows) -> Any:
    """For each window of some planes where its maximum is in the plane, the dimensions counted as one."""
    n = len(w.size)
    low = lowest(x.dtype)
    padded = padded_block(x, w, low)
    best = np.full((x.shape[0], *w.number), low, x.dtype)
    place: Any = np.empty(best.shape, np.int64)
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
        start: Any = np.arange(w.number[d]) * w.step[d] - w.pad[d]
        k *= w.gap[d]
        k += start.reshape(-1, *(1,) * (n - 1 - d))
        np.minimum(k, w.grid[d] - 1, out=k)  # where a window is beside the plane
        k *= prod(w.grid[d + 1 :])
        total = total + k
    return total


@primitive()
def max_pool_index_p(x: Any, *, w: Windows) -> Any:
    """For each window where its first maximum (or last NaN) is in its plane, the dimensions counted as one: int64."""
    n = len(w.size)
    rows = planes(x, n)
    out = np.empty((rows.shape[0], *w.number), np.int64)

    def share(part: slice) -> None:
        for block in blocks(part, prod(w.padded)):
            out[block] = block_index(rows[block], w)

    spread(share, plane_shares(rows.shape[0], prod(w.padded)))
    return out.reshape(*x.shape[: x.ndim - n], *w.number)


def hand_back(g: Any, x: Any, w: Windows) -> Any:
    """The gradient of some planes by way of the index, which knows what is special about NaN and Inf."""
    at = block_index(x, w).reshape(x.shape[0], -1)
    at += (np.arange(at.shape[0]) * prod(w.grid))[:, None]
    result = np.zeros(x.shape, g.dtype)
    np.add.at(result.reshape(-1), at.reshape(-1), np.where(beside(w), 0, g).reshape(-1))
    return result


WHOLE = {2: np.dtype(np.int16), 4: np.dtype(np.int32), 8: np.dtype(np.int64)}


class Sharing:
    """The buffers in which `max_pool_backward_p` works on a block of planes, with views of them that every block needs."""

    def __init__(self, count: int, w: Windows, dtype: Any) -> None:
        b = self.block = Block(count, w)
        self.count, self.bits, self.wide = count, 8 * dtype.itemsize - 1, np.promote_types(dtype, np.float32)
        self.alone, whole = b.phases.alone, WHOLE[dtype.itemsize]
        values = {phase: b.full(dtype, np.inf) for phase in b.copies}
        grads = {phase: b.full(dtype, 0) for phase in b.copies}
        self.copies = [
            (out_of, values[phase][into], grads[phase][into], grads[phase])
            for phase, (into, out_of) in b.copies.items()
        ]
        self.all_top, rest, spare = (b.full(dtype, 0) for _ in range(3))
        self.top, self.flat_top, self.rest = self.all_top[b.windows], b.stretch(self.all_top, 0), rest[b.windows]
        # What is left of the gradient, and what a place takes of it, in turn: as floats and as bits.
        self.left, self.take = ((a, a.view(whole)) for a in (b.stretch(rest, 0), b.stretch(spare, 0)))
        self.steps = [
            (b.stretch(values[phase], shift), target := b.stretch(grads[phase], shift), target.view(whole))
            for phase, shift in b.phases.places
        ]

    def run(self, g: Any, x: Any, out: Any, result: Any, w: Windows) -> None:
        """Write the gradient of the planes `x` into `result`."""
        order = self.block.order
        np.subtract(0, order(out), out=self.top)  # 0 - 0 is 0 for zeros of both signs
        if not np.isfinite(np.add.reduce(self.flat_top, dtype=self.wide)):
            result[...] = hand_back(g, x, w)
            self.all_top.fill(0)
            return
        self.rest[...] = order(g)
        x, result = order(x), order(result)
        for out_of, value, _, grad in self.copies:
            np.subtract(0, x[out_of], out=value)  # np.negative of NumPy 2.4 is wrong for some pairs of strides
            if not self.alone:
                grad.fill(0)
        (left, left_bits), (take, take_bits) = self.left, self.take
        top, bits = self.flat_top, self.bits
        *steps, (_, last_target, _) = self.steps
        for value, target, target_bits in steps:
            np.subtract(top, value, out=take)
            np.right_shift(take_bits, bits, out=take_bits)
            np.bitwise_and(take_bits, left_bits, out=take_bits)  # what is left for the places that follow
            if self.alone:
                np.bitwise_xor(left_bits, take_bits, out=target_bits)
            else:
                np.bitwise_xor(left_bits, take_bits, out=left_bits)
                np.add(target, left, out=target)
            left, left_bits, take, take_bits = take, take_bits, left, left_bits
        if self.alone:
            last_target[...] = left
        else:
            last_target += left
        for out_of, _, grad, _ in self.copies:
            result[out_of] = grad


@primitive()
def max_pool_backward_p(g: Any, x: Any, out: Any, *, w: Windows) -> Any:
    """g added to where the maximum of its window is, and 0 elsewhere: the places are those of `max_pool_index_p`.

    Place after place takes what it is due of the gradient that is left: all, where it holds the maximum, or nothing. As
    bits: x - out is 0 or negative, and its sign, spread over the whole number, masks what is left.
    """
    n = len(w.size)
    rows, outs, gs = planes(x, n), planes(out, n), planes(g, n)
    result = (np.empty if phases_of(w).covers else np.zeros)(x.shape, g.dtype)
    results = planes(result, n)

    in_blocks(
        Sharing,
        lambda buffers, block: buffers.run(gs[block], rows[block], outs[block], results[block], w),
        rows.shape[0],
        w,
        x.dtype,
    )
    return result


flat(max_pool_index_p)
derivative(max_pool_p, lambda g, x, out, w: max_pool_backward_p(g, x, out, w=w))
derivative(
    max_pool_backward_p, lambda gg, x, w: pick_p(gg, max_pool_index_p(x, w=w), n=len(w.size)), None, None
)  # which place has the maximum does not change with a small change of x
