"""Where a kernel lies on its input: sizes, padding, and the arguments that every algorithm shares."""

from collections.abc import Iterable
from functools import lru_cache
from itertools import product
from math import prod
from typing import NamedTuple

from tt_tensor.threads import shares

Sizes = tuple[int, ...]
Pairs = tuple[tuple[int, int], ...]


class Geometry(NamedTuple):
    """The settings of a convolution, one entry per spatial dimension.

    Attributes:
        stride: how far the kernel moves.
        padding: how many zeros lie before and after the input.
        dilation: how far apart the kernel's elements lie.
        groups: into how many parts the channels are split that have nothing to do with each other.
    """

    stride: Sizes
    padding: Pairs
    dilation: Sizes
    groups: int

    @lru_cache(256)  # noqa: B019 - of values, not of objects
    def out_size(self, size: Sizes, kernel: Sizes) -> Sizes:
        """The spatial size of the result: ⌊(size + padding - dilation · (kernel - 1) - 1) / stride⌋ + 1."""
        return tuple(
            (n + sum(p) - d * (k - 1) - 1) // s + 1
            for n, k, s, p, d in zip(size, kernel, self.stride, self.padding, self.dilation)
        )

    def padded(self, size: Sizes) -> Sizes:
        """The spatial size of the padded input."""
        return tuple(n + sum(p) for n, p in zip(size, self.padding))

    def meets(self, axis: int, tap: int, size: int, out: int) -> tuple[slice, slice]:
        """For which results along an axis a tap of the kernel meets the input itself, not its padding; and which inputs."""
        step, first = self.stride[axis], tap * self.dilation[axis] - self.padding[axis][0]
        low = max(0, -(first // step))
        high = max(low, min(out, (size - 1 - first) // step + 1))
        start = low * step + first
        return slice(low, high), slice(start, start + (high - low - 1) * step + 1 if high > low else start, step)

    def transposed(self, kernel: Sizes) -> "Geometry":
        """The padding with which the input gradient is a convolution of the result's gradient, where the stride is 1."""
        spans = (d * (k - 1) for d, k in zip(self.dilation, kernel))
        return self._replace(padding=tuple((span - p, span - q) for span, (p, q) in zip(spans, self.padding)))


def shared(images: int, weight: Sizes, out: Sizes, least: int) -> list[slice]:
    """`range(images)` in a slice for each thread that has `least` multiplications to do, or all in one."""
    return shares(images, -(-least // max(1, prod(weight) * prod(out))))


def taps(kernel: Sizes) -> Iterable[Sizes]:
    """The positions in the kernel, in the order in which a weight lies in memory."""
    return product(*map(range, kernel))
