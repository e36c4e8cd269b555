"""The table of derivatives, a family per file as in `tt_tensor.ops`."""

from . import elementwise, linalg

__all__ = ["elementwise", "linalg"]
