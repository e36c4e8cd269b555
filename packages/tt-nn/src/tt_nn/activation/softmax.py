"""Activations along a dimension: the softmaxes, and the gated linear unit."""

from typing import Any

from .. import functional as F
from ..module import Module
from .base import Activation


class _AlongDim(Activation):
    """What the softmaxes share: the dimension."""

    _settings = ("dim",)

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim


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


class GLU(Activation):
    """a · σ(b), where a and b are the two halves of the input along a dimension. See `functional.glu`.

    Examples:
        >>> from tt_tensor import tensor
        >>> GLU()(tensor([3.0, 0.0]))
        tensor([1.5000])
    """

    _settings = ("dim",)

    def __init__(self, dim: int = -1) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Any) -> Any:
        """The function, applied."""
        return F.glu(input, self.dim)
