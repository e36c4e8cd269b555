"""layer_norm and rms_norm: each sample is scaled by statistics of its own.

NumPy works on a matrix and a column (or row) at half the speed of two matrices, and sums along short rows at a fraction of it.
So sums are products with vectors, and x · s_i · w_j + b_j is x · S + A, where S and A are products of matrices of rank 2.
"""

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np
from tt_autograd.rule import joint_derivative
from tt_tensor.errors import DTypeError, ShapeError
from tt_tensor.primitive import primitive
from tt_tensor.threads import get_num_threads, pieces, shares

from ..blas import spread_products
from .common import half, ones

FAR = 16.0  # how large mean² may be, in variances, before sums are taken of differences from the mean
BLOCK = 1 << 17  # values worked on at a time: the sums of a row are few, so that calls cost more than the cache gives
SHARE = 1 << 17  # values from which a second thread pays


def statistics(x: Any, eps: float, center: bool) -> tuple[Any, Any]:
    """The mean of each row (0 unless `center`), and one over the root of its variance and eps.

    The variance is the mean square less the squared mean, unless that would cost digits.
    """
    n, d = x.shape
    square, mean = np.empty(n, x.dtype), np.zeros(n, x.dtype)
    for block in blocks(slice(0, n), d):
        part = x[block]
        np.vecdot(part, part, square[block])
        if center:
            part.dot(ones(d, x.dtype.char), mean[block])
    square *= 1 / d
    if center:
        mean *= 1 / d
        off = mean * mean
        square -= off
        if not (off <= FAR * square).all():
            for block in blocks(slice(0, n), d):
                near = centered(x[block], mean[block])
                square[block] = np.vecdot(near, near) * (1 / d)
    square += eps
    np.sqrt(square, square)
    return mean, np.true_divide(1, square, square)


def centered(x: Any, mean: Any) -> Any:
    """Differences from the mean, whose own mean is 0 although `mean` was rounded."""
    x = x - mean[:, None]
    x -= (x.dot(ones(x.shape[1], x.dtype.char)) * (1 / x.shape[1]))[:, None]
    return x


def is_far(mean: Any, scale: Any) -> bool:
    """Whether sums should be taken of differences from the mean."""
    off = mean * scale
    return not (off * off <= FAR).all()


def columns(first: Any, second: Any) -> Any:
    """Two vectors side by side, of which the second may be a number: times a pair of rows, the sum of two outer products."""
    left = np.empty((first.shape[0], 2), first.dtype)
    left[:, 0], left[:, 1] = first, second
    return left


def height(d: int) -> int:
    """How many rows of length d fit the cache."""
    return max(1, BLOCK // max(1, d))


def blocks(part: slice, d: int) -> list[slice]:
    """Slices of the rows `part`, of length d, that fit the cache."""
    return pieces(part, height(d))


def share(work: Callable[[slice], Any], n: int, d: int) -> list[Any]:
    """`work` on the rows, on several threads if there is enough to do."""
    if n * d < SHARE or get_num_threads() == 1:
        return [work(slice(0, n))]
    return spread_products(work, shares(n))


def two_rows(weight: Any, bias: Any, size: int, dtype: Any) -> Any:
    """Weight and bias, `[2, size]`; a float is one that is not given."""
    pair = np.empty((2, size), dtype)
    pair[0], pair[1] = (v if type(v) is float else v.reshape(-1) for v in (weight, bias))
    return pair


def row_norm(x: Any, weight: Any, bias: Any, size: int, eps: float, center: bool) -> tuple[Any, Any]:
    """The rows of length `size` of `x`, standardized, times `weight` plus `bias`; and means and scales, `[2, rows]`."""
    rows = half(x).reshape(-1, size)
    result = np.empty(x.shape, rows.dtype)
    out = result.reshape(-1, size)
    stats = np.empty((2, rows.shape[0]), rows.dtype)
    pair = two_rows(weight, bias, size, rows.dtype)
    shifts = center or type(bias) is not float

    def work(part: slice) -> None:
        x_part, y_part = rows[part], out[part]
        mean, scale = stats[:, part] = statistics(x_part, eps, center)
        far = center and is_far(mean, scale)
        factors, terms = columns(scale, 0), columns(mean * (0 if far else -scale), 1)
        space = np.empty((height(size), size), rows.dtype)
        for here in blocks(slice(0, len(x_part)), size):
            x, y, left = x_part[here], y_part[here], factors[here]
            if far:
                x = centered(x, mean[here])
            term = space[: len(x)]
            np.multiply(x, np.dot(left, pair, term), y)
            if shifts:
                y += np.dot(terms[here], pair, term)

    share(work, *rows.shape)
    return result.astype(x.dtype, copy=False), stats


def row_norm_backward(g: Any, x: Any, weight: Any, stats: Any, size: int, center: bool) -> tuple[Any, Any, Any]:
    """The gradients of `row_norm` for its input, weight and bias.

    With x̂ the standardized row, s its scale, m its mean, and h = g · weight: ∂x = s (h - mean(h) - x̂ mean(h x̂)), ∂weight = Σ g x̂
    and ∂bias = Σ g. In terms of x, ∂x is g · s ⊗ weight + a x + b, with numbers a and b for each row.
    """
    rows, g_rows = x.reshape(-1, size), g.reshape(-1, size)
    result = np.empty(x.shape, rows.dtype)
    out = result.reshape(-1, size)
    pair = two_rows(weight, 0.0, size, rows.dtype)
    w = pair[0]

    def work(part: slice) -> Any:
        x_part, g_part, y_part = rows[part], g_rows[part], out[part]
        n = len(x_part)
        mean, scale = stats[:, part]
        far = center and is_far(mean, scale)
        means = center and not far  # whether they are still in x
        total = np.zeros((2, size), rows.dtype)  # ∂weight and ∂bias
        lefts = np.empty((2, n), rows.dtype)
        lefts[0], lefts[1] = mean * -scale if means else 0, 1
        factors = columns(scale, 0)
        a_part, b_part = np.empty((2, n), rows.dtype)
        space = np.empty((height(size), size), rows.dtype)
        for here in blocks(slice(0, n), size):
            x, g, y, a, s = x_part[here], g_part[here], y_part[here], a_part[here], scale[here]
            if far:
                x = centered(x, mean[here])
            gx = np.multiply(g, x, space[: len(x)])
            gx.dot(w, a)
            total += lefts[:, here].dot(g)
            total[0] += s.dot(gx)
            np.multiply(g, np.dot(factors[here], pair, gx), y)
            if center:
                b = g.dot(w, b_part[here])
                if means:
                    a -= mean[here] * b
            a *= s * s * s * (-1 / size)
            np.multiply(x, a[:, None], gx)
            if center:
                b *= s * (-1 / size)
                if means:
                    b -= a * mean[here]
                gx += b[:, None]
            y += gx
        return total

    done = share(work, *rows.shape)
    total = done[0] if len(done) == 1 else sum(done)
    shape = weight.shape if type(weight) is not float else -1
    return result, total[0].reshape(shape), total[1].reshape(shape)


def row_norm_rule(g: Any, x: Any, weight: Any, stats: Any, size: int, eps: float, center: bool) -> tuple[Any, Any, Any]:
    """`row_norm_backward` on arrays; on tensors the same formulas, so that they can be differentiated again."""
    if type(g) is np.ndarray:
        parts = row_norm_backward(half(g), half(x), weight, stats, size, center)
        return parts[0].astype(x.dtype, copy=False), parts[1], parts[2]
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
    """(x - mean) / √(var + eps) · weight + bias, over the last `size` values of each sample; and means and scales."""
    return row_norm(x, weight, bias, size, eps, True)


@primitive()
def rms_norm_p(x: Any, weight: Any, *, size: int, eps: float) -> Any:
    """x / √(mean(x²) + eps) · weight, over the last `size` values of each sample; and zeros and scales."""
    return row_norm(x, weight, 0.0, size, eps, False)


joint_derivative(
    layer_norm_p, lambda g, x, weight, out, size, eps: row_norm_rule(g[0], x, weight, out[1], size, eps, True)
)
joint_derivative(
    rms_norm_p, lambda g, x, weight, out, size, eps: row_norm_rule(g[0], x, weight, out[1], size, eps, False)[:2]
)


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
    return layer_norm_p(input, 1.0 if weight is None else weight, 0.0 if bias is None else bias, size=size, eps=eps)[0]


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
    return rms_norm_p(input, 1.0 if weight is None else weight, size=size, eps=eps)[0]
