"""What all convolutions do with their arguments: check them, bring them into one form, and call the primitive."""

from collections.abc import Sequence
from functools import lru_cache
from operator import index
from typing import Any

from tt_tensor.errors import DTypeError, ShapeError

from .algorithms.geometry import Geometry, Pairs, Sizes
from .ops.convolution import convolution_input_p, convolution_p


def ints(name: str, key: str, value: Any, d: int, least: int = 0) -> tuple[int, ...]:
    """An argument that is one int for all dimensions or a sequence with one for each, as a tuple of `d` ints.

    Raises:
        TypeError: if it is neither.
        ShapeError: if there are too many or too few, or one is below `least`.
    """
    try:
        if isinstance(value, bool):
            raise TypeError
        given = (
            tuple(map(index, value)) if isinstance(value, Sequence) and not isinstance(value, str) else (index(value),)
        )
    except TypeError:
        raise TypeError(f"{name}: {key} must be an int or a tuple of {d} ints, got {value!r}") from None
    if len(given) not in (1, d):
        raise ShapeError(
            f"{name}: expected {key} to be a single integer value or a list of {d} values to match the convolution "
            f"dimensions, but got {key}={list(given)}"
        )
    if min(given) < least:
        kind = "negative" if least == 0 else "non-positive"
        raise ShapeError(f"{name}: {kind} {key} is not supported, got {value!r}; it must be at least {least}")
    return given if len(given) == d else given * d


def pairs(name: str, padding: Any, d: int, weight: Sizes, stride: tuple[int, ...], dilation: tuple[int, ...]) -> Pairs:
    """The zeros before and after each dimension: the same number, or those that keep the size ('same'), or none ('valid')."""
    if not isinstance(padding, str):
        return tuple((p, p) for p in ints(name, "padding", padding, d))
    if padding == "valid":
        return ((0, 0),) * d
    if padding != "same":
        raise ShapeError(f"{name}: Invalid padding string: {padding!r}; use 'same', 'valid', or numbers")
    if any(s != 1 for s in stride):
        raise ShapeError(
            f"{name}: padding='same' is not supported for strided convolutions, got stride={stride}; give the padding in numbers"
        )
    totals = [step * (k - 1) for step, k in zip(dilation, weight[2:])]
    return tuple((total // 2, total - total // 2) for total in totals)


def checked(name: str, d: int, x: Sizes, w: Sizes, bias: Sizes | None, groups: Any, transposed: bool) -> None:
    """Raise unless the shapes of the input, the weight and the bias fit, and say what does not."""
    prefix = f"{name}: Given transposed=1" if transposed else f"{name}: Given groups={groups}"
    size, shape = list(w), list(x)
    if isinstance(groups, bool) or not isinstance(groups, int):
        raise TypeError(f"{name}: groups must be an int, got {groups!r}")
    if groups < 1:
        raise ShapeError(f"{name}: non-positive groups is not supported, got {groups}")
    if len(w) != d + 2:
        parts = "in, out/groups" if transposed else "out, in/groups"
        raise ShapeError(f"{name}: expected a weight of {d + 2} dimensions, [{parts}, *kernel], but got {size}")
    if len(x) not in (d + 1, d + 2):
        raise ShapeError(
            f"{name}: Expected {d + 1}D (unbatched) or {d + 2}D (batched) input to {name}, but got input of size: {shape}; "
            f"it must be [N, C, ...] with {d} sizes after the channels"
        )
    if w[0] % groups:
        raise ShapeError(
            f"{name}: Given groups={groups}, expected weight to be divisible by {groups} at dimension 0, "
            f"but got weight of size {size} instead"
        )
    if 0 in w[2:] or (w[0] == 0 and not transposed):
        raise ShapeError(
            f"{prefix}, expected weight to be at least 1 at every dimension, but got weight of size {size}"
        )
    channels = x[len(x) - d - 1]
    expected = w[0] if transposed else w[1] * groups
    if channels != expected:
        last = f"; channels come before the places: x.movedim(-1, {-d - 1})" if x[-1] == expected else ""
        raise ShapeError(
            f"{prefix}, weight of size {size}, expected input{shape} to have {expected} channels, but got {channels} "
            f"channels instead{last}"
        )
    out = w[1] * groups if transposed else w[0]
    if bias is not None and bias != (out,):
        raise ShapeError(
            f"{prefix}, weight of size {size}, expected bias to be 1-dimensional with {out} elements, "
            f"but got bias of size {list(bias)} instead"
        )


def checked_shapes(name: str, input: Any, weight: Any, bias: Any) -> tuple[Any, Any, Any]:
    """The shapes of the tensors, whose dtypes must agree; None for a bias that is not given."""
    for key, part in (("input", input), ("weight", weight), ("bias", bias)):
        if not hasattr(part, "array") and not (key == "bias" and part is None):
            raise TypeError(f"{name}: {key} must be a Tensor, not {type(part).__name__}; convert it with tensor(...)")
    if input.dtype.kind not in "fiu":
        raise DTypeError(f"{name}: not implemented for {input.dtype}; convert it with .float()")
    for key, part in (("weight", weight), ("bias", bias)):
        if part is not None and part.dtype != input.dtype:
            raise DTypeError(
                f"{name}: Input type ({input.dtype}) and {key} type ({part.dtype}) should be the same; "
                f"convert one of them with .to(dtype)"
            )
    return tuple(input.shape), tuple(weight.shape), None if bias is None else tuple(bias.shape)


def usual(setting: Any) -> bool:
    """Whether a setting is what it mostly is, so that nothing that is wrong equals it, as True equals 1."""
    kind = type(setting)
    return kind is int or kind is str or (kind is tuple and {*map(type, setting)} == {int})


@lru_cache(256)
def settled(
    name: str,
    d: int,
    x: Sizes,
    w: Sizes,
    bias: Sizes | None,
    stride: Any,
    padding: Any,
    dilation: Any,
    groups: Any,
) -> Geometry:
    """The geometry of a convolution, once its shapes and settings are checked. Layers ask for the same ones again and again."""
    checked(name, d, x, w, bias, groups, transposed=False)
    strides, dilations = ints(name, "stride", stride, d, 1), ints(name, "dilation", dilation, d, 1)
    geometry = Geometry(strides, pairs(name, padding, d, w, strides, dilations), dilations, groups)
    size = x[len(x) - d :]
    if min(geometry.out_size(size, w[2:])) < 1 or 0 in size:
        span = [step * (k - 1) + 1 for step, k in zip(dilations, w[2:])]
        raise ShapeError(
            f"{name}: Calculated padded input size per channel: {list(geometry.padded(size))}. Kernel size: {span}. "
            f"Kernel size can't be greater than actual input size, and the input ({list(x)}) must not be empty; "
            f"use a larger input, more padding or a smaller kernel"
        )
    return geometry


def convolve(
    name: str, d: int, input: Any, weight: Any, bias: Any, stride: Any, padding: Any, dilation: Any, groups: Any
) -> Any:
    """The convolution of `d` dimensions with PyTorch's arguments; `name` is what errors call it."""
    shapes, settings = checked_shapes(name, input, weight, bias), (stride, padding, dilation, groups)
    look_up = all(map(usual, settings))
    geometry = (settled if look_up else settled.__wrapped__)(name, d, *shapes, *settings)
    lone = input.ndim == d + 1
    x = input[None] if lone else input
    stride, padding, dilation, groups = geometry
    parts = (x, weight) if bias is None else (x, weight, bias)
    y = convolution_p(*parts, stride=stride, padding=padding, dilation=dilation, groups=groups)
    return y[0] if lone else y


def convolve_transposed(
    name: str,
    d: int,
    input: Any,
    weight: Any,
    bias: Any,
    stride: Any,
    padding: Any,
    output_padding: Any,
    groups: Any,
    dilation: Any,
) -> Any:
    """The transposed convolution of `d` dimensions with PyTorch's arguments."""
    checked(name, d, *checked_shapes(name, input, weight, bias), groups, transposed=True)
    strides, dilations = ints(name, "stride", stride, d, 1), ints(name, "dilation", dilation, d, 1)
    around = tuple((p, p) for p in ints(name, "padding", padding, d))
    more = ints(name, "output_padding", output_padding, d)
    if any(extra >= max(s, step) for extra, s, step in zip(more, strides, dilations)):
        raise ShapeError(
            f"{name}: output padding must be smaller than either stride or dilation, but got output_padding={more}, "
            f"stride={strides}, dilation={dilations}"
        )
    lone = input.ndim == d + 1
    g = input[None] if lone else input
    size = tuple(
        (n - 1) * s - before - after + step * (k - 1) + extra + 1
        for n, k, s, (before, after), step, extra in zip(
            g.shape[2:], weight.shape[2:], strides, around, dilations, more
        )
    )
    if min(size) < 1 or 0 in g.shape[2:]:
        raise ShapeError(
            f"{name}: Given input size per channel: {list(g.shape[2:])}. Calculated output size per channel: {list(size)}. "
            f"Output size is too small; use a larger input or less padding"
        )
    y = convolution_input_p(g, weight, size=size, stride=strides, padding=around, dilation=dilations, groups=groups)
    if bias is not None:
        y = y + bias.reshape(-1, *(1,) * d)
    return y[0] if lone else y
