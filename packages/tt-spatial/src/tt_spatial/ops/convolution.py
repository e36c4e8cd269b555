"""The convolution and its two gradients: three primitives that are linear in each input, and each other's derivatives.

With ⟨a, b⟩ the sum of a · b, all three are one trilinear form: ⟨g, convolution(x, w)⟩ = ⟨x, convolution_input(g, w)⟩ =
⟨w, convolution_weight(g, x)⟩. So the derivative of each is made of the other two, to any order. A transposed convolution is
`convolution_input`.
"""

from math import prod
from typing import Any

import numpy as np
from tt_autograd.later import Later, can_wait, later
from tt_autograd.rule import derivative
from tt_nn.flops import FLOPS
from tt_nn.ops.channels import channel_sum
from tt_tensor.primitive import primitive
from tt_tensor.threads import Share, get_num_threads

from ..algorithms import choice
from ..algorithms.geometry import Geometry, Pairs

Sizes = tuple[int, ...]
DEFERRED = 1 << 22  # multiplications from which on the gradient of the weight is left to another thread,
FEW = 16  # where a result takes so many at least: with fewer it takes as long


def _wide(dtype: Any) -> Any:
    """The dtype in which to compute: float16 in float32, and whole numbers in float64, which is exact up to 2⁵³."""
    if dtype.kind != "f":
        return np.dtype(np.float64)
    return np.dtype(np.float32) if dtype.itemsize == 2 else dtype


def _floating(kernel: Any, a: Any, b: Any, *settings: Any) -> Any:
    """`kernel` on contiguous arrays of float32 or float64."""
    wide = _wide(a.dtype)
    y = kernel(np.ascontiguousarray(a, wide), np.ascontiguousarray(b, wide), *settings)
    return y.astype(a.dtype, copy=False)


@primitive()
def convolution_p(
    x: Any, weight: Any, bias: Any = None, *, stride: Sizes, padding: Pairs, dilation: Sizes, groups: int
) -> Any:
    """out[n, o] = Σ_c x[n, c] ⋆ weight[o, c] + bias[o], where ⋆ is cross-correlation."""
    if bias is not None:
        bias = bias.astype(_wide(x.dtype), copy=False)
    return _floating(choice.forward, x, weight, bias, Geometry(stride, padding, dilation, groups))


@primitive()
def convolution_input_p(
    g: Any, weight: Any, *, size: Sizes, stride: Sizes, padding: Pairs, dilation: Sizes, groups: int
) -> Any:
    """The gradient of the input, of spatial size `size`, for the gradient `g` of the result: the transposed convolution."""
    return _floating(choice.input_gradient, g, weight, size, Geometry(stride, padding, dilation, groups))


@primitive()
def convolution_weight_p(
    g: Any, x: Any, *, kernel: Sizes, stride: Sizes, padding: Pairs, dilation: Sizes, groups: int
) -> Any:
    """The gradient of the weight, whose spatial size is `kernel`, for the gradient `g` of the result."""
    return _floating(choice.weight_gradient, g, x, kernel, Geometry(stride, padding, dilation, groups))


def bias_gradient(g: Any) -> Any:
    """The sum over everything but the channels."""
    if type(g) is np.ndarray and g.dtype.itemsize > 2 and g.size:
        return channel_sum(g.reshape(*g.shape[:2], -1))
    return g.sum((0, *range(2, g.ndim)))


def _to_result(x: Any, weight: Any, g_shape: Sizes, **settings: Any) -> Any:
    """The convolution, without the positions that an output padding larger than the stride adds."""
    y = convolution_p(x, weight, **settings)
    return y if y.shape == g_shape else y[(..., *(slice(n) for n in g_shape[2:]))]


def gradients(
    g: Any, x: Any, weight: Any, stride: Sizes, padding: Pairs, dilation: Sizes, groups: int
) -> tuple[Any, ...] | None:
    """All gradients at once: that of the input now, that of the weight later, on another thread, and that of the bias when asked.

    None, which leaves it to the functions of the single gradients, where that does not pay or not all of them are asked for.
    """
    if not can_wait(g, x, weight) or g.size * max(FEW, prod(weight.shape[1:])) < DEFERRED:
        return None
    settings = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    dweight, dbias = np.empty(weight.shape, weight.dtype), np.empty(len(weight), g.dtype)

    def of_input(_: None) -> Any:
        return convolution_input_p.kernel(g, weight, size=x.shape[2:], **settings)

    def of_weight(_: None) -> None:
        dweight[...] = convolution_weight_p.kernel(g, x, kernel=weight.shape[2:], **settings)

    def of_bias(_: None) -> None:
        dbias[...] = bias_gradient(g)

    (given,) = later(of_weight, [None], dweight)
    dx = Share(of_input, None, most=get_num_threads() - 1).result()  # one thread has the weight
    return dx, given, Later(dbias, [Share(of_bias, None)])


derivative(
    convolution_p,
    lambda g, weight, x_shape, stride, padding, dilation, groups: convolution_input_p(
        g, weight, size=x_shape[2:], stride=stride, padding=padding, dilation=dilation, groups=groups
    ),
    lambda g, x, weight_shape, stride, padding, dilation, groups: convolution_weight_p(
        g, x, kernel=weight_shape[2:], stride=stride, padding=padding, dilation=dilation, groups=groups
    ),
    bias_gradient,
    together=gradients,
)
derivative(
    convolution_input_p,
    lambda h, weight, g_shape, stride, padding, dilation, groups: _to_result(
        h, weight, g_shape, stride=stride, padding=padding, dilation=dilation, groups=groups
    ),
    lambda h, g, weight_shape, stride, padding, dilation, groups: convolution_weight_p(
        g, h, kernel=weight_shape[2:], stride=stride, padding=padding, dilation=dilation, groups=groups
    ),
)
derivative(
    convolution_weight_p,
    lambda v, x, g_shape, stride, padding, dilation, groups: _to_result(
        x, v, g_shape, stride=stride, padding=padding, dilation=dilation, groups=groups
    ),
    lambda v, g, x_shape, stride, padding, dilation, groups: convolution_input_p(
        g, v, size=x_shape[2:], stride=stride, padding=padding, dilation=dilation, groups=groups
    ),
)


def _flops(taps: Sizes, places: int) -> int:
    """Two operations for each element of a kernel at each of its places."""
    return 2 * prod(taps) * places


FLOPS |= {
    convolution_p: lambda out, _, weight, bias=None, **__: (
        _flops(weight.shape[1:], out.size) + (0 if bias is None else out.size)
    ),
    convolution_input_p: lambda _, g, weight, **__: _flops(weight.shape[1:], g.size),
    convolution_weight_p: lambda out, g, _, **__: _flops(out.shape[1:], g.size),
}
