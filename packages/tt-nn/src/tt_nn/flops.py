"""How many floating-point operations an operation takes: a multiplication and an addition count as two."""

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np
from tt_tensor.ops.einsum import einsum_p
from tt_tensor.ops.matmul import linear_p, matmul
from tt_tensor.primitive import Primitive


def _einsum(out: Any, *xs: Any, equation: str) -> int:  # noqa: ARG001
    """One operation per input for every combination of the indices, as if it were computed in one go."""
    sizes: dict[str, int] = dict(
        pair for x, term in zip(xs, equation.split("->")[0].split(",")) for pair in zip(term, x.shape)
    )
    return len(xs) * prod(sizes.values())


FLOPS: dict[Primitive, Callable[..., int]] = {
    linear_p: lambda out, x, weight, bias=None: 2 * x.size * weight.shape[0] + (0 if bias is None else out.size),
    matmul: lambda out, x, _: 2 * out.size * x.shape[-1],
    einsum_p: _einsum,
}
"""For each primitive `f(out, *inputs, **settings)`. A package adds the operations that it declares."""

MOVES = {
    "cast", "getitem", "index", "index_select", "gather", "cat", "stack", "repeat", "flip", "roll", "clone", "pad", "where",
    "embedding", "setitem", "masked_fill",
}  # fmt: skip


def flops(op: Primitive, inputs: Any, settings: dict[str, Any], out: Any) -> int:
    """How many floating-point operations `op` took to compute `out`.

    By the formula in `FLOPS`; otherwise none for what only moves values or has no floating result, and one per element of the
    largest array involved for the rest: arithmetic, functions, reductions. That is too few for the operations that work on an
    element several times, such as a softmax.
    """
    formula = FLOPS.get(op)
    if formula is not None:
        return int(formula(out, *inputs, **settings))
    first = out[0] if isinstance(out, tuple | list) else out
    if op.view or op.name in MOVES or np.asarray(first).dtype.kind not in "fc":
        return 0
    return max(int(prod(np.shape(x))) for x in (first, *inputs))
