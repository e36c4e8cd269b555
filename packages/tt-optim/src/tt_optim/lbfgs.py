# ruff: noqa: ARG002 (one signature for all optimizers)
"""L-BFGS: steps that know how the gradient has changed, for smooth losses of all data at once."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from tt_autograd import enable_grad
from tt_autograd.tensor import Tensor
from tt_tensor import Tensor as Base
from tt_tensor import versions

from .line_search import Point, strong_wolfe
from .numbers import checked, number
from .optimizer import Optimizer

CURVED = 1e-10  # the least curvature from which something is learned


class LBFGS(Optimizer):
    """The limited-memory method of Broyden, Fletcher, Goldfarb and Shanno: d = -H ∇f, where H follows from the latest steps.

    H is never written down: from the changes s of the parameters and y of the gradient in the last `history_size` steps it is
    applied to the gradient, in two loops over them. One `step` is up to `max_iter` of these.

    Args:
        params: the tensors to optimize, in one group.
        lr: the length of a step; with a line search, of the first try.
        max_iter: the largest number of iterations in a `step`.
        max_eval: the largest number of calls of the closure in a `step`; 5/4 of `max_iter` if None.
        tolerance_grad: ends a `step` when no element of the gradient is larger.
        tolerance_change: ends it when neither the loss nor a parameter changes by more.
        history_size: how many changes are kept, of twice the size of all parameters each.
        line_search_fn: "strong_wolfe", or None for steps of a fixed length.

    Raises:
        ValueError: if there are several parameter groups, or a number is negative.
        RuntimeError: in `step`, if the line search is unknown.

    Source:
        Liu and Nocedal, On the limited memory BFGS method for large scale optimization, 1989.

    Examples:
        >>> from tt_autograd import tensor
        >>> from tt_optim import LBFGS
        >>> w = tensor([0.0, 0.0], requires_grad=True)
        >>> opt = LBFGS([w], line_search_fn="strong_wolfe")
        >>> def closure():
        ...     opt.zero_grad()
        ...     loss = ((w - tensor([1.0, 2.0])) ** 2 * tensor([1.0, 100.0])).sum()
        ...     loss.backward()
        ...     return loss
        >>> opt.step(closure)
        tensor(401., grad_fn=<SumBackward0>)
        >>> w.detach().round(decimals=4)
        tensor([1., 2.])
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 1,
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 100,
        line_search_fn: str | None = None,
    ) -> None:
        checked(lr=lr)
        if history_size < 1:
            raise ValueError(f"LBFGS: history_size must be at least 1, got {history_size}")
        if max_eval is None:
            max_eval = max_iter * 5 // 4
        super().__init__(
            params,
            {
                "lr": lr,
                "max_iter": max_iter,
                "max_eval": max_eval,
                "tolerance_grad": tolerance_grad,
                "tolerance_change": tolerance_change,
                "history_size": history_size,
                "line_search_fn": line_search_fn,
            },
        )
        if len(self.param_groups) != 1:
            raise ValueError("LBFGS doesn't support per-parameter options (parameter groups)")

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Go on for up to `max_iter` iterations.

        Args:
            closure: clears the gradients, computes the loss anew with its gradients, and returns it.

        Returns:
            The first loss.
        """
        if closure is None:
            raise TypeError("LBFGS: step needs a closure that computes the loss anew: step(closure)")
        group = self.param_groups[0]
        params, state = group["params"], self.state[group["params"][0]]
        if group["line_search_fn"] not in (None, "strong_wolfe"):
            raise RuntimeError(
                f"LBFGS: only 'strong_wolfe' is supported, got line_search_fn={group['line_search_fn']!r}"
            )
        if not state:
            state.update(func_evals=0, n_iter=0)
        if "old_dirs" in state and "ro" not in state:  # it was saved when ro was not kept
            state["ro"] = [1.0 / float(y.array @ s.array) for y, s in zip(state["old_dirs"], state["old_stps"])]
        first, loss, g = evaluate(closure, params)
        calls, lr, tolerance = 1, number(group["lr"]), group["tolerance_change"]
        state["func_evals"] += 1
        if np.abs(g).max() <= group["tolerance_grad"]:
            return first
        for k in range(group["max_iter"]):
            state["n_iter"] += 1
            if state["n_iter"] == 1:
                state.update(
                    d=Tensor(-g),
                    t=min(1.0, 1.0 / float(np.abs(g).sum())) * lr,
                    old_dirs=[],
                    old_stps=[],
                    ro=[],
                    H_diag=1.0,
                )
            else:
                self._learn(state, g, group["history_size"])
                state.update(d=Tensor(direction(state, g)), t=lr)
            d, old = state["d"].array, loss
            state.update(prev_flat_grad=Tensor(g.copy()), prev_loss=loss)
            slope = float(g @ d)
            if slope > -tolerance:
                break
            more = 0
            if group["line_search_fn"]:
                point, more = self._search(closure, Point(0.0, loss, g, slope), d, state["t"], group, calls)
                state["t"], loss, g = point.t, point.loss, point.gradient
                move(params, state["t"] * d)
            else:
                move(params, state["t"] * d)
                if k + 1 < group["max_iter"]:
                    _, loss, g = evaluate(closure, params)
                    more = 1
            calls += more
            state["func_evals"] += more
            if calls >= group["max_eval"] or np.abs(g).max() <= group["tolerance_grad"]:
                break
            if np.abs(d * state["t"]).max() <= tolerance or abs(loss - old) < tolerance:
                break
        return first

    def _learn(self, state: dict[str, Any], g: Any, size: int) -> None:
        """Keep how the last step changed the parameters and the gradient, if the loss is curved there."""
        y, s = g - state["prev_flat_grad"].array, state["d"].array * state["t"]
        curvature = float(y @ s)
        if curvature > CURVED:
            latest = {"old_dirs": Tensor(y), "old_stps": Tensor(s), "ro": 1.0 / curvature}  # PyTorch's names
            for name, value in latest.items():
                state[name] = [*state[name], value][-size:]
            state["H_diag"] = curvature / float(y @ y)

    def _search(
        self, closure: Callable[[], Any], start: Point, d: Any, t: float, group: dict[str, Any], calls: int
    ) -> tuple[Point, int]:
        """A point along `d`. The parameters stay where they are."""
        params = group["params"]
        here = [p.array.copy() for p in params]

        def at(t: float) -> Point:
            try:
                move(params, t * d)
                _, loss, g = evaluate(closure, params)
            finally:
                for p, a in zip(params, here):
                    np.copyto(p.array, a)
                    versions.touch(p.array)
            return Point(t, loss, g, float(g @ d))

        reach = float(np.abs(d).max())
        return strong_wolfe(at, start, t, reach, 1e-9, group["max_eval"] - calls)

    def fitted(self, name: str, value: Any, p: Any, key: Any, group: dict[str, Any]) -> Any:
        """A copy of a value in a saved state: it is of all parameters together, and numbers are numbers."""
        return copied(value)


def evaluate(closure: Callable[[], Any], params: list[Any]) -> tuple[Any, float, Any]:
    """The loss as it came, as a number, and the gradient of all parameters in one row; 0 where there is none."""
    with enable_grad():
        loss = closure()
    rows = [np.zeros(p.array.size, p.array.dtype) if p.grad is None else p.grad.array.reshape(-1) for p in params]
    return loss, float(loss), np.concatenate(rows)


def move(params: list[Any], change: Any) -> None:
    """Add to all parameters what stands in one row."""
    at = 0
    for p in params:
        n = p.array.size
        p.array += change[at : at + n].reshape(p.array.shape).astype(p.array.dtype, copy=False)
        versions.touch(p.array)
        at += n


def direction(state: dict[str, Any], g: Any) -> Any:
    """-H g by the two loops, from the latest change to the oldest and back; ro is 1 / (y · s) of each."""
    changes = [(s.array, y.array, ro) for s, y, ro in zip(state["old_stps"], state["old_dirs"], state["ro"])]
    q, shares = -g, []
    for s, y, ro in reversed(changes):
        share = float(s @ q) * ro
        shares.append(share)
        q -= share * y
    q *= state["H_diag"]
    for (s, y, ro), share in zip(changes, reversed(shares)):
        q += (share - float(y @ q) * ro) * s
    return q


def copied(value: Any) -> Any:
    """A copy of a value from a saved state, with its arrays, which may be another library's, as tensors."""
    if isinstance(value, list):
        return [copied(x) for x in value]
    array = np.asarray(value.array if isinstance(value, Base) else value).copy()
    return Tensor(array) if array.ndim else array.item()
