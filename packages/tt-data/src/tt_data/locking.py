"""A lock that processes hold, by a file."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock of a file, for which other processes wait. The system lets go of it if this process dies.

    The file is made, and removed in the end (not on Windows, where others have it open).
    """
    while True:
        with path.open("a+b") as file:
            wait_for(file)
            if sys.platform == "win32":
                yield
                return
            # A process that waited may hold the lock of a file which the one before it has removed: it counts for nobody.
            if is_at(file, path):
                try:
                    yield
                finally:
                    path.unlink()
                return


def is_at(file: IO[bytes], path: Path) -> bool:
    """Whether the file is the one with this path, which others may remove and make at any moment."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def wait_for(file: IO[bytes]) -> None:
    """Wait until the lock of a file is free, and take it."""
    if sys.platform == "win32":
        import msvcrt

        while True:
            try:
                msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)  # gives up after ten seconds
                break
            except OSError:
                continue
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX)
