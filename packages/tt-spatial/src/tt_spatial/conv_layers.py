"""The layers Conv1d, Conv2d and Conv3d, and what they share with the transposed ones."""

import math
from typing import Any, SupportsIndex

from tt_nn import init
from tt_nn.module import Module
from tt_nn.parameter import Parameter, empty

from .convolve import convolve
from .ops.pad import pad

MODES = ("zeros", "reflect", "replicate", "circular")


def expanded(value: Any, d: int) -> Any:
    """One value per dimension, as PyTorch's layers keep it: a sequence as a tuple, anything else `d` times."""
    return tuple(value) if isinstance(value, tuple | list) else (value,) * d


class _Convolution(Module):
    """What convolutions and transposed ones share: the parameters, their initial values, and how they print."""

    _dims: int
    transposed = False
    weight: Parameter
    bias: Parameter | None

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any,
        padding: Any,
        dilation: Any,
        output_padding: Any,
        groups: int,
        bias: bool,
        padding_mode: str,
        device: Any,
        dtype: Any,
    ) -> None:
        super().__init__()
        d = self._dims
        self.in_channels, self.out_channels, self.groups = in_channels, out_channels, groups
        self.kernel_size, self.stride, self.dilation = (expanded(v, d) for v in (kernel_size, stride, dilation))
        self.padding = padding if isinstance(padding, str) else expanded(padding, d)
        self.output_padding, self.padding_mode = expanded(output_padding, d), padding_mode
        self._check_settings()
        first, second = (in_channels, out_channels) if self.transposed else (out_channels, in_channels)
        self.weight = empty(first, second // groups, *self.kernel_size, device=device, dtype=dtype)
        self.register_parameter("bias", empty(out_channels, device=device, dtype=dtype) if bias else None)
        self.reset_parameters()

    def _check_settings(self) -> None:
        name = type(self).__name__
        channels = {"in_channels": self.in_channels, "out_channels": self.out_channels}
        counts = {key: (count,) for key, count in {**channels, "groups": self.groups}.items()}
        for key, values in {**counts, "kernel_size": self.kernel_size}.items():
            if not all(isinstance(value, SupportsIndex) for value in values):
                raise TypeError(f"{name}: {key} must be made of ints, got {values if len(values) > 1 else values[0]!r}")
        if self.groups <= 0:
            raise ValueError(f"{name}: groups must be a positive integer, got {self.groups}")
        for key, count in channels.items():
            if count % self.groups:
                raise ValueError(
                    f"{name}: {key} must be divisible by groups, got {key}={count} and groups={self.groups}"
                )
        if self.padding_mode not in MODES:
            raise ValueError(f"{name}: padding_mode must be one of {MODES}, but got padding_mode='{self.padding_mode}'")
        if not isinstance(self.padding, str):
            return
        if self.padding not in ("same", "valid"):
            raise ValueError(f"{name}: Invalid padding string {self.padding!r}, should be one of 'same', 'valid'")
        if self.padding == "same" and any(s != 1 for s in self.stride):
            raise ValueError(
                f"{name}: padding='same' is not supported for strided convolutions, got stride={self.stride}; give numbers"
            )

    def reset_parameters(self) -> None:
        """Draw the parameters anew: uniform in ±1/√fan_in, where fan_in is the number of values that a sum is over."""
        if not self.weight.numel():
            return
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            bound = 1 / math.sqrt(math.prod(self.weight.shape[1:]))
            init.uniform_(self.bias, -bound, bound)

    def extra_repr(self) -> str:
        """The channels, the kernel, and what differs from the defaults."""
        plain = {"padding": (0,), "dilation": (1,), "output_padding": (0,)}
        text = f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"
        for key, usual in plain.items():
            value = getattr(self, key)
            if value != usual * len(value):
                text += f", {key}={value}"
        if self.groups != 1:
            text += f", groups={self.groups}"
        if self.bias is None:
            text += ", bias=False"
        return text if self.padding_mode == "zeros" else f"{text}, padding_mode={self.padding_mode}"


class _Conv(_Convolution):
    """A convolution of `_dims` dimensions."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(
            in_channels, out_channels, kernel_size, stride, padding, dilation, 0, groups, bias, padding_mode, device, dtype
        )  # fmt: skip

    def _around(self) -> list[int]:
        """The padding as `pad` takes it: before and after, the last dimension first."""
        if self.padding == "valid":
            return [0] * (2 * self._dims)
        if self.padding == "same":
            totals = [step * (k - 1) for step, k in zip(self.dilation, self.kernel_size)]
            return [n for total in reversed(totals) for n in (total // 2, total - total // 2)]
        return [int(p) for p in reversed(self.padding) for _ in range(2)]

    def _conv_forward(self, input: Any, weight: Any, bias: Any) -> Any:
        """`forward` with other parameters: what subclasses call that quantize, normalize or mask the weight."""
        padding = self.padding
        if self.padding_mode != "zeros":
            input, padding = pad(input, self._around(), mode=self.padding_mode), 0
        return convolve(
            f"conv{self._dims}d", self._dims, input, weight, bias, self.stride, padding, self.dilation, self.groups
        )

    def forward(self, input: Any) -> Any:
        """`[N, in_channels, ...]`, or without the N, to `[N, out_channels, ...]`."""
        return self._conv_forward(input, self.weight, self.bias)


class Conv1d(_Conv):
    """A convolution of a signal; see `functional.conv1d`.

    Args:
        in_channels: the number of channels of the input.
        out_channels: the number of channels of the result.
        kernel_size: one int or a tuple of one.
        stride: how far the kernel moves; one int or a tuple of one.
        padding: how much is added on each side; one int or a tuple of one; or `'valid'` for nothing, or `'same'`.
        dilation: how far apart the kernel's elements lie; one int or a tuple of one.
        groups: into how many parts the channels are split; `in_channels` of them make a depthwise convolution.
        bias: whether there is one.
        padding_mode: what is added: `'zeros'`, `'reflect'`, `'replicate'` or `'circular'`.
        device: None or "cpu".
        dtype: of the parameters; the default float if None.

    Attributes:
        weight: `[out_channels, in_channels/groups, K]`, at first uniform in ±1/√fan_in.
        bias: `[out_channels]`, at first uniform in ±1/√fan_in; or None.

    Examples:
        >>> from tt_tensor import ones
        >>> Conv1d(16, 33, 3, stride=2)(ones(20, 16, 50)).shape
        torch.Size([20, 33, 24])
    """

    _dims = 1


class Conv2d(_Conv):
    """A convolution of images; see `functional.conv2d`.

    Args:
        in_channels: the number of channels of the input.
        out_channels: the number of channels of the result.
        kernel_size: an int or a pair.
        stride: how far the kernel moves; an int or a pair.
        padding: how much is added on each side; an int or a pair; or `'valid'` for nothing, or `'same'` to keep the size.
        dilation: how far apart the kernel's elements lie; an int or a pair.
        groups: into how many parts the channels are split; `in_channels` of them make a depthwise convolution.
        bias: whether there is one.
        padding_mode: what is added: `'zeros'`, `'reflect'`, `'replicate'` or `'circular'`.
        device: None or "cpu".
        dtype: of the parameters; the default float if None.

    Attributes:
        weight: `[out_channels, in_channels/groups, kH, kW]`, at first uniform in ±1/√fan_in.
        bias: `[out_channels]`, at first uniform in ±1/√fan_in; or None.

    Examples:
        >>> from tt_tensor import ones
        >>> layer = Conv2d(3, 8, kernel_size=3, padding=1)
        >>> layer
        Conv2d(3, 8, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1))
        >>> layer(ones(2, 3, 32, 32)).shape
        torch.Size([2, 8, 32, 32])
    """

    _dims = 2


class Conv3d(_Conv):
    """A convolution of volumes; see `functional.conv3d`.

    Args:
        in_channels: the number of channels of the input.
        out_channels: the number of channels of the result.
        kernel_size: an int or a triple.
        stride: how far the kernel moves; an int or a triple.
        padding: how much is added on each side; an int or a triple; or `'valid'` for nothing, or `'same'` to keep the size.
        dilation: how far apart the kernel's elements lie; an int or a triple.
        groups: into how many parts the channels are split; `in_channels` of them make a depthwise convolution.
        bias: whether there is one.
        padding_mode: what is added: `'zeros'`, `'reflect'`, `'replicate'` or `'circular'`.
        device: None or "cpu".
        dtype: of the parameters; the default float if None.

    Attributes:
        weight: `[out_channels, in_channels/groups, kD, kH, kW]`, at first uniform in ±1/√fan_in.
        bias: `[out_channels]`, at first uniform in ±1/√fan_in; or None.

    Examples:
        >>> from tt_tensor import ones
        >>> Conv3d(2, 4, (3, 5, 2), stride=(2, 1, 1), padding=(4, 2, 0))(ones(1, 2, 10, 8, 6)).shape
        torch.Size([1, 4, 8, 8, 5])
    """

    _dims = 3
