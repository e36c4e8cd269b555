"""Normalization of each channel, with running statistics: BatchNorm1d, InstanceNorm1d."""

from typing import Any

import numpy as np
from tt_autograd.tensor import Tensor
from tt_tensor import versions

from .. import functional as F
from ..parameter import empty
from .base import Normalization


class _WithRunningStats(Normalization):
    """What batch and instance normalization share: running statistics, and how they print.

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
        self._make((num_features,), affine, affine and bias, device, dtype)
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
        super().reset_parameters()

    def _check_input_dim(self, input: Any) -> None:
        raise NotImplementedError

    def extra_repr(self) -> str:
        """What was set."""
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"bias={self.bias is not None}, track_running_stats={self.track_running_stats}"
        )


class _BatchNorm(_WithRunningStats):
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


class _InstanceNorm(_WithRunningStats):
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
