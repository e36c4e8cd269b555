"""F.pad: places added around a tensor, or taken away: constant, reflected, replicated, circular."""

from collections.abc import Sequence
from math import isfinite
from operator import index
from typing import Any

import numpy as np
from tt_autograd.rule import derivative
from tt_tensor.errors import ShapeError
from tt_tensor.ops.dims import ndim_of
from tt_tensor.primitive import primitive

Widths = tuple[tuple[int, int], ...]  # how many places are added before and after, for each dimension


@primitive()
def constant_pad_p(x: Any, *, widths: Widths, value: float) -> Any:
    """`value` added around x; a negative width takes places away."""
    inner = tuple(slice(max(0, -a), n - max(0, -b)) for n, (a, b) in zip(x.shape, widths))
    shape = tuple(n + a + b for n, (a, b) in zip(x.shape, widths))
    out = np.empty(shape, x.dtype)
    x = x[inner]
    at = tuple(slice(max(0, a), max(0, a) + n) for n, (a, _) in zip(x.shape, widths))
    for d, (s, n) in enumerate(zip(at, shape)):  # only the edges, which are little of it
        before = at[:d]
        out[(*before, slice(0, s.start))] = value
        out[(*before, slice(s.stop, n))] = value
    out[at] = x
    return out


def sources(mode: str, n: int, before: int, after: int) -> Any:
    """Which of n places each place of the padded dimension repeats."""
    if mode == "circular":  # what is taken away does not come back at the other end
        start, rest = max(0, -before), n + min(0, before) + min(0, after)
        return start + np.arange(-max(0, before), rest + max(0, after)) % max(1, rest)
    at = np.arange(-before, n + after)
    if mode == "replicate":
        return at.clip(0, n - 1)
    return n - 1 - np.abs(n - 1 - np.abs(at))


@primitive()
def edge_pad_p(x: Any, *, widths: Widths, mode: str) -> Any:
    """x with places of its own repeated around it, as `mode` says; a negative width takes places away."""
    for d, (before, after) in enumerate(widths):
        if before or after:
            n, lead = x.shape[d], (slice(None),) * d
            at = sources(mode, n, before, after)
            if before < 0 or after < 0:
                x = x.take(at, d)
                continue
            out = np.empty((*x.shape[:d], n + before + after, *x.shape[d + 1 :]), x.dtype)
            out[(*lead, slice(before, before + n))] = x
            for k in (*range(before), *range(before + n, before + n + after)):
                out[(*lead, k)] = x[(*lead, at[k])]
            x = out
    return x if any(map(any, widths)) else x.copy()


@primitive()
def edge_pad_backward_p(g: Any, *, widths: Widths, mode: str) -> Any:
    """Each place of g added to the place that it repeats: the transpose of `edge_pad_p` as a linear map."""
    for d, (before, after) in reversed(tuple(enumerate(widths))):
        if before or after:
            n, lead = g.shape[d] - before - after, (slice(None),) * d
            at = sources(mode, n, before, after)
            start = min(max(0, before), g.shape[d])
            middle = slice(start, start + max(0, n + min(0, before) + min(0, after)))
            if before < 0 or after < 0:
                out = np.zeros((*g.shape[:d], n, *g.shape[d + 1 :]), g.dtype)
                out[(*lead, at[middle])] = g[(*lead, middle)]
            else:
                out = g[(*lead, middle)].copy()
            for k in (*range(middle.start), *range(middle.stop, g.shape[d])):
                out[(*lead, at[k])] += g[(*lead, k)]
            g = out
    return g if any(map(any, widths)) else g.copy()


derivative(
    constant_pad_p,
    lambda g, widths: constant_pad_p(g, widths=tuple((-a, -b) for a, b in widths), value=0.0),
)
derivative(edge_pad_p, lambda g, widths, mode: edge_pad_backward_p(g, widths=widths, mode=mode))
derivative(edge_pad_backward_p, lambda gg, widths, mode: edge_pad_p(gg, widths=widths, mode=mode))


def fits(value: float, dtype: Any) -> bool:
    """Whether a dtype holds a number, rounded."""
    if dtype.kind == "f":
        return not isfinite(value) or abs(value) <= float(np.finfo(dtype).max)
    return dtype.kind not in "iu" or np.iinfo(dtype).min <= value <= np.iinfo(dtype).max


def pad(input: Any, pad: Sequence[int], mode: str = "constant", value: float | None = None) -> Any:
    """A tensor with places added at its edges.

    Args:
        input: a tensor of any shape.
        pad: how many places to add before and after: the last dimension first, then the one before, and so on. Negative
            numbers take places away.
        mode: `"constant"`; or `"reflect"`, `"replicate"`, `"circular"`, which repeat places of the input, for the last one,
            two or three dimensions of an input with one or two more.
        value: what is added in mode `"constant"`; 0 by default.

    Returns:
        The last dimension is longer by `pad[0] + pad[1]`, the one before by `pad[2] + pad[3]`, and so on.

    Raises:
        ShapeError: if there are more widths than dimensions; or more is taken away than there is; or more reflected.
        NotImplementedError: for a mode that does not exist, or not for this number of dimensions.

    Examples:
        >>> from tt_tensor import tensor
        >>> from tt_spatial.functional import pad
        >>> pad(tensor([[1.0, 2.0, 3.0]]), (1, 2))
        tensor([[0., 1., 2., 3., 0., 0.]])
        >>> pad(tensor([[1.0, 2.0, 3.0]]), (2, 1), mode="reflect")
        tensor([[3., 2., 1., 2., 3., 2.]])
    """
    if isinstance(pad, int) or not hasattr(pad, "__len__"):
        raise TypeError(f"pad: argument 'pad' must be a tuple of ints, not {type(pad).__name__}")
    try:
        flat = [index(k) for k in pad]
    except TypeError:
        raise TypeError(f"pad: argument 'pad' must be a tuple of ints, got {pad!r}") from None
    if len(flat) % 2:
        raise ShapeError(f"pad: Padding length must be divisible by 2, got {len(flat)} numbers")
    ndim, count = ndim_of("pad", input), len(flat) // 2
    if count > ndim:
        raise ShapeError(
            f"pad: Padding length should be less than or equal to two times the input dimension but got padding length "
            f"{len(flat)} and input of dimension {ndim}"
        )
    widths = ((0, 0),) * (ndim - count) + tuple((flat[2 * k], flat[2 * k + 1]) for k in reversed(range(count)))
    if isinstance(value, str):
        raise TypeError(f"pad: argument 'value' must be a number, got {value!r}")
    if value is not None and not fits(value, input.dtype):
        raise ShapeError(f"pad: value {value!r} cannot be converted to {input.dtype} without overflow")
    if mode != "constant":
        if value is not None and value != 0:
            raise ShapeError(f'pad: Padding mode "{mode}" doesn\'t take in value argument')
        if mode not in ("reflect", "replicate", "circular"):
            raise NotImplementedError(
                f"pad: Unrecognised padding mode {mode}; use constant, reflect, replicate or circular"
            )
        if count not in (1, 2, 3) or ndim - count not in (1, 2):
            raise NotImplementedError(
                f"pad: Padding size {len(flat)} is not supported for {ndim}D input tensor: mode {mode!r} pads the last one "
                f"of 2 or 3 dimensions, the last two of 3 or 4, or the last three of 4 or 5"
            )
    lengths = [(n + a + b, n + min(a, 0) + min(b, 0)) for n, (a, b) in zip(input.shape, widths)]
    if any(length < 0 or (left < 0 and mode in ("constant", "circular")) for length, left in lengths):
        raise ShapeError(f"pad: {tuple(flat)} takes away more than an input of shape {tuple(input.shape)} has")
    if mode == "constant":
        return constant_pad_p(input, widths=widths, value=0.0 if value is None else value)
    for n, (a, b) in zip(input.shape[ndim - count :], widths[ndim - count :]):
        most = n - 1 if mode == "reflect" else n + min(a, 0) + min(b, 0)
        if max(a, b) > most and mode != "replicate":
            raise ShapeError(
                f"pad: Padding size should be less than or equal to {most} for mode {mode!r} of a dimension of size {n}, "
                f"but got {(a, b)}"
                + ("" if mode == "reflect" else ": Padding value causes wrapping around more than once.")
            )
        if n == 0 and (a > 0 or b > 0):
            raise ShapeError(f"pad: mode {mode!r} has nothing to repeat in a dimension of size 0")
    return edge_pad_p(input, widths=widths, mode=mode)
