"""What the passes of attention share: the inputs, broadcast and cut into sheets, and the products on a sheet."""

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np
from tt_nn.blas import spread_products
from tt_tensor.ops.exponential import LOG, raised
from tt_tensor.ops.matmul import few_rows, multiply
from tt_tensor.ops.rows import half, ones
from tt_tensor.threads import get_num_threads

from .attention_tiles import Dropout, Tiles, tiles

PARALLEL = 6 << 20  # multiplications for the scores from which the work is shared out among threads
THIN = 8  # rows up to which keys are not transposed


class Work:
    """The arrays of one call, broadcast to a common lead, and what all its sheets need to know.

    Attributes:
        cuts: where the sheets begin and end.
        q: queries, `[*lead, L, E]`.
        k: keys, `[*lead, S, E]`.
        v: values, `[*lead, S, Ev]`.
        mask: `[*lead, L, S]`, bool or floating, the latter in units of `LOG`; or None.
        scale: what scores are multiplied with.
        dropout: which weights are dropped; None for none.
        hides: whether there are scores that do not count, besides those that are -inf.
    """

    def __init__(self, q: Any, k: Any, v: Any, mask: Any, causal: bool, scale: float, seed: int, level: int) -> None:
        lead, rows, columns = q.shape[:-2], q.shape[-2], k.shape[-2]
        has_mask = type(mask) is np.ndarray
        if has_mask or not lead == k.shape[:-2] == v.shape[:-2]:
            lead = np.broadcast_shapes(lead, k.shape[:-2], v.shape[:-2], mask.shape[:-2] if has_mask else ())
            q, k, v = (x if x.shape[:-2] == lead else np.broadcast_to(x, lead + x.shape[-2:]) for x in (q, k, v))
        self.q, self.k, self.v, self.scale, self.mask = q, k, v, scale, None
        if has_mask:
            self.mask = np.broadcast_to(mask if mask.dtype.kind == "b" else in_units(mask), (*lead, rows, columns))
        self.hides = causal or (has_mask and mask.dtype.kind == "b")
        self.cuts: Tiles = tiles(lead, rows, columns, causal)
        self.dropout = Dropout(seed, level) if level else None

    def any(self) -> bool:
        """Whether there are any scores."""
        return 0 not in self.cuts.lead and self.cuts.rows > 0 and self.cuts.columns > 0

    def run(self, sheet: Callable[[int, Any], None]) -> None:
        """Call `sheet(number, heads)` for all heads, on several threads if there is enough to do."""
        size = prod(self.q.shape) * self.cuts.columns
        if self.cuts.causal and self.cuts.high < self.cuts.rows:  # sheets above the diagonal are left out
            size //= 2
        count = get_num_threads() if size >= PARALLEL else 1
        parts = list(enumerate(self.cuts.heads(1 if self.dropout else count)))  # what is dropped depends on the sheets
        if count == 1 or len(parts) == 1:
            for part in parts:
                sheet(*part)
            return

        def several(share: list[tuple[int, Any]]) -> None:
            for part in share:
                sheet(*part)

        edges = [len(parts) * i // count for i in range(count + 1)]
        spread_products(several, [parts[a:b] for a, b in zip(edges, edges[1:]) if a < b])

    def room_for_output(self) -> Any:
        """An array for the output, with heads and rows in the queries' order in memory."""
        return np.empty_like(self.q, shape=(*self.cuts.lead, self.cuts.rows, self.v.shape[-1]))

    def factors(self, heads: Any) -> tuple[Any, Any]:
        """Queries and transposed keys of these heads, whose product is the scores in units of `LOG`."""
        if self.cuts.rows < THIN:  # to transpose the keys would take longer than the product
            return self.q[heads] * (self.scale * LOG), self.k[heads].swapaxes(-1, -2)
        return self.q[heads], transposed(self.k[heads], self.scale * LOG)

    def exponentials(self, s: Any, heads: Any, rows: slice, columns: slice) -> None:
        """exp(s) in place, 0 where a score does not count. If one of those is too large: NaN."""
        mask = self.mask
        if mask is not None:
            mask = mask[heads][..., rows, columns]
            if mask.dtype.kind == "f":
                s += mask
                raised(s, s)
            else:
                raised(s, s)
                s *= mask
            return
        raised(s, s)
        crossed = self.cuts.diagonal(rows, columns, s, s.dtype)
        if crossed is not None:
            part, triangle = crossed
            part *= triangle

    def masked(self, s: Any, heads: Any, rows: slice, columns: slice) -> None:
        """Scores that do not count set to -inf."""
        if self.mask is not None:
            mask = self.mask[heads][..., rows, columns]
            if mask.dtype.kind == "f":
                s += mask
            else:
                np.copyto(s, -np.inf, where=~mask)
        elif (crossed := self.cuts.diagonal(rows, columns, s, bool)) is not None:
            np.copyto(crossed[0], -np.inf, where=~crossed[1])


def in_units(mask: Any) -> Any:
    """A floating mask in units of `LOG`; what would become infinite by that, such as `finfo.min`, stays as it is."""
    mask = half(mask)
    try:
        with np.errstate(over="raise"):  # not of what is infinite already, as in most masks
            return mask * LOG
    except FloatingPointError:
        with np.errstate(over="ignore"):
            out = mask * LOG
        return np.where(np.isinf(out), mask, out)


def transposed(x: Any, factor: float, last: float | None = None) -> Any:
    """`factor · xᵀ` of each matrix, with one more row whose elements are `last`, if given."""
    n, d = x.shape[-2:]
    out = np.empty((*x.shape[:-2], d + (last is not None), n), x.dtype)
    np.multiply(x.swapaxes(-1, -2), factor, out[..., :d, :])
    if last is not None:
        out[..., d, :] = last
    return out


def with_column(x: Any, last: Any) -> Any:
    """A copy of each matrix with one more column."""
    d = x.shape[-1]
    out = np.empty((*x.shape[:-1], d + 1), x.dtype)
    out[..., :d] = x
    out[..., d] = last
    return out


def product(a: Any, b: Any, out: Any) -> Any:
    """`a @ b`, written into `out`."""
    multiply(a, b, out, few_rows(a, b))
    return out


def row_sums(p: Any) -> Any:
    """The sums along the last dimension of matrices."""
    n = p.shape[-1]
    one = ones(n, p.dtype.char)
    return p.reshape(-1, n).dot(one).reshape(p.shape[:-1]) if p.flags.c_contiguous else p @ one


def room(lead: tuple[int, ...], cuts: Tiles, dtype: Any) -> Callable[[slice, slice], Any]:
    """Where the scores of some heads are in memory, given rows and columns: always in the same."""
    space = np.empty(prod(lead) * cuts.high * cuts.wide, dtype)

    def place(rows: slice, columns: slice) -> Any:
        shape = (*lead, rows.stop - rows.start, columns.stop - columns.start)
        return space[: prod(shape)].reshape(shape)

    return place


def kept_room(kept: Any, cuts: Tiles) -> Callable[[slice, slice], Any]:
    """The same in `kept`, `[*lead, cuts.scores]`, which has room for all sheets."""

    def place(rows: slice, columns: slice) -> Any:
        high, wide = rows.stop - rows.start, columns.stop - columns.start
        start = cuts.before(rows, columns)
        return kept[..., start : start + high * wide].reshape(*kept.shape[:-1], high, wide)

    return place
