"""Losses that ask for a margin: between scores, or between distances."""

from collections.abc import Callable
from typing import Any

from .. import functional as F
from ..distance import PairwiseDistance
from .base import Loss, MarginLoss, WeightedLoss


class MarginRankingLoss(MarginLoss):
    """That one score exceeds another by a margin. See `functional.margin_ranking_loss`.

    Examples:
        >>> from tt_tensor import tensor
        >>> MarginRankingLoss()(tensor([1.0]), tensor([3.0]), tensor([1.0]))
        tensor(2.)
    """

    def forward(self, input1: Any, input2: Any, target: Any) -> Any:
        """The loss."""
        return F.margin_ranking_loss(input1, input2, target, margin=self.margin, reduction=self.reduction)


class HingeEmbeddingLoss(Loss):
    """Distances of things that are alike, or not. See `functional.hinge_embedding_loss`.

    Examples:
        >>> from tt_tensor import tensor
        >>> HingeEmbeddingLoss()(tensor([0.25]), tensor([-1.0]))
        tensor(0.7500)
    """

    def __init__(
        self, margin: float = 1.0, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.margin = margin

    def forward(self, input: Any, target: Any) -> Any:
        """The loss."""
        return F.hinge_embedding_loss(input, target, margin=self.margin, reduction=self.reduction)


class SoftMarginLoss(Loss):
    """log(1 + exp(-y x)). See `functional.soft_margin_loss`.

    Examples:
        >>> from tt_tensor import tensor
        >>> SoftMarginLoss()(tensor([0.0]), tensor([1.0]))
        tensor(0.6931)
    """

    def forward(self, input: Any, target: Any) -> Any:
        """The loss."""
        return F.soft_margin_loss(input, target, reduction=self.reduction)


class MultiLabelSoftMarginLoss(WeightedLoss):
    """The binary cross entropy of scores, class by class. See `functional.multilabel_soft_margin_loss`.

    Examples:
        >>> from tt_tensor import tensor
        >>> MultiLabelSoftMarginLoss()(tensor([[0.0, 0.0]]), tensor([[1.0, 0.0]]))
        tensor(0.6931)
    """

    def forward(self, input: Any, target: Any) -> Any:
        """The loss."""
        return F.multilabel_soft_margin_loss(input, target, weight=self.weight, reduction=self.reduction)


class MultiMarginLoss(WeightedLoss):
    """The hinge loss of several classes. See `functional.multi_margin_loss`.

    Examples:
        >>> from tt_tensor import tensor
        >>> MultiMarginLoss()(tensor([[1.0, 0.5]]), tensor([0]))
        tensor(0.2500)
    """

    def __init__(
        self,
        p: int = 1,
        margin: float = 1.0,
        weight: Any = None,
        size_average: Any = None,
        reduce: Any = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(weight, size_average, reduce, reduction)
        if p not in (1, 2):
            raise ValueError("MultiMarginLoss: only p == 1 and p == 2 supported")
        self.p = p
        self.margin = margin
        if weight is not None and weight.ndim != 1:
            raise ValueError(f"MultiMarginLoss: weight must have one dimension, got shape {tuple(weight.shape)}")

    def forward(self, input: Any, target: Any) -> Any:
        """The loss."""
        return F.multi_margin_loss(
            input, target, p=self.p, margin=self.margin, weight=self.weight, reduction=self.reduction
        )


class MultiLabelMarginLoss(Loss):
    """The hinge loss of several classes with several right ones. See `functional.multilabel_margin_loss`.

    Examples:
        >>> from tt_tensor import tensor
        >>> MultiLabelMarginLoss()(tensor([0.0, 0.5]), tensor([1, -1]))
        tensor(0.2500)
    """

    def forward(self, input: Any, target: Any) -> Any:
        """The loss."""
        return F.multilabel_margin_loss(input, target, reduction=self.reduction)


class CosineEmbeddingLoss(MarginLoss):
    """The cosine of vectors that are alike, or not. See `functional.cosine_embedding_loss`.

    Examples:
        >>> from tt_tensor import tensor
        >>> CosineEmbeddingLoss()(tensor([[1.0, 0.0]]), tensor([[0.0, 1.0]]), tensor([1.0]))
        tensor(1.)
    """

    def forward(self, input1: Any, input2: Any, target: Any) -> Any:
        """The loss."""
        return F.cosine_embedding_loss(input1, input2, target, margin=self.margin, reduction=self.reduction)


class TripletMarginLoss(Loss):
    """That the positive is nearer to the anchor than the negative. See `functional.triplet_margin_loss`.

    Examples:
        >>> from tt_tensor import tensor
        >>> TripletMarginLoss()(tensor([[0.0]]), tensor([[2.0]]), tensor([[2.5]]))
        tensor(0.5000)
    """

    def __init__(
        self,
        margin: float = 1.0,
        p: float = 2.0,
        eps: float = 1e-6,
        swap: bool = False,
        size_average: Any = None,
        reduce: Any = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        if margin <= 0:
            raise ValueError(f"TripletMarginLoss: expected margin to be greater than 0, got {margin} instead")
        self.margin = margin
        self.p = p
        self.eps = eps
        self.swap = swap

    def forward(self, anchor: Any, positive: Any, negative: Any) -> Any:
        """The loss."""
        return F.triplet_margin_loss(
            anchor,
            positive,
            negative,
            margin=self.margin,
            p=self.p,
            eps=self.eps,
            swap=self.swap,
            reduction=self.reduction,
        )


class TripletMarginWithDistanceLoss(Loss):
    """`TripletMarginLoss` with a distance of one's own. See `functional.triplet_margin_with_distance_loss`.

    Examples:
        >>> from tt_tensor import tensor
        >>> TripletMarginWithDistanceLoss()(tensor([[0.0]]), tensor([[2.0]]), tensor([[2.5]]))
        tensor(0.5000)
    """

    def __init__(
        self,
        *,
        distance_function: Callable[[Any, Any], Any] | None = None,
        margin: float = 1.0,
        swap: bool = False,
        reduction: str = "mean",
    ) -> None:
        super().__init__(None, None, reduction)
        if margin <= 0:
            raise ValueError(
                f"TripletMarginWithDistanceLoss: expected margin to be greater than 0, found {margin} instead"
            )
        self.distance_function = PairwiseDistance() if distance_function is None else distance_function
        self.margin, self.swap = margin, swap

    def forward(self, anchor: Any, positive: Any, negative: Any) -> Any:
        """The loss."""
        return F.triplet_margin_with_distance_loss(
            anchor,
            positive,
            negative,
            distance_function=self.distance_function,
            margin=self.margin,
            swap=self.swap,
            reduction=self.reduction,
        )
