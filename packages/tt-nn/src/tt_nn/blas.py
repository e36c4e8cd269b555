"""How BLAS is held to one thread while the pool of `tt_tensor.threads` multiplies matrices."""

import threading
from functools import cache
from types import TracebackType
from typing import Any

from threadpoolctl import ThreadpoolController
from tt_tensor.threads import hold_blas_with, spread_products

__all__ = ["one_blas_thread", "spread_products"]


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
hold_blas_with(one_blas_thread)
