"""A small pool of threads for kernels: NumPy lets go of the interpreter's lock, so a batch can be worked on by all cores.

Only kernels on large arrays use it. The threads of the BLAS library are its own matter: set OMP_NUM_THREADS, or hold it to
one thread while the pool works.
"""

import os
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from .scope import quiet

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor


def available_cores() -> int:
    """The number of cores that this process may use, or OMP_NUM_THREADS where that is set."""
    wanted = os.environ.get("OMP_NUM_THREADS", "").split(",")[0]
    if wanted.isdigit() and int(wanted):
        return int(wanted)
    if hasattr(os, "sched_getaffinity"):  # not on macOS and Windows
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class _Pool:
    """The threads, made when first needed; a forked child makes its own."""

    def __init__(self) -> None:
        self.size = available_cores()
        self.executor: ThreadPoolExecutor | None = None

    def get(self) -> "ThreadPoolExecutor":
        """The executor: one thread fewer than the size, because the caller works too."""
        if self.executor is None:
            from concurrent.futures import ThreadPoolExecutor  # takes longer to import than the rest of this package

            self.executor = ThreadPoolExecutor(max(1, self.size - 1), "tinytorch")
        return self.executor

    def forget(self) -> None:
        """Let go of the executor without waiting for it."""
        if self.executor is not None:
            self.executor.shutdown(wait=False)
        self.executor = None


_pool = _Pool()
if hasattr(os, "register_at_fork"):  # a child has none of its parent's threads

    def _in_child() -> None:
        _pool.executor = None

    os.register_at_fork(after_in_child=_in_child)


def get_num_threads() -> int:
    """The number of threads on which kernels may work.

    Examples:
        >>> get_num_threads() >= 1
        True
    """
    return _pool.size


def set_num_threads(num_threads: int) -> None:
    """Set the number of threads on which kernels may work. (That of BLAS is set by OMP_NUM_THREADS, or by threadpoolctl.)

    Args:
        num_threads: at least 1; with 1 no thread is started.

    Raises:
        TypeError: if it is not an int.
        RuntimeError: if it is not positive.

    Examples:
        >>> before = get_num_threads()
        >>> set_num_threads(1)
        >>> get_num_threads()
        1
        >>> set_num_threads(before)
    """
    if isinstance(num_threads, bool) or not isinstance(num_threads, int):
        raise TypeError(f"set_num_threads: expected an int, got {num_threads!r}")
    if num_threads < 1:
        raise RuntimeError(f"set_num_threads: expected a positive int, got {num_threads}")
    if num_threads != _pool.size:
        _pool.forget()
        _pool.size = num_threads


def spread(work: Callable[[Any], Any], parts: Iterable[Any]) -> list[Any]:
    """`[work(part) for part in parts]`, the first part on this thread and the others on the pool.

    `work` must not itself call `spread`, nor a primitive: scopes belong to the thread that opened them. An exception of any
    part is raised once all have ended.
    """
    first, *others = parts
    if not others or _pool.size == 1:
        return [work(part) for part in (first, *others)]
    executor = _pool.get()
    waiting = [executor.submit(quiet().run, work, part) for part in others]
    try:
        done = work(first)
    finally:
        for future in waiting:
            future.exception()
    return [done, *(future.result() for future in waiting)]


def shares(n: int, least: int = 1) -> list[slice]:
    """`range(n)` in slices of nearly the same length, one per thread, none shorter than `least` unless it is the only one."""
    count = max(1, min(_pool.size, n // max(1, least)))
    edges = [n * k // count for k in range(count + 1)]
    return [slice(start, stop) for start, stop in zip(edges, edges[1:])]


def pieces(part: slice, step: int) -> list[slice]:
    """A slice with a start and a stop in pieces of `step` elements, one after another; the last has what is left."""
    return [slice(start, min(start + step, part.stop)) for start in range(part.start, part.stop, step)]


def spread_flat(work: Callable[[slice], Any], size: int, block: int, least: int) -> None:
    """`work` on slices of range(size) of `block` elements, one after another, on all threads if each has `least` or more."""

    def share(part: slice) -> None:
        for piece in pieces(part, block):
            work(piece)

    spread(share, shares(size, least))
