"""Dtypes and PyTorch's type promotion.

A dtype is NumPy's own `np.dtype`. What differs from NumPy is the result of mixing them: PyTorch orders dtypes in categories
(bool < integer < float < complex); a Python number or a 0-d tensor takes part only when its category is higher than that of
all tensors with dimensions; and a whole number meeting a float never widens it: int64 + float32 is float32.
"""

from typing import Any

import numpy as np

from .errors import ByteOrderError, DTypeError

DType = np.dtype[Any]

float16, float32, float64 = np.dtype("float16"), np.dtype("float32"), np.dtype("float64")
int8, int16, int32, int64 = (np.dtype(f"int{n}") for n in (8, 16, 32, 64))
uint8, uint16, uint32, uint64 = (np.dtype(f"uint{n}") for n in (8, 16, 32, 64))
bool_, complex64, complex128 = np.dtype("bool"), np.dtype("complex64"), np.dtype("complex128")

DTYPES = frozenset((
    bool_, uint8, uint16, uint32, uint64, int8, int16, int32, int64, float16, float32, float64, complex64, complex128,
))  # fmt: skip
_OWN = {dtype: dtype for dtype in DTYPES}
_CATEGORY = {"b": 0, "u": 1, "i": 1, "f": 2, "c": 3}
_default: list[DType] = [float32]


def get_default_dtype() -> DType:
    """The dtype of floats that come from Python numbers: float32 unless changed."""
    return _default[0]


def check_supported(name: str, dtype: DType, data: Any = None) -> None:
    """Raise unless `dtype` is one that a tensor can have."""
    if dtype.kind not in "buifc" or dtype.itemsize > 16 or (dtype == np.longdouble and dtype.itemsize > 8):
        what = f" from {type(data).__name__}" if data is not None else ""
        raise DTypeError(f"{name}: could not infer a dtype{what} (NumPy calls it {dtype}); pass numbers or bools")
    if not dtype.isnative:
        raise ByteOrderError(f"{name}: the array's byte order is not this machine's; convert it with .astype(dtype)")


def with_own_dtype(array: Any) -> Any:
    """The same memory, its dtype the object of `DTYPES`: that of an unpickled array, or C's long long, is only equal to it."""
    dtype = _OWN.get(array.dtype)
    return array if dtype is array.dtype or dtype is None else array.view(dtype)


def checked(array: Any) -> Any:
    """`array` with its own dtype, which must be one that a tensor can have."""
    if _OWN.get(array.dtype) is not array.dtype:
        check_supported("Tensor", array.dtype)
        return with_own_dtype(array)
    return array


def set_default_dtype(dtype: Any) -> None:
    """Set the dtype of floats that come from Python numbers; it must be a floating dtype."""
    wanted = as_dtype(dtype)
    if wanted.kind != "f":
        raise TypeError(f"set_default_dtype: only floating-point dtypes can be the default, got {wanted}")
    _default[0] = wanted


def as_dtype(dtype: Any) -> DType:
    """`dtype` as one that a tensor can have: a NumPy dtype or scalar type, its name, or Python's bool, int, float, complex.

    Raises:
        TypeError: for anything else.
    """
    try:
        found: DType = np.dtype(dtype)
    except TypeError:
        raise TypeError(f"dtype: {dtype!r} is not a dtype; use tt_tensor.float32, int64, bool, ...") from None
    if dtype is None or found not in DTYPES:
        raise TypeError(f"dtype: {dtype!r} is not a dtype that tensors have; use tt_tensor.float32, int64, bool, ...")
    return _OWN[found]


def dtype_of_number(x: Any) -> DType:
    """The dtype that a Python number stands for: bool, int64, the default float, or its complex counterpart."""
    if isinstance(x, bool):
        return bool_
    if isinstance(x, int):
        return int64
    if isinstance(x, float | np.floating):
        return _default[0]
    return complex128 if _default[0] == float64 else complex64


def promote_types(a: Any, b: Any) -> DType:
    """The smallest dtype to which both `a` and `b` convert, by PyTorch's table."""
    a, b = np.dtype(a), np.dtype(b)
    if a is b:
        return a  # type: ignore[no-any-return]
    ka, kb = _CATEGORY[a.kind], _CATEGORY[b.kind]
    if ka >= 2 or kb >= 2:
        if ka < 2 or kb < 2:
            return a if ka > kb else b  # type: ignore[no-any-return]
        return np.promote_types(a, b)
    both = np.promote_types(a, b)
    if both.kind == "f":
        raise TypeError(f"promote_types: {a} and {b} have no common integer dtype; convert one of them first")
    return both


def result_dtype(*values: Any) -> DType:
    """The dtype of an operation on `values` (arrays and Python numbers): dimensioned > 0-d > Python number, by category.

    Beside an array a scalar of NumPy is a number like Python's, whatever its width.
    """
    ranks: list[DType | None] = [None, None, None]
    beside = any(type(v) is np.ndarray for v in values)
    for v in values:
        dtype = getattr(v, "dtype", None)
        if dtype is None or (beside and isinstance(v, np.generic)):
            rank, dtype = 2, dtype_of_number(v if dtype is None else v.item())
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


def can_cast(from_: Any, to: Any) -> bool:
    """Whether a result of dtype `from_` may be written into a tensor of dtype `to`: its category is not higher.

    Examples:
        >>> from tt_tensor import can_cast, float32, float64, int64
        >>> can_cast(float64, float32), can_cast(float32, int64)
        (True, False)
    """
    source, target = as_dtype(from_), as_dtype(to)
    if source.kind == "b" or target.kind == "b":
        return source.kind == "b"
    return _CATEGORY[source.kind] <= _CATEGORY[target.kind]


def result_type(tensor1: Any, tensor2: Any) -> DType:
    """The dtype that arithmetic on two tensors or numbers gives.

    Examples:
        >>> from tt_tensor import tensor
        >>> result_type(tensor([1, 2]), 1.0)
        dtype('float32')
    """
    return result_dtype(*(getattr(x, "array", x) for x in (tensor1, tensor2)))


class iinfo:
    """The limits of an integer dtype: `bits`, `min`, `max`, as Python ints."""

    __slots__ = ("bits", "dtype", "max", "min")

    def __init__(self, dtype: Any) -> None:
        dtype = as_dtype(dtype)
        if dtype.kind not in "iu":
            raise TypeError(f"iinfo: expected an integer dtype, got {dtype}; use finfo for floats")
        info = np.iinfo(dtype)
        self.dtype, self.bits, self.min, self.max = str(dtype), info.bits, int(info.min), int(info.max)

    def __repr__(self) -> str:
        return f"iinfo(min={self.min}, max={self.max}, dtype={self.dtype})"


class finfo:
    """The limits of a floating dtype, as Python floats.

    Attributes:
        bits: the size of a value.
        eps: the distance from 1 to the next larger value.
        max: the largest finite value.
        min: its negative.
        tiny: the smallest positive value of full precision; also `smallest_normal`.
        resolution: the decimal resolution.

    Examples:
        >>> from tt_tensor import finfo, float32
        >>> finfo(float32).eps
        1.1920928955078125e-07
    """

    __slots__ = ("bits", "dtype", "eps", "max", "min", "resolution", "smallest_normal", "tiny")

    def __init__(self, dtype: Any = None) -> None:
        dtype = _default[0] if dtype is None else as_dtype(dtype)
        if dtype.kind not in "fc":
            raise TypeError(f"finfo: expected a floating-point dtype, got {dtype}; use iinfo for integers")
        info = np.finfo(dtype)
        self.dtype, self.bits = str(info.dtype), info.bits
        self.eps, self.max, self.min = float(info.eps), float(info.max), float(info.min)
        self.tiny = self.smallest_normal = float(info.smallest_normal)
        self.resolution = float(info.resolution)

    def __repr__(self) -> str:
        return (
            f"finfo(resolution={self.resolution:g}, min={self.min:g}, max={self.max:g}, eps={self.eps:g}, "
            f"smallest_normal={self.smallest_normal:g}, tiny={self.tiny:g}, dtype={self.dtype})"
        )


def floating(x: Any) -> Any:
    """`x` itself if it is floating or complex, else converted to the default float: what exp, sqrt and division work on."""
    if type(x) is np.ndarray and x.dtype.kind in "fc":
        return x
    x = np.asarray(x)
    return x if x.dtype.kind in "fc" else x.astype(_default[0])
