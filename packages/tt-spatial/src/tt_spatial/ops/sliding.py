"""The maximum of a window that slides over planes, and where in the window it is, by arithmetic on long stretches.

A block of planes lies in memory as one stretch, in which neighbouring windows are a step apart. So its columns are first taken
apart by the step: columns 0, s, 2s, … are one phase, 1, s + 1, … the next. Place k of all windows is then the stretch of phase
k mod s that begins k div s later, and maxima along the rows are maxima of stretches. So are the maxima down the columns, of
stretches that begin a row later each. They are taken from every row; those that windows begin in are picked at the end. Where
a window would end beyond its row, the stretch runs on into the next: what is computed there is not picked. (Short rows that the
step does not divide stay whole: then columns are picked at the end as rows are.)

Where a maximum is, is written as its distance in the plane from the first place of the window: a small whole number, mostly a
byte, with which arithmetic costs next to nothing. Further places have larger distances, and a place counts only if its value
is larger than all before. So the largest distance of those that count is the one: nothing is chosen value by value.
"""

from collections.abc import Sequence
from functools import lru_cache
from math import prod
from typing import Any, NamedTuple

import numpy as np

from .windows import Windows


def lowest(dtype: Any) -> Any:
    """What no value of this dtype is below."""
    return -np.inf if dtype.kind == "f" else np.iinfo(dtype).min


# Rows up to this length that the step does not divide are not taken apart, which would need a copy first: every column has its
# maximum, and of those too only some are picked.
NARROW = 20


class Layout(NamedTuple):
    """How planes lie in memory while windows slide over them.

    Attributes:
        bare: whether they are read where they are; else they are copied to where there is room around them.
        rows: their size with that room: all dimensions but the last.
        phases: how many phases the columns are taken apart into: the step, or 1 to take maxima from every column.
        pitch: how long a row of a phase is.
        inside: where the values of a plane stand in that room, and where in the plane they are from.
        picked: where among the maxima those of the windows are.
        far: for each dimension how far apart its places are in a plane.
        kind: the dtype of distances.
        ordered: whether distances grow from place to place.
    """

    bare: bool
    rows: tuple[int, ...]
    phases: int
    pitch: int
    inside: tuple[tuple[slice, ...], tuple[slice, ...]]
    picked: tuple[slice, ...]
    far: tuple[int, ...]
    kind: Any
    ordered: bool


@lru_cache(128)
def layout_of(w: Windows) -> Layout:
    """The layout for windows that are set out like this."""
    dims, step, width = range(len(w.size)), w.step[-1], w.grid[-1]
    reach = [(w.number[d] - 1) * w.step[d] + (w.size[d] - 1) * w.gap[d] + 1 for d in dims]
    bare = not any(w.pad) and all(r <= n for r, n in zip(reach, w.grid))
    phases = step
    if bare and width % step:  # the rows cannot be taken apart where they are
        bare = width <= NARROW
        phases = 1 if bare else step
    pitch = width // phases if bare else w.number[-1] + (w.size[-1] - 1) * w.gap[-1] // step
    last = (w.number[-1] - 1) * (step // phases) + 1
    rows = w.grid[:-1] if bare else tuple(reach[:-1])
    kept = [min(n, r - p) for n, r, p in zip(w.grid, (*rows, pitch * step), w.pad)]
    far = tuple(w.gap[d] * prod(w.grid[d + 1 :]) for d in dims)
    spans = [(size - 1) * f for size, f in zip(w.size, far)]
    return Layout(
        bare,
        rows,
        phases,
        pitch,
        (tuple(slice(p, p + n) for p, n in zip(w.pad, kept)), tuple(slice(0, n) for n in kept)),
        (*(slice(0, (o - 1) * s + 1, s) for o, s in zip(w.number[:-1], w.step)), slice(0, last, step // phases)),
        far,
        np.min_scalar_type(sum(spans)),
        all(far[d] > sum(spans[d + 1 :]) for d in dims),
    )


def copy_rows(target: Any, source: Any) -> None:
    """target[...] = source, with each row as one item if it is contiguous: short rows are copied twice as fast."""
    if source.strides[-1] != source.itemsize:
        target[...] = source
        return
    item = np.dtype(f"V{target.shape[-1] * target.itemsize}")  # by its name: NumPy tries less, and loses no Ctrl-C
    target.view(item)[...] = source.view(item)


class Sliding:
    """The buffers in which the maxima of a block of planes are found."""

    def __init__(self, count: int, w: Windows, dtype: Any) -> None:
        p = self.layout = layout_of(w)
        self.w, self.shape = w, (count, *p.rows, p.pitch)
        n, step, size = len(w.size), p.phases, prod(self.shape)
        if not p.bare:
            self.room = np.full((*self.shape[:-1], p.pitch * step), lowest(dtype), dtype)
        self.starts = [divmod(k * w.gap[-1], step) for k in range(w.size[-1])]
        self.phases = {r: np.empty(size, dtype) for _, r in self.starts} if step > 1 else {}
        self.best = [np.empty(size, dtype) for _ in range(n)]
        self.distance = [np.zeros(size, p.kind) for _ in range(n)]
        self.better, self.spare = np.empty(size, bool), np.empty(size, p.kind)

    def run(self, x: Any, out: Any, distances: Any = None) -> None:
        """Write the maximum of each window of the planes `x` into `out`, and its distance into `distances`, if that is given."""
        w, p = self.w, self.layout
        if p.bare:
            stretch = x.reshape(-1)
        else:
            into, out_of = p.inside
            copy_rows(self.room[(slice(None), *into)], x[(slice(None), *out_of)])
            stretch = self.room.reshape(-1)
        for r, phase in self.phases.items():
            phase[...] = stretch[r :: p.phases]
        phases = self.phases or {0: stretch}
        size = phases[0].size - self.starts[-1][0]
        best, distance = phases[0], None
        values, further = [phases[r][q : q + size] for q, r in self.starts], None
        for d in reversed(range(len(w.size))):
            if w.size[d] > 1:
                self.fold(d, values, further, distances is not None)
                best, distance = self.best[d], self.distance[d]
            if d:
                apart = w.gap[d - 1] * prod(self.shape[d + 1 :])
                size -= (w.size[d - 1] - 1) * apart
                places = [slice(k * apart, k * apart + size) for k in range(w.size[d - 1])]
                values = [best[place] for place in places]
                further = None if distance is None else [distance[place] for place in places]
        picked = (slice(None), *p.picked)
        copy_rows(out, best.reshape(self.shape)[picked])
        if distances is not None:
            copy_rows(distances, (self.distance[0] if distance is None else distance).reshape(self.shape)[picked])

    def fold(self, d: int, values: Sequence[Any], further: Sequence[Any] | None, distances: bool) -> None:
        """The maxima of several stretches, and their distances if asked for, in the buffers of dimension d.

        `further` are the distances of the values themselves, from the other places that they were taken from.
        """
        size = values[0].size
        best, distance, spare = self.best[d][:size], self.distance[d][:size], self.spare[:size]
        better = self.better[:size]
        old, before = values[0], None if further is None else further[0]
        for k, value in enumerate(values[1:], 1):
            if distances:
                np.greater(value, old, out=better)
                far = self.layout.kind.type(k * self.layout.far[d])
                mine = far if further is None else np.add(further[k], far, out=spare)
                now = distance if before is None else spare
                np.multiply(better.view(np.uint8), mine, out=now)
                before = now if before is None else np.maximum(before, now, out=distance)
            old = np.maximum(old, value, out=best)
