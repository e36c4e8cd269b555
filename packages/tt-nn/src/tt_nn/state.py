"""The state of a module: what is saved, by name, and how it is put back."""

from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

import numpy as np
from tt_autograd.tensor import Tensor
from tt_tensor import versions
from tt_tensor.size import Size
from tt_tensor.tensor import Tensor as Base

from .members import BUFFER, MODULE, PARAMETER, Members
from .parameter import Parameter

EXTRA = "_extra_state"  # PyTorch's key of what `get_extra_state` returns


class IncompatibleKeys(NamedTuple):
    """What `load_state_dict` returns: the keys that it did not find, and those that it had no use for."""

    missing_keys: list[str]
    unexpected_keys: list[str]

    def __repr__(self) -> str:
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        return f"_IncompatibleKeys(missing_keys={self.missing_keys}, unexpected_keys={self.unexpected_keys})"


class State(Members):
    """The part of `Module` that turns it into a dictionary of tensors and back."""

    _newer: ClassVar[tuple[str, ...]] = ()  # members that files of older versions of PyTorch lack

    def _entries(self, prefix: str = "") -> "list[tuple[str, State, str, Any]]":
        """What is saved: (key, module, name, tensor). A member that several modules share is there under every name."""
        own = [(n, v) for kind in (PARAMETER, BUFFER) for n, v in self._members(kind)]
        entries = [(prefix + name, self, name, value) for name, value in own if value is not None]
        if type(self).get_extra_state is not State.get_extra_state:
            entries.append((prefix + EXTRA, self, EXTRA, None))
        for name, module in self._members(MODULE):
            if module is not None:
                entries += module._entries(f"{prefix}{name}.")
        return entries

    def get_extra_state(self) -> Any:
        """What a module has to save besides its parameters and buffers: for subclasses to define, with `set_extra_state`.

        To be saved in a file it must be a tensor.
        """
        raise NotImplementedError(f"{type(self).__name__} has no extra state: define get_extra_state")

    def set_extra_state(self, state: Any) -> None:
        """Take back what `get_extra_state` returned."""
        raise NotImplementedError(f"{type(self).__name__} got an extra state: define set_extra_state to take it")

    def state_dict(
        self, *, destination: dict[str, Any] | None = None, prefix: str = "", keep_vars: bool = False
    ) -> dict[str, Any]:
        """Every parameter and persistent buffer of the tree, by its path.

        The tensors share memory with the module: training changes them too. Those that two modules share are there under
        both names.

        Args:
            destination: a dictionary to fill; a new one if None.
            prefix: what every key begins with.
            keep_vars: whether to give the parameters themselves instead of detached tensors.

        Examples:
            >>> from tt_nn import Linear
            >>> {name: tuple(x.shape) for name, x in Linear(3, 2).state_dict().items()}
            {'weight': (2, 3), 'bias': (2,)}
        """
        state = {} if destination is None else destination
        for key, module, _, value in self._entries(prefix):
            if value is None:
                state[key] = module.get_extra_state()
            else:
                state[key] = value if keep_vars else Tensor(value.array)
        return state

    def load_state_dict(
        self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False
    ) -> IncompatibleKeys:
        """Copy the values of `state_dict` into the parameters and buffers of these names.

        Nothing is changed if it raises. The values may be tensors, or arrays of NumPy or another library.

        Args:
            state_dict: what `state_dict()` gave, here or in PyTorch.
            strict: whether every key must be there, and none too many.
            assign: take the tensors themselves, with their dtype and memory, instead of copying their values.

        Returns:
            the `missing_keys` and the `unexpected_keys`; both are empty if `strict`.

        Raises:
            RuntimeError: names every key that is missing or unexpected and every shape that does not fit.
            TypeError: if `state_dict` is not a mapping.
        """
        if not isinstance(state_dict, Mapping):
            raise TypeError(f"Expected state_dict to be dict-like, got {type(state_dict)}.")
        entries = self._entries()
        expected = {key for key, *_ in entries}
        missing = [key for key, module, name, _ in entries if key not in state_dict and name not in module._newer]
        unexpected = [key for key in state_dict if key not in expected]
        errors: list[str] = []
        found: list[tuple[State, str, Any, Any, Any]] = []
        if strict and missing:
            errors.append(f"Missing key(s) in state_dict: {', '.join(f'{chr(34)}{k}{chr(34)}' for k in missing)}. ")
        if strict and unexpected:
            errors.append(
                f"Unexpected key(s) in state_dict: {', '.join(f'{chr(34)}{k}{chr(34)}' for k in unexpected)}. "
            )
        for key, module, name, mine in entries:
            if key not in state_dict:
                continue
            value = state_dict[key]
            if name == EXTRA:
                found.append((module, name, mine, value, None))
                continue
            if not isinstance(value, Base) and not hasattr(value, "__array__"):
                errors.append(
                    f'While copying the parameter named "{key}", expected a tensor or an array but received {type(value)}'
                )
                continue
            array = value.array if isinstance(value, Base) else np.asarray(value)
            if array.shape != mine.array.shape:
                errors.append(
                    f"size mismatch for {key}: copying a param with shape {Size(array.shape)} from checkpoint, "
                    f"the shape in current model is {mine.shape}."
                )
            elif not assign and not versions.writable(mine.array):
                errors.append(
                    f'the parameter named "{key}" is read-only or an expanded view, which nothing can be copied into: '
                    f"pass assign=True"
                )
            else:
                found.append((module, name, mine, value, array))
        if errors:
            raise RuntimeError(f"Error(s) in loading state_dict for {type(self).__name__}:\n\t" + "\n\t".join(errors))
        for module, name, mine, value, array in found:
            if name == EXTRA:
                module.set_extra_state(value)
            elif assign:
                module._take(name, mine, value, array)
            else:
                np.copyto(mine.array, array, casting="unsafe")
                versions.touch(mine.array)
        return IncompatibleKeys(missing, unexpected)

    def _take(self, name: str, mine: Any, value: Any, array: Any) -> None:
        """Put `value` itself in the place of the member `name`, which was `mine`."""
        if isinstance(mine, Parameter):
            if not isinstance(value, Parameter):
                value = Parameter(Tensor(array), mine.requires_grad)
            value.requires_grad_(mine.requires_grad)
        elif not isinstance(value, Base):
            value = Tensor(array)
        setattr(self, name, value)
