"""Images in another size.

Resizing is linear and separable: every row of the result is a weighted mean of rows of the image, and the same for columns.
So it is two matrix products, and all that the methods differ in is the weights.
"""

from enum import Enum
from functools import lru_cache
from typing import Any

import numpy as np
from tt_tensor.errors import ShapeError

from .base import Transform, limits, on_batch
from .crop import cut
from .draws import rectangles
from .settings import is_whole, number_range, size_pair, whole_numbers


class InterpolationMode(Enum):
    """How values between pixels are found: of the nearest pixel, or weighed among the 2 or 4 around, along each side.

    `NEAREST` rounds as PyTorch's "nearest" does, `NEAREST_EXACT` as Pillow and scikit-image do.
    """

    NEAREST = "nearest"
    NEAREST_EXACT = "nearest-exact"
    BILINEAR = "bilinear"
    BICUBIC = "bicubic"


# Pillow's numbers for them, which stand in many scripts: Image.BILINEAR is 2.
BY_NUMBER = {0: InterpolationMode.NEAREST, 2: InterpolationMode.BILINEAR, 3: InterpolationMode.BICUBIC}


def mode_of(name: str, interpolation: Any, allowed: tuple[InterpolationMode, ...] = tuple(InterpolationMode)) -> Any:
    """The mode that is meant, by itself, its name or its number in Pillow; a function must know it."""
    try:
        mode = BY_NUMBER[int(interpolation)] if is_whole(interpolation) else InterpolationMode(interpolation)
    except (ValueError, KeyError):
        mode = None
    if mode not in allowed:
        raise ValueError(
            f"{name}: interpolation should be one of {', '.join(map(str, allowed))}, got {interpolation!r}"
        )
    return mode


def triangle(t: Any) -> Any:
    """The weight of a pixel at distance t for linear interpolation: 1 - |t|."""
    return np.maximum(0, 1 - np.abs(t))


def keys(t: Any, a: float) -> Any:
    """The same for cubic convolution (Keys 1981): the cubic spline through 1, 0, 0 with slope `a` at 1."""
    t = np.abs(t)
    near = ((a + 2) * t - (a + 3)) * t * t + 1
    far = a * (((t - 5) * t + 8) * t - 4)
    return np.where(t <= 1, near, np.where(t < 2, far, 0))


@lru_cache(512)
def shares(n: int, out: int, mode: InterpolationMode, antialias: bool) -> tuple[Any, Any]:
    """The few elements of `weights` that are not 0: where they are, row after row, and their values, which are to be summed.

    Those of photographs in many sizes fit into memory, as the matrices would not.

    Position i of the result lies at s (i + 1/2) - 1/2 in the image, with s = n / out. With antialias, and when the image
    becomes smaller, the kernel is s times as wide, so that every pixel has its say.
    """
    scale = n / out
    centre = scale * (np.arange(out)[:, None] + 0.5)
    if antialias:
        wide = max(scale, 1.0)
        reach = (1 if mode is InterpolationMode.BILINEAR else 2) * wide
        # PyTorch takes the pixels whose numbers lie in these bounds, and Pillow's a = -1/2.
        first, last = (
            x.astype(np.int64) for x in (np.maximum(centre - reach + 0.5, 0), np.minimum(centre + reach + 0.5, n))
        )
        pixel = first + np.arange((last - first).max())
        t = (pixel + 0.5 - centre) / wide
        w = triangle(t) if mode is InterpolationMode.BILINEAR else keys(t, -0.5)
        w = np.where(pixel < last, w, 0)
        w = w / w.sum(1, keepdims=True)
    else:
        x = centre - 0.5
        if mode is InterpolationMode.BILINEAR:
            x = np.maximum(x, 0)
        low = np.floor(x).astype(np.int64)
        pixel = low + (np.arange(2) if mode is InterpolationMode.BILINEAR else np.arange(-1, 3))
        w = triangle(x - pixel) if mode is InterpolationMode.BILINEAR else keys(x - pixel, -0.75)
    # beyond the edge lies its pixel, again and again: the shares add up
    return (n * np.arange(out)[:, None] + np.clip(pixel, 0, n - 1)).ravel(), w.ravel()


def weights(n: int, out: int, mode: InterpolationMode, antialias: bool, kind: Any) -> Any:
    """How each of `out` positions weighs the n pixels of a row: [out, n] of dtype `kind`; each row sums to 1."""
    places, values = shares(n, out, mode, antialias)
    matrix: Any = np.zeros(out * n, kind)
    np.add.at(matrix, places, values.astype(kind))
    return matrix.reshape(out, n)


def resized(x: Any, height: int, width: int, mode: InterpolationMode, antialias: bool) -> Any:
    """The batch x [B, C, H, W] with images of height x width."""
    h, w = x.shape[2:]
    if (h, w) == (height, width):
        return x.copy()
    if h == 0 or w == 0:
        raise ShapeError(f"resize: the image has no pixels, shape {x.shape}")
    if mode in (InterpolationMode.NEAREST, InterpolationMode.NEAREST_EXACT):
        half = np.float32(0.5 if mode is InterpolationMode.NEAREST_EXACT else 0)
        rows, columns = (
            np.minimum(((np.arange(out, dtype=np.float32) + half) * np.float32(n / out)).astype(np.int64), n - 1)
            for n, out in ((h, height), (w, width))
        )
        return x[:, :, rows[:, None], columns]
    kind = np.dtype(np.float64 if x.dtype == np.float64 else np.float32)
    out = x.astype(kind, copy=False)
    for n, new, axis in ((w, width, 3), (h, height, 2)):
        if n != new:
            matrix = weights(n, new, mode, antialias, kind)
            out = out @ matrix.T if axis == 3 else matrix @ out
    if x.dtype.kind == "f":
        return out.astype(x.dtype, copy=False)
    return np.clip(np.rint(out), *limits(x.dtype)).astype(x.dtype)


def target_size(shape: tuple[int, int], size: Any, max_size: int | None) -> tuple[int, int]:
    """The (height, width) to resize images (h, w) to. One number is the length of the shorter side, and the ratio is kept."""
    sizes = whole_numbers("resize", size)
    if len(sizes) == 2:
        if max_size is not None:
            raise ValueError("resize: max_size should only be passed if size specifies the length of the smaller edge")
        return sizes[0], sizes[1]
    short, long = sorted(shape)
    new_short, new_long = sizes[0], int(sizes[0] * long / short)
    if max_size is not None:
        if max_size <= new_short:
            raise ValueError(f"resize: max_size = {max_size} must be greater than size = {size}, of the smaller edge")
        if new_long > max_size:
            new_short, new_long = int(max_size * new_short / new_long), max_size
    return (new_short, new_long) if shape[0] <= shape[1] else (new_long, new_short)


def resize(
    img: Any,
    size: Any,
    interpolation: Any = InterpolationMode.BILINEAR,
    max_size: int | None = None,
    antialias: bool | None = True,
) -> Any:
    """Images in another size.

    Args:
        img: a tensor or an array (C, H, W) or (B, C, H, W).
        size: (height, width), or an int for the shorter side, which keeps the ratio of the sides.
        interpolation: an `InterpolationMode`, or its name.
        max_size: the most that the longer side may become; only with an int as size.
        antialias: whether every pixel has its say when images become smaller (bilinear and bicubic).

    Examples:
        >>> from tt_tensor import tensor
        >>> resize(tensor([[[1.0, 2.0, 3.0, 4.0]]]), (1, 2), "nearest")
        tensor([[[1., 3.]]])
    """
    return Resize(size, interpolation, max_size, antialias)(img)


def resized_crop(
    img: Any,
    top: int,
    left: int,
    height: int,
    width: int,
    size: Any,
    interpolation: Any = InterpolationMode.BILINEAR,
    antialias: bool | None = True,
) -> Any:
    """A part of images, in another size: `crop`, then `resize`.

    Args:
        img: a tensor or an array (C, H, W) or (B, C, H, W).
        top: the first row of the part.
        left: its first column.
        height: how many rows it has.
        width: how many columns.
        size: (height, width) of the result, or an int for its shorter side, as in `resize`.
        interpolation: an `InterpolationMode`, or its name.
        antialias: as in `resize`.

    Examples:
        >>> from tt_tensor import ones
        >>> resized_crop(ones(3, 20, 30), 5, 5, 10, 15, size=8).shape
        torch.Size([3, 8, 12])
    """
    resizing = Resize(size, interpolation, antialias=antialias)
    return on_batch("resized_crop", lambda x: resizing.run(cut(x, top, left, height, width)), img)


class Resize(Transform):
    """Bring every image to a size.

    Args:
        size: (height, width), or an int: then the shorter side gets this length, and the ratio of the sides is kept.
        interpolation: an `InterpolationMode`, or its name.
        max_size: the most that the longer side may become; only with an int as size.
        antialias: whether every pixel has its say when images become smaller (bilinear and bicubic); without it details
            between the sampled points are lost, or become patterns that were not there.

    Raises:
        ValueError: if a setting is of another form.

    Source: the cubic kernel is that of R. Keys, *Cubic convolution interpolation for digital image processing*, 1981.

    Examples:
        >>> from tt_tensor import tensor, zeros
        >>> Resize((1, 2))(tensor([[[1.0, 2.0, 3.0, 4.0]]]))
        tensor([[[1.7143, 3.2857]]])
        >>> Resize(8)(zeros(5, 3, 16, 32)).shape
        torch.Size([5, 3, 8, 16])
    """

    def __init__(
        self,
        size: Any,
        interpolation: Any = InterpolationMode.BILINEAR,
        max_size: int | None = None,
        antialias: bool | None = True,
    ) -> None:
        target_size((1, 1), size, max_size)
        self.size, self.interpolation = size, mode_of("Resize", interpolation)
        self.max_size, self.antialias = max_size, antialias

    def run(self, x: Any) -> Any:
        """The batch in the new size."""
        if 0 in x.shape[2:]:
            raise ShapeError(f"resize: the image has no pixels, shape {x.shape}")
        height, width = target_size(x.shape[2:], self.size, self.max_size)
        return resized(x, height, width, self.interpolation, bool(self.antialias))


class RandomResizedCrop(Transform):
    """Cut out a part of every image, of random place, area and ratio of sides, and bring it to one size.

    Args:
        size: height and width of the result, as an int or as (height, width).
        scale: the smallest and the largest share of the image's area.
        ratio: the smallest and the largest width / height; its logarithm is evenly distributed.
        interpolation, antialias: as in `Resize`.

    Source: C. Szegedy et al., *Going deeper with convolutions*, 2014, arXiv:1409.4842.

    Examples:
        >>> from tt_tensor import ones
        >>> RandomResizedCrop(8)(ones(4, 3, 20, 30)).shape
        torch.Size([4, 3, 8, 8])
    """

    def __init__(
        self,
        size: Any,
        scale: tuple[float, float] = (0.08, 1.0),
        ratio: tuple[float, float] = (3.0 / 4.0, 4.0 / 3.0),
        interpolation: Any = InterpolationMode.BILINEAR,
        antialias: bool | None = True,
    ) -> None:
        self.size = size_pair("RandomResizedCrop", size)
        self.scale = number_range("RandomResizedCrop: scale", scale)
        self.ratio = number_range("RandomResizedCrop: ratio", ratio)
        if self.scale[0] < 0 or self.ratio[0] <= 0:
            raise ValueError(f"RandomResizedCrop: scale and ratio should be positive, got {scale} and {ratio}")
        self.interpolation, self.antialias = mode_of("RandomResizedCrop", interpolation), antialias

    def boxes(self, batch: int, height: int, width: int) -> Any:
        """Top, left, height and width of a part of each image: int64 [batch, 4]."""
        chosen, fit = rectangles(
            batch,
            (height, width),
            self.scale,
            (1 / self.ratio[0], 1 / self.ratio[1]),
            lambda h, w: (h > 0) & (h <= height) & (w > 0) & (w <= width),
        )
        # Where none fits: the middle, with as little cut off as the ratio allows.
        w = min(width, max(1, round(height * self.ratio[1])))
        h = min(height, max(1, round(width / self.ratio[0])))
        chosen[~fit] = (height - h) // 2, (width - w) // 2, h, w
        return chosen

    def run(self, x: Any) -> Any:
        """A part of each image of the batch, in the one size."""
        out = np.empty((*x.shape[:2], *self.size), x.dtype)
        for k, (top, left, h, w) in enumerate(self.boxes(len(x), *x.shape[2:]).tolist()):
            part = x[k : k + 1, :, top : top + h, left : left + w]
            out[k] = resized(part, *self.size, self.interpolation, bool(self.antialias))[0]
        return out

    def __repr__(self) -> str:
        scale, ratio = (tuple(round(end, 4) for end in ends) for ends in (self.scale, self.ratio))
        settings = f"interpolation={self.interpolation.value}, antialias={self.antialias}"
        return f"RandomResizedCrop(size={self.size}, scale={scale}, ratio={ratio}, {settings})"
