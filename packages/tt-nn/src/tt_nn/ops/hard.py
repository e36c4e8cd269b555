"""Activations of straight lines, which clip and shrink: hardtanh, hardsigmoid, hardswish, hardshrink, softshrink, threshold."""

from collections.abc import Callable
from typing import Any

import numpy as np
from tt_autograd.rule import derivative
from tt_tensor.errors import DTypeError, ShapeError
from tt_tensor.ops.compare import where_p
from tt_tensor.ops.convert import number_as
from tt_tensor.ops.dims import send
from tt_tensor.ops.select import select
from tt_tensor.ops.unary import abs
from tt_tensor.primitive import primitive

from .common import in_blocks, real
from .masked import chosen, dropped, kept, on_arrays


@primitive()
def hardtanh_p(x: Any, *, low: float, high: float) -> Any:
    """x held between low and high, which are rounded to whole numbers if x is."""
    if x.dtype.kind == "b":
        raise DTypeError("hardtanh: not implemented for bool; convert with .float()")
    if x.dtype.kind == "u" and (low < 0 or high < 0):
        raise ShapeError("hardtanh: cannot do hardtanh on an unsigned type with negative limits")
    return x.clip(x.dtype.type(low), x.dtype.type(high))


def _hardtanh_backward(low: float, high: float) -> Callable[..., Any]:
    def kernel(out: Any, g: Any, x: Any) -> None:
        outside = x <= low
        outside |= x >= high
        dropped(outside, g, out)

    return kernel


_hardtanh_gradient = on_arrays(_hardtanh_backward, lambda g, x, low, high: where_p((x <= low) | (x >= high), 0.0, g))
derivative(hardtanh_p, lambda g, x, low, high: _hardtanh_gradient(g, x, low=low, high=high))


def hardtanh(input: Any, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Any:
    """x held between two bounds.

    Examples:
        >>> from tt_tensor import tensor
        >>> from tt_nn.functional import hardtanh
        >>> hardtanh(tensor([-2.0, 0.5, 2.0]))
        tensor([-1.0000,  0.5000,  1.0000])
    """
    if min_val > max_val:
        raise ValueError(f"hardtanh: min_val cannot be greater than max_val, got {min_val} and {max_val}")
    return send(hardtanh_p, input if inplace else None, input, low=min_val, high=max_val)


def hardtanh_(input: Any, min_val: float = -1.0, max_val: float = 1.0) -> Any:
    """`hardtanh` in place."""
    return hardtanh(input, min_val, max_val, inplace=True)


def relu6(input: Any, inplace: bool = False) -> Any:
    """relu that stops at 6.

    Examples:
        >>> from tt_tensor import tensor
        >>> from tt_nn.functional import relu6
        >>> relu6(tensor([-1.0, 3.0, 9.0]))
        tensor([0., 3., 6.])
    """
    return hardtanh(input, 0.0, 6.0, inplace)


def _hardsigmoid(out: Any, x: Any) -> None:
    np.add(x, 3, out)
    out.clip(0, 6, out=out)
    out /= 6


def _hardsigmoid_backward(out: Any, g: Any, x: Any) -> None:
    inside = np.abs(x, out) < 3
    np.multiply(g, 1 / 6, out)
    kept(inside, out, out)


@primitive()
def hardsigmoid_p(x: Any) -> Any:
    """x/6 + 1/2, held between 0 and 1."""
    return in_blocks(_hardsigmoid, real("hardsigmoid", x))


_hardsigmoid_gradient = on_arrays(
    lambda: _hardsigmoid_backward, lambda g, x: where_p((x > -3) & (x < 3), g * (1 / 6), 0.0)
)
derivative(hardsigmoid_p, lambda g, x: _hardsigmoid_gradient(g, x))


def hardsigmoid(input: Any, inplace: bool = False) -> Any:
    """A sigmoid of straight lines: x/6 + 1/2, held between 0 and 1.

    Examples:
        >>> from tt_tensor import tensor
        >>> from tt_nn.functional import hardsigmoid
        >>> hardsigmoid(tensor([-4.0, 0.0, 4.0]))
        tensor([0.0000, 0.5000, 1.0000])
    """
    return send(hardsigmoid_p, input if inplace else None, input)


def _hardswish(out: Any, x: Any) -> None:
    np.add(x, 3, out)
    out.clip(0, 6, out=out)
    out *= x
    out /= 6


def _hardswish_backward(out: Any, g: Any, x: Any) -> None:
    np.multiply(x, 1 / 3, out)
    out += 0.5
    chosen(x < 3, out, 1)
    out *= g
    dropped(x <= -3, out, out)


@primitive()
def hardswish_p(x: Any) -> Any:
    """x · hardsigmoid(x)"""
    return in_blocks(_hardswish, real("hardswish", x))


_hardswish_gradient = on_arrays(
    lambda: _hardswish_backward, lambda g, x: where_p(x <= -3, 0.0, where_p(x < 3, g * (x * (1 / 3) + 0.5), g))
)
derivative(hardswish_p, lambda g, x: _hardswish_gradient(g, x))


def hardswish(input: Any, inplace: bool = False) -> Any:
    """A silu of straight lines: x · hardsigmoid(x).

    Source:
        Howard et al., Searching for MobileNetV3, 2019.

    Examples:
        >>> from tt_tensor import tensor
        >>> from tt_nn.functional import hardswish
        >>> hardswish(tensor([0.0, 1.5, 4.0]))
        tensor([0.0000, 1.1250, 4.0000])
    """
    return send(hardswish_p, input if inplace else None, input)


def rounded(number: float, input: Any) -> float:
    """A number as the dtype of a floating input has it: half floats are computed in float32, but compared with one of theirs."""
    return float(input.dtype.type(number)) if input.dtype.kind == "f" else float(number)


def _beyond(lambd: float) -> Callable[..., Any]:
    """g where |x| > λ, else 0."""

    def kernel(out: Any, g: Any, x: Any) -> None:
        dropped(np.abs(x, out) <= lambd, g, out)

    return kernel


@primitive()
def hardshrink_p(x: Any, *, lambd: float) -> Any:
    """x, but 0 where |x| ≤ λ."""
    kernel = _beyond(rounded(lambd, x))
    return in_blocks(lambda out, x: kernel(out, x, x), real("hardshrink", x))


@primitive()
def softshrink_p(x: Any, *, lambd: float) -> Any:
    """x moved towards 0 by λ, and 0 where |x| ≤ λ."""
    return in_blocks(lambda out, x: np.subtract(x, x.clip(-lambd, lambd, out=out), out), real("softshrink", x))


_shrink_gradient = on_arrays(_beyond, lambda g, x, lambd: where_p(abs(x) <= lambd, 0.0, g))
derivative(hardshrink_p, lambda g, x, lambd: _shrink_gradient(g, x, lambd=rounded(lambd, x)))
derivative(softshrink_p, lambda g, x, lambd: _shrink_gradient(g, x, lambd=rounded(lambd, x)))


def hardshrink(input: Any, lambd: float = 0.5) -> Any:
    """x, but 0 where |x| ≤ λ.

    Examples:
        >>> from tt_tensor import tensor
        >>> from tt_nn.functional import hardshrink
        >>> hardshrink(tensor([-0.4, 0.6]))
        tensor([0.0000, 0.6000])
    """
    return hardshrink_p(input, lambd=float(lambd))


def softshrink(input: Any, lambd: float = 0.5) -> Any:
    """x moved towards 0 by λ, and 0 where |x| ≤ λ.

    Examples:
        >>> from tt_tensor import tensor
        >>> from tt_nn.functional import softshrink
        >>> softshrink(tensor([-1.0, 0.4, 1.0]))
        tensor([-0.5000,  0.0000,  0.5000])
    """
    if lambd < 0:
        raise RuntimeError(f"softshrink: lambda must be greater or equal to 0, but found to be {lambd}")
    return softshrink_p(input, lambd=float(lambd))


@primitive()
def threshold_p(x: Any, *, threshold: float, value: float) -> Any:
    """x where x > threshold, `value` elsewhere."""
    return select(x <= threshold, number_as("threshold", value, x.dtype), x)


def _threshold_backward(threshold: float) -> Callable[..., Any]:
    def kernel(out: Any, g: Any, x: Any) -> None:
        dropped(x <= threshold, g, out)

    return kernel


_threshold_gradient = on_arrays(_threshold_backward, lambda g, x, threshold: where_p(x <= threshold, 0.0, g))
derivative(threshold_p, lambda g, x, threshold: _threshold_gradient(g, x, threshold=threshold))


def threshold(input: Any, threshold: float, value: float, inplace: bool = False) -> Any:
    """x where x > threshold, `value` elsewhere.

    Examples:
        >>> from tt_tensor import tensor
        >>> from tt_nn.functional import threshold
        >>> threshold(tensor([0.1, 0.9]), 0.5, -1.0)
        tensor([-1.0000,  0.9000])
    """
    return send(threshold_p, input if inplace else None, input, threshold=float(threshold), value=float(value))


def threshold_(input: Any, threshold: float, value: float) -> Any:
    """`threshold` in place."""
    return threshold_p(input, threshold=float(threshold), value=float(value), out=input)
