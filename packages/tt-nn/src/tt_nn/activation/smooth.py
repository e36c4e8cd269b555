"""Smooth activations: sigmoid and tanh, and relatives of relu with a rounded corner."""

from typing import Any

from .. import functional as F
from ..module import Module
from .base import Activation, InPlaceActivation


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


class Softplus(Activation):
    """log(1 + exp(βx)) / β, and x itself where βx > threshold. See `functional.softplus`.

    Examples:
        >>> from tt_tensor import tensor
        >>> Softplus()(tensor([0.0, 30.0]))
        tensor([ 0.6931, 30.0000])
    """

    _settings = ("beta", "threshold")

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        super().__init__()
        self.beta = beta
        self.threshold = threshold

    def forward(self, input: Any) -> Any:
        """The function, applied."""
        return F.softplus(input, self.beta, self.threshold)


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


class SiLU(InPlaceActivation):
    """x · σ(x). See `functional.silu`.

    Examples:
        >>> from tt_tensor import tensor
        >>> SiLU()(tensor([0.0, 1.0]))
        tensor([0.0000, 0.7311])
    """

    def forward(self, input: Any) -> Any:
        """The function, applied."""
        return F.silu(input, self.inplace)


class Mish(InPlaceActivation):
    """x · tanh(softplus(x)). See `functional.mish`.

    Examples:
        >>> from tt_tensor import tensor
        >>> Mish()(tensor([0.0, 1.0]))
        tensor([0.0000, 0.8651])
    """

    def forward(self, input: Any) -> Any:
        """The function, applied."""
        return F.mish(input, self.inplace)


class ELU(InPlaceActivation):
    """x where x > 0, α (exp(x) - 1) elsewhere. See `functional.elu`.

    Examples:
        >>> from tt_tensor import tensor
        >>> ELU()(tensor([-100.0, 2.0]))
        tensor([-1.,  2.])
    """

    _settings = ("alpha",)

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__(inplace)
        self.alpha = alpha

    def forward(self, input: Any) -> Any:
        """The function, applied."""
        return F.elu(input, self.alpha, self.inplace)


class CELU(InPlaceActivation):
    """x where x > 0, α (exp(x / α) - 1) elsewhere. See `functional.celu`.

    Examples:
        >>> from tt_tensor import tensor
        >>> CELU(2.0)(tensor([-100.0, 2.0]))
        tensor([-2.,  2.])
    """

    _settings = ("alpha",)

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__(inplace)
        self.alpha = alpha

    def forward(self, input: Any) -> Any:
        """The function, applied."""
        return F.celu(input, self.alpha, self.inplace)


class SELU(InPlaceActivation):
    """The scaled exponential linear unit. See `functional.selu`.

    Examples:
        >>> from tt_tensor import tensor
        >>> SELU()(tensor([-100.0, 1.0]))
        tensor([-1.7581,  1.0507])
    """

    def forward(self, input: Any) -> Any:
        """The function, applied."""
        return F.selu(input, self.inplace)
