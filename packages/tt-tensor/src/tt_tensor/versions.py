"""One clock for the process, and the time at which each piece of memory was last changed in place.

PyTorch gives every storage a version number and compares it with a copy taken earlier. Here nothing is taken earlier: whoever
keeps an array for later reads the clock once (`now()`), and asks later whether the memory was touched after that
(`touched_since`). Arrays that are never changed in place cost nothing.
"""

import itertools
import weakref
from typing import Any

clock = itertools.count(1)

_touched: dict[int, tuple[int, int, Any]] = {}  # id of the memory's owner -> (time, count, the owner, weakly)
# Owners without weak references that have one array on them, to watch instead: of what was pickled, and of DLPack.
ALONE = ("bytes", "PyCapsule")
# When any memory was last changed: while it is no later than what is asked about, nothing has to be looked up.
latest = 0


def now() -> int:
    """Advance the clock and return the new time. Thread-safe: one C call."""
    return next(clock)


def owner(array: Any) -> Any:
    """The array (or other object) that owns the memory that `array` looks at."""
    while (base := getattr(array, "base", None)) is not None:
        array = base
    return array


def overlapping(array: Any) -> bool:
    """Whether several elements of `array` are one place in memory, as in an expanded view.

    (A stride of 0 alone does not say so: NumPy gives it to the dimension of size 1 in `x[None]`.)
    """
    strides = array.strides
    return 0 in strides and array.size > 0 and any(n > 1 and not s for n, s in zip(array.shape, strides))


def writable(array: Any) -> bool:
    """Whether each element of `array` can be written by itself."""
    return bool(array.flags.writeable) and not overlapping(array)


def touch(array: Any) -> None:
    """Note that the memory of `array` was changed in place just now."""
    global latest
    root = owner(array)
    key = id(root)
    seen = _touched.get(key)
    latest = next(clock)
    if seen is None:
        try:
            link: Any = weakref.ref(root, lambda _: _touched.pop(key, None))
        except TypeError:
            if type(root).__name__ in ALONE:
                while array.base is not root:
                    array = array.base
                link = weakref.ref(array, lambda _: _touched.pop(key, None))
            else:  # other arrays may lie on it, too: keep it, so that the id stays its own
                link = root
        _touched[key] = (latest, 1, link)
    else:
        _touched[key] = (latest, seen[1] + 1, seen[2])


def touched_since(array: Any, time: int) -> bool:
    """Whether the memory of `array` was changed in place after `time`."""
    if latest <= time:
        return False
    seen = _touched.get(id(owner(array)))
    return seen is not None and seen[0] > time


def count(array: Any) -> int:
    """How often the memory of `array` was changed in place: PyTorch's `Tensor._version`."""
    seen = _touched.get(id(owner(array)))
    return 0 if seen is None else seen[1]
