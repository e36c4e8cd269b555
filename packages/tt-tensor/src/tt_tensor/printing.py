"""How a tensor is printed: as PyTorch prints it."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from .dtypes import get_default_dtype


@dataclass
class Options:
    """What `set_printoptions` sets; its docstring says what each means."""

    precision: int = 4
    threshold: float = 1000
    edgeitems: int = 3
    linewidth: int = 80
    sci_mode: bool | None = None


options = Options()

_PROFILES = {
    "default": Options(),
    "short": Options(precision=2, edgeitems=2),
    "full": Options(threshold=math.inf),
}


def set_printoptions(
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
    profile: str | None = None,
    sci_mode: bool | None = None,
) -> None:
    """Set how tensors are printed. What is None stays as it is, but for `sci_mode`.

    Args:
        precision: digits after the point of a float (4).
        threshold: a tensor of more elements than this is abridged (1000).
        edgeitems: how many elements an abridged dimension shows at each end (3).
        linewidth: characters in a line (80).
        profile: `"default"`, `"short"` or `"full"`: sets all of the above, before the others apply.
        sci_mode: whether floats are printed as `1.0000e+05`; None leaves it to the range of the values.

    Examples:
        >>> from tt_tensor import set_printoptions, tensor
        >>> set_printoptions(precision=2)
        >>> tensor([1.23456])
        tensor([1.23])
        >>> set_printoptions(profile="default")
    """
    if profile is not None:
        if profile not in _PROFILES:
            raise ValueError(f"set_printoptions: profile must be one of {', '.join(_PROFILES)}, got {profile!r}")
        for name in ("precision", "threshold", "edgeitems", "linewidth"):
            setattr(options, name, getattr(_PROFILES[profile], name))
    given = {"precision": precision, "threshold": threshold, "edgeitems": edgeitems, "linewidth": linewidth}
    for name, value in given.items():
        if value is not None:
            setattr(options, name, value)
    options.sci_mode = sci_mode


def get_printoptions() -> dict[str, Any]:
    """The present settings, as keyword arguments of `set_printoptions`."""
    return asdict(options)


@contextmanager
def printoptions(**settings: Any) -> Iterator[None]:
    """`set_printoptions(**settings)` for the length of a block."""
    before = get_printoptions()
    set_printoptions(**settings)
    try:
        yield
    finally:
        set_printoptions(**before)


def text(array: Any, *suffixes: str, name: str = "tensor") -> str:
    """The array as PyTorch would print a tensor: `tensor([1., 2.])`.

    Args:
        array: the values.
        suffixes: what else to say at the end, such as `requires_grad=True`.
        name: what stands before the parenthesis.
    """
    indent, known = len(name) + 1, {get_default_dtype()}
    notes = []
    if array.size == 0:
        body = "[]"
        if array.ndim != 1:
            notes.append(f"size={array.shape}")
    else:
        body = contents(array, indent)
        known |= {np.dtype(np.int64), np.dtype(bool), np.result_type(get_default_dtype(), np.complex64)}
    if array.dtype not in known:
        notes.append(f"dtype={array.dtype}")
    line = f"{name}({body}"
    column = len(line) - line.rfind("\n") + 1
    for note in (*notes, *suffixes):
        if column + len(note) + 2 > options.linewidth:
            line += ",\n" + " " * indent + note
            column = indent + len(note)
        else:
            line += ", " + note
            column += len(note) + 2
    return line + ")"


def contents(array: Any, indent: int) -> str:
    """The values, in nested brackets; lines after the first are indented by `indent`."""
    abridged = array.size > options.threshold
    shown = edges(array) if abridged else array
    cells: Any = {"c": _Complex, "f": _Floats}.get(array.dtype.kind, _Others)(shown)
    return str(cells.format(array.item())) if array.ndim == 0 else _nested(array, indent, abridged, cells)


def edges(array: Any) -> Any:
    """What an abridged tensor shows: the first and last items along each dimension."""
    k = options.edgeitems
    for axis, n in enumerate(array.shape):
        if n > 2 * k:
            array = np.take(array, [*range(k), *range(n - k, n)], axis=axis)
    return array


def _nested(array: Any, indent: int, abridged: bool, cells: Any) -> str:
    k, n = options.edgeitems, len(array)
    cut = abridged and n > 2 * k
    rows = [*array[:k], *array[n - k :]] if cut else list(array)
    if array.ndim > 1:
        parts = [_nested(row, indent + 1, abridged, cells) for row in rows]
        if cut:
            parts.insert(k, "...")
        between = "," + "\n" * int(array.ndim - 1) + " " * (indent + 1)
        return "[" + between.join(parts) + "]"
    items = [cells.format(x.item()) for x in rows]
    if cut:
        items.insert(k, " ..." if k else "...")
    per_line = max(1, (options.linewidth - indent) // (cells.width + 2))
    lines = [", ".join(items[i : i + per_line]) for i in range(0, len(items), per_line)]
    return str("[" + (",\n" + " " * (indent + 1)).join(lines) + "]")


class _Others:
    """Integers and bools, right-aligned."""

    def __init__(self, shown: Any) -> None:
        self.width = max((len(str(x)) for x in shown.ravel().tolist()), default=1)

    def format(self, x: Any) -> str:
        return str(x).rjust(self.width)


class _Floats:
    """Floats: as `1.` if all are whole, as `1.0000e-05` if their range asks for it, else with fixed precision."""

    def __init__(self, shown: Any) -> None:
        values = shown.astype(np.float64).ravel()
        values = values[np.isfinite(values) & (values != 0)]
        self.pattern, self.point = "{:.0f}", "."
        if values.size:
            small, large = np.abs(values).min(), np.abs(values).max()
            scientific = options.sci_mode
            if scientific is None:
                scientific = large > 1000 * small or large > 1e8 or small < 1e-4
            if scientific or (values != np.ceil(values)).any():
                self.pattern, self.point = f"{{:.{options.precision}{'e' if scientific else 'f'}}}", ""
        self.width = 1  # so that `format` pads nothing while widths are measured
        self.width = max((len(self.format(x)) for x in values.tolist()), default=1)

    def format(self, x: float) -> str:
        return (self.pattern.format(x) + (self.point if math.isfinite(x) else "")).rjust(self.width)


class _Complex:
    """`1.0000+2.j`: the real and imaginary parts, each formatted as floats."""

    def __init__(self, shown: Any) -> None:
        self.real, self.imag = _Floats(shown.real), _Floats(shown.imag)
        self.width = self.real.width + self.imag.width + 1

    def format(self, x: complex) -> str:
        imag = self.imag.format(x.imag).lstrip() + "j"
        return self.real.format(x.real) + ("" if imag[0] in "+-" else "+") + imag
