"""Functions that are called with gradients during backward.

They are kept on the nodes and leaves, in a slot that is empty where there are none; and backward looks there only once any hook
was ever registered.
"""

import itertools
import weakref
from collections.abc import Callable
from typing import Any, Self

import numpy as np

from .methods import up_to_date
from .node import Leaf, Node, Part
from .tensor import plain

Hook = Callable[..., Any]

used = False
_number = itertools.count()


class Hooks:
    """The hooks of one node or leaf.

    Attributes:
        tensor: hooks on the gradient of each result, by the number of the result.
        retained: the tensors that keep their gradient, weakly, by the number of the result.
        before, after: hooks on the node.
        accumulated: hooks on a leaf that are called with its tensor.
    """

    __slots__ = ("accumulated", "after", "before", "retained", "tensor")

    def __init__(self) -> None:
        self.tensor: dict[int, dict[int, Hook]] = {}
        self.retained: dict[int, Any] = {}
        self.before: dict[int, Hook] = {}
        self.after: dict[int, Hook] = {}
        self.accumulated: dict[int, Hook] = {}


class RemovableHandle:
    """What registering a hook returns: `remove()` takes the hook away. As a context it does so at the end."""

    def __init__(self, hooks: dict[int, Hook], hook: Hook) -> None:
        self.id = next(_number)
        self._hooks = hooks
        hooks[self.id] = hook

    def remove(self) -> None:
        """Take the hook away; once is enough."""
        self._hooks.pop(self.id, None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.remove()


def hooks_of(target: Any) -> Hooks:
    """The hooks of a node or leaf, which it gets if it has none yet."""
    global used
    used = True
    if getattr(target, "hooks", None) is None:
        target.hooks = Hooks()
    return target.hooks  # type: ignore[no-any-return]


def _place(x: Any) -> tuple[Any, int]:
    more = up_to_date(x)
    return (more.node, more.index) if type(more) is Part else (more, 0)


def add_tensor_hook(x: Any, hook: Hook) -> RemovableHandle:
    """`Tensor.register_hook`."""
    if x.more is None:
        raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
    target, k = _place(x)
    return RemovableHandle(hooks_of(target).tensor.setdefault(k, {}), hook)


def add_accumulate_hook(x: Any, hook: Hook) -> RemovableHandle:
    """`Tensor.register_post_accumulate_grad_hook`."""
    if x.more is None:
        raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
    if type(x.more) is not Leaf:
        raise RuntimeError("post accumulate grad hooks cannot be registered on non-leaf tensors")
    return RemovableHandle(hooks_of(x.more).accumulated, hook)


def add_node_hook(node: Node, hook: Hook, *, before: bool) -> RemovableHandle:
    """`Node.register_hook` and `Node.register_prehook`."""
    hooks = hooks_of(node)
    return RemovableHandle(hooks.before if before else hooks.after, hook)


def retain(x: Any) -> None:
    """`Tensor.retain_grad`."""
    if x.more is None:
        raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
    if type(x.more) is Leaf:
        return
    target, k = _place(x)
    hooks_of(target).retained[k] = weakref.ref(x)
    x._retains = True


def release(x: Any) -> None:
    """Undo `retain`, because `x` is about to become another node's result."""
    more = x.more
    target, k = (more.node, more.index) if type(more) is Part else (more, 0)
    target.hooks.retained.pop(k, None)


def call(hooks: dict[int, Hook], g: Any) -> Any:
    """The gradient `g`, an array or a tensor, after each of `hooks` had its say."""
    for hook in list(hooks.values()):
        given = g if hasattr(g, "array") else plain(np.asarray(g))
        answer = hook(given)
        if answer is not None:
            if not hasattr(answer, "array"):
                raise TypeError(
                    f"expected the hook to return None or a Tensor, but it returned {type(answer).__name__}"
                )
            if answer.array.shape != given.array.shape:
                raise RuntimeError(
                    f"hook '{getattr(hook, '__name__', 'hook')}' has changed the size of value: from {given.array.shape} to "
                    f"{answer.array.shape}"
                )
            g = answer if hasattr(g, "array") else answer.array.astype(given.array.dtype, copy=False)
    return g


def before(node: Node, g: Any) -> Any:
    """The gradient of `node` after the hooks of its results and its own `before` hooks."""
    hooks = getattr(node, "hooks", None)
    if hooks is None:
        return g
    several = type(g) is list
    for k, each in hooks.tensor.items():
        if not several:
            g = call(each, g)
        elif g[k] is not None:
            g[k] = call(each, g[k])
    for hook in list(hooks.before.values()):
        answer = hook(as_tensors(g))
        if answer is not None:
            g = [like(a, b) for a, b in zip(answer, g, strict=True)] if several else like(answer[0], g)
    for k, link in hooks.retained.items():
        x, mine = link(), g[k] if several else g
        if x is not None and mine is not None:
            kept = mine if hasattr(mine, "array") else plain(np.array(mine))
            x._grad = kept if x._grad is None else x._grad + kept
    return g


def wants_after(node: Node) -> bool:
    """Whether `node` has hooks that want to see the gradients of its inputs."""
    hooks = getattr(node, "hooks", None)
    return hooks is not None and bool(hooks.after)


def after(node: Node, given: Any, g: Any) -> Any:
    """The gradients of the inputs of `node` after its hooks."""
    for hook in list(node.hooks.after.values()):
        answer = hook(as_tensors(list(given)), as_tensors(g))
        if answer is not None:
            given = [like(a, b) for a, b in zip(answer, given, strict=True)]
    return given


def as_tensors(g: Any) -> tuple[Any, ...]:
    """Gradients as node hooks get them: a tuple of tensors and None."""
    parts = g if type(g) is list else [g]
    return tuple(x if x is None or hasattr(x, "array") else plain(np.asarray(x)) for x in parts)


def like(answer: Any, g: Any) -> Any:
    """The tensor that a hook returned, as an array if `g` is one."""
    return answer if answer is None or hasattr(g, "array") else answer.array


def at_leaves(leaves: dict[Leaf, Any], targets: dict[int, Any] | None) -> None:
    """Let the hooks of leaves change the gradients that arrived there."""
    for leaf, g in leaves.items():
        hooks = getattr(leaf, "hooks", None)
        if hooks is not None and hooks.tensor and (targets is None or id(leaf) in targets):
            leaves[leaf] = call(hooks.tensor[0], g)


def after_accumulation(leaf: Leaf) -> None:
    """Call the hooks of a leaf that want its tensor."""
    hooks = getattr(leaf, "hooks", None)
    x = leaf.tensor()
    if hooks is not None and x is not None:
        for hook in list(hooks.accumulated.values()):
            hook(x)
