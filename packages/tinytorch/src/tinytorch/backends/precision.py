"""What PyTorch gives up for speed if it may, and what stays here: sums in one order, and float32's precision in products."""

_settings = {"deterministic": False, "precision": "highest"}


def use_deterministic_algorithms(mode: bool, *, warn_only: bool = False) -> None:  # noqa: ARG001
    """Ask for algorithms that give the same result in every run on one machine with as many threads; all do."""
    _settings["deterministic"] = mode


def are_deterministic_algorithms_enabled() -> bool:
    """What `use_deterministic_algorithms` was told."""
    return bool(_settings["deterministic"])


def set_float32_matmul_precision(precision: str) -> None:
    """Allow products of float32 less precision than they have; they keep it.

    Args:
        precision: "highest", "high" or "medium".

    Raises:
        ValueError: for anything else.
    """
    if precision not in ("highest", "high", "medium"):
        raise ValueError(f"set_float32_matmul_precision: expected 'highest', 'high' or 'medium', got {precision!r}")
    _settings["precision"] = precision


def get_float32_matmul_precision() -> str:
    """What `set_float32_matmul_precision` was told."""
    return str(_settings["precision"])
