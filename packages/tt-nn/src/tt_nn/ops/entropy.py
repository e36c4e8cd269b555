"""Cross entropy and the negative log-likelihood of class indices."""

from math import prod
from typing import Any

import numpy as np
from tt_autograd.rule import derivative, joint_derivative
from tt_tensor.errors import DTypeError, ShapeError
from tt_tensor.ops.convert import cast_p
from tt_tensor.ops.exponential import exponentials
from tt_tensor.ops.reduce import sum_p
from tt_tensor.ops.rows import lie_beside
from tt_tensor.ops.shape import reshape_p
from tt_tensor.primitive import primitive

from .common import half, in_row_blocks, positions, real, total
from .softmax import softmax_p

INT64, UINT64 = np.dtype(np.int64), np.dtype(np.uint64)
KEPT = 1 << 20  # scores up to which their exponentials are kept for backward; beyond, memory matters more than time


def classes(name: str, x: Any, t: Any) -> int:
    """The dimension of the classes in scores `x`, once their shape and the dtype and shape of the targets `t` are checked."""
    if t.dtype != INT64 and t.dtype != np.uint8:
        remedy = (
            ".long()"
            if t.dtype.kind in "iub"
            else ".long() if they are class indices; probabilities have the input's shape"
        )
        raise DTypeError(
            f"{name}: expected class indices of dtype int64, got {t.dtype}; convert the target with {remedy}"
        )
    dim = 1 if x.ndim > 1 else 0
    if not x.ndim or x.shape[:dim] + x.shape[dim + 1 :] != t.shape:
        wanted = x.shape[:dim] + x.shape[dim + 1 :]
        raise ShapeError(
            f"{name}: input of shape {x.shape} (batch, classes, ...) needs a target of class indices of shape {wanted}, "
            f"got {t.shape}"
        )
    return dim


def as_rows(x: Any, dim: int) -> Any:
    """Scores as a matrix: a row per prediction, a column per class."""
    if x.ndim == 2:
        return x
    if x.ndim == 1:
        return x[None]
    return np.ascontiguousarray(np.moveaxis(x, dim, -1)).reshape(-1, x.shape[dim])


def as_they_lie(x: Any, t: Any, dim: int) -> tuple[Any, Any]:
    """Scores and targets as `as_rows` has them; or `[n, classes, s]` and `[n, s]` where copying would take longest."""
    if x.ndim > 2 and x.size and lie_beside(x.shape, dim):
        return x.reshape(*x.shape[:2], -1), t.reshape(len(t), -1)
    return as_rows(x, dim), t if t.ndim == 1 else t.reshape(-1)


def chosen(name: str, rows: Any, t: Any, ignore_index: int) -> tuple[Any, Any]:
    """The targets as indices of classes, and None or which of them count (the others are set to 0).

    Raises:
        IndexError: if a target that counts is not the index of a class.
    """
    count = rows.shape[1]
    if not t.size:
        return t, None
    # Seen without a sign a negative number is a large one: one search finds both ends.
    if ignore_index < 0 and np.maximum.reduce(t.view(UINT64) if t.dtype == INT64 else t, None) < count:
        return t, None
    valid = t != ignore_index
    t = np.where(valid, t, 0)
    least, most = t.min(), t.max()
    if least < 0 or most >= count:
        raise IndexError(
            f"{name}: Target {least if least < 0 else most} is out of bounds: with {count} classes, targets are 0 to {count - 1}"
        )
    return t, None if valid.all() else valid


def pick(rows: Any, t: Any, places: Any) -> Any:
    """The scores of the targets `t`, of which `places` are the `cells`."""
    if rows.flags.c_contiguous:
        return rows.reshape(-1)[places]
    return np.take_along_axis(rows, t[:, None], 1)[:, 0]


def cells(t: Any, shape: tuple[int, ...]) -> Any:
    """Where the targets `t` are in scores of this shape, `[n, classes]` or `[n, classes, s]`, once they are flat."""
    n, c, *beside = shape
    if not beside:
        return positions(n, c) + t
    (s,) = beside
    return (positions(n, c)[:, None] + t) * s + positions(s)


@primitive()
def cross_entropy_p(input: Any, target: Any, *, ignore_index: int, reduction: str) -> Any:
    """log Σ exp(x) - x[target] for each row of scores; their mean, their sum, or all of them.

    And for backward what the exponentials of each row are to be divided by (infinity if the row does not count), and the
    exponentials of scores less some number, their sum subtracted at the target: an empty array if they are many.
    """
    dim = classes("cross_entropy", input, target)
    x, t = as_they_lie(half(real("cross_entropy", input)), target, dim)
    t, valid = chosen("cross_entropy", x, t, ignore_index)
    loss, divisors = np.empty(t.shape, x.dtype), np.empty(t.shape, x.dtype)
    kept = np.empty(x.shape if x.size <= KEPT else 0, x.dtype)

    def work(part: slice) -> None:
        rows, here = x[part], t[part]
        top, sums = exponentials(rows, kept[part] if kept.size else None)
        divisors[part] = sums
        np.log(sums, loss[part])
        places = cells(here, rows.shape)
        loss[part] -= pick(rows, here, places) - (0 if type(top) is int else top[:, 0])
        if kept.size:
            kept[part].reshape(-1)[places] -= sums

    in_row_blocks(work, *row_sizes(x))
    count = loss.dtype.type(t.size if valid is None else np.count_nonzero(valid))
    if reduction == "mean":
        divisors *= count
    if valid is not None:
        loss, divisors = np.where(valid, loss, 0), np.where(valid, divisors, np.inf)
    if reduction == "none":
        return loss.reshape(target.shape).astype(input.dtype, copy=False), divisors, kept
    result = np.add.reduce(loss, None)
    if reduction == "mean":
        result = result / count
    return np.asarray(result, input.dtype), divisors, kept


def row_sizes(x: Any) -> tuple[int, int]:
    """How many rows or planes of scores there are, and how many scores each has."""
    return len(x), x.size // max(1, len(x))


@primitive()
def cross_entropy_backward_p(
    g: Any, input: Any, target: Any, divisors: Any, kept: Any, *, ignore_index: int, reduction: str
) -> Any:
    """(softmax(x) - onehot(target)) · g, divided by the number of rows that count if the loss is their mean."""
    dim = 1 if input.ndim > 1 else 0
    x, t = as_they_lie(half(input), target, dim)
    if not kept.size:
        t, _ = chosen("cross_entropy", x, t, ignore_index)
    each = reduction == "none"  # whether the rows have factors of their own
    if each:
        g = g.reshape(t.shape).astype(x.dtype, copy=False)
    out = np.empty(x.shape, x.dtype)

    def work(part: slice) -> None:
        block = out[part]
        factor = (g[part] if each else g) / divisors[part]
        if kept.size:
            np.multiply(kept[part], factor[:, None], block)
        else:
            sums = exponentials(x[part], block)[1]
            block.reshape(-1)[cells(t[part], block.shape)] -= sums
            block *= factor[:, None]

    in_row_blocks(work, *row_sizes(x))
    if x.ndim > 2:
        out = out.reshape(input.shape)
    elif input.ndim > 2:
        out = np.moveaxis(out.reshape(input.shape[:1] + input.shape[2:] + x.shape[1:]), -1, 1)
    elif input.ndim == 1:
        out = out[0]
    return out.astype(input.dtype, copy=False)  # a view would be copied before it becomes the gradient of a leaf


@primitive()
def nll_loss_p(input: Any, target: Any, weight: Any, *, ignore_index: int, reduction: str) -> Any:
    """-weight[target] · input[target] for each row; their sum, or divided by Σ weight[target]."""
    dim = classes("nll_loss", input, target)
    x, t = as_they_lie(real("nll_loss", input), target, dim)
    t, valid = chosen("nll_loss", x, t, ignore_index)
    w = factors(weight, t, valid, x)
    loss = -pick(x, t, cells(t, x.shape))
    if w is not None:
        loss = np.where(w != 0, loss * w, 0)
    if reduction == "none":
        return loss.reshape(target.shape)
    result = np.add.reduce(loss, None)
    return np.asarray(result / normalizer(w, t, x.dtype) if reduction == "mean" else result, x.dtype)


def factors(weight: Any, t: Any, valid: Any, x: Any) -> Any:
    """What each row counts: the weight of its class, 0 if it is ignored; None if all count the same.

    A `weight` that is not given is the float 1.0.
    """
    if type(weight) is float:  # there is none
        return None if valid is None else valid.astype(x.dtype)
    if weight.shape != x.shape[1:2]:
        raise ShapeError(
            f"nll_loss: weight must have one value for each of the {x.shape[1]} classes, got shape {weight.shape}"
        )
    w = weight[t]
    return w if valid is None else w * valid


def normalizer(w: Any, t: Any, dtype: Any) -> Any:
    """What the sum is divided by to be a mean: the weights' sum."""
    return dtype.type(t.size if w is None else np.add.reduce(w, None))


@primitive()
def nll_loss_backward_p(
    g: Any, target: Any, weight: Any, *, ignore_index: int, reduction: str, shape: tuple[int, ...]
) -> Any:
    """-weight[target] · g where the class is the target, 0 elsewhere; divided by Σ weight[target] for the mean."""
    out = np.zeros(shape, g.dtype)
    beside = [prod(shape[2:])] if len(shape) > 2 else []
    seen = out.reshape(*(shape[:2] if len(shape) > 1 else (1, *shape)), *beside)
    t, valid = chosen("nll_loss", seen, target.reshape(*seen.shape[:1], *seen.shape[2:]), ignore_index)
    w = factors(weight, t, valid, seen)
    if reduction == "mean":
        g = g / normalizer(w, t, g.dtype)
    g = -(g.reshape(t.shape) if reduction == "none" else g)
    out.reshape(-1)[cells(t, seen.shape)] = g if w is None else np.where(w != 0, g * w, 0)
    return out


derivative(
    nll_loss_p,
    lambda g, target, weight, ignore_index, reduction, input_shape: nll_loss_backward_p(
        g, target, weight, ignore_index=ignore_index, reduction=reduction, shape=input_shape
    ),
    None,
    None,
)
derivative(
    nll_loss_backward_p,
    lambda gg, target, weight, ignore_index, reduction: nll_loss_p(
        gg, target, weight, ignore_index=ignore_index, reduction=reduction
    ),
    None,
    None,
)


def row_factor(g: Any, target: Any, dim: int, ignore_index: int, reduction: str, dtype: Any) -> Any:
    """What each row of scores counts in the gradient, shaped to multiply the scores."""
    keep = cast_p(target != ignore_index, dtype=dtype)
    if reduction == "mean":
        keep = keep * (1 / max(1, int((target != ignore_index).sum())))
    shape = tuple(target.shape)
    return reshape_p(keep * g, shape=shape[:dim] + (1,) + shape[dim:])


def cross_entropy_backward_g(gg: Any, g_shape: Any, input: Any, target: Any, ignore_index: int, reduction: str) -> Any:
    """Σ gg · (softmax(x) - onehot), per row or over all rows."""
    dim = 1 if input.ndim > 1 else 0
    inner = total(gg * softmax_p(input, dim=dim), dim) * row_factor(1.0, target, dim, ignore_index, reduction, gg.dtype)
    inner = reshape_p(inner, shape=g_shape) if reduction == "none" else sum_p(inner, dim=None, keepdim=False)
    return inner + nll_loss_p(gg, target, 1.0, ignore_index=ignore_index, reduction=reduction)


def cross_entropy_backward_input(gg: Any, g: Any, input: Any, target: Any, ignore_index: int, reduction: str) -> Any:
    """The Hessian of log Σ exp times gg: p · (gg - Σ gg · p), with what each row counts."""
    dim = 1 if input.ndim > 1 else 0
    p = softmax_p(input, dim=dim)
    return p * (gg - total(gg * p, dim)) * row_factor(g, target, dim, ignore_index, reduction, gg.dtype)


joint_derivative(
    cross_entropy_p,
    lambda g, input, target, rest, ignore_index, reduction: (
        cross_entropy_backward_p(g[0], input, target, *rest, ignore_index=ignore_index, reduction=reduction),
        None,
    ),
)
derivative(  # divisors and kept are functions of the input, and counted there
    cross_entropy_backward_p, cross_entropy_backward_g, cross_entropy_backward_input, None, None, None
)
