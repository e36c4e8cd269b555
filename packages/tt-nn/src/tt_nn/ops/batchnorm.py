"""batch_norm: each channel is scaled by statistics of the whole batch, or by running averages of them."""

from math import prod
from typing import Any

import numpy as np
from tt_autograd.rule import flat, joint_derivative
from tt_tensor import versions
from tt_tensor.errors import DTypeError, ShapeError
from tt_tensor.ops.dims import ndim_of
from tt_tensor.ops.rows import row_dot
from tt_tensor.primitive import primitive

from .channels import channel_sum, rows_of
from .common import check_part, half, ones

SHARE = 1 << 18  # elements that a thread must have for a second one to pay
SUMS = 1 << 19  # the same where they are only added up, which takes a third of the time
FAR = 32.0  # how large mean² may be, in variances, before sums are taken of differences from the mean


def far(mean: Any, var: Any) -> bool:
    """Whether the mean of some channel is so large that squares must be taken of differences from it."""
    return bool((mean * mean > FAR * var).any())


@primitive()
def batch_statistics_p(x: Any) -> Any:
    """The mean and the biased variance of each channel."""
    x = half(x)
    if x.size == 0:
        return np.zeros(x.shape[1], x.dtype), np.ones(x.shape[1], x.dtype)
    if x.ndim == 2:
        mean = channel_sum(x) * (1 / x.shape[0])
        d = x - mean
        return mean, np.einsum("nc,nc->c", d, d) * (1 / x.shape[0])
    r = rows_of(x.shape)
    rows, one = r.matrix(x), ones(r.length, x.dtype.char)
    sums, squares = np.empty((2, len(rows)), x.dtype)

    def work(block: slice) -> None:
        sums[block] = rows[block].dot(one)
        squares[block] = row_dot(rows[block], rows[block])

    r.run(work, SUMS)
    mean = r.per_channel(sums) / r.count
    var = r.per_channel(squares) / r.count - mean * mean
    if far(mean, var):
        center = r.column(mean.astype(x.dtype))

        def work_far(block: slice) -> None:
            d = rows[block] - center[block]
            squares[block] = row_dot(d, d)

        r.run(work_far, SUMS)
        var = r.per_channel(squares) / r.count
    return mean.astype(x.dtype), var.astype(x.dtype)


flat(batch_statistics_p)  # their part in the gradient is in the rule of batch_norm


@primitive()
def batch_norm_p(x: Any, weight: Any, bias: Any, mean: Any, var: Any, *, eps: float, training: bool) -> Any:
    """(x - mean) / √(var + eps) · weight + bias, per channel; `training` says that mean and var are those of x.

    A float for the weight or the bias is one that is not given.
    """
    scale = 1 / np.sqrt(half(var) + eps)
    if type(weight) is not float:
        scale = scale * weight
    shift = bias - mean * scale
    if x.ndim == 2 or x.itemsize == 2:
        column = (-1, *(1,) * (x.ndim - 2))
        return (x * scale.reshape(column) + shift.reshape(column)).astype(x.dtype, copy=False)
    r = rows_of(x.shape)
    result = np.empty(x.shape, x.dtype)
    rows, out = r.matrix(x), r.matrix(result)
    scale, shift = r.factors(x.dtype, scale, shift)

    def work(block: slice) -> None:
        piece, a, b = r.take(block, rows, scale, shift)
        (y,) = r.take(block, out)
        np.multiply(piece, a, out=y)
        np.add(y, b, out=y)

    r.run(work, SHARE, again=training)
    return result


def batch_norm_rule(
    g: Any, x: Any, weight: Any, mean: Any, var: Any, eps: float, training: bool
) -> tuple[Any, Any, Any, None, None]:
    """With x̂ the normalized input: Σ g x̂ for the weight, Σ g for the bias, and for x
    weight / √(var + eps) · (g - mean(g) - x̂ mean(g x̂)), where the means are there only if mean and var are those of x.
    """
    if type(g) is not np.ndarray:
        return _batch_norm_rule_of_tensors(g, x, weight, mean, var, eps, training)
    if x.itemsize == 2:
        parts = batch_norm_rule(half(g), half(x), weight, half(mean), half(var), eps, training)
        return parts[0].astype(x.dtype), *parts[1:]
    rstd = 1 / np.sqrt(var + eps)
    scale = rstd if type(weight) is float else rstd * weight
    if x.ndim == 2:
        d = x - mean
        g_weight, g_bias = np.einsum("nc,nc->c", g, d) * rstd, channel_sum(g)
        if not training:
            return np.multiply(g, scale, out=d), g_weight, g_bias, None, None
        n = max(1, len(x))
        d *= rstd * g_weight * (-1 / n)
        d -= g_bias * (1 / n)
        d += g
        d *= scale
        return d, g_weight, g_bias, None, None
    return _batch_norm_backward(g, x, scale, rstd, mean, far(mean, var), training)


def _batch_norm_backward(
    g: Any, x: Any, scale: Any, rstd: Any, mean: Any, distant: bool, training: bool
) -> tuple[Any, Any, Any, None, None]:
    """The rule for `[N, C, ...]`, in two passes: sums, and then (x · slope + level + g) · scale."""
    r = rows_of(x.shape)
    rows, gs, one = r.matrix(x), r.matrix(g), ones(r.length, x.dtype.char)
    sums, dots = np.empty((2, len(rows)), x.dtype)
    center = r.column(mean) if distant else None

    def first(block: slice) -> None:
        piece = rows[block] if center is None else rows[block] - center[block]
        sums[block] = gs[block].dot(one)
        dots[block] = row_dot(gs[block], piece)

    r.run(first, SUMS)
    g_bias, inner = r.per_channel(sums), r.per_channel(dots)
    g_weight = (inner if distant else inner - g_bias * mean) * rstd
    result = np.empty(x.shape, x.dtype)
    out = r.matrix(result)
    slope = rstd * g_weight / -r.count
    level = -g_bias / r.count if distant else -g_bias / r.count - mean * slope
    factors = r.factors(x.dtype, *(scale, slope, level, mean)[: (4 if distant else 3) if training else 1])

    def second(block: slice) -> None:
        g_piece, a, *others = r.take(block, gs, *factors)
        (y,) = r.take(block, out)
        if not training:
            np.multiply(g_piece, a, out=y)
            return
        (x_piece,) = r.take(block, rows)
        if distant:
            x_piece = np.subtract(x_piece, others[2], out=y)
        np.multiply(x_piece, others[0], out=y)
        np.add(y, others[1], out=y)
        np.add(y, g_piece, out=y)
        np.multiply(y, a, out=y)

    r.run(second, SHARE, again=True)
    return result, g_weight.astype(x.dtype), g_bias.astype(x.dtype), None, None


def _batch_norm_rule_of_tensors(
    g: Any, x: Any, weight: Any, mean: Any, var: Any, eps: float, training: bool
) -> tuple[Any, Any, Any, None, None]:
    """The same on tensors, which can be differentiated again: for that the statistics must come from x itself."""
    dims = (0, *range(2, x.ndim))
    n = max(1, x.shape[0] * prod(x.shape[2:]))  # of nothing, all gradients are 0
    shape = (1, -1, *(1,) * (x.ndim - 2))
    if training:
        mean = x.sum(dims, keepdim=True) / n
        d = x - mean
        var = (d * d).sum(dims, keepdim=True) / n
    else:
        d, var = x - mean.reshape(shape), var.reshape(shape)
    rstd = (var + eps) ** -0.5
    hat = d * rstd
    g_weight, g_bias = (g * hat).sum(dims), g.sum(dims)
    scale = rstd if type(weight) is float else rstd * weight.reshape(shape)
    if training:
        g = g - g.sum(dims, keepdim=True) / n - hat * ((g * hat).sum(dims, keepdim=True) / n)
    return g * scale, g_weight, g_bias, None, None


joint_derivative(
    batch_norm_p,
    lambda g, x, weight, mean, var, eps, training: batch_norm_rule(g, x, weight, mean, var, eps, training),
)


def checked_parts(name: str, input: Any, count: int, **parts: Any) -> None:
    """Raise unless each part that is given has one value per channel in the input's dtype, which is floating.

    (A half input may come with parts in float32.)
    """
    if input.dtype.kind != "f":
        raise DTypeError(f"{name}: not implemented for {input.dtype}; convert with .float()")
    for key, part in parts.items():
        if part is not None and tuple(part.shape) != (count,):
            raise ShapeError(
                f"{name}: {key} should contain {count} elements not {tuple(part.shape)}, since the input, of shape "
                f"{tuple(input.shape)}, has {count} channels"
            )
        check_part(name, key, input, part)


def batch_norm(
    input: Any,
    running_mean: Any,
    running_var: Any,
    weight: Any = None,
    bias: Any = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Any:
    """Batch normalization: (x - mean) / √(var + eps) · weight + bias, per channel.

    In training mean and (biased) variance are those of the batch, and the running ones move towards them in place, by
    `running ← (1 - momentum) · running + momentum · batch`, with the unbiased variance. In evaluation the running ones are used.

    Args:
        input: `[N, C, ...]`, floating.
        running_mean: `[C]`, or None.
        running_var: `[C]`, or None.
        weight: `[C]`, or None.
        bias: `[C]`, or None.
        training: whether to use the batch's statistics.
        momentum: how far the running statistics move.
        eps: added to the variance.

    Raises:
        ValueError: in training with a single value per channel, whose variance is 0; or if only one of the running statistics is
            given; or if eps is negative, or 0 in training.
        ShapeError: if a part does not have C values.
        RuntimeError: in evaluation without running statistics.

    Source:
        Ioffe and Szegedy, Batch normalization, 2015.

    Examples:
        >>> from tt_tensor import tensor
        >>> from tt_nn.functional import batch_norm
        >>> batch_norm(tensor([[0.0, 10.0], [2.0, 30.0]]), None, None, training=True)
        tensor([[-1.0000, -1.0000],
                [ 1.0000,  1.0000]])
    """
    if ndim_of("batch_norm", input) < 2:
        raise ShapeError(f"batch_norm: expected an input of shape [N, C, ...], got {tuple(input.shape)}")
    checked_parts(
        "batch_norm",
        input,
        input.shape[1],
        running_mean=running_mean,
        running_var=running_var,
        weight=weight,
        bias=bias,
    )
    if (running_mean is None) != (running_var is None):
        raise ValueError("batch_norm: running_mean and running_var must either both be None or neither be None")
    if eps < 0 or (training and eps == 0):
        raise ValueError(f"batch_norm: eps must be positive, or 0 in evaluation, but got {eps}")
    if training:
        count = input.shape[0] * prod(input.shape[2:])
        if count == 1:
            raise ValueError(
                f"batch_norm: Expected more than 1 value per channel when training, got input size {tuple(input.shape)}"
            )
        mean, var = batch_statistics_p(input)
        if running_mean is not None and count:
            move(running_mean, mean.array, momentum)
            move(running_var, var.array * (count / (count - 1)), momentum)
    elif running_mean is None or running_var is None:
        raise RuntimeError("batch_norm: Expected running_mean and running_var to be defined when training=False")
    else:
        mean, var = running_mean, running_var
    return batch_norm_p(
        input, 1.0 if weight is None else weight, 0.0 if bias is None else bias, mean, var, eps=eps, training=training
    )


def move(running: Any, value: Any, momentum: float) -> None:
    """running ← (1 - momentum) · running + momentum · value, in place."""
    array = running.array
    array *= 1 - momentum
    array += value * momentum
    versions.touch(array)
