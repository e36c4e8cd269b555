"""Spectral normalization: a weight divided by its largest singular value. Miyato et al., 2018."""

from typing import Any, TypeVar

import numpy as np
from tt_autograd.tensor import Tensor
from tt_tensor import versions
from tt_tensor.generator import default_generator

from ..hooks import PRE
from ..module import Module
from ..parameter import Parameter
from .weight_norm import find

M = TypeVar("M", bound=Module)


class SpectralNorm:
    """The hook that divides the weight by an estimate of its largest singular value before each forward.

    The singular vectors `u` and `v` are buffers, and a step of the power iteration improves them at each forward in training.
    """

    def __init__(self, name: str, iterations: int, dim: int, eps: float) -> None:
        self.name, self.iterations, self.dim, self.eps = name, iterations, dim, eps

    def matrix(self, weight: Any) -> Any:
        """The weight as a matrix whose rows are the slices along `dim`."""
        if self.dim:
            weight = weight.permute(self.dim, *(d for d in range(weight.ndim) if d != self.dim))
        return weight.reshape(weight.shape[0], -1)

    def unit(self, x: Any) -> Any:
        """The array `x` with length 1."""
        return x / max(float(np.sqrt(x.dot(x))), self.eps)

    def compute_weight(self, module: Module, iterate: bool) -> Any:
        """`w / (u · W v)`."""
        weight = getattr(module, self.name + "_orig")
        u, v = getattr(module, self.name + "_u"), getattr(module, self.name + "_v")
        matrix = self.matrix(weight)
        if iterate:
            w = matrix.array
            for _ in range(self.iterations):
                v.array[...] = self.unit(u.array.dot(w))
                u.array[...] = self.unit(w.dot(v.array))
            for x in (u, v):
                versions.touch(x.array)
        # Copies: the next forward changes the buffers, and the backward of this one may come after it.
        u, v = u.array.copy(), v.array.copy()
        return weight / ((matrix * v).sum(1) * u).sum()

    def __call__(self, module: Module, args: Any) -> None:  # noqa: ARG002
        """Set the weight."""
        setattr(module, self.name, self.compute_weight(module, iterate=module.training))


def spectral_norm(
    module: M, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12, dim: int | None = None
) -> M:
    """Divide a parameter by its largest singular value, so that the layer's Lipschitz constant is 1.

    The parameter becomes `name_orig`; the buffers `name_u` and `name_v` estimate its singular vectors.

    Args:
        module: the layer; it is changed.
        name: its parameter.
        n_power_iterations: how many steps the estimate is improved by at each forward in training.
        eps: the least length that is divided by.
        dim: the dimension of the outputs; 1 for transposed convolutions, else 0.

    Returns:
        the module.

    Raises:
        ValueError: if the number of steps is not positive, or the parameter is None.
        RuntimeError: if the parameter has it already.

    Examples:
        >>> from tt_nn import Linear
        >>> layer = spectral_norm(Linear(20, 40))
        >>> layer.weight_u.shape
        torch.Size([40])
    """
    if n_power_iterations <= 0:
        raise ValueError(f"Expected n_power_iterations to be positive, but got n_power_iterations={n_power_iterations}")
    if find(module, SpectralNorm, name)[0] is not None:
        raise RuntimeError(f"Cannot register two spectral_norm hooks on the same parameter {name}")
    if dim is None:
        dim = 1 if type(module).__name__.startswith("ConvTranspose") else 0
    hook = SpectralNorm(name, n_power_iterations, dim, eps)
    weight = module._parameters[name]
    if weight is None:
        raise ValueError(f"`SpectralNorm` cannot be applied as parameter `{name}` is None")
    shape = hook.matrix(Tensor(weight.array)).shape
    u, v = (hook.unit(default_generator.numpy.standard_normal(n).astype(weight.array.dtype)) for n in shape)
    delattr(module, name)
    module.register_parameter(name + "_orig", weight)
    setattr(module, name, Tensor(weight.array))
    module.register_buffer(name + "_u", Tensor(u))
    module.register_buffer(name + "_v", Tensor(v))
    module.register_forward_pre_hook(hook)
    return module


def remove_spectral_norm(module: M, name: str = "weight") -> M:
    """Make a plain parameter of a normalized weight again, with the value that it has now."""
    hook, key = find(module, SpectralNorm, name)
    if hook is None:
        raise ValueError(f"spectral_norm of '{name}' not found in {module}")
    weight = hook.compute_weight(module, iterate=False)
    for suffix in ("", "_u", "_v", "_orig"):
        delattr(module, name + suffix)
    module.register_parameter(name, Parameter(Tensor(weight.array)))
    assert module._hooks is not None
    del module._hooks[PRE][key]
    return module
