"""Rectangles out of images."""

from typing import Any

import numpy as np
from tt_tensor.errors import ShapeError

from .base import Transform, on_batch
from .draws import normal, rectangles, uniform
from .settings import chance, is_number, number_range, several


def erase(img: Any, i: int, j: int, h: int, w: int, v: Any, inplace: bool = False) -> Any:
    """Images with other values in a rectangle.

    Args:
        img: a tensor or an array (C, H, W) or (B, C, H, W).
        i: the first row of the rectangle.
        j: its first column.
        h: how many rows it has.
        w: how many columns.
        v: the values: a number, or what broadcasts to (C, h, w).
        inplace: whether to write into the tensor that is given.

    Examples:
        >>> from tt_tensor import ones
        >>> erase(ones(1, 2, 3), 0, 1, 2, 1, v=0)
        tensor([[[1., 0., 1.],
                 [1., 0., 1.]]])
    """

    def run(x: Any) -> Any:
        out = x if inplace else x.copy()
        out[..., i : i + h, j : j + w] = getattr(v, "array", v)
        return out

    out = on_batch("erase", run, img)
    return img if inplace else out


class RandomErasing(Transform):
    """Overwrite a random rectangle of every image, with probability `p`.

    Args:
        p: the probability that an image is touched.
        scale: the smallest and the largest share of the image's area.
        ratio: the smallest and the largest height / width; its logarithm is evenly distributed.
        value: what is written: a number; one for each channel; or "random", noise from the standard normal distribution.
        inplace: whether to write into the tensor that is given.

    Raises:
        ValueError: if a probability or share is not between 0 and 1, or `value` is another string.
        TypeError: if an argument is of another kind.

    Source: Z. Zhong et al., *Random erasing data augmentation*, 2017, arXiv:1708.04896.

    Examples:
        >>> from tt_tensor import ones
        >>> bool((RandomErasing(p=1.0)(ones(4, 3, 8, 8)).sum((1, 2, 3)) < 192).all())
        True
    """

    def __init__(
        self,
        p: float = 0.5,
        scale: tuple[float, float] = (0.02, 0.33),
        ratio: tuple[float, float] = (0.3, 3.3),
        value: Any = 0,
        inplace: bool = False,
    ) -> None:
        values = [] if isinstance(value, str) else [value] if is_number(value) else several(value)
        if values is None or not all(map(is_number, values)):
            raise TypeError(
                f"RandomErasing: Argument value should be either a number or str or a sequence, got {value!r}"
            )
        if isinstance(value, str) and value != "random":
            raise ValueError(f"RandomErasing: If value is str, it should be 'random', got {value!r}")
        self.p = chance("RandomErasing", p)
        self.scale = number_range("RandomErasing: scale", scale)
        self.ratio = number_range("RandomErasing: ratio", ratio)
        if self.scale[0] < 0 or self.scale[1] > 1:
            raise ValueError(f"RandomErasing: Scale should be between 0 and 1, got {scale}")
        if self.ratio[0] <= 0:
            raise ValueError(f"RandomErasing: ratio should be positive, got {ratio}")
        self.value, self.inplace = value, inplace

    def run(self, x: Any) -> Any:
        """The batch, some images with a rectangle in them."""
        batch, channels, height, width = x.shape
        chosen = np.flatnonzero(uniform(batch, 1)[:, 0] < self.p)
        boxes, fit = rectangles(batch, (height, width), self.scale, self.ratio, lambda h, w: (h < height) & (w < width))
        boxes[~fit] = 0
        out, noisy = x if self.inplace else x.copy(), isinstance(self.value, str)
        value = np.asarray([0.0] if noisy else self.value, np.float64).reshape(-1, 1, 1)
        if len(value) not in (1, channels):
            raise ShapeError(
                f"RandomErasing: If value is a sequence, it should have either a single value or {channels} (number of input "
                f"channels), got {len(value)} of them for images of shape {x.shape[1:]}"
            )
        most = channels * int(boxes[chosen, 2:].prod(1).max(initial=0))
        noise = normal(batch, most, chosen) if noisy else None
        for row, k in enumerate(chosen.tolist()):
            top, left, h, w = boxes[k].tolist()
            if noise is not None:
                value = noise[row, : channels * h * w].reshape(channels, h, w)
            out[k, :, top : top + h, left : left + w] = value
        return out

    def __call__(self, img: Any) -> Any:
        """The image or the batch after the transform."""
        out = super().__call__(img)
        return img if self.inplace else out
