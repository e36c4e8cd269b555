"""Samples become a batch."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import tt_tensor
from tt_tensor import Tensor
from tt_tensor.errors import ShapeError

Make = Callable[[Any], Any]


def collate(samples: Sequence[Any], make: Make = tt_tensor.from_numpy) -> Any:
    """Stack samples of one structure: tensors, arrays and numbers become tensors [B, ...], containers are kept.

    Args:
        samples: B samples, each a tensor, array, number, string, or a tuple, list or dict of such.
        make: what makes a tensor of a NumPy array.

    Returns:
        One structure of the samples' form; tuples and lists become lists, as in PyTorch.

    Raises:
        ShapeError: if containers differ in length, or tensors and arrays in shape.
        TypeError: if a sample is of a kind that cannot be stacked.

    Examples:
        >>> collate([(1, 0.5), (2, 1.5)])
        [tensor([1, 2]), tensor([0.5000, 1.5000], dtype=float64)]
    """
    first = samples[0]
    if isinstance(first, Tensor):
        return tt_tensor.stack(list(samples))
    if isinstance(first, np.ndarray | np.generic):
        try:
            return make(np.stack([np.asarray(x) for x in samples]))
        except ValueError:
            raise ShapeError(
                f"collate: arrays of one batch differ in shape: {[np.shape(x) for x in samples]}"
            ) from None
    if isinstance(first, bool | int | float):
        return make(np.asarray(samples))  # floats are float64, as PyTorch's default_collate has them
    if isinstance(first, str | bytes):
        return list(samples)
    if isinstance(first, Mapping):
        return {key: collate([x[key] for x in samples], make) for key in first}
    if isinstance(first, Sequence):
        if len({len(x) for x in samples}) > 1:
            raise ShapeError(f"collate: samples of one batch differ in length: {sorted({len(x) for x in samples})}")
        return [collate(column, make) for column in zip(*samples)]
    raise TypeError(
        f"collate: cannot stack samples of type {type(first).__name__}; return tensors, arrays, numbers or containers "
        f"of them, or pass collate_fn"
    )
