"""Whether operations are recorded."""

import threading


class _Mode(threading.local):
    """Per thread: `paused` is whether a `no_grad` block is open."""

    paused = False


mode = _Mode()
