"""The seam: `Primitive.__call__`, through which every operation passes.

A primitive is a name and a kernel: a pure NumPy function from arrays to an array. Array data are its positional arguments,
settings its keywords. Called with tensors, it asks three questions in order:

1. Is an input *more than an array*? Then that value answers: `x.__tt_dispatch__(op, inputs, params)`. A variable that records
   derivatives is one; a quantized weight or a placeholder that has only a shape can be another.
2. Is a handler in scope (`with handling(h):`)? Then the innermost one answers: `h(op, arrays, params)`. Inside it the next one
   out is in scope, so `op(*arrays, **params)` passes the question on. A profiler, a recorder, a FLOP counter are handlers.
3. Otherwise the kernel runs.

Tensors in, tensor out; and plain arrays in, plain array out.
"""

import re
import sys
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np

from . import scope, versions
from .errors import DTypeError, InPlaceError, LinAlgError, ShapeError, unbroadcastable
from .scope import handling, quiet, quietly, thread

Kernel = Callable[..., Any]
__all__ = [
    "ARRAYS", "Primitive", "handling", "in_place", "manufactured", "method", "operator", "primitive", "quiet", "quietly",
    "reversed_operator", "thread", "wrap", "write",
]  # fmt: skip

new, ndarray = object.__new__, np.ndarray

# What a kernel takes as it is. Another library's array type can be added: a device is a kind of array.
ARRAYS: set[type] = {np.ndarray, float, int, bool, complex, *np.sctypeDict.values()}


class Primitive:
    """One operation: `name`, and the `kernel` that computes it on plain arrays.

    Args:
        kernel: a pure function. Positional arguments are arrays or Python numbers, settings are keyword-only.
            It returns an array, or a tuple of arrays.
        name: what errors, profiles and pictures call it.
        view: whether the result shares memory with the first input.

    Attributes:
        writes: what computes it in the memory of the result, for results in place that are as large as what they replace:
            `writes(out, *inputs)` does it and returns True, or returns False and has done nothing. `out` can be
            written to, has the first input's shape and dtype, and may be its memory. None where the kernel's result is copied.

    Examples:
        >>> import numpy as np
        >>> from tt_tensor import tensor
        >>> double = Primitive(lambda x: x + x, "double")
        >>> double(tensor([1.0, 2.0]))
        tensor([2., 4.])
    """

    __slots__ = ("__dict__", "kernel", "name", "view")
    writes: Kernel | None = None

    def __init__(self, kernel: Kernel, name: str, *, view: bool = False) -> None:
        self.kernel, self.name, self.view = kernel, name, view
        self.__wrapped__, self.__doc__, self.__module__ = kernel, kernel.__doc__, kernel.__module__
        self.__name__ = self.__qualname__ = name

    def __repr__(self) -> str:
        return f"<primitive {self.name}>"

    def __reduce__(self) -> str:
        return self.__name__

    def __call__(self, *inputs: Any, **params: Any) -> Any:
        """Ask the guests among `inputs`, the handlers in scope, or the kernel, as this file's docstring says."""
        arrays, kind = [], None
        try:
            for x in inputs:
                cls = type(x)
                if cls is not kind and cls in ARRAYS:
                    arrays.append(x)
                elif x.more is not None:
                    del arrays  # who answers may count the references to an array
                    answer = x.__tt_dispatch__(self, inputs, params)
                    return answer if answer is not NotImplemented else ask(self, inputs, params, x)
                else:
                    arrays.append(x.array)
                    if cls is not kind and (kind is None or issubclass(cls, kind)):
                        kind = cls
            if not params and not scope.blocks:
                if len(arrays) == 2:  # a call with a list of arguments takes longer
                    result = quiet().run(self.kernel, arrays[0], arrays[1])
                elif len(arrays) == 1:
                    result = quiet().run(self.kernel, arrays[0])
                else:
                    result = quiet().run(self.kernel, *arrays)
            elif "out" in params:
                return into(self, inputs, arrays, params)
            elif scope.blocks:
                result = handle(self, arrays, params)
            else:
                result = quiet().run(self.kernel, *arrays, **params)
        except (ValueError, TypeError, AttributeError, IndexError) as error:
            if params and type(error) is TypeError and (named := by_position(inputs, params)):
                return self(*named[0], **named[1])
            raise explained(error, self, inputs) from error.__cause__
        if type(result) is ndarray and kind is not None:
            out = new(kind.plain)
            out.array, out.more = result, None
            return out
        return result if kind is None else wrap(result, kind)


def by_position(inputs: Sequence[Any], params: dict[str, Any]) -> tuple[list[Any], dict[str, Any]] | None:
    """The inputs and settings of `op(input=x, other=y)`, with PyTorch's names of inputs; None if there are none among them."""
    rest, given = dict(params), list(inputs)
    for name in ("input", "other")[len(given) :]:
        if name not in rest:
            break
        given.append(rest.pop(name))
    return (given, rest) if len(given) > len(inputs) else None


def primitive(name: str | None = None, *, view: bool = False) -> Callable[[Kernel], Primitive]:
    """Make a primitive of a kernel: `@primitive()` above its definition. A trailing `_p` is not part of the name."""
    return lambda kernel: Primitive(kernel, name or kernel.__name__.removesuffix("_p"), view=view)


def manufactured(kernel: Kernel, name: str, doc: str) -> Primitive:
    """A primitive of a kernel that a function has made: at home where that function was called, by which pickle finds it."""
    kernel.__doc__, kernel.__qualname__ = doc, name
    kernel.__module__ = sys._getframe(2).f_globals["__name__"]
    return Primitive(kernel, name)


T = TypeVar("T")  # a tensor


def method(function: Any) -> Callable[..., Any]:
    """`function` as a method: the tensor is its first argument. (Primitives need this; a plain function is a method already.)"""
    run = function.__call__

    def call(self: Any, *args: Any, **params: Any) -> Any:
        return run(self, *args, **params)

    call.__name__ = call.__qualname__ = function.__name__
    call.__doc__ = function.__doc__
    return call


def operator(op: Primitive) -> Callable[[T, Any], T]:
    """`op` as the method behind an operator such as `+`. The bound method is called, because that is quicker than the object."""
    call = op.__call__
    return lambda self, other: call(self, other)


def reversed_operator(op: Primitive) -> Callable[[T, Any], T]:
    """`op` as the method behind an operator whose left side is not a tensor."""
    call = op.__call__
    return lambda self, other: call(other, self)


def in_place(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function` as the method that writes its result into its first argument: PyTorch's `op_`."""

    def call(self: Any, *args: Any, **params: Any) -> Any:
        return function(self, *args, out=self, **params)

    call.__name__ = call.__qualname__ = function.__name__ + "_"
    call.__doc__ = f"`{function.__name__}` in place: the result is written into this tensor, which is returned."
    return call


def wrap(result: Any, kind: Any) -> Any:
    """What a kernel returned, as tensors of class `kind`: a tuple of arrays becomes a tuple of tensors."""
    if isinstance(result, tuple | list):
        return tuple(wrap(part, kind) for part in result)
    out = new(kind.plain)
    out.array, out.more = np.asarray(result), None
    return out


def ask(op: Primitive, inputs: Sequence[Any], params: dict[str, Any], *asked: Any) -> Any:
    """Let the inputs that are more than an array answer, those not `asked` yet: subclasses first, then from left to right."""
    known = {type(x) for x in asked}
    guests = [x for x in (*inputs, params.get("out")) if getattr(x, "more", None) is not None and type(x) not in known]
    while guests:
        guest = next(x for x in guests if not any(type(y) is not type(x) and isinstance(y, type(x)) for y in guests))
        answer = guest.__tt_dispatch__(op, inputs, params)
        if answer is not NotImplemented:
            return answer
        guests = [x for x in guests if type(x) is not type(guest)]
    kinds = ", ".join(type(x).__name__ for x in inputs)
    raise TypeError(f"{op.name}: none of the inputs ({kinds}) knows how to answer")


def handle(op: Primitive, arrays: Sequence[Any], params: dict[str, Any]) -> Any:
    """Let the innermost handler answer, or the kernel. While a handler answers, the next one out is the innermost."""
    handlers = thread.handlers
    if not handlers:
        return quiet().run(op.kernel, *arrays, **params)
    thread.handlers = handlers[:-1]
    try:
        return handlers[-1](op, arrays, params)
    finally:
        thread.handlers = handlers


def into(op: Primitive, inputs: Sequence[Any], arrays: Sequence[Any], params: dict[str, Any]) -> Any:
    """Run `op` and write its result into `params["out"]`, whose shape must fit and whose dtype must be able to hold it."""
    out = params["out"]
    rest = {k: v for k, v in params.items() if k != "out"}
    if out is None:
        return op(*inputs, **rest)
    if type(out) is not ndarray and out.more is not None:
        return ask(op, inputs, params)
    target = out if type(out) is ndarray else out.array
    writes = op.writes
    direct = arrays and not rest and not scope.blocks and same_kind(arrays[0], target) and versions.writable(target)
    if direct and writes is not None and quiet().run(writes, target, *arrays):
        versions.touch(target)
        return out
    result = op(*arrays, **rest)
    if isinstance(result, tuple):
        raise TypeError(f"{op.name}: out= takes one tensor, but the operation has {len(result)} results")
    write(op.name, target, result)
    return out


def same_kind(x: Any, target: Any) -> bool:
    """Whether x is an array of the shape and dtype of `target`."""
    return type(x) is ndarray and x.shape == target.shape and x.dtype is target.dtype


def fits(y: Any, target: Any) -> bool:
    """Whether y is an array of the dtype of `target` which can be broadcast to it, or a number and `target` of floats."""
    if type(y) is not ndarray:
        return (type(y) is float or type(y) is int) and target.dtype.kind == "f"
    lead = target.ndim - y.ndim
    return y.dtype is target.dtype and lead >= 0 and all(n in (1, m) for n, m in zip(y.shape, target.shape[lead:]))


def write(name: str, target: Any, result: Any) -> None:
    """Copy `result` into the array `target` and note the change. Never changes the target's shape or dtype."""
    result = np.asarray(result)
    if result.shape != target.shape:
        raise ShapeError(
            f"{name}: the result has shape {result.shape}, which does not fit into the output of shape {target.shape}"
        )
    if (
        result.dtype is not target.dtype
        and not np.can_cast(result.dtype, target.dtype, "same_kind")
        and not (result.dtype.kind == "i" and target.dtype.kind == "u")  # one category, for PyTorch
    ):
        raise DTypeError(
            f"{name}: result type {result.dtype} can't be cast to the output type {target.dtype}; "
            f"convert the output first, or use the form that returns a new tensor"
        )
    if not versions.writable(target):
        raise InPlaceError(f"{name}: the output is read-only or an expanded view; clone() it before writing")
    np.copyto(target, result, casting="unsafe")
    versions.touch(target)


NAMED = re.compile(r"[\w.]+(\(\))?: ")  # how a message begins that says what failed


def broadcastable(shapes: Sequence[tuple[int, ...]]) -> bool:
    """Whether arrays of these shapes can be broadcast together."""
    try:
        np.broadcast_shapes(*shapes)
    except ValueError:
        return False
    return True


def explained(error: Exception, op: Primitive, inputs: Sequence[Any]) -> Exception:
    """The same error, saying which operation failed on which shapes. One that already names the operation is left alone."""
    for x in inputs:
        if type(x) not in ARRAYS and not hasattr(x, "more"):
            return TypeError(
                f"{op.name}: expected Tensor or number, got {type(x).__name__}; convert it with tensor(...)"
            )
    text = str(error)
    named = isinstance(error, ShapeError | DTypeError | LinAlgError) and NAMED.match(text)
    if named or text.startswith((op.name + ":", op.name + "()")):
        return error
    shapes = [tuple(np.shape(getattr(x, "array", x))) for x in inputs]
    if text.startswith("operands could not be broadcast together") and not broadcastable(shapes):
        return unbroadcastable(op.name, shapes)
    message = f"{op.name}: {text} (input shapes: {', '.join(map(str, shapes))})"
    if isinstance(error, IndexError):
        return IndexError(message)
    if isinstance(error, AttributeError):
        number = next((x for x in inputs if type(x) in (bool, int, float, complex)), None)
        if number is None:
            return error
        return TypeError(f"{op.name}: expected a tensor, got {type(number).__name__}; convert it with tensor(...)")
    return (DTypeError if isinstance(error, TypeError) else ShapeError)(message)
