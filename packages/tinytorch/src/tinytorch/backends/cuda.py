"""NVIDIA's GPUs, which are not used."""

from types import SimpleNamespace

matmul = SimpleNamespace(allow_tf32=False)


def is_built() -> bool:
    """Whether tensors could be on one, on another machine: False."""
    return False
