"""Planes taken apart by the steps of windows, so that what all windows have at one place is a contiguous stretch.

With windows that are s apart, the places 0, s, 2s, … of a padded dimension are one phase, 1, s + 1, … the next. Within a phase
neighbouring windows are neighbours in memory: place k of all windows of a block of planes is one stretch of phase k mod s, that
begins k div s later. (Where a window ends at the edge the stretch runs on into the next row, past as many places as windows
overlap; what is computed there is not used.) So pooling is arithmetic on a few long stretches, at full speed, where slices of
the planes themselves would be short rows with steps.

Copying into phases still goes row by row. Where rows are short the planes of a block lie innermost instead: the copy is then a
transposition, whose rows are as long as the block.
"""

from functools import lru_cache
from itertools import product
from math import prod
from typing import Any, NamedTuple

import numpy as np

from .windows import Windows

Phase = tuple[int, ...]
SHORT = 8  # rows of a phase from which they are long enough to be copied one by one
MANY = 64  # planes of a block from which these make longer rows


class Phases(NamedTuple):
    """The phases of windows.

    Attributes:
        grid: the size of one phase.
        copies: for each phase that some window uses, where in it the places of a plane stand, and where these are in the plane.
        places: for each place of a window, first to last, its phase and where its stretch begins.
        last: the largest of these beginnings: stretches of a block are by so much shorter than the block.
        covers: whether each place of a plane is in some window.
        alone: whether each phase belongs to one place only: no two windows overlap.
    """

    grid: tuple[int, ...]
    copies: dict[Phase, tuple[tuple[slice, ...], tuple[slice, ...]]]
    places: list[tuple[Phase, int]]
    last: int
    covers: bool
    alone: bool


@lru_cache(128)
def phases_of(w: Windows) -> Phases:
    """The phases of windows that are laid out like this."""
    dims = range(len(w.size))
    offsets = [[k * w.gap[d] for k in range(w.size[d])] for d in dims]
    grid = tuple(w.number[d] + offsets[d][-1] // w.step[d] for d in dims)
    strides = [prod(grid[d + 1 :]) for d in dims]
    places = []
    for offset in product(*offsets):
        phase = tuple(o % s for o, s in zip(offset, w.step))
        places.append((phase, sum(o // s * stride for o, s, stride in zip(offset, w.step, strides))))
    copies: dict[Phase, tuple[tuple[slice, ...], tuple[slice, ...]]] = {}
    covered = 0
    for phase in dict.fromkeys(phase for phase, _ in places):
        into, out_of = [], []
        for d, r in enumerate(phase):
            s, p = w.step[d], w.pad[d]
            start = max(0, -(-(p - r) // s))
            stop = max(start, min(grid[d], -(-(w.grid[d] + p - r) // s)))
            into.append(slice(start, stop))
            out_of.append(slice(s * start + r - p, max(0, s * (stop - 1) + r - p + 1), s))
        covered += prod(part.stop - part.start for part in into)
        copies[phase] = tuple(into), tuple(out_of)
    return Phases(
        grid,
        copies,
        places,
        max(shift for _, shift in places),
        covered == prod(w.grid),
        len(copies) == len(places),
    )


class Block:
    """Buffers for a block of planes, in one of the two orders.

    Attributes:
        count: the number of planes.
        inner: whether the planes lie innermost.
        unit: how far neighbouring places of a phase are apart in memory.
        stop: how long the stretches are.
        windows: where in a phase the windows themselves count: those that begin inside.
        copies: for each phase, where in it the places of a plane stand, and where these are in the plane.
    """

    def __init__(self, count: int, w: Windows) -> None:
        p = self.phases = phases_of(w)
        self.count, self.inner = count, p.grid[-1] < SHORT and count >= MANY
        self.unit = count if self.inner else 1
        self.stop = count * prod(p.grid) - p.last * self.unit
        lead = () if self.inner else (slice(None),)
        self.windows = (*lead, *(slice(0, n) for n in w.number))
        self.copies = {phase: ((*lead, *into), (*lead, *out_of)) for phase, (into, out_of) in p.copies.items()}
        self.shape = (*p.grid, count) if self.inner else (count, *p.grid)

    def full(self, dtype: Any, value: float) -> Any:
        """An array for one phase of all planes."""
        return np.full(self.shape, value, dtype)

    def order(self, x: Any) -> Any:
        """Planes in the order of the buffers, as a view."""
        return x.transpose(*range(1, x.ndim), 0) if self.inner else x

    def stretch(self, a: Any, shift: int) -> Any:
        """The stretch of a phase that begins at `shift`."""
        start = shift * self.unit
        return a.reshape(-1)[start : start + self.stop]

    def reduce(self, ufunc: Any, phases: dict[Phase, Any], w: Windows) -> Any:
        """`ufunc` over the places of each window, along the last dimension first; the stretch begins with the first window."""
        grid, dims = self.phases.grid, range(len(w.size))
        parts = {phase: a.reshape(-1) for phase, a in phases.items()}
        for d in reversed(dims):
            stride = prod(grid[d + 1 :]) * self.unit
            steps = [divmod(k * w.gap[d], w.step[d]) for k in range(w.size[d])]
            longest = steps[-1][0] * stride
            reduced = {}
            for lead in dict.fromkeys(phase[:-1] for phase in parts):
                total, mine = None, False
                for shift, r in steps:
                    a = parts[(*lead, r)]
                    a = a[shift * stride : shift * stride + a.size - longest]
                    if total is None:
                        total = a
                    elif mine:
                        ufunc(total, a, out=total)
                    else:
                        total, mine = ufunc(total, a), True
                reduced[lead] = total
            parts = reduced
        return parts[()]
