"""Initial values for parameters: each function fills the tensor that it is given, in place, and returns it.

Gradients are not recorded. The numbers come from tt_tensor's generator, so `manual_seed` decides them.
"""

import functools
import math
import warnings
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, ParamSpec

import numpy as np
from tt_tensor import versions
from tt_tensor.creation import fill_number
from tt_tensor.errors import InPlaceError
from tt_tensor.generator import Generator, default_generator
from tt_tensor.ops.convert import number_as

_LINEAR = (
    "linear",
    "conv1d",
    "conv2d",
    "conv3d",
    "conv_transpose1d",
    "conv_transpose2d",
    "conv_transpose3d",
    "sigmoid",
)


_P = ParamSpec("_P")
_skipping: ContextVar[bool] = ContextVar("skipping", default=False)  # set by utils.skip_init


def _initializer(fill: Callable[_P, Any]) -> Callable[_P, Any]:
    """The function, which leaves the tensor alone while `utils.skip_init` makes a module."""

    @functools.wraps(fill)
    def unless_skipped(*args: _P.args, **kwargs: _P.kwargs) -> Any:
        if _skipping.get():
            return args[0] if args else kwargs["tensor"]
        return fill(*args, **kwargs)

    return unless_skipped


def _fill(tensor: Any, values: Any) -> Any:
    """Write `values` into the tensor, past the tape."""
    if not versions.writable(tensor.array):
        raise InPlaceError("init: the tensor is read-only or an expanded view; clone() it before writing")
    np.copyto(tensor.array, values, casting="unsafe")
    versions.touch(tensor.array)
    return tensor


def _check_floating(tensor: Any) -> None:
    if tensor.array.dtype.kind != "f":
        raise NotImplementedError(
            f"init: random numbers are floats, and the tensor is {tensor.array.dtype}; convert it first"
        )


def _check_range(a: float, b: float) -> None:
    if a > b:
        raise RuntimeError(f"init: the least value must not be larger than the largest, got a={a} and b={b}")


def _draw(tensor: Any, generator: Generator | None, method: str) -> Any:
    """Random numbers of the tensor's shape, drawn in its dtype (float32 if it is narrower)."""
    _check_floating(tensor)
    numpy = (generator or default_generator).numpy
    dtype = np.float64 if tensor.array.dtype == np.float64 else np.float32
    return getattr(numpy, method)(tensor.array.shape, dtype)


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """The factor by which a nonlinearity shrinks the scale of its input, to be made up for in the weights.

    1 for linear layers and sigmoid, 5/3 for tanh, √2 for relu, √(2 / (1 + slope²)) for leaky_relu, 3/4 for selu.

    Args:
        nonlinearity: its name.
        param: the slope of leaky_relu; 0.01 if None.

    Raises:
        ValueError: for another name, or a slope that is not a number.

    Examples:
        >>> calculate_gain("leaky_relu", 0.2)
        1.3867504905630728
    """
    if nonlinearity in _LINEAR:
        return 1
    if nonlinearity == "tanh":
        return 5.0 / 3
    if nonlinearity == "relu":
        return math.sqrt(2.0)
    if nonlinearity == "leaky_relu":
        if param is None:
            param = 0.01
        elif isinstance(param, bool) or not isinstance(param, int | float):
            raise ValueError(f"negative_slope {param} not a valid number")
        return math.sqrt(2.0 / (1 + param**2))
    if nonlinearity == "selu":
        return 3.0 / 4
    raise ValueError(f"Unsupported nonlinearity {nonlinearity}")


@_initializer
def uniform_(tensor: Any, a: float = 0.0, b: float = 1.0, generator: Generator | None = None) -> Any:
    """Fill with numbers that are uniform in [a, b).

    Raises:
        RuntimeError: if a > b.

    Examples:
        >>> from tt_tensor import empty
        >>> x = uniform_(empty(3, 5), -1, 1)
        >>> x.shape, bool((x.abs() <= 1).all())
        (torch.Size([3, 5]), True)
    """
    _check_range(a, b)
    values = _draw(tensor, generator, "random")
    values *= b - a
    values += a
    return _fill(tensor, values)


@_initializer
def normal_(tensor: Any, mean: float = 0.0, std: float = 1.0, generator: Generator | None = None) -> Any:
    """Fill with normal numbers of this mean and standard deviation.

    Raises:
        RuntimeError: if the standard deviation is negative.
    """
    if std < 0:
        raise RuntimeError(f"init: the standard deviation must not be negative, got std={std}")
    values = _draw(tensor, generator, "standard_normal")
    values *= std
    values += mean
    return _fill(tensor, values)


@_initializer
def trunc_normal_(
    tensor: Any,
    mean: float = 0.0,
    std: float = 1.0,
    a: float = -2.0,
    b: float = 2.0,
    generator: Generator | None = None,
) -> Any:
    """Fill with normal numbers of this mean and standard deviation, those outside [a, b] drawn again.

    Args:
        tensor: any shape, floating.
        mean: the mean before truncation.
        std: the standard deviation before truncation.
        a: the least value, in the same units as the mean (not in standard deviations).
        b: the largest value.
        generator: where the numbers come from.

    Raises:
        RuntimeError: if a > b.
    """
    _check_floating(tensor)
    _check_range(a, b)
    if mean < a - 2 * std or mean > b + 2 * std:
        warnings.warn(
            "mean is more than 2 std from [a, b] in nn.init.trunc_normal_. The distribution of values may be incorrect.",
            stacklevel=3,
        )
    numpy = (generator or default_generator).numpy
    values = np.empty(tensor.array.size)
    todo = np.arange(values.size)
    mass = (math.erf((b - mean) / std / math.sqrt(2)) - math.erf((a - mean) / std / math.sqrt(2))) / 2
    peak = ((max(a, min(mean, b)) - mean) / std) ** 2
    while todo.size:
        if mass > 0.3:  # most normal numbers are inside
            x = numpy.standard_normal(todo.size) * std + mean
            keep = (x >= a) & (x <= b)
        else:  # few are: uniform ones, kept in proportion to the density
            x = numpy.random(todo.size) * (b - a) + a
            keep = numpy.random(todo.size) <= np.exp((peak - ((x - mean) / std) ** 2) / 2)
        values[todo] = x
        todo = todo[~keep]
    low, high = (np.asarray(limit, tensor.array.dtype) for limit in (a, b))
    return _fill(tensor, values.reshape(tensor.array.shape).astype(tensor.array.dtype).clip(low, high))


@_initializer
def constant_(tensor: Any, val: float) -> Any:
    """Fill with the number `val`.

    Raises:
        TypeError: if it is no number, nor a tensor without dimensions.
        RuntimeError: if the tensor's dtype cannot hold it, such as NaN or a complex number among integers.
    """
    return _fill(tensor, number_as("constant_", fill_number("constant_", val), tensor.array.dtype))


@_initializer
def ones_(tensor: Any) -> Any:
    """Fill with ones."""
    return _fill(tensor, 1)


@_initializer
def zeros_(tensor: Any) -> Any:
    """Fill with zeros."""
    return _fill(tensor, 0)


@_initializer
def eye_(tensor: Any) -> Any:
    """Make a matrix the identity, as far as it goes."""
    if tensor.array.ndim != 2:
        raise ValueError("Only tensors with 2 dimensions are supported")
    return _fill(tensor, np.eye(*tensor.array.shape))


@_initializer
def dirac_(tensor: Any, groups: int = 1) -> Any:
    """Make a convolution's weight `[out, in, *kernel]` hand on its input: 1 in the middle of the kernel of each channel."""
    shape = tensor.array.shape
    if len(shape) not in (3, 4, 5):
        raise ValueError("Only tensors with 3, 4, or 5 dimensions are supported")
    if shape[0] % groups:
        raise ValueError("dim 0 must be divisible by groups")
    values, out = np.zeros(shape), shape[0] // groups
    middle = tuple(n // 2 for n in shape[2:])
    for group in range(groups):
        for k in range(min(out, shape[1])):
            values[(group * out + k, k, *middle)] = 1
    return _fill(tensor, values)


def _calculate_fan_in_and_fan_out(tensor: Any) -> tuple[int, int]:
    """How many inputs each output depends on, and how many outputs each input reaches: `[out, in, *kernel]`."""
    shape = tensor.array.shape
    if len(shape) < 2:
        raise ValueError(
            f"Fan in and fan out can not be computed for tensor with fewer than 2 dimensions, got shape {tuple(shape)}"
        )
    field = math.prod(shape[2:])
    return shape[1] * field, shape[0] * field


def _fan(tensor: Any, mode: str) -> int:
    mode = mode.lower()
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"Mode {mode} not supported, please use one of ['fan_in', 'fan_out']")
    fan_in, fan_out = _calculate_fan_in_and_fan_out(tensor)
    return fan_in if mode == "fan_in" else fan_out


@_initializer
def xavier_uniform_(tensor: Any, gain: float = 1.0, generator: Generator | None = None) -> Any:
    """Uniform in ±gain·√(6 / (fan_in + fan_out)): the scale is kept forwards and backwards. Glorot and Bengio, 2010."""
    bound = gain * math.sqrt(6.0 / sum(_calculate_fan_in_and_fan_out(tensor)))
    return uniform_(tensor, -bound, bound, generator)


@_initializer
def xavier_normal_(tensor: Any, gain: float = 1.0, generator: Generator | None = None) -> Any:
    """Normal with standard deviation gain·√(2 / (fan_in + fan_out)). Glorot and Bengio, 2010."""
    return normal_(tensor, 0.0, gain * math.sqrt(2.0 / sum(_calculate_fan_in_and_fan_out(tensor))), generator)


def _is_empty(tensor: Any) -> bool:
    """Whether there is nothing to initialize, with a warning if so."""
    if tensor.array.size:
        return False
    warnings.warn("Initializing zero-element tensors is a no-op", stacklevel=4)
    return True


@_initializer
def kaiming_uniform_(
    tensor: Any,
    a: float = 0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Generator | None = None,
) -> Any:
    """Uniform in ±gain·√(3 / fan), so that the scale is kept through rectifiers. He et al., 2015.

    Args:
        tensor: `[out, in, ...]`.
        a: the slope of leaky_relu.
        mode: "fan_in" keeps the scale forwards, "fan_out" backwards.
        nonlinearity: what follows; see `calculate_gain`.
        generator: where the numbers come from.
    """
    if _is_empty(tensor):
        return tensor
    bound = calculate_gain(nonlinearity, a) * math.sqrt(3.0 / _fan(tensor, mode))
    return uniform_(tensor, -bound, bound, generator)


@_initializer
def kaiming_normal_(
    tensor: Any,
    a: float = 0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Generator | None = None,
) -> Any:
    """Normal with standard deviation gain / √fan. He et al., 2015. The arguments are those of `kaiming_uniform_`."""
    if _is_empty(tensor):
        return tensor
    return normal_(tensor, 0.0, calculate_gain(nonlinearity, a) / math.sqrt(_fan(tensor, mode)), generator)


@_initializer
def orthogonal_(tensor: Any, gain: float = 1, generator: Generator | None = None) -> Any:
    """Make the rows, or the columns if there are fewer, orthogonal and of length `gain`. Saxe et al., 2013.

    Args:
        tensor: `[rows, ...]`; the dimensions after the first count as one.
        gain: a factor.
        generator: where the numbers come from.
    """
    array = tensor.array
    if array.ndim < 2:
        raise ValueError("Only tensors with 2 or more dimensions are supported")
    _check_floating(tensor)
    if not array.size:
        return tensor
    rows, columns = array.shape[0], array.size // array.shape[0]
    numbers = (generator or default_generator).numpy.standard_normal((max(rows, columns), min(rows, columns)))
    q, r = np.linalg.qr(numbers)
    q *= np.sign(r.diagonal())  # makes the distribution uniform over all orthogonal matrices: Mezzadri, 2007
    return _fill(tensor, gain * (q if rows >= columns else q.T).reshape(array.shape))


@_initializer
def sparse_(tensor: Any, sparsity: float, std: float = 0.01, generator: Generator | None = None) -> Any:
    """Fill a matrix with normal numbers, then set this fraction of each column to zero. Martens, 2010."""
    if tensor.array.ndim != 2:
        raise ValueError("Only tensors with 2 dimensions are supported")
    rows, columns = tensor.array.shape
    values = _draw(tensor, generator, "standard_normal") * std
    order = (generator or default_generator).numpy.random((rows, columns)).argsort(0)
    np.put_along_axis(values, order[: math.ceil(sparsity * rows)], 0, 0)
    return _fill(tensor, values)
