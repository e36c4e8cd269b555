"""Depthwise convolution: each channel by itself, as products with banded matrices.

A channel has one kernel, so there are no sums over channels that could make a product of matrices. But a row of results of one
channel is a linear function of a few rows of its input, and the same one for all images and rows: the input rows of all images
are a matrix as they lie in memory, and so are the results. Most of the other factor is zeros (all but 9 of 48 for a 3x3 kernel
on images 16 wide), yet BLAS multiplies them faster than NumPy multiplies and adds shifted images, of which nothing is fused.

The gradient of the weight turns that around: for each row of the kernel, the products of all results in a row with all inputs
in a row, summed over all rows of all images, are one product of matrices. A kernel's element is the sum of a diagonal of it.
"""

from functools import lru_cache
from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided
from tt_nn.blas import spread_products
from tt_tensor.threads import even_pieces, shares

from .geometry import Geometry, Sizes, taps
from .scratch import scratch, shaped

# Results in the rows that are computed at a time, at least: more would multiply more zeros, fewer make small products.
RESULTS = 16
WORK = 4 * 10**6  # multiplications that are worth a thread: those with the kernels alone
ROOM = 1 << 19  # elements of the channels that are worked on at a time


class Band(NamedTuple):
    """The same banded matrix at places that follow one another.

    Attributes:
        shape: its height (what is given) and width (what is wanted).
        ones: `[taps, height · width]`: 1 where in the matrix, flattened, the weight of a tap stands, else 0.
        places: where in the flattened images that are given, and in those that are wanted, they begin.
    """

    shape: tuple[int, int]
    ones: Any
    places: list[tuple[int, int]]

    def blocks(self, x: Any, side: int) -> Any:
        """A view of the flattened images `[n, c, m, S]`, which are given (side 0) or wanted: `[c, m, place, n, *]`."""
        starts = [place[side] for place in self.places]
        n, c, m, step = x.strides
        apart = step * (starts[1] - starts[0] if len(starts) > 1 else 0)
        shape = (*x.shape[1:3], len(starts), len(x), self.shape[side])
        return as_strided(x[..., starts[0] :], shape, (c, m, apart, n, step))


@lru_cache(64)
def bands(size: Sizes, out: Sizes, kernel: Sizes, geometry: Geometry, back: bool = False) -> list[Band]:
    """The banded matrices from images `[H, W]` to a few rows of results each; most of them are one and the same.

    With `back` they are those from results to a few rows of images, the gradients.
    """
    given, wanted = (out, size) if back else (size, out)
    # For each dimension and tap which places are met, and from where.
    met = []
    for d, (n, m) in enumerate(zip(size, out)):
        pairs = [geometry.meets(d, tap, n, m) for tap in range(kernel[d])]
        both = [(np.arange(m)[results], np.arange(n)[inputs]) for results, inputs in pairs]
        met.append(both if back else [(inputs, results) for results, inputs in both])
    unit = geometry.stride[0] if back else 1
    count = max(unit, RESULTS // wanted[1] // unit * unit)
    found: list[Band] = []
    for first in range(0, wanted[0], count):
        rows = min(count, wanted[0] - first)
        pieces = [tuple(part[(at >= first) & (at < first + rows)] for part in (source, at)) for source, at in met[0]]
        reached = np.concatenate([source for source, _ in pieces])
        start, stop = (int(reached.min()), int(reached.max()) + 1) if reached.size else (0, 0)
        shape = ((stop - start) * given[1], rows * wanted[1])
        ones: Any = np.zeros((prod(kernel), stop - start, given[1], rows, wanted[1]), np.float32)
        for tap, (a, b) in enumerate(taps(kernel)):
            (i, r), (j, q) = pieces[a], met[1][b]
            ones[tap, i[:, None] - start, j, r[:, None] - first, q] = 1
        ones = ones.reshape(len(ones), -1)
        if not found or found[-1].shape != shape or not np.array_equal(found[-1].ones, ones):
            found.append(Band(shape, ones, []))
        found[-1].places.append((start * given[1], first * wanted[1]))
    return found


def through(x: Any, kernels: Any, matrices: list[Band], out: Sizes, bias: Any) -> Any:
    """Images `[N, C, H, W]` times banded matrices of kernels `[C, m, taps]`: results `[N, C · m, *out]`."""
    n, c = x.shape[:2]
    result = np.empty((n, c * kernels.shape[1], *out), x.dtype)
    y = result.reshape(n, c, -1, prod(out))
    inputs = x.reshape(n, c, 1, -1)

    def work(share: slice) -> None:
        for band in matrices:
            some = kernels[share]
            matrix = some.reshape(-1, len(band.ones)) @ band.ones.astype(x.dtype, copy=False)
            matrix = matrix.reshape(*some.shape[:2], 1, *band.shape)
            np.matmul(band.blocks(inputs[:, share], 0), matrix, out=band.blocks(y[:, share], 1))
        if bias is not None:
            added = y[:, share]
            added += bias.reshape(c, -1, 1)[share]

    spread_products(work, shares(c, -(-WORK // max(1, n * kernels[0].size * prod(out)))))
    return result


def forward(x: Any, weight: Any, bias: Any, geometry: Geometry) -> Any:
    """The convolution of `[N, C, H, W]` with `[C · m, 1, *K]`, each channel giving m results."""
    kernel = weight.shape[2:]
    out = geometry.out_size(x.shape[2:], kernel)
    kernels = weight.reshape(x.shape[1], -1, prod(kernel))
    return through(x, kernels, bands(x.shape[2:], out, kernel, geometry), out, bias)


def input_gradient(g: Any, weight: Any, size: Sizes, geometry: Geometry) -> Any:
    """The gradient of the input, where each channel gives one result."""
    kernel = weight.shape[2:]
    kernels = weight.reshape(len(weight), 1, prod(kernel))
    return through(g, kernels, bands(tuple(size), g.shape[2:], kernel, geometry, True), tuple(size), None)


def groups(share: slice, elements: int) -> list[slice]:
    """Channels of so many elements, as many at a time as there is room for, in groups of about the same size."""
    return even_pieces(share, max(1, ROOM // elements))


def weight_gradient(g: Any, x: Any, kernel: Sizes, geometry: Geometry) -> Any:
    """The gradient of the weight: for each row of the kernel results times inputs of a row, summed along diagonals."""
    (n, o, *out), (_, c, height, width) = g.shape, x.shape
    (step, _), (before, _), (apart, _) = geometry.stride, geometry.padding[0], geometry.dilation
    # Between two images lie so many zeros that what is before one is what is after the other.
    count = max(
        out[0],
        -(-(height + max(geometry.padding[0])) // step),
        -(-(out[0] * step + apart * (kernel[0] - 1) - before) // step),
    )
    rows, more = count * step, apart * (kernel[0] - 1)
    diagonals = np.zeros((kernel[1], out[1], width), g.dtype)
    for tap in range(kernel[1]):
        results, inputs = geometry.meets(1, tap, width, out[1])
        diagonals[tap, np.arange(out[1])[results], np.arange(width)[inputs]] = 1
    diagonals = diagonals.reshape(kernel[1], -1).T
    total = np.empty((c, o // c, *kernel), g.dtype)
    slopes = g.reshape(n, c, o // c, *out)

    def work(share: slice) -> None:
        some = groups(share, n * (rows * width + o // c * count * out[1]))
        m = some[0].stop - some[0].start
        memory = scratch(g.dtype, m * (before + n * rows + more) * width, m * o // c * n * count * out[1])
        for flat in memory:
            flat.fill(0)
        for channels in some:
            m = channels.stop - channels.start
            padded = shaped(memory[0], m, before + n * rows + more, width)
            padded[:, before : before + n * rows].reshape(m, n, rows, width)[:, :, :height] = x[:, channels].swapaxes(
                0, 1
            )
            spaced = shaped(memory[1], m, o // c, n, count, out[1])
            spaced[:, :, :, : out[0]] = slopes[:, channels].transpose(1, 2, 0, 3, 4)
            (channel, row, number), lines = padded.strides, n * count
            shifted = as_strided(padded, (m, 1, kernel[0], lines, width), (channel, 0, apart * row, step * row, number))
            products = np.matmul(spaced.reshape(m, o // c, 1, lines, out[1]).swapaxes(3, 4), shifted)
            total[channels] = (products.reshape(-1, len(diagonals)) @ diagonals).reshape(m, o // c, *kernel)

    spread_products(work, shares(c, -(-WORK // max(1, total[0].size * n * prod(out)))))
    return total.reshape(o, 1, *kernel)
