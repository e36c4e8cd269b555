"""What the tape is made of: a `Node` for each recorded operation, a `Leaf` where it begins."""

import weakref
from typing import Any

NOTHING: tuple[()] = ()  # what a node saved that needs nothing for its derivative; one that was freed has an empty list


class Node:
    """One recorded operation; it is what its result's `more` refers to.

    `tape` is `(time, rule, parents, saved, params, shape, dtype)`: one tuple, because it is written at every operation. `time`
    numbers the nodes in the order in which they were made, so each comes after those that it depends on. `rule` is the
    derivative (and knows the operation). `parents` has an entry per input: the `Node`, `Part` or `Leaf` where its gradient goes,
    or None. `saved` has the inputs' arrays that the derivative needs (None in place of the others) and at its end the result,
    if it needs that; it is emptied once backward has used it. `shape` and `dtype` are those of the result, and so of its
    gradient; lists of them if there are several results.
    """

    __slots__ = ("__weakref__", "hooks", "tape")

    hooks: Any
    tape: tuple[int, Any, list[Any], Any, dict[str, Any], Any, Any]

    # What is in `tape`, by name. The loops that record and sweep take it apart in one go, which is quicker.

    @property
    def time(self) -> int:
        """The time at which it was recorded."""
        return self.tape[0]

    @property
    def op(self) -> Any:
        """The operation: a `Primitive`."""
        return self.tape[1].op

    @property
    def parents(self) -> list[Any]:
        """For each input the `Node`, `Part` or `Leaf` where its gradient goes, or None."""
        return self.tape[2]

    @property
    def saved(self) -> Any:
        """What is kept for the derivative."""
        return self.tape[3]

    @property
    def params(self) -> dict[str, Any]:
        """The settings of the operation, and the shapes that the derivative asks for."""
        return self.tape[4]

    @property
    def shape(self) -> Any:
        """The shape of the result; a list of them if there are several."""
        return self.tape[5]

    @property
    def dtype(self) -> Any:
        """The dtype of the result; a list of them if there are several."""
        return self.tape[6]

    def keep(self, saved: Any) -> None:
        """Keep `saved` for the derivative, in place of what was kept."""
        self.tape = (*self.tape[:3], saved, *self.tape[4:])

    def name(self) -> str:
        """What PyTorch calls it: `MulBackward0`."""
        return str(self.tape[1].title)

    @property
    def next_functions(self) -> tuple[tuple[Any, int], ...]:
        """Where the gradients of the inputs go: pairs of a node (None for a constant) and which of its results it is."""
        return tuple((p.node, p.index) if type(p) is Part else (p, 0) for p in self.parents)

    @property
    def saved_values(self) -> list[Any]:
        """The arrays that are kept for the derivative."""
        return [a for a in self.saved if a is not None]

    def register_hook(self, hook: Any) -> Any:
        """Call `hook(grad_inputs, grad_outputs)` once the gradients of the inputs are known; what it returns replaces them."""
        from .hooks import add_node_hook

        return add_node_hook(self, hook, before=False)

    def register_prehook(self, hook: Any) -> Any:
        """Call `hook(grad_outputs)` before the derivative is computed; what it returns replaces them."""
        from .hooks import add_node_hook

        return add_node_hook(self, hook, before=True)

    def __repr__(self) -> str:
        return f"<{self.name()}>"


def freed(node: Node) -> RuntimeError:
    """The error of a second backward through `node`."""
    return RuntimeError(
        f"{node.op.name}: Trying to backward through the graph a second time, after its saved values were freed; "
        f"pass retain_graph=True to the first backward"
    )


class Recomputed(list[Any]):
    """What a node saved when a checkpoint ran again, and `time`, when that was: only later changes in place matter."""

    def __init__(self, saved: Any, time: int) -> None:
        super().__init__(saved)
        self.time = time

    def restore(self, node: Node) -> Any:
        """Raise: it is empty because it was freed."""
        raise freed(node)


class Leaf:
    """Where a gradient comes to rest: what `more` of a tensor refers to that the user asked a gradient for.

    It knows its tensor weakly: the tensor owns it, and a cycle would keep both in memory until the collector runs.
    """

    __slots__ = ("__weakref__", "hooks", "tensor")

    next_functions: tuple[()] = ()

    def __init__(self, tensor: Any) -> None:
        self.tensor = weakref.ref(tensor)

    def name(self) -> str:
        """What PyTorch calls it."""
        return "AccumulateGrad"

    @property
    def variable(self) -> Any:
        """The tensor whose gradient it is."""
        return self.tensor()

    def __repr__(self) -> str:
        return "<AccumulateGrad>"


class Part:
    """One of several results of a recorded operation: the `node` of all of them, and which one it is."""

    __slots__ = ("__weakref__", "index", "node")

    def __init__(self, node: Node, index: int) -> None:
        self.node, self.index = node, index
