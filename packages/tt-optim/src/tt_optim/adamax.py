# ruff: noqa: ARG002 (one signature for all optimizers)
"""Adamax: Adam with the largest gradient in place of the root of the mean square."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from .numbers import checked, checked_betas, implementation, number
from .optimizer import Optimizer

absolute, add, divide, maximum, multiply, subtract = (
    np.absolute,
    np.add,
    np.divide,
    np.maximum,
    np.multiply,
    np.subtract,
)


class Adamax(Optimizer):
    """Adam in the infinity norm: m ← β₁m + (1 - β₁)g; u ← max(β₂u, |g| + ε); p ← p - γ m / ((1 - β₁ᵗ) u).

    Args:
        params: the tensors to optimize, or dicts with parameter groups.
        lr: the learning rate γ.
        betas: β₁ and β₂, the decay rates of the average gradient and of the largest one.
        eps: ε, against division by zero.
        weight_decay: λ; λp is added to the gradient.
        maximize: climb instead of descending.
        foreach: which of PyTorch's implementations is meant; here there is one, and it is taken in any case.
        capturable, differentiable: not implemented; only False is taken.

    Raises:
        ValueError: a negative hyperparameter, a β outside [0, 1), or no parameters.

    Kingma & Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015, https://arxiv.org/abs/1412.6980, section 7.1.

    Examples:
        >>> from tt_autograd import tensor
        >>> w = tensor([1.0, 2.0], requires_grad=True)
        >>> w.grad = tensor([1e-3, 1e3])
        >>> Adamax([w], lr=0.5).step()
        >>> w
        tensor([0.5000, 1.5000], requires_grad=True)
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: Any = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        checked(lr=lr, eps=eps, weight_decay=weight_decay)
        defaults = dict(
            lr=lr,
            betas=checked_betas(betas),
            eps=eps,
            weight_decay=weight_decay,
            maximize=maximize,
            **implementation(foreach=foreach, differentiable=differentiable, capturable=capturable),
        )
        super().__init__(params, defaults)

    def names(self, group: dict[str, Any]) -> Sequence[str | None] | None:
        """m and u."""
        return "exp_avg", "exp_inf"

    def coefficients(self, group: dict[str, Any], t: Any) -> Sequence[float | None]:
        """The decay rates, ε, and the learning rate with the bias correction of m."""
        beta1, beta2 = map(number, group["betas"])
        return beta1, 1.0 - beta1, beta2, number(group["eps"]), number(group["lr"]) / (1.0 - beta1**t)

    def formula(self, group: dict[str, Any]) -> Callable[..., None]:
        """`adamax`."""
        return adamax


def adamax(p: Any, g: Any, m: Any, u: Any, *numbers: Any) -> None:
    """p ← p - γ̂ m / u."""
    beta1, rest1, beta2, eps, rate, r, _ = numbers
    r = multiply(g, rest1, r)
    multiply(m, beta1, m)
    add(m, r, m)
    absolute(g, r)
    add(r, eps, r)
    multiply(u, beta2, u)
    maximum(u, r, out=u)
    divide(m, u, r)
    multiply(r, rate, r)
    subtract(p, r, p)
