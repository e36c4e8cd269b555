"""Data sets made of others: parts of one, several in a row, several side by side."""

import bisect
import itertools
import math
import warnings
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import tt_tensor

from .dataset import Dataset, IterableDataset
from .errors import CombinationError, RangeError
from .gathering import joined, keeps_up


def items(dataset: Any, indices: list[Any]) -> list[Any]:
    """The samples of `dataset` at `indices`, all at once by its `__getitems__` if that does what `__getitem__` does."""
    if not keeps_up(dataset, "__getitems__", "__getitem__"):
        return [dataset[i] for i in indices]
    samples = dataset.__getitems__(indices)
    if len(samples) != len(indices):
        raise ValueError(
            f"{type(dataset).__name__}.__getitems__ was asked for {len(indices)} samples and returned {len(samples)}"
        )
    return samples  # type: ignore[no-any-return]


class Subset(Dataset[Any]):
    """Some of the samples of a data set.

    Args:
        dataset: the whole.
        indices: the places in it, in the order in which this data set gives them.

    Examples:
        >>> Subset("abcdef", [1, 3, 5])[2]
        'f'
    """

    ahead = True

    def __init__(self, dataset: Any, indices: Sequence[Any]) -> None:
        self.dataset, self.indices = dataset, indices

    def __getitem__(self, idx: Any) -> Any:
        if isinstance(idx, list):
            return self.dataset[[self.indices[i] for i in idx]]
        return self.dataset[self.indices[idx]]

    def __getitems__(self, indices: list[Any]) -> list[Any]:
        """A list of samples, as PyTorch's loader asks for them."""
        return items(self.dataset, [self.indices[i] for i in indices])

    def __len__(self) -> int:
        return len(self.indices)

    def parts(self) -> Sequence[Any]:
        """The whole data set."""
        return (self.dataset,)

    def gather(self, indices: Any) -> Any:
        """The collated samples at `indices` (int64 array [B]), fetched in one go."""
        rows = np.asarray([self.indices[i] for i in indices.tolist()])
        if rows.dtype.kind not in "iub" and rows.size:
            raise IndexError(f"Subset: the indices should be whole numbers, got {rows.dtype}")
        return self.dataset.gather(rows.astype(np.int64))


class ConcatDataset(Dataset[Any]):
    """Several data sets in a row.

    Args:
        datasets: what has `len()` and a sample for every index; at least one.

    Attributes:
        cumulative_sizes: where each data set ends.

    Raises:
        ValueError: if there are none.
        TypeError: if one is an `IterableDataset`, which has no indices.

    Examples:
        >>> both = ConcatDataset(["abc", "de"])
        >>> len(both), both[3], both[-1]
        (5, 'd', 'e')
    """

    ahead = True

    def __init__(self, datasets: Iterable[Any]) -> None:
        self.datasets = list(datasets)
        if not self.datasets:
            raise CombinationError("ConcatDataset: datasets should not be an empty iterable")
        for dataset in self.datasets:
            if isinstance(dataset, IterableDataset):
                raise CombinationError("ConcatDataset does not support IterableDataset; ChainDataset does")
        self.cumulative_sizes = list(itertools.accumulate(len(dataset) for dataset in self.datasets))

    def __len__(self) -> int:
        return self.cumulative_sizes[-1]

    def place(self, idx: int) -> tuple[int, int]:
        """The number of the data set that holds sample `idx`, and the sample's place in it."""
        if not -len(self) <= idx < len(self):
            raise RangeError(f"ConcatDataset: index {idx} is out of range for {len(self)} samples")
        idx %= len(self)
        k = bisect.bisect_right(self.cumulative_sizes, idx)
        return k, idx - (self.cumulative_sizes[k - 1] if k else 0)

    def __getitem__(self, idx: int) -> Any:
        k, place = self.place(idx)
        return self.datasets[k][place]

    def parts(self) -> Sequence[Any]:
        """The data sets in a row."""
        return self.datasets

    def gather(self, indices: Any) -> Any:
        """The collated samples at `indices` (int64 array [B]): each data set gathers its own."""
        ends, n = np.asarray(self.cumulative_sizes), len(self)
        if len(indices) and not -n <= indices.min() <= indices.max() < n:
            raise RangeError(f"ConcatDataset: an index is out of range for {n} samples")
        rows = np.where(indices < 0, indices + n, indices)
        owners = np.searchsorted(ends, rows, side="right")
        batches, places = [], []
        for k in np.unique(owners).tolist():
            mine = np.flatnonzero(owners == k)
            batches.append(self.datasets[k].gather(rows[mine] - (ends[k - 1] if k else 0)))
            places.append(mine)
        return batches[0] if len(batches) == 1 else joined(batches, np.argsort(np.concatenate(places)))


class StackDataset(Dataset[Any]):
    """Several data sets side by side: sample `i` is the tuple, or the dict, of their samples `i`.

    Args:
        *args: data sets of one length, for tuples.
        **kwargs: data sets of one length by name, for dicts.

    Raises:
        ValueError: if there are none, or both kinds, or the lengths differ.

    Examples:
        >>> StackDataset("abc", [1, 2, 3])[1]
        ('b', 2)
        >>> StackDataset(letter="abc", number=[1, 2, 3])[1]
        {'letter': 'b', 'number': 2}
    """

    ahead = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if bool(args) == bool(kwargs):
            raise ValueError(
                "StackDataset: pass data sets either by position, for tuples, or by name, for dicts; "
                f"got {len(args)} and {len(kwargs)}"
            )
        self.datasets: Any = args or kwargs
        sizes = [len(dataset) for dataset in self.parts()]
        if len(set(sizes)) > 1:
            raise ValueError(f"StackDataset: size mismatch between datasets: {sizes}")

    def parts(self) -> Sequence[Any]:
        """The data sets side by side."""
        return tuple(self.datasets.values()) if isinstance(self.datasets, dict) else self.datasets

    def __len__(self) -> int:
        return len(self.parts()[0])

    def __getitem__(self, index: Any) -> Any:
        return self.sample([dataset[index] for dataset in self.parts()])

    def __getitems__(self, indices: list[Any]) -> list[Any]:
        """A list of samples, as PyTorch's loader asks for them."""
        return [self.sample(parts) for parts in zip(*(items(dataset, indices) for dataset in self.parts()))]

    def sample(self, parts: Sequence[Any]) -> Any:
        """The parts of one sample as a tuple or a dict."""
        return dict(zip(self.datasets, parts)) if isinstance(self.datasets, dict) else tuple(parts)

    def gather(self, indices: Any) -> Any:
        """The collated samples at `indices` (int64 array [B]): each data set gathers its own."""
        batch = self.sample([dataset.gather(indices) for dataset in self.parts()])
        return batch if isinstance(batch, dict) else list(batch)


class ChainDataset(IterableDataset[Any]):
    """Several streams, one after the other.

    Args:
        datasets: iterable data sets.

    Raises:
        TypeError: when one is reached that is not an `IterableDataset`.

    Examples:
        >>> class Countdown(IterableDataset):
        ...     def __iter__(self):
        ...         return iter([3, 2, 1])
        >>> list(ChainDataset([Countdown(), Countdown()]))
        [3, 2, 1, 3, 2, 1]
    """

    def __init__(self, datasets: Iterable[Any]) -> None:
        self.datasets = datasets

    def streams(self) -> Iterator[Any]:
        """The data sets, each of which must be iterable."""
        for dataset in self.datasets:
            if not isinstance(dataset, IterableDataset):
                raise CombinationError(
                    f"ChainDataset only supports IterableDataset, got {type(dataset).__name__}; ConcatDataset takes others"
                )
            yield dataset

    def __iter__(self) -> Iterator[Any]:
        return itertools.chain.from_iterable(self.streams())

    def __len__(self) -> int:
        return sum(len(dataset) for dataset in self.streams())


def random_split(dataset: Any, lengths: Sequence[int | float], generator: Any = None) -> list[Subset]:
    """Divide a data set at random into parts that do not overlap.

    Args:
        dataset: what has `len()` and a sample for every index; N samples.
        lengths: how many samples each part gets, which must add up to N; or fractions that add up to 1: of each floor(f N), and
            what is left is given out one by one from the first part on.
        generator: where the order comes from; the default generator if None.

    Returns:
        One `Subset` for each length.

    Raises:
        ValueError: if the lengths do not add up to N, or a fraction is not between 0 and 1.

    Examples:
        >>> from tt_tensor import Generator
        >>> train, test = random_split(range(10), [0.8, 0.2], Generator().manual_seed(0))
        >>> len(train), len(test), sorted([*train, *test]) == list(range(10))
        (8, 2, True)
    """
    n = len(dataset)
    if math.isclose(sum(lengths), 1) and sum(lengths) <= 1:
        for k, fraction in enumerate(lengths):
            if not 0 <= fraction <= 1:
                raise ValueError(f"random_split: Fraction at index {k} is not between 0 and 1")
        sizes = [math.floor(n * fraction) for fraction in lengths]
        for k in range(n - sum(sizes)):
            sizes[k % len(sizes)] += 1
        for k, size in enumerate(sizes):
            if size == 0:
                warnings.warn(
                    f"Length of split at index {k} is 0. This might result in an empty dataset.", stacklevel=2
                )
    else:
        sizes = list(lengths)  # type: ignore[arg-type]
    if sum(sizes) != n:
        raise ValueError(
            f"random_split: Sum of input lengths does not equal the length of the input dataset: {sum(sizes)} and {n}; "
            f"fractions add up to 1"
        )
    order = tt_tensor.randperm(n, generator=generator).tolist()
    return [Subset(dataset, order[end - size : end]) for end, size in zip(itertools.accumulate(sizes), sizes)]
