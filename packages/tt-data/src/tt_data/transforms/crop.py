"""Frames around images, and parts of images."""

from typing import Any

import numpy as np
from tt_tensor.errors import ShapeError

from .base import Transform, limits, on_batch
from .draws import integers, uniform
from .settings import filler, is_whole, several, size_pair

MODES = ("constant", "edge", "reflect", "symmetric")


def sides(name: str, padding: Any) -> tuple[int, int, int, int]:
    """The widths (left, top, right, bottom) of an int, of (all,), (left and right, top and bottom), or of all four."""
    widths = [padding] if is_whole(padding) else several(padding)
    if widths is None or not all(map(is_whole, widths)):
        raise TypeError(f"{name}: Got inappropriate padding arg: {padding!r}; expected an int, or 1, 2 or 4 of them")
    if len(widths) not in (1, 2, 4):
        raise ValueError(f"{name}: Padding must be an int or a 1, 2, or 4 element tuple of ints, got {padding!r}")
    widths *= 4 // len(widths)
    left, top, right, bottom = map(int, widths)
    return left, top, right, bottom


def frame_settings(name: str, padding: Any, fill: Any, mode: str) -> tuple[int, int, int, int]:
    """Check the settings of a frame; its widths."""
    if not isinstance(mode, str) or mode not in MODES:
        raise ValueError(f"{name}: Padding mode should be either constant, edge, reflect or symmetric, got {mode!r}")
    filler(name, fill)
    return sides(name, padding)


def filling(fill: Any, x: Any) -> Any:
    """What to fill a batch x [B, C, H, W] with: an array that broadcasts against it."""
    values = np.atleast_1d(np.asarray(fill, np.float64))
    if values.ndim != 1 or len(values) not in (1, x.shape[1]):
        raise ValueError(f"fill: expected one number, or one for each of the {x.shape[1]} channels, got {fill!r}")
    if x.dtype.kind in "iu":
        least, most = limits(x.dtype)
        if not ((values >= least) & (values <= most)).all():
            raise ShapeError(f"fill: {fill!r} does not fit into images of {x.dtype}, which hold {least} to {most}")
    return values.astype(x.dtype)[:, None, None]


def padded(x: Any, widths: tuple[int, int, int, int], fill: Any = 0, mode: str = "constant") -> Any:
    """The batch x with a frame of the widths (left, top, right, bottom); negative ones cut off."""
    left, top, right, bottom = widths
    shape = x.shape[1:]
    if min(widths) < 0:
        height, width = x.shape[2:]
        x = x[:, :, max(0, -top) : height - max(0, -bottom), max(0, -left) : width - max(0, -right)]
        left, top, right, bottom = (max(0, n) for n in widths)
    batch, channels, height, width = x.shape
    if (height == 0 or width == 0) and (min(widths) < 0 or mode != "constant"):
        raise ShapeError(f"pad: of images of shape {shape} the padding {widths} leaves nothing to put a frame around")
    if mode == "constant":
        out = np.empty((batch, channels, top + height + bottom, left + width + right), x.dtype)
        inside = out[:, :, top : top + height, left : left + width]
        if not np.any(fill):
            out.fill(0)
        else:
            out[...] = filling(fill, x)
        inside[...] = x
        return out
    if mode == "reflect" and not (max(left, right) < width and max(top, bottom) < height):
        raise ShapeError(f"pad: a reflection of {widths} needs images that are larger than it, got {height}x{width}")
    return np.pad(x, ((0, 0), (0, 0), (top, bottom), (left, right)), mode=mode)  # type: ignore[call-overload]


def cut(x: Any, top: int, left: int, height: int, width: int) -> Any:
    """A part of each image of the batch x; what lies outside is zero."""
    h, w = x.shape[2:]
    inside = x[:, :, max(0, top) : max(0, top + height), max(0, left) : max(0, left + width)]
    missing = (max(0, -left), max(0, -top), max(0, left + width - w), max(0, top + height - h))
    if not any(missing):
        return inside.copy()
    out = np.zeros((*x.shape[:2], height, width), x.dtype)
    out[:, :, missing[1] : missing[1] + inside.shape[2], missing[0] : missing[0] + inside.shape[3]] = inside
    return out


def pad(img: Any, padding: Any, fill: Any = 0, padding_mode: str = "constant") -> Any:
    """Put a frame around images.

    Args:
        img: a tensor or an array (C, H, W) or (B, C, H, W).
        padding: the width of the frame in pixels; or (left and right, top and bottom); or (left, top, right, bottom).
        fill: what it is filled with, a number or one for each channel.
        padding_mode: "constant", "edge", "reflect" or "symmetric", as in `Pad`.

    Examples:
        >>> from tt_tensor import ones
        >>> pad(ones(1, 1, 2), (1, 0), padding_mode="edge", fill=0).shape
        torch.Size([1, 1, 4])
    """
    widths = frame_settings("pad", padding, fill, padding_mode)
    return on_batch("pad", lambda x: padded(x, widths, fill, padding_mode), img)


def crop(img: Any, top: int, left: int, height: int, width: int) -> Any:
    """A part of images; what lies outside of them is zero.

    Args:
        img: a tensor or an array (C, H, W) or (B, C, H, W).
        top: the first row of the part.
        left: its first column.
        height: how many rows it has.
        width: how many columns.

    Examples:
        >>> from tt_tensor import arange
        >>> crop(arange(9).reshape(1, 3, 3), 1, 1, 2, 3)
        tensor([[[4, 5, 0],
                 [7, 8, 0]]])
    """
    return on_batch("crop", lambda x: cut(x, top, left, height, width), img)


def center_crop(img: Any, output_size: Any) -> Any:
    """The middle of images; those that are smaller are padded with zeros.

    Args:
        img: a tensor or an array (C, H, W) or (B, C, H, W).
        output_size: height and width of the part, as an int or as (height, width).

    Examples:
        >>> from tt_tensor import arange
        >>> center_crop(arange(16).reshape(1, 4, 4), 2)
        tensor([[[ 5,  6],
                 [ 9, 10]]])
    """
    return CenterCrop(output_size)(img)


class Pad(Transform):
    """Put a frame around every image.

    Args:
        padding: the width of the frame in pixels; or (left and right, top and bottom); or (left, top, right, bottom).
        fill: what it is filled with, a number or one for each channel.
        padding_mode: "constant"; or "edge", which repeats the outermost pixels; "reflect", which mirrors the image without
            them; "symmetric", which mirrors it with them.

    Raises:
        ValueError: if the padding has another number of widths, or the mode is unknown.

    Examples:
        >>> from tt_tensor import ones
        >>> Pad(1)(ones(1, 1, 1))
        tensor([[[0., 0., 0.],
                 [0., 1., 0.],
                 [0., 0., 0.]]])
    """

    def __init__(self, padding: Any, fill: Any = 0, padding_mode: str = "constant") -> None:
        self._widths = frame_settings("Pad", padding, fill, padding_mode)
        self.padding, self.fill, self.padding_mode = padding, fill, padding_mode

    def run(self, x: Any) -> Any:
        """The batch with its frame."""
        return padded(x, self._widths, self.fill, self.padding_mode)


class CenterCrop(Transform):
    """Cut out the middle of every image; one that is smaller is padded with zeros.

    Args:
        size: height and width of the part, as an int or as (height, width).

    Examples:
        >>> from tt_tensor import arange
        >>> CenterCrop(2)(arange(16).reshape(1, 4, 4))
        tensor([[[ 5,  6],
                 [ 9, 10]]])
    """

    def __init__(self, size: Any) -> None:
        self.size = size_pair("CenterCrop", size)

    def run(self, x: Any) -> Any:
        """The middle of each image of the batch."""
        (height, width), (h, w) = x.shape[2:], self.size
        left, top = max(0, (w - width) // 2), max(0, (h - height) // 2)
        if left or top or w > width or h > height:
            x = padded(x, (left, top, max(0, (w - width + 1) // 2), max(0, (h - height + 1) // 2)))
            height, width = x.shape[2:]
        return cut(x, round((height - h) / 2), round((width - w) / 2), h, w)


class RandomCrop(Transform):
    """Cut out a part of every image, at a random place, after padding.

    Args:
        size: height and width of the part, as an int or as (height, width).
        padding: a frame that is put around the image first, as in `Pad`.
        pad_if_needed: whether an image that is still too small is padded on both sides by what is missing.
        fill, padding_mode: what is in the frame, as in `Pad`.

    Raises:
        ValueError: if an image is smaller than the part.

    Examples:
        >>> from tt_tensor import ones
        >>> RandomCrop(32, padding=4)(ones(16, 3, 32, 32)).shape
        torch.Size([16, 3, 32, 32])
    """

    def __init__(
        self, size: Any, padding: Any = None, pad_if_needed: bool = False, fill: Any = 0, padding_mode: str = "constant"
    ) -> None:
        self._widths = frame_settings("RandomCrop", 0 if padding is None else padding, fill, padding_mode)
        self.size, self.padding = size_pair("RandomCrop", size), padding
        self.pad_if_needed, self.fill, self.padding_mode = pad_if_needed, fill, padding_mode

    def run(self, x: Any) -> Any:
        """A part of each image of the batch."""
        h, w = self.size
        if any(self._widths):
            x = padded(x, self._widths, self.fill, self.padding_mode)
        if self.pad_if_needed:
            right, bottom = max(0, w - x.shape[3]), max(0, h - x.shape[2])
            if right or bottom:
                x = padded(x, (right, bottom, right, bottom), self.fill, self.padding_mode)
        height, width = x.shape[2:]
        if height < h or width < w:
            raise ValueError(
                f"RandomCrop: Required crop size {(h, w)} is larger than input image size {(height, width)}; "
                f"pass padding=..., or pad_if_needed=True"
            )
        places = integers(uniform(len(x), 2), [height - h + 1, width - w + 1])
        if (height, width) == (h, w):
            return x.copy() if not any(self._widths) else x
        out = np.empty((*x.shape[:2], h, w), x.dtype)
        for k, (top, left) in enumerate(places.tolist()):  # rows of an image are copied whole: quicker than one gather
            out[k] = x[k, :, top : top + h, left : left + w]
        return out

    def __repr__(self) -> str:
        return f"RandomCrop(size={self.size}, padding={self.padding})"
