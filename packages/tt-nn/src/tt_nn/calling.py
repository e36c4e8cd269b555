"""A module called with other values than its own."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from tt_tensor.tensor import Tensor as Base

from .module import Module

ABSENT = object()


def functional_call(
    module: Module,
    parameter_and_buffer_dicts: Mapping[str, Any] | Sequence[Mapping[str, Any]],
    args: Any = None,
    kwargs: Mapping[str, Any] | None = None,
    *,
    tie_weights: bool = True,
    strict: bool = False,
) -> Any:
    """Call a module with other tensors in the places of its parameters and buffers, as meta-learning does.

    The module has its own again afterwards. Gradients go to the tensors that were given, through whatever they were computed
    from. (Finn, Abbeel and Levine, *Model-Agnostic Meta-Learning*, 2017, takes a step of gradient descent that way.)

    Args:
        module: what to call. It must not be used by another thread meanwhile.
        parameter_and_buffer_dicts: tensors by path, such as `"encoder.0.weight"`, or several such dicts with different paths.
            What has no new value keeps its own. What `forward` assigns to a buffer meanwhile is put into the one dict.
        args: the argument of the call, or a tuple of them.
        kwargs: the named arguments.
        tie_weights: whether a new value for a tensor that the module has under several paths goes to all of these.
        strict: whether all parameters and buffers must be given, and nothing else.

    Returns:
        What `module(*args, **kwargs)` returns.

    Raises:
        ValueError: if a path comes twice, or if tied tensors are given several values.
        RuntimeError: with `strict`, if a path is missing or unknown.
        TypeError: if a value is not a tensor.
        AttributeError: if there is no module at a path.

    Examples:
        >>> from tt_autograd import grad, ones
        >>> from tt_nn import Linear
        >>> model = Linear(2, 1, bias=False)
        >>> w = ones(1, 2, requires_grad=True)
        >>> loss = functional_call(model, {"weight": 3 * w}, ones(1, 2)).sum()
        >>> loss.item(), grad(loss, w)[0].tolist()
        (6.0, [[3.0, 3.0]])
    """
    given = _merged(parameter_and_buffer_dicts)
    every = _tied(module, given) if tie_weights else given
    if strict:
        _check_paths(module, every)
    places = []
    for path, value in every.items():
        owner, _, name = path.rpartition(".")
        holder = module.get_submodule(owner)
        for thing in (value, getattr(holder, name, None)):
            if thing is not None and not isinstance(thing, Base):
                raise TypeError(f"functional_call: {path!r} is a tensor's place, and not a {type(thing).__name__}'s")
        places.append((path, vars(holder), name, vars(holder).get(name, ABSENT), value))
    try:
        for _, members, name, _, value in places:
            members[name] = value
        return module(*(args if isinstance(args, tuple) else () if args is None else (args,)), **(kwargs or {}))
    finally:
        for path, members, name, before, _ in places:
            now = members.pop(name) if before is ABSENT else members[name]
            if before is not ABSENT:
                members[name] = before
            if path in given and isinstance(parameter_and_buffer_dicts, dict):  # forward may have assigned to a buffer
                parameter_and_buffer_dicts[path] = now


def _merged(dicts: Any) -> dict[str, Any]:
    """One dict of several, which have no path in common."""
    if isinstance(dicts, Mapping):
        return dict(dicts)
    if not isinstance(dicts, Sequence) or not all(isinstance(d, Mapping) for d in dicts):
        raise ValueError(
            "functional_call: expected parameter_and_buffer_dicts to be a dict from paths to tensors, or a list or tuple of "
            f"such dicts, got {type(dicts).__name__}"
        )
    twice = [path for path, n in Counter(path for d in dicts for path in d).items() if n > 1]
    if twice:
        raise ValueError(f"functional_call: {twice} appeared in multiple dictionaries; give each path once")
    return {path: value for d in dicts for path, value in d.items()}


def _tied(module: Module, given: dict[str, Any]) -> dict[str, Any]:
    """The values with those of tied tensors under each of their paths."""
    paths: dict[int, list[str]] = {}
    for named in (module.named_parameters, module.named_buffers):
        for path, value in named(remove_duplicate=False):
            paths.setdefault(id(value), []).append(path)
    out = dict(given)
    for tied in paths.values():
        values = [given[path] for path in tied if path in given]
        if len(tied) > 1 and values:
            if any(value is not values[0] for value in values):
                raise ValueError(
                    f"functional_call got multiple values for keys {sorted(tied)}, which are tied; give one of them, or "
                    "tie_weights=False"
                )
            out.update(dict.fromkeys(tied, values[0]))
    return out


def _check_paths(module: Module, given: dict[str, Any]) -> None:
    """Raise unless the paths are those of all parameters and buffers."""
    known = {
        path for named in (module.named_parameters, module.named_buffers) for path, _ in named(remove_duplicate=False)
    }
    wrong = [("Unexpected", sorted(set(given) - known)), ("Missing", sorted(known - set(given)))]
    lines = [f"{what} key(s): {', '.join(map(repr, paths))}." for what, paths in wrong if paths]
    if lines:
        raise RuntimeError(f"Error(s) in reparametrizing for {type(module).__name__}:\n\t" + "\n\t".join(lines))
