# ruff: noqa: ARG002 (one signature for all optimizers)
"""NAdam: Adam with Nesterov's momentum."""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from tt_autograd.tensor import Tensor

from .adam import averages
from .numbers import checked, checked_betas, implementation, number
from .optimizer import Optimizer

add, divide, multiply, sqrt, subtract = np.add, np.divide, np.multiply, np.sqrt, np.subtract


class NAdam(Optimizer):
    """Adam that looks ahead along its momentum, which grows during training.

    m ← β₁m + (1 - β₁)g; v ← β₂v + (1 - β₂)g²; p ← p - γ ((1 - μₜ)g/(1 - Πₜ) + μₜ₊₁m/(1 - Πₜ₊₁)) / (√(v/(1 - β₂ᵗ)) + ε) with
    μₜ = β₁(1 - 0.96^(ψt)/2) and Πₜ = μ₁μ₂…μₜ.

    Args:
        params: the tensors to optimize, or dicts with parameter groups.
        lr: the learning rate γ.
        betas: β₁ and β₂, the decay rates of the averages of the gradient and of its square.
        eps: ε, against division by zero.
        weight_decay: λ; λp is added to the gradient.
        momentum_decay: ψ, the speed at which the momentum grows.
        decoupled_weight_decay: take γλp from the parameter instead, as AdamW does.
        foreach: which of PyTorch's implementations is meant; here there is one, and it is taken in any case.
        capturable, differentiable: not implemented; only False is taken.
        maximize: climb instead of descending.

    Raises:
        ValueError: a negative hyperparameter, a β outside [0, 1), or no parameters.

    Dozat, "Incorporating Nesterov Momentum into Adam", ICLR workshop 2016.

    Examples:
        >>> from tt_autograd import tensor
        >>> w = tensor([1.0, 2.0], requires_grad=True)
        >>> w.grad = tensor([1.0, -1.0])
        >>> NAdam([w], lr=0.5).step()
        >>> w
        tensor([0.4718, 2.5282], requires_grad=True)
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: Any = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum_decay: float = 4e-3,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
    ) -> None:
        checked(lr=lr, eps=eps, weight_decay=weight_decay, momentum_decay=momentum_decay)
        defaults = dict(
            lr=lr,
            betas=checked_betas(betas),
            eps=eps,
            weight_decay=weight_decay,
            momentum_decay=momentum_decay,
            decoupled_weight_decay=decoupled_weight_decay,
            maximize=maximize,
            **implementation(foreach=foreach, capturable=capturable, differentiable=differentiable),
        )
        super().__init__(params, defaults)

    def names(self, group: dict[str, Any]) -> Sequence[str | None] | None:
        """m and v."""
        return "exp_avg", "exp_avg_sq"

    def begin(self, group: dict[str, Any], p: Any) -> dict[str, Any]:
        """Besides the count and the averages Π, which begins at 1."""
        state = super().begin(group, p)
        return state | {"mu_product": Tensor(np.ones_like(state["step"].array))}

    def advance(self, group: dict[str, Any], p: Any, state: dict[str, Any]) -> Any:
        """Count the step and bring Π up to date; returns t and Πₜ."""
        t = super().advance(group, p, state)
        product = state["mu_product"].array
        product *= momentum(group, t)
        return t, product.item()

    def coefficients(self, group: dict[str, Any], t: Any) -> Sequence[float | None]:
        """The decay rates, the two learning rates, that of g and that of m, and ε."""
        t, product = t
        beta1, beta2 = map(number, group["betas"])
        ahead, root = momentum(group, t + 1.0), math.sqrt(1.0 - beta2**t)
        rate = number(group["lr"]) * root
        of_g = rate * (1.0 - momentum(group, t)) / (1.0 - product)
        of_m = rate * ahead / (1.0 - product * ahead)
        return beta1, 1.0 - beta1, beta2, 1.0 - beta2, of_g, of_m, number(group["eps"]) * root

    def formula(self, group: dict[str, Any]) -> Callable[..., None]:
        """`nadam`."""
        return nadam


def momentum(group: dict[str, Any], t: float) -> float:
    """μₜ."""
    growth: float = 0.96 ** (t * number(group["momentum_decay"]))
    return number(group["betas"][0]) * (1.0 - 0.5 * growth)


def nadam(p: Any, g: Any, m: Any, v: Any, *numbers: Any) -> None:
    """p ← p - (γ₁g + γ₂m) / (√v + ε̂)."""
    beta1, rest1, beta2, rest2, of_g, of_m, eps, r, s = numbers
    r = averages(m, v, g, beta1, rest1, beta2, rest2, r)
    s = multiply(m, of_m, s)
    multiply(g, of_g, r)
    add(s, r, s)
    sqrt(v, r)
    add(r, eps, r)
    divide(s, r, r)
    subtract(p, r, p)
