"""softmax and log_softmax: the probabilities that scores stand for, and their logarithms."""

import warnings
from typing import Any

import numpy as np
from tt_tensor.creation import zeros_like
from tt_tensor.ops.activation import log_softmax_p as log_softmax_p
from tt_tensor.ops.activation import softmax_p as softmax_p
from tt_tensor.ops.convert import cast_p
from tt_tensor.ops.dims import one_dim
from tt_tensor.random import rand_like


def _dim(name: str, input: Any, dim: int | None) -> int:
    """`dim` counted from 0. Left out, it is PyTorch's deprecated guess."""
    if dim is None:
        dim = 0 if input.ndim in (0, 1, 3) else 1
        warnings.warn(
            f"{name}: the dimension was guessed to be {dim}; say which one: {name}(x, dim={dim})", stacklevel=3
        )
    return one_dim(name, dim, input.ndim)


def softmax(input: Any, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Any:
    """The probabilities that scores stand for: exp(xᵢ) / Σⱼ exp(xⱼ).

    Scores of any size are exact: where an exponential would be too large, the largest score is subtracted first. A slice that
    is all -inf gives NaN.

    Args:
        input: scores of any shape, floating.
        dim: the dimension along which the result sums to 1.
        dtype: convert the input to this dtype first.

    Returns:
        A tensor of the shape of `input`.

    Raises:
        IndexError: if there is no such dimension.
        DTypeError: if `input` is not floating.

    Examples:
        >>> from tt_tensor import tensor
        >>> from tt_nn.functional import softmax
        >>> softmax(tensor([[0.0, 0.0], [1000.0, 0.0]]), dim=1)
        tensor([[0.5000, 0.5000],
                [1.0000, 0.0000]])
    """
    if dtype is not None:
        input = cast_p(input, dtype=dtype)
    return softmax_p(input, dim=_dim("softmax", input, dim))


def log_softmax(input: Any, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Any:
    """The logarithm of `softmax`, also where the probability is too small for a float: xᵢ - log Σⱼ exp(xⱼ).

    Args:
        input: scores of any shape, floating.
        dim: the dimension along which the probabilities sum to 1.
        dtype: convert the input to this dtype first.

    Examples:
        >>> from tt_tensor import tensor
        >>> from tt_nn.functional import log_softmax
        >>> log_softmax(tensor([0.0, 1000.0]), dim=0)
        tensor([-1000.,     0.])
    """
    if dtype is not None:
        input = cast_p(input, dtype=dtype)
    return log_softmax_p(input, dim=_dim("log_softmax", input, dim))


def softmin(input: Any, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Any:
    """The softmax of -x: the smallest score gets the largest probability.

    Examples:
        >>> from tt_tensor import tensor
        >>> from tt_nn.functional import softmin
        >>> softmin(tensor([0.0, 0.0]), dim=0)
        tensor([0.5000, 0.5000])
    """
    return softmax(-input, _dim("softmin", input, dim), dtype=dtype)


def gumbel_softmax(logits: Any, tau: float = 1, hard: bool = False, eps: float = 1e-10, dim: int = -1) -> Any:
    """A sample from the classes that can be differentiated: softmax((x + G) / τ) with noise G of Gumbel's distribution.

    Args:
        logits: unnormalized log-probabilities of any shape, floating.
        tau: the temperature; the smaller, the closer to one class.
        hard: return one-hot vectors, with the gradient of the soft sample.
        eps: deprecated in PyTorch, which ignores it; raises unless it is left out.
        dim: the dimension of the classes.

    Source:
        Jang, Gu and Poole, Categorical reparameterization with Gumbel-softmax, 2016.

    Examples:
        >>> from tt_tensor import tensor
        >>> from tt_nn.functional import gumbel_softmax
        >>> gumbel_softmax(tensor([1000.0, 0.0]), hard=True)
        tensor([1., 0.])
    """
    if eps != 1e-10:
        raise TypeError("gumbel_softmax: eps is deprecated and has no effect; leave it out")
    noise = -(-rand_like(logits).clamp(min=np.finfo(logits.dtype).tiny).log()).log()
    soft = softmax((logits + noise) / tau, dim)
    if not hard:
        return soft
    constant = soft.plain(soft.array)
    one_hot = zeros_like(constant).scatter(dim, constant.argmax(dim, keepdim=True), 1.0)
    return one_hot - constant + soft
