"""Binary cross entropy, of probabilities and of logits."""

from typing import Any

import numpy as np
from tt_autograd.rule import derivative
from tt_tensor.errors import DTypeError, ShapeError
from tt_tensor.ops.compare import where_p
from tt_tensor.ops.unary import log, sigmoid
from tt_tensor.primitive import primitive

from .activations import logsigmoid
from .common import checked, common, mean_factor, reduced, summed_unless


def _shapes(name: str, input: Any, target: Any) -> None:
    """Raise unless the labels have the shape of the input and a floating dtype."""
    if input.shape != target.shape:
        raise ShapeError(
            f"{name}: Target size {tuple(target.shape)} must be the same as input size {tuple(input.shape)}; "
            f"reshape one of them"
        )
    if target.dtype.kind != "f":
        raise DTypeError(
            f"{name}: labels are numbers from 0 to 1 of a floating dtype, got {target.dtype}; use .float()"
        )


def _weighted(name: str, loss: Any, weight: Any) -> Any:
    """The losses times a weight that is broadcast to their shape, which must not grow."""
    if weight.ndim > loss.ndim or any(w not in (1, n) for w, n in zip(weight.shape[::-1], loss.shape[::-1])):
        raise ShapeError(
            f"{name}: a weight of shape {tuple(weight.shape)} cannot be broadcast to the input's {tuple(loss.shape)}; "
            f"reshape it"
        )
    return loss * weight


def _no_nan(name: str, loss: Any, target: Any) -> None:
    """Raise if the loss is NaN because a label is: looked for only then, so that it costs nothing."""
    if loss != loss and np.isnan(target).any():
        raise ValueError(f"{name}: the target contains NaN; a label is a number from 0 to 1")


@primitive()
def bce_with_logits_p(input: Any, target: Any, *, reduction: str) -> Any:
    """max(x, 0) - x y + log(1 + exp(-|x|)), or its mean or sum."""
    _shapes("binary_cross_entropy_with_logits", input, target)
    x, y = common("binary_cross_entropy_with_logits", input, target)
    loss = np.asarray(np.abs(x))
    np.negative(loss, loss)
    np.exp(loss, loss)
    np.log1p(loss, loss)
    loss += x.clip(0, np.inf) if x.size > 4096 else np.maximum(x, 0)
    loss -= x * y
    if reduction == "none":
        return loss
    result = np.add.reduce(loss, None)
    if reduction == "mean":
        result = result / loss.dtype.type(loss.size)
    _no_nan("binary_cross_entropy_with_logits", result, y)
    return np.asarray(result)


@primitive()
def bce_with_logits_backward_p(g: Any, input: Any, target: Any, *, reduction: str) -> Any:
    """(sigmoid(x) - y) · g, divided by the number of elements if the loss is their mean."""
    x, y = common("binary_cross_entropy_with_logits", input, target)
    s = np.asarray(np.negative(x))
    np.exp(s, s)
    np.add(s, 1, s)
    np.true_divide(1, s, s)
    np.subtract(s, y, s)
    s *= g / s.dtype.type(s.size) if reduction == "mean" else g
    return s


def _sigmoid_slope(x: Any) -> Any:
    """The derivative of the sigmoid."""
    s = sigmoid(x)
    return s * (1 - s)


derivative(
    bce_with_logits_p,
    lambda g, input, target, reduction: bce_with_logits_backward_p(g, input, target, reduction=reduction),
    lambda g, input, reduction: -(input * g) * mean_factor(input, reduction),
)
derivative(
    bce_with_logits_backward_p,
    lambda gg, input, target, reduction: (
        summed_unless(gg * (sigmoid(input) - target), reduction) * mean_factor(input, reduction)
    ),
    lambda gg, g, input, reduction: gg * g * _sigmoid_slope(input) * mean_factor(input, reduction),
    lambda gg, g, input, reduction: -(gg * g) * mean_factor(input, reduction),
)


def binary_cross_entropy_with_logits(
    input: Any,
    target: Any,
    weight: Any = None,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
    pos_weight: Any = None,
) -> Any:
    """The binary cross entropy of scores: -[p y log σ(x) + (1 - y) log(1 - σ(x))], computed without overflow.

    Args:
        input: scores (logits) of any shape, floating.
        target: labels from 0 to 1, floating, of the same shape.
        weight: multiplies each element's loss; broadcast.
        size_average: deprecated; raises if given, as does `reduce`.
        reduce: see `size_average`.
        reduction: `"mean"`, `"sum"` or `"none"`.
        pos_weight: p, what a positive label counts; broadcast, one value per class.

    Raises:
        ShapeError: if input and target differ in shape, or a weight cannot be broadcast to it.
        DTypeError: if the labels are not floating.
        ValueError: if a label is NaN (and the losses are reduced), or for an unknown reduction.

    Examples:
        >>> from tt_tensor import tensor
        >>> from tt_nn.functional import binary_cross_entropy_with_logits
        >>> binary_cross_entropy_with_logits(tensor([0.0, 1000.0]), tensor([1.0, 0.0]), reduction="none")
        tensor([6.9315e-01, 1.0000e+03])
    """
    checked("binary_cross_entropy_with_logits", reduction, size_average, reduce)
    if weight is None and pos_weight is None:
        return bce_with_logits_p(input, target, reduction=reduction)
    _shapes("binary_cross_entropy_with_logits", input, target)
    positive = logsigmoid(input)
    loss = (1 - target) * (input - positive)
    right = target if pos_weight is None else _weighted("binary_cross_entropy_with_logits", target, pos_weight)
    loss = loss - right * positive
    if weight is not None:
        loss = _weighted("binary_cross_entropy_with_logits", loss, weight)
    return reduced(loss, reduction)


@primitive()
def bce_p(input: Any, target: Any) -> Any:
    """-y log x - (1 - y) log(1 - x), where a logarithm is at least -100."""
    _shapes("binary_cross_entropy", input, target)
    x, y = common("binary_cross_entropy", input, target)
    if x.size and not (np.minimum.reduce(x, None) >= 0 and np.maximum.reduce(x, None) <= 1):
        raise RuntimeError(
            "binary_cross_entropy: all elements of input should be between 0 and 1; apply sigmoid first, or use "
            "binary_cross_entropy_with_logits"
        )
    if y.size and not (np.minimum.reduce(y, None) >= 0 and np.maximum.reduce(y, None) <= 1):
        raise RuntimeError("binary_cross_entropy: all elements of target should be between 0 and 1, and none NaN")
    return (y - 1) * np.maximum(np.log1p(-x), -100) - y * np.maximum(np.log(x), -100)


def _bce_input(g: Any, input: Any, target: Any) -> Any:
    """(x - y) / (x (1 - x)) · g, where the denominator is at least 1e-12."""
    room = (1 - input) * input
    return g * (input - target) / where_p(room < 1e-12, 1e-12, room)


def _bce_target(g: Any, input: Any) -> Any:
    """(log(1 - x) - log x) · g"""
    return g * (_log(1 - input) - _log(input))


def _log(x: Any) -> Any:
    """The logarithm, but at least -100."""
    y = log(x)
    return where_p(y < -100, -100.0, y)


derivative(bce_p, _bce_input, _bce_target)


def binary_cross_entropy(
    input: Any,
    target: Any,
    weight: Any = None,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Any:
    """The binary cross entropy of probabilities: -[y log x + (1 - y) log(1 - x)], with logarithms of at least -100.

    `binary_cross_entropy_with_logits` computes the same from scores, faster and exactly.

    Args:
        input: probabilities from 0 to 1, of any shape, floating.
        target: labels from 0 to 1, floating, of the same shape.
        weight: multiplies each element's loss; broadcast.
        size_average: deprecated; raises if given, as does `reduce`.
        reduce: see `size_average`.
        reduction: `"mean"`, `"sum"` or `"none"`.

    Raises:
        RuntimeError: if an input or a label is not between 0 and 1.
        DTypeError: if the labels are not floating.
        ShapeError: if input and target differ in shape, or a weight cannot be broadcast to it.

    Examples:
        >>> from tt_tensor import tensor
        >>> from tt_nn.functional import binary_cross_entropy
        >>> binary_cross_entropy(tensor([0.5, 0.0]), tensor([1.0, 1.0]), reduction="none")
        tensor([  0.6931, 100.0000])
    """
    checked("binary_cross_entropy", reduction, size_average, reduce)
    loss = bce_p(input, target)
    return reduced(loss if weight is None else _weighted("binary_cross_entropy", loss, weight), reduction)
