"""The functional forms of this package's layers, under PyTorch's names."""

__all__: list[str] = []
