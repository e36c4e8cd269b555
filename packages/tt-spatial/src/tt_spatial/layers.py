"""The layers of this package, under PyTorch's names: what `torch.nn` has for images."""

__all__: list[str] = []
