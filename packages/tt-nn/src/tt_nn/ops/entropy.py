"""Cross entropy and the negative log-likelihood of class indices."""

from typing import Any

import numpy as np
from tt_autograd.rule import derivative
from tt_tensor.errors import DTypeError, ShapeError
from tt_tensor.ops.elementwise import cast_p
from tt_tensor.ops.exponential import LOG, raised
from tt_tensor.ops.reduce import sum_p
from tt_tensor.ops.shape import reshape_p
from tt_tensor.primitive import primitive

from .common import half, in_row_blocks, ones, positions, real, row_max, row_sum, total
from .softmax import softmax_p

INT64, UINT64 = np.dtype(np.int64), np.dtype(np.uint64)
FLOATS = {np.dtype(np.float32), np.dtype(np.float64)}
TINY = 1e-7  # sums of exponentials below this are taken again: their logarithms would cost digits
SMALL = 4096  # scores up to which the number of NumPy calls decides, and the kernels take the way with the fewest


def classes(name: str, x: Any, t: Any) -> int:
    """The dimension of the classes in scores `x`, once their shape and the dtype and shape of the targets `t` are checked."""
    if t.dtype is not INT64 and t.dtype != np.uint8:
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


def chosen(name: str, rows: Any, t: Any, ignore_index: int) -> tuple[Any, Any]:
    """The targets as row indices that are in range, and None or which of them count (the others are set to 0)."""
    valid = None
    if t.size and (ignore_index >= 0 or np.minimum.reduce(t) < 0):
        valid = t != ignore_index
        t = np.where(valid, t, 0)
        if np.minimum.reduce(t) < 0:
            raise IndexError(out_of_bounds(name, np.minimum.reduce(t), rows.shape[1]))
    return t, valid


def is_simple(x: Any, t: Any, ignore_index: int) -> bool:
    """Whether this is the common case: a small matrix of scores, and a class that counts for each row."""
    if x.ndim != 2 or not 0 < x.size <= SMALL or t.ndim != 1 or t.dtype is not INT64 or x.dtype not in FLOATS:
        return False
    n, c = x.shape
    if ignore_index >= 0 or t.shape[0] != n:
        return False
    if n <= 32:
        values = t.tolist()
        return bool(min(values) >= 0 and max(values) < c)
    return bool(np.maximum.reduce(t.view(UINT64)) < c)  # seen as unsigned, a negative index is a very large one


def out_of_bounds(name: str, target: Any, count: int) -> str:
    """What is wrong with a class index."""
    return f"{name}: Target {target} is out of bounds: with {count} classes, targets are 0 to {count - 1}"


def exponentials(rows: Any, out: Any) -> tuple[Any, Any]:
    """What was subtracted from the rows, and the sums of the exponentials, which are written into `out` if given.

    That is the largest score of all rows, which is found in a fraction of the time of the largest of each; only if that makes
    the exponentials of a row too small, each row's own.
    """
    top = np.maximum.reduce(rows, None)
    out = np.multiply(rows, LOG, out)
    out -= top * LOG
    raised(out, out)
    sums = row_sum(out)
    if sums.min() > TINY:  # not of NaN
        return top, sums
    column = row_max(rows)
    np.subtract(rows, column, out=out)
    np.exp(out, out=out)
    return column[:, 0], row_sum(out)


@primitive()
def cross_entropy_p(input: Any, target: Any, *, ignore_index: int, reduction: str) -> Any:
    """log Σ exp(x) - x[target] for each row of scores; their mean, their sum, or all of them."""
    if is_simple(input, target, ignore_index):
        n, c = input.shape
        shifted = input - row_max(input)
        picked = shifted.reshape(-1)[positions(n, c) + target]
        loss = np.log(np.exp(shifted, shifted).dot(ones(c, input.dtype.char)))
        loss -= picked
        if reduction == "none":
            return loss
        summed = loss.dot(ones(n, loss.dtype.char))
        return np.array(summed / n if reduction == "mean" else summed, input.dtype)
    dim = classes("cross_entropy", input, target)
    x = half(as_rows(real("cross_entropy", input), dim))
    n, c = x.shape
    t, valid = chosen("cross_entropy", x, target.reshape(-1) if target.ndim != 1 else target, ignore_index)
    loss = np.empty(n, x.dtype)

    def work(part: slice) -> None:
        rows, columns = x[part], t[part]
        top, sums = exponentials(rows, None)
        np.log(sums, sums)
        np.subtract(sums, rows[positions(columns.shape[0]), columns] - top, loss[part])

    try:
        in_row_blocks(work, n, c)
    except IndexError:
        raise IndexError(out_of_bounds("cross_entropy", t.max(), c)) from None
    if valid is not None:
        loss = np.where(valid, loss, 0)
    if reduction == "none":
        return loss.reshape(target.shape).astype(input.dtype, copy=False)
    result = np.add.reduce(loss)
    if reduction == "mean":
        result = result / loss.dtype.type(n if valid is None else np.count_nonzero(valid))
    return np.asarray(result, input.dtype)


@primitive()
def cross_entropy_backward_p(g: Any, input: Any, target: Any, *, ignore_index: int, reduction: str) -> Any:
    """(softmax(x) - onehot(target)) · g, divided by the number of rows that count if the loss is their mean.

    The probabilities are computed again rather than kept: the scores are there anyway, so training holds no array of
    their size between forward and backward.
    """
    if is_simple(input, target, ignore_index):
        n, c = input.shape
        p = input - row_max(input)
        np.exp(p, p)
        if reduction != "none":
            g = float(g) / (n if reduction == "mean" else 1)
        p *= (g / p.dot(ones(c, input.dtype.char)))[:, None]
        p.reshape(-1)[positions(n, c) + target] -= g
        return p
    dim = 1 if input.ndim > 1 else 0
    x = half(as_rows(input, dim))
    n, c = x.shape
    t, valid = chosen("cross_entropy", x, target.reshape(-1) if target.ndim != 1 else target, ignore_index)
    if reduction == "none":
        g = as_rows(np.expand_dims(g, dim), dim)[:, 0] if g.ndim > 1 else g.reshape(-1)
        g = g.astype(x.dtype, copy=False)
        if valid is not None:
            g = g * valid
    else:
        if reduction == "mean":
            g = g / x.dtype.type(n if valid is None else np.count_nonzero(valid))
        if valid is not None:
            g = np.where(valid, g, 0)
    each = getattr(g, "ndim", 0) == 1  # whether the rows have factors of their own
    out = np.empty((n, c), x.dtype)

    def work(part: slice) -> None:
        block, columns = out[part], t[part]
        _, sums = exponentials(x[part], block)
        factor = g[part] if each else g
        block *= (factor / sums)[:, None]
        block[positions(columns.shape[0]), columns] -= factor

    in_row_blocks(work, n, c)
    if input.ndim > 2:
        out = np.moveaxis(out.reshape(input.shape[:1] + input.shape[2:] + (c,)), -1, 1)
    elif input.ndim == 1:
        out = out[0]
    return out.astype(input.dtype, copy=False)  # a view would be copied before it becomes the gradient of a leaf


@primitive()
def nll_loss_p(input: Any, target: Any, weight: Any, *, ignore_index: int, reduction: str) -> Any:
    """-weight[target] · input[target] for each row; their sum, or divided by Σ weight[target]."""
    dim = classes("nll_loss", input, target)
    x = as_rows(real("nll_loss", input), dim)
    t, valid = chosen("nll_loss", x, target.reshape(-1), ignore_index)
    w = factors(weight, t, valid, x)
    try:
        loss = -x[positions(t.shape[0]), t]
    except IndexError:
        raise IndexError(out_of_bounds("nll_loss", t.max(), x.shape[1])) from None
    if w is not None:
        loss = np.where(w != 0, loss * w, 0)
    if reduction == "none":
        return loss.reshape(target.shape)
    result = np.add.reduce(loss)
    return np.asarray(result / normalizer(w, t, x.dtype) if reduction == "mean" else result, x.dtype)


def factors(weight: Any, t: Any, valid: Any, x: Any) -> Any:
    """What each row counts: the weight of its class, 0 if it is ignored; None if all count the same.

    A `weight` that is not given is the float 1.0.
    """
    if type(weight) is float:  # there is none
        return None if valid is None else valid.astype(x.dtype)
    if weight.shape != x.shape[1:]:
        raise ShapeError(
            f"nll_loss: weight must have one value for each of the {x.shape[1]} classes, got shape {weight.shape}"
        )
    if t.size and t.max() >= x.shape[1]:
        raise IndexError(out_of_bounds("nll_loss", t.max(), x.shape[1]))
    w = weight[t]
    return w if valid is None else w * valid


def normalizer(w: Any, t: Any, dtype: Any) -> Any:
    """What the sum is divided by to be a mean: the weights' sum."""
    return dtype.type(t.shape[0] if w is None else np.add.reduce(w))


@primitive()
def nll_loss_backward_p(
    g: Any, target: Any, weight: Any, *, ignore_index: int, reduction: str, shape: tuple[int, ...]
) -> Any:
    """-weight[target] · g where the class is the target, 0 elsewhere; divided by Σ weight[target] for the mean."""
    dim = 1 if len(shape) > 1 else 0
    n, c = target.size, shape[dim]
    out = np.zeros((n, c), g.dtype)
    t, valid = chosen("nll_loss", out, target.reshape(-1), ignore_index)
    w = factors(weight, t, valid, out)
    if reduction == "mean":
        g = g / normalizer(w, t, g.dtype)
    g = -(g.reshape(-1) if reduction == "none" else g)
    out[positions(n), t] = g if w is None else np.where(w != 0, g * w, 0)
    if len(shape) > 2:
        out = np.ascontiguousarray(np.moveaxis(out.reshape(shape[:1] + shape[2:] + (c,)), -1, 1))
    return out.reshape(shape)


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
        keep = keep / sum_p(keep, dim=None, keepdim=False)
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


derivative(
    cross_entropy_p,
    lambda g, input, target, ignore_index, reduction: cross_entropy_backward_p(
        g, input, target, ignore_index=ignore_index, reduction=reduction
    ),
    None,
)
derivative(cross_entropy_backward_p, cross_entropy_backward_g, cross_entropy_backward_input, None)
