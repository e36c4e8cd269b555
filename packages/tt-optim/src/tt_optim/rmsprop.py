# ruff: noqa: ARG002 (one signature for all optimizers)
"""RMSprop."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from .numbers import checked, implementation, number
from .optimizer import Optimizer

add, divide, multiply, sqrt, subtract = np.add, np.divide, np.multiply, np.sqrt, np.subtract


class RMSprop(Optimizer):
    """Divide the gradient by a moving root of its mean square: v ← αv + (1 - α)g²; p ← p - γ g / (√v + ε).

    Centered, v - a² takes the place of v, where a ← αa + (1 - α)g. With momentum, b ← μb + g/(√v + ε); p ← p - γb.

    Args:
        params: the tensors to optimize, or dicts with parameter groups.
        lr: the learning rate γ.
        alpha: α, the decay rate of the averages.
        eps: ε, against division by zero.
        weight_decay: λ; λp is added to the gradient.
        momentum: μ.
        centered: divide by the standard deviation of the gradient.
        foreach: which of PyTorch's implementations is meant; here there is one, and it is taken in any case.
        capturable, differentiable: not implemented; only False is taken.
        maximize: climb instead of descending.

    Raises:
        ValueError: a negative hyperparameter, or no parameters.

    Hinton, "Neural Networks for Machine Learning", lecture 6e, 2012; centered: Graves, https://arxiv.org/abs/1308.0850.

    Examples:
        >>> from tt_autograd import tensor
        >>> w = tensor([1.0, 2.0], requires_grad=True)
        >>> w.grad = tensor([1.0, -1.0])
        >>> RMSprop([w], lr=0.05).step()
        >>> w
        tensor([0.5000, 2.5000], requires_grad=True)
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: Any = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
        centered: bool = False,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        checked(lr=lr, eps=eps, momentum=momentum, weight_decay=weight_decay, alpha=alpha)
        defaults = dict(
            lr=lr,
            momentum=momentum,
            alpha=alpha,
            eps=eps,
            centered=centered,
            weight_decay=weight_decay,
            maximize=maximize,
            **implementation(capturable=capturable, foreach=foreach, differentiable=differentiable),
        )
        super().__init__(params, defaults)

    def names(self, group: dict[str, Any]) -> Sequence[str | None] | None:
        """v, and where they are in use b and a."""
        return (
            "square_avg",
            "momentum_buffer" if group["momentum"] > 0 else None,
            "grad_avg" if group["centered"] else None,
        )

    def coefficients(self, group: dict[str, Any], t: Any) -> Sequence[float | None]:
        """α, 1 - α, ε, μ and γ."""
        alpha = number(group["alpha"])
        return alpha, 1.0 - alpha, number(group["eps"]), number(group["momentum"]), number(group["lr"])

    def formula(self, group: dict[str, Any]) -> Callable[..., None]:
        """`rmsprop`."""
        return rmsprop


def rmsprop(p: Any, g: Any, v: Any, b: Any, a: Any, *numbers: Any) -> None:
    """p ← p - γ g / (√v + ε), and its variants."""
    alpha, rest, eps, momentum, rate, r, _ = numbers
    r = multiply(g, g, r)
    multiply(r, rest, r)
    multiply(v, alpha, v)
    add(v, r, v)
    if a is not None:
        multiply(g, rest, r)
        multiply(a, alpha, a)
        add(a, r, a)
        multiply(a, a, r)
        v = subtract(v, r, r)
    sqrt(v, r)
    add(r, eps, r)
    divide(g, r, r)
    if b is not None:
        multiply(b, momentum, b)
        add(b, r, b)
        multiply(b, rate, r)
    else:
        multiply(r, rate, r)
    subtract(p, r, p)
