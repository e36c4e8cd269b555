"""Images cut into tiles, and taken to the points of Winograd's algorithm and back by banded matrices.

All tiles of a row are transformed at once by one banded matrix, which also skips what lies beyond the edges (so nothing is
padded), and cuts off what the last tile computes in excess. It multiplies many zeros, so an image is cut into blocks of a few
tiles, and a few images at a time are worked on. Along each dimension there is one product of matrices, and one of the two brings
the channels to the end, where the products with the kernels need them. Which comes first is the `Order`.
"""

from functools import cache, lru_cache
from math import ceil, prod
from typing import Any, NamedTuple, Protocol

import numpy as np
from tt_tensor.threads import shares

from .geometry import Sizes
from .scratch import shaped

POINTS = 6
FINITE = {5: (0.0, 0.75, -0.75, 1.5), 6: (0.0, 0.75, -0.75, 1.5, -1.5), 8: (0.0, 0.5, -0.5, 1.0, -1.0, 2.0, -2.0)}
BLOCK = 8  # at most so many results along a dimension are worked on at a time,
FEW = {1: 4, 2: 3}  # but so many tiles at least of one image or two: products of fewer are slow
ROOM = 1 << 19  # elements that a group of images takes in all steps together, to stay in the cache
LEAST = 40  # tiles that are worked on together even if they take more: products of few rows are slow,
KERNELS = 1 << 18  # if the kernels at the points have more elements than that, a third of it otherwise
LONG = 16  # results in a row, from which on the rows come first


@cache
def matrices(kernel: int, points: int = POINTS) -> tuple[Any, Any, Any]:
    """A `[6, tile]`, G `[6, kernel]` and Bᵀ `[6, 6]`, in float64: powers of the points, and the polynomials that vanish at all
    others. With another number of points that stands for the 6.
    """
    p, tile = np.array(FINITE[points]), points + 1 - kernel
    a, g, b = (np.zeros((points, n)) for n in (tile, kernel, points))
    a[:-1] = p[:, None] ** np.arange(tile)
    g[:-1] = p[:, None] ** np.arange(kernel)
    a[-1, -1] = g[-1, -1] = 1
    b[-1] = np.poly(p)[::-1]
    for k in range(len(p)):
        others = np.delete(p, k)
        g[k] /= np.prod(p[k] - others)
        b[k, :-1] = np.poly(others)[::-1]
    return a, g, b


class Block(NamedTuple):
    """A few tiles along one dimension.

    Attributes:
        read: which inputs they see.
        write: which results they have.
        tiles: how many they are.
        into: `[6 · tiles, read]`, from the inputs to the points.
        back: `[write, 6 · tiles]`, from the points to the results.
    """

    read: slice
    write: slice
    tiles: int
    into: Any
    back: Any


@lru_cache(256)
def blocks(size: int, out: int, before: int, kernel: int, least: int) -> tuple[Block, ...]:
    """A dimension of `size` inputs, the first result of which begins `before` places outside, in blocks of a few tiles."""
    a, _, b = matrices(kernel)
    tile, found = len(a[0]), []
    block = max(least, BLOCK // tile) * tile
    for first in range(0, out, block):
        last = min(first + block, out)
        count = -(-(last - first) // tile)
        start = max(first - before, 0)
        stop = max(start, min(first - before + tile * count + kernel - 1, size))
        into: Any = np.zeros((POINTS, count, stop - start), np.float32)
        back: Any = np.zeros((tile * count, POINTS, count), np.float32)
        for t in range(count):
            for k in range(POINTS):
                at = first - before + tile * t + k - start
                if 0 <= at < stop - start:
                    into[:, t, at] = b[:, k]
            back[tile * t : tile * (t + 1), :, t] = a.T
        into, back = into.reshape(POINTS * count, -1), back.reshape(tile * count, -1)[: last - first]
        found.append(Block(slice(start, stop), slice(first, last), count, into, back))
    return tuple(found)


class Order(Protocol):
    """The steps from images to points and back: a block of the outer dimension is taken through all blocks of the inner one.

    `begin` and `points` lead from images `[n, c, H, W]` to `[6, 6, tiles, c]`, the points of the outer dimension first;
    `half` and `end` from `[6, 6, tiles, o]` to results `[n, o, H, W]`. Each takes the memory for what it makes.

    Attributes:
        outer: the dimension that is transformed first, 0 for that of the rows, and transformed back last.
        inner: the other.
    """

    outer: int
    inner: int

    def begin(self, x: Any, matrix: Any, read: slice, memory: Any) -> Any:
        """Images at the points of the outer dimension."""

    def points(self, lines: Any, matrix: Any, read: slice, memory: Any, c: int) -> Any:
        """What `begin` made at the points of both."""

    def room(self, y: Any, tiles: int, memory: Any) -> Any:
        """The array in which `half` leaves what `end` takes, for so many tiles along the outer dimension."""

    def half(self, results: Any, matrix: Any, write: slice, room: Any) -> None:
        """From points of both dimensions to points of the outer one."""

    def end(self, room: Any, matrix: Any, write: slice, y: Any) -> None:
        """From points of the outer dimension to results."""


class RowsFirst:
    """For long rows: the first and the last step are a product for each image, which reads and writes whole rows as they lie in
    memory; the two in the middle turn what stays in the cache.

        x[n c, h, w]  ->  r[n c, i th, w]  ->  v[i, j tw, th n c]  ->  m[i, j tw, th n o]  ->  z[n o, i th, w]  ->  y[n o, h, w]
    """

    outer, inner = 0, 1

    def begin(self, x: Any, matrix: Any, read: slice, memory: Any) -> Any:
        """From `[n, c, H, W]` to `[n · c, 6, tiles, W]`."""
        images = x.reshape(-1, *x.shape[2:])
        lines = shaped(memory, len(images), len(matrix), x.shape[3])
        return np.matmul(matrix, images[:, read], lines).reshape(len(images), POINTS, -1, x.shape[3])

    def points(self, lines: Any, matrix: Any, read: slice, memory: Any, c: int) -> Any:
        """To `[6, 6, tiles · tiles · n, c]`."""
        turned = lines[..., read].transpose(1, 2, 3, 0)
        points = shaped(memory, POINTS, len(matrix), turned.shape[1], len(lines))
        np.matmul(matrix, turned, points.swapaxes(1, 2))
        return points.reshape(POINTS, POINTS, -1, c)

    def room(self, y: Any, tiles: int, memory: Any) -> Any:
        """`[n · o, 6, tiles, W]`"""
        return shaped(memory, prod(y.shape[:2]), POINTS, tiles, y.shape[3])

    def half(self, results: Any, matrix: Any, write: slice, room: Any) -> None:
        """From `[6, 6, tiles · tiles · n, o]`."""
        turned = results.reshape(POINTS, len(matrix[0]), room.shape[2], -1).transpose(0, 2, 3, 1)
        np.matmul(turned, matrix.T, room[..., write].transpose(1, 2, 0, 3))

    def end(self, room: Any, matrix: Any, write: slice, y: Any) -> None:
        """To `[n, o, H, W]`."""
        images = y.reshape(-1, *y.shape[2:])
        np.matmul(matrix, room.reshape(len(images), -1, y.shape[3]), images[:, write])


class ColumnsFirst:
    """For short rows, where a product for each image would be too small: every step is a few large products.

    x[n c h, w]  ->  r[j tw, n c h]  ->  v[j, i th, tw n c]  ->  m[j, i th, tw n o]  ->  z[h, j tw, n o]  ->  y[n o, h, w]
    """

    outer, inner = 1, 0

    def begin(self, x: Any, matrix: Any, read: slice, memory: Any) -> Any:
        """From `[n, c, H, W]` to `[6, tiles · n · c, H]`."""
        rows = x.reshape(-1, x.shape[3])
        lines = shaped(memory, len(matrix), len(rows))
        return np.matmul(matrix, rows[:, read].T, lines).reshape(POINTS, -1, x.shape[2])

    def points(self, lines: Any, matrix: Any, read: slice, memory: Any, c: int) -> Any:
        """To `[6, 6, tiles · tiles · n, c]`."""
        points = shaped(memory, POINTS, len(matrix), lines.shape[1])
        return np.matmul(matrix, lines[:, :, read].swapaxes(1, 2), points).reshape(POINTS, POINTS, -1, c)

    def room(self, y: Any, tiles: int, memory: Any) -> Any:
        """`[H, 6, tiles · n · o]`"""
        return shaped(memory, y.shape[2], POINTS, tiles * prod(y.shape[:2]))

    def half(self, results: Any, matrix: Any, write: slice, room: Any) -> None:
        """From `[6, 6, tiles · tiles · n, o]`."""
        np.matmul(matrix, results.reshape(POINTS, len(matrix[0]), -1), room[write].swapaxes(0, 1))

    def end(self, room: Any, matrix: Any, write: slice, y: Any) -> None:
        """To `[n, o, H, W]`."""
        turned = room.reshape(len(room), len(matrix[0]), -1).swapaxes(1, 2)
        np.matmul(turned, matrix.T, y.reshape(-1, *y.shape[2:])[..., write].swapaxes(0, 1))


class Plan:
    """Which blocks of which images are worked on at a time, and in which order.

    Attributes:
        order: which dimension comes first.
        outer: the blocks of the dimension that comes first.
        inner: those of the other.
        group: how many images.
        tiles: how many tiles a block of a group has at most.
        parts: the images of each thread.
        lines: how many lines along the inner dimension a group's channel has after the first step, at most.
    """

    def __init__(self, parts: list[slice], x: Sizes, y: Sizes, before: Sizes, kernel: Sizes) -> None:
        """For the images of each thread, and shapes `[C, H, W]` of inputs and results, which begin `before` places outside."""
        self.parts = parts
        self.order: Order = RowsFirst() if y[2] >= LONG else ColumnsFirst()
        images = max(part.stop - part.start for part in parts)
        every = [blocks(*sizes, FEW.get(images, 1)) for sizes in zip(x[1:], y[1:], before, kernel)]
        self.outer, self.inner = every[self.order.outer], every[self.order.inner]
        lines = POINTS * self.outer[0].tiles
        tiles = self.outer[0].tiles * self.inner[0].tiles
        fit = ROOM // ((x[0] + y[0]) * (POINTS**2 * tiles + lines * x[1 + self.order.inner]))
        least = -(-(LEAST if POINTS**2 * x[0] * y[0] > KERNELS else LEAST // 3) // tiles)
        count = -(-images // max(fit, least))
        if count == 1 and images % 2 == 0 and images >= 2 * least:
            count = 2
        # Odd, because the points of an even number would lie so that rows meet in the cache.
        self.group = min(images, -(-images // count) | 1)
        self.tiles, self.lines = tiles * self.group, lines * self.group

    def shares(self, least: float) -> list[tuple[slice, tuple[Block, ...]]]:
        """For each thread its images, and which of their outer blocks: `least` of one image alone are worth a thread."""
        if self.parts != [slice(0, 1)]:
            return [(images, self.outer) for images in self.parts]
        return [(self.parts[0], self.outer[some]) for some in shares(len(self.outer), ceil(least * len(self.outer)))]

    def room(self, channels: int, size: Sizes) -> tuple[int, int]:
        """How many elements lines and points of a group take, for so many channels of images of this size."""
        return self.lines * channels * size[self.order.inner], POINTS**2 * self.tiles * channels
