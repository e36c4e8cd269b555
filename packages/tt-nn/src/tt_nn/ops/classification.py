"""Losses of scores against classes: cross_entropy, nll_loss, kl_div."""

import warnings
from typing import Any

import numpy as np
from tt_tensor.errors import ShapeError
from tt_tensor.ops.combine import xlogy
from tt_tensor.ops.compare import where_p

from ..linear import linear
from .common import checked, reduced
from .entropy import cross_entropy_p, nll_loss_p
from .softmax import log_softmax_p


def cross_entropy(
    input: Any,
    target: Any,
    weight: Any = None,
    size_average: Any = None,
    ignore_index: int = -100,
    reduce: Any = None,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Any:
    """The cross entropy of scores and classes: the mean of log Σⱼ exp(xⱼ) - x[target].

    Log-softmax and negative log-likelihood in one step, exact for scores of any size. Do not apply softmax first.

    Args:
        input: scores (logits), `[N, C]`, `[C]`, or `[N, C, d1, d2, ...]`, floating.
        target: class indices, int64, of the shape of `input` without C; or the probabilities of the classes, floating, of
            the shape of `input`.
        weight: `[C]`, what each class counts; the mean over indices is divided by the sum of the targets' weights.
        size_average: deprecated in PyTorch; raises if given, as does `reduce`.
        ignore_index: a class index that does not count; not to be given (or negative) with probabilities.
        reduce: see `size_average`.
        reduction: `"mean"`, `"sum"`, or `"none"` for a tensor of the shape of the class indices.
        label_smoothing: ε: replaces the target distribution by (1 - ε) of itself and ε of the uniform one.

    Raises:
        ShapeError: if the shapes do not fit.
        DTypeError: if class indices are not int64, or the scores not floating.
        IndexError: if a class index is negative or not less than C.
        ValueError: if a target probability is NaN, or for an unknown reduction.
        RuntimeError: if `label_smoothing` is not between 0 and 1, or `ignore_index` is given with probabilities.

    Examples:
        >>> from tt_tensor import tensor
        >>> from tt_nn.functional import cross_entropy
        >>> cross_entropy(tensor([[0.0, 0.0], [0.0, 1000.0]]), tensor([0, 1]))
        tensor(0.3466)
    """
    checked("cross_entropy", reduction, size_average, reduce)
    try:
        classes = target.dtype.kind != "f"
    except AttributeError:
        raise TypeError(f"cross_entropy: expected a tensor as target, got {type(target).__name__}") from None
    if classes and weight is None and label_smoothing == 0.0:
        return cross_entropy_p(input, target, ignore_index=ignore_index, reduction=reduction)[0]
    if not 0.0 <= label_smoothing <= 1.0:
        raise RuntimeError(f"cross_entropy: label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing}")
    dim = 1 if input.ndim > 1 else 0
    if weight is not None and tuple(weight.shape) != (input.shape[dim],):
        raise ShapeError(
            f"cross_entropy: weight tensor should be defined either for all {input.shape[dim]} classes or no classes but got "
            f"weight tensor of shape {tuple(weight.shape)}"
        )
    if target.dtype.kind == "f" and (tuple(target.shape) == tuple(input.shape) or target.ndim == input.ndim):
        if ignore_index >= 0:
            raise RuntimeError(
                f"cross_entropy: ignore_index={ignore_index} is not supported for target probabilities; leave it out"
            )
        return _against_probabilities(input, target, weight, reduction, label_smoothing, dim)
    _constant("cross_entropy", weight)
    log_p = log_softmax_p(input, dim=dim)
    loss = nll_loss_p(log_p, target, 1.0 if weight is None else weight, ignore_index=ignore_index, reduction=reduction)
    if label_smoothing == 0.0:
        return loss
    shaped = None if weight is None else weight.reshape(-1, *(1,) * (input.ndim - dim - 1))
    smooth = -(log_p if shaped is None else log_p * shaped).sum(dim)
    counts = target != ignore_index
    smooth = where_p(counts, smooth, 0.0)
    if reduction == "mean":
        if weight is None:
            smooth = smooth.sum() / counts.sum()
        else:
            smooth = smooth.sum() / (weight[where_p(counts, target, 0)] * counts).sum()
    elif reduction == "sum":
        smooth = smooth.sum()
    return loss * (1 - label_smoothing) + smooth * (label_smoothing / input.shape[dim])


def linear_cross_entropy(
    input: Any,
    linear_weight: Any,
    target: Any,
    *,
    linear_bias: Any = None,
    weight: Any = None,
    reduction: str = "mean",
    ignore_index: int | None = None,
    label_smoothing: float = 0.0,
    options: Any = None,
) -> Any:
    """`cross_entropy` of the scores that a linear layer gives.

    Args:
        input: `[N, D]` or `[D]`.
        linear_weight: `[C, D]`, or `[C, d1, ..., D]` for scores `[N, C, d1, ...]`.
        target: as in `cross_entropy`.
        linear_bias: `[C]` or `[C, d1, ...]`, or None.
        weight: as in `cross_entropy`.
        reduction: as in `cross_entropy`.
        ignore_index: as in `cross_entropy`; -100 if None.
        label_smoothing: as in `cross_entropy`.
        options: PyTorch's chunking options; not supported, raises if given.

    Examples:
        >>> from tt_tensor import tensor
        >>> from tt_nn.functional import linear_cross_entropy
        >>> linear_cross_entropy(tensor([[1.0]]), tensor([[0.0], [0.0]]), tensor([1]))
        tensor(0.6931)
    """
    if options is not None:
        raise NotImplementedError("linear_cross_entropy: chunking options are not supported; leave options out")
    shape = tuple(linear_weight.shape[:-1])
    flat = linear_weight.reshape(-1, linear_weight.shape[-1])
    scores = linear(input, flat, None if linear_bias is None else linear_bias.reshape(-1))
    scores = scores.reshape(*input.shape[:-1], *shape)
    return cross_entropy(
        scores,
        target,
        weight,
        ignore_index=-100 if ignore_index is None else ignore_index,
        reduction=reduction,
        label_smoothing=label_smoothing,
    )


def _constant(name: str, weight: Any) -> None:
    """Raise if a weight of classes requires a gradient: there is none."""
    if getattr(weight, "requires_grad", False):
        raise RuntimeError(f"{name}: is not differentiable with respect to weight; pass weight.detach()")


def _against_probabilities(
    input: Any, target: Any, weight: Any, reduction: str, label_smoothing: float, dim: int
) -> Any:
    """-Σ weight · target · log softmax(x) over the classes; the mean is over the rows, whatever their weights."""
    if tuple(target.shape) != tuple(input.shape):
        raise ShapeError(
            f"cross_entropy: input of shape {tuple(input.shape)} needs target probabilities of the same shape, "
            f"got {tuple(target.shape)}"
        )
    if np.isnan(target.array).any():
        raise ValueError("cross_entropy: the target contains NaN; its values are the probabilities of the classes")
    if label_smoothing > 0.0:
        target = target * (1 - label_smoothing) + label_smoothing / input.shape[dim]
    if weight is not None:
        target = target * weight.reshape(-1, *(1,) * (input.ndim - dim - 1))
    loss = -(log_softmax_p(input, dim=dim) * target)
    if reduction == "none":
        return loss.sum(dim)
    rows = input.numel() // input.shape[dim] if input.shape[dim] else 0
    return loss.sum() / rows if reduction == "mean" else loss.sum()


def nll_loss(
    input: Any,
    target: Any,
    weight: Any = None,
    size_average: Any = None,
    ignore_index: int = -100,
    reduce: Any = None,
    reduction: str = "mean",
) -> Any:
    """The negative log-likelihood: the mean of -x[target], where x are log-probabilities, as `log_softmax` gives.

    Arguments and errors as in `cross_entropy`, with class indices.

    Examples:
        >>> from tt_tensor import tensor
        >>> from tt_nn.functional import nll_loss
        >>> nll_loss(tensor([[-1.0, -2.0], [-3.0, -4.0]]), tensor([0, 1]))
        tensor(2.5000)
    """
    checked("nll_loss", reduction, size_average, reduce)
    _constant("nll_loss", weight)
    return nll_loss_p(input, target, 1.0 if weight is None else weight, ignore_index=ignore_index, reduction=reduction)


def kl_div(
    input: Any,
    target: Any,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
    log_target: bool = False,
) -> Any:
    """The Kullback-Leibler divergence of log-probabilities x from probabilities y: y (log y - x).

    Args:
        input: log-probabilities of any shape.
        target: probabilities, or their logarithms if `log_target`; broadcast with `input`.
        size_average: deprecated; raises if given, as does `reduce`.
        reduce: see `size_average`.
        reduction: `"batchmean"`, the sum divided by the number of rows, is the divergence; `"mean"` divides by the number of
            elements, and warns; `"sum"`, `"none"`.
        log_target: whether the target is given as logarithms.

    Examples:
        >>> from tt_tensor import tensor
        >>> from tt_nn.functional import kl_div
        >>> kl_div(tensor([[0.5, 0.5]]).log(), tensor([[1.0, 0.0]]), reduction="batchmean")
        tensor(0.6931)
    """
    checked("kl_div", "sum" if reduction == "batchmean" else reduction, size_average, reduce)
    if reduction == "mean":
        warnings.warn(
            "kl_div: reduction='mean' divides by the number of elements; the divergence is reduction='batchmean'",
            stacklevel=2,
        )
    loss = target.exp() * (target - input) if log_target else xlogy(target, target) - target * input
    return (
        loss.sum() / input.shape[0]
        if reduction == "batchmean" and input.ndim
        else reduced(loss, "sum" if reduction == "batchmean" else reduction)
    )
