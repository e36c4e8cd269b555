"""Schedules made of others: one after another, or all at once."""

from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

from ..optimizer import Optimizer
from .base import LRScheduler, copied, set_lr
from .plateau import ReduceLROnPlateau


class _Combined(LRScheduler):
    """A schedule that holds others in `_schedulers`."""

    _not_saved = ("optimizer", "_schedulers")
    _schedulers: Sequence[LRScheduler]

    def _check(self, schedulers: Sequence[LRScheduler], optimizer: Optimizer | None) -> Optimizer:
        """The optimizer, if all these schedulers are for it."""
        name = type(self).__name__
        if len(schedulers) < 1:
            raise ValueError(f"{name} expects at least one scheduler, but got no scheduler.")
        for i, scheduler in enumerate(schedulers):
            if not isinstance(scheduler, LRScheduler):
                raise TypeError(f"{name}: at index {i} there is no scheduler, but a {type(scheduler).__name__}")
            optimizer = optimizer or scheduler.optimizer
            if isinstance(scheduler, ReduceLROnPlateau):
                raise ValueError(f"{name} does not support ReduceLROnPlateau (at index {i}): its step needs a metric")
            if scheduler.optimizer is not optimizer:
                raise ValueError(f"{name} expects all schedulers to belong to the same optimizer: that at {i} does not")
        assert optimizer is not None
        return optimizer

    def get_lr(self) -> Sequence[Any]:
        """Raise: the learning rates are those of the schedules. To see the current ones call `get_last_lr`."""
        raise NotImplementedError(
            f"{type(self).__name__} has no get_lr: call get_last_lr for the current learning rates"
        )

    def state_dict(self) -> dict[str, Any]:
        """Everything but the optimizer, with the states of the schedulers in a list."""
        return super().state_dict() | {"_schedulers": [s.state_dict() for s in self._schedulers]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict` returned."""
        for scheduler, state in zip(self._schedulers, state_dict["_schedulers"], strict=True):
            scheduler.load_state_dict(state)
        super().load_state_dict({key: value for key, value in state_dict.items() if key != "_schedulers"})


class SequentialLR(_Combined):
    """One schedule after another: each begins anew at its milestone.

    Args:
        optimizer: whose learning rates are set.
        schedulers: the schedules, made for that optimizer.
        milestones: the epochs at which the second one, the third one... takes over.
        last_epoch: the epoch to go on from.

    Raises:
        ValueError: there is not one milestone less than schedulers, a scheduler is for another optimizer, or one after the first
            is itself made of others.

    Examples:
        >>> from tt_autograd import tensor
        >>> from tt_optim import SGD
        >>> from tt_optim.lr_scheduler import ConstantLR, ExponentialLR
        >>> optimizer = SGD([tensor([1.0], requires_grad=True)], lr=1.0)
        >>> parts = [ConstantLR(optimizer, factor=0.5, total_iters=9), ExponentialLR(optimizer, gamma=0.5)]
        >>> scheduler = SequentialLR(optimizer, parts, milestones=[2])
        >>> for epoch in range(4):
        ...     print(*scheduler.get_last_lr())
        ...     optimizer.step(); scheduler.step()
        0.5
        0.5
        1.0
        0.5
    """

    def __init__(
        self, optimizer: Optimizer, schedulers: list[LRScheduler], milestones: list[int], last_epoch: int = -1
    ) -> None:
        self.optimizer = self._check(schedulers, optimizer)
        for i, scheduler in enumerate(schedulers[1:], 1):
            if isinstance(scheduler, _Combined):
                raise ValueError(
                    f"SequentialLR: a {type(scheduler).__name__} cannot begin anew at a milestone (index {i}); put its schedules "
                    f"into this one, or it first"
                )
        if len(milestones) != len(schedulers) - 1:
            raise ValueError(
                f"SequentialLR expects one scheduler more than milestones, got {len(schedulers)} schedulers and "
                f"{len(milestones)} milestones"
            )
        self._schedulers, self._milestones, self.last_epoch = schedulers, milestones, last_epoch + 1
        for group in optimizer.param_groups:  # all of them took a first step when they were made: begin again
            set_lr(group, group["initial_lr"])
        _undo(self)
        first = schedulers[bisect_right(milestones, 0)]
        first._initial_step()
        self._last_lr = first.get_last_lr()

    def step(self) -> None:  # type: ignore[override]
        """Go on to the next epoch."""
        self.last_epoch += 1
        i = bisect_right(self._milestones, self.last_epoch)
        scheduler = self._schedulers[i]
        if i > 0 and self._milestones[i - 1] == self.last_epoch:
            scheduler._update_lr(0)
        else:
            scheduler.step()
        self._last_lr = scheduler.get_last_lr()


def _undo(scheduler: LRScheduler) -> None:
    """Take back the first step of all schedulers below this one."""
    if isinstance(scheduler, _Combined):
        for part in scheduler._schedulers:
            _undo(part)
    else:
        scheduler.last_epoch -= 1


class ChainedScheduler(_Combined):
    """Several schedules at once: each step, one after another changes the learning rates that the one before has set.

    Args:
        schedulers: the schedules, made for one optimizer.
        optimizer: that optimizer.

    Raises:
        ValueError: there are none, or they are for several optimizers.
    """

    def __init__(self, schedulers: Sequence[LRScheduler], optimizer: Optimizer | None = None) -> None:
        self.optimizer = self._check(schedulers, optimizer)
        self._schedulers = schedulers
        self._last_lr = [copied(group["lr"]) for group in self.optimizer.param_groups]

    def step(self) -> None:  # type: ignore[override]
        """Go on to the next epoch."""
        for scheduler in self._schedulers:
            scheduler.step()
        self._last_lr = [copied(group["lr"]) for group in self.optimizer.param_groups]
