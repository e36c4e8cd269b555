"""Losses of scores or probabilities against classes."""

import math
from typing import Any

from .. import functional as F
from ..linear import Linear
from .base import Loss, WeightedLoss


class CrossEntropyLoss(WeightedLoss):
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


class NLLLoss(WeightedLoss):
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


class BCELoss(WeightedLoss):
    """The binary cross entropy of probabilities. See `functional.binary_cross_entropy`.

    Examples:
        >>> from tt_tensor import tensor
        >>> BCELoss()(tensor([0.5]), tensor([1.0]))
        tensor(0.6931)
    """

    def forward(self, input: Any, target: Any) -> Any:
        """The loss."""
        return F.binary_cross_entropy(input, target, weight=self.weight, reduction=self.reduction)


class BCEWithLogitsLoss(WeightedLoss):
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
