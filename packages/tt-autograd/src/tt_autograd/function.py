"""Operations whose derivative the user writes: `Function`."""

import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import wraps
from typing import TYPE_CHECKING, Any

import numpy as np
from tt_tensor import versions
from tt_tensor.primitive import Primitive

from . import grad_mode as mode
from .inplace import become, check_no_leaf, viewed
from .methods import up_to_date
from .node import NOTHING, Node, Part
from .tensor import Tensor, plain
from .watch import watch


@contextmanager
def silent() -> Iterator[None]:
    """Record nothing, and leave no note for `explain`: it is recorded as a whole."""
    outer, mode.thread.silent = mode.thread.silent, True
    try:
        with mode.no_grad():
            yield
    finally:
        mode.thread.silent = outer


class FunctionCtx:
    """What `forward` leaves for `backward`: `ctx`, whose attributes may be set freely.

    Attributes:
        needs_input_grad: for each input whether its gradient is wanted.
    """

    def __init__(self, needs_input_grad: tuple[bool, ...]) -> None:
        self.needs_input_grad = needs_input_grad
        self.materialize_grads = True
        self.dirty: tuple[Any, ...] = ()
        self.non_differentiable: tuple[Any, ...] = ()
        self.to_save: tuple[Any, ...] = ()
        self._origins: list[Any] = []
        self._arrays: Any = NOTHING
        self._node: Any = None

    if TYPE_CHECKING:  # so that a type checker lets them be set freely

        def __getattr__(self, name: str) -> Any: ...

        def __setattr__(self, name: str, value: Any) -> None: ...

    def save_for_backward(self, *tensors: Any) -> None:
        """Keep `tensors` (or None), inputs and results, for `backward`; a later change of them in place is detected."""
        for x in tensors:
            if x is not None and not hasattr(x, "array"):
                raise TypeError(
                    f"save_for_backward can only save variables, but argument is of type {type(x).__name__}"
                )
        self.to_save = tensors

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """The tensors that were saved."""
        if not self._arrays and self._origins:
            raise RuntimeError(
                "Trying to backward through the graph a second time, after its saved values were freed; pass retain_graph=True "
                "to the first backward"
            )
        found: list[Any] = []
        for a, origin in zip(self._arrays, self._origins, strict=True):
            if a is None:
                found.append(None)
                continue
            x = plain(a)
            if type(origin) is int:  # a result: its node is this one, which owns this context
                node = self._node()
                x.more = node if type(node.dtype) is not list else Part(node, origin)
            else:
                x.more = origin
            found.append(x)
        return tuple(found)

    def mark_non_differentiable(self, *results: Any) -> None:
        """Say that these results have no gradient."""
        self.non_differentiable = results

    def mark_dirty(self, *inputs: Any) -> None:
        """Say that `forward` changed these inputs in place; they must be returned."""
        self.dirty = inputs

    def set_materialize_grads(self, value: bool) -> None:
        """Whether `backward` gets zeros (or else None) for a result that nothing depends on."""
        self.materialize_grads = value

    def _keep(self, outputs: Sequence[Any]) -> None:
        """Take what is to be saved, without references to the results, which own this context."""
        self._origins, arrays = [], []
        for x in self.to_save:
            place = next((k for k, y in enumerate(outputs) if y is x), None)
            self._origins.append(place if place is not None else getattr(x, "more", None))
            arrays.append(None if x is None else x.array)
        self._arrays, self.to_save = arrays or NOTHING, ()


class FunctionRule:
    """The derivative of a `Function`, as the engine sees a rule."""

    again, partials = False, None

    def __init__(self, function: type["Function"]) -> None:
        self.function = function
        self.op = Primitive(function.forward, function.__name__)
        self.title = function.__name__ + "Backward"

    def plan(self, tracked: int) -> tuple[bool, bool, tuple[int, ...]]:  # noqa: ARG002
        """Nothing is kept but what the function saved itself."""
        return False, False, ()

    def joint(self, g: Any, values: Any, params: dict[str, Any], i: int) -> list[Any]:  # noqa: ARG002
        """The gradients of all inputs, as the function's `backward` returns them, checked."""
        ctx, name = params["ctx"], self.title
        ctx._arrays = values
        parts = g if type(g) is list else [g]
        arrays = all(p is None or not hasattr(p, "array") for p in parts)
        node = ctx._node()
        shapes, dtypes = (node.shape, node.dtype) if type(g) is list else ([node.shape], [node.dtype])
        given = [
            (plain(np.zeros(s, d)) if ctx.materialize_grads else None)
            if p is None
            else p
            if hasattr(p, "array")
            else plain(np.asarray(p))
            for p, s, d in zip(parts, shapes, dtypes, strict=True)
        ]
        with silent() if arrays else nullcontext():
            answer = self.function.backward(ctx, *given)
        answer = answer if isinstance(answer, tuple | list) else (answer,)
        wanted = params["shapes"]
        if len(answer) < len(wanted) or any(a is not None for a in answer[len(wanted) :]):
            raise RuntimeError(
                f"function {name} returned an incorrect number of gradients (expected {len(wanted)}, got {len(answer)})"
            )
        for k, (a, shape) in enumerate(zip(answer, wanted, strict=False)):
            if a is not None and not hasattr(a, "array"):
                raise TypeError(
                    f"function {name}: expected gradient {k} to be a Tensor or None, got {type(a).__name__}"
                )
            if a is not None and shape is not None and not expands(shape, a.array.shape):
                raise RuntimeError(
                    f"Function {name} returned an invalid gradient at index {k} - got {list(a.array.shape)} but expected shape "
                    f"compatible with {list(shape)}"
                )
        return [a.array if arrays and a is not None else a for a in answer]


def expands(shape: tuple[int, ...], to: tuple[int, ...]) -> bool:
    """Whether a tensor of `shape` can be broadcast to the shape `to`."""
    return len(shape) <= len(to) and all(n in (1, m) for n, m in zip(reversed(shape), reversed(to), strict=False))


class Function:
    """An operation with a derivative of the user's own. Subclass it, and call the subclass's `apply`.

    `forward(ctx, *args)` computes the result, with nothing recorded, and saves with `ctx.save_for_backward` what is needed;
    `backward(ctx, *grads)` returns a gradient (or None) for each of `args`. Alternatively `forward(*args)` is followed by
    `setup_context(ctx, inputs, output)`. If `backward` uses operations on tensors only, it can itself be differentiated.

    Examples:
        >>> from tt_autograd import tensor
        >>> class Cube(Function):
        ...     @staticmethod
        ...     def forward(ctx, x):
        ...         ctx.save_for_backward(x)
        ...         return x * x * x
        ...     @staticmethod
        ...     def backward(ctx, g):
        ...         (x,) = ctx.saved_tensors
        ...         return g * 3 * x * x
        >>> x = tensor(2.0, requires_grad=True)
        >>> Cube.apply(x).backward()
        >>> x.grad
        tensor(12.)
    """

    _rule: Any = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ARG002
        raise RuntimeError(f"{type(self).__name__} should not be instantiated; call {type(self).__name__}.apply(...)")

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> Any:
        """Compute the result from `(ctx, *args)`, or from `args` alone if there is a `setup_context`."""
        raise NotImplementedError("You must implement the forward function for custom autograd.Function.")

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        """Save in `ctx` what `backward` needs."""
        raise NotImplementedError("setup_context is not implemented.")

    @staticmethod
    def backward(*args: Any, **kwargs: Any) -> Any:
        """The gradients of the inputs from `(ctx, *grads)`, where `grads` are those of the results."""
        raise NotImplementedError(
            "You must implement either the backward or vjp method for your custom autograd.Function."
        )

    @classmethod
    def apply(cls, *args: Any) -> Any:
        """Run `forward`, and record it if an input requires a gradient."""
        wanted = tuple(isinstance(x, Tensor) and up_to_date(x) is not None for x in args)
        ctx = FunctionCtx(wanted)
        record = any(wanted) and not mode.thread.paused
        parents = [x.more if want else None for x, want in zip(args, wanted, strict=True)]
        with silent():
            if cls.setup_context is not Function.setup_context:
                output = cls.forward(*args)
                cls.setup_context(ctx, args, output)
            else:
                output = cls.forward(ctx, *args)
        outputs = output if isinstance(output, tuple | list) else (output,)
        if record:
            outputs = cls._record(ctx, args, parents, tuple(outputs))
        else:
            outputs = tuple(
                plain(y.array[...]) if any(y is x for x in args) and not any(y is d for d in ctx.dirty) else y
                for y in outputs
            )
        return outputs if isinstance(output, tuple | list) else outputs[0]

    @classmethod
    def _record(
        cls, ctx: FunctionCtx, args: Sequence[Any], parents: list[Any], outputs: tuple[Any, ...]
    ) -> tuple[Any, ...]:
        """Put a node on the tape, and return the results that belong to it."""
        if cls.__dict__.get("_rule") is None:
            cls._rule = FunctionRule(cls)
        for x in ctx.dirty:
            check_no_leaf(x)
            versions.touch(x.array)
        tensors = [y for y in outputs if hasattr(y, "array")]
        ctx._keep(tensors)
        node = Node()
        ctx._node = weakref.ref(node)
        params = {"ctx": ctx, "shapes": [x.array.shape if hasattr(x, "array") else None for x in args]}
        several = len(tensors) != 1
        shape: Any = [y.array.shape for y in tensors] if several else tensors[0].array.shape
        dtype: Any = [y.array.dtype for y in tensors] if several else tensors[0].array.dtype
        node.tape = (versions.now(), cls._rule, parents, ctx._arrays, params, shape, dtype)
        results: list[Any] = []
        for y in outputs:
            if not hasattr(y, "array"):
                results.append(y)
                continue
            k = next(j for j, t in enumerate(tensors) if t is y)
            flat = any(y is z for z in ctx.non_differentiable) or y.array.dtype.kind != "f"
            more = None if flat else Part(node, k) if several else node
            if any(y is x for x in ctx.dirty):
                become(y, more)
                results.append(y)
                continue
            source = next((x for x in args if x is y), None)
            result = plain(y.array if source is None else y.array[...])
            result.more = more
            if source is not None and isinstance(source, Tensor):
                viewed(result, source)
            if more is not None and mode.thread.watching:
                watch(result, node, args)
            results.append(result)
        ctx._arrays = NOTHING  # the node has them
        return tuple(results)


class Twice:
    """The rule of a gradient that cannot be differentiated again."""

    again, partials = False, None
    title = "NotDifferentiable"
    op = Primitive(lambda *xs: xs, "once_differentiable")

    def plan(self, tracked: int) -> tuple[bool, bool, tuple[int, ...]]:  # noqa: ARG002
        """Nothing is kept."""
        return False, False, ()

    def joint(self, g: Any, values: Any, params: dict[str, Any], i: int) -> list[Any]:  # noqa: ARG002
        """Raise."""
        raise RuntimeError("trying to differentiate twice a function that was marked with @once_differentiable")


def once_differentiable(backward: Callable[..., Any]) -> Callable[..., Any]:
    """A decorator of `Function.backward`: it is not recorded, and differentiating through it raises."""

    @wraps(backward)
    def call(ctx: Any, *grads: Any) -> Any:
        with mode.no_grad():
            answer = backward(ctx, *grads)
        parents = [up_to_date(g) if isinstance(g, Tensor) else None for g in grads]
        try:
            parents += [getattr(x, "more", None) for x in ctx.saved_tensors]
        except RuntimeError:  # freed: nobody can differentiate it again
            parents += []
        if mode.thread.paused or not any(p is not None for p in parents):
            return answer
        marked = []
        for x in answer if isinstance(answer, tuple | list) else (answer,):
            if x is not None:
                x = plain(x.array)
                node = Node()
                node.tape = (versions.now(), Twice(), parents, NOTHING, {}, x.array.shape, x.array.dtype)
                x.more = node
            marked.append(x)
        return tuple(marked)

    return call
