"""Stop when it no longer gets better."""

import math
from copy import deepcopy
from typing import Any

import numpy as np
from tt_tensor.tensor import Tensor
from tt_tensor.versions import touch

from .numbers import number


class EarlyStopping:
    """Says when a metric has not improved for `patience` epochs, and keeps the weights of the best one.

    Args:
        patience: how many epochs without improvement are borne; at least 1.
        min_delta: an improvement must be larger than this, in the metric's units.
        mode: "min" or "max": which way is better.
        restore_best: whether `step` puts the best epoch's weights back into the model when it is time to stop.

    Attributes:
        best: the best value so far, or None.
        best_epoch: in which call of `step`, from 0, it was given.
        counter: for how many epochs nothing has improved.
        stopped: whether it was time to stop.

    Raises:
        ValueError: an unknown mode, a patience below 1, or a negative min_delta.

    Prechelt, "Early Stopping - But When?", in Neural Networks: Tricks of the Trade, 1998.

    Examples:
        >>> stopping = EarlyStopping(patience=2)
        >>> for epoch, loss in enumerate([0.9, 0.5, 0.6, 0.7, 0.1]):
        ...     if stopping.step(loss):
        ...         break
        >>> epoch, stopping.best, stopping.best_epoch
        (3, 0.5, 1)
    """

    def __init__(
        self, patience: int = 10, min_delta: float = 0.0, mode: str = "min", *, restore_best: bool = True
    ) -> None:
        if mode not in ("min", "max"):
            raise ValueError(f"EarlyStopping: mode must be 'min' or 'max', got {mode!r}")
        if patience < 1:
            raise ValueError(f"EarlyStopping: patience must be at least 1, got {patience}")
        if not min_delta >= 0:
            raise ValueError(f"EarlyStopping: min_delta must not be negative, got {min_delta}")
        self.patience, self.min_delta, self.mode, self.restore_best = patience, min_delta, mode, restore_best
        self.best: float | None = None
        self.best_epoch: int | None = None
        self.counter = self.epoch = 0
        self.stopped = False
        self._weights: dict[str, Any] | None = None

    def step(self, metric: Any, model: Any = None) -> bool:
        """Take note of this epoch's metric.

        Args:
            metric: a number, or a tensor of one element. NaN is no improvement.
            model: whose weights are to be kept: anything with `state_dict()`, and with `load_state_dict()` if its state is not
                of tensors alone.

        Returns:
            Whether to stop. The weights of the best epoch are then back in `model`, if it was given then as well.
        """
        value = number(metric)
        if self._is_better(value):
            self.best, self.best_epoch, self.counter = value, self.epoch, 0
            if model is not None and self.restore_best:
                self._weights = {
                    name: x.array.copy() if isinstance(x, Tensor) else deepcopy(x)
                    for name, x in model.state_dict().items()
                }
        else:
            self.counter += 1
        self.epoch += 1
        self.stopped = self.counter >= self.patience
        if self.stopped and model is not None and self.restore_best:
            self.restore(model)
        return self.stopped

    def restore(self, model: Any) -> None:
        """Put the weights of the best epoch back into `model`, in place. Without any kept, nothing happens."""
        if self._weights is None:
            return
        extra = {}
        for name, x in model.state_dict().items():
            if isinstance(x, Tensor):
                np.copyto(x.array, self._weights[name])
                touch(x.array)
            else:
                extra[name] = deepcopy(self._weights[name])
        if extra:
            model.load_state_dict(extra, strict=False)

    def _is_better(self, value: float) -> bool:
        if math.isnan(value):
            return False
        if self.best is None:
            return True
        return value < self.best - self.min_delta if self.mode == "min" else value > self.best + self.min_delta

    def state_dict(self) -> dict[str, Any]:
        """Everything, with the weights it keeps."""
        return vars(self).copy()

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict` returned."""
        vars(self).update(state_dict)
