# ruff: noqa: ARG002 (one signature for all optimizers)
"""Lion: the sign of the momentum."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from .numbers import checked, checked_betas, implementation, number
from .optimizer import Optimizer

add, multiply, sign, subtract = np.add, np.multiply, np.sign, np.subtract


class Lion(Optimizer):
    """Steps of exactly the learning rate: p ← p(1 - γλ) - γ sign(β₁m + (1 - β₁)g), and only then m ← β₂m + (1 - β₂)g.

    It keeps one array per parameter, half of what Adam keeps. Its learning rate wants to be 3 to 10 times smaller than that of
    AdamW, and its weight decay as much larger. PyTorch does not have it.

    Args:
        params: the tensors to optimize, or dicts with parameter groups.
        lr: the learning rate γ.
        betas: β₁, for the direction of the step, and β₂, for the momentum that is kept.
        weight_decay: λ, decoupled as in AdamW.
        maximize: climb instead of descending.
        foreach, fused: which of PyTorch's implementations is meant; here there is one, and it is taken in any case.
        capturable, differentiable: not implemented; only False is taken.

    Raises:
        ValueError: a negative hyperparameter, a β outside [0, 1), or no parameters.

    Chen et al., "Symbolic Discovery of Optimization Algorithms", NeurIPS 2023, https://arxiv.org/abs/2302.06675.

    Examples:
        >>> from tt_autograd import tensor
        >>> w = tensor([1.0, 2.0], requires_grad=True)
        >>> w.grad = tensor([1e-3, -1e3])
        >>> Lion([w], lr=0.5).step()
        >>> w
        tensor([0.5000, 2.5000], requires_grad=True)
    """

    counts = False

    def __init__(
        self,
        params: Iterable[Any],
        lr: Any = 1e-4,
        betas: tuple[float, float] = (0.9, 0.99),
        weight_decay: float = 0,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        checked(lr=lr, weight_decay=weight_decay)
        defaults = dict(
            lr=lr,
            betas=checked_betas(betas),
            weight_decay=weight_decay,
            decoupled_weight_decay=True,
            maximize=maximize,
            **implementation(foreach=foreach, capturable=capturable, differentiable=differentiable, fused=fused),
        )
        super().__init__(params, defaults)

    def names(self, group: dict[str, Any]) -> Sequence[str | None] | None:
        """m."""
        return ("exp_avg",)

    def coefficients(self, group: dict[str, Any], t: Any) -> Sequence[float | None]:
        """The two decay rates and γ."""
        beta1, beta2 = map(number, group["betas"])
        return beta1, 1.0 - beta1, beta2, 1.0 - beta2, number(group["lr"])

    def formula(self, group: dict[str, Any]) -> Callable[..., None]:
        """`lion`."""
        return lion


def lion(p: Any, g: Any, m: Any, *numbers: Any) -> None:
    """p ← p - γ sign(β₁m + (1 - β₁)g); m ← β₂m + (1 - β₂)g."""
    beta1, rest1, beta2, rest2, rate, r, s = numbers
    r = multiply(m, beta1, r)
    s = multiply(g, rest1, s)
    add(r, s, r)
    sign(r, r)
    multiply(r, rate, r)
    subtract(p, r, p)
    multiply(g, rest2, r)
    multiply(m, beta2, m)
    add(m, r, m)
