"""The methods that a tensor has because of its gradient."""

import copy as copying
import warnings
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from tt_tensor.dtypes import with_own_dtype
from tt_tensor.printing import text

from .node import Leaf, Part

_NOT_A_LEAF = (
    "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its .grad attribute won't be populated during "
    "backward(). Call .retain_grad() on it before backward() if you want its gradient, or access the leaf Tensor instead."
)


class TapeMethods:
    """What `tt_autograd.Tensor` adds to `tt_tensor.Tensor`."""

    array: Any
    more: Any
    plain: ClassVar[Any]
    _grad: Any = None
    _base: Any = None  # of a view on the tape: the tensor whose memory it looks at
    _seen: int = 0  # of a view: the generation of its base that it knows
    _generation: int = 0  # of a base: how often its memory was changed by recorded operations in place
    _has_views: bool = False
    _retains: bool = False

    # What it is.

    @property
    def requires_grad(self) -> bool:
        """Whether operations on this tensor are recorded, so that `backward` brings a gradient to the leaves below it.

        It can be set on a leaf.
        """
        return self.more is not None

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        self.requires_grad_(value)

    def requires_grad_(self, requires_grad: bool = True) -> Any:
        """Ask for a gradient, or no longer, and return this tensor, which must be a leaf of a floating dtype."""
        if not isinstance(requires_grad, bool):
            raise TypeError(f"requires_grad must be a bool, got {type(requires_grad).__name__}")
        if not self.is_leaf:
            if not requires_grad:
                raise RuntimeError(
                    "you can only change requires_grad flags of leaf variables. If you want to use a computed variable in a "
                    "subgraph that doesn't require differentiation use var_no_grad = var.detach()."
                )
            return self
        if not requires_grad:
            self.more = None
        elif self.more is None:
            kind = self.array.dtype.kind
            if kind == "c":
                raise NotImplementedError(
                    "requires_grad: gradients of complex tensors are not supported; track real tensors"
                )
            if kind != "f":
                raise RuntimeError(
                    f"only Tensors of floating point dtype can require gradients, got {self.array.dtype}; "
                    f"convert it first, for example with .float()"
                )
            self.more = Leaf(self)
        return self

    @property
    def is_leaf(self) -> bool:
        """Whether it is not the result of a recorded operation."""
        return self.more is None or type(self.more) is Leaf

    @property
    def grad_fn(self) -> Any:
        """The `Node` of the operation that made this tensor; None for a leaf."""
        more = up_to_date(self)
        if more is None or type(more) is Leaf:
            return None
        return more.node if type(more) is Part else more

    @property
    def output_nr(self) -> int:
        """Which of the results of its `grad_fn` it is."""
        return self.more.index if type(self.more) is Part else 0

    def _is_view(self) -> bool:
        return self._base is not None

    def is_inference(self) -> bool:
        """False: a tensor made in `inference_mode` is like any other that requires no gradient."""
        return False

    # Its gradient.

    @property
    def grad(self) -> Any:
        """The gradient that `backward` brought, a tensor of the same shape and dtype; None before."""
        if self._grad is None and self.more is not None and not self.is_leaf and not self._retains:
            warnings.warn(_NOT_A_LEAF, UserWarning, stacklevel=2)
        return self._grad

    @grad.setter
    def grad(self, value: Any) -> None:
        if value is not None:
            if not hasattr(value, "array"):
                raise TypeError(f"assigned grad expected to be a Tensor or None but got {type(value).__name__}")
            if value is self:
                raise RuntimeError("can't assign Variable as its own grad")
            if value.array.shape != self.array.shape:
                raise RuntimeError(
                    f"assigned grad has data of a different size: {value.array.shape}, the tensor has {self.array.shape}"
                )
            if value.array.dtype != self.array.dtype:
                raise RuntimeError(
                    f"assigned grad has data of a different type: {value.array.dtype}, the tensor has {self.array.dtype}"
                )
        self._grad = value

    @grad.deleter
    def grad(self) -> None:
        self._grad = None

    def backward(
        self,
        gradient: Any = None,
        retain_graph: bool | None = None,
        create_graph: bool = False,
        inputs: Any = None,
    ) -> None:
        """Add the gradient of this tensor with respect to each leaf below it to the leaf's `grad`.

        Args:
            gradient: what to begin with, of this tensor's shape; may be left out for a tensor of one element (1).
            retain_graph: whether to keep what was saved for the derivatives, so that backward can run again; by default
                `create_graph`.
            create_graph: whether the gradients are themselves on the tape, for derivatives of higher order.
            inputs: the tensors whose `grad` gets the gradient; by default all leaves.

        Raises:
            RuntimeError: if it requires no gradient, has several elements and no `gradient` is given, the shapes differ, what
                was saved has been freed, or a saved value was changed in place.

        Examples:
            >>> from tt_autograd import tensor
            >>> x = tensor([1.0, 2.0], requires_grad=True)
            >>> (x * x).sum().backward()
            >>> x.grad
            tensor([2., 4.])
        """
        from .engine import backward

        backward([self], [gradient], retain_graph, create_graph, inputs=inputs)

    def retain_grad(self) -> None:
        """Keep this tensor's gradient in `grad` although it is not a leaf."""
        from .hooks import retain

        retain(self)

    @property
    def retains_grad(self) -> bool:
        """Whether it is not a leaf and keeps its gradient."""
        return self._retains and not self.is_leaf

    def register_hook(self, hook: Callable[[Any], Any]) -> Any:
        """Call `hook(grad)` whenever this tensor's gradient was computed; what it returns, if not None, replaces the gradient.

        Returns:
            A handle; `handle.remove()` takes the hook away.

        Examples:
            >>> from tt_autograd import tensor
            >>> x = tensor(1.0, requires_grad=True)
            >>> handle = x.register_hook(lambda g: g * 10)
            >>> (x * 3).backward()
            >>> x.grad
            tensor(30.)
        """
        from .hooks import add_tensor_hook

        return add_tensor_hook(self, hook)

    def register_post_accumulate_grad_hook(self, hook: Callable[[Any], None]) -> Any:
        """Call `hook(tensor)` after backward has added to the `grad` of this leaf. Returns a handle."""
        from .hooks import add_accumulate_hook

        return add_accumulate_hook(self, hook)

    # The same values off the tape.

    def _off_tape(self) -> Any:
        x = object.__new__(self.plain)
        x.array, x.more = self.array, None
        return x

    def detach(self) -> Any:
        """A tensor with the same memory that requires no gradient."""
        note("detach", "detach", (self,))
        return self._off_tape()

    def detach_(self) -> Any:
        """Take this tensor off the tape: it becomes a leaf that requires no gradient."""
        if self._base is not None:
            raise RuntimeError("Can't detach views in-place. Use detach() instead.")
        note("detach", "detach_", (self,))
        self.more = None
        return self

    @property
    def data(self) -> Any:
        """The same memory as a tensor that records nothing. Assigning a tensor takes its memory instead."""
        note("data", ".data", (self,))
        return self._off_tape()

    @data.setter
    def data(self, value: Any) -> None:
        if not hasattr(value, "array"):
            raise TypeError(f"data must be set to a Tensor, got {type(value).__name__}")
        if self.more is not None and value.array.dtype.kind != "f":
            raise RuntimeError("data set to a tensor that requires gradients must be floating point")
        self.array = value.array

    def numpy(self, *, force: bool = False) -> Any:
        """The NumPy array inside: it shares the memory. With `force` also of a tensor that requires a gradient."""
        if self.more is not None and not force:
            raise RuntimeError("Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.")
        return self.array

    def item(self) -> Any:
        """The only element as a Python number."""
        note("item", "item", (self,))
        return super().item()  # type: ignore[misc]

    # Printing and copying.

    def __repr__(self) -> str:
        more = up_to_date(self)
        if more is None:
            return text(self.array)
        return text(self.array, "requires_grad=True" if type(more) is Leaf else f"grad_fn={self.grad_fn!r}")

    def __reduce_ex__(self, protocol: Any) -> Any:
        return _rebuild, (type(self), self.array, self.requires_grad)

    def __copy__(self) -> Any:
        return _rebuild(type(self), self.array, self.requires_grad)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        if not self.is_leaf:
            raise RuntimeError(
                "Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol at the moment; "
                "use detach() or clone()"
            )
        if id(self) not in memo:
            memo[id(self)] = copy = _rebuild(type(self), self.array.copy(), self.requires_grad)
            if self._grad is not None:
                copy._grad = copying.deepcopy(self._grad, memo)
        return memo[id(self)]


def _rebuild(cls: type, array: Any, requires_grad: bool) -> Any:
    """A leaf of class `cls` as it comes out of a pickle or of `copy`."""
    x: Any = object.__new__(cls)
    x.array, x.more = with_own_dtype(array), None
    return x.requires_grad_() if requires_grad else x


def up_to_date(x: Any) -> Any:
    """`x.more`, after the changes in place of the memory it looks at."""
    if x._base is not None:
        from .inplace import refresh

        refresh(x)
    return x.more


def note(kind: str, op: Any, inputs: Sequence[Any]) -> None:
    """Leave a trail for `explain`."""
    if inputs[0].more is not None:
        from .explain import note

        note(kind, op, inputs)
