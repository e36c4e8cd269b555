"""Columns: every patch of the input becomes a column of a matrix, and the convolution one product of matrices.

The columns of a few images are made at a time, in memory that stays in the cache, and the product is written straight into the
result. They are made in two steps, because copies are fast only if the runs are long: `lines` holds the input once for each tap
along the last dimension, moved, strided and padded; the taps along the other dimensions are then whole pieces of `lines`.
Where images have few results, several stand side by side in a matrix, so that the kernels are read once for all of them.

It works for every setting and any number of dimensions.
"""

from functools import lru_cache, reduce
from math import prod
from operator import iadd
from typing import Any

import numpy as np
from tt_nn.blas import spread_products
from tt_tensor.ops.matmul import few_rows, multiply
from tt_tensor.threads import pieces

from .geometry import Geometry, Sizes, shared
from .scratch import scratch, shaped, strided

ROOM = 1 << 19  # elements of the columns that are made at a time: more leave the caches, fewer make narrow products
WORK = 8 * 10**6  # multiplications that are worth a thread
NARROW, WIDE = 100, 256  # images of fewer results stand side by side, until there are so many
TURNED = 2048  # results of all images, from which on the weight's gradient is computed transposed


class Columns:
    """How the columns of `group` images `[C, *size]` are made, a few rows of results at a time.

    Attributes:
        count: the height of a group's matrix: C/groups · taps, in the order of the weight.
        group: how many images are worked on at a time.
        rows: how many rows of results (positions along the first spatial dimension).
        beside: whether the images stand side by side in one matrix.
        direct: whether the input is its own matrix of columns: a kernel of one element that moves by one.
        flat: whether the lines are: a kernel that is long only along the last dimension.
    """

    def __init__(self, x_shape: Sizes, kernel: Sizes, out: Sizes, geometry: Geometry) -> None:
        n, self.channels, *size = x_shape
        self.size, self.kernel, self.out, self.geometry = tuple(size), kernel, out, geometry
        self.count = self.channels // geometry.groups * prod(kernel)
        self.lead = geometry.padded(self.size)[:-1]
        per_row = self.channels * prod(kernel) * prod(out[1:])
        self.rows = max(1, min(out[0], ROOM // max(1, per_row)))
        self.group = max(1, min(n, ROOM // max(1, per_row * out[0])))
        self.beside = n > 1 and prod(out) < NARROW
        if self.beside:
            self.rows, self.group = out[0], min(n, max(self.group, -(-WIDE // prod(out))))
        bare = not any(map(any, geometry.padding))
        self.direct = bare and prod(kernel) == 1 and set(geometry.stride) == {1} and tuple(out) == self.size
        self.flat = prod(kernel[:-1]) == 1 and self.lead == out[:-1] and not self.beside
        self.inside = tuple(slice(p, p + k) for k, (p, _) in zip(self.size, geometry.padding[:-1]))
        self.ends = [geometry.meets(-1, tap, self.size[-1], out[-1]) for tap in range(kernel[-1])]
        # How far apart the elements of `lines` lie, along each dimension, and those of `pieces`.
        steps = [prod((*self.lead, out[-1])[k:]) for k in range(len(size) + 1)]
        self.row, lead = geometry.stride[0] * steps[1], steps[1:-1]
        self.strides = (
            *(self.channels * kernel[-1] * steps[0], kernel[-1] * steps[0]),
            *(s * d for s, d in zip(lead, geometry.dilation)),
            steps[0],
            *(s * step for s, step in zip(lead, geometry.stride)),
            1,
        )

    def memory(self, dtype: Any) -> tuple[Any, Any]:
        """Memory for the lines and the columns of a group. The zeros around the lines are written once."""
        if self.direct:
            return None, scratch(dtype, self.group * self.channels * prod(self.out))[0] if self.beside else None
        last = self.channels * self.kernel[-1] * self.out[-1]
        lines, columns = scratch(
            dtype,
            self.group * last * prod(self.lead),
            self.group * last * prod(self.kernel[:-1]) * self.rows * prod(self.out[1:-1]) if not self.flat else 0,
        )
        if any(map(any, self.geometry.padding)):
            lines.fill(0)
        return lines, columns

    def lines(self, x: Any, memory: Any) -> Any:
        """The images `[m, C, *size]` once for each tap of the last dimension: `[m, C, taps, *padded, out]`."""
        lines = shaped(memory, len(x), self.channels, self.kernel[-1], *self.lead, self.out[-1])
        for tap, (results, inputs) in enumerate(self.ends):
            lines[(slice(None), slice(None), tap, *self.inside, results)] = x[..., inputs]
        return lines

    def pieces(self, lines: Any, first: int, count: int) -> Any:
        """A view of the lines: `[m, C, *taps, *out]`, for `count` rows from the first."""
        if not self.lead:
            return lines
        shape = (*lines.shape[:2], *self.kernel, count, *self.out[1:])
        return strided(lines, shape, self.strides, first * self.row)

    def parts(self, x: Any, memory: tuple[Any, Any]) -> Any:
        """For a group of images the matrices `[m, groups, count, positions]`, each with the positions of results it covers.

        Where the images stand side by side it is one, `[1, groups, count, m · positions]`.
        """
        m, groups, every = len(x), self.geometry.groups, slice(0, prod(self.out))
        lines = x if self.direct else self.lines(x, memory[0])
        if self.beside:
            pieces = lines if self.direct else self.pieces(lines, 0, self.out[0])
            order = (1, *range(2, pieces.ndim - len(self.out)), 0, *range(pieces.ndim - len(self.out), pieces.ndim))
            columns = shaped(memory[1], *(pieces.shape[k] for k in order))
            np.copyto(columns, pieces.transpose(order))
            yield every, columns.reshape(1, groups, self.count, -1)
            return
        if self.direct or self.flat:
            yield every, lines.reshape(m, groups, self.count, -1)
            return
        width = prod(self.out[1:])
        for first in range(0, self.out[0], self.rows):
            rows = min(self.rows, self.out[0] - first)
            pieces = self.pieces(lines, first, rows)
            columns = shaped(memory[1], *pieces.shape)
            np.copyto(columns, pieces)
            yield slice(first * width, (first + rows) * width), columns.reshape(m, groups, self.count, -1)

    def joined(self, y: Any, memory: Any) -> Any:
        """The results' gradients `[m, groups, O/groups, positions]` in the order of the matrices of `parts`."""
        if not self.beside:
            return y
        joined = shaped(memory, 1, *y.shape[1:3], len(y), y.shape[3])
        np.copyto(joined[0], y.transpose(1, 2, 0, 3))
        return joined.reshape(1, *y.shape[1:3], -1)


planned = lru_cache(128)(Columns)  # they hold numbers, no arrays


def forward(x: Any, weight: Any, bias: Any, geometry: Geometry) -> Any:
    """The convolution of `[N, C, *S]` with `[O, C/groups, *K]`, plus the bias `[O]` or None."""
    n, o = x.shape[0], weight.shape[0]
    out = geometry.out_size(x.shape[2:], weight.shape[2:])
    columns = planned(x.shape, weight.shape[2:], out, geometry)
    result = np.empty((n, o, *out), x.dtype)
    y = result.reshape(n, geometry.groups, o // geometry.groups, prod(out))
    matrix = weight.reshape(geometry.groups, o // geometry.groups, columns.count)

    def work(share: slice) -> None:
        memory = columns.memory(x.dtype)
        for images in pieces(share, columns.group):
            for positions, part in columns.parts(x[images], memory):
                if columns.beside:
                    results = np.matmul(matrix, part[0]).reshape(*y.shape[1:3], -1, prod(out))
                    y[images] = results.transpose(2, 0, 1, 3)
                else:
                    multiply(matrix, part, y[images, :, :, positions], few_rows(matrix, part))
            if bias is not None:
                added = y[images].reshape(-1, o, prod(out))
                added += bias[:, None]

    spread_products(work, shared(n, weight.shape, out, WORK))
    return result


def turned_kernels(weight: Any, groups: int) -> Any:
    """The kernels `[O, C/groups, *K]` reversed, as those from the results to the inputs: `[C, O/groups, *K]`."""
    o, c, *kernel = weight.shape
    flipped = weight.reshape(groups, o // groups, c, *kernel)[(..., *(slice(None, None, -1) for _ in kernel))]
    return np.ascontiguousarray(flipped.swapaxes(1, 2)).reshape(groups * c, o // groups, *kernel)


def weight_gradient(g: Any, x: Any, kernel: Sizes, geometry: Geometry) -> Any:
    """The gradient of the weight: the gradient of the result times the columns, summed over the images."""
    n, o, *out = g.shape
    groups, c = geometry.groups, x.shape[1]
    columns = planned(x.shape, kernel, tuple(out), geometry)
    slopes = g.reshape(n, groups, o // groups, prod(out))
    # The products are made the other way round, which is faster, unless to turn the sum takes longer than that saves.
    turned = n * prod(out) > TURNED and columns.count >= o // groups

    def work(share: slice) -> Any:
        total = None
        memory = columns.memory(x.dtype)
        joined = np.empty(columns.group * prod(g.shape[1:]) if columns.beside else 0, x.dtype)
        for images in pieces(share, columns.group):
            some = columns.joined(slopes[images], joined)
            for positions, part in columns.parts(x[images], memory):
                there = slice(None) if columns.beside else positions
                pair = (part, some[..., there].swapaxes(2, 3)) if turned else (some[..., there], part.swapaxes(2, 3))
                product = np.matmul(*pair)
                product = product[0] if len(product) == 1 else np.add.reduce(product, 0)
                if total is None:
                    total = product
                else:
                    total += product
        return total

    total = reduce(iadd, spread_products(work, shared(n, (o, c // groups, *kernel), tuple(out), WORK)))
    return np.ascontiguousarray(total.swapaxes(1, 2) if turned else total).reshape(o, c // groups, *kernel)
