"""Where a token stands: the formulas of sinusoidal vectors, RoPE and ALiBi, which `position_layers` makes layers of."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from tt_autograd.rule import derivative
from tt_tensor.primitive import primitive

from .config import is_number


@primitive()
def rotate(x: Any, cos: Any, sin: Any) -> Any:
    """x with the pairs (xᵢ, xᵢ₊ₙ) turned by angles, where n is half of the last dimension: rotary position embedding.

    Args:
        x: `[..., 2n]`.
        cos: the cosines of the angles, broadcastable to `[..., n]`.
        sin: their sines.

    Source:
        Su et al., RoFormer: enhanced transformer with rotary position embedding, 2021; in the layout of Llama's weights.
    """
    n = x.shape[-1] // 2
    a, b = x[..., :n], x[..., n:]
    out = np.empty_like(x)
    first, second = out[..., :n], out[..., n:]
    np.multiply(a, cos, out=first)
    first -= b * sin
    np.multiply(b, cos, out=second)
    second += a * sin
    return out


derivative(rotate, lambda g, cos, sin: rotate(g, cos, -sin), None, None)


def rope_frequencies(width: int, theta: float, scaling: Mapping[str, Any] | None = None) -> Any:
    """The angles, in radians, by which RoPE turns each pair from one position to the next: float64, `[width / 2]`.

    Args:
        width: of a query or key, even.
        theta: the base of the wavelengths: 2π · theta^(2i / width).
        scaling: None, or a mapping with "rope_type": "default"; "linear", and a "factor" by which positions are divided; or
            "llama3", which divides only long wavelengths, with "factor", "low_freq_factor", "high_freq_factor" and
            "original_max_position_embeddings".

    Raises:
        TypeError: if the scaling is no mapping.
        ValueError: for another type, or a missing or wrong number.
    """
    frequencies = theta ** (-np.arange(0, width, 2) / width)
    scaling = {} if scaling is None else scaling
    if not isinstance(scaling, Mapping):
        raise TypeError(
            f"rope_scaling must be a mapping such as {{'rope_type': 'linear', 'factor': 2.0}}, got {scaling!r}"
        )
    kind = scaling.get("rope_type", scaling.get("type", "default"))

    def number(name: str) -> float:
        value: Any = scaling.get(name)
        if not is_number(value) or not 0 < value < math.inf:
            raise ValueError(f"rope_scaling: {kind!r} needs a positive, finite number {name!r}, got {value!r}")
        return float(value)

    if kind == "default":
        if "factor" in scaling and not {"rope_type", "type"} & scaling.keys():
            raise ValueError("rope_scaling: a factor needs a rope_type, 'linear' or 'llama3'")
        return frequencies
    if kind == "linear":
        return frequencies / number("factor")
    if kind != "llama3":
        raise ValueError(f"rope_scaling: the type {kind!r} is not supported; use 'default', 'linear' or 'llama3'")
    factor, low, high = number("factor"), number("low_freq_factor"), number("high_freq_factor")
    if low >= high:
        raise ValueError(f"rope_scaling: low_freq_factor {low} must be less than high_freq_factor {high}")
    original = number("original_max_position_embeddings")
    turns = original * frequencies / (2 * math.pi)  # in the original context
    smooth = np.clip((turns - low) / (high - low), 0, 1)
    return frequencies * ((1 - smooth) / factor + smooth)


def sinusoids(places: Any, width: int, base: float) -> Any:
    """For each position sines and cosines, in turns, of wavelengths from 2π to base · 2π: float64, `[..., width]`."""
    angles = places[..., None] * base ** (-np.arange(0, width, 2) / width)
    return np.stack((np.sin(angles), np.cos(angles)), -1).reshape(*places.shape, -1)[..., :width]


def alibi_slopes(heads: int) -> Any:
    """By how much a head lowers the score of a key for each step back: float64, `[heads]`: 2^(-8/n), 2^(-16/n), …

    Where the number of heads is no power of two, those of the next lower power come first, then every other one of the next
    higher power.
    """
    lower = 2 ** int(math.log2(heads))
    slopes = 2.0 ** (-8 * np.arange(1, lower + 1) / lower)
    between = 2.0 ** (-4 * np.arange(1, 2 * (heads - lower), 2) / lower)
    return np.concatenate((slopes, between))
