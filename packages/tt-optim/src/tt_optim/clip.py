"""Keeping gradients in bounds before the step."""

import types
import warnings
from collections.abc import Iterable
from typing import Any

import numpy as np
from tt_autograd.tensor import Tensor
from tt_tensor.errors import ShapeError
from tt_tensor.ops.rows import half
from tt_tensor.primitive import quietly
from tt_tensor.versions import touch

from .numbers import number


def get_total_norm(
    tensors: Any, norm_type: float = 2.0, error_if_nonfinite: bool = False, foreach: bool | None = None
) -> Tensor:
    """The norm of all elements of several tensors together: ‖x‖ = (Σ|xᵢ|ᵖ)^(1/p), the largest |xᵢ| for p = ∞.

    Args:
        tensors: a tensor, or an iterable of them.
        norm_type: p.
        error_if_nonfinite: whether to raise when the norm is NaN or infinite.
        foreach: which of PyTorch's implementations is meant; here there is one, and it is taken in any case.

    Returns:
        A tensor without dimensions, of the tensors' dtype, of the widest if they differ; 0 if there are none.

    Raises:
        RuntimeError: the norm is not finite, and that was asked for.

    Examples:
        >>> from tt_autograd import tensor
        >>> get_total_norm([tensor([3.0]), tensor([0.0, 4.0])])
        tensor(5.)
    """
    del foreach
    arrays = [x.array for x in _listed(tensors)]
    if not arrays:
        return Tensor(np.array(0.0, np.float32))
    order = float(norm_type)
    total = quietly(_norm, arrays, order)
    if error_if_nonfinite and not np.isfinite(total):
        raise RuntimeError(
            f"The total norm of order {order} for gradients from `parameters` is non-finite, so it cannot be clipped. To scale "
            f"them by the non-finite norm anyway, set `error_if_nonfinite=False`"
        )
    return Tensor(total)


def clip_grad_norm_(
    parameters: Any,
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """Scale all gradients down together so that their norm is at most `max_norm`, in place: g ← g · min(1, c/(‖g‖ + 10⁻⁶)).

    Args:
        parameters: a tensor or an iterable of them; those without a gradient are left out.
        max_norm: c.
        norm_type: the p of the norm; may be `float("inf")`.
        error_if_nonfinite: whether to raise when the norm is NaN or infinite; nothing is changed then.
        foreach: which of PyTorch's implementations is meant; here there is one, and it is taken in any case.

    Returns:
        The norm before, a tensor without dimensions.

    Raises:
        RuntimeError: the norm is not finite, and that was asked for.

    Pascanu, Mikolov & Bengio, "On the difficulty of training recurrent neural networks", ICML 2013.

    Examples:
        >>> from tt_autograd import tensor
        >>> w = tensor([1.0, 1.0], requires_grad=True)
        >>> w.grad = tensor([3.0, 4.0])
        >>> clip_grad_norm_([w], max_norm=1.0)
        tensor(5.)
        >>> w.grad
        tensor([0.6000, 0.8000])
    """
    given = _listed(parameters)
    if isinstance(parameters, types.GeneratorType) and not given:
        warnings.warn("`parameters` is an empty generator, no gradient clipping will occur.", stacklevel=2)
    total = get_total_norm([p.grad for p in given if p.grad is not None], norm_type, error_if_nonfinite, foreach)
    clip_grads_with_norm_(given, max_norm, total, foreach)
    return total


clip_grad_norm = clip_grad_norm_


def clip_grads_with_norm_(parameters: Any, max_norm: float, total_norm: Any, foreach: bool | None = None) -> None:
    """The second half of `clip_grad_norm_`, for a norm that is known: g ← g · min(1, c/(‖g‖ + 10⁻⁶)), in place.

    Args:
        parameters: a tensor or an iterable of them; those without a gradient are left out.
        max_norm: c.
        total_norm: ‖g‖, as from `get_total_norm`: a number or a tensor of one element.
        foreach: which of PyTorch's implementations is meant; here there is one, and it is taken in any case.

    Examples:
        >>> from tt_autograd import tensor
        >>> w = tensor([1.0, 1.0], requires_grad=True)
        >>> w.grad = tensor([3.0, 4.0])
        >>> clip_grads_with_norm_([w], max_norm=1.0, total_norm=get_total_norm([w.grad]))
        >>> w.grad
        tensor([0.6000, 0.8000])
    """
    del foreach
    factor = float(max_norm) / (number(total_norm) + 1e-6)
    if factor >= 1.0:  # not if it is NaN: it goes where PyTorch lets it go
        return
    for p in _listed(parameters):
        if p.grad is not None:
            a = p.grad.array
            quietly(np.multiply, a, np.array(factor, a.dtype), out=a)
            touch(a)


def clip_grad_value_(parameters: Any, clip_value: float, foreach: bool | None = None) -> None:
    """Clamp every element of the gradients to the range from `-clip_value` to `clip_value`, in place.

    Args:
        parameters: a tensor or an iterable of them; those without a gradient are left out.
        clip_value: the largest magnitude.
        foreach: which of PyTorch's implementations is meant; here there is one, and it is taken in any case.

    Examples:
        >>> from tt_autograd import tensor
        >>> w = tensor([1.0, 1.0], requires_grad=True)
        >>> w.grad = tensor([-3.0, 0.5])
        >>> clip_grad_value_([w], 1.0)
        >>> w.grad
        tensor([-1.0000,  0.5000])
    """
    del foreach
    bound = float(clip_value)
    for p in _listed(parameters):
        if p.grad is not None:
            a = p.grad.array
            np.clip(a, np.array(-bound, a.dtype), np.array(bound, a.dtype), out=a)
            touch(a)


def _listed(tensors: Tensor | Iterable[Tensor]) -> list[Tensor]:
    return [tensors] if isinstance(tensors, Tensor) else list(tensors)


def _norm(arrays: list[Any], order: float) -> Any:
    """The norm of the norms, as an array without dimensions of the widest dtype. float16 has no place for squares."""
    dtype = np.result_type(*(a.dtype for a in arrays))
    arrays = [half(a) for a in arrays]
    wide = np.result_type(*(a.dtype for a in arrays))
    if order == 2.0:
        # a dot product takes no memory, and is several times as fast as a sum of squares
        norms = np.array([np.sqrt(np.dot(flat, flat)) for flat in map(np.ravel, arrays)], wide)
    else:
        if np.isinf(order) and not all(a.size for a in arrays):
            raise ShapeError(
                f"get_total_norm: the norm of order {order} of an empty tensor is not defined; leave it out"
            )
        norms = np.array([np.linalg.norm(np.ravel(a), order) for a in arrays], wide)
    return np.asarray(np.linalg.norm(norms, order), dtype)
