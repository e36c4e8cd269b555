"""Creation functions."""

from typing import Any

import numpy as np

from .. import creation, from_data, interop
from ..dtypes import get_default_dtype
from ..ops import diagonal
from ..size import check_device
from ..tensor import Tensor


def asarray(obj: Any, /, *, dtype: Any = None, device: Any = None, copy: bool | None = None) -> Any:
    """`obj` as a tensor, sharing memory where it can; `copy=True` never shares, `copy=False` raises if it cannot."""
    check_device(device)
    if isinstance(obj, Tensor | np.ndarray):
        x = obj if isinstance(obj, Tensor) else Tensor.plain(obj)
        if dtype is not None and x.dtype != np.dtype(dtype):
            if copy is False:
                raise ValueError(f"asarray: {x.dtype} cannot become {dtype} without a copy")
            return x.to(dtype)
        return x.clone() if copy else x
    if hasattr(obj, "__dlpack__"):
        return asarray(interop.from_dlpack(obj), dtype=dtype, copy=copy)
    if copy is False:
        raise ValueError(f"asarray: a {type(obj).__name__} cannot become a tensor without a copy")
    return from_data.tensor(obj, dtype=dtype)


def from_dlpack(x: Any, /, *, device: Any = None, copy: bool | None = None) -> Any:
    """A tensor that shares the memory of another library's array."""
    return interop.from_dlpack(x, device=device, copy=copy)


def _as_default(values: Any, dtype: Any, device: Any) -> Any:
    """`values` in `dtype`, by default as Python numbers of their kind would be."""
    check_device(device)
    return from_data.tensor(values, dtype=dtype)


def arange(start: Any, /, stop: Any = None, step: Any = 1, *, dtype: Any = None, device: Any = None) -> Any:
    """`start`, `start + step`, … up to `stop`, which is not in it; empty if there is nothing between."""
    if stop is None:
        start, stop = 0, start
    check_device(device)
    if dtype is None:
        whole = all(isinstance(v, int) for v in (start, stop, step))
        dtype = np.int64 if whole else get_default_dtype()
    return Tensor.plain(np.arange(start, stop, step).astype(dtype))


def empty(shape: Any, *, dtype: Any = None, device: Any = None) -> Any:
    """A tensor of a shape, its values unspecified."""
    return creation.empty(_shape(shape), dtype=dtype, device=device)


def zeros(shape: Any, *, dtype: Any = None, device: Any = None) -> Any:
    """Zeros."""
    return creation.zeros(_shape(shape), dtype=dtype, device=device)


def ones(shape: Any, *, dtype: Any = None, device: Any = None) -> Any:
    """Ones."""
    return creation.ones(_shape(shape), dtype=dtype, device=device)


def full(shape: Any, fill_value: Any, *, dtype: Any = None, device: Any = None) -> Any:
    """`fill_value` everywhere."""
    return creation.full(_shape(shape), fill_value, dtype=dtype, device=device)


def _shape(shape: Any) -> tuple[int, ...]:
    return (shape,) if isinstance(shape, int) else tuple(shape)


def empty_like(x: Any, /, *, dtype: Any = None, device: Any = None) -> Any:
    """`empty` with the shape and dtype of `x`."""
    return empty(x.shape, dtype=dtype or x.dtype, device=device)


def zeros_like(x: Any, /, *, dtype: Any = None, device: Any = None) -> Any:
    """`zeros` with the shape and dtype of `x`."""
    return zeros(x.shape, dtype=dtype or x.dtype, device=device)


def ones_like(x: Any, /, *, dtype: Any = None, device: Any = None) -> Any:
    """`ones` with the shape and dtype of `x`."""
    return ones(x.shape, dtype=dtype or x.dtype, device=device)


def full_like(x: Any, /, fill_value: Any, *, dtype: Any = None, device: Any = None) -> Any:
    """`full` with the shape and dtype of `x`."""
    return full(x.shape, fill_value, dtype=dtype or x.dtype, device=device)


def eye(n_rows: int, n_cols: int | None = None, /, *, k: int = 0, dtype: Any = None, device: Any = None) -> Any:
    """Ones on diagonal `k`, else zeros."""
    check_device(device)
    return Tensor.plain(np.eye(n_rows, n_cols, k, dtype or get_default_dtype()))


def linspace(
    start: Any, stop: Any, /, num: int, *, dtype: Any = None, device: Any = None, endpoint: bool = True
) -> Any:
    """`num` numbers at equal distances from `start` to `stop`."""
    values = np.linspace(start, stop, num, endpoint=endpoint)
    if dtype is None:
        dtype = get_default_dtype()
        dtype = np.result_type(dtype, np.complex64) if values.dtype.kind == "c" else dtype
    return _as_default(values, dtype, device)


def meshgrid(*arrays: Any, indexing: str = "xy") -> list[Any]:
    """Coordinates of a grid, from the coordinates along each axis."""
    return [Tensor.plain(a.copy()) for a in np.meshgrid(*(x.array for x in arrays), indexing=indexing)]  # type: ignore[call-overload]


def tril(x: Any, /, *, k: int = 0) -> Any:
    """The lower triangle, up to diagonal `k`."""
    return diagonal.tril_p(x, diagonal=k)


def triu(x: Any, /, *, k: int = 0) -> Any:
    """The upper triangle, from diagonal `k`."""
    return diagonal.triu_p(x, diagonal=k)
