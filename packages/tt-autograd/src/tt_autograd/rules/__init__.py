"""The table of derivatives, a family per file as in `tt_tensor.ops`."""

from . import elementwise, extremes, indexing, linalg, reduce, shape

__all__ = ["elementwise", "extremes", "indexing", "linalg", "reduce", "shape"]
