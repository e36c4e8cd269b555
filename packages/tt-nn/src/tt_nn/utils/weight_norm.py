"""Weight normalization: a weight as a length and a direction, learned apart. Salimans and Kingma, 2016."""

from typing import Any, TypeVar

from tt_autograd.tensor import Tensor
from tt_tensor.ops.dims import one_dim

from ..hooks import PRE
from ..module import Module
from ..parameter import Parameter

M = TypeVar("M", bound=Module)


def _norm(v: Any, dim: int | None) -> Any:
    """The lengths of the slices of `v` along `dim`, which stays, the others having size 1; of all of it if None."""
    square = v * v
    if dim is None:
        return square.sum().sqrt()
    return square.sum(tuple(d for d in range(v.ndim) if d != dim), keepdim=True).sqrt()


class WeightNorm:
    """The hook that sets the weight from its length `g` and its direction `v` before each forward."""

    def __init__(self, name: str, dim: int | None) -> None:
        self.name, self.dim = name, dim

    def compute_weight(self, module: Module) -> Any:
        """`g · v / ‖v‖`."""
        g, v = getattr(module, self.name + "_g"), getattr(module, self.name + "_v")
        return v * (g / _norm(v, self.dim))

    def __call__(self, module: Module, args: Any) -> None:  # noqa: ARG002
        """Set the weight."""
        setattr(module, self.name, self.compute_weight(module))


def find(module: Module, cls: type, name: str) -> tuple[Any, Any]:
    """The hook of class `cls` on the parameter `name`, and the number under which it is registered; or None."""
    hooks: dict[int, Any] = (module._hooks or {}).get(PRE, {})
    for key, (hook, _) in hooks.items():
        if isinstance(hook, cls) and hook.name == name:  # type: ignore[attr-defined]
            return hook, key
    return None, None


def weight_norm(module: M, name: str = "weight", dim: int | None = 0) -> M:
    """Put `name_g` (length) and `name_v` (direction) in the place of a parameter: `w = g · v / ‖v‖`.

    Args:
        module: the layer; it is changed.
        name: its parameter.
        dim: the dimension whose slices have a length each; None for one length.

    Returns:
        the module.

    Raises:
        RuntimeError: if the parameter has it already.
        IndexError: if it has no such dimension.

    Examples:
        >>> from tt_nn import Linear
        >>> layer = weight_norm(Linear(20, 40))
        >>> layer.weight_g.shape, layer.weight_v.shape
        (torch.Size([40, 1]), torch.Size([40, 20]))
    """
    if find(module, WeightNorm, name)[0] is not None:
        raise RuntimeError(f"Cannot register two weight_norm hooks on the same parameter {name}")
    weight = module.get_parameter(name)
    if dim == -1:  # PyTorch's old spelling of None
        dim = None
    if dim is not None:
        dim = one_dim("weight_norm", dim, weight.ndim)
    hook = WeightNorm(name, dim)
    delattr(module, name)
    value = Tensor(weight.array)
    module.register_parameter(name + "_g", Parameter(_norm(value, dim)))
    module.register_parameter(name + "_v", Parameter(value))
    hook(module, ())
    module.register_forward_pre_hook(hook)
    return module


def remove_weight_norm(module: M, name: str = "weight") -> M:
    """Make a plain parameter of a normalized weight again, with the value that it has now."""
    hook, key = find(module, WeightNorm, name)
    if hook is None:
        raise ValueError(f"weight_norm of '{name}' not found in {module}")
    weight = hook.compute_weight(module)
    for suffix in ("", "_g", "_v"):
        delattr(module, name + suffix)
    setattr(module, name, Parameter(Tensor(weight.array)))
    assert module._hooks is not None
    del module._hooks[PRE][key]
    return module
