# ruff: noqa: ARG002 (one signature for all optimizers)
"""Adam and AdamW."""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from .numbers import checked, checked_betas, implementation, number
from .optimizer import Optimizer

add, divide, maximum, multiply, sqrt, subtract = np.add, np.divide, np.maximum, np.multiply, np.sqrt, np.subtract


def averages(m: Any, v: Any, g: Any, beta1: Any, rest1: Any, beta2: Any, rest2: Any, r: Any) -> Any:
    """m ← β₁m + (1 - β₁)g; v ← β₂v + (1 - β₂)g². Returns `r`, or the memory taken in its place."""
    r = multiply(g, rest1, r)
    multiply(m, beta1, m)
    add(m, r, m)
    multiply(g, g, r)
    multiply(r, rest2, r)
    multiply(v, beta2, v)
    add(v, r, v)
    return r


def adam(p: Any, g: Any, m: Any, v: Any, top: Any, *numbers: Any) -> None:
    """p ← p - γ̂ m / (√v + ε̂): the bias corrections are in γ̂ and ε̂."""
    beta1, rest1, beta2, rest2, rate, eps, r, _ = numbers
    r = averages(m, v, g, beta1, rest1, beta2, rest2, r)
    if top is not None:
        v = maximum(top, v, out=top)
    sqrt(v, r)
    add(r, eps, r)
    divide(m, r, r)
    multiply(r, rate, r)
    subtract(p, r, p)


class Adam(Optimizer):
    """Adam: steps of about the learning rate in every coordinate, whatever the scale of its gradient.

    m ← β₁m + (1 - β₁)g; v ← β₂v + (1 - β₂)g²; p ← p - γ m̂ / (√v̂ + ε) with m̂ = m/(1 - β₁ᵗ), v̂ = v/(1 - β₂ᵗ) in step t.

    Args:
        params: the tensors to optimize, or dicts with parameter groups.
        lr: the learning rate γ.
        betas: β₁ and β₂, the decay rates of the averages of the gradient and of its square.
        eps: ε, against division by zero.
        weight_decay: λ; λp is added to the gradient.
        amsgrad: divide by the largest v so far, so that steps only shrink.
        maximize: climb instead of descending.
        decoupled_weight_decay: take γλp from the parameter instead of adding λp to the gradient: AdamW.
        foreach, fused: which of PyTorch's implementations is meant; here there is one, and it is taken in any case.
        capturable, differentiable: not implemented; only False is taken.

    Raises:
        ValueError: a negative hyperparameter, a β outside [0, 1), or no parameters.

    Kingma & Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015, https://arxiv.org/abs/1412.6980. AMSGrad: Reddi et
    al., "On the Convergence of Adam and Beyond", ICLR 2018.

    Examples:
        >>> from tt_autograd import tensor
        >>> w = tensor([1.0, 2.0], requires_grad=True)
        >>> w.grad = tensor([1e-3, 1e3])
        >>> Adam([w], lr=0.5).step()
        >>> w
        tensor([0.5000, 1.5000], requires_grad=True)
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: Any = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
        decoupled_weight_decay: bool = False,
    ) -> None:
        checked(lr=lr, eps=eps, weight_decay=weight_decay)
        defaults = dict(
            lr=lr,
            betas=checked_betas(betas),
            eps=eps,
            weight_decay=weight_decay,
            amsgrad=amsgrad,
            maximize=maximize,
            **implementation(foreach=foreach, capturable=capturable, differentiable=differentiable, fused=fused),
            decoupled_weight_decay=decoupled_weight_decay,
        )
        super().__init__(params, defaults)

    def names(self, group: dict[str, Any]) -> Sequence[str | None] | None:
        """m, v and the largest v."""
        return "exp_avg", "exp_avg_sq", "max_exp_avg_sq" if group["amsgrad"] else None

    def coefficients(self, group: dict[str, Any], t: Any) -> Sequence[float | None]:
        """√v/√c + ε = (√v + ε√c)/√c, so the correction c of v costs nothing per element."""
        beta1, beta2 = map(number, group["betas"])
        root = math.sqrt(1.0 - beta2**t)
        rate = number(group["lr"]) * root / (1.0 - beta1**t)
        return beta1, 1.0 - beta1, beta2, 1.0 - beta2, rate, number(group["eps"]) * root

    def formula(self, group: dict[str, Any]) -> Callable[..., None]:
        """`adam`."""
        return adam


class AdamW(Adam):
    """Adam with decoupled weight decay: p ← p(1 - γλ) before each step, so that decay is not divided by √v̂.

    Args:
        params: the tensors to optimize, or dicts with parameter groups.
        lr: the learning rate γ.
        betas: β₁ and β₂, the decay rates of the averages of the gradient and of its square.
        eps: ε, against division by zero.
        weight_decay: λ.
        amsgrad: divide by the largest v so far.
        maximize: climb instead of descending.
        foreach, fused: which of PyTorch's implementations is meant; here there is one, and it is taken in any case.
        capturable, differentiable: not implemented; only False is taken.

    Raises:
        ValueError: a negative hyperparameter, a β outside [0, 1), or no parameters.

    Loshchilov & Hutter, "Decoupled Weight Decay Regularization", ICLR 2019, https://arxiv.org/abs/1711.05101.

    Examples:
        >>> from tt_autograd import tensor
        >>> w = tensor([1.0, 2.0], requires_grad=True)
        >>> w.grad = tensor([0.0, 0.0])
        >>> AdamW([w], lr=0.5, weight_decay=1.0).step()
        >>> w
        tensor([0.5000, 1.0000], requires_grad=True)
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: Any = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        implementation: dict[str, Any] = dict(
            foreach=foreach, capturable=capturable, differentiable=differentiable, fused=fused
        )
        super().__init__(
            params,
            lr,
            betas,
            eps,
            weight_decay,
            amsgrad,
            maximize=maximize,
            decoupled_weight_decay=True,
            **implementation,
        )
