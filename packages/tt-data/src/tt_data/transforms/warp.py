"""Rotation, translation, scaling and shearing: a spatial transformation of the image's plane.

For every pixel of the result, the inverse map says where in the image it comes from, and the value there is found between the
pixels around it: the sampler of M. Jaderberg et al., *Spatial transformer networks*, 2015, arXiv:1506.02025.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from tt_tensor.errors import ShapeError

from .base import Transform, on_batch
from .crop import filling
from .draws import between, uniform
from .resize import InterpolationMode, mode_of
from .settings import degree_range, filler, fixed_point, is_number, number_range, several

SAMPLERS = (InterpolationMode.NEAREST, InterpolationMode.BILINEAR)


def inverse_map(angle: Any, translate: Any, scale: Any, shear: Any, center: Any) -> Any:
    """The matrices [B, 2, 3] that map a place (x, y, 1) of the result to the place in the image that it shows.

    The map itself shears, scales, rotates (clockwise, since y points down), each about `center`, and then translates.
    All in pixels from the middle of the image and in degrees: angle [B], translate [B, 2], scale [B], shear [B, 2].
    """
    rot, (sx, sy) = np.radians(angle), np.radians(shear).T
    a = np.cos(rot - sy) / np.cos(sy)
    b = -np.cos(rot - sy) * np.tan(sx) / np.cos(sy) - np.sin(rot)
    c = np.sin(rot - sy) / np.cos(sy)
    d = -np.sin(rot - sy) * np.tan(sx) / np.cos(sy) + np.cos(rot)
    linear = np.stack([np.stack([d, -b], -1), np.stack([-c, a], -1)], 1) / scale[:, None, None]
    center = np.asarray(center, np.float64)
    offset = center - (linear @ (center + translate)[:, :, None])[:, :, 0]
    return np.concatenate([linear, offset[:, :, None]], 2)


def sample(x: Any, maps: Any, mode: InterpolationMode, fill: Any, size: tuple[int, int] | None = None) -> Any:
    """The batch x [B, C, H, W] through the maps [B, 2, 3], with `fill` for what comes from outside the image.

    Outside is zero. What a place has of the image, its share, is 1 inside and falls to 0 over one pixel at the edge (for the
    nearest pixel: at once); the result is share * value + (1 - share) * fill, and just the value if `fill` is None.
    """
    batch, channels, height, width = x.shape
    kind = np.dtype(np.float64 if x.dtype == np.float64 else np.float32)
    down, across = places(maps, height, width, size or (height, width), kind)  # [B, h, w]
    framed = np.zeros((batch, channels, height + 2, width + 2), kind)  # a place outside is moved onto the frame
    framed[:, :, 1:-1, 1:-1] = x
    flat = framed.reshape(batch, channels, (height + 2) * (width + 2))

    def at(rows: Any, columns: Any) -> Any:
        rows, columns = (np.clip(v, -1, n).astype(np.int64) + 1 for v, n in ((rows, height), (columns, width)))
        where = rows * (width + 2) + columns
        values = np.empty((batch, channels, *where.shape[1:]), kind)
        for k in range(batch):
            flat[k].take(where[k], 1, values[k], "clip")  # they are in range, and "clip" does not make sure again
        return values

    if mode is InterpolationMode.NEAREST:
        down, across = np.rint(down), np.rint(across)
        out, share = at(down, across), ((down >= 0) & (down < height) & (across >= 0) & (across < width)).astype(kind)
    else:
        top, left = np.floor(down), np.floor(across)
        below, right = (down - top)[:, None], (across - left)[:, None]
        upper = at(top, left) * (1 - right) + at(top, left + 1) * right
        lower = at(top + 1, left) * (1 - right) + at(top + 1, left + 1) * right
        out = upper * (1 - below) + lower * below
        share = inside(down, height) * inside(across, width)
    if fill is not None:
        share = share[:, None]
        out = out * share + filling(fill, out) * (1 - share)
    return (out if x.dtype.kind == "f" else np.rint(out)).astype(x.dtype, copy=False)


def inside(place: Any, n: int) -> Any:
    """How much of a pixel's width around a place lies over n pixels: 1 inside, 0 a pixel outside."""
    return np.clip(np.minimum(place + 1, n - place), 0, 1)


def places(maps: Any, height: int, width: int, size: tuple[int, int], dtype: Any) -> tuple[Any, Any]:
    """Rows and columns [B, h, w] of the image that the pixels of a result of `size` show."""
    h, w = size
    ys, xs = ((np.arange(n) - (n - 1) / 2).astype(dtype) for n in (h, w))
    m = maps.astype(dtype)[:, :, :, None, None]
    # First as a share of half the image, which is what PyTorch computes: between two pixels, the last digit decides.
    across = (m[:, 0, 0] * xs + m[:, 0, 1] * ys[:, None] + m[:, 0, 2]) / dtype.type(width / 2)
    down = (m[:, 1, 0] * xs + m[:, 1, 1] * ys[:, None] + m[:, 1, 2]) / dtype.type(height / 2)
    return ((down + 1) * height - 1) / 2, ((across + 1) * width - 1) / 2


def expanded_size(matrix: Any, height: int, width: int) -> tuple[int, int]:
    """The size in which the whole image is to be seen after a map [2, 3]."""
    corners = np.array([[sx * width / 2, sy * height / 2, 1] for sx in (-1, 1) for sy in (-1, 1)])
    moved = (corners @ matrix.T + (width / 2, height / 2)).astype(np.float32)
    grain = np.float32(1e-4)
    tidy = np.trunc(moved / grain) * grain  # what a rounding error leaves above a whole number makes no pixel
    w, h = np.ceil(tidy.max(0)) - np.floor(tidy.min(0))
    return int(h), int(w)


def from_middle(center: Any, height: int, width: int) -> Any:
    """A centre (x, y), counted from the upper left corner, counted from the middle of the image."""
    return (0.0, 0.0) if center is None else (center[0] - width / 2, center[1] - height / 2)


def affine(
    img: Any,
    angle: float,
    translate: Sequence[float],
    scale: float,
    shear: Any,
    interpolation: Any = InterpolationMode.NEAREST,
    fill: Any = None,
    center: Any = None,
) -> Any:
    """Images (C, H, W) or (B, C, H, W) sheared, scaled and rotated about their middle, and translated.

    Args:
        img: a tensor or an array.
        angle: degrees, clockwise.
        translate: (to the right, down), in pixels.
        scale: the factor of lengths.
        shear: degrees, along x, or (along x, along y).
        interpolation: NEAREST or BILINEAR.
        fill: what is shown where there was no image: a number, or one for each channel; None is 0.
        center: (x, y) of the fixed point, counted from the upper left corner, in place of the middle.

    Raises:
        ValueError: if the scale is not positive, or a pair has another length.

    Examples:
        >>> from tt_tensor import tensor
        >>> affine(tensor([[[1.0, 2.0, 3.0]]]), angle=0, translate=(1, 0), scale=1, shear=0)
        tensor([[[0., 1., 2.]]])
    """
    mode = mode_of("affine", interpolation, SAMPLERS)
    if scale <= 0:
        raise ValueError(f"affine: scale should be positive, got {scale}")
    if not isinstance(translate, Sequence) or len(translate) != 2:
        raise ValueError(f"affine: translate should be a sequence of length 2, got {translate!r}")
    pair = [shear, 0.0] if isinstance(shear, int | float) else list(shear) * (2 if len(shear) == 1 else 1)
    if len(pair) != 2:
        raise ValueError(f"affine: shear should be a number or a sequence of two, got {shear!r}")

    def run(x: Any) -> Any:
        n = len(x)
        maps = inverse_map(
            np.full(n, angle, np.float64), np.tile(np.asarray(translate, np.float64), (n, 1)), np.full(n, scale, np.float64),
            np.tile(np.asarray(pair, np.float64), (n, 1)), from_middle(center, *x.shape[2:]),
        )  # fmt: skip
        return sample(x, maps, mode, fill)

    return on_batch("affine", run, img)


def rotate(
    img: Any,
    angle: float,
    interpolation: Any = InterpolationMode.NEAREST,
    expand: bool = False,
    center: Any = None,
    fill: Any = None,
) -> Any:
    """Images rotated by an angle.

    Args:
        img: a tensor or an array (C, H, W) or (B, C, H, W).
        angle: degrees, counter-clockwise.
        interpolation: NEAREST or BILINEAR.
        expand: whether the result is as large as it takes to show the whole image.
        center: (x, y) of the fixed point, counted from the upper left corner; None is the middle.
        fill: what is shown where there was no image: a number, or one for each channel; None is 0.

    Examples:
        >>> from tt_tensor import tensor
        >>> rotate(tensor([[[1.0, 2.0], [3.0, 4.0]]]), 90)
        tensor([[[2., 4.],
                 [1., 3.]]])
    """
    turn = RandomRotation((angle, angle), interpolation, expand, center, fill)
    turn.fill = fill  # None leaves values beside the edge as they are, where 0 is mixed with them
    return turn(img)


class RandomRotation(Transform):
    """Rotate every image by a random angle.

    Args:
        degrees: the range (min, max) of the angle, counter-clockwise; of a number d it is (-d, d).
        interpolation: `InterpolationMode.NEAREST` or `BILINEAR`, or its name.
        expand: whether the result is as large as it takes to show the whole image; for single images, and batches that are all
            turned by one angle.
        center: (x, y) of the fixed point, counted from the upper left corner; None is the middle.
        fill: what is shown where there was no image: a number, or one for each channel.

    Examples:
        >>> from tt_tensor import tensor
        >>> RandomRotation((90, 90))(tensor([[[1.0, 2.0], [3.0, 4.0]]]))
        tensor([[[2., 4.],
                 [1., 3.]]])
    """

    usual: ClassVar[Mapping[str, Any]] = {"center": None}

    def __init__(
        self,
        degrees: Any,
        interpolation: Any = InterpolationMode.NEAREST,
        expand: bool = False,
        center: Any = None,
        fill: Any = 0,
    ) -> None:
        self.degrees = degree_range("RandomRotation", "degrees", degrees)
        self.interpolation = mode_of("RandomRotation", interpolation, SAMPLERS)
        self.expand, self.center = expand, fixed_point("RandomRotation", center)
        self.fill = 0 if fill is None else filler("RandomRotation", fill)

    def run(self, x: Any) -> Any:
        """The batch, rotated."""
        n, zeros = len(x), np.zeros((len(x), 2))
        angle = between(uniform(n, 1)[:, 0], (self.degrees[0], self.degrees[1]))
        maps = inverse_map(-angle, zeros, np.ones(n), zeros, from_middle(self.center, *x.shape[2:]))
        size = None
        if self.expand and n:
            if n > 1 and self.degrees[0] != self.degrees[1]:
                raise ShapeError(
                    "RandomRotation: with expand=True each image of a batch would get a size of its own; "
                    "give it single images, or leave out expand"
                )
            size = expanded_size(maps[0], *x.shape[2:])
        return sample(x, maps, self.interpolation, self.fill, size)


class RandomAffine(Transform):
    """Rotate, translate, scale and shear every image at random, about its middle.

    Args:
        degrees: the range (min, max) of the rotation, clockwise; of a number d it is (-d, d); 0 for none.
        translate: the largest shifts (across, down), as shares of width and height; None for none.
        scale: the range (min, max) of the factor of lengths; None for none.
        shear: the range of degrees along x, (min, max) or d for (-d, d); or (min x, max x, min y, max y); None for none.
        interpolation: `InterpolationMode.NEAREST` or `BILINEAR`, or its name.
        fill: what is shown where there was no image: a number, or one for each channel.
        center: (x, y) of the fixed point, counted from the upper left corner; None is the middle.

    Examples:
        >>> from tt_tensor import tensor
        >>> RandomAffine(0, scale=(1.0, 1.0))(tensor([[[1.0, 2.0], [3.0, 4.0]]]))
        tensor([[[1., 2.],
                 [3., 4.]]])
    """

    usual: ClassVar[Mapping[str, Any]] = {
        "translate": None, "scale": None, "shear": None, "interpolation": InterpolationMode.NEAREST, "fill": 0, "center": None,
    }  # fmt: skip

    def __init__(
        self,
        degrees: Any,
        translate: Any = None,
        scale: Any = None,
        shear: Any = None,
        interpolation: Any = InterpolationMode.NEAREST,
        fill: Any = 0,
        center: Any = None,
    ) -> None:
        self.degrees = degree_range("RandomAffine", "degrees", degrees)
        shares = several(translate)
        if translate is not None and (shares is None or not all(map(is_number, shares))):
            raise TypeError(f"RandomAffine: translate should be a sequence of two numbers, got {translate!r}")
        if shares is not None and (len(shares) != 2 or not all(0 <= share <= 1 for share in shares)):
            raise ValueError(f"RandomAffine: translate should be two shares between 0 and 1, got {translate!r}")
        self.translate = None if shares is None else (float(shares[0]), float(shares[1]))
        self.scale = None if scale is None else number_range("RandomAffine: scale", scale)
        if self.scale is not None and self.scale[0] <= 0:
            raise ValueError(f"RandomAffine: scale should be two positive numbers, got {scale!r}")
        self.shear = None if shear is None else degree_range("RandomAffine", "shear", shear, (2, 4))
        self.interpolation = mode_of("RandomAffine", interpolation, SAMPLERS)
        self.fill = 0 if fill is None else filler("RandomAffine", fill)
        self.center = fixed_point("RandomAffine", center)

    def run(self, x: Any) -> Any:
        """The batch, transformed."""
        n, (height, width) = len(x), x.shape[2:]
        u = uniform(n, 6)
        most = np.multiply(self.translate or (0, 0), (width, height))
        shear = (self.shear or []) + [0.0] * (4 - len(self.shear or []))
        maps = inverse_map(
            between(u[:, 0], (self.degrees[0], self.degrees[1])),
            np.rint((2 * u[:, 1:3] - 1) * most),  # whole pixels
            between(u[:, 3], self.scale or (1.0, 1.0)),
            np.stack([between(u[:, 4], (shear[0], shear[1])), between(u[:, 5], (shear[2], shear[3]))], 1),
            from_middle(self.center, height, width),
        )
        return sample(x, maps, self.interpolation, self.fill)
