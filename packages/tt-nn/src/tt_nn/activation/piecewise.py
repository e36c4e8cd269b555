"""Activations that are made of straight pieces: relu and its relatives, and what clips or shrinks."""

from typing import Any

from .. import functional as F
from ..init import constant_
from ..module import Module
from ..parameter import Parameter, empty
from .base import Activation, InPlaceActivation


class ReLU(InPlaceActivation):
    """max(x, 0). See `functional.relu`.

    Examples:
        >>> from tt_tensor import tensor
        >>> ReLU()(tensor([-1.0, 2.0]))
        tensor([0., 2.])
    """

    def forward(self, input: Any) -> Any:
        """The function, applied."""
        return F.relu(input, self.inplace)


class ReLU6(InPlaceActivation):
    """relu that stops at 6. See `functional.relu6`.

    Examples:
        >>> from tt_tensor import tensor
        >>> ReLU6()(tensor([-1.0, 9.0]))
        tensor([0., 6.])
    """

    def forward(self, input: Any) -> Any:
        """The function, applied."""
        return F.relu6(input, self.inplace)


class LeakyReLU(InPlaceActivation):
    """x where x > 0, a small slope times x elsewhere. See `functional.leaky_relu`.

    Examples:
        >>> from tt_tensor import tensor
        >>> LeakyReLU(0.5)(tensor([-2.0, 3.0]))
        tensor([-1.,  3.])
    """

    _settings = ("negative_slope",)

    def __init__(self, negative_slope: float = 0.01, inplace: bool = False) -> None:
        super().__init__(inplace)
        self.negative_slope = negative_slope

    def forward(self, input: Any) -> Any:
        """The function, applied."""
        return F.leaky_relu(input, self.negative_slope, self.inplace)


class RReLU(InPlaceActivation):
    """`LeakyReLU` whose slope is drawn anew for each negative element in training. See `functional.rrelu`.

    Examples:
        >>> from tt_tensor import tensor
        >>> RReLU(0.25, 0.75).eval()(tensor([-1.0, 1.0]))
        tensor([-0.5000,  1.0000])
    """

    _settings = ("lower", "upper")

    def __init__(self, lower: float = 1 / 8, upper: float = 1 / 3, inplace: bool = False) -> None:
        super().__init__(inplace)
        self.lower = lower
        self.upper = upper

    def forward(self, input: Any) -> Any:
        """The function, applied."""
        return F.rrelu(input, self.lower, self.upper, self.training, self.inplace)


class PReLU(Activation):
    """`LeakyReLU` with a slope that is learned. See `functional.prelu`.

    Args:
        num_parameters: 1, or the number of channels (dimension 1 of the input), which then have a slope each.
        init: the slope to begin with.
        device: None or "cpu".
        dtype: of the slopes; the default float if None.

    Attributes:
        weight: the slopes, `[num_parameters]`.

    Examples:
        >>> from tt_tensor import tensor
        >>> PReLU()(tensor([-2.0, 3.0]))
        tensor([-0.5000,  3.0000], grad_fn=<PreluBackward0>)
    """

    _settings = ("num_parameters",)

    def __init__(self, num_parameters: int = 1, init: float = 0.25, device: Any = None, dtype: Any = None) -> None:
        super().__init__()
        self.num_parameters, self.init = num_parameters, init
        self.weight = Parameter(empty(num_parameters, device=device, dtype=dtype))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Set the slopes to `init`."""
        constant_(self.weight, self.init)

    def forward(self, input: Any) -> Any:
        """The function, applied."""
        return F.prelu(input, self.weight)


class Threshold(InPlaceActivation):
    """x where x > threshold, `value` elsewhere. See `functional.threshold`.

    Examples:
        >>> from tt_tensor import tensor
        >>> Threshold(0.5, -1.0)(tensor([0.25, 2.0]))
        tensor([-1.,  2.])
    """

    _settings = ("threshold", "value")

    def __init__(self, threshold: float, value: float, inplace: bool = False) -> None:
        super().__init__(inplace)
        self.threshold = threshold
        self.value = value

    def forward(self, input: Any) -> Any:
        """The function, applied."""
        return F.threshold(input, self.threshold, self.value, self.inplace)


class Hardtanh(InPlaceActivation):
    """x held between two bounds. See `functional.hardtanh`.

    Raises:
        AssertionError: if `min_val` is not less than `max_val`.

    Examples:
        >>> from tt_tensor import tensor
        >>> Hardtanh()(tensor([-2.0, 2.0]))
        tensor([-1.,  1.])
    """

    _settings = ("min_val", "max_val")

    def __init__(self, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> None:
        super().__init__(inplace)
        if not max_val > min_val:
            raise AssertionError(f"Hardtanh: max_val must be larger than min_val, got {min_val} and {max_val}")
        self.min_val, self.max_val = min_val, max_val

    def forward(self, input: Any) -> Any:
        """The function, applied."""
        return F.hardtanh(input, self.min_val, self.max_val, self.inplace)


class Hardsigmoid(Module):
    """x/6 + 1/2, held between 0 and 1. See `functional.hardsigmoid`.

    Examples:
        >>> from tt_tensor import tensor
        >>> Hardsigmoid()(tensor([-4.0, 0.0]))
        tensor([0.0000, 0.5000])
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Any) -> Any:
        """The function, applied."""
        return F.hardsigmoid(input, self.inplace)


class Hardswish(Module):
    """x · hardsigmoid(x). See `functional.hardswish`.

    Examples:
        >>> from tt_tensor import tensor
        >>> Hardswish()(tensor([0.0, 4.0]))
        tensor([0., 4.])
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Any) -> Any:
        """The function, applied."""
        return F.hardswish(input, self.inplace)


class _Shrink(Module):
    """What the shrinking activations share: λ."""

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        self.lambd = lambd

    def extra_repr(self) -> str:
        """What was set."""
        return str(self.lambd)


class Hardshrink(_Shrink):
    """x, but 0 where |x| ≤ λ. See `functional.hardshrink`.

    Examples:
        >>> from tt_tensor import tensor
        >>> Hardshrink()(tensor([-0.4, 0.6]))
        tensor([0.0000, 0.6000])
    """

    def forward(self, input: Any) -> Any:
        """The function, applied."""
        return F.hardshrink(input, self.lambd)


class Softshrink(_Shrink):
    """x moved towards 0 by λ, and 0 where |x| ≤ λ. See `functional.softshrink`.

    Examples:
        >>> from tt_tensor import tensor
        >>> Softshrink()(tensor([0.4, 1.0]))
        tensor([0.0000, 0.5000])
    """

    def forward(self, input: Any) -> Any:
        """The function, applied."""
        return F.softshrink(input, self.lambd)
