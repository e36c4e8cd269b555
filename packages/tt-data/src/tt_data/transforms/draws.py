"""Where the random numbers of transforms come from.

Called plainly, a transform draws from `tt_data.random_generator()`: the generator that `manual_seed` seeds or, while a loader
loads a batch, the batch's own. Within `seeded(seed, epoch, indices)` what it draws for a sample is a function of four numbers
and of nothing else: the seed, the epoch, the index of the sample, and how many draws came before. So a sample looks the same
in whatever batch it comes and whichever process prepares it. The function is Philox4x32-10, a bijection of 128-bit blocks,
chosen by a key, which scrambles a counter. It has no state, and works on all samples of a batch at once.

Source: J. Salmon, M. Moraes, R. Dror, D. Shaw, *Parallel random numbers: as easy as 1, 2, 3*, SC 2011.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np

from ..seeding import random_generator

LOW = np.uint64(0xFFFFFFFF)
HALF = np.uint64(32)


def philox(counter: Any, key: tuple[int, int]) -> Any:
    """Philox4x32 with ten rounds: each block of four 32-bit words becomes another, by a bijection that `key` selects.

    Args:
        counter: uint64 [4, ...], the words of each block, each below 2**32.
        key: two numbers below 2**32.

    Returns:
        uint64 [4, ...] of numbers below 2**32.

    Examples:
        >>> [hex(word) for word in philox(np.zeros(4, np.uint64), (0, 0))]
        ['0x6627e8d5', '0xe169c58d', '0xbc57ac4c', '0x9b00dbd8']
    """
    a, b, c, d = counter
    k, m = key
    for _ in range(10):
        p, q = a * np.uint64(0xD2511F53), c * np.uint64(0xCD9E8D57)
        a, b, c, d = (q >> HALF) ^ b ^ np.uint64(k), q & LOW, (p >> HALF) ^ d ^ np.uint64(m), p & LOW
        k, m = (k + 0x9E3779B9) & 0xFFFFFFFF, (m + 0xBB67AE85) & 0xFFFFFFFF
    return np.stack([a, b, c, d])


class Seeded:
    """Random numbers for the samples `indices` (int64 [B]) in one epoch: see this file's docstring."""

    def __init__(self, seed: int, epoch: int, indices: Any) -> None:
        self.key = (seed & 0xFFFFFFFF, seed >> 32 & 0xFFFFFFFF)
        self.epoch, self.indices, self.draws = epoch, np.asarray(indices).astype(np.uint64), 0

    def uniform(self, batch: int, count: int, rows: Any = None) -> Any:
        """The next draw: float64 [batch, count], evenly distributed over [0, 1); or of it the `rows` only (int64 [R])."""
        if batch != len(self.indices):
            raise RuntimeError(
                f"the transform got {batch} images but {len(self.indices)} indices: within seeded() it must be given "
                f"the images of those samples, all of them and each once"
            )
        indices = self.indices if rows is None else self.indices[rows]
        blocks = -(-count // 2)  # two numbers of 53 bits come from a block
        counter = np.empty((4, len(indices), blocks), np.uint64)
        counter[0], counter[1] = np.arange(blocks, dtype=np.uint64), self.draws
        counter[2], counter[3] = indices[:, None], self.epoch & 0xFFFFFFFF
        self.draws += 1
        words = philox(counter, self.key)
        pairs = (words[0::2] >> np.uint64(5) << np.uint64(26)) | (words[1::2] >> np.uint64(6))  # [2, batch, blocks]
        return (pairs * 2.0**-53).transpose(1, 2, 0).reshape(len(indices), 2 * blocks)[:, :count]


_seeded: ContextVar[Seeded | None] = ContextVar("seeded", default=None)


@contextmanager
def seeded(seed: int, epoch: int, indices: Any) -> Iterator[None]:
    """Within this block, transforms draw for the samples `indices` (int64 [B]) what belongs to the seed and the epoch.

    Examples:
        >>> import numpy as np
        >>> with seeded(0, epoch=1, indices=[7, 8]):
        ...     both = uniform(2, 3)
        >>> with seeded(0, epoch=1, indices=[8]):
        ...     print(bool((uniform(1, 3)[0] == both[1]).all()))
        True
    """
    token = _seeded.set(Seeded(seed, epoch, indices))
    try:
        yield
    finally:
        _seeded.reset(token)


def uniform(batch: int, count: int, rows: Any = None) -> Any:
    """The next `count` random numbers of each of `batch` samples: float64 [batch, count], evenly over [0, 1).

    Or those of the samples `rows` (int64 [R]) only; it is the next draw of the others, too, who do without it.
    """
    source = _seeded.get()
    if source is None:
        return random_generator().numpy.random((batch if rows is None else len(rows), count))
    return source.uniform(batch, count, rows)


def normal(batch: int, count: int, rows: Any = None) -> Any:
    """The same, normally distributed (Box and Muller 1958). The first numbers of a sample do not depend on `count`."""
    u = uniform(batch, 2 * count, rows)
    return np.sqrt(-2 * np.log1p(-u[:, 0::2])) * np.cos(2 * np.pi * u[:, 1::2])


def integers(u: Any, bound: Any) -> Any:
    """Whole numbers from 0 to `bound` - 1 from numbers in [0, 1): int64."""
    return np.minimum((u * bound).astype(np.int64), np.asarray(bound) - 1)


def between(u: Any, bounds: tuple[float, float]) -> Any:
    """Numbers in a range from numbers in [0, 1)."""
    low, high = bounds
    return low + (high - low) * u


def rectangles(
    batch: int,
    size: tuple[int, int],
    scale: tuple[float, float],
    ratio: tuple[float, float],
    fits: Callable[[Any, Any], Any],
) -> tuple[Any, Any]:
    """For each of `batch` images of a size (H, W) a random rectangle: of ten the first that fits.

    Args:
        batch: how many images.
        size: their height and width.
        scale: the range of the rectangle's area, as a share of the image's.
        ratio: the range of its height / width, the logarithm of which is evenly distributed.
        fits: which of heights and widths (int64 arrays) fit.

    Returns:
        Top, left, height and width, int64 [batch, 4]; and whether they fit, bool [batch].
    """
    u = uniform(batch, 40).reshape(batch, 10, 4)
    area = size[0] * size[1] * between(u[..., 0], scale)
    slant = np.exp(between(u[..., 1], (np.log(ratio[0]), np.log(ratio[1]))))
    h, w = np.rint(np.sqrt(area * slant)).astype(np.int64), np.rint(np.sqrt(area / slant)).astype(np.int64)
    tops, lefts = (
        integers(v, np.maximum(n - m + 1, 1)) for v, n, m in ((u[..., 2], size[0], h), (u[..., 3], size[1], w))
    )
    good = fits(h, w)
    first = good.argmax(1)[:, None, None]
    return np.take_along_axis(np.stack([tops, lefts, h, w], -1), first, 1)[:, 0], good.any(1)
