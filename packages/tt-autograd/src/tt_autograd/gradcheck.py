"""Derivatives compared with finite differences."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from tt_tensor import versions

from .engine import grad
from .grad_mode import enable_grad, no_grad
from .tensor import Tensor, plain


class GradcheckError(RuntimeError):
    """A derivative differs from the finite difference."""


_FIXED = {
    "check_batched_grad": False,
    "check_batched_forward_grad": False,
    "check_forward_ad": False,
    "check_backward_ad": True,
    "check_grad_dtypes": False,
    "masked": None,
}


def _settings(name: str, given: dict[str, Any]) -> None:
    """Raise for settings that are not supported."""
    for key, value in given.items():
        if key not in _FIXED:
            raise TypeError(f"{name}() got an unexpected keyword argument '{key}'")
        if value not in (_FIXED[key], None):
            raise NotImplementedError(f"{name}: {key}={value} is not supported; leave it out")


def gradcheck(
    func: Callable[..., Any],
    inputs: Any,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    fast_mode: bool = False,
    **others: Any,
) -> bool:
    """Whether the derivatives of `func` agree with central differences, (f(x + εv) - f(x - εv)) / 2ε.

    Args:
        func: a function of tensors that returns a tensor or several.
        inputs: a tensor or several; those that require a gradient should be float64.
        eps: the step ε.
        atol: what difference is allowed: |a - n| ≤ atol + rtol · |n|.
        rtol: see atol.
        raise_exception: whether to raise, and say what differs, rather than return False.
        nondet_tol: how much two backward passes may differ.
        check_undefined_grad: whether backward must work when only some of several results have a gradient.
        fast_mode: compare products with one random direction instead of all entries of the Jacobian.
        **others: PyTorch's other settings, at their defaults.

    Raises:
        GradcheckError: if they disagree.
        ValueError: if no input requires a gradient.

    Examples:
        >>> from tt_autograd import float64, tensor
        >>> gradcheck(lambda x: (x * x).sum(), tensor([1.0, 2.0], dtype=float64, requires_grad=True))
        True
    """
    _settings("gradcheck", others)
    xs = list(inputs) if isinstance(inputs, Sequence) else [inputs]
    tracked = [x for x in xs if isinstance(x, Tensor) and x.requires_grad]
    if not tracked:
        raise ValueError(
            "gradcheck expects at least one input tensor to require gradient, but none of them have requires_grad=True"
        )
    try:
        for x in tracked:
            if x.array.dtype != np.float64:
                raise GradcheckError(
                    f"gradcheck: an input is {x.array.dtype}; use float64, or the differences are mostly rounding"
                )
            if versions.overlapping(x.array):
                raise GradcheckError(
                    "gradcheck: an input is an expanded view, whose elements share memory; use contiguous()"
                )
        _check(func, xs, tracked, eps, atol, rtol, nondet_tol, check_undefined_grad, fast_mode)
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


def results(func: Callable[..., Any], xs: Sequence[Any]) -> list[Any]:
    """The floating results of `func`."""
    ys = func(*xs)
    return [
        y for y in (ys if isinstance(ys, tuple | list) else (ys,)) if hasattr(y, "array") and y.array.dtype.kind in "fc"
    ]


def _check(
    func: Callable[..., Any],
    xs: list[Any],
    tracked: list[Any],
    eps: float,
    atol: float,
    rtol: float,
    nondet_tol: float,
    undefined: bool,
    fast: bool,
) -> None:
    ys = results(func, xs)
    recorded = [k for k, y in enumerate(ys) if getattr(y, "more", None) is not None]
    random = np.random.default_rng(0)
    for k, y in enumerate(ys):
        left = random.standard_normal((1, y.array.size)) if fast else np.eye(y.array.size)
        rows = [np.zeros((len(left), x.array.size)) for x in tracked]
        if k in recorded:
            for r, v in enumerate(left):
                seed = plain(v.reshape(y.array.shape).astype(y.array.dtype))
                first = grad(y, tracked, seed, retain_graph=True, allow_unused=True)
                again = grad(y, tracked, seed, retain_graph=True, allow_unused=True)
                for j, (g, h) in enumerate(zip(first, again, strict=True)):
                    if g is not None and h is not None:
                        if g.array.shape != tracked[j].array.shape:
                            raise GradcheckError(f"gradcheck: the gradient of input {j} has shape {g.array.shape}")
                        if np.abs(g.array - h.array).max(initial=0) > nondet_tol:
                            raise GradcheckError(
                                "Backward is not reentrant, i.e., running backward with same input gives different values"
                            )
                        rows[j][r] = g.array.ravel()
        for j, x in enumerate(tracked):
            analytic: Any = rows[j]
            if fast:
                right = random.standard_normal(x.array.shape)
                numeric = left @ _difference(func, xs, x, k, right, eps)
                analytic = analytic @ right.ravel()
            else:
                numeric = np.zeros((y.array.size, x.array.size))
                for i in range(x.array.size):
                    unit = np.zeros(x.array.size)
                    unit[i] = 1
                    numeric[:, i] = _difference(func, xs, x, k, unit.reshape(x.array.shape), eps)
            if not np.allclose(analytic, numeric, rtol, atol):
                raise GradcheckError(
                    f"Jacobian mismatch for output {k} with respect to input {j},\nnumerical:{numeric}\nanalytical:{analytic}\n"
                )
    if undefined and len(recorded) > 1:
        for k in recorded:
            grad(
                ys[k],
                tracked,
                plain(np.ones(ys[k].array.shape, ys[k].array.dtype)),
                retain_graph=True,
                allow_unused=True,
            )


def _difference(func: Callable[..., Any], xs: list[Any], x: Any, k: int, direction: Any, eps: float) -> Any:
    """The central difference of result `k` along `direction` of the input `x`, flat."""
    sides = []
    for sign in (1, -1):
        moved = [plain(x.array + sign * eps * direction) if y is x else y for y in xs]
        with no_grad():
            sides.append(np.array(results(func, moved)[k].array, np.float64).ravel())
    return (sides[0] - sides[1]) / (2 * eps)


def gradgradcheck(
    func: Callable[..., Any],
    inputs: Any,
    grad_outputs: Any = None,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    gen_non_contig_grad_outputs: bool = False,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    fast_mode: bool = False,
    **others: Any,
) -> bool:
    """Whether the second derivatives of `func` agree with central differences of the first ones.

    Args:
        func: see `gradcheck`, and for those below too.
        inputs: tensors.
        grad_outputs: what the first derivatives begin with; random if left out.
        gen_non_contig_grad_outputs: whether those random ones are not contiguous in memory.
        eps: the step.
        atol: what difference is allowed.
        rtol: what relative difference is allowed.
        raise_exception: whether to raise rather than return False.
        nondet_tol: how much two backward passes may differ.
        check_undefined_grad: whether some of several results suffice.
        fast_mode: products with one random direction.
        **others: PyTorch's other settings, at their defaults.

    Examples:
        >>> from tt_autograd import float64, tensor
        >>> gradgradcheck(lambda x: x * x * x, tensor([1.0, 2.0], dtype=float64, requires_grad=True))
        True
    """
    xs = list(inputs) if isinstance(inputs, Sequence) else [inputs]
    ys = results(func, xs)
    if grad_outputs is None:
        random = np.random.default_rng(1)
        seeds = []
        for y in ys:
            a = random.standard_normal((*y.array.shape, 2) if gen_non_contig_grad_outputs else y.array.shape)
            a = np.asarray(a[..., 0] if gen_non_contig_grad_outputs else a, dtype=y.array.dtype)
            seeds.append(Tensor(a, True))
    else:
        seeds = list(grad_outputs) if isinstance(grad_outputs, Sequence) else [grad_outputs]
    n = len(xs)
    tracked = [k for k, x in enumerate(xs) if isinstance(x, Tensor) and x.requires_grad]

    def first(*args: Any) -> Any:
        values = list(args[:n])
        for k in tracked:
            if values[k].more is None:  # moved by a finite difference
                values[k] = values[k].detach().requires_grad_()
        with enable_grad():
            made = results(func, values)
            pairs = [(y, g) for y, g in zip(made, args[n:], strict=True) if getattr(y, "more", None) is not None]
            wanted = [values[k] for k in tracked]
            return grad([y for y, _ in pairs], wanted, [g for _, g in pairs], create_graph=True, materialize_grads=True)

    return gradcheck(
        first, (*xs, *seeds), eps=eps, atol=atol, rtol=rtol, raise_exception=raise_exception, nondet_tol=nondet_tol,
        check_undefined_grad=check_undefined_grad, fast_mode=fast_mode, **others,
    )  # fmt: skip
