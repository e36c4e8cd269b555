"""Channels and pixels exchanged: pixel_shuffle, pixel_unshuffle, channel_shuffle."""

from typing import Any

from tt_autograd.rule import derivative
from tt_tensor.errors import ShapeError
from tt_tensor.primitive import primitive

from .ops.windows import several, tensor_ndim

Sizes = tuple[int, ...]


@primitive()
def shuffle_p(x: Any, *, split: Sizes, order: Sizes, shape: Sizes) -> Any:
    """`x` reshaped to `split`, its dimensions put in another order, and reshaped to `shape`: always in new memory."""
    return x.reshape(split).transpose(order).copy().reshape(shape)


derivative(
    shuffle_p,
    lambda g, x_shape, split, order: shuffle_p(
        g,
        split=tuple(split[d] for d in order),
        order=tuple(sorted(range(len(order)), key=order.__getitem__)),
        shape=tuple(x_shape),
    ),
)


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
    (r,) = several("pixel_shuffle", "upscale_factor", upscale_factor, 1)
    if tensor_ndim("pixel_shuffle", input) < 3:
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
    k, channels = len(lead), c // (r * r)
    return shuffle_p(
        input,
        split=(*lead, channels, r, r, h, w),
        order=(*range(k), k, k + 3, k + 1, k + 4, k + 2),
        shape=(*lead, channels, h * r, w * r),
    )


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
    (r,) = several("pixel_unshuffle", "downscale_factor", downscale_factor, 1)
    if tensor_ndim("pixel_unshuffle", input) < 3:
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
    return shuffle_p(
        input,
        split=(*lead, c, h // r, r, w // r, r),
        order=(*range(k), k, k + 2, k + 4, k + 1, k + 3),
        shape=(*lead, c * r * r, h // r, w // r),
    )


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
    (groups,) = several("channel_shuffle", "groups", groups, 1)
    if tensor_ndim("channel_shuffle", input) < 3:
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
    order = (0, 2, 1, *range(3, len(rest) + 3))
    return shuffle_p(input, split=(n, groups, c // groups, *rest), order=order, shape=tuple(input.shape))
