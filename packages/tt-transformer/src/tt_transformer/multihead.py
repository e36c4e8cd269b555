"""The layer of attention with several heads."""

from typing import Any

from tt_nn import Linear, Module, Parameter, init
from tt_nn.parameter import empty

from .multihead_functional import multi_head_attention_forward


class MultiheadAttention(Module):
    """Attention with several heads: concat(head₁, …, headₙ) Wᴼ, where headᵢ = attention(q Wᵢ^Q, k Wᵢ^K, v Wᵢ^V).

    In masks of bools, True hides: unlike in `scaled_dot_product_attention`, and as in PyTorch.

    Args:
        embed_dim: E, the width of queries and of the output.
        num_heads: the number of heads, each of width E / num_heads.
        dropout: the probability with which an attention weight is set to zero in training.
        bias: whether the projections have one.
        add_bias_kv: whether one more key and value are learned, for every sequence.
        add_zero_attn: whether one more key and value are zeros.
        kdim: the width of keys; E if None.
        vdim: the width of values; E if None.
        batch_first: whether the batch is the first dimension: `[N, L, E]`, not `[L, N, E]`.
        device: None or "cpu".
        dtype: of the parameters; the default float if None.

    Attributes:
        in_proj_weight: `[3 E, E]`, for queries, keys and values, at first Glorot-uniform; None if kdim or vdim differs from E.
        q_proj_weight: `[E, E]` in that case, else None; likewise `k_proj_weight`, `[E, kdim]`, and `v_proj_weight`, `[E, vdim]`.
        in_proj_bias: `[3 E]`, at first 0; or None.
        out_proj: the linear layer that joins the heads.
        bias_k: `[1, 1, E]` with `add_bias_kv`, else None; likewise `bias_v`.

    Raises:
        ValueError: if a size is not positive.
        AssertionError: if the heads do not divide E.

    Source:
        Vaswani et al., Attention is all you need, 2017.

    Examples:
        >>> from tt_tensor import ones
        >>> attention = MultiheadAttention(8, num_heads=2, batch_first=True)
        >>> x = ones(4, 5, 8)
        >>> output, weights = attention(x, x, x)
        >>> output.shape, weights.shape
        (torch.Size([4, 5, 8]), torch.Size([4, 5, 5]))
    """

    in_proj_weight: Parameter | None
    q_proj_weight: Parameter | None
    k_proj_weight: Parameter | None
    v_proj_weight: Parameter | None
    in_proj_bias: Parameter | None
    bias_k: Parameter | None
    bias_v: Parameter | None

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        dropout: float = 0.0,
        bias: bool = True,
        add_bias_kv: bool = False,
        add_zero_attn: bool = False,
        kdim: int | None = None,
        vdim: int | None = None,
        batch_first: bool = False,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        if embed_dim <= 0 or num_heads <= 0:
            raise ValueError(
                "MultiheadAttention: embed_dim and num_heads must be greater than 0, got "
                f"embed_dim={embed_dim} and num_heads={num_heads} instead"
            )
        super().__init__()
        self.embed_dim, self.num_heads, self.dropout = embed_dim, num_heads, dropout
        self.kdim, self.vdim = embed_dim if kdim is None else kdim, embed_dim if vdim is None else vdim
        self._qkv_same_embed_dim = self.kdim == embed_dim == self.vdim
        self.batch_first, self.add_zero_attn = batch_first, add_zero_attn
        self.head_dim = embed_dim // num_heads
        if self.head_dim * num_heads != embed_dim:
            raise AssertionError(
                f"MultiheadAttention: embed_dim must be divisible by num_heads, got {embed_dim} and {num_heads}"
            )
        made: dict[str, Any] = dict(device=device, dtype=dtype)
        if self._qkv_same_embed_dim:
            self.in_proj_weight = empty(3 * embed_dim, embed_dim, **made)
            for name in ("q_proj_weight", "k_proj_weight", "v_proj_weight"):
                self.register_parameter(name, None)
        else:
            self.q_proj_weight = empty(embed_dim, embed_dim, **made)
            self.k_proj_weight = empty(embed_dim, self.kdim, **made)
            self.v_proj_weight = empty(embed_dim, self.vdim, **made)
            self.register_parameter("in_proj_weight", None)
        self.register_parameter("in_proj_bias", empty(3 * embed_dim, **made) if bias else None)
        self.out_proj = Linear(embed_dim, embed_dim, bias=bias, **made)
        self.register_parameter("bias_k", empty(1, 1, embed_dim, **made) if add_bias_kv else None)
        self.register_parameter("bias_v", empty(1, 1, embed_dim, **made) if add_bias_kv else None)
        self._reset_parameters()

    def _reset_parameters(self) -> None:
        for weight in (self.in_proj_weight, self.q_proj_weight, self.k_proj_weight, self.v_proj_weight):
            if weight is not None:
                init.xavier_uniform_(weight)
        if self.in_proj_bias is not None:
            init.zeros_(self.in_proj_bias)
            init.zeros_(self.out_proj.bias)
        for bias in (self.bias_k, self.bias_v):
            if bias is not None:
                init.xavier_normal_(bias)

    def forward(
        self,
        query: Any,
        key: Any,
        value: Any,
        key_padding_mask: Any = None,
        need_weights: bool = True,
        attn_mask: Any = None,
        average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[Any, Any]:
        """The output and the attention weights.

        Args:
            query: `[L, E]`, `[L, N, E]`, or `[N, L, E]` if `batch_first`.
            key: `[S, kdim]`, `[S, N, kdim]`, or `[N, S, kdim]`.
            value: `[S, vdim]`, `[S, N, vdim]`, or `[N, S, vdim]`.
            key_padding_mask: `[S]` or `[N, S]`: bool, True where a key is ignored; or floating, added to the scores.
            need_weights: whether to return the weights, which costs time and memory. With them, a query that may look at no
                key gets NaN; without, the mean of no values, 0.
            attn_mask: `[L, S]` or `[N · num_heads, L, S]`: bool, True where a query may not look; or floating, added.
            average_attn_weights: whether the weights are the mean over the heads.
            is_causal: a hint that `attn_mask`, which must be given too, is causal.

        Returns:
            A pair: the output, of the shape of `query`; and the weights, `[N, L, S]`, or `[N, num_heads, L, S]` if not averaged,
            without N if there is no batch, or None if they are not needed.
        """
        return multi_head_attention_forward(
            query, key, value, self.embed_dim, self.num_heads,
            self.in_proj_weight, self.in_proj_bias, self.bias_k, self.bias_v, self.add_zero_attn,
            self.dropout, self.out_proj.weight, self.out_proj.bias,
            training=self.training, key_padding_mask=key_padding_mask, need_weights=need_weights, attn_mask=attn_mask,
            use_separate_proj_weight=not self._qkv_same_embed_dim,
            q_proj_weight=self.q_proj_weight, k_proj_weight=self.k_proj_weight, v_proj_weight=self.v_proj_weight,
            average_attn_weights=average_attn_weights, is_causal=is_causal, batch_first=self.batch_first,
        )  # fmt: skip
