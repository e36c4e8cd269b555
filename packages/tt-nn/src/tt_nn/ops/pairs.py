"""The distances of all pairs of rows."""

from typing import Any

from tt_tensor import Tensor as Base
from tt_tensor import triu_indices, where
from tt_tensor.errors import DTypeError, ShapeError

MODES = ("use_mm_for_euclid_dist_if_necessary", "use_mm_for_euclid_dist", "donot_use_mm_for_euclid_dist")
FEW = 25  # rows: up to here differences are taken


def cdist(x1: Any, x2: Any, p: float = 2.0, compute_mode: str = MODES[0]) -> Any:
    """‖aᵢ - bⱼ‖ₚ for every row of one tensor and every row of another.

    Args:
        x1: `[..., P, M]`, floating.
        x2: `[..., R, M]` of the same dtype; the leading dimensions are broadcast.
        p: the norm's exponent, from 0 to infinity.
        compute_mode: whether ‖a‖² + ‖b‖² - 2 a·b is computed for p = 2, which takes a product of matrices and no memory for
            `[..., P, R, M]` differences, but loses digits of small distances: "use_mm_for_euclid_dist", never
            ("donot_use_mm_for_euclid_dist"), or where P or R is above 25.

    Returns:
        `[..., P, R]`. The gradient of a distance 0 is 0.

    Raises:
        TypeError: if one is not a tensor.
        ValueError: if the mode is unknown.
        DTypeError: if the two are not of one floating dtype.
        ShapeError: if rows have different lengths, or p is negative.

    Examples:
        >>> from tt_tensor import tensor
        >>> from tt_nn.functional import cdist
        >>> cdist(tensor([[0.0, 0.0], [3.0, 0.0]]), tensor([[0.0, 4.0]]))
        tensor([[4.],
                [5.]])
    """
    _check("cdist", p, x1, x2)
    if compute_mode not in MODES:
        raise ValueError(f"cdist: {compute_mode} is not a valid value for compute_mode; there are {', '.join(MODES)}")
    if x1.ndim < 2 or x2.ndim < 2 or x1.shape[-1] != x2.shape[-1]:
        raise ShapeError(
            f"cdist: X1 and X2 must have at least 2 dimensions and the same number of columns. X1: {x1.shape} X2: {x2.shape}"
        )
    few = x1.shape[-2] <= FEW and x2.shape[-2] <= FEW
    if p != 2 or compute_mode == MODES[2] or (few and compute_mode == MODES[0]):
        return (x1.unsqueeze(-2) - x2.unsqueeze(-3)).norm(p, -1)
    squares = (x1 * x1).sum(-1).unsqueeze(-1) + (x2 * x2).sum(-1).unsqueeze(-2) - 2 * (x1 @ x2.transpose(-1, -2))
    apart = ~(squares <= 0)  # NaN is, too
    return where(apart, where(apart, squares, 1.0).sqrt(), 0.0)


def pdist(input: Any, p: float = 2.0) -> Any:
    """‖xᵢ - xⱼ‖ₚ for every two rows i < j.

    Args:
        input: `[N, M]`, floating.
        p: the norm's exponent, from 0 to infinity.

    Returns:
        `[N (N - 1) / 2]`: those of row 0 with the rows after it, then those of row 1, ...

    Raises:
        ShapeError: if `input` has not two dimensions, or p is negative.
        DTypeError: if it is not floating.

    Examples:
        >>> from tt_tensor import tensor
        >>> from tt_nn.functional import pdist
        >>> pdist(tensor([[0.0, 0.0], [3.0, 0.0], [0.0, 4.0]]))
        tensor([3., 4., 5.])
    """
    _check("pdist", p, input)
    if input.ndim != 2:
        raise ShapeError(f"pdist: only supports 2D tensors, got {input.ndim}D")
    first, second = triu_indices(len(input), len(input), 1)
    return (input[first] - input[second]).norm(p, -1)


def _check(name: str, p: float, *xs: Any) -> None:
    """Raise unless all are tensors of one floating dtype, and p can be a norm's exponent."""
    for x in xs:
        if not isinstance(x, Base):
            raise TypeError(f"{name}: expected Tensor, got {type(x).__name__}; convert it with tensor(...)")
        if x.dtype.kind != "f" or x.dtype != xs[0].dtype:
            raise DTypeError(
                f"{name}: only supports one floating-point dtype, got {', '.join(str(x.dtype) for x in xs)}"
            )
    if isinstance(p, str):
        raise TypeError(f"{name}: p must be a number, got {p!r}")
    if not p >= 0:
        raise ShapeError(f"{name}: only supports non-negative p values, got {p}")
