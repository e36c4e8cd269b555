"""How derivatives of piecewise activations are computed on plain arrays: in place on blocks, and without `np.where`.

They choose by arithmetic on bits, as `tt_tensor.ops.select` explains.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from tt_tensor.ops.select import BITS

from .common import in_blocks


def chosen(mask: Any, out: Any, other: float) -> None:
    """Write `other` into `out` where the mask does not hold."""
    kind = BITS[out.dtype]
    bits, rest = out.view(kind), np.array(other, out.dtype).view(kind)
    bits -= rest
    bits *= mask
    bits += rest


def kept(mask: Any, g: Any, out: Any) -> None:
    """g where the mask holds, else 0, also where g is infinite."""
    bits = BITS[out.dtype]
    np.multiply(g.view(bits), mask, out=out.view(bits))


def dropped(mask: Any, g: Any, out: Any) -> None:
    """0 where the mask, which is overwritten, holds, else g: also where the mask is of a comparison with NaN."""
    kept(np.logical_not(mask, mask), g, out)


def on_arrays(backward: Callable[..., Any], rule: Callable[..., Any]) -> Callable[..., Any]:
    """`backward(**settings)(out, g, x)` for a gradient that is a plain array; `rule` for one that is itself recorded."""

    def gradient(g: Any, x: Any, **settings: Any) -> Any:
        plain = type(g) is np.ndarray and g.dtype is x.dtype
        return in_blocks(backward(**settings), g, x) if plain else rule(g, x, **settings)

    return gradient
