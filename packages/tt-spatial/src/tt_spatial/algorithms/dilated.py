"""Dilated convolutions as dense ones: places that leave the same remainder modulo the dilation meet only each other.

With a dilation of d, a stride of 1 and a padding that is a multiple of d, the results at r, r + d, ... are a dense convolution of
the inputs at r, r + d, ... So an image becomes d x d small images, and any algorithm for dense kernels applies.
"""

from collections.abc import Callable
from itertools import chain
from typing import Any

import numpy as np

from .geometry import Geometry, Sizes


def suits(x: Sizes, out: Sizes, geometry: Geometry) -> bool:
    """Whether all small images are of one size, for spatial sizes `x` of the input and `out` of the result."""
    return (
        set(geometry.stride) == {1}
        and set(geometry.dilation) != {1}
        and all(
            n % d == m % d == p % d == q % d == 0
            for n, m, (p, q), d in zip(x, out, geometry.padding, geometry.dilation)
        )
    )


def dense(geometry: Geometry) -> Geometry:
    """The geometry of the convolutions of the small images."""
    padding = tuple((p // d, q // d) for (p, q), d in zip(geometry.padding, geometry.dilation))
    return geometry._replace(padding=padding, dilation=geometry.stride)


def apart(x: Any, dilation: Sizes) -> Any:
    """Images `[N, C, *S]` as `[*d · N, C, *S/d]`, copied."""
    n, c, *size = x.shape
    split = x.reshape(n, c, *chain.from_iterable((s // d, d) for s, d in zip(size, dilation)))
    axes = range(2, split.ndim, 2)
    small = split.transpose(*(k + 1 for k in axes), 0, 1, *axes)
    return np.ascontiguousarray(small).reshape(-1, c, *small.shape[len(dilation) + 2 :])


def together(x: Any, dilation: Sizes) -> Any:
    """The inverse of `apart`."""
    d, (_, c, *size) = len(dilation), x.shape
    split = x.reshape(*dilation, -1, c, *size)
    whole = split.transpose(d, d + 1, *chain.from_iterable((d + 2 + k, k) for k in range(d)))
    return np.ascontiguousarray(whole).reshape(-1, c, *(s * k for s, k in zip(size, dilation)))


def forward(x: Any, weight: Any, bias: Any, geometry: Geometry, inner: Callable[[Any, Any, Any, Geometry], Any]) -> Any:
    """The convolution, where `inner` computes that of the small images."""
    y = inner(apart(x, geometry.dilation), weight, bias, dense(geometry))
    return together(y, geometry.dilation)


def input_gradient(
    g: Any, weight: Any, size: Sizes, geometry: Geometry, inner: Callable[[Any, Any, Sizes, Geometry], Any]
) -> Any:
    """The gradient of the input, where `inner` computes that of the small images."""
    small = tuple(n // d for n, d in zip(size, geometry.dilation))
    x = inner(apart(g, geometry.dilation), weight, small, dense(geometry))
    return together(x, geometry.dilation)


def weight_gradient(
    g: Any, x: Any, kernel: Sizes, geometry: Geometry, inner: Callable[[Any, Any, Sizes, Geometry], Any]
) -> Any:
    """The gradient of the weight, where `inner` computes it from the small images."""
    small_g, small_x = (apart(a, geometry.dilation) for a in (g, x))
    return inner(small_g, small_x, kernel, dense(geometry))
