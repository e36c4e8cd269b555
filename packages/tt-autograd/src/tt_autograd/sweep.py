"""The sweep: from the end of the tape to its beginning, each node once."""

from collections.abc import Sequence
from heapq import heappop, heappush
from typing import Any

import numpy as np
from tt_tensor import versions
from tt_tensor.ops.convert import cast_p
from tt_tensor.ops.reduce import sum_p
from tt_tensor.ops.shape import reshape_p
from tt_tensor.primitive import quiet

from . import grad_mode as mode
from . import hooks
from .later import Later, now
from .node import NOTHING, Leaf, Node, Part, Recomputed, freed
from .tensor import Tensor, new

ndarray = np.ndarray


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

    It is one long loop, with what `give` does written out for the usual case, because it runs once for each operation: a call
    more is felt.
    """
    waiting: list[int] = []  # a heap of the times, negated, of the nodes that have a gradient
    pending: dict[int, list[Any]] = {}  # the time of a node -> the node, and its gradient so far
    leaves: dict[Leaf, Any] = {}
    inner: dict[int, Any] = {}
    # Whether anybody looks at each node: hooks, a watcher, `grad`. The plain pass does without all of that.
    closer = hooks.used or mode.thread.watching is not None or targets is not None
    for y, g in zip(outputs, seeds, strict=True):
        give(y.more, as_tensor(g) if as_tensors else g, waiting, pending, leaves)
    ahead = 0  # the time of one more such node, kept out of the heap: in a chain it is the only one
    while ahead or waiting:
        if waiting and -waiting[0] > ahead:
            node, g = pending.pop(-heappop(waiting))
        else:
            node, g = pending.pop(ahead)
            ahead = 0
        time, rule, parents, saved, params, own_shape, own_dtype = node.tape
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
                if given is None:
                    partial, k = partials[i]
                    if k is None:
                        d = partial(g, values, params, i)
                    else:
                        d = g if partial is None else partial(g, values[k])
                else:
                    d = given[i]
                    if type(d) is Later and type(parent) is not Leaf:
                        d = now(d)
                if type(parent) is not Node:
                    if d is not None:
                        give(parent, d, waiting, pending, leaves)
                elif d is not None:
                    time, _, _, _, _, shape, dtype = parent.tape
                    if d is g:  # it fits this node, and that is quicker to compare
                        if own_shape != shape or own_dtype is not dtype:
                            d = fitted(d, shape, dtype)
                    elif d.shape != shape or d.dtype is not dtype:
                        d = fitted(d, shape, dtype)
                    seen = pending.get(time)
                    if seen is None:
                        pending[time] = [parent, d]
                        if time > ahead:
                            time, ahead = ahead, time
                        if time:
                            heappush(waiting, -time)
                    else:
                        seen[1] = seen[1] + d
            i += 1  # noqa: SIM113 - enumerate would make a tuple for each
        if saved and not keep:
            saved.clear()
    # What no other thread has begun, the last first, because they begin with the first.
    for g in reversed(leaves.values()):
        if type(g) is Later:
            g.begin()
    for leaf, g in leaves.items():
        leaves[leaf] = now(g)
    if closer:
        hooks.at_leaves(leaves, targets)
    return leaves, inner


def give(target: Any, g: Any, waiting: list[int], pending: dict[int, list[Any]], leaves: dict[Leaf, Any]) -> None:
    """Add `g` to the gradient of `target`."""
    if type(target) is Leaf:
        x = target.tensor()
        if x is not None:
            seen = leaves.get(target)
            if seen is not None or not (type(g) is Later and g.fits(x.array)):
                g = fitted(now(g), x.array.shape, x.array.dtype)
            leaves[target] = g if seen is None else now(seen) + g
        return
    several = type(target) is Part
    node = target.node if several else target
    time, *_, shape, dtype = node.tape
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
    if given is not None:
        given = [now(d) for d in given]
    else:
        given = [None if p is None else gradient(rule.partials[i], g, values, params, i) for i, p in enumerate(parents)]
    if watching is not None:
        for watcher in watching:
            watcher.backward(node, g, given)
    return hooks.after(node, given, g) if after else given


def gradient(entry: tuple[Any, int | None], g: Any, values: Any, params: Any, i: int) -> Any:
    """What an entry of `Rule.partials` gives for input `i`."""
    partial, k = entry
    if k is None:
        return partial(g, values, params, i)
    return g if partial is None else partial(g, values[k])


def restored(node: Node) -> Any:
    """What `node` saved, if a checkpoint only forgot it."""
    saved = node.saved
    if type(saved) is list:
        raise freed(node)
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
    keep_inputs, keep_out, *_ = rule.plan(tracked)
    values = [as_tensor(a, p if create_graph else None) for a, p in zip(saved, parents)] if keep_inputs else []
    if not keep_inputs and not keep_out:
        return saved
    if keep_out:
        out = saved[-1]
        if isinstance(out, tuple | list):
            first = 1 if rule.rest else 0
            grows = [create_graph and a.dtype.kind == "f" for a in out]  # an index has no gradient
            out = tuple(as_tensor(a, Part(node, first + k) if grows[k] else None) for k, a in enumerate(out))
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
    """Raise if a value that `node` saved was changed in place since; or compute the result again, if the rule allows it."""
    time, rule, parents, saved, params, *_ = node.tape
    if type(saved) is Recomputed:
        time = saved.time
    for k, a in enumerate(saved):
        for part in a if type(a) is tuple else (a,):
            if type(part) is ndarray and versions.touched_since(part, time):
                if rule.again and k == len(parents):  # the inputs, which come before it, have not changed
                    saved[k] = quiet().run(rule.op.kernel, *saved[:k], **params)
                    continue
                raise RuntimeError(
                    f"{rule.op.name}: one of the variables needed for gradient computation has been modified by an inplace "
                    f"operation: a value of shape {part.shape} was changed after the operation saved it; clone() it before, "
                    f"or use the form of the change that returns a new tensor"
                )
