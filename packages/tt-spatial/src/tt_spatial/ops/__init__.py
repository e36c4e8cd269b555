"""Kernels of pooling and resampling; their functional forms are one level up."""
