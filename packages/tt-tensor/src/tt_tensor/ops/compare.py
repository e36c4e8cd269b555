"""Comparison, and what chooses between values: where, clamp, maximum, ..."""

from typing import Any

import numpy as np

from ..dtypes import bool_, promoted
from ..primitive import in_place, method, primitive
from .binary import binary
from .dims import need_tensor, send
from .select import select

ndarray = np.ndarray

eq = binary(np.equal, "eq", """Whether x = y, elementwise.

    Examples:
        >>> from tt_tensor import eq, tensor
        >>> eq(tensor([1, 2]), 1)
        tensor([ True, False])
    """)  # fmt: skip
ne = binary(np.not_equal, "ne", "Whether x ≠ y.")
lt = binary(np.less, "lt", "Whether x < y.")
le = binary(np.less_equal, "le", "Whether x ≤ y.")
gt = binary(np.greater, "gt", "Whether x > y.")
ge = binary(np.greater_equal, "ge", "Whether x ≥ y.")


@primitive()
def isnan(x: Any) -> Any:
    """Whether x is NaN."""
    need_tensor("isnan", x)
    return np.isnan(x)


@primitive()
def isinf(x: Any) -> Any:
    """Whether x is inf or -inf."""
    need_tensor("isinf", x)
    return np.isinf(x)


@primitive()
def isfinite(x: Any) -> Any:
    """Whether x is neither infinite nor NaN."""
    need_tensor("isfinite", x)
    return np.isfinite(x)


@primitive()
def isposinf(x: Any) -> Any:
    """Whether x is inf."""
    need_tensor("isposinf", x)
    return np.equal(x, np.inf)


@primitive()
def isneginf(x: Any) -> Any:
    """Whether x is -inf."""
    need_tensor("isneginf", x)
    return np.equal(x, -np.inf)


@primitive()
def isreal(x: Any) -> Any:
    """Whether x has no imaginary part."""
    need_tensor("isreal", x)
    return np.isreal(x)


maximum = binary(np.maximum, "maximum", """The larger of x and y; NaN where one of them is.

    Examples:
        >>> from tt_tensor import maximum, tensor
        >>> maximum(tensor([1, 5]), tensor([3, 4]))
        tensor([3, 5])
    """)  # fmt: skip
minimum = binary(np.minimum, "minimum", "The smaller of x and y; NaN where one of them is.")
fmax = binary(np.fmax, "fmax", "The larger of x and y; the other one where one is NaN.")
fmin = binary(np.fmin, "fmin", "The smaller of x and y; the other one where one is NaN.")


@primitive("where")
def where_p(condition: Any, x: Any, y: Any) -> Any:
    """x where the condition holds, y elsewhere."""
    if getattr(condition, "dtype", None) != bool_:
        raise RuntimeError(
            f"where: expected a condition of dtype bool, got {getattr(condition, 'dtype', type(condition).__name__)}; "
            f"compare it with something first, as in x != 0"
        )
    return select(condition, *promoted(x, y))


NUMBERS = (int, float)
LARGE = 4096  # elements from which `clip` is faster than `maximum` and `minimum`, whose loops against a number are slow


def _clips(x: Any, *bounds: Any) -> bool:
    """Whether the bounds are numbers, and x floats and enough of them for `clip`."""
    return type(x) is ndarray and x.size >= LARGE and x.dtype.kind == "f" and all(type(b) in NUMBERS for b in bounds)


def _at_least(x: Any, y: Any) -> Any:
    return x.clip(y, np.inf) if _clips(x, y) else np.maximum(x, y)


def _at_most(x: Any, y: Any) -> Any:
    return x.clip(-np.inf, y) if _clips(x, y) else np.minimum(x, y)


clamp_min_p = binary(_at_least, "clamp_min", "x, but y where it is below.")
clamp_max_p = binary(_at_most, "clamp_max", "x, but y where it is above.")


@primitive("clamp")
def clamp_p(x: Any, low: Any, high: Any) -> Any:
    """x, but low where it is below and high where it is above."""
    if _clips(x, low, high):
        return x.clip(low, high)
    if type(x) is not ndarray or x.dtype.kind != "f" or hasattr(low, "dtype") or hasattr(high, "dtype"):
        x, low, high = promoted(x, low, high)
    return np.minimum(np.maximum(x, low), high)


def _clamp(out: Any, x: Any, low: Any, high: Any) -> bool:
    if not _clips(x, low, high):
        return False
    x.clip(low, high, out=out)
    return True


clamp_p.writes = _clamp


def where(condition: Any, input: Any = None, other: Any = None, *, out: Any = None) -> Any:
    """`input` where `condition` holds, `other` elsewhere; with the condition alone, the indices where it holds.

    Args:
        condition: a bool tensor.
        input: a tensor or a number; all three are broadcast.
        other: a tensor or a number.
        out: where to write the result.

    Raises:
        RuntimeError: if the condition is not of dtype bool.

    Examples:
        >>> from tt_tensor import tensor, where
        >>> x = tensor([-1.0, 2.0])
        >>> where(x > 0, x, 0.0)
        tensor([0., 2.])
    """
    if input is None and other is None:
        need_tensor("where", condition)
        return condition.nonzero(as_tuple=True)
    return send(where_p, out, condition, input, other)


def clamp(input: Any, min: Any = None, max: Any = None, *, out: Any = None) -> Any:
    """`input` held between `min` and `max`, which may be tensors or numbers; None leaves that side open.

    Raises:
        RuntimeError: if both are None.

    Examples:
        >>> from tt_tensor import clamp, tensor
        >>> clamp(tensor([-2.0, 0.5, 2.0]), -1, 1)
        tensor([-1.0000,  0.5000,  1.0000])
    """
    if min is None and max is None:
        raise RuntimeError("clamp: at least one of min and max must be given")
    if max is None:
        return send(clamp_min_p, out, input, min)
    return send(clamp_max_p, out, input, max) if min is None else send(clamp_p, out, input, min, max)


def clamp_min(input: Any, min: Any, *, out: Any = None) -> Any:
    """`input`, but `min` where it is below."""
    return send(clamp_min_p, out, input, min)


def clamp_max(input: Any, max: Any, *, out: Any = None) -> Any:
    """`input`, but `max` where it is above."""
    return send(clamp_max_p, out, input, max)


@primitive("isclose")
def isclose_p(x: Any, y: Any, *, rtol: float, atol: float, equal_nan: bool) -> Any:
    """Whether |x - y| ≤ atol + rtol · |y|."""
    if x.dtype != y.dtype:
        raise RuntimeError(f"isclose: the dtypes differ, {x.dtype} and {y.dtype}; convert one of them")
    if x.dtype.kind == "b":
        return np.equal(x, y)
    if x.dtype.kind in "iu":
        return np.less_equal(np.abs(x.astype(float) - y.astype(float)), atol + rtol * np.abs(y.astype(float)))
    with_nan = np.isnan(x) & np.isnan(y) if equal_nan else False
    near = np.isfinite(x) & np.isfinite(y) & (np.abs(x - y) <= atol + rtol * np.abs(y))
    return (x == y) | near | with_nan


def isclose(input: Any, other: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Any:
    """Whether `|input - other| ≤ atol + rtol · |other|`, elementwise.

    Examples:
        >>> from tt_tensor import isclose, tensor
        >>> isclose(tensor([1.0, 2.0]), tensor([1.0, 2.1]))
        tensor([ True, False])
    """
    if rtol < 0 or atol < 0:
        raise RuntimeError(f"isclose: tolerances cannot be negative, got rtol={rtol}, atol={atol}")
    return isclose_p(input, other, rtol=rtol, atol=atol, equal_nan=equal_nan)


def allclose(input: Any, other: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> bool:
    """Whether `isclose` holds everywhere.

    Examples:
        >>> from tt_tensor import allclose, tensor
        >>> allclose(tensor([1.0]), tensor([1.0 + 1e-7]))
        True
    """
    return bool(isclose(input, other, rtol, atol, equal_nan).array.all())


def equal(input: Any, other: Any) -> bool:
    """Whether two tensors have the same shape and the same elements.

    Examples:
        >>> from tt_tensor import equal, tensor
        >>> equal(tensor([1, 2]), tensor([1, 2]))
        True
    """
    for x in (input, other):
        if not hasattr(x, "array"):
            raise TypeError(f"equal: expected Tensor, got {type(x).__name__}; convert it with tensor(...)")
    a, b = input.array, other.array
    if a.shape != b.shape:
        return False
    if a.ndim and len(a) > 1 and not (a[0] == b[0]).all():  # what differs often does so at once
        return False
    return bool((a == b).all())


greater, greater_equal, less, less_equal, not_equal = gt, ge, lt, le, ne
clip = clamp


class CompareMethods:
    """What `Tensor` gets from this file."""

    __slots__ = ()

    eq, eq_ = method(eq), in_place(eq)
    ne, ne_ = method(ne), in_place(ne)
    lt, lt_ = method(lt), in_place(lt)
    le, le_ = method(le), in_place(le)
    gt, gt_ = method(gt), in_place(gt)
    ge, ge_ = method(ge), in_place(ge)
    not_equal, less, less_equal, greater, greater_equal = ne, lt, le, gt, ge
    not_equal_, less_, less_equal_, greater_, greater_equal_ = ne_, lt_, le_, gt_, ge_
    isnan, isinf, isfinite = method(isnan), method(isinf), method(isfinite)
    isposinf, isneginf, isreal = method(isposinf), method(isneginf), method(isreal)
    maximum, minimum, fmax, fmin = method(maximum), method(minimum), method(fmax), method(fmin)
    clamp, clamp_ = clamp, in_place(clamp)
    clip, clip_ = clamp, clamp_
    clamp_min, clamp_min_ = clamp_min, in_place(clamp_min)
    clamp_max, clamp_max_ = clamp_max, in_place(clamp_max)
    isclose, allclose, equal = isclose, allclose, equal

    def where(self, condition: Any, other: Any) -> Any:
        """This tensor where `condition` holds, `other` elsewhere."""
        return where_p(condition, self, other)

    def __eq__(self, other: object) -> Any:
        return NotImplemented if other is None or isinstance(other, str) else eq(self, other)

    def __ne__(self, other: object) -> Any:
        return NotImplemented if other is None or isinstance(other, str) else ne(self, other)

    __hash__ = object.__hash__  # by identity: a tensor can be the key of a dict

    def __lt__(self, other: Any) -> Any:
        return lt(self, other)

    def __le__(self, other: Any) -> Any:
        return le(self, other)

    def __gt__(self, other: Any) -> Any:
        return gt(self, other)

    def __ge__(self, other: Any) -> Any:
        return ge(self, other)
