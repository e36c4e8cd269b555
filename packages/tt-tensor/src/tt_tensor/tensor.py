"""The tensor: a NumPy array with PyTorch's methods, which come from the files of `ops`, a family each."""

from typing import Any, ClassVar

import numpy as np

from .dtypes import checked, get_default_dtype
from .interop import InteropMethods
from .ops.activation import ActivationMethods
from .ops.by_index import ByIndexMethods
from .ops.combine import CombineMethods
from .ops.compare import CompareMethods
from .ops.complex import ComplexMethods
from .ops.convert import ConvertMethods
from .ops.cumulative import CumulativeMethods
from .ops.describe import DescribeMethods
from .ops.diagonal import DiagonalMethods
from .ops.elementwise import ElementwiseMethods
from .ops.expand import ExpandMethods
from .ops.extremes import ExtremeMethods
from .ops.filling import FillingMethods
from .ops.gamma import GammaMethods
from .ops.indexing import IndexMethods
from .ops.join import JoinMethods
from .ops.linalg import LinalgMethods
from .ops.logic import LogicMethods
from .ops.masking import MaskMethods
from .ops.norms import NormMethods
from .ops.quantile import QuantileMethods
from .ops.rearrange import RearrangeMethods
from .ops.reduce import ReduceMethods
from .ops.scatter import ScatterMethods
from .ops.search import SearchMethods
from .ops.shape import ShapeMethods
from .ops.sorting import SortMethods
from .ops.special import SpecialMethods
from .ops.trig import TrigMethods
from .ops.unary import UnaryMethods
from .ops.variance import VarianceMethods
from .printing import text


class Tensor(
    ElementwiseMethods,
    CombineMethods,
    UnaryMethods,
    TrigMethods,
    SpecialMethods,
    GammaMethods,
    ComplexMethods,
    ActivationMethods,
    CompareMethods,
    LogicMethods,
    DescribeMethods,
    ConvertMethods,
    FillingMethods,
    ReduceMethods,
    VarianceMethods,
    ExtremeMethods,
    NormMethods,
    CumulativeMethods,
    ShapeMethods,
    JoinMethods,
    ExpandMethods,
    RearrangeMethods,
    DiagonalMethods,
    IndexMethods,
    ScatterMethods,
    ByIndexMethods,
    MaskMethods,
    SortMethods,
    QuantileMethods,
    SearchMethods,
    LinalgMethods,
    InteropMethods,
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
        if type(array) is list or type(array) is tuple:  # as in PyTorch, numbers become floats here, unlike in `tensor`
            array = np.asarray(array, get_default_dtype())
        self.array, self.more = checked(np.asarray(array)), None

    def __repr__(self) -> str:
        return text(self.array)


Tensor.plain = Tensor


def is_tensor(obj: Any) -> bool:
    """Whether `obj` is a tensor."""
    return isinstance(obj, Tensor)
