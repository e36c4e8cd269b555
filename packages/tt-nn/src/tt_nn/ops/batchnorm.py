"""batch_norm, and its relatives that normalize groups of channels: group_norm and instance_norm."""

from math import prod
from typing import Any

import numpy as np
from tt_autograd.rule import flat, joint_derivative
from tt_tensor import versions
from tt_tensor.errors import DTypeError, ShapeError
from tt_tensor.primitive import primitive

from .common import ones
from .rownorm import layer_norm_p


def channels(x: Any) -> Any:
    """`x` as `[N, C, S]`; as `[N, C]` if nothing follows the channels."""
    return x if x.ndim == 2 else x.reshape(x.shape[0], x.shape[1], -1)


def per_channel(v: Any, x: Any) -> Any:
    """The values of the channels, shaped to be broadcast with `channels(x)`."""
    return v[:, None] if x.ndim == 3 else v


def channel_sum(x: Any) -> Any:
    """The sum over everything but the channels of `[N, C]` or `[N, C, S]`: as products with ones, which BLAS does fast."""
    if x.ndim == 3:
        x = (x.reshape(-1, x.shape[2]) @ ones(x.shape[2], x.dtype.char)).reshape(x.shape[:2])
    return ones(x.shape[0], x.dtype.char).dot(x)


def channel_dot(x: Any, y: Any) -> Any:
    """The sum of x · y over everything but the channels, without an array of the products."""
    return np.einsum("nc,nc->c", x, y) if x.ndim == 2 else np.einsum("ncs,ncs->nc", x, y).sum(0)


@primitive()
def batch_statistics_p(x: Any) -> Any:
    """The mean and the biased variance of each channel."""
    x = channels(x)
    count = x.size // x.shape[1]
    mean = channel_sum(x) * (1 / count)
    d = x - per_channel(mean, x)
    return mean, channel_dot(d, d) * (1 / count)


flat(batch_statistics_p)  # their part in the gradient is in the rule of batch_norm


@primitive()
def batch_norm_p(x: Any, weight: Any, bias: Any, mean: Any, var: Any, *, eps: float, training: bool) -> Any:  # noqa: ARG001
    """(x - mean) / √(var + eps) · weight + bias, per channel; `training` says that mean and var are those of x."""
    rows = channels(x)
    scale = 1 / np.sqrt(var + eps)
    if type(weight) is not float:
        scale = scale * weight
    out = np.subtract(rows, per_channel(mean, rows))
    out *= per_channel(scale, rows)
    if type(bias) is not float:
        out += per_channel(bias, rows)
    return out.reshape(x.shape)


def batch_norm_rule(
    g: Any, x: Any, weight: Any, mean: Any, var: Any, eps: float, training: bool
) -> tuple[Any, Any, Any, None, None]:
    """With x̂ the normalized input: Σ g x̂ for the weight, Σ g for the bias, and for x
    weight / √(var + eps) · (g - mean(g) - x̂ mean(g x̂)), where the means are there only if mean and var are those of x.
    """
    if type(g) is not np.ndarray:
        return _batch_norm_rule_of_tensors(g, x, weight, mean, var, eps, training)
    rows, gs = channels(x), channels(g)
    rstd = 1 / np.sqrt(var + eps)
    d = rows - per_channel(mean, rows)
    g_weight, g_bias = channel_dot(gs, d) * rstd, channel_sum(gs)
    scale = rstd if type(weight) is float else rstd * weight
    if training:
        count = rows.size // rows.shape[1]
        d *= per_channel(rstd * g_weight * (-1 / count), rows)
        d -= per_channel(g_bias * (1 / count), rows)
        d += gs
        d *= per_channel(scale, rows)
    else:
        np.multiply(gs, per_channel(scale, rows), d)
    return d.reshape(x.shape), g_weight, g_bias, None, None


def _batch_norm_rule_of_tensors(
    g: Any, x: Any, weight: Any, mean: Any, var: Any, eps: float, training: bool
) -> tuple[Any, Any, Any, None, None]:
    """The same on tensors, which can be differentiated again: for that the statistics must come from x itself."""
    dims = (0, *range(2, x.ndim))
    shape = (1, -1, *(1,) * (x.ndim - 2))
    if training:
        mean = x.mean(dims, keepdim=True)
        d = x - mean
        var = (d * d).mean(dims, keepdim=True)
    else:
        d, var = x - mean.reshape(shape), var.reshape(shape)
    rstd = (var + eps) ** -0.5
    hat = d * rstd
    g_weight, g_bias = (g * hat).sum(dims), g.sum(dims)
    scale = rstd if type(weight) is float else rstd * weight.reshape(shape)
    if training:
        g = g - g.mean(dims, keepdim=True) - hat * (g * hat).mean(dims, keepdim=True)
    return g * scale, g_weight, g_bias, None, None


joint_derivative(
    batch_norm_p,
    lambda g, x, weight, mean, var, eps, training: batch_norm_rule(g, x, weight, mean, var, eps, training),
)


def _check(name: str, input: Any, count: int, **parts: Any) -> None:
    """Raise unless each part that is given has one value per channel, and the input is floating."""
    if input.dtype.kind != "f":
        raise DTypeError(f"{name}: not implemented for {input.dtype}; convert with .float()")
    for key, part in parts.items():
        if part is not None and tuple(part.shape) != (count,):
            raise ShapeError(f"{name}: {key} should contain {count} elements not {tuple(part.shape)}")


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
        ValueError: in training with a single value per channel, whose variance is 0.
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
    if input.ndim < 2:
        raise ShapeError(f"batch_norm: expected an input of shape [N, C, ...], got {tuple(input.shape)}")
    _check(
        "batch_norm",
        input,
        input.shape[1],
        running_mean=running_mean,
        running_var=running_var,
        weight=weight,
        bias=bias,
    )
    if training:
        count = input.shape[0] * prod(input.shape[2:])
        if count <= 1:
            raise ValueError(
                f"batch_norm: Expected more than 1 value per channel when training, got input size {tuple(input.shape)}"
            )
        mean, var = batch_statistics_p(input)
        if running_mean is not None:
            move(running_mean, mean.array, momentum)
        if running_var is not None:
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


def group_norm(input: Any, num_groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Any:
    """Group normalization: the channels of each sample are normalized in groups, then scaled channel by channel.

    Args:
        input: `[N, C, ...]`, floating.
        num_groups: the number of groups, which divides C.
        weight: `[C]`, or None.
        bias: `[C]`, or None.
        eps: added to the variance.

    Raises:
        ShapeError: if the groups do not divide the channels, or a part does not have C values.

    Source:
        Wu and He, Group normalization, 2018.

    Examples:
        >>> from tt_tensor import tensor
        >>> from tt_nn.functional import group_norm
        >>> group_norm(tensor([[0.0, 2.0, 10.0, 30.0]]), 2)
        tensor([[-1.0000,  1.0000, -1.0000,  1.0000]])
    """
    if input.ndim < 2:
        raise ShapeError(f"group_norm: Expected at least 2 dimensions for input tensor but received {input.ndim}")
    count = input.shape[1]
    if num_groups <= 0 or count % num_groups:
        raise ShapeError(
            f"group_norm: Expected number of channels in input to be divisible by num_groups, but got input of shape "
            f"{list(input.shape)} and num_groups={num_groups}"
        )
    _check("group_norm", input, count, weight=weight, bias=bias)
    size = count // num_groups * prod(input.shape[2:])
    if num_groups == 1 and input.ndim == 2:
        return layer_norm_p(input, 1.0 if weight is None else weight, 0.0 if bias is None else bias, size=size, eps=eps)
    return _affine(layer_norm_p(input, 1.0, 0.0, size=size, eps=eps), weight, bias)


def _affine(x: Any, weight: Any, bias: Any) -> Any:
    """x · weight + bias, per channel."""
    shape = (-1, *(1,) * (x.ndim - 2))
    if weight is not None:
        x = x * weight.reshape(shape)
    return x if bias is None else x + bias.reshape(shape)


def instance_norm(
    input: Any,
    running_mean: Any = None,
    running_var: Any = None,
    weight: Any = None,
    bias: Any = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Any:
    """Instance normalization: each channel of each sample is normalized by itself, then scaled channel by channel.

    Args:
        input: `[N, C, L, ...]`, floating.
        running_mean: `[C]`, or None; moved in place towards the mean over the samples, if `use_input_stats`.
        running_var: `[C]`, or None; likewise.
        weight: `[C]`, or None.
        bias: `[C]`, or None.
        use_input_stats: whether to use the input's own statistics rather than the running ones.
        momentum: how far the running statistics move.
        eps: added to the variance.

    Raises:
        ValueError: with a single value per channel and sample.
        ShapeError: if a part does not have C values.

    Source:
        Ulyanov, Vedaldi and Lempitsky, Instance normalization, 2016.

    Examples:
        >>> from tt_tensor import tensor
        >>> from tt_nn.functional import instance_norm
        >>> instance_norm(tensor([[[0.0, 2.0], [10.0, 30.0]]]))
        tensor([[[-1.0000,  1.0000],
                 [-1.0000,  1.0000]]])
    """
    if input.ndim < 3:
        raise ShapeError(f"instance_norm: expected an input of shape [N, C, L, ...], got {tuple(input.shape)}")
    count, size = input.shape[1], prod(input.shape[2:])
    _check("instance_norm", input, count, running_mean=running_mean, running_var=running_var, weight=weight, bias=bias)
    if not use_input_stats:
        return batch_norm(input, running_mean, running_var, weight, bias, False, momentum, eps)
    if size <= 1:
        raise ValueError(
            f"instance_norm: Expected more than 1 spatial element when training, got input size {tuple(input.shape)}"
        )
    if running_mean is not None and running_var is not None:
        rows = input.array.reshape(-1, count, size)
        move(running_mean, rows.mean((0, 2)), momentum)
        move(running_var, rows.var(2, ddof=1).mean(0), momentum)
    return _affine(layer_norm_p(input, 1.0, 0.0, size=size, eps=eps), weight, bias)


def local_response_norm(input: Any, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> Any:
    """x / (k + alpha · mean of x² over `size` neighbouring channels) ^ beta.

    Args:
        input: `[N, C, ...]`, floating.
        size: the number of channels, `size // 2` of them before; beyond the edges they count as 0.
        alpha: what the energy counts.
        beta: the exponent.
        k: what is added.

    Source:
        Krizhevsky, Sutskever and Hinton, ImageNet classification with deep convolutional neural networks, 2012.

    Examples:
        >>> from tt_tensor import ones
        >>> from tt_nn.functional import local_response_norm
        >>> local_response_norm(ones(1, 2, 1), 2, alpha=1.0, beta=1.0)
        tensor([[[0.6667],
                 [0.5000]]])
    """
    if input.ndim < 3:
        raise ValueError(
            f"local_response_norm: Expected 3D or higher dimensionality input (got {input.ndim} dimensions)"
        )
    square, count = input * input, input.shape[1]
    before, after = size // 2, (size - 1) // 2
    band = np.tri(count, count, after, dtype=bool) & ~np.tri(count, count, -before - 1, dtype=bool)
    energy = input.plain(band.astype(input.dtype)) @ square.reshape(square.shape[0], count, -1)
    return input / (energy.reshape(input.shape) * (alpha / size) + k) ** beta
