"""Channels and pixels exchanged: pixel_shuffle, pixel_unshuffle, channel_shuffle."""

from typing import Any

from tt_tensor.errors import ShapeError


def pixel_shuffle(input: Any, upscale_factor: int) -> Any:
    """Channels spread out to pixels: `[..., C · r², H, W]` to `[..., C, H · r, W · r]`.

    Args:
        input: a tensor of at least 3 dimensions.
        upscale_factor: r, whose square divides the number of channels.

    Raises:
        ShapeError: if it does not, or is not positive.

    Source:
        Shi et al., Real-time single image and video super-resolution using an efficient sub-pixel convolutional neural
        network, 2016.

    Examples:
        >>> from tt_tensor import arange
        >>> from tt_spatial.functional import pixel_shuffle
        >>> pixel_shuffle(arange(8.0).reshape(4, 1, 2), 2)
        tensor([[[0., 2., 1., 3.],
                 [4., 6., 5., 7.]]])
    """
    r = upscale_factor
    if input.ndim < 3:
        raise ShapeError(
            f"pixel_shuffle: expects input to have at least 3 dimensions, but got input with {input.ndim} dimension(s)"
        )
    if r <= 0:
        raise ShapeError(f"pixel_shuffle: expects a positive upscale_factor, but got {r}")
    *lead, c, h, w = input.shape
    if c % (r * r):
        raise ShapeError(
            f"pixel_shuffle: expects its input's 'channel' dimension to be divisible by the square of upscale_factor, but "
            f"input.size(-3)={c} is not divisible by {r * r}"
        )
    k = len(lead)
    x = input.reshape(*lead, c // (r * r), r, r, h, w)
    return x.permute(*range(k), k, k + 3, k + 1, k + 4, k + 2).reshape(*lead, c // (r * r), h * r, w * r)


def pixel_unshuffle(input: Any, downscale_factor: int) -> Any:
    """Pixels gathered in channels: `[..., C, H · r, W · r]` to `[..., C · r², H, W]`; undoes `pixel_shuffle`.

    Args:
        input: a tensor of at least 3 dimensions.
        downscale_factor: r, which divides height and width.

    Raises:
        ShapeError: if it does not, or is not positive.

    Examples:
        >>> from tt_tensor import arange
        >>> from tt_spatial.functional import pixel_unshuffle
        >>> pixel_unshuffle(arange(4.0).reshape(1, 2, 2), 2).flatten()
        tensor([0., 1., 2., 3.])
    """
    r = downscale_factor
    if input.ndim < 3:
        raise ShapeError(
            f"pixel_unshuffle: expects input to have at least 3 dimensions, but got input with {input.ndim} dimension(s)"
        )
    if r <= 0:
        raise ShapeError(f"pixel_unshuffle: expects a positive downscale_factor, but got {r}")
    *lead, c, h, w = input.shape
    for word, n, dim in (("height", h, -2), ("width", w, -1)):
        if n % r:
            raise ShapeError(
                f"pixel_unshuffle: expects {word} to be divisible by downscale_factor, but input.size({dim})={n} is not "
                f"divisible by {r}"
            )
    k = len(lead)
    x = input.reshape(*lead, c, h // r, r, w // r, r)
    return x.permute(*range(k), k, k + 2, k + 4, k + 1, k + 3).reshape(*lead, c * r * r, h // r, w // r)


def channel_shuffle(input: Any, groups: int) -> Any:
    """The channels dealt out anew: as a matrix with a row for each group, transposed.

    Args:
        input: `[N, C, ...]`, of at least 3 dimensions.
        groups: divides C.

    Raises:
        ShapeError: if it does not, or is not positive.

    Source:
        Zhang et al., ShuffleNet, 2017.

    Examples:
        >>> from tt_tensor import arange
        >>> from tt_spatial.functional import channel_shuffle
        >>> channel_shuffle(arange(4.0).reshape(1, 4, 1), 2).flatten()
        tensor([0., 2., 1., 3.])
    """
    if input.ndim < 3:
        raise ShapeError(f"channel_shuffle: expects input with > 2 dims, but got input with sizes {list(input.shape)}")
    if groups <= 0:
        raise ShapeError(
            f"channel_shuffle: Number of groups to divide channels in must be positive. Value of groups:{groups}"
        )
    n, c, *rest = input.shape
    if c % groups:
        raise ShapeError(
            f"channel_shuffle: Number of channels must be divisible by groups. Got {c} channels and {groups} groups."
        )
    return input.reshape(n, groups, c // groups, *rest).transpose(1, 2).reshape(*input.shape)
