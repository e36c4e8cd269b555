"""NVIDIA's GPUs, of which none is used: the answers for code that asks before it chooses a device."""

__all__ = ["device_count", "empty_cache", "is_available", "manual_seed", "manual_seed_all"]


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


def manual_seed(seed: int) -> None:
    """Seed the random numbers of a GPU: there is none. (`tt_tensor.manual_seed` seeds those of the CPU.)

    Examples:
        >>> manual_seed(0)
    """
    int(seed)


manual_seed_all = manual_seed


def empty_cache() -> None:
    """Give back memory of a GPU: there is none.

    Examples:
        >>> empty_cache()
    """
