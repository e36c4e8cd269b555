"""Convolutions of nothing: without images, channels or kernels, sums have no terms, and are 0."""

from typing import Any

import numpy as np

from .geometry import Geometry, Sizes


def forward(x: Any, weight: Any, bias: Any, geometry: Geometry) -> Any:
    """The convolution: the bias."""
    out = geometry.out_size(x.shape[2:], weight.shape[2:])
    y = np.zeros((len(x), len(weight), *out), x.dtype)
    return y if bias is None else y + bias.reshape(-1, *(1,) * len(out))


def input_gradient(g: Any, weight: Any, size: Sizes, geometry: Geometry) -> Any:
    """The gradient of the input."""
    return np.zeros((len(g), weight.shape[1] * geometry.groups, *size), g.dtype)


def weight_gradient(g: Any, x: Any, kernel: Sizes, geometry: Geometry) -> Any:
    """The gradient of the weight."""
    return np.zeros((g.shape[1], x.shape[1] // geometry.groups, *kernel), g.dtype)
