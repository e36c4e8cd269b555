"""What a data set is, and the one that is made of tensors."""

from typing import Any

import tt_tensor
from tt_tensor import Tensor
from tt_tensor.errors import ShapeError


class Dataset:
    """Something with a length and a sample for every index.

    Subclasses define `__len__` and `__getitem__`. One that can fetch a batch faster than sample by sample also defines
    `gather(indices)`, which a `DataLoader` then calls with an int64 array [B].

    Examples:
        >>> class Squares(Dataset):
        ...     def __len__(self):
        ...         return 10
        ...     def __getitem__(self, index):
        ...         return index, index * index
        >>> Squares()[3]
        (3, 9)
    """

    def __getitem__(self, index: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} must define __getitem__(index), which returns a sample")

    def __len__(self) -> int:
        raise NotImplementedError(f"{type(self).__name__} must define __len__(), the number of samples")


class TensorDataset(Dataset):
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
        return int(self.tensors[0].shape[0])

    def gather(self, indices: Any) -> list[Any]:
        """The parts of each tensor at `indices` (int64 array [B]): tensors of shape [B, ...], copied in one go."""
        rows = tt_tensor.from_numpy(indices)
        return [x.index_select(0, rows) for x in self.tensors]
