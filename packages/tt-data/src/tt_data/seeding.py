"""Random numbers for a batch: the same, whichever process or thread loads it."""

import threading
from typing import Any

from tt_tensor import Generator
from tt_tensor.generator import default_generator


class _Thread(threading.local):
    """The batch that this thread is loading, if any."""

    batch: "seeded | None" = None


_thread = _Thread()


class seeded:
    """Within this block, in this thread, `random_generator()` belongs to one batch.

    Args:
        base_seed: what a `DataLoader` has drawn for this pass.
        number: the batch's place in the pass.
        worker: the worker's number, where workers load different data under the same numbers.
    """

    __slots__ = ("before", "generator", "numbers")

    def __init__(self, base_seed: int, number: int, worker: int = 0) -> None:
        self.numbers = base_seed, number, worker
        self.generator: Any = None

    def __enter__(self) -> None:
        self.before, _thread.batch = _thread.batch, self

    def __exit__(self, *error: object) -> None:
        _thread.batch = self.before

    def stream(self) -> Any:
        """The batch's generator, made when it is first asked for."""
        if self.generator is None:
            self.generator = Generator().manual_seed(mixed(*self.numbers))
        return self.generator


def mixed(*numbers: int) -> int:
    """One seed of 64 bits from several numbers, by the finalizer of SplitMix64 after each.

    Source: G. L. Steele, D. Lea, C. H. Flood, *Fast splittable pseudorandom number generators*, OOPSLA 2014.
    """
    z = 0
    for number in numbers:
        z = (z + number + 0x9E3779B97F4A7C15) % 2**64
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB % 2**64
        z ^= z >> 31
    return z


def random_generator(generator: Any = None) -> Any:
    """The generator that a random transformation draws from.

    While a `DataLoader` loads a batch this is the batch's own, whose seed follows from the loader's generator and from the
    batch's place in the pass: so the numbers do not depend on how many workers there are, or on which of them loads it.
    Elsewhere it is the default generator, the one that `manual_seed` seeds.

    Args:
        generator: one that the caller was given; it is returned unless it is None.

    Returns:
        A `tt_tensor.Generator`; the NumPy generator behind it is its attribute `numpy`.

    Examples:
        >>> from tt_tensor import manual_seed
        >>> _ = manual_seed(0)
        >>> random_generator().numpy.integers(10)
        np.int64(8)
    """
    if generator is not None:
        return generator
    return default_generator if _thread.batch is None else _thread.batch.stream()
