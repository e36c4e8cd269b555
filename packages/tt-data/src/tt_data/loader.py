"""Batches of a data set."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import tt_tensor

from .collate import collate


class DataLoader:
    """The samples of a data set in batches, in order or shuffled anew for every pass.

    Args:
        dataset: what has `len()` and an item for every index: a `Dataset`, a list.
        batch_size: the number of samples B in a batch.
        shuffle: whether each pass takes the samples in a new random order.
        drop_last: whether to leave out the last batch when it is smaller than the others.
        generator: where the order comes from; by default the one that `manual_seed` seeds.
        collate_fn: makes a batch of a list of samples, in place of `collate`.

    Returns:
        An iterable of batches with `len()`. Tensors and arrays [...] become tensors [B, ...]; see `collate`.

    Raises:
        ValueError: if `batch_size` is not a positive int, or there is nothing to shuffle.

    Examples:
        >>> from tt_tensor import arange
        >>> from tt_data import TensorDataset
        >>> loader = DataLoader(TensorDataset(arange(5)), batch_size=2)
        >>> [x.tolist() for x, in loader]
        [[0, 1], [2, 3], [4]]
    """

    def __init__(
        self,
        dataset: Any,
        batch_size: int = 1,
        shuffle: bool = False,
        *,
        drop_last: bool = False,
        generator: Any = None,
        collate_fn: Callable[[list[Any]], Any] | None = None,
    ) -> None:
        if isinstance(batch_size, bool) or not isinstance(batch_size, int) or batch_size <= 0:
            raise ValueError(f"DataLoader: batch_size should be a positive int, got {batch_size!r}")
        if shuffle and len(dataset) == 0:
            raise ValueError("DataLoader: the data set is empty, there is nothing to shuffle")
        self.dataset, self.batch_size, self.shuffle, self.drop_last = dataset, batch_size, shuffle, drop_last
        self.generator, self.collate_fn = generator, collate_fn

    @staticmethod
    def make(array: Any) -> Any:
        """A tensor of an array. (Another class of tensors takes another one.)"""
        return tt_tensor.from_numpy(array)

    def __len__(self) -> int:
        n = len(self.dataset)
        return n // self.batch_size if self.drop_last else -(-n // self.batch_size)

    def __iter__(self) -> Iterator[Any]:
        n = len(self.dataset)
        order = tt_tensor.randperm(n, generator=self.generator).numpy() if self.shuffle else np.arange(n)
        at_once = self.collate_fn is None and gathers(self.dataset)
        join = self.collate_fn or (lambda samples: collate(samples, self.make))
        for k in range(len(self)):
            rows = order[k * self.batch_size : (k + 1) * self.batch_size]
            yield self.dataset.gather(rows) if at_once else join([self.dataset[i] for i in rows.tolist()])


def gathers(dataset: Any) -> bool:
    """Whether `dataset.gather` gives what its `__getitem__` gives: not if a subclass has redefined only the latter."""
    for cls in type(dataset).__mro__:
        if "gather" in vars(cls):
            return True
        if "__getitem__" in vars(cls):
            return False
    return False
