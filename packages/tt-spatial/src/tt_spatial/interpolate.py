"""interpolate: pictures made larger or smaller."""

import math
from operator import index
from typing import Any

from tt_tensor.errors import DTypeError, ShapeError
from tt_tensor.ops.dims import ndim_of

from .adaptive import adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d
from .ops.resample import Line, resample_p

SMOOTH = {"linear": 1, "bilinear": 2, "trilinear": 3, "bicubic": 2}  # and for how many dimensions they are
MODES = "nearest | linear | bilinear | bicubic | trilinear | area | nearest-exact"
AREA = (adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d)


def _sizes(grid: tuple[int, ...], size: Any, scale: Any) -> tuple[tuple[int, ...], tuple[float, ...] | None]:
    """The size of the result, and the factors, if they were given."""
    n = len(grid)
    if size is not None and scale is not None:
        raise ValueError("interpolate: only one of size or scale_factor should be defined")
    if size is not None:
        sizes = tuple(size) if isinstance(size, tuple | list) else (size,) * n
        if len(sizes) != n:
            raise ValueError(
                f"interpolate: Input and output must have the same number of spatial dimensions, but got input with spatial "
                f"dimensions of {list(grid)} and output size of {size}"
            )
        try:
            if any(isinstance(s, bool) for s in sizes):
                raise TypeError
            return tuple(index(s) for s in sizes), None
        except TypeError:
            raise TypeError(f"interpolate: expected size to be one int or {n} ints, but got {size!r}") from None
    if scale is None:
        raise ValueError("interpolate: either size or scale_factor should be defined")
    factors = tuple(scale) if isinstance(scale, tuple | list) else (scale,) * n
    if len(factors) != n:
        raise ValueError(
            f"interpolate: Input and scale_factor must have the same number of spatial dimensions, but got input with "
            f"spatial dimensions of {list(grid)} and scale_factor of shape {scale}"
        )
    try:
        if any(isinstance(f, str) for f in factors):
            raise TypeError
        factors = tuple(float(f) for f in factors)
    except (TypeError, ValueError):
        raise TypeError(
            f"interpolate: expected scale_factor to be one number or {n} numbers, but got {scale!r}"
        ) from None
    return tuple(math.floor(m * f) for m, f in zip(grid, factors)), factors


def interpolate(
    input: Any,
    size: Any = None,
    scale_factor: Any = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> Any:
    """A tensor enlarged or shrunk along the dimensions after the channels.

    Args:
        input: `[N, C, L]`, `[N, C, H, W]` or `[N, C, D, H, W]`, floating (also uint8 for "nearest").
        size: the size of these dimensions in the result; one int for all.
        scale_factor: in place of it the factor by which they grow; one number for all.
        mode: `"nearest"` (as PyTorch computes it, which takes the place to the left), `"nearest-exact"` (as image libraries do),
            `"linear"`, `"bilinear"`, `"trilinear"`, `"bicubic"`, or `"area"`: the mean, as `adaptive_avg_pool2d`.
        align_corners: whether the centres of the corners, rather than the corners' corners, lie on each other; only for the
            smooth modes.
        recompute_scale_factor: whether to compute positions from the size of the result rather than from `scale_factor`.
        antialias: whether to average over all that a place of a smaller result covers; for `"bilinear"` and `"bicubic"`.

    Raises:
        ValueError: if not exactly one of `size` and `scale_factor` is given, or a setting is not for this mode.
        NotImplementedError: if the mode is not for this number of dimensions.
        ShapeError: if the result would be empty.

    Source:
        Keys, Cubic convolution interpolation for digital image processing, 1981 (with a = -0.75).

    Examples:
        >>> from tt_tensor import tensor
        >>> from tt_spatial.functional import interpolate
        >>> interpolate(tensor([[[1.0, 3.0]]]), scale_factor=2)
        tensor([[[1., 1., 3., 3.]]])
        >>> interpolate(tensor([[[1.0, 3.0]]]), size=3, mode="linear", align_corners=True)
        tensor([[[1., 2., 3.]]])
    """
    n = ndim_of("interpolate", input) - 2
    if align_corners is not None and mode in ("nearest", "nearest-exact", "area"):
        raise ValueError(
            "interpolate: align_corners option can only be set with the interpolating modes: "
            "linear | bilinear | bicubic | trilinear"
        )
    if antialias and (mode not in ("bilinear", "bicubic") or n != 2):
        raise ValueError(
            "interpolate: Anti-alias option is restricted to bilinear and bicubic modes and requires a 4-D tensor"
        )
    grid = tuple(input.shape[2:])
    sizes, factors = _sizes(grid, size, scale_factor)
    if mode not in (*SMOOTH, "nearest", "nearest-exact", "area") or n not in (1, 2, 3):
        raise NotImplementedError(
            f"interpolate: Input Error: Only 3D, 4D and 5D input Tensors supported (got {input.ndim}D) for the modes: {MODES} "
            f"(got {mode})"
        )
    if recompute_scale_factor is not None and recompute_scale_factor and size is not None:
        raise ValueError("interpolate: recompute_scale_factor is not meaningful with an explicit size.")
    if mode in SMOOTH and SMOOTH[mode] != n:
        raise NotImplementedError(
            f"interpolate: Got {input.ndim}D input, but {mode} mode needs {SMOOTH[mode] + 2}D input"
        )
    if mode == "area":
        return AREA[n - 1](input, sizes)
    if min(*grid, *sizes) <= 0:
        raise ShapeError(
            f"interpolate: Input and output sizes should be greater than 0, but got input {grid} output {sizes}"
        )
    if input.shape[1] == 0:
        raise ShapeError(f"interpolate: Non-empty tensor expected but got a tensor with sizes {list(input.shape)}")
    if input.dtype.kind != "f" and not (input.dtype.name == "uint8" and mode not in SMOOTH):
        raise DTypeError(f"interpolate: not implemented for {input.dtype} in mode {mode}; convert with .float()")
    if recompute_scale_factor:
        factors = None
    kind = {"bilinear": "linear", "trilinear": "linear", "bicubic": "cubic"}.get(mode, mode)
    kind += "-antialias" if antialias else ""
    scales = factors or (None,) * n
    return resample_p(
        input, lines=tuple(Line(kind, m, s, f, bool(align_corners)) for m, s, f in zip(grid, sizes, scales))
    )


def upsample(
    input: Any, size: Any = None, scale_factor: Any = None, mode: str = "nearest", align_corners: bool | None = None
) -> Any:
    """`interpolate` under its older name; arguments and errors are those of `interpolate`.

    Examples:
        >>> from tt_tensor import tensor
        >>> from tt_spatial.functional import upsample
        >>> upsample(tensor([[[1.0, 3.0]]]), size=4)
        tensor([[[1., 1., 3., 3.]]])
    """
    return interpolate(input, size, scale_factor, mode, align_corners)


def upsample_nearest(input: Any, size: Any = None, scale_factor: Any = None) -> Any:
    """`interpolate` in mode `"nearest"`; the other arguments are its own.

    Examples:
        >>> from tt_tensor import tensor
        >>> from tt_spatial.functional import upsample_nearest
        >>> upsample_nearest(tensor([[[1.0, 3.0]]]), size=4)
        tensor([[[1., 1., 3., 3.]]])
    """
    return interpolate(input, size, scale_factor, "nearest")


def upsample_bilinear(input: Any, size: Any = None, scale_factor: Any = None) -> Any:
    """`interpolate` in mode `"bilinear"` with `align_corners`; the other arguments are its own.

    Examples:
        >>> from tt_tensor import tensor
        >>> from tt_spatial.functional import upsample_bilinear
        >>> upsample_bilinear(tensor([[[[1.0, 3.0]]]]), size=(1, 3))
        tensor([[[[1., 2., 3.]]]])
    """
    return interpolate(input, size, scale_factor, "bilinear", True)
