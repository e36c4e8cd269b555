"""Which algorithm computes which convolution: the one place where that is decided.

The bounds are measured; docs/design/convolution.md has the figures. In short: Winograd's tiles are 1.3 to 2 times as fast as
columns where a kernel of 2 to 5 moves by one and there are enough channels and tiles to multiply matrices of a decent size;
where there are few channels, or kernels are wide, tiles of single rows are 1.2 to 2 times as fast as those;
lines are up to twice as fast where there are few channels; columns do the rest. Input gradients that skip places are taken apart
into ones that do not, unless they have few channels or no two patches have an input in common; and so are dilated convolutions
to which Winograd's tiles then apply. A signal is an image of height 1, and the slices of a volume are images with more channels.
"""

from math import prod
from typing import Any

import numpy as np
from tt_tensor.threads import get_num_threads

from . import columns, depthwise, dilated, lines, phases, row_tiles, rows, scatter, strips, volumes, winograd
from .geometry import Geometry, Sizes
from .tiles import POINTS

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
BOTH = 32  # least channels of a group with a stride

# Columns, lines and what else there is.
SPREAD = 0.25  # of the channels from: with fewer channels to, scattering waits for memory, not for multiplications
FEW = 8  # channels of a group, below which the weight's gradient takes columns in place of lines where rows are long
PLACES = 512  # results of all images, from which on kernels are turned, unless there are more channels to than from
SMALL = 4  # elements of a kernel, up to which columns are better than lines, and than tiles unless two make a row
WIDTH = 40  # of an image, up to which depthwise convolutions are products with banded matrices
LOW = 2.5  # times the results, up to which columns of so many elements are cheap
LIGHT = 1 << 18  # elements of the weight, up to which lines are worth it: with more, the products take all the time


def tiled(images: int, dtype: Any, out: Sizes, weight: Sizes, geometry: Geometry, places: Sizes | None = None) -> Any:
    """The module whose tiles of `out` pay, `rows` or `winograd`, or None.

    Other ways multiply each element of a kernel at `places`: those of `out`, unless an input gradient is asked for.
    """
    if len(out) != 2 or dtype != np.float32 or geometry.dilation != (1, 1):
        return None
    if suits_rows(images, out, weight, geometry, places):
        return rows
    dense = geometry.stride == (1, 1) and suits_winograd(images, out, weight, geometry, places or out)
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
    few, product = min(to // geometry.groups, c), to // geometry.groups * c
    if few < CHANNELS:
        return False
    if taps >= row_tiles.BROAD:
        return wide > row_tiles.BROAD or product <= WEIGHTY
    if images * tiles < rows.TERMS:
        return False
    if step > 1:
        return few >= BOTH and product <= WEIGHTY
    worse = product == CHANNELS**2 and out[1] >= LONG  # than lines
    fits = out[1] % (POINTS + 1 - wide) == 0
    return high > 1 and product <= (LITTLE // 2 if fits else LITTLE) and not worse


def suits_winograd(images: int, out: Sizes, weight: Sizes, geometry: Geometry, places: Sizes) -> bool:
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
    if get_num_threads() > 1:
        spare = tiles * prod(tile) > SPARE * images * prod(out)
        worse = worse or (few and spare)
    least = 2 * TILES if prod(weight) > HEAVY else TILES
    return tiles >= least and not (worse and suits_lines(images, out, weight, geometry))


def tiled_apart(images: int, dtype: Any, x: Sizes, out: Sizes, weight: Sizes, geometry: Geometry) -> Any:
    """The module whose tiles pay for the small images into which dilated convolutions come apart, or None.

    (With an output padding of the transpose, the results `out` may be fewer than those of the inputs `x`.)
    """
    if geometry.out_size(x, weight[2:]) != tuple(out) or not dilated.suits(x, out, geometry):
        return None
    small = tuple(n // d for n, d in zip(out, geometry.dilation))
    return tiled(images * prod(geometry.dilation), dtype, small, weight, dilated.dense(geometry))


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
    # Lines leave results in another order, and to bring these into their own takes longer than to make few columns.
    low = few_columns(weight, geometry) and prod(out) >= columns.NARROW
    return images >= lines.LEAST and prod(weight) <= LIGHT and (back or not low)


def few_columns(weight: Sizes, geometry: Geometry) -> bool:
    """Whether columns are not many times as large as results."""
    return prod(weight[1:]) <= LOW * weight[0] // geometry.groups


def suits_volumes(kernel: Sizes, geometry: Geometry) -> bool:
    """Whether images of slices pay: kernels that are more than a line along the depth, and move by one within a slice."""
    return len(kernel) == 3 and prod(kernel[1:]) > 1 and set(geometry.stride[1:]) == {1}


def flat(geometry: Geometry) -> Geometry:
    """The geometry of signals as images of height 1."""
    stride, padding, dilation, groups = geometry
    return Geometry((1, *stride), ((0, 0), *padding), (1, *dilation), groups)


def columns_of(x: Sizes, kernel: Sizes, out: Sizes, geometry: Geometry) -> int:
    """How many elements of an image's columns are in memory at a time: its padded rows, once for each tap of a row."""
    return x[1] * prod(geometry.padded(x[2:])[:-1]) * kernel[-1] * out[-1]


def forward(x: Any, weight: Any, bias: Any, geometry: Geometry) -> Any:
    """The convolution of `[N, C, *S]` with `[O, C/groups, *K]`, plus the bias `[O]` or None: `[N, O, *S']`."""
    out = geometry.out_size(x.shape[2:], weight.shape[2:])
    if 0 in x.shape or 0 in weight.shape:
        y = np.zeros((len(x), len(weight), *out), x.dtype)
        return y if bias is None else y + bias.reshape(-1, *(1,) * len(out))
    if x.ndim == 3:
        return forward(x[:, :, None], weight[:, :, None], bias, flat(geometry))[:, :, 0]
    if suits_volumes(weight.shape[2:], geometry):
        return volumes.forward(x, weight, bias, geometry, forward)
    if tiles := tiled(len(x), x.dtype, out, weight.shape, geometry):
        return tiles.forward(x, weight, bias, geometry)
    if tiles := tiled_apart(len(x), x.dtype, x.shape[2:], out, weight.shape, geometry):
        y = tiles.forward(dilated.apart(x, geometry.dilation), weight, bias, dilated.dense(geometry))
        return dilated.together(y, geometry.dilation)
    if suits_depthwise((len(x), len(weight), *out), x.shape[2:], weight.shape, geometry):
        return depthwise.forward(x, weight, bias, geometry)
    size = columns_of(x.shape, weight.shape[2:], out, geometry)
    if strips.suits(weight.shape[2:], out, size):
        return strips.forward(x, weight, bias, geometry, size, forward)
    if suits_lines(len(x), out, weight.shape, geometry):
        return lines.forward(x, weight, bias, geometry)
    return columns.forward(x, weight, bias, geometry)


def input_gradient(g: Any, weight: Any, size: Sizes, geometry: Geometry) -> Any:
    """The gradient of the input of spatial size `size` for the gradient `g` of the result."""
    if 0 in g.shape or 0 in weight.shape:
        return np.zeros((len(g), weight.shape[1] * geometry.groups, *size), g.dtype)
    if g.ndim == 3:
        return input_gradient(g[:, :, None], weight[:, :, None], (1, *size), flat(geometry))[:, :, 0]
    if suits_volumes(weight.shape[2:], geometry):
        return volumes.input_gradient(g, weight, size, geometry, input_gradient)
    kernel, out = weight.shape[2:], g.shape[2:]
    channels = weight.shape[1] * geometry.groups
    size_of_columns = channels * prod(out) * prod(kernel)
    alone = weight.shape[1] == 1 and len(weight) == geometry.groups
    if alone and suits_depthwise(g.shape, size, weight.shape, geometry):
        return depthwise.input_gradient(g, weight, size, geometry)
    strided = set(geometry.stride) != {1}
    if strided and prod(kernel) > 1 and (few_columns(weight.shape, geometry) or scatter.apart(kernel, geometry)):
        if strips.suits(kernel, out, size_of_columns):
            return strips.input_gradient(g, weight, size, geometry, size_of_columns, input_gradient)
        return scatter.input_gradient(g, weight, size, geometry)
    if strided and (tiles := tiled(len(g), g.dtype, size, weight.shape, geometry, out)):
        return tiles.input_gradient(g, weight, size, geometry)
    if strided:
        return phases.input_gradient(g, weight, size, geometry, input_gradient)
    can_turn = lines.can_turn(g.shape, size, kernel, geometry)
    turned = can_turn and (prod(kernel) == 1 or (len(weight) <= channels and len(g) * prod(out) >= PLACES))
    places = size if turned or len(weight) <= SPREAD * channels else out
    if tiles := tiled(len(g), g.dtype, size, weight.shape, geometry, places):
        return tiles.input_gradient(g, weight, size, geometry)
    if tiles := tiled_apart(len(g), g.dtype, size, out, weight.shape, geometry):
        small = tuple(n // d for n, d in zip(size, geometry.dilation))
        x = tiles.input_gradient(dilated.apart(g, geometry.dilation), weight, small, dilated.dense(geometry))
        return dilated.together(x, geometry.dilation)
    if turned or (alone and can_turn):
        return forward(g, columns.turned_kernels(weight, geometry.groups), None, geometry.transposed(kernel))
    lined = can_turn and suits_lines(len(g), out, weight.shape, geometry, back=True)
    count = size_of_columns // prod(kernel[:-1]) if lined else size_of_columns
    if strips.suits(kernel, out, count):
        if can_turn and len(weight) <= channels:
            return forward(g, columns.turned_kernels(weight, geometry.groups), None, geometry.transposed(kernel))
        return strips.input_gradient(g, weight, size, geometry, count, input_gradient)
    if lined:
        return lines.input_gradient(g, weight, size, geometry)
    return scatter.input_gradient(g, weight, size, geometry)


def weight_gradient(g: Any, x: Any, kernel: Sizes, geometry: Geometry) -> Any:
    """The gradient of the weight for the gradient `g` of the result."""
    shape, out = (g.shape[1], x.shape[1] // geometry.groups, *kernel), g.shape[2:]
    if 0 in g.shape or 0 in x.shape:
        return np.zeros(shape, g.dtype)
    if x.ndim == 3:
        return weight_gradient(g[:, :, None], x[:, :, None], (1, *kernel), flat(geometry))[:, :, 0]
    if suits_volumes(kernel, geometry):
        return volumes.weight_gradient(g, x, kernel, geometry, weight_gradient)
    if tiles := tiled(len(x), x.dtype, out, shape, geometry):
        return tiles.weight_gradient(g, x, kernel, geometry)
    if tiles := tiled_apart(len(x), x.dtype, x.shape[2:], out, shape, geometry):
        small_g, small_x = (dilated.apart(a, geometry.dilation) for a in (g, x))
        return tiles.weight_gradient(small_g, small_x, kernel, dilated.dense(geometry))
    if suits_depthwise(g.shape, x.shape[2:], shape, geometry):
        return depthwise.weight_gradient(g, x, kernel, geometry)
    size = columns_of(x.shape, kernel, out, geometry)
    if strips.suits(kernel, out, size):
        return strips.weight_gradient(g, x, kernel, geometry, size, weight_gradient)
    if suits_lines(len(x), out, shape, geometry) and (out[1] < lines.WIDE or shape[1] >= FEW):
        return lines.weight_gradient(g, x, kernel, geometry)
    return columns.weight_gradient(g, x, kernel, geometry)
