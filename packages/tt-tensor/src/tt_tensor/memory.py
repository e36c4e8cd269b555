"""Freed memory stays with the process, so that the next step of a training loop need not ask the system for it again.

A step allocates its activations and frees them all. The C library on Linux hands what is free at the end of its heap back to
the system, which clears every page when it is touched again: a fifth of the time of a small GPT's step. With a higher
threshold the pages stay. The peak of memory is the same.
"""

import ctypes
import os
import sys

TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3  # their numbers in malloc.h
KEPT = 1 << 30  # bytes free at the end of the heap that stay
# Bytes from which an array is mapped on its own, and handed back when it is freed: glibc's upper limit.
MAPPED = 1 << 25
VARIABLES = ("MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_", "GLIBC_TUNABLES")


def keep_freed_memory() -> bool:
    """Set glibc's thresholds, unless the environment does (`MALLOC_TRIM_THRESHOLD_`, ...); whether that was done."""
    if sys.platform != "linux" or any(name in os.environ for name in VARIABLES):
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # other C libraries have none
    return mallopt is not None and bool(mallopt(MMAP_THRESHOLD, MAPPED)) and bool(mallopt(TRIM_THRESHOLD, KEPT))
