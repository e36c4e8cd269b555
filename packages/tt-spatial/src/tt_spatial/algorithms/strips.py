"""Strips: a large image is worked on a few rows of results at a time, so that its columns are never in memory all at once.

Columns are as many times as large as the image as the kernel has taps. For images of usual size that is less than a cache holds;
for 150x150 with 64 channels and a kernel of 9x9 it would be half a gigabyte. A strip of results meets a strip of the input, and
with the padding that is left for it this is a convolution like any other: the results are put side by side, the gradients of
inputs, of which neighbouring strips have some in common, are added up, and so are those of the weight.
"""

from collections.abc import Callable, Iterator
from math import prod
from typing import Any

import numpy as np
from tt_tensor.threads import even_pieces

from .geometry import Geometry, Sizes

ROOM = 1 << 20  # elements of an image's columns in a strip
MOST = 2 * ROOM  # and in an image, up to which it is not taken apart

Key = tuple[slice, ...]


def suits(kernel: Sizes, out: Sizes, columns: int) -> bool:
    """Whether images with so many elements of columns are taken apart."""
    return columns > MOST and prod(kernel) > 1 and max(out) > 1


def strips(
    size: Sizes, kernel: Sizes, out: Sizes, geometry: Geometry, columns: int
) -> Iterator[tuple[Key, Key, Geometry]]:
    """For each strip which results are in it, which inputs they meet, and the geometry with which these inputs are all.

    What only meets padding is left out.
    """
    axis = 0 if columns <= ROOM * out[0] else max(range(len(out)), key=out.__getitem__)
    step, (before, _), apart = geometry.stride[axis], geometry.padding[axis], geometry.dilation[axis]
    lead = (slice(None),) * (2 + axis)
    for rows in even_pieces(slice(0, out[axis]), max(1, out[axis] * ROOM // columns)):
        start = rows.start * step - before
        stop = (rows.stop - 1) * step - before + apart * (kernel[axis] - 1) + 1
        first, last = max(0, start), min(size[axis], stop)
        if first < last:
            padding = list(geometry.padding)
            padding[axis] = (first - start, stop - last)
            yield (*lead, rows), (*lead, slice(first, last)), geometry._replace(padding=tuple(padding))


def forward(
    x: Any, weight: Any, bias: Any, geometry: Geometry, columns: int, inner: Callable[[Any, Any, Any, Geometry], Any]
) -> Any:
    """The convolution, where `inner` computes it for a strip."""
    kernel = weight.shape[2:]
    out = geometry.out_size(x.shape[2:], kernel)
    y = np.zeros((len(x), len(weight), *out), x.dtype)
    if bias is not None:
        y += bias.reshape(-1, *(1,) * len(out))
    for results, inputs, part in strips(x.shape[2:], kernel, out, geometry, columns):
        y[results] = inner(np.ascontiguousarray(x[inputs]), weight, bias, part)
    return y


def input_gradient(
    g: Any,
    weight: Any,
    size: Sizes,
    geometry: Geometry,
    columns: int,
    inner: Callable[[Any, Any, Sizes, Geometry], Any],
) -> Any:
    """The gradient of the input, where `inner` computes it for a strip."""
    x: Any = np.zeros((len(g), weight.shape[1] * geometry.groups, *size), g.dtype)
    for results, inputs, part in strips(size, weight.shape[2:], g.shape[2:], geometry, columns):
        met = x[inputs]
        met += inner(np.ascontiguousarray(g[results]), weight, met.shape[2:], part)
    return x


def weight_gradient(
    g: Any,
    x: Any,
    kernel: Sizes,
    geometry: Geometry,
    columns: int,
    inner: Callable[[Any, Any, Sizes, Geometry], Any],
) -> Any:
    """The gradient of the weight, where `inner` computes it for a strip."""
    total: Any = np.zeros((g.shape[1], x.shape[1] // geometry.groups, *kernel), g.dtype)
    for results, inputs, part in strips(x.shape[2:], kernel, g.shape[2:], geometry, columns):
        total += inner(np.ascontiguousarray(g[results]), np.ascontiguousarray(x[inputs]), kernel, part)
    return total
