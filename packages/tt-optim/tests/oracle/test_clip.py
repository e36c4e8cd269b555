"""Gradient clipping against PyTorch's."""

import math

import numpy as np
import pytest
import torch
import tt_optim
from tt_autograd import Tensor


def pair(dtype, special=None, empty=True):
    rng = np.random.default_rng(0)
    grads = [np.array(rng.standard_normal(s), dtype) for s in [(3, 4), (), (5,), (30, 20)]]
    if empty:
        grads.append(np.zeros(0, dtype))
    if special is not None:
        grads[0][1, 2] = special
    ps = [Tensor(np.zeros_like(g), requires_grad=True) for g in grads]
    qs = [torch.zeros(g.shape, dtype=torch.from_numpy(g).dtype, requires_grad=True) for g in grads]
    for p, q, g in zip(ps, qs, grads):
        p.grad, q.grad = Tensor(g.copy()), torch.tensor(g)
    ps[2].grad = qs[2].grad = None
    return ps, qs


def compare(ps, qs, dtype):
    for p, q in zip(ps, qs):
        assert (p.grad is None) == (q.grad is None)
        if p.grad is not None:
            assert p.grad.array.dtype == dtype
            np.testing.assert_allclose(p.grad.array, q.grad.numpy(), rtol=1e-5 if dtype == np.float32 else 1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("order", [2.0, 1, 3, 0.5, 0, math.inf, -math.inf])
@pytest.mark.parametrize("max_norm", [0.1, 1, 1e6, 0])
def test_norm(dtype, order, max_norm):
    ps, qs = pair(dtype, empty=not math.isinf(order))
    ours = tt_optim.clip_grad_norm_(ps, max_norm, order)
    theirs = torch.nn.utils.clip_grad_norm_(qs, max_norm, order)
    assert ours.array.dtype == dtype
    assert ours.array.shape == ()
    np.testing.assert_allclose(ours.array, theirs.numpy(), rtol=1e-5)
    compare(ps, qs, dtype)


@pytest.mark.parametrize("special", [math.inf, -math.inf, math.nan])
@pytest.mark.parametrize("order", [2.0, 1.0, math.inf])
def test_nonfinite(special, order):
    ps, qs = pair(np.float32, special, empty=not math.isinf(order))
    with pytest.raises(RuntimeError, match="non-finite"):
        torch.nn.utils.clip_grad_norm_(qs, 1.0, order, error_if_nonfinite=True)
    with pytest.raises(RuntimeError, match="non-finite"):
        tt_optim.clip_grad_norm_(ps, 1.0, order, error_if_nonfinite=True)
    compare(ps, qs, np.float32)
    ours, theirs = tt_optim.clip_grad_norm_(ps, 1.0, order), torch.nn.utils.clip_grad_norm_(qs, 1.0, order)
    np.testing.assert_array_equal(ours.array, theirs.numpy())
    compare(ps, qs, np.float32)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_value(dtype):
    ps, qs = pair(dtype, math.nan)
    tt_optim.clip_grad_value_(ps, 0.5), torch.nn.utils.clip_grad_value_(qs, 0.5)
    compare(ps, qs, dtype)


def test_total_norm_of_values():
    ps, qs = pair(np.float32)
    ours = tt_optim.get_total_norm([p.grad for p in ps if p.grad is not None])
    theirs = torch.nn.utils.get_total_norm([q.grad for q in qs if q.grad is not None])
    np.testing.assert_allclose(ours.array, theirs.numpy(), rtol=1e-6)
    assert tt_optim.get_total_norm([]).item() == torch.nn.utils.get_total_norm([]).item()


def test_one_tensor():
    ps, qs = pair(np.float32)
    tt_optim.clip_grad_norm_(ps[0], 0.5), torch.nn.utils.clip_grad_norm_(qs[0], 0.5)
    compare(ps, qs, np.float32)


def test_empty():
    ps, qs = pair(np.float32)
    with pytest.raises(RuntimeError, match="infinity norm on an empty tensor"):
        torch.nn.utils.clip_grad_norm_(qs, 1.0, math.inf)
    with pytest.raises(RuntimeError, match="empty tensor"):
        tt_optim.clip_grad_norm_(ps, 1.0, math.inf)
