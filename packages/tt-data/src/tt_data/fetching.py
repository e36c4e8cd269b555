"""One batch of a data set: fetched in one go where that is possible, else sample by sample."""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from .combining import items
from .gathering import gathers


class Fetcher:
    """What loads a batch, in this process or in a worker.

    Args:
        dataset: where the samples come from.
        batched: whether an index is a list of indices, of which the samples make a batch.
        collate_fn: makes a batch of a list of samples, or converts a single sample.
        convert_fn: makes tensors of the arrays in what a data set gathers, as collation does.
        own: whether `collate_fn` is the loader's own, so that the data set may gather in its place.
    """

    def __init__(
        self,
        dataset: Any,
        batched: bool,
        collate_fn: Callable[[Any], Any],
        convert_fn: Callable[[Any], Any],
        own: bool,
    ) -> None:
        self.dataset, self.batched, self.collate_fn, self.convert_fn = dataset, batched, collate_fn, convert_fn
        self.at_once = own and batched and gathers(dataset)

    def __call__(self, index: Any) -> Any:
        """The batch of the samples at `index`: a list, an int64 array, or a single index if nothing is batched."""
        try:
            if not self.batched:
                return self.collate_fn(self.dataset[index])
            if type(index) is not np.ndarray:
                rows = np.asarray(index) if self.at_once else None
                if rows is None or rows.dtype.kind != "i" or rows.ndim != 1:
                    return self.collate_fn(items(self.dataset, list(index)))
                index = rows
            if self.at_once:
                return self.convert_fn(self.dataset.gather(index))
            return self.collate_fn(items(self.dataset, index.tolist()))
        except StopIteration as error:  # it would end the loop over the loader, and nobody would know why
            raise RuntimeError(f"{type(self.dataset).__name__} raised StopIteration for index {index}") from error


class StreamFetcher:
    """What loads a batch of an iterable data set. It raises StopIteration when there is no more, and from then on."""

    def __init__(self, dataset: Any, batch_size: int | None, drop_last: bool, collate_fn: Callable[[Any], Any]) -> None:
        self.samples: Iterator[Any] = iter(dataset)
        self.batch_size, self.drop_last, self.collate_fn = batch_size, drop_last, collate_fn

    def __call__(self, index: Any) -> Any:
        """The next batch."""
        del index
        if self.batch_size is None:
            return self.collate_fn(next(self.samples))
        batch = list(itertools.islice(self.samples, self.batch_size))
        if len(batch) < self.batch_size:
            self.samples = iter(())  # an iterator that begins anew after its end would otherwise never end
        if not batch or (self.drop_last and len(batch) < self.batch_size):
            raise StopIteration
        return self.collate_fn(batch)
