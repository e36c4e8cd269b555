"""Layers that change the size of pictures: Upsample, PixelShuffle and their relatives, Unfold and Fold."""

from typing import Any

from tt_nn.module import Module

from . import functional as F


class Upsample(Module):
    """`interpolate` as a layer: a picture enlarged, by a factor or to a size.

    Args:
        size: the size of the dimensions after the channels; one int for all.
        scale_factor: in place of it the factor by which they grow.
        mode: `"nearest"`, `"nearest-exact"`, `"linear"`, `"bilinear"`, `"bicubic"`, `"trilinear"` or `"area"`.
        align_corners: whether the centres of the corners lie on each other; for the smooth modes.
        recompute_scale_factor: whether to compute positions from the size of the result rather than from `scale_factor`.

    Examples:
        >>> from tt_tensor import tensor
        >>> Upsample(scale_factor=2)(tensor([[[[1.0, 2.0]]]]))
        tensor([[[[1., 1., 2., 2.],
                  [1., 1., 2., 2.]]]])
    """

    def __init__(
        self,
        size: Any = None,
        scale_factor: Any = None,
        mode: str = "nearest",
        align_corners: bool | None = None,
        recompute_scale_factor: bool | None = None,
    ) -> None:
        super().__init__()
        if isinstance(scale_factor, tuple | list):
            scale_factor = tuple(float(f) for f in scale_factor)
        elif scale_factor is not None:
            scale_factor = float(scale_factor)
        self.size, self.scale_factor, self.mode = size, scale_factor, mode
        self.align_corners, self.recompute_scale_factor = align_corners, recompute_scale_factor

    def forward(self, input: Any) -> Any:
        """`[N, C, ...]` in another size."""
        return F.interpolate(
            input, self.size, self.scale_factor, self.mode, self.align_corners, self.recompute_scale_factor
        )

    def extra_repr(self) -> str:
        """The size or the factor, and the mode."""
        how = f"size={self.size!r}" if self.scale_factor is None else f"scale_factor={self.scale_factor!r}"
        return f"{how}, mode={self.mode!r}"


class UpsamplingNearest2d(Upsample):
    """`Upsample` in mode `"nearest"`.

    Args:
        size: height and width of the result; one int for both.
        scale_factor: in place of it the factor by which they grow; one number for both.

    Examples:
        >>> from tt_tensor import ones
        >>> UpsamplingNearest2d(scale_factor=2)(ones(1, 1, 2, 3)).shape
        torch.Size([1, 1, 4, 6])
    """

    def __init__(self, size: Any = None, scale_factor: Any = None) -> None:
        super().__init__(size, scale_factor, "nearest")


class UpsamplingBilinear2d(Upsample):
    """`Upsample` in mode `"bilinear"` with `align_corners`.

    Args:
        size: height and width of the result; one int for both.
        scale_factor: in place of it the factor by which they grow; one number for both.

    Examples:
        >>> from tt_tensor import tensor
        >>> UpsamplingBilinear2d(size=(1, 3))(tensor([[[[1.0, 3.0]]]]))
        tensor([[[[1., 2., 3.]]]])
    """

    def __init__(self, size: Any = None, scale_factor: Any = None) -> None:
        super().__init__(size, scale_factor, "bilinear", align_corners=True)


class PixelShuffle(Module):
    """Channels spread out to pixels: `[..., C · r², H, W]` to `[..., C, H · r, W · r]`. See `functional.pixel_shuffle`.

    Args:
        upscale_factor: r, whose square divides the number of channels.

    Examples:
        >>> from tt_tensor import ones
        >>> PixelShuffle(3)(ones(1, 9, 4, 4)).shape
        torch.Size([1, 1, 12, 12])
    """

    def __init__(self, upscale_factor: int) -> None:
        super().__init__()
        self.upscale_factor = upscale_factor

    def forward(self, input: Any) -> Any:
        """`[..., C · r², H, W]` to `[..., C, H · r, W · r]`."""
        return F.pixel_shuffle(input, self.upscale_factor)

    def extra_repr(self) -> str:
        """The factor."""
        return f"upscale_factor={self.upscale_factor}"


class PixelUnshuffle(Module):
    """Pixels gathered in channels: undoes `PixelShuffle`. See `functional.pixel_unshuffle`.

    Args:
        downscale_factor: r, which divides height and width.

    Examples:
        >>> from tt_tensor import ones
        >>> PixelUnshuffle(3)(ones(1, 1, 12, 12)).shape
        torch.Size([1, 9, 4, 4])
    """

    def __init__(self, downscale_factor: int) -> None:
        super().__init__()
        self.downscale_factor = downscale_factor

    def forward(self, input: Any) -> Any:
        """`[..., C, H · r, W · r]` to `[..., C · r², H, W]`."""
        return F.pixel_unshuffle(input, self.downscale_factor)

    def extra_repr(self) -> str:
        """The factor."""
        return f"downscale_factor={self.downscale_factor}"


class ChannelShuffle(Module):
    """The channels dealt out anew. See `functional.channel_shuffle`.

    Args:
        groups: divides the number of channels.

    Examples:
        >>> from tt_tensor import arange
        >>> ChannelShuffle(2)(arange(4.0).reshape(1, 4, 1)).flatten()
        tensor([0., 2., 1., 3.])
    """

    def __init__(self, groups: int) -> None:
        super().__init__()
        self.groups = groups

    def forward(self, input: Any) -> Any:
        """The input with its channels in another order."""
        return F.channel_shuffle(input, self.groups)

    def extra_repr(self) -> str:
        """The number of groups."""
        return f"groups={self.groups}"


class Unfold(Module):
    """All windows of a picture as columns. See `functional.unfold`.

    Args:
        kernel_size: the size of a window: an int, or a tuple for height and width, as the others.
        dilation: how far the places of a window are apart.
        padding: how many zeros to add on all sides.
        stride: how far windows are apart.

    Examples:
        >>> from tt_tensor import ones
        >>> Unfold(2)(ones(1, 3, 4, 4)).shape
        torch.Size([1, 12, 9])
    """

    def __init__(self, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> None:
        super().__init__()
        self.kernel_size, self.dilation, self.padding, self.stride = kernel_size, dilation, padding, stride

    def forward(self, input: Any) -> Any:
        """`[N, C, H, W]` to `[N, C · window, windows]`."""
        return F.unfold(input, self.kernel_size, self.dilation, self.padding, self.stride)

    def extra_repr(self) -> str:
        """What was set."""
        return f"kernel_size={self.kernel_size}, dilation={self.dilation}, padding={self.padding}, stride={self.stride}"


class Fold(Module):
    """Columns added up to a picture. See `functional.fold`.

    Args:
        output_size: height and width of the picture; one int for both.
        kernel_size: the size of a window: an int, or a tuple for height and width, as the others.
        dilation: how far the places of a window are apart.
        padding: how many places on all sides are left out of the result.
        stride: how far windows are apart.

    Examples:
        >>> from tt_tensor import ones
        >>> Fold(4, 2)(ones(1, 12, 9)).shape
        torch.Size([1, 3, 4, 4])
    """

    def __init__(
        self, output_size: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1
    ) -> None:
        super().__init__()
        self.output_size, self.kernel_size = output_size, kernel_size
        self.dilation, self.padding, self.stride = dilation, padding, stride

    def forward(self, input: Any) -> Any:
        """`[N, C · window, windows]` to `[N, C, H, W]`."""
        return F.fold(input, self.output_size, self.kernel_size, self.dilation, self.padding, self.stride)

    def extra_repr(self) -> str:
        """What was set."""
        return (
            f"output_size={self.output_size}, kernel_size={self.kernel_size}, dilation={self.dilation}, "
            f"padding={self.padding}, stride={self.stride}"
        )
