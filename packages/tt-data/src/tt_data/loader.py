"""Batches of a data set."""

import os
import warnings
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, ClassVar, Generic

from .collate import default_collate as _collate
from .collate import default_convert as _convert
from .dataset import IterableDataset
from .iterating import Here, Pass
from .sampler import BatchSampler, RandomSampler, SequentialSampler

if TYPE_CHECKING:
    from multiprocessing.context import BaseContext

    from typing_extensions import TypeVar

    Batch = TypeVar("Batch", covariant=True, default=Any)
else:
    from typing import TypeVar

    Batch = TypeVar("Batch", covariant=True)  # a default needs Python 3.13

FIXED = frozenset(("batch_size", "batch_sampler", "sampler", "drop_last", "dataset", "persistent_workers"))


class DataLoader(Generic[Batch]):
    """The samples of a data set in batches, in order or shuffled anew for every pass, loaded here or by worker processes.

    Args:
        dataset: what has `len()` and a sample for every index (a `Dataset`, a list), or an `IterableDataset`.
        batch_size: the number of samples B in a batch; None for samples as they are, which are only converted to tensors.
        shuffle: whether each pass takes the samples in a new random order.
        sampler: an iterable of indices, in place of `shuffle`.
        batch_sampler: an iterable of lists of indices, in place of `batch_size`, `shuffle`, `sampler` and `drop_last`.
        num_workers: the number of worker processes; 0 loads in this process.
        collate_fn: makes a batch of a list of samples, in place of `default_collate`; or, if nothing is batched, takes a
            sample, in place of `default_convert`.
        pin_memory: warns, as in PyTorch where there is no accelerator, and does nothing else.
        drop_last: whether to leave out the last batch when it is smaller than the others.
        timeout: seconds to wait for a batch of the workers; 0 waits as long as it takes.
        worker_init_fn: is called with its number in each worker, after seeding.
        multiprocessing_context: how workers are started: "fork", "forkserver", "spawn" or a context; by default as Python
            does it on this system. All but "fork" need a data set that can be pickled, and a script whose main part stands
            under `if __name__ == "__main__":`.
        generator: where the order and the seeds of the workers come from; by default the one that `manual_seed` seeds.
        prefetch_factor: the number of batches that each worker loads in advance; 2 if None.
        persistent_workers: whether the workers stay for the next pass.
        pin_memory_device: deprecated.
        in_order: whether batches come in the order of their indices, or as soon as a worker has them.

    Returns:
        An iterable of batches with `len()`. Tensors and arrays [...] become tensors [B, ...]; see `default_collate`.

    Raises:
        ValueError: if an option is out of range, or excludes another one.
        RuntimeError: in a pass, if a worker process ends or exceeds the timeout. An exception in a worker is raised with its
            class, and with the worker's traceback as a note.

    Examples:
        >>> from tt_tensor import arange
        >>> from tt_data import TensorDataset
        >>> loader = DataLoader(TensorDataset(arange(5)), batch_size=2)
        >>> [x.tolist() for x, in loader]
        [[0, 1], [2, 3], [4]]
    """

    # Another class of tensors takes others.
    default_collate: ClassVar[Callable[[Any], Any]] = staticmethod(_collate)
    default_convert: ClassVar[Callable[[Any], Any]] = staticmethod(_convert)

    def __init__(
        self,
        dataset: Any,
        batch_size: int | None = 1,
        shuffle: bool | None = None,
        sampler: Iterable[Any] | None = None,
        batch_sampler: Iterable[Any] | None = None,
        num_workers: int = 0,
        collate_fn: Callable[[Any], Any] | None = None,
        pin_memory: bool = False,
        drop_last: bool = False,
        timeout: float = 0,
        worker_init_fn: Callable[[int], Any] | None = None,
        multiprocessing_context: "str | BaseContext | None" = None,
        generator: Any = None,
        *,
        prefetch_factor: int | None = None,
        persistent_workers: bool = False,
        pin_memory_device: str = "",
        in_order: bool = True,
    ) -> None:
        prefetch_factor = _check_workers(num_workers, timeout, prefetch_factor, persistent_workers)
        stream = isinstance(dataset, IterableDataset)
        if stream:
            for name, value in (("shuffle", shuffle or None), ("sampler", sampler), ("batch_sampler", batch_sampler)):
                if value is not None:
                    raise ValueError(
                        f"DataLoader with IterableDataset: expected unspecified {name} option, but got {name}={value}"
                    )
        if sampler is not None and shuffle:
            raise ValueError("DataLoader: sampler option is mutually exclusive with shuffle")
        if batch_sampler is not None:
            if batch_size != 1 or shuffle or sampler is not None or drop_last:
                raise ValueError(
                    "DataLoader: batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, and drop_last"
                )
            batch_size = None
        elif batch_size is None and drop_last:
            raise ValueError(
                "DataLoader: batch_size=None option disables auto-batching and is mutually exclusive with drop_last"
            )
        if sampler is None and not stream:
            sampler = RandomSampler(dataset, generator=generator) if shuffle else SequentialSampler(dataset)
        if batch_size is not None:
            batch_sampler = BatchSampler(sampler if sampler is not None else (), batch_size, drop_last)

        self.dataset, self.batch_size, self.drop_last = dataset, batch_size, drop_last
        self.sampler, self.batch_sampler, self.persistent_workers = sampler, batch_sampler, persistent_workers
        self.num_workers, self.timeout, self.worker_init_fn = num_workers, timeout, worker_init_fn
        self.prefetch_factor, self.in_order = prefetch_factor, in_order
        self.pin_memory, self.pin_memory_device = pin_memory, pin_memory_device
        self.generator = generator
        self.collate_fn = collate_fn or (self.default_convert if batch_sampler is None else self.default_collate)
        self.multiprocessing_context = multiprocessing_context
        self._stream = stream
        self._promised: int | None = None  # the length of a stream, once it was asked for
        self._iterator: Pass | None = None  # the last attribute: from here on some may not be set
        _check_cores(num_workers)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in FIXED and "_iterator" in vars(self):
            raise ValueError(
                f"DataLoader: {name} attribute should not be set after {type(self).__name__} is initialized"
            )
        super().__setattr__(name, value)

    def __getstate__(self) -> dict[str, Any]:
        """What a copy of the loader gets: all but the workers, which belong to this one."""
        return vars(self) | {"_iterator": None}

    @property
    def multiprocessing_context(self) -> "BaseContext | None":
        """How workers are started; None for Python's own choice."""
        return self._context

    @multiprocessing_context.setter
    def multiprocessing_context(self, context: "str | BaseContext | None") -> None:
        if context is not None and self.num_workers == 0:
            raise ValueError(
                "DataLoader: multiprocessing_context can only be used with multi-process loading (num_workers > 0), but got "
                "num_workers=0"
            )
        if context is None:
            self._context = None
            return
        import multiprocessing
        from multiprocessing.context import BaseContext

        if isinstance(context, str):
            methods = multiprocessing.get_all_start_methods()
            if context not in methods:
                raise ValueError(
                    f"DataLoader: multiprocessing_context option should specify a valid start method in {methods!r}, but got "
                    f"multiprocessing_context={context!r}"
                )
            context = multiprocessing.get_context(context)
        if not isinstance(context, BaseContext):
            raise TypeError(
                "DataLoader: multiprocessing_context option should be a valid context object or a string specifying the start "
                f"method, but got multiprocessing_context={context}"
            )
        self._context = context

    @property
    def _index_sampler(self) -> Any:
        """Where the indices of a pass come from: `batch_sampler`, or `sampler` if nothing is batched."""
        return self.sampler if self.batch_sampler is None else self.batch_sampler

    def __len__(self) -> int:
        if not self._stream:
            return len(self._index_sampler)
        n = self._promised = len(self.dataset)
        if self.batch_size is None:
            return n
        return n // self.batch_size if self.drop_last else -(-n // self.batch_size)

    def __iter__(self) -> Pass:
        if self.num_workers == 0:
            return Here(self)
        from .processes import There

        if isinstance(self._iterator, There) and self._iterator.usable:
            self._iterator.begin(self)
            return self._iterator
        _check_cores(self.num_workers)
        started = There(self)
        if self.persistent_workers:
            self._iterator = started
        return started


def _check_workers(num_workers: int, timeout: float, prefetch_factor: int | None, persistent: bool) -> int | None:
    """Raise if settings of the workers contradict each other; return `prefetch_factor`."""
    if num_workers < 0:
        raise ValueError(
            "DataLoader: num_workers option should be non-negative; use num_workers=0 to disable multiprocessing."
        )
    if timeout < 0:
        raise ValueError("DataLoader: timeout option should be non-negative")
    if num_workers == 0:
        for name, given in (("prefetch_factor", prefetch_factor is not None), ("persistent_workers", persistent),
                            ("timeout", timeout > 0)):  # fmt: skip
            if given:
                raise ValueError(f"DataLoader: {name} option needs num_workers > 0")
        return None
    if prefetch_factor is None:
        return 2
    if prefetch_factor < 1:
        raise ValueError(f"DataLoader: prefetch_factor option should be non-negative, and not 0: got {prefetch_factor}")
    return prefetch_factor


def _check_cores(num_workers: int) -> None:
    """Warn if there are more workers than cores."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if num_workers > cores:
        warnings.warn(
            f"This DataLoader will create {num_workers} worker processes in total. Our suggested max number of worker in "
            f"current system is {cores}, which is smaller than what this DataLoader is going to create. More processes than "
            "cores make loading slower.",
            stacklevel=3,
        )
