"""Positions as layers: learned and sinusoidal vectors, RoPE, ALiBi. A decoder has one of them."""

from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any

import numpy as np
from tt_autograd import from_numpy
from tt_nn import Module, init
from tt_nn.functional import embedding
from tt_nn.parameter import Parameter, empty
from tt_tensor.dtypes import as_dtype, get_default_dtype
from tt_tensor.errors import DTypeError, ShapeError
from tt_tensor.tensor import Tensor as Base

from .config import is_number, positive
from .positions import alibi_slopes, rope_frequencies, rope_length, rotate, sinusoids


def places_of(layer: Module, x: Any, positions: Any, width: int) -> Any:
    """The positions of the vectors `x` as an array, `[T]` or `[B or 1, T]`; raises unless both fit the layer."""
    name = type(layer).__name__
    if not isinstance(x, Base):
        raise TypeError(f"{name}: x must be a tensor, got {type(x).__name__}; convert it with tensor(...)")
    if x.dtype.kind != "f":
        raise DTypeError(f"{name}: x must be floating, got {x.dtype}; give the vectors of the tokens, not their ids")
    if x.ndim < 2 or x.shape[-1] != width:
        raise ShapeError(f"{name}: x must be [..., T, {width}], got shape {tuple(x.shape)}")
    if positions is None:
        return np.arange(x.shape[-2])
    places = getattr(positions, "array", positions)
    if not isinstance(places, np.ndarray) or places.dtype.kind not in "iu":
        raise TypeError(
            f"{name}: positions must be a tensor of whole numbers, got {getattr(places, 'dtype', type(places).__name__)}"
        )
    T = x.shape[-2]
    fitting = [(T,)] if x.ndim == 2 else [(T,), (1, T), (x.shape[0], T)]
    if places.shape not in fitting:
        raise ShapeError(f"{name}: positions must be [T] or [B, T] for x {tuple(x.shape)}, got shape {places.shape}")
    return places


class LearnedPositions(Module):
    """x plus a vector for each position, all of them learned: what GPT-2 has.

    Args:
        max_length: how many positions there are.
        width: the size of a vector.
        device: None or "cpu".
        dtype: of the table; the default float if None.

    Attributes:
        weight: `[max_length, width]`, at first standard normal.

    Source:
        Gehring et al., Convolutional sequence to sequence learning, 2017.

    Examples:
        >>> from tt_tensor import arange, ones
        >>> positions = LearnedPositions(64, 8)
        >>> positions(ones(2, 10, 8)).shape
        torch.Size([2, 10, 8])
        >>> positions(ones(2, 1, 8), arange(10, 11)).shape  # the token after these
        torch.Size([2, 1, 8])
    """

    weight: Parameter

    def __init__(self, max_length: int, width: int, *, device: Any = None, dtype: Any = None) -> None:
        super().__init__()
        self.max_length, self.width = max_length, width
        positive(self, "max_length")
        positive(self, "width")
        self.weight = empty(max_length, width, device=device, dtype=dtype)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the table anew."""
        init.normal_(self.weight)

    def extra_repr(self) -> str:
        """The settings."""
        return f"{self.max_length}, {self.width}"

    def forward(self, x: Any, positions: Any = None) -> Any:
        """x with the vectors of its positions added.

        Args:
            x: floating, `[B, T, width]` or `[T, width]`.
            positions: int64, `[T]` or `[B, T]`; 0, 1, … if None.

        Returns:
            the shape of `x`.

        Raises:
            IndexError: if a position is negative, or not less than `max_length`.
            ShapeError: if shapes do not fit. (A ValueError and a RuntimeError.)
        """
        places = places_of(self, x, positions, self.width)
        if places.size and not 0 <= places.min() <= places.max() < self.max_length:
            worst = places.min() if places.min() < 0 else places.max()
            raise IndexError(f"LearnedPositions: position {worst} is not one of the {self.max_length}, numbered from 0")
        return x + embedding(from_numpy(places.astype(np.int64, copy=False)), self.weight)


class SinusoidalPositions(Module):
    """x plus sines and cosines of its positions: p[2i] = sin(t / base^(2i / width)), p[2i + 1] = cos of the same.

    There is nothing to learn, and no longest sequence. Of an odd width the last number is a sine.

    Args:
        width: the size of a vector.
        base: of the wavelengths, which go from 2π to base · 2π.

    Source:
        Vaswani et al., Attention is all you need, 2017.

    Examples:
        >>> from tt_tensor import zeros
        >>> SinusoidalPositions(4)(zeros(2, 4))
        tensor([[0.0000, 1.0000, 0.0000, 1.0000],
                [0.8415, 0.5403, 0.0100, 0.9999]])
    """

    def __init__(self, width: int, *, base: float = 10000.0) -> None:
        super().__init__()
        self.width, self.base = width, base
        positive(self, "width")
        positive(self, "base", Real)

    def extra_repr(self) -> str:
        """The settings."""
        return f"{self.width}, base={self.base}"

    def forward(self, x: Any, positions: Any = None) -> Any:
        """x with the vectors of its positions added.

        Args:
            x: floating, `[B, T, width]` or `[T, width]`.
            positions: int64, `[T]` or `[B, T]`; 0, 1, … if None.

        Returns:
            the shape and dtype of `x`.

        Raises:
            ShapeError: if shapes do not fit. (A ValueError and a RuntimeError.)
        """
        places = places_of(self, x, positions, self.width)
        return x + x.plain(sinusoids(places, self.width, self.base).astype(x.dtype, copy=False))


class RotaryEmbedding(Module):
    """Queries or keys turned by angles that grow with the position (RoPE), so that their products tell the distance.

    The pair (xᵢ, xᵢ₊ₙ), n = head_width / 2, is turned by t · base^(-2i / head_width). These halves are how Hugging Face's
    Llama lays out its weights; the paper, and Meta's own files, pair neighbours (x₂ᵢ, x₂ᵢ₊₁). There is no longest sequence.

    Args:
        head_width: the size of a query or key, even.
        base: of the wavelengths; Hugging Face's `rope_theta`.
        scaling: how they are stretched for long texts: None, or a mapping as in Hugging Face's `rope_scaling`:
            `{"rope_type": "linear", "factor": 4.0}` divides all positions; Llama 3's "llama3" divides long wavelengths, with
            "factor", "low_freq_factor", "high_freq_factor" and "original_max_position_embeddings"; "yarn" does so too, with
            "factor" and "original_max_position_embeddings", and makes queries and keys longer.

    Raises:
        ValueError: if the width is odd, or the scaling unknown or incomplete.

    Source:
        Su et al., RoFormer: enhanced transformer with rotary position embedding, 2021.

    Examples:
        >>> from tt_tensor import arange, randn
        >>> rope, q, k = RotaryEmbedding(8), randn(2, 4, 10, 8), randn(2, 4, 10, 8)
        >>> scores = rope(q) @ rope(k).mT
        >>> later = arange(100, 110)  # all shifted: the distances are the same
        >>> bool((rope(q, later) @ rope(k, later).mT).allclose(scores, atol=1e-4))
        True
    """

    def __init__(self, head_width: int, base: float = 10000.0, *, scaling: Mapping[str, Any] | None = None) -> None:
        super().__init__()
        self.head_width, self.base, self.scaling = head_width, base, scaling
        positive(self, "head_width")
        positive(self, "base", Real)
        if head_width % 2:
            raise ValueError(f"RotaryEmbedding: head_width must be even, got {head_width}")
        self.frequencies = rope_frequencies(head_width, base, scaling)
        self.length = rope_length(scaling)

    def extra_repr(self) -> str:
        """The settings."""
        return f"{self.head_width}, base={self.base}" + ("" if self.scaling is None else f", scaling={self.scaling}")

    def angles(self, places: Any, dtype: Any) -> tuple[Any, Any]:
        """Cosines and sines as arrays that fit queries: `[T, head_width / 2]`, `[B, 1, T, head_width / 2]` for `[B, T]`.

        Both are multiplied by what YaRN makes queries and keys longer by.
        """
        angles = places[..., None] * self.frequencies
        if places.ndim == 2:
            angles = angles[:, None]
        cos, sin = np.cos(angles), np.sin(angles)
        if self.length != 1:
            cos, sin = cos * self.length, sin * self.length
        return cos.astype(dtype, copy=False), sin.astype(dtype, copy=False)

    def forward(self, x: Any, positions: Any = None) -> Any:
        """The queries or keys, turned.

        Args:
            x: floating, `[B, heads, T, head_width]`; or `[..., T, head_width]` where the positions are those of all.
            positions: int64, `[T]` or `[B, T]`; 0, 1, … if None. With a cache: where the new tokens stand.

        Returns:
            the shape and dtype of `x`.

        Raises:
            ShapeError: if shapes do not fit. (A ValueError and a RuntimeError.)
        """
        places = places_of(self, x, positions, self.head_width)
        if places.ndim == 2 and x.ndim != 4:
            raise ShapeError(
                f"RotaryEmbedding: positions [B, T] need x [B, heads, T, head_width], got {tuple(x.shape)}"
            )
        cos, sin = self.angles(places, x.dtype)
        return rotate(x, x.plain(cos), x.plain(sin))


class ALiBi(Module):
    """What to add to attention's scores so that each head looks less at what is farther away: -slope · (i - j).

    The slopes of n heads are 2^(-8/n), 2^(-16/n), …; where n is no power of two, those of the next lower power, then every other
    one of the next higher. There is nothing to learn, and no longest sequence.

    Args:
        heads: the number of attention heads.
        is_causal: whether a token looks back only: what comes later gets -inf. If not, -slope · |i - j| on both sides.

    Attributes:
        slopes: float64 array, `[heads]`.

    Source:
        Press et al., Train short, test long: attention with linear biases enables input length extrapolation, 2022.

    Examples:
        >>> from tt_tensor import randn
        >>> from tt_transformer import scaled_dot_product_attention
        >>> alibi, q = ALiBi(2), randn(1, 2, 3, 8)
        >>> alibi(3)[0]
        tensor([[ 0.0000,    -inf,    -inf],
                [-0.0625,  0.0000,    -inf],
                [-0.1250, -0.0625,  0.0000]])
        >>> scaled_dot_product_attention(q, q, q, attn_mask=alibi(3)).shape
        torch.Size([1, 2, 3, 8])
    """

    def __init__(self, heads: int, *, is_causal: bool = True) -> None:
        super().__init__()
        self.heads, self.is_causal = heads, is_causal
        positive(self, "heads")
        self.slopes = alibi_slopes(heads)

    def extra_repr(self) -> str:
        """The settings."""
        return f"{self.heads}, is_causal={self.is_causal}"

    def forward(self, queries: int, keys: int | None = None, *, dtype: Any = None) -> Any:
        """The bias, to be given to `scaled_dot_product_attention` as `attn_mask` (its `is_causal` stays False).

        Args:
            queries: how many there are.
            keys: how many there are; as many if None. With a cache they are more: the queries are those of the last tokens.
            dtype: of the result; the default float if None.

        Returns:
            `[heads, queries, keys]`.

        Raises:
            ValueError: if a number is not positive, or there are fewer keys than queries.
        """
        keys = queries if keys is None else keys
        if not all(is_number(n, Integral) for n in (queries, keys)) or not 1 <= queries <= keys:
            raise ValueError(f"ALiBi: there must be at least one query and as many keys, got {queries!r} and {keys!r}")
        distance = np.arange(keys) - np.arange(keys - queries, keys)[:, None]  # key from query: [queries, keys]
        bias = self.slopes[:, None, None] * -np.abs(distance)
        if self.is_causal:
            bias[:, distance > 0] = -np.inf
        dtype = get_default_dtype() if dtype is None else as_dtype(dtype)
        return from_numpy(bias.astype(dtype))
