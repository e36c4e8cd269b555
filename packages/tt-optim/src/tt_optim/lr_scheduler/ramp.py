"""Schedules that go from one learning rate to another in a given number of epochs."""

from collections.abc import Sequence
from typing import Any

from ..numbers import number
from ..optimizer import Optimizer
from .base import LRScheduler


class ConstantLR(LRScheduler):
    """The base learning rate times `factor` in the first `total_iters` epochs, and then the base learning rate.

    Args:
        optimizer: whose learning rates are set.
        factor: from 0 to 1.
        total_iters: the number of epochs.
        last_epoch: the epoch to go on from.
    """

    def __init__(
        self, optimizer: Optimizer, factor: float = 1.0 / 3, total_iters: int = 5, last_epoch: int = -1
    ) -> None:
        if not 0.0 <= factor <= 1.0:
            raise ValueError(f"Constant multiplicative factor expected to be between 0 and 1, got {factor}")
        self.factor, self.total_iters = factor, total_iters
        super().__init__(optimizer, last_epoch)

    def _next(self) -> Sequence[Any]:
        if self.last_epoch == 0:
            return [lr * self.factor for lr in self._now()]
        if self.last_epoch != self.total_iters:
            return self._now()
        return [lr * (1.0 / self.factor) for lr in self._now()]

    def _closed(self) -> Sequence[Any]:
        factor = 1.0 if self.last_epoch >= self.total_iters else self.factor
        return [number(lr) * factor for lr in self.base_lrs]


class LinearLR(LRScheduler):
    """Warm-up: the base learning rate times a factor that goes from `start_factor` to `end_factor` in a straight line.

    Args:
        optimizer: whose learning rates are set.
        start_factor: above 0, at most 1.
        end_factor: from 0 to 1.
        total_iters: the number of epochs in which the factor moves.
        last_epoch: the epoch to go on from.

    Examples:
        >>> from tt_autograd import tensor
        >>> from tt_optim import SGD
        >>> optimizer = SGD([tensor([1.0], requires_grad=True)], lr=1.0)
        >>> scheduler = LinearLR(optimizer, start_factor=0.5, total_iters=2)
        >>> for epoch in range(3):
        ...     print(*scheduler.get_last_lr())
        ...     optimizer.step(); scheduler.step()
        0.5
        0.75
        1.0
    """

    def __init__(
        self,
        optimizer: Optimizer,
        start_factor: float = 1.0 / 3,
        end_factor: float = 1.0,
        total_iters: int = 5,
        last_epoch: int = -1,
    ) -> None:
        if not 0.0 < start_factor <= 1.0:
            raise ValueError(f"Starting multiplicative factor expected to be above 0 and at most 1, got {start_factor}")
        if not 0.0 <= end_factor <= 1.0:
            raise ValueError(f"Ending multiplicative factor expected to be between 0 and 1, got {end_factor}")
        self.start_factor, self.end_factor, self.total_iters = start_factor, end_factor, total_iters
        super().__init__(optimizer, last_epoch)

    def _next(self) -> Sequence[Any]:
        if self.last_epoch == 0:
            return [lr * self.start_factor for lr in self._now()]
        if self._is_initial or self.last_epoch > self.total_iters:
            return self._now()
        rise = self.end_factor - self.start_factor
        before = self.total_iters * self.start_factor + (self.last_epoch - 1) * rise
        return [lr * (1.0 + rise / before) for lr in self._now()]

    def _closed(self) -> Sequence[Any]:
        part = min(self.total_iters, self.last_epoch) / self.total_iters
        return [number(lr) * (self.start_factor + (self.end_factor - self.start_factor) * part) for lr in self.base_lrs]


class PolynomialLR(LRScheduler):
    """Down to zero along a power: γₜ = γ₀ (1 - t/T)ᵖ for t up to T.

    Args:
        optimizer: whose learning rates are set.
        total_iters: T, in epochs.
        power: p; 1 is a straight line.
        last_epoch: the epoch to go on from.
    """

    def __init__(self, optimizer: Optimizer, total_iters: int = 5, power: float = 1.0, last_epoch: int = -1) -> None:
        self.total_iters, self.power = total_iters, power
        super().__init__(optimizer, last_epoch)

    def _next(self) -> Sequence[Any]:
        t, end = self.last_epoch, self.total_iters
        if self._is_initial or t > end:
            return self._now()
        factor = ((1.0 - t / end) / (1.0 - (t - 1) / end)) ** self.power
        return [lr * factor for lr in self._now()]

    def _closed(self) -> Sequence[Any]:
        part = min(self.total_iters, self.last_epoch) / self.total_iters
        return [number(lr) * (1.0 - part) ** self.power for lr in self.base_lrs]
