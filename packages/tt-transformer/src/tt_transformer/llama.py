"""Llama."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from .pretrained_config import PretrainedConfig
from .weights import Piece, Pretrained


@dataclass(frozen=True, kw_only=True)
class LlamaConfig(PretrainedConfig):
    """The configuration of a `Llama`, under the names and with the defaults of Hugging Face's `LlamaConfig`.

    Args:
        vocab_size: the number of tokens.
        hidden_size: the width of the model.
        intermediate_size: the width of the MLP's hidden layer.
        num_hidden_layers: the number of blocks.
        num_attention_heads: the number of attention heads.
        num_key_value_heads: how many heads of keys and values they share; as many as there are if None.
        head_dim: the size of a query, key or value; hidden_size / num_attention_heads if None.
        hidden_act: the activation of the gate: "silu", "gelu", "relu": see `DecoderConfig`.
        max_position_embeddings: the longest sequence, in tokens.
        initializer_range: the standard deviation of the initial weights.
        rms_norm_eps: added to the mean square.
        rope_theta: the base of RoPE's wavelengths.
        rope_scaling: how it is stretched: see `DecoderConfig`.
        attention_bias: whether the linear layers of attention have a bias.
        attention_dropout: dropout of attention weights.
        mlp_bias: whether the linear layers of the MLP have a bias.
        tie_word_embeddings: whether the output layer's weight is the token embedding.
        bos_token_id: the token with which a text begins: kept for the file, not used.
        eos_token_id: the token with which it ends: likewise.
        pad_token_id: the token that pads: likewise.

    Examples:
        >>> LlamaConfig(hidden_size=64, num_attention_heads=8, num_key_value_heads=2).decoder().head_width
        8
    """

    model_type: ClassVar[str] = "llama"
    refused: ClassVar[Mapping[str, Any]] = {"rope_interleaved": False, "sliding_window": None}
    names: ClassVar[Mapping[str, str]] = {
        "vocab_size": "vocab_size",
        "context": "max_position_embeddings",
        "width": "hidden_size",
        "layers": "num_hidden_layers",
        "heads": "num_attention_heads",
        "kv_heads": "num_key_value_heads",
        "head_width": "head_dim",
        "hidden": "intermediate_size",
        "rope_scaling": "rope_scaling",
        "norm_eps": "rms_norm_eps",
        "activation": "hidden_act",
        "attention_bias": "attention_bias",
        "mlp_bias": "mlp_bias",
        "tied": "tie_word_embeddings",
        "attention_dropout": "attention_dropout",
        "init_std": "initializer_range",
    }

    vocab_size: int = 32000
    hidden_size: int = 4096
    intermediate_size: int = 11008
    num_hidden_layers: int = 32
    num_attention_heads: int = 32
    num_key_value_heads: int | None = None
    head_dim: int | None = None
    hidden_act: str = "silu"
    max_position_embeddings: int = 2048
    initializer_range: float = 0.02
    rms_norm_eps: float = 1e-6
    rope_theta: float = 10000.0
    rope_scaling: Mapping[str, Any] | None = None
    attention_bias: bool = False
    attention_dropout: float = 0.0
    mlp_bias: bool = False
    tie_word_embeddings: bool = False
    bos_token_id: int | None = None
    eos_token_id: int | list[int] | None = None
    pad_token_id: int | None = None

    @classmethod
    def from_dict(cls, options: Mapping[str, Any]) -> Self:
        """The configuration that a config.json holds; RoPE's numbers are under `rope_scaling` or, else, `rope_parameters`."""
        if isinstance(options, Mapping):
            rope = options.get("rope_scaling") or options.get("rope_parameters") or {}
            if not isinstance(rope, Mapping):
                raise ValueError(
                    f"config.json: rope_scaling and rope_parameters must be objects with names and values, got {rope!r}"
                )
            rope = dict(rope)
            if rope.pop("partial_rotary_factor", 1.0) != 1.0:
                raise ValueError("config.json: rope_parameters with a partial_rotary_factor are not supported")
            theta = rope.pop("rope_theta", options.get("rope_theta", cls.rope_theta))
            default = rope.get("rope_type", rope.get("type")) == "default"
            rest = {k: v for k, v in options.items() if k != "rope_parameters"}
            options = {**rest, "rope_theta": theta, "rope_scaling": None if default or not rope else rope}
        return super().from_dict(options)

    def _others(self) -> dict[str, Any]:
        """The other settings of the decoder."""
        return {
            "position": "rope",
            "rope_theta": self.rope_theta,
            "norm": "rms",
            "gated": True,
            "scaled_init": False,
        }


class Llama(Pretrained):
    """Llama: RMSNorm before attention and MLP, rotary positions, SwiGLU, queries that share keys and values, no biases.

    `from_pretrained` and `save_pretrained` read and write Hugging Face's files.

    Args:
        config: the configuration.

    Attributes:
        config: the configuration.

    Raises:
        ValueError: if its settings contradict each other.

    Source:
        Touvron et al., LLaMA: open and efficient foundation language models, 2023.

    Examples:
        >>> from tt_tensor import tensor
        >>> model = Llama(LlamaConfig(
        ...     vocab_size=65, hidden_size=32, intermediate_size=64, num_hidden_layers=2,
        ...     num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=64,
        ... ))
        >>> model(tensor([[1, 2, 3]])).shape
        torch.Size([1, 3, 65])
    """

    config: LlamaConfig
    config_class = LlamaConfig
    prefix, architecture = "model.", "LlamaForCausalLM"

    def _pieces(self) -> dict[str, Piece]:
        """For each tensor of a file, by its name without the prefix, where it belongs."""
        shape = self.shape
        q, kv, hidden = shape.heads * shape.head_width, shape.kv_heads * shape.head_width, shape.hidden
        layers = {
            "self_attn.q_proj": ("attention.qkv", slice(0, q), shape.attention_bias),
            "self_attn.k_proj": ("attention.qkv", slice(q, q + kv), shape.attention_bias),
            "self_attn.v_proj": ("attention.qkv", slice(q + kv, q + 2 * kv), shape.attention_bias),
            "self_attn.o_proj": ("attention.out", None, shape.attention_bias),
            "mlp.gate_proj": ("mlp.up", slice(0, hidden), shape.mlp_bias),
            "mlp.up_proj": ("mlp.up", slice(hidden, 2 * hidden), shape.mlp_bias),
            "mlp.down_proj": ("mlp.down", None, shape.mlp_bias),
            "input_layernorm": ("norm1", None, False),
            "post_attention_layernorm": ("norm2", None, False),
        }
        pieces = {"embed_tokens.weight": Piece("tokens.weight")}
        for k in range(shape.layers):
            for theirs, (ours, rows, bias) in layers.items():
                for part in ("weight", "bias") if bias else ("weight",):
                    pieces[f"layers.{k}.{theirs}.{part}"] = Piece(f"blocks.{k}.{ours}.{part}", rows)
        pieces["norm.weight"] = Piece("norm.weight")
        return pieces if shape.tied else pieces | {"lm_head.weight": Piece("head.weight")}

    def _ignored(self, name: str) -> bool:
        """Whether a tensor of this name is no weight: old files hold RoPE's frequencies."""
        return name.endswith("rotary_emb.inv_freq")
