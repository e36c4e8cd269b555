# ruff: noqa: ARG002 (one signature for all optimizers)
"""RAdam: Adam that waits until it knows the variance of its gradients."""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from .adam import averages
from .numbers import checked, checked_betas, implementation, number
from .optimizer import Optimizer

add, divide, multiply, sqrt, subtract = np.add, np.divide, np.multiply, np.sqrt, np.subtract


class RAdam(Optimizer):
    """Adam with a rectified learning rate: no warm-up needed.

    ρ∞ = 2/(1 - β₂) - 1; ρ = ρ∞ - 2tβ₂ᵗ/(1 - β₂ᵗ). While ρ ≤ 5, p ← p - γm̂; after that p ← p - γ m̂ c/(√v + ε) √(1 - β₂ᵗ) with
    c² = (ρ - 4)(ρ - 2)ρ∞ / ((ρ∞ - 4)(ρ∞ - 2)ρ). m, v and m̂ are those of Adam.

    Args:
        params: the tensors to optimize, or dicts with parameter groups.
        lr: the learning rate γ.
        betas: β₁ and β₂, the decay rates of the averages of the gradient and of its square.
        eps: ε, against division by zero.
        weight_decay: λ; λp is added to the gradient.
        decoupled_weight_decay: take γλp from the parameter instead, as AdamW does.
        foreach: which of PyTorch's implementations is meant; here there is one, and it is taken in any case.
        capturable, differentiable: not implemented; only False is taken.
        maximize: climb instead of descending.

    Raises:
        ValueError: a negative hyperparameter, a β outside [0, 1), or no parameters.

    Liu et al., "On the Variance of the Adaptive Learning Rate and Beyond", ICLR 2020, https://arxiv.org/abs/1908.03265.

    Examples:
        >>> from tt_autograd import tensor
        >>> w = tensor([1.0, 2.0], requires_grad=True)
        >>> w.grad = tensor([1.0, -1.0])
        >>> RAdam([w], lr=0.5).step()
        >>> w
        tensor([0.5000, 2.5000], requires_grad=True)
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: Any = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
    ) -> None:
        checked(lr=lr, eps=eps, weight_decay=weight_decay)
        defaults = dict(
            lr=lr,
            betas=checked_betas(betas),
            eps=eps,
            weight_decay=weight_decay,
            maximize=maximize,
            decoupled_weight_decay=decoupled_weight_decay,
            **implementation(foreach=foreach, capturable=capturable, differentiable=differentiable),
        )
        super().__init__(params, defaults)

    def names(self, group: dict[str, Any]) -> Sequence[str | None] | None:
        """m and v."""
        return "exp_avg", "exp_avg_sq"

    def coefficients(self, group: dict[str, Any], t: Any) -> Sequence[float | None]:
        """The decay rates, the rectified learning rate, and ε, or None as long as v is not used."""
        beta1, beta2 = map(number, group["betas"])
        rest = 1.0 - beta2**t
        longest = 2.0 / (1.0 - beta2) - 1.0
        length = longest - 2.0 * t * beta2**t / rest
        rate, eps = number(group["lr"]) / (1.0 - beta1**t), None
        if length > 5.0:
            square = (length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length)
            rate, eps = rate * math.sqrt(rest * square), number(group["eps"])
        return beta1, 1.0 - beta1, beta2, 1.0 - beta2, rate, eps

    def formula(self, group: dict[str, Any]) -> Callable[..., None]:
        """`radam`."""
        return radam


def radam(p: Any, g: Any, m: Any, v: Any, *numbers: Any) -> None:
    """p ← p - γ̂m, or with v p ← p - γ̂ m / (√v + ε)."""
    beta1, rest1, beta2, rest2, rate, eps, r, _ = numbers
    r = averages(m, v, g, beta1, rest1, beta2, rest2, r)
    if eps is None:
        multiply(m, rate, r)
    else:
        sqrt(v, r)
        add(r, eps, r)
        divide(m, r, r)
        multiply(r, rate, r)
    subtract(p, r, p)
