"""What the losses share: the reduction, weights of classes or elements, a margin."""

from typing import Any

from ..module import Module
from ..ops.common import checked


class Loss(Module):
    """The base of the losses.

    Args:
        size_average: deprecated in PyTorch; raises if given, as does `reduce`.
        reduce: see `size_average`.
        reduction: `"mean"`, `"sum"` or `"none"`.
    """

    def __init__(self, size_average: Any = None, reduce: Any = None, reduction: str = "mean") -> None:
        super().__init__()
        self.reduction = checked(type(self).__name__, reduction, size_average, reduce)


class WeightedLoss(Loss):
    """The base of the losses with a buffer `weight`, which may be None: what each class or element counts."""

    def __init__(
        self, weight: Any = None, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.register_buffer("weight", weight)


class MarginLoss(Loss):
    """The base of the losses that keep apart what is unlike by a margin of 0, unless told."""

    def __init__(
        self, margin: float = 0.0, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.margin = margin
