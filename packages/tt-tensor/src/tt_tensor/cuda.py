"""NVIDIA's GPUs, of which none is used: the answers for code that asks before it chooses a device."""

__all__ = ["device_count", "is_available"]


def is_available() -> bool:
    """Whether tensors can be on a GPU: False.

    Examples:
        >>> from tt_tensor import device
        >>> device("cuda" if is_available() else "cpu")
        device(type='cpu')
    """
    return False


def device_count() -> int:
    """The number of GPUs that tensors can be on: 0.

    Examples:
        >>> device_count()
        0
    """
    return 0
