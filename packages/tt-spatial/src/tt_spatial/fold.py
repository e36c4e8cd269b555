"""unfold and fold: the windows of a picture as columns, and columns added up to a picture."""

from math import prod
from typing import Any

import numpy as np
from tt_autograd.rule import derivative
from tt_tensor.errors import DTypeError, ShapeError
from tt_tensor.ops.dims import ndim_of
from tt_tensor.primitive import primitive

from .ops.windows import Windows, count_of, padded_block, several


@primitive()
def im2col_p(x: Any, *, w: Windows) -> Any:
    """`[..., C, H, W]` to `[..., C · window, windows]`: a row for each channel and place of the window."""
    *lead, channels, _, _ = x.shape
    padded = padded_block(x.reshape(-1, *w.grid), w, 0) if not w.bare else x.reshape(-1, *w.grid)
    out = np.empty((padded.shape[0], prod(w.size), *w.number), x.dtype)
    for k, place in enumerate(w.places()):
        out[:, k] = padded[(slice(None), *place)]
    return out.reshape(*lead, channels * prod(w.size), prod(w.number))


@primitive()
def col2im_p(g: Any, *, w: Windows) -> Any:
    """Each value of the columns added to its place in the picture: the transpose of `im2col_p` as a linear map."""
    *lead, rows, _ = g.shape
    columns = g.reshape(-1, prod(w.size), *w.number)
    out = np.zeros((columns.shape[0], *w.padded), g.dtype)
    for k, place in enumerate(w.places()):
        out[(slice(None), *place)] += columns[:, k]
    return out[(slice(None), *w.inner)].reshape(*lead, rows // prod(w.size), *w.grid)


derivative(im2col_p, lambda g, w: col2im_p(g, w=w))
derivative(col2im_p, lambda gg, w: im2col_p(gg, w=w))


def _windows(name: str, grid: tuple[int, ...], size: Any, gap: Any, pad: Any, step: Any) -> Windows:
    sizes, steps = several(name, "kernel_size", size, 2), several(name, "stride", step, 2)
    pads, gaps = several(name, "padding", pad, 2), several(name, "dilation", gap, 2)
    if min(*sizes, *steps, *gaps) <= 0 or min(pads) < 0:
        raise ShapeError(
            f"{name}: kernel_size, stride and dilation should be greater than zero and padding non-negative, but got "
            f"{sizes}, {steps}, {gaps} and {pads}"
        )
    counts = tuple(count_of(*each, False) for each in zip(grid, sizes, steps, pads, gaps))
    if min(counts) < 1:
        raise ShapeError(
            f"{name}: Given spatial size {grid}, kernel_size={sizes}, dilation={gaps}, padding={pads}, stride={steps}, "
            f"calculated shape of the array of sliding blocks as {counts}, which is too small (non-positive)"
        )
    return Windows(sizes, steps, pads, gaps, counts, grid)


def unfold(input: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Any:
    """All windows of a picture as columns: what turns a convolution into a product of matrices.

    Args:
        input: `[N, C, H, W]` or `[C, H, W]`, floating or bool.
        kernel_size: the size of a window: an int, or a tuple for height and width, as the others.
        dilation: how far the places of a window are apart.
        padding: how many zeros to add on all sides.
        stride: how far windows are apart.

    Returns:
        `[N, C · window, windows]`, channels first, then the rows of the window.

    Raises:
        ShapeError: if no window fits, or a setting is out of range.

    Examples:
        >>> from tt_tensor import arange
        >>> from tt_spatial.functional import unfold
        >>> unfold(arange(9.0).reshape(1, 3, 3), 2)
        tensor([[0., 1., 3., 4.],
                [1., 2., 4., 5.],
                [3., 4., 6., 7.],
                [4., 5., 7., 8.]])
    """
    if ndim_of("unfold", input) not in (3, 4):
        cls = IndexError if input.ndim < 3 else ShapeError
        raise cls(f"unfold: expected an input of 3 or 4 dimensions, got shape {tuple(input.shape)}")
    if input.dtype.kind not in "fb":
        raise DTypeError(f"unfold: not implemented for {input.dtype}; convert with .float()")
    grid = tuple(input.shape[-2:])
    if any(n == 0 for n in input.shape[-3:]):
        raise ShapeError(f"unfold: expected non-zero size of all dimensions but the batch, got {tuple(input.shape)}")
    return im2col_p(input, w=_windows("unfold", grid, kernel_size, dilation, padding, stride))


def fold(input: Any, output_size: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Any:
    """The columns of `unfold` added up to a picture: what several windows share is summed.

    Args:
        input: `[N, C · window, windows]` or `[C · window, windows]`, floating or bool.
        output_size: height and width of the picture; one int for both.
        kernel_size: as in `unfold`, as the others.
        dilation: how far the places of a window are apart.
        padding: how many places on all sides are left out of the result.
        stride: how far windows are apart.

    Returns:
        `[N, C, H, W]` or `[C, H, W]`.

    Raises:
        ShapeError: if the number of rows is no multiple of the window's size, or that of columns not the number of windows.

    Examples:
        >>> from tt_tensor import ones
        >>> from tt_spatial.functional import fold
        >>> fold(ones(4, 4), 3, 2)
        tensor([[[1., 2., 1.],
                 [2., 4., 2.],
                 [1., 2., 1.]]])
    """
    grid = several("fold", "output_size", output_size, 2)
    if ndim_of("fold", input) not in (2, 3):
        raise ShapeError(f"fold: Expected 2D or 3D (batch mode) tensor for input, but got: {list(input.shape)}")
    if input.dtype.kind not in "fb":
        raise DTypeError(f"fold: not implemented for {input.dtype}; convert with .float()")
    w = _windows("fold", grid, kernel_size, dilation, padding, stride)
    rows, columns = input.shape[-2:]
    if rows == 0 or rows % prod(w.size):
        raise ShapeError(
            f"fold: Expected size of input's dimension 1 to be divisible by the product of kernel_size, but got {rows} rows "
            f"and kernel_size={w.size}"
        )
    if columns != prod(w.number):
        raise ShapeError(
            f"fold: Given output_size={grid}, kernel_size={w.size}, dilation={w.gap}, padding={w.pad}, stride={w.step}, "
            f"expected size of input's dimension 2 to match the calculated number of sliding blocks {w.number[0]} * "
            f"{w.number[1]} = {prod(w.number)}, but got {columns}"
        )
    return col2im_p(input, w=w)
