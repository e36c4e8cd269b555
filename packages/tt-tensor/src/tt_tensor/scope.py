"""What is in scope when a kernel runs: silence, and the handlers of this thread."""

import contextvars
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

Handler = Callable[[Any, Sequence[Any], dict[str, Any]], Any]

# A context in which NumPy divides by zero in silence, as PyTorch does. Entering `np.errstate` costs more than a small operation;
# a copy of a context that was prepared once costs next to nothing, and belongs to whoever runs a kernel in it.
_silence = contextvars.copy_context()
_silence.run(np.seterr, all="ignore")
# Rows against one row or one column: NumPy copies the short side into its buffer, 8192 elements at first, as long as two rows
# fit, and takes twice as long as row by row. With a small buffer only narrow rows are copied, where that pays.
_silence.run(np.setbufsize, 1024)
quiet = _silence.copy  # `quiet().run(kernel, *arrays)` runs a kernel in silence


def quietly(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call `function` with NumPy's floating-point warnings off: for work on plain arrays outside a kernel."""
    return quiet().run(function, *args, **kwargs)


class _Thread(threading.local):
    """The handlers in scope in this thread, the innermost last."""

    handlers: tuple[Handler, ...] = ()


thread = _Thread()
blocks = 0  # how many `handling` blocks are open in all threads: while it is 0, no operation has to look for handlers
_lock = threading.Lock()


@contextmanager
def handling(handler: Handler) -> Iterator[Handler]:
    """Within this block, in this thread, `handler(op, arrays, params)` answers every operation on plain arrays.

    Args:
        handler: returns the result, an array or a tuple of arrays. `op(*arrays, **params)` asks the next handler out, and in
            the end the kernel.

    Examples:
        >>> from tt_tensor import exp, tensor
        >>> def log(op, arrays, params):
        ...     print(op.name, arrays[0].shape)
        ...     return op(*arrays, **params)
        >>> with handling(log):
        ...     y = exp(tensor([0.0, 1.0]))
        exp (2,)
    """
    outer = thread.handlers
    thread.handlers = (*outer, handler)
    _count(1)
    try:
        yield handler
    finally:
        thread.handlers = outer
        _count(-1)


def _count(n: int) -> None:
    """Add to the number of open blocks."""
    global blocks
    with _lock:
        blocks += n
