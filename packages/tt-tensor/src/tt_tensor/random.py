"""Random tensors, and the generators that they come from."""

import threading
from typing import Any

import numpy as np

from .creation import _float, _like, made, size_of
from .dtypes import as_dtype, int64
from .size import check_device
from .tensor import Tensor

# The functions of this file that make a tensor from nothing: see `creation.CREATION`.
RANDOM = (
    "rand", "randn", "randint", "randperm", "normal", "rand_like", "randn_like", "randint_like", "bernoulli", "multinomial", "poisson",
)  # fmt: skip


class Generator:
    """A stream of random numbers: PCG64 (O'Neill 2014), as NumPy implements it.

    The same seed gives the same numbers on every machine; they are not the numbers that PyTorch draws.

    Args:
        device: None or "cpu".

    Example:
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
        self.numpy = np.random.Generator(np.random.PCG64(self._seed % 2**64))
        return self

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
