"""A small pool of threads for kernels: NumPy lets go of the interpreter's lock, so a batch can be worked on by all cores.

Only kernels on large arrays use it. The threads of the BLAS library are its own matter, and it is held to one as soon as the
pool multiplies matrices: BLAS splits each product in turn, which leaves the other cores idle between products and during
everything else that a layer does, and its threads go on spinning for up to a tenth of a second after each.
"""

import ctypes
import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from contextvars import ContextVar
from queue import SimpleQueue
from typing import Any

from .scope import quiet


def available_cores() -> int:
    """The number of cores that this process may use, or OMP_NUM_THREADS where that is set."""
    wanted = os.environ.get("OMP_NUM_THREADS", "").split(",")[0]
    if wanted.isdigit() and int(wanted):
        return int(wanted)
    if hasattr(os, "sched_getaffinity"):  # not on macOS and Windows
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


# The number of the core on which this thread runs; 60 ns.
core: Callable[[], int] = ctypes.PyDLL(None).sched_getcpu if sys.platform == "linux" else lambda: -1


def step_aside(busy: int) -> None:
    """Have this thread go on on another core than `busy`.

    Linux often wakes a thread on the core of the one that woke it, in the hope that this one will sleep; here it goes on to work,
    and on a virtual machine with two cores a third of all parts were seen to wait for it while the other core was idle. It keeps
    away from then on, until it finds itself there again: to move takes up to 100 µs, in which no other thread can run Python.
    """
    every = os.sched_getaffinity(os.getpid())
    if busy in every and len(every) > 1:
        with suppress(OSError):  # a sandbox may forbid it
            os.sched_setaffinity(0, every - {busy})


# Into how many parts at most what runs now is shared out again, because the other threads have work of their own; 0 for no bound.
# It is the share's and not the thread's that takes it, so that a sum is always made of the same parts.
_most: ContextVar[int] = ContextVar("most", default=0)


class Share:
    """A part of the work and its result: done by whoever takes it first, a thread of the pool or the one that waits for it."""

    __slots__ = ("context", "ended", "error", "giver", "part", "taken", "value", "work")

    def __init__(self, work: Callable[[Any], Any], part: Any, most: int = 0) -> None:
        """`most` is how many slices `shares` has at most for what the work calls, if it is not 0."""
        self.work, self.part, self.context, self.giver = work, part, quiet(), core()
        if most:
            self.context.run(_most.set, most)
        self.taken, self.ended = threading.Lock(), threading.Lock()
        self.ended.acquire()
        self.value: Any = None
        self.error: BaseException | None = None

    def __call__(self) -> None:
        """Do it, unless somebody has begun to."""
        if not self.taken.acquire(blocking=False):
            return
        try:
            self.value = self.context.run(self.work, self.part)
        except BaseException as error:  # noqa: BLE001 (raised again by the caller)
            self.error = error
        finally:
            del self.work, self.part  # the queue may keep this object for a while, but not the arrays
            self.ended.release()

    def wait(self) -> None:
        """Have it done: by this thread, if no other has begun."""
        self()
        with self.ended:
            pass

    def result(self) -> Any:
        """What `work(part)` returned; what it raised is raised, once."""
        self.wait()
        if self.error is None:
            return self.value
        try:
            raise self.error
        finally:
            self.error = None  # its traceback refers to this object


class _Pool:
    """The threads, made when first needed; a forked child makes its own.

    `concurrent.futures` takes twice as long to hand work over, which is felt where a layer's work is half a millisecond.
    """

    def __init__(self) -> None:
        self.size, self.lock = available_cores(), threading.Lock()
        self.queue: SimpleQueue[Share | None] | None = None
        self.one_blas_thread: Callable[[], None] | None = None

    def get(self) -> "SimpleQueue[Share | None]":
        """Where the threads look for work: one thread fewer than the size, because the caller works too."""
        with self.lock:
            if self.queue is None:
                self.queue = SimpleQueue()
                for k in range(self.size - 1):
                    threading.Thread(target=_serve, args=(self.queue,), name=f"tinytorch_{k}", daemon=True).start()
            return self.queue

    def resize(self, size: int) -> None:
        """Have the threads end, without waiting for them; others are made when needed."""
        with self.lock:
            if self.queue is not None:
                for _ in range(self.size - 1):
                    self.queue.put(None)
            self.queue, self.size = None, size


def _serve(queue: "SimpleQueue[Share | None]") -> None:
    """What a thread of the pool does."""
    while (share := queue.get()) is not None:
        if share.giver == core() >= 0:
            step_aside(share.giver)
        share()
        del share  # and with it the result, which is the caller's


_pool = _Pool()
if hasattr(os, "register_at_fork"):  # a child has none of its parent's threads

    def _in_child() -> None:
        _pool.queue, _pool.lock = None, threading.Lock()

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
        _pool.resize(num_threads)


def spread(work: Callable[[Any], Any], parts: Iterable[Any]) -> list[Any]:
    """`[work(part) for part in parts]`, the first part on this thread and the others on the pool.

    What the pool has not begun when this thread is done with its own part, this thread does too: nothing waits for threads that
    are busy elsewhere, or for a core that another process has. So `work` may itself call this; but it must not call a
    primitive: scopes belong to the thread that opened them. An exception of any part is raised once all have ended.
    """
    first, *others = parts
    if not others or _pool.size == 1:
        return [work(part) for part in (first, *others)]
    given = [start(work, part) for part in others]
    try:
        done = [work(first)]
    finally:
        for share in given:
            share()
        for share in given:
            share.wait()
    return done + [share.result() for share in given]


def start(work: Callable[[Any], Any], part: Any, most: int = 0) -> Share:
    """Hand `work(part)` to the pool: it is done when `result()` is asked for, or before. `work` may do what `spread` allows."""
    share = Share(work, part, most)
    if _pool.size == 1:
        share()
    else:
        _pool.get().put(share)
    return share


def start_product(work: Callable[[Any], Any], part: Any) -> Share:
    """`start` for work that multiplies matrices, and is not shared out again: BLAS works on one thread from then on.

    If the pool is behind, or nobody has said how BLAS is held to one thread, this thread does it at once.
    """
    if _pool.one_blas_thread is None or _pool.get().qsize() > _pool.size:  # what waits keeps its arrays in memory
        share = Share(work, part, most=1)
        share()
        return share
    _pool.one_blas_thread()
    return start(work, part, most=1)


def spread_products(work: Callable[[Any], Any], parts: Iterable[Any]) -> list[Any]:
    """`spread` for work that multiplies matrices: BLAS works on one thread from then on.

    One part alone is left to BLAS as it is; and so is everything where nobody has said by `hold_blas_with` how it is held to
    one.
    """
    some = list(parts)
    if len(some) < 2 or _pool.size == 1 or _pool.one_blas_thread is None:
        return [work(part) for part in some]
    _pool.one_blas_thread()
    return spread(work, some)


def one_thread_each() -> bool:
    """Whether each part of `spread_products` has one thread, and not all of those of BLAS."""
    return _pool.size == 1 or _pool.one_blas_thread is not None


def hold_blas_with(one_blas_thread: Callable[[], None]) -> None:
    """Say what has BLAS work on one thread. (NumPy has no call for it. tt-nn has one, with the help of threadpoolctl.)"""
    _pool.one_blas_thread = one_blas_thread


def shares(n: int, least: int = 1, most: int | None = None, unit: int = 1, ahead: int = 0) -> list[slice]:
    """`range(n)` in slices of nearly the same length, none shorter than `least` unless it is the only one.

    As many as there are threads, or `most`; all but the last end at a multiple of `unit`. The first is longer by `ahead`: what
    the caller of `spread` does while the others wake up, and while it would else wait to be woken.
    """
    count = most or _pool.size
    if count == 1 or n < 2 * least:
        return [slice(0, n)]
    count = max(1, min(count, _most.get() or count, n // max(1, least)))
    ahead = max(0, min(ahead, n - count * least))
    edges = [0] + [(ahead + (n - ahead) * k // count) // unit * unit for k in range(1, count)] + [n]
    return [slice(start, stop) for start, stop in zip(edges, edges[1:])]


def pieces(part: slice, step: int) -> list[slice]:
    """A slice with a start and a stop in pieces of `step` elements, one after another; the last has what is left."""
    return [slice(start, min(start + step, part.stop)) for start in range(part.start, part.stop, step)]


def even_pieces(part: slice, most: int) -> list[slice]:
    """A slice in as few pieces of at most `most` elements as will do, all of nearly the same length."""
    n = part.stop - part.start
    if 0 < n <= most:
        return [part]
    return pieces(part, max(1, -(-n // max(1, -(-n // most)))))


class Turns:
    """An iterator that several threads take from: each part goes to whoever is free next.

    (Of an iterator of a list, threads that run without the interpreter's lock may get the same element twice, or miss one.)
    """

    def __init__(self, parts: Iterable[Any]) -> None:
        self.parts = deque(parts)

    def __iter__(self) -> "Turns":
        return self

    def __next__(self) -> Any:
        try:
            return self.parts.popleft()
        except IndexError:
            raise StopIteration from None


def spread_flat(work: Callable[[slice], Any], size: int, block: int, least: int) -> None:
    """`work` on slices of range(size) of `block` elements, one after another, on all threads if each has `least` or more."""

    def share(part: slice) -> None:
        for piece in pieces(part, block):
            work(piece)

    spread(share, shares(size, least))
