"""The module: a function with parameters, and the base of every layer and model."""

from collections.abc import Callable
from typing import Any, Self

import numpy as np
from tt_tensor import versions
from tt_tensor.dtypes import as_dtype
from tt_tensor.tensor import Tensor as Base

from .hooks import Hooks
from .members import MODULE
from .state import State


class Module(State, Hooks):
    """The base class of all layers and models.

    A subclass assigns its parameters and child modules as attributes in `__init__`, after `super().__init__()`, and says in
    `forward` what it computes. Calling the module runs its hooks and `forward`.

    Attributes:
        training: whether layers such as `Dropout` behave as in training; see `train` and `eval`.

    Examples:
        >>> from tt_nn import Linear, Module
        >>> class Classifier(Module):
        ...     def __init__(self):
        ...         super().__init__()
        ...         self.hidden, self.out = Linear(4, 8), Linear(8, 3)
        ...
        ...     def forward(self, x):
        ...         return self.out(self.hidden(x).relu())
        >>> model = Classifier()
        >>> model
        Classifier(
          (hidden): Linear(in_features=4, out_features=8, bias=True)
          (out): Linear(in_features=8, out_features=3, bias=True)
        )
        >>> sum(p.numel() for p in model.parameters())
        67
    """

    training: bool

    def __init__(self) -> None:
        self.__dict__["_kinds"] = {}
        self.__dict__["training"] = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run `forward`, and the hooks that are registered."""
        if self._hooks is None:
            return self.forward(*args, **kwargs)
        return self._call_with_hooks(args, kwargs)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the module computes; every subclass defines it."""
        raise NotImplementedError(f'Module [{type(self).__name__}] is missing the required "forward" function')

    def train(self, mode: bool = True) -> Self:
        """Set this module and those below to training mode, or to evaluation with False."""
        if not isinstance(mode, bool):
            raise ValueError("training mode is expected to be boolean")
        self.training = mode
        for module in self.children():
            module.train(mode)
        return self

    def eval(self) -> Self:
        """Set this module and those below to evaluation mode: `train(False)`."""
        return self.train(False)

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Say for every parameter whether it requires a gradient: False freezes the module."""
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters; or fill them with zeros in place, if not `set_to_none`."""
        for parameter in self.parameters():
            if set_to_none:
                parameter.grad = None
            elif (grad := parameter.grad) is not None:
                grad.array.fill(0)
                versions.touch(grad.array)
                grad.more = None

    def apply(self, fn: "Callable[[Module], Any]") -> Self:
        """Call `fn` on every module of the tree, children first: to initialise, for example."""
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    def _apply(self, fn: Callable[[Any], Any]) -> Self:
        """Replace the array of every parameter, gradient and buffer of the tree by `fn` of it; the objects stay the same."""
        gradients = [p.grad for p in self.parameters() if p.grad is not None]
        for x in (*self.parameters(), *self.buffers(), *gradients):
            x.array = fn(x.array)
        return self

    def _cast(self, dtype: Any) -> Self:
        return self._apply(lambda a: a.astype(dtype, copy=False) if a.dtype.kind in "fc" else a)

    def to(self, *args: Any, **kwargs: Any) -> Self:
        """Convert the floating parameters and buffers to a dtype: `to(dtype)`, `to(device, dtype)` or `to(tensor)`.

        The parameters stay the same objects, so that an optimizer keeps them.

        Raises:
            TypeError: if the dtype is not floating.
            RuntimeError: for a device other than `"cpu"`.
        """
        dtype, device = kwargs.pop("dtype", None), kwargs.pop("device", None)
        kwargs.pop("non_blocking", None)
        if kwargs:
            raise TypeError(f"to() got an unexpected keyword argument '{next(iter(kwargs))}'")
        for arg in args:
            if isinstance(arg, Base):
                dtype = arg.array.dtype
            elif isinstance(arg, np.dtype | type):
                dtype = arg
            elif not isinstance(arg, bool):
                device = arg
        if device is not None and str(device) != "cpu":
            raise RuntimeError(f"to: there is no device {device!r} here, only 'cpu'")
        if dtype is None:
            return self
        wanted = as_dtype(dtype)
        if wanted.kind not in "fc":
            raise TypeError(
                f"nn.Module.to only accepts floating point or complex dtypes, but got desired dtype={wanted}"
            )
        return self._cast(wanted)

    def float(self) -> Self:
        """Convert the floating parameters and buffers to float32."""
        return self._cast(np.float32)

    def double(self) -> Self:
        """Convert the floating parameters and buffers to float64."""
        return self._cast(np.float64)

    def half(self) -> Self:
        """Convert the floating parameters and buffers to float16."""
        return self._cast(np.float16)

    def cpu(self) -> Self:
        """The module itself: there is no other device."""
        return self

    def _get_name(self) -> str:
        return type(self).__name__

    def extra_repr(self) -> str:
        """What the printed form says of this module itself; to be overridden."""
        return ""

    def __repr__(self) -> str:
        extra = self.extra_repr().split("\n") if self.extra_repr() else []
        children = [f"({name}): {indented(repr(module))}" for name, module in self._members(MODULE)]
        if not children and len(extra) <= 1:
            return f"{self._get_name()}({''.join(extra)})"
        return f"{self._get_name()}(\n  " + "\n  ".join(extra + children) + "\n)"

    def __dir__(self) -> list[str]:
        return sorted(name for name in super().__dir__() if not name[0].isdigit())


def indented(text: str) -> str:
    """`text` with all lines but the first moved to the right by two."""
    return text.replace("\n", "\n  ")
