"""The input gradient of a convolution that skips places: one convolution of stride 1 for each remainder of the place.

With a stride of s the inputs whose place leaves the same remainder modulo s meet the same taps of the kernel, and no others. So
their gradients are a convolution of the result's gradient with these taps alone, and nothing is computed in vain.
"""

from collections.abc import Callable
from itertools import product
from math import gcd
from typing import Any

import numpy as np

from .geometry import Geometry, Sizes


def along(n: int, k: int, stride: int, before: int, dilation: int, rest: int) -> tuple[slice, int, int, int] | None:
    """Along one dimension, for the inputs at `rest`, `rest + stride`, ...: which taps they meet, how far apart these taps lie
    in steps of the stride, how many inputs there are, and how far before the first of them the first result begins.
    """
    first = next((t for t in range(k) if (t * dilation - before - rest) % stride == 0), None)
    if first is None or rest >= n:
        return None
    apart = stride // gcd(stride, dilation)
    return (
        slice(first, None, apart),
        apart * dilation // stride,
        -(-(n - rest) // stride),
        (before + rest - first * dilation) // stride,
    )


def input_gradient(
    g: Any, weight: Any, size: Sizes, geometry: Geometry, inner: Callable[[Any, Any, Sizes, Geometry], Any]
) -> Any:
    """The gradient of the input, where `inner` computes it for a stride of 1."""
    x: Any = np.zeros((len(g), weight.shape[1] * geometry.groups, *size), g.dtype)
    for rests in product(*map(range, geometry.stride)):
        parts = [
            along(n, k, s, p, d, rest)
            for n, k, s, (p, _), d, rest in zip(
                size, weight.shape[2:], geometry.stride, geometry.padding, geometry.dilation, rests
            )
        ]
        if None in parts:
            continue
        taps, dilation, count, before = zip(*parts)
        kernel = np.ascontiguousarray(weight[(..., *taps)])
        # Zeros after the end are counted so that there are as many results as g has.
        after = (
            m - 1 + d * (k - 1) + 1 - n - p
            for m, k, d, n, p in zip(g.shape[2:], kernel.shape[2:], dilation, count, before)
        )
        ones = (1,) * len(size)
        part = Geometry(ones, tuple(zip(before, after)), dilation, geometry.groups)
        x[(..., *(slice(rest, None, s) for rest, s in zip(rests, geometry.stride)))] = inner(g, kernel, count, part)
    return x
