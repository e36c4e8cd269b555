"""Backward: `backward` and `grad`, and what they check before the sweep."""

import threading
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from tt_tensor import versions
from tt_tensor.primitive import quietly, thread
from tt_tensor.tensor import Tensor as Base

from . import grad_mode as mode
from . import hooks
from .methods import up_to_date
from .node import Leaf, Node, Part
from .sweep import sweep
from .tensor import Tensor, plain

ndarray = np.ndarray
_accumulating = threading.Lock()


def backward(
    tensors: Any,
    grad_tensors: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Any = None,
) -> None:
    """Add to the `grad` of every leaf below `tensors` its gradient.

    Args:
        tensors: a tensor or several.
        grad_tensors: for each what to begin with, of its shape; None for a tensor of one element (1).
        retain_graph: whether to keep what was saved, so that backward can run again; by default `create_graph`.
        create_graph: whether the gradients are themselves on the tape.
        inputs: the tensors whose `grad` gets the gradient; by default all leaves.

    Examples:
        >>> from tt_autograd import backward, tensor
        >>> x = tensor([1.0, 2.0], requires_grad=True)
        >>> backward([(x * x).sum(), x.sum()])
        >>> x.grad
        tensor([3., 5.])
    """
    outputs, gradients = listed(tensors), listed(grad_tensors)
    wanted = None if inputs is None else listed(inputs)
    if wanted is not None and not wanted:
        raise RuntimeError("backward: `inputs` argument to `backward()` cannot be empty.")
    leaves, inner = run(outputs, gradients, retain_graph, create_graph, wanted)
    if wanted is not None:
        mine = {id(up_to_date(x)) for x in wanted}
        leaves = {leaf: g for leaf, g in leaves.items() if id(leaf) in mine}
        for x in wanted:
            if type(x.more) is not Leaf and (g := inner.get(id(x.more))) is not None:
                accumulate(x, g)
    with _accumulating:
        deposit(leaves, gradients)
    if hooks.used:
        for leaf in leaves:
            hooks.after_accumulation(leaf)


def deposit(leaves: dict[Leaf, Any], gradients: Sequence[Any]) -> None:
    """Add each leaf's gradient to its `grad`. No two of them may share an array: a rule may hand on what it was given."""
    used = {id(getattr(g, "array", None)) for g in gradients}
    for leaf, g in leaves.items():
        x = leaf.tensor()
        if x is not None:
            accumulate(x, g.copy() if type(g) is ndarray and (hooks.used or id(g) in used) else g)
        used.add(id(g))


def grad(
    outputs: Any,
    inputs: Any,
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    only_inputs: bool = True,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> Any:
    """The gradients of the sum of `outputs` with respect to `inputs`; nobody's `grad` changes.

    Only what lies between `inputs` and `outputs` is visited.

    Args:
        outputs: a tensor or several.
        inputs: a tensor or several, leaves or not, such as `model.parameters()`; or a dict of them.
        grad_outputs: for each output what to begin with, of its shape; None for a tensor of one element (1).
        retain_graph: whether to keep what was saved, so that backward can run again; by default `create_graph`.
        create_graph: whether the gradients are themselves on the tape.
        only_inputs: must be True: no other tensor's gradient is computed.
        allow_unused: whether an input on which no output depends gets None, instead of raising.
        is_grads_batched: not supported; call `grad` once for each gradient.
        materialize_grads: whether such an input gets zeros instead.

    Returns:
        One tensor for each input, in a tuple, or in a dict if they were given in one.

    Raises:
        RuntimeError: where `Tensor.backward` raises, and if an input is not used.

    Examples:
        >>> from tt_autograd import grad, tensor
        >>> x = tensor(3.0, requires_grad=True)
        >>> (slope,) = grad(x * x * x, x, create_graph=True)
        >>> grad(slope, x)
        (tensor(18.),)
    """
    if not only_inputs:
        raise NotImplementedError("grad: only_inputs=False is not supported; call backward to fill every leaf's grad")
    if is_grads_batched:
        raise NotImplementedError(
            "grad: is_grads_batched is not supported; call grad once for each row of grad_outputs"
        )
    if materialize_grads and allow_unused is False:
        raise ValueError("Expected allow_unused to be True or not passed when materialize_grads=True, but got False")
    wanted = listed(inputs.values() if isinstance(inputs, dict) else inputs)
    if not wanted:
        raise RuntimeError("grad: `inputs` argument to `grad()` cannot be empty.")
    leaves, inner = run(listed(outputs), listed(grad_outputs), retain_graph, create_graph, wanted)
    results: list[Any] = []
    used: set[int] = set()
    for k, x in enumerate(wanted):
        g = leaves.get(x.more) if type(x.more) is Leaf else inner.get(id(x.more))
        if g is None and materialize_grads:
            g = np.zeros(x.array.shape, x.array.dtype)
        elif g is None and not allow_unused:
            raise RuntimeError(
                f"grad: One of the differentiated Tensors appears to not have been used in the graph (input {k}). "
                f"Set allow_unused=True if this is the desired behavior."
            )
        if type(g) is not Tensor and g is not None:
            g = plain(g.copy() if getattr(g, "base", None) is not None or id(g) in used else np.asarray(g))
        results.append(g)
        used.add(id(getattr(g, "array", None)))
    return dict(zip(inputs, results)) if isinstance(inputs, dict) else tuple(results)


def listed(x: Any) -> list[Any]:
    """A tensor, or whatever gives tensors one after the other, as a list."""
    return [x] if isinstance(x, Base | ndarray | str) or not isinstance(x, Iterable) else list(x)


def run(
    outputs: list[Any], gradients: list[Any], retain_graph: bool | None, create_graph: bool, wanted: list[Any] | None
) -> tuple[dict[Leaf, Any], dict[int, Any]]:
    """Check the arguments and sweep: the gradients of the leaves, and those of the `wanted` inner nodes by their id."""
    if len(gradients) == 1 and gradients[0] is None:
        gradients *= len(outputs)
    if len(gradients) != len(outputs):
        raise RuntimeError(f"backward: got {len(outputs)} tensors and {len(gradients)} gradients")
    seeds = [seed(y, g, create_graph) for y, g in zip(outputs, gradients, strict=True)]
    keep = create_graph if retain_graph is None else retain_graph
    targets = None if wanted is None else check_inputs(wanted)
    between = None if targets is None else path_to(targets, outputs)
    if not (create_graph or thread.handlers or hooks.used or mode.thread.watching):
        return quietly(sweep, outputs, seeds, keep, False, False, targets, between)  # type: ignore[no-any-return]
    as_tensors = create_graph or bool(thread.handlers)
    paused, silent = mode.thread.paused, mode.thread.silent
    mode._pause(not create_graph)
    mode.thread.silent = True
    try:
        if as_tensors:
            return sweep(outputs, seeds, keep, create_graph, True, targets, between)
        return quietly(sweep, outputs, seeds, keep, False, False, targets, between)  # type: ignore[no-any-return]
    finally:
        mode._pause(paused)
        mode.thread.silent = silent


def seed(output: Any, gradient: Any, create_graph: bool) -> Any:
    """The gradient that backward begins with: 1 for a scalar."""
    if not isinstance(output, Tensor):
        raise TypeError(f"backward: expected a Tensor of tt_autograd, got {type(output).__name__}")
    a = output.array
    if up_to_date(output) is None:
        raise RuntimeError(
            "element 0 of tensors does not require grad and does not have a grad_fn: nothing that it was computed from requires "
            "a gradient, or the graph was cut; explain(loss, parameter) says where"
        )
    if a.dtype.kind == "c":
        raise NotImplementedError(f"backward: complex tensors ({a.dtype}) are not supported; take the real part first")
    if gradient is None:
        if a.size != 1:
            raise RuntimeError(
                f"grad can be implicitly created only for scalar outputs, and this one has shape {a.shape}; "
                f"reduce it (for example with .sum()), or pass its gradient"
            )
        one = np.empty(a.shape, a.dtype)  # np.ones takes four times as long
        one.fill(1)
        return one
    if not hasattr(gradient, "array"):
        raise TypeError(f"gradients can be either Tensors or None, but got {type(gradient).__name__}")
    if gradient.array.shape != a.shape:
        raise RuntimeError(
            f"Mismatch in shape: grad_output[0] has a shape of {gradient.array.shape} and output[0] has a shape of {a.shape}."
        )
    if gradient.array.dtype.kind == "c":
        raise RuntimeError(f"backward: the output is {a.dtype}, but its gradient is {gradient.array.dtype}")
    return gradient if create_graph else gradient.array


def check_inputs(wanted: list[Any]) -> dict[int, Any]:
    """The nodes, leaves and parts, by their id, where the gradients of `wanted` arrive."""
    for x in wanted:
        if not isinstance(x, Tensor):
            raise TypeError(f"grad: expected a Tensor of tt_autograd as input, got {type(x).__name__}")
        if up_to_date(x) is None:
            raise RuntimeError("One of the differentiated Tensors does not require grad")
    return {id(x.more): x.more for x in wanted}


def path_to(targets: dict[int, Any], outputs: Sequence[Any]) -> set[int]:
    """The ids of what lies below `outputs` and has a target at or below it."""
    nodes: dict[int, Node] = {}
    stack = [y.more for y in outputs]
    between = {id(y.more) for y in outputs if id(y.more) in targets}
    while stack:
        node = stack.pop()
        if type(node) is Part:
            node = node.node
        if type(node) is Node and id(node) not in nodes:
            nodes[id(node)] = node
            stack += [p for p in node.parents if p is not None]
    for node in sorted(nodes.values(), key=lambda n: n.time):
        for p in node.parents:
            if id(p) in targets or id(p) in between or (type(p) is Part and id(p.node) in between):
                between.add(id(node))
                between.add(id(p))
                if type(p) is Part:
                    between.add(id(p.node))
    return between


def accumulate(x: Any, g: Any) -> None:
    """Add `g` to `x.grad`."""
    have = x._grad
    if type(g) is Tensor:
        x._grad = g if have is None else have + g
    elif have is None:
        x._grad = plain(g.copy() if getattr(g, "base", None) is not None else np.asarray(g))
    elif have.more is None and have.array.flags.writeable:
        np.add(have.array, g, out=have.array)
        versions.touch(have.array)
    else:
        x._grad = have + plain(np.asarray(g))
