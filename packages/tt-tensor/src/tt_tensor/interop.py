"""Other libraries: NumPy's protocols, DLPack, pickling and copying."""

import copy as copying
from typing import Any

import numpy as np

from .dtypes import with_own_dtype

_NO_EXPORT = "{}: a tensor that requires a gradient would lose it outside; call it on x.detach()"


def from_dlpack(x: Any, *, device: Any = None, copy: bool | None = None) -> Any:
    """A tensor that shares the memory of an array of another library, by the DLPack protocol.

    It can be written to with NumPy 2.3 or later; before, NumPy makes all such arrays read-only.

    Args:
        x: any object with `__dlpack__` whose memory is the CPU's: a PyTorch tensor, a NumPy, CuPy or JAX array.
        device: None or "cpu".
        copy: True to copy the values, False or None to share them.

    Raises:
        TypeError: if `x` does not have the protocol.
        BufferError: if its memory is not the CPU's or its dtype has no counterpart here.

    Examples:
        >>> import numpy as np
        >>> from tt_tensor import from_dlpack
        >>> a = np.zeros(2, np.float32)
        >>> x = from_dlpack(a)
        >>> a[0] = 7
        >>> x
        tensor([7., 0.])
    """
    from .size import check_device
    from .tensor import Tensor

    check_device(device)
    if not hasattr(x, "__dlpack__"):
        raise TypeError(f"from_dlpack: expected an object with __dlpack__, got {type(x).__name__}; use as_tensor(...)")
    array = np.from_dlpack(x)
    return Tensor.plain(array.copy() if copy else array)


def _rebuild(cls: type, array: Any) -> Any:
    """A tensor as it comes out of a pickle or of `copy`."""
    out: Any = object.__new__(cls)
    out.array, out.more = with_own_dtype(array), None
    return out


class InteropMethods:
    """What `Tensor` gets from this file.

    There is no `__array_interface__`: NumPy would prefer it to `__array__`, and make arrays of which `versions` does not see
    that they share the tensor's memory.
    """

    __slots__ = ()
    array: Any
    more: Any

    # NumPy leaves `array + tensor` to the class of higher priority, so the result is a tensor.
    __array_priority__ = 1000

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        """The array inside, by which every NumPy function takes a tensor; copied only if asked to or to change its dtype."""
        array = self.numpy()  # type: ignore[attr-defined]
        return array if dtype is None and not copy else np.array(array, dtype, copy=copy)

    def __array_wrap__(self, array: Any, context: Any = None, return_scalar: bool = False) -> Any:
        """The result of a NumPy ufunc, as a tensor."""
        return type(self).plain(array)  # type: ignore[attr-defined]

    def __dlpack__(
        self,
        *,
        stream: Any = None,
        max_version: tuple[int, int] | None = None,
        dl_device: Any = None,
        copy: bool | None = None,
    ) -> Any:
        """A DLPack capsule: how another library shares this tensor's memory, by its `from_dlpack`."""
        if self.more is not None:
            raise BufferError(_NO_EXPORT.format("__dlpack__"))
        if stream is not None:
            raise BufferError("__dlpack__: stream must be None for memory of the CPU")
        if dl_device is not None and tuple(dl_device) != self.__dlpack_device__():
            raise BufferError(f"__dlpack__: the memory is the CPU's, and cannot be exported to the device {dl_device}")
        array = self.array.copy() if copy else self.array
        # NumPy 2.0 knows the first version of the protocol alone, in which the others may ask for no version.
        later = np.lib.NumpyVersion(np.__version__) >= "2.1.0"
        return array.__dlpack__(max_version=max_version) if later else array.__dlpack__()

    def __dlpack_device__(self) -> tuple[int, int]:
        """The kind of memory (1: the CPU's) and its number."""
        return (1, 0)

    def __reduce_ex__(self, protocol: Any) -> Any:
        if self.more is not None:
            raise TypeError(_NO_EXPORT.format("pickle"))
        return _rebuild, (type(self), self.array)

    def __copy__(self) -> Any:
        return _rebuild(type(self), self.array) if self.more is None else self.__reduce_ex__(4)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        if self.more is not None:
            return self.__reduce_ex__(4)
        if id(self) not in memo:
            memo[id(self)] = _rebuild(type(self), copying.deepcopy(self.array, memo))
        return memo[id(self)]

    def to_device(self, device: Any, /, *, stream: Any = None) -> Any:
        """This tensor: it is on the CPU, the only device. (The array API standard's name for `to`.)"""
        del stream
        return self.to(device=device)  # type: ignore[attr-defined]

    def __array_namespace__(self, *, api_version: str | None = None) -> Any:
        """The Python array API standard's functions: `tt_tensor.array_api`."""
        from . import array_api

        if api_version not in (None, "2021.12", "2022.12", "2023.12", "2024.12"):
            raise ValueError(f"__array_namespace__: the versions up to 2024.12 are supported, not {api_version}")
        return array_api
