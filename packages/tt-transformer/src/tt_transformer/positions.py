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
        scaling: None, or a mapping with "rope_type": "default"; "linear", and a "factor" by which positions are divided;
            "llama3", which divides only long wavelengths, with "factor", "low_freq_factor", "high_freq_factor" and
            "original_max_position_embeddings"; or "yarn", which does so too and makes queries and keys longer (see
            `rope_length`), with "factor", "original_max_position_embeddings" and, if wanted, "beta_fast", "beta_slow" and
            "truncate".

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
    kind = rope_kind(scaling)
    if kind == "default":
        if "factor" in scaling and not {"rope_type", "type"} & scaling.keys():
            raise ValueError("rope_scaling: a factor needs a rope_type, 'linear', 'llama3' or 'yarn'")
        return frequencies
    if kind == "linear":
        return frequencies / _number(scaling, "factor")
    if kind not in ("llama3", "yarn"):
        raise ValueError(
            f"rope_scaling: the type {kind!r} is not supported; use 'default', 'linear', 'llama3' or 'yarn'"
        )
    factor, original = _number(scaling, "factor"), _number(scaling, "original_max_position_embeddings")
    turns = original * frequencies / (2 * math.pi)  # in the original context
    if kind == "llama3":
        low, high = _number(scaling, "low_freq_factor"), _number(scaling, "high_freq_factor")
        if low >= high:
            raise ValueError(f"rope_scaling: low_freq_factor {low} must be less than high_freq_factor {high}")
        kept = np.clip((turns - low) / (high - low), 0, 1)
    else:
        kept = _kept_by_yarn(width, theta, original, scaling)
    return frequencies * ((1 - kept) / factor + kept)


def _kept_by_yarn(width: int, theta: float, original: float, scaling: Mapping[str, Any]) -> Any:
    """How much of each frequency YaRN keeps: all where it turns `beta_fast` times in the original context, none at `beta_slow`.

    Source: Peng et al., *YaRN: efficient context window extension of large language models*, 2023, arXiv:2309.00071.
    """
    fast, slow = _number(scaling, "beta_fast", 32.0), _number(scaling, "beta_slow", 1.0)
    if slow >= fast:
        raise ValueError(f"rope_scaling: beta_slow {slow} must be less than beta_fast {fast}")
    if theta <= 1:
        raise ValueError(f"rope_scaling: 'yarn' needs a base of the wavelengths above 1, got {theta}")
    # the pairs, counted with fractions, that turn so often
    first, last = (width * math.log(original / (n * 2 * math.pi)) / (2 * math.log(theta)) for n in (fast, slow))
    if scaling.get("truncate", True):
        first, last = math.floor(first), math.ceil(last)
    first, last = max(first, 0), min(last, width - 1)
    return 1 - np.clip((np.arange(width // 2) - first) / (last - first or 0.001), 0, 1)


def rope_length(scaling: Mapping[str, Any] | None) -> float:
    """What RoPE multiplies queries and keys by: 1, or for YaRN "attention_factor", by default 0.1 · ln(factor) + 1.

    Where "mscale" and "mscale_all_dim" are given, it is 0.1 · mscale · ln(factor) + 1 over the same with `mscale_all_dim`.
    """
    if not scaling or rope_kind(scaling) != "yarn":
        return 1.0
    if scaling.get("attention_factor") is not None:
        return _number(scaling, "attention_factor")
    growth = 0.1 * max(math.log(_number(scaling, "factor")), 0.0)
    if scaling.get("mscale") and scaling.get("mscale_all_dim"):
        return (growth * _number(scaling, "mscale") + 1) / (growth * _number(scaling, "mscale_all_dim") + 1)
    return growth + 1


def rope_kind(scaling: Mapping[str, Any]) -> Any:
    """The type of a scaling, under its new or its old name."""
    return scaling.get("rope_type", scaling.get("type", "default"))


def _number(scaling: Mapping[str, Any], name: str, default: float | None = None) -> float:
    """A positive number of a scaling; the default, if there is one, where it is missing or None."""
    value: Any = scaling.get(name)
    value = default if value is None else value
    if not is_number(value) or not 0 < value < math.inf:
        raise ValueError(
            f"rope_scaling: {rope_kind(scaling)!r} needs a positive, finite number {name!r}, got {value!r}"
        )
    return float(value)


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
