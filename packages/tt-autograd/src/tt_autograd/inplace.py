"""Operations in place on what is on the tape.

They are recorded as out of place; then the result is written into the tensor's memory, and the tensor becomes the result. Where
several tensors look at the same memory, one of them is the *base* and the others are its views. Which part of the base a view is
follows from their memory: both are windows, with a shape, strides and an offset, onto the same row of cells. Changing a view
changes the base: `paste` its new values into the base; and each view, when it is next used, is read off the base: `window`.
"""

import gc
import sys
import weakref
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided
from tt_tensor import versions
from tt_tensor.errors import InPlaceError
from tt_tensor.ops.convert import cast_p
from tt_tensor.primitive import Primitive, primitive, write

from . import grad_mode as mode
from .node import NOTHING, Leaf, Node, Part
from .rule import RULES, derivative

Place = tuple[tuple[int, ...], tuple[int, ...], int]  # shape, strides and offset, counted in cells


def look(cells: Any, place: Place) -> Any:
    """The window onto the row `cells` at `place`."""
    shape, strides, offset = place
    return as_strided(cells[offset:], shape, [s * cells.itemsize for s in strides])


@primitive()
def window_p(x: Any, *, whole: Place, part: Place, cells: int) -> Any:
    """What a tensor at `part` sees of x, which is at `whole`, in a row of so many cells."""
    row = np.zeros(cells, x.dtype)
    look(row, whole)[...] = x
    return look(row, part).copy()


@primitive()
def embed_window_p(v: Any, *, whole: Place, part: Place, cells: int) -> Any:
    """Zeros at `whole` with v added at `part`: the transpose of `window_p` as a linear map."""
    row = np.zeros(cells, v.dtype)
    if overlaps(part):
        np.add.at(row, look(np.arange(cells), part), v)
    else:
        look(row, part)[...] = v
    return look(row, whole).copy()


@primitive()
def paste_p(x: Any, v: Any, *, whole: Place, part: Place, cells: int) -> Any:
    """x, which is at `whole`, with the values v where a tensor at `part` looks at it."""
    row = np.zeros(cells, x.dtype)
    look(row, whole)[...] = x
    look(row, part)[...] = v
    return look(row, whole).copy()


def outside(g: Any, **places: Any) -> Any:
    """g with zeros at `part`."""
    return g - embed_window_p(window_p(g, **places), **places)


derivative(window_p, lambda g, whole, part, cells: embed_window_p(g, whole=whole, part=part, cells=cells))
derivative(embed_window_p, lambda g, whole, part, cells: window_p(g, whole=whole, part=part, cells=cells))
derivative(
    paste_p,
    lambda g, whole, part, cells: outside(g, whole=whole, part=part, cells=cells),
    lambda g, whole, part, cells: window_p(g, whole=whole, part=part, cells=cells),
)


def overlaps(place: Place) -> bool:
    """Whether two elements at `place` may be the same cell."""
    reach = 0
    for stride, n in sorted((abs(s), n) for s, n in zip(place[1], place[0], strict=True) if n > 1):
        if stride <= reach:
            return True
        reach += stride * (n - 1)
    return False


def places(base: Any, view: Any) -> dict[str, Any]:
    """Where the arrays `base` and `view` lie in the smallest row of cells that holds both."""
    size = base.itemsize
    if view.dtype != base.dtype or any(s % size for s in (*base.strides, *view.strides)):
        raise InPlaceError(
            f"changed in place: a view of dtype {view.dtype} of a tensor of dtype {base.dtype}; clone() it first"
        )
    spans = []
    for a in (base, view):
        start = a.__array_interface__["data"][0]
        ends = [s * (n - 1) for s, n in zip(a.strides, a.shape, strict=True) if n]
        low, high = start + sum(e for e in ends if e < 0), start + sum(e for e in ends if e > 0)
        spans.append((start, low, high))
    first = min(low for _, low, _ in spans)
    found: list[Place] = [
        (a.shape, tuple(s // size for s in a.strides), (start - first) // size)
        for a, (start, _, _) in zip((base, view), spans, strict=True)
    ]
    return {"whole": found[0], "part": found[1], "cells": (max(high for _, _, high in spans) - first) // size + 1}


def on_tape(op: Primitive, parents: list[Any], array: Any, params: dict[str, Any]) -> Node:
    """A node for values that are in memory already."""
    node = Node()
    node.tape = (versions.now(), RULES[op], parents, NOTHING, params, array.shape, array.dtype)
    return node


def viewed(view: Any, x: Any) -> None:
    """Note that `view`, just made from `x` by an operation that gives views, looks at the memory of `x`."""
    memory = view.array.base
    if memory is x.array or (memory is not None and versions.owner(memory) is versions.owner(x.array)):
        base = x if x._base is None else x._base
        view._base, view._seen = base, base._generation
        base._has_views = True


def refresh(x: Any) -> None:
    """Read the view `x` off its base, if the base was changed in place since."""
    base = x._base
    if base is not None and x._seen != base._generation:
        x._seen = base._generation
        x.more = None if base.more is None else on_tape(window_p, [base.more], x.array, places(base.array, x.array))


def recorded_into(op: Primitive, inputs: Sequence[Any], params: dict[str, Any]) -> Any:
    """An operation in place, `x.op_(...)`: recorded as out of place, and `x` becomes its result."""
    x = params["out"]
    rest = {k: v for k, v in params.items() if k != "out"}
    if not inputs or x is not inputs[0]:
        raise RuntimeError(
            f"{op.name}(): functions with out=... arguments don't support automatic differentiation, but one of the arguments "
            f"requires grad; use the result instead, or no_grad()"
        )
    from .tensor import FAMILY, Tensor

    if not isinstance(x, Tensor) or type(x) not in FAMILY:
        raise InPlaceError(
            f"{op.name}: a {type(x).__module__}.{type(x).__name__} cannot hold a gradient, so tracked values can't be written "
            f"into it; make it with tt_autograd, or detach() the values"
        )
    refresh(x)
    check_no_leaf(x)
    result = op(*inputs, **rest)
    mine, its = x.array.dtype, result.array.dtype
    if its != mine and mine.kind == "f" and np.can_cast(its, mine, "same_kind"):
        result = cast_p(result, dtype=mine)
    node = result.more if mine.kind == "f" else None
    family: Sequence[Any] = ()
    if node is not None:
        keep_apart(node, x.array)
        if x.more is None and may_be_shared(x):
            family = adopt(x, op)
    write(op.name, x.array, result.array)
    if node is not None and node.saved and node.saved[-1] is result.array:
        node.saved[-1] = x.array  # the result is needed for the derivative: once in memory is enough
        node.tape = (versions.now(), *node.tape[1:])
    become(x, node)
    for y in family:
        refresh(y)
    return x


def check_no_leaf(x: Any) -> None:
    """Raise if the memory of `x` is that of a leaf that requires a gradient."""
    if type(x.more) is Leaf:
        raise RuntimeError(
            "a leaf Variable that requires grad is being used in an in-place operation. Change it within no_grad(), or "
            "change a clone()"
        )
    if x._base is not None and type(x._base.more) is Leaf:
        raise RuntimeError(
            "a view of a leaf Variable that requires grad is being used in an in-place operation. Change it within no_grad(), "
            "or change a clone()"
        )


def keep_apart(node: Node, array: Any) -> None:
    """Copy what `node` saved of the memory of `array`, which is about to be changed."""
    saved, mine = node.saved, versions.owner(array)
    for k, a in enumerate(saved):
        if type(a) is np.ndarray and versions.owner(a) is mine:
            saved[k] = a.copy()


def become(x: Any, node: Node | Part | None) -> None:
    """Make `node` the origin of the values that `x` has now; and tell its base and the other views."""
    base = x if x._base is None else x._base
    if x._retains:
        from .hooks import release, retain

        release(x)
    if base is x:
        x.more = node
    else:
        where = places(base.array, x.array)
        base.more = on_tape(paste_p, [base.more, node], base.array, where)
        x.more = on_tape(window_p, [base.more], x.array, where)
    if x._retains and node is not None:
        retain(x)
    if base._has_views:
        if base._generation == 0:
            mode.look_closer(1)
            weakref.finalize(base, mode.look_closer, -1)
        base._generation += 1
        x._seen = base._generation


def may_be_shared(x: Any) -> bool:
    """Whether something else may look at the memory of `x`."""
    alone = [np.zeros(1)]  # made anew, as what asking adds depends on the interpreter and on who traces it
    return references(x.array) > references(alone[0])


def references(array: Any) -> int:
    """The most references to `array`, or to one whose memory it looks at."""
    most = 0
    while type(array) is np.ndarray:
        most = max(most, sys.getrefcount(array))
        array = array.base
    return most if array is None else sys.maxsize


def adopt(x: Any, op: Primitive) -> list[Any]:
    """Find the tensors that look at the memory of `x`, none of which is on the tape yet, and make them base and views.

    What is not on the tape leaves no trace of where it came from. So, in the rare case that tracked values are written into such
    memory, and others may look at it, the tensors are looked up among all objects.
    """
    from .tensor import Tensor

    mine, classes = versions.owner(x.array), [Tensor]
    for cls in classes:
        classes += cls.__subclasses__()
    others = [
        y  # not of all objects: among these are tuples that other threads are about to fill, and may not if we hold them
        for y in gc.get_referrers(*classes)
        if issubclass(type(y), Tensor)  # not isinstance, which may run code of any object there is
        and y is not x
        and (a := getattr(y, "array", None)) is not x.array
        and type(a) is np.ndarray
        and versions.owner(a) is mine
    ]
    if not others:
        return others
    lowest = x.array
    while type(lowest.base) is np.ndarray:
        lowest = lowest.base
    family = [x, *others]
    bases = [y for y in family if y.array is lowest] or [y for y in family if y.array.size == lowest.size]
    mine_too = any(y is x for y in bases)
    if any(y.more is not None for y in others) or (len(bases) > 1 and not mine_too):
        raise InPlaceError(
            f"{op.name}: this tensor shares its memory with a tensor that was made by detach() or under no_grad(), so the "
            f"gradient of the change can't be recorded; change a clone() instead"
        )
    base = x if mine_too else bases[0] if bases else Tensor(lowest)
    for y in family:
        if y is not base:
            y._base = base
    base._has_views = True
    return others
