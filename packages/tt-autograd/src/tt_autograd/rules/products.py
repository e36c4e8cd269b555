"""Derivatives of products of matrices and of einsum."""

from string import ascii_letters
from typing import Any

import numpy as np
from tt_tensor.ops.decompose import cross_p
from tt_tensor.ops.einsum import einsum_p
from tt_tensor.ops.matmul import LONG, blocks, linear_p, matmul, multiply, prepared, product
from tt_tensor.ops.products import trace_p
from tt_tensor.ops.reduce import sum_p
from tt_tensor.ops.rows import ones
from tt_tensor.ops.shape import reshape_p
from tt_tensor.threads import get_num_threads, spread_products

from ..later import can_wait, later
from ..rule import derivative


def dot(a: Any, b: Any) -> Any:
    """`a @ b` of two matrices; on arrays without the seam, which for small ones is most of the time."""
    return product(a, b) if type(a) is np.ndarray and a.dtype.itemsize > 2 else matmul(a, b)


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


def linear_bias(g: Any) -> Any:
    """∂bias = the sum of g's rows."""
    if type(g) is np.ndarray and g.dtype.itemsize > 2:
        g = g.reshape(-1, g.shape[-1])
        return ones(len(g), g.dtype.char).dot(g)  # BLAS adds up rows in half the time of add.reduce
    return sum_p(rows(g), dim=(0,), keepdim=False)


def linear_all(g: Any, x: Any, weight: Any) -> Any:
    """All three at once: the gradient of the input now, those of the parameters later, on other threads.

    None, which leaves it to the functions above, where that does not pay or not all of them are asked for.
    """
    if not can_wait(g, x, weight) or g.size * weight.shape[1] < LONG // 2 or g.dtype.itemsize <= 2:
        return None
    x, y, count = rows(x), rows(g), get_num_threads()
    dx, dweight, dbias = np.empty(x.shape, g.dtype), np.empty(weight.shape, g.dtype), np.empty(len(weight), g.dtype)
    multiplied = blocks(dweight, count // 2)

    def parameters(part: Any) -> None:
        i, j = part
        np.matmul(y.T[i], x[:, j], out=dweight[part])
        if part is multiplied[0]:
            ones(len(y), y.dtype.char).dot(y, out=dbias)

    given = later(parameters, multiplied, dweight, dbias)
    weight, few = prepared(y, weight)
    spread_products(
        lambda part: multiply(y[part[0]], weight[:, part[1]], dx[part], few), blocks(dx, count - count // 2)
    )
    return dx.reshape(*g.shape[:-1], -1), *given


derivative(linear_p, linear_input, linear_weight, linear_bias, together=linear_all)


def matmul_first(g: Any, x_shape: Any, y: Any) -> Any:
    """∂x = g @ yᵀ; a vector among them has one dimension less."""
    if y.ndim == 1:
        return g[..., None] * y if len(x_shape) > 1 else g * y
    if len(x_shape) == 1:
        return matmul(y, g[..., None])[..., 0] if y.ndim > 2 else matmul(y, g)
    return matmul(g, y.mT)


def matmul_second(g: Any, x: Any, y_shape: Any) -> Any:
    """∂y = xᵀ @ g; a vector among them has one dimension less."""
    if x.ndim == 1:
        return x[:, None] * g[..., None, :] if len(y_shape) > 1 else g * x
    if len(y_shape) == 1:
        return dot(reshape_p(g, shape=(1, -1)), rows(x))[0]
    if len(y_shape) == 2:
        return dot(rows(x).mT, rows(g))
    return matmul(x.mT, g)


derivative(matmul, matmul_first, matmul_second)


def einsum_operand(g: Any, i: int, shapes: Any, xs: Any, equation: str) -> Any:
    """∂xs[i]: the einsum of g and the other operands, with the letters of operand i as output.

    A letter that operand i has twice took a diagonal: its second occurrence gets a new letter, and an identity matrix ties the
    two. A letter that neither g nor another operand has was summed over alone: a vector of ones spreads g along it.
    """
    left, output = equation.split("->")
    terms = left.split(",")
    operands, names = [g], [output]
    for k, x in enumerate(xs):
        if k != i:
            operands.append(x)
            names.append(terms[k])
    known: dict[str, int] = {}
    for name, x in zip(names, operands):
        for letter, n in zip(name, x.shape):
            known[letter] = max(n, known.get(letter, 0))
    free = (c for c in ascii_letters if c not in equation)
    wanted = ""
    for letter, n in zip(terms[i], shapes[i]):
        if letter in wanted:
            new = next(free)
            operands.append(np.eye(n, dtype=g.dtype))
            names.append(letter + new)
            wanted += new
        else:
            wanted += letter
        if known.get(letter, 0) < n:
            operands.append(np.ones(n, g.dtype))
            names.append(letter)
    return einsum_p(*operands, equation=",".join(names) + "->" + wanted)


derivative(einsum_p, einsum_operand)
derivative(trace_p, lambda g, x_shape: g * np.eye(*x_shape, dtype=g.dtype))
derivative(cross_p, lambda g, b, dim: cross_p(b, g, dim=dim), lambda g, a, dim: cross_p(g, a, dim=dim))
