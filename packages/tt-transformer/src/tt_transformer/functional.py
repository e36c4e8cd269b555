"""The functional forms of this package's layers, under PyTorch's names."""

from .attention import scaled_dot_product_attention
from .multihead_functional import multi_head_attention_forward

__all__ = ["multi_head_attention_forward", "scaled_dot_product_attention"]
