"""Methods that make a tensor like this one (`new_zeros`), and those that fill it with random numbers (`normal_`)."""

from typing import Any, ClassVar

import numpy as np

# The two files need the tensor, and the tensor needs this one: they are imported when a method is first called.


def need_floats(name: str, x: Any) -> None:
    """Raise unless `x` holds floats."""
    if x.array.dtype.kind != "f":
        raise RuntimeError(f"{name}: works on floats, not on {x.array.dtype}; convert the tensor first")


class FillingMethods:
    """What `Tensor` gets from this file."""

    __slots__ = ()
    array: Any
    plain: ClassVar[Any]

    def new_tensor(self, data: Any, *, dtype: Any = None, device: Any = None) -> Any:
        """A new tensor with a copy of `data`, in this tensor's dtype unless another is given."""
        from ..from_data import array_from
        from ..size import check_device

        check_device(device)
        return self.plain(array_from(data, self.array.dtype if dtype is None else dtype, name="new_tensor"))

    def new_empty(self, *args: Any, size: Any = None, dtype: Any = None, device: Any = None) -> Any:
        """An unset tensor of the shape `size` in this tensor's dtype."""
        return self._new("new_empty", np.empty, args, dtype, device, size)

    def new_zeros(self, *args: Any, size: Any = None, dtype: Any = None, device: Any = None) -> Any:
        """Zeros of the shape `size` in this tensor's dtype.

        Examples:
            >>> from tt_tensor import tensor
            >>> tensor([1, 2]).new_zeros(3)
            tensor([0, 0, 0])
        """
        return self._new("new_zeros", np.zeros, args, dtype, device, size)

    def new_ones(self, *args: Any, size: Any = None, dtype: Any = None, device: Any = None) -> Any:
        """Ones of the shape `size` in this tensor's dtype."""
        return self._new("new_ones", np.ones, args, dtype, device, size)

    def new_full(self, size: Any, fill_value: Any, *, dtype: Any = None, device: Any = None) -> Any:
        """`fill_value` in the shape `size` and in this tensor's dtype."""
        from ..creation import fill_number
        from .convert import number_as

        value = fill_number("new_full", fill_value)

        def fill(shape: tuple[int, ...], kind: Any) -> Any:
            return np.full(shape, number_as("new_full", value, kind))

        return self._new("new_full", fill, (size,), dtype, device)

    def _new(self, name: str, fill: Any, args: Any, dtype: Any, device: Any, size: Any = None) -> Any:
        from ..creation import size_of
        from ..dtypes import as_dtype
        from ..size import check_device

        check_device(device)
        return self.plain(fill(size_of(name, args, size), self.array.dtype if dtype is None else as_dtype(dtype)))

    def bernoulli(self, p: float | None = None, *, generator: Any = None) -> Any:
        """Ones with the probabilities in this tensor (or with the probability `p`), else zeros."""
        from ..random import bernoulli

        return bernoulli(self, p, generator=generator)

    def multinomial(self, num_samples: int, replacement: bool = False, *, generator: Any = None) -> Any:
        """Indices drawn with probabilities proportional to this tensor: see `tt_tensor.multinomial`."""
        from ..random import multinomial

        return multinomial(self, num_samples, replacement, generator=generator)

    def uniform_(self, from_: float = 0.0, to: float = 1.0, *, generator: Any = None) -> Any:
        """Fill this tensor with numbers evenly distributed over [from, to)."""
        from ..random import uniform_p

        need_floats("uniform_", self)
        if from_ > to:
            raise RuntimeError(f"uniform_: expected from <= to, got {from_} and {to}")
        return uniform_p(self, generator=generator, low=from_, high=to, out=self)

    def normal_(self, mean: float = 0.0, std: float = 1.0, *, generator: Any = None) -> Any:
        """Fill this tensor with numbers from a normal distribution."""
        from ..random import normal_like_p

        need_floats("normal_", self)
        if std < 0:
            raise RuntimeError(f"normal_: the standard deviation cannot be negative, got {std}")
        return normal_like_p(self, generator=generator, mean=mean, std=std, out=self)

    def bernoulli_(self, p: Any = 0.5, *, generator: Any = None) -> Any:
        """Fill this tensor with ones with the probability `p` (a number, or a tensor of this shape), else zeros."""
        from ..random import bernoulli_like_p

        chance = getattr(p, "array", p)
        if not np.all((np.asarray(chance) >= 0) & (np.asarray(chance) <= 1)):
            raise RuntimeError(f"bernoulli_: expected a probability in [0, 1], got {p}")
        return bernoulli_like_p(self, generator=generator, p=chance, out=self)

    def exponential_(self, lambd: float = 1.0, *, generator: Any = None) -> Any:
        """Fill this tensor with numbers from the exponential distribution of rate `lambd`."""
        from ..random import exponential_p

        need_floats("exponential_", self)
        if lambd <= 0:
            raise RuntimeError(f"exponential_: the rate must be positive, got {lambd}")
        return exponential_p(self, generator=generator, rate=lambd, out=self)

    def cauchy_(self, median: float = 0.0, sigma: float = 1.0, *, generator: Any = None) -> Any:
        """Fill this tensor with numbers from the Cauchy distribution."""
        from ..random import cauchy_p

        need_floats("cauchy_", self)
        return cauchy_p(self, generator=generator, median=median, sigma=sigma, out=self)

    def log_normal_(self, mean: float = 1.0, std: float = 2.0, *, generator: Any = None) -> Any:
        """Fill this tensor with numbers whose logarithm is normally distributed."""
        from ..random import log_normal_p

        need_floats("log_normal_", self)
        return log_normal_p(self, generator=generator, mean=mean, std=std, out=self)

    def geometric_(self, p: float, *, generator: Any = None) -> Any:
        """Fill this tensor with the number of trials up to the first success of probability `p`."""
        from ..random import geometric_p

        if not 0 < p < 1:
            raise RuntimeError(f"geometric_: expected a probability in (0, 1), got {p}")
        return geometric_p(self, generator=generator, p=p, out=self)

    def random_(self, from_: int = 0, to: int | None = None, *, generator: Any = None) -> Any:
        """Fill this tensor with whole numbers in [from, to): `random_()`, `random_(to)` or `random_(from, to)`.

        Without bounds they go from 0 to the largest value up to which the dtype holds all whole numbers.
        """
        from ..random import integer_p

        dtype = self.array.dtype
        if to is None and from_ != 0:
            from_, to = 0, from_
        if to is None:
            bits = np.finfo(dtype).nmant + 1 if dtype.kind == "f" else 0
            to = 2**bits + 1 if bits else 2 if dtype.kind == "b" else min(int(np.iinfo(dtype).max) + 1, 2**63 - 1)
        if not from_ < to:
            raise RuntimeError(f"random_: expected from < to, got from={from_} and to={to}")
        return integer_p(self, generator=generator, low=from_, high=to, out=self)
