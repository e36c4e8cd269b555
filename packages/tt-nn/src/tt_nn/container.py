"""Modules that hold modules: Sequential, ModuleList and ModuleDict."""

import operator
from collections import OrderedDict
from collections.abc import ItemsView, Iterable, Iterator, KeysView, Mapping, ValuesView
from typing import Any, Self

from .members import MODULE
from .module import Module, indented


class _Numbered(Module):
    """What Sequential and ModuleList share: children in an order, called "0", "1", ..."""

    def _children(self) -> list[Any]:
        return [module for _, module in self._members(MODULE)]

    def _fill(self, modules: Iterable[Module]) -> None:
        """Hold exactly these modules, numbered from 0."""
        modules = list(modules)
        for name, _ in self._members(MODULE):
            delattr(self, name)
        for k, module in enumerate(modules):
            self.add_module(str(k), module)

    def _name(self, index: Any) -> str:
        """The name of the child at `index`, which may be negative."""
        names: list[str] = [name for name, _ in self._members(MODULE)]
        k = operator.index(index)
        if not -len(names) <= k < len(names):
            raise IndexError(f"index {k} is out of range")
        return names[k]

    def __len__(self) -> int:
        return len(self._children())

    def __iter__(self) -> Iterator[Any]:
        return iter(self._children())

    def __setitem__(self, index: int, module: Module) -> None:
        setattr(self, self._name(index), module)

    def __delitem__(self, index: int | slice) -> None:
        children = self._children()
        if isinstance(index, slice):
            del children[index]
        else:
            self._name(index)
            del children[index]
        self._fill(children)

    def append(self, module: Module) -> Self:
        """Add a module at the end."""
        self.add_module(str(len(self)), module)
        return self

    def pop(self, key: int | slice) -> Any:
        """Remove the module at `key`, and return it."""
        module = self[key]  # type: ignore[index]
        del self[key]
        return module

    def extend(self, modules: Iterable[Module]) -> Self:
        """Add modules at the end."""
        if not isinstance(modules, Iterable):
            raise TypeError(
                f"{type(self).__name__}.extend should be called with an iterable, but got {type(modules).__name__}"
            )
        for module in list(modules):
            self.append(module)
        return self


class Sequential(_Numbered):
    """Modules one after the other: each takes the output of the one before.

    Args:
        *args: the modules; or one OrderedDict of them, by name.

    Examples:
        >>> from tt_nn import Linear, Sequential
        >>> model = Sequential(Linear(2, 8), Linear(8, 2))
        >>> model
        Sequential(
          (0): Linear(in_features=2, out_features=8, bias=True)
          (1): Linear(in_features=8, out_features=2, bias=True)
        )
        >>> model[-1]
        Linear(in_features=8, out_features=2, bias=True)
    """

    def __init__(self, *args: Any) -> None:
        super().__init__()
        named = args[0].items() if len(args) == 1 and isinstance(args[0], OrderedDict) else enumerate(args)
        for name, module in named:
            self.add_module(str(name), module)

    def forward(self, input: Any) -> Any:
        """The output of the last module."""
        values = self.__dict__
        for name, kind in self._kinds.items():
            if kind == MODULE:
                input = values[name](input)
        return input

    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return type(self)(OrderedDict(self._members(MODULE)[index]))
        return getattr(self, self._name(index))

    def insert(self, index: int, module: Module) -> Self:
        """Put a module before the one at `index`; the modules are numbered anew."""
        if not isinstance(module, Module):
            raise AssertionError(f"module should be of type: {Module}")
        children = self._children()
        if not -len(children) <= index <= len(children):
            raise IndexError(f"Index out of range: {index}")
        children.insert(index, module)
        self._fill(children)
        return self

    def _other(self, other: Any) -> "Sequential":
        if not isinstance(other, Sequential):
            raise ValueError(f"add operator supports only objects of Sequential class, but {type(other)} is given.")
        return other

    def __add__(self, other: "Sequential") -> "Sequential":
        return Sequential(*self, *self._other(other))

    def __iadd__(self, other: "Sequential") -> Self:
        return self.extend(self._other(other))

    def _times(self, count: Any) -> list[Any]:
        if not isinstance(count, int):
            raise TypeError(f"unsupported operand type(s) for *: {type(self)} and {type(count)}")
        if count <= 0:
            raise ValueError(f"Non-positive multiplication factor {count} for {type(self)}")
        return self._children() * count

    def __mul__(self, other: int) -> "Sequential":
        return Sequential(*self._times(other))

    __rmul__ = __mul__

    def __imul__(self, other: int) -> Self:
        return self.extend(self._times(other)[len(self) :])


class ModuleList(_Numbered):
    """A list of modules that are registered, so that their parameters are found.

    Args:
        modules: what to begin with.

    Examples:
        >>> from tt_nn import Linear, ModuleList
        >>> ModuleList(Linear(4, 4) for _ in range(3))
        ModuleList(
          (0-2): 3 x Linear(in_features=4, out_features=4, bias=True)
        )
    """

    def __init__(self, modules: Iterable[Module] | None = None) -> None:
        super().__init__()
        if modules is not None:
            self.extend(modules)

    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return type(self)(self._children()[index])
        return getattr(self, self._name(index))

    def insert(self, index: int, module: Module) -> None:
        """Put a module before the one at `index`."""
        children = self._children()
        children.insert(index, module)
        self._fill(children)

    def __iadd__(self, modules: Iterable[Module]) -> Self:
        return self.extend(modules)

    def __add__(self, other: Iterable[Module]) -> "ModuleList":
        return ModuleList([*self, *other])

    def __repr__(self) -> str:
        runs: list[tuple[int, int, str]] = []  # (first, last, printed form): equal neighbours are printed once
        for k, text in enumerate(map(repr, self)):
            if runs and runs[-1][2] == text:
                runs[-1] = runs[-1][0], k, text
            else:
                runs.append((k, k, text))
        lines = [f"({a}): {text}" if a == b else f"({a}-{b}): {b - a + 1} x {text}" for a, b, text in runs]
        body = "".join(f"\n  {indented(line)}" for line in lines)
        return f"{self._get_name()}({body}{chr(10) if lines else ''})"


class ModuleDict(Module):
    """Modules by name, registered, in the order in which they were put in.

    Args:
        modules: a mapping from names to modules, or pairs of a name and a module.

    Examples:
        >>> from tt_nn import Linear, ModuleDict
        >>> heads = ModuleDict({"small": Linear(8, 2), "large": Linear(8, 10)})
        >>> heads["small"]
        Linear(in_features=8, out_features=2, bias=True)
        >>> list(heads)
        ['small', 'large']
    """

    def __init__(self, modules: Any = None) -> None:
        super().__init__()
        if modules is not None:
            self.update(modules)

    def __getitem__(self, key: str) -> Any:
        return self._modules[key]

    def __setitem__(self, key: str, module: Module) -> None:
        self.add_module(key, module)

    def __delitem__(self, key: str) -> None:
        if key not in self:
            raise KeyError(key)
        delattr(self, key)

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __contains__(self, key: object) -> bool:
        return key in self._modules

    def clear(self) -> None:
        """Remove all modules."""
        for key in self:
            del self[key]

    def pop(self, key: str) -> Any:
        """Remove the module called `key`, and return it."""
        module = self[key]
        del self[key]
        return module

    def keys(self) -> KeysView[str]:
        """The names."""
        return self._modules.keys()

    def items(self) -> ItemsView[str, Any]:
        """The names and the modules."""
        return self._modules.items()

    def values(self) -> ValuesView[Any]:
        """The modules."""
        return self._modules.values()

    def update(self, modules: Any) -> None:
        """Add the modules of a mapping, or pairs of a name and a module; a name that is there already is replaced."""
        for key, module in pairs(modules, "ModuleDict"):
            self[key] = module


def pairs(values: Any, what: str) -> list[tuple[Any, Any]]:
    """The pairs of a mapping, of one of the dictionaries of modules or parameters, or of an iterable of pairs."""
    if isinstance(values, Mapping) or (isinstance(values, Module) and hasattr(values, "items")):
        return list(values.items())
    if not isinstance(values, Iterable):
        raise TypeError(
            f"{what}.update should be called with an iterable of key/value pairs, but got {type(values).__name__}"
        )
    found = []
    for k, pair in enumerate(values):
        if not isinstance(pair, Iterable):
            raise TypeError(f"{what} update sequence element #{k} should be Iterable; is {type(pair).__name__}")
        pair = tuple(pair)
        if len(pair) != 2:
            raise ValueError(f"{what} update sequence element #{k} has length {len(pair)}; 2 is required")
        found.append(pair)
    return found
