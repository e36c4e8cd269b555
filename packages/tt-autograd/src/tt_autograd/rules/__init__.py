"""The table of derivatives, a family per file as in `tt_tensor.ops`."""

from . import cumulative, elementwise, extremes, indexing, linalg, reduce, scatter, shape, sorting

__all__ = ["cumulative", "elementwise", "extremes", "indexing", "linalg", "reduce", "scatter", "shape", "sorting"]
