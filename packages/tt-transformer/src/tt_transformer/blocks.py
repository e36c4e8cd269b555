"""The block that a decoder is a stack of: causal attention and an MLP, each added to the residual stream, norm first."""

from dataclasses import dataclass
from typing import Any

from tt_nn import Dropout, LayerNorm, Linear, Module, RMSNorm
from tt_tensor import split

from .attention import scaled_dot_product_attention
from .cache import Cache
from .config import ACTIVATIONS, DecoderConfig
from .positions import rotate


@dataclass(frozen=True)
class Sight:
    """Who may look at whom in one pass, which is the same for all blocks.

    Attributes:
        mask: bool, True where a key takes part, or floating, added to the scores; `[B or 1, heads or 1, T, S]`. None if no key
            is hidden, or if `is_causal` says which.
        is_causal: whether token i looks at the tokens 0 to i.
        rotation: the cosines and sines with which RoPE turns queries and keys, `[B or 1, 1, T, head_width / 2]`; None without.

    Examples:
        >>> from tt_autograd import ones, randn
        >>> near = ones(1, 1, 10, 10).tril().triu(-2).bool()  # back, but no farther than two tokens
        >>> block = DecoderBlock(DecoderConfig(vocab_size=65, context=64, width=32, layers=2, heads=4), 0)
        >>> block(randn(2, 10, 32), Sight(near)).shape
        torch.Size([2, 10, 32])
    """

    mask: Any = None
    is_causal: bool = False
    rotation: tuple[Any, Any] | None = None


CAUSAL = Sight(is_causal=True)


def norm(config: DecoderConfig) -> Module:
    """A normalization layer of the kind that the configuration names."""
    return (LayerNorm if config.norm == "layer" else RMSNorm)(config.width, eps=config.norm_eps)


class SelfAttention(Module):
    """Causal attention of a sequence to itself, several heads; groups of queries may share keys and values.

    Queries, keys and values come from one linear layer: `[B, T, width]` to `[B, T, (heads + 2 · kv_heads) · head_width]`.

    Args:
        config: the settings.
        layer: the number of the block that it is a part of, from 0.

    Examples:
        >>> from tt_autograd import randn
        >>> config = DecoderConfig(vocab_size=65, context=64, width=32, layers=2, heads=4, kv_heads=2)
        >>> SelfAttention(config, 0)(randn(2, 10, 32)).shape
        torch.Size([2, 10, 32])
    """

    def __init__(self, config: DecoderConfig, layer: int) -> None:
        super().__init__()
        self.layer, self.heads, self.kv_heads, self.head_width = layer, config.heads, config.kv_heads, config.head_width
        self.dropout, self.scale = config.attention_dropout, config.attention_scale
        if config.scale_by_layer:
            self.scale = (config.head_width**-0.5 if self.scale is None else self.scale) / (layer + 1)
        bias = config.attention_bias
        self.qkv = Linear(config.width, (config.heads + 2 * config.kv_heads) * config.head_width, bias=bias)
        self.out = Linear(config.heads * config.head_width, config.width, bias=bias)

    def forward(self, x: Any, sight: Sight = CAUSAL, cache: Cache | None = None) -> Any:
        """`[B, T, width]` to the same; each token looks back, and knows no positions, if no `sight` says otherwise."""
        B, T, _ = x.shape
        heads, shared = self.heads, self.kv_heads
        qkv = self.qkv(x).view(B, T, heads + 2 * shared, self.head_width).transpose(1, 2)
        if sight.rotation is None:
            q, k, v = split(qkv, [heads, shared, shared], 1)
        else:
            qk, v = split(qkv, [heads + shared, shared], 1)
            q, k = split(rotate(qk, *sight.rotation), [heads, shared], 1)
        if cache is not None:
            k, v = cache.update(self.layer, k, v)
        y = scaled_dot_product_attention(
            q,
            k,
            v,
            attn_mask=sight.mask,
            dropout_p=self.dropout if self.training else 0.0,
            is_causal=sight.is_causal,
            scale=self.scale,
            enable_gqa=shared != heads,
        )
        return self.out(y.transpose(1, 2).reshape(B, T, heads * self.head_width))


class MLP(Module):
    """down(activation(up(x))); or down(activation(gate) · up) if gated, where one linear layer gives gate and up.

    With the activation "silu", the gated form is SwiGLU.

    Args:
        config: the settings.

    Source:
        Shazeer, GLU variants improve transformer, 2020.

    Examples:
        >>> from tt_autograd import randn
        >>> shape = dict(vocab_size=65, context=64, width=32, layers=2, heads=4)
        >>> swiglu = MLP(DecoderConfig(**shape, hidden=86, activation="silu", gated=True, mlp_bias=False))
        >>> swiglu(randn(2, 10, 32)).shape
        torch.Size([2, 10, 32])
    """

    def __init__(self, config: DecoderConfig) -> None:
        super().__init__()
        self.gated, self.activation = config.gated, ACTIVATIONS[config.activation]
        self.up = Linear(config.width, config.hidden * (2 if config.gated else 1), bias=config.mlp_bias)
        self.down = Linear(config.hidden, config.width, bias=config.mlp_bias)

    def forward(self, x: Any) -> Any:
        """`[..., width]` to the same."""
        h = self.up(x)
        if self.gated:
            gate, up = h.chunk(2, -1)
            return self.down(self.activation(gate) * up)
        return self.down(self.activation(h))


class DecoderBlock(Module):
    """x + attention(norm(x)), then x + mlp(norm(x)).

    Args:
        config: the settings.
        layer: the number of the block, from 0.

    Examples:
        >>> from tt_autograd import randn
        >>> config = DecoderConfig(vocab_size=65, context=64, width=32, layers=2, heads=4)
        >>> DecoderBlock(config, 0)(randn(2, 10, 32)).shape
        torch.Size([2, 10, 32])
    """

    def __init__(self, config: DecoderConfig, layer: int) -> None:
        super().__init__()
        self.norm1, self.attention = norm(config), SelfAttention(config, layer)
        self.norm2, self.mlp = norm(config), MLP(config)
        self.dropout = Dropout(config.dropout)

    def forward(self, x: Any, sight: Sight = CAUSAL, cache: Cache | None = None) -> Any:
        """`[B, T, width]` to the same; each token looks back, and knows no positions, if no `sight` says otherwise."""
        x = x + self.dropout(self.attention(self.norm1(x), sight, cache))
        return x + self.dropout(self.mlp(self.norm2(x)))
