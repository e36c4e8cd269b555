"""What becomes of torchvision's `weights`: there are none to fetch."""

from typing import Any


def refuse_weights(name: str, weights: Any) -> None:
    """Raise unless `weights` is None.

    Raises:
        ValueError: that says how to load weights from a file instead.
    """
    if weights is not None:
        raise ValueError(
            f"{name}: weights={weights!r} cannot be fetched, only weights=None is supported; save torchvision's state_dict() as "
            "a safetensors file and use model.load_state_dict(load_file(path))"
        )
