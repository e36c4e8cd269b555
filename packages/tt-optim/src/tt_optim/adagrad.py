# ruff: noqa: ARG001, ARG002 (one signature for all optimizers)
"""Adagrad and Adadelta: step sizes from all gradients so far."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from tt_autograd.tensor import Tensor

from .numbers import checked, implementation, number
from .optimizer import Optimizer

add, divide, multiply, sqrt, subtract = np.add, np.divide, np.multiply, np.sqrt, np.subtract


class Adagrad(Optimizer):
    """Divide the gradient by the root of the sum of all its squares: v ← v + g²; p ← p - γₜ g / (√v + ε).

    The learning rate falls with the steps, γₜ = γ / (1 + (t - 1)η).

    Args:
        params: the tensors to optimize, or dicts with parameter groups.
        lr: the learning rate γ.
        lr_decay: η.
        weight_decay: λ; λp is added to the gradient.
        initial_accumulator_value: what v starts from.
        eps: ε, against division by zero.
        foreach, fused: which of PyTorch's implementations is meant; here there is one, and it is taken in any case.
        differentiable: not implemented; only False is taken.
        maximize: climb instead of descending.

    Raises:
        ValueError: a negative hyperparameter, or no parameters.

    Duchi, Hazan & Singer, "Adaptive Subgradient Methods for Online Learning and Stochastic Optimization", JMLR 12, 2011.

    Examples:
        >>> from tt_autograd import tensor
        >>> w = tensor([1.0, 2.0], requires_grad=True)
        >>> w.grad = tensor([1e-3, 1e3])
        >>> Adagrad([w], lr=0.5).step()
        >>> w
        tensor([0.5000, 1.5000], requires_grad=True)
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: Any = 1e-2,
        lr_decay: float = 0,
        weight_decay: float = 0,
        initial_accumulator_value: float = 0,
        eps: float = 1e-10,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        start = initial_accumulator_value
        checked(lr=lr, lr_decay=lr_decay, weight_decay=weight_decay, initial_accumulator_value=start, eps=eps)
        defaults = dict(
            lr=lr,
            lr_decay=lr_decay,
            eps=eps,
            weight_decay=weight_decay,
            initial_accumulator_value=start,
            maximize=maximize,
            **implementation(foreach=foreach, differentiable=differentiable, fused=fused),
        )
        super().__init__(params, defaults)
        for group in self.param_groups:
            for p in group["params"]:
                self.state[p] = self.begin(group, p)

    def names(self, group: dict[str, Any]) -> Sequence[str | None] | None:
        """v."""
        return ("sum",)

    def begin(self, group: dict[str, Any], p: Any) -> dict[str, Any]:
        """v need not begin at zero."""
        state = super().begin(group, p)
        return state | {"sum": Tensor(np.full_like(p.array, self.defaults["initial_accumulator_value"]))}

    def coefficients(self, group: dict[str, Any], t: Any) -> Sequence[float | None]:
        """γₜ and ε."""
        return number(group["lr"]) / (1.0 + (t - 1.0) * number(group["lr_decay"])), number(group["eps"])

    def formula(self, group: dict[str, Any]) -> Callable[..., None]:
        """`adagrad`."""
        return adagrad


def adagrad(p: Any, g: Any, v: Any, rate: Any, eps: Any, r: Any, s: Any) -> None:
    """v ← v + g²; p ← p - γ g / (√v + ε)."""
    r = multiply(g, g, r)
    add(v, r, v)
    sqrt(v, r)
    add(r, eps, r)
    divide(g, r, r)
    multiply(r, rate, r)
    subtract(p, r, p)


class Adadelta(Optimizer):
    """Steps in the units of the parameter: v ← ρv + (1 - ρ)g²; d = g √(u + ε)/√(v + ε); u ← ρu + (1 - ρ)d²; p ← p - γd.

    Args:
        params: the tensors to optimize, or dicts with parameter groups.
        lr: the learning rate γ; 1 in the paper.
        rho: ρ, the decay rate of both averages.
        eps: ε, from which the first steps come.
        weight_decay: λ; λp is added to the gradient.
        foreach: which of PyTorch's implementations is meant; here there is one, and it is taken in any case.
        capturable, differentiable: not implemented; only False is taken.
        maximize: climb instead of descending.

    Raises:
        ValueError: a negative hyperparameter, a ρ above 1, or no parameters.

    Zeiler, "ADADELTA: An Adaptive Learning Rate Method", 2012, https://arxiv.org/abs/1212.5701.

    Examples:
        >>> from tt_autograd import tensor
        >>> w = tensor([1.0, 2.0], requires_grad=True)
        >>> w.grad = tensor([1.0, -1.0])
        >>> Adadelta([w], rho=0.75, eps=1.0).step()
        >>> w
        tensor([0.1056, 2.8944], requires_grad=True)
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: Any = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        capturable: bool = False,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        checked(lr=lr, rho=rho, eps=eps, weight_decay=weight_decay)
        if rho > 1.0:
            raise ValueError(f"Invalid rho value: {rho}")
        defaults = dict(
            lr=lr,
            rho=rho,
            eps=eps,
            weight_decay=weight_decay,
            maximize=maximize,
            **implementation(capturable=capturable, foreach=foreach, differentiable=differentiable),
        )
        super().__init__(params, defaults)

    def names(self, group: dict[str, Any]) -> Sequence[str | None] | None:
        """v and u."""
        return "square_avg", "acc_delta"

    def coefficients(self, group: dict[str, Any], t: Any) -> Sequence[float | None]:
        """ρ, 1 - ρ, ε and γ."""
        return number(group["rho"]), 1.0 - number(group["rho"]), number(group["eps"]), number(group["lr"])

    def formula(self, group: dict[str, Any]) -> Callable[..., None]:
        """`adadelta`."""
        return adadelta


def adadelta(p: Any, g: Any, v: Any, u: Any, rho: Any, rest: Any, eps: Any, rate: Any, r: Any, s: Any) -> None:
    """d = g √(u + ε)/√(v + ε); p ← p - γd."""
    r = multiply(g, g, r)
    multiply(r, rest, r)
    multiply(v, rho, v)
    add(v, r, v)
    sqrt(add(v, eps, r), r)
    s = add(u, eps, s)
    sqrt(s, s)
    divide(s, r, r)
    multiply(r, g, r)
    multiply(r, r, s)
    multiply(s, rest, s)
    multiply(u, rho, u)
    add(u, s, u)
    multiply(r, rate, r)
    subtract(p, r, p)
