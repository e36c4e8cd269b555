"""Adaptive pooling: windows whose size follows from that of the result."""

from functools import lru_cache
from itertools import product
from math import prod
from operator import index
from typing import Any

import numpy as np
from tt_autograd.rule import flat
from tt_tensor.errors import DTypeError, ShapeError
from tt_tensor.ops.dims import ndim_of
from tt_tensor.primitive import primitive

from .avg_pooling import averaged, means_by_matrices
from .max_pooling import largest
from .ops.places import pick_p
from .ops.windows import WORDS, Windows, blocks, planes

# Places of a window, up to which maxima are found by max-pooling, if there are several. A larger one, or one alone, is searched.
SMALL = 64
# Places of a window, from which each is searched alone: its rows are copied faster than places of all windows are taken.
LARGE = 256


def edges(n: int, count: int) -> list[slice]:
    """Where each of `count` windows lies in n places: from ⌊i n / count⌋ to ⌈(i + 1) n / count⌉."""
    return [slice(i * n // count, -(-(i + 1) * n // count)) for i in range(count)]


@lru_cache(64)
def window_places(grid: tuple[int, ...], counts: tuple[int, ...]) -> Any:
    """For each window the places of its plane that it has, the dimensions counted as one: int64 (windows, places).

    Of smaller windows the last place is repeated, so that all have as many as the largest.
    """
    numbers = np.arange(prod(grid)).reshape(grid)
    places = [numbers[window].reshape(-1) for window in windows_of(grid, counts)]
    longest = max((p.size for p in places), default=1)
    return np.array([np.pad(p, (0, longest - p.size), "edge") for p in places], np.int64).reshape(-1, longest)


def windows_of(grid: tuple[int, ...], counts: tuple[int, ...]) -> list[tuple[slice, ...]]:
    """The windows of a plane, in order."""
    return list(product(*map(edges, grid, counts)))


def place_of_largest(values: Any) -> Any:
    """Where the last dimension has its maximum: the first of equal values, the last NaN."""
    best = values.argmax(-1)
    if np.isnan(np.take_along_axis(values, best[..., None], -1)).any():
        wrong = np.isnan(values)
        best = np.where(wrong.any(-1), values.shape[-1] - 1 - wrong[..., ::-1].argmax(-1), best)
    return best


@primitive()
def adaptive_max_index_p(x: Any, *, counts: tuple[int, ...]) -> Any:
    """For each window where its maximum is in its plane, the dimensions counted as one: int64.

    Of several equal values the first counts, of several NaN the last.
    """
    n = len(counts)
    rows = planes(x, n)
    grid, total = rows.shape[1:], prod(counts)
    out: Any = np.empty((len(rows), total), np.int64)
    if total > 1 and prod(-(-m // c) + 1 for m, c in zip(grid, counts)) < LARGE:
        places = window_places(grid, counts)
        for block in blocks(slice(0, len(rows)), places.size):
            values = rows[block].reshape(-1, prod(grid)).take(places, 1)
            out[block] = places[np.arange(total), place_of_largest(values)]
    else:
        numbers = np.arange(prod(grid)).reshape(grid)
        for k, window in enumerate(windows_of(grid, counts)):
            places = numbers[window].reshape(-1)
            out[:, k] = places[place_of_largest(rows[:, *window].reshape(len(rows), places.size))]
    return out.reshape(*x.shape[: x.ndim - n], *counts)


flat(adaptive_max_index_p)


def _counts(name: str, x: Any, n: int, output_size: Any, whole: bool = False) -> tuple[int, ...]:
    """`output_size` as n ints, None meaning the size of the input, once the input is checked."""
    if ndim_of(name, x) not in (n + 1, n + 2):
        raise ShapeError(f"{name}: Expected {n + 1}D or {n + 2}D tensor, but got shape {tuple(x.shape)}")
    if x.dtype.kind != "f":
        raise DTypeError(f"{name}: not implemented for {x.dtype}; convert with .float()")
    grid = tuple(x.shape[x.ndim - n :])
    if 0 in x.shape[1 if whole else x.ndim - n :]:
        raise ShapeError(f"{name}: Expected input to have non-zero size for non-batch dimensions, got {tuple(x.shape)}")
    sizes = tuple(output_size) if isinstance(output_size, tuple | list) else (output_size,) * n
    if len(sizes) == 1:
        sizes *= n
    if len(sizes) != n:
        raise ShapeError(f"{name}: output_size must be a single int, or a tuple of {WORDS[n]}, got {output_size!r}")
    try:
        counts = tuple(m if s is None else index(s) for m, s in zip(grid, sizes))
    except TypeError:
        raise TypeError(f"{name}: output_size must be ints or None, got {output_size!r}") from None
    if min(counts) < 0:
        raise ShapeError(f"{name}: elements of output_size must be greater than or equal to 0, got {output_size!r}")
    return counts


def _tiles(grid: tuple[int, ...], counts: tuple[int, ...]) -> Windows | None:
    """The windows if they are all of one size and do not overlap."""
    if not all(counts) or any(m % c for m, c in zip(grid, counts)):
        return None
    size = tuple(m // c for m, c in zip(grid, counts))
    return Windows(size, size, (0,) * len(grid), (1,) * len(grid), counts, grid)


def _adaptive_avg_pool(n: int, input: Any, output_size: Any) -> Any:
    counts = _counts(f"adaptive_avg_pool{n}d", input, n, output_size)
    grid = tuple(input.shape[input.ndim - n :])
    w = _tiles(grid, counts)
    return averaged(input, w) if w else means_by_matrices(input, grid, counts)


def _adaptive_max_pool(n: int, input: Any, output_size: Any, return_indices: bool) -> Any:
    counts = _counts(f"adaptive_max_pool{n}d", input, n, output_size, whole=True)
    w = _tiles(tuple(input.shape[input.ndim - n :]), counts)
    if w and prod(w.size) <= SMALL and prod(counts) > 1:
        return largest(input, w, return_indices)
    at = adaptive_max_index_p(input, counts=counts)
    out = pick_p(input, at, n=n)
    return (out, at) if return_indices else out


def adaptive_avg_pool1d(input: Any, output_size: Any) -> Any:
    """The means of `output_size` windows of one dimension, `[N, C, L]` or `[C, L]`. See `adaptive_avg_pool2d`.

    Examples:
        >>> from tt_tensor import tensor
        >>> from tt_spatial.functional import adaptive_avg_pool1d
        >>> adaptive_avg_pool1d(tensor([[1.0, 3.0, 5.0]]), 2)
        tensor([[2., 4.]])
    """
    return _adaptive_avg_pool(1, input, output_size)


def adaptive_avg_pool2d(input: Any, output_size: Any) -> Any:
    """The means of windows that cover a picture, of which there are as many as asked for.

    Window i of H' goes from ⌊i H / H'⌋ to ⌈(i + 1) H / H'⌉; where H' does not divide H, neighbours overlap.

    Args:
        input: `[N, C, H, W]` or `[C, H, W]`, floating.
        output_size: height and width of the result, None for that of the input; one int for both.

    Raises:
        ShapeError: if the input is not of 3 or 4 dimensions, or empty.

    Examples:
        >>> from tt_tensor import arange
        >>> from tt_spatial.functional import adaptive_avg_pool2d
        >>> adaptive_avg_pool2d(arange(6.0).reshape(1, 2, 3), (1, None))
        tensor([[[1.5000, 2.5000, 3.5000]]])
    """
    return _adaptive_avg_pool(2, input, output_size)


def adaptive_avg_pool3d(input: Any, output_size: Any) -> Any:
    """The means of windows that cover a volume, `[N, C, D, H, W]` or `[C, D, H, W]`. See `adaptive_avg_pool2d`.

    Examples:
        >>> from tt_tensor import arange
        >>> from tt_spatial.functional import adaptive_avg_pool3d
        >>> adaptive_avg_pool3d(arange(8.0).reshape(1, 2, 2, 2), 1)
        tensor([[[[3.5000]]]])
    """
    return _adaptive_avg_pool(3, input, output_size)


def adaptive_max_pool1d(input: Any, output_size: Any, return_indices: bool = False) -> Any:
    """The maxima of `output_size` windows of one dimension. See `adaptive_max_pool2d`.

    Examples:
        >>> from tt_tensor import tensor
        >>> from tt_spatial.functional import adaptive_max_pool1d
        >>> adaptive_max_pool1d(tensor([[1.0, 3.0, 5.0]]), 2)
        tensor([[3., 5.]])
    """
    return _adaptive_max_pool(1, input, output_size, return_indices)


def adaptive_max_pool2d(input: Any, output_size: Any, return_indices: bool = False) -> Any:
    """The maxima of windows that cover a picture, of which there are as many as asked for.

    Args:
        input: `[N, C, H, W]` or `[C, H, W]`, floating.
        output_size: height and width of the result, None for that of the input; one int for both.
        return_indices: whether to return the place of each maximum in its plane, too.

    Raises:
        ShapeError: if the input is not of 3 or 4 dimensions, or empty.

    Examples:
        >>> from tt_tensor import arange
        >>> from tt_spatial.functional import adaptive_max_pool2d
        >>> adaptive_max_pool2d(arange(6.0).reshape(1, 2, 3), (1, None))
        tensor([[[3., 4., 5.]]])
    """
    return _adaptive_max_pool(2, input, output_size, return_indices)


def adaptive_max_pool3d(input: Any, output_size: Any, return_indices: bool = False) -> Any:
    """The maxima of windows that cover a volume. See `adaptive_max_pool2d`.

    Examples:
        >>> from tt_tensor import arange
        >>> from tt_spatial.functional import adaptive_max_pool3d
        >>> adaptive_max_pool3d(arange(8.0).reshape(1, 2, 2, 2), 1)
        tensor([[[[7.]]]])
    """
    return _adaptive_max_pool(3, input, output_size, return_indices)
