"""On which shapes each algorithm pays. The bounds are measured: docs/design/convolution.md has the figures.

Three things decide: how many multiplications there are, how much is copied for them, and how large the matrices are that are
multiplied. A bound is where two ways take about as long, so it need not be exact.
"""

from math import prod
from typing import Any, NamedTuple

import numpy as np

from . import columns, dilated, lines, row_tiles, rows, winograd
from .geometry import Geometry, Sizes
from .tiles import POINTS


class Shapes(NamedTuple):
    """What is known of a convolution before it is computed.

    Attributes:
        images: how many there are.
        out: the spatial size of what is computed: of the result, or of the input if its gradient is.
        weight: `[O, C/groups, *kernel]`.
        geometry: how the kernels move.
        dtype: in which it is computed.
    """

    images: int
    out: Sizes
    weight: Sizes
    geometry: Geometry
    dtype: Any = np.dtype(np.float32)

    @property
    def kernel(self) -> Sizes:
        """The spatial size of the kernels."""
        return self.weight[2:]

    @property
    def channels(self) -> tuple[int, int]:
        """The channels of the input and of the result that have to do with each other: those of a group."""
        return self.weight[1], self.weight[0] // self.geometry.groups

    @property
    def few_columns(self) -> bool:
        """Whether columns are hardly larger than results, so that they cost little."""
        return prod(self.weight[1:]) <= LOW * self.channels[1]


LOW = 2.5  # how many times as large as the results few columns are at most

# Tiles, of rows or of both dimensions.
CHANNELS = 16  # least channels: with fewer, transforms cost more than they save


def tiled(shapes: Shapes, places: Sizes | None = None) -> Any:
    """The module whose tiles pay, `rows` or `winograd`, or None.

    Other ways multiply each element of a kernel once for each of `places`; those of `out`, unless an input gradient is asked for.
    """
    if len(shapes.out) != 2 or shapes.dtype != np.float32 or shapes.geometry.dilation != (1, 1):
        return None
    if suits_rows(shapes, places):
        return rows
    return winograd if suits_winograd(shapes, places or shapes.out) else None


def tiled_apart(shapes: Shapes, size: Sizes) -> Any:
    """The module whose tiles pay for the small images into which a dilated convolution of images of `size` comes apart, or None.

    (With an output padding of the transpose, the results `out` may be fewer than those of such images.)
    """
    out, geometry = shapes.out, shapes.geometry
    if geometry.out_size(size, shapes.kernel) != tuple(out) or not dilated.suits(size, out, geometry):
        return None
    small = tuple(n // d for n, d in zip(out, geometry.dilation))
    count = shapes.images * prod(geometry.dilation)
    return tiled(shapes._replace(images=count, out=small, geometry=dilated.dense(geometry)))


# Tiles of rows.
ALONG = 0.7  # the most multiplications, as a part of those of the direct sum along a row
LITTLE = 1 << 11  # channels from times channels to, from which on tiles of both dimensions are better, if they apply;
WEIGHTY = 1 << 14  # beyond this, if kernels are wide or have a stride: tiles of rows save more then
LONG = 32  # results in a row, from which on lines are better if kernels are narrow and channels as few as may be
# Least tiles in one row of all images, which are the terms of the products for the weight's gradient, for wide kernels and
# kernels with a stride: to up to `CHANNELS` channels, to more, and to more with a stride.
THIN, BROAD, STEPS = 4, 8, 12


def suits_rows(shapes: Shapes, places: Sizes | None) -> bool:
    """Whether tiles of rows pay: kernels of a width of 2 to 7, and few channels or a wide kernel or one with a stride."""
    images, out, (_, _, high, wide), geometry = shapes[:4]
    (c, to), (down, step) = shapes.channels, geometry.stride
    taps = -(-wide // step)  # of a phase: see `row_tiles`
    if not 2 <= taps <= row_tiles.BROADEST or high < down or out[0] == 1 or c < CHANNELS:
        return False
    # Enough multiplications must be saved along a row, and some in all. An input gradient is a convolution for each phase.
    count, high_of_each = (out[1], out[0]) if places is None else (-(-out[1] // step), -(-out[0] // down))
    points, tiles = row_tiles.cut(taps, count)
    made = points * tiles * step
    if made > ALONG * wide * count or made * high_of_each > wide * prod(places or out):
        return False
    if taps >= row_tiles.BROAD or step > 1:
        least = THIN if to <= CHANNELS else BROAD if step == 1 else STEPS
        return to >= CHANNELS // 2 and c * to <= WEIGHTY and images * tiles >= least
    if c == to == CHANNELS and out[1] >= LONG:
        return False
    # The products of kernels of one row have too few terms.
    return to >= CHANNELS and c * to < LITTLE and images * tiles >= rows.TERMS and high > 1


# Tiles of both dimensions.
SAVED = 0.65  # the most multiplications, as a part of those of other ways: few results leave tiles half empty
TILES = 32  # least tiles of all images, because the kernels are transformed too;
HEAVY = 1 << 20  # with more elements of the weight, twice as many


def suits_winograd(shapes: Shapes, places: Sizes) -> bool:
    """Whether tiles of both dimensions pay: kernels of 2 to 5 of stride 1, and enough channels, and enough tiles."""
    images, out, kernel = *shapes[:2], shapes.kernel
    if shapes.geometry.stride != (1, 1) or min(kernel) < 2 or max(kernel) > 5 or min(shapes.channels) < CHANNELS:
        return False
    tile = tuple(POINTS + 1 - k for k in kernel)
    tiles = images * prod(-(-n // m) for n, m in zip(out, tile))
    if tiles < (2 * TILES if prod(shapes.weight) > HEAVY else TILES):
        return False
    if prod(kernel) <= SMALL and (min(shapes.channels) < 2 * CHANNELS or out[1] > 2 * tile[1]):
        return False
    if prod(shapes.channels) < LITTLE and suits_lines(shapes):  # few channels, and too few tiles for `rows`
        return False
    return tiles * POINTS**2 <= SAVED * images * prod(places) * prod(kernel)


# Lines.
# Elements of a kernel, up to which columns are better than lines, and than tiles of both dimensions unless there are many
# channels and two tiles make a row.
SMALL = 4
LIGHT = 1 << 18  # elements of the weight, up to which lines are worth it: with more, the products take all the time
# With a heavier weight, but so little to multiply the columns by that making them costs more, lines are worth it too:
IMAGES = 8  # least images,
MOST = 64  # and the most channels to; with more, lines take up to twice the memory for little time


def suits_lines(shapes: Shapes, back: bool = False) -> bool:
    """Whether lines pay: many images with short rows, or long rows and few channels. (`back`: for the input gradient.)"""
    images, out, weight, geometry = shapes[:4]
    if len(out) != 2 or prod(shapes.kernel) <= (2 if back else SMALL):
        return False
    if out[1] >= lines.WIDE:
        return prod(weight) // geometry.groups * out[1] <= lines.PRODUCT
    enough = images >= lines.LEAST and prod(weight) <= LIGHT
    if back:
        return enough
    # Lines leave results in another order, and to bring these into their own takes longer than to make few columns.
    if shapes.few_columns and prod(out) >= columns.NARROW:
        return False
    heavy = images >= IMAGES and shapes.channels[1] <= MOST and min(*out, *shapes.kernel) > 1
    return enough or (heavy and 2 * weight[2] > 3 * geometry.stride[0])


# Depthwise convolutions.
WIDTH = 40  # of an image, up to which they are products with banded matrices
BATCH = 8  # least images


def suits_depthwise(shapes: Shapes, size: Sizes) -> bool:
    """Whether channels have nothing to do with each other, and rows of inputs of `size` are short enough for matrices of mostly
    zeros.

    (An output padding of the transpose that exceeds the stride makes inputs that no result has met.)
    """
    images, out, weight, geometry = shapes[:4]
    alone = weight[1] == 1 and geometry.groups > 1 and geometry.out_size(size, shapes.kernel) == tuple(out)
    return alone and len(size) == 2 and images >= BATCH and size[1] <= WIDTH


def suits_volumes(kernel: Sizes, geometry: Geometry) -> bool:
    """Whether images of slices pay: kernels that are more than a line along the depth, and small steps within a slice."""
    if len(kernel) != 3 or prod(kernel[1:]) == 1:
        return False
    steps = geometry.stride[1:]
    return set(steps) == {1} or all(k >= 2 * s for k, s in zip(kernel[1:], steps))


# Input gradients as convolutions with turned kernels.
PLACES = 512  # results of all images, from which on kernels are turned, unless there are more channels to than from


def suits_turning(shapes: Shapes) -> bool:
    """Whether an input gradient that can be a convolution with kernels turned around should be."""
    few = shapes.channels[1] <= shapes.channels[0]
    return prod(shapes.kernel) == 1 or (few and shapes.images * prod(shapes.out) >= PLACES)
