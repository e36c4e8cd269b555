"""Signals `[N, C, L]` as images of height 1, `[N, C, 1, L]`, and their kernels likewise: what serves images serves them too."""

from collections.abc import Callable
from typing import Any

from .geometry import Geometry, Sizes


def flat(geometry: Geometry) -> Geometry:
    """The geometry of the images."""
    stride, padding, dilation, groups = geometry
    return Geometry((1, *stride), ((0, 0), *padding), (1, *dilation), groups)


def forward(x: Any, weight: Any, bias: Any, geometry: Geometry, inner: Callable[[Any, Any, Any, Geometry], Any]) -> Any:
    """The convolution, where `inner` computes that of images."""
    return inner(x[:, :, None], weight[:, :, None], bias, flat(geometry))[:, :, 0]


def input_gradient(
    g: Any, weight: Any, size: Sizes, geometry: Geometry, inner: Callable[[Any, Any, Sizes, Geometry], Any]
) -> Any:
    """The gradient of the input, where `inner` computes that of images."""
    return inner(g[:, :, None], weight[:, :, None], (1, *size), flat(geometry))[:, :, 0]


def weight_gradient(
    g: Any, x: Any, kernel: Sizes, geometry: Geometry, inner: Callable[[Any, Any, Sizes, Geometry], Any]
) -> Any:
    """The gradient of the weight, where `inner` computes it from images."""
    return inner(g[:, :, None], x[:, :, None], (1, *kernel), flat(geometry))[:, :, 0]
