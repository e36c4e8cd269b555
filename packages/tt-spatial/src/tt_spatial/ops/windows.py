"""Windows that slide over the last dimensions of a tensor: their settings, their geometry, and work in blocks of planes."""

from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import product
from math import prod
from operator import index
from typing import Any, NamedTuple

import numpy as np
from tt_tensor import Tensor
from tt_tensor.errors import ShapeError
from tt_tensor.ops.dims import ndim_of
from tt_tensor.threads import Turns, pieces, shares, spread

WORDS = {1: "one int", 2: "two ints", 3: "three ints"}
BLOCK = 1 << 16  # elements of the input that are worked on at a time, so that they and the result stay in the cache
LONG = 4 * BLOCK  # so many where the cache gives little, or calls are dear: beside another thread each waits for a lock
SHARE = 1 << 18  # elements of the input that a thread must have for a second one to pay


def several(name: str, word: str, value: Any, n: int) -> tuple[int, ...]:
    """`value` as n ints: an int, or a tuple of one or n ints."""
    if type(value) is int:
        return (value,) * n
    if isinstance(value, tuple | list):
        if len(value) == 1:
            value = tuple(value) * n
        if len(value) != n:
            raise ShapeError(f"{name}: {word} must either be a single int, or a tuple of {WORDS[n]}, got {value!r}")
    else:
        value = (value,) * n
    try:
        if any(isinstance(v, bool) for v in value):
            raise TypeError
        return tuple(index(v) for v in value)
    except TypeError:
        raise TypeError(f"{name}: {word} must be ints, got {value!r}") from None


def tensor_ndim(name: str, x: Any) -> int:
    """The number of dimensions of `x`, for functions that are made of tensors' methods.

    Raises:
        TypeError: if it is not a tensor.
    """
    if not isinstance(x, Tensor):
        raise TypeError(f"{name}: expected Tensor, got {type(x).__name__}; convert it with tensor(...)")
    return x.ndim


class Windows(NamedTuple):
    """Where windows lie over a grid: one value per dimension in each field.

    Attributes:
        size: how many places a window has.
        step: how far neighbouring windows are apart.
        pad: how many places the grid is extended by on both sides.
        gap: how far neighbouring places of a window are apart.
        number: how many windows there are.
        grid: the size of the grid.
    """

    size: tuple[int, ...]
    step: tuple[int, ...]
    pad: tuple[int, ...]
    gap: tuple[int, ...]
    number: tuple[int, ...]
    grid: tuple[int, ...]

    @property
    def padded(self) -> tuple[int, ...]:
        """The size of the smallest grid, padding included, in which all windows lie."""
        return tuple(
            max((o - 1) * s + g * (k - 1) + 1, p + n)
            for k, s, p, g, o, n in zip(self.size, self.step, self.pad, self.gap, self.number, self.grid)
        )

    @property
    def tiles(self) -> bool:
        """Whether every place of the grid is in one window."""
        covered = tuple(k * o for k, o in zip(self.size, self.number))
        return self.size == self.step and covered == self.grid and not any(self.pad) and set(self.gap) == {1}

    @property
    def inner(self) -> tuple[slice, ...]:
        """Where the grid itself lies in the padded one."""
        return tuple(slice(p, p + n) for p, n in zip(self.pad, self.grid))

    @property
    def bare(self) -> bool:
        """Whether no window reaches over the edge."""
        return self.padded == self.grid

    def places(self) -> Iterator[tuple[slice, ...]]:
        """For each place of a window, first to last, the slices of the padded grid that it takes in all windows."""
        return product(*(self.along(d) for d in range(len(self.size))))

    def along(self, d: int) -> list[slice]:
        """The same for dimension d alone."""
        step, last = self.step[d], (self.number[d] - 1) * self.step[d] + 1
        return [slice(k * self.gap[d], k * self.gap[d] + last, step) for k in range(self.size[d])]


def count_of(n: int, size: int, step: int, pad: int, gap: int, ceil: bool) -> int:
    """How many windows there are along a dimension. With `ceil` the last may reach over the edge, not begin beyond it."""
    count = (n + 2 * pad - gap * (size - 1) - 1 + (step - 1 if ceil else 0)) // step + 1
    return count - 1 if ceil and (count - 1) * step >= n + pad else count


def windows_over(
    name: str, x: Any, n: int, size: Any, step: Any, pad: Any, gap: Any = 1, ceil: bool = False
) -> Windows:
    """The windows of a pooling over the last n dimensions of x, once its settings are checked.

    Raises:
        ShapeError: if x has not n + 1 or n + 2 dimensions, or is too small for one window; or a setting is out of range.
    """
    sizes = several(name, "kernel_size", size, n)
    steps = sizes if step is None or (isinstance(step, tuple | list) and not step) else several(name, "stride", step, n)
    pads, gaps = several(name, "padding", pad, n), several(name, "dilation", gap, n)
    if ndim_of(name, x) not in (n + 1, n + 2):
        raise ShapeError(f"{name}: Expected {n + 1}D or {n + 2}D input tensor, but got input of shape {tuple(x.shape)}")
    return checked_windows(name, sizes, steps, pads, gaps, tuple(x.shape[x.ndim - n - 1 :]), ceil)


@lru_cache(256)
def checked_windows(
    name: str,
    sizes: tuple[int, ...],
    steps: tuple[int, ...],
    pads: tuple[int, ...],
    gaps: tuple[int, ...],
    shape: tuple[int, ...],
    ceil: bool,
) -> Windows:
    """The windows over `shape`, channels first, if the settings are possible. Layers ask for the same ones again and again."""
    if min(sizes) <= 0 or min(steps) <= 0 or min(gaps) <= 0:
        raise ShapeError(
            f"{name}: kernel_size, stride and dilation must be greater than zero, got {sizes}, {steps} and {gaps}"
        )
    if any(p < 0 or p > k // 2 for p, k in zip(pads, sizes)):
        raise ShapeError(
            f"{name}: padding should be at least 0 and at most half of the kernel size, but got padding={pads} and "
            f"kernel_size={sizes}"
        )
    if 0 in shape:
        raise ShapeError(f"{name}: Expected non-zero size of all dimensions but the batch, got {shape} for them")
    grid = shape[1:]
    counts = tuple(count_of(*each, ceil) for each in zip(grid, sizes, steps, pads, gaps))
    if min(counts) < 1:
        raise ShapeError(
            f"{name}: Given input size {grid}, calculated output size {counts}: output size is too small; "
            f"use a smaller kernel_size or more padding"
        )
    return Windows(sizes, steps, pads, gaps, counts, grid)


def planes(x: Any, n: int) -> Any:
    """`x` with its leading dimensions, samples and channels, as one."""
    return x.reshape(prod(x.shape[: x.ndim - n]), *x.shape[x.ndim - n :])


def plane_shares(count: int, size: int) -> list[slice]:
    """range(count) in slices of planes of `size` elements, one per thread, if there are enough of them."""
    return shares(count, -(-SHARE // max(1, size)))


def blocks(part: slice, size: int, room: int = BLOCK) -> list[slice]:
    """A share in slices of planes of `size` elements, of about `room` elements in all."""
    count = part.stop - part.start
    return pieces(part, max(1, -(-count // max(1, round(count * size / room)))))


def padded_block(x: Any, w: Windows, value: Any) -> Any:
    """A copy of planes with `value` all around, as far as the windows reach."""
    out = np.full((x.shape[0], *w.padded), value, x.dtype)
    out[(slice(None), *w.inner)] = x
    return out


class Workspaces:
    """Buffers that kernels have worked in, kept for the next call: fresh memory costs more than the work on a small tensor."""

    def __init__(self, most: int) -> None:
        self.most, self.kept = most, dict[Any, list[Any]]()

    def take(self, make: Callable[..., Any], *key: Any) -> Any:
        """A workspace `make(*key)` that nobody is using."""
        try:
            return self.kept[make, *key].pop()
        except (KeyError, IndexError):
            return make(*key)

    def give(self, workspace: Any, make: Callable[..., Any], *key: Any) -> None:
        """Keep it for the next who takes one like it; that which was asked for least recently makes room."""
        same = self.kept.pop((make, *key), [])
        same.append(workspace)
        self.kept[make, *key] = same
        while len(self.kept) > self.most:
            self.kept.pop(next(iter(self.kept)), None)


workspaces = Workspaces(8)


def in_blocks(
    make: Callable[[int, Windows, Any], Any],
    work: Callable[[Any, slice], Any],
    count: int,
    w: Windows,
    dtype: Any,
    room: int = BLOCK,
    threads: bool = True,
) -> None:
    """Call `work` with a workspace `make(planes, w, dtype)` and slices of range(count) that cover it.

    A slice has planes of `room` elements in all, or more on several threads; whichever thread is free takes the next.
    """
    size = prod(w.grid)

    def work_on(block: slice) -> None:
        key = block.stop - block.start, w, dtype
        workspace = workspaces.take(make, *key)
        work(workspace, block)
        workspaces.give(workspace, make, *key)

    if 0 < count * size <= room:  # one block
        work_on(slice(0, count))
        return
    parts = plane_shares(count, size) if threads else [slice(0, count)]
    if len(parts) > 1:
        room = max(room, min(LONG, count * size // (4 * len(parts))))
    waiting = Turns(blocks(slice(0, count), size, room))

    def share(_: slice) -> None:
        for block in waiting:
            work_on(block)

    spread(share, parts)
