"""Where random numbers come from: streams that begin with a seed, and the one that is used when none is given."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import numpy as np

from .size import check_device
from .tensor import Tensor


class Generator:
    """A stream of random numbers: PCG64 (O'Neill 2014), as NumPy implements it.

    The same seed gives the same numbers on every machine; they are not the numbers that PyTorch draws.

    Args:
        device: None or "cpu".

    Examples:
        >>> from tt_tensor import Generator, randn
        >>> a, b = Generator().manual_seed(7), Generator().manual_seed(7)
        >>> bool((randn(3, generator=a) == randn(3, generator=b)).all())
        True
    """

    def __init__(self, device: Any = None) -> None:
        check_device(device)
        self.manual_seed(67280421310721)

    def manual_seed(self, seed: int) -> "Generator":
        """Begin the stream that belongs to `seed`, an int; returns the generator."""
        self._seed = int(seed)
        if not -(2**63) <= self._seed < 2**64:
            raise RuntimeError(f"manual_seed: the seed must fit into 64 bits, got {seed}")
        self.__dict__.pop("numpy", None)
        return self

    @cached_property
    def numpy(self) -> "np.random.Generator":
        """NumPy's generator behind this one, made when it is asked for: loading `numpy.random` takes 10 ms."""
        return np.random.Generator(np.random.PCG64(self._seed % 2**64))

    def seed(self) -> int:
        """Begin a stream with a seed from the operating system, which is returned."""
        seed = int(np.random.SeedSequence().generate_state(1, np.uint64)[0])
        self.manual_seed(seed)
        return seed

    def initial_seed(self) -> int:
        """The seed with which the stream began."""
        return self._seed

    def get_state(self) -> Tensor:
        """All that decides which numbers come next, as a uint8 tensor of 48 bytes."""
        state: Any = self.numpy.bit_generator.state
        numbers = ((state["state"]["state"], 16), (state["state"]["inc"], 16), (state["uinteger"], 4),
                   (state["has_uint32"], 4), (self._seed % 2**64, 8))  # fmt: skip
        data = b"".join(int(n).to_bytes(size, "little") for n, size in numbers)
        return Tensor(np.frombuffer(data, np.uint8).copy())

    def set_state(self, new_state: Any) -> "Generator":
        """Continue where `get_state` was called."""
        a = getattr(new_state, "array", None)
        if a is None or a.dtype != np.uint8 or a.shape != (48,):
            raise RuntimeError("set_state: expected the uint8 tensor of 48 bytes that get_state returned")
        data, numbers, at = a.tobytes(), [], 0
        for size in (16, 16, 4, 4, 8):
            numbers.append(int.from_bytes(data[at : at + size], "little"))
            at += size
        self.numpy.bit_generator.state = {
            "bit_generator": "PCG64",
            "state": {"state": numbers[0], "inc": numbers[1]},
            "uinteger": numbers[2],
            "has_uint32": numbers[3],
        }
        self._seed = numbers[4]
        return self


default_generator = Generator()
if hasattr(os, "register_at_fork"):  # a child finds the lock closed if another thread of its parent was drawing

    def _in_child() -> None:
        if "numpy" in vars(default_generator):
            state = default_generator.numpy.bit_generator.state
            del default_generator.numpy
            default_generator.numpy.bit_generator.state = state

    os.register_at_fork(after_in_child=_in_child)


def numpy_generator(generator: Generator | None) -> "np.random.Generator":
    """The NumPy generator behind `generator`, or behind the one that is used when none is given."""
    if generator is None:
        return default_generator.numpy
    if not isinstance(generator, Generator):
        kind = "one of NumPy's" if isinstance(generator, np.random.Generator) else type(generator).__name__
        raise TypeError(f"generator: expected a Generator of tt_tensor or None, got {kind}")
    return generator.numpy


def manual_seed(seed: int) -> Generator:
    """Begin the stream of random numbers that belongs to `seed`; returns the default generator.

    Examples:
        >>> from tt_tensor import manual_seed, rand
        >>> _ = manual_seed(0)
        >>> a = rand(2)
        >>> _ = manual_seed(0)
        >>> bool((a == rand(2)).all())
        True
    """
    return default_generator.manual_seed(seed)


def seed() -> int:
    """Begin a stream of random numbers with a seed from the operating system, which is returned."""
    return default_generator.seed()


def initial_seed() -> int:
    """The seed with which the default generator began."""
    return default_generator.initial_seed()


def get_rng_state() -> Tensor:
    """The state of the default generator, as a uint8 tensor."""
    return default_generator.get_state()


def set_rng_state(new_state: Any) -> None:
    """Continue the default generator from a state that `get_rng_state` returned."""
    default_generator.set_state(new_state)


@contextmanager
def fork_rng(enabled: bool = True) -> Iterator[None]:
    """Within this block random numbers are drawn as usual; after it, the default generator is where it was before."""
    state = get_rng_state()
    try:
        yield
    finally:
        if enabled:
            set_rng_state(state)
