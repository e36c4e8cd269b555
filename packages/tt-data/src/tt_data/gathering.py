"""A batch in one go: which data sets can, and how it is done."""

import operator
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import tt_tensor
from tt_tensor import Tensor
from tt_tensor.errors import ShapeError


def keeps_up(thing: Any, fast: str, slow: str) -> bool:
    """Whether the method `fast` does what `slow` does: not if a subclass has redefined only the latter, or set it to None."""
    for cls in type(thing).__mro__:
        if fast in vars(cls):
            return vars(cls)[fast] is not None
        if slow in vars(cls):
            return False
    return False


def gathers(dataset: Any) -> bool:
    """Whether `dataset.gather(indices)` gives what collating `dataset[i]` for each index gives.

    It does not if a subclass has redefined `__getitem__` only, or if the question is passed on to a data set (one of
    `dataset.parts()`) of which this is true.
    """
    if not keeps_up(dataset, "gather", "__getitem__"):
        return False
    parts = getattr(dataset, "parts", None)
    return parts is None or all(gathers(part) for part in parts())


def ahead(dataset: Any) -> bool:
    """Whether a thread may gather from `dataset` before the batch is asked for: it and its parts say so by `ahead`."""
    return getattr(dataset, "ahead", False) is True and all(ahead(part) for part in dataset.parts())


def row(name: str, index: Any, n: int) -> int:
    """The place from 0 to n - 1 that an index from -n to n - 1 means."""
    k = operator.index(index)
    if not -n <= k < n:
        raise IndexError(f"{name}: index {k} is out of range for {n} samples")
    return k % n


def take(x: Any, indices: Any) -> Any:
    """The rows of a tensor or array at `indices`, an int64 array [B], in new memory.

    Args:
        x: a tensor or array [N, ...].
        indices: int64 [B], each from -N to N - 1.

    Returns:
        A tensor or array [B, ...] of the same class.

    Raises:
        IndexError: if an index is out of range.
    """
    if isinstance(x, Tensor):
        if x.more is not None:
            rows = tt_tensor.from_numpy(np.where(indices < 0, indices + len(x), indices))
            return x.index_select(0, rows)
        out = object.__new__(type(x).plain)
        a = x.array
        # ndarray.take is the faster one, but it first copies the whole of an array which is not contiguous.
        out.array = a.take(indices, 0) if a.flags.c_contiguous else a[indices]
        out.more = None
        return out
    return x.take(indices, 0) if x.flags.c_contiguous else x[indices]


def joined(batches: Sequence[Any], order: Any) -> Any:
    """Batches of one structure, one after the other, and then in `order` (int64 [B]).

    Raises:
        ShapeError: if lists differ in length.
        KeyError: if a dict has not all keys of the first.
    """
    first = batches[0]
    if isinstance(first, Tensor):
        return take(tt_tensor.cat(list(batches)), order)
    if isinstance(first, np.ndarray):
        return take(np.concatenate(batches), order)
    if isinstance(first, Mapping):
        return {key: joined([batch[key] for batch in batches], order) for key in first}
    if isinstance(first, tuple) and hasattr(first, "_fields"):
        return type(first)(*(joined(column, order) for column in zip(*batches)))
    if first and isinstance(first[0], str | bytes):
        samples = [sample for batch in batches for sample in batch]
        return type(first)(samples[k] for k in order.tolist())
    if len({len(batch) for batch in batches}) > 1:
        raise ShapeError(
            "ConcatDataset: the samples of the data sets should have as many parts each, "
            f"got {', '.join(str(len(batch)) for batch in batches)}"
        )
    return [joined(column, order) for column in zip(*batches)]
