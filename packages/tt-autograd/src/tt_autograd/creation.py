"""The functions of tt-tensor that make tensors, as functions that make tensors which can require a gradient."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import tt_tensor as tt
from tt_tensor.tensor import Tensor as Base

from .tensor import Tensor


def creator(make: Callable[..., Any]) -> Callable[..., Tensor]:
    """`make`, whose result is a `Tensor` of this package and which takes `requires_grad` besides."""

    @wraps(make)
    def create(*args: Any, requires_grad: bool = False, **kwargs: Any) -> Any:
        made = make(*args, **kwargs)
        x = Tensor(made.array) if type(made) is Base and made is not kwargs.get("out") else made
        return x.requires_grad_() if requires_grad else x

    create.__module__ = __name__
    return create


def as_tensor(data: Any, dtype: Any = None, device: Any = None) -> Any:
    """`data` as a tensor: itself, on the tape as it is, if it is one of this `dtype`; it shares memory with a NumPy array.

    Examples:
        >>> x = tensor([1.0, 2.0], requires_grad=True)
        >>> as_tensor(x) is x
        True
    """
    if isinstance(data, Tensor):
        return data if dtype is None else data.to(dtype)
    return Tensor(tt.as_tensor(data, dtype, device).array)


def from_numpy(ndarray: Any) -> Any:
    """A tensor that shares memory with the NumPy array `ndarray`."""
    return Tensor(tt.from_numpy(ndarray).array)


def from_dlpack(x: Any, *, device: Any = None, copy: bool | None = None) -> Any:
    """A tensor that shares the memory of an array of another library, by the DLPack protocol."""
    return Tensor(tt.from_dlpack(x, device=device, copy=copy).array)


tensor = creator(tt.tensor)
asarray = creator(tt.asarray)
scalar_tensor = creator(tt.scalar_tensor)
zeros = creator(tt.zeros)
ones = creator(tt.ones)
full = creator(tt.full)
empty = creator(tt.empty)
zeros_like = creator(tt.zeros_like)
ones_like = creator(tt.ones_like)
full_like = creator(tt.full_like)
empty_like = creator(tt.empty_like)
arange = creator(tt.arange)
range = creator(tt.range)
linspace = creator(tt.linspace)
logspace = creator(tt.logspace)
eye = creator(tt.eye)
tril_indices = creator(tt.tril_indices)
triu_indices = creator(tt.triu_indices)
rand = creator(tt.rand)
randn = creator(tt.randn)
randint = creator(tt.randint)
randperm = creator(tt.randperm)
normal = creator(tt.normal)
rand_like = creator(tt.rand_like)
randn_like = creator(tt.randn_like)
randint_like = creator(tt.randint_like)
