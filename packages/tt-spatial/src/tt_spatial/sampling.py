"""Images read at places of one's choice: affine_grid and grid_sample, of which spatial transformers are made.

Both are made of tensors' own operations, so that they can be differentiated with respect to the image and to the places, any
number of times.
"""

import warnings
from collections.abc import Sequence
from math import prod
from typing import Any

from tt_autograd import no_grad
from tt_tensor import arange, cat, linspace, meshgrid, ones_like, stack, where, zeros_like
from tt_tensor.errors import DTypeError, ShapeError

from .ops.windows import tensor_ndim

A = -0.75  # of Keys' cubic, as in `interpolate`
MODES = ("bilinear", "nearest", "bicubic")
PADDINGS = ("zeros", "border", "reflection")


def affine_grid(theta: Any, size: Sequence[int], align_corners: bool | None = None) -> Any:
    """Where each place of a result lies in the original, for `grid_sample`: θ · (x, y, 1) for each (x, y) from -1 to 1.

    Args:
        theta: `[N, 2, 3]` or, for volumes, `[N, 3, 4]`: a matrix and a shift for each image.
        size: of the result, `(N, C, H, W)` or `(N, C, D, H, W)`.
        align_corners: whether -1 and 1 are the centres of the corners, rather than the corners' corners. None warns, and is
            False.

    Returns:
        `[N, H, W, 2]` or `[N, D, H, W, 3]`: the x first.

    Raises:
        ValueError: if `theta` is not floating or not of that shape, or `size` not positive.
        NotImplementedError: if `size` has not 4 or 5 numbers.
        ShapeError: if N is not the same.

    Source:
        Jaderberg et al., Spatial transformer networks, 2015.

    Examples:
        >>> from tt_tensor import tensor
        >>> from tt_spatial.functional import affine_grid
        >>> mirror = tensor([[[-1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]])
        >>> affine_grid(mirror, (1, 1, 1, 3), align_corners=True)
        tensor([[[[ 1.,  0.],
                  [ 0.,  0.],
                  [-1.,  0.]]]])
    """
    tensor_ndim("affine_grid", theta)
    size, n = tuple(size), len(size) - 2
    if theta.dtype.kind != "f":
        raise ValueError(f"affine_grid: Expected theta to have floating point type, but got {theta.dtype}")
    if n not in (2, 3):
        raise NotImplementedError(
            f"affine_grid only supports 4D and 5D sizes, for images and volumes. Got size {size}."
        )
    if tuple(theta.shape[1:]) != (n, n + 1):
        raise ValueError(
            f"affine_grid: Expected a batch of affine matrices of shape Nx{n}x{n + 1} for size {size}. Got {theta.shape}."
        )
    if min(size) <= 0:
        raise ValueError(f"affine_grid: Expected non-zero, positive output size. Got {size}")
    if theta.shape[0] != size[0]:
        raise ShapeError(f"affine_grid: theta is for {theta.shape[0]} images, and size {size} has {size[0]}")
    aligned = _alignment(align_corners, stacklevel=3)
    lines = [
        linspace(-1, 1, s, dtype=theta.dtype) * (1 if aligned else (s - 1) / s)
        if s > 1
        else linspace(0, 0, 1, dtype=theta.dtype)
        for s in size[2:]
    ]
    places = [line.flatten() for line in reversed(meshgrid(*lines, indexing="ij"))]
    base = stack([*places, ones_like(places[0])], 1)
    return (base @ theta.transpose(1, 2)).reshape(size[0], *size[2:], n)


def grid_sample(
    input: Any, grid: Any, mode: str = "bilinear", padding_mode: str = "zeros", align_corners: bool | None = None
) -> Any:
    """The values of an image at places between -1 and 1, by the values around them.

    Args:
        input: `[N, C, H, W]` or `[N, C, D, H, W]`, floating.
        grid: `[N, h, w, 2]` or `[N, d, h, w, 3]`, of the same dtype: for each place of the result the x, y (and z) in the
            input, where -1 is the left (upper, front) end and 1 the other. See `affine_grid`.
        mode: `"bilinear"` (for volumes, along three dimensions), `"nearest"`, or `"bicubic"` for images.
        padding_mode: what lies outside: `"zeros"`, the value at the `"border"`, or the `"reflection"` at it.
        align_corners: whether -1 and 1 are the centres of the corners, rather than the corners' corners. None warns, and is
            False.

    Returns:
        `[N, C, h, w]` or `[N, C, d, h, w]`; NaN where a place is NaN.

    Raises:
        ValueError: if a mode is unknown.
        ShapeError: if the shapes do not fit, or the input is empty.
        DTypeError: if the two are not of one floating dtype.

    Source:
        Jaderberg et al., Spatial transformer networks, 2015.

    Examples:
        >>> from tt_tensor import tensor
        >>> from tt_spatial.functional import grid_sample
        >>> image = tensor([[[[1.0, 3.0, 7.0]]]])
        >>> grid_sample(image, tensor([[[[0.5, 0.0], [1.0, 0.0], [2.0, 0.0]]]]), align_corners=True)
        tensor([[[[5., 7., 0.]]]])
    """
    _check(input, grid, mode, padding_mode)
    aligned = _alignment(align_corners, stacklevel=3)
    if input.dtype.name == "float16":
        return grid_sample(input.float(), grid.float(), mode, padding_mode, aligned).half()
    (channels, *sizes), (count, *shape, n) = input.shape[1:], grid.shape
    index: Any = arange(count).unsqueeze(1).expand(-1, prod(shape)).reshape(1, -1)  # the image of each place
    inside: Any = index >= 0
    weight: Any = None
    for d, size in enumerate(sizes):  # each neighbour so far has those along this dimension
        place = grid[..., n - 1 - d].reshape(-1)
        place = (place + 1) * ((size - 1) / 2) if aligned else (place + 1) * (size / 2) - 0.5
        if mode != "bicubic":
            place = _within(place, size, padding_mode, aligned)
        near, w = _neighbours(place, mode)
        with no_grad():  # whole numbers have no gradient
            if mode == "bicubic":
                near = _within(near, size, padding_mode, aligned)
            within = (near >= 0) & (near <= size - 1)
            index = (index.unsqueeze(1) * size + where(within, near, 0.0).long()).flatten(0, 1)
            inside = (inside.unsqueeze(1) & within).flatten(0, 1)
        weight = w if weight is None else (weight.unsqueeze(1) * w).flatten(0, 1)
    pixels = input.flatten(2).transpose(1, 2).flatten(0, 1)  # their channels are read together
    pixels = cat([pixels, zeros_like(pixels[:1])])
    index = where(inside, index, len(pixels) - 1)  # a neighbour outside reads the zeros at the end, of whatever weight
    values = pixels.index_select(0, index.flatten()).reshape(*index.shape, channels)
    total = (values * weight.unsqueeze(2)).sum(0)
    return total.reshape(count, prod(shape), channels).transpose(1, 2).reshape(count, channels, *shape)


def _check(input: Any, grid: Any, mode: str, padding_mode: str) -> None:
    """Raise unless `grid_sample` can take these."""
    for x in (input, grid):
        tensor_ndim("grid_sample", x)
    if mode not in MODES:
        raise ValueError(f"grid_sample: expected mode to be one of {MODES}, but got: {mode!r}")
    if padding_mode not in PADDINGS:
        raise ValueError(f"grid_sample: expected padding_mode to be one of {PADDINGS}, but got: {padding_mode!r}")
    shapes = f"input with sizes {list(input.shape)} and grid with sizes {list(grid.shape)}"
    if input.ndim not in (4, 5) or grid.ndim != input.ndim:
        raise ShapeError(f"grid_sample: expected 4D or 5D input and grid with as many dimensions, but got {shapes}")
    if grid.shape[0] != input.shape[0]:
        raise ShapeError(f"grid_sample: expected grid and input to have same batch size, but got {shapes}")
    if grid.shape[-1] != input.ndim - 2:
        raise ShapeError(
            f"grid_sample: expected grid to have size {input.ndim - 2} in last dimension, but got {shapes}"
        )
    if 0 in input.shape[2:]:
        raise ShapeError(f"grid_sample: expected input to have non-empty spatial dimensions, but got {shapes}")
    if mode == "bicubic" and input.ndim != 4:
        raise ShapeError(f"grid_sample: bicubic interpolation only supports 4D input, but got {shapes}")
    if input.dtype.kind != "f" or input.dtype != grid.dtype:
        raise DTypeError(
            f"grid_sample: expected input and grid of one floating dtype, but got {input.dtype} and {grid.dtype}; convert "
            "them with .float()"
        )


def _alignment(align_corners: bool | None, stacklevel: int) -> bool:
    """`align_corners` as it counts, with PyTorch's warning if it is left out."""
    if align_corners is None:
        warnings.warn(
            "Default grid_sample and affine_grid behavior is align_corners=False. Please specify align_corners=True if the old "
            "behavior is desired.",
            stacklevel=stacklevel,
        )
    return bool(align_corners)


def _within(place: Any, size: int, padding_mode: str, aligned: bool) -> Any:
    """Places moved into the image, from 0 to size - 1; with `"zeros"` they stay where they are."""
    if padding_mode == "zeros":
        return place
    if padding_mode == "reflection":
        low, span = (0.0, size - 1.0) if aligned else (-0.5, float(size))
        if span == 0:
            return place * 0
        far = where(place < low, low - place, place - low)
        extra = far.fmod(span)
        place = where((far / span).floor() % 2 == 0, extra + low, (span + low) - extra)
    return where((place > 0) & (place < size - 1), place, place.clamp(0, size - 1).round())  # constant


def _neighbours(place: Any, mode: str) -> tuple[Any, Any]:
    """The whole numbers around places along one dimension, one row for each neighbour, and their weights."""
    with no_grad():
        low = place.round() if mode == "nearest" else place.floor()
        near = low + arange(*{"nearest": (0, 1), "bilinear": (0, 2), "bicubic": (-1, 3)}[mode]).unsqueeze(1)
    if mode == "nearest":
        return near, (1 + 0 * place.clamp(-1, 1)).unsqueeze(0)  # the places have a gradient, which is 0
    t = place - low
    if mode == "bilinear":
        return near, stack([1 - t, t])

    def close(t: Any) -> Any:
        return ((A + 2) * t - (A + 3)) * t * t + 1

    def far(t: Any) -> Any:
        return ((A * t - 5 * A) * t + 8 * A) * t - 4 * A

    return near, stack([far(t + 1), close(t), close(1 - t), far(2 - t)])
