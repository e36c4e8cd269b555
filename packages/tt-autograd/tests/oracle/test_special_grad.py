"""Derivatives of the gamma function and of the activations, to second order, against PyTorch."""

import numpy as np
import pytest
import torch
import tt_autograd as ta

CASES = [
    lambda x, m: m.lgamma(x),
    lambda x, m: m.digamma(x),
    lambda x, m: m.polygamma(2, x),
    lambda x, m: x.relu() * x,
    lambda x, m: x.softmax(0),
    lambda x, m: x.log_softmax(-1),
]


@pytest.mark.parametrize("f", CASES)
def test_first_and_second(f):
    data = np.random.default_rng(0).uniform(-0.9, 4.2, size=(3, 4))

    def derivatives(m, x):
        y = f(x, m)
        weight = x.detach() * 0.3 + 1
        (g,) = (
            m.autograd.grad((y * weight).sum(), x, create_graph=True)
            if m is torch
            else ta.grad((y * weight).sum(), x, create_graph=True)
        )
        (g * g).sum().backward()
        return g.detach().numpy(), x.grad.numpy()

    want = derivatives(torch, torch.tensor(data, requires_grad=True))
    got = derivatives(ta, ta.tensor(data, requires_grad=True))
    for a, b in zip(got, want):
        np.testing.assert_allclose(a, b, rtol=1e-8, atol=1e-10)
