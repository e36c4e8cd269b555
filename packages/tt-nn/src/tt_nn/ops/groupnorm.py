"""Relatives of batch_norm that normalize each sample by itself: group_norm and instance_norm; and local_response_norm."""

from math import prod
from typing import Any

import numpy as np
from tt_tensor.errors import ShapeError
from tt_tensor.ops.dims import ndim_of

from .batchnorm import batch_norm, batch_norm_p, batch_statistics_p, checked_parts, move
from .rownorm import layer_norm_p


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
    checked_parts("group_norm", input, count, weight=weight, bias=bias)
    size = count // num_groups * prod(input.shape[2:])
    if num_groups == 1 and input.ndim == 2:
        return layer_norm_p(
            input, 1.0 if weight is None else weight, 0.0 if bias is None else bias, size=size, eps=eps
        )[0]
    return _affine(layer_norm_p(input, 1.0, 0.0, size=size, eps=eps)[0], weight, bias)


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
    if ndim_of("instance_norm", input) < 3:
        raise ShapeError(f"instance_norm: expected an input of shape [N, C, L, ...], got {tuple(input.shape)}")
    count, size = input.shape[1], prod(input.shape[2:])
    checked_parts(
        "instance_norm", input, count, running_mean=running_mean, running_var=running_var, weight=weight, bias=bias
    )
    if not use_input_stats:
        return batch_norm(input, running_mean, running_var, weight, bias, False, momentum, eps)
    if size == 1:
        raise ValueError(
            f"instance_norm: Expected more than 1 spatial element when training, got input size {tuple(input.shape)}"
        )
    n, rest = input.shape[0], tuple(input.shape[2:])
    rows = input.reshape(1, n * count, *rest)  # each channel of each sample as a channel of one large sample
    mean, var = batch_statistics_p(rows)
    if running_mean is not None and running_var is not None and n * size:
        move(running_mean, mean.array.reshape(n, count).mean(0), momentum)
        move(running_var, var.array.reshape(n, count).mean(0) * (size / (size - 1)), momentum)
    w: Any = 1.0 if weight is None else weight.repeat(n)
    b: Any = 0.0 if bias is None else bias.repeat(n)
    return batch_norm_p(rows, w, b, mean, var, eps=eps, training=True).reshape(n, count, *rest)


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
