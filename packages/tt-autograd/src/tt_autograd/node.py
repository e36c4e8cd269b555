"""What the tape is made of: a `Node` for each recorded operation, a `Leaf` where it begins."""

import weakref
from typing import Any


class Node:
    """One recorded operation; it is what its result's `more` refers to.

    `tape` is `(time, op, parents, saved, out, params, shape, dtype)`: one tuple, because it is written at every operation.
    `time` numbers the nodes in the order in which they were made, so each comes after those that it depends on. `parents` has
    an entry per input: the `Node` or `Leaf` where its gradient goes, or None. `saved` has the inputs' arrays that the
    derivative needs (None in place of the others) and `out` the result's; both are None once backward has used them. `shape`
    and `dtype` are those of the result, and so of its gradient.
    """

    __slots__ = ("__weakref__", "tape")

    tape: tuple[int, Any, Any, Any, Any, dict[str, Any], tuple[int, ...], Any]

    @property
    def name(self) -> str:
        """What PyTorch prints: `MulBackward0`."""
        return "".join(part.capitalize() for part in self.tape[1].name.split("_")) + "Backward0"

    def __repr__(self) -> str:
        return f"<{self.name}>"


class Leaf:
    """Where a gradient comes to rest: what `more` of a tensor refers to that the user asked a gradient for.

    It knows its tensor weakly: the tensor owns it, and a cycle would keep both in memory until the collector runs.
    """

    __slots__ = ("__weakref__", "tensor")

    def __init__(self, tensor: Any) -> None:
        self.tensor = weakref.ref(tensor)


class Part:
    """One of several results of a recorded operation: the `node` of all of them, and which one it is."""

    __slots__ = ("__weakref__", "index", "node")

    def __init__(self, node: Node, index: int) -> None:
        self.node, self.index = node, index
