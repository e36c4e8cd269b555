"""Tensors of a given shape, filled by a rule: zeros, full, arange, linspace, eye, ..."""

import math
from typing import Any

import numpy as np

from .dtypes import (
    DType,
    as_dtype,
    dtype_of_number,
    get_default_dtype,
    int64,
)
from .errors import DTypeError, ShapeError
from .ops.convert import number_as
from .ops.dims import either, ndim_of
from .primitive import write
from .size import check_device, check_format
from .tensor import Tensor

# The functions of this file that make a tensor from nothing: they return `Tensor`, and take `dtype` and `device`.
CREATION = (
    "zeros", "ones", "full", "empty", "zeros_like", "ones_like", "full_like", "empty_like", "arange", "range", "linspace",
    "logspace", "eye", "tril_indices", "triu_indices",
)  # fmt: skip


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
    """`array` as a tensor, or written into `out`, which must have its shape."""
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
    return made("zeros", np.zeros(size_of("zeros", args, size), float_dtype(dtype, out)), out)


def ones(*args: Any, size: Any = None, out: Any = None, dtype: Any = None, device: Any = None) -> Tensor:
    """A tensor of ones; see `zeros`.

    Examples:
        >>> from tt_tensor import ones
        >>> ones((2,), dtype=int)
        tensor([1, 1])
    """
    check_device(device)
    return made("ones", np.ones(size_of("ones", args, size), float_dtype(dtype, out)), out)


def empty(*args: Any, size: Any = None, out: Any = None, dtype: Any = None, device: Any = None) -> Tensor:
    """A tensor whose values are whatever was in memory; see `zeros`."""
    check_device(device)
    return made("empty", np.empty(size_of("empty", args, size), float_dtype(dtype, out)), out)


def fill_number(name: str, fill_value: Any) -> Any:
    """The number, or array without dimensions, that `fill_value` is."""
    value = fill_value.array if isinstance(fill_value, Tensor) else fill_value
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, str | bytes) or not (
        isinstance(value, complex | float | int) or getattr(value, "ndim", 1) == 0
    ):
        raise TypeError(f"{name}: fill_value must be a number or a 0-d tensor, got {type(fill_value).__name__}")
    return value


def full(size: Any, fill_value: Any, *, out: Any = None, dtype: Any = None, device: Any = None) -> Tensor:
    """A tensor filled with one number, of the dtype that the number stands for.

    Examples:
        >>> from tt_tensor import full
        >>> full((2, 2), 7)
        tensor([[7, 7],
                [7, 7]])
    """
    check_device(device)
    value = fill_number("full", fill_value)
    kind = as_dtype(dtype) if dtype is not None else getattr(value, "dtype", None) or dtype_of_number(value)
    shape = size_of("full", (size,) if isinstance(size, int) else tuple(size))
    return made("full", np.full(shape, number_as("full", value, kind)), out)


def float_dtype(dtype: Any, out: Any) -> DType:
    """The dtype asked for; that of `out`; or the default float."""
    if dtype is not None:
        return as_dtype(dtype)
    return get_default_dtype() if out is None else out.array.dtype


def made_like(name: str, input: Any, dtype: Any, device: Any, fill: Any, memory_format: Any = None) -> Any:
    """A tensor of the class, the shape and (unless given) the dtype of `input`, made by `fill(shape, dtype)`."""
    check_device(device)
    if memory_format is not None:
        check_format(name, memory_format)
    if not isinstance(input, Tensor):
        raise TypeError(f"{name}: expected Tensor, got {type(input).__name__}")
    return input.plain(fill(input.array.shape, input.array.dtype if dtype is None else as_dtype(dtype)))


def zeros_like(input: Any, *, dtype: Any = None, device: Any = None, memory_format: Any = None) -> Any:
    """Zeros in the shape and dtype of `input`.

    Examples:
        >>> from tt_tensor import tensor, zeros_like
        >>> zeros_like(tensor([1, 2]))
        tensor([0, 0])
    """
    return made_like("zeros_like", input, dtype, device, np.zeros, memory_format)


def ones_like(input: Any, *, dtype: Any = None, device: Any = None, memory_format: Any = None) -> Any:
    """Ones in the shape and dtype of `input`."""
    return made_like("ones_like", input, dtype, device, np.ones, memory_format)


def empty_like(input: Any, *, dtype: Any = None, device: Any = None, memory_format: Any = None) -> Any:
    """Unset values in the shape and dtype of `input`."""
    return made_like("empty_like", input, dtype, device, np.empty, memory_format)


def full_like(input: Any, fill_value: Any, *, dtype: Any = None, device: Any = None, memory_format: Any = None) -> Any:
    """`fill_value` in the shape and dtype of `input`."""
    value = fill_number("full_like", fill_value)

    def fill(shape: Any, kind: Any) -> Any:
        return np.full(shape, number_as("full_like", value, kind))

    return made_like("full_like", input, dtype, device, fill, memory_format)


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
    kind = as_dtype(dtype) if dtype is not None else int64 if whole else float_dtype(None, out)
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
    return Tensor((start + np.arange(max(count, 0), dtype=np.float64) * step).astype(float_dtype(dtype, None)))


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
    return made("linspace", values.astype(float_dtype(dtype, out)), out)


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
    return made("logspace", values.astype(float_dtype(dtype, out)), out)


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
    return made("eye", np.eye(rows, columns, dtype=float_dtype(dtype, out)), out)


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
    grids = [
        x.reshape([-1 if k == i else 1 for k, _ in enumerate(tensors)]).expand(shape) for i, x in enumerate(tensors)
    ]
    if indexing == "xy" and count > 1:
        grids = [grid.transpose(0, 1) for grid in grids]
    return tuple(grids)
