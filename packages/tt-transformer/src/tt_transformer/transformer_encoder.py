"""The encoder of the transformer: a layer, and a stack of them."""

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
from tt_nn import Dropout, LayerNorm, Linear, Module, ModuleList
from tt_nn.functional import gelu, relu

from .multihead import MultiheadAttention

Activation = str | Callable[[Any], Any]


def activation_of(name: str, activation: Activation) -> Callable[[Any], Any]:
    """The function, which may be given by name; `name` is what an error calls the layer."""
    if callable(activation):
        return activation
    if activation not in ("relu", "gelu"):
        raise RuntimeError(
            f"{name}: activation should be relu/gelu, not {activation!r}; pass a function for another one"
        )
    return relu if activation == "relu" else gelu


def is_causal_mask(mask: Any, hint: bool | None, size: int) -> bool:
    """Whether `mask` is the causal one for sequences of this length: as the hint says, or found by looking."""
    if hint is not None or mask is None:
        return hint is True
    if tuple(mask.shape) != (size, size):
        return False
    above = np.triu(np.ones((size, size), bool), 1)
    if mask.dtype.kind == "b":
        return bool((mask.array == above).all())
    return bool((mask.array == np.where(above, -np.inf, 0)).all())


def length_of(x: Any, batch_first: bool) -> int:
    """The length of the sequences, of which there may be a batch."""
    return int(x.shape[1 if batch_first and x.ndim == 3 else 0])


class TransformerEncoderLayer(Module):
    """Self-attention, then an MLP, each added to its input and normalized: norm(x + f(x)), or x + f(norm(x)).

    Args:
        d_model: E, the width.
        nhead: the number of attention heads.
        dim_feedforward: the width of the MLP's hidden layer.
        dropout: the probability with which a value is set to zero in training: attention weights, hidden layer, both outputs.
        activation: "relu", "gelu", or a function of a tensor.
        layer_norm_eps: added to the variance.
        batch_first: whether sequences are `[N, S, E]`, not `[S, N, E]`.
        norm_first: whether to normalize before, not after.
        bias: whether linear layers and norms have one.
        device: None or "cpu".
        dtype: of the parameters; the default float if None.

    Examples:
        >>> from tt_tensor import ones
        >>> layer = TransformerEncoderLayer(d_model=8, nhead=2, dim_feedforward=16, batch_first=True)
        >>> layer(ones(4, 5, 8)).shape
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
        self.linear1 = Linear(d_model, dim_feedforward, **made)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, **made)
        self.norm_first = norm_first
        self.norm1 = LayerNorm(d_model, eps=layer_norm_eps, **made)
        self.norm2 = LayerNorm(d_model, eps=layer_norm_eps, **made)
        self.dropout1, self.dropout2 = Dropout(dropout), Dropout(dropout)
        self.activation = activation_of(type(self).__name__, activation)

    def forward(self, src: Any, src_mask: Any = None, src_key_padding_mask: Any = None, is_causal: bool = False) -> Any:
        """The sequences, transformed.

        Args:
            src: `[S, E]`, `[S, N, E]`, or `[N, S, E]` if `batch_first`.
            src_mask: `[S, S]` or `[N · nhead, S, S]`; bool, True where a query may not look, or floating, added to the scores.
            src_key_padding_mask: `[S]` or `[N, S]`, likewise.
            is_causal: a hint that `src_mask` is causal.
        """
        if self.norm_first:
            x = src + self._sa_block(self.norm1(src), src_mask, src_key_padding_mask, is_causal)
            return x + self._ff_block(self.norm2(x))
        x = self.norm1(src + self._sa_block(src, src_mask, src_key_padding_mask, is_causal))
        return self.norm2(x + self._ff_block(x))

    def _sa_block(self, x: Any, mask: Any, padding: Any, is_causal: bool) -> Any:
        y, _ = self.self_attn(x, x, x, padding, need_weights=False, attn_mask=mask, is_causal=is_causal)
        return self.dropout1(y)

    def _ff_block(self, x: Any) -> Any:
        return self.dropout2(self.linear2(self.dropout(self.activation(self.linear1(x)))))


class TransformerEncoder(Module):
    """A stack of encoder layers, which begin as copies of one.

    Args:
        encoder_layer: the layer that is copied.
        num_layers: how many there are.
        norm: a module for the end, or None.
        enable_nested_tensor: accepted; there are no nested tensors, so padding is computed too, and is not set to zero.
        mask_check: accepted, likewise.

    Examples:
        >>> from tt_tensor import ones
        >>> layer = TransformerEncoderLayer(d_model=8, nhead=2, dim_feedforward=16)
        >>> TransformerEncoder(layer, num_layers=2)(ones(5, 4, 8)).shape
        torch.Size([5, 4, 8])
    """

    def __init__(
        self,
        encoder_layer: Module,
        num_layers: int,
        norm: Module | None = None,
        enable_nested_tensor: bool = True,
        mask_check: bool = True,
    ) -> None:
        super().__init__()
        self.layers = ModuleList(copy.deepcopy(encoder_layer) for _ in range(num_layers))
        self.num_layers, self.norm = num_layers, norm
        self.enable_nested_tensor, self.mask_check = enable_nested_tensor, mask_check

    def forward(
        self, src: Any, mask: Any = None, src_key_padding_mask: Any = None, is_causal: bool | None = None
    ) -> Any:
        """All layers, one after the other; arguments as in `TransformerEncoderLayer`.

        Args:
            src: the sequences.
            mask: who may not look at whom.
            src_key_padding_mask: which keys are ignored.
            is_causal: whether `mask` is causal; None to find out.
        """
        causal = is_causal_mask(mask, is_causal, length_of(src, self._batch_first()))
        for layer in self.layers:
            src = layer(src, src_mask=mask, is_causal=causal, src_key_padding_mask=src_key_padding_mask)
        return src if self.norm is None else self.norm(src)

    def _batch_first(self) -> bool:
        first = self.layers[0] if self.num_layers else None
        return isinstance(first, TransformerEncoderLayer) and first.self_attn.batch_first
