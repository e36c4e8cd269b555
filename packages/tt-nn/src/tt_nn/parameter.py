"""The tensor that a module learns."""

from copy import copy
from typing import Any

import numpy as np
from tt_autograd.node import Leaf
from tt_autograd.tensor import Tensor
from tt_tensor.dtypes import as_dtype, get_default_dtype
from tt_tensor.size import check_device
from tt_tensor.tensor import Tensor as Base


class Parameter(Tensor):
    """A tensor that is listed among the parameters of the module that it is assigned to.

    It shares memory with `data`. Whatever is computed from it is a plain `Tensor`.

    Args:
        data: a tensor of any shape; an empty one if left out.
        requires_grad: whether `backward` brings it a gradient; `data` must then be floating.

    Raises:
        TypeError: if `data` is not a tensor.
        RuntimeError: if a gradient is wanted and `data` is not floating.

    Examples:
        >>> from tt_tensor import tensor
        >>> Parameter(tensor([1.0, 2.0]))
        Parameter containing:
        tensor([1., 2.], requires_grad=True)
    """

    def __init__(self, data: Any = None, requires_grad: bool = True) -> None:
        if data is None:
            data = Tensor(np.empty(0, np.float32))
        if not isinstance(data, Base):
            raise TypeError(f"Parameter: expected a tensor, got {type(data).__name__}; convert it with tensor(...)")
        if requires_grad and data.array.dtype.kind not in "fc":
            raise RuntimeError(
                f"Parameter: only floating-point tensors can require gradients, got {data.array.dtype}; "
                f"pass requires_grad=False, or register a buffer"
            )
        self.array = data.array
        self.more = Leaf(self) if requires_grad else None

    def __deepcopy__(self, memo: dict[int, Any]) -> "Parameter":
        """A parameter with values of its own and, unlike the copy of another tensor, no gradient."""
        if id(self) not in memo:
            memo[id(self)] = new = copy(self)
            new.array = self.array.copy()
        return memo[id(self)]  # type: ignore[no-any-return]

    def __repr__(self) -> str:
        return "Parameter containing:\n" + super().__repr__()


def empty(*shape: int, device: Any = None, dtype: Any = None) -> Parameter:
    """A parameter whose values are yet to be set; of the default float dtype if none is given."""
    check_device(device)
    for n in shape:
        if not isinstance(n, int | np.integer):
            raise TypeError(f"the sizes of a layer must be ints, got {n!r} of type {type(n).__name__}")
    if any(n < 0 for n in shape):
        raise RuntimeError(f"Trying to create tensor with negative dimension {min(shape)}: {list(shape)}")
    return Parameter(Tensor(np.empty(shape, get_default_dtype() if dtype is None else as_dtype(dtype))))
