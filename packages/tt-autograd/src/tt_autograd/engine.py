"""Backward: the tape, read from its end."""

import threading
from collections.abc import Sequence
from heapq import heappop, heappush
from typing import Any

import numpy as np
from tt_tensor import versions
from tt_tensor.ops.elementwise import cast_p
from tt_tensor.ops.reduce import sum_p
from tt_tensor.ops.shape import reshape_p
from tt_tensor.primitive import quietly, thread

from . import grad_mode as mode
from . import hooks
from .methods import plain, up_to_date
from .node import NOTHING, Leaf, Node, Part
from .tensor import Tensor, new

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
        tensors: a tensor or a sequence of tensors.
        grad_tensors: for each what to begin with, of its shape; None for a tensor of one element (1).
        retain_graph: whether to keep what was saved, so that backward can run again; by default `create_graph`.
        create_graph: whether the gradients are themselves on the tape.
        inputs: the tensors whose `grad` gets the gradient; by default all leaves.

    Example:
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
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> tuple[Any, ...]:
    """The gradients of the sum of `outputs` with respect to `inputs`; nobody's `grad` changes.

    Only what lies between `inputs` and `outputs` is visited.

    Args:
        outputs: a tensor or a sequence of tensors.
        inputs: a tensor or a sequence of tensors, leaves or not.
        grad_outputs: for each output what to begin with, of its shape; None for a tensor of one element (1).
        retain_graph: whether to keep what was saved, so that backward can run again; by default `create_graph`.
        create_graph: whether the gradients are themselves on the tape.
        allow_unused: whether an input on which no output depends gets None, instead of raising.
        is_grads_batched: not supported; call `grad` once for each gradient.
        materialize_grads: whether such an input gets zeros instead.

    Returns:
        One tensor for each input.

    Raises:
        RuntimeError: where `Tensor.backward` raises, and if an input is not used.

    Example:
        >>> from tt_autograd import grad, tensor
        >>> x = tensor(3.0, requires_grad=True)
        >>> (slope,) = grad(x * x * x, x, create_graph=True)
        >>> grad(slope, x)
        (tensor(18.),)
    """
    if is_grads_batched:
        raise NotImplementedError(
            "grad: is_grads_batched is not supported; call grad once for each row of grad_outputs"
        )
    if materialize_grads and allow_unused is False:
        raise ValueError("Expected allow_unused to be True or not passed when materialize_grads=True, but got False")
    wanted = listed(inputs)
    if not wanted:
        raise ValueError("grad requires non-empty inputs.")
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
    return tuple(results)


def listed(x: Any) -> list[Any]:
    """A tensor, or a sequence of tensors, as a list."""
    return list(x) if isinstance(x, Sequence) else [x]


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
        return np.ones(a.shape, a.dtype)
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
            stack += [p for p in node.tape[2] if p is not None]
    for node in sorted(nodes.values(), key=lambda n: n.tape[0]):
        for p in node.tape[2]:
            if id(p) in targets or id(p) in between or (type(p) is Part and id(p.node) in between):
                between.add(id(node))
                between.add(id(p))
                if type(p) is Part:
                    between.add(id(p.node))
    return between


def sweep(
    outputs: Sequence[Any],
    seeds: Sequence[Any],
    keep: bool,
    create_graph: bool,
    as_tensors: bool,
    targets: dict[int, Any] | None,
    between: set[int] | None,
) -> tuple[dict[Leaf, Any], dict[int, Any]]:
    """Visit the nodes below `outputs`, the latest first, so that each has its whole gradient when its turn comes.

    Every node is visited once. With `as_tensors` the rules are given tensors, so that what they do passes the seam; and with
    `create_graph` these tensors are on the tape. With `between`, only what is in it is visited.
    """
    waiting: list[int] = []  # a heap of the times, negated, of the nodes that have a gradient
    pending: dict[int, list[Any]] = {}  # the time of a node -> the node, and its gradient so far
    leaves: dict[Leaf, Any] = {}
    inner: dict[int, Any] = {}
    closer = hooks.used or mode.thread.watching is not None or targets is not None
    for y, g in zip(outputs, seeds, strict=True):
        give(y.more, as_tensor(g) if as_tensors else g, waiting, pending, leaves)
    while waiting:
        node, g = pending.pop(-heappop(waiting))
        time, rule, parents, saved, params, _, _ = node.tape
        partials, given = rule.partials, None
        if closer:
            if between is not None and id(node) not in between:
                continue
            g = arrived(node, g, targets, inner)
            if between is not None and not any(id(p) in between for p in parents):
                continue
        if not saved and saved is not NOTHING:
            saved = restored(node)
        if versions.latest > time:
            check_unchanged(node)
        values = as_saved(node, create_graph) if as_tensors else saved
        if rule.joint is not None:
            given = rule.joint(g, values, params, 0)
        if closer:
            given = looked_at(node, g, values, given)
        i = 0
        for parent in parents:
            if parent is not None and (between is None or id(parent) in between):
                d = partials[i](g, values, params, i) if given is None else given[i]
                if type(parent) is not Node:
                    if d is not None:
                        give(parent, d, waiting, pending, leaves)
                elif d is not None:
                    time, _, _, _, _, shape, dtype = parent.tape
                    if d.shape != shape or d.dtype is not dtype:
                        d = fitted(d, shape, dtype)
                    seen = pending.get(time)
                    if seen is None:
                        pending[time] = [parent, d]
                        heappush(waiting, -time)
                    else:
                        seen[1] = seen[1] + d
            i += 1
        if saved and not keep:
            saved.clear()
    if closer:
        hooks.at_leaves(leaves, targets)
    return leaves, inner


def give(target: Any, g: Any, waiting: list[int], pending: dict[int, list[Any]], leaves: dict[Leaf, Any]) -> None:
    """Add `g` to the gradient of `target`."""
    if type(target) is Leaf:
        x = target.tensor()
        if x is not None:
            g = fitted(g, x.array.shape, x.array.dtype)
            leaves[target] = leaves[target] + g if target in leaves else g
        return
    several = type(target) is Part
    node = target.node if several else target
    time, shape, dtype = node.tape[0], node.tape[5], node.tape[6]
    if time not in pending:
        pending[time] = [node, [None] * len(shape) if several else None]
        heappush(waiting, -time)
    seen = pending[time]
    if several:
        k, slots = target.index, seen[1]
        g = fitted(g, shape[k], dtype[k])
        slots[k] = g if slots[k] is None else slots[k] + g
    else:
        g = fitted(g, shape, dtype)
        seen[1] = g if seen[1] is None else seen[1] + g


def arrived(node: Node, g: Any, targets: dict[int, Any] | None, inner: dict[int, Any]) -> Any:
    """The whole gradient `g` of `node`, after its hooks; it is kept if somebody wants it."""
    if hooks.used:
        g = hooks.before(node, g)
    if targets is not None:
        if type(g) is not list:
            if id(node) in targets:
                inner[id(node)] = g
        else:
            inner.update((key, g[t.index]) for key, t in targets.items() if type(t) is Part and t.node is node)
    return g


def looked_at(node: Node, g: Any, values: Any, given: Any) -> Any:
    """The gradients of the inputs of `node`, if hooks or anomaly mode want to see them all; else `given`."""
    watching = mode.thread.watching
    after = hooks.used and hooks.wants_after(node)
    if not after and watching is None:
        return given
    _, rule, parents, _, params, _, _ = node.tape
    if given is None:
        given = [None if p is None else rule.partials[i](g, values, params, i) for i, p in enumerate(parents)]
    if watching is not None:
        for watcher in watching:
            watcher.backward(node, g, given)
    return hooks.after(node, given, g) if after else given


def restored(node: Node) -> Any:
    """What `node` saved, if a checkpoint only forgot it."""
    saved = node.tape[3]
    if type(saved) is list:
        raise RuntimeError(
            f"{node.tape[1].op.name}: Trying to backward through the graph a second time, after its saved values were freed; "
            f"pass retain_graph=True to the first backward"
        )
    return saved.restore(node)


def as_tensor(a: Any, more: Any = None) -> Any:
    """The array `a` as a tensor; one that is on the tape at `more`, if given. Numbers and None stay what they are."""
    if type(a) is not ndarray:
        if not isinstance(a, np.generic):
            return a
        a = np.asarray(a)
    x = new(Tensor)
    x.array, x.more = a, more
    return x


def as_saved(node: Node, create_graph: bool) -> Any:
    """What `node` saved, as tensors; with `create_graph` they are on the tape where the originals are."""
    _, rule, parents, saved, _, _, _ = node.tape
    if not saved:
        return saved
    tracked = sum(1 << k for k, p in enumerate(parents) if p is not None) | 1 << len(parents)
    keep_inputs, keep_out, _ = rule.plan(tracked)
    values = [as_tensor(a, p if create_graph else None) for a, p in zip(saved, parents)] if keep_inputs else []
    if not keep_inputs and not keep_out:
        return saved
    if keep_out:
        out = saved[-1]
        if isinstance(out, tuple | list):
            grows = [create_graph and a.dtype.kind == "f" for a in out]  # an index has no gradient
            out = tuple(as_tensor(a, Part(node, k) if grows[k] else None) for k, a in enumerate(out))
        else:
            out = as_tensor(out, node if create_graph else None)
        values.append(out)
    return values


def fitted(g: Any, shape: tuple[int, ...], dtype: Any) -> Any:
    """The gradient `g` summed over the dimensions along which the input was broadcast to, and of the input's dtype."""
    if g.dtype != dtype:
        if g.dtype.kind == "c":
            raise NotImplementedError(f"backward: gradients of complex tensors ({g.dtype}) are not supported")
        g = cast_p(g, dtype=dtype)
    if g.shape != shape:
        lead = len(g.shape) - len(shape)
        dims = (*range(lead), *(lead + k for k, n in enumerate(shape) if n == 1 and g.shape[lead + k] != 1))
        g = reshape_p(sum_p(g, dim=dims, keepdim=True), shape=shape)
    return g


def check_unchanged(node: Node) -> None:
    """Raise if a value that `node` saved was changed in place since."""
    time, rule, _, saved, *_ = node.tape
    for a in saved:
        for part in a if type(a) is tuple else (a,):
            if type(part) is ndarray and versions.touched_since(part, time):
                raise RuntimeError(
                    f"{rule.op.name}: one of the variables needed for gradient computation has been modified by an inplace "
                    f"operation: a value of shape {part.shape} was changed after the operation saved it; clone() it before, "
                    f"or use the form of the change that returns a new tensor"
                )


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
