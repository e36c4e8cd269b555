"""Whether operations are recorded: `no_grad` and its relatives, for each thread on its own."""

import inspect
import threading
from collections.abc import Callable, Generator
from functools import wraps
from typing import Any, Self, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

unusual = 0
"""How many reasons there are, in all threads, to look closer at each operation: open `no_grad` blocks, anomaly detection,
tensors changed in place under a view. A tracked operation reads this number, and nothing else of this file while it is 0."""
_lock = threading.Lock()


def look_closer(n: int) -> None:
    """Add `n` reasons, or take them away."""
    global unusual
    with _lock:
        unusual += n


class _Thread(threading.local):
    """Per thread: `paused` is whether nothing is recorded, `inference` whether that is because of `inference_mode`, `watching`
    what notes each operation (anomaly mode, `tracing`), or None; `silent` is whether `explain` hears nothing of the pause.
    """

    paused = False
    inference = False
    watching: Any = None
    silent = False


thread = _Thread()


def _pause(paused: bool) -> None:
    """Record nothing in this thread, or record again."""
    if paused is not thread.paused:
        look_closer(1 if paused else -1)
        thread.paused = paused


def is_grad_enabled() -> bool:
    """Whether operations in this thread are recorded.

    Examples:
        >>> with no_grad():
        ...     is_grad_enabled()
        False
    """
    return not thread.paused


def is_inference_mode_enabled() -> bool:
    """Whether an `inference_mode` block is open in this thread."""
    return thread.inference


class _Block:
    """A context, also usable as a decorator of functions and generator functions, that sets whether to record."""

    paused: bool
    inference: bool | None = None  # None: stays as it is
    outer: list[tuple[bool, bool]]  # what was before, for each time it was entered

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        # `@no_grad` without parentheses
        if len(args) == 1 and not kwargs and inspect.isroutine(args[0]):
            return cls()(args[0])  # type: ignore[return-value]
        block = super().__new__(cls)
        block.outer = []
        return block

    def __enter__(self) -> None:
        self.outer.append((thread.paused, thread.inference))
        self._set()

    def _set(self) -> None:
        _pause(self.paused)
        if self.inference is not None:
            thread.inference = self.inference

    def __exit__(self, *exc: object) -> None:
        paused, thread.inference = self.outer.pop()
        _pause(paused)

    def _again(self) -> "_Block":
        """A block of the same kind, for one call of a decorated function."""
        block = object.__new__(type(self))
        block.paused, block.inference, block.outer = self.paused, self.inference, []
        return block

    def __call__(self, function: F) -> F:
        if inspect.isgeneratorfunction(function):

            @wraps(function)
            def generate(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
                run = function(*args, **kwargs)
                step, given = run.send, None  # how the generator goes on, and with what
                while True:
                    with self._again():
                        try:
                            value = step(given)
                        except StopIteration as end:
                            return end.value
                    try:
                        step, given = run.send, (yield value)
                    except GeneratorExit:
                        with self._again():
                            run.close()
                        raise
                    except BaseException as error:  # noqa: BLE001 - it belongs to the generator
                        step, given = run.throw, error

            return generate  # type: ignore[return-value]

        @wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            with self._again():
                return function(*args, **kwargs)

        return call  # type: ignore[return-value]


class no_grad(_Block):
    """Record nothing within this block: what is computed in it requires no gradient.

    A context and a decorator, for the current thread.

    Examples:
        >>> from tt_autograd import tensor
        >>> w = tensor([1.0, 2.0], requires_grad=True)
        >>> with no_grad():
        ...     y = w * 2
        >>> y.requires_grad
        False
    """

    paused = True


class enable_grad(_Block):
    """Record within this block, even inside `no_grad`. A context and a decorator.

    Examples:
        >>> with no_grad(), enable_grad():
        ...     is_grad_enabled()
        True
    """

    paused = False


class set_grad_enabled(_Block):
    """Record or not, from now on; as a context or a decorator only within it.

    Args:
        mode: whether to record.

    Examples:
        >>> with set_grad_enabled(False):
        ...     is_grad_enabled()
        False
    """

    def __init__(self, mode: bool) -> None:
        self.paused = not mode
        self.outer = [(thread.paused, thread.inference)]
        self._set()

    def __enter__(self) -> None:
        if len(self.outer) != 1:  # entered again, after it was left
            self.outer.append((thread.paused, thread.inference))
        self._set()

    def __call__(self, function: F) -> F:
        """Decorate `function`."""
        self.__exit__()  # as a decorator it changes nothing outside
        return super().__call__(function)


class inference_mode(_Block):
    """Like `no_grad`, and says that nothing computed here will be used for gradients later.

    Args:
        mode: whether to switch it on; False switches it, and the pause, off within the block.

    Examples:
        >>> with inference_mode():
        ...     is_inference_mode_enabled()
        True
    """

    def __init__(self, mode: bool = True) -> None:
        self.paused = self.inference = mode
