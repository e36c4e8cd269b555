"""Brightness, contrast, saturation and hue. Every function takes a batch, and a factor for each image."""

from typing import Any

import numpy as np

from ..errors import ChannelError
from .base import Transform, limits, on_batch
from .convert import converted
from .draws import between, uniform
from .settings import chance, is_number, number_range, several


def check_channels(name: str, x: Any) -> Any:
    """A batch of grey or of RGB images."""
    if x.shape[1] not in (1, 3):
        raise ChannelError(f"{name}: expected 1 or 3 channels, got images of shape {x.shape[1:]}")
    return x


def grey(x: Any) -> Any:
    """The luminance of a batch [B, 3, H, W]: [B, 1, H, W] (ITU-R BT.601: 0.2989 R + 0.587 G + 0.114 B)."""
    if x.shape[1] == 1:
        return x
    if x.dtype.kind == "f":
        r, g, b = (x[:, k : k + 1] for k in range(3))
    else:
        r, g, b = (x[:, k : k + 1].astype(np.float32) for k in range(3))
    kind = r.dtype.type
    return (kind(0.2989) * r + kind(0.587) * g + kind(0.114) * b).astype(x.dtype, copy=False)


def blend(x: Any, other: Any, factor: Any) -> Any:
    """factor x + (1 - factor) other, kept within what an image can hold. `factor`: [B]."""
    kind = x.dtype if x.dtype.kind == "f" else np.dtype(np.float32)
    factor = factor.astype(np.float64)[:, None, None, None]
    out = np.multiply(x, factor.astype(kind), dtype=kind)
    out += (1.0 - factor).astype(kind) * other
    np.clip(out, 0, 1 if x.dtype.kind == "f" else limits(x.dtype)[1], out=out)
    return out.astype(x.dtype, copy=False)


def brightness(x: Any, factor: Any) -> Any:
    """Mix with black."""
    return blend(x, x.dtype.type(0), factor)


def contrast(x: Any, factor: Any) -> Any:
    """Mix with the mean luminance of the image."""
    kind = x.dtype if x.dtype.kind == "f" else np.dtype(np.float32)
    return blend(x, grey(x).mean((1, 2, 3), dtype=kind, keepdims=True), factor)


def saturation(x: Any, factor: Any) -> Any:
    """Mix with the grey image."""
    return x.copy() if x.shape[1] == 1 else blend(x, grey(x), factor)


def hue(x: Any, factor: Any) -> Any:
    """Turn the colours round the circle of hues, by `factor` turns."""
    if x.shape[1] == 1:
        return x.copy()
    image = converted(x, np.dtype(np.float32)) if x.dtype != np.float32 else x
    h, s, v = hsv_of(image)
    h = np.mod(h + factor.astype(np.float32)[:, None, None], np.float32(1))
    return converted(rgb_of(h, s, v), x.dtype)


def hsv_of(x: Any) -> tuple[Any, Any, Any]:
    """Hue, saturation and value of RGB images [B, 3, H, W] with numbers from 0 to 1: each [B, H, W], from 0 to 1."""
    r, g, b = x[:, 0], x[:, 1], x[:, 2]
    most, least = x.max(1), x.min(1)
    span = most - least
    flat = span == 0
    divisor = np.where(flat, np.float32(1), span)
    s = span / np.where(flat, np.float32(1), most)
    rc, gc, bc = (most - r) / divisor, (most - g) / divisor, (most - b) / divisor
    h = np.where(most == r, bc - gc, np.where(most == g, 2 + rc - bc, 4 + gc - rc))
    return np.fmod(h / np.float32(6) + np.float32(1), np.float32(1)), s, most


def rgb_of(h: Any, s: Any, v: Any) -> Any:
    """The inverse of `hsv_of`."""
    sector = np.floor(h * np.float32(6))
    f = h * np.float32(6) - sector
    which = sector.astype(np.int64) % 6
    p, q, t = (np.clip(v * (1 - part), 0, 1) for part in (s, s * f, s * (1 - f)))
    return np.stack(
        [np.choose(which, list(c)) for c in ((v, q, p, p, t, v), (t, v, v, q, p, p), (p, p, t, v, v, q))], 1
    )


def adjust(name: str, run: Any, img: Any, factor: float, bounds: tuple[float, float]) -> Any:
    """One of these functions, with one factor for all images."""
    if not bounds[0] <= factor <= bounds[1]:
        raise ValueError(f"{name}: the factor ({factor}) is not in {list(bounds)}")
    return on_batch(name, lambda x: run(check_channels(name, x), np.full(len(x), factor, np.float64)), img)


def adjust_brightness(img: Any, brightness_factor: float) -> Any:
    """Multiply images by a factor, up to white.

    Args:
        img: a tensor or an array (C, H, W) or (B, C, H, W) of 1 or 3 channels; floats are from 0 to 1.
        brightness_factor: 0 gives black, 1 the same, 2 twice as bright.

    Examples:
        >>> from tt_tensor import tensor
        >>> adjust_brightness(tensor([[[0.2, 0.8]]]), 2)
        tensor([[[0.4000, 1.0000]]])
    """
    return adjust("adjust_brightness", brightness, img, brightness_factor, (0, np.inf))


def adjust_contrast(img: Any, contrast_factor: float) -> Any:
    """Stretch the distances of an image's values from its mean luminance.

    Args:
        img: a tensor or an array (C, H, W) or (B, C, H, W) of 1 or 3 channels; floats are from 0 to 1.
        contrast_factor: 0 gives grey, 1 the same.

    Examples:
        >>> from tt_tensor import tensor
        >>> adjust_contrast(tensor([[[0.25, 0.75]]]), 0.5)
        tensor([[[0.3750, 0.6250]]])
    """
    return adjust("adjust_contrast", contrast, img, contrast_factor, (0, np.inf))


def adjust_saturation(img: Any, saturation_factor: float) -> Any:
    """Stretch the distances of the colours from the grey image.

    Args:
        img: a tensor or an array (C, H, W) or (B, C, H, W) of 1 or 3 channels; floats are from 0 to 1.
        saturation_factor: 0 gives the grey image, 1 the same.

    Examples:
        >>> from tt_tensor import tensor
        >>> adjust_saturation(tensor([[[1.0]], [[0.0]], [[0.0]]]), 0).flatten()
        tensor([0.2989, 0.2989, 0.2989])
    """
    return adjust("adjust_saturation", saturation, img, saturation_factor, (0, np.inf))


def adjust_hue(img: Any, hue_factor: float) -> Any:
    """Turn colours round the circle of hues.

    Args:
        img: a tensor or an array (C, H, W) or (B, C, H, W) of 1 or 3 channels; floats are from 0 to 1.
        hue_factor: in turns, from -0.5 to 0.5: 0 gives the same, 0.5 and -0.5 the opposite colours.

    Examples:
        >>> from tt_tensor import tensor
        >>> adjust_hue(tensor([[[1.0]], [[0.0]], [[0.0]]]), 0.5).flatten()
        tensor([0., 1., 1.])
    """
    return adjust("adjust_hue", hue, img, hue_factor, (-0.5, 0.5))


def rgb_to_grayscale(img: Any, num_output_channels: int = 1) -> Any:
    """The luminance of images: 0.2989 R + 0.587 G + 0.114 B.

    Args:
        img: a tensor or an array (C, H, W) or (B, C, H, W) of 1 or 3 channels.
        num_output_channels: 1, or 3 equal ones.

    Examples:
        >>> from tt_tensor import ones
        >>> rgb_to_grayscale(ones(8, 3, 4, 4)).shape
        torch.Size([8, 1, 4, 4])
    """
    return Grayscale(num_output_channels)(img)


class Grayscale(Transform):
    """Take the colour out of every image: 0.2989 R + 0.587 G + 0.114 B.

    Args:
        num_output_channels: 1, or 3 equal ones.

    Examples:
        >>> from tt_tensor import ones
        >>> Grayscale()(ones(8, 3, 4, 4)).shape
        torch.Size([8, 1, 4, 4])
    """

    def __init__(self, num_output_channels: int = 1) -> None:
        if num_output_channels not in (1, 3):
            raise ValueError(f"Grayscale: num_output_channels should be either 1 or 3, got {num_output_channels!r}")
        self.num_output_channels = num_output_channels

    def run(self, x: Any) -> Any:
        """The batch in grey."""
        out = grey(check_channels("Grayscale", x))
        return np.repeat(out, self.num_output_channels, 1)


class RandomGrayscale(Transform):
    """Take the colour out of every image with probability `p`; the number of channels stays.

    Args:
        p: the probability, from 0 to 1.

    Examples:
        >>> from tt_tensor import tensor
        >>> RandomGrayscale(p=1.0)(tensor([[[0.5]], [[1.0]], [[1.0]]])).flatten()
        tensor([0.8505, 0.8505, 0.8505])
    """

    def __init__(self, p: float = 0.1) -> None:
        self.p = chance("RandomGrayscale", p)

    def run(self, x: Any) -> Any:
        """The batch, some images in grey."""
        out, chosen = x.copy(), uniform(len(x), 1)[:, 0] < self.p
        out[chosen] = grey(check_channels("RandomGrayscale", x)[chosen])
        return out


def factors(name: str, value: Any, center: float, bounds: tuple[float, float]) -> tuple[float, float] | None:
    """The range of a factor: `value` around `center`, or (min, max); None if it changes nothing."""
    pair = several(value)
    if is_number(value):
        if value < 0:
            raise ValueError(f"ColorJitter: If {name} is a single number, it must be non negative, got {value}")
        pair = [center - value if name == "hue" else max(center - value, 0.0), center + value]
    if pair is None or len(pair) != 2:
        raise TypeError(f"ColorJitter: {name} should be a single number or a list/tuple with length 2, got {value!r}")
    low, high = number_range(f"ColorJitter: {name}", pair)
    if not bounds[0] <= low <= high <= bounds[1]:
        raise ValueError(f"ColorJitter: {name} values should be between {bounds}, but got {pair}")
    return None if low == high == center else (low, high)


class ColorJitter(Transform):
    """Change brightness, contrast, saturation and hue of every image at random, in random order.

    Args:
        brightness, contrast, saturation: a factor is drawn from [max(0, 1 - value), 1 + value], or from (min, max).
        hue: the turn of the circle of colours is drawn from [-value, value], or from (min, max), all within [-0.5, 0.5].

    Raises:
        ValueError: if a value is negative or out of range.
        TypeError: if it is neither a number nor a pair.

    Examples:
        >>> from tt_tensor import ones
        >>> ColorJitter(brightness=(0.5, 0.5))(ones(1, 1, 2))
        tensor([[[0.5000, 0.5000]]])
    """

    def __init__(self, brightness: Any = 0, contrast: Any = 0, saturation: Any = 0, hue: Any = 0) -> None:
        unbounded = (0.0, float("inf"))
        self.brightness = factors("brightness", brightness, 1.0, unbounded)
        self.contrast = factors("contrast", contrast, 1.0, unbounded)
        self.saturation = factors("saturation", saturation, 1.0, unbounded)
        self.hue = factors("hue", hue, 0.0, (-0.5, 0.5))

    def run(self, x: Any) -> Any:
        """The batch in other colours."""
        out = check_channels("ColorJitter", x).copy()
        u = uniform(len(x), 8)
        order = u[:, 4:].argsort(1)  # [B, 4]: what each image undergoes first, second, third, fourth
        steps = (
            (brightness, self.brightness),
            (contrast, self.contrast),
            (saturation, self.saturation),
            (hue, self.hue),
        )
        for place in range(4):
            for k, (step, bounds) in enumerate(steps):
                chosen = np.flatnonzero(order[:, place] == k)
                if bounds is not None and len(chosen):
                    out[chosen] = step(out[chosen], between(u[chosen, k], bounds))
        return out
