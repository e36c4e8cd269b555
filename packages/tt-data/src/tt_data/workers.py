"""Worker processes, seen from the process that starts them."""

import _thread
import contextlib
import errno
import os
import signal
import sys
import threading
import time
import warnings
from collections.abc import Iterator, Sequence
from multiprocessing import connection
from typing import Any

from .sharing import Parcel, Receiver
from .worker import Job, work

CHECK = 1.0  # seconds between two looks at whether a worker is alive, should its pipe not tell
GRACE = 2.0  # seconds for a worker to finish its batch when it is to end
SOON = 0.01  # seconds after which a Ctrl-C comes again that came where Python would forget it

_pipes: set[Any] = set()  # this process's ends of the pipes to its workers


def _in_child() -> None:
    """A forked child closes its copies of the pipes: a worker whose pipe some other process keeps open would never end."""
    while _pipes:
        _pipes.pop().close()


if sys.platform != "win32":
    os.register_at_fork(after_in_child=_in_child)


class Worker:
    """One process and the pipe to it. What comes back through the pipe has the order of the tasks.

    Raises:
        TypeError, AttributeError, pickle.PicklingError: if the start method needs to pickle the job, and cannot.
    """

    def __init__(self, context: Any, job: Job) -> None:
        self.method = context.get_start_method()
        self.pipe, theirs = context.Pipe()
        _pipes.add(self.pipe)
        parcel = Parcel(job)
        try:
            self.process = context.Process(target=work, args=(theirs, parcel), daemon=True)
            with _starting(self.method):
                self.process.start()
        except BaseException as error:
            self.hang_up()
            if "pickle" in f"{error}{type(error).__name__}".lower():
                error.add_note(
                    f"DataLoader: the start method {self.method!r} sends the data set, collate_fn and "
                    "worker_init_fn to the worker processes by pickle. Define classes and functions at the top level of a "
                    "module (no lambda, nothing inside a function) and open files when they are first read; or load with "
                    "num_workers=0, or, not on Windows, with multiprocessing_context='fork'."
                )
            raise
        finally:
            theirs.close()
            parcel.close()
        self.id, self.pid, self.receiver = job.id, self.process.pid, Receiver(self.pipe)

    def hang_up(self) -> None:
        """Close the pipe, which tells the worker to end."""
        _pipes.discard(self.pipe)
        self.pipe.close()

    def send(self, epoch: int, base_seed: int, number: int, index: Any) -> None:
        """Give the worker a task."""
        try:
            self.pipe.send((epoch, base_seed, number, index, self.receiver.take_freed()))
        except OSError:
            raise self.lost() from None

    def receive(self) -> tuple[Any, Any]:
        """The next answer, which is there already: its head, and a function that gives its content."""
        try:
            return self.receiver.receive()
        except (EOFError, OSError) as error:
            if isinstance(error, OSError) and error.errno in (errno.EMFILE, errno.ENFILE, errno.ENOMEM):
                raise  # no fault of the worker's
            raise self.lost() from None

    def lost(self) -> RuntimeError:
        """The error that says how this worker has ended."""
        self.process.join(CHECK)
        code = self.process.exitcode
        how = f"exit code {code}"
        if code is not None and code < 0:
            try:
                how = f"killed by {signal.Signals(-code).name}"
            except ValueError:
                how = f"killed by signal {-code}"
            if -code == getattr(signal, "SIGKILL", 9):
                how += ", which is what the system does when it is out of memory"
        if code == 1 and self.method != "fork":
            how += (
                f"; what it printed says why: for {self.method!r} the main part of the script must stand under "
                "if __name__ == '__main__':, for one"
            )
        return RuntimeError(
            f"DataLoader worker (pid(s) {self.pid}) exited unexpectedly ({how}). Load with num_workers=0 to see what happens"
        )


@contextlib.contextmanager
def _starting(method: str) -> Iterator[None]:
    """While a process is started: no Ctrl-C before it can ignore it, and no warning about threads in a process that forks.

    The warning is meant for children that go on using what threads have locked. A worker starts afresh: the pools of this
    project and OpenBLAS's forget their threads in a child.
    """
    with warnings.catch_warnings():
        if method == "fork":
            warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)
        if sys.platform == "win32" or method == "forkserver":  # its server would hand the mask down to others' children
            yield
            return
        if method == "spawn":
            from multiprocessing import resource_tracker

            resource_tracker.ensure_running()  # unblocks the signal when it starts, in some versions of Python
        before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
        try:
            yield
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


def await_one(workers: Sequence[Worker], timeout: float) -> Worker:
    """The first of `workers` that has an answer.

    Raises:
        TimeoutError: if none has after `timeout` seconds, where that is not 0.
        RuntimeError: if one has ended instead.
    """
    pipes = {worker.pipe: worker for worker in workers}
    deadline = time.monotonic() + timeout if timeout else float("inf")
    while True:
        ready = connection.wait(list(pipes), max(0.0, min(CHECK, deadline - time.monotonic())))
        if ready:
            return pipes[ready[0]]
        for worker in workers:  # a pipe that something else keeps open does not end with its worker
            if not worker.process.is_alive() and not worker.pipe.poll():
                raise worker.lost()
        if time.monotonic() >= deadline:
            raise TimeoutError


def let_go(workers: Sequence[Worker], owner: int) -> None:
    """End the workers of a pass that nobody refers to any more.

    Python forgets an exception that is raised while an object goes, a Ctrl-C for one: it comes again when that is done.
    """
    try:
        shut_down(workers, owner)
    except KeyboardInterrupt:
        with contextlib.suppress(RuntimeError):  # the interpreter is ending anyhow, and starts no threads
            threading.Timer(SOON, interrupt).start()


def interrupt() -> None:
    """Interrupt the main thread, as Ctrl-C does."""
    if sys.platform == "win32":
        _thread.interrupt_main()
    else:  # this ends a sleep as well
        os.kill(os.getpid(), signal.SIGINT)


def shut_down(workers: Sequence[Worker], owner: int) -> None:
    """End the workers: those that work on a batch get `GRACE` seconds to finish it. Only the process `owner` does this."""
    if os.getpid() != owner:
        return
    try:
        for worker in workers:
            worker.hang_up()
            worker.receiver.segments.clear()
        deadline = time.monotonic() + GRACE
        for worker in workers:
            worker.process.join(max(0.0, deadline - time.monotonic()))
    finally:
        for end in ("terminate", "kill"):
            for worker in workers:
                if worker.process.is_alive():
                    getattr(worker.process, end)()
            for worker in workers:
                worker.process.join(CHECK)
