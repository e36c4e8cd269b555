"""Which algorithm computes which convolution: the one place where that is decided."""

from typing import Any

from . import columns
from .geometry import Geometry


def forward(x: Any, weight: Any, geometry: Geometry) -> Any:
    """The convolution of `[N, C, *S]` with `[O, C/groups, *K]`: `[N, O, *S']`."""
    return columns.forward(x, weight, geometry)


def input_gradient(g: Any, weight: Any, size: tuple[int, ...], geometry: Geometry) -> Any:
    """The gradient of the input of spatial size `size` for the gradient `g` of the result."""
    return columns.input_gradient(g, weight, size, geometry)


def weight_gradient(g: Any, x: Any, kernel: tuple[int, ...], geometry: Geometry) -> Any:
    """The gradient of the weight for the gradient `g` of the result."""
    return columns.weight_gradient(g, x, kernel, geometry)
