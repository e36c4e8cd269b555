"""Padding layers: ZeroPad, ConstantPad, ReflectionPad, ReplicationPad and CircularPad in one to three dimensions."""

from typing import Any

from tt_nn.module import Module

from .ops.pad import pad


class _Pad(Module):
    """What all have in common: widths for each edge, the last dimension first."""

    _dims: int
    mode = "constant"
    padding: tuple[int, ...]

    def __init__(self, padding: Any) -> None:
        super().__init__()
        n = 2 * self._dims
        wide = tuple(padding) if isinstance(padding, tuple | list) else (padding,) * n
        if len(wide) != n:
            raise ValueError(f"{self._get_name()}: padding must be an int or {n} ints, got {padding!r}")
        self.padding = wide

    def forward(self, input: Any) -> Any:
        """The padded input."""
        return pad(input, self.padding, self.mode)

    def extra_repr(self) -> str:
        """The widths."""
        return f"{self.padding}"


class _ConstantPad(_Pad):
    """What those have in common that add a value."""

    def __init__(self, padding: Any, value: float) -> None:
        super().__init__(padding)
        self.value = value

    def forward(self, input: Any) -> Any:
        """The padded input."""
        return pad(input, self.padding, "constant", self.value)

    def extra_repr(self) -> str:
        """The widths and the value."""
        return f"padding={self.padding}, value={self.value}"


class _ZeroPad(_ConstantPad):
    """What those have in common that add zeros."""

    def __init__(self, padding: Any) -> None:
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        """The widths."""
        return f"{self.padding}"


class ZeroPad1d(_ZeroPad):
    """The input with zeros added at its edges, in the last dimension. See `functional.pad`.

    Examples:
        >>> from tt_tensor import tensor
        >>> ZeroPad1d((1, 1))(tensor([1.0, 2.0]).reshape(1, 2)).flatten()
        tensor([0., 1., 2., 0.])
    """

    _dims = 1


class ZeroPad2d(_ZeroPad):
    """The input with zeros added at its edges, in the last two dimensions. See `functional.pad`.

    Args:
        padding: how many places to add left, right, at the top and at the bottom; one int for all.

    Examples:
        >>> from tt_tensor import tensor
        >>> ZeroPad2d((1, 1, 0, 0))(tensor([1.0, 2.0]).reshape(1, 1, 2)).flatten()
        tensor([0., 1., 2., 0.])
    """

    _dims = 2


class ZeroPad3d(_ZeroPad):
    """The input with zeros added at its edges, in the last three dimensions. See `functional.pad`.

    Examples:
        >>> from tt_tensor import tensor
        >>> ZeroPad3d((1, 1, 0, 0, 0, 0))(tensor([1.0, 2.0]).reshape(1, 1, 1, 2)).flatten()
        tensor([0., 1., 2., 0.])
    """

    _dims = 3


class ConstantPad1d(_ConstantPad):
    """The input with a value added at its edges, in the last dimension. See `functional.pad`.

    Examples:
        >>> from tt_tensor import tensor
        >>> ConstantPad1d((1, 1), 9.0)(tensor([1.0, 2.0]).reshape(1, 2)).flatten()
        tensor([9., 1., 2., 9.])
    """

    _dims = 1


class ConstantPad2d(_ConstantPad):
    """The input with a value added at its edges, in the last two dimensions. See `functional.pad`.

    Args:
        padding: how many places to add left, right, at the top and at the bottom; one int for all.
        value: what is added.

    Examples:
        >>> from tt_tensor import tensor
        >>> ConstantPad2d((1, 1, 0, 0), 9.0)(tensor([1.0, 2.0]).reshape(1, 1, 2)).flatten()
        tensor([9., 1., 2., 9.])
    """

    _dims = 2


class ConstantPad3d(_ConstantPad):
    """The input with a value added at its edges, in the last three dimensions. See `functional.pad`.

    Examples:
        >>> from tt_tensor import tensor
        >>> ConstantPad3d((1, 1, 0, 0, 0, 0), 9.0)(tensor([1.0, 2.0]).reshape(1, 1, 1, 2)).flatten()
        tensor([9., 1., 2., 9.])
    """

    _dims = 3


class _ReflectionPad(_Pad):
    """What the three have in common."""

    mode = "reflect"


class ReflectionPad1d(_ReflectionPad):
    """The input with its places reflected at its edges, in the last dimension. See `functional.pad`.

    Examples:
        >>> from tt_tensor import tensor
        >>> ReflectionPad1d((1, 1))(tensor([1.0, 2.0]).reshape(1, 2)).flatten()
        tensor([2., 1., 2., 1.])
    """

    _dims = 1


class ReflectionPad2d(_ReflectionPad):
    """The input with its places reflected at its edges, in the last two dimensions. See `functional.pad`.

    Args:
        padding: how many places to add left, right, at the top and at the bottom; one int for all.

    Examples:
        >>> from tt_tensor import tensor
        >>> ReflectionPad2d((1, 1, 0, 0))(tensor([1.0, 2.0]).reshape(1, 1, 2)).flatten()
        tensor([2., 1., 2., 1.])
    """

    _dims = 2


class ReflectionPad3d(_ReflectionPad):
    """The input with its places reflected at its edges, in the last three dimensions. See `functional.pad`.

    Examples:
        >>> from tt_tensor import tensor
        >>> ReflectionPad3d((1, 1, 0, 0, 0, 0))(tensor([1.0, 2.0]).reshape(1, 1, 1, 2)).flatten()
        tensor([2., 1., 2., 1.])
    """

    _dims = 3


class _ReplicationPad(_Pad):
    """What the three have in common."""

    mode = "replicate"


class ReplicationPad1d(_ReplicationPad):
    """The input with its edges repeated, in the last dimension. See `functional.pad`.

    Examples:
        >>> from tt_tensor import tensor
        >>> ReplicationPad1d((1, 1))(tensor([1.0, 2.0]).reshape(1, 2)).flatten()
        tensor([1., 1., 2., 2.])
    """

    _dims = 1


class ReplicationPad2d(_ReplicationPad):
    """The input with its edges repeated, in the last two dimensions. See `functional.pad`.

    Args:
        padding: how many places to add left, right, at the top and at the bottom; one int for all.

    Examples:
        >>> from tt_tensor import tensor
        >>> ReplicationPad2d((1, 1, 0, 0))(tensor([1.0, 2.0]).reshape(1, 1, 2)).flatten()
        tensor([1., 1., 2., 2.])
    """

    _dims = 2


class ReplicationPad3d(_ReplicationPad):
    """The input with its edges repeated, in the last three dimensions. See `functional.pad`.

    Examples:
        >>> from tt_tensor import tensor
        >>> ReplicationPad3d((1, 1, 0, 0, 0, 0))(tensor([1.0, 2.0]).reshape(1, 1, 1, 2)).flatten()
        tensor([1., 1., 2., 2.])
    """

    _dims = 3


class _CircularPad(_Pad):
    """What the three have in common."""

    mode = "circular"


class CircularPad1d(_CircularPad):
    """The input with its places added in a circle, in the last dimension. See `functional.pad`.

    Examples:
        >>> from tt_tensor import tensor
        >>> CircularPad1d((1, 1))(tensor([1.0, 2.0]).reshape(1, 2)).flatten()
        tensor([2., 1., 2., 1.])
    """

    _dims = 1


class CircularPad2d(_CircularPad):
    """The input with its places added in a circle, in the last two dimensions. See `functional.pad`.

    Args:
        padding: how many places to add left, right, at the top and at the bottom; one int for all.

    Examples:
        >>> from tt_tensor import tensor
        >>> CircularPad2d((1, 1, 0, 0))(tensor([1.0, 2.0]).reshape(1, 1, 2)).flatten()
        tensor([2., 1., 2., 1.])
    """

    _dims = 2


class CircularPad3d(_CircularPad):
    """The input with its places added in a circle, in the last three dimensions. See `functional.pad`.

    Examples:
        >>> from tt_tensor import tensor
        >>> CircularPad3d((1, 1, 0, 0, 0, 0))(tensor([1.0, 2.0]).reshape(1, 1, 1, 2)).flatten()
        tensor([2., 1., 2., 1.])
    """

    _dims = 3
