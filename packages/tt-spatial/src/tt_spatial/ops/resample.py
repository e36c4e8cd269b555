"""Separable linear maps: enlarging, shrinking and adaptive averaging are a product with a thin matrix along each dimension."""

from functools import lru_cache
from math import prod
from typing import Any, NamedTuple

import numpy as np
from tt_autograd.rule import derivative
from tt_nn.blas import spread_products
from tt_tensor.primitive import primitive

from .windows import blocks, plane_shares, planes

WIDE, TALL = 64, 32  # columns up to which a matrix is used whole, and the rows of a band of a larger one


class Line(NamedTuple):
    """How one dimension is resampled.

    Attributes:
        mode: "nearest", "nearest-exact", "linear", "cubic", "linear-antialias", "cubic-antialias" or "mean".
        n: the size of the dimension.
        size: that in the result.
        scale: the factor that the user gave, by which positions are computed; None for `size / n`.
        align: whether the first and last places of both lie on each other.
    """

    mode: str
    n: int
    size: int
    scale: float | None = None
    align: bool = False

    @property
    def ratio(self) -> float:
        """How many places of the input one place of the result covers."""
        if self.align:
            return (self.n - 1) / (self.size - 1) if self.size > 1 else 0.0
        return 1 / self.scale if self.scale else self.n / self.size


def nearest(line: Line) -> Any:
    """The place of the input that each place of the result repeats. In float32, as PyTorch rounds."""
    at: Any = np.arange(line.size, dtype=np.float32)
    if line.mode == "nearest-exact":
        at += np.float32(0.5)
    elif line.size == line.n:
        return at.astype(np.int64)
    elif line.size == 2 * line.n:
        return np.arange(line.size) // 2
    return np.floor(at * np.float32(line.ratio)).astype(np.int64).clip(0, line.n - 1)


def cubic(t: Any, a: float) -> Any:
    """Keys' cubic convolution kernel at distance t ≥ 0."""
    near = ((a + 2) * t - (a + 3)) * t * t + 1
    far = (((t - 5) * t + 8) * t - 4) * a
    return np.where(t < 1, near, np.where(t < 2, far, 0.0))


def matrix(line: Line, kind: str) -> Any:
    """`[size, n]`, in the dtype with the character `kind`: what each place of the input counts in each place of the result."""
    n, count = line.n, line.size
    out: Any = np.zeros((count, n))
    if line.mode == "mean":
        for i in range(count):
            start, stop = i * n // count, -(-(i + 1) * n // count)
            out[i, start:stop] = 1 / (stop - start)
        return out.astype(kind)
    rows, ratio = np.arange(count), line.ratio
    if line.mode.startswith("nearest"):
        out[rows, nearest(line)] = 1
    elif line.mode.endswith("antialias"):
        wide = max(ratio, 1.0)
        center = (rows + 0.5) * ratio
        support = (2 if line.mode[0] == "c" else 1) * wide
        low = np.maximum((center - support + 0.5).astype(int), 0)[:, None]
        high = np.minimum((center + support + 0.5).astype(int), n)[:, None]
        places = np.arange(n)
        distance = np.abs(places - center[:, None] + 0.5) / wide
        weight = cubic(distance, -0.5) if line.mode[0] == "c" else np.maximum(1 - distance, 0)
        out = np.where((places >= low) & (places < high), weight, 0.0)
        out /= out.sum(1, keepdims=True)
    else:
        at: Any = rows * ratio if line.align else (rows + 0.5) * ratio - 0.5
        if line.mode == "linear":
            at = rows if count == n else np.maximum(at, 0)  # as PyTorch, whatever the factor
        first = np.floor(at).astype(int)
        t = at - first
        if line.mode == "linear":
            first = np.minimum(first, n - 1)
            taps: tuple[tuple[int, Any], ...] = ((0, 1 - t), (1, t))
        else:
            taps = tuple((k, cubic(np.abs(k - t), -0.75)) for k in (-1, 0, 1, 2))
        for k, weight in taps:
            np.add.at(out, (rows, (first + k).clip(0, n - 1)), weight)
    return out.astype(kind)


class Band(NamedTuple):
    """A few rows of a matrix, and the columns in which they have anything: most of it is zeros, far from the diagonal."""

    rows: slice
    columns: slice
    block: Any


@lru_cache(64)
def bands(line: Line, kind: str, transposed: bool) -> list[Band]:
    """The matrix of a line, or its transpose, in bands."""
    m = matrix(line, kind).T if transposed else matrix(line, kind)
    step = max(1, len(m)) if m.shape[1] <= WIDE else TALL
    found = []
    for start in range(0, len(m), step):
        block = m[start : start + step]
        used = np.flatnonzero(block.any(0))
        first, stop = (int(used[0]), int(used[-1]) + 1) if used.size else (0, 0)
        found.append(
            Band(slice(start, start + len(block)), slice(first, stop), np.ascontiguousarray(block[:, first:stop]))
        )
    return found


def apply(x: Any, parts: list[Band], trailing: int) -> Any:
    """The product of a matrix with planes `x` along the dimension that has `trailing` more after it."""
    d = x.ndim - 1 - trailing
    shape = (*x.shape[:d], parts[-1].rows.stop if parts else 0, *x.shape[d + 1 :])
    out = np.empty(shape, x.dtype)
    result: Any
    if trailing == 0:
        rows, result = x.reshape(prod(x.shape[:-1]), x.shape[-1]), out.reshape(prod(shape[:-1]), shape[-1])
        for band in parts:
            np.matmul(rows[:, band.columns], band.block.T, out=result[:, band.rows])
    else:
        rest = prod(x.shape[d + 1 :])
        stack, result = x.reshape(prod(x.shape[:d]), x.shape[d], rest), out.reshape(prod(x.shape[:d]), shape[d], rest)
        for band in parts:
            np.matmul(band.block, stack[:, band.columns], out=result[:, band.rows])
    return out


def apply_sparse(x: Any, parts: list[Band], trailing: int) -> Any:
    """The same without a product of zero with anything: Inf and NaN stay where they are."""
    x = np.moveaxis(x, x.ndim - 1 - trailing, -1)
    out = np.zeros((*x.shape[:-1], parts[-1].rows.stop), x.dtype)
    for band in parts:
        for k, row in enumerate(band.block):
            used = np.flatnonzero(row)
            out[..., band.rows.start + k] = x[..., band.columns.start + used] @ row[used]
    return np.moveaxis(out, -1, out.ndim - 1 - trailing)


@primitive()
def resample_p(x: Any, *, lines: tuple[Line, ...]) -> Any:
    """The last dimensions of x resampled, each by its own matrix."""
    if x.dtype.kind != "f":  # repeating needs no arithmetic
        for d, line in enumerate(lines):
            x = x.take(nearest(line), x.ndim - len(lines) + d)
        return x
    return _through(x, lines, False)


@primitive()
def resample_backward_p(g: Any, *, lines: tuple[Line, ...]) -> Any:
    """The transpose of `resample_p` as a linear map."""
    return _through(g, lines, True)


def _through(x: Any, lines: tuple[Line, ...], transposed: bool) -> Any:
    """`x` multiplied by all matrices, those that shrink it first."""
    n, dtype = len(lines), np.promote_types(x.dtype, np.float32)
    sizes = tuple(line.n if transposed else line.size for line in lines)
    out = np.empty((*x.shape[: x.ndim - n], *sizes), x.dtype)
    if not x.size or not out.size:
        out.fill(0)
        return out
    rows, outs = planes(x, n), planes(out, n)
    order = sorted(range(n), key=lambda d: sizes[d] / rows.shape[1 + d])
    parts = [bands(line, dtype.char, transposed) for line in lines]

    def work(block: slice) -> None:
        y = rows[block].astype(dtype, copy=False)
        for d in order:
            y = apply(y, parts[d], n - 1 - d)
        if not np.isfinite(np.add.reduce(y, None)):
            y = rows[block].astype(dtype, copy=False)
            for d in order:
                y = apply_sparse(y, parts[d], n - 1 - d)
        outs[block] = y

    size = max(prod(sizes), prod(rows.shape[1:]))

    def share(part: slice) -> None:
        for block in blocks(part, size):
            work(block)

    spread_products(share, plane_shares(rows.shape[0], size))
    return out


derivative(resample_p, lambda g, lines: resample_backward_p(g, lines=lines))
derivative(resample_backward_p, lambda gg, lines: resample_p(gg, lines=lines))
