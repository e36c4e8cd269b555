"""The gamma function, activations and the parts of complex numbers against PyTorch."""

import numpy as np
import pytest
import torch
import tt_tensor as tt

X = np.concatenate(
    [np.linspace(-5.3, 20.2, 83), [0.0, -0.0, 1.0, 2.0, 1e-8, -1e-8, 1e3, 1e10, np.inf, -np.inf, np.nan]]
)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", ["lgamma", "digamma", "relu"])
def test_unary(name, dtype):
    x = X.astype(dtype)
    want, got = getattr(torch, name)(torch.from_numpy(x)).numpy(), getattr(tt, name)(tt.from_numpy(x)).numpy()
    assert got.dtype == want.dtype
    np.testing.assert_allclose(
        got, want, rtol=1e-5 if dtype == "float32" else 1e-10, atol=1e-6 if dtype == "float32" else 1e-12
    )


@pytest.mark.parametrize("n", range(4))
def test_polygamma(n):
    x = X[:83]
    want, got = torch.polygamma(n, torch.from_numpy(x)).numpy(), tt.polygamma(n, tt.from_numpy(x)).numpy()
    np.testing.assert_allclose(got, want, rtol=1e-9)


@pytest.mark.parametrize("dim", [0, 1, -1])
@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_softmax(name, dim):
    x = np.random.default_rng(0).normal(size=(3, 5)).astype("f4") * 20
    x[0, 0] = -np.inf
    for call in (lambda x, m: getattr(m, name)(x, dim), lambda x, m: getattr(x, name)(dim, dtype=m.float64)):
        want, got = call(torch.from_numpy(x), torch).numpy(), call(tt.from_numpy(x), tt).numpy()
        assert got.dtype == want.dtype
        np.testing.assert_allclose(got, want, rtol=1e-5)


@pytest.mark.parametrize(
    "f", [lambda z: z.real, lambda z: z.imag, lambda z: z.conj(), lambda z: z.mH, lambda z: z.adjoint()]
)
def test_complex(f):
    z = np.array([[1 + 2j, 3 - 1j], [0.5j, -1.0]])
    np.testing.assert_array_equal(f(tt.from_numpy(z)).numpy(), f(torch.from_numpy(z)).resolve_conj().numpy())
