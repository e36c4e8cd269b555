"""Adaptive pooling layers: AdaptiveAvgPool and AdaptiveMaxPool in one to three dimensions."""

from typing import Any

from tt_nn.module import Module

from . import functional as F


class _AdaptivePool(Module):
    """What the six have in common."""

    def __init__(self, output_size: Any) -> None:
        super().__init__()
        self.output_size = output_size

    def extra_repr(self) -> str:
        """What was set."""
        return f"output_size={self.output_size}"


class _AdaptiveMaxPool(_AdaptivePool):
    """What three of them have in common."""

    def __init__(self, output_size: Any, return_indices: bool = False) -> None:
        super().__init__(output_size)
        self.return_indices = return_indices


class AdaptiveAvgPool1d(_AdaptivePool):
    """The mean of each of `output_size` windows of `[N, C, L]` or `[C, L]`. Arguments as for `AdaptiveAvgPool2d`.

    Examples:
        >>> from tt_tensor import ones
        >>> AdaptiveAvgPool1d(1)(ones(2, 3, 8)).shape
        torch.Size([2, 3, 1])
    """

    def forward(self, input: Any) -> Any:
        """The means."""
        return F.adaptive_avg_pool1d(input, self.output_size)


class AdaptiveAvgPool2d(_AdaptivePool):
    """The mean of each of `output_size` windows of `[N, C, H, W]` or `[C, H, W]`. See `functional.adaptive_avg_pool2d`.

    Args:
        output_size: height and width of the result, None for that of the input; one int for both.

    Examples:
        >>> from tt_tensor import ones
        >>> AdaptiveAvgPool2d(1)(ones(2, 3, 8, 8)).shape
        torch.Size([2, 3, 1, 1])
    """

    def forward(self, input: Any) -> Any:
        """The means."""
        return F.adaptive_avg_pool2d(input, self.output_size)


class AdaptiveAvgPool3d(_AdaptivePool):
    """The mean of each of `output_size` windows of `[N, C, D, H, W]` or `[C, D, H, W]`. Arguments as for `AdaptiveAvgPool2d`.

    Examples:
        >>> from tt_tensor import ones
        >>> AdaptiveAvgPool3d(1)(ones(2, 3, 8, 8, 8)).shape
        torch.Size([2, 3, 1, 1, 1])
    """

    def forward(self, input: Any) -> Any:
        """The means."""
        return F.adaptive_avg_pool3d(input, self.output_size)


class AdaptiveMaxPool1d(_AdaptiveMaxPool):
    """The maximum of each of `output_size` windows of `[N, C, L]` or `[C, L]`. Arguments as for `AdaptiveMaxPool2d`.

    Examples:
        >>> from tt_tensor import ones
        >>> AdaptiveMaxPool1d(1)(ones(2, 3, 8)).shape
        torch.Size([2, 3, 1])
    """

    def forward(self, input: Any) -> Any:
        """The maxima, and where they are if `return_indices`."""
        return F.adaptive_max_pool1d(input, self.output_size, self.return_indices)


class AdaptiveMaxPool2d(_AdaptiveMaxPool):
    """The maximum of each of `output_size` windows of `[N, C, H, W]` or `[C, H, W]`. See `functional.adaptive_max_pool2d`.

    Args:
        output_size: height and width of the result, None for that of the input; one int for both.
        return_indices: whether to return the place of each maximum in its plane, too.

    Examples:
        >>> from tt_tensor import ones
        >>> AdaptiveMaxPool2d(1)(ones(2, 3, 8, 8)).shape
        torch.Size([2, 3, 1, 1])
    """

    def forward(self, input: Any) -> Any:
        """The maxima, and where they are if `return_indices`."""
        return F.adaptive_max_pool2d(input, self.output_size, self.return_indices)


class AdaptiveMaxPool3d(_AdaptiveMaxPool):
    """The maximum of each of `output_size` windows of `[N, C, D, H, W]` or `[C, D, H, W]`. Arguments as for `AdaptiveMaxPool2d`.

    Examples:
        >>> from tt_tensor import ones
        >>> AdaptiveMaxPool3d(1)(ones(2, 3, 8, 8, 8)).shape
        torch.Size([2, 3, 1, 1, 1])
    """

    def forward(self, input: Any) -> Any:
        """The maxima, and where they are if `return_indices`."""
        return F.adaptive_max_pool3d(input, self.output_size, self.return_indices)
