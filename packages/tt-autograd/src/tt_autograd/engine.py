"""Backward: the tape, read from its end."""

from collections.abc import Sequence
from heapq import heappop, heappush
from typing import Any

import numpy as np
from tt_tensor import versions
from tt_tensor.ops.elementwise import cast_p
from tt_tensor.ops.reduce import sum_p
from tt_tensor.ops.shape import reshape_p
from tt_tensor.primitive import quietly, thread

from .mode import mode
from .node import Leaf, Node, Part
from .rule import RULES
from .tensor import Tensor, new

ndarray = np.ndarray


def backward(
    outputs: Sequence[Tensor], gradients: Sequence[Any], retain_graph: bool | None = None, create_graph: bool = False
) -> None:
    """Add to the `grad` of every leaf below `outputs` its gradient."""
    seeds = [seed(y, g) for y, g in zip(outputs, gradients)]
    keep = create_graph if retain_graph is None else retain_graph
    if create_graph or thread.handlers:
        leaves = sweep(outputs, seeds, keep, create_graph, as_tensors=True)
    else:
        leaves = quietly(sweep, outputs, seeds, keep)
    used = {id(g) for g in seeds}  # a rule may hand on the array it was given: no two leaves may share it
    for leaf, g in leaves.items():
        x = leaf.tensor()
        if x is not None:
            accumulate(x, g.copy() if id(g) in used else g)
        used.add(id(g))


def seed(output: Tensor, gradient: Any) -> Any:
    """The gradient that backward begins with: 1 for a scalar."""
    if gradient is None:
        return np.ones(output.array.shape, output.array.dtype)
    return gradient.array


def sweep(
    outputs: Sequence[Tensor], seeds: Sequence[Any], keep: bool, create_graph: bool = False, as_tensors: bool = False
) -> dict[Leaf, Any]:
    """Visit the nodes below `outputs`, the latest first, so that each has its whole gradient when its turn comes.

    Every node is visited once. With `as_tensors` the rules are given tensors, so that what they do passes the seam; and with
    `create_graph` these tensors are on the tape.
    """
    waiting: list[int] = []  # a heap of the times, negated, of the nodes that have a gradient
    pending: dict[int, tuple[Node, Any]] = {}
    leaves: dict[Leaf, Any] = {}

    def give(target: Any, g: Any) -> None:
        """Add `g` to the gradient of `target`."""
        if type(target) is Node:
            time, shape, dtype = target.tape[0], target.tape[6], target.tape[7]
        elif type(target) is Leaf:
            x = target.tensor()
            if x is not None:
                g = fitted(g, x.array.shape, x.array.dtype)
                leaves[target] = leaves[target] + g if target in leaves else g
            return
        else:
            node = target.node
            time, k = node.tape[0], target.index
            g = fitted(g, node.tape[6][k], node.tape[7][k])
            if time not in pending:
                pending[time] = (node, [None] * len(node.tape[6]))
                heappush(waiting, -time)
            slots = pending[time][1]
            slots[k] = g if slots[k] is None else slots[k] + g
            return
        if g.shape != shape or g.dtype is not dtype:
            g = fitted(g, shape, dtype)
        seen = pending.get(time)
        if seen is None:
            pending[time] = (target, g)
            heappush(waiting, -time)
        else:
            pending[time] = (target, seen[1] + g)

    for y, g in zip(outputs, seeds):
        give(y.more, as_tensor(g) if as_tensors else g)
    while waiting:
        node, g = pending.pop(-heappop(waiting))
        time, op, parents, saved, out, params, shape, dtype = node.tape
        if saved is None:
            raise RuntimeError(
                f"{op.name}: backward through the graph a second time, after its saved values were freed; "
                f"pass retain_graph=True to the first backward"
            )
        if versions.latest > time:
            check_unchanged(node)
        if not keep:
            node.tape = (time, op, parents, None if saved else (), None, params, shape, dtype)
        if as_tensors:
            saved = [as_tensor(a, p if create_graph else None) for a, p in zip(saved, parents)]
            out = as_tensor(out, node if create_graph else None)
        rule = RULES[op]
        i = 0
        for parent, partial in zip(parents, rule.partials):
            if parent is not None:
                give(parent, partial(g, saved, out, params, i))
            i += 1
    return leaves


def as_tensor(a: Any, more: Any = None) -> Any:
    """The array `a` as a tensor; one that is on the tape at `more`, if given. Numbers and None stay what they are."""
    if type(a) is not ndarray:
        return a
    x = new(Tensor)
    x.array, x.more = a, more
    return x


def fitted(g: Any, shape: tuple[int, ...], dtype: Any) -> Any:
    """The gradient `g` summed over the dimensions along which the input was broadcast to, and of the input's dtype."""
    if g.shape != shape:
        lead = len(g.shape) - len(shape)
        dims = (*range(lead), *(lead + k for k, n in enumerate(shape) if n == 1 and g.shape[lead + k] != 1))
        g = reshape_p(sum_p(g, dim=dims, keepdim=True), shape=shape)
    return g if g.dtype == dtype else cast_p(g, dtype=dtype)


def check_unchanged(node: Node) -> None:
    """Raise if a value that `node` saved was changed in place since."""
    time, op, _, saved, out, *_ = node.tape
    for a in (*saved, out):
        if type(a) is ndarray and versions.touched_since(a, time):
            raise RuntimeError(
                f"{op.name}: a value of shape {a.shape} that is needed for its gradient was changed in place after the "
                f"operation; clone() it before, or use the form of the change that returns a new tensor"
            )


def accumulate(x: Tensor, g: Any) -> None:
    """Add `g` to `x.grad`."""
    if type(g) is Tensor:
        x.grad = g if x.grad is None else x.grad + g
    elif x.grad is None:
        x.grad = as_tensor(g.copy() if g.base is not None else np.asarray(g))
    else:
        np.add(x.grad.array, g, out=x.grad.array)
