"""Distances and similarities as modules."""

from typing import Any

from . import functional as F
from .module import Module


class CosineSimilarity(Module):
    """The cosine of the angle between vectors. See `functional.cosine_similarity`.

    Examples:
        >>> from tt_tensor import tensor
        >>> CosineSimilarity()(tensor([[1.0, 0.0]]), tensor([[1.0, 1.0]]))
        tensor([0.7071])
    """

    def __init__(self, dim: int = 1, eps: float = 1e-8) -> None:
        super().__init__()
        self.dim, self.eps = dim, eps

    def forward(self, x1: Any, x2: Any) -> Any:
        """The function, applied."""
        return F.cosine_similarity(x1, x2, self.dim, self.eps)


class PairwiseDistance(Module):
    """The distance of vectors. See `functional.pairwise_distance`.

    Examples:
        >>> from tt_tensor import tensor
        >>> PairwiseDistance()(tensor([[0.0, 0.0]]), tensor([[3.0, 4.0]]))
        tensor([5.0000])
    """

    def __init__(self, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> None:
        super().__init__()
        self.norm, self.eps, self.keepdim = p, eps, keepdim

    def forward(self, x1: Any, x2: Any) -> Any:
        """The function, applied."""
        return F.pairwise_distance(x1, x2, self.norm, self.eps, self.keepdim)
