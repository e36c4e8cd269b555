"""Which algorithm computes which convolution: the one place where that is decided."""

from typing import Any

import numpy as np

from . import columns, winograd
from .geometry import Geometry


def suits_winograd(x: Any, out: tuple[int, ...], kernel: tuple[int, ...], channels: int, geometry: Geometry) -> bool:
    """Whether tiles pay: 3x3 kernels that move by one, and enough channels for the transforms to be worth it."""
    return (
        x.dtype == np.float32
        and kernel == (3, 3)
        and geometry.groups == 1
        and geometry.stride == geometry.dilation == (1, 1)
        and min(x.shape[1], channels) >= 16
        and min(out) > 4
        and x.size > 0
    )


def forward(x: Any, weight: Any, bias: Any, geometry: Geometry) -> Any:
    """The convolution of `[N, C, *S]` with `[O, C/groups, *K]`, plus the bias `[O]` or None: `[N, O, *S']`."""
    kernel = weight.shape[2:]
    if suits_winograd(x, geometry.out_size(x.shape[2:], kernel), kernel, len(weight), geometry):
        return winograd.forward(x, weight, bias, geometry)
    return columns.forward(x, weight, bias, geometry)


def input_gradient(g: Any, weight: Any, size: tuple[int, ...], geometry: Geometry) -> Any:
    """The gradient of the input of spatial size `size` for the gradient `g` of the result."""
    if suits_winograd(g, size, weight.shape[2:], weight.shape[1], geometry):
        return winograd.input_gradient(g, weight, size, geometry)
    return columns.input_gradient(g, weight, size, geometry)


def weight_gradient(g: Any, x: Any, kernel: tuple[int, ...], geometry: Geometry) -> Any:
    """The gradient of the weight for the gradient `g` of the result."""
    if suits_winograd(x, g.shape[2:], kernel, g.shape[1], geometry):
        return winograd.weight_gradient(g, x, kernel, geometry)
    return columns.weight_gradient(g, x, kernel, geometry)
