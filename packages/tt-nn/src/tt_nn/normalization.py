"""Normalization layers: BatchNorm1d, InstanceNorm1d, LayerNorm, GroupNorm, RMSNorm, LocalResponseNorm."""

from typing import Any

import numpy as np
from tt_autograd.tensor import Tensor
from tt_tensor import versions

from . import functional as F
from .init import ones_, zeros_
from .module import Module
from .parameter import empty


class _Normalization(Module):
    """What batch and instance normalization share: weight and bias, running statistics, and how they print.

    A subclass for images only has to say which shapes it takes, in `_check_input_dim`.
    """

    _newer = ("num_batches_tracked",)

    def __init__(
        self,
        num_features: int,
        eps: float,
        momentum: float | None,
        affine: bool,
        track_running_stats: bool,
        device: Any,
        dtype: Any,
        bias: bool,
    ) -> None:
        super().__init__()
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.affine, self.track_running_stats = affine, track_running_stats
        self.weight = empty(num_features, device=device, dtype=dtype) if affine else None
        self.bias = empty(num_features, device=device, dtype=dtype) if affine and bias else None
        if track_running_stats:
            like = empty(num_features, device=device, dtype=dtype).array
            self.register_buffer("running_mean", Tensor(np.zeros_like(like)))
            self.register_buffer("running_var", Tensor(np.ones_like(like)))
            self.register_buffer("num_batches_tracked", Tensor(np.zeros((), np.int64)))
        else:
            for name in ("running_mean", "running_var", "num_batches_tracked"):
                self.register_buffer(name, None)
        self.reset_parameters()

    def reset_running_stats(self) -> None:
        """Set the running mean to 0, the running variance to 1 and the count of batches to 0."""
        if self.track_running_stats:
            for buffer, value in ((self.running_mean, 0), (self.running_var, 1), (self.num_batches_tracked, 0)):
                buffer.array[...] = value
                versions.touch(buffer.array)

    def reset_parameters(self) -> None:
        """Set the weight to 1 and the bias to 0, and reset the running statistics."""
        self.reset_running_stats()
        if self.weight is not None:
            ones_(self.weight)
        if self.bias is not None:
            zeros_(self.bias)

    def _check_input_dim(self, input: Any) -> None:
        raise NotImplementedError

    def extra_repr(self) -> str:
        """What was set."""
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"bias={self.bias is not None}, track_running_stats={self.track_running_stats}"
        )


class _BatchNorm(_Normalization):
    """Batch normalization of inputs whose dimension 1 are the channels."""

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias)

    def forward(self, input: Any) -> Any:
        """The normalized input; in training the running statistics move."""
        self._check_input_dim(input)
        momentum = 0.0 if self.momentum is None else self.momentum
        running = self.running_mean is not None
        if self.training and self.track_running_stats and self.num_batches_tracked is not None:
            count = self.num_batches_tracked.array
            count += 1
            if self.momentum is None:  # the plain average of all batches
                momentum = 1.0 / float(count)
        keep = not self.training or self.track_running_stats
        return F.batch_norm(
            input,
            self.running_mean if keep else None,
            self.running_var if keep else None,
            self.weight,
            self.bias,
            self.training or not running,
            momentum,
            self.eps,
        )


class BatchNorm1d(_BatchNorm):
    """Batch normalization of `[N, C]` or `[N, C, L]`: (x - mean) / √(var + eps) · weight + bias, per channel.

    In training mean and variance are those of the batch; in evaluation, running averages of them. See `functional.batch_norm`.

    Args:
        num_features: the number of channels, C.
        eps: added to the variance.
        momentum: how far the running statistics move with each batch; None for the average of all batches.
        affine: whether to learn weight and bias.
        track_running_stats: if False the batch's statistics are used in evaluation too.
        device: None or "cpu".
        dtype: of weight, bias and statistics.
        bias: whether to learn a bias.

    Attributes:
        weight: `[C]`, ones at first.
        bias: `[C]`, zeros at first.
        running_mean: `[C]`, a buffer.
        running_var: `[C]`, a buffer.
        num_batches_tracked: how many batches were seen in training, a buffer.

    Raises:
        ValueError: for another number of dimensions, or a single value per channel in training.

    Source:
        Ioffe and Szegedy, Batch normalization, 2015.

    Examples:
        >>> from tt_tensor import tensor
        >>> norm = BatchNorm1d(2, affine=False)
        >>> norm(tensor([[0.0, 10.0], [2.0, 30.0]]))
        tensor([[-1.0000, -1.0000],
                [ 1.0000,  1.0000]])
        >>> norm.running_mean
        tensor([0.1000, 2.0000])
    """

    def _check_input_dim(self, input: Any) -> None:
        if input.ndim not in (2, 3):
            raise ValueError(f"BatchNorm1d: expected 2D or 3D input (got {input.ndim}D input)")


class _InstanceNorm(_Normalization):
    """Instance normalization of inputs whose dimension 1, or 0 without a batch, are the channels."""

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float = 0.1,
        affine: bool = False,
        track_running_stats: bool = False,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias)

    def _no_batch_dim(self) -> int:
        raise NotImplementedError

    def forward(self, input: Any) -> Any:
        """The normalized input."""
        self._check_input_dim(input)
        single = input.ndim == self._no_batch_dim()
        channels = input.shape[0 if single else 1]
        if channels != self.num_features and self.affine:
            raise ValueError(
                f"{self._get_name()}: expected input's size at dim={0 if single else 1} to match num_features "
                f"({self.num_features}), but got: {channels}."
            )
        y = F.instance_norm(
            input.unsqueeze(0) if single else input,
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            self.training or not self.track_running_stats,
            0.0 if self.momentum is None else self.momentum,
            self.eps,
        )
        return y.squeeze(0) if single else y


class InstanceNorm1d(_InstanceNorm):
    """Instance normalization of `[N, C, L]` or `[C, L]`: each channel of each sample by itself.

    See `functional.instance_norm`; arguments as in `BatchNorm1d`, with `affine` and `track_running_stats` off.

    Examples:
        >>> from tt_tensor import tensor
        >>> InstanceNorm1d(1)(tensor([[[0.0, 2.0]], [[10.0, 30.0]]]))
        tensor([[[-1.0000,  1.0000]],
        <BLANKLINE>
                [[-1.0000,  1.0000]]])
    """

    def _no_batch_dim(self) -> int:
        return 2

    def _check_input_dim(self, input: Any) -> None:
        if input.ndim not in (2, 3):
            raise ValueError(f"InstanceNorm1d: expected 2D or 3D input (got {input.ndim}D input)")


class LayerNorm(Module):
    """Layer normalization over the last dimensions of each sample. See `functional.layer_norm`.

    Args:
        normalized_shape: the sizes of these dimensions; an int if there is one.
        eps: added to the variance.
        elementwise_affine: whether to learn weight and bias, of shape `normalized_shape`.
        bias: whether to learn a bias.
        device: None or "cpu".
        dtype: of weight and bias.

    Source:
        Ba, Kiros and Hinton, Layer normalization, 2016.

    Examples:
        >>> from tt_tensor import tensor
        >>> LayerNorm(2, elementwise_affine=False)(tensor([[0.0, 2.0], [10.0, 30.0]]))
        tensor([[-1.0000,  1.0000],
                [-1.0000,  1.0000]])
    """

    def __init__(
        self,
        normalized_shape: Any,
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        shape = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
        self.normalized_shape, self.eps, self.elementwise_affine = shape, eps, elementwise_affine
        self.weight = empty(*shape, device=device, dtype=dtype) if elementwise_affine else None
        self.bias = empty(*shape, device=device, dtype=dtype) if elementwise_affine and bias else None
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Set the weight to 1 and the bias to 0."""
        if self.weight is not None:
            ones_(self.weight)
        if self.bias is not None:
            zeros_(self.bias)

    def forward(self, input: Any) -> Any:
        """The normalized input."""
        return F.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        """What was set."""
        return (
            f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}, "
            f"bias={self.bias is not None}"
        )


class GroupNorm(Module):
    """Normalization of groups of channels of each sample. See `functional.group_norm`.

    Args:
        num_groups: the number of groups.
        num_channels: C, a multiple of it.
        eps: added to the variance.
        affine: whether to learn weight and bias, `[C]`.
        device: None or "cpu".
        dtype: of weight and bias.
        bias: whether to learn a bias.

    Raises:
        ValueError: if the groups do not divide the channels.

    Source:
        Wu and He, Group normalization, 2018.

    Examples:
        >>> from tt_tensor import tensor
        >>> GroupNorm(2, 4, affine=False)(tensor([[0.0, 2.0, 10.0, 30.0]]))
        tensor([[-1.0000,  1.0000, -1.0000,  1.0000]])
    """

    def __init__(
        self,
        num_groups: int,
        num_channels: int,
        eps: float = 1e-5,
        affine: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        if num_channels % num_groups:
            raise ValueError(f"GroupNorm: num_channels ({num_channels}) must be divisible by num_groups ({num_groups})")
        self.num_groups, self.num_channels, self.eps, self.affine = num_groups, num_channels, eps, affine
        self.weight = empty(num_channels, device=device, dtype=dtype) if affine else None
        self.bias = empty(num_channels, device=device, dtype=dtype) if affine and bias else None
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Set the weight to 1 and the bias to 0."""
        if self.weight is not None:
            ones_(self.weight)
        if self.bias is not None:
            zeros_(self.bias)

    def forward(self, input: Any) -> Any:
        """The normalized input."""
        return F.group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        """What was set."""
        return f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}, bias={self.bias is not None}"


class RMSNorm(Module):
    """Root mean square normalization over the last dimensions of each sample. See `functional.rms_norm`.

    Args:
        normalized_shape: the sizes of these dimensions; an int if there is one.
        eps: added to the mean square; if None the machine epsilon of the dtype, that of float32 for float16.
        elementwise_affine: whether to learn a weight, of shape `normalized_shape`.
        device: None or "cpu".
        dtype: of the weight.

    Source:
        Zhang and Sennrich, Root mean square layer normalization, 2019.

    Examples:
        >>> from tt_tensor import tensor
        >>> RMSNorm(2, elementwise_affine=False)(tensor([1.0, 7.0]))
        tensor([0.2000, 1.4000])
    """

    def __init__(
        self,
        normalized_shape: Any,
        eps: float | None = None,
        elementwise_affine: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        shape = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
        self.normalized_shape, self.eps, self.elementwise_affine = shape, eps, elementwise_affine
        self.weight = empty(*shape, device=device, dtype=dtype) if elementwise_affine else None
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Set the weight to 1."""
        if self.weight is not None:
            ones_(self.weight)

    def forward(self, input: Any) -> Any:
        """The normalized input."""
        return F.rms_norm(input, self.normalized_shape, self.weight, self.eps)

    def extra_repr(self) -> str:
        """What was set."""
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"


class LocalResponseNorm(Module):
    """Each channel divided by the energy of its neighbours. See `functional.local_response_norm`.

    Examples:
        >>> from tt_tensor import ones
        >>> LocalResponseNorm(2, alpha=1.0, beta=1.0)(ones(1, 2, 2))
        tensor([[[0.6667, 0.6667],
                 [0.5000, 0.5000]]])
    """

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> None:
        super().__init__()
        self.size, self.alpha, self.beta, self.k = size, alpha, beta, k

    def forward(self, input: Any) -> Any:
        """The normalized input."""
        return F.local_response_norm(input, self.size, self.alpha, self.beta, self.k)

    def extra_repr(self) -> str:
        """What was set."""
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"
