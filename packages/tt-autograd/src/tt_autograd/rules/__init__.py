"""The table of derivatives, a family per file as in `tt_tensor.ops`."""

from . import (
    compare,
    cumulative,
    elementwise,
    extremes,
    indexing,
    linalg,
    products,
    random,
    reduce,
    scatter,
    shape,
    sorting,
    unary,
)

__all__ = [
    "compare", "cumulative", "elementwise", "extremes", "indexing", "linalg", "products", "random", "reduce", "scatter",
    "shape", "sorting", "unary",
]  # fmt: skip
