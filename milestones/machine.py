"""What a milestone asks of the machine: how much memory it took, whether a folder is its own; and how it leaves early."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

claimed: dict[Path, int] = {}  # the folders of this process, and their descriptors


def claim(folder: Path) -> bool:
    """Whether no other run works in a folder. The claim ends with this process, however that ends."""
    if sys.platform == "win32" or folder in claimed:  # there a folder cannot be locked
        return True
    import fcntl

    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return False
    except OSError:  # a file system without locks
        pass
    claimed[folder] = descriptor
    return True


def peak_memory() -> float:
    """The most memory that this process has held so far, in MB."""
    if sys.platform == "win32":
        import ctypes
        from ctypes.wintypes import DWORD, HANDLE

        class Counters(ctypes.Structure):  # PROCESS_MEMORY_COUNTERS
            _fields_ = [("cb", DWORD), ("faults", DWORD), ("peak", ctypes.c_size_t), ("rest", 7 * ctypes.c_size_t)]

        counters = Counters(ctypes.sizeof(Counters))
        kernel = ctypes.WinDLL("kernel32")
        kernel.GetCurrentProcess.restype = HANDLE
        kernel.K32GetProcessMemoryInfo.argtypes = [HANDLE, ctypes.POINTER(Counters), DWORD]
        kernel.K32GetProcessMemoryInfo(kernel.GetCurrentProcess(), ctypes.byref(counters), ctypes.sizeof(counters))
        return counters.peak / 2**20
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


@contextmanager
def explained(remedy: str = "") -> Iterator[None]:
    """Where a file may be missing or damaged: leave with what the error says, and with the remedy, and no traceback."""
    try:
        yield
    except (OSError, ValueError) as error:
        sys.exit(f"FAILED: {error}\n{remedy}".rstrip())


def say_briefly(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """A line in place of a traceback for Ctrl-C, and for what the machine refuses, such as space on a full disk."""
    if issubclass(kind, KeyboardInterrupt):
        print("\nInterrupted.", file=sys.stderr)
    elif issubclass(kind, OSError):
        print(f"FAILED: {error}", file=sys.stderr)
    else:
        sys.__excepthook__(kind, error, trace)
