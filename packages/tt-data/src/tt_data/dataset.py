"""What a data set is: samples by number, or samples one after the other. And the one that is made of tensors."""

from collections.abc import Iterator, Sequence
from typing import Any, Generic, TypeVar

from tt_tensor import Tensor
from tt_tensor.errors import ShapeError

from .gathering import take

Sample = TypeVar("Sample", covariant=True)


class Dataset(Generic[Sample]):
    """Something with a sample for every index.

    Subclasses define `__getitem__`, and `__len__` unless a sampler of yours does without. One that can fetch a batch faster
    than sample by sample also defines `gather(indices)`, which takes an int64 array [B] and returns the collated batch, or
    PyTorch's `__getitems__(indices)`, which takes a list of ints and returns a list of samples.

    Attributes:
        ahead: whether a thread may call `gather` before the batch is asked for. True promises that `gather` changes nothing, and
            draws random numbers only from `random_generator()`.

    Examples:
        >>> class Squares(Dataset):
        ...     def __len__(self):
        ...         return 10
        ...     def __getitem__(self, index):
        ...         return index, index * index
        >>> Squares()[3]
        (3, 9)
    """

    ahead: bool = False

    def __getitem__(self, index: Any) -> Sample:
        raise NotImplementedError(f"{type(self).__name__} must define __getitem__(index), which returns a sample")

    def __add__(self, other: "Dataset[Any]") -> Any:
        from .combining import ConcatDataset

        return ConcatDataset([self, other])

    def parts(self) -> Sequence[Any]:
        """The data sets whose `gather` this one's calls."""
        return ()


class IterableDataset(Dataset[Sample]):
    """Samples one after the other: a stream, of which neither the length nor the order is the loader's business.

    Subclasses define `__iter__`. In worker processes each worker has its own copy and takes all of it, unless `__iter__` or a
    `worker_init_fn` asks `get_worker_info()` which share is its own.

    Examples:
        >>> from tt_data import DataLoader
        >>> class Countdown(IterableDataset):
        ...     def __iter__(self):
        ...         return iter([3, 2, 1])
        >>> [batch.tolist() for batch in DataLoader(Countdown(), batch_size=2)]
        [[3, 2], [1]]
    """

    def __iter__(self) -> Iterator[Sample]:
        raise NotImplementedError(f"{type(self).__name__} must define __iter__(), which returns an iterator of samples")

    def __add__(self, other: Dataset[Any]) -> Any:
        from .combining import ChainDataset

        return ChainDataset([self, other])


class TensorDataset(Dataset[tuple[Any, ...]]):
    """Tensors whose first dimensions agree: sample `i` is the tuple of their `i`-th parts.

    Args:
        *tensors: each of shape [N, ...].

    Raises:
        ShapeError: if the first dimensions differ, or a tensor has none.

    Examples:
        >>> from tt_tensor import tensor
        >>> points = TensorDataset(tensor([[0.0, 1.0], [2.0, 3.0]]), tensor([0, 1]))
        >>> points[1]
        (tensor([2., 3.]), tensor(1))
    """

    tensors: tuple[Any, ...]
    ahead = True

    def __init__(self, *tensors: Any) -> None:
        if not tensors:
            raise TypeError("TensorDataset: needs at least one tensor")
        for x in tensors:
            if not isinstance(x, Tensor):
                raise TypeError(f"TensorDataset: expected tensors, got {type(x).__name__}; convert it with tensor(...)")
        if any(x.ndim == 0 for x in tensors) or len({x.shape[0] for x in tensors}) > 1:
            shapes = ", ".join(str(tuple(x.shape)) for x in tensors)
            raise ShapeError(f"TensorDataset: the tensors must agree in their first dimension, got shapes {shapes}")
        self.tensors = tensors

    def __getitem__(self, index: Any) -> tuple[Any, ...]:
        return tuple(x[index] for x in self.tensors)

    def __len__(self) -> int:
        return len(self.tensors[0].array)

    def gather(self, indices: Any) -> list[Any]:
        """The parts of each tensor at `indices` (int64 array [B]): tensors of shape [B, ...], copied in one go."""
        return [take(x, indices) for x in self.tensors]
