"""Values picked from planes at given places, and put there: what pooling with indices is made of."""

from math import prod
from typing import Any

import numpy as np
from tt_autograd.rule import derivative
from tt_tensor.primitive import primitive


def _flat(x: Any, n: int) -> Any:
    """`x` as a matrix with a row for each plane of n dimensions."""
    return x.reshape(prod(x.shape[: x.ndim - n]), prod(x.shape[x.ndim - n :]))


@primitive()
def pick_p(v: Any, index: Any, *, n: int) -> Any:
    """The values of v at their index of the plane, whose n dimensions are counted as one."""
    return np.take_along_axis(_flat(v, n), _flat(index, n), 1).reshape(index.shape)


@primitive()
def place_p(v: Any, index: Any, *, grid: tuple[int, ...], add: bool) -> Any:
    """Zeros with each value put at its index of the plane; of those with the same index the sum if `add`, else the last."""
    n = len(grid)
    at, values = _flat(index, n), _flat(v, n)
    out = np.zeros((*v.shape[: v.ndim - n], *grid), v.dtype)  # no view: a leaf whose gradient it is would copy that
    if add:
        at = at + (np.arange(at.shape[0]) * prod(grid))[:, None]
        np.add.at(out.reshape(-1), at.reshape(-1), values.reshape(-1))
    else:
        np.put_along_axis(_flat(out, n), at, values, 1)
    return out


derivative(
    pick_p,
    lambda g, index, v_shape, n: place_p(g, index, grid=tuple(v_shape[len(v_shape) - n :]), add=True),
    None,
)
derivative(place_p, lambda g, index, grid: pick_p(g, index, n=len(grid)), None)
