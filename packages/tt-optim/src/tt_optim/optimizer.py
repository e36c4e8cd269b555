# ruff: noqa: ARG002 (one signature for all optimizers)
"""What all optimizers share: parameter groups, state, hooks, and the loop that updates one parameter after another."""

import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
from tt_autograd import enable_grad
from tt_autograd.hooks import RemovableHandle
from tt_autograd.tensor import Tensor
from tt_tensor import versions
from tt_tensor.dtypes import float32, get_default_dtype, promote_types
from tt_tensor.errors import InPlaceError, ShapeError
from tt_tensor.primitive import quiet

from .numbers import Before, scalars
from .saved import fitted, pack, unpack
from .step_hooks import Hook, hooked
from .sweep import SMALL, Sweep, zeros_like

touch = versions.touch


class _Required:
    """The default of a hyperparameter that has none: each parameter group must give it."""

    def __repr__(self) -> str:
        return "<required parameter>"

    def __reduce__(self) -> str:
        return "required"  # copies are the same object


required = _Required()


class Optimizer:
    """Base of all optimizers.

    A subclass gives `names`, `coefficients` and `formula`, and has its updates run in place, in pieces that fit the cache; or it
    overrides `step` altogether, as it would in PyTorch.

    Args:
        params: the tensors to optimize, as an iterable of tensors, of `(name, tensor)` or of dicts, one per parameter group:
            `{"params": [...], "lr": 0.1}` overrides a default for that group.
        defaults: the hyperparameters of groups that do not set their own.

    Attributes:
        param_groups: a list of dicts: `"params"` and the hyperparameters, which may be changed at any time.
        state: for each parameter a dict of what the optimizer remembers about it.

    Raises:
        TypeError: `params` is one tensor, or holds something that is no tensor.
        ValueError: there are no parameters, one appears in two groups, or one is the result of an operation (no leaf).

    Examples:
        >>> from tt_autograd import tensor
        >>> from tt_optim import SGD
        >>> w = tensor([1.0], requires_grad=True)
        >>> opt = SGD([{"params": [w], "lr": 0.5}], lr=0.1)
        >>> opt.param_groups[0]["lr"]
        0.5
    """

    defaults: dict[str, Any]
    state: defaultdict[Any, dict[str, Any]]
    param_groups: list[dict[str, Any]]
    # On the class, so that a subclass that wraps another optimizer need not call `Optimizer.__init__`:
    _opt_called = False  # whether step was called,
    _scheduled = False  # and whether a scheduler wants to know
    _pre_hooks: Mapping[int, Hook] = MappingProxyType({})
    _post_hooks: Mapping[int, Hook] = MappingProxyType({})

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "step" in cls.__dict__:
            cls.step = hooked(cls.__dict__["step"])  # type: ignore[method-assign]

    def __init__(self, params: Iterable[Any], defaults: dict[str, Any]) -> None:
        if isinstance(params, Tensor):
            raise TypeError("params must be an iterable of tensors or dicts, but got one Tensor; write [tensor]")
        if not isinstance(params, Iterable):
            kind = type(params).__name__
            hint = "; pass its parameters()" if hasattr(params, "parameters") else ""
            raise TypeError(f"params must be an iterable of tensors or dicts, but got {kind}{hint}")
        self.__setstate__({"defaults": defaults, "state": defaultdict(dict), "param_groups": []})
        groups = list(params)
        if not groups:
            raise ValueError("optimizer got an empty parameter list")
        for group in groups if isinstance(groups[0], dict) else [{"params": groups}]:
            self.add_param_group(group)

    def __getstate__(self) -> dict[str, Any]:
        return {"defaults": self.defaults, "state": self.state, "param_groups": self.param_groups}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)

    def __repr__(self) -> str:
        lines = [f"{type(self).__name__} ("]
        for i, group in enumerate(self.param_groups):
            lines += ["", f"Parameter Group {i}"] if i else [f"Parameter Group {i}"]
            lines += [f"    {key}: {group[key]}" for key in sorted(group) if key != "params"]
        return "\n".join([*lines, ")"])

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add a group of parameters, such as layers that thaw while training goes on.

        Args:
            param_group: `"params"`, a tensor or an iterable of them, and hyperparameters that differ from the defaults.
        """
        if not isinstance(param_group, dict):
            raise TypeError(f"param_group must be a dict, but got {type(param_group).__name__}")
        params = param_group["params"]
        if isinstance(params, set):
            raise TypeError("parameters need an order that is the same in every run: pass a list, not a set")
        params = [params] if isinstance(params, Tensor) else list(params)
        names = [entry[0] for entry in params if isinstance(entry, tuple)]
        if names and len(names) != len(params):
            raise ValueError("either all parameters come with a name or none; some names are missing")
        params = [entry[1] if isinstance(entry, tuple) else entry for entry in params]
        for p in params:
            if not isinstance(p, Tensor):
                kind = type(p).__module__.split(".")[0] + "." + type(p).__name__
                raise TypeError(
                    f"optimizer can only optimize Tensors of tt_autograd, but one of the params is {kind}; pass nn.Parameters"
                )
            if not p.is_leaf:
                raise ValueError(
                    "can't optimize a non-leaf Tensor: it is the result of an operation; detach() it first"
                )
            if p.requires_grad and versions.overlapping(p.array):
                raise InPlaceError(
                    f"can't optimize an expanded Tensor: several of the {p.array.size} elements are one place in memory; "
                    f"clone() it first"
                )
        if len(params) != len({id(p) for p in params}):
            warnings.warn("optimizer contains a parameter group with duplicate parameters", stacklevel=3)
        if self.param_groups and bool(names) != ("param_names" in self.param_groups[0]):
            raise ValueError("either all parameter groups come with names or none")
        if {id(p) for group in self.param_groups for p in group["params"]} & {id(p) for p in params}:
            raise ValueError("some parameters appear in more than one parameter group")
        param_group["params"] = params
        if names:
            param_group["param_names"] = names
        for key, default in self.defaults.items():
            if default is required and key not in param_group:
                raise ValueError(f"parameter group didn't specify a value of required optimization parameter {key}")
            param_group.setdefault(key, default)
        self.param_groups.append(param_group)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients: `p.grad` becomes None, or zeros if `set_to_none` is False."""
        for group in self.param_groups:
            for p in group["params"]:
                if set_to_none:
                    p.grad = None
                elif p.grad is not None:
                    p.grad.array.fill(0)
                    touch(p.grad.array)
                    p.grad.more = None

    @hooked
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update every parameter that has a gradient.

        Args:
            closure: computes the loss anew, with gradients, and returns it.

        Returns:
            What `closure` returned, or None.
        """
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        for group in self.param_groups:
            quiet().run(self._update, group)
        return loss

    def state_dict(self) -> dict[str, Any]:
        """What the optimizer remembers, in PyTorch's layout: parameters by number, in the order of the groups.

        Returns:
            `{"state": {0: {"step": ..., ...}, ...}, "param_groups": [{"lr": ..., "params": [0, ...]}, ...]}`. The tensors are
            those that the optimizer works on; copy or save them before the next step.
        """
        return pack(self.param_groups, self.state)

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over the state and the hyperparameters that `state_dict` returned, here or in PyTorch.

        Args:
            state_dict: its arrays are copied, floating ones to the dtype of the parameter. They may be another library's. The
                options `foreach`, `fused`, `capturable` and `differentiable` stay what they are here.

        Raises:
            ValueError: it is for other groups, or for parameters of other shapes. Nothing is changed then.
        """
        self.state, self.param_groups = unpack(state_dict, self.param_groups, self.fitted)

    def register_step_pre_hook(self, hook: Hook) -> RemovableHandle:
        """Have `hook(optimizer, args, kwargs)` called before each step; it may return other `(args, kwargs)`.

        The first of `args` is the optimizer, as in PyTorch.
        """
        return RemovableHandle(vars(self).setdefault("_pre_hooks", {}), hook)

    def register_step_post_hook(self, hook: Hook) -> RemovableHandle:
        """Have `hook(optimizer, args, kwargs)` called after each step; `args` are as before it."""
        return RemovableHandle(vars(self).setdefault("_post_hooks", {}), hook)

    def fitted(self, name: str, value: Any, p: Tensor, key: Any, group: dict[str, Any]) -> Any:
        """A copy of the value called `name` in the saved state of parameter `p`, which has the number `key` there.

        A formula goes element by element and in place, so the arrays that it works on in this `group` have the parameter's
        shape and dtype. What a subclass keeps besides may have any shape, and may hold integers.
        """
        new = fitted(name, value, p)
        formula = type(self).formula is not Optimizer.formula
        if not (formula and isinstance(new, Tensor) and name in (self.names(group) or ())):
            return new
        if new.array.shape != p.array.shape:
            raise ValueError(
                f"loaded state dict has {name} of shape {new.array.shape} for parameter {key}, whose shape is {p.array.shape}"
            )
        return Tensor(new.array.astype(p.array.dtype, copy=False))

    counts: ClassVar[bool] = True
    """Whether the state of each parameter has the number of its steps."""

    def names(self, group: dict[str, Any]) -> Sequence[str | None] | None:
        """The names in the state of the arrays that the formula works on, None for one that is not in use.

        None in place of all of them: this optimizer keeps no state.
        """
        raise NotImplementedError(
            f"{type(self).__name__} must define names, coefficients and formula, or override step"
        )

    def begin(self, group: dict[str, Any], p: Tensor) -> dict[str, Any]:
        """The state of a parameter before its first update: no steps, and zeros."""
        step = {"step": Tensor(np.zeros((), promote_types(float32, get_default_dtype())))} if self.counts else {}
        return step | {name: Tensor(zeros_like(p.array)) for name in self.names(group) or () if name is not None}

    def advance(self, group: dict[str, Any], p: Tensor, state: dict[str, Any]) -> Any:
        """Count the step, and return what the coefficients depend on besides the group: the number of steps."""
        if not self.counts:
            return 0
        step = state["step"].array
        t = step.item() + 1.0
        step.fill(t)
        return t

    def coefficients(self, group: dict[str, Any], t: Any) -> Sequence[float | None]:
        """The numbers that the formula takes, for step `t`."""
        raise NotImplementedError

    def formula(self, group: dict[str, Any]) -> Callable[..., None]:
        """A function `(p, g, *arrays, *coefficients, r, s)` that updates `p` and the arrays in place, not `g`.

        `r` and `s` are room for intermediate results, or None, which NumPy takes as a request for new memory.
        """
        raise NotImplementedError

    def _update(self, group: dict[str, Any]) -> None:
        """Update the parameters of one group, each in place."""
        names, begun = self.names(group), self.state
        kernel, before = self.formula(group), Before.of(group)
        dtype = seen = t = large = None
        for p in group["params"]:
            grad = p.grad
            if grad is None:
                continue
            a, g = p.array, grad.array
            if g.shape != a.shape:
                raise ShapeError(
                    f"{type(self).__name__}: gradient of shape {g.shape} for a parameter of shape {a.shape}"
                )
            if names is None:
                arrays: Sequence[Any] = ()
            else:
                state = begun[p]
                if not state:
                    state.update(self.begin(group, p))
                t = self.advance(group, p, state)
                arrays = [state[name].array if name else None for name in names]
            if large is None or t != seen or a.dtype is not dtype:
                if large is not None:
                    large.run()
                dtype, seen = a.dtype, t
                numbers = scalars(dtype, self.coefficients(group, t))
                rest = *numbers, None, None
                if before is not None:
                    before.convert(dtype)
                large = Sweep(kernel, before, numbers)
            if a.size > SMALL or not a.ndim:
                large.add(a, g, arrays)
            else:
                if before is not None:
                    g = before(a, g, None)
                kernel(a, g, *arrays, *rest)
            touch(a)
        if large is not None:
            large.run()
