"""Memory that each thread uses again and again: fresh pages from the operating system cost more than most kernels."""

import threading
from math import prod
from typing import Any

import numpy as np

KEPT = 1 << 23  # bytes that a thread keeps between convolutions; what is larger is given back

_thread = threading.local()


def scratch(dtype: Any, *counts: int) -> list[Any]:
    """Arrays of so many elements, side by side in this thread's memory, uninitialised; valid until the next call."""
    sizes = [-(-count * dtype.itemsize // 64) * 64 for count in counts]
    memory = getattr(_thread, "memory", None)
    if memory is None or memory.nbytes < sum(sizes):
        kept = sum(sizes) <= KEPT
        if kept:
            memory = _thread.memory = None  # given back before more is taken
        memory = np.empty(sum(sizes), np.uint8)
        if kept:
            _thread.memory = memory
    arrays, start = [], 0
    for count, size in zip(counts, sizes):
        arrays.append(memory[start : start + count * dtype.itemsize].view(dtype))
        start += size
    return arrays


def shaped(memory: Any, *shape: int) -> Any:
    """The beginning of `memory` as an array of this shape."""
    return memory[: prod(shape)].reshape(shape)


def strided(memory: Any, shape: tuple[int, ...], strides: tuple[int, ...], start: int = 0) -> Any:
    """A view of an array that is contiguous; strides and the start are in elements. (NumPy's `as_strided` takes 5 µs.)"""
    size = memory.itemsize
    return np.ndarray(shape, memory.dtype, memory, start * size, tuple([s * size for s in strides]))
