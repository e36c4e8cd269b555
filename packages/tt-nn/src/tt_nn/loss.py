"""Losses as modules. Each is one of `tt_nn.functional`, with its settings kept."""

import math
from collections.abc import Callable
from typing import Any

from . import functional as F
from .distance import PairwiseDistance
from .linear import Linear
from .module import Module
from .ops.common import checked


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


class _WeightedLoss(Loss):
    """The base of the losses with a buffer `weight`, which may be None: what each class or element counts."""

    def __init__(
        self, weight: Any = None, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.register_buffer("weight", weight)


class _MarginLoss(Loss):
    """The base of the losses that keep apart what is unlike by a margin of 0, unless told."""

    def __init__(
        self, margin: float = 0.0, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.margin = margin


class L1Loss(Loss):
    """The mean absolute error. See `functional.l1_loss`.

    Examples:
        >>> from tt_tensor import tensor
        >>> L1Loss()(tensor([1.0, 2.0]), tensor([1.0, 4.0]))
        tensor(1.)
    """

    def forward(self, input: Any, target: Any) -> Any:
        """The loss."""
        return F.l1_loss(input, target, reduction=self.reduction)


class MSELoss(Loss):
    """The mean squared error. See `functional.mse_loss`.

    Examples:
        >>> from tt_tensor import tensor
        >>> MSELoss()(tensor([1.0, 2.0]), tensor([1.0, 4.0]))
        tensor(2.)
    """

    def forward(self, input: Any, target: Any) -> Any:
        """The loss."""
        return F.mse_loss(input, target, reduction=self.reduction)


class SmoothL1Loss(Loss):
    """The absolute error, rounded off below β. See `functional.smooth_l1_loss`.

    Examples:
        >>> from tt_tensor import tensor
        >>> SmoothL1Loss()(tensor([0.0]), tensor([5.0]))
        tensor(4.5000)
    """

    def __init__(
        self, size_average: Any = None, reduce: Any = None, reduction: str = "mean", beta: float = 1.0
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.beta = beta

    def forward(self, input: Any, target: Any) -> Any:
        """The loss."""
        return F.smooth_l1_loss(input, target, reduction=self.reduction, beta=self.beta)


class HuberLoss(Loss):
    """The squared error up to δ, and linear beyond. See `functional.huber_loss`.

    Examples:
        >>> from tt_tensor import tensor
        >>> HuberLoss()(tensor([0.0]), tensor([5.0]))
        tensor(4.5000)
    """

    def __init__(self, reduction: str = "mean", delta: float = 1.0) -> None:
        super().__init__(None, None, reduction)
        self.delta = delta

    def forward(self, input: Any, target: Any) -> Any:
        """The loss."""
        return F.huber_loss(input, target, reduction=self.reduction, delta=self.delta)


class CrossEntropyLoss(_WeightedLoss):
    """The cross entropy of scores and classes, which are indices or probabilities. See `functional.cross_entropy`.

    Examples:
        >>> from tt_tensor import tensor
        >>> CrossEntropyLoss()(tensor([[0.0, 0.0]]), tensor([1]))
        tensor(0.6931)
    """

    def __init__(
        self,
        weight: Any = None,
        size_average: Any = None,
        ignore_index: int = -100,
        reduce: Any = None,
        reduction: str = "mean",
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__(weight, size_average, reduce, reduction)
        self.ignore_index = ignore_index
        self.label_smoothing = label_smoothing

    def forward(self, input: Any, target: Any) -> Any:
        """The loss."""
        return F.cross_entropy(
            input,
            target,
            weight=self.weight,
            ignore_index=self.ignore_index,
            reduction=self.reduction,
            label_smoothing=self.label_smoothing,
        )


class NLLLoss(_WeightedLoss):
    """The negative log-likelihood of class indices, from log-probabilities. See `functional.nll_loss`.

    Examples:
        >>> from tt_tensor import tensor
        >>> NLLLoss()(tensor([[-1.0, -2.0]]), tensor([1]))
        tensor(2.)
    """

    def __init__(
        self,
        weight: Any = None,
        size_average: Any = None,
        ignore_index: int = -100,
        reduce: Any = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(weight, size_average, reduce, reduction)
        self.ignore_index = ignore_index

    def forward(self, input: Any, target: Any) -> Any:
        """The loss."""
        return F.nll_loss(input, target, weight=self.weight, ignore_index=self.ignore_index, reduction=self.reduction)


class PoissonNLLLoss(Loss):
    """The negative log-likelihood of counts. See `functional.poisson_nll_loss`.

    Examples:
        >>> from tt_tensor import tensor
        >>> PoissonNLLLoss()(tensor([0.0]), tensor([3.0]))
        tensor(1.)
    """

    def __init__(
        self,
        log_input: bool = True,
        full: bool = False,
        size_average: Any = None,
        eps: float = 1e-8,
        reduce: Any = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.log_input = log_input
        self.full = full
        self.eps = eps

    def forward(self, input: Any, target: Any) -> Any:
        """The loss."""
        return F.poisson_nll_loss(
            input, target, log_input=self.log_input, full=self.full, eps=self.eps, reduction=self.reduction
        )


class KLDivLoss(Loss):
    """The Kullback-Leibler divergence; use `reduction="batchmean"`. See `functional.kl_div`.

    Examples:
        >>> from tt_tensor import tensor
        >>> KLDivLoss(reduction="sum")(tensor([0.5, 0.5]).log(), tensor([1.0, 0.0]))
        tensor(0.6931)
    """

    def __init__(
        self, size_average: Any = None, reduce: Any = None, reduction: str = "mean", log_target: bool = False
    ) -> None:
        super().__init__(size_average, reduce, "sum" if reduction == "batchmean" else reduction)
        self.reduction = reduction
        self.log_target = log_target

    def forward(self, input: Any, target: Any) -> Any:
        """The loss."""
        return F.kl_div(input, target, reduction=self.reduction, log_target=self.log_target)


class BCELoss(_WeightedLoss):
    """The binary cross entropy of probabilities. See `functional.binary_cross_entropy`.

    Examples:
        >>> from tt_tensor import tensor
        >>> BCELoss()(tensor([0.5]), tensor([1.0]))
        tensor(0.6931)
    """

    def forward(self, input: Any, target: Any) -> Any:
        """The loss."""
        return F.binary_cross_entropy(input, target, weight=self.weight, reduction=self.reduction)


class BCEWithLogitsLoss(_WeightedLoss):
    """The binary cross entropy of scores. See `functional.binary_cross_entropy_with_logits`.

    Examples:
        >>> from tt_tensor import tensor
        >>> BCEWithLogitsLoss()(tensor([0.0]), tensor([1.0]))
        tensor(0.6931)
    """

    def __init__(
        self,
        weight: Any = None,
        size_average: Any = None,
        reduce: Any = None,
        reduction: str = "mean",
        pos_weight: Any = None,
    ) -> None:
        super().__init__(weight, size_average, reduce, reduction)
        self.register_buffer("pos_weight", pos_weight)

    def forward(self, input: Any, target: Any) -> Any:
        """The loss."""
        return F.binary_cross_entropy_with_logits(
            input, target, weight=self.weight, reduction=self.reduction, pos_weight=self.pos_weight
        )


class MarginRankingLoss(_MarginLoss):
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


class MultiLabelSoftMarginLoss(_WeightedLoss):
    """The binary cross entropy of scores, class by class. See `functional.multilabel_soft_margin_loss`.

    Examples:
        >>> from tt_tensor import tensor
        >>> MultiLabelSoftMarginLoss()(tensor([[0.0, 0.0]]), tensor([[1.0, 0.0]]))
        tensor(0.6931)
    """

    def forward(self, input: Any, target: Any) -> Any:
        """The loss."""
        return F.multilabel_soft_margin_loss(input, target, weight=self.weight, reduction=self.reduction)


class MultiMarginLoss(_WeightedLoss):
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


class CosineEmbeddingLoss(_MarginLoss):
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


class GaussianNLLLoss(Loss):
    """The negative log-likelihood of observations, given means and variances. See `functional.gaussian_nll_loss`.

    Examples:
        >>> from tt_tensor import tensor
        >>> GaussianNLLLoss()(tensor([0.0]), tensor([2.0]), tensor([1.0]))
        tensor(2.)
    """

    def __init__(self, *, full: bool = False, eps: float = 1e-6, reduction: str = "mean") -> None:
        super().__init__(None, None, reduction)
        self.full, self.eps = full, eps

    def forward(self, input: Any, target: Any, var: Any) -> Any:
        """The loss."""
        return F.gaussian_nll_loss(input, target, var, full=self.full, eps=self.eps, reduction=self.reduction)


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


class CTCLoss(Loss):
    """Connectionist temporal classification. See `functional.ctc_loss`.

    Examples:
        >>> from tt_tensor import tensor
        >>> log_probs = tensor([[[0.5, 0.5]], [[0.5, 0.5]]]).log()  # [T, N, C]
        >>> CTCLoss()(log_probs, tensor([[1]]), tensor([2]), tensor([1]))
        tensor(0.2877)
    """

    def __init__(self, blank: int = 0, reduction: str = "mean", zero_infinity: bool = False) -> None:
        super().__init__(None, None, reduction)
        self.blank, self.zero_infinity = blank, zero_infinity

    def forward(self, log_probs: Any, targets: Any, input_lengths: Any, target_lengths: Any) -> Any:
        """The loss."""
        return F.ctc_loss(
            log_probs, targets, input_lengths, target_lengths, self.blank, self.reduction, self.zero_infinity
        )


class LinearCrossEntropyLoss(Loss):
    """A linear layer and the cross entropy of its scores. See `functional.linear_cross_entropy`.

    Args:
        in_features: D.
        num_classes: C.
        out_features: further dimensions of the scores, `[N, C, *out_features]`.
        bias: whether the layer has a bias.
        device: None or "cpu".
        dtype: of the layer.
        reduction: `"mean"`, `"sum"` or `"none"`.
        weight: what each class counts, `[C]`.
        ignore_index: a target that does not count; -100 if None.
        label_smoothing: see `functional.cross_entropy`.
        options: PyTorch's chunking options; not supported, raises if given.

    Attributes:
        linear: the layer; its outputs are C times the product of `out_features`.

    Examples:
        >>> from tt_tensor import tensor
        >>> loss = LinearCrossEntropyLoss(1, 2)
        >>> loss(tensor([[0.0]]), tensor([1])).item() == CrossEntropyLoss()(tensor([[0.0, 0.0]]), tensor([1])).item()
        True
    """

    def __init__(
        self,
        in_features: int,
        num_classes: int,
        *,
        out_features: tuple[int, ...] = (),
        bias: bool = False,
        device: Any = None,
        dtype: Any = None,
        reduction: str = "mean",
        weight: Any = None,
        ignore_index: int | None = None,
        label_smoothing: float = 0.0,
        options: Any = None,
    ) -> None:
        super().__init__(None, None, reduction)
        if weight is not None and tuple(weight.shape) != (num_classes,):
            raise RuntimeError(f"expected weight shape to be {(num_classes,)}, got {tuple(weight.shape)}")
        if not 0 <= label_smoothing <= 1:
            raise RuntimeError(f"expected label_smoothing to be in range [0, 1], got {label_smoothing}")
        if options is not None:
            raise NotImplementedError("LinearCrossEntropyLoss: chunking options are not supported; leave options out")
        self.register_buffer("weight", weight)
        self.num_classes, self.out_features = num_classes, out_features
        self.ignore_index, self.label_smoothing = ignore_index, label_smoothing
        self.linear = Linear(in_features, math.prod(out_features, start=num_classes), bias, device, dtype)

    def extra_repr(self) -> str:
        """What was set."""
        return (
            f"in_features={self.linear.in_features}, num_classes={self.num_classes}, out_features={self.out_features}, "
            f"bias={self.linear.bias is not None}, reduction={self.reduction}, ignore_index={self.ignore_index}, "
            f"label_smoothing={self.label_smoothing}, options=None"
        )

    def forward(self, input: Any, target: Any) -> Any:
        """The loss."""
        shape, bias = (self.num_classes, *self.out_features), self.linear.bias
        return F.linear_cross_entropy(
            input,
            self.linear.weight.reshape(*shape, self.linear.in_features),
            target,
            linear_bias=None if bias is None else bias.reshape(*shape),
            weight=self.weight,
            reduction=self.reduction,
            ignore_index=self.ignore_index,
            label_smoothing=self.label_smoothing,
        )
