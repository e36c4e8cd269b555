"""Which algorithm computes which convolution: the one place where that is decided.

The bounds are measured; docs/design/convolution.md has the figures. In short: Winograd's tiles are 1.3 to 2 times as fast as
columns where a kernel of 2 to 5 moves by one and there are enough channels and tiles to multiply matrices of a decent size;
where there are few channels, or kernels are wide, tiles of single rows are 1.2 to 2 times as fast as those;
lines are up to twice as fast where there are few channels; columns do the rest. Input gradients that skip places are taken apart
into ones that do not, unless they have few channels or no two patches have an input in common; and so are dilated convolutions
to which Winograd's tiles then apply. A signal is an image of height 1, and the slices of a volume are images with more channels.
"""

from functools import lru_cache, partial
from math import prod
from typing import Any

import numpy as np
from tt_tensor.threads import get_num_threads

from . import (
    columns,
    depthwise,
    dilated,
    lines,
    nothing,
    phases,
    row_tiles,
    rows,
    scatter,
    signals,
    strips,
    volumes,
    winograd,
)
from .geometry import Geometry, Sizes
from .tiles import POINTS

Way = Any  # a function: it has the arguments and the result of `forward`, `input_gradient` or `weight_gradient`

# Tiles of both dimensions (`winograd`).
CHANNELS = 16  # least channels of a group: with fewer, the transforms cost more than they save
TILES = 32  # least tiles of all images, because the kernels are transformed too;
HEAVY = 1 << 20  # with more elements of the weight, twice as many
SAVED = 0.65  # the most multiplications, in those of other ways: few results may need more, because they leave tiles half empty
# With few channels, or with a tenth more results in the tiles than are asked for (`SPARE`) and several threads, which wait for
# each other in many small steps, lines are better than fewer than `MANY` tiles; with few channels also where rows are `LONG`.
MANY, LONG, SPARE = 350, 32, 1.1

# Tiles of rows (`rows`).
ALONG = 0.7  # the most multiplications, in those of a row
# The most channels from times channels to. With more, tiles of both dimensions are better, if they apply:
LITTLE = 1 << 11  # for kernels that are not wide; half of that where the results fill whole tiles of both dimensions
WEIGHTY = 1 << 14  # for wide kernels of which there are such tiles too, and for kernels with a stride
# Least tiles in one row of all images, which are the terms of the products for the weight's gradient, for wide kernels and
# kernels with a stride: to up to `CHANNELS` channels, to more, and to more with a stride.
THIN, BROAD, STEPS = 4, 8, 12

# Columns, lines and what else there is.
SPREAD = 0.25  # of the channels from: with fewer channels to, scattering waits for memory, not for multiplications
FEW = 8  # channels of a group, below which the weight's gradient takes columns in place of lines where rows are long
PLACES = 512  # results of all images, from which on kernels are turned, unless there are more channels to than from
SMALL = 4  # elements of a kernel, up to which columns are better than lines, and than tiles unless two make a row
WIDTH = 40  # of an image, up to which depthwise convolutions are products with banded matrices
LOW = 2.5  # times the results, up to which columns of so many elements are cheap
LIGHT = 1 << 18  # elements of the weight, up to which lines are worth it: with more, the products take all the time
# With a heavier weight, but so little to multiply the columns by that making them costs more, lines are worth it too:
IMAGES = 8  # least images,
MOST = 64  # and the most channels to; with more, lines take up to twice the memory for little time


def tiled(
    images: int,
    dtype: Any,
    out: Sizes,
    weight: Sizes,
    geometry: Geometry,
    threads: int,
    places: Sizes | None = None,
) -> Any:
    """The module whose tiles of `out` pay, `rows` or `winograd`, or None.

    Other ways multiply each element of a kernel at `places`: those of `out`, unless an input gradient is asked for.
    """
    if len(out) != 2 or dtype != np.float32 or geometry.dilation != (1, 1):
        return None
    if suits_rows(images, out, weight, geometry, places):
        return rows
    dense = geometry.stride == (1, 1) and suits_winograd(images, out, weight, geometry, threads, places or out)
    return winograd if dense else None


def suits_rows(images: int, out: Sizes, weight: Sizes, geometry: Geometry, places: Sizes | None) -> bool:
    """Whether tiles of rows pay: kernels of a width of 2 to 7, and few channels or a wide kernel or one with a stride."""
    (to, c, high, wide), (down, step) = weight, geometry.stride
    taps = -(-wide // step)
    if not 2 <= taps <= row_tiles.BROADEST or high < down or out[0] == 1:
        return False
    # An input gradient is a convolution for each phase.
    count, high_of_each = (out[1], out[0]) if places is None else (-(-out[1] // step), -(-out[0] // down))
    points, tiles = row_tiles.cut(taps, count)
    made = points * tiles * step
    if made > ALONG * wide * count or made * high_of_each > wide * prod(places or out):
        return False
    each = to // geometry.groups
    product = each * c
    if product < CHANNELS**2 or c < CHANNELS or each < CHANNELS // 2:
        return False
    if taps >= row_tiles.BROAD or step > 1:
        least = THIN if each <= CHANNELS else BROAD if step == 1 else STEPS
        heavy = product > WEIGHTY and (taps < row_tiles.BROAD or wide == row_tiles.BROAD)
        return images * tiles >= least and not heavy
    if each < CHANNELS or images * tiles < rows.TERMS:
        return False
    worse = product == CHANNELS**2 and out[1] >= LONG  # than lines
    fits = out[1] % (POINTS + 1 - wide) == 0
    return high > 1 and product <= (LITTLE // 2 if fits else LITTLE) and not worse


def suits_winograd(images: int, out: Sizes, weight: Sizes, geometry: Geometry, threads: int, places: Sizes) -> bool:
    """Whether tiles of both dimensions pay: kernels of 2 to 5, and enough channels, and enough tiles."""
    kernel, channels = weight[2:], min(weight[0] // geometry.groups, weight[1])
    if min(kernel) < 2 or max(kernel) > 5 or channels < CHANNELS:
        return False
    tile = tuple(7 - k for k in kernel)
    tiles = images * prod(-(-n // m) for n, m in zip(out, tile))
    if tiles * POINTS**2 > SAVED * images * prod(places) * prod(kernel):
        return False
    few, narrow = tiles < MANY and out[1] >= lines.WIDE, channels < 2 * CHANNELS
    if prod(kernel) <= SMALL and (narrow or out[1] > 2 * tile[1]):
        return False
    worse = narrow and (few or out[1] >= LONG)
    if threads > 1:
        spare = tiles * prod(tile) > SPARE * images * prod(out)
        worse = worse or (few and spare)
    least = 2 * TILES if prod(weight) > HEAVY else TILES
    return tiles >= least and not (worse and suits_lines(images, out, weight, geometry))


def tiled_apart(images: int, dtype: Any, x: Sizes, out: Sizes, weight: Sizes, geometry: Geometry, threads: int) -> Any:
    """The module whose tiles pay for the small images into which dilated convolutions come apart, or None.

    (With an output padding of the transpose, the results `out` may be fewer than those of the inputs `x`.)
    """
    if geometry.out_size(x, weight[2:]) != tuple(out) or not dilated.suits(x, out, geometry):
        return None
    small = tuple(n // d for n, d in zip(out, geometry.dilation))
    return tiled(images * prod(geometry.dilation), dtype, small, weight, dilated.dense(geometry), threads)


def suits_depthwise(g: Sizes, x: Sizes, weight: Sizes, geometry: Geometry) -> bool:
    """Whether the channels have nothing to do with each other, and rows are short enough for matrices of mostly zeros.

    (An output padding of the transpose that exceeds the stride makes inputs that no result `g` has met.)
    """
    images, _, *out = g
    alone = weight[1] == 1 and geometry.groups > 1 and geometry.out_size(x, weight[2:]) == tuple(out)
    return alone and len(x) == 2 and images >= 8 and x[1] <= WIDTH


def suits_lines(images: int, out: Sizes, weight: Sizes, geometry: Geometry, back: bool = False) -> bool:
    """Whether lines pay: many images with short rows, or long rows and few channels. (`back`: for the input gradient.)"""
    if len(out) != 2 or prod(weight[2:]) <= (2 if back else SMALL):
        return False
    if out[1] >= lines.WIDE:
        return prod(weight) // geometry.groups * out[1] <= lines.PRODUCT
    if back:
        return images >= lines.LEAST and prod(weight) <= LIGHT
    # Lines leave results in another order, and to bring these into their own takes longer than to make few columns.
    low = few_columns(weight, geometry) and prod(out) >= columns.NARROW
    enough = images >= lines.LEAST and prod(weight) <= LIGHT
    heavy = images >= IMAGES and weight[0] // geometry.groups <= MOST and min(*out, *weight[2:]) > 1
    return not low and (enough or (heavy and 2 * weight[2] > 3 * geometry.stride[0]))


def few_columns(weight: Sizes, geometry: Geometry) -> bool:
    """Whether columns are not many times as large as results."""
    return prod(weight[1:]) <= LOW * weight[0] // geometry.groups


def suits_volumes(kernel: Sizes, geometry: Geometry) -> bool:
    """Whether images of slices pay: kernels that are more than a line along the depth, and small steps within a slice."""
    if len(kernel) != 3 or prod(kernel[1:]) == 1:
        return False
    steps = geometry.stride[1:]
    return set(steps) == {1} or all(k >= 2 * s for k, s in zip(kernel[1:], steps))


def columns_of(x: Sizes, kernel: Sizes, out: Sizes, geometry: Geometry) -> int:
    """How many elements of an image's columns are in memory at a time: its padded rows, once for each tap of a row."""
    return x[1] * prod(geometry.padded(x[2:])[:-1]) * kernel[-1] * out[-1]


def forward(x: Any, weight: Any, bias: Any, geometry: Geometry) -> Any:
    """The convolution of `[N, C, *S]` with `[O, C/groups, *K]`, plus the bias `[O]` or None: `[N, O, *S']`."""
    return way_forward(x.shape, weight.shape, x.dtype, geometry, get_num_threads())(x, weight, bias, geometry)


def input_gradient(g: Any, weight: Any, size: Sizes, geometry: Geometry) -> Any:
    """The gradient of the input of spatial size `size` for the gradient `g` of the result."""
    return way_back(g.shape, weight.shape, size, g.dtype, geometry, get_num_threads())(g, weight, size, geometry)


def weight_gradient(g: Any, x: Any, kernel: Sizes, geometry: Geometry) -> Any:
    """The gradient of the weight for the gradient `g` of the result."""
    return way_to_weight(g.shape, x.shape, kernel, x.dtype, geometry, get_num_threads())(g, x, kernel, geometry)


@lru_cache(1024)
def way_forward(x: Sizes, weight: Sizes, dtype: Any, geometry: Geometry, threads: int) -> Way:
    """What computes `forward` for arrays of these shapes on so many threads."""
    kernel = weight[2:]
    out = geometry.out_size(x[2:], kernel)
    if 0 in x or 0 in weight:
        return nothing.forward
    if len(x) == 3:
        return partial(signals.forward, images=forward)
    if suits_volumes(kernel, geometry):
        return partial(volumes.forward, plain=forward)
    if tiles := tiled(x[0], dtype, out, weight, geometry, threads):
        return tiles.forward
    if tiles := tiled_apart(x[0], dtype, x[2:], out, weight, geometry, threads):
        return partial(dilated.forward, whole=tiles.forward)
    if suits_depthwise((x[0], weight[0], *out), x[2:], weight, geometry):
        return depthwise.forward
    size = columns_of(x, kernel, out, geometry)
    if strips.suits(kernel, out, size):
        return partial(strips.forward, columns=size, whole=forward)
    return lines.forward if suits_lines(x[0], out, weight, geometry) else columns.forward


@lru_cache(1024)
def way_back(g: Sizes, weight: Sizes, size: Sizes, dtype: Any, geometry: Geometry, threads: int) -> Way:
    """What computes `input_gradient` for arrays of these shapes on so many threads."""
    if 0 in g or 0 in weight:
        return nothing.input_gradient
    if len(g) == 3:
        return partial(signals.input_gradient, images=input_gradient)
    if suits_volumes(weight[2:], geometry):
        return partial(volumes.input_gradient, plain=input_gradient)
    kernel, out = weight[2:], g[2:]
    channels = weight[1] * geometry.groups
    size_of_columns = channels * prod(out) * prod(kernel)
    alone = weight[1] == 1 and weight[0] == geometry.groups
    if alone and suits_depthwise(g, size, weight, geometry):
        return depthwise.input_gradient
    if set(geometry.stride) != {1}:
        return way_back_with_stride(g, weight, size, dtype, geometry, threads, size_of_columns)
    can_turn = lines.can_turn(g, size, kernel, geometry)
    turned = can_turn and (prod(kernel) == 1 or (weight[0] <= channels and g[0] * prod(out) >= PLACES))
    places = size if turned or weight[0] <= SPREAD * channels else out
    if tiles := tiled(g[0], dtype, size, weight, geometry, threads, places):
        return tiles.input_gradient
    if tiles := tiled_apart(g[0], dtype, size, out, weight, geometry, threads):
        return partial(dilated.input_gradient, whole=tiles.input_gradient)
    if turned or (alone and can_turn):
        return by_turned_kernels
    lined = can_turn and suits_lines(g[0], out, weight, geometry, back=True)
    count = size_of_columns // prod(kernel[:-1]) if lined else size_of_columns
    if strips.suits(kernel, out, count):
        if can_turn and weight[0] <= channels:
            return by_turned_kernels
        return partial(strips.input_gradient, columns=count, whole=input_gradient)
    return lines.input_gradient if lined else scatter.input_gradient


def way_back_with_stride(
    g: Sizes, weight: Sizes, size: Sizes, dtype: Any, geometry: Geometry, threads: int, columns: int
) -> Way:
    """The same where the kernel skips places, and there would be so many elements of columns."""
    kernel, out = weight[2:], g[2:]
    if prod(kernel) > 1 and (few_columns(weight, geometry) or scatter.apart(kernel, geometry)):
        if strips.suits(kernel, out, columns):
            return partial(strips.input_gradient, columns=columns, whole=input_gradient)
        return scatter.input_gradient
    if tiles := tiled(g[0], dtype, size, weight, geometry, threads, out):
        return tiles.input_gradient
    return partial(phases.input_gradient, dense=input_gradient)


def by_turned_kernels(g: Any, weight: Any, size: Sizes, geometry: Geometry) -> Any:  # noqa: ARG001 - it follows from g
    """The input gradient as a convolution of the result's gradient with kernels turned around, where the stride is 1."""
    turned = columns.turned_kernels(weight, geometry.groups)
    return forward(g, turned, None, geometry.transposed(weight.shape[2:]))


@lru_cache(1024)
def way_to_weight(g: Sizes, x: Sizes, kernel: Sizes, dtype: Any, geometry: Geometry, threads: int) -> Way:
    """What computes `weight_gradient` for arrays of these shapes on so many threads."""
    shape, out = (g[1], x[1] // geometry.groups, *kernel), g[2:]
    if 0 in g or 0 in x:
        return nothing.weight_gradient
    if len(x) == 3:
        return partial(signals.weight_gradient, images=weight_gradient)
    if suits_volumes(kernel, geometry):
        return partial(volumes.weight_gradient, plain=weight_gradient)
    if tiles := tiled(x[0], dtype, out, shape, geometry, threads):
        return tiles.weight_gradient
    if tiles := tiled_apart(x[0], dtype, x[2:], out, shape, geometry, threads):
        return partial(dilated.weight_gradient, whole=tiles.weight_gradient)
    if suits_depthwise(g, x[2:], shape, geometry):
        return depthwise.weight_gradient
    size = columns_of(x, kernel, out, geometry)
    if strips.suits(kernel, out, size):
        return partial(strips.weight_gradient, columns=size, whole=weight_gradient)
    if suits_lines(x[0], out, shape, geometry) and (out[1] < lines.WIDE or shape[1] >= FEW):
        return lines.weight_gradient
    return columns.weight_gradient
