"""Distances and similarities of vectors, and the losses made of them."""

from collections.abc import Callable
from typing import Any

import numpy as np
from tt_tensor.errors import ShapeError
from tt_tensor.ops.compare import clamp_p, minimum, where_p
from tt_tensor.ops.dims import broadcast_shape

from .common import checked, reduced


def normalize(input: Any, p: float = 2.0, dim: Any = 1, eps: float = 1e-12, out: Any = None) -> Any:
    """Vectors of length 1: x / max(‖x‖ₚ, eps).

    Args:
        input: a tensor of any shape, floating.
        p: the norm's exponent.
        dim: the dimension along which the vectors lie.
        eps: the smallest number that is divided by.
        out: where to write the result.

    Examples:
        >>> from tt_tensor import tensor
        >>> from tt_nn.functional import normalize
        >>> normalize(tensor([[3.0, 4.0]]))
        tensor([[0.6000, 0.8000]])
    """
    length = clamp_p(input.norm(p, dim, True), eps, np.inf)
    result = input / length
    return result if out is None else out.copy_(result)


def pairwise_distance(x1: Any, x2: Any, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> Any:
    """‖x₁ - x₂ + eps‖ₚ along the last dimension.

    Args:
        x1: `[N, D]` or `[D]`.
        x2: a tensor that can be broadcast with it.
        p: the norm's exponent.
        eps: keeps the gradient finite where both are equal.
        keepdim: keep the last dimension, with size 1.

    Examples:
        >>> from tt_tensor import tensor
        >>> from tt_nn.functional import pairwise_distance
        >>> pairwise_distance(tensor([[0.0, 0.0]]), tensor([[3.0, 4.0]]))
        tensor([5.0000])
    """
    return (x1 - x2 + eps).norm(p, -1, keepdim)


def cosine_similarity(x1: Any, x2: Any, dim: int = 1, eps: float = 1e-8) -> Any:
    """The cosine of the angle between vectors: x₁·x₂ / (max(‖x₁‖, eps) max(‖x₂‖, eps)).

    Args:
        x1: a tensor of any shape, floating.
        x2: a tensor that can be broadcast with it.
        dim: the dimension along which the vectors lie.
        eps: the smallest length that is divided by.

    Examples:
        >>> from tt_tensor import tensor
        >>> from tt_nn.functional import cosine_similarity
        >>> cosine_similarity(tensor([[1.0, 0.0]]), tensor([[1.0, 1.0]]))
        tensor([0.7071])
    """
    x1, x2 = _together(x1, x2)
    a = x1 / clamp_p(x1.norm(2.0, dim, True), eps, np.inf)
    b = x2 / clamp_p(x2.norm(2.0, dim, True), eps, np.inf)
    return (a * b).sum(dim)


def _together(x1: Any, x2: Any) -> tuple[Any, Any]:
    """Both, expanded to their common shape."""
    if x1.shape == x2.shape:
        return x1, x2
    shape = broadcast_shape("cosine_similarity", tuple(x1.shape), tuple(x2.shape))
    return x1.expand(shape), x2.expand(shape)


def cosine_embedding_loss(
    input1: Any,
    input2: Any,
    target: Any,
    margin: float = 0,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Any:
    """1 - cos(x₁, x₂) where y = 1, max(0, cos(x₁, x₂) - margin) where y = -1.

    Args:
        input1: `[N, D]` or `[D]`.
        input2: the same shape.
        target: 1 or -1, `[N]` or a scalar.
        margin: how similar what is unlike may be.
        size_average: deprecated; raises if given, as does `reduce`.
        reduce: see `size_average`.
        reduction: `"mean"`, `"sum"` or `"none"`.

    Examples:
        >>> from tt_tensor import tensor
        >>> from tt_nn.functional import cosine_embedding_loss
        >>> cosine_embedding_loss(tensor([[1.0, 0.0]]), tensor([[0.0, 1.0]]), tensor([1.0]))
        tensor(1.)
    """
    checked("cosine_embedding_loss", reduction, size_average, reduce)
    if target.ndim not in (0, 1) or not input1.ndim == input2.ndim == target.ndim + 1:
        raise ShapeError(
            f"cosine_embedding_loss: inputs of sizes {tuple(input1.shape)} and {tuple(input2.shape)} need a target of size "
            f"[N] for [N, D], and a scalar for [D]; got {tuple(target.shape)}"
        )
    eps = 1e-12
    dot, a, b = ((x * y).sum(-1) for x, y in ((input1, input2), (input1, input1), (input2, input2)))
    cosine = dot / ((a + eps) * (b + eps)).sqrt()
    zero = cosine * 0.0
    loss = where_p(target == 1, 1.0 - cosine, zero) + where_p(target == -1, clamp_p(cosine - margin, 0.0, np.inf), zero)
    return reduced(loss, reduction)


def triplet_margin_loss(
    anchor: Any,
    positive: Any,
    negative: Any,
    margin: float = 1.0,
    p: float = 2,
    eps: float = 1e-6,
    swap: bool = False,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Any:
    """max(0, d(a, p) - d(a, n) + margin), where d is `pairwise_distance`: the positive is to be nearer than the negative.

    Args:
        anchor: `[N, D]` or `[D]`.
        positive: the same shape.
        negative: the same shape.
        margin: by how much nearer.
        p: the norm's exponent.
        eps: keeps the gradient finite.
        swap: use d(p, n) in place of d(a, n) where it is smaller.
        size_average: deprecated; raises if given, as does `reduce`.
        reduce: see `size_average`.
        reduction: `"mean"`, `"sum"` or `"none"`.

    Source:
        Balntas et al., Learning shallow convolutional feature descriptors with triplet losses, 2016.

    Examples:
        >>> from tt_tensor import tensor
        >>> from tt_nn.functional import triplet_margin_loss
        >>> triplet_margin_loss(tensor([[0.0]]), tensor([[2.0]]), tensor([[2.5]]))
        tensor(0.5000)
    """
    checked("triplet_margin_loss", reduction, size_average, reduce)
    if margin <= 0:
        raise ValueError(f"triplet_margin_loss: margin must be greater than 0, got {margin}")

    def distance(x: Any, y: Any) -> Any:
        return pairwise_distance(x, y, p, eps)

    return triplet_margin_with_distance_loss(
        anchor, positive, negative, distance_function=distance, margin=margin, swap=swap, reduction=reduction
    )


def triplet_margin_with_distance_loss(
    anchor: Any,
    positive: Any,
    negative: Any,
    *,
    distance_function: Callable[[Any, Any], Any] | None = None,
    margin: float = 1.0,
    swap: bool = False,
    reduction: str = "mean",
) -> Any:
    """`triplet_margin_loss` with a distance of one's own.

    Examples:
        >>> from tt_tensor import tensor
        >>> from tt_nn.functional import triplet_margin_with_distance_loss
        >>> a, p, n = tensor([[0.0]]), tensor([[2.0]]), tensor([[2.5]])
        >>> triplet_margin_with_distance_loss(a, p, n, distance_function=lambda x, y: (x - y).abs().sum(-1))
        tensor(0.5000)
    """
    checked("triplet_margin_with_distance_loss", reduction)
    if margin <= 0:
        raise ValueError(f"triplet_margin_with_distance_loss: margin must be greater than 0, got {margin}")
    if not anchor.ndim == positive.ndim == negative.ndim:
        raise ShapeError(
            f"triplet_margin_loss: the anchor, positive, and negative tensors are expected to have the same number of "
            f"dimensions, but got: {anchor.ndim}D, {positive.ndim}D, and {negative.ndim}D"
        )
    distance = pairwise_distance if distance_function is None else distance_function
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = minimum(far, distance(positive, negative))
    return reduced(clamp_p(near - far + margin, 0.0, np.inf), reduction)
