"""Mirror images."""

from typing import Any

from .base import Transform, on_batch
from .draws import uniform
from .settings import chance


def hflip(img: Any) -> Any:
    """Mirror images left to right.

    Args:
        img: a tensor or an array (C, H, W) or (B, C, H, W), of any real dtype.

    Examples:
        >>> from tt_tensor import tensor
        >>> hflip(tensor([[[1, 2, 3]]]))
        tensor([[[3, 2, 1]]])
    """
    return on_batch("hflip", lambda x: x[..., ::-1].copy(), img)


def vflip(img: Any) -> Any:
    """Mirror images top to bottom.

    Args:
        img: a tensor or an array (C, H, W) or (B, C, H, W), of any real dtype.

    Examples:
        >>> from tt_tensor import tensor
        >>> vflip(tensor([[[1], [2]]]))
        tensor([[[2],
                 [1]]])
    """
    return on_batch("vflip", lambda x: x[..., ::-1, :].copy(), img)


class RandomHorizontalFlip(Transform):
    """Mirror every image left to right with probability `p`.

    Args:
        p: the probability, from 0 to 1.

    Examples:
        >>> from tt_tensor import tensor
        >>> RandomHorizontalFlip(p=1.0)(tensor([[[1, 2, 3]]]))
        tensor([[[3, 2, 1]]])
    """

    def __init__(self, p: float = 0.5) -> None:
        self.p = chance("RandomHorizontalFlip", p)

    def run(self, x: Any) -> Any:
        """The batch, some images mirrored."""
        out, chosen = x.copy(), uniform(len(x), 1)[:, 0] < self.p
        out[chosen] = x[chosen][..., ::-1]
        return out


class RandomVerticalFlip(Transform):
    """Mirror every image top to bottom with probability `p`.

    Args:
        p: the probability, from 0 to 1.

    Examples:
        >>> from tt_tensor import tensor
        >>> RandomVerticalFlip(p=1.0)(tensor([[[1], [2]]]))
        tensor([[[2],
                 [1]]])
    """

    def __init__(self, p: float = 0.5) -> None:
        self.p = chance("RandomVerticalFlip", p)

    def run(self, x: Any) -> Any:
        """The batch, some images mirrored."""
        out, chosen = x.copy(), uniform(len(x), 1)[:, 0] < self.p
        out[chosen] = x[chosen][..., ::-1, :]
        return out
