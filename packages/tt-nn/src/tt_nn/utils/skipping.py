"""Modules whose first values will be replaced anyway."""

from collections.abc import Callable
from typing import Any, TypeVar

from ..init import _skipping
from ..module import Module

M = TypeVar("M", bound=Module)


def skip_init(module_cls: Callable[..., M], *args: Any, **kwargs: Any) -> M:
    """A module whose parameters have no values yet: what `init` would put there is skipped, and no random number drawn.

    For what is loaded next: it saves the time, and memory that nothing is written to is not taken. Buffers, and values that
    a module sets without `init`, are as ever.

    Args:
        module_cls: the class of the module; any function that makes one will do.
        *args: for its constructor.
        **kwargs: for its constructor.

    Returns:
        the module; every parameter must be set before it is used.

    Examples:
        >>> from tt_nn import Linear
        >>> layer = skip_init(Linear, 3, 2)
        >>> layer.load_state_dict(Linear(3, 2).state_dict())
        <All keys matched successfully>
    """
    token = _skipping.set(True)
    try:
        return module_cls(*args, **kwargs)
    finally:
        _skipping.reset(token)
