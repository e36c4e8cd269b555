"""Rows of images cut into tiles, for Winograd's filtering along the rows, and how many images and rows are worked on at a time.

With a stride, places that leave the same remainder modulo it are a row for themselves, a phase, in which a kernel moves by one:
the inputs of a result lie in all phases, as if they were channels, and so do the gradients of inputs. The banded matrices pick a
phase from a row, or put it together again.
"""

from collections.abc import Iterator
from functools import cache, lru_cache
from math import prod
from typing import Any, NamedTuple

import numpy as np
from tt_tensor.threads import even_pieces, pieces

from .geometry import Geometry, Sizes
from .tiles import matrices

BROAD, BROADEST = 5, 7  # taps from which on, and up to which, there are eight points
NARROW, WIDE = (5, 6), (8,)  # the numbers of points to choose among, for fewer taps or so many
BLOCK, LONG = 8, 32  # results of a row that are worked on at a time: more multiply more zeros, but few images need more
ROOM = 1 << 19  # elements that images take in all steps together, to stay in the cache
FEW = 4  # rows of results that are worked on at a time at least


@cache
def cut(taps: int, count: int) -> tuple[int, int]:
    """At how many points rows of so many results are evaluated, and how many tiles they have: what makes the fewest products."""
    found = ((p, -(-count // (p + 1 - taps))) for p in (NARROW if taps < BROAD else WIDE))
    return min(found, key=prod)


class Line(NamedTuple):
    """How the results of a row lie, and what they meet: result i of phase b meets the inputs `begin + step · i` and on.

    Attributes:
        taps: how many elements of a kernel are in a phase.
        results: how many, in a phase.
        read: the step between inputs, which are of as many phases, and where the first begins.
        write: the step between results, which are of as many phases, and where the first is.
        sizes: how many inputs are in a row, and how many results of all phases.
    """

    taps: int
    results: int
    read: tuple[int, int]
    write: tuple[int, int]
    sizes: tuple[int, int]

    @property
    def points(self) -> int:
        """At how many points the rows are evaluated."""
        return cut(self.taps, self.results)[0]

    @property
    def tiles(self) -> int:
        """How many tiles a row has."""
        return cut(self.taps, self.results)[1]


def forward_line(size: int, out: int, kernel: int, geometry: Geometry) -> Line:
    """From inputs to results."""
    step = geometry.stride[1]
    return Line(-(-kernel // step), out, (step, -geometry.padding[1][0]), (1, 0), (size, out))


def backward_line(size: int, out: int, kernel: int, geometry: Geometry) -> Line:
    """From the results' gradients to those of the inputs."""
    step, before = geometry.stride[1], geometry.padding[1][0]
    taps, first = -(-kernel // step), before // step
    return Line(
        taps, (size - 1 + before) // step + 1 - first, (1, first + 1 - taps), (step, step * first - before), (out, size)
    )


class Column(NamedTuple):
    """How results that are one below the other lie: they meet `taps` rows, `step` rows apart, from `before` rows outside."""

    taps: int
    step: int
    before: int

    def met(self, count: int) -> int:
        """How many rows so many results meet."""
        return (count - 1) * self.step + self.taps


class Block(NamedTuple):
    """A few tiles of a row.

    Attributes:
        read: which inputs they see.
        write: which results they have.
        tiles: how many they are.
        into: `[phases, points · tiles, read]`, from the inputs to the points.
        back: `[phases · points · tiles, write]`, transposed from the points to the results; column by column in memory, as BLAS
            takes half as long to transform back.
    """

    read: slice
    write: slice
    tiles: int
    into: Any
    back: Any


def diagonals(values: Any, tiles: int, tile: int, step: int, begin: int, size: int) -> tuple[slice, Any]:
    """`values` `[points, n]` as matrices `[phases, points · tiles, places]`, for each tile further along a row of this size.

    What the first tile of the first phase sees begins at `begin`. The slice says which places of the row the matrices are for.
    """
    phase, t, k = np.ogrid[:step, :tiles, : len(values[0])]
    places = begin + phase + step * (tile * t + k)
    inside = (places >= 0) & (places < size)
    seen = places[inside]
    part = slice(int(seen.min()), int(seen.max()) + 1) if seen.size else slice(0, 0)
    matrices = np.zeros((step, len(values), tiles, part.stop - part.start), np.float32)
    for phase, t, k in zip(*inside.nonzero()):
        matrices[phase, :, t, places[phase, t, k] - part.start] = values[:, k]
    return part, matrices.reshape(step, len(values) * tiles, -1)


@lru_cache(256)
def blocks(line: Line, most: int) -> tuple[Block, ...]:
    """A row in blocks of at most so many tiles."""
    results, _, inputs = matrices(line.taps, line.points)
    tile, found = len(results[0]), []
    for first in range(0, line.tiles, most):
        count = min(most, line.tiles - first)
        sides = [
            diagonals(values, count, tile, step, begin + step * first * tile, size)
            for values, (step, begin), size in zip((inputs, results), (line.read, line.write), line.sizes)
        ]
        (read, into), (write, back) = sides
        found.append(Block(read, write, count, into, np.asfortranarray(back.reshape(-1, back.shape[2]))))
    return tuple(found)


class Plan:
    """How many images and rows, and which blocks of a row, are worked on at a time.

    Attributes:
        points: how many there are.
        blocks: the blocks of a row.
        group: how many images.
        rows: how many rows of results at most.
    """

    def __init__(self, images: int, x: Sizes, y: Sizes, line: Line, column: Column, least: int) -> None:
        """For shapes `[C, H]` of inputs and results, and matrices of `least` rows in the products."""
        (c, self.height), (o, high) = x, y
        self.column, self.points, tile = column, line.points, line.points + 1 - line.taps
        most = min(max(BLOCK // tile, -(-least // images)), max(1, LONG // tile))
        self.blocks = blocks(line, -(-line.tiles // -(-line.tiles // most)))
        lines = self.points * self.blocks[0].tiles
        # What an image takes: a row of inputs as it is and at the points, and a row of results at the points.
        self.each = c * line.sizes[0], lines * c * line.read[0], lines * o * line.write[0]
        row = column.step * sum(self.each[:2]) + self.each[2]
        group = max(-(-least // self.blocks[0].tiles), ROOM // (row * high))
        self.group = -(-images // -(-images // group))
        self.rows = min(high, max(FEW, ROOM // (row * self.group)))

    def parts(self, images: slice, rows: slice) -> Iterator[tuple[slice, slice, slice, int]]:
        """Images and rows of results that are worked on at a time, the rows of the input that they meet, and how many rows of
        zeros come before these.
        """
        for some in pieces(images, self.group):
            for part in even_pieces(rows, self.rows):
                first = part.start * self.column.step - self.column.before
                stop = min(self.height, first + self.column.met(part.stop - part.start))
                yield some, part, slice(max(0, first), max(0, stop)), max(0, -first)

    def room(self) -> tuple[int, int, int]:
        """How many elements the inputs, those at the points, and the results at the points take."""
        high = self.column.met(self.rows)
        given, at_points, results = (self.group * each for each in self.each)
        return given * min(self.height, high), at_points * high, results * self.rows


planned = lru_cache(128)(Plan)  # they hold numbers and the blocks, which are kept as well
