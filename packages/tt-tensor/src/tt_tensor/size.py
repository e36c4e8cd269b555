"""The shape of a tensor, the device that it is on, and how it lies in memory."""

from math import prod
from typing import Any, Self


class Size(tuple[int, ...]):
    """The shape of a tensor: a tuple of ints that knows how many elements there are.

    Examples:
        >>> from tt_tensor import zeros
        >>> zeros(2, 3).shape, zeros(2, 3).shape.numel()
        (torch.Size([2, 3]), 6)
    """

    __slots__ = ()

    def numel(self) -> int:
        """The number of elements: the product of the sizes, 1 for a 0-d tensor."""
        return prod(self)

    def __repr__(self) -> str:
        return f"torch.Size([{', '.join(map(str, self))}])"

    def __add__(self, other: Any) -> "Size":
        return Size(tuple.__add__(self, tuple(other)))

    def __radd__(self, other: Any) -> "Size":
        return Size(tuple.__add__(tuple(other), self))

    def __mul__(self, n: Any) -> "Size":
        return Size(tuple.__mul__(self, n))

    __rmul__ = __mul__

    def __getitem__(self, index: Any) -> Any:
        part = tuple.__getitem__(self, index)
        return Size(part) if isinstance(index, slice) else part


class device:
    """Where a tensor's memory is. There is one: the CPU.

    As a context, `with device("cpu"):`, it is where tensors are made, as it is anyhow.

    Args:
        type: "cpu" or "cpu:0", or a device.
        index: 0 or None.

    Raises:
        RuntimeError: for any other device.

    Examples:
        >>> from tt_tensor import device
        >>> device("cpu")
        device(type='cpu')
    """

    __slots__ = ("index", "type")
    index: "Any"

    def __init__(self, type: "str | device" = "cpu", index: int | None = None) -> None:
        if isinstance(type, device):
            type, index = "cpu", type.index  # type: ignore[assignment]
        if not isinstance(type, str):
            raise TypeError(f"device: expected a string such as 'cpu', got {type!r}")
        name, _, number = type.partition(":")
        if name != "cpu" or number not in ("", "0") or index not in (None, 0):
            raise RuntimeError(
                f"device: {type!r} is not available; tensors live on the CPU: pass 'cpu' or leave it out"
            )
        self.type: str = name
        self.index = 0 if number or index == 0 else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        pass

    def __repr__(self) -> str:
        return "device(type='cpu')" if self.index is None else "device(type='cpu', index=0)"

    def __str__(self) -> str:
        return "cpu" if self.index is None else "cpu:0"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, device) and (self.type, self.index) == (other.type, other.index)

    def __hash__(self) -> int:
        return hash((self.type, self.index))


cpu = device("cpu")


def check_device(where: Any) -> None:
    """Raise unless `where` is None or names the CPU."""
    if where is not None:
        device(where)


def get_default_device() -> device:
    """Where tensors are made: the CPU."""
    return cpu


def set_default_device(device: Any) -> None:
    """Have tensors made on the CPU, where they are made anyhow.

    Args:
        device: the CPU, or None.

    Raises:
        RuntimeError: for any other device.
    """
    check_device(device)


class memory_format:
    """How elements lie in memory, as code written for PyTorch asks for it: row after row, or as those that are copied."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self) -> str:
        return self.name  # copies are the same object


contiguous_format = memory_format("contiguous_format")
"""The elements in row-major order, as `contiguous` lays them out."""

preserve_format = memory_format("preserve_format")
"""The elements in whatever order copies have them: mostly that of what is copied."""


def check_format(name: str, wanted: Any) -> None:
    """Raise unless `wanted` is one of the two memory formats that there are."""
    if wanted is not contiguous_format and wanted is not preserve_format:  # == asks an array for each element
        raise TypeError(f"{name}: memory_format must be contiguous_format or preserve_format, got {wanted!r}")
