"""Activations as modules. Each is one of `tt_nn.functional`, with its settings kept."""

from typing import Any

from . import functional as F
from .init import constant_
from .module import Module
from .parameter import Parameter, empty


class _InPlace(Module):
    """What the activations without settings share: whether they write the result into their input."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def extra_repr(self) -> str:
        """What was set."""
        return "inplace=True" if self.inplace else ""


class _Shrink(Module):
    """What the shrinking activations share: λ."""

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        self.lambd = lambd

    def extra_repr(self) -> str:
        """What was set."""
        return str(self.lambd)


class _AlongDim(Module):
    """What the softmaxes share: the dimension."""

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def extra_repr(self) -> str:
        """What was set."""
        return f"dim={self.dim}"


class ReLU(_InPlace):
    """max(x, 0). See `functional.relu`.

    Examples:
        >>> from tt_tensor import tensor
        >>> ReLU()(tensor([-1.0, 2.0]))
        tensor([0., 2.])
    """

    def forward(self, input: Any) -> Any:
        """The function, applied."""
        return F.relu(input, self.inplace)


class ReLU6(_InPlace):
    """relu that stops at 6. See `functional.relu6`.

    Examples:
        >>> from tt_tensor import tensor
        >>> ReLU6()(tensor([-1.0, 9.0]))
        tensor([0., 6.])
    """

    def forward(self, input: Any) -> Any:
        """The function, applied."""
        return F.relu6(input, self.inplace)


class SiLU(_InPlace):
    """x · σ(x). See `functional.silu`.

    Examples:
        >>> from tt_tensor import tensor
        >>> SiLU()(tensor([0.0, 1.0]))
        tensor([0.0000, 0.7311])
    """

    def forward(self, input: Any) -> Any:
        """The function, applied."""
        return F.silu(input, self.inplace)


class Mish(_InPlace):
    """x · tanh(softplus(x)). See `functional.mish`.

    Examples:
        >>> from tt_tensor import tensor
        >>> Mish()(tensor([0.0, 1.0]))
        tensor([0.0000, 0.8651])
    """

    def forward(self, input: Any) -> Any:
        """The function, applied."""
        return F.mish(input, self.inplace)


class SELU(_InPlace):
    """The scaled exponential linear unit. See `functional.selu`.

    Examples:
        >>> from tt_tensor import tensor
        >>> SELU()(tensor([-100.0, 1.0]))
        tensor([-1.7581,  1.0507])
    """

    def forward(self, input: Any) -> Any:
        """The function, applied."""
        return F.selu(input, self.inplace)


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


class LeakyReLU(Module):
    """x where x > 0, a small slope times x elsewhere. See `functional.leaky_relu`.

    Examples:
        >>> from tt_tensor import tensor
        >>> LeakyReLU(0.5)(tensor([-2.0, 3.0]))
        tensor([-1.,  3.])
    """

    def __init__(self, negative_slope: float = 0.01, inplace: bool = False) -> None:
        super().__init__()
        self.negative_slope = negative_slope
        self.inplace = inplace

    def forward(self, input: Any) -> Any:
        """The function, applied."""
        return F.leaky_relu(input, self.negative_slope, self.inplace)

    def extra_repr(self) -> str:
        """What was set."""
        return f"negative_slope={self.negative_slope}" + (", inplace=True" if self.inplace else "")


class ELU(Module):
    """x where x > 0, α (exp(x) - 1) elsewhere. See `functional.elu`.

    Examples:
        >>> from tt_tensor import tensor
        >>> ELU()(tensor([-100.0, 2.0]))
        tensor([-1.,  2.])
    """

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        self.alpha = alpha
        self.inplace = inplace

    def forward(self, input: Any) -> Any:
        """The function, applied."""
        return F.elu(input, self.alpha, self.inplace)

    def extra_repr(self) -> str:
        """What was set."""
        return f"alpha={self.alpha}" + (", inplace=True" if self.inplace else "")


class CELU(Module):
    """x where x > 0, α (exp(x / α) - 1) elsewhere. See `functional.celu`.

    Examples:
        >>> from tt_tensor import tensor
        >>> CELU(2.0)(tensor([-100.0, 2.0]))
        tensor([-2.,  2.])
    """

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        self.alpha = alpha
        self.inplace = inplace

    def forward(self, input: Any) -> Any:
        """The function, applied."""
        return F.celu(input, self.alpha, self.inplace)

    def extra_repr(self) -> str:
        """What was set."""
        return f"alpha={self.alpha}" + (", inplace=True" if self.inplace else "")


class GELU(Module):
    """x Φ(x). See `functional.gelu`.

    Examples:
        >>> from tt_tensor import tensor
        >>> GELU()(tensor([0.0, 1.0]))
        tensor([0.0000, 0.8413])
    """

    def __init__(self, approximate: str = "none") -> None:
        super().__init__()
        self.approximate = approximate

    def forward(self, input: Any) -> Any:
        """The function, applied."""
        return F.gelu(input, self.approximate)

    def extra_repr(self) -> str:
        """What was set."""
        return f"approximate={self.approximate!r}"


class Sigmoid(Module):
    """1 / (1 + exp(-x)). See `functional.sigmoid`.

    Examples:
        >>> from tt_tensor import tensor
        >>> Sigmoid()(tensor([0.0, 1000.0]))
        tensor([0.5000, 1.0000])
    """

    def forward(self, input: Any) -> Any:
        """The function, applied."""
        return F.sigmoid(input)


class LogSigmoid(Module):
    """log σ(x). See `functional.logsigmoid`.

    Examples:
        >>> from tt_tensor import tensor
        >>> LogSigmoid()(tensor([0.0]))
        tensor([-0.6931])
    """

    def forward(self, input: Any) -> Any:
        """The function, applied."""
        return F.logsigmoid(input)


class Tanh(Module):
    """The hyperbolic tangent. See `functional.tanh`.

    Examples:
        >>> from tt_tensor import tensor
        >>> Tanh()(tensor([0.0, 1.0]))
        tensor([0.0000, 0.7616])
    """

    def forward(self, input: Any) -> Any:
        """The function, applied."""
        return F.tanh(input)


class Tanhshrink(Module):
    """x - tanh(x). See `functional.tanhshrink`.

    Examples:
        >>> from tt_tensor import tensor
        >>> Tanhshrink()(tensor([0.0, 1.0]))
        tensor([0.0000, 0.2384])
    """

    def forward(self, input: Any) -> Any:
        """The function, applied."""
        return F.tanhshrink(input)


class Softsign(Module):
    """x / (1 + |x|). See `functional.softsign`.

    Examples:
        >>> from tt_tensor import tensor
        >>> Softsign()(tensor([-1.0, 3.0]))
        tensor([-0.5000,  0.7500])
    """

    def forward(self, input: Any) -> Any:
        """The function, applied."""
        return F.softsign(input)


class Softplus(Module):
    """log(1 + exp(βx)) / β, and x itself where βx > threshold. See `functional.softplus`.

    Examples:
        >>> from tt_tensor import tensor
        >>> Softplus()(tensor([0.0, 30.0]))
        tensor([ 0.6931, 30.0000])
    """

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        super().__init__()
        self.beta = beta
        self.threshold = threshold

    def forward(self, input: Any) -> Any:
        """The function, applied."""
        return F.softplus(input, self.beta, self.threshold)

    def extra_repr(self) -> str:
        """What was set."""
        return f"beta={self.beta}, threshold={self.threshold}"


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


class Threshold(Module):
    """x where x > threshold, `value` elsewhere. See `functional.threshold`.

    Examples:
        >>> from tt_tensor import tensor
        >>> Threshold(0.5, -1.0)(tensor([0.25, 2.0]))
        tensor([-1.,  2.])
    """

    def __init__(self, threshold: float, value: float, inplace: bool = False) -> None:
        super().__init__()
        self.threshold = threshold
        self.value = value
        self.inplace = inplace

    def forward(self, input: Any) -> Any:
        """The function, applied."""
        return F.threshold(input, self.threshold, self.value, self.inplace)

    def extra_repr(self) -> str:
        """What was set."""
        return f"threshold={self.threshold}, value={self.value}" + (", inplace=True" if self.inplace else "")


class RReLU(Module):
    """`LeakyReLU` whose slope is drawn anew for each negative element in training. See `functional.rrelu`.

    Examples:
        >>> from tt_tensor import tensor
        >>> RReLU(0.25, 0.75).eval()(tensor([-1.0, 1.0]))
        tensor([-0.5000,  1.0000])
    """

    def __init__(self, lower: float = 1 / 8, upper: float = 1 / 3, inplace: bool = False) -> None:
        super().__init__()
        self.lower = lower
        self.upper = upper
        self.inplace = inplace

    def forward(self, input: Any) -> Any:
        """The function, applied."""
        return F.rrelu(input, self.lower, self.upper, self.training, self.inplace)

    def extra_repr(self) -> str:
        """What was set."""
        return f"lower={self.lower}, upper={self.upper}" + (", inplace=True" if self.inplace else "")


class GLU(Module):
    """a · σ(b), where a and b are the two halves of the input along a dimension. See `functional.glu`.

    Examples:
        >>> from tt_tensor import tensor
        >>> GLU()(tensor([3.0, 0.0]))
        tensor([1.5000])
    """

    def __init__(self, dim: int = -1) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Any) -> Any:
        """The function, applied."""
        return F.glu(input, self.dim)

    def extra_repr(self) -> str:
        """What was set."""
        return f"dim={self.dim}"


class Softmax(_AlongDim):
    """exp(xᵢ) / Σⱼ exp(xⱼ) along a dimension. See `functional.softmax`.

    Examples:
        >>> from tt_tensor import tensor
        >>> Softmax(dim=0)(tensor([0.0, 0.0]))
        tensor([0.5000, 0.5000])
    """

    def forward(self, input: Any) -> Any:
        """The function, applied."""
        return F.softmax(input, self.dim, _stacklevel=5)


class Softmin(_AlongDim):
    """The softmax of -x. See `functional.softmin`.

    Examples:
        >>> from tt_tensor import tensor
        >>> Softmin(dim=0)(tensor([0.0, 0.0]))
        tensor([0.5000, 0.5000])
    """

    def forward(self, input: Any) -> Any:
        """The function, applied."""
        return F.softmin(input, self.dim, _stacklevel=5)


class LogSoftmax(_AlongDim):
    """log softmax(x) along a dimension. See `functional.log_softmax`.

    Examples:
        >>> from tt_tensor import tensor
        >>> LogSoftmax(dim=0)(tensor([0.0, 0.0]))
        tensor([-0.6931, -0.6931])
    """

    def forward(self, input: Any) -> Any:
        """The function, applied."""
        return F.log_softmax(input, self.dim, _stacklevel=5)


class Hardtanh(Module):
    """x held between two bounds. See `functional.hardtanh`.

    Raises:
        AssertionError: if `min_val` is not less than `max_val`.

    Examples:
        >>> from tt_tensor import tensor
        >>> Hardtanh()(tensor([-2.0, 2.0]))
        tensor([-1.,  1.])
    """

    def __init__(self, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        if not max_val > min_val:
            raise AssertionError(f"Hardtanh: max_val must be larger than min_val, got {min_val} and {max_val}")
        self.min_val, self.max_val, self.inplace = min_val, max_val, inplace

    def forward(self, input: Any) -> Any:
        """The function, applied."""
        return F.hardtanh(input, self.min_val, self.max_val, self.inplace)

    def extra_repr(self) -> str:
        """What was set."""
        return f"min_val={self.min_val}, max_val={self.max_val}" + (", inplace=True" if self.inplace else "")


class Softmax2d(Module):
    """The softmax over the channels of `[N, C, H, W]` or `[C, H, W]`, at each place of an image.

    Raises:
        ValueError: for another number of dimensions.

    Examples:
        >>> from tt_tensor import zeros
        >>> Softmax2d()(zeros(1, 2, 1, 1))
        tensor([[[[0.5000]],
                 [[0.5000]]]])
    """

    def forward(self, input: Any) -> Any:
        """The function, applied."""
        if input.ndim not in (3, 4):
            raise ValueError(f"Softmax2d: expected input to be 3D or 4D, got {input.ndim}D instead")
        return F.softmax(input, -3)


class PReLU(Module):
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

    def extra_repr(self) -> str:
        """What was set."""
        return f"num_parameters={self.num_parameters}"
