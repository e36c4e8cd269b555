"""Losses of numbers against numbers."""

from typing import Any

from .. import functional as F
from .base import Loss


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
