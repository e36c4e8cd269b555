"""Functions that run before and after a module's forward and its backward."""

import warnings
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from tt_autograd.grad_mode import is_grad_enabled
from tt_autograd.hooks import RemovableHandle
from tt_autograd.rule import joint_derivative
from tt_autograd.tensor import Tensor
from tt_tensor.primitive import primitive

PRE, POST, BACKWARD_PRE, BACKWARD = "forward_pre", "forward", "backward_pre", "backward"


class Hooks:
    """The part of `Module` that keeps hooks and runs them. Without any, `_hooks` is None and a call goes to `forward`."""

    _hooks: dict[str, OrderedDict[int, Any]] | None = None
    forward: Callable[..., Any]

    def _add_hook(
        self, kind: str, hook: Callable[..., Any], prepend: bool, with_kwargs: bool = False
    ) -> RemovableHandle:
        if self._hooks is None:
            self._hooks = {kind: OrderedDict() for kind in (PRE, POST, BACKWARD_PRE, BACKWARD)}
        hooks: OrderedDict[int, Any] = self._hooks[kind]
        handle = RemovableHandle(hooks, (hook, with_kwargs))  # type: ignore[arg-type]
        if prepend:
            hooks.move_to_end(handle.id, last=False)
        return handle

    def register_forward_pre_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False
    ) -> RemovableHandle:
        """Call `hook(module, args)` before each forward; what it returns, if not None, takes the place of the arguments.

        Args:
            hook: with `with_kwargs` it is `hook(module, args, kwargs)`, and returns None or `(args, kwargs)`.
            prepend: whether it runs before the hooks that are there already.
            with_kwargs: whether the hook is given the keyword arguments.

        Returns:
            a handle whose `remove()` takes the hook away.
        """
        return self._add_hook(PRE, hook, prepend, with_kwargs)

    def register_forward_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False, always_call: bool = False
    ) -> RemovableHandle:
        """Call `hook(module, args, output)` after each forward; what it returns, if not None, takes the output's place.

        Args:
            hook: with `with_kwargs` it is `hook(module, args, kwargs, output)`.
            prepend: whether it runs before the hooks that are there already.
            with_kwargs: whether the hook is given the keyword arguments.
            always_call: not supported: a hook runs only if forward did not raise.

        Returns:
            a handle whose `remove()` takes the hook away.
        """
        if always_call:
            raise NotImplementedError(
                "register_forward_hook: always_call=True is not supported; catch the error instead"
            )
        return self._add_hook(POST, hook, prepend, with_kwargs)

    def register_full_backward_pre_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call `hook(module, grad_output)` when the gradients of the module's outputs are known.

        `grad_output` is a tuple with an entry per output; a tuple that the hook returns takes its place.
        """
        return self._add_hook(BACKWARD_PRE, hook, prepend)

    def register_full_backward_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call `hook(module, grad_input, grad_output)` when the gradients of the module's inputs are known.

        `grad_input` is a tuple with an entry per positional argument, None for one that requires no gradient; a tuple that
        the hook returns takes its place. If no input requires a gradient, the hook runs when those of the outputs are known,
        with a warning, and may change nothing.
        """
        return self._add_hook(BACKWARD, hook, prepend)

    def _call_with_hooks(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """`forward` with what has been registered around it."""
        hooks = self._hooks
        assert hooks is not None
        for hook, with_kwargs in tuple(hooks[PRE].values()):
            if with_kwargs:
                changed = hook(self, args, kwargs)
                if changed is not None:
                    if not isinstance(changed, tuple) or len(changed) != 2:
                        raise RuntimeError(
                            f"forward pre-hook must return None or a tuple of (new_args, new_kwargs), but got {changed}."
                        )
                    args, kwargs = changed
            else:
                changed = hook(self, args)
                if changed is not None:
                    args = changed if isinstance(changed, tuple) else (changed,)
        gates = None
        if hooks[BACKWARD] or hooks[BACKWARD_PRE]:
            gates = Gates(self, [h for h, _ in hooks[BACKWARD_PRE].values()], [h for h, _ in hooks[BACKWARD].values()])
            args = gates.inputs(args)
        result = self.forward(*args, **kwargs)
        for hook, with_kwargs in tuple(hooks[POST].values()):
            changed = hook(self, args, kwargs, result) if with_kwargs else hook(self, args, result)
            if changed is not None:
                result = changed
        return result if gates is None else gates.outputs(result)


@primitive()
def gate(*xs: Any, watch: Callable[[Sequence[Any]], Sequence[Any]]) -> Any:  # noqa: ARG001
    """The same values; on the way back `watch` sees their gradients and may change them."""
    return tuple(x.view() for x in xs)


joint_derivative(gate, lambda g, watch: tuple(watch(g)))


def _as_tensor(g: Any) -> Any:
    return Tensor(g) if isinstance(g, np.ndarray) else g


class Gates:
    """What a module with backward hooks puts around its forward: a gate before it and one after it."""

    def __init__(self, module: Any, pre_hooks: Sequence[Any], hooks: Sequence[Any]) -> None:
        self.module, self.pre_hooks, self.hooks = module, pre_hooks, hooks
        self.grad_outputs: tuple[Any, ...] | None = None
        self.count, self.input_places = 0, [0]

    def inputs(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """The arguments of forward, through a gate."""
        self.count = len(args)
        through, self.input_places = passed(args, self._inputs_known)
        return through

    def outputs(self, result: Any) -> Any:
        """The result of forward, through a gate."""
        if not isinstance(result, Tensor | tuple):
            warnings.warn(
                f"for backward hooks to be called, the output of {type(self.module).__name__} should be a tensor or a "
                f"tuple of tensors, but it is a {type(result).__name__}",
                stacklevel=4,
            )
            return result
        results = result if isinstance(result, tuple) else (result,)
        through, places = passed(results, lambda g: self._outputs_known(g, places, len(results)))
        return through if isinstance(result, tuple) else through[0]

    def _outputs_known(self, gradients: Sequence[Any], places: list[int], count: int) -> Sequence[Any]:
        known = spread(gradients, places, count)
        for hook in self.pre_hooks:
            known = replaced(hook(self.module, known), known, "Backward pre hook", "grad_output")
        self.grad_outputs = known
        if not self.input_places:  # no input requires a gradient, so the gate before forward will not be reached
            if self.hooks:
                warnings.warn(
                    f"a full backward hook of {type(self.module).__name__} runs when the gradients of its outputs are known, "
                    f"because none of its inputs requires a gradient",
                    stacklevel=2,
                )
            nothing = (None,) * self.count
            for hook in self.hooks:
                answer = hook(self.module, nothing, known)
                if answer is not None and any(g is not None for g in answer):
                    raise RuntimeError(
                        "Backward hook for a module where no input requires a gradient should return None, or None for all"
                    )
        return [raw(known[k], g) for k, g in zip(places, gradients)]

    def _inputs_known(self, gradients: Sequence[Any]) -> Sequence[Any]:
        if self.grad_outputs is None:  # the gradient came by another way than through the module's output
            return gradients
        known = spread(gradients, self.input_places, self.count)
        for hook in self.hooks:
            known = replaced(hook(self.module, known, self.grad_outputs), known, "Backward hook", "grad_input")
        self.grad_outputs = None
        return [raw(known[k], g) for k, g in zip(self.input_places, gradients)]


def passed(values: tuple[Any, ...], watch: Callable[..., Any]) -> tuple[tuple[Any, ...], list[int]]:
    """`values` with those that require a gradient sent through a gate, and the places of those."""
    places = [k for k, x in enumerate(values) if isinstance(x, Tensor) and x.requires_grad]
    if not places or not is_grad_enabled():
        return values, []
    through = list(values)
    for k, x in zip(places, gate(*(values[k] for k in places), watch=watch)):
        through[k] = x
    return tuple(through), places


def spread(gradients: Sequence[Any], places: list[int], count: int) -> tuple[Any, ...]:
    """The gradients as tensors at their places among `count` values, None elsewhere."""
    at = dict(zip(places, gradients))
    return tuple(_as_tensor(at.get(k)) for k in range(count))


def replaced(answer: Any, known: tuple[Any, ...], hook: str, name: str) -> tuple[Any, ...]:
    """What a hook answered, in place of what was known."""
    if answer is None:
        return known
    found: tuple[Any, ...] = answer if isinstance(answer, tuple) else (answer,)
    if len(found) != len(known):
        raise RuntimeError(f"{hook} returned an invalid number of {name}, got {len(found)}, but expected {len(known)}")
    return found


def raw(g: Any, like: Any) -> Any:
    """The gradient `g` as an array if the backward pass works on arrays."""
    return g.array if isinstance(like, np.ndarray) and g is not None else g
