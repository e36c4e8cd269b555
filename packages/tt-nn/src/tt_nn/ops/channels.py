"""How `[N, C, ...]` is worked on where each channel has statistics of its own."""

from functools import lru_cache
from math import prod
from typing import Any

import numpy as np
from tt_tensor.threads import Turns, pieces, shares

from ..blas import spread_products
from .common import for_each_sample, ones

ROOM = 1 << 19  # elements worked on at a time: more than the cache holds, but calls to NumPy cost more than that
PLACES = 1 << 18  # places of a sample up to which they have a factor each


class Rows:
    """How `[N, C, ...]` is worked on: as a matrix with a row for each sample and channel, block by block.

    Attributes:
        n: the number of samples.
        c: the number of channels.
        length: that of a row.
        count: how many values a channel has in all.
        whole: whether whole samples are multiplied with a factor for each place. (Rows times a column take twice as long.)
        blocks: slices of rows, of whole samples if `whole`.
    """

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.n, self.c, *rest = shape
        self.length = prod(rest)
        self.count = self.n * self.length
        self.whole = self.n > 3 and self.length > 1 and self.c * self.length <= PLACES
        unit = max(1, self.c) if self.whole else 1
        self.blocks = pieces(slice(0, self.n * self.c), unit * max(1, ROOM // max(1, unit * self.length)))

    def matrix(self, x: Any) -> Any:
        """`x` as that matrix."""
        return x.reshape(self.n * self.c, self.length)

    def run(self, work: Any, least: int, again: bool = False) -> None:
        """Call `work` with slices of rows, on as many threads as have `least` elements each: the next to whoever is free.

        Rows that are read again are taken from the end, because the last ones are still in the cache.
        """
        if len(self.blocks) == 1:
            work(self.blocks[0])
            return
        waiting = Turns(self.blocks[::-1] if again else self.blocks)

        def share(_: slice) -> None:
            for block in waiting:
                work(block)

        spread_products(share, shares(self.n * self.c, -(-least // max(1, self.length))))

    def factors(self, dtype: Any, *values: Any) -> list[Any]:
        """One value per channel, as an array that is multiplied with blocks of rows."""
        values = tuple(v.astype(dtype, copy=False) for v in values)
        if self.whole:
            return [v.repeat(self.length) for v in values]
        return [self.column(v) for v in values]

    def column(self, values: Any) -> Any:
        """One value per channel as a column: one per row."""
        return for_each_sample(values, self.n, self.c, values.dtype).reshape(-1, 1)

    def take(self, block: slice, x: Any, *factors: Any) -> list[Any]:
        """A block of rows of `x`, and the factors for it."""
        if self.whole:
            return [x[block].reshape(-1, self.c * self.length), *factors]
        return [x[block], *(f[block] for f in factors)]

    def per_channel(self, sums: Any) -> Any:
        """What rows sum up to, added up over the samples, in float64."""
        return ones(self.n, "d").dot(sums.reshape(self.n, self.c).astype(np.float64))


rows_of = lru_cache(64)(Rows)


def channel_sum(x: Any) -> Any:
    """The sum over everything but the channels of `[N, C]` or `[N, C, S]`: as products with ones, which BLAS does fast."""
    if x.ndim == 3:
        x = (x.reshape(-1, x.shape[2]) @ ones(x.shape[2], x.dtype.char)).reshape(x.shape[:2])
    return ones(x.shape[0], x.dtype.char).dot(x)
