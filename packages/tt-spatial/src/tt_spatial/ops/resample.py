"""Separable linear maps: enlarging, shrinking and adaptive averaging are a product with a thin matrix along each dimension."""

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from tt_autograd.rule import derivative
from tt_tensor.primitive import primitive

from .windows import over_planes


class Line(NamedTuple):
    """How one dimension is resampled.

    Attributes:
        mode: "nearest", "nearest-exact", "linear", "cubic", "linear-antialias", "cubic-antialias" or "mean".
        n: the size of the dimension.
        count: its size in the result.
        scale: the factor that the user gave, by which positions are computed; None for `count / n`.
        align: whether the first and last places of both lie on each other.
    """

    mode: str
    n: int
    count: int
    scale: float | None = None
    align: bool = False

    @property
    def ratio(self) -> float:
        """How many places of the input one place of the result covers."""
        if self.align:
            return (self.n - 1) / (self.count - 1) if self.count > 1 else 0.0
        return 1 / self.scale if self.scale else self.n / self.count


def nearest(line: Line) -> Any:
    """The place of the input that each place of the result repeats. In float32, as PyTorch rounds."""
    at = np.arange(line.count, dtype=np.float32)
    if line.mode == "nearest-exact":
        at += np.float32(0.5)
    elif line.count == line.n:
        return at.astype(np.int64)
    elif line.count == 2 * line.n:
        return np.arange(line.count) // 2
    return np.floor(at * np.float32(line.ratio)).astype(np.int64).clip(0, line.n - 1)


def cubic(t: Any, a: float) -> Any:
    """Keys' cubic convolution kernel at distance t ≥ 0."""
    near = ((a + 2) * t - (a + 3)) * t * t + 1
    far = (((t - 5) * t + 8) * t - 4) * a
    return np.where(t < 1, near, np.where(t < 2, far, 0.0))


@lru_cache(64)
def matrix(line: Line, kind: str) -> Any:
    """`[count, n]`, read-only: what each place of the input counts in each place of the result."""
    n, count = line.n, line.count
    out = np.zeros((count, n))
    if line.mode == "mean":
        for i in range(count):
            start, stop = i * n // count, -(-(i + 1) * n // count)
            out[i, start:stop] = 1 / (stop - start)
        return fixed(out, kind)
    rows, ratio = np.arange(count), line.ratio
    if line.mode.startswith("nearest"):
        out[rows, nearest(line)] = 1
    elif line.mode.endswith("antialias"):
        wide = max(ratio, 1.0)
        center = (rows + 0.5) * ratio
        support = (2 if line.mode[0] == "c" else 1) * wide
        low = np.maximum((center - support + 0.5).astype(int), 0)[:, None]
        high = np.minimum((center + support + 0.5).astype(int), n)[:, None]
        at = np.arange(n)
        distance = np.abs(at - center[:, None] + 0.5) / wide
        weight = cubic(distance, -0.5) if line.mode[0] == "c" else np.maximum(1 - distance, 0)
        out = np.where((at >= low) & (at < high), weight, 0.0)
        out /= out.sum(1, keepdims=True)
    else:
        at = rows * ratio if line.align else (rows + 0.5) * ratio - 0.5
        if line.mode == "linear":
            at = np.maximum(at, 0)
        first = np.floor(at).astype(int)
        t = at - first
        if line.mode == "linear":
            first = np.minimum(first, n - 1)
            taps = ((0, 1 - t), (1, t))
        else:
            taps = tuple((k, cubic(np.abs(k - t), -0.75)) for k in (-1, 0, 1, 2))
        for k, weight in taps:
            np.add.at(out, (rows, (first + k).clip(0, n - 1)), weight)
    return fixed(out, kind)


def fixed(m: Any, kind: str) -> Any:
    """`m` in the dtype with this character, read-only."""
    m = m.astype(kind)
    m.flags.writeable = False
    return m


def apply(x: Any, m: Any, trailing: int) -> Any:
    """The product of `m` with planes `x` along the dimension that has `trailing` more after it."""
    if trailing == 0:
        return (x.reshape(-1, x.shape[-1]) @ m.T).reshape(*x.shape[:-1], m.shape[0])
    d = x.ndim - 1 - trailing
    y = m @ x.reshape(-1, x.shape[d], int(np.prod(x.shape[d + 1 :])))
    return y.reshape(*x.shape[:d], m.shape[0], *x.shape[d + 1 :])


@primitive()
def resample_p(x: Any, *, lines: tuple[Line, ...]) -> Any:
    """The last dimensions of x resampled, each by its own matrix; one that keeps its size is left alone."""
    n = len(lines)
    if x.dtype.kind != "f":  # repeating needs no arithmetic
        for d, line in enumerate(lines):
            x = x.take(nearest(line), x.ndim - n + d)
        return x
    return _through(x, [matrix(line, _kind(x)) for line in lines])


@primitive()
def resample_backward_p(g: Any, *, lines: tuple[Line, ...]) -> Any:
    """The transpose of `resample_p` as a linear map."""
    return _through(g, [matrix(line, _kind(g)).T for line in lines])


def _kind(x: Any) -> str:
    """The dtype of the matrices: at least float32."""
    return "d" if x.dtype.itemsize == 8 else "f"


def _through(x: Any, matrices: list[Any]) -> Any:
    """`x` multiplied by all matrices, those that shrink it first."""
    n = len(matrices)
    rows = x.reshape(-1, *x.shape[x.ndim - n :]) if x.size else np.zeros((0, *x.shape[x.ndim - n :]), x.dtype)
    grid = tuple(m.shape[0] for m in matrices)
    out = np.empty((rows.shape[0], *grid), x.dtype)
    order = sorted(range(n), key=lambda d: matrices[d].shape[0] / max(1, matrices[d].shape[1]))

    def block(part: slice) -> None:
        y = rows[part].astype(matrices[0].dtype, copy=False)
        for d in order:
            y = apply(y, matrices[d], n - 1 - d)
        out[part] = y

    over_planes(block, rows.shape[0], max(1, int(np.prod(grid)), int(np.prod(rows.shape[1:]))))
    return out.reshape(*x.shape[: x.ndim - n], *grid)


derivative(resample_p, lambda g, lines: resample_backward_p(g, lines=lines))
derivative(resample_backward_p, lambda gg, lines: resample_p(gg, lines=lines))
