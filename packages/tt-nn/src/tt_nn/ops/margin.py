"""Losses that ask for a margin between scores."""

from typing import Any

import numpy as np
from tt_tensor.errors import DTypeError, ShapeError
from tt_tensor.ops.compare import clamp_p, where_p

from .activations import logsigmoid, softplus
from .common import checked, reduced, same_shape


def margin_ranking_loss(
    input1: Any,
    input2: Any,
    target: Any,
    margin: float = 0,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Any:
    """max(0, -y (x₁ - x₂) + margin): the first is to be ranked higher where y = 1, the second where y = -1.

    Args:
        input1: scores of any shape.
        input2: scores of the same shape.
        target: 1 or -1, of the same shape.
        margin: by how much the one must exceed the other.
        size_average: deprecated; raises if given, as does `reduce`.
        reduce: see `size_average`.
        reduction: `"mean"`, `"sum"` or `"none"`.

    Examples:
        >>> from tt_tensor import tensor
        >>> from tt_nn.functional import margin_ranking_loss
        >>> margin_ranking_loss(tensor([1.0]), tensor([3.0]), tensor([1.0]))
        tensor(2.)
    """
    checked("margin_ranking_loss", reduction, size_average, reduce)
    if not input1.ndim == input2.ndim == target.ndim:
        raise ShapeError(
            f"margin_ranking_loss: all input tensors should have same dimension but got sizes {tuple(input1.shape)}, "
            f"{tuple(input2.shape)}, {tuple(target.shape)}"
        )
    return reduced(clamp_p((input2 - input1) * target + margin, 0.0, np.inf), reduction)


def hinge_embedding_loss(
    input: Any,
    target: Any,
    margin: float = 1.0,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Any:
    """x where y = 1, max(0, margin - x) where y = -1: x is the distance of two things that are alike, or not.

    Examples:
        >>> from tt_tensor import tensor
        >>> from tt_nn.functional import hinge_embedding_loss
        >>> hinge_embedding_loss(tensor([0.5, 0.25]), tensor([1.0, -1.0]), reduction="none")
        tensor([0.5000, 0.7500])
    """
    checked("hinge_embedding_loss", reduction, size_average, reduce)
    unlike = where_p(target != 1, clamp_p(margin - input, 0.0, np.inf), 0.0)
    return reduced(unlike + where_p(target != -1, input, 0.0), reduction)


def soft_margin_loss(
    input: Any, target: Any, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
) -> Any:
    """log(1 + exp(-y x)), where y is 1 or -1.

    Examples:
        >>> from tt_tensor import tensor
        >>> from tt_nn.functional import soft_margin_loss
        >>> soft_margin_loss(tensor([0.0, 1000.0]), tensor([1.0, -1.0]), reduction="none")
        tensor([6.9315e-01, 1.0000e+03])
    """
    checked("soft_margin_loss", reduction, size_average, reduce)
    same_shape("soft_margin_loss", input, target)
    return reduced(softplus(-(target * input), threshold=80.0), reduction)


def multilabel_soft_margin_loss(
    input: Any,
    target: Any,
    weight: Any = None,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Any:
    """-[y log σ(x) + (1 - y) log σ(-x)], averaged over the classes, the last dimension: each class is decided on its own.

    Args:
        input: scores, `[N, C]` or `[C]`.
        target: 0 or 1, of the same shape.
        weight: multiplies each class's loss.
        size_average: deprecated; raises if given, as does `reduce`.
        reduce: see `size_average`.
        reduction: `"mean"`, `"sum"` or `"none"`, of the N losses.

    Examples:
        >>> from tt_tensor import tensor
        >>> from tt_nn.functional import multilabel_soft_margin_loss
        >>> multilabel_soft_margin_loss(tensor([[0.0, 0.0]]), tensor([[1.0, 0.0]]))
        tensor(0.6931)
    """
    checked("multilabel_soft_margin_loss", reduction, size_average, reduce)
    same_shape("multilabel_soft_margin_loss", input, target)
    loss = -(target * logsigmoid(input) + (1 - target) * logsigmoid(-input))
    if weight is not None:
        loss = loss * weight
    return reduced(loss.sum(-1) / input.shape[-1], reduction)


def _rows(name: str, input: Any, target: Any, wanted: int) -> tuple[Any, Any]:
    """Scores as `[N, C]` and the target with a row for each; the target has `wanted` dimensions, one less without N."""
    wanted -= 2 - input.ndim
    if input.ndim not in (1, 2) or target.ndim != wanted or (wanted and target.shape[0] != input.shape[0]):
        raise ShapeError(
            f"{name}: inconsistent target size {tuple(target.shape)} for input of size {tuple(input.shape)}"
        )
    if target.dtype != np.int64:
        raise DTypeError(f"{name}: expected class indices of dtype int64, got {target.dtype}; convert with .long()")
    return (input, target) if input.ndim == 2 else (input.unsqueeze(0), target.unsqueeze(0))


def multi_margin_loss(
    input: Any,
    target: Any,
    p: int = 1,
    margin: float = 1.0,
    weight: Any = None,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Any:
    """The hinge loss of several classes: Σⱼ max(0, margin - x[y] + xⱼ)ᵖ / C over the wrong classes j.

    Args:
        input: scores, `[N, C]` or `[C]`.
        target: class indices, int64, `[N]` or a scalar.
        p: 1 or 2.
        margin: by how much the right class must exceed the others.
        weight: `[C]`: multiplies the losses of the rows of each class.
        size_average: deprecated; raises if given, as does `reduce`.
        reduce: see `size_average`.
        reduction: `"mean"`, `"sum"` or `"none"`.

    Raises:
        RuntimeError: if a class index is out of range.

    Examples:
        >>> from tt_tensor import tensor
        >>> from tt_nn.functional import multi_margin_loss
        >>> multi_margin_loss(tensor([[1.0, 0.5, 0.0]]), tensor([0]))
        tensor(0.1667)
    """
    checked("multi_margin_loss", reduction, size_average, reduce)
    if p not in (1, 2):
        raise ValueError("multi_margin_loss: only p == 1 and p == 2 supported")
    scalar = input.ndim == 1
    x, t = _rows("multi_margin_loss", input, target, 1)
    classes = x.shape[1]
    if weight is not None and tuple(weight.shape) != (classes,):
        raise ValueError(
            f"multi_margin_loss: weight must be one-dimensional with {classes} values, got {tuple(weight.shape)}"
        )
    labels = t.array
    if labels.size and (labels.min() < 0 or labels.max() >= classes):
        raise RuntimeError(f"multi_margin_loss: target out of range: there are {classes} classes")
    wrong = t.plain(np.arange(classes) != labels[:, None])
    loss = clamp_p(margin - x.gather(1, t.unsqueeze(1)) + x, 0.0, np.inf)
    loss = where_p(wrong, loss if p == 1 else loss * loss, 0.0)
    if weight is not None:
        loss = loss * weight[t].unsqueeze(1)
    loss = loss.sum(1) / classes
    return reduced(loss.squeeze(0) if scalar and reduction == "none" else loss, reduction)


def multilabel_margin_loss(
    input: Any, target: Any, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
) -> Any:
    """Σ max(0, 1 - (x[y] - xⱼ)) / C over the right classes y and the wrong classes j.

    Args:
        input: scores, `[N, C]` or `[C]`.
        target: the right classes of each row, int64, of the same shape; the list ends at the first -1.
        size_average: deprecated; raises if given, as does `reduce`.
        reduce: see `size_average`.
        reduction: `"mean"`, `"sum"` or `"none"`.

    Raises:
        RuntimeError: if a class index is out of range.

    Examples:
        >>> from tt_tensor import tensor
        >>> from tt_nn.functional import multilabel_margin_loss
        >>> multilabel_margin_loss(tensor([[0.1, 0.2, 0.4, 0.8]]), tensor([[3, 0, -1, 1]]))
        tensor(0.8500)
    """
    checked("multilabel_margin_loss", reduction, size_average, reduce)
    same_shape("multilabel_margin_loss", input, target)
    scalar = input.ndim < 2
    x, t = _rows("multilabel_margin_loss", input, target, 2)
    labels, classes = t.array, x.shape[1]
    listed = np.logical_and.accumulate(labels >= 0, axis=1)
    if (labels[listed] >= classes).any() or (labels < -1).any():
        raise RuntimeError(f"multilabel_margin_loss: target out of range: there are {classes} classes")
    rows, columns = np.nonzero(listed)
    right = np.zeros(x.shape, bool)
    right[rows, labels[rows, columns]] = True
    pairs = t.plain(listed[:, :, None] & ~right[:, None, :])  # [N, right class, wrong class]
    chosen = x.gather(1, t.plain(np.where(listed, labels, 0)))
    loss = where_p(pairs, clamp_p(1.0 - (chosen.unsqueeze(2) - x.unsqueeze(1)), 0.0, np.inf), 0.0)
    loss = loss.sum((1, 2)) / classes
    return reduced(loss.squeeze(0) if scalar and reduction == "none" else loss, reduction)
