"""The adaptive softmax: a fast approximation for very many classes, few of which are frequent."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from tt_tensor.errors import BoundsError, ShapeError
from tt_tensor.ops.join import cat

from . import functional as F
from .container import ModuleList, Sequential
from .linear import Linear
from .module import Module


class _ASMoutput(NamedTuple):
    """What the adaptive softmax gives: the log-probability of each target, and their negative mean."""

    output: Any
    loss: Any


class AdaptiveLogSoftmaxWithLoss(Module):
    """A softmax in two steps: the head decides on a frequent class or a cluster, whose small tail decides on a rare class.

    Args:
        in_features: D.
        n_classes: the number of classes, ordered from frequent to rare.
        cutoffs: where the clusters begin: increasing, between 1 and `n_classes` - 1.
        div_value: the features of cluster i are reduced to D / `div_value`ⁱ⁺¹.
        head_bias: whether the head has a bias.
        device: None or "cpu".
        dtype: of the weights.

    Raises:
        ValueError: if the cutoffs are not increasing, unique and in range.

    Source:
        Grave et al., Efficient softmax approximation for GPUs, 2016.

    Examples:
        >>> from tt_tensor import randn, tensor
        >>> softmax = AdaptiveLogSoftmaxWithLoss(16, 20, [4, 10])
        >>> softmax(randn(3, 16), tensor([0, 5, 19])).output.shape
        torch.Size([3])
    """

    def __init__(
        self,
        in_features: int,
        n_classes: int,
        cutoffs: Sequence[int],
        div_value: float = 4.0,
        head_bias: bool = False,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        cutoffs = list(cutoffs)
        if not cutoffs or cutoffs != sorted(set(cutoffs)) or cutoffs[0] <= 0 or cutoffs[-1] > n_classes - 1:
            raise ValueError(
                "AdaptiveLogSoftmaxWithLoss: cutoffs should be a sequence of unique, positive integers sorted in an "
                f"increasing order, where each value is between 1 and n_classes-1, got {cutoffs}"
            )
        self.in_features, self.n_classes, self.div_value, self.head_bias = in_features, n_classes, div_value, head_bias
        self.cutoffs = [*cutoffs, n_classes]
        self.shortlist_size, self.n_clusters = cutoffs[0], len(cutoffs)
        self.head_size = self.shortlist_size + self.n_clusters
        self.head = Linear(in_features, self.head_size, bias=head_bias, device=device, dtype=dtype)
        self.tail = ModuleList()
        for i in range(self.n_clusters):
            small = int(in_features // div_value ** (i + 1))
            self.tail.append(
                Sequential(
                    Linear(in_features, small, bias=False, device=device, dtype=dtype),
                    Linear(small, self.cutoffs[i + 1] - self.cutoffs[i], bias=False, device=device, dtype=dtype),
                )
            )

    def reset_parameters(self) -> None:
        """Draw all weights anew."""
        self.head.reset_parameters()
        for first, second in self.tail:
            first.reset_parameters()
            second.reset_parameters()

    def forward(self, input: Any, target: Any) -> _ASMoutput:
        """The log-probability of each target, and the loss.

        Args:
            input: `[N, D]` or `[D]`.
            target: class indices, int64, `[N]` or a scalar.

        Raises:
            ShapeError: if their shapes do not fit.
            BoundsError: if a target is no class.
        """
        if input.ndim not in (1, 2) or target.ndim != input.ndim - 1 or tuple(target.shape) != tuple(input.shape[:-1]):
            raise ShapeError(
                f"AdaptiveLogSoftmaxWithLoss: Input and target should have the same size in the batch dimension, got "
                f"{tuple(input.shape)} and {tuple(target.shape)}"
            )
        single = input.ndim == 1
        x = input.unsqueeze(0) if single else input
        kind, labels = target.plain, target.array.reshape(-1)
        if labels.size and (labels.min() < 0 or labels.max() >= self.n_classes):
            raise BoundsError(
                f"AdaptiveLogSoftmaxWithLoss: Target values should be in [0, {self.n_classes - 1}], but values in range "
                f"[{labels.min()}, {labels.max()}] were found."
            )
        head = F.log_softmax(self.head(x), 1)
        cluster = np.searchsorted(self.cutoffs, labels, side="right")
        column = np.where(cluster == 0, labels, self.shortlist_size + cluster - 1)
        output = head.gather(1, kind(column[:, None])).squeeze(1)
        order = [np.flatnonzero(cluster == 0)]
        parts = [output.new_zeros(len(order[0]))]
        for i in range(self.n_clusters):
            rows = np.flatnonzero(cluster == i + 1)
            if rows.size:
                log_p = F.log_softmax(self.tail[i](x[kind(rows)]), 1)
                parts.append(log_p.gather(1, kind((labels[rows] - self.cutoffs[i])[:, None])).squeeze(1))
                order.append(rows)
        output = output + cat(parts)[kind(np.argsort(np.concatenate(order)))]
        return _ASMoutput(output.squeeze(0) if single else output, -output.mean())

    def log_prob(self, input: Any) -> Any:
        """The log-probabilities of all classes.

        Args:
            input: `[N, D]`.

        Returns:
            `[N, n_classes]`.
        """
        head = F.log_softmax(self.head(input), 1)
        parts = [head[:, : self.shortlist_size]]
        for i in range(self.n_clusters):
            k = self.shortlist_size + i
            parts.append(head[:, k : k + 1] + F.log_softmax(self.tail[i](input), 1))
        return cat(parts, 1)

    def predict(self, input: Any) -> Any:
        """The most probable class of each row.

        Args:
            input: `[N, D]`.

        Returns:
            `[N]`, int64.
        """
        return self.log_prob(input).argmax(1)
