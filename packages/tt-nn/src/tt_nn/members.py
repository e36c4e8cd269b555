"""What a module is made of: its parameters, buffers and child modules, by name.

A value lives in the instance's `__dict__`, so that `self.weight` is the plain look-up that Python does fastest; `_kinds` says
what each registered name stands for, in the order of registration.
"""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from tt_tensor.tensor import Tensor as Base

from .parameter import Parameter

if TYPE_CHECKING:
    from .module import Module

PARAMETER, BUFFER, TRANSIENT, MODULE = "parameter", "buffer", "transient buffer", "module"
BUFFERS = (BUFFER, TRANSIENT)


class Members:
    """The half of `Module` that keeps its members and walks over them."""

    _kinds: dict[str, str]

    if TYPE_CHECKING:  # what is registered by name is unknown to a type checker

        def __getattr__(self, name: str) -> Any: ...

    def __setattr__(self, name: str, value: Any) -> None:
        """Assign an attribute: a parameter or a module is registered; what has been registered keeps its kind."""
        kinds = self.__dict__.get("_kinds")
        kind = PARAMETER if isinstance(value, Parameter) else MODULE if isinstance(value, Members) else None
        if kind is None and (not kinds or name not in kinds):
            object.__setattr__(self, name, value)
            return
        if kinds is None:
            raise AttributeError(f"cannot assign {kind} before Module.__init__() call; call super().__init__() first")
        seen = kinds.get(name)
        if kind == PARAMETER:
            if seen != PARAMETER:
                kinds.pop(name, None)
                self.__dict__.pop(name, None)
            self.register_parameter(name, value)
        elif seen == PARAMETER:
            self._replace(name, value, None, "as parameter", "Parameter or None expected")
        elif kind == MODULE:
            if seen != MODULE:
                kinds.pop(name, None)
            kinds[name] = MODULE
            self.__dict__[name] = value
        elif seen == MODULE:
            self._replace(name, value, None, "as child module", "Module or None expected")
        else:
            self._replace(name, value, Base, "as buffer", "Tensor or None expected")

    def _replace(self, name: str, value: Any, cls: Any, role: str, expected: str) -> None:
        """Give the registered `name` a value of class `cls`, or None."""
        if value is not None and (cls is None or not isinstance(value, cls)):
            raise TypeError(f"cannot assign '{type(value).__name__}' {role} '{name}' ({expected})")
        self.__dict__[name] = value

    def __delattr__(self, name: str) -> None:
        object.__delattr__(self, name)
        self._kinds.pop(name, None)

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Restore what was copied or unpickled; a shallow copy must not share the list of names."""
        self.__dict__.update(state)
        self.__dict__["_kinds"] = dict(state["_kinds"])

    def _check_name(self, what: str, kinds: Iterable[str], name: Any) -> None:
        """Raise unless `name` can be registered as one of `kinds`."""
        mine = self.__dict__.get("_kinds")
        if mine is None:
            raise AttributeError(f"cannot assign {what} before Module.__init__() call; call super().__init__() first")
        if not isinstance(name, str):
            raise TypeError(f"{what} name should be a string. Got {type(name).__name__}")
        if "." in name:
            raise KeyError(f'{what} name can\'t contain ".", got: {name}')
        if name == "":
            raise KeyError(f'{what} name can\'t be empty string ""')
        if mine.get(name) not in kinds and hasattr(self, name):
            raise KeyError(f"attribute '{name}' already exists")

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Add a parameter, or with None a place for one, which `self.name` then gives.

        Raises:
            TypeError: if it is not a `Parameter`.
            KeyError: if the name is empty, has a dot, or is taken.
            ValueError: if it was computed from other tensors.
        """
        self._check_name("parameter", (PARAMETER,), name)
        if param is not None and not isinstance(param, Parameter):
            raise TypeError(
                f"cannot assign '{type(param).__name__}' object to parameter '{name}' (Parameter or None required)"
            )
        if param is not None and not param.is_leaf:
            raise ValueError(
                f"cannot assign a non-leaf tensor to parameter '{name}': parameters are created explicitly; to express "
                f"'{name}' as a function of another tensor, compute it in forward()"
            )
        self._kinds[name] = PARAMETER
        self.__dict__[name] = param

    def register_buffer(self, name: str, tensor: Any, persistent: bool = True) -> None:
        """Add a tensor that is part of the module but not learned, such as a running mean.

        Args:
            name: what `self.name` is to be called.
            tensor: a tensor of any shape, or None.
            persistent: whether `state_dict` has it.
        """
        self._check_name("buffer", BUFFERS, name)
        if tensor is not None and not isinstance(tensor, Base):
            raise TypeError(
                f"cannot assign '{type(tensor).__name__}' object to buffer '{name}' (Tensor or None required)"
            )
        self._kinds[name] = BUFFER if persistent else TRANSIENT
        self.__dict__[name] = tensor

    def add_module(self, name: str, module: "Module | None") -> None:
        """Add a child module, which `self.name` then gives."""
        if module is not None and not isinstance(module, Members):
            raise TypeError(f"{type(module).__name__} is not a Module subclass")
        self._check_name("module", (MODULE,), name)
        self._kinds[name] = MODULE
        self.__dict__[name] = module

    register_module = add_module

    def _members(self, *kinds: str) -> list[tuple[str, Any]]:
        """The names and values of this module's own members of these kinds."""
        values = self.__dict__
        return [(name, values[name]) for name, kind in self._kinds.items() if kind in kinds]

    @property
    def _parameters(self) -> Mapping[str, Any]:
        return MappingProxyType(dict(self._members(PARAMETER)))

    @property
    def _buffers(self) -> Mapping[str, Any]:
        return MappingProxyType(dict(self._members(*BUFFERS)))

    @property
    def _modules(self) -> Mapping[str, Any]:
        return MappingProxyType(dict(self._members(MODULE)))

    def named_modules(
        self, memo: set[Any] | None = None, prefix: str = "", remove_duplicate: bool = True
    ) -> "Iterator[tuple[str, Module]]":
        """Every module of the tree with its path (`""` for this one), parents first; a shared one once, unless told."""
        memo = set() if memo is None else memo
        if self in memo:
            return
        if remove_duplicate:
            memo.add(self)
        yield prefix, self  # type: ignore[misc]
        for name, module in self._members(MODULE):
            if module is not None:
                yield from module.named_modules(memo, f"{prefix}.{name}" if prefix else name, remove_duplicate)

    def modules(self, remove_duplicate: bool = True) -> "Iterator[Module]":
        """Every module of the tree, this one first; a shared one once, unless told."""
        for _, module in self.named_modules(remove_duplicate=remove_duplicate):
            yield module

    def named_children(self) -> "Iterator[tuple[str, Module]]":
        """The modules directly below, with their names; a shared one once."""
        seen: set[int] = set()
        for name, module in self._members(MODULE):
            if module is not None and id(module) not in seen:
                seen.add(id(module))
                yield name, module

    def children(self) -> "Iterator[Module]":
        """The modules directly below."""
        for _, module in self.named_children():
            yield module

    def _named(
        self, kinds: tuple[str, ...], prefix: str, recurse: bool, remove_duplicate: bool
    ) -> Iterator[tuple[str, Any]]:
        """The members of these kinds that are not None, with their paths."""
        seen: set[int] = set()
        tree: Iterable[tuple[str, Any]] = ((prefix, self),)
        if recurse:
            tree = self.named_modules(prefix=prefix, remove_duplicate=remove_duplicate)
        for path, module in tree:
            for name, value in module._members(*kinds):
                if value is None or id(value) in seen:
                    continue
                if remove_duplicate:
                    seen.add(id(value))
                yield f"{path}.{name}" if path else name, value

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Parameter]]:
        """Every parameter of the tree with its path.

        Args:
            prefix: what every path begins with.
            recurse: whether to include the parameters of the modules below.
            remove_duplicate: whether a parameter that two modules share comes once.
        """
        return self._named((PARAMETER,), prefix, recurse, remove_duplicate)

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """Every parameter of the tree, a shared one once: what an optimizer takes."""
        for _, parameter in self.named_parameters(recurse=recurse):
            yield parameter

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Any]]:
        """Every buffer of the tree with its path; the arguments are those of `named_parameters`."""
        return self._named(BUFFERS, prefix, recurse, remove_duplicate)

    def buffers(self, recurse: bool = True) -> Iterator[Any]:
        """Every buffer of the tree, a shared one once."""
        for _, buffer in self.named_buffers(recurse=recurse):
            yield buffer

    def get_submodule(self, target: str) -> "Module":
        """The module at the path `target`, such as `"encoder.0"`; this one for `""`.

        Raises:
            AttributeError: if there is nothing at that path, or something that is not a module.
        """
        module: Any = self
        for name in target.split(".") if target else ():
            module = module._get(name, Members, "Module")
        return module  # type: ignore[no-any-return]

    def set_submodule(self, target: str, module: "Module", strict: bool = False) -> None:
        """Put `module` at the path `target`, such as `"encoder.0"`, in place of the module that may be there.

        Args:
            target: where.
            module: what.
            strict: whether there must be one already.

        Raises:
            ValueError: if the path is empty, or `module` is not a module.
            AttributeError: if its last part is to be in something that is no module, names something else, or is missing
                although `strict`.

        Examples:
            >>> from tt_nn import Identity, Linear, Sequential
            >>> model = Sequential(Linear(2, 3), Sequential(Linear(3, 1)))
            >>> model.set_submodule("1.0", Identity())
            >>> model[1]
            Sequential(
              (0): Identity()
            )
        """
        path, _, name = target.rpartition(".")
        if not name:
            raise ValueError(f"Cannot set the submodule without a target name! (got {target!r})")
        if not isinstance(module, Members):
            raise ValueError(f"`module` is not an nn.Module, found {type(module)}")
        parent = self.get_submodule(path)
        if strict or hasattr(parent, name):
            parent._get(name, Members, "Module")
        setattr(parent, name, module)

    def get_parameter(self, target: str) -> Parameter:
        """The parameter at the path `target`, such as `"encoder.0.weight"`."""
        path, _, name = target.rpartition(".")
        return self.get_submodule(path)._get(name, Parameter, "Parameter")  # type: ignore[no-any-return]

    def get_buffer(self, target: str) -> Any:
        """The buffer at the path `target`."""
        path, _, name = target.rpartition(".")
        module = self.get_submodule(path)
        if module._kinds.get(name) not in BUFFERS:
            module._get(name, (), "buffer")
        return getattr(module, name)

    def _get(self, name: str, cls: Any, what: str) -> Any:
        """The attribute `name`, which must be of class `cls`."""
        if not hasattr(self, name):
            raise AttributeError(f"{type(self).__name__} has no attribute `{name}`")
        value = getattr(self, name)
        if not isinstance(value, cls):
            raise AttributeError(f"`{name}` is not a {what}")
        return value
