"""Gradients that another thread computes while backward goes on.

Backward walks along a chain: the gradient of each operation's input is what the operation before it waits for. Nothing waits
for the gradient of a weight until backward ends. A rule may therefore leave it to the pool and return a `Later` for it.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from tt_tensor.threads import Share, get_num_threads, one_thread_each, start_product


class Later:
    """A gradient that some shares of work are still writing to `array`."""

    __slots__ = ("array", "shares")

    def __init__(self, array: Any, shares: Sequence[Share]) -> None:
        self.array, self.shares = array, shares

    def fits(self, a: Any) -> bool:
        """Whether this is of the shape and dtype of `a`."""
        return self.array.shape == a.shape and self.array.dtype == a.dtype  # type: ignore[no-any-return]

    def begin(self) -> None:
        """Do what no thread has begun."""
        for share in self.shares:
            share()


def can_wait(g: Any, x: Any, weight: Any) -> bool:
    """Whether the gradients of `x` and `weight` are both asked for, for an array `g`, and a thread is there for one of them."""
    both = type(g) is np.ndarray and x is not None and weight is not None
    return both and get_num_threads() > 1 and one_thread_each()


def later(work: Callable[[Any], Any], parts: Sequence[Any], *arrays: Any) -> list[Later]:
    """Arrays that `work` writes to, once it is done for all `parts`: products of matrices, by threads of the pool."""
    shares = [start_product(work, part) for part in parts]
    return [Later(array, shares) for array in arrays]


def now(g: Any) -> Any:
    """The gradient `g`, complete."""
    if type(g) is not Later:
        return g
    for share in g.shares:
        share.result()
    return g.array
