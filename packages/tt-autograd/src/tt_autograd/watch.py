"""What looks at each operation while it is recorded: anomaly mode, `tracing`, checkpoints."""

import linecache
import sys
import weakref
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from . import grad_mode as mode

LINES: "weakref.WeakKeyDictionary[Any, str]" = weakref.WeakKeyDictionary()  # node -> where the user's code made it


class Watcher:
    """What is told of each recorded operation in a thread, and of each step of backward."""

    def forward(self, result: Any, node: Any, inputs: Sequence[Any]) -> None:
        """`node` was recorded, and `result` is (one of) its results."""

    def backward(self, node: Any, g: Any, given: Sequence[Any]) -> None:
        """The derivative of `node` turned its gradient `g` into those of its inputs."""


def watch(result: Any, node: Any, inputs: Sequence[Any]) -> None:
    """Tell who watches in this thread, the innermost first."""
    for watcher in reversed(mode.thread.watching):
        watcher.forward(result, node, inputs)


@contextmanager
def watching(watcher: Watcher) -> Iterator[None]:
    """Let `watcher` watch this thread within the block."""
    start(watcher)
    try:
        yield
    finally:
        stop(watcher)


def start(watcher: Watcher) -> None:
    """Let `watcher` watch this thread."""
    mode.look_closer(1)
    mode.thread.watching = (*(mode.thread.watching or ()), watcher)


def stop(watcher: Watcher) -> None:
    """Let `watcher` watch no longer."""
    rest = [w for w in mode.thread.watching or () if w is not watcher]
    if len(rest) < len(mode.thread.watching or ()):
        mode.look_closer(-1)
        mode.thread.watching = tuple(rest) or None


def users_line() -> str:
    """The innermost line of code that is not TinyTorch's: `train.py:12: loss = f(x)`."""
    frame: Any = sys._getframe(1)
    while frame is not None and frame.f_globals.get("__name__", "").startswith(
        ("tt_", "tinytorch", "contextlib", "functools")
    ):
        frame = frame.f_back
    if frame is None:
        return "an unknown line"
    file, number = frame.f_code.co_filename, frame.f_lineno
    code = linecache.getline(file, number).strip()
    return f"{file}:{number}" + (f": {code}" if code else "")


class Tracer(Watcher):
    """Notes the user's line for every node. `kept` are the nodes at which the graph was cut."""

    def __init__(self) -> None:
        self.kept: list[Any] = []

    def forward(self, result: Any, node: Any, inputs: Sequence[Any]) -> None:  # noqa: ARG002
        """Note where `node` was made."""
        LINES[node] = users_line()


class Anomaly(Tracer):
    """Raises where the first NaN or Inf is born."""

    def __init__(self, check_nan: bool) -> None:
        super().__init__()
        self.check_nan = check_nan

    def forward(self, result: Any, node: Any, inputs: Sequence[Any]) -> None:
        """Raise if `result` is not finite although the inputs are."""
        super().forward(result, node, inputs)
        settings = (v for v in node.params.values() if isinstance(v, float))
        if self.check_nan and not finite(result) and all(finite(x) for x in (*inputs, *settings)):
            raise RuntimeError(
                f"detect_anomaly: {node.op.name} turned finite inputs into {kind(result)}, in {LINES[node]}"
            )

    def backward(self, node: Any, g: Any, given: Sequence[Any]) -> None:
        """Raise if a gradient is not finite although that of the result is."""
        if not self.check_nan or not all(finite(x) for x in (g if type(g) is list else [g])):
            return
        for k, d in enumerate(given):
            if d is not None and not finite(d):
                where = LINES.get(node, "a line that is not known: it ran before detect_anomaly")
                raise RuntimeError(
                    f"Function '{node.name()}' returned nan values in its {k}th output: the gradient of input {k} of "
                    f"{node.op.name} has {kind(d)}; the operation was called in {where}"
                )


def finite(x: Any) -> bool:
    """Whether all elements are finite (or it is not a float)."""
    a = getattr(x, "array", x)
    dtype = getattr(a, "dtype", None)
    if dtype is None:
        return not isinstance(a, float) or bool(np.isfinite(a))
    return dtype.kind != "f" or bool(np.isfinite(a).all())


def kind(x: Any) -> str:
    """What is in `x` that is not finite."""
    return "NaN" if np.isnan(np.asarray(getattr(x, "array", x))).any() else "Inf"


@contextmanager
def tracing() -> Iterator[None]:
    """Within this block the lines of the user's code are noted, so that `explain` and pictures can name them.

    Examples:
        >>> from tt_autograd import explain, tensor
        >>> w = tensor(1.0, requires_grad=True)
        >>> with tracing():
        ...     loss = w.detach() * tensor(2.0, requires_grad=True)
    """
    tracer = Tracer()
    with watching(tracer):
        yield
    traced.append(tracer)


traced: deque[Tracer] = deque(maxlen=1)  # the last one keeps what was cut in memory, for `explain`


@contextmanager
def detect_anomaly(check_nan: bool = True) -> Iterator[None]:
    """Within this block the first NaN or Inf raises, forward or backward, and the error names the operation and the line.

    It is slow: for finding the error only. It watches the thread that opens it.

    Args:
        check_nan: whether to look for NaN and Inf; if not, only the lines are noted.

    Examples:
        >>> from tt_autograd import tensor
        >>> x = tensor([0.0], requires_grad=True)
        >>> with detect_anomaly():
        ...     x.log()  # doctest: +IGNORE_EXCEPTION_DETAIL
        Traceback (most recent call last):
        RuntimeError: detect_anomaly: log turned finite inputs into Inf, in ...
    """
    with watching(Anomaly(check_nan)):
        yield


class set_detect_anomaly:
    """Switch anomaly mode of this thread on or off, from now on; as a context only within it.

    Args:
        mode: whether to switch it on.
        check_nan: whether to look for NaN and Inf; if not, only the lines are noted.

    Examples:
        >>> with set_detect_anomaly(True):
        ...     is_anomaly_enabled()
        True
    """

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        self.before = current()
        self._set(Anomaly(check_nan) if mode else None)

    @staticmethod
    def _set(watcher: Anomaly | None) -> None:
        if (old := current()) is not None:
            stop(old)
        if watcher is not None:
            start(watcher)

    def __enter__(self) -> None:
        pass

    def __exit__(self, *exc: object) -> None:
        self._set(self.before)


def current() -> Anomaly | None:
    """The anomaly mode of this thread."""
    return next((w for w in reversed(mode.thread.watching or ()) if isinstance(w, Anomaly)), None)


def is_anomaly_enabled() -> bool:
    """Whether anomaly mode is on in this thread."""
    return current() is not None
