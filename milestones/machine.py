"""What a milestone asks of the machine: how much memory it took, and whether a folder is its own."""

import os
import sys
from pathlib import Path

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
