"""Samples become a batch."""

import copy
from array import array
from collections.abc import Callable, Mapping, MutableMapping, MutableSequence, Sequence
from typing import Any

import numpy as np
import tt_tensor
from tt_tensor import Tensor
from tt_tensor.errors import DTypeError, ShapeError

Make = Callable[[Any], Any]
MISFIT = "default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; found {}"


def collate(
    batch: Sequence[Any],
    *,
    collate_fn_map: Mapping[Any, Callable[..., Any]] | None = None,
    make: Make = tt_tensor.from_numpy,
) -> Any:
    """Stack samples of one structure: tensors, arrays and numbers become tensors [B, ...], containers are kept.

    Args:
        batch: B samples, each a tensor, array, number, string, or a tuple, list or dict of such.
        collate_fn_map: for samples of further types, or of these in another way: from a type, or a tuple of types, to
            a function `f(samples, *, collate_fn_map)`.
        make: what makes a tensor of a NumPy array.

    Returns:
        One structure of the samples' form; tuples become lists, as in PyTorch.

    Raises:
        ShapeError: if containers differ in length, or tensors and arrays in shape.
        KeyError: if a dict has not all keys of the first.
        TypeError: if a sample is of a kind that cannot be stacked.

    Examples:
        >>> collate([(1, 0.5), (2, 1.5)])
        [tensor([1, 2]), tensor([0.5000, 1.5000], dtype=float64)]
        >>> collate([{1, 2}, {3}], collate_fn_map={set: lambda samples, *, collate_fn_map: samples})
        [{1, 2}, {3}]
    """
    first = batch[0]
    for kind, function in (collate_fn_map or {}).items():
        if isinstance(first, kind):
            return function(batch, collate_fn_map=collate_fn_map)
    if isinstance(first, Tensor):
        return stacked(batch)
    if isinstance(first, np.ndarray):
        if first.dtype.kind in "SaUO":
            raise TypeError(MISFIT.format(first.dtype) + "; pass collate_fn")
        return stacked([make(np.asarray(x)) for x in batch])
    if isinstance(first, int | float | np.number | np.bool_):
        return make(numbers(batch))
    if isinstance(first, str | bytes):
        return batch

    def again(samples: Sequence[Any]) -> Any:
        return collate(samples, collate_fn_map=collate_fn_map, make=make)

    if isinstance(first, Mapping):
        try:
            columns = {key: [x[key] for x in batch] for key in first}
        except KeyError as error:
            raise KeyError(f"default_collate: a sample has no {error.args[0]!r}, as the first one has") from None
        return rebuilt(first, {key: again(column) for key, column in columns.items()})
    if isinstance(first, Sequence):
        if len({len(x) for x in batch}) > 1:
            raise ShapeError(
                "default_collate: each element in list of batch should be of equal size, "
                f"got sizes {sorted({len(x) for x in batch})}"
            )
        return rebuilt(first, [again(column) for column in zip(*batch)])
    raise TypeError(MISFIT.format(type(first)) + "; pass collate_fn")


def default_collate(batch: Sequence[Any]) -> Any:
    """Stack samples of one structure, as `DataLoader` does by itself: `collate` without settings.

    Args:
        batch: B samples, each a tensor, array, number, string, or a tuple, list or dict of such.

    Returns:
        One structure of the samples' form, of tensors [B, ...].

    Raises:
        ShapeError: if containers differ in length, or tensors and arrays in shape.
        KeyError: if a dict has not all keys of the first.
        TypeError: if a sample is of a kind that cannot be stacked.

    Examples:
        >>> default_collate([{"x": 1, "name": "a"}, {"x": 2, "name": "b"}])
        {'x': tensor([1, 2]), 'name': ['a', 'b']}
    """
    return collate(batch)


def convert(data: Any, make: Make = tt_tensor.from_numpy) -> Any:
    """`default_convert`, with `make` to make a tensor of a NumPy array."""
    if isinstance(data, Tensor):
        return data
    if isinstance(data, np.ndarray | np.generic):
        array = np.asarray(data)
        return data if array.dtype.kind in "SaUO" else make(array)
    if isinstance(data, str | bytes):
        return data
    if isinstance(data, Mapping):
        return rebuilt(data, {key: convert(data[key], make) for key in data})
    if isinstance(data, Sequence):
        return rebuilt(data, [convert(x, make) for x in data])
    return data


def default_convert(data: Any) -> Any:
    """Turn the arrays inside a sample into tensors and leave the rest alone: what `DataLoader` does where nothing is batched.

    Args:
        data: a tensor, an array, or a tuple, list or dict of such.

    Returns:
        One structure of the same form; tuples become lists, as in PyTorch.

    Examples:
        >>> import numpy as np
        >>> default_convert({"x": np.array([1, 2]), "name": "a"})
        {'x': tensor([1, 2]), 'name': 'a'}
    """
    return convert(data)


def numbers(batch: Sequence[Any]) -> Any:
    """Numbers as an array [B], of float64 if the first is one of Python's floats, as PyTorch has it."""
    first = batch[0]
    try:
        if isinstance(first, np.number | np.bool_):
            found = np.asarray(batch)
            if found.dtype.kind in "biufc":
                return found
        elif isinstance(first, float):
            return np.array(array("d", batch))  # NumPy would make NaN of None, and read strings
        else:
            return tt_tensor.tensor(list(batch)).array
    except (TypeError, ValueError):
        if all(isinstance(x, int | float | np.number | np.bool_) for x in batch):
            raise
    kinds = ", ".join(sorted({type(x).__name__ for x in batch}))
    raise DTypeError(f"default_collate: samples of the kinds {kinds} do not make a batch of numbers; pass collate_fn")


def stacked(tensors: Sequence[Any]) -> Any:
    """`stack`, which for plain tensors of one shape and dtype is done in one call to NumPy."""
    first = tensors[0]
    cls, shape, dtype = type(first), first.array.shape, first.array.dtype
    for x in tensors:
        if type(x) is not cls or x.more is not None or x.array.dtype is not dtype or x.array.shape != shape:
            shapes = sorted({tuple(x.shape) for x in tensors if isinstance(x, Tensor)})
            if len(shapes) > 1:
                raise ShapeError(
                    f"default_collate: samples of the shapes {', '.join(map(str, shapes))} do not make a batch; bring them to "
                    "one shape in the data set, or pass a collate_fn that does"
                )
            return tt_tensor.stack(list(tensors))
    out = object.__new__(cls.plain)
    if shape:
        out.array = np.concatenate([x.array for x in tensors]).reshape(len(tensors), *shape)
    else:
        out.array = np.array([x.array[()] for x in tensors], dtype)
    out.more = None
    return out


def rebuilt(like: Any, content: Any) -> Any:
    """`content`, a dict or a list, in a container like `like`; in a plain one if that class cannot be made of it."""
    if isinstance(like, tuple):
        return type(like)(*content) if hasattr(like, "_fields") else content
    if type(like) is type(content):
        return content
    try:
        if not isinstance(like, MutableMapping | MutableSequence):
            return type(like)(content)
        made = copy.copy(like)  # it may have more in it than its items
        if isinstance(made, MutableMapping):
            made.update(content)
        else:
            for k, item in enumerate(content):
                made[k] = item
    except TypeError:
        return content
    return made
