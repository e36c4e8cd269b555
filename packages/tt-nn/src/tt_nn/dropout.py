"""Dropout: parts of the input set to zero at random in training, so that no unit relies on another."""

import math
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from tt_tensor.errors import DTypeError, ShapeError
from tt_tensor.generator import default_generator
from tt_tensor.tensor import Tensor as Base

from .module import Module

ALPHA = 1.7580993408473766  # where SELU saturates: -scale · alpha


def _drops(name: str, input: Any, p: float, training: bool) -> bool:
    """Whether anything is to be dropped. Raises unless `p` is a probability and `input` a tensor, which then must be floating."""
    if not 0 <= p <= 1:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
    if not isinstance(input, Base):
        raise TypeError(f"{name}: expected a tensor, got {type(input).__name__}; convert it with tensor(...)")
    if not training or p == 0:
        return False
    if input.array.dtype.kind not in "fc":
        raise DTypeError(f"{name}: the input must be floating, got {input.array.dtype}; convert it with .float()")
    return True


def _kept(input: Any, p: float, shape: tuple[int, ...]) -> Any:
    """Random ones, each zero with probability `p`, in the input's dtype."""
    return (default_generator.numpy.random(shape, np.float32) >= p).astype(input.array.dtype)


def _masked(name: str, input: Any, p: float, training: bool, inplace: bool, shape: Any = None) -> Any:
    """`input` times a mask of `shape`, by default its own, scaled so that the mean stays."""
    if not _drops(name, input, p, training):
        return input
    mask = _kept(input, p, input.array.shape if shape is None else shape)
    if p < 1:
        mask *= 1 / (1 - p)
    return input.mul_(mask) if inplace else input * mask


def _saturated(name: str, input: Any, p: float, training: bool, inplace: bool, shape: Any = None) -> Any:
    """`input` with what a mask of `shape` (by default its own) drops set to -ALPHA, scaled and moved: mean and variance stay."""
    if not _drops(name, input, p, training):
        return input
    kept = _kept(input, p, input.array.shape if shape is None else shape)
    a = 0.0 if p == 1 else 1 / math.sqrt((ALPHA**2 * p + 1) * (1 - p))
    shift = (kept - 1) * (ALPHA * a) + ALPHA * a * p
    shift, scale = shift.astype(kept.dtype, copy=False), kept * kept.dtype.type(a)
    return input.mul_(scale).add_(shift) if inplace else input * scale + shift


def _channels(name: str, input: Any, single: Sequence[int] = ()) -> tuple[int, ...]:
    """The shape of a mask with one entry per channel; an input with `single` many dimensions has no batch dimension."""
    if not isinstance(input, Base):
        raise TypeError(f"{name}: expected a tensor, got {type(input).__name__}; convert it with tensor(...)")
    shape: tuple[int, ...] = input.array.shape
    lead = 1 if len(shape) in single else 2
    return shape[:lead] + (1,) * (len(shape) - lead)


def dropout(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """Set each element to zero with probability `p`, and divide the others by 1 - p.

    Args:
        input: any shape, floating.
        p: the probability, in [0, 1].
        training: nothing is done without.
        inplace: whether to write the result into `input`.

    Raises:
        ValueError: if `p` is not a probability.
        DTypeError: if the input is not floating, and something is to be dropped.

    Examples:
        >>> from tt_tensor import ones
        >>> sorted(set(dropout(ones(100), 0.5).tolist()))
        [0.0, 2.0]
    """
    return _masked("dropout", input, p, training, inplace)


def dropout1d(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """Set whole channels of `[N, C, L]` or `[C, L]` to zero with probability `p`, and divide the others by 1 - p."""
    shape = _channels("dropout1d", input, (2,))
    if len(shape) not in (2, 3):
        raise ShapeError(
            f"dropout1d: Expected 2D or 3D input, but received a {len(shape)}D input; use dropout for single elements, "
            f"dropout2d for images"
        )
    return _masked("dropout1d", input, p, training, inplace, shape)


def _warned(name: str, shape: tuple[int, ...], expected: tuple[int, ...]) -> None:
    """Raise if there are no channels, and warn if the number of dimensions is not an `expected` one."""
    if len(shape) < 2:
        raise ShapeError(f"{name}: Feature dropout requires at least 2 dimensions in the input, got shape {shape}")
    if len(shape) not in expected:
        warnings.warn(
            f"{name}: received a {len(shape)}-D input, of which whole channels are dropped; use dropout or dropout1d",
            stacklevel=3,
        )


def dropout2d(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """Set whole channels of `[N, C, H, W]` to zero with probability `p`, and divide the others by 1 - p."""
    shape = _channels("dropout2d", input)
    _warned("dropout2d", shape, (4,))
    return _masked("dropout2d", input, p, training, inplace, shape)


def dropout3d(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """Set whole channels of `[N, C, D, H, W]` or `[C, D, H, W]` to zero with probability `p`, and divide the others by 1 - p."""
    shape = _channels("dropout3d", input, (2, 3, 4))
    _warned("dropout3d", shape, (4, 5))
    return _masked("dropout3d", input, p, training, inplace, shape)


def alpha_dropout(input: Any, p: float = 0.5, training: bool = False, inplace: bool = False) -> Any:
    """Set elements to the value at which SELU saturates, then scale and shift: mean and variance stay. Klambauer et al., 2017."""
    return _saturated("alpha_dropout", input, p, training, inplace)


def feature_alpha_dropout(input: Any, p: float = 0.5, training: bool = False, inplace: bool = False) -> Any:
    """`alpha_dropout` of whole channels of `[N, C, ...]`."""
    shape = _channels("feature_alpha_dropout", input)
    _warned("feature_alpha_dropout", shape, (len(shape),))
    return _saturated("feature_alpha_dropout", input, p, training, inplace, shape)


class _Dropout(Module):
    """What the layers share: a probability, and whether they work in place."""

    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__()
        if p < 0 or p > 1:
            raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
        self.p, self.inplace = p, inplace

    def extra_repr(self) -> str:
        """The probability, and whether it works in place."""
        return f"p={self.p}, inplace={self.inplace}"


class Dropout(_Dropout):
    """In training, set each element to zero with probability `p`, and divide the others by 1 - p. Srivastava et al., 2014.

    Args:
        p: the probability, in [0, 1].
        inplace: whether to write the result into the input.

    Examples:
        >>> from tt_tensor import ones
        >>> layer = Dropout(0.2).eval()
        >>> layer(ones(3))
        tensor([1., 1., 1.])
    """

    def forward(self, input: Any) -> Any:
        """The same shape."""
        return dropout(input, self.p, self.training, self.inplace)


class Dropout1d(_Dropout):
    """In training, set whole channels of `[N, C, L]` to zero with probability `p`: see `dropout1d`."""

    def forward(self, input: Any) -> Any:
        """The same shape."""
        return dropout1d(input, self.p, self.training, self.inplace)


class Dropout2d(_Dropout):
    """In training, set whole channels of `[N, C, H, W]` to zero with probability `p`: see `dropout2d`."""

    def forward(self, input: Any) -> Any:
        """The same shape."""
        return dropout2d(input, self.p, self.training, self.inplace)


class Dropout3d(_Dropout):
    """In training, set whole channels of `[N, C, D, H, W]` to zero with probability `p`: see `dropout3d`."""

    def forward(self, input: Any) -> Any:
        """The same shape."""
        return dropout3d(input, self.p, self.training, self.inplace)


class AlphaDropout(_Dropout):
    """Dropout for networks of SELUs, which keeps mean and variance: see `alpha_dropout`."""

    def forward(self, input: Any) -> Any:
        """The same shape."""
        return alpha_dropout(input, self.p, self.training, self.inplace)


class FeatureAlphaDropout(_Dropout):
    """`AlphaDropout` of whole channels."""

    def forward(self, input: Any) -> Any:
        """The same shape."""
        return feature_alpha_dropout(input, self.p, self.training, self.inplace)
