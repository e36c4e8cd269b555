"""Nested dicts, lists and tuples with tensors in them, as text and tensors apart: what a safetensors file can hold."""

from typing import Any

import numpy as np

from .tensor import Tensor

PLAIN = (str, int, float, bool, type(None))


def place_of(array: Any) -> Any:
    """Where an array's values lie in memory, and how: equal for two that are the same. None if it has no values."""
    return (array.__array_interface__["data"][0], array.shape, array.strides, array.dtype.str) if array.size else None


def split(value: Any, path: str, tensors: dict[str, Any], places: dict[Any, str]) -> Any:
    """`value` as JSON knows it, with its tensors put into `tensors` under their paths.

    Args:
        value: dicts, lists, tuples, numbers, text, None, tensors and NumPy arrays, nested.
        path: where in the whole it stands, for names and for errors; "" for the whole.
        tensors: gets the arrays by name.
        places: memory seen before and its name, so that tied weights are written once. Begin with an empty dict.

    Raises:
        TypeError: something else is in there, which is named.
    """
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, PLAIN):
        return value
    if isinstance(value, Tensor | np.ndarray):
        array = value.array if isinstance(value, Tensor) else value
        place = place_of(array)
        name = None if place is None else places.get(place)
        if name is None:
            name = path or "tensor"
            while name in tensors:
                name += "_"
            tensors[name] = array
            places[place] = name
        return {"tensor" if isinstance(value, Tensor) else "array": name}
    stem = f"{path}." if path else ""
    if isinstance(value, dict):
        for key in value:
            if not isinstance(key, PLAIN):
                raise TypeError(
                    f"{path or 'dict'}: a key of type {type(key).__name__} cannot be saved; use text or numbers"
                )
        return {"dict": [[key, split(entry, f"{stem}{key}", tensors, places)] for key, entry in value.items()]}
    if isinstance(value, list | tuple):
        kind = "list" if isinstance(value, list) else "tuple"
        return {kind: [split(entry, f"{stem}{i}", tensors, places) for i, entry in enumerate(value)]}
    raise TypeError(
        f"{f'{path}: ' if path else ''}a {type(value).__name__} cannot be saved, only numbers, text and tensors, in dicts, lists "
        f"and tuples; of a module or an optimizer save the state_dict()"
    )


def join(value: Any, tensors: dict[str, Any], make: type[Tensor]) -> Any:
    """What `split` was given, from what it returned and the arrays it put into `tensors`; tensors are of class `make`."""
    if not isinstance(value, dict):
        return value
    ((kind, entry),) = value.items()
    if kind == "tensor":
        return make(tensors[entry])
    if kind == "array":
        return tensors[entry]
    if kind == "dict":
        return {key: join(x, tensors, make) for key, x in entry}
    return {"list": list, "tuple": tuple}[kind](join(x, tensors, make) for x in entry)
