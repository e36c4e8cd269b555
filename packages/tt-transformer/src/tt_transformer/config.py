"""What a decoder is made of: one dataclass, of which GPT-2 and Llama are two settings."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from numbers import Integral, Real
from typing import Any

from tt_nn.functional import gelu, relu, silu

ACTIVATIONS: dict[str, Callable[[Any], Any]] = {
    "gelu": gelu,
    "gelu_new": partial(gelu, approximate="tanh"),
    "gelu_pytorch_tanh": partial(gelu, approximate="tanh"),
    "relu": relu,
    "silu": silu,
    "swish": silu,
}
POSITIONS = ("learned", "sinusoidal", "rope", "alibi", "none")
NORMS = ("layer", "rms")


@dataclass(frozen=True, kw_only=True)
class DecoderConfig:
    """The settings of a `Decoder`: a stack of blocks of attention and MLP, from token ids to logits.

    Args:
        vocab_size: the number of tokens.
        context: how many tokens it looks at, at most.
        width: the size of the vector that stands for a token.
        layers: the number of blocks.
        heads: the number of attention heads of a block.
        kv_heads: the number of heads of keys and values, each shared by `heads / kv_heads` of the queries; `heads` if None.
        head_width: the size of a query, key or value; `width / heads` if None.
        hidden: the size of the MLP's hidden layer; 4 · width if None.
        position: how a token knows where it stands: "learned" or "sinusoidal" vectors are added to the tokens', "rope"
            turns queries and keys, "alibi" lowers the scores of what is far away; "none".
        rope_theta: the base of RoPE's wavelengths.
        rope_scaling: how RoPE is stretched: None, or a mapping with "rope_type" "linear", "llama3", "yarn" or "dynamic"
            (which stretches nothing within the context), and its numbers.
        norm: "layer" for LayerNorm, "rms" for RMSNorm.
        norm_eps: added to the variance, or to the mean square.
        activation: of the MLP: "gelu", "gelu_new" or "gelu_pytorch_tanh" (with tanh), "relu", "silu" or "swish".
        gated: whether the MLP's hidden layer is activation(gate) · up (SwiGLU, if the activation is "silu").
        attention_bias: whether the linear layers of attention have a bias.
        mlp_bias: whether those of the MLP have one.
        tied: whether the output layer's weight is the table of the token embedding.
        dropout: the probability with which an output of attention or MLP is set to zero in training.
        embedding_dropout: the same for the sum of the embeddings.
        attention_dropout: the same for an attention weight.
        attention_scale: what the scores are multiplied with; 1 / √head_width if None.
        scale_by_layer: whether the scores of block k (from 0) are divided by k + 1, too.
        init_std: the standard deviation of the initial weights.
        scaled_init: whether that of the layers that add to the residual stream is divided by √(2 · layers), as in GPT-2.

    Raises:
        ValueError: if a number is out of range, sizes do not divide each other, or a name is not known.

    Examples:
        >>> config = DecoderConfig(vocab_size=65, context=64, width=32, layers=2, heads=4)
        >>> config.kv_heads, config.head_width, config.hidden
        (4, 8, 128)
    """

    vocab_size: int
    context: int
    width: int
    layers: int
    heads: int
    kv_heads: int = None  # type: ignore[assignment]  # set below
    head_width: int = None  # type: ignore[assignment]
    hidden: int = None  # type: ignore[assignment]
    position: str = "learned"
    rope_theta: float = 10000.0
    rope_scaling: Mapping[str, Any] | None = None
    norm: str = "layer"
    norm_eps: float = 1e-5
    activation: str = "gelu_new"
    gated: bool = False
    attention_bias: bool = True
    mlp_bias: bool = True
    tied: bool = True
    dropout: float = 0.0
    embedding_dropout: float = 0.0
    attention_dropout: float = 0.0
    attention_scale: float | None = None
    scale_by_layer: bool = False
    init_std: float = 0.02
    scaled_init: bool = True

    def __post_init__(self) -> None:
        def fill(name: str, value: Any) -> None:
            if getattr(self, name) is None:
                object.__setattr__(self, name, value)

        fill("kv_heads", self.heads)
        for name in ("vocab_size", "context", "width", "layers", "heads", "kv_heads"):
            positive(self, name)
        if self.head_width is None and self.width % self.heads:
            raise ValueError(f"DecoderConfig: width={self.width} is not a multiple of heads={self.heads}")
        fill("head_width", self.width // self.heads)
        fill("hidden", 4 * self.width)
        positive(self, "head_width")
        positive(self, "hidden")
        if self.heads % self.kv_heads:
            raise ValueError(f"DecoderConfig: heads={self.heads} is not a multiple of kv_heads={self.kv_heads}")
        for name, known in (("position", POSITIONS), ("norm", NORMS), ("activation", tuple(ACTIVATIONS))):
            if getattr(self, name) not in known:
                raise ValueError(
                    f"DecoderConfig: {name} {getattr(self, name)!r} is not supported; use {', '.join(known)}"
                )
        for name in ("dropout", "embedding_dropout", "attention_dropout"):
            if not is_number(getattr(self, name)) or not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"DecoderConfig: {name} must be in [0, 1], got {getattr(self, name)!r}")
        for name in ("norm_eps", "init_std"):
            if not is_number(getattr(self, name)) or not 0 <= getattr(self, name) < math.inf:
                raise ValueError(f"DecoderConfig: {name} must be finite and at least 0, got {getattr(self, name)!r}")
        if self.attention_scale is not None and not is_number(self.attention_scale):
            raise ValueError(f"DecoderConfig: attention_scale must be a number, got {self.attention_scale!r}")
        if self.position == "rope":
            positive(self, "rope_theta", Real)
            if self.head_width % 2:
                raise ValueError(f"DecoderConfig: rope needs an even head_width, got {self.head_width}")


def is_number(value: Any, kind: type = Real) -> bool:
    """Whether it is a number of this kind, of Python or NumPy, and no bool."""
    return isinstance(value, kind) and not isinstance(value, bool)


def positive(owner: Any, name: str, kind: type = Integral) -> None:
    """Raise unless the attribute `name` is a positive int; or, if the kind is Real, a positive and finite number."""
    value = getattr(owner, name)
    if not is_number(value, kind) or not 0 < value < math.inf:
        wanted = "int" if kind is Integral else "finite number"
        raise ValueError(f"{type(owner).__name__}: {name} must be a positive {wanted}, got {value!r}")
