"""GPT-2."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from .pretrained_config import PretrainedConfig
from .weights import Piece, Pretrained


@dataclass(frozen=True, kw_only=True)
class GPTConfig(PretrainedConfig):
    """The configuration of a `GPT`, under the names and with the defaults of Hugging Face's `GPT2Config`.

    Args:
        vocab_size: the number of tokens.
        n_positions: the longest sequence, in tokens.
        n_embd: the width of the model.
        n_layer: the number of blocks.
        n_head: the number of attention heads.
        n_inner: the width of the MLP's hidden layer; 4 · n_embd if None.
        activation_function: of the MLP: "gelu_new" (with tanh), "gelu", "relu", "silu": see `DecoderConfig`.
        resid_pdrop: dropout of what attention and MLP add.
        embd_pdrop: dropout of the embeddings.
        attn_pdrop: dropout of attention weights.
        layer_norm_epsilon: added to the variance.
        initializer_range: the standard deviation of the initial weights.
        scale_attn_weights: whether scores are divided by √(n_embd / n_head).
        scale_attn_by_inverse_layer_idx: whether they are divided by the number of the layer, from 1, too.
        tie_word_embeddings: whether the output layer's weight is the token embedding.
        bos_token_id: the token with which a text begins: kept for the file, not used.
        eos_token_id: the token with which it ends: likewise.
        pad_token_id: the token that pads: likewise.

    Examples:
        >>> GPTConfig(vocab_size=65, n_positions=64, n_embd=128, n_layer=4, n_head=4).decoder().hidden
        512
    """

    model_type: ClassVar[str] = "gpt2"
    refused: ClassVar[Mapping[str, Any]] = {"add_cross_attention": False}
    names: ClassVar[Mapping[str, str]] = {
        "vocab_size": "vocab_size",
        "context": "n_positions",
        "width": "n_embd",
        "layers": "n_layer",
        "heads": "n_head",
        "hidden": "n_inner",
        "norm_eps": "layer_norm_epsilon",
        "activation": "activation_function",
        "tied": "tie_word_embeddings",
        "dropout": "resid_pdrop",
        "embedding_dropout": "embd_pdrop",
        "attention_dropout": "attn_pdrop",
        "scale_by_layer": "scale_attn_by_inverse_layer_idx",
        "init_std": "initializer_range",
    }

    vocab_size: int = 50257
    n_positions: int = 1024
    n_embd: int = 768
    n_layer: int = 12
    n_head: int = 12
    n_inner: int | None = None
    activation_function: str = "gelu_new"
    resid_pdrop: float = 0.1
    embd_pdrop: float = 0.1
    attn_pdrop: float = 0.1
    layer_norm_epsilon: float = 1e-5
    initializer_range: float = 0.02
    scale_attn_weights: bool = True
    scale_attn_by_inverse_layer_idx: bool = False
    tie_word_embeddings: bool = True
    bos_token_id: int | None = None
    eos_token_id: int | list[int] | None = None
    pad_token_id: int | None = None

    def _others(self) -> dict[str, Any]:
        """The other settings of the decoder."""
        return {"attention_scale": None if self.scale_attn_weights else 1.0}


class GPT(Pretrained):
    """GPT-2: LayerNorm before attention and MLP, learned positions, GELU with tanh, the output tied to the embedding.

    `from_pretrained` and `save_pretrained` read and write Hugging Face's files.

    Args:
        config: the configuration.

    Attributes:
        config: the configuration.

    Raises:
        ValueError: if its settings contradict each other.

    Source:
        Radford et al., Language models are unsupervised multitask learners, 2019.

    Examples:
        >>> from tt_tensor import tensor
        >>> model = GPT(GPTConfig(vocab_size=65, n_positions=64, n_embd=32, n_layer=2, n_head=4))
        >>> model(tensor([[1, 2, 3]])).shape
        torch.Size([1, 3, 65])
        >>> sum(p.numel() for p in model.parameters())
        29600
    """

    config: GPTConfig
    config_class = GPTConfig
    prefix, architecture = "transformer.", "GPT2LMHeadModel"

    def _pieces(self) -> dict[str, Piece]:
        """For each tensor of a file, by its name without the prefix, where it belongs."""
        pieces = {"wte.weight": Piece("tokens.weight"), "wpe.weight": Piece("positions.weight")}
        for k in range(self.shape.layers):
            for theirs, ours in (("attn.c_attn", "attention.qkv"), ("attn.c_proj", "attention.out"),
                                 ("mlp.c_fc", "mlp.up"), ("mlp.c_proj", "mlp.down")):  # fmt: skip
                pieces[f"h.{k}.{theirs}.weight"] = Piece(f"blocks.{k}.{ours}.weight", flipped=True)
                pieces[f"h.{k}.{theirs}.bias"] = Piece(f"blocks.{k}.{ours}.bias")
            for theirs, ours in (("ln_1", "norm1"), ("ln_2", "norm2")):
                for part in ("weight", "bias"):
                    pieces[f"h.{k}.{theirs}.{part}"] = Piece(f"blocks.{k}.{ours}.{part}")
        pieces |= {f"ln_f.{part}": Piece(f"norm.{part}") for part in ("weight", "bias")}
        return pieces if self.shape.tied else pieces | {"lm_head.weight": Piece("head.weight")}

    def _ignored(self, name: str) -> bool:
        """Whether a tensor of this name is no weight: old files hold the causal mask."""
        return re.fullmatch(r"h\.\d+\.attn\.(bias|masked_bias)", name) is not None
