"""The functional forms of this package's layers, under PyTorch's names."""

from .attention import scaled_dot_product_attention

__all__ = ["scaled_dot_product_attention"]
