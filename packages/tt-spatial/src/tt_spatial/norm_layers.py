"""Normalization of pictures and volumes: BatchNorm2d, BatchNorm3d, InstanceNorm2d, InstanceNorm3d."""

from typing import Any

from tt_nn.normalization import _BatchNorm, _InstanceNorm


class BatchNorm2d(_BatchNorm):
    """Batch normalization of `[N, C, H, W]`: (x - mean) / √(var + eps) · weight + bias, per channel.

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
        >>> BatchNorm2d(1)(tensor([[[[0.0, 2.0], [0.0, 2.0]]]]))
        tensor([[[[-1.0000,  1.0000],
                  [-1.0000,  1.0000]]]], grad_fn=<BatchNormBackward0>)
    """

    def _check_input_dim(self, input: Any) -> None:
        if input.ndim != 4:
            raise ValueError(
                f"BatchNorm2d: expected 4D input (got {input.ndim}D input); x[None] makes a batch of one image"
            )


class BatchNorm3d(_BatchNorm):
    """Batch normalization of `[N, C, D, H, W]`. See `BatchNorm2d`.

    Examples:
        >>> from tt_tensor import ones
        >>> BatchNorm3d(3)(ones(2, 3, 4, 4, 4)).shape
        torch.Size([2, 3, 4, 4, 4])
    """

    def _check_input_dim(self, input: Any) -> None:
        if input.ndim != 5:
            raise ValueError(
                f"BatchNorm3d: expected 5D input (got {input.ndim}D input); x[None] makes a batch of one volume"
            )


class InstanceNorm2d(_InstanceNorm):
    """Instance normalization of `[N, C, H, W]` or `[C, H, W]`: each channel of each sample by itself.

    See `functional.instance_norm`; arguments as in `BatchNorm2d`, with `affine` and `track_running_stats` off.

    Examples:
        >>> from tt_tensor import tensor
        >>> InstanceNorm2d(1)(tensor([[[[0.0, 2.0], [0.0, 2.0]]]]))
        tensor([[[[-1.0000,  1.0000],
                  [-1.0000,  1.0000]]]])
    """

    def _no_batch_dim(self) -> int:
        return 3

    def _check_input_dim(self, input: Any) -> None:
        if input.ndim not in (3, 4):
            raise ValueError(f"InstanceNorm2d: expected 3D or 4D input (got {input.ndim}D input)")


class InstanceNorm3d(_InstanceNorm):
    """Instance normalization of `[N, C, D, H, W]` or `[C, D, H, W]`. See `InstanceNorm2d`.

    Examples:
        >>> from tt_tensor import ones
        >>> InstanceNorm3d(3)(ones(2, 3, 4, 4, 4)).shape
        torch.Size([2, 3, 4, 4, 4])
    """

    def _no_batch_dim(self) -> int:
        return 4

    def _check_input_dim(self, input: Any) -> None:
        if input.ndim not in (4, 5):
            raise ValueError(f"InstanceNorm3d: expected 4D or 5D input (got {input.ndim}D input)")
