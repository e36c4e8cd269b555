"""Derivatives of functions: vjp, jvp, jacobian, hessian and products with them, as in `torch.autograd.functional`."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from tt_tensor import stack

from .creation import zeros_like
from .engine import grad
from .grad_mode import enable_grad
from .tensor import Tensor, plain

Function = Callable[..., Any]


def _tuple(x: Any, name: str) -> tuple[tuple[Any, ...], bool]:
    """`x` as a tuple of tensors, and whether it was one."""
    many = isinstance(x, Sequence)
    xs = tuple(x) if many else (x,)
    for y in xs:
        if not isinstance(y, Tensor):
            raise TypeError(f"{name}: expected a Tensor or a tuple of Tensors, got {type(y).__name__}")
    return xs, many


def _given(inputs: Any, create_graph: bool) -> tuple[tuple[Any, ...], bool]:
    """The inputs, ready to be differentiated by; with `create_graph` what they come from stays connected."""
    xs, many = _tuple(inputs, "inputs")
    if create_graph:
        return tuple(x.view_as(x) if x.requires_grad else x.detach().requires_grad_() for x in xs), many
    return tuple(x.detach().requires_grad_() for x in xs), many


def _vector(v: Any, like: tuple[Any, ...], name: str) -> tuple[Any, ...]:
    """The vector `v`, which must have the shapes of `like`; ones if it is left out and there is but one element."""
    if v is None:
        if len(like) != 1 or like[0].numel() != 1:
            raise RuntimeError(f"{name}: the vector v can only be None if there is a single element; pass v")
        return (plain(np.ones(like[0].array.shape, like[0].array.dtype)),)
    vs, _ = _tuple(v, "v")
    if len(vs) != len(like) or any(a.array.shape != b.array.shape for a, b in zip(vs, like, strict=True)):
        want, have = [list(x.array.shape) for x in like], [list(x.array.shape) for x in vs]
        raise RuntimeError(f"{name}: v has invalid size: should be {want} but got {have}")
    return vs


def _run(func: Function, xs: tuple[Any, ...], strict: bool, name: str) -> tuple[tuple[Any, ...], bool]:
    ys, many = _tuple(func(*xs), f"{name}: the outputs of the function")
    if strict and not all(y.requires_grad for y in ys):
        raise RuntimeError(
            f"{name}: an output does not depend on the inputs in a way that can be differentiated (strict=True)"
        )
    return ys, many


def _grad(
    ys: Any, xs: tuple[Any, ...], vs: Any, create_graph: bool, strict: bool, name: str, keep: bool = False
) -> list[Any]:
    """`grad` in which what does not depend on `xs` counts as zero, unless `strict`."""
    pairs = [(y, v) for y, v in zip(ys, vs, strict=True) if y.requires_grad]
    gs: Any = [None] * len(xs)
    if pairs:
        gs = grad(
            [y for y, _ in pairs],
            xs,
            [v for _, v in pairs],
            retain_graph=keep or create_graph,
            create_graph=create_graph,
            allow_unused=True,
        )
    if strict and any(g is None for g in gs):
        raise RuntimeError(
            f"{name}: the outputs do not depend on input {[g is None for g in gs].index(True)} (strict=True)"
        )
    return [zeros_like(x.detach()) if g is None else g for g, x in zip(gs, xs, strict=True)]


def _out(values: Sequence[Any], many: bool, create_graph: bool) -> Any:
    values = tuple(v if create_graph else v.detach() for v in values)
    return values if many else values[0]


def vjp(
    func: Function, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """`func(*inputs)`, and the product vᵀJ of a vector with its Jacobian.

    Args:
        func: a function of tensors that returns a tensor or a tuple of tensors.
        inputs: a tensor or a tuple of tensors.
        v: of the shapes of the outputs; may be left out if they have one element.
        create_graph: whether both results are on the tape.
        strict: whether to raise if an output does not depend on an input (else the gradient is zero).

    Examples:
        >>> from tt_autograd import tensor
        >>> vjp(lambda x: x * x, tensor([1.0, 2.0]), tensor([1.0, 1.0]))
        (tensor([1., 4.]), tensor([2., 4.]))
    """
    with enable_grad():
        xs, many = _given(inputs, create_graph)
        ys, many_out = _run(func, xs, strict, "vjp")
        gs = _grad(ys, xs, _vector(v, ys, "vjp"), create_graph, strict, "vjp")
    return _out(ys, many_out, create_graph), _out(gs, many, create_graph)


def jvp(
    func: Function, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """`func(*inputs)`, and the product Jv of its Jacobian with a vector, by differentiating vᵀJ twice.

    Args:
        func: a function of tensors that returns a tensor or a tuple of tensors.
        inputs: a tensor or a tuple of tensors.
        v: of the shapes of the inputs; may be left out if they have one element.
        create_graph: whether the results are on the tape.
        strict: whether to raise if an output does not depend on an input (else the gradient is zero).

    Examples:
        >>> from tt_autograd import tensor
        >>> jvp(lambda x: x * x, tensor([1.0, 2.0]), tensor([1.0, 0.0]))
        (tensor([1., 4.]), tensor([2., 0.]))
    """
    with enable_grad():
        xs, _ = _given(inputs, create_graph)
        vs = _vector(v, xs, "jvp")
        ys, many_out = _run(func, xs, strict, "jvp")
        us = tuple(zeros_like(y.detach(), requires_grad=True) for y in ys)
        gs = _grad(ys, xs, us, True, strict, "jvp")
        products = _grad(gs, us, vs, create_graph, False, "jvp")
    return _out(ys, many_out, create_graph), _out(products, many_out, create_graph)


def jacobian(
    func: Function,
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,  # noqa: ARG001
    strategy: str = "reverse-mode",
) -> Any:
    """The Jacobian J[i, j] = ∂yᵢ/∂xⱼ.

    Args:
        func: a function of tensors that returns a tensor or a tuple of tensors.
        inputs: a tensor or a tuple of tensors.
        create_graph: whether the results are on the tape.
        strict: whether to raise if an output does not depend on an input (else the gradient is zero).
        vectorize: how PyTorch computes it; the result is the same.
        strategy: "reverse-mode"; the other is not supported.

    Returns:
        A tensor of shape (*output shape, *input shape); a tuple of such if `inputs` is a tuple, and a tuple of those if the
        function returns a tuple.

    Examples:
        >>> from tt_autograd import tensor
        >>> jacobian(lambda x: x * x, tensor([1.0, 2.0]))
        tensor([[2., 0.],
                [0., 4.]])
    """
    if strategy != "reverse-mode":
        raise NotImplementedError(f"jacobian: strategy={strategy!r} is not supported; use 'reverse-mode'")
    with enable_grad():
        xs, many = _given(inputs, create_graph)
        ys, many_out = _run(func, xs, strict, "jacobian")
        table = []
        for y in ys:
            rows: list[list[Any]] = [[] for _ in xs]
            for k in range(y.array.size):
                unit = np.zeros(y.array.size, y.array.dtype)
                unit[k] = 1
                gs = _grad((y,), xs, (plain(unit.reshape(y.array.shape)),), create_graph, strict, "jacobian", keep=True)
                for row, g in zip(rows, gs, strict=True):
                    row.append(g)
            blocks = [
                stack(row).reshape(*y.array.shape, *x.array.shape)
                if row
                else plain(np.zeros((*y.array.shape, *x.array.shape), x.array.dtype))
                for row, x in zip(rows, xs, strict=True)
            ]
            table.append(_out(blocks, many, create_graph))
    return tuple(table) if many_out else table[0]


def _scalar(y: Any, name: str) -> Any:
    if not isinstance(y, Tensor) or y.numel() != 1:
        raise RuntimeError(f"{name}: the function must return a single tensor of one element")
    return y.reshape(())


def hessian(
    func: Function,
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> Any:
    """The Hessian H[i, j] = ∂²y/∂xᵢ∂xⱼ of a function with one value.

    Args:
        func: a function of tensors that returns a tensor of one element.
        inputs: a tensor or a tuple of tensors.
        create_graph: whether the results are on the tape.
        strict: whether to raise if an output does not depend on an input (else the gradient is zero).
        vectorize: how PyTorch computes it; the result is the same.
        outer_jacobian_strategy: "reverse-mode".

    Examples:
        >>> from tt_autograd import tensor
        >>> hessian(lambda x: (x * x * x).sum(), tensor([1.0, 2.0]))
        tensor([[ 6.,  0.],
                [ 0., 12.]])
    """
    _, many = _tuple(inputs, "inputs")

    def slope(*xs: Any) -> Any:
        y = _scalar(func(*xs), "hessian")
        if strict and not y.requires_grad:
            raise RuntimeError("hessian: the output does not depend on the inputs (strict=True)")
        gs = _grad((y,), xs, (None,), True, strict, "hessian") if y.requires_grad else [zeros_like(x) for x in xs]
        return tuple(gs) if many else gs[0]

    return jacobian(slope, inputs, create_graph, strict, vectorize, outer_jacobian_strategy)


def vhp(
    func: Function, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """`func(*inputs)`, and the product vᵀH of a vector with its Hessian.

    Args:
        func: a function of tensors that returns a tensor of one element.
        inputs: a tensor or a tuple of tensors.
        v: of the shapes of the inputs.
        create_graph: whether the results are on the tape.
        strict: whether to raise if an output does not depend on an input (else the gradient is zero).

    Examples:
        >>> from tt_autograd import tensor
        >>> vhp(lambda x: (x * x * x).sum(), tensor([1.0, 2.0]), tensor([1.0, 1.0]))
        (tensor(9.), tensor([ 6., 12.]))
    """
    with enable_grad():
        xs, many = _given(inputs, create_graph)
        vs = _vector(v, xs, "vhp")
        y = func(*xs)
        scalar = _scalar(y, "vhp")
        gs = _grad((scalar,), xs, (None,), True, strict, "vhp")
        products = _grad(gs, xs, vs, create_graph, strict, "vhp")
    return _out((y,), False, create_graph), _out(products, many, create_graph)


def hvp(
    func: Function, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """`func(*inputs)`, and the product Hv of its Hessian with a vector: the same as `vhp`, as H is symmetric.

    Args:
        func: a function of tensors that returns a tensor of one element.
        inputs: a tensor or a tuple of tensors.
        v: of the shapes of the inputs.
        create_graph: whether the results are on the tape.
        strict: whether to raise if an output does not depend on an input (else the gradient is zero).

    Examples:
        >>> from tt_autograd import tensor
        >>> hvp(lambda x: (x * x * x).sum(), tensor([1.0, 2.0]), tensor([1.0, 1.0]))
        (tensor(9.), tensor([ 6., 12.]))
    """
    return vhp(func, inputs, v, create_graph, strict)
