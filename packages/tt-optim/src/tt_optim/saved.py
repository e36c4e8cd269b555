"""The state of an optimizer as a dict, in PyTorch's layout: parameters by number, so that it can be saved and moved."""

from collections import defaultdict
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import numpy as np
from tt_autograd.tensor import Tensor
from tt_tensor import Tensor as Base

IMPLEMENTATION = ("foreach", "fused", "capturable", "differentiable")


def pack(groups: list[dict[str, Any]], state: dict[Any, dict[str, Any]]) -> dict[str, Any]:
    """`{"state": {0: {...}}, "param_groups": [{..., "params": [0, 1]}]}`, sharing the tensors in the state."""
    index: dict[int, int] = {}
    for group in groups:
        for p in group["params"]:
            index.setdefault(id(p), len(index))
    return {
        "state": {index[id(p)] if isinstance(p, Tensor) else p: values for p, values in state.items()},
        "param_groups": [
            _without_params(group) | {"params": [index[id(p)] for p in group["params"]]} for group in groups
        ],
    }


def _without_params(group: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in group.items() if name != "params"}


def unpack(
    saved: dict[str, Any], groups: list[dict[str, Any]], fit: Callable[[str, Any, Tensor, Any, dict[str, Any]], Any]
) -> tuple[defaultdict[Any, dict[str, Any]], list[dict[str, Any]]]:
    """State and parameter groups from what `pack` made, for the parameters in `groups`. Checks all, changes nothing.

    `fit` is the optimizer's `fitted`, which copies a value. Arrays of other libraries are taken as well, among them PyTorch's
    tensors.
    """
    loaded = saved["param_groups"]
    if len(loaded) != len(groups):
        raise ValueError(
            f"loaded state dict has a different number of parameter groups: {len(loaded)}, the optimizer has {len(groups)}"
        )
    params: dict[Any, Tensor] = {}
    options: dict[Any, dict[str, Any]] = {}  # the group that each parameter will be in
    for i, (old, group) in enumerate(zip(loaded, groups)):
        if len(old["params"]) != len(group["params"]):
            raise ValueError(
                f"loaded state dict contains a parameter group that doesn't match the size of optimizer's group: "
                f"group {i} has {len(old['params'])} parameters there, {len(group['params'])} here"
            )
        params.update(zip(old["params"], group["params"]))
        options |= dict.fromkeys(old["params"], group | old)
    state: defaultdict[Any, dict[str, Any]] = defaultdict(dict)
    for key, values in saved["state"].items():
        p = params.get(key)
        state[key if p is None else p] = (
            deepcopy(values) if p is None else {name: fit(name, v, p, key, options[key]) for name, v in values.items()}
        )
    new = []
    for old, group in zip(loaded, groups):
        names = {name: group[name] for name in ("param_names",) if name in group and name not in old}
        own = {name: group[name] for name in IMPLEMENTATION if name in group}
        new.append({"params": group["params"]} | deepcopy(_without_params(old)) | names | own)
    return state, new


def fitted(name: str, value: Any, p: Tensor) -> Any:
    """A copy of a value from a saved state for parameter `p`: arrays as tensors, floating ones in its dtype.

    The number of steps and NAdam's product of momenta keep theirs, and are tensors even if they come as numbers.
    """
    counts = name in ("step", "mu_product")
    if isinstance(value, dict):
        return {key: fitted(key, x, p) for key, x in value.items()}
    if type(value) in (list, tuple):
        return type(value)(fitted("", x, p) for x in value)
    arrays = isinstance(value, Base) or (hasattr(value, "__array__") and not isinstance(value, np.generic))
    if arrays or (counts and isinstance(value, float | int | np.generic)):
        array = np.asarray(value.array if isinstance(value, Base) else value).copy()
        if counts:
            return Tensor(array if array.dtype.kind == "f" else array.astype(np.float32))
        return Tensor(array.astype(p.array.dtype, copy=False) if array.dtype.kind == "f" else array)
    return deepcopy(value)
