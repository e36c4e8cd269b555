"""What transforms may be set to. NumPy's numbers count as numbers; bools do not."""

from collections.abc import Sequence
from math import isfinite
from numbers import Integral, Real
from typing import Any

import numpy as np


def is_number(x: Any) -> bool:
    """Whether something is a real number."""
    return isinstance(x, Real) and not isinstance(x, bool)


def is_whole(x: Any) -> bool:
    """Whether something is an integer."""
    return isinstance(x, Integral) and not isinstance(x, bool)


def several(x: Any) -> list[Any] | None:
    """The items of a sequence or an array; None if it is neither, or a string."""
    if isinstance(x, np.ndarray):
        return list(x) if x.ndim else None
    return list(x) if isinstance(x, Sequence) and not isinstance(x, str) else None


def number_range(name: str, bounds: Any) -> tuple[float, float]:
    """Both ends of a range (min, max)."""
    pair = several(bounds)
    if pair is None or not all(map(is_number, pair)):
        raise TypeError(f"{name}: a range should be two numbers (min, max), got {bounds!r}")
    if len(pair) != 2 or not all(map(isfinite, pair)) or pair[0] > pair[1]:
        raise ValueError(f"{name}: a range should be (min, max), finite, with min <= max, got {bounds!r}")
    return float(pair[0]), float(pair[1])


def chance(name: str, p: Any) -> float:
    """A probability."""
    if not is_number(p):
        raise TypeError(f"{name}: a probability should be a number between 0 and 1, got {p!r}")
    if not 0 <= p <= 1:
        raise ValueError(f"{name}: a probability should be between 0 and 1, got {p!r}")
    return float(p)


def whole_numbers(name: str, size: Any) -> list[int]:
    """A size: of an int a list of one; of a sequence its items."""
    sizes = [size] if is_whole(size) else several(size)
    if sizes is None or not all(map(is_whole, sizes)):
        raise TypeError(f"{name}: size should be an int or (height, width), got {size!r}")
    if len(sizes) not in (1, 2) or min(sizes) <= 0:
        raise ValueError(f"{name}: size should be a positive int or (height, width), got {size!r}")
    return [int(n) for n in sizes]


def size_pair(name: str, size: Any) -> tuple[int, int]:
    """(height, width) of an int, or of a sequence of one or two."""
    sizes = whole_numbers(name, size)
    return sizes[0], sizes[-1]


def filler(name: str, fill: Any) -> Any:
    """What to fill with: a number, a sequence of numbers, one for each channel, or None for zeros."""
    values = [fill] if is_number(fill) else several(fill)
    if fill is not None and (not values or not all(map(is_number, values))):
        raise TypeError(f"{name}: Got inappropriate fill arg: {fill!r}; expected a number, or one for each channel")
    return fill


def fixed_point(name: str, center: Any) -> Any:
    """A fixed point (x, y), or None."""
    if center is None:
        return None
    pair = several(center)
    if pair is None or not all(map(is_number, pair)):
        raise TypeError(f"{name}: center should be a sequence of length 2, got {center!r}")
    if len(pair) != 2 or not all(map(isfinite, pair)):
        raise ValueError(f"{name}: center should be a sequence of length 2, got {center!r}")
    return center


def degree_range(op: str, name: str, degrees: Any, sizes: tuple[int, ...] = (2,)) -> list[float]:
    """A range of angles: of a number d it is (-d, d)."""
    if is_number(degrees):
        if degrees < 0:
            raise ValueError(f"{op}: If {name} is a single number, it must be positive, got {degrees}")
        degrees = (-degrees, degrees)
    found = several(degrees)
    if found is None:
        raise TypeError(f"{op}: {name} should be a number or a sequence of length {sizes}, got {degrees!r}")
    if len(found) not in sizes:
        raise ValueError(f"{op}: {name} should be a sequence of length {sizes}, got {degrees!r}")
    pairs = [number_range(f"{op}: {name}", found[k : k + 2]) for k in range(0, len(found), 2)]
    return [angle for pair in pairs for angle in pair]
