"""max_pool and its inverse max_unpool, as functions, in one to three dimensions."""

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np
from tt_tensor.errors import BoundsError, DTypeError, ShapeError

from .ops.maxpool import chosen_p, max_pool_choice_p, max_pool_index_p, max_pool_p
from .ops.places import place_p
from .ops.windows import Windows, several, tensor_ndim, windows_over


def max_pool(
    n: int,
    input: Any,
    kernel_size: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
    ceil_mode: bool,
    return_indices: bool,
) -> Any:
    """max_pool of `n` dimensions, whose arguments `max_pool2d` describes."""
    name = f"max_pool{n}d"
    w = windows_over(name, input, n, kernel_size, stride, padding, dilation, ceil_mode)
    if input.dtype.kind not in "fiu":
        raise DTypeError(f"{name}: not implemented for {input.dtype}; convert with .float()")
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
    return max_pool(1, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


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
    return max_pool(2, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


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
    return max_pool(3, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def max_unpool(
    n: int, input: Any, indices: Any, kernel_size: Any, stride: Any, padding: Any, output_size: Sequence[int] | None
) -> Any:
    """max_unpool of `n` dimensions, whose arguments `max_unpool2d` describes."""
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
    return max_unpool(1, input, indices, kernel_size, stride, padding, output_size)


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
    return max_unpool(2, input, indices, kernel_size, stride, padding, output_size)


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
    return max_unpool(3, input, indices, kernel_size, stride, padding, output_size)
