"""Images of a batch mixed with one another, and their labels in the same proportion."""

from typing import Any

import numpy as np
from tt_tensor import Tensor
from tt_tensor.errors import DTypeError, ShapeError

from ..seeding import random_generator
from .base import array_of, like
from .settings import is_number, is_whole


class Mixing:
    """What MixUp and CutMix share: the labels become distributions over the classes.

    Every image is mixed with the one before it in the batch, the first with the last; so the batch must be shuffled. The
    proportion is drawn once for the batch, from the distribution Beta(alpha, alpha).
    """

    def __init__(self, *, alpha: float = 1.0, num_classes: int | None = None) -> None:
        name = type(self).__name__
        if not is_number(alpha):
            raise TypeError(f"{name}: alpha should be a positive number, got {alpha!r}")
        if not 0 < alpha < np.inf:
            raise ValueError(f"{name}: alpha should be a positive number, got {alpha!r}")
        if num_classes is not None and not is_whole(num_classes):
            raise TypeError(f"{name}: num_classes should be an int, got {num_classes!r}")
        self.alpha, self.num_classes = float(alpha), num_classes

    def mix(self, x: Any, rng: Any) -> tuple[float, Any]:
        """The share that a label keeps, and the images x [B, C, H, W], mixed."""
        raise NotImplementedError

    def __call__(self, images: Any, labels: Any) -> tuple[Any, Any]:
        """The batch and its labels, mixed: [B, C, H, W] and [B, num_classes]."""
        name = type(self).__name__
        x = array_of(name, images)
        if not isinstance(labels, Tensor | np.ndarray):
            raise ValueError(f"{name}: the labels must be a tensor, got {type(labels).__name__}")
        y = labels.array if isinstance(labels, Tensor) else labels
        if x.ndim != 4:
            raise ValueError(f"{name}: expected a batch of images (B, C, H, W), got shape {x.shape}")
        if y.ndim not in (1, 2):
            raise ValueError(f"{name}: labels should have shape (B,) or (B, num_classes), got {y.shape}")
        if len(y) != len(x):
            raise ValueError(f"{name}: {len(x)} images but {len(y)} labels")
        y = self.distributions(name, y)
        share, mixed = self.mix(x, random_generator().numpy)
        return like(images, mixed), like(labels, blended(y, np.roll(y, 1, 0), share))

    def distributions(self, name: str, y: Any) -> Any:
        """Labels [B] as probabilities [B, num_classes]; those that are such already, as floats."""
        if y.ndim == 2:
            if self.num_classes not in (None, y.shape[1]):
                raise ValueError(f"{name}: labels of {y.shape[1]} classes, but num_classes is {self.num_classes}")
            return y if y.dtype.kind == "f" else y.astype(np.float32)
        if self.num_classes is None:
            raise ValueError(f"{name}: num_classes must be passed if the labels are index-based (1D)")
        if y.dtype.kind not in "iu":
            raise DTypeError(f"{name}: labels of shape (B,) should be the numbers of classes, got {y.dtype}")
        if len(y) and not (y.min() >= 0 and y.max() < self.num_classes):
            raise RuntimeError(f"{name}: labels should be from 0 to {self.num_classes - 1}, got {y.min()} to {y.max()}")
        return np.eye(self.num_classes, dtype=np.float32)[y]

    def __repr__(self) -> str:
        return f"{type(self).__name__}(alpha={self.alpha}, num_classes={self.num_classes})"


def blended(x: Any, other: Any, share: float) -> Any:
    """share x + (1 - share) other."""
    return x * x.dtype.type(share) + other * x.dtype.type(1 - share)


class MixUp(Mixing):
    """Mix every image of a batch with another: share x + (1 - share) x'. Labels likewise.

    It takes a batch and its labels, in the training loop: `images, labels = mixup(images, labels)`. The losses that take
    probabilities, such as cross_entropy, take the labels.

    Args:
        alpha: the proportion is drawn from Beta(alpha, alpha), once for the batch.
        num_classes: the number of classes; needed unless the labels are probabilities (B, num_classes).

    Raises:
        ValueError: if images and labels do not fit, or `num_classes` is missing.
        TypeError: if the images are not floats.

    Source: H. Zhang et al., *mixup: beyond empirical risk minimization*, 2017, arXiv:1710.09412.

    Examples:
        >>> from tt_tensor import arange, zeros
        >>> images, labels = MixUp(num_classes=4)(zeros(4, 1, 2, 2), arange(4))
        >>> labels.shape, labels.sum(1)
        (torch.Size([4, 4]), tensor([1., 1., 1., 1.]))
    """

    def mix(self, x: Any, rng: Any) -> tuple[float, Any]:
        """One proportion for all."""
        if x.dtype.kind != "f":
            raise DTypeError(f"MixUp: expected images of floats, got {x.dtype}; put ToTensor() before it")
        share = float(rng.beta(self.alpha, self.alpha))
        return share, blended(x, np.roll(x, 1, 0), share)


class CutMix(Mixing):
    """Put a rectangle of another image into every image of a batch. Labels are mixed in proportion to the area.

    Args and errors are those of `MixUp`; the images may be bytes as well.

    Source: S. Yun et al., *CutMix: regularization strategy to train strong classifiers with localizable features*, 2019,
        arXiv:1905.04899.

    Examples:
        >>> from tt_tensor import arange, zeros
        >>> images, labels = CutMix(num_classes=4)(zeros(4, 1, 2, 2), arange(4))
        >>> labels.sum(1)
        tensor([1., 1., 1., 1.])
    """

    def mix(self, x: Any, rng: Any) -> tuple[float, Any]:
        """One rectangle for all: of the share 1 - lambda of the area, cut off where it sticks out of the image."""
        height, width = x.shape[2:]
        if height == 0 or width == 0:
            raise ShapeError(f"CutMix: the images have no pixels, shape {x.shape}")
        side = 0.5 * np.sqrt(1.0 - rng.beta(self.alpha, self.alpha))
        row, column, h, w = rng.integers(height), rng.integers(width), int(side * height), int(side * width)
        top, bottom, left, right = max(row - h, 0), min(row + h, height), max(column - w, 0), min(column + w, width)
        out = x.copy()
        out[:, :, top:bottom, left:right] = np.roll(x[:, :, top:bottom, left:right], 1, 0)
        return float(1 - (bottom - top) * (right - left) / (height * width)), out
