"""Winograd's minimal filtering along the rows alone; the sums over the rows of a kernel are left to the products of matrices.

F(4, 3) takes 6 multiplications in place of 12 for 4 results in a row, so a kernel of 3x3 takes 18 for each channel in place of
36. The tiles of `winograd` take 9, but images are transformed along two dimensions for it, and the products have few terms: as
many as there are channels. Here they have as many times more as the kernel has rows, and there is one transform, which costs half
as much. So this is for few channels. And as rounding errors multiply with the dimensions, there is room for eight points instead
of six, which wide kernels gain from: F(4, 5) takes 8 multiplications in place of 20, F(2, 7) 8 in place of 14.

The channels are the last dimension of all that is in between, and rows come before them. What a kernel meets at one point is then
a piece of memory, as many rows of channels as the kernel has, and pieces that overlap are the rows of a matrix:

    x[n, g c, h, w]  ->  turned[n, g, h, w, c]  ->  v[p t, n, g, h, c]  ->  m[p t, n, h, g o]  ->  y[n, g o, h, w]

for n images, g groups of c channels in and o out, and p points of t tiles in a row. The products have a matrix `[t n, taps c]`
for each point, group and row, where the taps are those of a column of the kernel.
"""

from collections.abc import Iterator
from functools import cache, lru_cache, reduce
from math import gcd, prod
from operator import iadd
from typing import Any

import numpy as np
from tt_nn.blas import spread_products
from tt_tensor.threads import even_pieces, pieces, shares

from .geometry import Geometry, Sizes
from .lines import strided
from .scratch import scratch, shaped
from .tiles import POINTS, blocks, matrices

MORE_POINTS = 8  # for wide kernels,
WIDE, WIDEST = 5, 7  # which are those, of tiles of four results or two
WORK = 24 * 10**6  # multiplications that are worth a thread: those of the direct sum
BLOCK, LONG = 8, 32  # results of a row that are worked on at a time: more multiply more zeros, but few images need more
ROOM = 1 << 19  # elements that images take in all steps together, to stay in the cache
FEW = 4  # rows of results that are worked on at a time at least
TERMS, SUMS = 24, 48  # rows of the matrices at least, and where they are summed over: the more, the fewer sums remain
KEPT = 1 << 17  # elements of the products for the weight's gradient that are made at a time
PAGE, WAYS = 4096, 8  # bytes after which addresses meet in the same place of the cache, and how many have room there


def points(kernel: int) -> int:
    """At how many points a kernel of this width is evaluated."""
    return POINTS if kernel < WIDE else MORE_POINTS


def tiles(out: int, kernel: int) -> int:
    """How many tiles a row of so many results has."""
    return -(-out // (points(kernel) + 1 - kernel))


@cache
def kernel_matrix(kernel: int) -> Any:
    """G `[points, kernel]`: from a row of a kernel to its points."""
    return matrices(kernel, points(kernel))[1].astype(np.float32)


class Plan:
    """How many images and rows, and which blocks of a row, are worked on at a time.

    Attributes:
        points: how many there are.
        taps: how many rows the kernel has.
        blocks: the blocks of a row.
        tiles: how many tiles a block has at most.
        group: how many images.
        rows: how many rows of results at most.
    """

    def __init__(self, images: int, x: Sizes, y: Sizes, before: Sizes, kernel: Sizes, least: int) -> None:
        """For shapes `[C, H, W]` of inputs and results, which begin `before` places outside, and matrices of `least` rows."""
        (c, self.height, self.width), (o, high, wide) = x, y
        self.before, self.taps, self.points = before[0], kernel[0], points(kernel[1])
        tile, every = self.points + 1 - kernel[1], tiles(wide, kernel[1])
        most = min(max(BLOCK // tile, -(-least // images)), max(1, LONG // tile))
        self.blocks = blocks(self.width, wide, before[1], kernel[1], -(-every // -(-every // most)), self.points)
        self.tiles = self.blocks[0].tiles
        row = self.points * self.tiles * (c + o) + self.width * c
        group = max(-(-least // self.tiles), ROOM // (row * high))
        self.group = -(-images // -(-images // group))
        self.rows = min(high, max(FEW, ROOM // (row * self.group)))

    def parts(self, images: slice, rows: slice) -> Iterator[tuple[slice, slice, slice, int]]:
        """Images and rows of results that are worked on at a time, the rows of the input that they meet, and how many rows of
        zeros come before these.
        """
        for some in pieces(images, self.group):
            for part in even_pieces(rows, self.rows):
                first = part.start - self.before
                stop = min(self.height, part.stop - self.before + self.taps - 1)
                yield some, part, slice(max(0, first), max(0, stop)), max(0, -first)

    def room(self, c: int, o: int) -> tuple[int, int, int]:
        """How many elements the turned images, those at the points, and the results at the points take."""
        lines, high = self.points * self.tiles * self.group, self.rows + self.taps - 1
        return self.group * c * min(self.height, high) * self.width, lines * c * high, lines * o * self.rows


planned = lru_cache(128)(Plan)  # they hold numbers and the blocks, which are kept as well


def shared(x: Sizes, weight: Sizes, out: Sizes) -> list[tuple[slice, slice]]:
    """The images and the rows of results of each thread: one image alone is shared out by its rows."""
    each = prod(weight) * out[1]
    if x[0] == 1:
        return [(slice(0, 1), rows) for rows in shares(out[0], -(-WORK // each))]
    return [(images, slice(0, out[0])) for images in shares(x[0], -(-WORK // (each * out[0])))]


def turned(x: Any, groups: int, memory: Any) -> Any:
    """Images `[n, C, h, w]` with the channels last: `[n, groups, h, w, C/groups]`.

    Channels that lie a power of two apart meet in the same places of the cache, so only as many as fit are copied at a time.
    """
    n, channels, height, width = x.shape
    to = shaped(memory, n, groups, height, width, channels // groups)
    given = x.reshape(n, groups, channels // groups, height, width).transpose(0, 1, 3, 4, 2)
    for some in pieces(slice(0, channels // groups), WAYS * PAGE // gcd(PAGE, x.strides[1])):
        to[..., some] = given[..., some]
    return to


def at_points(images: Any, matrix: Any, high: int, first: int, memory: Any) -> Any:
    """Turned images `[n, g, h, w, c]` at the points: `[p t, n, g, high, c]`, which begin with `first` rows of zeros."""
    n, groups, height, _, c = images.shape
    v = shaped(memory, len(matrix), n, groups, high, c)
    v[:, :, :, :first] = 0
    v[:, :, :, first + height :] = 0
    np.matmul(matrix, images, v[:, :, :, first : first + height].transpose(1, 2, 3, 0, 4))
    return v


def windows(v: Any, p: int, taps: int) -> Any:
    """What `at_points` made as the matrices `[p, g, rows, t n, taps c]` of what the kernels meet, which overlap in memory."""
    lines, n, groups, high, c = v.shape
    t, image = lines // p * n, groups * high * c
    return strided(v, (p, groups, high - taps + 1, t, taps * c), (t * image, high * c, c, image, 1))


def by_group(m: Any, p: int, groups: int) -> Any:
    """Results at the points `[p t, n, 1, h, g o]` as matrices `[p, g, h, t n, o]`, without a copy."""
    _, _, _, high, o = m.shape
    return m.reshape(p, -1, high, groups, o // groups).transpose(0, 3, 2, 1, 4)


def convolve(x: Any, kernels: Any, bias: Any, weight: Sizes, out: Sizes, before: Sizes) -> Any:
    """The convolution of `[N, C, H, W]` with kernels at the points, `[p, g, 1, taps · c, o]`, begun `before` places outside.

    `weight` is the shape of the weight.
    """
    (_, c, *_), groups, o = x.shape, kernels.shape[1], kernels.shape[1] * kernels.shape[4]
    y = np.empty((len(x), o, *out), x.dtype)
    parts = shared(x.shape, weight, out)
    plan = planned(parts[0][0].stop, x.shape[1:], y.shape[1:], before, weight[2:], TERMS)

    def work(share: tuple[slice, slice]) -> None:
        t, v, m = scratch(x.dtype, *plan.room(c, o))
        for images, rows, inputs, first in plan.parts(*share):
            count, some = rows.stop - rows.start, turned(x[images, :, inputs], groups, t)
            for block in plan.blocks:
                met = at_points(some[..., block.read, :], block.into, count + plan.taps - 1, first, v)
                results = shaped(m, *met.shape[:2], 1, count, o)
                np.matmul(windows(met, plan.points, plan.taps), kernels, by_group(results, plan.points, groups))
                to = y[images, :, rows, block.write].swapaxes(1, 2)
                np.matmul(results[:, :, 0].transpose(1, 2, 3, 0), block.back.T, to)
            if bias is not None:
                written = y[images, :, rows]
                written += bias[:, None, None]

    spread_products(work, parts)
    return y


def forward(x: Any, weight: Any, bias: Any, geometry: Geometry) -> Any:
    """The convolution of `[N, C, H, W]` with `[O, C/groups, *kernel]`, of stride 1."""
    (o, c, taps, wide), groups = weight.shape, geometry.groups
    kernels = (kernel_matrix(wide) @ weight.reshape(-1, wide).T).reshape(-1, groups, o // groups, c, taps)
    kernels = kernels.transpose(0, 1, 4, 3, 2).reshape(len(kernels), groups, 1, taps * c, -1)
    out, before = geometry.out_size(x.shape[2:], (taps, wide)), tuple(p for p, _ in geometry.padding)
    return convolve(x, kernels, bias, weight.shape, out, before)


def input_gradient(g: Any, weight: Any, size: Sizes, geometry: Geometry) -> Any:
    """The gradient of the input: the convolution of the result's gradient with the kernels turned by 180 degrees."""
    (o, c, taps, wide), groups = weight.shape, geometry.groups
    kernels = kernel_matrix(wide)[:, ::-1] @ weight.reshape(-1, wide).T
    kernels = kernels.reshape(-1, groups, o // groups, c, taps)[..., ::-1]
    kernels = kernels.transpose(0, 1, 4, 2, 3).reshape(len(kernels), groups, 1, -1, c)
    before = tuple(p for p, _ in geometry.transposed((taps, wide)).padding)
    return convolve(g, kernels, None, weight.shape, size, before)


def weight_gradient(g: Any, x: Any, kernel: Sizes, geometry: Geometry) -> Any:
    """The gradient of the weight: what kernels meet times the result's gradient, both at the points, summed over all tiles."""
    (_, c, *_), (_, o, *out), groups, (taps, wide) = x.shape, g.shape, geometry.groups, kernel
    shape = (groups, taps * c // groups, o // groups)
    parts, before = shared(x.shape, (o, c // groups, *kernel), tuple(out)), tuple(p for p, _ in geometry.padding)
    plan = planned(parts[0][0].stop, x.shape[1:], g.shape[1:], before, kernel, SUMS)
    p, few = plan.points, max(1, KEPT // (prod(shape) * plan.rows))

    def work(share: tuple[slice, slice]) -> Any:
        t, v, m, s, products = scratch(
            x.dtype, *plan.room(c, o), plan.group * o * plan.rows * out[1], min(p, few) * plan.rows * prod(shape)
        )
        total = np.zeros((p, *shape), x.dtype)
        for images, rows, inputs, first in plan.parts(*share):
            count = rows.stop - rows.start
            some, slopes = turned(x[images, :, inputs], groups, t), turned(g[images, :, rows], 1, s)
            for block in plan.blocks:
                met = at_points(some[..., block.read, :], block.into, count + taps - 1, first, v)
                given = at_points(slopes[..., block.write, :], block.back.T, count, 0, m)
                met, given = windows(met, p, taps).swapaxes(3, 4), by_group(given, p, groups)
                for at in pieces(slice(0, p), few):
                    made = shaped(products, at.stop - at.start, groups, count, *shape[1:])
                    total[at] += np.matmul(met[at], given[at], made).sum(2)
        return total

    total = reduce(iadd, spread_products(work, parts)).reshape(p, -1)
    d = (total.T @ kernel_matrix(wide)).reshape(groups, taps, c // groups, o // groups, wide)
    return np.ascontiguousarray(d.transpose(0, 3, 2, 1, 4)).reshape(o, -1, *kernel)
