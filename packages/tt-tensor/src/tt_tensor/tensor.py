"""The tensor: a NumPy array with PyTorch's methods, which come from the files of `ops`, a family each."""

from typing import Any, ClassVar

import numpy as np

from .ops.elementwise import ElementwiseMethods
from .ops.indexing import IndexMethods
from .ops.linalg import LinalgMethods
from .ops.reduce import ReduceMethods
from .ops.scatter import ScatterMethods
from .ops.shape import ShapeMethods
from .ops.sorting import SortMethods


class Tensor(
    ElementwiseMethods, ReduceMethods, ShapeMethods, IndexMethods, ScatterMethods, SortMethods, LinalgMethods
):
    """An n-dimensional array with PyTorch's names and semantics.

    Attributes:
        array: the NumPy array inside.
        more: what makes this value more than its array, so that the seam lets it answer; None for a plain tensor.
        plain: the class of the results of operations on this class, where no input is more than an array.
    """

    __slots__ = ("array", "more")
    array: Any
    more: Any
    plain: ClassVar[type["Tensor"]]

    def __init__(self, array: Any) -> None:
        self.array, self.more = np.asarray(array), None

    def __repr__(self) -> str:
        return f"tensor({self.array})"


Tensor.plain = Tensor
