"""The table of derivatives, a family per file as in `tt_tensor.ops`."""

from . import (
    activation,
    compare,
    cumulative,
    elementwise,
    extremes,
    indexing,
    linalg,
    logic,
    norms,
    products,
    random,
    reduce,
    scatter,
    shape,
    sorting,
    unary,
)

__all__ = [
    "activation", "compare", "cumulative", "elementwise", "extremes", "indexing", "linalg", "logic", "norms",
    "products", "random", "reduce", "scatter", "shape", "sorting", "unary",
]  # fmt: skip
