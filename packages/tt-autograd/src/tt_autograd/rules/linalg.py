"""Derivatives of products of matrices."""

from typing import Any

import numpy as np
from tt_tensor.ops.matmul import linear_p, matmul
from tt_tensor.ops.reduce import sum_p
from tt_tensor.ops.shape import reshape_p

from ..rule import derivative


def dot(a: Any, b: Any) -> Any:
    """`a @ b` of two matrices; on arrays without the seam, which for small ones is most of the time."""
    return a.dot(b) if type(a) is np.ndarray else matmul(a, b)


def rows(x: Any) -> Any:
    """`x` as a matrix: its leading dimensions as one."""
    if x.ndim == 2:
        return x
    lead = 1
    for n in x.shape[:-1]:
        lead *= n
    return reshape_p(x, shape=(lead, x.shape[-1]))


def linear_input(g: Any, weight: Any, x_shape: Any) -> Any:
    """∂x = g @ weight."""
    return dot(g, weight) if g.ndim == 2 else reshape_p(dot(rows(g), weight), shape=x_shape)


def linear_weight(g: Any, x: Any) -> Any:
    """∂weight = gᵀ @ x, summed over all rows of x."""
    return dot(rows(g).mT, rows(x))


def linear_bias(g: Any, bias_shape: Any) -> Any:
    """∂bias = the sum of g's rows."""
    if type(g) is np.ndarray and g.ndim == 2 and g.shape[1] == bias_shape[0]:
        return np.ones(len(g), g.dtype).dot(g)  # BLAS adds up rows in half the time of add.reduce
    return sum_p(rows(g), dim=(0,), keepdim=False)


derivative(linear_p, linear_input, linear_weight, linear_bias)


def matmul_first(g: Any, input_shape: Any, other: Any) -> Any:
    """∂input = g @ otherᵀ; a vector among them has one dimension less."""
    if other.ndim == 1:
        return g[..., None] * other if len(input_shape) > 1 else g * other
    if len(input_shape) == 1:
        return matmul(other, g[..., None])[..., 0] if other.ndim > 2 else matmul(other, g)
    return matmul(g, other.mT)


def matmul_second(g: Any, input: Any, other_shape: Any) -> Any:
    """∂other = inputᵀ @ g; a vector among them has one dimension less."""
    if input.ndim == 1:
        return input[:, None] * g[..., None, :] if len(other_shape) > 1 else g * input
    if len(other_shape) == 1:
        return dot(reshape_p(g, shape=(1, -1)), rows(input))[0]
    if len(other_shape) == 2:
        return dot(rows(input).mT, rows(g))
    return matmul(input.mT, g)


derivative(matmul, matmul_first, matmul_second)
