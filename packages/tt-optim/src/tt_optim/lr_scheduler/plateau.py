"""Lower the learning rate when a metric no longer improves."""

import math
import warnings
from typing import Any

from ..numbers import number
from ..optimizer import Optimizer
from .base import WITH_EPOCH, LRScheduler, checked_optimizer, copied, set_lr


class ReduceLROnPlateau(LRScheduler):
    """Multiply the learning rate by `factor` when a metric has not improved for more than `patience` epochs.

    Args:
        optimizer: whose learning rates are set.
        mode: "min" or "max": which way is better.
        factor: below 1.
        patience: how many epochs without improvement are borne.
        threshold: how large an improvement must be to count.
        threshold_mode: "rel": as a part of the best value so far; "abs": in the metric's own units.
        cooldown: how many epochs after a reduction none are counted.
        min_lr: the lowest learning rate, or a list with one per group.
        eps: a smaller change of the learning rate is not made.

    Raises:
        ValueError: a factor that does not reduce, an unknown mode, or a list that does not fit the groups.

    Examples:
        >>> from tt_autograd import tensor
        >>> from tt_optim import SGD
        >>> optimizer = SGD([tensor([1.0], requires_grad=True)], lr=0.5)
        >>> scheduler = ReduceLROnPlateau(optimizer, factor=0.5, patience=1)
        >>> for loss in (1.0, 0.9, 0.9, 0.9):
        ...     scheduler.step(loss)
        >>> scheduler.get_last_lr()
        [0.25]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        mode: str = "min",
        factor: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        threshold_mode: str = "rel",
        cooldown: int = 0,
        min_lr: Any = 0,
        eps: float = 1e-8,
    ) -> None:
        if factor >= 1.0:
            raise ValueError(f"Factor should be < 1.0, got {factor}")
        if mode not in ("min", "max"):
            raise ValueError(f"mode {mode!r} is unknown: it must be 'min' or 'max'")
        if threshold_mode not in ("rel", "abs"):
            raise ValueError(f"threshold mode {threshold_mode!r} is unknown: it must be 'rel' or 'abs'")
        self.factor, self.optimizer = factor, checked_optimizer(optimizer)
        groups = optimizer.param_groups
        if isinstance(min_lr, list | tuple):
            if len(min_lr) != len(groups):
                raise ValueError(f"expected {len(groups)} min_lrs, got {len(min_lr)}")
            self.default_min_lr, self.min_lrs = None, list(min_lr)
        else:
            self.default_min_lr, self.min_lrs = min_lr, [min_lr] * len(groups)
        self.mode, self.threshold, self.threshold_mode = mode, threshold, threshold_mode
        self.mode_worse = math.inf if mode == "min" else -math.inf
        self.patience, self.cooldown, self.eps, self.last_epoch = patience, cooldown, eps, 0
        self.best, self.cooldown_counter, self.num_bad_epochs = self.mode_worse, 0, 0
        self._last_lr = [copied(group["lr"]) for group in groups]

    @property
    def in_cooldown(self) -> bool:
        """Whether epochs are not counted now, because of a reduction not long ago."""
        return self.cooldown_counter > 0

    def step(self, metrics: Any, epoch: int | None = None) -> None:  # type: ignore[override]
        """Take note of this epoch's value of the metric, a number or a tensor of one element."""
        current = number(metrics)
        if epoch is not None:
            warnings.warn(WITH_EPOCH, UserWarning, stacklevel=2)
        self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
        if self._is_better(current, self.best):
            self.best, self.num_bad_epochs = current, 0
        else:
            self.num_bad_epochs += 1
        if self.in_cooldown:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            self._reduce_lr()
            self.cooldown_counter, self.num_bad_epochs = self.cooldown, 0
        self._last_lr = [copied(group["lr"]) for group in self.optimizer.param_groups]

    def _reduce_lr(self) -> None:
        groups = self.optimizer.param_groups
        if len(groups) != len(self.min_lrs):
            if self.default_min_lr is None:
                raise RuntimeError(
                    f"the optimizer has {len(groups)} parameter groups, but min_lr was given for {len(self.min_lrs)}; "
                    f"set min_lrs of the scheduler when you add a group"
                )
            self.min_lrs = [self.default_min_lr] * len(groups)
        for group, low in zip(groups, self.min_lrs, strict=True):
            old = number(group["lr"])
            new = max(old * self.factor, low)
            if old - new > self.eps:
                set_lr(group, new)

    def _is_better(self, value: float, best: float) -> bool:
        down = self.mode == "min"
        if self.threshold_mode == "rel":
            bound = best * (1.0 - self.threshold if down else 1.0 + self.threshold)
        else:
            bound = best - self.threshold if down else best + self.threshold
        return value < bound if down else value > bound
