"""Schedules that multiply the learning rate: by a function, at certain epochs, or a little at every one."""

import types
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ..numbers import number
from ..optimizer import Optimizer
from .base import LRScheduler, checked_optimizer


class LambdaLR(LRScheduler):
    """The base learning rate times a function of the epoch: γₜ = γ₀ f(t).

    Args:
        optimizer: whose learning rates are set.
        lr_lambda: f, or a list with one per parameter group. Functions are not saved in `state_dict`, callable objects are.
        last_epoch: the epoch to go on from.

    Examples:
        >>> from tt_autograd import tensor
        >>> from tt_optim import SGD
        >>> optimizer = SGD([tensor([1.0], requires_grad=True)], lr=0.5)
        >>> scheduler = LambdaLR(optimizer, lambda epoch: 1 / (1 + epoch))
        >>> optimizer.step(); scheduler.step(); scheduler.get_last_lr()
        [0.25]
    """

    _not_saved = ("optimizer", "lr_lambdas")

    def __init__(self, optimizer: Optimizer, lr_lambda: Any, last_epoch: int = -1) -> None:
        groups = checked_optimizer(optimizer).param_groups
        if not isinstance(lr_lambda, list | tuple):
            lr_lambda = [lr_lambda] * len(groups)
        if len(lr_lambda) != len(groups):
            raise ValueError(f"Expected {len(groups)} lr_lambdas, but got {len(lr_lambda)}")
        for f in lr_lambda:
            if not callable(f):
                raise TypeError(f"lr_lambda should be a function, but got {type(f).__name__}")
        self.lr_lambdas: list[Callable[[int], float]] = list(lr_lambda)
        super().__init__(optimizer, last_epoch)

    def state_dict(self) -> dict[str, Any]:
        """Everything but the optimizer and what cannot be saved: functions. Of callable objects, what they hold."""
        held = [None if isinstance(f, types.FunctionType) else vars(f).copy() for f in self.lr_lambdas]
        return super().state_dict() | {"lr_lambdas": held}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict` returned. Functions stay what they are."""
        for f, held in zip(self.lr_lambdas, state_dict["lr_lambdas"], strict=True):
            if held is not None:
                vars(f).update(held)
        super().load_state_dict({key: value for key, value in state_dict.items() if key != "lr_lambdas"})

    def _next(self) -> Sequence[Any]:
        return [number(lr) * f(self.last_epoch) for f, lr in zip(self.lr_lambdas, self.base_lrs, strict=True)]


class MultiplicativeLR(LambdaLR):
    """The last learning rate times a function of the epoch: γₜ = γₜ₋₁ f(t).

    Args:
        optimizer: whose learning rates are set.
        lr_lambda: f, or a list with one per parameter group.
        last_epoch: the epoch to go on from.
    """

    def _next(self) -> Sequence[Any]:
        if self._is_initial:
            return self._now()
        return [lr * f(self.last_epoch) for f, lr in zip(self.lr_lambdas, self._now(), strict=True)]


class StepLR(LRScheduler):
    """Multiply by `gamma` every `step_size` epochs: γₜ = γ₀ gᵏ with k = ⌊t/s⌋.

    Args:
        optimizer: whose learning rates are set.
        step_size: s, in epochs.
        gamma: g.
        last_epoch: the epoch to go on from.

    Examples:
        >>> from tt_autograd import tensor
        >>> from tt_optim import SGD
        >>> optimizer = SGD([tensor([1.0], requires_grad=True)], lr=0.5)
        >>> scheduler = StepLR(optimizer, step_size=2, gamma=0.5)
        >>> for epoch in range(4):
        ...     print(*scheduler.get_last_lr())
        ...     optimizer.step(); scheduler.step()
        0.5
        0.5
        0.25
        0.25
    """

    def __init__(self, optimizer: Optimizer, step_size: int, gamma: float = 0.1, last_epoch: int = -1) -> None:
        self.step_size, self.gamma = step_size, gamma
        super().__init__(optimizer, last_epoch)

    def _next(self) -> Sequence[Any]:
        due = self.last_epoch != 0 and self.last_epoch % self.step_size == 0
        return [lr * self.gamma for lr in self._now()] if due else self._now()

    def _closed(self) -> Sequence[Any]:
        return [number(lr) * self.gamma ** (self.last_epoch // self.step_size) for lr in self.base_lrs]


class MultiStepLR(LRScheduler):
    """Multiply by `gamma` at each of some epochs; at one that is listed twice, twice.

    Args:
        optimizer: whose learning rates are set.
        milestones: the epochs.
        gamma: the factor.
        last_epoch: the epoch to go on from.
    """

    def __init__(
        self, optimizer: Optimizer, milestones: Iterable[int], gamma: float = 0.1, last_epoch: int = -1
    ) -> None:
        self.milestones, self.gamma = Counter(milestones), gamma
        super().__init__(optimizer, last_epoch)

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict` returned, also after it went through JSON, which knows no whole numbers as keys."""
        milestones = {int(epoch): times for epoch, times in state_dict["milestones"].items()}
        super().load_state_dict(state_dict | {"milestones": Counter(milestones)})

    def _next(self) -> Sequence[Any]:
        times = self.milestones.get(self.last_epoch, 0)
        return [lr * self.gamma**times for lr in self._now()] if times else self._now()

    def _closed(self) -> Sequence[Any]:
        times = bisect_right(sorted(self.milestones.elements()), self.last_epoch)
        return [number(lr) * self.gamma**times for lr in self.base_lrs]


class ExponentialLR(LRScheduler):
    """Multiply by `gamma` every epoch: γₜ = γ₀ gᵗ.

    Args:
        optimizer: whose learning rates are set.
        gamma: g.
        last_epoch: the epoch to go on from.
    """

    def __init__(self, optimizer: Optimizer, gamma: float, last_epoch: int = -1) -> None:
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def _next(self) -> Sequence[Any]:
        return self._now() if self._is_initial else [lr * self.gamma for lr in self._now()]

    def _closed(self) -> Sequence[Any]:
        return [number(lr) * self.gamma**self.last_epoch for lr in self.base_lrs]
