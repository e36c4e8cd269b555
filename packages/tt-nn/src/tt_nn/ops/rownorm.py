"""layer_norm and rms_norm: each sample is scaled by statistics of its own."""

from math import prod
from typing import Any

import numpy as np
from tt_autograd.rule import joint_derivative
from tt_tensor.errors import DTypeError, ShapeError
from tt_tensor.primitive import primitive

from .common import BLOCK, ones


def blocks(n: int, d: int) -> Any:
    """Slices of n rows of length d that fit the cache."""
    step = max(1, n if n * d <= BLOCK else BLOCK // d)
    return (slice(start, start + step) for start in range(0, n, step))


def standardized(x: Any, out: Any, eps: float, center: bool) -> Any:
    """Write the rows of `x`, less their mean if `center`, over their root mean square into `out`; return one over that."""
    d = x.shape[1]
    if center:
        x = np.subtract(x, (x.dot(ones(d, x.dtype.char)) * (1 / d))[:, None], out)
    scale = np.einsum("ij,ij->i", x, x)
    scale *= 1 / d
    scale += eps
    np.sqrt(scale, scale)
    np.true_divide(1, scale, scale)
    np.multiply(x, scale[:, None], out)
    return scale


def row_norm(x: Any, weight: Any, bias: Any, size: int, eps: float, center: bool) -> Any:
    """The rows of length `size` of `x`, standardized, times `weight` plus `bias`; a float is one that is not given."""
    wide = x.astype(np.float32) if x.dtype.itemsize == 2 else x
    rows = wide.reshape(-1, size)
    out = np.empty(rows.shape, rows.dtype)
    if type(weight) is not float:
        weight = weight.reshape(-1)
    if type(bias) is not float:
        bias = bias.reshape(-1)
    for block in blocks(*rows.shape):
        y = out[block]
        standardized(rows[block], y, eps, center)
        if type(weight) is not float:
            y *= weight
        if type(bias) is not float:
            y += bias
    return out.reshape(x.shape).astype(x.dtype, copy=False)


def row_norm_backward(g: Any, x: Any, weight: Any, size: int, eps: float, center: bool) -> tuple[Any, Any, Any]:
    """The gradients of `row_norm` for its input, weight and bias.

    With x̂ the standardized row, s its scale, and h = g · weight: s (h - mean(h) - x̂ mean(h x̂)), Σ g x̂ and Σ g. What the
    forward pass computed is computed again: only its input is kept.
    """
    rows, g2 = x.reshape(-1, size), g.reshape(-1, size)
    out = np.empty(rows.shape, rows.dtype)
    affine = type(weight) is not float
    w: Any = weight.reshape(-1) if affine else None
    g_weight, g_bias = np.zeros(size, rows.dtype), np.zeros(size, rows.dtype)
    for block in blocks(*rows.shape):
        gb, y = g2[block], out[block]
        hat = np.empty(y.shape, y.dtype)
        scale = standardized(rows[block], hat, eps, center)
        if affine:
            rows_of_ones = ones(gb.shape[0], gb.dtype.char)
            g_weight += rows_of_ones.dot(np.multiply(gb, hat, y))
            g_bias += rows_of_ones.dot(gb)
            np.multiply(gb, w, out=y)
        else:
            y[...] = gb
        inner = np.einsum("ij,ij->i", y, hat)
        inner *= 1 / size
        hat *= inner[:, None]
        if center:
            hat += (y.dot(ones(size, y.dtype.char)) * (1 / size))[:, None]
        y -= hat
        y *= scale[:, None]
    shape = weight.shape if affine else ()
    return out.reshape(x.shape), g_weight.reshape(shape or -1), g_bias.reshape(shape or -1)


def row_norm_rule(g: Any, x: Any, weight: Any, size: int, eps: float, center: bool) -> tuple[Any, Any, Any]:
    """`row_norm_backward` on arrays; on tensors the same formulas, so that they can be differentiated again."""
    if type(g) is np.ndarray and x.dtype.itemsize > 2:
        return row_norm_backward(g, x, weight, size, eps, center)
    if type(g) is np.ndarray:
        parts = row_norm_backward(g.astype(np.float32), x.astype(np.float32), weight, size, eps, center)
        return parts[0].astype(x.dtype), parts[1], parts[2]
    rows, h = x.reshape(-1, size), g.reshape(-1, size)
    if center:
        rows = rows - rows.mean(1, keepdim=True)
    scale = ((rows * rows).mean(1, keepdim=True) + eps) ** -0.5
    hat = rows * scale
    g_weight = g_bias = None
    if type(weight) is not float:
        g_weight, g_bias = (h * hat).sum(0).reshape(weight.shape), h.sum(0).reshape(weight.shape)
        h = h * weight.reshape(-1)
    inner = (h * hat).mean(1, keepdim=True) * hat
    if center:
        inner = inner + h.mean(1, keepdim=True)
    return ((h - inner) * scale).reshape(x.shape), g_weight, g_bias


@primitive()
def layer_norm_p(x: Any, weight: Any, bias: Any, *, size: int, eps: float) -> Any:
    """(x - mean) / √(var + eps) · weight + bias, over the last `size` values of each sample."""
    return row_norm(x, weight, bias, size, eps, True)


@primitive()
def rms_norm_p(x: Any, weight: Any, *, size: int, eps: float) -> Any:
    """x / √(mean(x²) + eps) · weight, over the last `size` values of each sample."""
    return row_norm(x, weight, 0.0, size, eps, False)


joint_derivative(layer_norm_p, lambda g, x, weight, size, eps: row_norm_rule(g, x, weight, size, eps, True))
joint_derivative(rms_norm_p, lambda g, x, weight, size, eps: row_norm_rule(g, x, weight, size, eps, False)[:2])


def _size(name: str, input: Any, normalized_shape: Any, *affine: Any) -> int:
    """The number of values that are normalized together, once the shapes are checked."""
    shape = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
    if not shape or tuple(input.shape[input.ndim - len(shape) :]) != shape or input.ndim < len(shape):
        raise ShapeError(
            f"{name}: Given normalized_shape={list(shape)}, expected input with shape "
            f"[*, {', '.join(map(str, shape))}], but got input of size {list(input.shape)}"
        )
    for part in affine:
        if part is not None and tuple(part.shape) != shape:
            raise ShapeError(
                f"{name}: Expected weight and bias to be of same shape as normalized_shape, but got {list(part.shape)} and "
                f"normalized_shape={list(shape)}"
            )
    if input.dtype.kind != "f":
        raise DTypeError(f"{name}: not implemented for {input.dtype}; convert with .float()")
    return prod(shape)


def layer_norm(input: Any, normalized_shape: Any, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Any:
    """Layer normalization: (x - mean) / √(var + eps) · weight + bias, over the last dimensions of each sample.

    Args:
        input: `[*, normalized_shape]`, floating.
        normalized_shape: the sizes of the dimensions over which mean and (biased) variance are taken.
        weight: of shape `normalized_shape`, or None.
        bias: of shape `normalized_shape`, or None.
        eps: added to the variance.

    Raises:
        ShapeError: if the shapes do not fit.

    Source:
        Ba, Kiros and Hinton, Layer normalization, 2016.

    Examples:
        >>> from tt_tensor import tensor
        >>> from tt_nn.functional import layer_norm
        >>> layer_norm(tensor([[0.0, 2.0], [10.0, 30.0]]), [2])
        tensor([[-1.0000,  1.0000],
                [-1.0000,  1.0000]])
    """
    size = _size("layer_norm", input, normalized_shape, weight, bias)
    return layer_norm_p(input, 1.0 if weight is None else weight, 0.0 if bias is None else bias, size=size, eps=eps)


def rms_norm(input: Any, normalized_shape: Any, weight: Any = None, eps: float | None = None) -> Any:
    """Root mean square normalization: x / √(mean(x²) + eps) · weight, over the last dimensions of each sample.

    Args:
        input: `[*, normalized_shape]`, floating.
        normalized_shape: the sizes of the dimensions over which the mean is taken.
        weight: of shape `normalized_shape`, or None.
        eps: added to the mean square; the dtype's machine epsilon if None.

    Raises:
        ShapeError: if the shapes do not fit.

    Source:
        Zhang and Sennrich, Root mean square layer normalization, 2019.

    Examples:
        >>> from tt_tensor import tensor
        >>> from tt_nn.functional import rms_norm
        >>> rms_norm(tensor([1.0, 7.0]), [2])
        tensor([0.2000, 1.4000])
    """
    size = _size("rms_norm", input, normalized_shape, weight)
    if eps is None:
        eps = float(np.finfo(input.dtype).eps)
    return rms_norm_p(input, 1.0 if weight is None else weight, size=size, eps=eps)
