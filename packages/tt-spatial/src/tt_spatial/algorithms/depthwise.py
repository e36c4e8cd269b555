"""Depthwise convolution: each channel by itself, as products with banded matrices.

A channel has one kernel, so there are no sums over channels that could make a product of matrices. But a few rows of results of
one channel are a linear function of a few rows of its input, and the same one for all images: the input rows of all images are
a matrix as they lie in memory, and so are the results. Most of the other factor is zeros (all but 9 of 64 for a 3x3 kernel on
images 16 wide), yet BLAS multiplies them faster than NumPy multiplies and adds shifted images, of which nothing is fused.
"""

from functools import lru_cache
from math import prod
from typing import Any, NamedTuple

import numpy as np
from tt_nn.blas import spread_products
from tt_tensor.threads import shares

from .geometry import Geometry, Sizes, taps

ROWS = 32  # results in a block of rows, about: wider matrices have more zeros, narrower ones are slow


class Band(NamedTuple):
    """The same banded matrix at several places.

    Attributes:
        shape: its height (inputs) and width (results).
        ones: `[taps, height · width]`: 1 where in the matrix, flattened, the weight of a tap stands, else 0.
        places: pairs of slices, into the flattened input and the flattened results.
    """

    shape: tuple[int, int]
    ones: Any
    places: list[tuple[slice, slice]]


@lru_cache(64)
def bands(size: Sizes, out: Sizes, kernel: Sizes, geometry: Geometry) -> list[Band]:
    """The banded matrices of images `[H, W]`, a few rows of results each; most of them are one and the same."""
    (height, width), count = size, max(1, ROWS // out[1])
    found: dict[Any, Band] = {}
    for first in range(0, out[0], count):
        rows = np.arange(first, min(first + count, out[0]))
        spans = [
            rows * geometry.stride[0] + t * geometry.dilation[0] - geometry.padding[0][0] for t in range(kernel[0])
        ]
        start, stop = max(0, int(spans[0][0])), min(height, int(spans[-1][-1]) + 1)
        start = min(start, stop)
        at = []
        for a, b in taps(kernel):
            results, inputs = geometry.meets(1, b, width, out[1])
            inside = (spans[a] >= start) & (spans[a] < stop)
            i, r = spans[a][inside] - start, rows[inside] - first
            j, q = np.arange(width)[inputs], np.arange(out[1])[results]
            at.append((((i[:, None] * width + j) * len(rows) + r[:, None]) * out[1] + q).ravel())
        shape = ((stop - start) * width, len(rows) * out[1])
        ones = np.zeros((len(at), prod(shape)), np.float32)
        for tap, places in enumerate(at):
            ones[tap, places] = 1
        band = found.setdefault((shape, ones.tobytes()), Band(shape, ones, []))
        band.places.append((slice(start * width, stop * width), slice(first * out[1], (first + len(rows)) * out[1])))
    return list(found.values())


def forward(x: Any, weight: Any, bias: Any, geometry: Geometry) -> Any:
    """The convolution of `[N, C, H, W]` with `[C · m, 1, *K]`, each channel giving m results."""
    n, c = x.shape[:2]
    kernel, out = weight.shape[2:], geometry.out_size(x.shape[2:], weight.shape[2:])
    kernels = weight.reshape(c, -1, prod(kernel))
    y = np.empty((n, c, kernels.shape[1], prod(out)), x.dtype)
    inputs, results = x.reshape(n, c, 1, -1).transpose(1, 2, 0, 3), y.transpose(1, 2, 0, 3)

    def work(share: slice) -> None:
        for band in bands(x.shape[2:], out, kernel, geometry):
            some = kernels[share]
            matrix = some.reshape(-1, len(band.ones)) @ band.ones.astype(x.dtype, copy=False)
            matrix = matrix.reshape(*some.shape[:2], *band.shape)
            for read, write in band.places:
                np.matmul(inputs[share, ..., read], matrix, out=results[share, ..., write])
        if bias is not None:
            added = y[:, share]
            added += bias.reshape(c, -1, 1)[share]

    spread_products(work, shares(c))
    return y.reshape(n, -1, *out)


def input_gradient(g: Any, weight: Any, size: Sizes, geometry: Geometry) -> Any:  # noqa: ARG001
    """The gradient of the input, where the stride is 1 and each channel gives one result."""
    return forward(g, np.ascontiguousarray(weight[..., ::-1, ::-1]), None, geometry.transposed(weight.shape[2:]))


def weight_gradient(g: Any, x: Any, kernel: Sizes, geometry: Geometry) -> Any:
    """The gradient of the weight: that of the banded matrices, summed along their bands."""
    (n, o, *out), c = g.shape, x.shape[1]
    inputs = x.reshape(n, c, 1, -1).transpose(1, 2, 3, 0)
    slopes = g.reshape(n, c, o // c, -1).transpose(1, 2, 0, 3)
    total = np.zeros((c, o // c, prod(kernel)), g.dtype)

    def work(share: slice) -> None:
        for band in bands(x.shape[2:], tuple(out), kernel, geometry):
            parts = (np.matmul(inputs[share, ..., read, :], slopes[share, ..., write]) for read, write in band.places)
            matrix = next(parts)
            for part in parts:
                matrix += part
            some = total[share]
            sums = matrix.reshape(-1, prod(band.shape)) @ band.ones.astype(g.dtype, copy=False).T
            some += sums.reshape(some.shape)

    spread_products(work, shares(c))
    return total.reshape(o, 1, *kernel)
