"""Where a kernel lies on its input: sizes, padding, and the arguments that every algorithm shares."""

from collections.abc import Iterable
from itertools import product
from typing import NamedTuple

Pairs = tuple[tuple[int, int], ...]


class Geometry(NamedTuple):
    """The settings of a convolution, one entry per spatial dimension.

    Attributes:
        stride: how far the kernel moves.
        padding: how many zeros lie before and after the input.
        dilation: how far apart the kernel's elements lie.
        groups: into how many parts the channels are split that have nothing to do with each other.
    """

    stride: tuple[int, ...]
    padding: Pairs
    dilation: tuple[int, ...]
    groups: int

    def out_size(self, size: tuple[int, ...], kernel: tuple[int, ...]) -> tuple[int, ...]:
        """The spatial size of the result: ⌊(size + padding - dilation · (kernel - 1) - 1) / stride⌋ + 1."""
        return tuple(
            (n + sum(p) - d * (k - 1) - 1) // s + 1
            for n, k, s, p, d in zip(size, kernel, self.stride, self.padding, self.dilation)
        )

    def padded(self, size: tuple[int, ...]) -> tuple[int, ...]:
        """The spatial size of the padded input."""
        return tuple(n + sum(p) for n, p in zip(size, self.padding))


def inside(size: tuple[int, ...], padding: Pairs) -> tuple[slice, ...]:
    """Where in the padded input the input itself lies."""
    return tuple(slice(before, before + n) for n, (before, _) in zip(size, padding))


def taps(kernel: tuple[int, ...]) -> Iterable[tuple[int, ...]]:
    """The positions in the kernel, in the order in which a weight lies in memory."""
    return product(*map(range, kernel))


def reach(tap: tuple[int, ...], out: tuple[int, ...], geometry: Geometry) -> tuple[slice, ...]:
    """The elements of the padded input that a tap of the kernel meets, one for each position of the result."""
    return tuple(
        slice(t * d, t * d + (n - 1) * s + 1, s) for t, n, s, d in zip(tap, out, geometry.stride, geometry.dilation)
    )
