"""Depthwise convolution: each channel by itself, as products with banded matrices.

A channel has one kernel, so there are no sums over channels that could make a product of matrices. But a row of results of one
channel is a linear function of a few rows of its input, and the same one for all images and rows: with rows of zeros around the
images, the input rows of all images are a matrix, and so are the results. Most of the other factor is zeros (all but 9 of 48 for
a 3x3 kernel on images 16 wide), yet BLAS multiplies them faster than NumPy multiplies and adds shifted images, of which nothing
is fused.

The gradient of the weight turns that around: for each row of the kernel, the products of all results in a row with all inputs
in a row, summed over all rows of all images, are one product of matrices. A kernel's element is the sum of a diagonal of it.
"""

from functools import lru_cache
from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided
from tt_nn.blas import spread_products
from tt_tensor.threads import pieces, shares

from .geometry import Geometry, Sizes, taps
from .scratch import scratch, shaped

RESULTS = 16  # in the rows that are computed at a time, if there are: more would multiply more zeros, fewer make small products
ROOM = 1 << 19  # elements of the channels that are worked on at a time


class Band(NamedTuple):
    """The banded matrix, the same for all rows of results.

    Attributes:
        ones: `[taps, inputs · results]`: 1 where in the matrix, flattened, the weight of a tap stands, else 0.
        rows: how many rows of results it computes.
        span: how many rows of inputs it sees.
    """

    ones: Any
    rows: int
    span: int


@lru_cache(64)
def band(width: int, out: Sizes, kernel: Sizes, geometry: Geometry) -> Band:
    """The banded matrix of images of a width and results of a size."""
    rows = max(1, min(out[0], RESULTS // out[1]))
    (step, _), (apart, _) = geometry.stride, geometry.dilation
    span = (rows - 1) * step + (kernel[0] - 1) * apart + 1
    ones = np.zeros((*kernel, span, width, rows, out[1]), np.float32)
    for a, b in taps(kernel):
        results, inputs = geometry.meets(1, b, width, out[1])
        for row in range(rows):
            places = np.arange(width)[inputs], row, np.arange(out[1])[results]
            ones[(a, b, row * step + a * apart, *places)] = 1
    return Band(ones.reshape(prod(kernel), -1), rows, span)


def groups(share: slice, elements: int) -> list[slice]:
    """Channels of so many elements, as many at a time as there is room for, in groups of about the same size."""
    count = share.stop - share.start
    most = max(1, ROOM // elements)
    return pieces(share, -(-count // -(-count // most)))


def forward(x: Any, weight: Any, bias: Any, geometry: Geometry) -> Any:
    """The convolution of `[N, C, H, W]` with `[C · m, 1, *K]`, each channel giving m results."""
    n, c, height, width = x.shape
    kernel, out = weight.shape[2:], geometry.out_size(x.shape[2:], weight.shape[2:])
    kernels = weight.reshape(c, -1, prod(kernel))
    m, (step, _), ((before, _), _) = kernels.shape[1], geometry.stride, geometry.padding
    result = np.empty((n, c * m, *out), x.dtype)
    y = result.reshape(n, c, m, *out)
    ones, count, span = band(width, out, kernel, geometry)
    ones, blocks = ones.astype(x.dtype, copy=False), -(-out[0] // count)
    top, left_out = max(0, before), max(0, -before)
    rows = max(top + height - left_out, (blocks - 1) * count * step + span)
    inside = slice(top, top + height - left_out)
    if bias is not None:
        bias = bias.reshape(c, m, 1, 1)

    def work(share: slice) -> None:
        some = groups(share, n * (rows * width + m * blocks * count * out[1]))
        k = some[0].stop - some[0].start
        images, results = scratch(x.dtype, k * n * rows * width, k * m * n * blocks * count * out[1])
        images.fill(0)
        for channels in some:
            k = channels.stop - channels.start
            padded = shaped(images, k, n, rows, width)
            padded[:, :, inside] = x[:, channels, left_out:].swapaxes(0, 1)
            channel, image, row, number = padded.strides
            windows = as_strided(
                padded, (k, 1, blocks, n, span * width), (channel, 0, row * step * count, image, number)
            )
            matrix = (kernels[channels].reshape(-1, len(ones)) @ ones).reshape(k, m, 1, span * width, -1)
            product = shaped(results, k, m, n, blocks, count * out[1])
            np.matmul(windows, matrix, product.swapaxes(2, 3))
            part = product.reshape(k, m, n, -1, out[1])[:, :, :, : out[0]].transpose(2, 0, 1, 3, 4)
            if bias is None:
                y[:, channels] = part
            else:
                np.add(part, bias[channels], y[:, channels])

    spread_products(work, shares(c))
    return result


def input_gradient(g: Any, weight: Any, size: Sizes, geometry: Geometry) -> Any:  # noqa: ARG001
    """The gradient of the input, where the stride is 1 and each channel gives one result."""
    return forward(g, np.ascontiguousarray(weight[..., ::-1, ::-1]), None, geometry.transposed(weight.shape[2:]))


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

    spread_products(work, shares(c))
    return total.reshape(o, 1, *kernel)
