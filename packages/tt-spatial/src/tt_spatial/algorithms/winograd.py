"""Winograd's minimal filtering: F(4x4, 3x3) takes 36 multiplications in place of 144 for a tile of 4 x 4 results.

Along one dimension 4 results of a kernel of 3 need 6 inputs, and y = Aᵀ [(G w) ⊙ (Bᵀ x)] multiplies polynomials by evaluating
them at six points: 6 products in place of 12. The same points serve kernels of 2, 4 and 5, with tiles of 5, 3 and 2 results.
In two dimensions everything is applied to rows and to columns, and the products of all channels become 36 products of matrices,
one for each pair of points.

The transforms are products of matrices as well. All tiles of a row are transformed at once by one banded matrix, which also
skips what lies beyond the edges (so nothing is padded), cuts off what the last tile computes in excess, and brings the channels
to the end, where the products need them:

    x[n c h, w]  ->  r[j tw, n c h]  ->  v[j, i th, tw n c]  ->  m[j, i th, tw n o]  ->  z[h, j tw, n o]  ->  y[n o, h, w]

Here i, j number the points, th, tw the tiles. A banded matrix multiplies many zeros, so the image is cut into blocks of a few
tiles, and a few images at a time are worked on, so that the arrays stay in the cache.

Source:
    Lavin and Gray, Fast algorithms for convolutional neural networks, 2015. The points, which decide about the rounding error,
    are 0, ±3/4, ±3/2 and ∞: the error in float32 is five times that of the direct sum, with Lavin's (0, ±1, ±2, ∞) ten times.
"""

from functools import cache, lru_cache
from math import prod
from typing import Any, NamedTuple

import numpy as np
from tt_nn.blas import spread_products
from tt_tensor.threads import pieces

from .geometry import Geometry, Sizes, shared
from .scratch import scratch, shaped

WORK = 64 * 10**6  # multiplications that are worth a thread: those of the direct sum
POINTS = 6
FINITE = (0.0, 0.75, -0.75, 1.5, -1.5)
BLOCK = 8  # at most so many results along a dimension are worked on at a time
ROOM = 1 << 18  # elements that the transformed inputs and results of a block take together, to stay in the cache
LEAST = 40  # tiles that are worked on together even if they take more: products of few rows are slow


@cache
def matrices(kernel: int) -> tuple[Any, Any, Any]:
    """A `[6, tile]`, G `[6, kernel]` and Bᵀ `[6, 6]`, in float64: powers of the points, and the polynomials that vanish at all
    others.
    """
    p, tile = np.array(FINITE), POINTS + 1 - kernel
    a, g, b = (np.zeros((POINTS, n)) for n in (tile, kernel, POINTS))
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
def blocks(size: int, out: int, before: int, kernel: int) -> tuple[Block, ...]:
    """A dimension of `size` inputs, the first result of which begins `before` places outside, in blocks of a few tiles."""
    a, _, b = matrices(kernel)
    tile, found = len(a[0]), []
    block = BLOCK // tile * tile
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


@cache
def kernel_matrix(kernel: Sizes) -> Any:
    """G ⊗ G as `[6 · 6, kernel]`, the points of the columns first: from a kernel to its points."""
    rows, columns = (matrices(k)[1] for k in kernel)
    return np.einsum("jb,ia->jiab", columns, rows).reshape(POINTS**2, prod(kernel)).astype(np.float32)


def transformed(weight: Any, matrix: Any) -> Any:
    """The kernels `[groups, P, Q, *kernel]` at the points: `[6, 6, groups, P, Q]`."""
    return (matrix @ weight.reshape(-1, matrix.shape[1]).T).reshape(POINTS, POINTS, *weight.shape[:3])


def by_group(x: Any, groups: int) -> Any:
    """`[6, 6, tiles, channels]` as `[6, 6, groups, tiles, channels of a group]`, without a copy."""
    return x.reshape(*x.shape[:3], groups, -1).swapaxes(2, 3)


class Plan:
    """Which blocks of which images are worked on at a time.

    Attributes:
        rows: the blocks of the rows.
        columns: those of the columns.
        group: how many images.
        tiles: how many tiles a block of a group has at most.
    """

    def __init__(self, shape: Sizes, out: Sizes, before: Sizes, kernel: Sizes, channels: int) -> None:
        self.rows, self.columns = (blocks(*sizes) for sizes in zip(shape[2:], out, before, kernel))
        tiles = self.rows[0].tiles * self.columns[0].tiles
        group = max(ROOM // (POINTS**2 * tiles * channels), -(-LEAST // tiles))
        self.group = min(shape[0], group - 1 | 1)  # rows a power of two apart would meet in the cache: odd is faster
        self.tiles = tiles * self.group


def along_columns(x: Any, matrix: Any, read: slice, r: Any) -> Any:
    """The columns of images `[n, c, H, W]` transformed: `[6, tiles · n · c, H]`, in the memory `r`."""
    n, c, height, width = x.shape
    lines = shaped(r, len(matrix), n * c * height)
    return np.matmul(matrix, x.reshape(-1, width)[:, read].T, lines).reshape(POINTS, -1, height)


def along_rows(lines: Any, matrix: Any, read: slice, v: Any, c: int) -> Any:
    """What `along_columns` made, with the rows transformed as well: `[6, 6, tiles · n, c]`, in the memory `v`."""
    points = shaped(v, POINTS, len(matrix), lines.shape[1])
    return np.matmul(matrix, lines[:, :, read].swapaxes(1, 2), points).reshape(POINTS, POINTS, -1, c)


def convolve(x: Any, points: Any, bias: Any, out: Sizes, before: Sizes, kernel: Sizes) -> Any:
    """The convolution of `[N, C, H, W]` with kernels at the points, `[6, 6, groups, C, O]`, begun `before` places outside."""
    n, c, height, _ = x.shape
    groups = points.shape[2]
    o = groups * points.shape[4]
    y = np.empty((n, o, *out), x.dtype)
    plan = Plan(x.shape, out, before, kernel, c + o)
    wide = POINTS * plan.columns[0].tiles * plan.group

    def work(share: slice) -> None:
        r, v, m, z = scratch(
            x.dtype,
            wide * c * height,
            POINTS**2 * plan.tiles * c,
            POINTS**2 * plan.tiles * o,
            wide * BLOCK * o,
        )
        for images in pieces(share, plan.group):
            xs, ys = x[images], y[images].reshape(-1, *out)
            for w in plan.columns:
                lines = along_columns(xs, w.into, w.read, r)
                for h in plan.rows:
                    inputs = along_rows(lines, h.into, h.read, v, c)
                    results = shaped(m, *inputs.shape[:3], o)
                    np.matmul(by_group(inputs, groups), points, by_group(results, groups))
                    half = shaped(z, len(h.back), POINTS, w.tiles * len(ys))
                    np.matmul(h.back, results.reshape(POINTS, POINTS * h.tiles, -1), half.swapaxes(0, 1))
                    half = half.reshape(len(h.back), POINTS * w.tiles, -1).swapaxes(1, 2)
                    np.matmul(half, w.back.T, ys[:, h.write, w.write].swapaxes(0, 1))
            if bias is not None:
                added = y[images]
                added += bias[:, None, None]

    spread_products(work, shared(n, (o, c // groups, *kernel), out, WORK))
    return y


def forward(x: Any, weight: Any, bias: Any, geometry: Geometry) -> Any:
    """The convolution of `[N, C, H, W]` with `[O, C/groups, *kernel]`, of stride 1."""
    kernel = weight.shape[2:]
    before = tuple(p for p, _ in geometry.padding)
    weight = weight.reshape(geometry.groups, -1, *weight.shape[1:]).swapaxes(1, 2)
    points = transformed(weight, kernel_matrix(kernel))
    return convolve(x, points, bias, geometry.out_size(x.shape[2:], kernel), before, kernel)


def input_gradient(g: Any, weight: Any, size: Sizes, geometry: Geometry) -> Any:
    """The gradient of the input: the convolution of the result's gradient with the kernels turned by 180 degrees."""
    kernel = weight.shape[2:]
    before = tuple(p for p, _ in geometry.transposed(kernel).padding)
    weight = weight.reshape(geometry.groups, -1, *weight.shape[1:])
    return convolve(g, transformed(weight, kernel_matrix(kernel)[:, ::-1]), None, size, before, kernel)


def weight_gradient(g: Any, x: Any, kernel: Sizes, geometry: Geometry) -> Any:
    """The gradient of the weight: Gᵀ [Σ (A g) ⊙ (Bᵀ x)] G, summed over all tiles of all images."""
    n, c, height, _ = x.shape
    (o, *out), groups = g.shape[1:], geometry.groups
    plan = Plan(x.shape, tuple(out), tuple(p for p, _ in geometry.padding), kernel, c + o)
    wide = POINTS * plan.columns[0].tiles * plan.group

    def work(share: slice) -> Any:
        total = np.zeros((POINTS, POINTS, groups, o // groups, c // groups), x.dtype)
        r, s, v, m, product = scratch(
            x.dtype,
            wide * c * height,
            wide * o * out[0],
            POINTS**2 * plan.tiles * c,
            POINTS**2 * plan.tiles * o,
            total.size,
        )
        for images in pieces(share, plan.group):
            for w in plan.columns:
                lines = along_columns(x[images], w.into, w.read, r)
                slopes = along_columns(g[images], w.back.T, w.write, s)
                for h in plan.rows:
                    inputs = along_rows(lines, h.into, h.read, v, c)
                    results = along_rows(slopes, h.back.T, h.write, m, o)
                    slopes_of = by_group(results, groups).swapaxes(3, 4)
                    total += np.matmul(slopes_of, by_group(inputs, groups), shaped(product, *total.shape))
        return total

    total = sum(spread_products(work, shared(n, (o, c // groups, *kernel), tuple(out), WORK)))
    return (total.reshape(POINTS**2, -1).T @ kernel_matrix(kernel)).reshape(o, c // groups, *kernel)
