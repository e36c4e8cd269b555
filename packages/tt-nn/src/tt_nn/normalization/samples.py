"""Normalization of each sample by itself: LayerNorm, GroupNorm, RMSNorm, LocalResponseNorm."""

from typing import Any

from .. import functional as F
from ..init import ones_
from ..module import Module
from ..parameter import empty
from .base import Normalization


class LayerNorm(Normalization):
    """Layer normalization over the last dimensions of each sample. See `functional.layer_norm`.

    Args:
        normalized_shape: the sizes of these dimensions; an int if there is one.
        eps: added to the variance.
        elementwise_affine: whether to learn weight and bias, of shape `normalized_shape`.
        bias: whether to learn a bias.
        device: None or "cpu".
        dtype: of weight and bias.

    Source:
        Ba, Kiros and Hinton, Layer normalization, 2016.

    Examples:
        >>> from tt_tensor import tensor
        >>> LayerNorm(2, elementwise_affine=False)(tensor([[0.0, 2.0], [10.0, 30.0]]))
        tensor([[-1.0000,  1.0000],
                [-1.0000,  1.0000]])
    """

    def __init__(
        self,
        normalized_shape: Any,
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        shape = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
        self.normalized_shape, self.eps, self.elementwise_affine = shape, eps, elementwise_affine
        self._make(shape, elementwise_affine, elementwise_affine and bias, device, dtype)
        self.reset_parameters()

    def forward(self, input: Any) -> Any:
        """The normalized input."""
        return F.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        """What was set."""
        return (
            f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}, "
            f"bias={self.bias is not None}"
        )


class GroupNorm(Normalization):
    """Normalization of groups of channels of each sample. See `functional.group_norm`.

    Args:
        num_groups: the number of groups.
        num_channels: C, a multiple of it.
        eps: added to the variance.
        affine: whether to learn weight and bias, `[C]`.
        device: None or "cpu".
        dtype: of weight and bias.
        bias: whether to learn a bias.

    Raises:
        ValueError: if the groups do not divide the channels.

    Source:
        Wu and He, Group normalization, 2018.

    Examples:
        >>> from tt_tensor import tensor
        >>> GroupNorm(2, 4, affine=False)(tensor([[0.0, 2.0, 10.0, 30.0]]))
        tensor([[-1.0000,  1.0000, -1.0000,  1.0000]])
    """

    def __init__(
        self,
        num_groups: int,
        num_channels: int,
        eps: float = 1e-5,
        affine: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        if num_channels % num_groups:
            raise ValueError(f"GroupNorm: num_channels ({num_channels}) must be divisible by num_groups ({num_groups})")
        self.num_groups, self.num_channels, self.eps, self.affine = num_groups, num_channels, eps, affine
        self._make((num_channels,), affine, affine and bias, device, dtype)
        self.reset_parameters()

    def forward(self, input: Any) -> Any:
        """The normalized input."""
        return F.group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        """What was set."""
        return f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}, bias={self.bias is not None}"


class RMSNorm(Module):
    """Root mean square normalization over the last dimensions of each sample. See `functional.rms_norm`.

    Args:
        normalized_shape: the sizes of these dimensions; an int if there is one.
        eps: added to the mean square; if None the machine epsilon of the dtype, that of float32 for float16.
        elementwise_affine: whether to learn a weight, of shape `normalized_shape`.
        device: None or "cpu".
        dtype: of the weight.

    Source:
        Zhang and Sennrich, Root mean square layer normalization, 2019.

    Examples:
        >>> from tt_tensor import tensor
        >>> RMSNorm(2, elementwise_affine=False)(tensor([1.0, 7.0]))
        tensor([0.2000, 1.4000])
    """

    def __init__(
        self,
        normalized_shape: Any,
        eps: float | None = None,
        elementwise_affine: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        shape = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
        self.normalized_shape, self.eps, self.elementwise_affine = shape, eps, elementwise_affine
        self.weight = empty(*shape, device=device, dtype=dtype) if elementwise_affine else None
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Set the weight to 1."""
        if self.weight is not None:
            ones_(self.weight)

    def forward(self, input: Any) -> Any:
        """The normalized input."""
        return F.rms_norm(input, self.normalized_shape, self.weight, self.eps)

    def extra_repr(self) -> str:
        """What was set."""
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"


class LocalResponseNorm(Module):
    """Each channel divided by the energy of its neighbours. See `functional.local_response_norm`.

    Examples:
        >>> from tt_tensor import ones
        >>> LocalResponseNorm(2, alpha=1.0, beta=1.0)(ones(1, 2, 2))
        tensor([[[0.6667, 0.6667],
                 [0.5000, 0.5000]]])
    """

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> None:
        super().__init__()
        self.size, self.alpha, self.beta, self.k = size, alpha, beta, k

    def forward(self, input: Any) -> Any:
        """The normalized input."""
        return F.local_response_norm(input, self.size, self.alpha, self.beta, self.k)

    def extra_repr(self) -> str:
        """What was set."""
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"
