"""Layers that multiply by a weight: Linear and Bilinear; and Identity, which does nothing."""

import math
from typing import Any

from tt_tensor.errors import ShapeError
from tt_tensor.ops.matmul import linear_p
from tt_tensor.tensor import Tensor as Base

from . import init
from .module import Module
from .parameter import Parameter, empty


def linear(input: Any, weight: Any, bias: Any = None) -> Any:
    """`input @ weight.T + bias`.

    Args:
        input: `[..., in]`.
        weight: `[out, in]`, of the same dtype; or `[in]`, for one output.
        bias: `[out]`, or None; without dimensions if the weight is `[in]`.

    Returns:
        `[..., out]`, or `[...]` if the weight is `[in]`.

    Raises:
        ShapeError: if the last dimensions of `input` and `weight` differ, or the bias does not fit.

    Examples:
        >>> from tt_tensor import tensor
        >>> linear(tensor([1.0, 2.0]), tensor([[3.0, 4.0]]), tensor([0.5]))
        tensor([11.5000])
    """
    if isinstance(weight, Base) and weight.ndim == 1:
        if bias is not None:
            bias = bias.reshape(1)
        return linear(input, weight.unsqueeze(0), bias).squeeze(-1)
    return linear_p(input, weight) if bias is None else linear_p(input, weight, bias)


def bilinear(input1: Any, input2: Any, weight: Any, bias: Any = None) -> Any:
    """`out[..., k] = Σᵢⱼ input1[..., i] · weight[k, i, j] · input2[..., j] + bias[k]`.

    Args:
        input1: `[..., in1]`.
        input2: `[..., in2]` with the same leading dimensions.
        weight: `[out, in1, in2]`.
        bias: `[out]`, or None.

    Returns:
        `[..., out]`.
    """
    out, in1, in2 = weight.shape
    for name, x, size in (("input1", input1, in1), ("input2", input2, in2)):
        if x.shape[-1] != size:
            raise ShapeError(f"bilinear: {name} size does not match weight size: got {x.shape[-1]} but expected {size}")
    if input1.shape[:-1] != input2.shape[:-1]:
        raise ShapeError(
            f"bilinear: input batch dimensions do not match: got {tuple(input1.shape)} and {tuple(input2.shape)}"
        )
    lead = tuple(input1.shape[:-1])
    left = input1 @ weight.permute(1, 0, 2).reshape(in1, out * in2)
    y = (left.reshape(*lead, out, in2) * input2.reshape(*lead, 1, in2)).sum(-1)
    return y if bias is None else y + bias


class Identity(Module):
    """Gives back its input; takes any arguments, so that it can stand for any layer.

    Examples:
        >>> from tt_tensor import tensor
        >>> Identity(54, unused=True)(tensor([1.0, 2.0]))
        tensor([1., 2.])
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ARG002
        super().__init__()

    def forward(self, input: Any) -> Any:
        """The input."""
        return input


class Linear(Module):
    """A linear layer: `y = x @ weight.T + bias`.

    Args:
        in_features: the size of the last dimension of the input.
        out_features: the size of the last dimension of the output.
        bias: whether there is one.
        device: None or "cpu".
        dtype: of the parameters; the default float if None.

    Attributes:
        weight: `[out_features, in_features]`, at first uniform in ±1/√in_features.
        bias: `[out_features]`, at first uniform in ±1/√in_features; or None.

    Examples:
        >>> from tt_tensor import ones
        >>> layer = Linear(20, 30)
        >>> layer(ones(128, 20)).shape
        torch.Size([128, 30])
    """

    weight: Parameter
    bias: Parameter | None

    def __init__(
        self, in_features: int, out_features: int, bias: bool = True, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__()
        self.in_features, self.out_features = in_features, out_features
        self.weight = empty(out_features, in_features, device=device, dtype=dtype)
        self.register_parameter("bias", empty(out_features, device=device, dtype=dtype) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the parameters anew."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            bound = 1 / math.sqrt(self.in_features) if self.in_features > 0 else 0
            init.uniform_(self.bias, -bound, bound)

    def forward(self, input: Any) -> Any:
        """`[..., in_features]` to `[..., out_features]`."""
        bias = self.bias
        return linear_p(input, self.weight) if bias is None else linear_p(input, self.weight, bias)

    def extra_repr(self) -> str:
        """The sizes, and whether there is a bias."""
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"


class Bilinear(Module):
    """A layer of two inputs: `y[k] = x1 @ weight[k] @ x2 + bias[k]`.

    Args:
        in1_features: the size of the last dimension of the first input.
        in2_features: that of the second.
        out_features: that of the output.
        bias: whether there is one.
        device: None or "cpu".
        dtype: of the parameters; the default float if None.

    Attributes:
        weight: `[out_features, in1_features, in2_features]`, at first uniform in ±1/√in1_features.
        bias: `[out_features]`, at first uniform in ±1/√in1_features; or None.

    Examples:
        >>> from tt_tensor import ones
        >>> Bilinear(20, 30, 40)(ones(128, 20), ones(128, 30)).shape
        torch.Size([128, 40])
    """

    weight: Parameter
    bias: Parameter | None

    def __init__(
        self,
        in1_features: int,
        in2_features: int,
        out_features: int,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        if in1_features <= 0:
            raise ValueError(f"in1_features must be > 0, but got (in1_features={in1_features})")
        self.in1_features, self.in2_features, self.out_features = in1_features, in2_features, out_features
        self.weight = empty(out_features, in1_features, in2_features, device=device, dtype=dtype)
        self.register_parameter("bias", empty(out_features, device=device, dtype=dtype) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the parameters anew."""
        bound = 1 / math.sqrt(self.in1_features)
        init.uniform_(self.weight, -bound, bound)
        if self.bias is not None:
            init.uniform_(self.bias, -bound, bound)

    def forward(self, input1: Any, input2: Any) -> Any:
        """`[..., in1_features]` and `[..., in2_features]` to `[..., out_features]`."""
        return bilinear(input1, input2, self.weight, self.bias)

    def extra_repr(self) -> str:
        """The sizes, and whether there is a bias."""
        return (
            f"in1_features={self.in1_features}, in2_features={self.in2_features}, "
            f"out_features={self.out_features}, bias={self.bias is not None}"
        )
