"""Pooling layers: MaxPool, AvgPool, MaxUnpool and LPPool in one to three dimensions."""

from collections.abc import Sequence
from typing import Any

from tt_nn.module import Module

from . import functional as F
from .ops.windows import several

# Each layer keeps its settings under PyTorch's names, and its forward passes them to the functional form, where they are
# described and checked.


class _MaxPool(Module):
    """What the three have in common."""

    def __init__(
        self,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        dilation: Any = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__()
        self.kernel_size, self.stride = kernel_size, kernel_size if stride is None else stride
        self.padding, self.dilation = padding, dilation
        self.return_indices, self.ceil_mode = return_indices, ceil_mode

    def _settings(self) -> tuple[Any, ...]:
        return self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode, self.return_indices

    def extra_repr(self) -> str:
        """What was set."""
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, dilation={self.dilation}, "
            f"ceil_mode={self.ceil_mode}"
        )


class MaxPool1d(_MaxPool):
    """The maximum of each window of `[N, C, L]` or `[C, L]`. Arguments as for `MaxPool2d`.

    Examples:
        >>> from tt_tensor import ones
        >>> MaxPool1d(2)(ones(2, 3, 8)).shape
        torch.Size([2, 3, 4])
    """

    def forward(self, input: Any) -> Any:
        """The maxima, and where they are if `return_indices`."""
        return F.max_pool1d(input, *self._settings())


class MaxPool2d(_MaxPool):
    """The maximum of each window of `[N, C, H, W]` or `[C, H, W]`. See `functional.max_pool2d`.

    Args:
        kernel_size: the size of a window: an int, or a tuple for height and width, as the others.
        stride: how far windows are apart; `kernel_size` by default.
        padding: how many places of -inf to add on all sides.
        dilation: how far the places of a window are apart.
        return_indices: whether to return where each maximum is, too, as `MaxUnpool2d` needs it.
        ceil_mode: whether the last window may reach over the edge.

    Examples:
        >>> from tt_tensor import ones
        >>> MaxPool2d(2)(ones(2, 3, 8, 8)).shape
        torch.Size([2, 3, 4, 4])
    """

    def forward(self, input: Any) -> Any:
        """The maxima, and where they are if `return_indices`."""
        return F.max_pool2d(input, *self._settings())


class MaxPool3d(_MaxPool):
    """The maximum of each window of `[N, C, D, H, W]` or `[C, D, H, W]`. Arguments as for `MaxPool2d`.

    Examples:
        >>> from tt_tensor import ones
        >>> MaxPool3d(2)(ones(2, 3, 8, 8, 8)).shape
        torch.Size([2, 3, 4, 4, 4])
    """

    def forward(self, input: Any) -> Any:
        """The maxima, and where they are if `return_indices`."""
        return F.max_pool3d(input, *self._settings())


class _AvgPool(Module):
    """What the three have in common."""

    kernel_size: Any
    stride: Any
    padding: Any

    def extra_repr(self) -> str:
        """What was set."""
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class AvgPool1d(_AvgPool):
    """The mean of each window of `[N, C, L]` or `[C, L]`. Arguments as for `AvgPool2d`.

    Examples:
        >>> from tt_tensor import ones
        >>> AvgPool1d(2)(ones(2, 3, 8)).shape
        torch.Size([2, 3, 4])
    """

    def __init__(
        self,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        super().__init__()
        self.kernel_size = several("AvgPool1d", "kernel_size", kernel_size, 1)
        self.stride = several("AvgPool1d", "stride", kernel_size if stride is None else stride, 1)
        self.padding = several("AvgPool1d", "padding", padding, 1)
        self.ceil_mode, self.count_include_pad = ceil_mode, count_include_pad

    def forward(self, input: Any) -> Any:
        """The means."""
        return F.avg_pool1d(input, self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad)


class _AvgPoolNd(_AvgPool):
    """What the two have in common."""

    def __init__(
        self,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        super().__init__()
        self.kernel_size, self.stride = kernel_size, kernel_size if stride is None else stride
        self.padding, self.ceil_mode = padding, ceil_mode
        self.count_include_pad, self.divisor_override = count_include_pad, divisor_override

    def _settings(self) -> tuple[Any, ...]:
        return (
            self.kernel_size,
            self.stride,
            self.padding,
            self.ceil_mode,
            self.count_include_pad,
            self.divisor_override,
        )


class AvgPool2d(_AvgPoolNd):
    """The mean of each window of `[N, C, H, W]` or `[C, H, W]`. See `functional.avg_pool2d`.

    Args:
        kernel_size: the size of a window: an int, or a tuple for height and width, as the others.
        stride: how far windows are apart; `kernel_size` by default.
        padding: how many zeros to add on all sides.
        ceil_mode: whether the last window may reach over the edge.
        count_include_pad: whether the zeros count in the mean.
        divisor_override: what to divide the sums by instead of the number of places.

    Examples:
        >>> from tt_tensor import ones
        >>> AvgPool2d(2)(ones(2, 3, 8, 8)).shape
        torch.Size([2, 3, 4, 4])
    """

    def forward(self, input: Any) -> Any:
        """The means."""
        return F.avg_pool2d(input, *self._settings())


class AvgPool3d(_AvgPoolNd):
    """The mean of each window of `[N, C, D, H, W]` or `[C, D, H, W]`. Arguments as for `AvgPool2d`.

    Examples:
        >>> from tt_tensor import ones
        >>> AvgPool3d(2)(ones(2, 3, 8, 8, 8)).shape
        torch.Size([2, 3, 4, 4, 4])
    """

    def forward(self, input: Any) -> Any:
        """The means."""
        return F.avg_pool3d(input, *self._settings())


class _MaxUnpool(Module):
    """What the three have in common."""

    dims: int

    def __init__(self, kernel_size: Any, stride: Any = None, padding: Any = 0) -> None:
        super().__init__()
        name = self._get_name()
        self.kernel_size = several(name, "kernel_size", kernel_size, self.dims)
        self.stride = several(name, "stride", kernel_size if stride is None else stride, self.dims)
        self.padding = several(name, "padding", padding, self.dims)

    def extra_repr(self) -> str:
        """What was set."""
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class MaxUnpool1d(_MaxUnpool):
    """The values that `MaxPool1d` chose, where they were, among zeros. Arguments as for `MaxUnpool2d`.

    Examples:
        >>> from tt_tensor import ones
        >>> MaxUnpool1d(2)(*MaxPool1d(2, return_indices=True)(ones(2, 3, 8))).shape
        torch.Size([2, 3, 8])
    """

    dims = 1

    def forward(self, input: Any, indices: Any, output_size: Sequence[int] | None = None) -> Any:
        """The values among zeros."""
        return F.max_unpool1d(input, indices, self.kernel_size, self.stride, self.padding, output_size)


class MaxUnpool2d(_MaxUnpool):
    """The values that `MaxPool2d` chose, where they were, among zeros. See `functional.max_unpool2d`.

    Args:
        kernel_size: as given to `MaxPool2d`, as the others.
        stride: how far windows are apart; `kernel_size` by default.
        padding: how many places were added on all sides.

    Examples:
        >>> from tt_tensor import ones
        >>> MaxUnpool2d(2)(*MaxPool2d(2, return_indices=True)(ones(2, 3, 8, 8))).shape
        torch.Size([2, 3, 8, 8])
    """

    dims = 2

    def forward(self, input: Any, indices: Any, output_size: Sequence[int] | None = None) -> Any:
        """The values among zeros."""
        return F.max_unpool2d(input, indices, self.kernel_size, self.stride, self.padding, output_size)


class MaxUnpool3d(_MaxUnpool):
    """The values that `MaxPool3d` chose, where they were, among zeros. Arguments as for `MaxUnpool2d`.

    Examples:
        >>> from tt_tensor import ones
        >>> MaxUnpool3d(2)(*MaxPool3d(2, return_indices=True)(ones(2, 3, 8, 8, 8))).shape
        torch.Size([2, 3, 8, 8, 8])
    """

    dims = 3

    def forward(self, input: Any, indices: Any, output_size: Sequence[int] | None = None) -> Any:
        """The values among zeros."""
        return F.max_unpool3d(input, indices, self.kernel_size, self.stride, self.padding, output_size)


class _LPPool(Module):
    """What the three have in common."""

    def __init__(self, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> None:
        super().__init__()
        self.norm_type, self.kernel_size, self.stride, self.ceil_mode = norm_type, kernel_size, stride, ceil_mode

    def _settings(self) -> tuple[Any, ...]:
        return self.norm_type, self.kernel_size, self.stride, self.ceil_mode

    def extra_repr(self) -> str:
        """What was set."""
        return f"norm_type={self.norm_type}, kernel_size={self.kernel_size}, stride={self.stride}, ceil_mode={self.ceil_mode}"


class LPPool1d(_LPPool):
    """The p-norm of each window of `[N, C, L]` or `[C, L]`. Arguments as for `LPPool2d`.

    Examples:
        >>> from tt_tensor import ones
        >>> LPPool1d(2, 2)(ones(2, 3, 8)).shape
        torch.Size([2, 3, 4])
    """

    def forward(self, input: Any) -> Any:
        """The norms."""
        return F.lp_pool1d(input, *self._settings())


class LPPool2d(_LPPool):
    """The p-norm of each window of `[N, C, H, W]` or `[C, H, W]`. See `functional.lp_pool2d`.

    Args:
        norm_type: p; ∞ for the largest |x|.
        kernel_size: the size of a window: an int, or a tuple for height and width, as the others.
        stride: how far windows are apart; `kernel_size` by default.
        ceil_mode: whether the last window may reach over the edge.

    Examples:
        >>> from tt_tensor import ones
        >>> LPPool2d(2, 2)(ones(2, 3, 8, 8)).shape
        torch.Size([2, 3, 4, 4])
    """

    def forward(self, input: Any) -> Any:
        """The norms."""
        return F.lp_pool2d(input, *self._settings())


class LPPool3d(_LPPool):
    """The p-norm of each window of `[N, C, D, H, W]` or `[C, D, H, W]`. Arguments as for `LPPool2d`.

    Examples:
        >>> from tt_tensor import ones
        >>> LPPool3d(2, 2)(ones(2, 3, 8, 8, 8)).shape
        torch.Size([2, 3, 4, 4, 4])
    """

    def forward(self, input: Any) -> Any:
        """The norms."""
        return F.lp_pool3d(input, *self._settings())
