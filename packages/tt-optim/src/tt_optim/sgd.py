# ruff: noqa: ARG001, ARG002 (one signature for all optimizers)
"""Stochastic gradient descent, with momentum."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from tt_autograd.tensor import Tensor

from .numbers import checked, implementation, number
from .optimizer import Optimizer

add, multiply, subtract = np.add, np.multiply, np.subtract


class SGD(Optimizer):
    """Stochastic gradient descent: b ← μb + (1 - τ)g, p ← p - γb; with Nesterov's momentum p ← p - γ(g + μb).

    The first b is g itself. Without momentum, p ← p - γg.

    Args:
        params: the tensors to optimize, or dicts with parameter groups.
        lr: the learning rate γ.
        momentum: μ, the part of the last direction that is kept.
        dampening: τ.
        weight_decay: λ; λp is added to the gradient, which is the gradient of λ‖p‖²/2.
        nesterov: look ahead along the momentum; needs momentum, and no dampening.
        maximize: climb instead of descending.
        foreach, fused: which of PyTorch's implementations is meant; here there is one, and it is taken in any case.
        differentiable: not implemented; only False is taken.

    Raises:
        ValueError: a negative hyperparameter, no parameters, or Nesterov's momentum without momentum.

    Sutskever et al., "On the importance of initialization and momentum in deep learning", ICML 2013.

    Examples:
        >>> from tt_autograd import tensor
        >>> w = tensor([1.0, 2.0], requires_grad=True)
        >>> (w * w).backward(tensor([1.0, 1.0]))
        >>> SGD([w], lr=0.25).step()
        >>> w
        tensor([0.5000, 1.0000], requires_grad=True)
    """

    counts = False

    def __init__(
        self,
        params: Iterable[Any],
        lr: Any = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        checked(lr=lr, momentum=momentum, weight_decay=weight_decay)
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        defaults = dict(
            lr=lr,
            momentum=momentum,
            dampening=dampening,
            weight_decay=weight_decay,
            nesterov=nesterov,
            maximize=maximize,
        )
        super().__init__(params, defaults | implementation(foreach=foreach, differentiable=differentiable, fused=fused))

    def names(self, group: dict[str, Any]) -> Sequence[str | None] | None:
        """The state is the direction b, if there is momentum."""
        return ("momentum_buffer",) if group["momentum"] != 0 else None

    def begin(self, group: dict[str, Any], p: Any) -> dict[str, Any]:
        """No direction yet: `advance` makes it."""
        return {}

    def advance(self, group: dict[str, Any], p: Any, state: dict[str, Any]) -> Any:
        """Whether this is the first step, in which b is 0 so far and takes all of g."""
        if state.get("momentum_buffer") is not None:
            return False
        state["momentum_buffer"] = Tensor(np.zeros_like(p.array))
        return True

    def coefficients(self, group: dict[str, Any], t: Any) -> Sequence[float | None]:
        """γ, and with momentum μ and 1 - τ."""
        rate, momentum = number(group["lr"]), number(group["momentum"])
        return (rate, momentum, 1.0 if t else 1.0 - number(group["dampening"])) if momentum else (rate,)

    def formula(self, group: dict[str, Any]) -> Callable[..., None]:
        """One of the three below."""
        if group["momentum"] == 0:
            return plain
        return nesterov_momentum if group["nesterov"] else heavy_ball


def plain(p: Any, g: Any, rate: Any, r: Any, s: Any) -> None:
    """p ← p - γg."""
    subtract(p, multiply(g, rate, r), p)


def heavy_ball(p: Any, g: Any, b: Any, rate: Any, momentum: Any, part: Any, r: Any, s: Any) -> None:
    """b ← μb + (1 - τ)g; p ← p - γb."""
    multiply(b, momentum, b)
    add(b, multiply(g, part, r), b)
    subtract(p, multiply(b, rate, r), p)


def nesterov_momentum(p: Any, g: Any, b: Any, rate: Any, momentum: Any, part: Any, r: Any, s: Any) -> None:
    """b ← μb + g; p ← p - γ(g + μb)."""
    multiply(b, momentum, b)
    add(b, g, b)
    r = multiply(b, momentum, r)
    add(r, g, r)
    subtract(p, multiply(r, rate, r), p)
