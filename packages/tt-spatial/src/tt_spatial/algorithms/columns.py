"""Columns: every patch of the input becomes a column of a matrix, and the convolution one product of matrices.

It works for every setting and any number of dimensions. The columns of a few images are made at a time, so that they are still
in the cache when they are multiplied.
"""

from math import prod
from typing import Any

import numpy as np

from .geometry import Geometry, inside, reach, taps


def pad(x: Any, geometry: Geometry) -> Any:
    """`x` with its zeros around it; `x` itself if there are none."""
    if not any(map(any, geometry.padding)):
        return x
    out = np.zeros(x.shape[:2] + geometry.padded(x.shape[2:]), x.dtype)
    out[(..., *inside(x.shape[2:], geometry.padding))] = x
    return out


def columns(x: Any, kernel: tuple[int, ...], out: tuple[int, ...], geometry: Geometry) -> Any:
    """The patches of a padded input: `[N, C, *S]` to `[N, groups, C/groups · kernel, out]`."""
    n, c = x.shape[:2]
    patches = np.empty((n, c, prod(kernel), *out), x.dtype)
    for k, tap in enumerate(taps(kernel)):
        patches[:, :, k] = x[(..., *reach(tap, out, geometry))]
    return patches.reshape(n, geometry.groups, c // geometry.groups * prod(kernel), prod(out))


def forward(x: Any, weight: Any, bias: Any, geometry: Geometry) -> Any:
    """The convolution of `[N, C, *S]` with `[O, C/groups, *K]`."""
    n, o, groups = x.shape[0], weight.shape[0], geometry.groups
    size = geometry.out_size(x.shape[2:], weight.shape[2:])
    y = np.empty((n, groups, o // groups, prod(size)), x.dtype)
    matrix = weight.reshape(groups, o // groups, -1)
    for k in range(n):
        np.matmul(matrix, columns(pad(x[k : k + 1], geometry), weight.shape[2:], size, geometry)[0], y[k])
    y = y.reshape(n, o, *size)
    if bias is not None:
        y += bias.reshape(-1, *(1,) * len(size))
    return y


def input_gradient(g: Any, weight: Any, size: tuple[int, ...], geometry: Geometry) -> Any:
    """The gradient of the input, of spatial size `size`: each column's gradient is added where the column came from."""
    n, o, *out = g.shape
    groups, c = geometry.groups, geometry.groups * weight.shape[1]
    kernel = weight.shape[2:]
    x = np.zeros((n, c, *size), g.dtype)
    matrix = weight.reshape(groups, o // groups, -1).swapaxes(1, 2)
    for k in range(n):
        patches = np.matmul(matrix, g[k].reshape(groups, o // groups, prod(out))).reshape(c, prod(kernel), *out)
        padded = np.zeros((c, *geometry.padded(size)), g.dtype)
        for j, tap in enumerate(taps(kernel)):
            padded[(..., *reach(tap, tuple(out), geometry))] += patches[:, j]
        x[k] = padded[(..., *inside(size, geometry.padding))]
    return x


def weight_gradient(g: Any, x: Any, kernel: tuple[int, ...], geometry: Geometry) -> Any:
    """The gradient of the weight: the gradient of the result times the columns, summed over the images."""
    n, o, *out = g.shape
    c, groups = x.shape[1], geometry.groups
    total = np.zeros((groups, o // groups, c // groups * prod(kernel)), g.dtype)
    for k in range(n):
        patches = columns(pad(x[k : k + 1], geometry), kernel, tuple(out), geometry)[0]
        total += np.matmul(g[k].reshape(groups, o // groups, prod(out)), patches.swapaxes(1, 2))
    return total.reshape(o, c // groups, *kernel)
