"""A pass through the batches of a loader: in this process, with a thread that works ahead."""

import copy
import functools
import itertools
import time
import warnings
from collections.abc import Iterator
from typing import Any

import tt_tensor
from tt_tensor.generator import numpy_generator

from .fetching import Fetcher, StreamFetcher
from .gathering import ahead, keeps_up
from .seeding import seeded

# Seconds that a batch takes to gather. Below this, handing it over from a thread costs what it saves.
WORTHWHILE = 2e-3
NOTHING = object()


class Pass:
    """What the kinds of passes share: the seed and the indices, and a stream's length."""

    def __init__(self, loader: Any) -> None:
        if loader.pin_memory:
            if loader.pin_memory_device:
                warnings.warn(
                    "pin_memory_device is deprecated, the current accelerator will be used as the device, "
                    f"ignore pin_memory_device='{loader.pin_memory_device}'.",
                    stacklevel=4,
                )
            warnings.warn(
                "'pin_memory' argument is set as true but no accelerator is found, then device pinned memory won't be used.",
                stacklevel=4,
            )
        self.begin(loader)

    def begin(self, loader: Any) -> None:
        """Draw the seed of a new pass, and then its order."""
        # A copy, because the loader holds a pass that is to be used again: no cycle, so that both end when the user lets go.
        self.loader = copy.copy(loader)
        self.base_seed = int(numpy_generator(loader.generator).integers(2**63 - 2**16))
        self.number, self.yielded, self.promised = 0, 0, loader._promised
        self.indices, self.known = indices_of(loader)

    def __iter__(self) -> "Pass":
        return self

    def __next__(self) -> Any:
        raise NotImplementedError

    def __len__(self) -> int:
        return len(self.loader)

    def __reduce__(self) -> Any:
        raise NotImplementedError(f"{type(self).__name__} cannot be pickled; pickle the DataLoader")

    def count(self) -> None:
        """Count a batch, and warn when a stream gives more than its length promised."""
        self.yielded += 1
        if self.promised is not None and self.yielded > self.promised:
            text = (
                f"Length of IterableDataset {self.loader.dataset} was reported to be {self.promised} (when accessing "
                f"len(dataloader)), but {self.yielded} samples have been fetched. "
            )
            if self.loader.num_workers:
                text += (
                    "Each worker process takes the whole stream, unless the data set's __iter__ asks get_worker_info() "
                    "which share is its own."
                )
            warnings.warn(text, stacklevel=3)


def indices_of(loader: Any) -> tuple[Iterator[Any], bool]:
    """The indices of the batches of a new pass, as arrays where possible, and whether they are known from the beginning."""
    sampler = loader._index_sampler
    if loader._stream:
        return itertools.repeat(None), False
    if loader.batch_sampler is not None and keeps_up(sampler, "arrays", "__iter__"):
        arrays = sampler.arrays()
        if arrays is not None:
            return arrays, True
    return iter(sampler), False


def fetcher(loader: Any) -> Any:
    """What makes the fetchers of this loader: a function without arguments that can be sent to a worker."""
    if loader._stream:
        return functools.partial(StreamFetcher, loader.dataset, loader.batch_size, loader.drop_last, loader.collate_fn)
    own = loader.collate_fn is loader.default_collate
    batched = loader.batch_sampler is not None
    return functools.partial(Fetcher, loader.dataset, batched, loader.collate_fn, loader.default_convert, own)


class Here(Pass):
    """A pass in this process. Batches that take long to gather are gathered by a thread, one ahead."""

    def __init__(self, loader: Any) -> None:
        super().__init__(loader)
        self.fetch = fetcher(loader)()
        # Whether a thread may work ahead.
        self.may = self.known and self.fetch.at_once and ahead(loader.dataset) and tt_tensor.get_num_threads() > 1
        self.slow = 0  # how many batches in a row took long
        self.executor: Any = None
        self.next: Any = None

    def load(self, number: int, index: Any) -> Any:
        """One batch."""
        with seeded(self.base_seed, number):
            return self.fetch(index)

    def __next__(self) -> Any:
        if self.next is not None:
            self.next, future = None, self.next
            self.go_ahead()
            return future.result()
        index = next(self.indices)
        number = self.number
        self.number += 1
        if self.may:
            start = time.perf_counter()
            batch = self.load(number, index)
            self.slow = self.slow + 1 if time.perf_counter() - start > WORTHWHILE else 0
            if self.slow == 2:
                self.go_ahead()
        else:
            batch = self.load(number, index)
        if self.promised is not None:
            self.count()
        return batch

    def go_ahead(self) -> None:
        """Let the thread load the next batch."""
        from concurrent.futures import ThreadPoolExecutor  # takes longer to import than the rest of this package

        index = next(self.indices, NOTHING)
        if index is NOTHING:
            return
        if self.executor is None:
            self.executor = ThreadPoolExecutor(1, "tt_data")
        self.next = self.executor.submit(self.load, self.number, index)
        self.number += 1
