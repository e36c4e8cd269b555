"""How operations of two inputs are made of a function of two arrays: which dtype they take, and which they refuse."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..dtypes import bool_, floating, promoted, result_dtype
from ..primitive import Primitive, fits, manufactured

INT64 = np.dtype(np.int64)
LONG = 2**63  # one more than the largest int64


def writing(ufunc: Callable[..., Any], kinds: str) -> Callable[..., bool]:
    """`Primitive.writes` of a ufunc of two inputs, for results of these kinds."""

    def writes(out: Any, x: Any, y: Any) -> bool:
        if out.dtype.kind not in kinds or not fits(y, out):
            return False
        ufunc(x, y, out=out)
        return True

    return writes


def binary(
    ufunc: Callable[..., Any], name: str, formula: str, promote: Callable[[Any, Any], list[Any]] = promoted
) -> Primitive:
    """A primitive of two inputs that are broadcast and promoted to a common dtype."""

    def kernel(x: Any, y: Any) -> Any:
        kind = type(y)
        if kind is type(x):
            if x.dtype is y.dtype:
                return ufunc(x, y)
        elif kind is float or kind is int:
            if x.dtype.kind == "f" or (x.dtype is INT64 and kind is int and -LONG <= y < LONG):
                return ufunc(x, y)
        elif (type(x) is float or type(x) is int) and y.dtype.kind == "f":
            return ufunc(x, y)
        return ufunc(*promote(x, y))

    op = manufactured(kernel, name, formula)
    if isinstance(ufunc, np.ufunc):
        op.writes = writing(ufunc, "fi")
    return op


def both_floating(x: Any, y: Any) -> list[Any]:
    """x and y promoted, as floats. Whole numbers become floats first: as uint8, -3 would be 253."""
    if result_dtype(x, y).kind in "biu":
        return [floating(v) for v in (x, y)]
    return [floating(v) for v in promoted(x, y)]


def binary_floating(ufunc: Callable[..., Any], name: str, formula: str) -> Primitive:
    """As `binary`; but whole numbers are converted to the default float first."""

    def kernel(x: Any, y: Any) -> Any:
        kind = type(y)
        if kind is type(x):
            if x.dtype is y.dtype and x.dtype.kind == "f":
                return ufunc(x, y)
        elif kind is float or kind is int:
            if x.dtype.kind == "f":
                return ufunc(x, y)
        elif (type(x) is float or type(x) is int) and y.dtype.kind == "f":
            return ufunc(x, y)
        return ufunc(*both_floating(x, y))

    op = manufactured(kernel, name, formula)
    op.writes = writing(ufunc, "f")
    return op


def without_bools(x: Any, y: Any) -> list[Any]:
    """x and y promoted, unless one of them is a bool."""
    for v in (x, y):
        if isinstance(v, bool) or getattr(v, "dtype", None) == bool_:
            raise TypeError("not supported with a bool tensor; use logical_not or `~` to invert a mask")
    return promoted(x, y)


def only_for(kinds: str, ufunc: Callable[..., Any]) -> Callable[..., Any]:
    """`ufunc`, which raises for arrays whose dtype is of no kind in `kinds`."""

    def checked(x: Any, y: Any) -> Any:
        dtype = x.dtype if hasattr(x, "dtype") else y.dtype
        if dtype.kind not in kinds:
            raise TypeError(f"not implemented for {dtype}; convert it first")
        return ufunc(x, y)

    return checked


def divided(ufunc: Callable[..., Any]) -> Callable[..., Any]:
    """`ufunc` on whole numbers raises if it would divide by zero; PyTorch has no integer to say so with."""

    def checked(x: Any, y: Any) -> Any:
        kind = x.dtype.kind if hasattr(x, "dtype") else "f"
        if kind == "b":
            raise TypeError("not implemented for bools; convert them to a number first")
        if kind in "iu" and not (y if type(y) is int else np.all(y)):
            raise RuntimeError("ZeroDivisionError: integer division by zero; divide floats, or replace the zeros")
        return ufunc(x, y)

    return checked
