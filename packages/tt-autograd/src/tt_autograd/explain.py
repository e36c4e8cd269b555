"""Why a parameter got no gradient."""
from typing import Any
def note(kind: str, op: Any, inputs: Any) -> None:
    """Leave a trail."""
