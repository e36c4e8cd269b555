"""The tensor that can require a gradient, and how an operation on it is recorded."""

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from tt_tensor import scope, versions
from tt_tensor.primitive import ARRAYS, Primitive, quiet, wrap
from tt_tensor.tensor import Tensor as Base

from . import grad_mode as mode
from .methods import TapeMethods
from .node import NOTHING, Node, Part
from .rule import RULES

new, clock, ndarray = object.__new__, versions.clock, np.ndarray
float32 = np.dtype(np.float32)


class Tensor(TapeMethods, Base):
    """A tensor that can require a gradient.

    `more`, by which the seam sees that this value answers for itself, is the `Node` (or `Part` of one) that made it if it was
    recorded, a `Leaf` if the user asked for its gradient, and None if it requires none: then it costs what a plain tensor costs.

    Args:
        array: the NumPy array inside; its memory is shared.
        requires_grad: whether `backward` brings it a gradient; it must then be of a floating dtype.
    """

    plain: ClassVar[type[Base]]

    def __init__(self, array: Any, requires_grad: bool = False) -> None:
        super().__init__(array)
        if requires_grad:
            if requires_grad is not True:
                raise TypeError("Tensor: requires_grad must be a bool; for a tensor of a shape write empty(2, 3)")
            self.requires_grad_()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls.__tt_dispatch__ is Tensor.__tt_dispatch__:
            FAMILY.add(cls)

    def __tt_dispatch__(self, op: Primitive, inputs: Sequence[Any], params: dict[str, Any]) -> Any:
        """Run `op` on the arrays inside its inputs, and put a node on the tape with what its derivative needs.

        It is one long function because every tracked operation passes here: a call more is felt.
        """
        # `closer`: whether some thread is in a mode in which there is more to do.
        rule, closer = RULES.get(op), mode.unusual
        if rule is None or (closer and paused(inputs)):
            return unrecorded(op, inputs, params)
        if params:
            if "out" in params:
                if params["out"] is None:
                    return op(*inputs, **{k: v for k, v in params.items() if k != "out"})
                return recorded_into(op, inputs, params)
        else:
            params = NO_PARAMS
        arrays: list[Any]
        parents: list[Any]
        # Most operations have one or two inputs, and these are told apart without a loop.
        if len(inputs) == 2 and type(inputs[0]) in FAMILY and type(inputs[1]) in FAMILY:
            x, y = inputs
            a, b = x.array, y.array
            p, q = x.more, y.more
            arrays, parents, bit = [a, b], [p, q], 4
            tracked = 0 if p is None else 1
            if q is not None:
                tracked += 2
            out = None if params or scope.blocks else quiet().run(op.kernel, a, b)
        elif type(inputs[0]) in FAMILY and len(inputs) == 1:
            a = inputs[0].array
            arrays, parents, tracked, bit = [a], [inputs[0].more], 1, 2
            out = None if params or scope.blocks else quiet().run(op.kernel, a)
        elif len(inputs) == 2 and type(inputs[0]) in FAMILY and type(inputs[1]) in ARRAYS:
            a, b = inputs[0].array, inputs[1]
            arrays, parents, tracked, bit = [a, b], [inputs[0].more, None], 1, 4
            out = None if params or scope.blocks else quiet().run(op.kernel, a, b)
        else:
            arrays, parents, tracked, bit, out = [], [], 0, 1, None
            for x in inputs:
                cls = type(x)
                if cls is Tensor or cls in FAMILY:
                    more = x.more
                    if more is not None:
                        tracked |= bit
                    parents.append(more)
                    arrays.append(x.array)
                elif cls in ARRAYS:
                    parents.append(None)
                    arrays.append(x)
                else:
                    return NotImplemented
                bit += bit
        if out is None and scope.blocks:
            out = op(*arrays, **params)
        elif out is None:
            out = quiet().run(op.kernel, *arrays, **params)
        keep_inputs, keep_out, drops, shapes, closely = rule.plans[tracked | bit]
        if shapes:
            params = params | {
                name: [np.shape(a) for a in arrays] if k is None else np.shape(arrays[k])
                for name, k in shapes
                if k is None or k < len(arrays)  # an input that may be left out, such as a bias
            }
        saved: Any = NOTHING
        if keep_inputs:
            saved = arrays
            for k in drops:
                saved[k] = None
            if keep_out:
                saved.append(out)
        elif keep_out:
            saved = [out]
        node = Node()
        if type(out) is not ndarray:
            return parts(node, (next(clock), rule, parents, saved, params), out, inputs)
        dtype = out.dtype
        node.tape = (next(clock), rule, parents, saved, params, out.shape, dtype)
        result = new(Tensor)
        result.array, result.more = out, node
        if closely or closer or (dtype is not float32 and dtype.kind != "f"):
            finish(result, node, inputs)
        return result


Tensor.plain = Tensor
FAMILY: set[type] = {Base, Tensor}  # the classes whose values this file knows how to record
NO_PARAMS: dict[str, Any] = {}


def plain(array: Any) -> Any:
    """A tensor of `array` that is not on the tape."""
    x = new(Tensor)
    x.array, x.more = array, None
    return x


def paused(inputs: Sequence[Any]) -> bool:
    """Whether nothing is recorded in this thread. If it is, views that a change in place has overtaken are brought up to date."""
    if mode.thread.paused:
        return True
    for x in inputs:
        if isinstance(x, Tensor) and x._base is not None:
            refresh(x)
    return False


def parts(node: Node, tape: tuple[Any, ...], out: Any, inputs: Sequence[Any]) -> Any:
    """The results of an operation that has several: those with a floating dtype carry a gradient to their common node."""
    if not isinstance(out, tuple | list):
        out = np.asarray(out)  # NumPy gave a scalar
        node.tape = (*tape, out.shape, out.dtype)
        result = new(Tensor)
        result.array, result.more = out, node
        finish(result, node, inputs)
        return result
    results = tuple([plain(np.asarray(array)) for array in out])
    rule, saved = tape[1], tape[3]
    if rule.rest and saved:
        saved[-1] = out[1:]
    node.tape = (*tape, [r.array.shape for r in results], [r.array.dtype for r in results])
    closely = rule.op.view or mode.thread.watching
    for k, result in enumerate(results):
        result.more = Part(node, k)
        if closely or result.array.dtype.kind != "f":
            finish(result, node, inputs)
    return results


def finish(result: Tensor, node: Node, inputs: Sequence[Any]) -> None:
    """What is to be done for a result that is a view, has an unusual dtype, or comes while somebody watches."""
    if result.array.dtype.kind not in "fc":
        result.more = None
        note("integer", node.op, inputs)
    elif node.op.view and isinstance(inputs[0], Tensor):
        viewed(result, inputs[0])
    if mode.thread.watching:
        watch(result, node, inputs)


def unrecorded(op: Primitive, inputs: Sequence[Any], params: dict[str, Any]) -> Any:
    """Run `op` with nothing recorded: in `no_grad`, or where the results have no gradient."""
    paused_here = mode.thread.paused
    if op not in RULES and not paused_here:
        raise NotImplementedError(
            f"{op.name}: has no derivative, and an input requires a gradient; declare one with derivative(...), "
            f"or call it on x.detach() or within no_grad()"
        )
    target = params.get("out")
    if target is not None and not paused_here:
        return recorded_into(op, inputs, params)
    note("no_grad" if paused_here else "flat", op, inputs)
    if target is not None:
        op(*[alias(x) for x in inputs], **(params | {"out": alias(target)}))
        return target
    arrays = [x.array if type(x) in FAMILY else x for x in inputs]
    if scope.blocks or not all(type(x) in ARRAYS for x in arrays):
        return op(*[alias(x) for x in inputs], **params)
    return wrap(quiet().run(op.kernel, *arrays, **params), Tensor)


def alias(x: Any) -> Any:
    """The tensor `x` as one that is not on the tape; other values as they are."""
    if type(x) not in FAMILY:
        return x
    y = new(Tensor)
    y.array, y.more = x.array, None
    return y


# These need the names above.
from .explain import note  # noqa: E402
from .inplace import recorded_into, refresh, viewed  # noqa: E402
from .watch import watch  # noqa: E402
