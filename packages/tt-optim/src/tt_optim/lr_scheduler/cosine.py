"""Schedules along half a cosine."""

import math
from collections.abc import Sequence
from typing import Any

from ..numbers import number
from ..optimizer import Optimizer
from .base import LRScheduler


class CosineScheduler:
    """Half a cosine from `max_lr` to `min_lr`, as a plain function of the epoch.

    γₜ = γ_min + (γ_max - γ_min)(1 + cos(πt/T))/2; after T epochs it stays at γ_min.

    Args:
        max_lr: the learning rate in epoch 0.
        min_lr: the learning rate from epoch `total_epochs` on.
        total_epochs: T.

    Raises:
        ValueError: `total_epochs` is not positive.

    Examples:
        >>> schedule = CosineScheduler(max_lr=0.5, min_lr=0.25, total_epochs=10)
        >>> [schedule.get_lr(epoch) for epoch in (0, 5, 10, 99)]
        [0.5, 0.375, 0.25, 0.25]
    """

    def __init__(self, max_lr: float = 0.1, min_lr: float = 0.01, total_epochs: int = 100) -> None:
        if total_epochs <= 0:
            raise ValueError(f"CosineScheduler: total_epochs must be positive, got {total_epochs}")
        self.max_lr, self.min_lr, self.total_epochs = float(max_lr), float(min_lr), total_epochs

    def get_lr(self, epoch: int) -> float:
        """The learning rate in this epoch, a Python float."""
        if epoch >= self.total_epochs:
            return self.min_lr
        wave = (1.0 + math.cos(math.pi * epoch / self.total_epochs)) / 2.0
        return self.min_lr + (self.max_lr - self.min_lr) * wave


class CosineAnnealingLR(LRScheduler):
    """Half a cosine from the base learning rate to `eta_min` in `T_max` epochs, and back up in as many.

    γₜ = η + (γ₀ - η)(1 + cos(πt/T))/2, computed from the learning rate before, so that it can be chained.

    Args:
        optimizer: whose learning rates are set.
        T_max: T, in epochs.
        eta_min: η.
        last_epoch: the epoch to go on from.

    Loshchilov & Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", ICLR 2017, without the restarts.
    """

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0, last_epoch: int = -1) -> None:
        self.T_max, self.eta_min = T_max, eta_min
        super().__init__(optimizer, last_epoch)

    def _next(self) -> Sequence[Any]:
        t, end, low = self.last_epoch, self.T_max, self.eta_min
        if self._is_initial:
            return self._now()
        if self._step_count == 1 and t > 0:
            return self._closed()
        if (t - 1 - end) % (2 * end) == 0:  # the epoch before was at the bottom, from where no factor leads up
            return [
                lr + (number(base) - low) * (1 - math.cos(math.pi / end)) / 2
                for base, lr in zip(self.base_lrs, self._now(), strict=True)
            ]
        factor = (1 + math.cos(math.pi * t / end)) / (1 + math.cos(math.pi * (t - 1) / end))
        return [factor * (lr - low) + low for lr in self._now()]

    def _closed(self) -> Sequence[Any]:
        wave = (1 + math.cos(math.pi * self.last_epoch / self.T_max)) / 2
        return [self.eta_min + (number(lr) - self.eta_min) * wave for lr in self.base_lrs]


class CosineAnnealingWarmRestarts(LRScheduler):
    """Half a cosine from the base learning rate to `eta_min`, again and again, each time `T_mult` times as long.

    Args:
        optimizer: whose learning rates are set.
        T_0: the number of epochs until the first restart.
        T_mult: by how much each period is longer than the one before.
        eta_min: the lowest learning rate.
        last_epoch: the epoch to go on from.

    Raises:
        ValueError: `T_0` or `T_mult` is no positive whole number.

    Loshchilov & Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", ICLR 2017, https://arxiv.org/abs/1608.03983.
    """

    def __init__(
        self, optimizer: Optimizer, T_0: int, T_mult: int = 1, eta_min: float = 0.0, last_epoch: int = -1
    ) -> None:
        if not isinstance(T_0, int) or T_0 <= 0:
            raise ValueError(f"Expected positive integer T_0, but got {T_0}")
        if not isinstance(T_mult, int) or T_mult < 1:
            raise ValueError(f"Expected integer T_mult >= 1, but got {T_mult}")
        if not isinstance(eta_min, float | int):
            raise ValueError(f"Expected float or int eta_min, but got {eta_min} of type {type(eta_min).__name__}")
        self.T_0, self.T_i, self.T_mult, self.eta_min = T_0, T_0, T_mult, eta_min
        self.T_cur: float = last_epoch
        super().__init__(optimizer, last_epoch)

    def _next(self) -> Sequence[Any]:
        wave = 1 + math.cos(math.pi * self.T_cur / self.T_i)
        return [self.eta_min + (number(lr) - self.eta_min) * wave / 2 for lr in self.base_lrs]

    def step(self, epoch: float | None = None) -> None:
        """Go on to the next epoch, or to a given one.

        Args:
            epoch: may be a fraction, `epoch + i / batches`, so that the learning rate moves with every batch.
        """
        if epoch is None and self.last_epoch < 0:
            epoch = 0
        if epoch is None:
            epoch = self.last_epoch + 1
            self.T_cur += 1
            if self.T_cur >= self.T_i:
                self.T_cur %= self.T_i
                self.T_i *= self.T_mult
        elif epoch < 0:
            raise ValueError(f"Expected non-negative epoch, but got {epoch}")
        elif epoch < self.T_0:
            self.T_i, self.T_cur = self.T_0, epoch
        elif self.T_mult == 1:
            self.T_cur = epoch % self.T_0
        else:
            periods = int(math.log(epoch / self.T_0 * (self.T_mult - 1) + 1, self.T_mult))
            self.T_cur = epoch - self.T_0 * (self.T_mult**periods - 1) / (self.T_mult - 1)
            self.T_i = self.T_0 * self.T_mult**periods
        self.last_epoch = math.floor(epoch)
        with self._within_step():
            values = self.get_lr()
        self._set(values)
