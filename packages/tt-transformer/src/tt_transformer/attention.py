"""Attention: values are averaged, weighted by how well their keys match a query."""

import math
from typing import Any

import numpy as np
from tt_tensor import cat
from tt_tensor.creation import zeros
from tt_tensor.errors import DTypeError, ShapeError
from tt_tensor.generator import default_generator
from tt_tensor.tensor import Tensor as Base

from .attention_kernel import attention_p

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
        attn_mask: broadcastable to `[..., L, S]`: bool, True where a key takes part; or floating, float32 or of the dtype of
            the query, added to the scores. A query that may look at no key gets zeros.
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
        >>> from tt_transformer import scaled_dot_product_attention
        >>> x = tensor([[1.0, 0.0], [0.0, 1.0]])
        >>> scaled_dot_product_attention(x, x, x, is_causal=True)
        tensor([[1.0000, 0.0000],
                [0.3302, 0.6698]])
    """
    check(query, key, value, attn_mask, dropout_p, is_causal)
    if attn_mask is not None and attn_mask.dtype.kind == "f" and attn_mask.dtype != query.dtype:
        if query.dtype == np.float16:  # in which large numbers of the mask would be infinite
            y = scaled_dot_product_attention(
                query.float(), key.float(), value.float(), attn_mask, dropout_p, scale=scale, enable_gqa=enable_gqa
            )
            return y.half()
        attn_mask = attn_mask.to(query.dtype)
    heads = query.shape[:-2]
    if enable_gqa:
        query, key, value, attn_mask = grouped(query, key, value, attn_mask)
    if attn_mask is not None or not query.shape[:-2] == key.shape[:-2] == value.shape[:-2]:
        attn_mask = broadcastable(query, key, value, attn_mask)
    if scale is None:
        scale = 1 / math.sqrt(max(1, query.shape[-1]))
    if not query.shape[-1]:  # all scores are 0, as they are for one number that is
        query, key = (cat((x, zeros((*x.shape[:-1], 1), dtype=x.dtype)), -1) for x in (query, key))
    y = attention_p(
        query, key, value, 0.0 if attn_mask is None else attn_mask,
        scale=float(scale), causal=is_causal, level=round(dropout_p * 65536),
        seed=int(default_generator.numpy.integers(1 << 62)) if dropout_p else 0,
        keep=any(getattr(x, "more", None) is not None for x in (query, key, value)),
        mask_gradient=getattr(attn_mask, "more", None) is not None,
    )[0]  # fmt: skip
    return y.reshape(*heads, *y.shape[-2:]) if enable_gqa else y


def broadcastable(query: Any, key: Any, value: Any, attn_mask: Any) -> Any:
    """The mask, once the leading dimensions can be broadcast, and it to the scores."""
    try:
        lead = np.broadcast_shapes(query.shape[:-2], key.shape[:-2], value.shape[:-2])
    except ValueError:
        raise ShapeError(f"{NAME}: leading dimensions cannot be broadcast: {described(query, key, value)}") from None
    scores = (*lead, query.shape[-2], key.shape[-2])
    try:
        fits = attn_mask is None or np.broadcast_shapes(attn_mask.shape, scores) == scores
    except ValueError:
        fits = False
    if not fits:
        raise ShapeError(
            f"{NAME}: attn_mask of shape {tuple(attn_mask.shape)} cannot be broadcast to that of the scores, {scores}"
        )
    return attn_mask


def grouped(query: Any, key: Any, value: Any, attn_mask: Any) -> tuple[Any, Any, Any, Any]:
    """The same with a dimension more, along which groups of query heads lie, and keys and values are broadcast."""
    if min(query.ndim, key.ndim, value.ndim) < 3:
        raise IndexError(
            f"{NAME}: enable_gqa needs at least three dimensions, [..., heads, length, width], "
            f"got {described(query, key, value)}"
        )
    heads, shared = query.shape[-3], key.shape[-3]
    if not (shared and value.shape[-3]) or heads % shared or heads % value.shape[-3]:
        raise ShapeError(
            f"{NAME}: Number of heads in key and value must divide the number of heads in query, "
            f"got {described(query, key, value)}"
        )
    if value.shape[-3] != shared:  # PyTorch repeats them one by one
        key, value = (x.repeat_interleave(heads // x.shape[-3], -3) for x in (key, value))
        shared = heads
    query = query.reshape(*query.shape[:-3], shared, heads // shared, *query.shape[-2:])
    if attn_mask is not None and attn_mask.ndim > 2:
        groups = (1, 1) if attn_mask.shape[-3] == 1 else (shared, heads // shared)
        attn_mask = attn_mask.reshape(*attn_mask.shape[:-3], *groups, *attn_mask.shape[-2:])
    return query, key.unsqueeze(-3), value.unsqueeze(-3), attn_mask


def described(query: Any, key: Any, value: Any) -> str:
    """The shapes, for an error."""
    return f"query {tuple(query.shape)}, key {tuple(key.shape)}, value {tuple(value.shape)}"


def check(query: Any, key: Any, value: Any, attn_mask: Any, dropout_p: float, is_causal: bool) -> None:
    """Raise unless the arguments fit together."""
    for name, x in (("query", query), ("key", key), ("value", value), ("attn_mask", attn_mask)):
        if not isinstance(x, Base) and not (x is None and name == "attn_mask"):
            raise TypeError(f"{NAME}(): argument '{name}' must be Tensor, not {type(x).__name__}")
    if min(query.ndim, key.ndim, value.ndim) < 2:
        raise ShapeError(
            f"{NAME}: expected at least two dimensions, [..., length, width], got {described(query, key, value)}"
        )
    if not query.dtype == key.dtype == value.dtype:
        raise DTypeError(
            f"{NAME}: the dtypes differ: {query.dtype}, {key.dtype}, {value.dtype}; convert with .to(dtype)"
        )
    if query.dtype.kind != "f":
        raise DTypeError(f"{NAME}: expected floating tensors, got {query.dtype}; convert with .float()")
    if query.shape[-1] != key.shape[-1] or key.shape[-2] != value.shape[-2]:
        raise ShapeError(
            f"{NAME}: query and key need the same width, key and value the same length, got {described(query, key, value)}"
        )
    if not dropout_p <= 1 or dropout_p < 0:
        raise RuntimeError(f"{NAME}: dropout probability has to be between 0 and 1, but got {dropout_p}")
    if is_causal and attn_mask is not None:
        raise RuntimeError(
            f"{NAME}: Explicit attn_mask should not be set when is_causal=True; put the triangle into the mask"
        )
    if attn_mask is not None and attn_mask.dtype not in (np.bool_, np.float32, query.dtype):
        raise DTypeError(
            f"{NAME}: Expected attn_mask dtype to be bool or float or to match query dtype, but got {attn_mask.dtype} and "
            f"{query.dtype}; convert it with .bool() or .to(query.dtype)"
        )
