"""TinyTorch under PyTorch's names."""
