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
for each point, group and row, where the taps are those of a column of the kernel. With a stride, b phases (`row_tiles.py`) of the
inputs are like as many times more channels, and of the results like as many times more points.
"""

from functools import cache, reduce
from math import gcd, prod
from operator import iadd
from typing import Any

import numpy as np
from tt_nn.blas import spread_products
from tt_tensor.threads import pieces, shares

from . import phases, row_tiles
from .geometry import Geometry, Sizes
from .row_tiles import Column, Line, backward_line, forward_line
from .scratch import scratch, shaped, strided
from .tiles import matrices

WORK = 24 * 10**6  # multiplications that are worth a thread: those of the direct sum
TERMS, SUMS = 24, 48  # rows of the matrices at least, and where they are summed over: the more, the fewer sums remain
KEPT = 1 << 17  # elements of the products for the weight's gradient that are made at a time
PAGE, WAYS = 4096, 8  # bytes after which addresses meet in the same place of the cache, and how many have room there


@cache
def kernel_matrix(taps: int, points: int) -> Any:
    """G `[points, taps]`: from a row of a kernel to its points."""
    return matrices(taps, points)[1].astype(np.float32)


def shared(images: int, rows: int, each: int) -> list[tuple[slice, slice]]:
    """The images and the rows of results of each thread, where a row takes so many multiplications.

    One image alone is shared out by its rows.
    """
    if images == 1:
        return [(slice(0, 1), part) for part in shares(rows, -(-WORK // each))]
    return [(part, slice(0, rows)) for part in shares(images, -(-WORK // (each * rows)))]


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
    """Turned images `[n, g, h, w, c]` at the points: `[p t, n, g, high, b, c]`, which begin with `first` rows of zeros."""
    n, groups, height, _, c = images.shape
    v = shaped(memory, matrix.shape[1], n, groups, high, len(matrix), c)
    v[:, :, :, :first] = 0
    v[:, :, :, first + height :] = 0
    np.matmul(matrix, images[:, :, :, None], v[:, :, :, first : first + height].transpose(1, 2, 3, 4, 0, 5))
    return v


def windows(v: Any, p: int, column: Column, count: int) -> Any:
    """What `at_points` made as the matrices `[p, g, count, t n, taps b c]` of what the kernels meet, which overlap in memory."""
    lines, n, groups, high, *rest = v.shape
    t, row = lines // p * n, prod(rest)
    image = groups * high * row
    shape = (p, groups, count, t, column.taps * row)
    return strided(v, shape, (t * image, high * row, column.step * row, image, 1))


def by_group(m: Any, b: int, p: int, groups: int) -> Any:
    """Results at the points `[b p t, n, h, g o]` as matrices `[b, p, g, h, t n, o]`, without a copy."""
    _, _, high, o = m.shape
    return m.reshape(b, p, -1, high, groups, o // groups).transpose(0, 1, 4, 3, 2, 5)


def convolve(x: Any, kernels: Any, bias: Any, y: Any, line: Line, column: Column) -> None:
    """Write into `y` the convolution of `[N, C, H, W]` with kernels at the points, `[b, p, g, 1, taps · b · c, o]`.

    One b are the phases of the inputs, the other those of the results.
    """
    (n, c, height, _), (o, high), groups = x.shape, y.shape[1:3], kernels.shape[2]
    parts = shared(n, high, line.results * line.taps * prod(kernels.shape[2:]) * len(kernels))
    plan = row_tiles.planned(parts[0][0].stop, (c, height), (o, high), line, column, TERMS)

    def work(share: tuple[slice, slice]) -> None:
        t, v, m = scratch(x.dtype, *plan.room())
        for images, rows, inputs, first in plan.parts(*share):
            count, some = rows.stop - rows.start, turned(x[images, :, inputs], groups, t)
            for block in plan.blocks:
                met = at_points(some[..., block.read, :], block.into, column.met(count), first, v)
                results = shaped(m, len(kernels) * len(met), len(some), count, o)
                grouped = by_group(results, len(kernels), plan.points, groups)
                np.matmul(windows(met, plan.points, column, count), kernels, grouped)
                np.matmul(results.transpose(1, 2, 3, 0), block.back, y[images, :, rows, block.write].swapaxes(1, 2))
            if bias is not None:
                written = y[images, :, rows]
                written += bias[:, None, None]

    spread_products(work, parts)


def in_phases(weight: Any, groups: int, line: Line, step: int) -> Any:
    """The kernels `[O, c, taps, wide]` by phases: `[g, o, c, taps, taps of a phase, b]`.

    Rows that the step does not divide get zeros at the end.
    """
    *shape, wide = weight.shape
    if line.taps * step != wide:
        whole = np.zeros((*shape, line.taps * step), weight.dtype)
        whole[..., :wide] = weight
        weight = whole
    return weight.reshape(groups, -1, *shape[1:], line.taps, step)


def forward(x: Any, weight: Any, bias: Any, geometry: Geometry) -> Any:
    """The convolution of `[N, C, H, W]` with `[O, C/groups, *kernel]`, without a dilation."""
    o, _, taps, wide = weight.shape
    out, (down, step) = geometry.out_size(x.shape[2:], (taps, wide)), geometry.stride
    line = forward_line(x.shape[3], out[1], wide, geometry)
    parts = in_phases(weight, geometry.groups, line, step)
    kernels = np.tensordot(kernel_matrix(line.taps, line.points), parts, (1, 4)).transpose(0, 1, 4, 5, 3, 2)
    y = np.empty((len(x), o, *out), x.dtype)
    kernels = kernels.reshape(1, line.points, geometry.groups, 1, -1, o // geometry.groups)
    convolve(x, kernels, bias, y, line, Column(taps, down, geometry.padding[0][0]))
    return y


def input_gradient(g: Any, weight: Any, size: Sizes, geometry: Geometry) -> Any:
    """The gradient of the input: for each phase of the columns a convolution of the result's gradient with turned kernels."""
    (_, c, taps, wide), groups, (down, step) = weight.shape, geometry.groups, geometry.stride
    line = backward_line(size[1], g.shape[3], wide, geometry)
    parts = in_phases(weight, groups, line, step)[..., ::-1, :]
    kernels = np.tensordot(kernel_matrix(line.taps, line.points), parts, (1, 4)).transpose(5, 0, 1, 4, 2, 3)
    x = (np.empty if taps >= down else np.zeros)((len(g), groups * c, *size), g.dtype)
    for rest in range(down):
        if part := phases.along(size[0], taps, down, geometry.padding[0][0], 1, rest):
            met, _, _, before = part
            some = kernels[:, :, :, met][:, :, :, ::-1]
            column = Column(some.shape[3], 1, some.shape[3] - 1 - before)
            some = some.reshape(step, line.points, groups, 1, -1, c)
            convolve(g, some, None, x[:, :, rest::down], line, column)
    return x


def weight_gradient(g: Any, x: Any, kernel: Sizes, geometry: Geometry) -> Any:
    """The gradient of the weight: what kernels meet times the result's gradient, both at the points, summed over all tiles."""
    (n, c, height, width), (_, o, *out), (taps, wide) = x.shape, g.shape, kernel
    groups, (down, step) = geometry.groups, geometry.stride
    line, column = forward_line(width, out[1], wide, geometry), Column(taps, down, geometry.padding[0][0])
    shape = (groups, taps * step * c // groups, o // groups)
    parts = shared(n, out[0], out[1] * line.taps * prod(shape))
    plan = row_tiles.planned(parts[0][0].stop, (c, height), (o, out[0]), line, column, SUMS)
    p, few = plan.points, max(1, KEPT // (prod(shape) * plan.rows))

    def work(share: tuple[slice, slice]) -> Any:
        t, v, m, s, products = scratch(
            x.dtype, *plan.room(), plan.group * o * plan.rows * out[1], min(p, few) * plan.rows * prod(shape)
        )
        total = np.zeros((p, *shape), x.dtype)
        for images, rows, inputs, first in plan.parts(*share):
            count = rows.stop - rows.start
            some, slopes = turned(x[images, :, inputs], groups, t), turned(g[images, :, rows], 1, s)
            for block in plan.blocks:
                met = at_points(some[..., block.read, :], block.into, column.met(count), first, v)
                given = at_points(slopes[..., block.write, :], block.back[None], count, 0, m)
                met = windows(met, p, column, count).swapaxes(3, 4)
                given = by_group(given.reshape(len(given), len(slopes), count, o), 1, p, groups)[0]
                for at in pieces(slice(0, p), few):
                    made = shaped(products, at.stop - at.start, groups, count, *shape[1:])
                    total[at] += np.matmul(met[at], given[at], made).sum(2)
        return total

    total = reduce(iadd, spread_products(work, parts)).reshape(p, groups, taps, step, c // groups, o // groups)
    d = np.tensordot(kernel_matrix(line.taps, p), total, (0, 0)).transpose(1, 5, 4, 2, 0, 3)
    return np.ascontiguousarray(d.reshape(o, -1, taps, line.taps * step)[..., :wide])
