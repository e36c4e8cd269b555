"""Pooling layers: MaxPool, AvgPool, MaxUnpool and LPPool in one to three dimensions."""

from collections.abc import Sequence
from typing import Any

from tt_nn.module import Module

from .avg_pooling import avg_pool, lp_pool
from .max_pooling import max_pool, max_unpool
from .ops.windows import several

# Each layer keeps its settings under PyTorch's names, and its forward passes them to the function, where they are checked.


class _MaxPool(Module):
    """What the three have in common."""

    _dims: int

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

    def forward(self, input: Any) -> Any:
        """The maxima, and where they are if `return_indices`."""
        return max_pool(
            self._dims, input, self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode, self.return_indices
        )  # fmt: skip

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

    _dims = 1


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

    _dims = 2


class MaxPool3d(_MaxPool):
    """The maximum of each window of `[N, C, D, H, W]` or `[C, D, H, W]`. Arguments as for `MaxPool2d`.

    Examples:
        >>> from tt_tensor import ones
        >>> MaxPool3d(2)(ones(2, 3, 8, 8, 8)).shape
        torch.Size([2, 3, 4, 4, 4])
    """

    _dims = 3


class _AvgPool(Module):
    """What the three have in common."""

    _dims: int

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

    def forward(self, input: Any) -> Any:
        """The means."""
        return avg_pool(
            self._dims, input, self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad,
            self.divisor_override,
        )  # fmt: skip

    def extra_repr(self) -> str:
        """What was set."""
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class AvgPool1d(_AvgPool):
    """The mean of each window of `[N, C, L]` or `[C, L]`. Arguments as for `AvgPool2d`, but there is no `divisor_override`.

    Examples:
        >>> from tt_tensor import ones
        >>> AvgPool1d(2)(ones(2, 3, 8)).shape
        torch.Size([2, 3, 4])
    """

    _dims = 1

    def __init__(
        self,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        super().__init__(
            several("AvgPool1d", "kernel_size", kernel_size, 1),
            several("AvgPool1d", "stride", kernel_size if stride is None else stride, 1),
            several("AvgPool1d", "padding", padding, 1),
            ceil_mode,
            count_include_pad,
        )


class AvgPool2d(_AvgPool):
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

    _dims = 2


class AvgPool3d(_AvgPool):
    """The mean of each window of `[N, C, D, H, W]` or `[C, D, H, W]`. Arguments as for `AvgPool2d`.

    Examples:
        >>> from tt_tensor import ones
        >>> AvgPool3d(2)(ones(2, 3, 8, 8, 8)).shape
        torch.Size([2, 3, 4, 4, 4])
    """

    _dims = 3


class _MaxUnpool(Module):
    """What the three have in common."""

    _dims: int

    def __init__(self, kernel_size: Any, stride: Any = None, padding: Any = 0) -> None:
        super().__init__()
        name = self._get_name()
        self.kernel_size = several(name, "kernel_size", kernel_size, self._dims)
        self.stride = several(name, "stride", kernel_size if stride is None else stride, self._dims)
        self.padding = several(name, "padding", padding, self._dims)

    def forward(self, input: Any, indices: Any, output_size: Sequence[int] | None = None) -> Any:
        """The values among zeros."""
        return max_unpool(self._dims, input, indices, self.kernel_size, self.stride, self.padding, output_size)

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

    _dims = 1


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

    _dims = 2


class MaxUnpool3d(_MaxUnpool):
    """The values that `MaxPool3d` chose, where they were, among zeros. Arguments as for `MaxUnpool2d`.

    Examples:
        >>> from tt_tensor import ones
        >>> MaxUnpool3d(2)(*MaxPool3d(2, return_indices=True)(ones(2, 3, 8, 8, 8))).shape
        torch.Size([2, 3, 8, 8, 8])
    """

    _dims = 3


class _LPPool(Module):
    """What the three have in common."""

    _dims: int

    def __init__(self, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> None:
        super().__init__()
        self.norm_type, self.kernel_size, self.stride, self.ceil_mode = norm_type, kernel_size, stride, ceil_mode

    def forward(self, input: Any) -> Any:
        """The norms."""
        return lp_pool(self._dims, input, self.norm_type, self.kernel_size, self.stride, self.ceil_mode)

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

    _dims = 1


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

    _dims = 2


class LPPool3d(_LPPool):
    """The p-norm of each window of `[N, C, D, H, W]` or `[C, D, H, W]`. Arguments as for `LPPool2d`.

    Examples:
        >>> from tt_tensor import ones
        >>> LPPool3d(2, 2)(ones(2, 3, 8, 8, 8)).shape
        torch.Size([2, 3, 4, 4, 4])
    """

    _dims = 3
