"""Attention as its formula says, for scores so few that to cut them up would take longer than to compute them.

What it keeps for backward is what the core keeps. Rows whose scores are too large or too small for their exponentials as they
are it leaves to the core.
"""

from typing import Any

import numpy as np
from tt_tensor.ops.exponential import raised

from .attention_tiles import triangle
from .attention_work import Work, row_sums

FEW = 1 << 16  # scores of all heads


def few(work: Work) -> bool:
    """Whether the scores are computed as a whole."""
    return work.q[..., 0].size * work.cuts.columns <= FEW and not work.dropout


def small_forward(work: Work) -> tuple[Any, Any, Any]:
    """The output, the exponentials of the scores, and the sums of their rows."""
    p, mask = np.matmul(*work.factors(())), work.mask
    if work.cuts.causal:
        mask = triangle(*p.shape[-2:], 0, p.dtype)
    elif mask is not None and mask.dtype.kind == "f":
        p += mask
        mask = None
    raised(p, p)
    if mask is not None:
        p *= mask
    sums = row_sums(p)
    out = np.matmul(p, work.v, out=work.room_for_output())
    out *= (1 / sums)[..., None]
    return out, p, sums


def small_backward(work: Work, g: Any, out: Any, log_sums: Any, kept: Any) -> tuple[Any, Any, Any, Any]:
    """The gradients of queries, keys, values and scores: with p the weights, ∂v = pᵀ g, ∂s = p (g vᵀ - Σ g out), ∂q = ∂s k and
    ∂k = ∂sᵀ q.
    """
    p = kept.reshape(*log_sums.shape, work.cuts.columns) * raised(-log_sums)[..., None]
    ds = np.matmul(g, work.v.swapaxes(-1, -2))
    ds -= np.vecdot(g, out)[..., None]
    ds *= p
    scaled = ds * work.scale
    return (
        np.matmul(scaled, work.k),
        np.matmul(scaled.swapaxes(-1, -2), work.q),
        np.matmul(p.swapaxes(-1, -2), g),
        ds,
    )
