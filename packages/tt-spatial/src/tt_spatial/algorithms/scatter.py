"""Scattering: the gradient of the input by adding each column's gradient where the column came from.

The columns' gradients are one product of matrices; where a kernel's patches overlap, what belongs to one input is summed. As
the columns are made in two steps, so are the sums: first the taps along the leading dimensions, in whole pieces, then those
along the last one. Where none overlap there is nothing to sum, only to write. Images of few results stand side by side, as they
do in `columns`. It works for every setting.
"""

from functools import lru_cache
from math import prod
from typing import Any

import numpy as np
from tt_nn.blas import spread_products
from tt_tensor.ops.matmul import few_rows, multiply
from tt_tensor.threads import pieces

from .columns import NARROW, WIDE
from .geometry import Geometry, Sizes, shared, taps
from .scratch import scratch, shaped

WORK = 4 * 10**6  # multiplications that are worth a thread
PLACES = 512  # results of all images, from which on a weight in another order is read often enough to pay for the copy
ROOM = 1 << 18  # elements of the columns' gradients that are made at a time


def apart(kernel: Sizes, geometry: Geometry) -> bool:
    """Whether no two patches have an input in common."""
    return all(d * (k - 1) < s for k, s, d in zip(kernel, geometry.stride, geometry.dilation))


@lru_cache(128)
def steps(size: Sizes, out: Sizes, kernel: Sizes, geometry: Geometry) -> tuple[list[Any], list[tuple[slice, slice]]]:
    """For each tap which results and which inputs it meets: of the leading dimensions, or of all where no patches overlap; and of
    the last one.
    """
    leading = taps(kernel if apart(kernel, geometry) else kernel[:-1])
    met = [(tap, *zip(*(geometry.meets(k, t, size[k], out[k]) for k, t in enumerate(tap)))) for tap in leading]
    return met, [geometry.meets(-1, tap, size[-1], out[-1]) for tap in range(kernel[-1])]


def input_gradient(g: Any, weight: Any, size: Sizes, geometry: Geometry) -> Any:
    """The gradient of the input, of spatial size `size`, for the gradient `g` `[N, O, *out]` of the result."""
    n, o, *out = g.shape
    groups, (_, c, *kernel) = geometry.groups, weight.shape
    channels, places, last = groups * c, prod(out), kernel[-1]
    matrix = weight.reshape(groups, o // groups, -1).swapaxes(1, 2)
    if n * places >= PLACES:
        matrix = np.ascontiguousarray(matrix)
    beside = n > 1 and places < NARROW
    group = max(1, min(n, max(ROOM // max(1, channels * prod(kernel) * places), -(-WIDE // places) if beside else 1)))
    slopes = g.reshape(n, groups, o // groups, places)
    x = np.zeros((n, channels, *size), g.dtype)
    every, alone = slice(None), apart(kernel, geometry)
    leading, ends = steps(tuple(size), tuple(out), tuple(kernel), geometry)

    def work(share: slice) -> None:
        columns, lines = scratch(
            g.dtype,
            group * channels * prod(kernel) * places,
            0 if alone else group * channels * last * prod(size[:-1]) * out[-1],
        )
        for images in pieces(share, group):
            m = images.stop - images.start
            if beside:
                joined = slopes[images].transpose(1, 2, 0, 3).reshape(groups, o // groups, -1)
                part = np.matmul(matrix, joined, shaped(columns, groups, c * prod(kernel), m * places))
                part = np.moveaxis(part.reshape(channels, *kernel, m, *out), 1 + len(kernel), 0)
            else:
                part = shaped(columns, m, groups, c * prod(kernel), places)
                multiply(matrix, slopes[images], part, few_rows(matrix, slopes) if matrix.flags.c_contiguous else 0)
                part = part.reshape(m, channels, *kernel, *out)
            if alone:
                for tap, results, inputs in leading:
                    x[(images, every, *inputs)] = part[(every, every, *tap, *results)]
                continue
            if len(size) == 1:
                sums = part
            else:
                sums = shaped(lines, m, channels, last, *size[:-1], out[-1])
                sums.fill(0)
                for tap, results, inputs in leading:
                    sums[(..., *inputs, every)] += part[(every, every, *tap, every, *results, every)]
            for tap, (results, inputs) in enumerate(ends):
                x[(images, ..., inputs)] += sums[(every, every, tap, ..., results)]

    spread_products(work, shared(n, weight.shape, tuple(out), WORK))
    return x
