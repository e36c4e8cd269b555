"""The decoder of the transformer of 2017, which looks at the encoder's output: a layer, and a stack of them."""

import copy
from typing import Any

from tt_nn import Dropout, LayerNorm, Linear, Module, ModuleList
from tt_nn.functional import relu

from .multihead import MultiheadAttention
from .transformer_encoder import Activation, activation_of, is_causal_mask, length_of


class TransformerDecoderLayer(Module):
    """Self-attention, attention to the encoder's output, then an MLP, each added to its input and normalized.

    Arguments as in `TransformerEncoderLayer`.

    Args:
        d_model: E, the width.
        nhead: the number of attention heads.
        dim_feedforward: the width of the MLP's hidden layer.
        dropout: the probability with which a value is set to zero in training.
        activation: "relu", "gelu", or a function of a tensor.
        layer_norm_eps: added to the variance.
        batch_first: whether sequences are `[N, T, E]`, not `[T, N, E]`.
        norm_first: whether to normalize before, not after.
        bias: whether linear layers and norms have one.
        device: None or "cpu".
        dtype: of the parameters; the default float if None.

    Examples:
        >>> from tt_tensor import ones
        >>> layer = TransformerDecoderLayer(d_model=8, nhead=2, dim_feedforward=16, batch_first=True)
        >>> layer(ones(4, 5, 8), memory=ones(4, 7, 8)).shape
        torch.Size([4, 5, 8])
    """

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: Activation = relu,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        made: dict[str, Any] = dict(bias=bias, device=device, dtype=dtype)
        self.self_attn = MultiheadAttention(d_model, nhead, dropout=dropout, batch_first=batch_first, **made)
        self.multihead_attn = MultiheadAttention(d_model, nhead, dropout=dropout, batch_first=batch_first, **made)
        self.linear1 = Linear(d_model, dim_feedforward, **made)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, **made)
        self.norm_first = norm_first
        self.norm1 = LayerNorm(d_model, eps=layer_norm_eps, **made)
        self.norm2 = LayerNorm(d_model, eps=layer_norm_eps, **made)
        self.norm3 = LayerNorm(d_model, eps=layer_norm_eps, **made)
        self.dropout1, self.dropout2, self.dropout3 = Dropout(dropout), Dropout(dropout), Dropout(dropout)
        self.activation = activation_of(type(self).__name__, activation)

    def forward(
        self,
        tgt: Any,
        memory: Any,
        tgt_mask: Any = None,
        memory_mask: Any = None,
        tgt_key_padding_mask: Any = None,
        memory_key_padding_mask: Any = None,
        tgt_is_causal: bool = False,
        memory_is_causal: bool = False,
    ) -> Any:
        """The sequences, transformed.

        Args:
            tgt: `[T, E]`, `[T, N, E]`, or `[N, T, E]` if `batch_first`.
            memory: the encoder's output, `[S, E]`, `[S, N, E]`, or `[N, S, E]`.
            tgt_mask: `[T, T]` or `[N · nhead, T, T]`; bool, True where a query may not look, or floating, added to the scores.
            memory_mask: `[T, S]` or `[N · nhead, T, S]`, likewise.
            tgt_key_padding_mask: `[T]` or `[N, T]`, likewise.
            memory_key_padding_mask: `[S]` or `[N, S]`, likewise.
            tgt_is_causal: a hint that `tgt_mask` is causal.
            memory_is_causal: a hint that `memory_mask` is.
        """
        own = (tgt_mask, tgt_key_padding_mask, tgt_is_causal)
        other = (memory, memory_mask, memory_key_padding_mask, memory_is_causal)
        if self.norm_first:
            x = tgt + self._sa_block(self.norm1(tgt), *own)
            x = x + self._mha_block(self.norm2(x), *other)
            return x + self._ff_block(self.norm3(x))
        x = self.norm1(tgt + self._sa_block(tgt, *own))
        x = self.norm2(x + self._mha_block(x, *other))
        return self.norm3(x + self._ff_block(x))

    def _sa_block(self, x: Any, mask: Any, padding: Any, is_causal: bool) -> Any:
        y, _ = self.self_attn(x, x, x, padding, need_weights=False, attn_mask=mask, is_causal=is_causal)
        return self.dropout1(y)

    def _mha_block(self, x: Any, memory: Any, mask: Any, padding: Any, is_causal: bool) -> Any:
        y, _ = self.multihead_attn(x, memory, memory, padding, need_weights=False, attn_mask=mask, is_causal=is_causal)
        return self.dropout2(y)

    def _ff_block(self, x: Any) -> Any:
        return self.dropout3(self.linear2(self.dropout(self.activation(self.linear1(x)))))


class TransformerDecoder(Module):
    """A stack of decoder layers, which begin as copies of one.

    Args:
        decoder_layer: the layer that is copied.
        num_layers: how many there are.
        norm: a module for the end, or None.

    Examples:
        >>> from tt_tensor import ones
        >>> layer = TransformerDecoderLayer(d_model=8, nhead=2, dim_feedforward=16)
        >>> TransformerDecoder(layer, num_layers=2)(ones(5, 4, 8), memory=ones(7, 4, 8)).shape
        torch.Size([5, 4, 8])
    """

    def __init__(self, decoder_layer: Module, num_layers: int, norm: Module | None = None) -> None:
        super().__init__()
        self.layers = ModuleList(copy.deepcopy(decoder_layer) for _ in range(num_layers))
        self.num_layers, self.norm = num_layers, norm

    def forward(
        self,
        tgt: Any,
        memory: Any,
        tgt_mask: Any = None,
        memory_mask: Any = None,
        tgt_key_padding_mask: Any = None,
        memory_key_padding_mask: Any = None,
        tgt_is_causal: bool | None = None,
        memory_is_causal: bool = False,
    ) -> Any:
        """All layers, one after the other; arguments as in `TransformerDecoderLayer`.

        Args:
            tgt: the sequences.
            memory: the encoder's output.
            tgt_mask: who may not look at whom.
            memory_mask: who may not look at what of the encoder's output.
            tgt_key_padding_mask: which keys are ignored.
            memory_key_padding_mask: which of the encoder's are.
            tgt_is_causal: whether `tgt_mask` is causal; None to find out.
            memory_is_causal: a hint that `memory_mask` is causal.
        """
        first = self.layers[0] if self.num_layers else None
        batch_first = isinstance(first, TransformerDecoderLayer) and first.self_attn.batch_first
        causal = is_causal_mask(tgt_mask, tgt_is_causal, length_of(tgt, batch_first))
        for layer in self.layers:
            tgt = layer(
                tgt,
                memory,
                tgt_mask=tgt_mask,
                memory_mask=memory_mask,
                tgt_key_padding_mask=tgt_key_padding_mask,
                memory_key_padding_mask=memory_key_padding_mask,
                tgt_is_causal=causal,
                memory_is_causal=memory_is_causal,
            )
        return tgt if self.norm is None else self.norm(tgt)
