"""Apple's GPUs, which are not used."""


def is_available() -> bool:
    """Whether tensors can be on one: False."""
    return False


def is_built() -> bool:
    """Whether they could be on another machine: False."""
    return False
