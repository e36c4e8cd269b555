"""Attention with several heads as a function: projections, masks, heads, and the projection back."""

import math
import warnings
from typing import Any

from tt_nn.functional import dropout, linear, softmax
from tt_tensor import cat, where
from tt_tensor.creation import full, zeros
from tt_tensor.errors import ShapeError
from tt_tensor.tensor import Tensor as Base

from .attention import scaled_dot_product_attention

NAME = "multi_head_attention_forward"


def need(condition: bool, message: str) -> None:
    """Raise AssertionError, as PyTorch does here."""
    if not condition:
        raise AssertionError(f"{NAME}: {message}")


def multi_head_attention_forward(
    query: Any,
    key: Any,
    value: Any,
    embed_dim_to_check: int,
    num_heads: int,
    in_proj_weight: Any,
    in_proj_bias: Any,
    bias_k: Any,
    bias_v: Any,
    add_zero_attn: bool,
    dropout_p: float,
    out_proj_weight: Any,
    out_proj_bias: Any,
    training: bool = True,
    key_padding_mask: Any = None,
    need_weights: bool = True,
    attn_mask: Any = None,
    use_separate_proj_weight: bool = False,
    q_proj_weight: Any = None,
    k_proj_weight: Any = None,
    v_proj_weight: Any = None,
    static_k: Any = None,
    static_v: Any = None,
    average_attn_weights: bool = True,
    is_causal: bool = False,
    *,
    batch_first: bool = False,
) -> tuple[Any, Any]:
    """Attention with several heads: see `MultiheadAttention`, whose parameters are the arguments here.

    Args:
        query: `[L, E]`, or a batch `[L, N, E]` (`[N, L, E]` if `batch_first`).
        key: `[S, kdim]` or `[S, N, kdim]`.
        value: `[S, vdim]` or `[S, N, vdim]`.
        embed_dim_to_check: E.
        num_heads: the number of heads, which divides E.
        in_proj_weight: `[3 E, E]`, for queries, keys and values, unless `use_separate_proj_weight`.
        in_proj_bias: `[3 E]`, or None.
        bias_k: `[1, 1, E]`, one more key for every sequence; None without. Likewise `bias_v`.
        bias_v: see `bias_k`.
        add_zero_attn: whether one more key and value are zeros.
        dropout_p: of the attention weights, in training.
        out_proj_weight: `[E, E]`.
        out_proj_bias: `[E]`, or None.
        training: whether weights are dropped.
        key_padding_mask: `[S]` or `[N, S]`: bool, True where a key is ignored; or floating, added to the scores.
        need_weights: whether to return the weights, which costs time and memory.
        attn_mask: `[L, S]` or `[N · num_heads, L, S]`: bool, True where a query may not look; or floating, added to the scores.
        use_separate_proj_weight: whether the three weights are given one by one.
        q_proj_weight: `[E, E]`.
        k_proj_weight: `[E, kdim]`.
        v_proj_weight: `[E, vdim]`.
        static_k: keys to be used as they are, `[N · num_heads, S, E / num_heads]`; masks are for this S, then.
        static_v: values likewise.
        average_attn_weights: whether the weights returned are the mean over the heads.
        is_causal: a hint that `attn_mask`, which must be given, is causal.
        batch_first: whether the batch is the first dimension.

    Returns:
        The output, of the shape of `query`, and the weights, `[N, L, S]` (`[N, num_heads, L, S]` if not averaged), or None.

    Raises:
        AssertionError: if shapes do not fit, as in PyTorch.
        RuntimeError: if the shape of `attn_mask` does not fit, or it is missing although `is_causal`, or queries and keys come
            in batches of different sizes.
    """
    batched = check_shapes(query, key, value, key_padding_mask, attn_mask, num_heads)
    if not batched:
        batch_first = True
        same_kv, same = key is value, query is key
        key = key.unsqueeze(0)
        value = key if same_kv else value.unsqueeze(0)
        query = key if same else query.unsqueeze(0)
        key_padding_mask = None if key_padding_mask is None else key_padding_mask.unsqueeze(0)
    time = 1 if batch_first else 0
    N, L, S, E = query.shape[1 - time], query.shape[time], key.shape[time], query.shape[2]
    if key.shape[1 - time] != N:
        raise ShapeError(
            f"{NAME}: query and key are batches of different sizes, {N} and {key.shape[1 - time]}, got shapes "
            f"{tuple(query.shape)} and {tuple(key.shape)}; is batch_first={batch_first} what they are?"
        )
    if static_k is not None:
        S = static_k.shape[1]
    check_masks(attn_mask, key_padding_mask, is_causal, (N, L, S, num_heads))
    need(embed_dim_to_check == E, f"was expecting embedding dimension of {embed_dim_to_check}, but got {E}")
    need(E % num_heads == 0, f"embed_dim {E} not divisible by num_heads {num_heads}")
    need((bias_k is None) == (bias_v is None), "bias_k and bias_v must be given together")

    if use_separate_proj_weight:
        separate = (q_proj_weight, k_proj_weight, v_proj_weight)
        need(
            all(w is not None for w in separate),
            "use_separate_proj_weight is True but q_proj_weight, k_proj_weight or v_proj_weight is None",
        )
        need(
            tuple(key.shape[:2]) == tuple(value.shape[:2]),
            f"key's sequence and batch dims {tuple(key.shape[:2])} do not match value's {tuple(value.shape[:2])}",
        )
        for name, x, w in zip(("query", "key", "value"), (query, key, value), separate):
            fitting = (E, x.shape[2])
            need(tuple(w.shape) == fitting, f"expecting {name} weights shape of {fitting}, but got {tuple(w.shape)}")
        biases = (None, None, None) if in_proj_bias is None else in_proj_bias.chunk(3)
        q, k, v = (linear(x, w, b) for x, w, b in zip((query, key, value), separate, biases))
    else:
        need(in_proj_weight is not None, "use_separate_proj_weight is False but in_proj_weight is None")
        shapes = tuple(key.shape), tuple(value.shape)
        need(shapes[0] == shapes[1], f"key shape {shapes[0]} does not match value shape {shapes[1]}")
        q, k, v = projected(query, key, value, in_proj_weight, in_proj_bias)

    need(bias_k is None or (static_k is None and static_v is None), "bias cannot be added to static key or value.")
    if bias_k is not None:
        shape = (N, 1, E) if batch_first else (1, N, E)
        k, v = cat((k, bias_k.expand(*shape)), time), cat((v, bias_v.expand(*shape)), time)
    q, k, v = (in_heads(x, num_heads, batch_first) for x in (q, k, v))
    k = k if static_k is None else static_heads("static_k", static_k, k.shape)
    v = v if static_v is None else static_heads("static_v", static_v, v.shape)
    if add_zero_attn:
        k, v = (cat((x, zeros((*x.shape[:2], 1, x.shape[3]), dtype=x.dtype)), 2) for x in (k, v))

    hint = is_causal and key_padding_mask is None and not need_weights
    mask = None if hint else merged(attn_mask, key_padding_mask, num_heads, k.shape[2] - S, query.dtype, need_weights)
    p = dropout_p if training else 0.0
    if need_weights:
        scores = (q * math.sqrt(num_heads / E)) @ k.transpose(-2, -1)
        weights = dropout(softmax(scores if mask is None else scores + mask, -1), p)
        y = weights @ v
    else:
        y = scaled_dot_product_attention(q, k, v, mask, p, hint)
    y = y.permute(0, 2, 1, 3) if batch_first else y.permute(2, 0, 1, 3)
    y = linear(y.reshape(*query.shape[:2], E), out_proj_weight, out_proj_bias)
    if not batched:
        y = y.squeeze(0)
    if not need_weights:
        return y, None
    if average_attn_weights:
        weights = weights.mean(1)
    return y, weights if batched else weights.squeeze(0)


def projected(query: Any, key: Any, value: Any, weight: Any, bias: Any) -> Any:
    """Queries, keys and values from one weight: one product where they come from the same tensor."""
    E = query.shape[-1]
    if query is key and key is value:
        return linear(query, weight, bias).chunk(3, -1)
    if key is value:
        w, (b, b_kv) = weight.split([E, 2 * E]), (None, None) if bias is None else bias.split([E, 2 * E])
        return (linear(query, w[0], b), *linear(key, w[1], b_kv).chunk(2, -1))
    biases = (None, None, None) if bias is None else bias.chunk(3)
    return tuple(linear(x, w, b) for x, w, b in zip((query, key, value), weight.chunk(3), biases))


def in_heads(x: Any, heads: int, batch_first: bool) -> Any:
    """`[N, T, E]`, or `[T, N, E]`, as `[N, heads, T, E / heads]`: a view."""
    x = x.reshape(*x.shape[:2], heads, x.shape[2] // heads)
    return x.permute(0, 2, 1, 3) if batch_first else x.permute(1, 2, 0, 3)


def static_heads(name: str, x: Any, shape: Any) -> Any:
    """Given keys or values as `[N, heads, S, width]`."""
    N, heads, _, width = shape
    need(x.shape[0] == N * heads, f"expecting {name}.size(0) of {N * heads}, but got {x.shape[0]}")
    need(x.shape[2] == width, f"expecting {name}.size(2) of {width}, but got {x.shape[2]}")
    return x.reshape(N, heads, x.shape[1], width)


def check_shapes(query: Any, key: Any, value: Any, key_padding_mask: Any, attn_mask: Any, heads: int) -> bool:
    """Whether there is a batch, once the numbers of dimensions agree."""
    for name, x in (("query", query), ("key", key), ("value", value)):
        if not isinstance(x, Base):
            raise TypeError(f"{NAME}: {name} must be a tensor, got {type(x).__name__}")
    n = query.ndim
    need(n in (2, 3), f"query should be unbatched 2D or batched 3D tensor but received {n}-D query tensor")
    kind = "batched (3-D)" if n == 3 else "unbatched (2-D)"
    need(
        key.ndim == value.ndim == n,
        f"For {kind} `query`, expected `key` and `value` to be {n}-D but found {key.ndim}-D and {value.ndim}-D tensors",
    )
    if key_padding_mask is not None:
        need(
            key_padding_mask.ndim == n - 1,
            f"For {kind} `query`, expected `key_padding_mask` to be `None` or {n - 1}-D but found {key_padding_mask.ndim}-D",
        )
    if attn_mask is not None:
        need(
            attn_mask.ndim in (2, 3),
            f"For {kind} `query`, expected `attn_mask` to be `None`, 2-D or 3-D but found {attn_mask.ndim}-D tensor instead",
        )
        if n == 2 and attn_mask.ndim == 3:
            shape = (heads, query.shape[0], key.shape[0])
            need(tuple(attn_mask.shape) == shape, f"Expected `attn_mask` shape to be {shape} but got {attn_mask.shape}")
    return bool(n == 3)


def check_masks(attn_mask: Any, key_padding_mask: Any, is_causal: bool, sizes: tuple[int, int, int, int]) -> None:
    """Raise unless dtypes and shapes of the masks fit."""
    N, L, S, heads = sizes
    for name, mask in (("key_padding_mask", key_padding_mask), ("attn_mask", attn_mask)):
        need(mask is None or mask.dtype.kind in "bf", f"only bool and floating types of {name} are supported")
    if is_causal and attn_mask is None:
        raise RuntimeError(
            f"{NAME}: Need attn_mask if specifying the is_causal hint. You may use the Transformer module method "
            "`generate_square_subsequent_mask` to create this mask."
        )
    if attn_mask is not None:
        shape = (L, S) if attn_mask.ndim == 2 else (N * heads, L, S)
        if tuple(attn_mask.shape) != shape:
            raise RuntimeError(
                f"{NAME}: The shape of the {attn_mask.ndim}D attn_mask is {tuple(attn_mask.shape)}, but should be {shape}."
            )
    if key_padding_mask is not None:
        need(
            tuple(key_padding_mask.shape) == (N, S),
            f"Expected key_padding_mask of shape {(N, S)}, but got {tuple(key_padding_mask.shape)}",
        )
        if attn_mask is not None and key_padding_mask.dtype != attn_mask.dtype:
            warnings.warn(
                "Support for mismatched key_padding_mask and attn_mask is deprecated. Use same type for both instead.",
                stacklevel=3,
            )


def merged(attn_mask: Any, key_padding_mask: Any, heads: int, extra: int, dtype: Any, added: bool) -> Any:
    """Both masks as one for `scaled_dot_product_attention`, with `extra` more keys, which all queries see; None if none is given.

    True in the masks hides; in the result, True shows. It is floating if a mask is, or if it is to be `added`.
    """
    if attn_mask is not None and attn_mask.ndim == 3:
        attn_mask = attn_mask.reshape(attn_mask.shape[0] // heads, heads, *attn_mask.shape[1:])
    if key_padding_mask is not None:
        key_padding_mask = key_padding_mask[:, None, None, :]
    masks = [m for m in (attn_mask, key_padding_mask) if m is not None]
    if not masks:
        return None
    if not added and all(m.dtype.kind == "b" for m in masks):
        mask = ~masks[0] if len(masks) == 1 else ~(masks[0] | masks[1])
        return mask if not extra else cat((mask, full((*mask.shape[:-1], extra), True)), -1)
    floats = [where(m, -math.inf, zeros((), dtype=dtype)) if m.dtype.kind == "b" else m for m in masks]
    mask = floats[0] if len(floats) == 1 else floats[0] + floats[1]
    return mask if not extra else cat((mask, zeros((*mask.shape[:-1], extra), dtype=mask.dtype)), -1)
