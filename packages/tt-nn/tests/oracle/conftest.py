"""One call, made with both libraries: values, dtypes, shapes, gradients and errors must be the same."""

import warnings

import numpy as np
import pytest
import tt_autograd
import tt_nn

torch = pytest.importorskip("torch")


def tensors(lib, arrays):
    make = tt_autograd.Tensor if lib is tt_nn else torch.from_numpy
    out = []
    for a in arrays:
        x = make(a.copy()) if isinstance(a, np.ndarray) else a
        if isinstance(a, np.ndarray) and a.dtype.kind == "f":
            x.requires_grad_()
        out.append(x)
    return out


def array(x):
    return x.detach().numpy() if isinstance(x, torch.Tensor) else x.array


def run(lib, call, arrays):
    """The result, the gradients of the floating inputs for a fixed gradient of the result, or the error."""
    xs = tensors(lib, arrays)
    namespace = lib.functional if lib is tt_nn else torch.nn.functional
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            y = call(namespace, *xs)
        except (RuntimeError, ValueError, TypeError, IndexError, AttributeError, NotImplementedError) as error:
            return error, None
        if y.requires_grad:
            g = np.asarray(np.random.default_rng(1).standard_normal(tuple(y.shape)), array(y).dtype)
            y.backward(tensors(lib, [g])[0].detach())
    return array(y), [None if getattr(x, "grad", None) is None else array(x.grad) for x in xs]


def check(call, *arrays, rtol=2e-5, atol=2e-6):
    ours, our_grads = run(tt_nn, call, arrays)
    theirs, their_grads = run(torch, call, arrays)
    if isinstance(theirs, Exception):
        assert isinstance(ours, Exception), f"PyTorch raises {theirs!r}"
        wanted = next(c for c in (IndexError, ValueError, TypeError, RuntimeError) if isinstance(theirs, c))
        assert isinstance(ours, wanted), (ours, theirs)
        return
    if isinstance(ours, Exception):
        raise ours
    close(ours, theirs, rtol, atol)
    for ours_g, theirs_g in zip(our_grads, their_grads, strict=True):
        if theirs_g is not None:
            close(ours_g, theirs_g, rtol, atol)


def close(ours, theirs, rtol, atol):
    assert ours.dtype == theirs.dtype
    assert ours.shape == theirs.shape
    if ours.dtype == np.float16:
        rtol, atol = 5e-3, 5e-3
    np.testing.assert_allclose(ours, theirs, rtol, atol)


@pytest.fixture
def agree():
    return check
