"""Transforms that are applied to some images only."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from tt_tensor.errors import ShapeError

from .base import Compose, array_of, like
from .draws import uniform
from .settings import chance


class RandomApply(Compose):
    """Transforms one after the other, all of them or, with probability 1 - `p`, none.

    The random numbers that the transforms draw are drawn in any case, so that an image comes out of a batch as it does alone.

    Args:
        transforms: functions of an image. They leave its shape and dtype as they are.
        p: the probability, from 0 to 1.

    Raises:
        ShapeError: in a call, if the transforms change the shape or the dtype.

    Examples:
        >>> from tt_tensor import ones
        >>> from tt_data.transforms import ColorJitter
        >>> RandomApply([ColorJitter(0.4, 0.4, 0.4, 0.1)], p=0.8)(ones(8, 3, 6, 6)).shape
        torch.Size([8, 3, 6, 6])
    """

    def __init__(self, transforms: Sequence[Callable[[Any], Any]], p: float = 0.5) -> None:
        super().__init__(transforms)
        self.p = chance("RandomApply", p)

    def __call__(self, img: Any) -> Any:
        """The image after the transforms, or as it was; of a batch each image by itself."""
        old = array_of("RandomApply", img)
        chosen = uniform(len(old) if old.ndim == 4 else 1, 1) < self.p
        new = array_of("RandomApply", super().__call__(like(img, old.copy())))  # which a function may write to
        if new.shape != old.shape or new.dtype != old.dtype:
            raise ShapeError(
                f"RandomApply: the transforms turn {old.dtype} of shape {old.shape} into {new.dtype} of shape {new.shape}; "
                f"images to which they are not applied would differ"
            )
        return like(img, np.where(chosen.reshape(-1, *[1] * (old.ndim - 1)), new, old))

    def __repr__(self) -> str:
        return "RandomApply(\n" + f"    p={self.p}\n" + "".join(f"    {t}\n" for t in self.transforms) + ")"
