"""Which algorithm computes which convolution: the one place where that is decided.

It is the first of these that suits the shapes, as `bounds.py` judges:

1. a signal is an image of height 1, and the slices of a volume may be images with more channels;
2. tiles, where there are enough channels: of single rows, or of both dimensions;
3. the same for the small images into which a dilated convolution comes apart;
4. banded matrices, where every channel is by itself;
5. strips, where an image has too many columns: each is a smaller image, for which the choice begins again;
6. lines;
7. columns, which do everything.

The input gradient has two more ways: where the kernel skips places it is taken apart into gradients that skip none, and where it
does not it may be a convolution with kernels that are turned around. What does everything there is to add columns up, `scatter`.
"""

from functools import lru_cache, partial
from math import prod
from typing import Any

from . import columns, depthwise, dilated, lines, nothing, phases, scatter, signals, strips, volumes
from .bounds import Shapes, suits_depthwise, suits_lines, suits_turning, suits_volumes, tiled, tiled_apart
from .geometry import Geometry, Sizes

Way = Any  # a function: it has the arguments and the result of `forward`, `input_gradient` or `weight_gradient`

SPREAD = 0.25  # channels to, as a part of those from, up to which scattering waits for memory, not for multiplications
FEW = 8  # channels of a group, below which the weight's gradient takes columns in place of lines where rows are long


def forward(x: Any, weight: Any, bias: Any, geometry: Geometry) -> Any:
    """The convolution of `[N, C, *S]` with `[O, C/groups, *K]`, plus the bias `[O]` or None: `[N, O, *S']`."""
    return way_forward(x.shape, weight.shape, x.dtype, geometry)(x, weight, bias, geometry)


def input_gradient(g: Any, weight: Any, size: Sizes, geometry: Geometry) -> Any:
    """The gradient of the input of spatial size `size` for the gradient `g` of the result."""
    return way_back(g.shape, weight.shape, size, g.dtype, geometry)(g, weight, size, geometry)


def weight_gradient(g: Any, x: Any, kernel: Sizes, geometry: Geometry) -> Any:
    """The gradient of the weight for the gradient `g` of the result."""
    return way_to_weight(g.shape, x.shape, kernel, x.dtype, geometry)(g, x, kernel, geometry)


@lru_cache(1024)
def way_forward(x: Sizes, weight: Sizes, dtype: Any, geometry: Geometry) -> Way:
    """What computes `forward` for arrays of these shapes."""
    kernel, size = weight[2:], x[2:]
    if 0 in x or 0 in weight:
        return nothing.forward
    if len(x) == 3:
        return partial(signals.forward, inner=forward)
    if suits_volumes(kernel, geometry):
        return partial(volumes.forward, inner=forward)
    out = geometry.out_size(size, kernel)
    shapes = Shapes(x[0], out, weight, geometry, dtype)
    if tiles := tiled(shapes):
        return tiles.forward
    if tiles := tiled_apart(shapes, size):
        return partial(dilated.forward, inner=tiles.forward)
    if suits_depthwise(shapes, size):
        return depthwise.forward
    made = columns_of(x, kernel, out, geometry)
    if strips.suits(kernel, out, made):
        return partial(strips.forward, columns=made, inner=forward)
    return lines.forward if suits_lines(shapes) else columns.forward


@lru_cache(1024)
def way_to_weight(g: Sizes, x: Sizes, kernel: Sizes, dtype: Any, geometry: Geometry) -> Way:
    """What computes `weight_gradient` for arrays of these shapes."""
    weight, size, out = (g[1], x[1] // geometry.groups, *kernel), x[2:], g[2:]
    if 0 in g or 0 in x:
        return nothing.weight_gradient
    if len(x) == 3:
        return partial(signals.weight_gradient, inner=weight_gradient)
    if suits_volumes(kernel, geometry):
        return partial(volumes.weight_gradient, inner=weight_gradient)
    shapes = Shapes(x[0], out, weight, geometry, dtype)
    if tiles := tiled(shapes):
        return tiles.weight_gradient
    if tiles := tiled_apart(shapes, size):
        return partial(dilated.weight_gradient, inner=tiles.weight_gradient)
    if suits_depthwise(shapes, size):
        return depthwise.weight_gradient
    made = columns_of(x, kernel, out, geometry)
    if strips.suits(kernel, out, made):
        return partial(strips.weight_gradient, columns=made, inner=weight_gradient)
    if suits_lines(shapes) and (out[1] < lines.WIDE or weight[1] >= FEW):
        return lines.weight_gradient
    return columns.weight_gradient


def columns_of(x: Sizes, kernel: Sizes, out: Sizes, geometry: Geometry) -> int:
    """How many elements of an image's columns are in memory at a time: its padded rows, once for each tap of a row."""
    return x[1] * prod(geometry.padded(x[2:])[:-1]) * kernel[-1] * out[-1]


@lru_cache(1024)
def way_back(g: Sizes, weight: Sizes, size: Sizes, dtype: Any, geometry: Geometry) -> Way:
    """What computes `input_gradient` for arrays of these shapes."""
    if 0 in g or 0 in weight:
        return nothing.input_gradient
    if len(g) == 3:
        return partial(signals.input_gradient, inner=input_gradient)
    if suits_volumes(weight[2:], geometry):
        return partial(volumes.input_gradient, inner=input_gradient)
    shapes = Shapes(g[0], g[2:], weight, geometry, dtype)
    if weight[0] == geometry.groups and suits_depthwise(shapes, size):
        return depthwise.input_gradient
    return (way_back_dense if set(geometry.stride) == {1} else way_back_with_stride)(shapes, size)


def way_back_dense(shapes: Shapes, size: Sizes) -> Way:
    """The same where the kernel moves by one. (`shapes` are those of the result, `size` is that of the input.)"""
    images, out, weight, geometry = shapes[:4]
    kernel, channels = shapes.kernel, weight[1] * geometry.groups
    can_turn = lines.can_turn((images, weight[0], *out), size, kernel, geometry)
    turned = can_turn and suits_turning(shapes)
    # Where other ways multiply: turned kernels at each input, the others at each result, unless memory is what they wait for.
    places = size if turned or weight[0] <= SPREAD * channels else out
    if tiles := tiled(shapes._replace(out=size), places):
        return tiles.input_gradient
    if tiles := tiled_apart(shapes, size):
        return partial(dilated.input_gradient, inner=tiles.input_gradient)
    if turned or (can_turn and weight[0] == geometry.groups and weight[1] == 1):
        return by_turned_kernels
    lined = can_turn and suits_lines(shapes, back=True)
    made = channels * prod(out) * (kernel[-1] if lined else prod(kernel))
    if strips.suits(kernel, out, made):
        if can_turn and weight[0] <= channels:
            return by_turned_kernels
        return partial(strips.input_gradient, columns=made, inner=input_gradient)
    return lines.input_gradient if lined else scatter.input_gradient


def way_back_with_stride(shapes: Shapes, size: Sizes) -> Way:
    """The same where the kernel skips places."""
    out, weight, geometry, kernel = *shapes[1:4], shapes.kernel
    if prod(kernel) > 1 and (shapes.few_columns or scatter.apart(kernel, geometry)):
        made = weight[1] * geometry.groups * prod(out) * prod(kernel)
        if strips.suits(kernel, out, made):
            return partial(strips.input_gradient, columns=made, inner=input_gradient)
        return scatter.input_gradient
    if tiles := tiled(shapes._replace(out=size), out):
        return tiles.input_gradient
    return partial(phases.input_gradient, inner=input_gradient)


def by_turned_kernels(g: Any, weight: Any, size: Sizes, geometry: Geometry) -> Any:  # noqa: ARG001 - it follows from g
    """The input gradient as a convolution of the result's gradient with kernels turned around, where the stride is 1."""
    turned = columns.turned_kernels(weight, geometry.groups)
    return forward(g, turned, None, geometry.transposed(weight.shape[2:]))
