"""A batch from one process to another: arrays through shared memory that has no name, everything else through the pipe.

A worker writes the arrays of a batch into a segment, a piece of memory that both processes have mapped, and sends a short message
about it. The receiving side makes arrays of the segment without copying. When the last of them is gone, the segment's number
goes back with the next task and the worker uses it again: in the steady state nothing is allocated, and no page is touched
for the first time. A new segment is a file descriptor that travels with the message. It never has a name, so there is nothing
to leave behind, however a process ends.
"""

import errno
import mmap
import os
import pickle
import socket
import sys
import tempfile
from collections import deque
from multiprocessing import reduction
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

# Windows cannot send a file descriptor through a pipe: there all goes through the pipe itself.
SHARES = sys.platform != "win32"
INLINE = 16 * 1024  # bytes: below this the pipe is as fast
HELD = 16  # segments of one worker that the user may hold; of more, the arrays are copied
ALIGNMENT = 64
PAGE = 64 * 1024


def nameless(size: int) -> int:
    """A file descriptor of `size` bytes of memory that belong to no name."""
    if sys.platform == "linux":
        fd = os.memfd_create("tinytorch")
    else:
        with tempfile.TemporaryFile() as file:
            fd = os.dup(file.fileno())
    os.ftruncate(fd, size)
    return fd


class Parcel:
    """What a worker is given when it starts: as it is if the process is forked, else pickled, in memory that has no name.

    A process that starts afresh would otherwise find it in the pipe through which Python starts it. The starting side fills that
    pipe before it looks at anything else: if the new process dies early, it waits forever to write more than a pipe holds.
    """

    def __init__(self, content: Any) -> None:
        self.content = content
        self.fd: int | None = None

    def __reduce__(self) -> Any:
        if not SHARES:
            return Parcel, (self.content,)
        self.fd = nameless(0)
        with open(self.fd, "wb", closefd=False) as file:
            reduction.ForkingPickler(file, 5).dump(self.content)
        return received, (reduction.DupFd(self.fd),)

    def close(self) -> None:
        """Let go of the memory, once the process has started."""
        if self.fd is not None:
            os.close(self.fd)
            self.fd = None


def received(handle: Any) -> Parcel:
    """A parcel, in the process that it was sent to."""
    with open(handle.detach(), "rb") as file:
        file.seek(0)
        return Parcel(pickle.load(file))  # noqa: S301 (from the process that started us)


class Sender:
    """The worker's side: its segments, and which of them are free."""

    def __init__(self, pipe: "Connection[Any, Any]") -> None:
        self.pipe = pipe
        self.segments: dict[int, mmap.mmap] = {}
        self.free: list[int] = []
        self.count = 0

    def send(self, head: Any, content: Any) -> None:
        """Send `head`, which is small, and `content`, which may hold large arrays."""
        buffers: list[pickle.PickleBuffer] = []
        parts: list[Any] = [pickle.dumps(content, 5, buffer_callback=buffers.append)]
        parts += [buffer.raw() for buffer in buffers]
        sizes = [len(part) for part in parts]
        starts, end = [], 0
        for size in sizes:
            starts.append(end)
            end += -(-size // ALIGNMENT) * ALIGNMENT
        if end < INLINE or not SHARES:
            self.pipe.send((head, [bytes(part) for part in parts], None, 0, []))
            return
        number, fd, dropped = self.segment(end)
        memory = self.segments[number]
        for start, size, part in zip(starts, sizes, parts):
            memory[start : start + size] = part
        self.pipe.send((head, list(zip(starts, sizes)), number, 0 if fd is None else len(memory), dropped))
        if fd is not None:
            try:
                with socket.fromfd(self.pipe.fileno(), socket.AF_UNIX, socket.SOCK_STREAM) as channel:
                    socket.send_fds(channel, [b"\0"], [fd])
            finally:
                os.close(fd)

    def segment(self, size: int) -> tuple[int, int | None, list[int]]:
        """The number of a segment of at least `size` bytes, its descriptor if it is new, and the numbers of those given up."""
        fitting = [k for k in self.free if len(self.segments[k]) >= size]
        if fitting:
            number = min(fitting, key=lambda k: len(self.segments[k]))
            self.free.remove(number)
            return number, None, []
        dropped, self.free = self.free, []  # they are all too small for what the batches have become
        for number in dropped:
            self.segments.pop(number).close()
        size = -(-size // PAGE) * PAGE
        fd, number = nameless(size), self.count
        self.count += 1
        self.segments[number] = mmap.mmap(fd, size)
        return number, fd, dropped


class Lease:
    """The right to read a segment. Once the last array in it is gone, its number is put into `freed`."""

    __slots__ = ("freed", "memory", "number")

    def __init__(self, number: int, memory: Any, freed: "deque[int]") -> None:
        self.number, self.memory, self.freed = number, memory, freed

    def __del__(self) -> None:
        self.freed.append(self.number)


class Piece:
    """The memory of one array in a segment: what NumPy finds at the end of the array's chain of `base`."""

    __slots__ = ("__array_interface__", "__weakref__", "lease")

    def __init__(self, lease: Lease, address: int, size: int) -> None:
        self.lease = lease
        self.__array_interface__ = {"data": (address, False), "shape": (size,), "typestr": "|u1", "version": 3}


class Receiver:
    """The other side: the worker's segments as this process sees them."""

    def __init__(self, pipe: "Connection[Any, Any]") -> None:
        self.pipe = pipe
        self.segments: dict[int, Any] = {}  # uint8 arrays
        self.freed: deque[int] = deque()
        self.out = 0  # how many segments the user holds, those in `freed` included

    def take_freed(self) -> list[int]:
        """The numbers of the segments that the worker may use again."""
        freed = [self.freed.popleft() for _ in range(len(self.freed))]
        self.out -= len(freed)
        return freed

    def receive(self) -> tuple[Any, Any]:
        """Wait for the next message: its head, and a function that gives its content.

        Raises:
            EOFError, OSError: if the worker is gone; or OSError with the errno EMFILE or ENOMEM, if this process lacks the
                means to take the message.
        """
        head, parts, number, size, dropped = self.pipe.recv()
        if number is None:
            payload, *rest = parts
            return head, lambda: pickle.loads(payload, buffers=[np.array(np.frombuffer(b, np.uint8)) for b in rest])  # noqa: S301
        for gone in dropped:
            del self.segments[gone]
        if size:
            with socket.fromfd(self.pipe.fileno(), socket.AF_UNIX, socket.SOCK_STREAM) as channel:
                _, fds, flags, _ = socket.recv_fds(channel, 1, 1)
            if flags & socket.MSG_CTRUNC:  # the system had no number left to give the descriptor
                raise OSError(errno.EMFILE, "too many open files to take a worker's batch; raise ulimit -n")
            if not fds:
                raise EOFError("the worker ended in the middle of a message")
            try:
                self.segments[number] = np.frombuffer(mmap.mmap(fds[0], size), np.uint8)
            finally:
                os.close(fds[0])
        memory = self.segments[number]
        self.out += 1
        lease = Lease(number, memory, self.freed)
        return head, lambda: self.content(memory, lease, parts)

    def content(self, memory: Any, lease: Lease, parts: list[tuple[int, int]]) -> Any:
        """What was sent, its arrays in the segment itself, or in memory of their own if the user holds many segments."""
        (start, size), *rest = parts
        payload = memory[start : start + size].tobytes()
        buffers: list[Any] = []
        if self.out - len(self.freed) > HELD:
            buffers = [memory[start : start + size].copy() for start, size in rest]
        else:
            address = memory.__array_interface__["data"][0]
            buffers = [np.asarray(Piece(lease, address + start, size)) for start, size in rest]
        return pickle.loads(payload, buffers=buffers)  # noqa: S301 (from our own worker)
