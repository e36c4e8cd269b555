"""Dtypes and PyTorch's type promotion.

A dtype is NumPy's own `np.dtype`. What differs from NumPy is the result of mixing them: PyTorch orders dtypes in categories
(bool < integer < float < complex); a Python number or a 0-d tensor takes part only when its category is higher than that of
all tensors with dimensions; and a whole number meeting a float never widens it: int64 + float32 is float32.
"""

from typing import Any

import numpy as np

DType = np.dtype[Any]

float16, float32, float64 = np.dtype("float16"), np.dtype("float32"), np.dtype("float64")
int8, int16, int32, int64 = (np.dtype(f"int{n}") for n in (8, 16, 32, 64))
uint8, uint16, uint32, uint64 = (np.dtype(f"uint{n}") for n in (8, 16, 32, 64))
bool_, complex64, complex128 = np.dtype("bool"), np.dtype("complex64"), np.dtype("complex128")

_CATEGORY = {"b": 0, "u": 1, "i": 1, "f": 2, "c": 3}
_default: list[DType] = [float32]


def get_default_dtype() -> DType:
    """The dtype of floats that come from Python numbers: float32 unless changed."""
    return _default[0]


def set_default_dtype(dtype: Any) -> None:
    """Set the dtype of floats that come from Python numbers; it must be a floating dtype."""
    dtype = np.dtype(dtype)
    if dtype.kind != "f":
        raise TypeError(f"set_default_dtype: only floating-point dtypes can be the default, got {dtype}")
    _default[0] = dtype


def dtype_of_number(x: Any) -> DType:
    """The dtype that a Python number stands for: bool, int64, the default float, or its complex counterpart."""
    if isinstance(x, bool):
        return bool_
    if isinstance(x, int):
        return int64
    if isinstance(x, float):
        return _default[0]
    return complex128 if _default[0] == float64 else complex64


def promote_types(a: Any, b: Any) -> DType:
    """The smallest dtype to which both `a` and `b` convert, by PyTorch's table."""
    a, b = np.dtype(a), np.dtype(b)
    if a is b:
        return a
    ka, kb = _CATEGORY[a.kind], _CATEGORY[b.kind]
    if ka >= 2 or kb >= 2:
        if ka < 2 or kb < 2:
            return a if ka > kb else b
        return np.promote_types(a, b)
    both = np.promote_types(a, b)
    if both.kind == "f":
        raise TypeError(f"promote_types: {a} and {b} have no common integer dtype; convert one of them first")
    return both


def result_dtype(*values: Any) -> DType:
    """The dtype of an operation on `values` (arrays and Python numbers): dimensioned > 0-d > Python number, by category."""
    ranks: list[DType | None] = [None, None, None]
    for v in values:
        dtype = getattr(v, "dtype", None)
        if dtype is None:
            rank, dtype = 2, dtype_of_number(v)
        else:
            rank = 0 if v.ndim else 1
        seen = ranks[rank]
        ranks[rank] = dtype if seen is None else promote_types(seen, dtype)
    best: DType | None = None
    for dtype in ranks:
        if dtype is not None and (best is None or _CATEGORY[dtype.kind] > _CATEGORY[best.kind]):
            if best is not None and best.kind == "f" and dtype.kind == "c":
                dtype = np.promote_types(best, complex64)
            best = dtype
    assert best is not None
    return best


def promoted(*values: Any) -> list[Any]:
    """The same arrays and numbers as arrays of their common dtype."""
    dtype = result_dtype(*values)
    return [np.asarray(v).astype(dtype, copy=False) for v in values]


def floating(x: Any) -> Any:
    """`x` itself if it is floating or complex, else converted to the default float: what exp, sqrt and division work on."""
    if type(x) is np.ndarray and x.dtype.kind in "fc":
        return x
    x = np.asarray(x)
    return x if x.dtype.kind in "fc" else x.astype(_default[0])
