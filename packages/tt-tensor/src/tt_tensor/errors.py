"""What is raised when the input is wrong. Each class is also the built-in that PyTorch raises and the one that NumPy raises."""

from collections.abc import Iterable

import numpy as np


class ShapeError(RuntimeError, ValueError):
    """Shapes that do not fit together, or a size that an operation cannot work on."""


class DTypeError(RuntimeError, TypeError):
    """A dtype that an operation does not take, or a result that does not fit the dtype of `out`."""


class ByteOrderError(DTypeError, ValueError):
    """An array whose bytes stand in another order than this machine's, where PyTorch raises ValueError."""


class InPlaceError(RuntimeError):
    """A change in place that would make a value or a gradient wrong."""


class BoundsError(RuntimeError, IndexError):
    """An index that is out of range, where PyTorch raises RuntimeError and NumPy IndexError."""


class LinAlgError(RuntimeError, np.linalg.LinAlgError):
    """A matrix that an operation cannot work on: singular, not positive-definite, or with NaN in it."""


def unbroadcastable(name: str, shapes: Iterable[tuple[int, ...]]) -> ShapeError:
    """The error of an operation whose inputs cannot be broadcast together."""
    listed = " and ".join(str(tuple(shape)) for shape in shapes)
    return ShapeError(
        f"{name}: shapes {listed} cannot be broadcast together: counted from the last dimension, sizes must be equal, or one "
        f"of them 1; see reshape and unsqueeze"
    )
