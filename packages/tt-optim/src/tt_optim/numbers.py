"""Hyperparameters as NumPy wants them, and the options that most optimizers have in common."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from tt_autograd.tensor import Tensor

add, subtract, multiply, negative = np.add, np.subtract, np.multiply, np.negative


def number(x: Any) -> float:
    """A hyperparameter as a Python float: a NumPy float64 or a tensor would widen what it is multiplied with."""
    if type(x) is float:
        return x
    return float(x.array.item()) if isinstance(x, Tensor) else float(x)


def scalars(dtype: Any, values: Iterable[float | None]) -> list[Any]:
    """`values` as arrays without dimensions: half the cost of Python numbers in an operation on a small array."""
    return [None if value is None else np.array(value, dtype) for value in values]


def checked(**values: Any) -> None:
    """Raise unless every hyperparameter is a number of at least zero."""
    for name, value in values.items():
        if isinstance(value, Tensor) and value.array.size != 1:
            raise ValueError(f"Tensor {name} must be 1-element, got shape {value.array.shape}")
        if isinstance(value, str):
            raise TypeError(f"Invalid {SPELT.get(name, name)}: {value!r} is text, not a number")
        if not number(value) >= 0.0:
            raise ValueError(f"Invalid {SPELT.get(name, name)}: {value}")


SPELT = {"lr": "learning rate", "eps": "epsilon value", "momentum": "momentum value"}


def checked_betas(betas: Any) -> tuple[float, float]:
    """The two decay rates of moving averages as floats, each at least 0 and below 1."""
    if len(betas) != 2:
        raise ValueError(f"betas must be two numbers, got {betas!r}")
    first, second = betas
    for i, beta in enumerate((first, second)):
        if not 0.0 <= number(beta) < 1.0:
            raise ValueError(f"Invalid beta parameter at index {i}: {beta}")
    return number(first), number(second)


def implementation(**options: Any) -> dict[str, Any]:
    """Options of PyTorch's that choose an implementation, kept in the groups.

    `foreach` and `fused` only promise speed, and change nothing here. Those that change what a step can do are refused.
    """
    if options.get("foreach") and options.get("fused"):
        raise RuntimeError("`fused` and `foreach` cannot be `True` together.")
    for name in ("capturable", "differentiable"):
        if options.get(name):
            raise NotImplementedError(f"{name}={options[name]!r} is not supported; leave it out")
    return options


class Before:
    """What happens before the update proper, as far as the group asks for it.

    Maximizing turns the gradient around. Weight decay is added to the gradient, g + λp, or, decoupled, taken from the
    parameter, p(1 - γλ).
    """

    __slots__ = ("_values", "decay", "negate", "shrink")

    @staticmethod
    def of(group: dict[str, Any]) -> "Before | None":
        """What this group asks for, or None if that is nothing."""
        decay, negate = number(group.get("weight_decay", 0.0)), group.get("maximize", False)
        return Before(group, decay, negate) if decay or negate else None

    def __init__(self, group: dict[str, Any], decay: float, negate: bool) -> None:
        self.negate = negate
        decoupled = decay and group.get("decoupled_weight_decay", False)
        self._values = (1.0 - number(group["lr"]) * decay, None) if decoupled else (None, decay or None)
        self.shrink: Any = None
        self.decay: Any = None

    def convert(self, dtype: Any) -> None:
        """Get ready for parameters of this dtype."""
        self.shrink, self.decay = scalars(dtype, self._values)

    def __call__(self, p: Any, g: Any, s: Any) -> Any:
        """The gradient that the update works on, in `s` (new memory if that is None) unless it is `g` itself."""
        if self.shrink is not None:
            multiply(p, self.shrink, p)
        if self.decay is not None:
            s = multiply(p, self.decay, s)
            return subtract(s, g, s) if self.negate else add(s, g, s)
        return negative(g, s) if self.negate else g
