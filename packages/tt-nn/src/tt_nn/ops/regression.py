"""Losses of numbers against numbers: mse_loss, l1_loss, smooth_l1_loss, huber_loss, and the two likelihoods."""

from math import pi
from typing import Any

import numpy as np
from tt_autograd.rule import derivative
from tt_tensor.ops.compare import where_p
from tt_tensor.ops.unary import abs
from tt_tensor.primitive import primitive

from .common import checked, common, mean_factor, reduced, same_shape, summed_unless


@primitive()
def mse_loss_p(input: Any, target: Any, *, reduction: str) -> Any:
    """(x - y)², or its mean or sum."""
    same_shape("mse_loss", input, target)
    x, y = common("mse_loss", input, target)
    d = np.asarray(x - y)
    if reduction == "none":
        return np.multiply(d, d)
    if d.dtype.itemsize < 4:
        d = d.astype(np.float32)
    d = d.reshape(-1)
    squares = d.dot(d)
    return np.asarray(squares / d.size if reduction == "mean" else squares, x.dtype)


@primitive()
def mse_loss_backward_p(g: Any, input: Any, target: Any, *, reduction: str) -> Any:
    """2 (x - y) · g, divided by the number of elements if the loss is their mean."""
    x, y = common("mse_loss", input, target)
    d = np.asarray(x - y)
    d *= g * (2.0 / d.size if reduction == "mean" and d.size else 2.0)
    return d


derivative(
    mse_loss_p,
    lambda g, input, target, reduction: mse_loss_backward_p(g, input, target, reduction=reduction),
    lambda g, input, target, reduction: mse_loss_backward_p(g, target, input, reduction=reduction),
)
derivative(
    mse_loss_backward_p,
    lambda gg, input, target, reduction: (
        summed_unless(gg * (input - target), reduction) * (2 * mean_factor(input, reduction))
    ),
    lambda gg, g, input, reduction: gg * g * (2 * mean_factor(input, reduction)),
    lambda gg, g, input, reduction: gg * g * (-2 * mean_factor(input, reduction)),
)


def mse_loss(
    input: Any, target: Any, size_average: Any = None, reduce: Any = None, reduction: str = "mean", weight: Any = None
) -> Any:
    """The mean squared error: mean of (xᵢ - yᵢ)².

    Args:
        input: predictions of any shape, floating.
        target: a tensor of the same shape. (PyTorch warns and broadcasts where the shapes differ; here that raises, because
            `(4, 1)` against `(4,)` would compare every prediction with every target.)
        size_average: deprecated in PyTorch; raises if given, as does `reduce`.
        reduce: see `size_average`.
        reduction: `"mean"`, `"sum"`, or `"none"` for the tensor of squares.
        weight: a tensor of the shape of `input` that the squares are multiplied by; the mean is then divided by its sum.

    Raises:
        ShapeError: if the shapes differ.
        DTypeError: if neither is floating.
        ValueError: for an unknown reduction.

    Examples:
        >>> from tt_tensor import tensor
        >>> from tt_nn.functional import mse_loss
        >>> mse_loss(tensor([1.0, 2.0]), tensor([1.0, 4.0]))
        tensor(2.)
    """
    checked("mse_loss", reduction, size_average, reduce)
    if weight is None:
        return mse_loss_p(input, target, reduction=reduction)
    return weighted("mse_loss", mse_loss_p(input, target, reduction="none"), weight, reduction)


def weighted(name: str, loss: Any, weight: Any, reduction: str) -> Any:
    """The loss with a weight per element; its mean is divided by the weights' sum."""
    same_shape(name, loss, weight)
    loss = loss * weight
    if reduction == "none":
        return loss
    return loss.sum() / weight.sum() if reduction == "mean" else loss.sum()


def _difference(name: str, input: Any, target: Any) -> Any:
    """input - target, of one shape, and floating."""
    same_shape(name, input, target)
    common(name, input.array, target.array)
    return input - target


def l1_loss(
    input: Any, target: Any, size_average: Any = None, reduce: Any = None, reduction: str = "mean", weight: Any = None
) -> Any:
    """The mean absolute error: mean of |xᵢ - yᵢ|. Arguments and errors as in `mse_loss`.

    Examples:
        >>> from tt_tensor import tensor
        >>> from tt_nn.functional import l1_loss
        >>> l1_loss(tensor([1.0, 2.0]), tensor([1.0, 4.0]))
        tensor(1.)
    """
    checked("l1_loss", reduction, size_average, reduce)
    loss = abs(_difference("l1_loss", input, target))
    return reduced(loss, reduction) if weight is None else weighted("l1_loss", loss, weight, reduction)


@primitive()
def huber_p(d: Any, *, delta: float) -> Any:
    """½ d² where |d| ≤ δ, else δ (|d| - ½ δ): with c = d clipped to ±δ that is c (d - ½ c)."""
    c = np.clip(d, -delta, delta)
    return np.multiply(c, d - 0.5 * c)


@primitive()
def clip_p(d: Any, *, delta: float) -> Any:
    """d clipped to ±δ: the derivative of Huber's function."""
    return np.clip(d, -delta, delta)


derivative(huber_p, lambda g, d, delta: g * clip_p(d, delta=delta))
derivative(clip_p, lambda g, d, delta: where_p(abs(d) < delta, g, g * 0.0))


def huber_loss(input: Any, target: Any, reduction: str = "mean", delta: float = 1.0, weight: Any = None) -> Any:
    """Huber's loss of d = x - y: ½ d² where |d| ≤ δ, and δ (|d| - ½ δ) beyond, so that outliers pull no harder than δ.

    Arguments and errors as in `mse_loss`, but the mean of the weighted losses is divided by their number; `delta` must be
    positive.

    Source:
        Huber, Robust estimation of a location parameter, 1964.

    Examples:
        >>> from tt_tensor import tensor
        >>> from tt_nn.functional import huber_loss
        >>> huber_loss(tensor([0.0, 0.0]), tensor([1.0, 5.0]), reduction="none")
        tensor([0.5000, 4.5000])
    """
    checked("huber_loss", reduction)
    if delta <= 0:
        raise RuntimeError(f"huber_loss does not support non-positive values for delta, got {delta}")
    loss = huber_p(_difference("huber_loss", input, target), delta=float(delta))
    if weight is None:
        return reduced(loss, reduction)
    same_shape("huber_loss", loss, weight)
    return reduced(loss * weight, reduction)


def smooth_l1_loss(
    input: Any, target: Any, size_average: Any = None, reduce: Any = None, reduction: str = "mean", beta: float = 1.0
) -> Any:
    """Huber's loss divided by β: ½ d²/β where |d| < β, and |d| - ½ β beyond; for β = 0 the absolute error.

    Arguments and errors as in `mse_loss`; `beta` must not be negative.

    Examples:
        >>> from tt_tensor import tensor
        >>> from tt_nn.functional import smooth_l1_loss
        >>> smooth_l1_loss(tensor([0.0, 0.0]), tensor([1.0, 5.0]), reduction="none", beta=2.0)
        tensor([0.2500, 4.0000])
    """
    checked("smooth_l1_loss", reduction, size_average, reduce)
    if beta < 0:
        raise RuntimeError(f"smooth_l1_loss does not support negative values for beta, got {beta}")
    if beta == 0:
        return l1_loss(input, target, reduction=reduction)
    loss = huber_p(_difference("smooth_l1_loss", input, target), delta=float(beta))
    return reduced(loss if beta == 1 else loss * (1 / beta), reduction)


def poisson_nll_loss(
    input: Any,
    target: Any,
    log_input: bool = True,
    full: bool = False,
    size_average: Any = None,
    eps: float = 1e-8,
    reduce: Any = None,
    reduction: str = "mean",
) -> Any:
    """The negative log-likelihood of counts y under a Poisson distribution: exp(x) - y x, where x is the log of its mean.

    Args:
        input: x, or the mean itself if not `log_input`: then the loss is x - y log(x + eps).
        target: counts, of a shape that can be broadcast with `input`.
        log_input: whether `input` is the logarithm of the mean.
        full: add Stirling's approximation of log y!, y log y - y + ½ log(2π y), where y > 1.
        size_average: deprecated; raises if given, as does `reduce`.
        eps: keeps log(0) finite.
        reduce: see `size_average`.
        reduction: `"mean"`, `"sum"` or `"none"`.

    Examples:
        >>> from tt_tensor import tensor
        >>> from tt_nn.functional import poisson_nll_loss
        >>> poisson_nll_loss(tensor([0.0]), tensor([3.0]))
        tensor(1.)
    """
    checked("poisson_nll_loss", reduction, size_average, reduce)
    loss = input.exp() - target * input if log_input else input - target * (input + eps).log()
    if full:
        positive = where_p(target > 1, target, 1.0)
        stirling = target * positive.log() - target + (positive * (2 * pi)).log() * 0.5
        loss = loss + where_p(target > 1, stirling, 0.0)
    return reduced(loss, reduction)


def gaussian_nll_loss(
    input: Any, target: Any, var: Any, full: bool = False, eps: float = 1e-6, reduction: str = "mean"
) -> Any:
    """The negative log-likelihood of y under a normal distribution: ½ (log v + (x - y)² / v), where v = max(var, eps).

    Args:
        input: the means, of any shape.
        target: the observations, of a shape that can be broadcast with `input`.
        var: the variances: of the shape of `input`, or with one dimension 1, or without the last one; or a number.
        full: add the constant ½ log 2π.
        eps: the smallest variance; the gradient passes as if there were no limit.
        reduction: `"mean"`, `"sum"` or `"none"`.

    Raises:
        ValueError: if `var` is negative somewhere, or its shape does not fit.

    Examples:
        >>> from tt_tensor import tensor
        >>> from tt_nn.functional import gaussian_nll_loss
        >>> gaussian_nll_loss(tensor([0.0]), tensor([2.0]), tensor([1.0]))
        tensor(2.)
    """
    if isinstance(var, float | int):
        if var < 0:
            raise ValueError("gaussian_nll_loss: var has negative entry/entries")
        var = input.new_full(input.shape, var)
    elif var.shape != input.shape:
        if tuple(input.shape[:-1]) == tuple(var.shape):
            var = var.unsqueeze(-1)
        elif var.ndim != input.ndim or [v for v, n in zip(var.shape, input.shape) if v != n] != [1]:
            raise ValueError(
                f"gaussian_nll_loss: var is of incorrect size {tuple(var.shape)} for input {tuple(input.shape)}"
            )
    checked("gaussian_nll_loss", reduction)
    if bool((var < 0).any()):
        raise ValueError("gaussian_nll_loss: var has negative entry/entries")
    var = var + input.plain(np.maximum(eps - var.array, 0))
    d = input - target
    loss = (var.log() + d * d / var) * 0.5
    if full:
        loss = loss + 0.9189385332046727
    return reduced(loss, reduction)
