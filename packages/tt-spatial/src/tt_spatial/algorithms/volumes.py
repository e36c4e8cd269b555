"""Volumes as images: the slices that a kernel meets at some depth are the channels of an image.

A slice of the result is a sum over the taps of the depth: of convolutions of images, each of another slice of the input with
another slice of the kernel. With all these slices as channels it is one convolution, and the weight is already one of images, as
it lies in memory. So whatever makes convolutions of images fast serves volumes too, Winograd's tiles above all. Slices are
whole pieces of memory, and quick to copy; those of a few results are made at a time.
"""

from collections.abc import Callable, Iterator
from math import prod
from typing import Any

import numpy as np
from tt_tensor.threads import even_pieces

from .geometry import Geometry, Sizes

ROOM = 1 << 21  # elements of the images that are made at a time, at least,
WEIGHTS = 4  # and of so many weights: each time the whole weight is read


class Slices:
    """How volumes `[N, C, D, H, W]` become images `[n · d, C · taps, H, W]`, for n volumes and d depths of results at a time."""

    def __init__(self, shape: Sizes, kernel: Sizes, out: Sizes, weight: int, geometry: Geometry) -> None:
        self.shape, self.out, self.taps = shape, out, kernel[0]
        stride, padding, dilation, groups = geometry
        self.geometry, self.flat = geometry, Geometry(stride[1:], padding[1:], dilation[1:], groups)
        n, c, _, *size = shape
        most = max(1, max(ROOM, WEIGHTS * weight) // (c * self.taps * prod(size)))
        self.depths = min(out[0], most)
        self.images = min(n, max(1, most // out[0]))

    def parts(self) -> Iterator[tuple[slice, slice]]:
        """The volumes and the depths of results that are worked on at a time."""
        for images in even_pieces(slice(0, self.shape[0]), self.images):
            for depths in even_pieces(slice(0, self.out[0]), self.depths):
                yield images, depths

    def met(self, depths: slice) -> Iterator[tuple[int, slice, slice]]:
        """For each tap which of these results meet slices of the volume, counted from the first, and which slices."""
        step = self.geometry.stride[0]
        for tap in range(self.taps):
            results, inputs = self.geometry.meets(0, tap, self.shape[2], self.out[0])
            first, last = max(results.start, depths.start), min(results.stop, depths.stop)
            if first < last:
                start = inputs.start + (first - results.start) * step
                into = slice(first - depths.start, last - depths.start)
                yield tap, into, slice(start, start + (last - first - 1) * step + 1, step)

    def apart(self, x: Any, depths: slice) -> Any:
        """The images of these depths: `[n · d, C · taps, H, W]`."""
        n, c, _, *size = x.shape
        count = depths.stop - depths.start
        new = np.zeros if any(self.geometry.padding[0]) else np.empty
        images = new((n, count, c, self.taps, *size), x.dtype)
        for tap, results, inputs in self.met(depths):
            images[:, results, :, tap] = x[:, :, inputs].swapaxes(1, 2)
        return images.reshape(n * count, c * self.taps, *size)

    def add(self, images: Any, depths: slice, x: Any) -> None:
        """The inverse of `apart`, added to `x`, where a slice is in several images."""
        images = images.reshape(len(x), -1, x.shape[1], self.taps, *x.shape[3:])
        for tap, results, inputs in self.met(depths):
            x[:, :, inputs] += images[:, results, :, tap].swapaxes(1, 2)


def flat_results(g: Any) -> Any:
    """`[n, O, d, H, W]` as images `[n · d, O, H, W]`."""
    return np.ascontiguousarray(g.swapaxes(1, 2)).reshape(-1, g.shape[1], *g.shape[3:])


def flat_weight(weight: Any) -> Any:
    """`[O, C/groups, *kernel]` as a weight of images, whose channels are those and the taps of the depth."""
    o, c, taps, *kernel = weight.shape
    return weight.reshape(o, c * taps, *kernel)


def forward(x: Any, weight: Any, bias: Any, geometry: Geometry, inner: Callable[[Any, Any, Any, Geometry], Any]) -> Any:
    """The convolution of `[N, C, D, H, W]`, where `inner` computes that of images."""
    kernel = weight.shape[2:]
    out = geometry.out_size(x.shape[2:], kernel)
    slices = Slices(x.shape, kernel, out, weight.size, geometry)
    y = np.empty((len(x), len(weight), *out), x.dtype)
    for images, depths in slices.parts():
        part = y[images, :, depths].swapaxes(1, 2)
        part[...] = inner(slices.apart(x[images], depths), flat_weight(weight), bias, slices.flat).reshape(part.shape)
    return y


def input_gradient(
    g: Any, weight: Any, size: Sizes, geometry: Geometry, inner: Callable[[Any, Any, Sizes, Geometry], Any]
) -> Any:
    """The gradient of the input, where `inner` computes that of images."""
    x = np.zeros((len(g), weight.shape[1] * geometry.groups, *size), g.dtype)
    slices = Slices(x.shape, weight.shape[2:], g.shape[2:], weight.size, geometry)
    for images, depths in slices.parts():
        part = inner(flat_results(g[images, :, depths]), flat_weight(weight), tuple(size[1:]), slices.flat)
        slices.add(part, depths, x[images])
    return x


def weight_gradient(
    g: Any, x: Any, kernel: Sizes, geometry: Geometry, inner: Callable[[Any, Any, Sizes, Geometry], Any]
) -> Any:
    """The gradient of the weight, where `inner` computes that of images."""
    shape = (g.shape[1], x.shape[1] // geometry.groups, *kernel)
    slices = Slices(x.shape, kernel, g.shape[2:], prod(shape), geometry)
    total: Any = 0
    for images, depths in slices.parts():
        total += inner(flat_results(g[images, :, depths]), slices.apart(x[images], depths), kernel[1:], slices.flat)
    return total.reshape(shape)
