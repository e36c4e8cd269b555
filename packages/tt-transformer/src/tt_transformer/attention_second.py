"""The gradients of attention in operations that can be differentiated again: for `create_graph=True`."""

from typing import Any

import numpy as np
from tt_tensor.ops.activation import softmax_p
from tt_tensor.ops.compare import where_p
from tt_tensor.ops.reduce import sum_p

from .attention_tiles import Dropout, kept_weights, tiles


def attention_gradients(
    g: Any, q: Any, k: Any, v: Any, mask: Any,
    *, scale: float, causal: bool, seed: int, level: int, mask_gradient: bool,
) -> tuple[Any, ...]:  # fmt: skip
    """With p the weights and p' those that dropout leaves: ∂v = p'ᵀ g, ∂s = p (∂p - Σ p ∂p), ∂q = ∂s k, ∂k = ∂sᵀ q."""
    s = q @ k.swapaxes(-1, -2) * scale
    if causal:
        s = where_p(np.tri(*s.shape[-2:], dtype=bool), s, -np.inf)
    elif type(mask) is not float:
        s = where_p(mask, s, -np.inf) if mask.dtype.kind == "b" else s + mask
    dim = s.ndim - 1
    dead = (s.array == -np.inf).all(-1, keepdims=True)
    p = softmax_p(where_p(dead, 0.0, s), dim=dim) * (~dead).astype(s.dtype)
    dp = g @ v.swapaxes(-1, -2)
    used = p
    if level:
        dropout = Dropout(seed, level)
        kept = kept_weights(tiles(s.shape[:-2], s.shape[-2], s.shape[-1], causal), dropout, s.dtype) * s.dtype.type(
            dropout.factor
        )
        used, dp = p * kept, dp * kept
    ds = p * (dp - sum_p(p * dp, dim=(dim,), keepdim=True))
    gradients = (ds @ k * scale, ds.swapaxes(-1, -2) @ q * scale, used.swapaxes(-1, -2) @ g)
    return (*gradients, ds) if mask_gradient else gradients
