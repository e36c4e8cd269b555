"""Averages of a model's weights along its training: stochastic weight averaging, and the exponential moving average."""

import math
from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from typing import Any

import numpy as np
from tt_autograd import no_grad
from tt_autograd.tensor import Tensor
from tt_tensor.primitive import quietly
from tt_tensor.versions import touch

from .lr_scheduler.base import LRScheduler, checked_optimizer, per_group
from .numbers import number
from .optimizer import Optimizer

Averaging = Callable[[Any, Any, Any], Any]


def get_ema_avg_fn(decay: float = 0.999) -> Averaging:
    """The exponential moving average, w̄ ← dw̄ + (1 - d)w, as a function of the average, the weights and their count.

    Args:
        decay: d, from 0 to 1.
    """
    _check_decay(decay)
    return lambda average, current, num_averaged: decay * average + (1 - decay) * current  # noqa: ARG005


def get_swa_avg_fn() -> Averaging:
    """The mean of all weights so far, w̄ ← w̄ + (w - w̄)/(n + 1), as a function of the average, the weights and n."""
    return lambda average, current, num_averaged: average + (current - average) / (number(num_averaged) + 1.0)


def get_ema_multi_avg_fn(decay: float = 0.999) -> Callable[[Sequence[Any], Sequence[Any], Any], None]:
    """The exponential moving average as a function that changes a list of averages in place.

    Args:
        decay: d, from 0 to 1.
    """
    _check_decay(decay)
    return lambda averages, currents, num_averaged: _move(averages, currents, 1.0 - decay)  # noqa: ARG005


def get_swa_multi_avg_fn() -> Callable[[Sequence[Any], Sequence[Any], Any], None]:
    """The mean of all weights so far as a function that changes a list of averages in place."""
    return lambda averages, currents, num_averaged: _move(averages, currents, 1.0 / (number(num_averaged) + 1.0))


def _check_decay(decay: float) -> None:
    if not 0.0 <= decay <= 1.0:
        raise ValueError(f"Invalid decay value {decay} provided. Please provide a value in [0,1] range.")


def _move(averages: Sequence[Any], currents: Sequence[Any], part: float) -> None:
    """w̄ ← w̄ + (w - w̄)·part, in place."""
    for average, current in zip(averages, currents, strict=True):
        _write(average, average.array + (current.array - average.array) * part)


def _write(target: Any, values: Any) -> None:
    np.copyto(target.array, values, casting="unsafe")
    touch(target.array)


class AveragedModel:
    """A copy of a model whose weights are an average over training; call it like the model.

    The first `update_parameters` copies the weights, each later one takes them into the average. Use `update_bn` before
    evaluating, if the model has batch normalization.

    Args:
        model: any object with `parameters()`, `buffers()` and a call; it is copied.
        device: only None or "cpu".
        avg_fn: `(average, current, num_averaged)` returns the new average of one tensor; the mean of all if None.
        multi_avg_fn: the same for lists of tensors, in place.
        use_buffers: average the buffers too, instead of copying them.

    Attributes:
        module: the averaged copy.
        n_averaged: how many times the weights were taken into the average, a tensor.

    Izmailov et al., "Averaging Weights Leads to Wider Optima and Better Generalization", UAI 2018,
    https://arxiv.org/abs/1803.05407.

    Examples:
        >>> from tt_autograd import tensor
        >>> class Model:
        ...     def __init__(self): self.weight = tensor([1.0], requires_grad=True)
        ...     def parameters(self): return iter([self.weight])
        ...     def buffers(self): return iter([])
        >>> model = Model()
        >>> average = AveragedModel(model)
        >>> for value in (1.0, 2.0, 6.0):
        ...     model.weight.array.fill(value)
        ...     average.update_parameters(model)
        >>> average.module.weight
        tensor([3.], requires_grad=True)
    """

    def __init__(
        self,
        model: Any,
        device: Any = None,
        avg_fn: Averaging | None = None,
        multi_avg_fn: Callable[[Sequence[Any], Sequence[Any], Any], None] | None = None,
        use_buffers: bool = False,
    ) -> None:
        if avg_fn is not None and multi_avg_fn is not None:
            raise AssertionError("Only one of avg_fn and multi_avg_fn should be provided")
        if device not in (None, "cpu"):
            raise NotImplementedError(f"AveragedModel: the only device is the cpu, got {device!r}")
        self.module = deepcopy(model)
        self.n_averaged = Tensor(np.array(0, np.int64))
        self.avg_fn, self.multi_avg_fn, self.use_buffers = avg_fn, multi_avg_fn, use_buffers

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """What the averaged copy makes of it."""
        return self.module(*args, **kwargs)

    def parameters(self) -> Any:
        """The averaged parameters."""
        return self.module.parameters()

    def buffers(self) -> Any:
        """The buffers of the averaged copy."""
        return self.module.buffers()

    def modules(self) -> Any:
        """The modules of the averaged copy."""
        return self.module.modules()

    @property
    def training(self) -> bool:
        """Whether the averaged copy is in training mode."""
        return bool(self.module.training)

    def train(self, mode: bool = True) -> "AveragedModel":
        """Set the averaged copy to training mode, or to evaluation."""
        self.module.train(mode)
        return self

    def eval(self) -> "AveragedModel":
        """Set the averaged copy to evaluation."""
        return self.train(False)

    def state_dict(self) -> dict[str, Any]:
        """The count, and the state of the averaged copy under `module.`."""
        return {"n_averaged": self.n_averaged} | {f"module.{k}": v for k, v in self.module.state_dict().items()}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict` returned.

        Raises:
            RuntimeError: if it has no count, or what the model raises if it does not fit. Nothing is changed then.
        """
        if "n_averaged" not in state_dict:
            raise RuntimeError(
                'AveragedModel: Missing key(s) in state_dict: "n_averaged"; is it that of the model itself?'
            )
        self.module.load_state_dict({k.removeprefix("module."): v for k, v in state_dict.items() if k != "n_averaged"})
        _write(self.n_averaged, state_dict["n_averaged"].array)

    def update_parameters(self, model: Any) -> None:
        """Take the weights of `model` into the average."""
        with no_grad():
            quietly(self._update, model)

    def _update(self, model: Any) -> None:
        averages, currents = list(self.module.parameters()), list(model.parameters())
        mine, theirs = list(self.module.buffers()), list(model.buffers())
        if self.use_buffers:
            averages, currents = averages + mine, currents + theirs
        first = number(self.n_averaged) == 0
        if first:
            for average, current in zip(averages, currents, strict=True):
                _write(average, current.array)
        elif self.avg_fn is not None:
            for average, current in zip(averages, currents, strict=True):
                value = self.avg_fn(Tensor(average.array), Tensor(current.array), self.n_averaged)
                _write(average, value.array)
        else:
            move = self.multi_avg_fn or get_swa_multi_avg_fn()
            move([Tensor(x.array) for x in averages], [Tensor(x.array) for x in currents], self.n_averaged)
        if not self.use_buffers:
            for average, current in zip(mine, theirs, strict=True):
                _write(average, current.array)
        self.n_averaged.array += 1


def update_bn(loader: Iterable[Any], model: Any, device: Any = None) -> None:
    """Compute the running means and variances of a model's batch normalization anew, in one pass over the data.

    Args:
        loader: batches, or tuples whose first entry is the batch.
        model: a module. What has `running_mean`, `momentum` and `reset_running_stats` is taken for batch normalization.
        device: only None or "cpu".
    """
    if device not in (None, "cpu"):
        raise NotImplementedError(f"update_bn: the only device is the cpu, got {device!r}")
    norms = [m for m in model.modules() if getattr(m, "running_mean", None) is not None and "momentum" in vars(m)]
    if not norms:
        return
    momenta, training = [norm.momentum for norm in norms], model.training
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # the mean of all batches, instead of a moving average
    model.train()
    try:
        with no_grad():
            for batch in loader:
                model(batch[0] if isinstance(batch, list | tuple) else batch)
    finally:
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.momentum = momentum
        model.train(training)


class SWALR(LRScheduler):
    """From the present learning rate to a constant one, at which weights are averaged.

    Args:
        optimizer: whose learning rates are set.
        swa_lr: the learning rate to go to, or a list with one per group.
        anneal_epochs: how many epochs it takes.
        anneal_strategy: "cos" or "linear".
        last_epoch: the epoch to go on from.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        swa_lr: Any,
        anneal_epochs: int = 10,
        anneal_strategy: str = "cos",
        last_epoch: int = -1,
    ) -> None:
        swa_lrs = per_group("swa_lr", checked_optimizer(optimizer), swa_lr)
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f"anneal_strategy must be one of 'cos' or 'linear', instead got {anneal_strategy}")
        if not isinstance(anneal_epochs, int) or anneal_epochs < 0:
            raise ValueError(f"anneal_epochs must be equal or greater than 0, got {anneal_epochs}")
        for group, lr in zip(optimizer.param_groups, swa_lrs, strict=True):
            group["swa_lr"] = lr
        self.anneal_epochs, self._anneal_strategy = anneal_epochs, anneal_strategy
        super().__init__(optimizer, last_epoch)

    def _part(self, step: float) -> float:
        """How much of the way is behind after so many steps."""
        t = max(0.0, min(1.0, step / max(1, self.anneal_epochs)))
        return t if self._anneal_strategy == "linear" else (1 - math.cos(math.pi * t)) / 2

    def _next(self) -> Sequence[Any]:
        step = self._step_count - 1
        if self.anneal_epochs == 0:
            step = max(1, step)
        before, now = self._part(step - 1), self._part(step)
        values = []
        for group, lr in zip(self.optimizer.param_groups, self._now(), strict=True):
            end = group["swa_lr"]
            start = end if before == 1 else (lr - before * end) / (1 - before)
            values.append(end * now + start * (1 - now))
        return values
