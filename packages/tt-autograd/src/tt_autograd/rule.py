"""How the table of derivatives is written and compiled.

    derivative(mul_p, lambda g, y: g * y, lambda g, x: g * x)
    derivative(exp, lambda g, out: g * out)
    derivative(sum_p, lambda g, x_shape, dim, keepdim: ...)
    flat(argmax_p, sign)

One function per input of the kernel, from `g`, the gradient of the result, to the gradient of that input: the vector-Jacobian
product. It names what else it needs, and nothing else is kept until backward: an input, by its name in the kernel; `out`, the
result; `again`, the result, which may have been changed in place since, and is then computed again from the inputs, all of which
must be asked for; `rest`, the results but the first, where there are several; a setting, by its name; `x_shape`, the shape of
the input `x`; `i`, the position of the input, where the kernel takes `*xs` and one function serves them all (`shapes` is then the
list of all their shapes). The engine sums what it returns to the shape of the input and converts it to its dtype, so a rule
does not think of broadcasting. Rules are written with operations that work on arrays and tensors alike: the plain backward
pass gives them arrays; one that is itself recorded or watched, tensors.
"""

import inspect
from collections.abc import Callable
from typing import Any

from tt_tensor.primitive import Primitive

Partial = Callable[..., Any]

RESULTS = {"out", "again", "rest"}
OUT = 1  # the bit of the result in `needs`; `2 << k` is input k


class Rule:
    """The derivative of one primitive, compiled from the functions that the table gives.

    Attributes:
        op: the primitive.
        title: what the nodes are called: `MulBackward0`.
        partials: for each input a pair, because most need little and a call less is felt: `(function, k)` is called with
            `(g, saved[k])`; `(function, None)` with `(g, saved, params, i)`; and `(None, 0)` hands `g` on as it is.
        joint: one such function that returns the gradients of all inputs, or None; it may itself return None where `partials`
            are to be called after all.
        rest: whether the functions ask for `rest`, so that the first result need not be kept, and may be changed in place.
        again: whether the result is computed again if it was changed in place.
        needs: for each input the set of values, as bits, that its partial asks for.
        plans: for each set of tracked inputs that came up, what to keep.
        shapes: which shapes are asked for: (name, position of the input, or None for all of them).
    """

    __slots__ = ("again", "joint", "needs", "op", "partials", "plans", "rest", "shapes", "title")

    def __init__(
        self,
        op: Primitive,
        functions: tuple[Partial | None, ...],
        *,
        joint: bool = False,
        together: Partial | None = None,
    ) -> None:
        parameters = inspect.signature(op.kernel).parameters.values()
        names = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
        variadic = next((p.name for p in parameters if p.kind is p.VAR_POSITIONAL), None)
        single = joint or variadic is not None
        if len(functions) != (1 if single else len(names)):
            raise TypeError(f"derivative: {op.name} has the inputs {names}, but {len(functions)} functions were given")
        self.op = op
        self.title = "".join(part.capitalize() for part in op.name.split("_")) + "Backward0"
        self.shapes: list[tuple[str, int | None]] = []
        self.plans = Plans(self)
        self.again = self.rest = False
        compiled = [(no_gradient, 0) if f is None else self._compile(f, names, variadic) for f in functions]
        if together is not None:
            whole = self._compile(together, names, variadic)[0]
            # It is asked only where something was kept for it.
            self.joint: Partial | None = lambda g, s, p, i: whole(g, s, p, i) if s else None
        else:
            self.joint = compiled[0][0] if joint else None
        partials = [(c, None) if f is None else shortened(f, c, names) for f, (c, _) in zip(functions, compiled)]
        self.partials: Any = Same(partials) if single else partials
        self.needs: Any = Same([bits for _, bits in compiled]) if single else [bits for _, bits in compiled]

    def _compile(self, function: Partial, names: list[str], variadic: str | None) -> tuple[Partial, int]:
        """`function` as `(g, saved, params, i)`, and its needs as bits."""
        _, *wanted = inspect.signature(function).parameters
        arguments, bits = ["g"], 0
        for name in wanted:
            if name in names:
                arguments.append(f"s[{names.index(name)}]")
                bits |= 2 << names.index(name)
            elif name in RESULTS:
                arguments.append("s[-1]")
                bits |= OUT
                self.again |= name == "again"
                self.rest |= name == "rest"
            elif name == "i":
                arguments.append("i")
            elif name == variadic:
                arguments.append(f"s[{len(names)}:-1]" if RESULTS & {*wanted} else f"s[{len(names)}:]")
                bits |= -(2 << len(names))
            else:
                shape_of = name.removesuffix("_shape")
                if name == "shapes" and variadic:
                    self.shapes.append((name, None))
                elif shape_of != name and shape_of in names and (name, names.index(shape_of)) not in self.shapes:
                    self.shapes.append((name, names.index(shape_of)))
                arguments.append(f"p[{name!r}]")
        # Compiled once per primitive: a call without a loop over names is what keeps backward fast.
        return eval(f"lambda g, s, p, i: f({', '.join(arguments)})", {"f": function}), bits  # noqa: S307

    def plan(self, tracked: int) -> tuple[bool, bool, tuple[int, ...], list[tuple[str, int | None]], bool]:
        """What recording does: whether it keeps inputs, and the result; the inputs that it drops; `shapes`; whether it is a view.

        Args:
            tracked: bit k is set if input k requires a gradient; one more bit above marks their number.
        """
        count = tracked.bit_length() - 1
        needs = 0
        for k in range(count):
            if tracked >> k & 1:
                needs |= self.needs[k]
        drops = tuple(k for k in range(count) if not needs & 2 << k)
        return len(drops) < count, bool(needs & OUT), drops, self.shapes, self.op.view


def shortened(function: Partial, compiled: Partial, names: list[str]) -> tuple[Partial | None, int | None]:
    """The entry in `partials`: a function that needs only `g`, or one saved value with it, is called without a detour."""
    _, *wanted = inspect.signature(function).parameters
    code = getattr(function, "__code__", None)
    if not wanted and code is not None and code.co_code == identity.__code__.co_code:
        return None, 0
    if len(wanted) == 1 and (wanted[0] in names or wanted[0] == "out"):
        return function, -1 if wanted[0] == "out" else names.index(wanted[0])
    return compiled, None


def identity(g: Any) -> Any:
    """What a rule looks like that hands the gradient on."""
    return g


def no_gradient(g: Any, saved: Any, params: Any, i: int) -> None:
    """The partial of an input to which no gradient goes."""


class Plans(dict[int, Any]):
    """The plans of a rule, each made when it is first asked for."""

    def __init__(self, rule: Rule) -> None:
        super().__init__()
        self.rule = rule

    def __missing__(self, tracked: int) -> Any:
        self[tracked] = plan = self.rule.plan(tracked)
        return plan


class Same(list[Any]):
    """A list of one value that is the same at every position: the rule of an operation on any number of inputs."""

    def __getitem__(self, k: Any) -> Any:
        return super().__getitem__(0)


RULES: dict[Primitive, Rule | None] = {}


def derivative(op: Primitive, *functions: Partial | None, together: Partial | None = None) -> None:
    """Declare the derivative of `op`: one function per input, None for an input that has none (an index, a mask).

    `together` is for operations whose gradients are found in less time at once: it returns a tuple of all of them, or None if
    the other functions are to be asked. It gets what these need of the tracked inputs, and None in place of the rest. It may
    leave some of them to other threads (`later`).
    """
    RULES[op] = Rule(op, functions, together=together)


def joint_derivative(op: Primitive, function: Partial) -> None:
    """Declare the derivative of `op` as one function that returns a tuple with the gradient of every input, or None."""
    RULES[op] = Rule(op, (function,), joint=True)


def flat(*ops: Primitive) -> None:
    """Declare that the results of `ops` have no gradient, because they are integers or bools, or piecewise constant."""
    for op in ops:
        RULES[op] = None
