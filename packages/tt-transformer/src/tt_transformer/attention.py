"""Attention: values are averaged, weighted by how well their keys match a query."""

import math
from typing import Any

import numpy as np
from tt_nn.functional import dropout, softmax
from tt_tensor.errors import DTypeError, ShapeError
from tt_tensor.ops.masking import masked_fill
from tt_tensor.tensor import Tensor as Base

NAME = "scaled_dot_product_attention"


def scaled_dot_product_attention(
    query: Any,
    key: Any,
    value: Any,
    attn_mask: Any = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    *,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Any:
    """softmax(query @ keyᵀ · scale + mask) @ value: for each query the mean of the values, weighted by how its keys match.

    Args:
        query: `[..., L, E]`, floating.
        key: `[..., S, E]`, of the same dtype. Leading dimensions are broadcast.
        value: `[..., S, Ev]`.
        attn_mask: broadcastable to `[..., L, S]`, at least 2-D: bool, True where a key takes part; or floating, added to the
            scores. A query that may look at no key gets zeros.
        dropout_p: the probability with which a weight is set to zero; the others are divided by 1 - p. Applied always:
            pass 0.0 in evaluation.
        is_causal: whether query i looks at the keys 0 to i only; `attn_mask` must then be None.
        scale: what the scores are multiplied with; 1/√E if None.
        enable_gqa: whether groups of consecutive query heads share a key and value head: dimension -3 of `query` may then be
            a multiple of that of `key` and of `value`.

    Returns:
        `[..., L, Ev]`.

    Raises:
        ShapeError: if the shapes do not fit, or there are fewer than two dimensions.
        DTypeError: if the dtypes differ, or are not floating.
        RuntimeError: if `attn_mask` is given although `is_causal`, or `dropout_p` is not a probability.

    Source:
        Vaswani et al., Attention is all you need, 2017; grouped queries: Ainslie et al., GQA, 2023.

    Examples:
        >>> from tt_tensor import tensor
        >>> from tt_transformer.functional import scaled_dot_product_attention
        >>> x = tensor([[1.0, 0.0], [0.0, 1.0]])
        >>> scaled_dot_product_attention(x, x, x, is_causal=True)
        tensor([[1.0000, 0.0000],
                [0.3302, 0.6698]])
    """
    query, key, value = checked(query, key, value, attn_mask, dropout_p, is_causal, enable_gqa)
    if scale is None:
        scale = 1 / math.sqrt(query.shape[-1]) if query.shape[-1] else 1.0
    scores = query @ key.mT * scale
    if is_causal:
        attn_mask = Base(np.tri(*scores.shape[-2:], dtype=bool))
    if attn_mask is None:
        weights = softmax(scores, -1)
    else:
        if attn_mask.dtype == np.bool_:
            scores = masked_fill(scores, ~attn_mask, -math.inf)
        else:
            scores = scores + attn_mask
        empty = (scores == -math.inf).all(-1, keepdim=True)
        weights = masked_fill(softmax(masked_fill(scores, empty, 0.0), -1), empty, 0.0)
    return dropout(weights, dropout_p) @ value


def checked(
    query: Any, key: Any, value: Any, attn_mask: Any, dropout_p: float, is_causal: bool, enable_gqa: bool
) -> tuple[Any, Any, Any]:
    """The three tensors, with the heads of keys and values repeated if they are shared, once all arguments fit."""
    for name, x in (("query", query), ("key", key), ("value", value), ("attn_mask", attn_mask)):
        if not isinstance(x, Base) and not (x is None and name == "attn_mask"):
            raise TypeError(f"{NAME}(): argument '{name}' must be Tensor, not {type(x).__name__}")
    shapes = f"query {tuple(query.shape)}, key {tuple(key.shape)}, value {tuple(value.shape)}"
    if min(query.ndim, key.ndim, value.ndim) < 2:
        raise ShapeError(f"{NAME}: expected at least two dimensions, [..., length, width], got {shapes}")
    if not query.dtype == key.dtype == value.dtype:
        raise DTypeError(
            f"{NAME}: the dtypes differ: {query.dtype}, {key.dtype}, {value.dtype}; convert with .to(dtype)"
        )
    if query.dtype.kind != "f":
        raise DTypeError(f"{NAME}: expected floating tensors, got {query.dtype}; convert with .float()")
    if query.shape[-1] != key.shape[-1] or key.shape[-2] != value.shape[-2]:
        raise ShapeError(f"{NAME}: query and key need the same width, key and value the same length, got {shapes}")
    if not dropout_p <= 1 or dropout_p < 0:
        raise RuntimeError(f"dropout probability has to be between 0 and 1, but got {dropout_p}")
    if is_causal and attn_mask is not None:
        raise RuntimeError(
            f"{NAME}: Explicit attn_mask should not be set when is_causal=True; put the triangle into the mask"
        )
    if attn_mask is not None and attn_mask.dtype not in (np.bool_, query.dtype):
        raise DTypeError(
            f"{NAME}: Expected attn_mask dtype to be bool or float or to match query dtype, but got {attn_mask.dtype} and "
            f"{query.dtype}; convert it with .bool() or .to(query.dtype)"
        )
    if attn_mask is not None and attn_mask.ndim < 2:
        raise IndexError(f"{NAME}: attn_mask needs at least two dimensions, [L, S], got shape {tuple(attn_mask.shape)}")
    if enable_gqa:
        if min(query.ndim, key.ndim, value.ndim) < 3:
            raise IndexError(
                f"{NAME}: enable_gqa needs at least three dimensions, [..., heads, length, width], got {shapes}"
            )
        heads = query.shape[-3]
        if heads % key.shape[-3] or heads % value.shape[-3]:
            raise ShapeError(
                f"{NAME}: Number of heads in key and value must divide the number of heads in query, got {shapes}"
            )
        key = key.repeat_interleave(heads // key.shape[-3], -3)
        value = value.repeat_interleave(heads // value.shape[-3], -3)
    return query, key, value
