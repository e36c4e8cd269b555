"""The core of attention as one operation: scores, mask, softmax, dropout and the product with the values, and its derivative.

Kept for backward are, besides the inputs, the output and two numbers per query; the weights are computed again. What saves time:

- exp(s) needs no maximum subtracted as long as the sums stay in a range where nothing is lost, which is seen afterwards; only
  rows that leave it are done again with a shift, column by column as in Milakov and Gimelshein, Online normalizer calculation
  for softmax, 2018.
- Weights are never divided by their sum: the output is, and in backward the gradient of the output, which are smaller.
- The gradient of a row of scores is p · (dp - Σ p dp), and Σ p dp = Σ g · out (Dao et al., FlashAttention, 2022). That is
  subtracted by the product with the values, which get one more row.
- BLAS multiplies by a transposed right side at half the speed, so keys and values are transposed first.
"""

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np
from tt_autograd.rule import joint_derivative
from tt_nn.blas import spread_products
from tt_nn.flops import FLOPS
from tt_tensor.ops.rows import ones
from tt_tensor.primitive import primitive
from tt_tensor.threads import get_num_threads

from .attention_second import attention_gradients
from .attention_tiles import Dropout, Tiles, tiles

LOW, HIGH = 1e-12, 1e12  # sums of exp(s) between these need no shift
TINY = 1e-30  # a shift of 0 says that there is none, so this is the one for a maximum of 0
PARALLEL = 1 << 18  # scores from which the work is shared out among threads


class Work:
    """The arrays of one call, broadcast to a common lead, and what all its sheets need to know."""

    def __init__(self, q: Any, k: Any, v: Any, mask: Any, causal: bool, scale: float, seed: int, level: int) -> None:
        lead = np.broadcast_shapes(q.shape[:-2], k.shape[:-2], v.shape[:-2])
        rows, columns = q.shape[-2], k.shape[-2]
        self.mask: Any = None
        if type(mask) is np.ndarray:
            lead = np.broadcast_shapes(lead, mask.shape[:-2])
            self.mask = np.broadcast_to(mask, (*lead, rows, columns))
        self.cuts: Tiles = tiles(lead, rows, columns, causal)
        self.q, self.k, self.v = (
            x if x.shape[:-2] == lead else np.broadcast_to(x, lead + x.shape[-2:]) for x in (q, k, v)
        )
        self.scale = scale
        self.dropout = Dropout(seed, level) if level else None

    def any(self) -> bool:
        """Whether there are any scores."""
        return 0 not in self.cuts.lead and self.cuts.rows > 0 and self.cuts.columns > 0

    def run(self, sheet: Callable[[int, Any], None]) -> None:
        """Call `sheet(number, heads)` for all heads, on several threads if there is enough to do."""
        parts = list(enumerate(self.cuts.heads()))
        count = get_num_threads()
        if count == 1 or len(parts) == 1 or self.q[..., 0].size * self.cuts.columns < PARALLEL:
            for part in parts:
                sheet(*part)
            return
        edges = [len(parts) * i // count for i in range(count + 1)]
        spread_products(
            lambda share: [sheet(*part) for part in share], [parts[a:b] for a, b in zip(edges, edges[1:]) if a < b]
        )

    def exponentials(self, s: Any, heads: Any, rows: slice, columns: slice) -> None:
        """exp(s) in place, 0 where a score does not count. If some of those that do not are too large: NaN."""
        mask = None if self.mask is None else self.mask[heads][..., rows, columns]
        if mask is not None and mask.dtype.kind == "f":
            s += mask
        np.exp(s, s)
        if mask is not None and mask.dtype.kind == "b":
            s *= mask
        elif (triangle := self.cuts.triangle(rows, columns, s.dtype)) is not None:
            s *= triangle

    def masked(self, s: Any, heads: Any, rows: slice, columns: slice) -> None:
        """Scores that do not count set to -inf."""
        if self.mask is not None:
            mask = self.mask[heads][..., rows, columns]
            if mask.dtype.kind == "f":
                s += mask
            else:
                np.copyto(s, -np.inf, where=~mask)
        elif (triangle := self.cuts.triangle(rows, columns, bool)) is not None:
            np.copyto(s, -np.inf, where=~triangle)


def transposed(x: Any, factor: float, extra: int = 0) -> Any:
    """`factor · xᵀ` of each matrix, with one more row of `factor` if `extra`."""
    n, d = x.shape[-2:]
    out = np.empty((*x.shape[:-2], d + extra, n), x.dtype)
    np.multiply(x.swapaxes(-1, -2), factor, out[..., :d, :])
    if extra:
        out[..., d, :] = factor
    return out


def forward(work: Work) -> tuple[Any, Any]:
    """The output, and `[2, ..., L]`: the shift of each row of scores, and one over the sum of their exponentials."""
    cuts, q, v = work.cuts, work.q, work.v
    out = np.empty_like(q, shape=(*cuts.lead, cuts.rows, v.shape[-1]))  # heads and rows in the order of q's in memory
    stats = np.zeros((2, *cuts.lead, cuts.rows), q.dtype)

    def sheet(number: int, heads: Any) -> None:
        keys = transposed(work.k[heads], work.scale)
        space = np.empty(keys.shape[:-2] + (cuts.high * cuts.wide,), q.dtype)
        for rows in cuts.downwards():
            part = out[heads][..., rows, :]
            sums = plain_rows(work, number, heads, rows, keys, space, part)
            if not (sums.min() > LOW and sums.max() < HIGH):
                shift, sums = shifted_rows(work, number, heads, rows, keys, space, part)
                stats[0][heads][..., rows] = shift
            inverse = np.divide(1, sums, out=np.zeros_like(sums), where=sums != 0)
            stats[1][heads][..., rows] = inverse
            if work.dropout:
                inverse *= work.dropout.factor
            part *= inverse[..., None]

    work.run(sheet)
    return out, stats


def scores(work: Work, heads: Any, rows: slice, columns: slice, keys: Any, space: Any) -> Any:
    """The scaled scores of some rows and columns, in `space`."""
    q = work.q[heads][..., rows, :]
    high, wide = q.shape[-2], columns.stop - columns.start
    s = space[..., : high * wide].reshape(*q.shape[:-1], wide)
    return np.matmul(q, keys[..., columns], out=s)


def row_sums(p: Any) -> Any:
    """The sums along the last dimension."""
    return p.dot(ones(p.shape[-1], p.dtype.char))


def plain_rows(work: Work, number: int, heads: Any, rows: slice, keys: Any, space: Any, out: Any) -> Any:
    """Write Σ exp(s) · v into `out` and return Σ exp(s)."""
    sums: Any = 0
    stream = work.dropout and work.dropout.stream(number, rows)
    for columns in work.cuts.across(rows):
        p = scores(work, heads, rows, columns, keys, space)
        work.exponentials(p, heads, rows, columns)
        sums = row_sums(p) if columns.start == 0 else sums + row_sums(p)
        if work.dropout:
            p *= work.dropout.kept(stream, p.shape, p.dtype)
        if columns.start == 0:
            np.matmul(p, work.v[heads][..., columns, :], out=out)
        else:
            out += p @ work.v[heads][..., columns, :]
    return sums


def shifted_rows(work: Work, number: int, heads: Any, rows: slice, keys: Any, space: Any, out: Any) -> tuple[Any, Any]:
    """Write Σ exp(s - shift) · v into `out`; return the shift, which is the maximum of each row, and Σ exp(s - shift)."""
    shift: Any = -np.inf
    sums: Any = 0
    out[...] = 0
    stream = work.dropout and work.dropout.stream(number, rows)
    for columns in work.cuts.across(rows):
        s = scores(work, heads, rows, columns, keys, space)
        work.masked(s, heads, rows, columns)
        new = np.maximum(shift, s.max(-1))
        base = np.where(new == -np.inf, 0, new)
        s -= base[..., None]
        np.exp(s, s)
        fade = np.exp(shift - base)  # 0 in the first columns
        sums = sums * fade + row_sums(s)
        if work.dropout:
            s *= work.dropout.kept(stream, s.shape, s.dtype)
        out *= fade[..., None]
        out += s @ work.v[heads][..., columns, :]
        shift = new
    return np.where((shift == 0) | (shift == -np.inf), TINY, shift), sums


def backward(work: Work, g: Any, out: Any, stats: Any, mask_gradient: bool) -> tuple[Any, Any, Any, Any]:
    """The gradients of queries, keys, values and, if wanted, scores."""
    cuts, q, k, v = work.cuts, work.q, work.k, work.v
    dq, dk, dv = (np.empty_like(x) for x in (q, k, v))
    ds_all = np.zeros((*cuts.lead, cuts.rows, cuts.columns), q.dtype) if mask_gradient else None
    width = v.shape[-1]
    factor = 1.0 if mask_gradient else work.scale
    folded = not work.dropout  # whether the product with the values subtracts Σ g · out

    def sheet(number: int, heads: Any) -> None:
        keys, values = transposed(k[heads], work.scale), transposed(v[heads], factor, 1)
        space, other = (np.empty(keys.shape[:-2] + (cuts.high * cuts.wide,), q.dtype) for _ in range(2))
        if cuts.causal:  # keys that no query sees
            dk[heads][..., cuts.rows :, :] = 0
            dv[heads][..., cuts.rows :, :] = 0
        for rows in reversed(cuts.downwards()):  # the last rows see all the keys that any row sees
            first = rows.stop == cuts.rows
            shift, inverse = (s[heads][..., rows, None] for s in stats)
            h = np.empty((*q[heads].shape[:-2], rows.stop - rows.start, width + 1), q.dtype)
            scaled = np.multiply(g[heads][..., rows, :], inverse, h[..., :width])
            inner = np.einsum("...ij,...ij->...i", scaled, out[heads][..., rows, :])
            np.negative(inner, h[..., width])
            stream = work.dropout and work.dropout.stream(number, rows)
            if work.dropout:
                scaled *= work.dropout.factor
            for columns in cuts.across(rows):
                p = scores(work, heads, rows, columns, keys, space)
                if shift.any():
                    work.masked(p, heads, rows, columns)
                    p -= shift
                    np.exp(p, p)
                else:
                    work.exponentials(p, heads, rows, columns)
                ds = other[..., : p.shape[-1] * p.shape[-2]].reshape(p.shape)
                if folded:
                    np.matmul(h, values[..., columns], out=ds)
                    ds *= p
                    weights = p
                else:
                    kept = work.dropout.kept(stream, p.shape, p.dtype)  # type: ignore[union-attr]
                    np.matmul(scaled, values[..., :width, columns], out=ds)
                    ds *= kept
                    ds -= (inner * factor)[..., None]
                    ds *= p
                    weights = np.multiply(kept, p, kept)
                if mask_gradient:
                    ds_all[heads][..., rows, columns] = ds  # type: ignore[index]
                    ds *= work.scale
                add_product(dv[heads][..., columns, :], weights.swapaxes(-1, -2), scaled, first)
                add_product(dk[heads][..., columns, :], ds.swapaxes(-1, -2), q[heads][..., rows, :], first)
                add_product(dq[heads][..., rows, :], ds, k[heads][..., columns, :], columns.start == 0)

    work.run(sheet)
    return dq, dk, dv, ds_all


def add_product(target: Any, a: Any, b: Any, first: bool) -> None:
    """`target += a @ b`, or `=` the first time."""
    if first:
        np.matmul(a, b, out=target)
    else:
        target += a @ b


def widened(*xs: Any) -> list[Any]:
    """float16 as float32."""
    return [x.astype(np.float32) if x.dtype == np.float16 else x for x in xs]


@primitive()
def attention_p(
    q: Any, k: Any, v: Any, mask: Any,
    *, scale: float, causal: bool, seed: int, level: int, mask_gradient: bool,  # noqa: ARG001 - for backward
) -> Any:  # fmt: skip
    """softmax(q kᵀ · scale + mask) v; and the shift and one over the sum with which the softmax of each query was computed.

    `mask` is 0.0 if there is none. `seed` and `level` are those of `Dropout`.
    """
    work = Work(*widened(q, k, v), mask, causal, scale, seed, level)
    out, stats = forward(work) if work.any() else (np.zeros((*work.cuts.lead, q.shape[-2], v.shape[-1]), q.dtype), 0.0)
    return out.astype(q.dtype, copy=False), np.asarray(stats)


@primitive()
def attention_backward_p(
    g: Any, q: Any, k: Any, v: Any, mask: Any, out: Any, stats: Any,
    *, scale: float, causal: bool, seed: int, level: int, mask_gradient: bool,
) -> Any:  # fmt: skip
    """The gradients of the queries, keys and values, and of the mask if it is wanted."""
    q, k, v, g, out = widened(q, k, v, g, out)
    work = Work(q, k, v, mask, causal, scale, seed, level)
    if not work.any():
        return tuple(np.zeros(x.shape, x.dtype) for x in (q, k, v, mask)[: 3 + mask_gradient])
    return backward(work, g, out, stats, mask_gradient)[: 3 + mask_gradient]


def attention_rule(
    g: Any, q: Any, k: Any, v: Any, mask: Any, out: Any,
    scale: float, causal: bool, seed: int, level: int, mask_gradient: bool,
) -> tuple[Any, ...]:  # fmt: skip
    """The fast backward pass; where it is itself to be differentiated, the same formulas in operations that can be."""
    g, (y, stats), inputs = g[0], out, (q, k, v, mask)
    settings: dict[str, Any] = dict(scale=scale, causal=causal, seed=seed, level=level, mask_gradient=mask_gradient)
    if type(g) is np.ndarray:
        gradients = attention_backward_p.kernel(g, *inputs, y, stats, **settings)
    elif all(getattr(x, "more", None) is None for x in (g, *inputs)):
        gradients = attention_backward_p(g, *inputs, y, stats, **settings)
    else:
        gradients = attention_gradients(g, *inputs, **settings)
    return gradients if mask_gradient else (*gradients, None)


joint_derivative(attention_p, attention_rule)


def product_flops(rows: Any, k: Any, width: int) -> Any:
    """What products of the scores that belong to these rows with vectors of this width take."""
    return 2 * int(prod(rows.shape[:-1])) * k.shape[-2] * width


FLOPS[attention_p] = lambda out, q, k, v, *_, **__: product_flops(out[0], k, q.shape[-1] + v.shape[-1])
FLOPS[attention_backward_p] = lambda _, g, q, k, v, *__, **___: product_flops(g, k, 3 * q.shape[-1] + 2 * v.shape[-1])
