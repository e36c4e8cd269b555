"""How attention is cut up, so that its scores are never held all at once.

The scores of all heads, `[..., L, S]`, are worked on in sheets of some heads, rows (queries) and columns (keys) that fit the
cache. In long sequences no sheet outlives the next, so memory grows with L + S, not with L · S; forward and backward cut alike,
whatever the number of threads, so that they draw the same dropout.
"""

from collections.abc import Iterator
from functools import lru_cache
from itertools import product
from math import prod
from typing import Any, NamedTuple

import numpy as np
from tt_tensor.threads import even_pieces, pieces

SCORES = 1 << 18  # scores in a sheet: 1 MiB of float32
ROWS, COLUMNS = 512, 512  # of a head whose scores do not fit into one sheet
CAUSAL_ROWS = 64  # what lies above the diagonal is left out by the sheet, so causal sheets are lower
LONG, HIGHEST = 512, 4  # rows // 512 times as high in long sequences, where fewer calls save more, but at most 4 times


class Tiles(NamedTuple):
    """The cuts through `[*lead, L, S]` scores.

    Attributes:
        lead: the leading dimensions, which count heads.
        rows: L, the number of queries.
        columns: S, the number of keys.
        causal: whether query i sees the keys 0 to i only.
        high: how many rows a sheet has.
        wide: how many columns.
    """

    lead: tuple[int, ...]
    rows: int
    columns: int
    causal: bool
    high: int
    wide: int

    def heads(self, least: int = 1) -> list[tuple[Any, ...]]:
        """Indices into `lead` that together are all heads: `least` or more of nearly the same size, as large as fit."""
        fit = max(1, min(SCORES // 2 // (self.high * self.wide), prod(self.lead) // least))
        k = len(self.lead)  # the dimensions from k on go into one sheet as a whole
        while k and prod(self.lead[k - 1 :]) <= fit:
            k -= 1
        if not k:
            return [()]
        n, step = self.lead[k - 1], max(1, fit // prod(self.lead[k:]))
        last = even_pieces(slice(0, n), step)
        return [(*outer, piece) for outer in product(*map(range, self.lead[: k - 1])) for piece in last]

    def downwards(self) -> list[slice]:
        """The rows, a sheet's height at a time."""
        return pieces(slice(0, self.rows), self.high)

    def across(self, rows: slice) -> list[slice]:
        """The columns that these rows look at, a sheet's width at a time."""
        return pieces(slice(0, self.end(rows)), self.wide)

    def end(self, rows: slice) -> int:
        """How many columns these rows look at."""
        return self.columns if not self.causal or rows.stop > self.columns else int(rows.stop)

    @property
    def scores(self) -> int:
        """How many scores of a head the sheets have in all."""
        return self.before(slice(self.rows, self.rows), slice(0, 0))

    def before(self, rows: slice, columns: slice) -> int:
        """How many scores of a head come before those of this sheet."""
        parts = [part for part in self.downwards() if part.stop <= rows.start]
        above: int = sum((part.stop - part.start) * self.end(part) for part in parts)
        beside: int = (rows.stop - rows.start) * columns.start
        return above + beside

    def diagonal(self, rows: slice, columns: slice, s: Any, dtype: Any) -> tuple[Any, Any] | None:
        """The part of these scores through which the diagonal passes, and which of it count; None if all scores do."""
        if not self.causal or columns.stop <= rows.start + 1:
            return None
        start = max(rows.start, columns.start)
        part = s if start == columns.start else s[..., start - columns.start :]
        return part, triangle(rows.stop - rows.start, columns.stop - start, rows.start - start, dtype)


@lru_cache(32)
def triangle(high: int, wide: int, diagonal: int, dtype: Any) -> Any:
    """Ones up to the diagonal and zeros above, read-only."""
    part = np.tri(high, wide, diagonal, dtype)
    part.flags.writeable = False
    return part


def tiles(lead: tuple[int, ...], rows: int, columns: int, causal: bool) -> Tiles:
    """The cuts for scores of this shape."""
    high, wide = max(1, rows), max(1, columns)
    if causal:
        high = min(high, CAUSAL_ROWS * min(max(1, rows // LONG), HIGHEST))
    if high * wide > SCORES:
        high = min(high, ROWS)
        wide = min(wide, max(COLUMNS, SCORES // high))
    return Tiles(lead, rows, columns, causal, high, wide)


class Dropout(NamedTuple):
    """Which weights are dropped: drawn anew for each row of sheets from its own stream, the same in every pass.

    Attributes:
        seed: of all streams.
        level: a weight is dropped if 16 random bits are less than this.
    """

    seed: int
    level: int

    @property
    def factor(self) -> float:
        """What the weights that stay are multiplied with."""
        return 65536 / (65536 - self.level) if self.level < 65536 else 0.0

    def stream(self, sheet: int, rows: slice) -> Any:
        """The random bits for these rows."""
        return np.random.PCG64([self.seed, sheet, rows.start])

    def kept(self, stream: Any, shape: tuple[int, ...], dtype: Any) -> Any:
        """Ones and zeros."""
        count = prod(shape)
        bits = stream.random_raw(-(-count // 4)).view(np.uint16)[:count]
        return (bits >= self.level).astype(dtype).reshape(shape)


def kept_weights(cuts: Tiles, dropout: Dropout, dtype: Any) -> Any:
    """The ones and zeros of all scores at once: what the passes draw sheet by sheet."""
    all_kept = np.ones((*cuts.lead, cuts.rows, cuts.columns), dtype)
    for number, rows, columns, heads in _sheets(cuts):
        if columns.start == 0:
            stream = dropout.stream(number, rows)
        part = all_kept[heads][..., rows, columns]
        part[...] = dropout.kept(stream, part.shape, dtype)
    return all_kept


def _sheets(cuts: Tiles) -> Iterator[tuple[int, slice, slice, tuple[Any, ...]]]:
    for number, heads in enumerate(cuts.heads()):
        for rows in cuts.downwards():
            for columns in cuts.across(rows):
                yield number, rows, columns, heads
