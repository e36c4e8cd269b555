"""Columns of many small images at once, with the batch as the last dimension.

With a batch of 16 or more in the last dimension all that is copied or added, for any stride, comes in runs of at least as many
numbers, and the products are wide even where the images are small. That outweighs the transposition of input and result.
"""

from math import prod
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided
from tt_nn.blas import spread_products
from tt_tensor.threads import pieces, shares

from .geometry import Geometry, Sizes, taps
from .scratch import scratch, shaped

GROUP, LEAST = 32, 16  # images that are worked on at a time; fewer would make the runs too short
ROOM = 1 << 19  # elements of the columns that are made at a time: more leave the caches, fewer make narrow products


class Plan:
    """How the columns of groups of images are made.

    Attributes:
        rows: for how many rows of results (positions along the first spatial dimension) at a time.
        inside: where in the padded images the images themselves lie.
    """

    def __init__(self, shape: Sizes, kernel: Sizes, out: Sizes, geometry: Geometry) -> None:
        n, self.channels, *size = shape
        self.kernel, self.out, self.geometry, self.padded = kernel, out, geometry, geometry.padded(tuple(size))
        self.inside = tuple(slice(p, p + k) for k, (p, _) in zip(size, geometry.padding))
        self.count = self.channels // geometry.groups * prod(kernel)
        self.group = min(n, GROUP)
        per_row = self.channels * prod(kernel) * prod(out[1:]) * self.group
        self.rows = max(1, min(out[0], ROOM // per_row))

    def memory(self, dtype: Any, results: int) -> list[Any]:
        """Memory for a group's images (with the zeros around them), their columns, and results of so many channels."""
        positions = self.rows * prod(self.out[1:]) * self.group
        images, columns, out = scratch(
            dtype,
            self.channels * prod(self.padded) * self.group,
            self.channels * prod(self.kernel) * positions,
            results * positions,
        )
        images.fill(0)
        return [images, columns, out]

    def images(self, memory: Any, m: int) -> Any:
        """The padded images `[C, *padded, m]`, of which the padding is 0."""
        images = shaped(memory, self.channels, *self.padded, m)
        if m < self.group:  # in a smaller last group the padding lies elsewhere
            images.fill(0)
        return images

    def chunks(self) -> list[slice]:
        """The rows of results, a few at a time."""
        return pieces(slice(0, self.out[0]), self.rows)

    def patches(self, images: Any, rows: slice) -> Any:
        """A view of the padded images: `[C, *kernel, *out, m]`, for some rows."""
        strides, (step, *_) = images.strides, self.geometry.stride
        return as_strided(
            images[:, rows.start * step :],
            (self.channels, *self.kernel, rows.stop - rows.start, *self.out[1:], images.shape[-1]),
            (
                strides[0],
                *(s * d for s, d in zip(strides[1:], self.geometry.dilation)),
                *(s * d for s, d in zip(strides[1:], self.geometry.stride)),
                strides[-1],
            ),
        )

    def columns(self, images: Any, rows: slice, memory: Any) -> Any:
        """The patches, copied side by side: `[groups, count, positions]`."""
        patches = self.patches(images, rows)
        columns = shaped(memory, *patches.shape)
        np.copyto(columns, patches)
        return columns.reshape(self.geometry.groups, self.count, -1)


def forward(x: Any, weight: Any, bias: Any, geometry: Geometry) -> Any:
    """The convolution of `[N, C, *S]` with `[O, C/groups, *K]`, plus the bias `[O]` or None."""
    n, o, groups = x.shape[0], weight.shape[0], geometry.groups
    out = geometry.out_size(x.shape[2:], weight.shape[2:])
    plan = Plan(x.shape, weight.shape[2:], out, geometry)
    matrix = weight.reshape(groups, o // groups, -1)
    y = np.empty((n, o, *out), x.dtype)

    def work(share: slice) -> None:
        memory = plan.memory(x.dtype, o)
        for group in pieces(share, plan.group):
            m = group.stop - group.start
            images = plan.images(memory[0], m)
            images[(slice(None), *plan.inside)] = np.moveaxis(x[group], 0, -1)
            for rows in plan.chunks():
                columns = plan.columns(images, rows, memory[1])
                part = np.matmul(matrix, columns, shaped(memory[2], groups, o // groups, columns.shape[-1]))
                part = part.reshape(o, -1)
                if bias is not None:
                    part += bias[:, None]
                y[group, :, rows] = np.moveaxis(part.reshape(o, -1, *out[1:], m), -1, 0)

    spread_products(work, shares(n, LEAST))
    return y


def weight_gradient(g: Any, x: Any, kernel: Sizes, geometry: Geometry) -> Any:
    """The gradient of the weight: the gradient of the result times the columns."""
    (n, o, *out), c, groups = g.shape, x.shape[1], geometry.groups
    plan = Plan(x.shape, kernel, tuple(out), geometry)

    def work(share: slice) -> Any:
        memory = plan.memory(x.dtype, o)
        total = np.zeros((groups, plan.count, o // groups), x.dtype)
        for group in pieces(share, plan.group):
            m = group.stop - group.start
            images = plan.images(memory[0], m)
            images[(slice(None), *plan.inside)] = np.moveaxis(x[group], 0, -1)
            for rows in plan.chunks():
                columns = plan.columns(images, rows, memory[1])
                slopes = shaped(memory[2], o, rows.stop - rows.start, *out[1:], m)
                slopes[...] = np.moveaxis(g[group, :, rows], 0, -1)
                total += np.matmul(columns, slopes.reshape(groups, o // groups, -1).swapaxes(1, 2))
        return total

    total = sum(spread_products(work, shares(n, LEAST)))
    return np.ascontiguousarray(total.swapaxes(1, 2)).reshape(o, c // groups, *kernel)


def input_gradient(g: Any, weight: Any, size: Sizes, geometry: Geometry) -> Any:
    """The gradient of the input where the last stride is 1: gathered along the last dimension, scattered along the others.

    A tap along the last dimension moves the result's gradient, and these moved copies are multiplied by the kernels; what the
    taps along the other dimensions contribute is added to the rows that they came from, which are contiguous.
    """
    (n, o, *out), (_, c, *kernel), groups = g.shape, weight.shape, geometry.groups
    *lead, last = kernel
    back = geometry.transposed(tuple(kernel))
    order = (0, 2, *range(3, weight.ndim), 1, weight.ndim)
    matrix = weight.reshape(groups, o // groups, c, *kernel).transpose(order).reshape(groups, -1, o // groups * last)
    x = np.empty((n, groups * c, *size), g.dtype)
    group = min(n, GROUP, max(LEAST, ROOM // (o * last * prod(out[:-1]) * size[-1])))
    width = prod(out[:-1]) * size[-1] * group
    every = slice(None)
    moves = [back.meets(-1, last - 1 - tap, out[-1], size[-1]) for tap in range(last)]
    rows: list[Any] = []  # for each tap along the other dimensions, where it meets the results, and where the inputs
    for tap in taps(tuple(lead)):
        met = [geometry.meets(k, t, size[k], out[k]) for k, t in enumerate(tap)]
        rows.append((tap, [results for results, _ in met], [inputs for _, inputs in met]))

    def work(share: slice) -> None:
        moved, parts, images = scratch(
            g.dtype, o * last * width, groups * c * prod(lead) * width, groups * c * prod(size) * group
        )
        for start in range(share.start, share.stop, group):
            gs = np.moveaxis(g[start : min(start + group, share.stop)], 0, -1)
            m = gs.shape[-1]
            lines = shaped(moved, o, last, *out[:-1], size[-1], m)
            lines.fill(0)
            for tap, (results, inputs) in enumerate(moves):
                lines[:, tap, ..., results, :] = gs[..., inputs, :]
            lines = lines.reshape(groups, o // groups * last, -1)
            part = np.matmul(matrix, lines, shaped(parts, groups, matrix.shape[1], lines.shape[-1]))
            part = part.reshape(groups * c, *lead, *out[:-1], size[-1], m)
            sums = shaped(images, groups * c, *size, m)
            sums.fill(0)
            for at, to, out_of in rows:
                rows_of = sums[(every, *out_of)]
                rows_of += part[(every, *at, *to)]
            x[start : start + m] = np.moveaxis(sums, -1, 0)

    spread_products(work, shares(n, LEAST))
    return x
