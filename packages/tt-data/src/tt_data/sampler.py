"""In which order samples are taken, and which go into one batch."""

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence, Sized
from typing import Any, Generic, TypeVar

import numpy as np
import tt_tensor
from tt_tensor import Generator

from .gathering import keeps_up

Index = TypeVar("Index", covariant=True)
LONG = 1 << 22
"""So many indices, or one pass over the data if that is more, are drawn at once."""


class Sampler(Generic[Index]):
    """An iterable of indices: `__iter__` begins a pass; `__len__` says how many there are, if that is known.

    The samplers of this file also have `order()`: all indices of a pass, as an int64 array or a range, or None if there are too
    many. Like `__iter__` it begins a new pass. A subclass that redefines `__iter__` only is not bypassed.

    Examples:
        >>> class Backwards(Sampler):
        ...     def __init__(self, n):
        ...         self.n = n
        ...     def __iter__(self):
        ...         return iter(range(self.n - 1, -1, -1))
        ...     def __len__(self):
        ...         return self.n
        >>> list(BatchSampler(Backwards(5), 2, drop_last=False))
        [[4, 3], [2, 1], [0]]
    """

    def __iter__(self) -> Iterator[Index]:
        raise NotImplementedError(f"{type(self).__name__} must define __iter__(), which returns an iterator of indices")


class _Ordered(Sampler[int]):
    """A sampler that knows the whole order when a pass begins."""

    def order(self) -> Any:
        """The indices of a new pass, in order."""
        raise NotImplementedError

    def __iter__(self) -> Iterator[int]:
        order = self.order()
        return iter(order if isinstance(order, range) else order.tolist())


class SequentialSampler(_Ordered):
    """0, 1, ..., n - 1.

    Args:
        data_source: what has `len()` n.

    Examples:
        >>> list(SequentialSampler("abc"))
        [0, 1, 2]
    """

    def __init__(self, data_source: Sized) -> None:
        self.data_source = data_source

    def order(self) -> Any:
        """The indices of a pass."""
        return range(len(self.data_source))

    def __len__(self) -> int:
        return len(self.data_source)


class RandomSampler(_Ordered):
    """The indices 0, ..., n - 1 in an order that is new in every pass.

    Args:
        data_source: what has `len()` n.
        replacement: whether each index is drawn anew, so that one may come often and another not at all.
        num_samples: how many are drawn in a pass; n if None. More than n begin again when all have come.
        generator: where the order comes from; the default generator if None.

    Raises:
        TypeError: if `replacement` is not a bool.
        ValueError: if `num_samples` is not a positive int.

    Examples:
        >>> sorted(RandomSampler("abc"))
        [0, 1, 2]
    """

    def __init__(
        self, data_source: Sized, replacement: bool = False, num_samples: int | None = None, generator: Any = None
    ) -> None:
        if not isinstance(replacement, bool):
            raise TypeError(
                f"RandomSampler: replacement should be a boolean value, but got replacement={replacement!r}"
            )
        self.data_source, self.replacement = data_source, replacement
        self._num_samples, self.generator = num_samples, generator
        _check_count("RandomSampler", self.num_samples)

    @property
    def num_samples(self) -> int:
        """How many indices a pass has. The data set may grow between passes."""
        return len(self.data_source) if self._num_samples is None else self._num_samples

    def order(self) -> Any:
        """The indices of a new pass; None if they are so many that they are better drawn as they are needed."""
        n, count = len(self.data_source), self.num_samples
        if count > max(n, LONG):
            return None
        if self.replacement:
            return tt_tensor.randint(0, n, (count,), generator=self.generator).array
        passes = [tt_tensor.randperm(n, generator=self.generator).array for _ in range(math.ceil(count / n))]
        return passes[0][:count] if len(passes) == 1 else np.concatenate(passes)[:count]

    def __iter__(self) -> Iterator[int]:
        if self.num_samples <= max(len(self.data_source), LONG):
            return super().__iter__()
        return itertools.islice(itertools.chain.from_iterable(self._endless()), self.num_samples)

    def _endless(self) -> Iterator[list[int]]:
        """Indices, drawn a few at a time, or pass by pass."""
        n = len(self.data_source)
        while True:
            if self.replacement:
                yield tt_tensor.randint(0, n, (4096,), generator=self.generator).tolist()
            else:
                yield tt_tensor.randperm(n, generator=self.generator).tolist()

    def __len__(self) -> int:
        return self.num_samples


class SubsetRandomSampler(Sampler[Any]):
    """Some indices, in an order that is new in every pass.

    Args:
        indices: a sequence of indices.
        generator: where the order comes from; the default generator if None.

    Examples:
        >>> sorted(SubsetRandomSampler([5, 3, 8]))
        [3, 5, 8]
    """

    def __init__(self, indices: Sequence[Any], generator: Any = None) -> None:
        self.indices, self.generator = indices, generator

    def __iter__(self) -> Iterator[Any]:
        for i in tt_tensor.randperm(len(self.indices), generator=self.generator).tolist():
            yield self.indices[i]

    def __len__(self) -> int:
        return len(self.indices)


class WeightedRandomSampler(_Ordered):
    """Indices drawn with a probability in proportion to their weight.

    Args:
        weights: n numbers, which need not add up to one.
        num_samples: how many are drawn in a pass.
        replacement: whether one index may be drawn again.
        generator: where the numbers come from; the default generator if None.

    Raises:
        ValueError: if `num_samples` is not a positive int, `replacement` not a bool, or `weights` not one-dimensional.

    Examples:
        >>> list(WeightedRandomSampler([0.0, 1.0, 0.0], 4))
        [1, 1, 1, 1]
    """

    def __init__(
        self, weights: Sequence[float], num_samples: int, replacement: bool = True, generator: Any = None
    ) -> None:
        _check_count("WeightedRandomSampler", num_samples)
        if not isinstance(replacement, bool):
            raise ValueError(
                f"WeightedRandomSampler: replacement should be a boolean value, but got replacement={replacement!r}"
            )
        self.weights = tt_tensor.as_tensor(weights, dtype=tt_tensor.float64)
        if self.weights.ndim != 1:
            raise ValueError(
                f"WeightedRandomSampler: weights should be a 1d sequence but given weights have shape {tuple(self.weights.shape)}"
            )
        self.num_samples, self.replacement, self.generator = num_samples, replacement, generator

    def order(self) -> Any:
        """The indices of a new pass."""
        return tt_tensor.multinomial(self.weights, self.num_samples, self.replacement, generator=self.generator).array

    def __len__(self) -> int:
        return self.num_samples


class DistributedSampler(_Ordered):
    """One process's share of the indices, where several processes share the work.

    Every process shuffles in the same way, by `seed` and the epoch, and takes every `num_replicas`-th index.

    Args:
        dataset: what has `len()`.
        num_replicas: the number of processes.
        rank: this process's number, from 0.
        shuffle: whether the order is new in every epoch.
        seed: what the order comes from; the same in every process.
        drop_last: whether to leave out what cannot be shared out evenly; otherwise some indices come twice.

    Raises:
        ValueError: if `num_replicas` or `rank` is missing (there are no process groups here), or the rank is out of range.

    Examples:
        >>> [list(DistributedSampler("abcde", 2, rank, shuffle=False)) for rank in (0, 1)]
        [[0, 2, 4], [1, 3, 0]]
    """

    def __init__(
        self,
        dataset: Any,
        num_replicas: int | None = None,
        rank: int | None = None,
        shuffle: bool = True,
        seed: int = 0,
        drop_last: bool = False,
    ) -> None:
        if num_replicas is None or rank is None:
            raise ValueError("DistributedSampler: there are no process groups here; pass num_replicas and rank")
        if not 0 <= rank < num_replicas:
            raise ValueError(
                f"DistributedSampler: Invalid rank {rank}, rank should be in the interval [0, {num_replicas - 1}]"
            )
        self.dataset, self.num_replicas, self.rank = dataset, num_replicas, rank
        self.shuffle, self.seed, self.drop_last, self.epoch = shuffle, seed, drop_last, 0
        n = len(dataset)
        self.num_samples = n // num_replicas if drop_last else math.ceil(n / num_replicas)
        self.total_size = self.num_samples * num_replicas

    def order(self) -> Any:
        """This process's indices in the epoch that `set_epoch` has set."""
        n = len(self.dataset)
        if self.shuffle:
            order = tt_tensor.randperm(n, generator=Generator().manual_seed(self.seed + self.epoch)).array
        else:
            order = np.arange(n)
        return np.resize(order, self.total_size)[self.rank :: self.num_replicas]  # resize repeats what is too short

    def __len__(self) -> int:
        return self.num_samples

    def set_epoch(self, epoch: int) -> None:
        """Say which epoch begins. Otherwise each has the same order."""
        self.epoch = epoch


class BatchSampler(Sampler[list[Any]]):
    """Indices in lists of `batch_size`.

    Args:
        sampler: an iterable of indices.
        batch_size: the number of indices in a list.
        drop_last: whether to leave out the last list when it is shorter than the others.

    Raises:
        ValueError: if `batch_size` is not a positive int, or `drop_last` not a bool.

    Examples:
        >>> list(BatchSampler(SequentialSampler("abcde"), 2, drop_last=False))
        [[0, 1], [2, 3], [4]]
    """

    def __init__(self, sampler: Iterable[Any], batch_size: int, drop_last: bool) -> None:
        if isinstance(batch_size, bool) or not isinstance(batch_size, int) or batch_size <= 0:
            raise ValueError(
                f"BatchSampler: batch_size should be a positive integer value, but got batch_size={batch_size!r}"
            )
        if not isinstance(drop_last, bool):
            raise ValueError(f"BatchSampler: drop_last should be a boolean value, but got drop_last={drop_last!r}")
        self.sampler, self.batch_size, self.drop_last = sampler, batch_size, drop_last

    def __iter__(self) -> Iterator[list[Any]]:
        indices = iter(self.sampler)
        while batch := list(itertools.islice(indices, self.batch_size)):
            if self.drop_last and len(batch) < self.batch_size:
                return
            yield batch

    def arrays(self) -> Iterator[Any] | None:
        """The lists of a new pass as int64 arrays [B], or None if the sampler gives no order at once."""
        if not keeps_up(self.sampler, "order", "__iter__"):
            return None
        order = self.sampler.order()  # type: ignore[attr-defined]
        if order is None:
            return None
        stop = len(order) - len(order) % self.batch_size if self.drop_last else len(order)
        parts = (order[k : min(k + self.batch_size, stop)] for k in range(0, stop, self.batch_size))
        return (np.arange(part.start, part.stop) for part in parts) if isinstance(order, range) else parts

    def __len__(self) -> int:
        n = len(self.sampler)  # type: ignore[arg-type]
        return n // self.batch_size if self.drop_last else -(-n // self.batch_size)


def _check_count(name: str, num_samples: Any) -> None:
    """Raise unless `num_samples` is a positive int."""
    if isinstance(num_samples, bool) or not isinstance(num_samples, int) or num_samples <= 0:
        raise ValueError(f"{name}: num_samples should be a positive integer value, but got num_samples={num_samples!r}")
