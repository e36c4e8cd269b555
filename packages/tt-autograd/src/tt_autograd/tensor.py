"""The tensor that can require a gradient, and how an operation on it is recorded."""

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from tt_tensor import versions
from tt_tensor.primitive import ARRAYS, Primitive, thread, wrap
from tt_tensor.tensor import Tensor as Base

from .mode import mode
from .node import Leaf, Node, Part
from .rule import OUT, RULES

new, now, ndarray = object.__new__, versions.now, np.ndarray


class Tensor(Base):
    """A tensor that can require a gradient.

    `more`, by which the seam sees that this value answers for itself, is the `Node` that made it if it was recorded, a `Leaf`
    if the user asked for its gradient, and None if it requires none: then it costs what a plain tensor costs.
    """

    plain: ClassVar[type[Base]]
    grad: "Tensor | None" = None

    def __init__(self, array: Any, requires_grad: bool = False) -> None:
        super().__init__(array)
        if requires_grad:
            self.more = Leaf(self)

    @property
    def requires_grad(self) -> bool:
        """Whether operations on this tensor are recorded, so that `backward` brings it a gradient."""
        return self.more is not None

    @property
    def is_leaf(self) -> bool:
        """Whether it is not the result of a recorded operation."""
        return self.more is None or type(self.more) is Leaf

    def __tt_dispatch__(self, op: Primitive, inputs: Sequence[Any], params: dict[str, Any]) -> Any:
        """Run `op` on the arrays inside its inputs, and put a node on the tape with what its derivative needs."""
        rule = RULES.get(op)
        if rule is None or mode.paused:
            return unrecorded(op, inputs, params)
        if params and params.get("out") is not None:
            return recorded_into(op, inputs, params)
        arrays: list[Any] = []
        parents: list[Any] = []
        needs = 0
        for x, need in zip(inputs, rule.needs):
            cls = type(x)
            if cls is Tensor or cls in FAMILY:
                arrays.append(x.array)
                more = x.more
                parents.append(more)
                if more is not None:
                    needs |= need
            elif cls in ARRAYS:
                arrays.append(x)
                parents.append(None)
            else:
                return NotImplemented
        run = thread.run
        if run is None:
            out = op(*arrays, **params)
        else:
            out = run(op.kernel, *arrays, **params) if params else run(op.kernel, *arrays)
        if rule.shapes:
            params = params | {
                name: [a.shape for a in arrays] if k is None else np.shape(arrays[k]) for name, k in rule.shapes
            }
        node = new(Node)
        kept = out if needs >= OUT else None
        saved: Any = ()
        if needs & (OUT - 1):
            saved = arrays
            drops = rule.drops.get(needs)
            for k in rule.dropped(needs, len(arrays)) if drops is None else drops:
                arrays[k] = None
        if type(out) is not ndarray:
            return parts(node, (now(), op, parents, saved, kept, params), out)
        node.tape = (now(), op, parents, saved, kept, params, out.shape, out.dtype)
        result = new(Tensor)
        result.array, result.more = out, node
        return result

    def backward(self, gradient: Any = None, retain_graph: bool | None = None, create_graph: bool = False) -> None:
        """Add the gradient of this tensor with respect to each leaf below it to the leaf's `grad`."""
        from .engine import backward

        backward([self], [gradient], retain_graph, create_graph)


Tensor.plain = Tensor
FAMILY: set[type] = {Base, Tensor}  # the classes whose values this file knows how to record


def unrecorded(op: Primitive, inputs: Sequence[Any], params: dict[str, Any]) -> Any:
    """Run `op` with nothing recorded: in `no_grad`, or where the results have no gradient."""
    if op not in RULES and not mode.paused:
        raise NotImplementedError(
            f"{op.name}: has no derivative, and an input requires a gradient; declare one with derivative(...), "
            f"or call it on x.detach() or within no_grad()"
        )
    plain = []
    for x in inputs:
        if type(x) in FAMILY:
            x, source = new(Tensor), x
            x.array, x.more = source.array, None
        plain.append(x)
    return op(*plain, **params)


def recorded_into(op: Primitive, inputs: Sequence[Any], params: dict[str, Any]) -> Any:
    """An operation in place, `x.op_(...)`: recorded as out of place, and `x` becomes its result."""
    raise NotImplementedError


def parts(node: Node, tape: tuple[Any, ...], out: Any) -> Any:
    """The results of an operation that has several: those with a floating dtype carry a gradient to their common node."""
    if not isinstance(out, tuple | list):
        out = np.asarray(out)  # NumPy gave a scalar
        node.tape = (*tape, out.shape, out.dtype)
        result = new(Tensor)
        result.array, result.more = out, node
        return result
    results = wrap(out, Tensor)
    node.tape = (*tape, [r.array.shape for r in results], [r.array.dtype for r in results])
    for k, result in enumerate(results):
        if result.array.dtype.kind == "f":
            result.more = Part(node, k)
    return results
