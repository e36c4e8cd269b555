"""Random tensors."""

from typing import Any

import numpy as np

from .creation import float_dtype, made, made_like, size_of
from .dtypes import as_dtype, floating, int64, result_dtype
from .errors import ShapeError
from .generator import numpy_generator
from .ops.dims import broadcast_shape, need_tensor, send
from .primitive import Primitive, primitive
from .size import check_device
from .tensor import Tensor

# The functions of this file that make a tensor from nothing: see `creation.CREATION`.
RANDOM = (
    "rand", "randn", "randint", "randperm", "normal", "rand_like", "randn_like", "randint_like",
)  # fmt: skip


# What a generator draws, as arrays.


def uniform_array(rng: "np.random.Generator", shape: Any, dtype: Any, low: float = 0.0, high: float = 1.0) -> Any:
    """Values evenly distributed over [low, high)."""
    a: Any = np.asarray(rng.random(shape, np.float64 if dtype == np.float64 else np.float32))
    if low != 0.0 or high != 1.0:
        a *= high - low
        a += low
        np.minimum(a, np.nextafter(a.dtype.type(high), a.dtype.type(low)), out=a)  # rounding may have reached `high`
    return a.astype(dtype, copy=False)


def normal_array(rng: "np.random.Generator", shape: Any, dtype: Any, mean: Any = 0.0, std: Any = 1.0) -> Any:
    """Values from the normal distribution."""
    a: Any = np.asarray(rng.standard_normal(shape, np.float64 if dtype == np.float64 else np.float32))
    if type(std) is not float or std != 1.0:
        a *= std
    if type(mean) is not float or mean != 0.0:
        a += mean
    return a.astype(dtype, copy=False)


def integer_array(rng: "np.random.Generator", shape: Any, dtype: Any, low: int, high: int) -> Any:
    """Whole numbers in [low, high), all with the same probability."""
    return np.asarray(rng.integers(low, high, shape)).astype(dtype, copy=False)


def drawn(name: str, draw: Any, size: Any, generator: Any, out: Any, dtype: Any, device: Any, *args: Any) -> Tensor:
    """A tensor of the shape `size` that `draw(rng, shape, dtype, *args)` fills."""
    check_device(device)
    return made(name, draw(numpy_generator(generator), size_of(name, size), dtype, *args), out)


def floating_dtype(name: str, dtype: Any, out: Any = None) -> Any:
    """The dtype asked for, which must be a floating one, or the default."""
    kind = float_dtype(dtype, out)
    if kind.kind != "f":
        raise RuntimeError(f"{name}: expected a floating-point dtype, got {kind}; use randint for whole numbers")
    return kind


def rand(*size: Any, generator: Any = None, out: Any = None, dtype: Any = None, device: Any = None) -> Tensor:
    """Random numbers evenly distributed over [0, 1).

    Args:
        size: the shape, as ints or as one sequence.
        generator: where the numbers come from; the default generator if None.
        out: a tensor of that shape to write into.
        dtype: a floating dtype.
        device: None or "cpu".

    Examples:
        >>> from tt_tensor import rand
        >>> rand(2, 3).shape
        torch.Size([2, 3])
    """
    return drawn("rand", uniform_array, size, generator, out, floating_dtype("rand", dtype, out), device)


def randn(*size: Any, generator: Any = None, out: Any = None, dtype: Any = None, device: Any = None) -> Tensor:
    """Random numbers from the normal distribution with mean 0 and standard deviation 1; see `rand`."""
    return drawn("randn", normal_array, size, generator, out, floating_dtype("randn", dtype, out), device)


def randint(
    low: Any,
    high: Any = None,
    size: Any = None,
    *,
    generator: Any = None,
    out: Any = None,
    dtype: Any = None,
    device: Any = None,
) -> Tensor:
    """Random whole numbers in [low, high), of dtype int64: `randint(high, size)` or `randint(low, high, size)`.

    Examples:
        >>> from tt_tensor import randint
        >>> x = randint(1, 7, (100,))  # a hundred dice
        >>> bool(((x >= 1) & (x <= 6)).all())
        True
    """
    if isinstance(high, tuple | list):
        low, high, size = 0, low, high
    elif size is not None and high is None:
        low, high = 0, low
    if size is None:
        raise TypeError("randint: missing the argument size; call randint(high, size) or randint(low, high, size)")
    if not low < high:
        raise RuntimeError(f"randint: expected low < high, got low={low}, high={high}")
    kind = int64 if dtype is None and out is None else float_dtype(dtype, out)
    return drawn("randint", integer_array, tuple(size), generator, out, kind, device, int(low), int(high))


def randperm(n: int, *, generator: Any = None, out: Any = None, dtype: Any = int64, device: Any = None) -> Tensor:
    """The numbers 0 … n - 1 in random order.

    Examples:
        >>> from tt_tensor import randperm
        >>> randperm(5).sort().values
        tensor([0, 1, 2, 3, 4])
    """
    check_device(device)
    if n < 0:
        raise RuntimeError(f"randperm: n must be non-negative, got {n}")
    return made("randperm", numpy_generator(generator).permutation(n).astype(as_dtype(dtype), copy=False), out)


def rand_like(
    input: Any, *, generator: Any = None, dtype: Any = None, device: Any = None, memory_format: Any = None
) -> Any:
    """`rand` in the shape and dtype of `input`."""
    need_tensor("rand_like", input)
    floating_dtype("rand_like", dtype, input)

    def fill(shape: Any, kind: Any) -> Any:
        return uniform_array(numpy_generator(generator), shape, kind)

    return made_like("rand_like", input, dtype, device, fill, memory_format)


def randn_like(
    input: Any, *, generator: Any = None, dtype: Any = None, device: Any = None, memory_format: Any = None
) -> Any:
    """`randn` in the shape and dtype of `input`."""
    need_tensor("randn_like", input)
    floating_dtype("randn_like", dtype, input)

    def fill(shape: Any, kind: Any) -> Any:
        return normal_array(numpy_generator(generator), shape, kind)

    return made_like("randn_like", input, dtype, device, fill, memory_format)


def randint_like(
    input: Any,
    low: int,
    high: int | None = None,
    *,
    generator: Any = None,
    dtype: Any = None,
    device: Any = None,
    memory_format: Any = None,
) -> Any:
    """`randint` in the shape and dtype of `input`."""
    low, high = (0, low) if high is None else (low, high)
    if not low < high:
        raise RuntimeError(f"randint_like: expected low < high, got low={low}, high={high}")

    def fill(shape: Any, kind: Any) -> Any:
        return integer_array(numpy_generator(generator), shape, kind, low, high)

    return made_like("randint_like", input, dtype, device, fill, memory_format)


def normal(
    mean: Any = 0.0, std: Any = 1.0, size: Any = None, *, generator: Any = None, out: Any = None, dtype: Any = None
) -> Any:
    """Random numbers from normal distributions with these means and standard deviations.

    Args:
        mean: a number or a tensor.
        std: a number or a tensor, not negative.
        size: the shape, if both are numbers.
        generator: where the numbers come from.
        out: a tensor to write into.
        dtype: a floating dtype, if both are numbers.

    Examples:
        >>> from tt_tensor import normal, tensor
        >>> normal(tensor([10.0, 100.0]), 0.001).round()
        tensor([ 10., 100.])
    """
    if isinstance(mean, Tensor) or isinstance(std, Tensor):
        return send(normal_p, out, mean, std, generator=generator)
    if std < 0:
        raise RuntimeError(f"normal: the standard deviation cannot be negative, got {std}")
    kind = floating_dtype("normal", dtype, out)
    return drawn("normal", normal_array, () if size is None else tuple(size), generator, out, kind, None, mean, std)


def bernoulli(input: Any, p: float | None = None, *, generator: Any = None, out: Any = None) -> Any:
    """Ones with the probabilities `input` (or all with the probability `p`), else zeros, in the dtype of `input`.

    Raises:
        RuntimeError: if a probability is not in [0, 1].

    Examples:
        >>> from tt_tensor import bernoulli, tensor
        >>> bernoulli(tensor([0.0, 1.0]))
        tensor([0., 1.])
    """
    return send(bernoulli_p, out, input, p=p, generator=generator)


def multinomial(
    input: Any, num_samples: int, replacement: bool = False, *, generator: Any = None, out: Any = None
) -> Any:
    """Indices drawn with the probabilities that each row of `input` is proportional to.

    Args:
        input: weights of shape (k,) or (n, k), not negative, of a floating dtype; they need not sum to 1.
        num_samples: how many to draw from each row.
        replacement: whether an index may be drawn twice.
        generator: where the random numbers come from.
        out: an int64 tensor to write into.

    Returns:
        An int64 tensor of shape (num_samples,) or (n, num_samples).

    Raises:
        RuntimeError: if there are fewer non-zero weights than samples, or a weight is negative or not finite.

    Examples:
        >>> from tt_tensor import multinomial, tensor
        >>> multinomial(tensor([0.0, 3.0, 0.0]), 2, replacement=True)
        tensor([1, 1])
    """
    return send(multinomial_p, out, input, num_samples=num_samples, replacement=replacement, generator=generator)


def poisson(input: Any, generator: Any = None) -> Any:
    """Random counts with the rates `input`, in its dtype."""
    return poisson_p(input, generator=generator)


@primitive("normal")
def normal_p(mean: Any, std: Any, *, generator: Any) -> Any:
    """mean + std · z with z from the standard normal distribution."""
    if np.any(np.less(std, 0)):
        raise RuntimeError("normal: a standard deviation cannot be negative")
    mean, std = map(floating, (mean, std))
    dtype = result_dtype(mean, std)
    shape = broadcast_shape("normal", mean.shape, std.shape)
    return normal_array(numpy_generator(generator), shape, dtype, mean, std)


@primitive("bernoulli")
def bernoulli_p(x: Any, *, p: float | None, generator: Any) -> Any:
    """1 with probability x (p, if given), else 0."""
    if p is None and x.dtype.kind != "f":
        raise RuntimeError(f"bernoulli: expected probabilities of a floating dtype, got {x.dtype}")
    chance = x if p is None else p
    if not np.all((np.asarray(chance) >= 0) & (np.asarray(chance) <= 1)):
        raise RuntimeError("bernoulli: a probability is not in [0, 1]")
    kind = x.dtype if x.dtype.kind == "f" else np.dtype("float64")
    return np.less(uniform_array(numpy_generator(generator), x.shape, kind), chance).astype(x.dtype)


@primitive("multinomial")
def multinomial_p(x: Any, *, num_samples: int, replacement: bool, generator: Any) -> Any:
    """Indices drawn with probabilities proportional to the last dimension of x."""
    if x.ndim not in (1, 2) or x.shape[-1] == 0:
        raise ShapeError(f"multinomial: expected weights of shape (k,) or (n, k), got {x.shape}")
    if x.dtype.kind != "f":
        raise RuntimeError(f"multinomial: expected weights of a floating dtype, got {x.dtype}")
    if not (np.isfinite(x).all() and (x >= 0).all()):
        raise RuntimeError("multinomial: the weights contain inf, nan or a negative value")
    if num_samples <= 0:
        raise RuntimeError(f"multinomial: cannot draw {num_samples} samples")
    fewest = np.count_nonzero(x, axis=-1).min(initial=num_samples)
    if not fewest:
        raise RuntimeError("multinomial: all weights of a row are zero; at least one must be positive")
    if fewest < num_samples and not replacement:
        raise RuntimeError(
            f"multinomial: cannot draw {num_samples} samples without repeats from {fewest} weights that are not zero; draw "
            f"fewer, or pass replacement=True"
        )
    rng = numpy_generator(generator)
    if replacement or num_samples == 1:
        cumulated = np.cumsum(x, axis=-1, dtype=np.float64)
        u = rng.random((*x.shape[:-1], num_samples)) * cumulated[..., -1:]
        if x.ndim == 1:
            return np.searchsorted(cumulated, u, side="right")
        return np.array(
            [np.searchsorted(c, v, side="right") for c, v in zip(cumulated, u, strict=True)], np.int64
        ).reshape(u.shape)
    # Without replacement: the largest of w ** (1 / u) in distribution, that is, the first of exponential clocks of rate w
    # (Efraimidis and Spirakis 2006). An index of weight 0 never rings.
    clocks = rng.standard_exponential(x.shape) / x
    return np.argsort(clocks, axis=-1, kind="stable")[..., :num_samples]


@primitive("poisson")
def poisson_p(x: Any, *, generator: Any) -> Any:
    """A count from the Poisson distribution with rate x."""
    return numpy_generator(generator).poisson(x).astype(x.dtype)


# In place: each keeps the shape and the dtype of x, and nothing of its values.


def filler(name: str, draw: Any) -> Primitive:
    """A primitive that replaces its input by what `draw(rng, shape, dtype, **settings)` gives."""

    def kernel(x: Any, *, generator: Any, **settings: Any) -> Any:
        return draw(numpy_generator(generator), x.shape, x.dtype, **settings)

    kernel.__doc__ = f"Random values in the shape and dtype of x: see `Tensor.{name}_`."
    return Primitive(kernel, name)


uniform_p = filler("uniform", uniform_array)
normal_like_p = filler("normal_like", normal_array)
integer_p = filler("random", integer_array)
bernoulli_like_p = filler("bernoulli_like", lambda rng, shape, dtype, p: (rng.random(shape) < p).astype(dtype))
exponential_p = filler(
    "exponential", lambda rng, shape, dtype, rate: (rng.standard_exponential(shape) / rate).astype(dtype)
)
cauchy_p = filler(
    "cauchy", lambda rng, shape, dtype, median, sigma: (median + sigma * rng.standard_cauchy(shape)).astype(dtype)
)
log_normal_p = filler("log_normal", lambda rng, shape, dtype, mean, std: rng.lognormal(mean, std, shape).astype(dtype))
geometric_p = filler("geometric", lambda rng, shape, dtype, p: rng.geometric(p, shape).astype(dtype))
