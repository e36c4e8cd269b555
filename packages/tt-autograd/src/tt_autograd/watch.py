"""What looks at each recorded operation: anomaly mode and `tracing`."""
from typing import Any
from . import grad_mode as mode

def watch(result: Any, node: Any) -> None:
    """Tell what is watching in this thread that `node` made `result`."""
    mode.thread.watching.forward(result, node)
