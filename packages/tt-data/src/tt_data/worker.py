"""What happens in a worker process: it loads batches, one task after the other, until its pipe is closed."""

import contextlib
import os
import pickle
import queue
import random
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import tt_tensor

from . import info
from .info import WorkerInfo
from .seeding import mixed, seeded
from .sharing import Parcel, Sender

DATA, END, ERROR = range(3)  # what an answer is
PATIENCE = 3.0  # seconds that a batch may still take when nobody waits for it


@dataclass
class Job:
    """What a worker is told when it starts. `fetcher()` is called once per pass."""

    fetcher: Callable[[], Any]
    dataset: Any
    stream: bool
    init: Callable[[int], Any] | None
    base_seed: int
    id: int
    num_workers: int


class Tasks:
    """The tasks as they come in. A thread takes them from the pipe, so that the other side never has to wait to send one."""

    def __init__(self, pipe: Any) -> None:
        self.pipe = pipe
        self.queue: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.epoch = 0  # the latest pass that was heard of: tasks of earlier ones are void
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self) -> None:
        """Pass tasks on until the pipe is closed. If the worker does not end by itself then, end it."""
        try:
            while True:
                task = self.pipe.recv()
                self.epoch = task[0]
                self.queue.put(task)
        except (EOFError, OSError):
            self.epoch = -1
            self.queue.put(None)
            time.sleep(PATIENCE)
            os._exit(1)


def work(pipe: Any, parcel: Parcel) -> None:
    """Answer tasks until the pipe is closed from the other side."""
    job: Job = parcel.content
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that started us, which then ends us
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if sys.platform != "win32":
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
    tt_tensor.set_num_threads(1)
    seed = job.base_seed + job.id
    random.seed(seed)
    tt_tensor.manual_seed(seed)
    np.random.seed([mixed(seed, k) >> 32 for k in range(4)])  # the stream that data sets use
    info.current = WorkerInfo(job.id, job.num_workers, seed, job.dataset)
    sender, tasks = Sender(pipe), Tasks(pipe)
    try:
        answer(job, sender, tasks)
    except (BrokenPipeError, ConnectionResetError):
        return  # nobody waits for us any more


def answer(job: Job, sender: Sender, tasks: Tasks) -> None:
    """Load what the tasks ask for and send it."""
    failure, fetch, current = None, None, 0
    try:
        if job.init is not None:
            job.init(job.id)
    except Exception as error:  # noqa: BLE001 (it is passed on)
        failure = described(error, job.id)
    while (task := tasks.queue.get()) is not None:
        epoch, base_seed, number, index, freed = task
        sender.free += freed
        if epoch != tasks.epoch:
            continue
        kind, content = DATA, failure
        if failure is not None:
            kind = ERROR
        else:
            try:
                if epoch != current:
                    current, fetch = epoch, job.fetcher()
                if fetch is None:
                    kind = END
                else:
                    with seeded(base_seed, number, job.id if job.stream else 0):
                        content = fetch(index)
            except StopIteration:
                kind, fetch = END, None
            except Exception as error:  # noqa: BLE001 (it is passed on)
                kind, content = ERROR, described(error, job.id)
        head = epoch, number, kind
        del index, task
        try:
            sender.send(head, content)
        except (BrokenPipeError, ConnectionResetError):
            raise
        except Exception as error:  # noqa: BLE001 (what cannot be pickled)
            sender.send((epoch, number, ERROR), described(error, job.id))
        content = None


def described(error: Exception, worker: int) -> tuple[list[bytes], str]:
    """An exception on its way out of a worker: itself and its class, as far as they can be pickled, and its traceback."""
    pickled: list[bytes] = []
    text = f"Caught {type(error).__name__} in DataLoader worker process {worker}.\nOriginal traceback:\n{traceback.format_exc()}"
    for thing in (error, type(error)):
        with contextlib.suppress(Exception):  # whatever the class does when it is pickled
            pickled.append(pickle.dumps(thing))
    return pickled, text


def revived(description: tuple[list[bytes], str]) -> Exception:
    """The exception that `described` describes, with the worker's traceback as a note; or one of its class that has the
    traceback as its message; or a RuntimeError with that.
    """
    pickled, text = description
    for data in pickled:
        with contextlib.suppress(Exception):  # a class whose constructor wants other arguments, for one
            found = pickle.loads(data)  # noqa: S301 (from our own worker)
            if isinstance(found, Exception):
                found.add_note("\n" + text)
                return found
            error = found(text)
            if isinstance(error, Exception):
                return error
    return RuntimeError(text)
