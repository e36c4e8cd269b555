"""Conversion of tensors to other dtypes, to Python and to NumPy, and copies of one into another."""

from typing import Any

import numpy as np

from ..dtypes import (
    as_dtype,
    bool_,
    complex64,
    complex128,
    float16,
    float32,
    float64,
    int8,
    int16,
    int32,
    int64,
    uint8,
)  # fmt: skip
from ..errors import ShapeError
from ..primitive import fits, primitive
from ..size import check_device, check_format, contiguous_format, cpu
from .layout import row_major


@primitive()
def cast_p(x: Any, *, dtype: Any) -> Any:
    """The same values in another dtype; the same array if it has that dtype already."""
    return np.asarray(x).astype(dtype, copy=False)


@primitive("clone")
def clone_p(x: Any) -> Any:
    """A copy of x in new memory, in row-major order unless x is dense in another."""
    return x.copy(order="K")


@primitive("contiguous")
def contiguous_p(x: Any) -> Any:
    """A copy of x in row-major order."""
    return row_major(x)


def number_as(name: str, value: Any, dtype: Any) -> Any:
    """A number in a dtype, which must be able to hold it if it is one of whole numbers.

    As in C, -1 becomes the largest uint8; floats that are too large become infinite.
    """
    number = np.asarray(value)
    holds = True
    if number.dtype.kind == "c" and dtype.kind in "iuf":
        holds, number = not number.imag, number.real
    if dtype.kind in "iu" and number.dtype.kind != "b":
        most = int(np.iinfo(dtype).max)
        holds = holds and -most - (dtype.kind == "i") <= number <= most  # not NaN
    if not holds:
        raise RuntimeError(f"{name}: {value} cannot be converted to {dtype} without overflow")
    return number.astype(dtype)


@primitive("fill")
def fill_p(x: Any, value: Any) -> Any:
    """An array of x's shape and dtype, every element of it `value`, which has no dimensions."""
    if getattr(value, "ndim", 0):
        raise RuntimeError(f"fill: only 0-d values can fill a tensor, got one with {value.ndim} dimensions")
    return np.full(x.shape, number_as("fill", value, x.dtype))


def _fill(out: Any, _: Any, value: Any) -> bool:
    if getattr(value, "ndim", 0):
        return False
    out[...] = number_as("fill", value, out.dtype)
    return True


fill_p.writes = _fill


@primitive("copy")
def copy_p(x: Any, source: Any) -> Any:
    """`source` broadcast to x's shape and cast to x's dtype."""
    return np.broadcast_to(source, x.shape).astype(x.dtype)


def _copy(out: Any, _: Any, source: Any) -> bool:
    if not fits(source, out):
        return False
    np.copyto(out, source)
    return True


copy_p.writes = _copy


def clone(input: Any, *, memory_format: Any = None) -> Any:
    """A copy of `input` in new memory, in row-major order if that is asked for by `contiguous_format`.

    Examples:
        >>> from tt_tensor import clone, tensor
        >>> x = tensor([1.0, 2.0])
        >>> y = clone(x)
        >>> y[0] = 9
        >>> x
        tensor([1., 2.])
    """
    if memory_format is None:
        return clone_p(input)
    check_format("clone", memory_format)
    copy = clone_p(input)
    return copy.contiguous() if memory_format is contiguous_format else copy


def is_nonzero(input: Any) -> bool:
    """Whether the only element of `input` is not zero."""
    return bool(input)


def only(name: str, x: Any) -> Any:
    """The only element of `x` as a Python number."""
    a = x.array
    if a.size != 1:
        raise ShapeError(
            f"{name}: a Tensor with {a.size} elements cannot be converted to a scalar (shape {a.shape}); reduce it first"
        )
    return a.item()


class ConvertMethods:
    """What `Tensor` gets from this file."""

    __slots__ = ()
    array: Any

    # To other dtypes and memory.

    def to(
        self, *args: Any, dtype: Any = None, device: Any = None, non_blocking: bool = False, copy: bool = False
    ) -> Any:
        """This tensor in another dtype: `to(dtype)`, `to(device, dtype)` or `to(other)`. Itself if nothing changes.

        Examples:
            >>> from tt_tensor import int64, tensor
            >>> tensor([1.7, -1.7]).to(int64)
            tensor([ 1, -1])
        """
        for k, arg in enumerate(args):
            if isinstance(arg, ConvertMethods):
                dtype = arg.array.dtype
            elif isinstance(arg, bool):
                copy = arg if k == len(args) - 1 and k >= 2 else copy
            elif isinstance(arg, str) or type(arg) is type(cpu):
                device = arg
            elif arg is not None:
                dtype = arg
        del non_blocking  # there is nothing to wait for
        check_device(device)
        wanted = self.array.dtype if dtype is None else as_dtype(dtype)
        if wanted == self.array.dtype:
            return clone_p(self) if copy else self
        return cast_p(self, dtype=wanted)

    def type(self, dtype: Any = None, non_blocking: bool = False) -> Any:
        """This tensor in another dtype, itself if it has that dtype; without one, its type's name in PyTorch.

        Examples:
            >>> from tt_tensor import tensor
            >>> tensor([1.0]).type()
            'torch.FloatTensor'
        """
        if dtype is None:
            return f"torch.{_TYPES[self.array.dtype.name]}Tensor"
        if isinstance(dtype, str) and dtype.startswith("torch."):
            name = dtype.removeprefix("torch.").removesuffix("Tensor")
            dtype = next((key for key, value in _TYPES.items() if value == name), dtype)
        return self.to(as_dtype(dtype), non_blocking=non_blocking)

    def type_as(self, other: Any) -> Any:
        """This tensor in the dtype of `other`."""
        return self.to(other.array.dtype)

    def cpu(self) -> Any:
        """This tensor: it is on the CPU."""
        return self

    def half(self) -> Any:
        """This tensor as float16."""
        return self.to(float16)

    def float(self) -> Any:
        """This tensor as float32."""
        return self.to(float32)

    def double(self) -> Any:
        """This tensor as float64."""
        return self.to(float64)

    def char(self) -> Any:
        """This tensor as int8."""
        return self.to(int8)

    def byte(self) -> Any:
        """This tensor as uint8."""
        return self.to(uint8)

    def short(self) -> Any:
        """This tensor as int16."""
        return self.to(int16)

    def int(self) -> Any:
        """This tensor as int32."""
        return self.to(int32)

    def long(self) -> Any:
        """This tensor as int64."""
        return self.to(int64)

    def bool(self) -> Any:
        """This tensor as bool: whether each element is not zero."""
        return self.to(bool_)

    def cfloat(self) -> Any:
        """This tensor as complex64."""
        return self.to(complex64)

    def cdouble(self) -> Any:
        """This tensor as complex128."""
        return self.to(complex128)

    clone, is_nonzero = clone, is_nonzero

    def contiguous(self, memory_format: Any = contiguous_format) -> Any:
        """This tensor if its elements lie in memory in row-major order, else such a copy."""
        if memory_format is not contiguous_format:
            check_format("contiguous", memory_format)
        return self if self.array.flags.c_contiguous else contiguous_p(self)

    # Writing.

    def fill_(self, value: Any) -> Any:
        """Set every element to `value`, in place."""
        return fill_p(self, value, out=self)

    def zero_(self) -> Any:
        """Set every element to 0, in place."""
        return fill_p(self, 0, out=self)

    def copy_(self, src: Any, non_blocking: Any = False) -> Any:
        """Copy the values of `src`, broadcast and cast to this tensor's shape and dtype, into it."""
        del non_blocking
        return copy_p(self, src, out=self)

    # To Python and NumPy.

    def item(self) -> Any:
        """The only element as a Python number.

        Raises:
            RuntimeError: if there is not exactly one.
        """
        return only("item", self)

    def tolist(self) -> Any:
        """The elements as Python numbers in nested lists; a number if there are no dimensions."""
        return self.array.tolist()

    def numpy(self) -> Any:
        """The NumPy array inside: it shares the memory."""
        return self.array

    def __bool__(self) -> Any:
        a = self.array
        if a.size != 1:
            many = "no values" if a.size == 0 else "more than one value"
            raise RuntimeError(
                f"Boolean value of Tensor with {many} is ambiguous; use any() or all() (shape {a.shape})"
            )
        return a.item() != 0

    def __float__(self) -> Any:
        return _python_float(only("float", self))

    def __int__(self) -> Any:
        return _python_int(only("int", self))

    def __complex__(self) -> Any:
        return complex(only("complex", self))

    def __index__(self) -> Any:
        if self.array.dtype.kind not in "iub" or self.array.size != 1:
            raise TypeError("only integer tensors of a single element can be converted to an index")
        return _python_int(self.array.item())

    def __len__(self) -> Any:
        if self.array.ndim == 0:
            raise TypeError("len() of a 0-d tensor")
        return self.array.shape[0]

    def __iter__(self) -> Any:
        if self.array.ndim == 0:
            raise TypeError("iteration over a 0-d tensor")
        return iter(self.unbind(0))  # type: ignore[attr-defined]

    def __contains__(self, element: Any) -> Any:
        if not isinstance(element, (ConvertMethods, *_NUMBER)):
            raise RuntimeError(f"Tensor.__contains__ only supports Tensor or number, got {type(element).__name__}")
        return _python_bool((self.array == getattr(element, "array", element)).any())

    def __format__(self, spec: str) -> str:
        return format(self.array.item(), spec) if self.array.ndim == 0 else object.__format__(self, spec)


# Inside the class these names are methods.
_python_float, _python_int, _python_bool, _NUMBER = float, int, bool, (int, float, complex)

# PyTorch's names of the types of tensors.
_TYPES = {
    "float16": "Half", "float32": "Float", "float64": "Double", "int8": "Char", "int16": "Short", "int32": "Int",
    "int64": "Long", "uint8": "Byte", "uint16": "UInt16", "uint32": "UInt32", "uint64": "UInt64", "bool": "Bool",
    "complex64": "ComplexFloat", "complex128": "ComplexDouble",
}  # fmt: skip
