"""A pass through the batches of a loader in worker processes. Not imported before it is needed: `multiprocessing` takes time."""

import contextlib
import multiprocessing
import os
import weakref
from collections import deque
from collections.abc import Iterator
from typing import Any

from .iterating import NOTHING, Pass, fetcher
from .worker import DATA, END, ERROR, Job, revived
from .workers import Worker, await_one, let_go


class There(Pass):
    """A pass in worker processes, each of which has `prefetch_factor` tasks at a time."""

    def __init__(self, loader: Any) -> None:
        self.epoch = 0
        self.workers: list[Worker] = []
        self.owner = os.getpid()
        self.end = weakref.finalize(self, let_go, self.workers, self.owner)
        super().__init__(loader)

    @property
    def usable(self) -> bool:
        """Whether the workers are there, and are those of this process: a forked child has only the memory of them."""
        return self.end.alive and self.owner == os.getpid()

    def start(self) -> None:
        """Start the workers."""
        loader = self.loader
        context = loader.multiprocessing_context
        if context is None:
            context = multiprocessing.get_context()
        for k in range(loader.num_workers):
            job = Job(
                fetcher(loader),
                loader.dataset,
                loader._stream,
                loader.worker_init_fn,
                self.base_seed,
                k,
                loader.num_workers,
            )
            self.workers.append(Worker(context, job))

    def begin(self, loader: Any) -> None:
        """Begin a new pass. What is left of the one before is void."""
        super().begin(loader)
        with self.ending():
            if not self.workers:
                self.start()
            self.epoch += 1
            self.waiting: deque[Worker] = deque()  # for each task that is not answered yet, who works on it
            self.active = list(self.workers)  # those whose streams are not at their end
            self.turn = 0
            self.give()

    @contextlib.contextmanager
    def ending(self) -> Iterator[None]:
        """If this block is left by an exception, the workers are ended: nobody knows where they are."""
        try:
            yield
        except BaseException:
            self.end()
            raise

    def give(self) -> None:
        """Give out tasks until each worker has enough."""
        while self.active and len(self.waiting) < self.loader.prefetch_factor * self.loader.num_workers:
            index = next(self.indices, NOTHING)
            if index is NOTHING:
                return
            if self.loader.in_order:
                worker = self.active[self.turn % len(self.active)]
                self.turn = (self.turn + 1) % len(self.active)
            else:
                worker = min(self.active, key=self.waiting.count)
            worker.send(self.epoch, self.base_seed, self.number, index)
            self.waiting.append(worker)
            self.number += 1

    def __next__(self) -> Any:
        if not self.usable and self.waiting:
            what = "have ended" if self.owner == os.getpid() else "belong to the process that has forked this one"
            raise RuntimeError(f"DataLoader: the worker processes {what}; begin a new pass with iter(loader)")
        while self.waiting:
            with self.ending():
                kind, content = self.answer()
                self.give()
            if kind == ERROR:
                raise revived(content())
            if kind == DATA:
                batch = content()
                if self.promised is not None:
                    self.count()
                return batch
        if not self.loader.persistent_workers:
            self.end()
        raise StopIteration

    def answer(self) -> tuple[int, Any]:
        """The next answer: its kind, and a function that gives its content."""
        while True:
            candidates = [self.waiting[0]] if self.loader.in_order else list(self.waiting)
            try:
                worker = await_one(candidates, self.loader.timeout)
            except TimeoutError:
                raise RuntimeError(
                    f"DataLoader timed out after {self.loader.timeout} seconds; raise timeout, or look for what takes so "
                    "long with num_workers=0"
                ) from None
            (epoch, _, kind), content = worker.receive()
            if epoch != self.epoch:
                continue
            self.waiting.remove(worker)
            if kind == END and worker in self.active:
                self.turn -= self.active.index(worker) < self.turn
                self.active.remove(worker)
            return kind, content
