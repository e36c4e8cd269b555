"""layer_norm and rms_norm: each sample is scaled by statistics of its own.

Sums are products with vectors. A matrix times a column or a row is what NumPy does well only if rows are long; where they are
short, x · s_i · w_j + b_j is x · S + A, where S and A are products of matrices of rank 1 and 2.
"""

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np
from tt_autograd.rule import joint_derivative
from tt_tensor.errors import DTypeError, ShapeError
from tt_tensor.primitive import primitive
from tt_tensor.scope import row_by_row
from tt_tensor.threads import get_num_threads, pieces, shares

from ..blas import spread_products
from .common import half, ones

FAR = 16.0  # how large mean² may be, in variances, before sums are taken of differences from the mean
BLOCK = 1 << 18  # values worked on at a time: the sums of a row are few, so that calls cost more than the cache gives
# Values from which a second thread pays: with fewer, the threads wait for each other between short passes.
SHARE = 1 << 19
LONG = 640  # how long rows are that NumPy multiplies by columns and rows at full speed
FEW = 4096  # values up to which the number of calls decides, and products of matrices cost more than they save


def statistics(x: Any, eps: float, center: bool, mean: Any, scale: Any) -> bool:
    """Write the mean of each row, and one over the root of its variance and eps; return whether a mean is far from 0.

    The variance is the mean square less the squared mean, unless that would cost digits. Without `center` the mean stays 0.
    """
    d, far = x.shape[1], False
    np.vecdot(x, x, scale)
    scale *= 1 / d
    if center:
        x.dot(ones(d, x.dtype.char), mean)
        mean *= 1 / d
        off = mean * mean
        scale -= off
        far = not np.minimum.reduce((scale + eps) * FAR - off) >= 0  # of NaN too
        if far:
            near = centered(x, mean)
            np.vecdot(near, near, scale)
            scale *= 1 / d
    scale += eps
    np.sqrt(scale, scale)
    np.true_divide(1, scale, scale)
    return far


def centered(x: Any, mean: Any, out: Any = None) -> Any:
    """Differences from the mean, whose own mean is 0 although `mean` was rounded."""
    x = np.subtract(x, mean[:, None], out)
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
    parts = shares(n) if n * d >= SHARE and get_num_threads() > 1 else [slice(0, n)]
    if d < LONG:
        return spread_products(work, parts)
    return spread_products(lambda part: row_by_row().run(work, part), parts)


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
    stats = np.zeros((2, rows.shape[0]), rows.dtype)
    has_weight, has_bias = type(weight) is not float, type(bias) is not float
    by_products = size < LONG and rows.size > FEW

    def work(part: slice) -> None:
        if by_products:
            pair = two_rows(weight, bias, size, rows.dtype)
            space = np.empty((min(height(size), part.stop - part.start), size), rows.dtype)
        for here in blocks(part, size):
            x, y, (mean, scale) = rows[here], out[here], stats[:, here]
            far = statistics(x, eps, center, mean, scale)
            if by_products:
                if far:
                    x = centered(x, mean)
                term = space[: len(x)]
                np.multiply(x, np.dot(scale[:, None], pair[:1], term), y)
                if center or has_bias:
                    y += np.dot(columns(mean * (0 if far else -scale), 1), pair, term)
                continue
            if far:
                x = centered(x, mean, y)
            elif center:
                x = np.subtract(x, mean[:, None], y)
            np.multiply(x, scale[:, None], y)
            if has_weight:
                y *= weight.reshape(-1)
            if has_bias:
                y += bias.reshape(-1)

    share(work, *rows.shape)
    return result.astype(x.dtype, copy=False), stats


def row_norm_backward(g: Any, x: Any, weight: Any, stats: Any, size: int, center: bool) -> tuple[Any, Any, Any]:
    """The gradients of `row_norm` for its input, weight and bias.

    With x̂ the standardized row, s its scale, m its mean, and h = g · weight: ∂x = s (h - mean(h) - x̂ mean(h x̂)), ∂weight = Σ g x̂
    and ∂bias = Σ g. In terms of x, ∂x is s (h + a x + b), with numbers a and b for each row.
    """
    rows, g_rows = x.reshape(-1, size), g.reshape(-1, size)
    result = np.empty(x.shape, rows.dtype)
    out = result.reshape(-1, size)
    w = ones(size, rows.dtype.char) if type(weight) is float else weight.reshape(-1)
    by_products = size < LONG and rows.size > FEW

    def work(part: slice) -> Any:
        far = center and is_far(*stats[:, part])
        means = center and not far  # whether they are still in x
        total = np.zeros((2, size), rows.dtype)  # ∂weight and ∂bias
        space = np.empty((min(height(size), part.stop - part.start), size), rows.dtype)
        for here in blocks(part, size):
            x, g, y, (mean, scale) = rows[here], g_rows[here], out[here], stats[:, here]
            if far:
                x = centered(x, mean)
            gx = np.multiply(g, x, space[: len(x)])
            a, b = gx.dot(w), g.dot(w)
            total[0] += scale.dot(gx)
            if means:
                total += columns(mean * -scale, 1).T.dot(g)
                a -= mean * b
            else:
                total[1] += ones(len(g), g.dtype.char).dot(g)
            a *= scale * scale * (-1 / size)
            b *= -1 / size
            if means:
                b -= a * mean
            if by_products:
                np.multiply(g, np.dot(scale[:, None], w[None], gx), y)
                np.multiply(x, (a * scale)[:, None], gx)
                if center:
                    gx += (b * scale)[:, None]
                y += gx
                continue
            np.multiply(x, a[:, None], y)
            if center:
                y += b[:, None]
            y += g if type(weight) is float else np.multiply(g, w, gx)
            y *= scale[:, None]
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
