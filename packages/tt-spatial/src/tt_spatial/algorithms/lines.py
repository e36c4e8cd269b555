"""Lines: stored in the right order, the columns of a row of results are a piece of memory, and need not be copied.

A line is a row of the padded input as one tap of the kernel's last dimension meets it. If the lines are stored as
`[H, taps, C, P]`, the columns of a row of results are those of as many rows of the input as the kernel is high, which follow one
another: a matrix `[height · taps · C, P]`. The columns of the next row begin one row later. So a kernel of 5x5 copies its input
5 times and not 25 times. The input gradient takes rows of the result's gradient in the same way, and adds up what the taps of
the last dimension give; the weight gradient multiplies the columns by the result's gradient, row by row.

P are the results of a row: those of one image where it is wide, and those of many images, the images last, where it is narrow,
because short runs are slow to copy. So there are many small products, and that is good: OpenBLAS multiplies matrices of less than
10⁶ multiplications without first copying them into another order, a quarter faster.
"""

from functools import reduce
from math import prod
from operator import iadd
from typing import Any

import numpy as np
from tt_nn.blas import spread_products
from tt_tensor.threads import pieces, shares

from .geometry import Geometry, Pairs, Sizes
from .scratch import scratch, shaped, strided

WIDE = 16  # results in a row, from which on images are worked on one by one,
LEAST = 16  # and images that else lie side by side
WORK = 5 * 10**6  # multiplications that are worth a thread
PRODUCT = 10**6  # multiplications of a product of matrices, up to which OpenBLAS does not copy its factors
ROOM = 1 << 18  # elements of the lines that are made at a time
KEPT = 1 << 19  # elements of the products for the weight's gradient that are made at a time, if it has fewer
# Elements of so many images' lines, up to which images whose channels are groups of their own lie side by side, wide or not.
ALONE = 3 * 10**6


class Stacks:
    """How many images are worked on at a time, and in which order they lie: `[blocks, groups, H, C/groups, W, side]`.

    Attributes:
        shares: the images of each thread.
        wide: whether each image is a block of its own, and none are side by side.
        side: how many images of a block are side by side.
        group: how many images are worked on at a time, which is blocks · side.
    """

    def __init__(self, images: int, line: int, product: int, out: Sizes, wide: bool) -> None:
        """For so many images, elements of an image's lines, and elements of the weight of a group of channels."""
        self.wide = wide
        least = 1 if wide else LEAST
        self.shares = shares(images, max(least, WORK // max(1, product * prod(out))))
        longest = max(share.stop - share.start for share in self.shares)
        most = max(least, min((ROOM if wide else 2 * ROOM) // line, longest))
        self.side = 1 if wide else max(least, min(most, PRODUCT // (product * out[1])))
        self.side = -(-longest // -(-longest // self.side))
        blocks = -(-longest // self.side)
        self.group = -(-blocks // -(-blocks // max(1, most // self.side))) * self.side

    def pieces(self, share: slice) -> list[slice]:
        """A thread's images, so many at a time; what does not fill a block is a block of its own, the last."""
        full = share.start + (share.stop - share.start) // self.side * self.side
        return [*pieces(slice(share.start, full), self.group), *pieces(slice(full, share.stop), self.group)]

    def __call__(self, x: Any, groups: int) -> Any:
        """A view of images `[N, C, H, W]` in that order."""
        n, c, height, width = x.shape
        side = min(self.side, n)
        return x.reshape(n // side, side, groups, c // groups, height, width).transpose(0, 2, 4, 3, 5, 1)


def padded(some: Any, padding: Pairs, memory: Any) -> Any:
    """Stacked images, copied into `memory`, with zeros around them."""
    (top, bottom), (left, right) = padding
    blocks, groups, height, c, width, side = some.shape
    rows = shaped(memory, blocks, groups, top + height + bottom, c, left + width + right, side)
    if top or bottom or left or right:
        rows.fill(0)
    rows[:, :, top : top + height, :, left : left + width] = some
    return rows


def windows(lines: Any, height: int, count: int, step: int = 1, apart: int = 1, first: int = 0) -> Any:
    """Lines `[blocks, groups, H, K, P]` as the columns of `count` rows of results: `[blocks, groups, count, height · K, P]`.

    The columns of the first row of results begin with the row `first`, and those of the next `step` rows later.
    """
    blocks, groups, high, k, p = lines.shape
    row = k * p
    if apart == 1:
        strides: Sizes = (groups * high * row, high * row, step * row, p, 1)
        return strided(lines, (blocks, groups, count, height * k, p), strides, first * row)
    strides = (groups * high * row, high * row, step * row, apart * row, p, 1)
    some = strided(lines, (blocks, groups, count, height, k, p), strides, first * row)
    return some.reshape(blocks, groups, count, -1, p)


def reached(size: int, out: int, kernel: int, before: int, apart: int) -> list[tuple[slice, slice]]:
    """Rows of the input in pieces that the same rows of the kernel reach from results; `before` is how far outside it begins."""
    found: list[tuple[slice, slice]] = []
    for row in range(size):
        low = max(0, -((row - before) // apart))
        high = max(low, min(kernel, (before + out - 1 - row) // apart + 1))
        if found and found[-1][1] == slice(low, high):
            found[-1] = slice(found[-1][0].start, row + 1), found[-1][1]
        else:
            found.append((slice(row, row + 1), slice(low, high)))
    return found


def columns(rows: Any, kernel: Sizes, out: Sizes, geometry: Geometry, memory: Any) -> Any:
    """The columns of padded images, `[blocks, groups, H', height · taps · C, W' · side]`, of which the lines are in `memory`."""
    blocks, groups, high, c, wide, side = rows.shape
    (down, step), (deep, apart) = geometry.stride, geometry.dilation
    line = wide * side
    moved = strided(
        rows,
        (blocks, groups, high, kernel[1], c, out[1] * side)
        if step == 1
        else (blocks, groups, high, kernel[1], c, out[1], side),
        (
            groups * high * c * line,
            high * c * line,
            c * line,
            apart * side,
            line,
            *((1,) if step == 1 else (step * side, 1)),
        ),
    )
    lines = shaped(memory, *moved.shape)
    lines[...] = moved
    return windows(lines.reshape(blocks, groups, high, kernel[1] * c, -1), kernel[0], out[0], down, deep)


def forward(x: Any, weight: Any, bias: Any, geometry: Geometry) -> Any:
    """The convolution of `[N, C, H, W]` with `[O, C/groups, *kernel]`, plus the bias `[O]` or None."""
    (n, c, *size), (o, _, *kernel), groups = x.shape, weight.shape, geometry.groups
    out = geometry.out_size(tuple(size), tuple(kernel))
    matrix = weight.reshape(groups, 1, o // groups, c // groups, *kernel).transpose(0, 1, 2, 4, 5, 3)
    matrix = matrix.reshape(groups, 1, o // groups, -1)
    y = np.empty((n, o, *out), x.dtype)
    high, wide = geometry.padded(tuple(size))
    line = c * high * kernel[1] * out[1]
    stacked = Stacks(n, line, weight.size, out, out[1] >= WIDE)
    if bias is not None:
        bias = bias.reshape(groups, 1, -1, 1)

    def work(share: slice) -> None:
        m = stacked.group
        images, lines, results = scratch(
            x.dtype, m * c * high * wide, m * line, 0 if stacked.wide else m * o * out[0] * out[1]
        )
        for some in stacked.pieces(share):
            matrices = columns(padded(stacked(x[some], groups), geometry.padding, images), kernel, out, geometry, lines)
            to = stacked(y[some], groups)
            if stacked.wide:
                product = np.matmul(matrix, matrices, to[..., 0])
                if bias is not None:
                    product += bias
            else:
                product = np.matmul(
                    matrix, matrices, shaped(results, *matrices.shape[:3], o // groups, matrices.shape[4])
                )
                if bias is not None:
                    product += bias
                to[...] = product.reshape(to.shape)

    spread_products(work, stacked.shares)
    return y


def can_turn(g: Sizes, size: Sizes, kernel: Sizes, geometry: Geometry) -> bool:
    """Whether `input_gradient` computes it: the stride is 1, the padding less than the kernel, and no input is left out."""
    fits = geometry.out_size(size, kernel) == g[2:]
    return fits and set(geometry.stride) == {1} and min(map(min, geometry.transposed(kernel).padding)) >= 0


def input_gradient(g: Any, weight: Any, size: Sizes, geometry: Geometry) -> Any:
    """The gradient of the input."""
    (n, o, *out), (_, c, *kernel), groups = g.shape, weight.shape, geometry.groups
    deep, apart = geometry.dilation
    matrix = weight.reshape(groups, 1, o // groups, c, *kernel)[..., ::-1, :].transpose(0, 1, 5, 3, 4, 2)
    matrix = matrix.reshape(groups, 1, kernel[1] * c, -1)
    x = np.empty((n, groups * c, *size), g.dtype)
    (before, _), (left, _) = geometry.transposed(tuple(kernel)).padding
    pieces_of_rows = reached(size[0], out[0], kernel[0], before, deep)
    wide = size[1] + apart * (kernel[1] - 1)
    line = groups * c * size[0] * kernel[1] * wide
    beside = c == 1 < groups and min(n, LEAST) * line <= ALONE
    stacked = Stacks(n, line, weight.size, out, out[1] >= WIDE and not beside)

    def work(share: slice) -> None:
        m = stacked.group
        images, products, sums = scratch(
            g.dtype, m * o * out[0] * out[1], m * line, 0 if stacked.wide else m * groups * c * size[0] * size[1]
        )
        for some in stacked.pieces(share):
            slopes = stacked(g[some], groups)
            rows = shaped(images, *slopes.shape)
            rows[...] = slopes
            blocks, side = len(rows), rows.shape[-1]
            rows = rows.reshape(*rows.shape[:4], -1)
            # What the taps give stands between zeros, so that all taps can be added at once, each moved.
            given = shaped(products, blocks, groups, size[0], kernel[1] * c, wide * side)
            given[..., : left * side] = 0
            given[..., (left + out[1]) * side :] = 0
            for here, taps in pieces_of_rows:
                height = taps.stop - taps.start
                first = here.start + taps.start * deep - before if height else 0
                np.matmul(
                    matrix[..., taps.start * o // groups : taps.stop * o // groups],
                    windows(rows, height, here.stop - here.start, 1, deep, first),
                    given[:, :, here, :, left * side : (left + out[1]) * side],
                )
            row = wide * side
            moved = strided(
                given,
                (blocks, groups, size[0], c, kernel[1], size[1] * side),
                (
                    groups * size[0] * kernel[1] * c * row,
                    size[0] * kernel[1] * c * row,
                    kernel[1] * c * row,
                    row,
                    c * row - apart * side,
                    1,
                ),
                apart * (kernel[1] - 1) * side,
            )
            to = stacked(x[some], groups)
            if stacked.wide:
                np.add.reduce(moved, 4, out=to[..., 0])
            else:
                to[...] = np.add.reduce(moved, 4, out=shaped(sums, *moved.shape[:4], moved.shape[5])).reshape(to.shape)

    spread_products(work, stacked.shares)
    return x


def weight_gradient(g: Any, x: Any, kernel: Sizes, geometry: Geometry) -> Any:
    """The gradient of the weight: columns times the result's gradient, row by row."""
    (n, o, *out), (c, *size), groups = g.shape, x.shape[1:], geometry.groups
    high, wide = geometry.padded(tuple(size))
    count = kernel[0] * kernel[1] * c // groups
    line = c * high * kernel[1] * out[1]
    stacked = Stacks(n, line, count * o, out, out[1] >= WIDE)
    m = stacked.group
    each = m // stacked.side * count * o  # for a row of results
    few = min(out[0], max(1, KEPT // each))

    def work(share: slice) -> Any:
        images, lines, slopes, products = scratch(
            x.dtype, m * c * high * wide, m * line, m * o * out[0] * out[1], few * each
        )
        total = np.zeros((groups, count, o // groups), x.dtype)
        for some in stacked.pieces(share):
            matrices = columns(padded(stacked(x[some], groups), geometry.padding, images), kernel, out, geometry, lines)
            turned = stacked(g[some], groups).transpose(0, 1, 2, 4, 5, 3)
            slope = shaped(slopes, *turned.shape)
            slope[...] = turned
            slope = slope.reshape(*matrices.shape[:3], -1, o // groups)
            for at in pieces(slice(0, out[0]), few):
                met, given = matrices[:, :, at], slope[:, :, at]
                total += np.matmul(met, given, shaped(products, *met.shape[:4], o // groups)).sum((0, 2))
        return total

    total = reduce(iadd, spread_products(work, stacked.shares))
    total = total.reshape(groups, *kernel, c // groups, o // groups).transpose(0, 4, 3, 1, 2)
    return np.ascontiguousarray(total).reshape(o, c // groups, *kernel)
