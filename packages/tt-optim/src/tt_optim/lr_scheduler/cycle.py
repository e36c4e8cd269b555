"""Schedules that go up and down, and move the momentum against the learning rate."""

import math
import types
from collections.abc import Callable, Sequence
from typing import Any

from ..numbers import number
from ..optimizer import Optimizer
from .base import LRScheduler, checked_optimizer, per_group, set_lr


class _WithMomentum(LRScheduler):
    """A schedule that can also set the momentum, or β₁ where the optimizer has that."""

    cycle_momentum: bool

    def _start_momentum(self, base: Any, top: Any, last_epoch: int) -> tuple[list[Any], list[Any]]:
        """Begin with the largest momentum; returns the smallest and the largest for each group."""
        defaults = self.optimizer.defaults
        if "momentum" not in defaults and "betas" not in defaults:
            raise ValueError("optimizer must support momentum or beta1 with `cycle_momentum` option enabled")
        self.use_beta1 = "betas" in defaults
        tops = per_group("max_momentum", self.optimizer, top)
        bases = per_group("base_momentum", self.optimizer, base)
        if last_epoch == -1:
            for group, low, high in zip(self.optimizer.param_groups, bases, tops, strict=True):
                self._set_momentum(group, high)
                group["max_momentum"], group["base_momentum"] = high, low
        return bases, tops

    def _set_momentum(self, group: dict[str, Any], value: float) -> None:
        if self.use_beta1:
            group["betas"] = (value, *group["betas"][1:])
        else:
            group["momentum"] = value


class CyclicLR(_WithMomentum):
    """Up from `base_lr` to `max_lr` and down again, over and over; the momentum goes the other way.

    Args:
        optimizer: whose learning rates are set.
        base_lr: the lowest learning rate, or a list with one per group.
        max_lr: the highest in the first cycle, or a list with one per group.
        step_size_up: the number of batches on the way up.
        step_size_down: and on the way down; as many if None.
        mode: "triangular"; "triangular2", where each cycle is half as high; "exp_range", where the height falls by `gamma` with
            every batch.
        gamma: see there.
        scale_fn: the height as a function of the cycle (from 1) or the batch, instead of a mode. A function is not saved in
            `state_dict`, a callable object is.
        scale_mode: "cycle" or "iterations": what `scale_fn` is a function of.
        cycle_momentum: whether the momentum moves, or β₁.
        base_momentum: the smallest momentum, reached at the highest learning rate.
        max_momentum: the largest.
        last_epoch: the batch to go on from.

    Raises:
        ValueError: there is no such mode, or no momentum to move.

    Smith, "Cyclical Learning Rates for Training Neural Networks", WACV 2017, https://arxiv.org/abs/1506.01186.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        base_lr: Any,
        max_lr: Any,
        step_size_up: int = 2000,
        step_size_down: int | None = None,
        mode: str = "triangular",
        gamma: float = 1.0,
        scale_fn: Callable[[float], float] | None = None,
        scale_mode: str = "cycle",
        cycle_momentum: bool = True,
        base_momentum: Any = 0.8,
        max_momentum: Any = 0.9,
        last_epoch: int = -1,
    ) -> None:
        self.optimizer = checked_optimizer(optimizer)
        base_lrs = per_group("base_lr", optimizer, base_lr)
        if last_epoch == -1:
            for lr, group in zip(base_lrs, optimizer.param_groups, strict=True):
                set_lr(group, lr)
        self.max_lrs = per_group("max_lr", optimizer, max_lr)
        up = float(step_size_up)
        self.total_size = up + (up if step_size_down is None else float(step_size_down))
        self.step_ratio = up / self.total_size
        if mode not in ("triangular", "triangular2", "exp_range") and scale_fn is None:
            raise ValueError(f"mode {mode!r} is invalid and scale_fn is None")
        self.mode, self.gamma, self._scale_fn_custom = mode, gamma, scale_fn
        self.scale_mode = scale_mode if scale_fn else "iterations" if mode == "exp_range" else "cycle"
        self.cycle_momentum = cycle_momentum
        if cycle_momentum:
            self.base_momentums, self.max_momentums = self._start_momentum(base_momentum, max_momentum, last_epoch)
        super().__init__(optimizer, last_epoch)
        self.base_lrs = base_lrs

    def scale_fn(self, x: float) -> float:
        """The height of cycle `x`, or at batch `x`, in units of that of the first."""
        if self._scale_fn_custom is not None:
            return self._scale_fn_custom(x)
        if self.mode == "exp_range":
            return float(self.gamma**x)
        return 1.0 if self.mode == "triangular" else 0.5 ** (x - 1)

    def state_dict(self) -> dict[str, Any]:
        """Everything but the optimizer and a `scale_fn` that is a function. Of a callable object, what it holds."""
        f = self._scale_fn_custom
        held = None if f is None or isinstance(f, types.FunctionType) else vars(f).copy()
        return super().state_dict() | {"_scale_fn_custom": held}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict` returned. Functions stay what they are."""
        if state_dict["_scale_fn_custom"] is not None:
            vars(self._scale_fn_custom).update(state_dict["_scale_fn_custom"])
        super().load_state_dict({key: value for key, value in state_dict.items() if key != "_scale_fn_custom"})

    def _next(self) -> Sequence[Any]:
        cycle = math.floor(1 + self.last_epoch / self.total_size)
        x = 1.0 + self.last_epoch / self.total_size - cycle
        height = x / self.step_ratio if x <= self.step_ratio else (x - 1) / (self.step_ratio - 1)
        scale = self.scale_fn(cycle if self.scale_mode == "cycle" else self.last_epoch)
        if self.cycle_momentum:
            for group, low, high in zip(
                self.optimizer.param_groups, self.base_momentums, self.max_momentums, strict=True
            ):
                self._set_momentum(group, high - (high - low) * height * scale)
        return [
            number(low) + (number(high) - number(low)) * height * scale
            for low, high in zip(self.base_lrs, self.max_lrs, strict=True)
        ]


class OneCycleLR(_WithMomentum):
    """Once up to `max_lr` and down far below where it began, stepped after every batch; the momentum goes the other way.

    Args:
        optimizer: whose learning rates are set.
        max_lr: the highest learning rate, or a list with one per group.
        total_steps: the number of batches in all; or else
        epochs: the number of epochs, and
        steps_per_epoch: the number of batches in each.
        pct_start: the part of the steps on the way up, 0 to 1.
        anneal_strategy: "cos" or "linear".
        cycle_momentum: whether the momentum moves, or β₁.
        base_momentum: the smallest momentum, reached at the highest learning rate.
        max_momentum: the largest.
        div_factor: the first learning rate is `max_lr / div_factor`.
        final_div_factor: the last one is the first divided by this.
        three_phase: come down to the first learning rate as fast as it went up, and then on to the last.
        last_epoch: the batch to go on from.

    Raises:
        ValueError: no number of steps, one that is not positive, another anneal_strategy, or a step too many.

    Smith & Topin, "Super-Convergence: Very Fast Training of Neural Networks Using Large Learning Rates", 2017,
    https://arxiv.org/abs/1708.07120.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        max_lr: Any,
        total_steps: int | None = None,
        epochs: int | None = None,
        steps_per_epoch: int | None = None,
        pct_start: float = 0.3,
        anneal_strategy: str = "cos",
        cycle_momentum: bool = True,
        base_momentum: Any = 0.85,
        max_momentum: Any = 0.95,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        three_phase: bool = False,
        last_epoch: int = -1,
    ) -> None:
        self.optimizer = checked_optimizer(optimizer)
        if total_steps is None and (epochs is None or steps_per_epoch is None):
            raise ValueError("You must define either total_steps OR (epochs AND steps_per_epoch)")
        given = {"epochs": epochs, "steps_per_epoch": steps_per_epoch}
        for name, value in given.items() if total_steps is None else [("total_steps", total_steps)]:
            if not isinstance(value, int) or value <= 0:
                raise ValueError(f"Expected positive integer {name}, but got {value}")
        self.total_steps: int = epochs * steps_per_epoch if total_steps is None else total_steps  # type: ignore[operator]
        if not isinstance(pct_start, float) or not 0 <= pct_start <= 1:
            raise ValueError(f"Expected float between 0 and 1 pct_start, but got {pct_start}")
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f"anneal_strategy must be one of 'cos' or 'linear', instead got {anneal_strategy}")
        up, end = float(pct_start * self.total_steps) - 1, self.total_steps - 1
        rise = _phase(up, "initial_lr", "max_lr", "max_momentum", "base_momentum")
        if three_phase:
            down = float(2 * pct_start * self.total_steps) - 2
            fall = [
                _phase(down, "max_lr", "initial_lr", "base_momentum", "max_momentum"),
                _phase(end, "initial_lr", "min_lr", "max_momentum", "max_momentum"),
            ]
        else:
            fall = [_phase(end, "max_lr", "min_lr", "base_momentum", "max_momentum")]
        self._schedule_phases = [rise, *fall]
        self._anneal_func_type = anneal_strategy
        max_lrs = per_group("max_lr", optimizer, max_lr)
        if last_epoch == -1:
            for group, high in zip(optimizer.param_groups, max_lrs, strict=True):
                group["initial_lr"], group["max_lr"] = high / div_factor, high
                group["min_lr"] = group["initial_lr"] / final_div_factor
        self.cycle_momentum = cycle_momentum
        if cycle_momentum:
            self._start_momentum(base_momentum, max_momentum, last_epoch)
        super().__init__(optimizer, last_epoch)

    def _between(self, start: float, end: float, part: float) -> float:
        if self._anneal_func_type == "linear":
            return (end - start) * part + start
        return end + (start - end) / 2.0 * (math.cos(math.pi * part) + 1)

    def _next(self) -> Sequence[Any]:
        if self.last_epoch > self.total_steps:
            raise ValueError(
                f"Tried to step {self.last_epoch} times. The specified number of total steps is {self.total_steps}"
            )
        start = 0.0
        for phase in self._schedule_phases:
            end = phase["end_step"]
            if self.last_epoch <= end or phase is self._schedule_phases[-1]:
                break
            start = end
        part = (self.last_epoch - start) / (end - start)
        values = []
        for group in self.optimizer.param_groups:
            values.append(self._between(group[phase["start_lr"]], group[phase["end_lr"]], part))
            if self.cycle_momentum:
                low, high = group[phase["start_momentum"]], group[phase["end_momentum"]]
                self._set_momentum(group, self._between(low, high, part))
        return values


def _phase(end: float, start_lr: str, end_lr: str, start_momentum: str, end_momentum: str) -> dict[str, Any]:
    """A part of the schedule: its last step, and the names of the values in a group between which it goes."""
    return {
        "end_step": end,
        "start_lr": start_lr,
        "end_lr": end_lr,
        "start_momentum": start_momentum,
        "end_momentum": end_momentum,
    }
