"""Tensors from numbers, lists and arrays, and tensors filled by a rule: zeros, arange, eye, ..."""

import functools
import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from .dtypes import (
    DType,
    as_dtype,
    check_supported,
    dtype_of_number,
    get_default_dtype,
    int64,
    promote_types,
    with_own_dtype,
)
from .errors import DTypeError, ShapeError
from .ops.dims import either, ndim_of
from .primitive import write
from .size import check_device
from .tensor import Tensor

# The functions of this file that make a tensor from nothing: they return `Tensor`, and take `dtype` and `device`.
CREATION = (
    "tensor", "as_tensor", "asarray", "from_numpy", "scalar_tensor", "zeros", "ones", "full", "empty", "zeros_like", "ones_like",
    "full_like", "empty_like", "arange", "range", "linspace", "logspace", "eye", "tril_indices", "triu_indices",
)  # fmt: skip


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
    if (isinstance(first, float | complex) and not hasattr(first, "dtype")) or (
        a.size == 0 and not hasattr(data, "dtype")
    ):
        kind = dtype_of_number(1j if a.dtype.kind == "c" else 1.0)
        return a.astype(kind, copy=False)
    if a.dtype.kind in "fc" and not hasattr(first, "dtype"):  # [1, 2.5]: the first is an int
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


def size_of(name: str, args: tuple[Any, ...], size: Any = None) -> tuple[int, ...]:
    """The shape that `f(2, 3)`, `f((2, 3))`, `f([2, 3])` and `f(size=(2, 3))` ask for."""
    size = args if size is None else either(name, "size", args, size)
    if len(size) == 1 and isinstance(size[0], tuple | list):
        size = tuple(size[0])
    for n in size:
        if not isinstance(n, int | np.integer) or isinstance(n, bool):
            if isinstance(n, Tensor) and n.array.ndim == 0 and n.array.dtype.kind in "iu":
                continue
            raise TypeError(f"{name}: sizes must be ints, got {n!r} of type {type(n).__name__}")
        if n < 0:
            raise ShapeError(f"{name}: a size cannot be negative, got {size}")
    return tuple(int(n) for n in size)


def made(name: str, array: Any, out: Any) -> Tensor:
    """`array` as a tensor, or written into `out`, which takes its shape only if it is empty."""
    if out is None:
        return Tensor(array)
    write(name, out.array, array)
    return out  # type: ignore[no-any-return]


def zeros(*args: Any, size: Any = None, out: Any = None, dtype: Any = None, device: Any = None) -> Tensor:
    """A tensor of zeros.

    Args:
        args: the shape, as ints or as one sequence.
        size: the same as a keyword.
        out: a tensor of that shape to write into.
        dtype: the dtype; the default float if None.
        device: None or "cpu".

    Examples:
        >>> from tt_tensor import zeros
        >>> zeros(2, 3)
        tensor([[0., 0., 0.],
                [0., 0., 0.]])
    """
    check_device(device)
    return made(
        "zeros",
        np.zeros(size_of("zeros", args, size), _float(dtype, out)),
        out,
    )


def ones(*args: Any, size: Any = None, out: Any = None, dtype: Any = None, device: Any = None) -> Tensor:
    """A tensor of ones; see `zeros`.

    Examples:
        >>> from tt_tensor import ones
        >>> ones((2,), dtype=int)
        tensor([1, 1])
    """
    check_device(device)
    return made(
        "ones",
        np.ones(size_of("ones", args, size), _float(dtype, out)),
        out,
    )


def empty(*args: Any, size: Any = None, out: Any = None, dtype: Any = None, device: Any = None) -> Tensor:
    """A tensor whose values are whatever was in memory; see `zeros`."""
    check_device(device)
    return made(
        "empty",
        np.empty(size_of("empty", args, size), _float(dtype, out)),
        out,
    )


def full(size: Any, fill_value: Any, *, out: Any = None, dtype: Any = None, device: Any = None) -> Tensor:
    """A tensor filled with one number, of the dtype that the number stands for.

    Examples:
        >>> from tt_tensor import full
        >>> full((2, 2), 7)
        tensor([[7, 7],
                [7, 7]])
    """
    check_device(device)
    value = fill_value.array if isinstance(fill_value, Tensor) else fill_value
    if isinstance(value, np.generic):
        value = value.item()
    kind = as_dtype(dtype) if dtype is not None else getattr(value, "dtype", None) or dtype_of_number(value)
    shape = size_of("full", (size,) if isinstance(size, int) else tuple(size))
    return made("full", np.full(shape, value, kind), out)


def _float(dtype: Any, out: Any) -> DType:
    """The dtype asked for; that of `out`; or the default float."""
    if dtype is not None:
        return as_dtype(dtype)
    return get_default_dtype() if out is None else out.array.dtype


def _like(name: str, input: Any, dtype: Any, device: Any, fill: Any) -> Any:
    """A tensor of the class, the shape and (unless given) the dtype of `input`, made by `fill(shape, dtype)`."""
    check_device(device)
    if not isinstance(input, Tensor):
        raise TypeError(f"{name}: expected Tensor, got {type(input).__name__}")
    return input.plain(fill(input.array.shape, input.array.dtype if dtype is None else as_dtype(dtype)))


def zeros_like(input: Any, *, dtype: Any = None, device: Any = None) -> Any:
    """Zeros in the shape and dtype of `input`.

    Examples:
        >>> from tt_tensor import tensor, zeros_like
        >>> zeros_like(tensor([1, 2]))
        tensor([0, 0])
    """
    return _like("zeros_like", input, dtype, device, np.zeros)


def ones_like(input: Any, *, dtype: Any = None, device: Any = None) -> Any:
    """Ones in the shape and dtype of `input`."""
    return _like("ones_like", input, dtype, device, np.ones)


def empty_like(input: Any, *, dtype: Any = None, device: Any = None) -> Any:
    """Unset values in the shape and dtype of `input`."""
    return _like("empty_like", input, dtype, device, np.empty)


def full_like(input: Any, fill_value: Any, *, dtype: Any = None, device: Any = None) -> Any:
    """`fill_value` in the shape and dtype of `input`."""
    return _like("full_like", input, dtype, device, lambda shape, kind: np.full(shape, _number(fill_value), kind))


def _number(value: Any) -> Any:
    return value.item() if isinstance(value, Tensor | np.generic) else value


def arange(
    start: Any = None, end: Any = None, step: Any = 1, *, out: Any = None, dtype: Any = None, device: Any = None
) -> Tensor:
    """start, start + step, ... up to but without end.

    Args:
        start: the first value; with one argument that is `end`, and start is 0.
        end: the bound, which is not reached.
        step: the distance, not 0.
        out: a tensor to write into.
        dtype: by default int64 if all three are ints, else the default float.
        device: None or "cpu".

    Raises:
        RuntimeError: if step is 0 or points away from end.

    Examples:
        >>> from tt_tensor import arange
        >>> arange(5)
        tensor([0, 1, 2, 3, 4])
        >>> arange(1, 2.5, 0.5)
        tensor([1.0000, 1.5000, 2.0000])
    """
    check_device(device)
    if start is None or end is None:
        start, end = 0, start if end is None else end
    if end is None:
        raise TypeError("arange: missing the argument 'end'")
    start, end, step = _number(start), _number(end), _number(step)
    whole = isinstance(start, int) and isinstance(end, int) and isinstance(step, int)
    kind = as_dtype(dtype) if dtype is not None else int64 if whole else _float(None, out)
    if step == 0 or (kind.kind in "iu" and int(step) == 0):
        raise RuntimeError("arange: step must be non-zero")
    if not (math.isfinite(start) and math.isfinite(end)):
        raise RuntimeError(f"arange: unsupported range: {start} -> {end}")
    if (end - start) * step < 0:
        raise RuntimeError(f"arange: end {end} is not reached from start {start} by a step of {step}")
    if whole or kind.kind in "iu":
        values = np.arange(int(start), int(end), int(step) or step)
    else:
        values = start + np.arange(math.ceil((end - start) / step), dtype=np.float64) * step
    return made("arange", values.astype(kind, copy=False), out)


def range(start: Any, end: Any, step: Any = 1, *, dtype: Any = None, device: Any = None) -> Tensor:
    """start, start + step, ... up to and with end, as floats. PyTorch deprecates it: `arange` is Python's range."""
    check_device(device)
    count = math.floor((end - start) / step) + 1
    return Tensor((start + np.arange(max(count, 0), dtype=np.float64) * step).astype(_float(dtype, None)))


def linspace(start: Any, end: Any, steps: int, *, out: Any = None, dtype: Any = None, device: Any = None) -> Tensor:
    """`steps` values from start to end, both included, at equal distances.

    Examples:
        >>> from tt_tensor import linspace
        >>> linspace(0, 1, 5)
        tensor([0.0000, 0.2500, 0.5000, 0.7500, 1.0000])
    """
    check_device(device)
    if steps < 0:
        raise RuntimeError(f"linspace: number of steps must be non-negative, got {steps}")
    values = np.linspace(_number(start), _number(end), steps)
    return made("linspace", values.astype(_float(dtype, out)), out)


def logspace(
    start: Any,
    end: Any,
    steps: int,
    base: float = 10.0,
    *,
    out: Any = None,
    dtype: Any = None,
    device: Any = None,
) -> Tensor:
    """`base` to the powers from start to end, `steps` of them: base ** linspace(start, end, steps).

    Examples:
        >>> from tt_tensor import logspace
        >>> logspace(0, 2, 3)
        tensor([  1.,  10., 100.])
    """
    check_device(device)
    if steps < 0:
        raise RuntimeError(f"logspace: number of steps must be non-negative, got {steps}")
    values = np.power(float(base), np.linspace(_number(start), _number(end), steps))
    return made("logspace", values.astype(_float(dtype, out)), out)


def eye(n: int, m: int | None = None, *, out: Any = None, dtype: Any = None, device: Any = None) -> Tensor:
    """The matrix with ones on the diagonal and zeros elsewhere, n x m (n x n if m is None).

    Examples:
        >>> from tt_tensor import eye
        >>> eye(2, 3)
        tensor([[1., 0., 0.],
                [0., 1., 0.]])
    """
    check_device(device)
    rows, columns = size_of("eye", (n, n if m is None else m))
    return made("eye", np.eye(rows, columns, dtype=_float(dtype, out)), out)


def tril_indices(row: int, col: int, offset: int = 0, *, dtype: Any = int64, device: Any = None) -> Tensor:
    """The rows and the columns of the lower triangle of a row x col matrix: a tensor of shape (2, count).

    Examples:
        >>> from tt_tensor import tril_indices
        >>> tril_indices(2, 2)
        tensor([[0, 1, 1],
                [0, 0, 1]])
    """
    check_device(device)
    return Tensor(np.array(np.tril_indices(row, offset, col)).astype(as_dtype(dtype)))


def triu_indices(row: int, col: int, offset: int = 0, *, dtype: Any = int64, device: Any = None) -> Tensor:
    """The rows and the columns of the upper triangle of a row x col matrix: a tensor of shape (2, count)."""
    check_device(device)
    return Tensor(np.array(np.triu_indices(row, offset, col)).astype(as_dtype(dtype)))


def meshgrid(*tensors: Any, indexing: str = "ij") -> tuple[Any, ...]:
    """The coordinates of a grid: for 1-d tensors of n, m, ... values, tensors of shape (n, m, ...) that vary along one axis each.

    Args:
        tensors: 1-d (or 0-d) tensors, or one list of them.
        indexing: "ij", or "xy" for the first two axes exchanged, as in a picture.

    Examples:
        >>> from tt_tensor import meshgrid, tensor
        >>> x, y = meshgrid(tensor([1, 2]), tensor([3, 4, 5]))
        >>> x
        tensor([[1, 1, 1],
                [2, 2, 2]])
    """
    if len(tensors) == 1 and isinstance(tensors[0], list | tuple):
        tensors = tuple(tensors[0])
    if indexing not in ("ij", "xy"):
        raise RuntimeError(f"meshgrid: indexing must be 'ij' or 'xy', got {indexing!r}")
    if any(ndim_of("meshgrid", x) > 1 for x in tensors):
        raise ShapeError(f"meshgrid: expected 0-d or 1-d tensors, got shapes {[tuple(x.shape) for x in tensors]}")
    if len({x.dtype for x in tensors}) > 1:
        raise DTypeError(f"meshgrid: expected tensors of the same dtype, got {[str(x.dtype) for x in tensors]}")
    count = len(tensors)
    shape = [x.numel() for x in tensors]
    grids = [x.reshape([-1 if k == i else 1 for k in np.arange(count)]).expand(shape) for i, x in enumerate(tensors)]
    if indexing == "xy" and count > 1:
        grids = [grid.transpose(0, 1) for grid in grids]
    return tuple(grids)
