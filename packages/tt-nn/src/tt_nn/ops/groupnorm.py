"""Relatives of batch_norm that normalize each sample by itself: group_norm and instance_norm; and local_response_norm.

A group's channels lie next to each other, so statistics are those of rows, as in layer_norm; what differs is that a weight
belongs to a channel, which is a part of a row.
"""

from math import prod
from typing import Any

import numpy as np
from tt_autograd.rule import joint_derivative
from tt_tensor.errors import ShapeError
from tt_tensor.ops.dims import ndim_of
from tt_tensor.ops.join import cat
from tt_tensor.ops.rows import SHORT, row_dot
from tt_tensor.primitive import primitive
from tt_tensor.threads import even_pieces

from .batchnorm import batch_norm, batch_statistics_p, checked_parts, move
from .common import for_each_sample, half, ones
from .rownorm import centered, height, is_far, measured, share


class _Channels:
    """How `[N, C, ...]` is seen: as a matrix with a row for each group of each sample, and as one with a row for each channel.

    Attributes:
        rows: the number of groups in all.
        size: how many values a group has.
        length: how many a channel has.
    """

    def __init__(self, shape: tuple[int, ...], groups: int) -> None:
        self.n, self.c, *rest = shape
        self.groups, self.length = groups, prod(rest)
        self.rows, self.size = self.n * groups, self.c // groups * self.length

    def matrix(self, x: Any) -> Any:
        """`x` with a row for each group."""
        return x.reshape(self.rows, self.size)

    def channels(self, x: Any) -> Any:
        """Some rows of that matrix, with a row for each channel."""
        return x.reshape(-1, self.length)

    def of_rows(self, part: Any, dtype: Any) -> Any:
        """A weight or bias with a row for each group, `[rows, channels of a group]`."""
        return for_each_sample(part, self.n, self.c, dtype).reshape(self.rows, self.c // self.groups)

    def factor(self, values: Any) -> Any:
        """What channels are multiplied with, given a value for each: a column, or where that is slow every place of it."""
        return self.channels(values.repeat(self.length)) if self.length < SHORT else values.reshape(-1, 1)

    def total(self, values: Any) -> Any:
        """`[rows, channels of a group]` summed over the samples."""
        return values.reshape(self.n, self.c).sum(0)


@primitive()
def group_norm_p(x: Any, weight: Any, bias: Any, *, groups: int, eps: float) -> Any:
    """(x - mean) / √(var + eps) of each group of each sample, times weight plus bias of each channel; and statistics of groups.

    A float for the weight or the bias is one that is not given.
    """
    at, dtype, x = _Channels(x.shape, groups), x.dtype, half(x)
    result, stats = np.empty(x.shape, x.dtype), np.empty((3, at.rows), x.dtype)
    rows, out = at.matrix(x), at.matrix(result)
    weights, biases = at.of_rows(weight, x.dtype), at.of_rows(bias, x.dtype)

    def work(part: slice) -> None:
        for here in even_pieces(part, height(at.size)):
            x, y, left = rows[here], at.channels(out[here]), stats[:, here]
            x, left = measured(x, eps, True, left)
            np.multiply(at.channels(x), at.factor(left[0, :, None] * weights[here]), y)
            y += at.factor(left[2, :, None] * weights[here] + biases[here])

    if x.size:
        share(work, at.rows, at.size)
    return result.astype(dtype, copy=False), stats


def group_norm_rule(g: Any, x: Any, weight: Any, stats: Any, groups: int, eps: float) -> tuple[Any, Any, Any]:
    """With x̂ = s x + t, the standardized group, and h = g · weight: ∂x = s (h - mean(h) - x̂ mean(h x̂)), ∂weight = Σ g x̂ and
    ∂bias = Σ g. In terms of x, ∂x is s · weight · g + a x + b, with numbers a and b for each group.
    """
    at = _Channels(x.shape, groups)
    if type(g) is not np.ndarray:
        return _rule_of_tensors(g, x, weight, at, eps)
    dtype, g, x = x.dtype, half(g), half(x)
    result, weights = np.empty(x.shape, x.dtype), at.of_rows(weight, x.dtype)
    rows, g_rows, out = at.matrix(x), at.matrix(g), at.matrix(result)
    g_weight, g_bias = np.zeros((2, *weights.shape), x.dtype)
    one = ones(at.length, x.dtype.char)

    def work(part: slice) -> None:
        far = is_far(stats[2, part])
        for here in even_pieces(part, height(at.size)):
            x, g, y, left, w = rows[here], at.channels(g_rows[here]), out[here], stats[:, here], weights[here]
            if far:
                x, left = centered(x, left)
            scale, shift = left[0, :, None], left[2, :, None]
            sums = g.dot(one).reshape(w.shape)
            hats = scale * row_dot(g, at.channels(x)).reshape(w.shape) + shift * sums
            g_weight[here], g_bias[here] = hats, sums
            a = scale * (hats * w).sum(1, keepdims=True) * (-1 / at.size)
            b = scale * (sums * w).sum(1, keepdims=True) * (-1 / at.size) + a * shift
            np.multiply(x, a * scale, y)
            y += b
            y += (g * at.factor(scale * w)).reshape(y.shape)

    if x.size:
        share(work, at.rows, at.size)
    return result.astype(dtype, copy=False), at.total(g_weight), at.total(g_bias)


def _rule_of_tensors(g: Any, x: Any, weight: Any, at: _Channels, eps: float) -> tuple[Any, Any, Any]:
    """The same on tensors, which can be differentiated again."""
    rows, shape = at.matrix(x), (at.n, at.c, at.length)
    rows = rows - rows.mean(1, keepdim=True)
    scale = ((rows * rows).mean(1, keepdim=True) + eps) ** -0.5
    hat, h = rows * scale, g.reshape(shape)
    g_weight, g_bias = (h * hat.reshape(shape)).sum((0, 2)), h.sum((0, 2))
    if type(weight) is not float:
        h = h * weight.reshape(-1, 1)
    h = at.matrix(h)
    inner = (h * hat).mean(1, keepdim=True) * hat + h.mean(1, keepdim=True)
    return ((h - inner) * scale).reshape(x.shape), g_weight, g_bias


joint_derivative(
    group_norm_p, lambda g, x, weight, rest, groups, eps: group_norm_rule(g[0], x, weight, rest[0], groups, eps)
)


def group_norm(input: Any, num_groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Any:
    """Group normalization: the channels of each sample are normalized in groups, then scaled channel by channel.

    Args:
        input: `[N, C, ...]`, floating.
        num_groups: the number of groups, which divides C.
        weight: `[C]`, or None.
        bias: `[C]`, or None.
        eps: added to the variance.

    Raises:
        ValueError: with a single sample whose groups have a single value.
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
    if input.shape[0] * count // num_groups * prod(input.shape[2:]) == 1:
        raise ValueError(
            f"group_norm: Expected more than 1 value per channel when training, got input size {tuple(input.shape)} with "
            f"num_groups={num_groups}"
        )
    checked_parts("group_norm", input, count, weight=weight, bias=bias)
    return _group_norm(input, num_groups, weight, bias, eps)


def _group_norm(input: Any, groups: int, weight: Any, bias: Any, eps: float) -> Any:
    return group_norm_p(
        input, 1.0 if weight is None else weight, 0.0 if bias is None else bias, groups=groups, eps=eps
    )[0]


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
        input: `[N, C, L, ...]`, floating; also `[N, C]` with the running statistics.
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
    if ndim_of("instance_norm", input) < 2:
        raise ShapeError(f"instance_norm: expected an input of shape [N, C, ...], got {tuple(input.shape)}")
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
    if not count:
        return input.clone()
    n = input.shape[0]
    if running_mean is not None and running_var is not None and n * size:
        rows = input.reshape(1, n * count, size)  # each channel of each sample as a channel of one large sample
        mean, var = batch_statistics_p(rows)
        move(running_mean, mean.array.reshape(n, count).mean(0), momentum)
        move(running_var, var.array.reshape(n, count).mean(0) * (size / (size - 1)), momentum)
    return _group_norm(input, count, weight, bias, eps)


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
    edges = [np.zeros((input.shape[0], n, *input.shape[2:]), input.dtype) for n in (size // 2, (size - 1) // 2)]
    wide = cat([input.plain(edges[0]), square, input.plain(edges[1])], 1)
    energy = wide[:, :count]
    for start in range(1, size):  # not a product with a band of ones, whose zeros times Inf would be NaN
        energy = energy + wide[:, start : start + count]
    return input / (energy * (alpha / size) + k) ** beta
