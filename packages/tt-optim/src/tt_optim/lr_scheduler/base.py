"""What all schedulers share."""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

from tt_autograd.tensor import Tensor
from tt_tensor.versions import touch

from ..numbers import number
from ..optimizer import Optimizer

TOO_EARLY = (
    "Detected call of `lr_scheduler.step()` before `optimizer.step()`: call them in the opposite order, or the first value of "
    "the schedule is skipped"
)
USE_LAST = "To get the last learning rate computed by the scheduler, please use `get_last_lr()`."
WITH_EPOCH = "The epoch parameter in `scheduler.step()` is deprecated; call `scheduler.step()` once per epoch instead."


def checked_optimizer(optimizer: Any) -> Optimizer:
    """`optimizer`, if it is one."""
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"{type(optimizer).__name__} is not an Optimizer")
    return optimizer


def per_group(name: str, optimizer: Optimizer, value: Any) -> list[Any]:
    """A setting for each parameter group: the given list, or the given number for all of them."""
    groups = optimizer.param_groups
    if not isinstance(value, list | tuple):
        return [value] * len(groups)
    if len(value) != len(groups):
        raise ValueError(
            f"{name} must have the same length as optimizer.param_groups: got {len(value)}, there are {len(groups)}"
        )
    return list(value)


def copied(value: Any) -> Any:
    """A learning rate that stays what it is: a tensor is copied."""
    return Tensor(value.array.copy()) if isinstance(value, Tensor) else value


def set_lr(group: dict[str, Any], value: Any) -> None:
    """Set a group's learning rate, as a Python float; a tensor is written into."""
    if isinstance(group["lr"], Tensor):
        group["lr"].array.fill(number(value))
        touch(group["lr"].array)
    else:
        group["lr"] = number(value)


class LRScheduler:
    """Base of the schedulers: sets the learning rate of each parameter group, once when it is made and at each `step`.

    A subclass gives `get_lr`, which returns the learning rates for `self.last_epoch`, as it would in PyTorch.

    Args:
        optimizer: whose learning rates are to follow the schedule.
        last_epoch: the epoch to go on from; -1 begins, with the learning rates that the optimizer has.

    Attributes:
        base_lrs: the learning rates in the beginning.
        last_epoch: how many steps were taken.

    Raises:
        TypeError: `optimizer` is none.
        KeyError: `last_epoch` is given, but the optimizer's groups do not say from what learning rate they began.

    Examples:
        >>> from tt_autograd import tensor
        >>> from tt_optim import SGD
        >>> class Halving(LRScheduler):
        ...     def get_lr(self):
        ...         return [lr / 2**self.last_epoch for lr in self.base_lrs]
        >>> optimizer = SGD([tensor([1.0], requires_grad=True)], lr=0.5)
        >>> scheduler = Halving(optimizer)
        >>> optimizer.step()
        >>> scheduler.step()
        >>> optimizer.param_groups[0]["lr"]
        0.25
    """

    _not_saved: ClassVar[tuple[str, ...]] = ("optimizer",)

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        self.optimizer = checked_optimizer(optimizer)
        for i, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", copied(group["lr"]))
            elif "initial_lr" not in group:
                raise KeyError(
                    f"param 'initial_lr' is not specified in param_groups[{i}] when resuming with last_epoch={last_epoch}; "
                    f"load the optimizer's state first, or leave last_epoch out to begin"
                )
        self.base_lrs: list[Any] = [copied(group["initial_lr"]) for group in optimizer.param_groups]
        self.last_epoch = last_epoch
        self._get_lr_called_within_step = self._is_initial = False
        if not optimizer._scheduled:
            optimizer._scheduled, optimizer._opt_called = True, False
        self._initial_step()

    def _initial_step(self) -> None:
        """Set the first learning rates."""
        self._step_count = 0
        self._is_initial = True
        try:
            self.step()
        finally:
            self._is_initial = False

    def state_dict(self) -> dict[str, Any]:
        """Everything but the optimizer, as a dict."""
        return {key: value for key, value in self.__dict__.items() if key not in self._not_saved}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict` returned. The optimizer's learning rates are in the optimizer's own state."""
        self.__dict__.update(state_dict)

    def get_last_lr(self) -> list[Any]:
        """The learning rates that were set last, one per group."""
        return self._last_lr

    def get_lr(self) -> Sequence[Any]:
        """The learning rates for `last_epoch`; called by `step`. To see the current ones call `get_last_lr`."""
        if not self._get_lr_called_within_step:
            warnings.warn(USE_LAST, UserWarning, stacklevel=2)
        return self._next()

    def _next(self) -> Sequence[Any]:
        """The learning rates for `last_epoch`, from those now set."""
        raise NotImplementedError

    def _closed(self) -> Sequence[Any]:
        """The learning rates for `last_epoch`, whatever is set now, where there is a formula for them."""
        return self.get_lr()

    def _now(self) -> list[float]:
        """The learning rates now set, as floats."""
        return [number(group["lr"]) for group in self.optimizer.param_groups]

    def step(self, epoch: int | None = None) -> None:
        """Go on to the next epoch (or whatever the schedule counts), and set its learning rates.

        Args:
            epoch: deprecated: go to this one.
        """
        if self._step_count == 1 and not self.optimizer._opt_called:
            warnings.warn(TOO_EARLY, UserWarning, stacklevel=2)
        self._step_count += 1
        if epoch is not None:
            warnings.warn(WITH_EPOCH, UserWarning, stacklevel=2)
        self._update_lr(epoch)

    def _update_lr(self, epoch: int | None = None) -> None:
        with self._within_step():
            self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
            values = self.get_lr() if epoch is None else self._closed()
        self._set(values)

    def _set(self, values: Sequence[Any]) -> None:
        for group, value in zip(self.optimizer.param_groups, values, strict=True):
            set_lr(group, value)
        self._last_lr = [copied(group["lr"]) for group in self.optimizer.param_groups]

    @contextmanager
    def _within_step(self) -> Iterator[None]:
        """Within this block `get_lr` is called for a step."""
        self._get_lr_called_within_step = True
        try:
            yield
        finally:
            self._get_lr_called_within_step = False
