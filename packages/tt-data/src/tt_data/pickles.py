"""Reading pickles of arrays, lists, strings, dicts and numbers, and of nothing else.

A pickle is a program, which may call whatever can be imported. The one that reads these may call nothing: where they name
functions of NumPy or Python, to rebuild an array of bytes, it puts those of this file, which only take down what they are told.
"""

import io
import math
import pickle
import pickletools
from pathlib import Path
from typing import Any

import numpy as np

from .errors import DamagedFileError


class _DType:
    """In the place of `numpy.dtype`: one of bytes, or nothing."""

    def __init__(self, code: Any = "", *_: Any) -> None:
        if code not in ("u1", b"u1"):
            raise pickle.UnpicklingError(f"it holds an array of {code!r}, where arrays of bytes belong")

    def __setstate__(self, state: Any) -> None:
        pass  # byte order and the like, of which a byte has none


class _Array:
    """In the place of `numpy.ndarray`."""

    value: Any = None

    def __setstate__(self, state: Any) -> None:
        _, shape, dtype, fortran, data = state
        if not (
            isinstance(dtype, _DType)
            and isinstance(data, bytes | bytearray)
            and all(type(n) is int and n >= 0 for n in shape)
        ):
            raise pickle.UnpicklingError("it holds an array in another form")
        if math.prod(shape) != len(data):
            raise pickle.UnpicklingError(f"it holds an array of shape {shape} in {len(data):,} bytes")
        self.value = np.frombuffer(data, np.uint8).reshape(shape, order="F" if fortran else "C")


def _reconstruct(*_: Any) -> _Array:
    return _Array()


def _frombuffer(data: Any, dtype: Any, shape: Any, order: Any, *_: Any) -> _Array:
    """An array in the fifth protocol."""
    if order not in ("C", "F"):
        raise pickle.UnpicklingError(f"it holds an array in the order {order!r}")
    array = _Array()
    array.__setstate__((1, shape, dtype, order == "F", data))
    return array


def _encode(text: Any, encoding: Any) -> bytes:
    """A string of bytes, as Python 3 writes them in the protocols of Python 2."""
    if not isinstance(text, str) or encoding != "latin1":
        raise pickle.UnpicklingError(f"it asks for a {type(text).__name__} in {encoding!r}")
    return text.encode("latin-1")


def _no_bytes() -> bytes:
    """An empty one."""
    return b""


_KNOWN = {
    ("numpy", "ndarray"): _Array,
    ("numpy", "dtype"): _DType,
    ("numpy.core.multiarray", "_reconstruct"): _reconstruct,
    ("numpy._core.multiarray", "_reconstruct"): _reconstruct,
    ("numpy.core.numeric", "_frombuffer"): _frombuffer,
    ("numpy._core.numeric", "_frombuffer"): _frombuffer,
    ("_codecs", "encode"): _encode,
    ("__builtin__", "bytes"): _no_bytes,
}


class _Restricted(pickle.Unpickler):
    """An unpickler that finds no class and no function but those above."""

    def find_class(self, module: str, name: str) -> Any:
        try:
            return _KNOWN[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}, which has no place in a file of data") from None


def check_memo(raw: bytes) -> None:
    """Raise if what is remembered has a number that no pickler gives: the unpickler would allocate a table of that length."""
    for n, (operation, number, _) in enumerate(pickletools.genops(raw)):
        if operation.name in ("PUT", "BINPUT", "LONG_BINPUT") and not 0 <= (number or 0) <= n + 1:
            raise pickle.UnpicklingError(f"it remembers something under the number {number:,}, after {n:,} operations")


def read_pickle(path: Path) -> Any:
    """The content of a pickle of arrays of bytes, lists, strings, dicts and numbers.

    Args:
        path: the file, of Python 2 or 3. Strings of Python 2 come out as str.

    Raises:
        DamagedFileError: if the file is truncated, or asks for anything else.
        FileNotFoundError: if there is no such file.
    """
    raw = path.read_bytes()
    try:
        check_memo(raw)
        return tidy(_Restricted(io.BytesIO(raw), encoding="bytes").load(), {})
    except (
        pickle.UnpicklingError, EOFError, AttributeError, IndexError, KeyError, TypeError, ValueError, MemoryError,
        OverflowError, RecursionError,
    ) as error:  # fmt: skip
        raise DamagedFileError(
            f"{path} cannot be read: {error or type(error).__name__}. Delete it and fetch it again"
        ) from error


def tidy(value: Any, done: dict[int, Any]) -> Any:
    """The same with arrays in place of their stand-ins, and str in place of Python 2's strings.

    `done`: from the id of a container to what became of it. One that stands in many places, themselves in many places, is worked
    on once, and not a billion times.
    """
    if isinstance(value, dict | list | tuple):
        if id(value) not in done:
            if isinstance(value, dict):
                done[id(value)] = {tidy(k, done): tidy(v, done) for k, v in value.items()}
            else:
                done[id(value)] = type(value)(tidy(v, done) for v in value)
        return done[id(value)]
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if isinstance(value, _Array):
        if value.value is None:
            raise pickle.UnpicklingError("it holds an array without a content")
        return value.value
    if value is None or isinstance(value, str | int | float):
        return value
    raise pickle.UnpicklingError(f"it holds a {type(value).__name__}")
