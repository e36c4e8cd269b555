"""Pooling as functions: max_pool, avg_pool and lp_pool in one to three dimensions, and max_unpool."""

from collections.abc import Sequence
from math import inf, prod
from typing import Any

import numpy as np
from tt_tensor.errors import BoundsError, DTypeError, ShapeError

from .ops.avgpool import avg_pool_p
from .ops.maxpool import chosen_p, max_pool_choice_p, max_pool_index_p, max_pool_p
from .ops.places import place_p
from .ops.resample import Line, resample_p
from .ops.windows import Windows, several, tensor_ndim, windows_over

FILLED = 8  # how long a picture may be, for each place of a window, to be averaged by products with matrices


def _number(name: str, x: Any) -> None:
    """Raise unless `x` holds integers or real floats."""
    if x.dtype.kind not in "fiu":
        raise DTypeError(f"{name}: not implemented for {x.dtype}; convert with .float()")


def _max_pool(
    n: int,
    input: Any,
    kernel_size: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
    ceil_mode: bool,
    return_indices: bool,
) -> Any:
    name = f"max_pool{n}d"
    w = windows_over(name, input, n, kernel_size, stride, padding, dilation, ceil_mode)
    _number(name, input)
    return largest(input, w, return_indices)


def largest(input: Any, w: Windows, return_indices: bool) -> Any:
    """The maximum of each window, and where it is if `return_indices`."""
    if not return_indices and getattr(input, "more", None) is None:  # nobody asks where the maxima are
        return max_pool_p(input, w=w)
    values, distance = max_pool_choice_p(input, w=w)
    out = chosen_p(input, values, distance, w=w)
    return (out, max_pool_index_p(distance, w=w)) if return_indices else out


def max_pool1d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The maximum of each window of one dimension. See `max_pool2d`.

    Args:
        input: `[N, C, L]` or `[C, L]`.
        kernel_size: the size of a window; an int or a tuple of one, as the others.
        stride: how far windows are apart; `kernel_size` by default.
        padding: how many places of -inf to add on both sides.
        dilation: how far the places of a window are apart.
        ceil_mode: whether the last window may reach over the edge.
        return_indices: whether to return where each maximum is, too.

    Examples:
        >>> from tt_tensor import tensor
        >>> from tt_spatial.functional import max_pool1d
        >>> max_pool1d(tensor([[1.0, 3.0, 2.0, 0.0]]), 2)
        tensor([[3., 2.]])
    """
    return _max_pool(1, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def max_pool2d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The maximum of each window of a picture: `out[n, c, i, j] = max x[n, c, i·stride + k·dilation - padding, …]` over k.

    Args:
        input: `[N, C, H, W]` or `[C, H, W]`.
        kernel_size: the size of a window: an int, or a tuple for height and width, as the others.
        stride: how far windows are apart; `kernel_size` by default.
        padding: how many places of -inf to add on all sides, at most half of the window.
        dilation: how far the places of a window are apart.
        ceil_mode: whether the last window may reach over the edge: the number of windows is rounded up.
        return_indices: whether to return where each maximum is, too, as `max_unpool2d` needs it.

    Returns:
        `[N, C, H', W']` with H' = ⌊(H + 2·padding - dilation·(kernel_size - 1) - 1) / stride⌋ + 1; with `return_indices` also
        the place of each in its plane, rows counted one after another (int64). Of equal values the first counts; NaN wins.

    Raises:
        ShapeError: if the input is too small for one window, or a setting is out of range.
        TypeError: if a setting is not an int.

    Examples:
        >>> from tt_tensor import arange
        >>> from tt_spatial.functional import max_pool2d
        >>> max_pool2d(arange(16.0).reshape(1, 4, 4), 2)
        tensor([[[ 5.,  7.],
                 [13., 15.]]])
    """
    return _max_pool(2, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def max_pool3d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The maximum of each window of a volume, `[N, C, D, H, W]` or `[C, D, H, W]`. See `max_pool2d`.

    Examples:
        >>> from tt_tensor import arange
        >>> from tt_spatial.functional import max_pool3d
        >>> max_pool3d(arange(8.0).reshape(1, 2, 2, 2), 2)
        tensor([[[[7.]]]])
    """
    return _max_pool(3, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def _avg_pool(
    n: int,
    input: Any,
    kernel_size: Any,
    stride: Any,
    padding: Any,
    ceil_mode: bool,
    count_include_pad: bool,
    divisor_override: int | None,
) -> Any:
    name = f"avg_pool{n}d"
    w = windows_over(name, input, n, kernel_size, stride, padding, 1, ceil_mode)
    if input.dtype.kind != "f" and input.dtype != np.int64:
        raise DTypeError(f"{name}: not implemented for {input.dtype}; convert with .float()")
    divisor = None if divisor_override is None else several(name, "divisor_override", divisor_override, 1)[0]
    if divisor == 0:
        raise ShapeError(f"{name}: divisor must be not zero")
    return averaged(input, w, divisor, bool(count_include_pad))


def means_by_matrices(input: Any, grid: tuple[int, ...], counts: tuple[int, ...]) -> Any:
    """The means of so many windows, which cover the grid and may overlap, as products with thin matrices."""
    return resample_p(input, lines=tuple(Line("mean", n, o) for n, o in zip(grid, counts)))


def averaged(input: Any, w: Windows, divisor: int | None = None, include_pad: bool = True) -> Any:
    """The mean of each window: large ones that tile the grid by products with thin matrices, in a third of the time."""
    several_rows, floating, places = sum(k > 1 for k in w.size) > 1, input.dtype.kind == "f", prod(w.size)
    large = places > 8 and max(w.grid) <= FILLED * places  # else most of a matrix is zeros
    if w.tiles and several_rows and large and w.size != w.grid and divisor is None and floating:
        return means_by_matrices(input, w.grid, w.number)
    return avg_pool_p(input, w=w, divisor=divisor, include_pad=include_pad)


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
    return _avg_pool(1, input, kernel_size, stride, padding, ceil_mode, count_include_pad, None)


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
    return _avg_pool(2, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)


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
    return _avg_pool(3, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)


def _lp_pool(n: int, input: Any, norm_type: float, kernel_size: Any, stride: Any, ceil_mode: bool) -> Any:
    name = f"lp_pool{n}d"
    tensor_ndim(name, input)
    if abs(norm_type) == inf:
        sign = 1 if norm_type > 0 else -1
        return sign * _max_pool(n, sign * input.abs(), kernel_size, stride, 0, 1, ceil_mode, False)
    mean = _avg_pool(n, input**norm_type, kernel_size, stride, 0, ceil_mode, True, None)
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
    return _lp_pool(1, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool2d(input: Any, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> Any:
    """The p-norm of each window of a picture. See `lp_pool1d`.

    Examples:
        >>> from tt_tensor import ones
        >>> from tt_spatial.functional import lp_pool2d
        >>> lp_pool2d(ones(1, 2, 2), 2, 2)
        tensor([[[2.]]])
    """
    return _lp_pool(2, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool3d(input: Any, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> Any:
    """The p-norm of each window of a volume. See `lp_pool1d`.

    Examples:
        >>> from tt_tensor import ones
        >>> from tt_spatial.functional import lp_pool3d
        >>> lp_pool3d(ones(1, 2, 2, 2), 1, 2)
        tensor([[[[8.]]]])
    """
    return _lp_pool(3, input, norm_type, kernel_size, stride, ceil_mode)


def _max_unpool(
    n: int, input: Any, indices: Any, kernel_size: Any, stride: Any, padding: Any, output_size: Sequence[int] | None
) -> Any:
    name = f"max_unpool{n}d"
    sizes = several(name, "kernel_size", kernel_size, n)
    steps = sizes if stride is None else several(name, "stride", stride, n)
    pads = several(name, "padding", padding, n)
    if tensor_ndim(name, input) not in (n + 1, n + 2):
        raise ShapeError(f"{name}: Expected {n + 1}D or {n + 2}D input tensor, but got shape {tuple(input.shape)}")
    own = tuple(
        (m - 1) * s - 2 * p + k for m, s, p, k in zip(input.shape[input.ndim - n :], steps, pads, sizes, strict=True)
    )
    grid = own
    if output_size is not None:
        grid = tuple(output_size)[len(output_size) - n :] if len(output_size) in (n, n + 1, n + 2) else ()
        if len(grid) != n:
            raise ValueError(f"{name}: output_size should have {n} or {n + 2} elements, but it has {len(output_size)}")
        for d, (have, size, step) in enumerate(zip(grid, own, steps)):
            if not size - step < have < size + step:
                raise ValueError(
                    f'{name}: invalid output_size "{grid}" (dim {d} must be between {size - step} and {size + step})'
                )
    tensor_ndim(name, indices)
    if indices.dtype != np.int64:
        raise DTypeError(f"{name}: elements in indices should be type int64 but got: {indices.dtype}")
    if indices.shape != input.shape:
        raise ShapeError(
            f"{name}: Expected shape of indices to be same as that of the input tensor ({list(input.shape)}) but got "
            f"indices tensor with shape: {list(indices.shape)}"
        )
    at = indices.array
    if at.size and (at.min() < 0 or at.max() >= prod(grid)):
        raise BoundsError(f"{name}: Found an invalid max index: {at.max()} (output volumes are of size {grid})")
    return place_p(input, indices, grid=grid, add=False)


def max_unpool1d(
    input: Any,
    indices: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    output_size: Sequence[int] | None = None,
) -> Any:
    """The values that `max_pool1d` with `return_indices` chose, where they were, among zeros. See `max_unpool2d`.

    Examples:
        >>> from tt_tensor import tensor
        >>> from tt_spatial.functional import max_pool1d, max_unpool1d
        >>> max_unpool1d(*max_pool1d(tensor([[1.0, 3.0, 2.0, 0.0]]), 2, return_indices=True), 2)
        tensor([[0., 3., 2., 0.]])
    """
    return _max_unpool(1, input, indices, kernel_size, stride, padding, output_size)


def max_unpool2d(
    input: Any,
    indices: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    output_size: Sequence[int] | None = None,
) -> Any:
    """The values that `max_pool2d` with `return_indices` chose, put back where they were, among zeros.

    Args:
        input: `[N, C, H, W]` or `[C, H, W]`: the values.
        indices: of the same shape, int64: their places in a plane of the result.
        kernel_size: as given to `max_pool2d`, as the others.
        stride: how far windows are apart.
        padding: how many places were added on all sides.
        output_size: the size of the pooled input, whose last rows or columns may have been in no window; the last
            numbers count, so that its whole shape may be given.

    Returns:
        `[N, C, (H - 1)·stride - 2·padding + kernel_size, …]`, or of size `output_size`.

    Raises:
        ValueError: if `output_size` is out of range.
        BoundsError: if an index is.

    Examples:
        >>> from tt_tensor import arange
        >>> from tt_spatial.functional import max_pool2d, max_unpool2d
        >>> max_unpool2d(*max_pool2d(arange(4.0).reshape(1, 2, 2), 2, return_indices=True), 2)
        tensor([[[0., 0.],
                 [0., 3.]]])
    """
    return _max_unpool(2, input, indices, kernel_size, stride, padding, output_size)


def max_unpool3d(
    input: Any,
    indices: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    output_size: Sequence[int] | None = None,
) -> Any:
    """The values that `max_pool3d` with `return_indices` chose, where they were, among zeros. See `max_unpool2d`.

    Examples:
        >>> from tt_tensor import arange
        >>> from tt_spatial.functional import max_pool3d, max_unpool3d
        >>> x = arange(8.0).reshape(1, 2, 2, 2)
        >>> max_unpool3d(*max_pool3d(x, 2, return_indices=True), 2).sum()
        tensor(7.)
    """
    return _max_unpool(3, input, indices, kernel_size, stride, padding, output_size)
