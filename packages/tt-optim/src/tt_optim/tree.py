"""Nested dicts, lists and tuples with tensors in them, as text and tensors apart: what a safetensors file can hold."""

from typing import Any

import numpy as np
from tt_autograd.tensor import Tensor
from tt_tensor import Tensor as Base

PLAIN = (str, int, float, bool, type(None))


def split(value: Any, path: str, tensors: dict[str, Any], places: dict[Any, str]) -> Any:
    """`value` as JSON knows it, with its tensors put into `tensors` under their paths.

    Args:
        value: dicts, lists, tuples, numbers, text, None, tensors and NumPy arrays, nested.
        path: where in the whole it stands, for names and for errors.
        tensors: gets the arrays by name.
        places: memory seen before and its name, so that tied weights are written once. Begin with an empty dict.

    Raises:
        TypeError: something else is in there, which is named.
    """
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, PLAIN):
        return value
    if isinstance(value, Base | np.ndarray):
        array = value.array if isinstance(value, Base) else value
        place = (array.__array_interface__["data"][0], array.shape, array.strides, array.dtype.str)
        name = places.get(place) if array.size else None
        if name is None:
            name = path
            while name in tensors:
                name += "_"
            tensors[name] = array
            places[place] = name
        return {"tensor" if isinstance(value, Base) else "array": name}
    if isinstance(value, dict):
        for key in value:
            if not isinstance(key, PLAIN):
                raise TypeError(f"{path}: a key of type {type(key).__name__} cannot be saved; use text or numbers")
        return {"dict": [[key, split(entry, f"{path}.{key}", tensors, places)] for key, entry in value.items()]}
    if isinstance(value, list | tuple):
        kind = "list" if isinstance(value, list) else "tuple"
        return {kind: [split(entry, f"{path}.{i}", tensors, places) for i, entry in enumerate(value)]}
    raise TypeError(f"{path}: a {type(value).__name__} cannot be saved; a checkpoint holds numbers, text and tensors")


def join(value: Any, tensors: dict[str, Any]) -> Any:
    """What `split` was given, from what it returned and the arrays it put into `tensors`."""
    if not isinstance(value, dict):
        return value
    ((kind, entry),) = value.items()
    if kind == "tensor":
        return Tensor(tensors[entry])
    if kind == "array":
        return tensors[entry]
    if kind == "dict":
        return {key: join(x, tensors) for key, x in entry}
    return {"list": list, "tuple": tuple}[kind](join(x, tensors) for x in entry)
