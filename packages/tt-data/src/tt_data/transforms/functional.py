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
    """(x - mean) / std for every channel: see `Normalize`."""
    return Normalize(mean, std, inplace)(tensor)
