"""Transforms without chance, as functions of images (C, H, W) or of batches (B, C, H, W)."""

from typing import Any

from .color import adjust_brightness, adjust_contrast, adjust_hue, adjust_saturation, rgb_to_grayscale
from .convert import Normalize, PILToTensor, ToTensor, convert_image_dtype
from .crop import center_crop, crop, pad
from .erase import erase
from .flip import hflip, vflip
from .resize import InterpolationMode, resize, resized_crop
from .warp import affine, rotate

__all__ = [
    "InterpolationMode", "adjust_brightness", "adjust_contrast", "adjust_hue", "adjust_saturation", "affine", "center_crop",
    "convert_image_dtype", "crop", "erase", "hflip", "normalize", "pad", "pil_to_tensor", "resize",
    "resized_crop", "rgb_to_grayscale", "rotate", "to_tensor", "vflip",
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


def to_tensor(pic: Any) -> Any:
    """An image as a float tensor (C, H, W): what `ToTensor()` makes of it.

    Args:
        pic: a PIL image, an array (H, W) or (H, W, C), or a tensor.

    Examples:
        >>> import numpy as np
        >>> to_tensor(np.full((1, 2, 1), 255, np.uint8))
        tensor([[[1., 1.]]])
    """
    return ToTensor()(pic)


def pil_to_tensor(pic: Any) -> Any:
    """A PIL image as a tensor (C, H, W) of the same numbers: what `PILToTensor()` makes of it.

    Args:
        pic: the image.

    Raises:
        TypeError: if it is no PIL image.
    """
    return PILToTensor()(pic)
