"""Transforms without chance, as functions of images (C, H, W) or of batches (B, C, H, W)."""

from typing import Any

from .color import adjust_brightness, adjust_contrast, adjust_hue, adjust_saturation, rgb_to_grayscale
from .convert import Normalize, convert_image_dtype
from .crop import center_crop, crop, pad
from .erase import erase
from .flip import hflip, vflip
from .resize import InterpolationMode, resize, resized_crop
from .warp import affine, rotate

__all__ = [
    "InterpolationMode", "adjust_brightness", "adjust_contrast", "adjust_hue", "adjust_saturation", "affine", "center_crop",
    "convert_image_dtype", "crop", "erase", "hflip", "normalize", "pad", "resize", "resized_crop",
    "rgb_to_grayscale", "rotate", "vflip",
]  # fmt: skip


def normalize(tensor: Any, mean: Any, std: Any, inplace: bool = False) -> Any:
    """Shift and scale every channel: (x - mean) / std.

    Args:
        tensor: images of floats (C, H, W) or (B, C, H, W).
        mean: one number for each channel, or one for all.
        std: the same; none may be zero.
        inplace: whether to write into the tensor that is given.

    Examples:
        >>> from tt_tensor import ones
        >>> normalize(ones(1, 1, 2), (0.5,), (0.25,))
        tensor([[[2., 2.]]])
    """
    return Normalize(mean, std, inplace)(tensor)
