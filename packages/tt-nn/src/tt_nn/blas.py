"""Matrix products on several threads: BLAS is held to one thread while the batch is shared out among ours.

BLAS splits each product in turn, which leaves the second core idle between products and during everything else that a layer
does. Sharing out the batch keeps all cores busy from the first copy to the last sum, if BLAS does not then start threads of
its own in each of ours.
"""

import threading
from collections.abc import Callable, Iterable
from functools import cache
from types import TracebackType
from typing import Any

from threadpoolctl import ThreadpoolController
from tt_tensor.threads import get_num_threads, spread


@cache
def _libraries() -> list[Any]:
    """The BLAS libraries that are loaded. (Looking for them takes milliseconds.)"""
    return list(ThreadpoolController().select(user_api="blas").lib_controllers)


class _OneThread:
    """While any thread is inside, BLAS works on one thread; the last one out gives back what it had."""

    def __init__(self) -> None:
        self.lock, self.inside, self.before = threading.Lock(), 0, list[int]()

    def __enter__(self) -> None:
        with self.lock:
            self.inside += 1
            if self.inside == 1:
                self.before = [library.get_num_threads() for library in _libraries()]
                self.set([1] * len(self.before))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self.lock:
            self.inside -= 1
            if self.inside == 0:
                self.set(self.before)

    def set(self, counts: list[int]) -> None:
        """Give each library its number of threads."""
        for library, before, count in zip(_libraries(), self.before, counts):
            if before != 1:
                library.set_num_threads(count)


one_blas_thread = _OneThread()


def spread_products(work: Callable[[Any], Any], parts: Iterable[Any]) -> list[Any]:
    """`tt_tensor.threads.spread` for work that multiplies matrices. One part alone is left to BLAS and all its threads."""
    some = list(parts)
    if len(some) < 2 or get_num_threads() == 1:
        return [work(part) for part in some]
    with one_blas_thread:
        return spread(work, some)
