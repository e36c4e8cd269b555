"""Why a parameter got no gradient.

Wherever values leave the tape (detach, no_grad, a result without derivative) a note is left: what happened, and to which node,
weakly. `explain` looks through the latest notes for those that the parameter leads to.
"""

import weakref
from collections import deque
from collections.abc import Sequence
from typing import Any

from . import grad_mode as mode
from .methods import up_to_date
from .node import Leaf, Part
from .watch import LINES, Tracer, users_line

# Each with its kind, the operation, the node (weakly), and the user's line.
CUTS: deque[tuple[str, str, Any, str | None]] = deque(maxlen=1000)

REASONS = {
    "no_grad": "{op} ran within no_grad(), so it was not recorded",
    "flat": "{op} has no derivative: its results are integers, bools, or constant between jumps",
    "integer": "{op} converted the values to integers or bools, which have no gradient",
    "detach": "{op}() took the values off the tape",
    "data": "{op} gave the values off the tape; use the tensor itself",
    "item": "{op}() turned the values into Python numbers; compute with the tensor instead",
}


def note(kind: str, op: Any, inputs: Sequence[Any]) -> None:
    """Leave a note that what was computed from `inputs` left the tape at `op`."""
    if mode.thread.silent:
        return
    watching = mode.thread.watching
    tracer = next((w for w in watching if isinstance(w, Tracer)), None) if watching else None
    line = users_line() if tracer is not None else None
    for x in inputs:
        more = getattr(x, "more", None)
        if more is not None:
            node = more.node if type(more) is Part else more
            if tracer is not None:
                tracer.kept.append(node)  # so that the path to it can still be followed when the block is left
            CUTS.append((kind, op if isinstance(op, str) else op.name, weakref.ref(node), line))


def path(start: Any, leaf: Any) -> list[Any] | None:
    """The nodes from `start` down to `leaf`, without it; None if there is no way."""
    if start is leaf:
        return []
    came: dict[Any, Any] = {start: None}
    stack = [start] if type(start) is not Leaf else []
    while stack:
        node = stack.pop()
        for p in node.parents:
            p = p.node if type(p) is Part else p
            if p is leaf:
                found = [node]
                while (node := came[node]) is not None:
                    found.append(node)
                return found[::-1]
            if p is not None and type(p) is not Leaf and p not in came:
                came[p] = node
                stack.append(p)
    return None


def named(node: Any) -> str:
    """The operation of a node, and the user's line if it is known."""
    line = LINES.get(node)
    return str(node.op.name) + (f" ({line})" if line else "")


def explain(loss: Any, param: Any) -> str:
    """Why `param` gets a gradient from `loss`, or why it gets none.

    Run the forward pass within `tracing()` to have the lines of the code named, and cuts found whose values are gone.

    Args:
        loss: what `backward` was, or would be, called on.
        param: the tensor in question.

    Returns:
        The answer in words.

    Examples:
        >>> from tt_autograd import tensor
        >>> w, b = tensor(2.0, requires_grad=True), tensor(1.0, requires_grad=True)
        >>> loss = (w * 3).detach() * b
        >>> print(explain(loss, b))
        Gets a gradient: mul.
        >>> print(explain(w.detach() * b, w))
        No gradient: it is used, but the graph was cut on the way.
        - detach() took the values off the tape
    """
    for x, name in ((loss, "loss"), (param, "param")):
        if not hasattr(x, "requires_grad"):
            raise TypeError(f"explain: expected {name} to be a Tensor of tt_autograd, got {type(x).__name__}")
    leaf = up_to_date(param)
    if leaf is None:
        if param.array.dtype.kind != "f":
            return f"No gradient: it is of dtype {param.array.dtype}, and only floating-point tensors have gradients."
        return "No gradient: it does not require one; call requires_grad_() on it before it is used."
    start = up_to_date(loss)
    start = start.node if type(start) is Part else start
    target = leaf.node if type(leaf) is Part else leaf
    if start is target:
        return "Gets a gradient: it is the loss."
    way = None if start is None else path(start, target)
    if way is not None:
        answer = f"Gets a gradient: {' <- '.join(named(node) for node in way)}."
        if type(leaf) is not Leaf:
            answer += " It is not a leaf: call retain_grad() on it to see the gradient in its grad."
        return answer
    cuts, gone = [], []
    for kind, op, link, line in reversed(CUTS):
        source = link()
        if source is None:
            gone.append(f"{op} ({kind})")
            continue
        way = path(source, target)
        if way is not None:
            text = REASONS[kind].format(op=op) + (f", in {line}" if line else "")
            if way:
                text += f"; on the way: {' <- '.join(named(node) for node in way)}"
            if text not in cuts:
                cuts.append(text)
    cuts.sort(key=lambda text: text.startswith("item"))
    lines = [f"- {text}" for text in cuts[:8]]
    if lines:
        return "\n".join(["No gradient: it is used, but the graph was cut on the way.", *lines])
    first = "No gradient: the loss does not depend on it by any recorded operation; "
    if start is None:
        first = "No gradient: the loss itself requires none; "
    if gone:
        seen = ", ".join(dict.fromkeys(gone[:5]))
        return first + f"what was cut at {seen} is gone: run the forward pass within tracing() to follow it."
    return first + "it is not used."
