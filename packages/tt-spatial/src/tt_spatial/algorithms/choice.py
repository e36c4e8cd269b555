"""Which algorithm computes which convolution: the one place where that is decided."""

from typing import Any

import numpy as np

from . import columns, scatter, winograd
from .geometry import Geometry, Sizes


def suits_winograd(x: Any, out: Sizes, kernel: Sizes, channels: int, geometry: Geometry) -> bool:
    """Whether tiles pay: 3x3 kernels that move by one, and enough channels for the transforms to be worth it."""
    return (
        x.dtype == np.float32
        and kernel == (3, 3)
        and geometry.groups == 1
        and geometry.stride == geometry.dilation == (1, 1)
        and min(x.shape[1], channels) >= 16
        and min(out) > 4
    )


def forward(x: Any, weight: Any, bias: Any, geometry: Geometry) -> Any:
    """The convolution of `[N, C, *S]` with `[O, C/groups, *K]`, plus the bias `[O]` or None: `[N, O, *S']`."""
    kernel, o = weight.shape[2:], len(weight)
    out = geometry.out_size(x.shape[2:], kernel)
    if 0 in x.shape or 0 in weight.shape:
        y = np.zeros((len(x), o, *out), x.dtype)
        return y if bias is None else y + bias.reshape(-1, *(1,) * len(out))
    if suits_winograd(x, out, kernel, o, geometry):
        return winograd.forward(x, weight, bias, geometry)
    return columns.forward(x, weight, bias, geometry)


def input_gradient(g: Any, weight: Any, size: Sizes, geometry: Geometry) -> Any:
    """The gradient of the input of spatial size `size` for the gradient `g` of the result."""
    c, kernel = weight.shape[1], weight.shape[2:]
    if 0 in g.shape or 0 in weight.shape:
        return np.zeros((len(g), c * geometry.groups, *size), g.dtype)
    if suits_winograd(g, size, kernel, c, geometry):
        return winograd.input_gradient(g, weight, size, geometry)
    return scatter.input_gradient(g, weight, size, geometry)


def weight_gradient(g: Any, x: Any, kernel: Sizes, geometry: Geometry) -> Any:
    """The gradient of the weight for the gradient `g` of the result."""
    o, c = g.shape[1], x.shape[1]
    if 0 in g.shape or 0 in x.shape:
        return np.zeros((o, c // geometry.groups, *kernel), g.dtype)
    if suits_winograd(x, g.shape[2:], kernel, o, geometry):
        return winograd.weight_gradient(g, x, kernel, geometry)
    return columns.weight_gradient(g, x, kernel, geometry)
