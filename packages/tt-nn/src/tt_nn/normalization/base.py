"""What the normalization layers share: a weight and a bias."""

from typing import Any

from ..init import ones_, zeros_
from ..module import Module
from ..parameter import Parameter, empty


class Normalization(Module):
    """A layer with a weight and a bias, either of which may be None."""

    weight: Parameter | None
    bias: Parameter | None

    def _make(self, shape: tuple[int, ...], weight: bool, bias: bool, device: Any, dtype: Any) -> None:
        """Make those of the two that are wanted; `reset_parameters` gives them values."""
        self.weight = empty(*shape, device=device, dtype=dtype) if weight else None
        self.bias = empty(*shape, device=device, dtype=dtype) if bias else None

    def reset_parameters(self) -> None:
        """Set the weight to 1 and the bias to 0."""
        if self.weight is not None:
            ones_(self.weight)
        if self.bias is not None:
            zeros_(self.bias)
