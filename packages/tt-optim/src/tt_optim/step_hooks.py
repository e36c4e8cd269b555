"""Functions that run before and after an optimizer's step."""

import functools
from collections.abc import Callable
from typing import Any

Hook = Callable[..., Any]


def hooked(step: Callable[..., Any]) -> Callable[..., Any]:
    """`step` with the hooks before and after it, and a note for the schedulers that it was called."""

    @functools.wraps(step)
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        self._opt_called = True
        if not self._pre_hooks and not self._post_hooks:
            return step(self, *args, **kwargs)
        args = (self, *args)
        for hook in tuple(self._pre_hooks.values()):
            changed = hook(self, args, kwargs)
            if changed is not None:
                if not (isinstance(changed, tuple) and len(changed) == 2):
                    raise RuntimeError(
                        f"a hook before step must return None or (new_args, new_kwargs), but got {changed}"
                    )
                args, kwargs = changed
        out = step(*args, **kwargs)
        for hook in tuple(self._post_hooks.values()):
            hook(self, args, kwargs)
        return out

    return call
