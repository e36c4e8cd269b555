"""Tensors from what Python and NumPy have: numbers, nested lists, arrays."""

import functools
from collections.abc import Iterator
from typing import Any

import numpy as np

from .dtypes import (
    DType,
    as_dtype,
    check_supported,
    dtype_of_number,
    get_default_dtype,
    promote_types,
    with_own_dtype,
)
from .size import check_device
from .tensor import Tensor

# The functions of this file that return `Tensor`, and take `dtype` and `device`: see `creation.CREATION`.
FROM_DATA = ("tensor", "as_tensor", "asarray", "from_numpy", "scalar_tensor")


def array_from(data: Any, dtype: Any = None, *, name: str = "tensor", copy: bool = True) -> np.ndarray[Any, Any]:
    """`data` (a number, nested lists, an array, a tensor) as an array; floats from Python are of the default dtype."""
    wanted = None if dtype is None else as_dtype(dtype)
    if isinstance(data, Tensor):
        data = data.array
    if isinstance(data, np.ndarray):
        check_supported(name, data.dtype)
        a: np.ndarray[Any, Any] = with_own_dtype(data.astype(wanted or data.dtype, order="K", copy=copy))
        return a
    first = data
    while isinstance(first, list | tuple) and first:
        first = first[0]
    if first is not data and isinstance(first, Tensor):
        data = unwrapped(data)
    try:
        a = np.array(data)
    except ValueError as error:
        raise ValueError(f"{name}: the nested lists are not of the same length everywhere ({error})") from None
    large = a.dtype.kind in "uO" or (a.dtype.kind == "f" and isinstance(first, int) and bool((abs(a) >= 2**63).any()))
    if large and not hasattr(data, "dtype"):
        a = _of_large(name, data, a, wanted)
    check_supported(name, a.dtype, data)
    if wanted is not None:
        return _converted(name, a, wanted)
    empty = a.size == 0 and not hasattr(data, "dtype")
    if empty or (a.dtype.kind in "fc" and not hasattr(first, "dtype")):  # Python's floats, or nothing
        return a.astype(dtype_of_number(1j if a.dtype.kind == "c" else 1.0), copy=False)
    if isinstance(data, list | tuple) and isinstance(first, np.generic) and a.dtype.kind in "fc":
        # NumPy makes float64 of a scalar of its own beside a number of Python's, or of a whole and a floating one.
        kinds = {x.dtype if hasattr(x, "dtype") else dtype_of_number(x) for x in _leaves(data)}
        return a.astype(functools.reduce(promote_types, kinds), copy=False)
    return a


def _of_large(name: str, data: Any, a: Any, wanted: DType | None) -> np.ndarray[Any, Any]:
    """Python's numbers, as the array `a` unless an int is too large for int64: NumPy would make objects of it, or round it."""
    found = list(_leaves(data))
    if not all(type(x) in (bool, int, float, complex) for x in found):
        return np.asarray(a)
    if all(-(2**63) <= x < 2**63 for x in found if type(x) is int):
        return np.asarray(a)
    if any(type(x) in (float, complex) for x in found):
        return np.array(data, np.complex128 if complex in map(type, found) else np.float64)
    if wanted is None or wanted.kind == "i" or (wanted.kind == "u" and not all(0 <= x < 2**64 for x in found)):
        raise ValueError(f"{name}: an integer is too large for {wanted or 'int64'}; pass floats, or dtype=uint64")
    return np.array(data, np.uint64 if wanted.kind == "u" else np.float64)


def _leaves(data: Any) -> Iterator[Any]:
    """What nested lists hold."""
    if isinstance(data, list | tuple):
        for x in data:
            yield from _leaves(x)
    else:
        yield data


def unwrapped(data: Any) -> Any:
    """Nested lists of tensors as nested lists of arrays."""
    if isinstance(data, list | tuple):
        return [unwrapped(x) for x in data]
    return data.array if isinstance(data, Tensor) else data


def _converted(name: str, a: Any, wanted: DType) -> np.ndarray[Any, Any]:
    """Python's numbers `a` in the dtype `wanted`, which must be able to hold them (as in C, -1 becomes the largest uint8)."""
    if wanted.kind in "iu" and a.size and a.dtype.kind in "iuf":
        info = np.iinfo(wanted)
        low = -int(info.max) if wanted.kind == "u" else int(info.min)
        smallest, largest = a.min(), a.max()
        if not (low <= smallest and largest <= int(info.max)):  # false for NaN
            raise RuntimeError(
                f"{name}: a value cannot be converted to {wanted} without overflow: {smallest} to {largest}"
            )
    converted: np.ndarray[Any, Any] = a.astype(wanted, copy=False)
    return converted


def tensor(data: Any, *, dtype: Any = None, device: Any = None) -> Tensor:
    """A new tensor with a copy of `data`.

    Args:
        data: a number, nested lists of numbers, a NumPy array, a tensor.
        dtype: the dtype; by default that of an array, or what Python numbers stand for: bool, int64, float32.
        device: None or "cpu".

    Raises:
        ValueError: if nested lists differ in length.
        DTypeError: if `data` holds something else than numbers.

    Examples:
        >>> from tt_tensor import tensor
        >>> tensor([[1.0, 2.0], [3.0, 4.0]])
        tensor([[1., 2.],
                [3., 4.]])
    """
    check_device(device)
    return Tensor(array_from(data, dtype))


def as_tensor(data: Any, dtype: Any = None, device: Any = None) -> Tensor:
    """`data` as a tensor without a copy where that is possible: a tensor itself, an array's memory shared.

    Examples:
        >>> from tt_tensor import as_tensor
        >>> import numpy as np
        >>> a = np.zeros(2)
        >>> x = as_tensor(a)
        >>> a[0] = 1
        >>> x
        tensor([1., 0.], dtype=float64)
    """
    check_device(device)
    if isinstance(data, Tensor):
        return data if dtype is None else data.to(dtype)
    return Tensor(array_from(data, dtype, name="as_tensor", copy=False))


def asarray(obj: Any, *, dtype: Any = None, device: Any = None, copy: bool | None = None) -> Tensor:
    """`obj` as a tensor: with `copy` True always a copy, False never (or an error), None only where it must be."""
    check_device(device)
    source = obj.array if isinstance(obj, Tensor) else obj
    if copy is False and not (isinstance(source, np.ndarray) and (dtype is None or source.dtype == as_dtype(dtype))):
        raise ValueError("asarray: this needs a copy, but copy=False; pass copy=None")
    return tensor(obj, dtype=dtype) if copy else as_tensor(obj, dtype)


def from_numpy(ndarray: Any) -> Tensor:
    """A tensor that shares the memory of a NumPy array: a change of one is seen in the other.

    Raises:
        TypeError: if it is not a NumPy array, or of a dtype that tensors do not have.

    Examples:
        >>> from tt_tensor import from_numpy
        >>> import numpy as np
        >>> a = np.array([1, 2, 3])
        >>> x = from_numpy(a)
        >>> a[0] = -1
        >>> x
        tensor([-1,  2,  3])
    """
    if not isinstance(ndarray, np.ndarray):
        raise TypeError(f"from_numpy: expected a NumPy array, got {type(ndarray).__name__}; use tensor(...)")
    check_supported("from_numpy", ndarray.dtype)
    return Tensor(with_own_dtype(ndarray))


def scalar_tensor(s: Any, *, dtype: Any = None, device: Any = None) -> Tensor:
    """A 0-d tensor of the default float dtype that holds the number `s`."""
    return tensor(s, dtype=dtype or get_default_dtype(), device=device)
