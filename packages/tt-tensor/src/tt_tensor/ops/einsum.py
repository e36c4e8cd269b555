"""Einstein's summation: one notation for products, sums, transposes and diagonals."""

from collections.abc import Sequence
from functools import lru_cache
from math import prod
from string import ascii_letters
from typing import Any

import numpy as np

from ..errors import ShapeError
from ..primitive import primitive
from .dims import need_tensor, send
from .matmul import typed_dot, typed_matmul

_SORTED = "".join(sorted(ascii_letters))


@primitive()
def einsum_p(*xs: Any, equation: str) -> Any:
    """The sum of products that `equation` writes, such as `ij,jk->ik`: letters only, and an arrow."""
    left, output = equation.split("->")
    terms = left.split(",")
    parts = [_plain(x, term) for x, term in zip(xs, terms)]
    x, term = parts[0]
    for k in range(1, len(parts)):
        keep = set(output).union(*(later for _, later in parts[k + 1 :]))
        x, term = _pair(x, term, *parts[k], keep)
    x, term = _summed(x, term, set(output))
    for letter in output:
        if letter not in term:  # it had size 1 wherever it stood
            x, term = x[..., None], term + letter
    return x.transpose([term.index(letter) for letter in output])


def _plain(x: Any, term: str) -> tuple[Any, str]:
    """`x` without repeated letters (their diagonal), and without dimensions of size 1 that are to be broadcast."""
    letters = "".join(dict.fromkeys(term))
    if letters != term:
        x = np.einsum(x, [_SORTED.index(c) for c in term], [_SORTED.index(c) for c in letters])
    dropped = tuple(k for k, c in enumerate(letters) if x.shape[k] == 1)
    if dropped:
        x = x.reshape([n for n in x.shape if n != 1])
        letters = "".join(c for k, c in enumerate(letters) if k not in dropped)
    return x, letters


def _summed(x: Any, term: str, keep: set[str]) -> tuple[Any, str]:
    """`x` summed over the letters that are not to be kept."""
    gone = tuple(k for k, c in enumerate(term) if c not in keep)
    if not gone:
        return x, term
    return np.add.reduce(x, axis=gone, dtype=x.dtype), "".join(c for c in term if c in keep)


def _pair(a: Any, ta: str, b: Any, tb: str, keep: set[str]) -> tuple[Any, str]:
    """The product of two operands, summed over the letters that are not to be kept: by one product of matrices."""
    a, ta = _summed(a, ta, keep.union(tb))
    b, tb = _summed(b, tb, keep.union(ta))
    both = [c for c in ta if c in tb]
    batch, summed = [c for c in both if c in keep], [c for c in both if c not in keep]
    rows, cols = [c for c in ta if c not in tb], [c for c in tb if c not in ta]
    a = a.transpose([ta.index(c) for c in batch + rows + summed])
    b = b.transpose([tb.index(c) for c in batch + summed + cols])
    i, j = len(batch), len(batch) + len(rows)
    shape = a.shape[:j] + b.shape[i + len(summed) :]
    if not summed and a.dtype == b.dtype:
        out = a[(..., *[None] * len(cols))] * b[(slice(None),) * i + (None,) * len(rows)]
        return out, "".join(batch + rows + cols)
    a = a.reshape(*a.shape[:i], prod(a.shape[i:j]), prod(a.shape[j:]))
    b = b.reshape(*b.shape[:i], prod(b.shape[i : i + len(summed)]), prod(b.shape[i + len(summed) :]))
    out = typed_matmul(a, b) if batch else typed_dot(a, b)
    return out.reshape(shape), "".join(batch + rows + cols)


def einsum(equation: Any, *operands: Any) -> Any:
    """The sum of products of `operands` that `equation` writes in Einstein's notation.

    Each operand has a letter per dimension; letters that are not in the output are summed over, `...` stands for any number
    of dimensions that are broadcast. Without `->` the output is `...` and the letters that occur once, in order.

    Args:
        equation: such as `"bij,bjk->bik"`; or operands and lists of numbers in turn, `einsum(x, [0, 1], y, [1, 2], [0, 2])`.
        operands: tensors of the same dtype.

    Raises:
        ShapeError: if the equation does not fit the shapes, or is not one.

    Examples:
        >>> from tt_tensor import einsum, tensor
        >>> x = tensor([[1.0, 2.0], [3.0, 4.0]])
        >>> einsum("ij,kj->ik", x, x)
        tensor([[ 5., 11.],
                [11., 25.]])
        >>> einsum("ii->", x)
        tensor(5.)
    """
    if not isinstance(equation, str):
        equation, operands = _from_lists((equation, *operands))
    if len(operands) == 1 and isinstance(operands[0], list | tuple):
        operands = tuple(operands[0])
    return einsum_p(*operands, equation=_explicit(equation, tuple([tuple(x.shape) for x in operands])))


def _from_lists(arguments: tuple[Any, ...]) -> tuple[str, tuple[Any, ...]]:
    """Operands and lists of numbers in turn, as an equation and operands."""

    def text(numbers: Sequence[Any]) -> str:
        return "".join("..." if n is Ellipsis else _SORTED[n] for n in numbers)

    pairs = len(arguments) // 2
    equation = ",".join(text(arguments[2 * k + 1]) for k in range(pairs))
    if len(arguments) % 2:
        equation += "->" + text(arguments[-1])
    return equation, tuple(arguments[2 * k] for k in range(pairs))


@lru_cache(maxsize=1024)
def _explicit(equation: str, shapes: tuple[tuple[int, ...], ...]) -> str:
    """The equation with letters in place of `...`, with an output, and found to fit."""
    ndims = [len(shape) for shape in shapes]
    left, arrow, output = equation.replace(" ", "").partition("->")
    terms = left.split(",")
    for c in (left + output).replace("...", "").replace(",", ""):
        if c not in ascii_letters:
            raise ShapeError(f"einsum: invalid subscript {c!r} in {equation!r}; subscripts are the letters a-z and A-Z")
    if len(terms) != len(ndims):
        raise ShapeError(f"einsum: {equation!r} is for {len(terms)} operands, but {len(ndims)} were given")
    free = [c for c in ascii_letters if c not in equation]
    extra = [n - len(term.replace("...", "")) for term, n in zip(terms, ndims)]
    for k, term in enumerate(terms):
        if extra[k] < 0 or (extra[k] and "..." not in term):
            raise ShapeError(
                f"einsum: the subscripts {term!r} do not match the {ndims[k]} dimensions of operand {k}, of shape "
                f"{shapes[k]}"
            )
    dots = "".join(free[: max((n for n, term in zip(extra, terms) if "..." in term), default=0)])
    terms = [term.replace("...", dots[len(dots) - n :]) for term, n in zip(terms, extra)]
    if arrow:
        output = output.replace("...", dots)
    else:
        letters = left.replace("...", "").replace(",", "")
        output = dots + "".join(c for c in sorted(set(letters)) if letters.count(c) == 1)
    for c in output:
        if output.count(c) > 1:
            raise ShapeError(f"einsum: output subscript {c!r} appears more than once in {equation!r}")
        if not any(c in term for term in terms):
            raise ShapeError(f"einsum: output subscript {c!r} does not appear in any input of {equation!r}")
    sizes: dict[str, int] = {}
    for k, term in enumerate(terms):
        for c, n in zip(term, shapes[k]):
            if sizes.setdefault(c, n) == 1:
                sizes[c] = n
            elif n not in (1, sizes[c]):
                raise ShapeError(
                    f"einsum: subscript {c!r} of {equation!r} has size {n} in operand {k}, of shape {shapes[k]}, but "
                    f"size {sizes[c]} in one before it"
                )
    return ",".join(terms) + "->" + output


def tensordot(a: Any, b: Any, dims: Any = 2, *, out: Any = None) -> Any:
    """The sum of products of `a` and `b` over some dimensions of each.

    Args:
        a: a tensor.
        b: a tensor of the same dtype.
        dims: how many dimensions to sum over, the last of `a` with the first of `b`; or two lists of dimensions.
        out: where to write the result.

    Returns:
        The remaining dimensions of `a`, then those of `b`.

    Examples:
        >>> from tt_tensor import ones, tensordot
        >>> tensordot(ones(2, 3, 4), ones(3, 4, 5)).shape == (2, 5)
        True
    """
    need_tensor("tensordot", a)
    need_tensor("tensordot", b)
    if hasattr(dims, "tolist"):
        dims = dims.tolist()
    if isinstance(dims, int):
        if dims < 0 or dims > min(a.ndim, b.ndim):
            raise ShapeError(
                f"tensordot: dims={dims} must be from 0 to the number of dimensions ({a.ndim} and {b.ndim})"
            )
        dims = [*range(a.ndim - dims, a.ndim)], [*range(dims)]
    first, second = ([d] if isinstance(d, int) else list(d) for d in dims)
    if len(first) != len(second):
        raise ShapeError(f"tensordot: both lists of dimensions must have the same length, got {first} and {second}")
    ta, tb = list(ascii_letters[: a.ndim]), list(ascii_letters[a.ndim : a.ndim + b.ndim])
    for i, j in zip(first, second):
        if a.shape[i] != b.shape[j] and 1 not in (a.shape[i], b.shape[j]):
            raise ShapeError(
                f"tensordot: contracted dimensions need to match, but the first has size {a.shape[i]} in dim {i} and the "
                f"second has size {b.shape[j]} in dim {j}"
            )
        tb[j] = ta[i]
    output = [c for c in ta if c not in tb] + [c for c in tb if c not in ta]
    return send(einsum_p, out, a, b, equation=f"{''.join(ta)},{''.join(tb)}->{''.join(output)}")
