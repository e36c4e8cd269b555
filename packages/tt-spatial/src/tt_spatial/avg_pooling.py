"""avg_pool and lp_pool, as functions, in one to three dimensions."""

from math import inf, prod
from typing import Any

import numpy as np
from tt_tensor.errors import DTypeError, ShapeError

from .max_pooling import max_pool
from .ops.avgpool import avg_pool_p
from .ops.resample import Line, resample_p
from .ops.windows import Windows, several, tensor_ndim, windows_over

# Windows that tile a picture are averaged by products with matrices
LARGE = 8  # if they have more places than this,
FILLED = 8  # and the picture is no longer than so many times the places of a window: else most of a matrix is zeros


def avg_pool(
    n: int,
    input: Any,
    kernel_size: Any,
    stride: Any,
    padding: Any,
    ceil_mode: bool,
    count_include_pad: bool,
    divisor_override: int | None,
) -> Any:
    """avg_pool of `n` dimensions, whose arguments `avg_pool2d` describes."""
    name = f"avg_pool{n}d"
    w = windows_over(name, input, n, kernel_size, stride, padding, 1, ceil_mode)
    if input.dtype.kind != "f" and input.dtype != np.int64:
        raise DTypeError(f"{name}: not implemented for {input.dtype}; convert with .float()")
    divisor = None if divisor_override is None else several(name, "divisor_override", divisor_override, 1)[0]
    if divisor == 0:
        raise ShapeError(f"{name}: divisor must be not zero")
    return averaged(input, w, divisor, bool(count_include_pad))


def averaged(input: Any, w: Windows, divisor: int | None = None, include_pad: bool = True) -> Any:
    """The mean of each window: large ones that tile the grid by products with thin matrices, in a third of the time."""
    places, wide = prod(w.size), sum(k > 1 for k in w.size) > 1
    large = places > LARGE and w.size != w.grid and max(w.grid) <= FILLED * places
    if w.tiles and wide and large and divisor is None and input.dtype.kind == "f":
        return means_by_matrices(input, w.grid, w.number)
    return avg_pool_p(input, w=w, divisor=divisor, include_pad=include_pad)


def means_by_matrices(input: Any, grid: tuple[int, ...], counts: tuple[int, ...]) -> Any:
    """The means of so many windows, which cover the grid and may overlap, as products with thin matrices."""
    return resample_p(input, lines=tuple(Line("mean", n, o) for n, o in zip(grid, counts)))


def avg_pool1d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Any:
    """The mean of each window of one dimension, `[N, C, L]` or `[C, L]`. See `avg_pool2d`.

    Examples:
        >>> from tt_tensor import tensor
        >>> from tt_spatial.functional import avg_pool1d
        >>> avg_pool1d(tensor([[1.0, 3.0, 2.0, 0.0]]), 2)
        tensor([[2., 1.]])
    """
    return avg_pool(1, input, kernel_size, stride, padding, ceil_mode, count_include_pad, None)


def avg_pool2d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Any:
    """The mean of each window of a picture.

    Args:
        input: `[N, C, H, W]` or `[C, H, W]`, floating or int64.
        kernel_size: the size of a window: an int, or a tuple for height and width, as the others.
        stride: how far windows are apart; `kernel_size` by default.
        padding: how many zeros to add on all sides, at most half of the window.
        ceil_mode: whether the last window may reach over the edge. What lies beyond the padding does not count.
        count_include_pad: whether the zeros count in the mean.
        divisor_override: what to divide the sums by instead of the number of places.

    Returns:
        `[N, C, H', W']` with H' = ⌊(H + 2·padding - kernel_size) / stride⌋ + 1.

    Raises:
        ShapeError: if the input is too small for one window, or a setting is out of range.

    Examples:
        >>> from tt_tensor import arange
        >>> from tt_spatial.functional import avg_pool2d
        >>> avg_pool2d(arange(16.0).reshape(1, 4, 4), 2)
        tensor([[[ 2.5000,  4.5000],
                 [10.5000, 12.5000]]])
    """
    return avg_pool(2, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)


def avg_pool3d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Any:
    """The mean of each window of a volume, `[N, C, D, H, W]` or `[C, D, H, W]`. See `avg_pool2d`.

    Examples:
        >>> from tt_tensor import arange
        >>> from tt_spatial.functional import avg_pool3d
        >>> avg_pool3d(arange(8.0).reshape(1, 2, 2, 2), 2)
        tensor([[[[3.5000]]]])
    """
    return avg_pool(3, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)


def lp_pool(n: int, input: Any, norm_type: float, kernel_size: Any, stride: Any, ceil_mode: bool) -> Any:
    """lp_pool of `n` dimensions, whose arguments `lp_pool1d` describes."""
    name = f"lp_pool{n}d"
    tensor_ndim(name, input)
    if abs(norm_type) == inf:
        sign = 1 if norm_type > 0 else -1
        return sign * max_pool(n, sign * input.abs(), kernel_size, stride, 0, 1, ceil_mode, False)
    mean = avg_pool(n, input**norm_type, kernel_size, stride, 0, ceil_mode, True, None)
    count = prod(several(name, "kernel_size", kernel_size, n))
    size = mean.abs().relu()  # whose gradient is 0 where all values are: that of the root is infinite
    return (mean.sign() * size * count) ** (1 / norm_type)


def lp_pool1d(input: Any, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> Any:
    """The p-norm of each window of one dimension: (Σ xᵖ)^(1/p) with p = `norm_type`. See `avg_pool1d`.

    With p = ∞ it is the largest |x|, with -∞ the smallest. Where the sum is 0 the gradient is 0 too.

    Args:
        input: `[N, C, L]` or `[C, L]`, floating.
        norm_type: p.
        kernel_size: the size of a window; an int or a tuple of one, as `stride`.
        stride: how far windows are apart; `kernel_size` by default.
        ceil_mode: whether the last window may reach over the edge.

    Examples:
        >>> from tt_tensor import tensor
        >>> from tt_spatial.functional import lp_pool1d
        >>> lp_pool1d(tensor([[3.0, 4.0]]), 2, 2)
        tensor([[5.]])
    """
    return lp_pool(1, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool2d(input: Any, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> Any:
    """The p-norm of each window of a picture. See `lp_pool1d`.

    Examples:
        >>> from tt_tensor import ones
        >>> from tt_spatial.functional import lp_pool2d
        >>> lp_pool2d(ones(1, 2, 2), 2, 2)
        tensor([[[2.]]])
    """
    return lp_pool(2, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool3d(input: Any, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> Any:
    """The p-norm of each window of a volume. See `lp_pool1d`.

    Examples:
        >>> from tt_tensor import ones
        >>> from tt_spatial.functional import lp_pool3d
        >>> lp_pool3d(ones(1, 2, 2, 2), 1, 2)
        tensor([[[[8.]]]])
    """
    return lp_pool(3, input, norm_type, kernel_size, stride, ceil_mode)
