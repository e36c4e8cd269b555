"""What a tensor says about itself: its shape, its dtype, where its memory is and how it is laid out."""

from typing import Any

import numpy as np

from .. import versions
from ..dtypes import DType
from ..size import Size, cpu, device
from .dims import need_tensor


def numel(input: Any) -> int:
    """The number of elements of `input`."""
    need_tensor("numel", input)
    return int(input.array.size)


def is_floating_point(input: Any) -> bool:
    """Whether the dtype of `input` is float16, float32 or float64."""
    need_tensor("is_floating_point", input)
    return bool(input.array.dtype.kind == "f")


def is_complex(input: Any) -> bool:
    """Whether the dtype of `input` is complex."""
    need_tensor("is_complex", input)
    return bool(input.array.dtype.kind == "c")


def _address(a: Any) -> Any:
    return a.__array_interface__["data"][0]


class DescribeMethods:
    """What `Tensor` gets from this file."""

    __slots__ = ()
    array: Any

    @property
    def shape(self) -> Size:
        """The sizes of the dimensions."""
        return Size(self.array.shape)

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return self.array.ndim  # type: ignore[no-any-return]

    @property
    def dtype(self) -> DType:
        """The dtype of the elements, a NumPy dtype."""
        return self.array.dtype  # type: ignore[no-any-return]

    @property
    def device(self) -> device:
        """Where the memory is: the CPU."""
        return cpu

    @property
    def itemsize(self) -> int:
        """The size of an element in bytes."""
        return self.array.itemsize  # type: ignore[no-any-return]

    @property
    def nbytes(self) -> int:
        """The size of all elements in bytes."""
        return self.array.nbytes  # type: ignore[no-any-return]

    @property
    def is_cuda(self) -> bool:
        """False: tensors live on the CPU."""
        return False

    @property
    def is_sparse(self) -> bool:
        """False: zeros are stored like other numbers. (Optimizers ask for it.)"""
        return False

    @property
    def _version(self) -> int:
        """How often the memory was changed in place."""
        return versions.count(self.array)

    def size(self, dim: int | None = None) -> Any:
        """The shape, or the size of dimension `dim`."""
        if dim is None:
            return Size(self.array.shape)
        n = self.array.ndim
        if not -max(n, 1) <= dim < max(n, 1) or n == 0:
            raise IndexError(f"size: dimension {dim} is out of range for a tensor with {n} dimensions")
        return self.array.shape[dim]

    def dim(self) -> int:
        """The number of dimensions."""
        return self.array.ndim  # type: ignore[no-any-return]

    ndimension = dim
    numel = nelement = numel
    is_floating_point, is_complex = is_floating_point, is_complex

    def is_signed(self) -> bool:
        """Whether the dtype has negative values."""
        return self.array.dtype.kind in "ifc"

    def element_size(self) -> int:
        """The size of an element in bytes."""
        return self.array.itemsize  # type: ignore[no-any-return]

    def stride(self, dim: int | None = None) -> Any:
        """For each dimension (or for `dim`) how many elements apart in memory its neighbours are."""
        a = self.array
        strides = tuple(n // a.itemsize for n in a.strides)
        return strides if dim is None else strides[dim]

    def storage_offset(self) -> int:
        """How many elements after the start of the memory that it shares its first element is."""
        a, whole = self.array, versions.owner(self.array)
        return (_address(a) - _address(whole)) // a.itemsize if isinstance(whole, np.ndarray) else 0

    def is_contiguous(self) -> bool:
        """Whether the elements lie in memory in row-major order without gaps."""
        return self.array.flags.c_contiguous  # type: ignore[no-any-return]

    def data_ptr(self) -> int:
        """The address of the first element."""
        return int(_address(self.array))

    def get_device(self) -> int:
        """-1: tensors live on the CPU."""
        return -1
