"""The layers ConvTranspose1d, ConvTranspose2d and ConvTranspose3d."""

from typing import Any

from .conv_layers import _Convolution
from .convolve import convolve_transposed


class _ConvTranspose(_Convolution):
    """A transposed convolution of `_dims` dimensions."""

    transposed = True

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        output_padding: Any = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Any = 1,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        if padding_mode != "zeros":
            raise ValueError(f'{type(self).__name__}: Only "zeros" padding mode is supported, got {padding_mode!r}')
        if isinstance(padding, str):
            raise TypeError(f"{type(self).__name__}: padding must be an int or a tuple of ints, got {padding!r}")
        super().__init__(
            in_channels, out_channels, kernel_size, stride, padding, dilation, output_padding, groups, bias, padding_mode,
            device, dtype,
        )  # fmt: skip

    def _output_padding(self, input: Any, output_size: Any) -> tuple[int, ...]:
        """The output padding with which the result has the size that is asked for."""
        d = self._dims
        lead = input.ndim - d
        sizes = list(output_size)[lead:] if len(output_size) == input.ndim else list(output_size)
        if len(sizes) != d:
            raise ValueError(
                f"{type(self).__name__}: for {input.ndim}D input, output_size must have {d} or {input.ndim} elements "
                f"(got {len(output_size)})"
            )
        least = [
            (n - 1) * s - 2 * p + step * (k - 1) + 1
            for n, s, p, step, k in zip(input.shape[lead:], self.stride, self.padding, self.dilation, self.kernel_size)
        ]
        most = [n + s - 1 for n, s in zip(least, self.stride)]
        if any(not low <= n <= high for low, n, high in zip(least, sizes, most)):
            raise ValueError(
                f"{type(self).__name__}: requested an output size of {sizes}, but valid sizes range from {least} to {most} "
                f"(for an input of {list(input.shape[lead:])})"
            )
        return tuple(n - low for n, low in zip(sizes, least))

    def forward(self, input: Any, output_size: Any = None) -> Any:
        """`[N, in_channels, ...]`, or without the N, to `[N, out_channels, ...]`.

        Several sizes of the result lead to one size of the input if the stride is above 1; `output_size` says which is meant.

        Raises:
            ValueError: if there is no result of that size.
        """
        more = self.output_padding if output_size is None else self._output_padding(input, output_size)
        return convolve_transposed(
            f"conv_transpose{self._dims}d", self._dims, input, self.weight, self.bias, self.stride, self.padding, more,
            self.groups, self.dilation,
        )  # fmt: skip


class ConvTranspose1d(_ConvTranspose):
    """A transposed convolution of a signal, which makes it longer; see `functional.conv_transpose1d`.

    Args:
        in_channels: the number of channels of the input.
        out_channels: the number of channels of the result.
        kernel_size: one int or a tuple of one.
        stride: how far apart the kernels of neighbouring elements lie; one int or a tuple of one.
        padding: how much is cut off on each side of the result; one int or a tuple of one.
        output_padding: how much longer the result is at the end; one int or a tuple of one.
        groups: into how many parts the channels are split.
        bias: whether there is one.
        dilation: how far apart the kernel's elements lie; one int or a tuple of one.
        padding_mode: only `'zeros'`.
        device: None or "cpu".
        dtype: of the parameters; the default float if None.

    Attributes:
        weight: `[in_channels, out_channels/groups, K]`, at first uniform in ±1/√fan_in.
        bias: `[out_channels]`, at first uniform in ±1/√fan_in; or None.

    Examples:
        >>> from tt_tensor import ones
        >>> ConvTranspose1d(4, 2, 3, stride=2)(ones(1, 4, 5)).shape
        torch.Size([1, 2, 11])
    """

    _dims = 1


class ConvTranspose2d(_ConvTranspose):
    """A transposed convolution of images, which makes them larger; see `functional.conv_transpose2d`.

    Args:
        in_channels: the number of channels of the input.
        out_channels: the number of channels of the result.
        kernel_size: an int or a pair.
        stride: how far apart the kernels of neighbouring elements lie; an int or a pair.
        padding: how much is cut off on each side of the result; an int or a pair.
        output_padding: how much longer the result is at the end; an int or a pair.
        groups: into how many parts the channels are split.
        bias: whether there is one.
        dilation: how far apart the kernel's elements lie; an int or a pair.
        padding_mode: only `'zeros'`.
        device: None or "cpu".
        dtype: of the parameters; the default float if None.

    Attributes:
        weight: `[in_channels, out_channels/groups, kH, kW]`, at first uniform in ±1/√fan_in.
        bias: `[out_channels]`, at first uniform in ±1/√fan_in; or None.

    Examples:
        >>> from tt_tensor import ones
        >>> layer = ConvTranspose2d(16, 8, 3, stride=2, padding=1)
        >>> layer(ones(1, 16, 6, 6)).shape, layer(ones(1, 16, 6, 6), output_size=(12, 12)).shape
        (torch.Size([1, 8, 11, 11]), torch.Size([1, 8, 12, 12]))
    """

    _dims = 2


class ConvTranspose3d(_ConvTranspose):
    """A transposed convolution of volumes, which makes them larger; see `functional.conv_transpose3d`.

    Args:
        in_channels: the number of channels of the input.
        out_channels: the number of channels of the result.
        kernel_size: an int or a triple.
        stride: how far apart the kernels of neighbouring elements lie; an int or a triple.
        padding: how much is cut off on each side of the result; an int or a triple.
        output_padding: how much longer the result is at the end; an int or a triple.
        groups: into how many parts the channels are split.
        bias: whether there is one.
        dilation: how far apart the kernel's elements lie; an int or a triple.
        padding_mode: only `'zeros'`.
        device: None or "cpu".
        dtype: of the parameters; the default float if None.

    Attributes:
        weight: `[in_channels, out_channels/groups, kD, kH, kW]`, at first uniform in ±1/√fan_in.
        bias: `[out_channels]`, at first uniform in ±1/√fan_in; or None.

    Examples:
        >>> from tt_tensor import ones
        >>> ConvTranspose3d(4, 2, 2, stride=2)(ones(1, 4, 3, 4, 5)).shape
        torch.Size([1, 2, 6, 8, 10])
    """

    _dims = 3
