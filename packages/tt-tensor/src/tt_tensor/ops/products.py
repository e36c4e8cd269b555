"""Products that are written with others: mm, dot, outer, addmm, kron, ..."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import DTypeError, ShapeError
from ..primitive import primitive
from .complex import conj
from .dims import need_tensor, send
from .einsum import tensordot
from .elementwise import add_p, mul_p
from .matmul import matmul
from .shape import reshape_p


def _need(name: str, *wanted: tuple[Any, int]) -> None:
    """Raise unless each tensor has the number of dimensions that goes with it."""
    for x, n in wanted:
        if getattr(x, "ndim", None) != n:
            if not hasattr(x, "ndim"):
                raise TypeError(f"{name}: expected Tensor, got {type(x).__name__}; convert it with tensor(...)")
            kind = {1: "a vector", 2: "a matrix", 3: "a batch of matrices"}[n]
            raise ShapeError(f"{name}: expected {kind} ({n}-D), got shape {tuple(x.shape)}")


def mm(input: Any, mat2: Any, *, out: Any = None) -> Any:
    """The product of two matrices, `[n, k] @ [k, m]`, neither broadcast nor a vector.

    Examples:
        >>> from tt_tensor import mm, tensor
        >>> mm(tensor([[1.0, 2.0]]), tensor([[3.0], [4.0]]))
        tensor([[11.]])
    """
    _need("mm", (input, 2), (mat2, 2))
    return send(matmul, out, input, mat2)


def bmm(input: Any, mat2: Any, *, out: Any = None) -> Any:
    """The products of `b` pairs of matrices, `[b, n, k] @ [b, k, m]`.

    Examples:
        >>> from tt_tensor import bmm, ones
        >>> bmm(ones(2, 1, 3), ones(2, 3, 1)).flatten()
        tensor([3., 3.])
    """
    _need("bmm", (input, 3), (mat2, 3))
    if input.shape[0] != mat2.shape[0]:
        raise ShapeError(f"bmm: {input.shape[0]} matrices against {mat2.shape[0]}; use matmul to broadcast")
    return send(matmul, out, input, mat2)


def mv(input: Any, vec: Any, *, out: Any = None) -> Any:
    """The product of a matrix and a vector, `[n, k] @ [k]`.

    Examples:
        >>> from tt_tensor import mv, tensor
        >>> mv(tensor([[1.0, 2.0], [3.0, 4.0]]), tensor([1.0, 0.0]))
        tensor([1., 3.])
    """
    _need("mv", (input, 2), (vec, 1))
    return send(matmul, out, input, vec)


def dot(input: Any, tensor: Any, *, out: Any = None) -> Any:
    """The sum of the products of two vectors' elements, Σₖ inputₖ · tensorₖ.

    Examples:
        >>> from tt_tensor import dot, tensor
        >>> dot(tensor([1.0, 2.0]), tensor([3.0, 4.0]))
        tensor(11.)
    """
    _need("dot", (input, 1), (tensor, 1))
    if input.shape != tensor.shape:
        raise ShapeError(f"dot: expected vectors of the same length, got {input.shape[0]} and {tensor.shape[0]}")
    return send(matmul, out, input, tensor)


def vdot(input: Any, other: Any, *, out: Any = None) -> Any:
    """`dot`, with the complex conjugate of `input`.

    Examples:
        >>> from tt_tensor import tensor, vdot
        >>> vdot(tensor([1.0, 2.0]), tensor([3.0, 4.0]))
        tensor(11.)
    """
    need_tensor("vdot", input)
    need_tensor("vdot", other)
    return dot(conj(input), other, out=out)


def inner(input: Any, other: Any, *, out: Any = None) -> Any:
    """The sums of products along the last dimensions of both: `dot` for vectors, a plain product for numbers.

    Examples:
        >>> from tt_tensor import inner, tensor
        >>> inner(tensor([[1.0, 2.0], [3.0, 4.0]]), tensor([1.0, 1.0]))
        tensor([3., 7.])
    """
    need_tensor("inner", input)
    need_tensor("inner", other)
    if input.ndim == 0 or other.ndim == 0:
        return send(mul_p, out, input, other)
    if input.shape[-1] != other.shape[-1]:
        raise ShapeError(
            f"inner: the last dimensions must match, got shapes {tuple(input.shape)} and {tuple(other.shape)}"
        )
    return tensordot(input, other, ([-1], [-1]), out=out)


def outer(input: Any, vec2: Any, *, out: Any = None) -> Any:
    """All products of an element of `input`, `[n]`, and one of `vec2`, `[m]`: a matrix `[n, m]`.

    Examples:
        >>> from tt_tensor import outer, tensor
        >>> outer(tensor([1.0, 2.0]), tensor([3.0, 4.0]))
        tensor([[3., 4.],
                [6., 8.]])
    """
    _need("outer", (input, 1), (vec2, 1))
    return send(mul_p, out, reshape_p(input, shape=(input.shape[0], 1)), vec2)


ger = outer


def _weighted(name: str, input: Any, product: Any, beta: Any, alpha: Any, out: Any) -> Any:
    """`beta · input + alpha · product`, of the shape and dtype of `product`."""
    if input.dtype != product.dtype:
        raise DTypeError(f"{name}: input has dtype {input.dtype}, but the matrices have {product.dtype}; convert one")
    try:
        fits = np.broadcast_shapes(input.shape, product.shape) == product.shape
    except ValueError:
        fits = False
    if not fits:
        raise ShapeError(
            f"{name}: input of shape {tuple(input.shape)} cannot be expanded to the product's shape {tuple(product.shape)}"
        )
    if alpha != 1:
        product = mul_p(product, int(alpha) if product.dtype.kind in "iu" else alpha)
    if beta == 0:  # then NaN in input is not in the result
        return send(add_p, out, product, 0)
    if beta != 1:
        input = mul_p(input, int(beta) if product.dtype.kind in "iu" else beta)
    return send(add_p, out, input, product)


def addmm(input: Any, mat1: Any, mat2: Any, *, beta: Any = 1, alpha: Any = 1, out: Any = None) -> Any:
    """`beta · input + alpha · mat1 @ mat2`; `input` is broadcast, and is ignored if beta is 0.

    Examples:
        >>> from tt_tensor import addmm, eye, ones
        >>> addmm(ones(2), eye(2), eye(2), alpha=2)
        tensor([[3., 1.],
                [1., 3.]])
    """
    return _weighted("addmm", input, mm(mat1, mat2), beta, alpha, out)


def addmv(input: Any, mat: Any, vec: Any, *, beta: Any = 1, alpha: Any = 1, out: Any = None) -> Any:
    """`beta · input + alpha · mat @ vec`."""
    return _weighted("addmv", input, mv(mat, vec), beta, alpha, out)


def addr(input: Any, vec1: Any, vec2: Any, *, beta: Any = 1, alpha: Any = 1, out: Any = None) -> Any:
    """`beta · input + alpha · outer(vec1, vec2)`."""
    need_tensor("addr", vec1)
    need_tensor("addr", vec2)
    return _weighted("addr", input, outer(vec1, vec2), beta, alpha, out)


def baddbmm(input: Any, batch1: Any, batch2: Any, *, beta: Any = 1, alpha: Any = 1, out: Any = None) -> Any:
    """`beta · input + alpha · batch1 @ batch2`, for each of a batch of matrices."""
    return _weighted("baddbmm", input, bmm(batch1, batch2), beta, alpha, out)


def addbmm(input: Any, batch1: Any, batch2: Any, *, beta: Any = 1, alpha: Any = 1, out: Any = None) -> Any:
    """`beta · input + alpha · Σ_b batch1[b] @ batch2[b]`."""
    _need("addbmm", (batch1, 3), (batch2, 3))
    if batch1.shape[0] != batch2.shape[0]:
        raise ShapeError(f"addbmm: {batch1.shape[0]} matrices against {batch2.shape[0]}")
    return _weighted("addbmm", input, tensordot(batch1, batch2, ([0, 2], [0, 1])), beta, alpha, out)


def kron(input: Any, other: Any, *, out: Any = None) -> Any:
    """The Kronecker product: `input` with every element replaced by that element times `other`.

    Examples:
        >>> from tt_tensor import eye, kron, tensor
        >>> kron(eye(2), tensor([[1.0, 2.0]]))
        tensor([[1., 2., 0., 0.],
                [0., 0., 1., 2.]])
    """
    need_tensor("kron", input)
    need_tensor("kron", other)
    n = max(input.ndim, other.ndim)
    a = (1,) * (n - input.ndim) + tuple(input.shape)
    b = (1,) * (n - other.ndim) + tuple(other.shape)
    spread = mul_p(
        reshape_p(input, shape=tuple(s for size in a for s in (size, 1))),
        reshape_p(other, shape=tuple(s for size in b for s in (1, size))),
    )
    return send(reshape_p, out, spread, shape=tuple(i * j for i, j in zip(a, b)))


@primitive()
def trace_p(x: Any) -> Any:
    """Σ xᵢᵢ"""
    if x.ndim != 2:
        raise ShapeError(f"trace: expected a matrix, got shape {x.shape}")
    return np.asarray(np.trace(x, dtype=np.int64 if x.dtype.kind in "biu" else x.dtype))


def trace(input: Any) -> Any:
    """The sum of a matrix's diagonal; of integers as int64.

    Args:
        input: `[n, m]`.

    Examples:
        >>> from tt_tensor import tensor, trace
        >>> trace(tensor([[1.0, 2.0], [3.0, 4.0]]))
        tensor(5.)
    """
    return trace_p(input)


def chain_matmul(*matrices: Any, out: Any = None) -> Any:
    """The product of several matrices, in the order of multiplication that takes the fewest operations.

    Args:
        matrices: two or more of matching shapes; the first and the last may be vectors.
        out: where to write the result.

    Examples:
        >>> from tt_tensor import chain_matmul, ones
        >>> chain_matmul(ones(2, 3), ones(3, 4), ones(4, 1))
        tensor([[12.],
                [12.]])
    """
    if len(matrices) < 2:
        raise ShapeError(f"chain_matmul: expected at least 2 tensors, got {len(matrices)}")
    for k, m in enumerate(matrices):
        if m.ndim != 2 and not (m.ndim == 1 and k in (0, len(matrices) - 1)):
            raise ShapeError(f"chain_matmul: tensor {k} must be a matrix, got shape {tuple(m.shape)}")
    product = _in_best_order(matrices)
    return product if out is None else send(add_p, out, product, 0)


def _in_best_order(matrices: Sequence[Any]) -> Any:
    """Dynamic programming over all ways to set parentheses: `cost[i][j]` is the least for the product of i … j."""
    n = len(matrices)
    first, last = matrices[0], matrices[-1]
    p = [first.shape[0] if first.ndim == 2 else 1, *(m.shape[0] for m in matrices[1:])]
    p.append(last.shape[1] if last.ndim == 2 else 1)
    cost = [[0] * n for _ in range(n)]
    best = [[0] * n for _ in range(n)]
    for length in range(1, n):
        for i in range(n - length):
            j = i + length
            cost[i][j], best[i][j] = min(
                (cost[i][k] + cost[k + 1][j] + p[i] * p[k + 1] * p[j + 1], k) for k in range(i, j)
            )

    def product(i: int, j: int) -> Any:
        return matrices[i] if i == j else matmul(product(i, best[i][j]), product(best[i][j] + 1, j))

    return product(0, n - 1)
