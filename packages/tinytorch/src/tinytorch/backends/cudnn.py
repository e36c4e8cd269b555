"""NVIDIA's library of layers, which is not used."""

enabled, benchmark, deterministic, allow_tf32 = True, False, False, True


def is_available() -> bool:
    """Whether it is used: False."""
    return False


def version() -> None:
    """Its version: None."""
