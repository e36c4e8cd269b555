"""lgamma, digamma and polygamma: functional equations, known values, misuse. And the parts of complex numbers."""

import math

import numpy as np
import pytest
import tt_tensor as tt

X = tt.linspace(-7.3, 30.1, 211, dtype=tt.float64)


def test_misuse():
    with pytest.raises(RuntimeError, match="polygamma"):
        tt.polygamma(-1, X)
    with pytest.raises(TypeError, match="lgamma"):
        tt.lgamma([1.0])
    with pytest.raises(TypeError, match="complex"):
        tt.digamma(tt.tensor([1j]))
    with pytest.raises(tt.DTypeError, match="imag"):
        tt.imag(X)
    with pytest.raises(tt.ShapeError, match="adjoint"):
        X.adjoint()


def test_lgamma_is_the_standard_librarys():
    want = [math.lgamma(x) for x in X.tolist()]
    np.testing.assert_allclose(X.lgamma().numpy(), want, rtol=1e-12, atol=1e-13)
    assert X.float().lgamma().dtype == tt.float32


@pytest.mark.parametrize("n", range(4))
def test_recurrence(n):
    """ψₙ(x + 1) = ψₙ(x) + (-1)ⁿ n! / xⁿ⁺¹"""
    x = tt.arange(-7.3, 30.0, 0.5, dtype=tt.float64)  # not near a pole
    left = tt.polygamma(n, x + 1).numpy()
    right = tt.polygamma(n, x).numpy() + (-1) ** n * math.factorial(n) / x.numpy() ** (n + 1)
    np.testing.assert_allclose(left, right, rtol=1e-9, atol=1e-9)


def test_special_values():
    euler = 0.57721566490153286
    x = tt.tensor([1.0, 0.0, -0.0, -3.0, -1e-8, np.inf, np.nan], dtype=tt.float64)
    np.testing.assert_allclose(
        x.digamma().numpy(), [-euler, -np.inf, np.inf, np.nan, 1e8 - euler, np.inf, np.nan], rtol=1e-14
    )
    np.testing.assert_allclose(
        x.lgamma().numpy(), [0, np.inf, np.inf, np.inf, math.lgamma(-1e-8), np.inf, np.nan], atol=1e-14
    )
    assert abs(tt.polygamma(1, tt.tensor(1.0)).item() - math.pi**2 / 6) < 1e-6
    assert np.isnan(tt.polygamma(1, tt.tensor(-1e9 + 0.5, dtype=tt.float64)).item())


def test_parts_of_complex_numbers():
    z = tt.tensor([[1 + 2j, 3 - 4j]])
    x = tt.tensor([[1.0, 3.0]])
    assert tt.equal(z.real, x)
    assert z.imag.tolist() == [[2.0, -4.0]]
    assert z.mH.tolist() == [[1 - 2j], [3 + 4j]]
    z.real[0, 0] = 9
    assert z[0, 0].item() == 9 + 2j
    assert tt.real(x) is x
    assert x.conj() is x
    assert tt.equal(x.H, x.t())
