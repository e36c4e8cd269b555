"""Dtypes and what the namespace says about itself."""

from typing import Any

import numpy as np

from .. import dtypes as d
from ..size import check_device, cpu
from ..tensor import Tensor

KINDS: dict[str, tuple[str, ...]] = {
    "bool": ("bool",),
    "signed integer": ("int8", "int16", "int32", "int64"),
    "unsigned integer": ("uint8", "uint16", "uint32", "uint64"),
    "real floating": ("float32", "float64"),
    "complex floating": ("complex64", "complex128"),
}
KINDS["integral"] = KINDS["signed integer"] + KINDS["unsigned integer"]
KINDS["numeric"] = KINDS["integral"] + KINDS["real floating"] + KINDS["complex floating"]

finfo, iinfo = d.finfo, d.iinfo


def isdtype(dtype: Any, kind: Any) -> bool:
    """Whether `dtype` is of a kind: a name such as "real floating", another dtype, or a tuple of these."""
    if isinstance(kind, tuple):
        return any(isdtype(dtype, k) for k in kind)
    if isinstance(kind, str):
        if kind not in KINDS:
            raise ValueError(f"isdtype: {kind!r} is no kind of dtype; the kinds are {', '.join(KINDS)}")
        return np.dtype(dtype).name in KINDS[kind]
    return bool(np.dtype(dtype) == np.dtype(kind))


def result_type(*arrays_and_dtypes: Any) -> Any:
    """The common dtype of arrays, dtypes and Python numbers (which count only where no other has their kind)."""
    numbers = [x for x in arrays_and_dtypes if isinstance(x, bool | int | float | complex)]
    known = [x.dtype if isinstance(x, Tensor) else np.dtype(x) for x in arrays_and_dtypes if not _is_number(x)]
    if not known:
        raise ValueError("result_type: at least one array or dtype is needed")
    dtype = known[0]
    for other in known[1:]:
        dtype = d.promote_types(dtype, other)
    return d.result_dtype(np.empty(1, dtype), *numbers) if numbers else dtype


def _is_number(x: Any) -> bool:
    return isinstance(x, bool | int | float | complex)


def together(*xs: Any) -> list[Any]:
    """Arrays (and numbers, as 0-d arrays) in their common dtype, so that PyTorch's rule for 0-d tensors has no say."""
    dtype = result_type(*xs)
    return [Tensor(np.asarray(x, dtype)) if _is_number(x) else x.to(dtype) for x in xs]


def can_cast(from_: Any, to: Any, /) -> bool:
    """Whether a dtype (or an array's dtype) converts to another by type promotion."""
    source = from_.dtype if isinstance(from_, Tensor) else np.dtype(from_)
    try:
        return bool(d.promote_types(source, to) == np.dtype(to))
    except TypeError:
        return False


def astype(x: Any, dtype: Any, /, *, copy: bool = True, device: Any = None) -> Any:
    """`x` in another dtype; a copy, unless `copy` is False and it has that dtype."""
    check_device(device)
    if np.dtype(dtype).kind != "c" and x.dtype.kind == "c":
        raise TypeError(f"astype: {x.dtype} to {dtype} would drop the imaginary part; use real(x) or abs(x)")
    return x.to(dtype, copy=copy)


class Info:
    """What `__array_namespace_info__()` returns."""

    def capabilities(self) -> dict[str, Any]:
        """What is optional in the standard: boolean indexing works, shapes may depend on data, any number of dimensions to 64."""
        return {"boolean indexing": True, "data-dependent shapes": True, "max dimensions": 64}

    def default_device(self) -> Any:
        """The CPU."""
        return cpu

    def devices(self) -> list[Any]:
        """The CPU."""
        return [cpu]

    def default_dtypes(self, *, device: Any = None) -> dict[str, Any]:
        """The dtypes of what is made without a dtype."""
        check_device(device)
        real = d.get_default_dtype()
        return {
            "real floating": real,
            "complex floating": np.result_type(real, np.complex64),
            "integral": d.int64,
            "indexing": d.int64,
        }

    def dtypes(self, *, device: Any = None, kind: Any = None) -> dict[str, Any]:
        """The dtypes by name; those of one kind, or of several."""
        check_device(device)
        every = [*KINDS["bool"], *KINDS["numeric"]]
        return {name: np.dtype(name) for name in every if kind is None or isdtype(name, kind)}
