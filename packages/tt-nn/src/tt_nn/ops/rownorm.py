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
from tt_tensor.ops.rows import filled
from tt_tensor.primitive import primitive
from tt_tensor.threads import even_pieces, shares

from ..blas import spread_products
from .common import check_part, half

FAR = 16.0  # how large mean² may be, in variances, before sums are taken of differences from the mean
BLOCK = 1 << 18  # values worked on at a time: with fewer, calls on the few sums cost more than the nearer cache gives
# Values from which a second thread pays: with fewer, the threads wait for each other between short passes.
SHARE = 3 << 17
LONG = 1000  # how long rows are that NumPy multiplies by columns and rows at full speed
FEW = 4096  # values up to which the number of calls decides, and products of matrices cost more than they save


def statistics(x: Any, eps: float, center: bool, stats: Any) -> bool:
    """Write 1 / σ and -mean / σ of each row into the first and the last row of `stats`; return whether a mean is far from 0.

    The variance is the mean square less the squared mean, which costs digits where the mean is far. Without `center` the mean
    is taken for 0, and nothing is written about it.
    """
    d = x.shape[1]
    scale, shift = stats[0], stats[2]
    np.vecdot(x, x, scale)
    if center:
        x.dot(filled(d, x.dtype.char, -(d**-0.5)), shift)
        scale -= shift * shift
    scale += d * eps
    np.sqrt(scale, scale)
    if center:
        shift /= scale
    np.true_divide(d**0.5, scale, scale)
    return center and is_far(shift)


def is_far(shift: Any) -> bool:
    """Whether sums should be taken of differences from the mean."""
    off = shift * shift
    return off.size > 0 and not off[off.argmax()] <= FAR  # of NaN too


def centered(x: Any, stats: Any) -> tuple[Any, Any]:
    """The differences from the mean of each row, and statistics of which the mean is 0."""
    average = filled(x.shape[1], x.dtype.char, 1 / x.shape[1])
    x = x - x.dot(average)[:, None]
    x -= x.dot(average)[:, None]  # because the first was rounded
    stats = stats.copy()
    stats[2] = 0
    return x, stats


def measured(x: Any, eps: float, center: bool, stats: Any) -> tuple[Any, Any]:
    """The rows and their statistics, which are written into `stats`: of differences from the mean where it is far from 0."""
    if not statistics(x, eps, center, stats):
        return x, stats
    x, left = centered(x, stats)
    statistics(x, eps, False, left)
    stats[0] = left[0]
    return x, left


def height(d: int) -> int:
    """How many rows of length d to work on at a time."""
    return max(1, BLOCK // max(1, d))


def share(work: Callable[[slice], Any], n: int, d: int) -> list[Any]:
    """`work` on the rows, on several threads if there is enough to do."""
    return [work(slice(0, n))] if n * d < SHARE else spread_products(work, shares(n))


def pair(first: Any, second: Any, size: int, dtype: Any) -> Any:
    """Two arrays of `size` values, or numbers, as the rows of a matrix."""
    both = np.empty((2, size), dtype)
    both[0] = first if type(first) is float else first.reshape(-1)
    both[1] = second if type(second) is float else second.reshape(-1)
    return both


def row_norm(x: Any, weight: Any, bias: Any, size: int, eps: float, center: bool) -> tuple[Any, Any]:
    """The rows of length `size` of `x`, standardized, times `weight` plus `bias`; and statistics, `[3, rows]`.

    These are scales s = 1 / σ, ones, and shifts t = -mean / σ: (x s_i + t_i) w_j + b_j is x · S + T, where S = [s 1] [w; 0] and
    T = [1 t] [b; w] are products of matrices. (With one column and one row NumPy's product takes longer.)
    """
    rows = half(x).reshape(-1, size)
    result = np.empty(x.shape, rows.dtype)
    out = result.reshape(-1, size)
    stats = np.empty((3, rows.shape[0]), rows.dtype)
    stats[1] = 1
    if not center:
        stats[2] = 0
    has_weight, has_bias = type(weight) is not float, type(bias) is not float
    by_products = size < LONG and rows.size > FEW
    if by_products:
        scaling, shifting = pair(weight, 0.0, size, rows.dtype), pair(bias, weight, size, rows.dtype)

    def work(part: slice) -> None:
        if by_products:
            space = np.empty((min(height(size), part.stop - part.start), size), rows.dtype)
        for here in even_pieces(part, height(size)):
            x, y, left = rows[here], out[here], stats[:, here]
            x, left = measured(x, eps, center, left)
            if by_products:
                np.matmul(left[:2].T, scaling, y)
                y *= x
                if center:
                    y += np.matmul(left[1:].T, shifting, space[: len(x)])
                continue
            np.multiply(x, left[0, :, None], y)
            if center:
                y += left[2, :, None]
            if has_weight:
                y *= weight.reshape(-1)
            if has_bias:
                y += bias.reshape(-1)

    share(work, *rows.shape)
    return result.astype(x.dtype, copy=False), stats


def row_norm_backward(g: Any, x: Any, weight: Any, stats: Any, size: int, center: bool) -> tuple[Any, Any, Any]:
    """The gradients of `row_norm` for its input, weight and bias.

    With x̂ = s x + t, the standardized row, and h = g · weight: ∂x = s (h - mean(h) - x̂ mean(h x̂)), ∂weight = Σ g x̂ and
    ∂bias = Σ g. In terms of x, ∂x is S · g + a x + b, with numbers a and b for each row.
    """
    rows, g_rows = x.reshape(-1, size), g.reshape(-1, size)
    result = np.empty(x.shape, rows.dtype)
    out = result.reshape(-1, size)
    by_products = size < LONG and rows.size > FEW
    scaling = pair(weight, 0.0, size, rows.dtype)
    averaging = scaling[0] * (-1 / size)

    def work(part: slice) -> Any:
        far = center and is_far(stats[2, part])
        total = np.zeros((2, size), rows.dtype)  # ∂bias and ∂weight
        space = np.empty((min(height(size), part.stop - part.start), size), rows.dtype)
        for here in even_pieces(part, height(size)):
            x, g, y, left = rows[here], g_rows[here], out[here], stats[:, here]
            if far:
                x, left = centered(x, left)
            scale, shift = left[0], left[2]
            term = np.multiply(g, x, space[: len(x)])
            total[1] += scale.dot(term)
            a = term.dot(averaging)
            a *= scale
            if center:
                total += left[1:].dot(g)
                b = g.dot(averaging)
                a += b * shift
                b += a * shift
                b *= scale
            a *= scale
            a *= scale
            if by_products:
                np.copyto(y, a[:, None])
                y *= x
                if center:
                    np.copyto(term, b[:, None])
                    y += term
            else:
                np.multiply(x, a[:, None], y)
                if center:
                    y += b[:, None]
            np.matmul(left[:2].T, scaling, term)
            term *= g
            y += term
        return total

    done = share(work, *rows.shape)
    total = done[0] if len(done) == 1 else sum(done)
    shape = weight.shape if type(weight) is not float else -1
    return result, total[1].reshape(shape), total[0].reshape(shape)


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
    """(x - mean) / √(var + eps) · weight + bias, over the last `size` values of each sample; and statistics."""
    return row_norm(x, weight, bias, size, eps, True)


@primitive()
def rms_norm_p(x: Any, weight: Any, *, size: int, eps: float) -> Any:
    """x / √(mean(x²) + eps) · weight, over the last `size` values of each sample; and statistics."""
    return row_norm(x, weight, 0.0, size, eps, False)


joint_derivative(
    layer_norm_p, lambda g, x, weight, rest, size, eps: row_norm_rule(g[0], x, weight, rest[0], size, eps, True)
)
joint_derivative(
    rms_norm_p, lambda g, x, weight, rest, size, eps: row_norm_rule(g[0], x, weight, rest[0], size, eps, False)[:2]
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
    for part in affine:
        check_part(name, "a weight or bias", input, part)
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
        eps: added to the mean square; if None the machine epsilon of the dtype, that of float32 for float16.

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
        eps = float(np.finfo(np.float64 if input.dtype == np.float64 else np.float32).eps)
    return rms_norm_p(input, 1.0 if weight is None else weight, size=size, eps=eps)[0]
