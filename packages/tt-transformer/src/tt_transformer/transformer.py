"""The transformer of 2017: encoder and decoder."""

from typing import Any

import numpy as np
from tt_autograd.tensor import plain
from tt_nn import LayerNorm, Module, init
from tt_nn.functional import relu
from tt_tensor.dtypes import as_dtype, get_default_dtype
from tt_tensor.errors import ShapeError
from tt_tensor.size import check_device

from .transformer_decoder import TransformerDecoder, TransformerDecoderLayer
from .transformer_encoder import Activation, TransformerEncoder, TransformerEncoderLayer


class Transformer(Module):
    """An encoder and a decoder that looks at the encoder's output. Embeddings, positions and the output layer are up to you.

    Args:
        d_model: E, the width.
        nhead: the number of attention heads.
        num_encoder_layers: the number of layers of the encoder.
        num_decoder_layers: the number of layers of the decoder.
        dim_feedforward: the width of the MLPs' hidden layers.
        dropout: the probability with which a value is set to zero in training.
        activation: "relu", "gelu", or a function of a tensor.
        custom_encoder: a module in place of the encoder.
        custom_decoder: a module in place of the decoder.
        layer_norm_eps: added to the variance.
        batch_first: whether sequences are `[N, S, E]`, not `[S, N, E]`.
        norm_first: whether to normalize before, not after.
        bias: whether linear layers and norms have one.
        device: None or "cpu".
        dtype: of the parameters; the default float if None.

    Source:
        Vaswani et al., Attention is all you need, 2017.

    Examples:
        >>> from tt_tensor import ones
        >>> model = Transformer(d_model=8, nhead=2, num_encoder_layers=1, num_decoder_layers=1, dim_feedforward=16)
        >>> model(ones(7, 4, 8), ones(5, 4, 8)).shape
        torch.Size([5, 4, 8])
    """

    def __init__(
        self,
        d_model: int = 512,
        nhead: int = 8,
        num_encoder_layers: int = 6,
        num_decoder_layers: int = 6,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: Activation = relu,
        custom_encoder: Any = None,
        custom_decoder: Any = None,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        same = (
            d_model, nhead, dim_feedforward, dropout, activation, layer_norm_eps, batch_first, norm_first, bias, device, dtype,
        )  # fmt: skip

        def norm() -> LayerNorm:
            return LayerNorm(d_model, eps=layer_norm_eps, bias=bias, device=device, dtype=dtype)

        if custom_encoder is None:
            custom_encoder = TransformerEncoder(TransformerEncoderLayer(*same), num_encoder_layers, norm())
        if custom_decoder is None:
            custom_decoder = TransformerDecoder(TransformerDecoderLayer(*same), num_decoder_layers, norm())
        self.encoder, self.decoder = custom_encoder, custom_decoder
        self._reset_parameters()
        self.d_model, self.nhead, self.batch_first = d_model, nhead, batch_first

    def _reset_parameters(self) -> None:
        for p in self.parameters():
            if p.ndim > 1:
                init.xavier_uniform_(p)

    def forward(
        self,
        src: Any,
        tgt: Any,
        src_mask: Any = None,
        tgt_mask: Any = None,
        memory_mask: Any = None,
        src_key_padding_mask: Any = None,
        tgt_key_padding_mask: Any = None,
        memory_key_padding_mask: Any = None,
        src_is_causal: bool | None = None,
        tgt_is_causal: bool | None = None,
        memory_is_causal: bool = False,
    ) -> Any:
        """`src` through the encoder, then `tgt` through the decoder.

        Args:
            src: `[S, E]`, `[S, N, E]`, or `[N, S, E]` if `batch_first`.
            tgt: `[T, E]`, `[T, N, E]`, or `[N, T, E]`.
            src_mask: `[S, S]` or `[N · nhead, S, S]`; bool, True where a query may not look, or floating, added to the scores.
            tgt_mask: `[T, T]` or `[N · nhead, T, T]`, likewise, for example `generate_square_subsequent_mask(T)`.
            memory_mask: `[T, S]` or `[N · nhead, T, S]`, likewise.
            src_key_padding_mask: `[S]` or `[N, S]`, likewise.
            tgt_key_padding_mask: `[T]` or `[N, T]`, likewise.
            memory_key_padding_mask: `[S]` or `[N, S]`, likewise.
            src_is_causal: whether `src_mask` is causal; None to find out.
            tgt_is_causal: whether `tgt_mask` is; None to find out.
            memory_is_causal: a hint that `memory_mask` is.

        Returns:
            `[T, E]`, `[T, N, E]`, or `[N, T, E]`.

        Raises:
            ShapeError: if batches or widths differ.
        """
        batch = 0 if self.batch_first else 1
        if src.ndim == 3 and src.shape[batch] != tgt.shape[batch]:
            raise ShapeError(
                "Transformer: the batch number of src and tgt must be equal, "
                f"got shapes {tuple(src.shape)} and {tuple(tgt.shape)}"
            )
        if src.shape[-1] != self.d_model or tgt.shape[-1] != self.d_model:
            raise ShapeError(
                f"Transformer: the feature number of src and tgt must be equal to d_model = {self.d_model}, "
                f"got shapes {tuple(src.shape)} and {tuple(tgt.shape)}"
            )
        memory = self.encoder(src, mask=src_mask, src_key_padding_mask=src_key_padding_mask, is_causal=src_is_causal)
        return self.decoder(
            tgt,
            memory,
            tgt_mask=tgt_mask,
            memory_mask=memory_mask,
            tgt_key_padding_mask=tgt_key_padding_mask,
            memory_key_padding_mask=memory_key_padding_mask,
            tgt_is_causal=tgt_is_causal,
            memory_is_causal=memory_is_causal,
        )

    @staticmethod
    def generate_square_subsequent_mask(sz: int, device: Any = None, dtype: Any = None) -> Any:
        """The causal mask: `[sz, sz]`, -inf above the diagonal, 0 elsewhere.

        Args:
            sz: the length of the sequences.
            device: None or "cpu".
            dtype: floating; the default float if None.

        Raises:
            ShapeError: if the length is negative. (A RuntimeError and a ValueError.)

        Examples:
            >>> Transformer.generate_square_subsequent_mask(2)
            tensor([[0., -inf],
                    [0., 0.]])
        """
        check_device(device)
        if sz < 0:
            raise ShapeError(f"generate_square_subsequent_mask: sz must be at least 0, got {sz}")
        dtype = get_default_dtype() if dtype is None else as_dtype(dtype)
        return plain(np.triu(np.full((sz, sz), -np.inf, dtype), 1))
