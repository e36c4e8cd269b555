"""All parameters as one vector, and back."""

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
from tt_tensor import versions
from tt_tensor.errors import ShapeError
from tt_tensor.ops.join import cat
from tt_tensor.tensor import Tensor as Base


def parameters_to_vector(parameters: Iterable[Any]) -> Any:
    """The values of all parameters, one after the other, as one vector; a gradient flows back through it.

    Examples:
        >>> from tt_nn import Linear
        >>> parameters_to_vector(Linear(3, 2).parameters()).shape
        torch.Size([8])
    """
    return cat([parameter.reshape(-1) for parameter in parameters])


def vector_to_parameters(vec: Any, parameters: Iterable[Any]) -> None:
    """Copy the slices of a vector into the parameters, in their order.

    Args:
        vec: `[n]`, where n is the number of values that all parameters have together.
        parameters: what to write into; past the tape.

    Raises:
        TypeError: if `vec` is not a tensor.
        ShapeError: if its length does not fit. Nothing is written then.
    """
    if not isinstance(vec, Base):
        raise TypeError(f"expected a tensor, but got: {type(vec).__name__}")
    parameters = list(parameters)
    total = sum(math.prod(p.shape) for p in parameters)
    if vec.array.shape != (total,):
        raise ShapeError(
            f"vector_to_parameters: the parameters have {total} values, but the vector has shape {vec.array.shape}"
        )
    at = 0
    for p in parameters:
        n = p.array.size
        np.copyto(p.array, vec.array[at : at + n].reshape(p.array.shape), casting="same_kind")
        versions.touch(p.array)
        at += n
